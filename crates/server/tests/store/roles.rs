//! Roles of PostgreSQL: each does its own work and nobody else's.

use tokenkaart_auth::{
    Key, Lane, Role,
    account::{self, KeyAct, NewAccount, Password},
    change::Changed,
    clerk::{self, Unlocking},
    counter::{self, ActKey, IdentityDocument},
    day_list::{DayHolder, DayList},
    grant::{Redeemed, Refusal},
    person::{self, ForgetError},
    post,
    sign_in::{Entrance, Loss, Proof, Rules, Service},
    store::{
        Cause, Pool, Problem, Store, StoreError,
        audit::{self, ActsOf, Break, Entry, Event},
        schema::Dialect,
    },
    verify::{self, Act, Answer, LockAfter, Policy, Who},
};

use tokenkaart_token::{holder::HolderId, language::Language};

use super::{
    activation::{CHOSEN, change, confirm_address, opened, set_up, typed},
    cluster::Database,
    holding::{Card, Making, ask, at, gate, gate_with, random, sign_in, sweep},
    keys::{activate_app, activate_mail, send_all},
    signing_in::{HOME, Mails, PASSWORD, Signing, VERIFIER, authorization, enrol, rules, start},
    site::{Site, moment},
};

#[track_caller]
fn denied(store: &mut Store, sql: &str) {
    match store.begin().unwrap().batch(sql) {
        Err(StoreError::Database { cause: Cause::Denied, .. }) => {}
        other => panic!("{sql}: {other:?}"),
    }
}

#[test]
fn each_role_may_do_its_work_and_no_other() {
    let site = Site::new();
    let Site::Postgres(database) = &site else { panic!() };
    let roles = Dialect::Postgres.roles().unwrap();
    database.psql(roles);
    // Again, as after an upgrade.
    database.psql(roles);
    for role in ["importer", "verifier", "operator", "sign_in", "desk"] {
        database.psql(&format!("CREATE ROLE an_{role} LOGIN IN ROLE tokenkaart_{role}"));
    }
    let open =
        |role: &str| Store::open(&database.url(&format!("an_{role}")).parse().unwrap()).unwrap();
    let (mut importer, mut verifier, mut operator) =
        (open("importer"), open("verifier"), open("operator"));
    let (mut sign_in_service, mut desk) = (open("sign_in"), open("desk"));

    // Their work.
    let card = Card::give_in(&mut importer, "4711", &Making::default());
    let card = {
        let newer = Card::give_in(&mut importer, "4711", &Making::default());
        assert_ne!(newer.serial, card.serial);
        newer
    };
    let mut transaction = importer.begin().unwrap();
    let mut head = audit::lock(&mut transaction, Lane::OFFICE).unwrap();
    let entry = Entry {
        event: Event::Imported,
        reference: None,
        serial: None,
        position: None,
        detail: "2 tokens",
    };
    audit::append(&mut transaction, &mut head, moment(0), "importer", &[entry; 70]).unwrap();
    transaction.batch("CREATE TEMPORARY TABLE staged (serial text, hash text)").unwrap();
    transaction.commit().unwrap();
    let mut random = random(1);
    let (_, answer) = sign_in(&gate(), &mut verifier, &card, &at(0), &mut random);
    assert_eq!(answer, Answer::Accepted { left: 23, low: false });
    let strict = gate_with(Policy { lock_after: LockAfter::new(1).unwrap(), ..Policy::default() });
    let challenge = ask(&strict, &mut verifier, &card.holder, &at(0), &mut random);
    let wrong = card.wrong(challenge.position);
    let answer = strict.answer(&mut verifier, &challenge.id, wrong, &at(0)).unwrap();
    assert_eq!(answer, Answer::Refused);
    let who = Who::Serial(card.serial.clone());
    verify::change(&mut operator, &who, Act::Unlock, None, "operator", moment(0)).unwrap();
    let (_, answer) = sign_in(&gate(), &mut sign_in_service, &card, &at(0), &mut random);
    assert_eq!(answer, Answer::Accepted { left: 22, low: false });
    verify::change(&mut operator, &who, Act::Suspend, None, "operator", moment(0)).unwrap();
    verify::change(&mut desk, &who, Act::Resume, None, "desk", moment(0)).unwrap();
    sweep(&mut operator, None, &at(0));
    let verified = audit::verify(&operator, None).unwrap();
    assert_eq!(verified.broken, []);
    assert!(verified.rows > 70);
    verify::change(&mut operator, &who, Act::Revoke, None, "operator", moment(0)).unwrap();

    cards_at_a_counter(&mut desk);
    nobody_does_what_is_another_ones(&mut importer, &mut verifier, &mut operator);
    for store in [&mut sign_in_service, &mut desk] {
        not_the_owner(store);
    }
    for sql in [
        "UPDATE codes SET hash = ''",
        "UPDATE secrets SET value = ''",
        "UPDATE tokens SET holder = ''",
        "UPDATE passwords SET hash = ''",
        "UPDATE clerks SET role = 'supervisor'",
        "INSERT INTO sessions SELECT * FROM sessions",
        "UPDATE keys SET secret = ''",
    ] {
        denied(&mut desk, sql);
    }
    for sql in ["SELECT * FROM clerks", "INSERT INTO desk_sessions SELECT * FROM desk_sessions"] {
        denied(&mut sign_in_service, sql);
    }
    for sql in
        ["INSERT INTO tokens SELECT * FROM tokens", "DELETE FROM locks", "SELECT * FROM audit"]
    {
        denied(&mut sign_in_service, sql);
    }
}

