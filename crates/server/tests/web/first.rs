//! First activation, over HTTP: a code on paper, a link by mail, and browsers.

use super::{
    browser::{Browser, Page},
    post::Post,
    service::{PASSWORD, Service, USERS},
};

const CHOSEN: &str = "zeven gele fietsen in de regen";

/// A service, its post, and a holder with a code on paper.
struct Newcomer {
    post: Post,
    service: Service,
    code: String,
}

impl Newcomer {
    /// Somebody whose account is made, and who has no card.
    fn new() -> Self {
        let post = Post::new();
        let service = post.service();
        let arguments = [
            ["account", "create", "--holder", "4799", "--user-name", "nieuw"].as_slice(),
            &["--email", "nieuw@example.be", "--name", "=Nieuw", "--language", "en"],
            &["--config", "server.toml", "--activation-codes", "letters.csv"],
        ];
        service.operator_by_config(&arguments.concat()).ended(0);
        let code = code(&service, "letters.csv");
        Self { post, service, code }
    }

    fn open(&self, browser: &mut Browser, link: &str) -> Page {
        browser.go(&self.service.at(link))
    }
}

/// The code in a file for letters.
fn code(service: &Service, file: &str) -> String {
    let text = std::fs::read_to_string(service.office.path(file)).unwrap();
    let row = text.lines().nth(1).unwrap_or_else(|| panic!("{text}"));
    row.split(',').nth(8).unwrap().to_owned()
}

#[test]
fn a_citizen_activates_their_account_and_signs_in_with_their_first_key() {
    let new = Newcomer::new();
    let mail = new.post.mail(0);
    assert!(mail.contains("Activate your account with City of Example"), "{mail}");
    assert!(mail.contains(&new.service.issuer) && !mail.contains(&new.code), "{mail}");
    let mut browser = Browser::default();
    browser.go(&new.service.at("/account?lang=en"));
    let page = new.open(&mut browser, &new.post.link(0));
    assert_eq!((page.title(), page.status), ("Activate your account".to_owned(), 200));
    assert!(page.url.ends_with("/start"), "the link stands in no address: {}", page.url);
    // Slips are told, and nothing that was typed is shown again.
    for (typed, said) in [
        ("", "Enter the activation code from the paper."),
        ("K7M2", "A code has 12 characters."),
        ("2222-2222-2223", "One character is mistyped"),
    ] {
        let page = browser.send(&page, "/start", &[("code", typed)]);
        assert_eq!(page.status, 422);
        assert!(page.fault().unwrap().starts_with(said), "{typed}: {:?}", page.fault());
    }
    let typed = new.code.to_lowercase().replace('-', " ");
    let page = browser.send(&page, "/start", &[("code", &typed)]);
    assert_eq!(page.title(), "Check your e-mail address");
    assert!(page.body.contains("value=\"nieuw@example.be\""), "{}", page.body);
    let page = browser.send(&page, "/change", &[("email", "nieuw@example.be")]);
    assert_eq!(page.title(), "Choose your user name and your password");
    assert!(page.body.contains("value=\"nieuw\""), "{}", page.body);
    for (name, password, said) in [
        ("a b", CHOSEN, "A user name has letters"),
        ("zoe", CHOSEN, "Somebody has this user name"),
        ("nieuw", "kort", "A password has at least 12 characters."),
        ("new.comer", "new.comer1234", "This password is too easy"),
    ] {
        let fields = [("user_name", name), ("new_password", password)];
        let page = browser.send(&page, "/change", &fields);
        assert!(page.fault().unwrap().starts_with(said), "{name}: {:?}", page.fault());
        assert!(!page.body.contains(password), "{}", page.body);
    }
    let fields = [("user_name", "New.Comer"), ("new_password", CHOSEN)];
    let page = browser.send(&page, "/change", &fields);
    // There is no card, so a key comes next.
    assert_eq!(page.title(), "Choose your new digital key");
    let page = browser.send(&page, "/change", &[("method", "mail")]);
    assert_eq!(page.title(), "Your new digital key is active");
    let page = browser.go(&new.service.at("/account"));
    let page = browser.send(&page, "/sign-in/key", &[("key", "mail")]);
    let fields = [("user_name", "new.comer"), ("password", CHOSEN)];
    let page = browser.send(&page, "/sign-in/password", &fields);
    let digits = new.post.code();
    let page = browser.send(&page, "/sign-in/code", &[("code", &digits)]);
    assert!(page.body.contains("signed in as new.comer"), "{}", page.body);
    key_is_taken_away(&new, &mut browser);
    let told = (0..new.post.count()).map(|number| new.post.mail(number)).collect::<String>();
    assert!(told.contains("Your account is active"), "{told}");
    assert!(told.contains("Hello new.comer,"), "{told}");
    let link = new.post.link(0);
    let log = new.service.log();
    for secret in [CHOSEN, &new.code, &link[12..], "new.comer", "nieuw", "4799"] {
        assert!(!log.contains(secret), "{secret}: {log}");
    }
    assert!(log.contains("POST /start 303"), "{log}");
}

