//! `[desk]` in `server.toml`.

use tokenkaart_testing::office::Office;

use super::counter::configuration;

fn checked(change: impl Fn(&str) -> String) -> String {
    let office = Office::new();
    office.write("server.toml", change(&configuration(8090, "")));
    let said = office.run(&["check-config"]);
    said.stdout + &said.stderr
}

#[test]
fn the_desk_listens_on_this_machine_alone_unless_a_proxy_with_tls_is_said() {
    let elsewhere =
        |text: &str| text.replace("listen = \"127.0.0.1:8090\"", "listen = \"0.0.0.0:8090\"");
    let refused = "others can reach 0.0.0.0:8090, and the desk speaks no TLS itself";
    assert!(checked(|text| elsewhere(text)).contains(refused));
    let https = |text: &str| text.replace("http://desk.localhost:8090", "https://desk.example.be");
    assert!(checked(|text| https(&elsewhere(text))).contains(refused));
    let proxy = |text: &str| format!("trusted_proxies = [\"10.0.0.0/8\"]\n{text}");
    assert!(checked(|text| proxy(&elsewhere(text))).contains(refused));
    assert!(!checked(|text| proxy(&https(&elsewhere(text)))).contains("[desk]"));
    assert!(!checked(str::to_owned).contains("[desk]"));
}

#[test]
fn all_faults_of_the_desk_are_told_at_once() {
    let said = checked(|text| {
        text.replace("seal_keys = \"seal.keys\"\n", "")
            + "idle_minutes = 1\ndesign = \"none\"\ncolour = 1\n"
    });
    for fault in [
        "seal_keys is missing, which [desk] needs",
        "[desk] idle_minutes must be a whole number from 5 to 60",
        "[desk] design: ",
        "[desk] colour is unknown; there is listen, address, idle_minutes, design",
    ] {
        assert!(said.contains(fault), "{fault}: {said}");
    }
}

#[test]
fn a_design_that_the_desk_cannot_print_is_told_with_all_that_is_wrong_with_it() {
    for (design, fault) in [
        ("letter", "[desk] design: letter has an address, or the place of a letter in its run"),
        ("sheet", "[desk] design: sheet has several cards on a sheet"),
        ("nowhere.toml", "nowhere.toml"),
        ("own.toml", "own.toml:1:1: "),
    ] {
        let office = Office::new();
        office.write("own.toml", "version = 1\n");
        let stanza = configuration(8090, &format!("design = \"{design}\"\n"));
        office.write("server.toml", stanza);
        let said = office.run(&["check-config"]);
        let said = said.stdout + &said.stderr;
        assert!(said.contains(fault), "{design}: {said}");
    }
}

#[test]
fn without_its_stanza_there_is_no_desk() {
    let office = Office::new();
    let text = configuration(8090, "");
    office.write("server.toml", text.split("[desk]").next().unwrap());
    let said = office.run(&["desk"]).ended(2);
    assert!(said.contains("[desk] is missing"), "{said}");
}