/// The desk prints cards and hands them over, and changes nothing of what it has said.
fn cards_at_a_counter(desk: &mut Store) {
    let document = IdentityDocument::IdentityCard;
    for (seed, is_spoilt) in [(11, true), (12, false), (13, false)] {
        let (card, record) = Card::drawn("counter", &Making::default(), seed);
        let act = ActKey::draw(&mut random(seed)).unwrap();
        counter::print(desk, &record, &act, "els", &at(0), &mut random(seed)).unwrap();
        if is_spoilt {
            counter::spoil(desk, &card.holder, &card.serial, "els", &at(0)).unwrap();
        } else {
            let (holder, serial) = (&card.holder, &card.serial);
            counter::hand_over(desk, holder, serial, document, "els", &at(0)).unwrap();
        }
    }
    let act = ActKey::draw(&mut random(14)).unwrap();
    let letter = super::post::holder("counter", "Jan");
    for _ in 0..2 {
        post::ask(desk, &letter, &act, "els", &at(0), &mut random(14)).unwrap();
    }
    assert_eq!(post::export(desk, "els", &at(0)).unwrap().unwrap().holders.len(), 1);
    post::cancel(desk, &letter.id, "els", &at(0)).unwrap();
    // Nobody but the owner forgets anybody: that would make used codes new.
    let who = Who::Holder(letter.id.clone());
    verify::change(desk, &who, Act::Revoke, None, "els", moment(1)).unwrap();
    assert!(person::export(desk, &letter.id).is_err());
    let forgotten = person::forget(desk, &letter.id, "els", moment(2));
    assert!(matches!(
        forgotten,
        Err(ForgetError::Store(StoreError::Database { cause: Cause::Denied, .. }))
    ));
    for sql in [
        "DELETE FROM printed_cards",
        "UPDATE printed_cards SET clerk = ''",
        "DELETE FROM handed_over",
        "UPDATE handed_over SET clerk = ''",
        "DELETE FROM tokens",
        "UPDATE codes SET hash = ''",
    ] {
        denied(desk, sql);
    }
}

fn nobody_does_what_is_another_ones(
    importer: &mut Store,
    verifier: &mut Store,
    operator: &mut Store,
) {
    for sql in [
        "SELECT hash FROM codes",
        "SELECT position FROM codes",
        "COPY codes TO STDOUT",
        "UPDATE codes SET hash = ''",
        "DELETE FROM codes",
        "INSERT INTO uses VALUES (1, 'x', 'x', 1, 0)",
        "DELETE FROM uses",
        "DELETE FROM locks",
        "DELETE FROM suspensions",
        "INSERT INTO locks SELECT * FROM locks",
        "INSERT INTO suspensions SELECT * FROM suspensions",
        "DELETE FROM ends",
        "UPDATE ends SET state = 'voided'",
        "UPDATE states SET state = 'active'",
        "UPDATE tokens SET holder = 'me'",
        "SELECT * FROM challenges",
        "SELECT * FROM secrets",
        "INSERT INTO attempts VALUES (1, '4711', NULL, 0, 0, 0)",
        "SELECT * FROM audit",
        "INSERT INTO signers VALUES ('x', 'x', 0)",
        "SELECT clerk FROM printed_cards",
        "SELECT name FROM post_addresses",
        "SELECT * FROM post_batches",
        "INSERT INTO post_requests SELECT * FROM post_requests",
        "INSERT INTO handed_over SELECT * FROM handed_over",
    ] {
        denied(importer, sql);
    }
    for sql in [
        "INSERT INTO runs VALUES ('x', 0, NULL, 0, '', '', NULL, NULL)",
        "INSERT INTO tokens SELECT * FROM tokens",
        "INSERT INTO codes SELECT * FROM codes",
        "UPDATE codes SET hash = ''",
        "INSERT INTO states SELECT * FROM states",
        "UPDATE states SET state = 'active'",
        "DELETE FROM states",
        "DELETE FROM locks",
        "DELETE FROM suspensions",
        "INSERT INTO suspensions SELECT * FROM locks",
        "UPDATE locks SET since = 0",
        "INSERT INTO ends SELECT * FROM ends",
        "DELETE FROM uses",
        "UPDATE uses SET position = 2",
        "UPDATE tokens SET expires = NULL",
        "DELETE FROM codes",
        "DELETE FROM tokens",
        "SELECT * FROM audit",
        "UPDATE secrets SET value = ''",
    ] {
        denied(verifier, sql);
    }
    for sql in [
        "SELECT hash FROM codes",
        "SELECT * FROM secrets",
        "INSERT INTO uses SELECT * FROM uses",
        "DELETE FROM uses",
        "INSERT INTO states SELECT * FROM states",
        "DELETE FROM ends",
        "INSERT INTO tokens SELECT * FROM tokens",
        "INSERT INTO challenges VALUES (1, 'x', '4711', NULL, 1, 0, 0, 0)",
        "DELETE FROM tokens",
    ] {
        denied(operator, sql);
    }
    for store in [importer, verifier, operator] {
        not_the_owner(store);
    }
}

