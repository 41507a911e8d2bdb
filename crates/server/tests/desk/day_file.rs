//! The holder file of a day: uploaded, read, searched, and gone.

use super::{
    browser::{Browser, Page},
    counter::Counter,
};

const PEOPLE: &str = "rijksregisternummer;naam;voornaam;taal;e-mail;gebruikersnaam\n\
    85073003328;Peeters;Zoë;fr;zoe.peeters@post.be;zoe.peeters\n\
    85073100229;Janssens;Els;nl;els@post.be;els\n";

/// Uploads a file as browsers do.
fn upload(browser: &mut Browser, page: &Page, name: &str, content: &[u8]) -> Page {
    let token = page.form_token();
    let mut body = format!(
        "--edge\r\nContent-Disposition: form-data; name=\"form\"\r\n\r\n{token}\r\n\
         --edge\r\nContent-Disposition: form-data; name=\"file\"; filename=\"{name}\"\r\n\
         Content-Type: application/octet-stream\r\n\r\n"
    );
    body.push_str(std::str::from_utf8(content).unwrap());
    body.push_str("\r\n--edge--\r\n");
    let url = super::browser::origin(&page.url) + "/file";
    let kind = "multipart/form-data; boundary=edge";
    let sent = browser.ask_with("POST", &url, kind, &body);
    browser.follow(sent, &super::browser::origin(&page.url))
}

#[test]
fn the_file_of_the_day_is_searched_by_any_word_and_gives_what_it_knows_of_a_person() {
    let counter = Counter::new();
    let (mut clerk, home) = counter.signed_in("clerk");
    let page = clerk.go(&counter.at("/file"));
    assert!(page.body.contains("Er is vandaag nog geen bestand."), "{}", page.body);
    let kept = upload(&mut clerk, &page, "people.csv", PEOPLE.as_bytes());
    assert!(kept.body.contains("2 personen uit people.csv, opgeladen door clerk"), "{}", kept.body);
    let typed = |browser: &mut Browser, text: &str| {
        browser.send(&home, "/find/typed", &[("text", text)]).body
    };
    for text in ["zoe", "PEETERS zo", "850730-033.28", "85073003328", "zoe.p"] {
        let found = typed(&mut clerk, text);
        assert!(found.contains("Zoë Peeters") && !found.contains("Els"), "{text}: {found}");
        assert!(found.contains("•3328") && !found.contains("85073003328"), "{found}");
    }
    assert!(typed(&mut clerk, "nobody of that name").contains("Niemand in het bestand"));
    // By a plain form: two, one, none.
    let both = clerk.send(&home, "/find", &[("text", "e")]);
    assert!(both.body.contains("Zoë Peeters") && both.body.contains("Els Janssens"));
    let one = clerk.send(&home, "/find", &[("text", "els jan")]);
    assert_eq!(one.title(), "Els Janssens");
    assert!(one.body.contains("el…@post.be") && one.body.contains("Nederlands"));
    // Another clerk at another counter has it too, and nobody finds it in the store.
    let (mut other, home) = counter.signed_in("supervisor");
    assert_eq!(other.send(&home, "/find", &[("text", "zoe.peeters")]).title(), "Zoë Peeters");
    let store = std::fs::read(counter.office.path("auth.db")).unwrap();
    for secret in ["Peeters", "zoe.peeters@post.be", "85073003328"] {
        assert!(!tokenkaart_testing::office::holds(&store, secret.as_bytes()), "{secret}");
        assert!(!counter.log().contains(secret), "{secret}");
    }
    // The next file takes its place, and it can be forgotten.
    let page = other.go(&counter.at("/file"));
    upload(&mut other, &page, "other.csv", b"id;naam\n4999;Somebody Else\n");
    assert!(typed(&mut clerk, "zoe").contains("Niemand in het bestand"));
    let gone = other.send(&page, "/file/forget", &[]);
    assert!(gone.body.contains("Er is vandaag nog geen bestand."));
    let audit = counter.operator(&["audit", "--format", "csv"]).ended(0);
    assert!(audit.contains("clerk clerk,day list kept,,,,2,"), "{audit}");
    assert!(audit.contains("clerk supervisor,day list forgotten"), "{audit}");
}

#[test]
fn of_a_file_with_faults_nothing_is_used_and_each_is_told_with_row_and_column() {
    let counter = Counter::new();
    let (mut clerk, _) = counter.signed_in("clerk");
    let page = clerk.go(&counter.at("/file"));
    upload(&mut clerk, &page, "people.csv", PEOPLE.as_bytes());
    let faulty = "rijksregisternummer;naam;taal\n85073003329;Jan;nl\n85073100229;;nl\n\
        85073003328;Jan;xx\n85073003328;Jan;nl\n85073003328;Jan;nl\n";
    let page = upload(&mut clerk, &page, "faulty.csv", faulty.as_bytes());
    assert_eq!(page.status, 422);
    for said in [
        "<td class=\"number\">2</td><td>rijksregisternummer</td><td>Dit is geen rijksregisternummer.",
        "<td class=\"number\">3</td><td>naam</td><td>Sleutel of naam ontbreekt.",
        "<td class=\"number\">4</td><td>taal</td><td>Deze taal is er niet",
        "<td class=\"number\">6</td>",
        "Deze sleutel staat al op rij 5.",
    ] {
        assert!(page.body.contains(said), "{said}: {}", page.body);
    }
    assert!(!page.body.contains("8507300332"), "{}", page.body);
    // The one before counts still.
    assert!(page.body.contains("2 personen uit people.csv"), "{}", page.body);
    for (name, content) in [("people.csv", ""), ("people.xlsx", "text"), ("x.pdf", "%PDF-1.7 x")] {
        let page = upload(&mut clerk, &page, name, content.as_bytes());
        assert_eq!(page.status, 422, "{name}");
        assert!(page.body.contains("2 personen uit people.csv"), "{}", page.body);
    }
    let (mut auditor, home) = counter.signed_in("auditor");
    let refused = upload(&mut auditor, &home, "people.csv", PEOPLE.as_bytes());
    assert_eq!(refused.status, 403);
}