/// An operator takes the first key away again, which ends the session.
fn key_is_taken_away(new: &Newcomer, browser: &mut Browser) {
    let key = |act: &str, more: &[&str]| {
        let arguments = ["account", "key", act, "--holder", "4799"];
        new.service.operator(&[arguments.as_slice(), more].concat())
    };
    let list = || key("list", &[]);
    let said = list().ended(0);
    assert!(said.starts_with("mail: since 20") && said.lines().count() == 1, "{said}");
    let refused = key("unlock", &["--key", "mail"]).ended(2);
    assert!(refused.contains("is not locked"), "{refused}");
    let refused = key("remove", &["--key", "app"]).ended(2);
    assert!(refused.contains("no key \"app\"") && refused.contains("key list"), "{refused}");
    let said = key("remove", &["--key", "mail", "--reason", "left"]).ended(0);
    assert!(said.contains("is removed") && said.contains("account activate"), "{said}");
    assert!(list().ended(1).contains("has no key"));
    let keys = browser.go(&new.service.at("/account"));
    assert_eq!(keys.title(), "Choose your digital key");
    let told = || {
        let mails = (0..new.post.count()).map(|number| new.post.mail(number));
        mails.collect::<String>().contains("A digital key was removed")
    };
    tokenkaart_testing::running::wait_until("a mail that tells of it", told);
}

#[test]
fn either_may_come_first_and_another_browser_needs_both() {
    let new = Newcomer::new();
    let link = new.post.link(0);
    let mut browser = Browser::default();
    browser.go(&new.service.at("/account?lang=en"));
    // The code first: whether it is one is not told.
    let start = browser.go(&new.service.at("/start"));
    let page = browser.send(&start, "/start", &[("code", "2222-2222-2222")]);
    assert_eq!(page.title(), "Now open the link in our e-mail");
    let page = browser.send(&page, "/start", &[("other", "code")]);
    assert_eq!(page.title(), "Activate your account");
    let page = browser.send(&page, "/start", &[("code", &new.code)]);
    assert_eq!(page.title(), "Now open the link in our e-mail");
    let kept = format!("{:?}", browser.cookies);
    assert!(!kept.contains(&new.code[..4]), "{kept}");
    // Another browser, or a program that opens the links of mails.
    for _ in 0..3 {
        let mut other = Browser::default();
        other.go(&new.service.at("/account?lang=en"));
        let page = new.open(&mut other, &link);
        assert!(page.body.contains("name=\"code\""), "{}", page.body);
        let sent = other.send(&page, "/start", &[("kept", "yes")]);
        assert!(sent.body.contains("name=\"code\"") && sent.url.ends_with("/start"));
        assert!(other.go(&new.service.at("/change")).body.contains("name=\"key\""));
    }
    // The link in the first one.
    let page = new.open(&mut browser, &link);
    assert!(page.body.contains("name=\"kept\""), "{}", page.body);
    let page = browser.send(&page, "/start", &[("kept", "yes")]);
    assert_eq!(page.title(), "Check your e-mail address");
    let left = &browser.cookies["sign-in.localhost"];
    assert!(!left.contains_key("__Host-link") && !left.contains_key("__Host-code"), "{left:?}");
}