fn not_the_owner(store: &mut Store) {
    for sql in [
        "UPDATE audit SET detail = ''",
        "DELETE FROM audit",
        "TRUNCATE audit",
        "DELETE FROM audit_head",
        "INSERT INTO audit_head VALUES (1, NULL, NULL)",
        "ALTER TABLE audit DISABLE TRIGGER ALL",
        "DROP TABLE tokens",
        "CREATE TABLE mine (x text)",
        "UPDATE schema_version SET version = 0",
        "SET session_replication_role = replica",
    ] {
        denied(store, sql);
    }
}

/// The whole of a sign-in, with nothing but the grants of its role.
#[test]
fn the_sign_in_service_signs_people_in_with_its_own_grants() {
    let owner = Signing::new();
    let Site::Postgres(database) = &owner.site else { panic!() };
    database.psql(Dialect::Postgres.roles().unwrap());
    for role in ["sign_in", "operator"] {
        database.psql(&format!("CREATE ROLE web_{role} LOGIN IN ROLE tokenkaart_{role}"));
    }
    let url = |role: &str| database.url(&format!("web_{role}")).parse().unwrap();
    let mut operator = Store::open(&url("operator")).unwrap();
    let card = owner.enrol("4711", "jan");
    enrol(&mut operator, "4712", "piet", Some(PASSWORD));

    let pool = Pool::open(&url("sign_in"), 2).unwrap();
    let mut store = Store::open(&url("sign_in")).unwrap();
    let service = Service::open(&mut store, gate(), rules()).unwrap();
    let Signing { site, .. } = owner;
    let (signing, mails) = Signing::of(site, pool, service).sealed();
    let (_, chosen) = signing.choose(&start());
    assert!(matches!(signing.prove(chosen, "jan", "x", HOME, &start()), Proof::Refused(_)));
    signing.proven("piet", &start());
    // Mails, codes by e-mail, an app, and the end of the token by them.
    activate_mail(&signing, &mails, &card, "jan", &at(-300_000));
    activate_app(&signing, &card, "jan", &at(-200_000));
    send_all(&signing, &at(-100_000));
    let session = signing.sign_in(&card, "jan", &start()).session;
    let Signing { service, pool, .. } = &signing;
    let wanted = authorization();
    let code = service.grant(pool, &session, &wanted, &start(), &mut signing.random());
    let code = code.unwrap().unwrap();
    let redeem = || {
        let (client, uri) = (&wanted.client, &wanted.redirect_uri);
        let random = &mut signing.random();
        service.redeem(pool, &code, client, uri, Some(VERIFIER), &start(), random).unwrap()
    };
    let Redeemed::Given { access, .. } = redeem() else { panic!() };
    assert!(service.granted(pool, &access, &at(60_000)).unwrap().is_some());
    assert!(matches!(redeem(), Redeemed::Refused(Refusal::Twice)));
    assert!(service.assertion_once(pool, "app", "1", moment(0)).unwrap());
    let signed_in = service.session(pool, &session, &at(120_000)).unwrap().unwrap();
    assert!(service.overview(pool, &signed_in).unwrap().is_some());
    let password = Password::typed(PASSWORD);
    let lost = {
        let (home, random) = (HOME.parse().unwrap(), &mut signing.random());
        service.report_lost(pool, &session, &password, home, &start(), random)
    };
    assert!(matches!(lost.unwrap(), Loss::Revoked(_)));
    let id = signing.begin(&start());
    service.abandon(pool, &id).unwrap();
    service.sign_out(pool, &session, &start()).unwrap();
    sweep(&mut operator, None, &at(8 * 86_400_000));
    // An account that the operator makes and its holder activates.
    activated_by(&signing, &mails, &mut operator);

    for sql in [
        "DELETE FROM passwords",
        "DELETE FROM accounts",
        "INSERT INTO accounts SELECT * FROM accounts",
        "INSERT INTO activations SELECT * FROM activations",
        "UPDATE keys SET secret = ''",
        "DELETE FROM confirmed",
        "DELETE FROM mails_given_up",
        "UPDATE logins SET holder = 'x'",
        "DELETE FROM redeemed",
        "UPDATE grants SET holder = ''",
        "DELETE FROM withdrawn",
        "DELETE FROM sign_ins",
    ] {
        denied(&mut store, sql);
    }
    for sql in [
        "SELECT hash FROM passwords",
        "INSERT INTO sessions SELECT * FROM sessions",
        "INSERT INTO grants SELECT * FROM grants",
        "SELECT * FROM access_tokens",
        "UPDATE keys SET secret = ''",
        "UPDATE key_attempts SET failures = 0",
        "INSERT INTO keys SELECT * FROM keys",
        "DELETE FROM mails",
        "SELECT * FROM mail_turns",
        "UPDATE activations SET expires_at = 0",
        "UPDATE accounts SET email = ''",
    ] {
        denied(&mut operator, sql);
    }
}

