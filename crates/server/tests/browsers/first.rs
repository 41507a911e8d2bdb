//! First activation and a forgotten password in Chromium, each page in every state.

use serde_json::{Value, json};

use super::demo::{node, run, said};
use crate::{post::Post, service::USERS};

#[test]
fn every_page_of_an_activation_and_of_a_forgotten_password_can_be_used_by_everybody() {
    let languages = said("TOKENKAART_LANGUAGES").unwrap_or_else(|| "nl,fr".to_owned());
    let pictures = said("TOKENKAART_PICTURES").map_or(Value::Null, Value::from);
    let post = Post::new();
    let service = post.service();
    for (number, language) in languages.split(',').enumerate() {
        let (holder, file) = (format!("480{number}"), format!("letter-{number}.csv"));
        let email = format!("nieuw{number}@example.be");
        let name = format!("nieuw{number}");
        let account = ["account", "create", "--holder", &holder, "--user-name", &name];
        let more = ["--email", &email, "--language", language, "--config", "server.toml"];
        let codes = ["--activation-codes", &file];
        let before = post.count();
        service.office.run(&[account.as_slice(), &more, &codes].concat()).ended(0);
        let letters = std::fs::read_to_string(service.office.path(&file)).unwrap();
        let code = letters.lines().nth(1).unwrap().split(',').nth(8).unwrap();
        let cards: Vec<&str> = (1..=24).map(|position| service.code(1, position)).collect();
        let input = json!({
            "issuer": service.issuer, "language": language, "pictures": pictures,
            "code": code, "link": post.link(before), "mails": post.folder(), "read": before + 1,
            "user_name": USERS[1], "codes": cards,
        });
        let looked = run(&mut node("first.mjs"), &input);
        assert_eq!(looked.trim(), "18 pages", "{language}");
    }
}
