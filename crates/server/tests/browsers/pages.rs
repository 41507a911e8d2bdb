//! Every page, in every state.

use serde_json::{Value, json};

use super::demo::{Demo, said};

/// All pages in one language if nobody says more; those of the phase-out in another one too.
#[test]
fn every_page_in_every_state_can_be_used_by_everybody() {
    let languages = said("TOKENKAART_LANGUAGES").unwrap_or_else(|| "nl".to_owned());
    let languages: Vec<&str> = languages.split(',').collect();
    let pictures = said("TOKENKAART_PICTURES").map_or(Value::Null, Value::from);
    let phases: Vec<&str> = ["nl", "fr"].into_iter().filter(|of| !languages.contains(of)).collect();
    let more = [("languages", json!(languages)), ("phases", json!(phases)), ("pictures", pictures)];
    let looked = Demo::start().node("pages.mjs", &more);
    let wanted = format!("{} pages", 16 * languages.len() + 2 * phases.len() + 1);
    assert!(looked.contains(&wanted), "{looked}");
}

/// Each path of another key, in two languages if nobody says others, so that a run has all four.
#[test]
fn every_page_of_other_keys_can_be_used_by_everybody() {
    let languages = said("TOKENKAART_LANGUAGES");
    let pictures = said("TOKENKAART_PICTURES").map_or(Value::Null, Value::from);
    for (keys, pages, usual) in [("app", 13, "nl,fr"), ("mail", 16, "de,en"), ("own", 7, "nl,de")] {
        for language in languages.as_deref().unwrap_or(usual).split(',') {
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