/// Has an operator make an account, and its holder activate it under another name.
fn activated_by(signing: &Signing, mails: &Mails, operator: &mut Store) {
    let outbox = signing.service.outbox().unwrap();
    let new = NewAccount {
        holder: HolderId::new("4713").unwrap(),
        user_name: "els".parse().unwrap(),
        email: "els@post.be".parse().unwrap(),
        name: None,
        language: Language::Nl,
        password: None,
    };
    let begun = {
        let random = &mut signing.random();
        account::create_to_activate(operator, &new, outbox, "clerk", moment(0), random).unwrap()
    };
    let id = opened(signing, &mails.link("els"), &typed(&begun), &start());
    confirm_address(signing, &id, "els@post.be", &start());
    let last = change(signing, &id, &start());
    let done = set_up(signing, last, "els.janssens", CHOSEN, &start());
    let Changed::Activated { next: Some(id) } = done else { panic!("{done:?}") };
    // Their first key, which the operator removes again.
    let Signing { service, pool, .. } = signing;
    let (method, random) = (change(signing, &id, &start()), &mut signing.random());
    let chosen = method.choose(service, pool, Key::Mail, &start(), random).unwrap();
    assert!(matches!(chosen, Changed::Done(_)), "{chosen:?}");
    let (holder, now) = (&new.holder, moment(0));
    assert_eq!(account::keys_of(operator, holder).unwrap().len(), 1);
    let act = KeyAct::Remove;
    account::change_key(operator, Some(outbox), holder, Key::Mail, act, None, "clerk", now, random)
        .unwrap();
}

/// A clerk's day at the desk, with nothing but the grants of its role.
#[test]
fn the_desk_signs_its_clerks_in_and_helps_people_with_its_own_grants() {
    let owner = Signing::new();
    let Site::Postgres(database) = &owner.site else { panic!() };
    database.psql(Dialect::Postgres.roles().unwrap());
    database.psql("CREATE ROLE counter_desk LOGIN IN ROLE tokenkaart_desk");
    let url = database.url("counter_desk").parse().unwrap();
    let card = owner.enrol("4711", "els");
    let citizen = owner.enrol("4712", "jan");
    let pool = Pool::open(&url, 2).unwrap();
    let mut store = Store::open(&url).unwrap();
    clerk::add(&mut store, &"els".parse().unwrap(), Role::Supervisor, "test", moment(0)).unwrap();
    let rules = Rules { entrance: Entrance::Desk, ..rules() };
    let service = Service::open(&mut store, gate(), rules).unwrap();
    let Signing { site, .. } = owner;
    let (desk, _) = Signing::of(site, pool, service).sealed();
    let (_, chosen) = desk.choose(&start());
    assert!(matches!(desk.prove(chosen, "els", "x", HOME, &start()), Proof::Refused(_)));
    let id = desk.sign_in(&card, "els", &start()).at_desk();
    let Signing { service, pool, .. } = &desk;
    let els = service.clerk(pool, &id, &at(120_000)).unwrap().unwrap();
    service.lock_screen(pool, &id, &at(130_000)).unwrap();
    let (password, home) = (Password::typed(PASSWORD), HOME.parse().unwrap());
    let random = &mut desk.random();
    let opened = service.open_screen(pool, &id, &password, home, &at(140_000), random);
    assert_eq!(opened.unwrap(), Unlocking::Open);
    let who = Who::Holder(citizen.holder.clone());
    verify::change(&mut store, &who, Act::Suspend, None, &els.actor(), moment(0)).unwrap();
    let known = service.known(pool, "4712", &at(150_000)).unwrap();
    assert!(known.is_anybody() && known.tokens.len() == 1);
    let expected = DayHolder {
        id: "4999".to_owned(),
        name: "Somebody".to_owned(),
        language: None,
        user_name: None,
        email: None,
    };
    let list = DayList {
        file: "a.csv".to_owned(),
        clerk: els.user_name.clone(),
        made_at: moment(0).as_millisecond(),
        holders: vec![expected; 1200],
    };
    let until = at(1_000_000).timestamp();
    assert!(service.keep_day_list(pool, &list, until, &els.actor(), random).unwrap());
    let found = service.day_list(pool, &at(150_000)).unwrap().unwrap();
    assert_eq!(found.holders, list.holders);
    assert!(service.day_list(pool, &at(1_000_000)).unwrap().is_none());
    assert!(service.forget_day_list(pool, &els.actor(), &at(160_000)).unwrap());
    let acts = ActsOf { from: moment(-1000), until, actor: Some(els.actor()) };
    let done = audit::of_clerks(&mut store.read().unwrap(), &acts, 10).unwrap();
    assert_eq!(done.len(), 3, "{done:?}");
    service.leave_desk(pool, &id, &at(170_000)).unwrap();
    clerk::stop(&mut store, &"els".parse().unwrap(), "test", moment(0)).unwrap();
    sweep(&mut store, None, &at(2_000_000));
}

