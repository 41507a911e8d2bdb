//! People who come from another system with the hash of their password.

use std::{
    sync::{Arc, Barrier},
    thread,
    time::Duration,
};

use tokenkaart_auth::{
    account::{self, NewAccount, NewPassword, Password},
    sign_in::{Proof, Service},
    store::Pool,
    verify::{Gate, HashMemory, Peppers, Policy},
};
use tokenkaart_token::{hash::Scheme, holder::HolderId, language::Language};

use super::{
    holding::{CHEAP, random},
    office::Office,
    signing_in::{HOME, PASSWORD, Signing, rules, start},
    site::{Site, moment},
};

/// Of [`PASSWORD`], by Python's bcrypt with a cost of 4 and of 8.
const BCRYPT: &str = "$2b$04$60iTeai/Ud5ytSi2z5Sq8eRjjqkVFR2WfC3j0IdiTbIrxotfpmcI6";
const SLOW_BCRYPT: &str = "$2b$08$E/G11zDr67F1YsSGgEQbA.5XD3rG0B6d/opvIaUfhklNjVvIQgysO";

/// Somebody with a hash of another system.
fn coming(holder: &str, user_name: &str, hash: &str) -> NewAccount {
    NewAccount {
        holder: HolderId::new(holder).unwrap(),
        user_name: user_name.parse().unwrap(),
        email: format!("{user_name}@post.be").parse().unwrap(),
        name: None,
        language: Language::Nl,
        password: Some(NewPassword::Hashed(hash.parse().unwrap())),
    }
}

fn take_over(site: &Site, holder: &str, user_name: &str, hash: &str) {
    let (scheme, random) = (CHEAP.parse().unwrap(), &mut random(3));
    let list = [coming(holder, user_name, hash)];
    account::import(&mut site.open(), &list, scheme, "clerk", moment(0), random).unwrap();
}

fn hash_of(site: &Site, holder: &str) -> String {
    site.shell(&format!("SELECT hash FROM passwords WHERE holder = '{holder}'")).trim().to_owned()
}

fn is_by_the_scheme(hash: &str) -> bool {
    let scheme: Scheme = CHEAP.parse().unwrap();
    let parameters = scheme.to_string();
    let (_, parameters) = parameters.split_once(':').unwrap();
    hash.starts_with(&format!("$argon2id$v=19${parameters}$"))
}

/// What the audit says of passwords, in order.
fn told(site: &Site) -> Vec<String> {
    let rows = site.shell(
        "SELECT event, detail FROM audit WHERE event LIKE 'password%' OR event = 'account made' \
         ORDER BY lane, seq",
    );
    rows.lines().map(str::to_owned).collect()
}

