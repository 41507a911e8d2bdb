//! Clerks: who works at the desk, and sessions that count there alone.

use jiff::SignedDuration;
use tokenkaart_auth::{
    DeskSessionId, Role, SessionId,
    account::Password,
    clerk::{self, Clerk, ClerkError, Unlocking},
    session::Lasting,
    sign_in::{Entrance, Proof, Rules, Service, Step},
    store::audit,
    verify::{self, Act, Policy, Who},
};

use super::{
    holding::{Card, at, gate},
    signing_in::{HOME, PASSWORD, Signing, rules, start},
    site::moment,
};

const MINUTE: i64 = 60_000;

/// A desk where els, who has a card, has a role.
fn desk(role: Option<Role>) -> (Signing, Card) {
    let idle = SignedDuration::from_mins(15);
    let lasting = Lasting { idle, longest: SignedDuration::from_hours(10) };
    let rules = Rules { entrance: Entrance::Desk, lasting, ..rules() };
    let desk = Signing::with(Policy::default(), rules);
    let card = desk.enrol("4711", "els");
    if let Some(role) = role {
        add(&desk, role);
    }
    (desk, card)
}

fn add(desk: &Signing, role: Role) {
    let name = "els".parse().unwrap();
    assert!(clerk::add(&mut desk.site.open(), &name, role, "test", moment(0)).unwrap());
}

fn stop(desk: &Signing) -> Result<(), ClerkError> {
    clerk::stop(&mut desk.site.open(), &"els".parse().unwrap(), "test", moment(0))
}

/// The service of citizens over the same store.
fn citizens(desk: &Signing) -> Service {
    Service::open(&mut desk.site.open(), gate(), rules()).unwrap()
}

fn signed_in(desk: &Signing, card: &Card, later: i64) -> DeskSessionId {
    desk.sign_in(card, "els", &at(later)).at_desk()
}

fn found(desk: &Signing, id: &DeskSessionId, later: i64) -> Option<Clerk> {
    desk.service.clerk(&desk.pool, id, &at(later)).unwrap()
}

#[test]
fn only_who_has_a_role_gets_past_the_password_of_the_desk() {
    let (desk, card) = desk(None);
    let (_, chosen) = desk.choose(&start());
    let refused = desk.prove(chosen, "els", PASSWORD, HOME, &start());
    assert!(matches!(refused, Proof::Refused(_)), "{refused:?}");
    for (place, role) in (0..).zip(Role::ALL) {
        add(&desk, role);
        // Codes are drawn anew after a while.
        let now = place * 10 * MINUTE;
        let id = signed_in(&desk, &card, now);
        let clerk = found(&desk, &id, now + 1000).unwrap();
        assert_eq!((clerk.role, clerk.user_name.as_str()), (role, "els"));
        stop(&desk).unwrap();
        assert!(found(&desk, &id, now + 1000).is_none());
        assert!(matches!(stop(&desk), Err(ClerkError::NoClerk { .. })));
    }
}

#[test]
fn who_is_stopped_in_mid_sign_in_is_let_in_nowhere() {
    let (desk, card) = desk(Some(Role::Clerk));
    let (_, asked) = desk.asked("els", &start());
    stop(&desk).unwrap();
    let code = card.code(asked.position()).to_owned();
    if let tokenkaart_auth::sign_in::CodeAnswer::SignedIn(signed_in) =
        desk.answer(asked, &code, &start())
    {
        assert!(found(&desk, &signed_in.at_desk(), 1000).is_none());
    }
}

#[test]
fn neither_entrance_knows_what_the_other_has_begun_or_let_in() {
    let (desk, card) = desk(Some(Role::Clerk));
    let citizens = citizens(&desk);
    let mut generator = desk.random();
    let random = &mut *generator;
    let at_desk = desk.service.begin(&desk.pool, "", &start(), random).unwrap();
    let elsewhere = citizens.begin(&desk.pool, "", &start(), random).unwrap();
    let is_there =
        |service: &Service, id| service.step(&desk.pool, id, &start()).unwrap().is_some();
    assert!(is_there(&desk.service, &at_desk) && !is_there(&citizens, &at_desk));
    assert!(is_there(&citizens, &elsewhere) && !is_there(&desk.service, &elsewhere));
    // Nor one that was begun there as if it were of the desk.
    let forged = citizens.begin(&desk.pool, "desk", &start(), random).unwrap();
    assert!(!is_there(&citizens, &forged));
    let Some(Step::Begun(_)) = desk.service.step(&desk.pool, &forged, &start()).unwrap() else {
        panic!("it asks for both factors all the same")
    };
    drop(generator);
    let id = signed_in(&desk, &card, 0);
    let as_citizen: SessionId = id.expose().parse().unwrap();
    assert!(citizens.session(&desk.pool, &as_citizen, &start()).unwrap().is_none());
    assert!(found(&desk, &id, 1000).is_some());
    assert_eq!(desk.site.number("SELECT count(*) FROM sessions"), 0);
}