#[test]
fn a_wrong_code_an_unknown_link_and_a_used_one_read_the_same() {
    let new = Newcomer::new();
    let link = new.post.link(0);
    let (_, id) = link.split_once('=').unwrap();
    let unknown = link.replace(id, &id.replace(['1', '2', '3'], "0"));
    let wrong = if new.code == "2222-2222-2222" { "3333-3333-3333" } else { "2222-2222-2222" };
    let mut seen = Vec::new();
    let mut read = |link: &str, code: &str| {
        let mut browser = Browser::default();
        let page = browser.go(&new.service.at(link));
        let page = browser.send(&page, "/start", &[("code", code)]);
        assert_eq!(page.status, 422);
        seen.push(page.body.replace(&page.form_token(), ""));
    };
    read(&link, wrong);
    read(&unknown, &new.code);
    // Used, by somebody who corrects their address on the way.
    let mut browser = Browser::default();
    browser.go(&new.service.at("/account?lang=en"));
    let page = new.open(&mut browser, &link);
    let page = browser.send(&page, "/start", &[("code", &new.code)]);
    let page = browser.send(&page, "/change", &[("email", "new@example.be")]);
    assert_eq!(page.title(), "Enter the code from your e-mail");
    let digits = new.post.code();
    let page = browser.send(&page, "/change", &[("code", &digits)]);
    let fields = [("user_name", "nieuw"), ("new_password", CHOSEN)];
    let page = browser.send(&page, "/change", &fields);
    assert_eq!(page.title(), "Choose your new digital key");
    read(&link, &new.code);
    assert_eq!(seen[0], seen[1]);
    assert_eq!(seen[0], seen[2]);
    // What is no link is none, wherever it leads.
    for link in ["/start?link=", "/start?link=x", "/start?link=//evil.example"] {
        let page = Browser::default().go(&new.service.at(link));
        assert_eq!(page.status, 200, "{link}");
        assert!(page.body.contains("name=\"code\""), "{}", page.body);
        assert!(page.set_cookies().iter().all(|cookie| !cookie.contains("evil")));
    }
    let forged = Browser::default().ask("POST", &new.service.at("/start"), Some("code=x"));
    assert_eq!(forged.status, 403);
}

#[test]
fn who_has_forgotten_everything_comes_back_by_a_code_of_the_office() {
    let post = Post::new();
    let service = post.service();
    let mut browser = Browser::default();
    browser.go(&service.at("/account?lang=nl"));
    let keys = browser.go(&service.at("/account"));
    assert_eq!(service.sign_in(&mut browser, &keys, 1).status, 200);
    let arguments =
        ["account", "activate", "--holder", "4712", "--activation-codes", "zoe.csv", "--quiet"];
    service.operator_by_config(&arguments).ended(0);
    let mut elsewhere = Browser::default();
    elsewhere.go(&service.at("/account?lang=nl"));
    let page = elsewhere.go(&service.at(&post.link(0)));
    let page = elsewhere.send(&page, "/start", &[("code", &code(&service, "zoe.csv"))]);
    let page = elsewhere.send(&page, "/change", &[("email", "zoe@example.be")]);
    let fields = [("user_name", USERS[1]), ("new_password", CHOSEN)];
    let page = elsewhere.send(&page, "/change", &fields);
    // She has her card: that is her key.
    assert_eq!(page.title(), "Uw account is actief");
    // All sessions have ended, and the password is another one.
    let page = browser.go(&service.at("/account"));
    assert_eq!(page.title(), "Kies uw digitale sleutel");
    let page = browser.send(&page, "/sign-in/key", &[("key", "token")]);
    let give = |browser: &mut Browser, password: &str| {
        let fields = [("user_name", USERS[1]), ("password", password)];
        browser.send(&page, "/sign-in/password", &fields)
    };
    assert_eq!(give(&mut browser, PASSWORD).status, 422);
    let page = give(&mut browser, CHOSEN);
    let digits = service.code(1, page.position()).to_owned();
    let page = browser.send(&page, "/sign-in/code", &[("code", &digits)]);
    assert!(page.body.contains("aangemeld als zoe"), "{}", page.body);
}

