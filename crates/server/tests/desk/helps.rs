//! What clerks do for people, and who sees it.

use super::{
    browser::{Browser, Page},
    counter::Counter,
};

fn look_up(browser: &mut Browser, counter: &Counter, text: &str) -> Page {
    let home = browser.go(&counter.at("/"));
    browser.send(&home, "/find", &[("text", text)])
}

fn help(browser: &mut Browser, page: &Page, act: &str, reason: &str) -> Page {
    let p = page.between("name=\"p\" value=\"", "\"").to_owned();
    let serial = page.between("name=\"serial\" value=\"", "\"").to_owned();
    let fields = [("p", p.as_str()), ("serial", &serial), ("act", act), ("reason", reason)];
    browser.send(page, "/person/help", &fields)
}

fn offered(page: &Page) -> Vec<&str> {
    let acts = page.body.split("name=\"act\" value=\"").skip(1);
    acts.map(|rest| rest.split('"').next().unwrap()).collect()
}

#[test]
fn a_card_is_suspended_resumed_and_revoked_for_a_reason_and_a_form_sent_twice_acts_once() {
    let counter = Counter::new();
    let (mut clerk, _) = counter.signed_in("clerk");
    let page = look_up(&mut clerk, &counter, "4712");
    assert_eq!(offered(&page), ["suspend", "revoke"]);
    let suspended = help(&mut clerk, &page, "suspend", "card found in the street");
    assert!(suspended.body.contains("De kaart is opgeschort."), "{}", suspended.body);
    assert!(suspended.body.contains("card found in the street"));
    assert!(suspended.body.contains("kaart opgeschort") && suspended.body.contains("clerk clerk"));
    assert_eq!(offered(&suspended), ["resume", "revoke"]);
    // The same form once more, as by a double click.
    let again = help(&mut clerk, &page, "suspend", "card found in the street");
    assert!(again.body.contains("Er is niets gedaan"), "{}", again.body);
    let resumed = help(&mut clerk, &again, "resume", "");
    assert_eq!(offered(&resumed), ["suspend", "revoke"]);
    for (reason, says) in [("", "Geef een reden op."), (&*"x".repeat(201), "hooguit 200 tekens")] {
        let refused = help(&mut clerk, &resumed, "revoke", reason);
        assert_eq!(refused.status, 422);
        assert!(refused.body.contains(says), "{}", refused.body);
    }
    let revoked = help(&mut clerk, &resumed, "revoke", "lost");
    assert!(revoked.body.contains("De kaart is ingetrokken.") && offered(&revoked).is_empty());
    let audit = counter.operator(&["audit", "--holder", "4712"]).ended(0);
    for said in ["suspended (card found in the street)", "revoked (lost)", "by clerk clerk"] {
        assert!(audit.contains(said), "{said}: {audit}");
    }
    assert_eq!(audit.matches("was suspended").count(), 1, "{audit}");
}

#[test]
fn whoever_has_to_wait_is_told_why_and_until_when_and_can_be_helped() {
    let counter = Counter::new();
    let (mut clerk, _) = counter.signed_in("clerk");
    // The card of 4712 gets wrong answers by the verifier.
    for _ in 0..4 {
        let asked = ["verify", "challenge", "--holder", "4712"];
        let _ = counter.operator(&asked);
    }
    let mut citizen = Browser::default();
    counter.operator(&["clerk", "add", "zoe", "--role", "auditor"]).ended(0);
    let page = citizen.go(&counter.at("/sign-in"));
    let fields = [("user_name", "zoe"), ("password", super::counter::PASSWORD), ("key", "token")];
    let mut asked = citizen.send(&page, "/sign-in", &fields);
    let bytes = std::fs::read(counter.office.path("run/cards/0001.pdf")).unwrap();
    let paper = tokenkaart::paper::Paper::open(bytes).unwrap();
    let format = tokenkaart_token::token::CodeFormat::default();
    // Another holder's code: some card has it, but not this one.
    let wrong = paper.page(1).unwrap().codes(&format).unwrap()[3].1.to_string();
    for _ in 0..3 {
        asked = citizen.send(&asked, "/sign-in/code", &[("code", &wrong)]);
    }
    let page = look_up(&mut clerk, &counter, "4712");
    assert!(page.body.contains("Waarom moet deze persoon wachten?"), "{}", page.body);
    assert!(page.body.contains(": 3 foute codes na elkaar"), "{}", page.body);
    assert_eq!(offered(&page), ["unlock", "suspend", "revoke"]);
    let unlocked = help(&mut clerk, &page, "unlock", "");
    assert!(!unlocked.body.contains("foute codes na elkaar"), "{}", unlocked.body);
}