#[test]
fn rows_out_of_turn_are_found_and_taken_out_as_documented() {
    let site = Site::new();
    let Site::Postgres(database) = &site else { panic!() };
    let mut store = site.open();
    let lane = Lane::new(7).unwrap();
    let mut append = |times: usize| {
        let entry = Entry {
            event: Event::Refused,
            reference: None,
            serial: None,
            position: None,
            detail: "",
        };
        let mut transaction = store.begin().unwrap();
        let mut head = audit::lock(&mut transaction, lane)?;
        audit::append(&mut transaction, &mut head, moment(0), "test", &vec![entry; times])?;
        transaction.commit()
    };
    append(5).unwrap();
    database
        .psql("INSERT INTO audit VALUES (7, 6, 0, 'me', 'accepted', NULL, NULL, NULL, '', 'x')");
    assert!(matches!(append(1), Err(StoreError::Database { cause: Cause::Conflict, .. })));
    database.psql("UPDATE audit_head SET seq = 6, hash = 'x' WHERE lane = 7");
    append(1).unwrap();
    let verified = || audit::verify(&site.open(), None).unwrap();
    assert_eq!(verified().broken, [(lane, Break::Altered(6))]);

    let document = std::fs::read_to_string("../../docs/auth-store.md").unwrap();
    let (_, command) = document.split_once("$ psql -1 -d cards -c ").unwrap();
    let (command, _) = command.split_once("```").unwrap();
    let statements: Vec<&str> = command.split('"').skip(1).step_by(2).collect();
    assert_eq!(statements.len(), 2);
    database.psql(&statements.join(";").replace("4711", "5"));
    assert_eq!((verified().broken, verified().rows), (Vec::new(), 5));
    append(20).unwrap();
    assert_eq!((verified().broken, verified().rows), (Vec::new(), 25));
}

#[test]
fn no_store_is_made_where_others_may_put_functions_under_its_feet() {
    let site = Site::empty();
    let Site::Postgres(database) = &site else { panic!() };
    let made = || Store::create(&site.address()).map(|_| ());
    let refused = |says: &str| {
        let error = made().unwrap_err();
        assert!(matches!(error, StoreError::Strangers { .. }), "{error}");
        assert!(error.to_string().contains(says), "{error}");
    };
    // As a database of PostgreSQL 14 has it.
    database.psql("GRANT CREATE ON SCHEMA public TO PUBLIC");
    refused("PUBLIC may make objects in the schema public");
    database.psql(
        "REVOKE CREATE ON SCHEMA public FROM PUBLIC; CREATE ROLE mallory_of_making; \
         CREATE FUNCTION public.format(text, text) RETURNS text LANGUAGE sql AS 'SELECT $1'; \
         ALTER FUNCTION public.format(text, text) OWNER TO mallory_of_making",
    );
    refused("mallory_of_making owns the function public.format");
    database.psql(
        "DROP FUNCTION public.format(text, text); CREATE TABLE schema_version (version bigint); \
         ALTER TABLE schema_version OWNER TO mallory_of_making",
    );
    refused("mallory_of_making owns the table or view public.schema_version");
    database.psql("DROP TABLE schema_version");
    made().unwrap();
    database.psql(Dialect::Postgres.roles().unwrap());
    let problems = || site.open().check().unwrap();
    assert_eq!(problems(), []);
    database.psql("GRANT CREATE ON SCHEMA public TO mallory_of_making");
    let found = problems();
    assert!(matches!(&found[..], [Problem::Stranger(_)]), "{found:?}");
    database.psql(
        "REVOKE CREATE ON SCHEMA public FROM mallory_of_making; \
         GRANT SELECT ON secrets, codes TO mallory_of_making; GRANT SELECT ON audit TO PUBLIC; \
         CREATE FUNCTION copied() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN NEW; END $$; \
         CREATE TRIGGER copies BEFORE INSERT ON audit EXECUTE FUNCTION copied()",
    );
    let found: Vec<String> = problems().iter().map(ToString::to_string).collect();
    for says in [
        "PUBLIC may use the table public.audit",
        "mallory_of_making may use the table public.codes",
        "mallory_of_making may use the table public.secrets",
        "somebody has put a trigger on the table public.audit",
    ] {
        assert!(found.iter().any(|found| found.starts_with(says)), "{says}: {found:?}");
    }
    database.psql("DROP TRIGGER copies ON audit; DROP FUNCTION copied");
    database.psql(Dialect::Postgres.roles().unwrap());
    assert_eq!(problems(), []);
    database.psql("DROP OWNED BY mallory_of_making; DROP ROLE mallory_of_making");
    assert_eq!(problems(), []);
}

