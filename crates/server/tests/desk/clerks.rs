//! `tokenkaart-server clerk`

use super::counter::Counter;

#[test]
fn clerks_are_added_stopped_and_listed_and_the_audit_says_so() {
    let counter = Counter::new();
    let list = counter.operator(&["clerk", "list"]).ended(0);
    let roles: Vec<&str> = list.lines().map(|line| line.split(" since").next().unwrap()).collect();
    assert_eq!(roles, ["auditor is auditor", "clerk is clerk", "supervisor is supervisor"]);
    let add = |role: &str| counter.operator(&["clerk", "add", "zoe", "--role", role]);
    add("clerk").ended(0);
    add("clerk").ended(0);
    assert!(add("auditor").ended(2).contains("zoe is clerk already; stop them first"));
    counter.operator(&["clerk", "stop", "zoe"]).ended(0);
    let gone = counter.operator(&["clerk", "stop", "zoe"]).ended(2);
    assert!(gone.contains("zoe doesn't work at the desk"), "{gone}");
    let nobody = counter.operator(&["clerk", "add", "nobody", "--role", "clerk"]).ended(2);
    assert!(nobody.contains("there is no account with the user name nobody"), "{nobody}");
    let audit = counter.operator(&["audit", "--format", "text"]).ended(0);
    for said in ["zoe, clerk) may work at the desk", "zoe, clerk) may work at the desk no longer"] {
        let said = said.replace(") may", "").replace("zoe, clerk", "");
        assert!(audit.contains(said.trim()), "{said}: {audit}");
    }
}