#[test]
fn lists_are_sorted_shown_by_pages_and_exported_with_whole_keys_alone() {
    let counter = Counter::new();
    counter.operator(&["suspend", "--holder", "4713"]).ended(0);
    counter.office.write(
        "people.csv",
        "id;naam;gebruikersnaam;e-mail\n\
        85.07.30-033.28;Jan Peeters;jan;jan@example.be\n4713;Lukasz;lukasz;l@example.be\n",
    );
    counter.operator(&["account", "import", "people.csv"]).ended(0);
    let (mut auditor, _) = counter.signed_in("auditor");
    let page = auditor.go(&counter.at("/lists?list=inactive"));
    assert_eq!(page.status, 200);
    assert!(page.body.contains("2 personen"), "{}", page.body);
    assert!(page.body.contains("••.••.••-•3328") && page.body.contains(">4713</a>"));
    assert!(!page.body.contains("85.07.30"), "{}", page.body);
    let link = page.between("<td><a href=\"", "\"").to_owned();
    assert_eq!(auditor.go(&counter.at(&link)).status, 200);
    let export = auditor.go(&counter.at("/lists/export?list=inactive"));
    assert_eq!(export.header("content-disposition"), Some("attachment; filename=\"list.csv\""));
    let mut ids: Vec<&str> =
        export.body.lines().map(|line| line.split(',').next().unwrap()).collect();
    ids.sort_unstable();
    assert_eq!(ids, ["4713", "85.07.30-033.28", "id"]);
    for list in ["low", "requested", "locked", "pending", "token&application=x", "nonsense"] {
        for sort in ["key", "since", "left", "used", "nonsense"] {
            let page = auditor.go(&counter.at(&format!("/lists?list={list}&sort={sort}&page=9")));
            assert_eq!(page.status, 200, "{list} {sort}");
            assert!(page.body.contains("Niemand."), "{list}: {}", page.body);
        }
    }
}

#[test]
fn a_supervisor_sees_who_did_what_and_says_who_works_there() {
    let counter = Counter::new();
    let (mut clerk, _) = counter.signed_in("clerk");
    let page = look_up(&mut clerk, &counter, "4712");
    help(&mut clerk, &page, "suspend", "=cmd()");
    let page = look_up(&mut clerk, &counter, "85.07.30-033.28");
    help(&mut clerk, &page, "suspend", "second");
    let (mut supervisor, _) = counter.signed_in("supervisor");
    let acts = supervisor.go(&counter.at("/acts"));
    assert!(acts.body.contains("kaart opgeschort (=cmd())") && acts.body.contains("(second)"));
    assert!(acts.body.contains("••.••.••-•3328") && !acts.body.contains("033.28"));
    let narrowed = |browser: &mut Browser, fields: &[(&str, &str)]| {
        let page = browser.send(&acts, "/acts", fields);
        assert_eq!(page.status, 200, "{}", page.body);
        (page.body.contains("(=cmd())"), page.body.contains("(second)"))
    };
    assert_eq!(narrowed(&mut supervisor, &[("holder", "4712")]), (true, false));
    assert_eq!(narrowed(&mut supervisor, &[("holder", "85.07.30-033.28")]), (false, true));
    assert_eq!(narrowed(&mut supervisor, &[("clerk", "clerk")]), (true, true));
    assert_eq!(narrowed(&mut supervisor, &[("clerk", "supervisor")]), (false, false));
    assert_eq!(narrowed(&mut supervisor, &[("until", "2020-01-01")]), (false, false));
    let faulty = supervisor.send(&acts, "/acts", &[("from", "yesterday")]);
    assert_eq!(faulty.status, 422);
    let link = acts.between("href=\"/acts/export", "\"").replace("&amp;", "&");
    let export = supervisor.go(&counter.at(&format!("/acts/export{link}")));
    assert!(export.body.contains(",clerk,suspended,4712,"), "{}", export.body);
    // What somebody typed is no formula.
    assert!(export.body.contains("'=cmd()"), "{}", export.body);

    let clerks = supervisor.go(&counter.at("/clerks"));
    let added =
        supervisor.send(&clerks, "/clerks/add", &[("user_name", "zoe"), ("role", "auditor")]);
    assert!(added.body.contains("<td>zoe</td><td>auditor</td>"), "{}", added.body);
    for (name, says) in [("nobody", "Er is geen account"), ("clerk", "heeft al een andere rol")] {
        let fields = [("user_name", name), ("role", "auditor")];
        let refused = supervisor.send(&clerks, "/clerks/add", &fields);
        assert!(refused.fault().unwrap().contains(says), "{}", refused.body);
    }
    let own = supervisor.send(&clerks, "/clerks/stop", &[("stop", "supervisor")]);
    assert_eq!(own.status, 422);
    for _ in 0..2 {
        supervisor.send(&clerks, "/clerks/stop", &[("stop", "clerk")]);
    }
    assert_eq!(clerk.go(&counter.at("/")).url, counter.at("/sign-in"));
    let (mut auditor, _) = counter.signed_in("auditor");
    let seen = auditor.go(&counter.at("/clerks"));
    assert!(!seen.body.contains("/clerks/add") && !seen.body.contains("name=\"stop\""));
}

#[test]
fn an_app_of_who_has_lost_the_phone_is_removed_once() {
    let counter = Counter::new();
    let (mut clerk, _) = counter.signed_in("clerk");
    let page = look_up(&mut clerk, &counter, "desk-auditor");
    assert!(page.body.contains("name=\"remove-key\" value=\"app\""), "{}", page.body);
    let p = page.between("name=\"p\" value=\"", "\"").to_owned();
    let fields = [("p", p.as_str()), ("remove-key", "app")];
    let removed = clerk.send(&page, "/person/help", &fields);
    assert!(removed.body.contains("De sleutel is verwijderd"), "{}", removed.body);
    assert!(!removed.body.contains("name=\"remove-key\""));
    let again = clerk.send(&page, "/person/help", &fields);
    assert!(again.body.contains("Er is niets gedaan"), "{}", again.body);
    let audit = counter.operator(&["audit", "--holder", "desk-auditor"]).ended(0);
    assert_eq!(audit.matches("by clerk clerk").count(), 1, "{audit}");
}