fn tried(signing: &Signing, user_name: &str, password: &str) -> bool {
    let (_, chosen) = signing.choose(&start());
    match signing.prove(chosen, user_name, password, HOME, &start()) {
        Proof::Proven(..) => true,
        Proof::Refused(_) => false,
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_hash_of_another_system_lets_its_holder_in_and_is_rehashed_at_the_next_sign_in() {
    let signing = Signing::new();
    let site = &signing.site;
    take_over(site, "4711", "jan", BCRYPT);
    let set_at = site.number("SELECT set_at FROM passwords");
    for wrong in ["vier blauwe olifanten!", "", "vier blauwe olifanten\0"] {
        assert!(!tried(&signing, "jan", wrong), "{wrong:?}");
    }
    assert_eq!(hash_of(site, "4711"), BCRYPT, "a wrong password rehashes nothing");
    assert!(tried(&signing, "jan", PASSWORD));
    let renewed = hash_of(site, "4711");
    assert!(is_by_the_scheme(&renewed), "{renewed}");
    assert!(tried(&signing, "jan", PASSWORD) && !tried(&signing, "jan", "wrong"));
    assert_eq!(hash_of(site, "4711"), renewed, "one is enough");
    assert_eq!(site.number("SELECT set_at FROM passwords"), set_at, "it is the same password");
    let refused = "password refused|wrong password";
    assert_eq!(
        told(site),
        [
            "account made|with the hash of another system",
            refused,
            refused,
            refused,
            "password accepted|rehashed",
            "password accepted|",
            refused,
        ]
    );
}

#[test]
fn of_windows_that_sign_in_at_once_one_rehashes_and_all_come_through() {
    const WINDOWS: usize = 6;
    let signing = Signing::new();
    take_over(&signing.site, "4711", "jan", SLOW_BCRYPT);
    let steps: Vec<_> = (0..WINDOWS).map(|_| signing.choose(&start()).1).collect();
    let together = Barrier::new(WINDOWS);
    thread::scope(|scope| {
        let threads: Vec<_> = steps
            .into_iter()
            .enumerate()
            .map(|(number, chosen)| {
                let (service, pool, together) = (&signing.service, &signing.pool, &together);
                scope.spawn(move || {
                    let mut random = random(number as u64);
                    let (password, from) = (Password::typed(PASSWORD), HOME.parse().unwrap());
                    let now = start();
                    together.wait();
                    chosen.prove(service, pool, "jan", &password, from, &now, &mut random)
                })
            })
            .collect();
        for thread in threads {
            let proof = thread.join().unwrap().unwrap();
            assert!(matches!(proof, Proof::Proven(..)), "{proof:?}");
        }
    });
    let renewed = told(&signing.site);
    let renewed = renewed.iter().filter(|row| row.as_str() == "password accepted|rehashed");
    assert_eq!(renewed.count(), 1);
    assert!(is_by_the_scheme(&hash_of(&signing.site, "4711")));
    assert!(tried(&signing, "jan", PASSWORD));
}

/// The other system hashed what the keyboard gave; here another keyboard may give the same.
#[test]
fn a_password_that_was_hashed_as_typed_is_kept_as_passwords_are() {
    let signing = Signing::new();
    let site = &signing.site;
    let (typed, same) = ("zoe\u{308} en\u{a0}jan te voet", "zo\u{eb} en jan te voet");
    // By argon2-cffi, in the very scheme of this service.
    let hash = "$argon2id$v=19$m=8,t=1,p=1$c2FsdHNhbHRzYWx0c2FsdA$\
                voQvjuWflL2R91TEWGsncDeZEFjNBYrGDrZbXY8Myig";
    take_over(site, "4711", "jan", hash);
    assert!(!tried(&signing, "jan", same));
    assert_eq!(hash_of(site, "4711"), hash);
    assert!(tried(&signing, "jan", typed));
    assert_ne!(hash_of(site, "4711"), hash);
    for keyboard in [typed, same] {
        assert!(tried(&signing, "jan", keyboard), "{keyboard:?}");
    }
}

#[test]
fn a_hash_of_our_own_follows_the_scheme_when_it_is_another_one() {
    let signing = Signing::new();
    signing.enrol_with("4711", "jan", Some(PASSWORD));
    let dearer: Scheme = "argon2id:m=16,t=1,p=1".parse().unwrap();
    let site = &signing.site;
    let pool = Pool::open(&site.address(), 2).unwrap();
    let gate =
        Gate { policy: Policy::default(), peppers: Peppers::default(), actor: "test".to_owned() };
    let rules = tokenkaart_auth::sign_in::Rules { scheme: dearer, ..rules() };
    let service = Service::open(&mut site.open(), gate, rules).unwrap();
    let (_, chosen) = signing.choose(&start());
    let (password, from) = (Password::typed(PASSWORD), HOME.parse().unwrap());
    let proof =
        chosen.prove(&service, &pool, "jan", &password, from, &start(), &mut random(4)).unwrap();
    assert!(matches!(proof, Proof::Proven(..)), "{proof:?}");
    assert!(hash_of(site, "4711").starts_with("$argon2id$v=19$m=16,t=1,p=1$"));
}

#[test]
fn where_others_have_the_memory_the_hash_waits_for_the_next_sign_in_and_nobody_else() {
    let signing = Signing::new();
    let site = &signing.site;
    take_over(site, "4711", "jan", BCRYPT);
    let memory = Arc::new(HashMemory::new(8).waiting(Duration::from_millis(10)));
    let gate = Gate {
        policy: Policy::default(),
        peppers: Peppers::default().within(Arc::clone(&memory)),
        actor: "test".to_owned(),
    };
    let service = Service::open(&mut site.open(), gate, rules()).unwrap();
    let prove = || {
        let (_, chosen) = signing.choose(&start());
        let (password, from) = (Password::typed(PASSWORD), HOME.parse().unwrap());
        let (now, random) = (start(), &mut random(4));
        chosen.prove(&service, &signing.pool, "jan", &password, from, &now, random).unwrap()
    };
    // There is room for bcrypt beside it, which takes next to none, and not for Argon2.
    let others = memory.take("pbkdf2-sha256:i=1".parse().unwrap()).unwrap();
    assert!(matches!(prove(), Proof::Proven(..)));
    assert_eq!(hash_of(site, "4711"), BCRYPT);
    drop(others);
    assert!(matches!(prove(), Proof::Proven(..)));
    assert!(is_by_the_scheme(&hash_of(site, "4711")));
}

#[test]
fn a_wrong_password_takes_the_same_statements_whatever_made_the_hash() {
    let signing = Signing::new();
    signing.enrol_with("4711", "jan", Some(PASSWORD));
    take_over(&signing.site, "4712", "piet", BCRYPT);
    let seen = |user_name: &str| {
        let (_, chosen) = signing.choose(&start());
        let mut store = signing.pool.get().unwrap();
        store.watched();
        drop(store);
        let proof = signing.prove(chosen, user_name, "wrong", HOME, &start());
        assert!(matches!(proof, Proof::Refused(_)), "{user_name}: {proof:?}");
        let watch = signing.pool.get().unwrap().watched();
        (watch.statements, watch.round_trips)
    };
    let known = seen("jan");
    assert_eq!(seen("piet"), known);
    assert_eq!(seen("nobody"), known);
}

#[test]
fn who_comes_with_a_password_is_given_no_activation_code() {
    let (signing, mails) = Signing::with_keys(Policy::default(), rules());
    let outbox = signing.service.outbox().unwrap();
    let list = [
        coming("4711", "jan", BCRYPT),
        NewAccount { password: None, ..coming("4712", "els", BCRYPT) },
    ];
    for round in 0..2 {
        let (mut store, random) = (signing.site.open(), &mut signing.random());
        let now = moment(round);
        let imported =
            account::import_to_activate(&mut store, &list, outbox, "clerk", now, random).unwrap();
        let places: Vec<usize> = imported.1.iter().map(|(at, _)| *at).collect();
        assert_eq!(places, [1], "{round}");
    }
    assert_eq!(mails.kinds(), ["activation"; 2]);
    assert!(tried(&signing, "jan", PASSWORD) && !tried(&signing, "els", PASSWORD));
    assert!(
        told(&signing.site).contains(&"account made|with the hash of another system".to_owned())
    );
}

const LIST: &str = "\
id;Naam;Gebruikersnaam;E-mail;Wachtwoord-hash\n\
1;Jan Peeters;jan;jan@post.be;$2b$04$60iTeai/Ud5ytSi2z5Sq8eRjjqkVFR2WfC3j0IdiTbIrxotfpmcI6\n\
2;Els Janssens;els;els@post.be;\n";

#[test]
fn a_list_brings_people_with_their_passwords_or_without() {
    let (office, signing) = (Office::new(), Signing::new());
    let url = signing.site.url();
    office.write("people.csv", LIST);
    let import = ["account", "import", "people.csv", "--store", &url];
    let said = office.run(&import).ended(0);
    assert_eq!(said, "people.csv: 2 accounts made\n");
    assert!(tried(&signing, "jan", PASSWORD) && !tried(&signing, "els", PASSWORD));
    let renewed = hash_of(&signing.site, "1");
    // The same list again changes nothing, the rehashed password least of all.
    let said = office.run(&import).ended(0);
    assert_eq!(said, "people.csv: 0 accounts made; 2 more are there already\n");
    assert_eq!(hash_of(&signing.site, "1"), renewed);
}

#[test]
fn all_faults_of_a_list_are_named_at_once_by_row_and_column_and_no_hash_is_shown() {
    let (office, site) = (Office::new(), Site::new());
    let url = site.url();
    office.write("people.csv", LIST);
    office.run(&["account", "import", "people.csv", "--store", &url]).ended(0);
    let hash = "60iTeai/Ud5ytSi2z5Sq8eRjjqkVFR2WfC3j0IdiTbIrxotfpmcI6";
    office.write(
        "others.csv",
        format!(
            "id;Naam;Gebruikersnaam;E-mail;Wachtwoord-hash\n\
             3;A;jan;a@post.be;$2b$04${hash}\n\
             4;B;b c;b;$2x$04${hash}\n\
             5;C;c;c@post.be;pbkdf2_sha256$600000$c2VjcmV0$aGFzaA==\n\
             6;D;d;d@post.be;$2b$15${hash}\n\
             7;E;e;C@post.be;secret of somebody\n\
             8;F;f;f@post.be;\"=A1\"\n"
        ),
    );
    let import = ["account", "import", "others.csv", "--store", &url];
    let said = office.run(&import).ended(2);
    let line = "others.csv: line 7, column \"Wachtwoord-hash\": is a formula instead of its result";
    assert!(said.contains(line), "{said}");
    assert!(!said.contains("A1"), "{said}");
    let list = std::fs::read_to_string(office.path("others.csv")).unwrap();
    office.write("others.csv", list.replace("\"=A1\"", "-"));
    let said = office.run(&import).ended(2);
    for line in [
        "line 2, column \"Gebruikersnaam\": the user name belongs to another holder",
        "line 3, column \"Gebruikersnaam\": ",
        "line 3, column \"E-mail\": ",
        "line 3, column \"Wachtwoord-hash\": $2$ and $2x$ are of a bcrypt with a fault",
        "line 4, column \"Wachtwoord-hash\": this is Django's form and no PHC string",
        "line 5, column \"Wachtwoord-hash\": it costs as much as pbkdf2-sha256:i=9994240",
        "line 6, column \"E-mail\": the address is in the list twice",
        "line 6, column \"Wachtwoord-hash\": this is no hash that can be taken over",
    ] {
        assert!(said.contains(&format!("others.csv: {line}")), "{line}\n{said}");
    }
    assert!(said.contains("8 faults, and no account was made"), "{said}");
    assert!(said.contains("--max-kdf KDF takes it"), "{said}");
    for secret in [hash, "c2VjcmV0", "secret of somebody"] {
        assert!(!said.contains(secret), "{said}");
    }
    assert_eq!(site.number("SELECT count(*) FROM accounts"), 2);
    // What is too dear is taken where it is said so.
    office.write(
        "dear.csv",
        format!("id;naam;user name;email;password hash\n6;D;d;d@post.be;$2b$15${hash}\n"),
    );
    let dear = ["account", "import", "dear.csv", "--store", &url];
    office.run(&dear).ended(2);
    office.run(&[&dear[..], &["--max-kdf", "pbkdf2-sha256:i=10000000"]].concat()).ended(0);
}
