//! Every page, in every state.

use serde_json::{Value, json};

use super::demo::{Demo, said};

#[test]
fn every_page_in_every_state_can_be_used_by_everybody() {
    let languages = said("TOKENKAART_LANGUAGES").unwrap_or_else(|| "nl".to_owned());
    let languages: Vec<&str> = languages.split(',').collect();
    let pictures = said("TOKENKAART_PICTURES").map_or(Value::Null, Value::from);
    let more = [("languages", json!(languages)), ("pictures", pictures)];
    let looked = Demo::start().node("pages.mjs", &more);
    let wanted = format!("{} pages", 16 * languages.len() + 1);
    assert!(looked.contains(&wanted), "{looked}");
}

/// Each path of another key, in two languages if nobody says others.
#[test]
fn every_page_of_other_keys_can_be_used_by_everybody() {
    let languages = said("TOKENKAART_LANGUAGES").unwrap_or_else(|| "nl,fr".to_owned());
    let pictures = said("TOKENKAART_PICTURES").map_or(Value::Null, Value::from);
    for language in languages.split(',') {
        for (keys, pages) in [("app", 13), ("mail", 16)] {
            let more = [
                ("languages", json!([language])),
                ("pictures", pictures.clone()),
                ("keys", json!(keys)),
            ];
            let looked = Demo::start().node("pages.mjs", &more);
            assert!(looked.contains(&format!("{pages} pages")), "{keys}: {looked}");
        }
    }
}
