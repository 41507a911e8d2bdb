//! The desk in Chromium, each page in every state.

use serde_json::{Value, json};

use super::demo::{Demo, said};

#[test]
fn every_page_of_the_desk_can_be_used_by_everybody_all_day() {
    let languages = said("TOKENKAART_LANGUAGES").unwrap_or_else(|| "nl,fr".to_owned());
    let pictures = said("TOKENKAART_PICTURES").map_or(Value::Null, Value::from);
    for language in languages.split(',') {
        let more = [("language", json!(language)), ("pictures", pictures.clone())];
        let looked = Demo::start().node("desk.mjs", &more);
        assert_eq!(looked.trim(), "30 pages", "{language}");
    }
}