#[test]
fn a_file_of_codes_is_private_whole_and_fit_for_letters() {
    let post = Post::new();
    let service = post.service();
    let office = &service.office;
    let holders = "id;naam;straat;postcode;gemeente;taal;gebruikersnaam;e-mail\n\
        4801;Els Peeters;Kerkstraat 1;9000;Gent;nl;els;els@example.be\n\
        4802;Ann Lee;\"Rue Haute, 2\";1000;Bruxelles;fr;ann;ann@example.be\n";
    office.write("new.csv", holders);
    let import = |file: &str, into: &str| {
        let options = ["--config", "server.toml", "--activation-codes", into];
        service.operator_by_config(&[["account", "import", file].as_slice(), &options].concat())
    };
    let said = import("new.csv", "letters.csv").ended(0);
    assert_eq!(said, "new.csv: 2 accounts made; 2 codes in letters.csv\n");
    let text = std::fs::read_to_string(office.path("letters.csv")).unwrap();
    let lines: Vec<&str> = text.lines().collect();
    assert_eq!(
        lines[0],
        "id,name,language,street,postal_code,city,country,user_name,activation_code,\
         activation_address,activation_until"
    );
    assert!(lines[1].starts_with("4801,Els Peeters,nl,Kerkstraat 1,9000,Gent,,els,"), "{text}");
    assert!(lines[2].starts_with("4802,Ann Lee,fr,\"Rue Haute, 2\",1000,"), "{text}");
    let address = format!(",{}/start,20", service.issuer);
    assert!(lines[1].contains(&address) && lines.len() == 3, "{text}");
    let mode = std::os::unix::fs::PermissionsExt::mode(
        &std::fs::metadata(office.path("letters.csv")).unwrap().permissions(),
    );
    assert_eq!(mode & 0o777, 0o600);
    // The same file makes the letters with the cards.
    let issue = ["issue", "letters.csv", "--design", "letter", "--out", "cards"];
    let fast = ["--kdf", "argon2id:m=8,t=1,p=1", "--allow-weak-kdf", "--office", "Gent"];
    office.run(&[issue.as_slice(), &fast].concat()).ended(0);
    // What is there is never overwritten, and nothing is made for it.
    office.write(
        "more.csv",
        holders.replace("480", "490").replace("els", "els2").replace("ann", "ann2"),
    );
    let refused = import("more.csv", "letters.csv").ended(2);
    assert!(refused.contains("letters.csv"), "{refused}");
    // A fault in the list leaves no file.
    let refused = import("more.csv", "none/letters.csv").ended(2);
    assert!(refused.contains("none"), "{refused}");
    office.write("bad.csv", "id;naam;gebruikersnaam;e-mail\n4801;Els;other;els@example.be\n");
    import("bad.csv", "bad-letters.csv").ended(2);
    assert!(!office.path("bad-letters.csv").exists());
    // Given once more, those who have not used theirs get another, which alone is good.
    let said = import("new.csv", "again.csv").ended(0);
    assert_eq!(said, "new.csv: 0 accounts made; 2 more are there already; 2 codes in again.csv\n");
    assert_ne!(code(&service, "letters.csv"), code(&service, "again.csv"));
    assert_eq!(service.operator(&["status"]).status, Some(0));
    // Without them nobody is mailed, and without a password nobody signs in.
    service.operator(&["account", "import", "more.csv"]).ended(0);
    post.mail(3);
    std::thread::sleep(std::time::Duration::from_secs(1));
    assert_eq!(post.count(), 4);
}

#[test]
fn without_keys_that_seal_there_is_nothing_to_activate() {
    let service = Service::new();
    let page = Browser::default().go(&service.at("/start"));
    assert_eq!(page.status, 404);
    let arguments = [
        ["account", "create", "--holder", "4799", "--user-name", "nieuw"].as_slice(),
        &["--email", "nieuw@example.be", "--config", "server.toml"],
        &["--activation-codes", "letters.csv"],
    ];
    let refused = service.office.run(&arguments.concat()).ended(2);
    assert!(refused.contains("has no [mail]"), "{refused}");
    assert!(!service.office.path("letters.csv").exists());
}
