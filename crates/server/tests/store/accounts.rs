//! Accounts that are made, one by one and many at once.

use std::thread;

use tokenkaart_auth::{
    Lane,
    account::{
        self, AccountError, ImportError, ImportFault, ImportFaultKind, Imported, NewAccount,
        Password,
    },
};
use tokenkaart_token::{holder::HolderId, language::Language};

use super::{
    holding::{CHEAP, random},
    signing_in::{PASSWORD, Signing, start},
    site::{Site, moment},
};

#[test]
fn one_holder_one_user_name_one_address() {
    let signing = Signing::new();
    let make = |holder: &str, user_name: &str, email: &str| {
        let new = NewAccount {
            holder: HolderId::new(holder).unwrap(),
            user_name: user_name.parse().unwrap(),
            email: email.parse().unwrap(),
            name: None,
            language: Language::Fr,
            password: None,
        };
        let scheme = CHEAP.parse().unwrap();
        let random = &mut signing.random();
        account::create(&mut signing.site.open(), &new, scheme, "clerk", moment(0), random)
    };
    make("1", "jan", "jan@post.be").unwrap();
    let error = make("1", "other", "other@post.be").unwrap_err();
    assert!(matches!(error, AccountError::HolderTaken { .. }), "{error}");
    let error = make("2", "JAN", "other@post.be").unwrap_err();
    assert!(matches!(error, AccountError::UserNameTaken { .. }), "{error}");
    let error = make("2", "other", "Jan@Post.BE").unwrap_err();
    assert!(matches!(error, AccountError::EmailTaken { .. }), "{error}");
    // Nothing is left of one that was refused.
    make("2", "other", "other@post.be").unwrap();
    let count = |table: &str| signing.site.number(&format!("SELECT count(*) FROM {table}"));
    assert_eq!(["accounts", "logins", "emails", "passwords"].map(count), [2, 2, 2, 0]);
    let lane = |table: &str, column: &str| {
        let rows = signing.site.shell(&format!("SELECT lane, {column} FROM {table}"));
        for (lane, key) in rows.lines().filter_map(|row| row.split_once('|')) {
            assert_eq!(lane, Lane::of(key).to_string(), "{table}: {key}");
        }
    };
    lane("accounts", "holder");
    lane("logins", "user_name");
    lane("emails", "address");
}

#[test]
fn of_two_who_take_one_user_name_at_once_one_has_it() {
    let signing = Signing::new();
    for round in 0..5 {
        let made = thread::scope(|scope| {
            let threads: Vec<_> = (0..4)
                .map(|number| {
                    let site = &signing.site;
                    scope.spawn(move || {
                        let new = NewAccount {
                            holder: HolderId::new(&format!("{round}-{number}")).unwrap(),
                            user_name: format!("same{round}").parse().unwrap(),
                            email: format!("x{}-{round}@post.be", number % 2).parse().unwrap(),
                            name: None,
                            language: Language::De,
                            password: None,
                        };
                        let random = &mut random(number);
                        let scheme = CHEAP.parse().unwrap();
                        account::create(&mut site.open(), &new, scheme, "x", moment(0), random)
                    })
                })
                .collect();
            threads.into_iter().map(|thread| thread.join().unwrap()).collect::<Vec<_>>()
        });
        assert_eq!(made.iter().filter(|made| made.is_ok()).count(), 1);
        for error in made.into_iter().filter_map(Result::err) {
            assert!(matches!(error, AccountError::UserNameTaken { .. }), "{error}");
        }
    }
    let count = |table: &str| signing.site.number(&format!("SELECT count(*) FROM {table}"));
    assert_eq!(["accounts", "logins", "emails"].map(count), [5; 3]);
}

fn listed(holder: &str, user_name: &str, email: &str) -> NewAccount {
    NewAccount {
        holder: HolderId::new(holder).unwrap(),
        user_name: user_name.parse().unwrap(),
        email: email.parse().unwrap(),
        name: None,
        language: Language::Nl,
        password: Some(Password::chosen(PASSWORD, &[]).unwrap().into()),
    }
}

fn import(site: &Site, list: &[NewAccount]) -> Result<Imported, ImportError> {
    let scheme = CHEAP.parse().unwrap();
    account::import(&mut site.open(), list, scheme, "clerk", moment(0), &mut random(5))
}

#[test]
fn a_list_of_accounts_is_made_and_the_same_list_again_changes_nothing() {
    let signing = Signing::new();
    let site = &signing.site;
    let list: Vec<NewAccount> = (0..1200)
        .map(|number| {
            let name = format!("user{number}");
            listed(&number.to_string(), &name, &format!("{name}@post.be"))
        })
        .collect();
    // A part of it, as after an import that was cut off.
    assert_eq!(import(site, &list[..7]).unwrap(), Imported { made: 7, known: 0 });
    assert_eq!(import(site, &list).unwrap(), Imported { made: 1193, known: 7 });
    assert_eq!(import(site, &list).unwrap(), Imported { made: 0, known: 1200 });
    assert_eq!(site.number("SELECT count(*) FROM audit WHERE event = 'account made'"), 1200);
    assert_eq!(import(site, &[]).unwrap(), Imported::default());
    signing.proven("user1199", &start());
}

#[test]
fn of_a_list_with_faults_nothing_is_made_and_all_faults_are_named() {
    use ImportFaultKind::{
        EmailTaken, EmailTwice, HolderTaken, HolderTwice, UserNameTaken, UserNameTwice,
    };
    let site = Site::new();
    import(&site, &[listed("1", "jan", "jan@post.be")]).unwrap();
    let list = [
        listed("1", "jan2", "jan@post.be"),
        listed("2", "JAN", "piet@post.be"),
        listed("3", "piet", "Jan@post.be"),
        listed("4", "els", "els@post.be"),
        listed("4", "els", "ELS@post.be"),
    ];
    let Err(ImportError::Faults(faults)) = import(&site, &list) else { panic!() };
    let expected = [
        (0, HolderTaken),
        (1, UserNameTaken),
        (2, EmailTwice(0)),
        (2, EmailTaken),
        (4, HolderTwice(3)),
        (4, UserNameTwice(3)),
        (4, EmailTwice(3)),
    ];
    assert_eq!(faults, expected.map(|(at, kind)| ImportFault { at, kind }));
    assert_eq!(site.number("SELECT count(*) FROM accounts"), 1);
}