#[test]
fn a_screen_locks_by_a_click_and_by_time_and_opens_by_the_password_of_its_clerk() {
    let (desk, card) = desk(Some(Role::Clerk));
    let id = signed_in(&desk, &card, 0);
    let open = |password: &str, later: i64| {
        let (password, from) = (Password::typed(password), HOME.parse().unwrap());
        let (service, pool) = (&desk.service, &desk.pool);
        service.open_screen(pool, &id, &password, from, &at(later), &mut desk.random()).unwrap()
    };
    let is_locked = |later: i64| found(&desk, &id, later).map(|clerk| clerk.is_locked);
    assert_eq!(is_locked(1000), Some(false));
    desk.service.lock_screen(&desk.pool, &id, &at(2000)).unwrap();
    assert_eq!(is_locked(3000), Some(true));
    assert_eq!(open("not this one", 4000), Unlocking::Refused);
    assert_eq!(is_locked(5000), Some(true));
    assert_eq!(open(PASSWORD, 6000), Unlocking::Open);
    assert_eq!(is_locked(7000), Some(false));
    // Idle for a quarter of an hour, then for an hour more.
    assert_eq!(is_locked(6000 + 15 * MINUTE), Some(true));
    assert_eq!(open(PASSWORD, 6000 + 16 * MINUTE), Unlocking::Open);
    let opened = 6000 + 16 * MINUTE;
    assert_eq!(is_locked(opened + 74 * MINUTE), Some(true));
    assert_eq!(is_locked(opened + 75 * MINUTE), None);
    assert_eq!(open(PASSWORD, opened + 75 * MINUTE), Unlocking::Over);
    // Looking at a locked screen keeps it from nothing.
    assert_eq!(is_locked(opened + 76 * MINUTE), None);
}

#[test]
fn a_session_of_the_desk_ends_after_a_working_day_and_whenever_its_holders_others_do() {
    let (desk, card) = desk(Some(Role::Clerk));
    let id = signed_in(&desk, &card, 0);
    let mut later = 0;
    while later < 10 * 60 * MINUTE {
        assert!(found(&desk, &id, later).is_some(), "{later}");
        later += 10 * MINUTE;
    }
    assert!(found(&desk, &id, later).is_none());
    let who = Who::Holder(card.holder.clone());
    let mut store = desk.site.open();
    for act in [Act::Suspend, Act::Resume, Act::Revoke] {
        if act == Act::Resume {
            verify::change(&mut store, &who, act, None, "test", moment(0)).unwrap();
            continue;
        }
        let id = signed_in(&desk, &card, later);
        assert!(found(&desk, &id, later).is_some());
        verify::change(&mut store, &who, act, None, "test", moment(0)).unwrap();
        assert!(found(&desk, &id, later).is_none(), "{act:?}");
        later += 10 * MINUTE;
    }
    assert_eq!(audit::verify(&desk.site.open(), None).unwrap().broken, []);
}

#[test]
fn what_is_sealed_for_a_clerk_opens_for_them_alone() {
    let (desk, card) = desk(Some(Role::Clerk));
    let (desk, _) = desk.sealed();
    let id = signed_in(&desk, &card, 0);
    let clerk = found(&desk, &id, 1000).unwrap();
    let random = &mut desk.random();
    let sealed = desk.service.seal_for(&clerk, b"4711", random).unwrap().unwrap();
    assert!(!sealed.contains("4711"));
    assert_eq!(desk.service.open_for(&clerk, &sealed).unwrap().as_slice(), b"4711");
    let mut other = clerk;
    other.holder = tokenkaart_token::holder::HolderId::new("4712").unwrap();
    assert!(desk.service.open_for(&other, &sealed).is_none());
}