/// An operator of PostgreSQL with these operands is nearer than that of the server itself.
#[test]
fn the_roles_are_made_by_the_functions_of_the_server_alone() {
    let site = Site::new();
    let Site::Postgres(database) = &site else { panic!() };
    database.psql(
        "CREATE TABLE public.seen (who text); \
         CREATE FUNCTION public.format(text, text) RETURNS text LANGUAGE sql AS \
           $$ INSERT INTO public.seen VALUES (current_user); SELECT 'SELECT 1' $$; \
         CREATE FUNCTION public.format(text, name, text) RETURNS text LANGUAGE sql AS \
           $$ INSERT INTO public.seen VALUES (current_user); SELECT 'SELECT 1' $$",
    );
    database.psql(Dialect::Postgres.roles().unwrap());
    assert_eq!(database.psql("SELECT count(*) FROM public.seen").trim(), "0");
    database.psql("DROP TABLE public.seen CASCADE");
}

/// What each login tries with objects of its own under the feet of ours: tables, views, functions
/// and operators in its temporary schema, which is looked into first.
const UNDER_THE_FEET: &str = "\
    CREATE TEMPORARY TABLE seen (who text);
    CREATE FUNCTION pg_temp.evil(smallint, smallint) RETURNS boolean LANGUAGE plpgsql AS \
      $$ BEGIN INSERT INTO pg_temp.seen VALUES (current_user); RETURN true; END $$;
    CREATE FUNCTION pg_temp.evil(text, text) RETURNS boolean LANGUAGE plpgsql AS \
      $$ BEGIN INSERT INTO pg_temp.seen VALUES (current_user); RETURN true; END $$;
    CREATE OPERATOR pg_temp.= (LEFTARG = smallint, RIGHTARG = smallint, FUNCTION = pg_temp.evil);
    CREATE OPERATOR pg_temp.= (LEFTARG = text, RIGHTARG = text, FUNCTION = pg_temp.evil);
    CREATE TEMPORARY TABLE tokens (lane smallint, holder text, serial text);
    INSERT INTO pg_temp.tokens VALUES (1, 'x', 'x');
    CREATE TEMPORARY TABLE codes (lane smallint, holder text, serial text, position smallint);
    INSERT INTO pg_temp.codes VALUES (1, 'x', 'x', 1);
    CREATE TEMPORARY VIEW audit AS SELECT 1::smallint AS lane, 99::bigint AS seq, 'x' AS hash;
    SET search_path = pg_temp, public;";

#[test]
fn no_login_becomes_the_owner_or_reaches_past_its_grants() {
    let site = Site::new();
    let Site::Postgres(database) = &site else { panic!() };
    database.psql(Dialect::Postgres.roles().unwrap());
    each_role_has_its_grants_and_no_other(database);
    // Nothing that would run with another's rights, and nothing that anybody may do.
    for (what, sql) in [
        ("functions", "SELECT count(*) FROM pg_proc WHERE pronamespace = 'public'::regnamespace"),
        ("triggers", "SELECT count(*) FROM pg_trigger WHERE NOT tgisinternal"),
        ("event triggers", "SELECT count(*) FROM pg_event_trigger"),
        ("rules", "SELECT count(*) FROM pg_rules WHERE schemaname = 'public'"),
        ("views", "SELECT count(*) FROM pg_views WHERE schemaname = 'public'"),
        ("default privileges", "SELECT count(*) FROM pg_default_acl"),
        (
            "tables of others than the owner",
            "SELECT count(*) FROM pg_tables WHERE schemaname = 'public' AND tableowner <> 'owner'",
        ),
        (
            "grants to everybody",
            "SELECT count(*) FROM information_schema.table_privileges \
             WHERE table_schema = 'public' AND grantee = 'PUBLIC'",
        ),
        (
            "grants that can be passed on",
            "SELECT count(*) FROM information_schema.table_privileges WHERE table_schema = \
             'public' AND is_grantable = 'YES' AND grantee <> 'owner'",
        ),
        (
            "grants on columns",
            "SELECT count(*) FROM pg_attribute WHERE attacl IS NOT NULL \
             AND attrelid IN (SELECT oid FROM pg_class WHERE relnamespace = 'public'::regnamespace)",
        ),
        (
            "roles that may do more than others",
            "SELECT count(*) FROM pg_roles WHERE rolname LIKE 'tokenkaart%' \
             AND (rolsuper OR rolcreaterole OR rolcreatedb OR rolreplication OR rolbypassrls)",
        ),
    ] {
        assert_eq!(site.number(sql), 0, "{what}");
    }
    let logins = ["importer", "verifier", "operator", "sign_in", "desk", "nobody"];
    for role in logins {
        let member =
            if role == "nobody" { String::new() } else { format!("IN ROLE tokenkaart_{role}") };
        let login = format!("climbing_{role}");
        database.psql(&format!("CREATE ROLE {login} LOGIN {member}"));
        let open = || {
            let address = database.url(&login).parse().unwrap();
            // Who is nobody may not even see that there is a store.
            Store::open(&address).ok()
        };
        let Some(mut store) = open() else {
            assert_eq!(role, "nobody");
            continue;
        };
        assert_ne!(role, "nobody");
        let mut transaction = store.begin().unwrap();
        transaction.batch(UNDER_THE_FEET).unwrap();
        // Its own table has the row; the foreign key looks into ours.
        for forged in [
            "INSERT INTO public.codes VALUES (1, 'x', 'x', 1, '')",
            "INSERT INTO public.uses VALUES (1, 'x', 'x', 1, 0)",
            "INSERT INTO public.locks VALUES (1, 'x', 'x', 0, NULL)",
            "INSERT INTO public.ends VALUES (1, 'x', 'x', 'revoked', 'active', 0, NULL)",
            "UPDATE public.audit_head SET seq = 99, hash = 'x' WHERE lane OPERATOR(pg_catalog.=) 1",
        ] {
            let sql = format!("SAVEPOINT before; {forged}");
            assert!(transaction.batch(&sql).is_err(), "{role}: {forged}");
            transaction.batch("ROLLBACK TO before").unwrap();
        }
        let row = transaction
            .query_one("SELECT count(*) AS seen FROM pg_temp.seen WHERE who LIKE 'owner'", &[])
            .unwrap()
            .unwrap();
        assert_eq!(row.int("seen").unwrap(), 0, "{role}");
        drop(transaction);
        for sql in [
            "SET ROLE owner",
            "SET SESSION AUTHORIZATION owner",
            "ALTER TABLE tokens OWNER TO CURRENT_USER",
            "CREATE FUNCTION public.f() RETURNS int LANGUAGE sql AS 'SELECT 1'",
            "CREATE TRIGGER t BEFORE INSERT ON audit EXECUTE FUNCTION pg_catalog.suppress_redundant_updates_trigger()",
            "CREATE RULE r AS ON INSERT TO audit DO INSTEAD NOTHING",
            "ALTER DEFAULT PRIVILEGES FOR ROLE owner GRANT ALL ON TABLES TO PUBLIC",
            "CREATE CAST (text AS smallint) WITH INOUT",
            "COPY schema_version TO PROGRAM 'id'",
            "COPY schema_version TO '/tmp/x'",
        ] {
            assert!(store.begin().unwrap().batch(sql).is_err(), "{role}: {sql}");
        }
        // Without the right to pass on nothing is passed on, which the server says as a warning.
        let _ = store.begin().unwrap().batch("GRANT SELECT ON codes TO PUBLIC");
        let sql = "SELECT count(*) FROM information_schema.table_privileges \
                   WHERE table_schema = 'public' AND grantee = 'PUBLIC'";
        assert_eq!(site.number(sql), 0);
        let other = if role == "importer" { "verifier" } else { "importer" };
        denied(&mut store, &format!("SET ROLE tokenkaart_{other}"));
    }
}

/// Of each role what it may do to each table, written out: S, I, U and D for SELECT, INSERT, UPDATE
/// and DELETE. What is not here no role may do, and none has TRUNCATE, REFERENCES or TRIGGER.
const GRANTS: &[(&str, &str)] = &[
    (
        "desk",
        "accounts SI, activations SID, app_uses SID, assertions SD, attempts SIUD, audit SI, audit_head SU, \
         card_requests S, challenges SIUD, changes SD, clerks SID, closed S, codes SI, day_lists SID, decoys S, \
         desk_sessions SIUD, drawn SID, emails SI, ends SI, \
         grants SD, guesses SID, handed_over SI, holders SI, imported S, key_attempts SIUD, keys SD, limits SIUD, loads S, \
         locks SID, logins SI, mail_codes SD, mail_turns I, mails SI, mails_given_up SD, passwords SI, post_addresses SI, post_batches SI, post_closed SI, post_exports SI, post_requests SID, \
         printed_cards SI, runs S, \
         schema_version S, secrets S, sessions SD, sign_ins SID, signers S, states SIUD, steps SIUD, \
         suspensions SID, switches S, tokens SI, uses SI, visits SD",
    ),
    (
        "importer",
        "audit I, audit_head SU, codes I, decoys SIU, ends SI, imported SI, loads SI, locks S, \
         post_closed SI, post_exports S, post_requests SD, runs SI, schema_version S, \
         signers S, states SID, suspensions S, switches SI, tokens SI",
    ),
    (
        "operator",
        "accounts SI, activations SID, app_uses SD, assertions SD, attempts SIUD, audit SI, audit_head SU, \
         card_requests S, challenges SD, changes SD, clerks SID, closed S, day_lists SD, decoys S, \
         desk_sessions SD, drawn S, emails SI, ends SI, grants SD, guesses SD, handed_over S, holders SI, imported S, key_attempts SD, keys SD, limits SD, loads S, locks SD, logins SI, \
         mail_codes SD, mail_turns I, mails SI, mails_given_up SD, passwords I, printed_cards S, runs S, schema_version S, \
         sessions SD, sign_ins SD, signers S, states SD, steps SD, suspensions SID, \
         switches S, tokens S, uses S, visits SD",
    ),
    (
        "sign_in",
        "access_tokens SI, accounts SU, activations SD, app_uses SID, assertions SI, attempts SIUD, audit I, \
         audit_head SU, card_requests SI, challenges SIUD, changes SIUD, closed SI, codes S, confirmed SI, \
         decoys S, desk_sessions SD, drawn SID, emails SID, ends SI, grants SI, guesses SID, holders SI, \
         imported S, key_attempts SIUD, keys SID, limits SIUD, locks SI, logins SID, \
         mail_codes SIUD, mail_turns SIUD, mails SID, mails_given_up SI, passwords SIU, \
         redeemed SI, runs S, schema_version S, secrets S, sessions SIUD, sign_ins SI, \
         states SD, steps SIUD, suspensions S, tokens S, told SI, uses SI, visits SI, \
         withdrawn SI",
    ),
    (
        "verifier",
        "attempts SIUD, audit I, audit_head SU, challenges SIUD, changes SD, codes S, decoys S, \
         desk_sessions SD, drawn SID, ends S, guesses SID, holders SI, imported S, locks SI, runs S, schema_version S, \
         secrets S, sessions SD, states S, steps SD, suspensions S, tokens S, uses SI",
    ),
];

/// Holds what each role may do to what is written here.
fn each_role_has_its_grants_and_no_other(database: &Database<'_>) {
    let found = database.psql(
        "SELECT r.rolname, string_agg(c.relname || ' ' || p.letters, ', ' ORDER BY c.relname) \
         FROM pg_roles r CROSS JOIN pg_class c CROSS JOIN LATERAL (SELECT concat( \
           CASE WHEN has_table_privilege(r.rolname, c.oid, 'SELECT') THEN 'S' END, \
           CASE WHEN has_table_privilege(r.rolname, c.oid, 'INSERT') THEN 'I' END, \
           CASE WHEN has_table_privilege(r.rolname, c.oid, 'UPDATE') THEN 'U' END, \
           CASE WHEN has_table_privilege(r.rolname, c.oid, 'DELETE') THEN 'D' END, \
           CASE WHEN has_table_privilege(r.rolname, c.oid, 'TRUNCATE, REFERENCES, TRIGGER') \
             THEN '!' END) AS letters) p \
         WHERE r.rolname LIKE 'tokenkaart\\_%' AND c.relkind = 'r' \
         AND c.relnamespace = 'public'::regnamespace AND p.letters <> '' GROUP BY 1 ORDER BY 1",
    );
    let wanted: Vec<String> =
        GRANTS.iter().map(|(role, may)| format!("tokenkaart_{role}|{may}")).collect();
    assert_eq!(found.lines().collect::<Vec<_>>(), wanted);
}
