//! Records for stores of others, loaded into them: PostgreSQL, MariaDB, SQLite, OpenLDAP, and
//! whatever reads CSV.

use std::{
    collections::BTreeSet,
    fs::{self, File},
    process::{Command, Output, Stdio},
};

use serde_json::Value;

use tokenkaart_testing::{
    cluster::cluster,
    hostile::{hex, office},
    office::{FAST, HOLDERS, Office, holds, squeezed},
};

use super::{
    mariadb::MariaDb,
    slapd::{PASSWORD, SUFFIX, Slapd, VERIFIER},
};

/// Who runs the tests, by name.
pub(crate) fn login() -> String {
    let output = Command::new("id").arg("-un").output().unwrap();
    String::from_utf8(output.stdout).unwrap().trim().to_owned()
}

/// A line a code: the holder in hexadecimal, serial, date, scheme, position, hash.
fn rows(records: &[Value]) -> BTreeSet<String> {
    let mut rows = BTreeSet::new();
    for record in records {
        let text = |name: &str| record[name].as_str().unwrap();
        for code in record["codes"].as_array().unwrap() {
            rows.insert(format!(
                "{}|{}|{}|{}|{}|{}",
                hex(text("holder")),
                text("serial"),
                text("issued"),
                text("scheme"),
                code["position"],
                code["hash"].as_str().unwrap()
            ));
        }
    }
    assert_eq!(rows.len(), 24 * records.len());
    rows
}

/// The same of what a database says; `hex` is how it writes a text so.
fn question(hex: &str) -> String {
    format!(
        "SELECT {hex}, t.serial, t.issued, t.scheme, c.position, c.hash \
         FROM tokenkaart_tokens t JOIN tokenkaart_codes c ON c.serial = t.serial"
    )
}

fn lines(said: &str) -> BTreeSet<String> {
    said.lines().map(|line| line.replace('\t', "|")).collect()
}

/// A program of others that reads a file.
fn feed(program: &mut Command, office: &Office, file: &str) -> Output {
    program.stdin(File::open(office.path(file)).unwrap()).output().unwrap()
}

fn export(office: &Office, dialect: &str) -> String {
    let file = format!("{dialect}.sql");
    let said = office
        .run(&["export", "run", "--to", "sql", "--dialect", dialect, "--out", &file])
        .ended(0);
    assert_eq!(said, format!("{file}: 22 tokens, 24 hashes each\n"));
    file
}

/// Loads a run into a database whose shell is `shell`, then once more, then into one in which a
/// row is in the way.
fn is_loaded_whole_or_not_at_all(
    office: &Office,
    dialect: &str,
    shell: &dyn Fn(&str) -> Command,
    ask: &dyn Fn(&str, &str) -> String,
    hex: &str,
) {
    let file = export(office, dialect);
    let loaded = feed(&mut shell("auth"), office, &file);
    let said = String::from_utf8_lossy(&loaded.stderr).into_owned();
    assert!(loaded.status.success(), "{said}");
    let records = office.records("run");
    let expected = rows(&records);
    assert_eq!(lines(&ask("auth", &question(hex))), expected);
    let formats = ask("auth", "SELECT DISTINCT code_format FROM tokenkaart_tokens");
    let format: Value = serde_json::from_str(formats.trim()).unwrap();
    assert_eq!(format, records[0]["code_format"]);
    let ours = "SELECT count(*) FROM tokenkaart_tokens WHERE holder = 'A' AND key_id IS NULL \
                AND expires = '2027-11-22' AND voids IS NULL";
    assert_eq!(ask("auth", ours).trim(), "1", "ids are told apart by case");

    feed(&mut shell("auth"), office, &file);
    assert_eq!(lines(&ask("auth", &question(hex))), expected);

    // A row in the way, of the last token.
    let empty: String = fs::read_to_string(office.path(&file))
        .unwrap()
        .split_inclusive(";\n")
        .filter(|statement| !statement.starts_with("INSERT INTO tokenkaart"))
        .filter(|statement| !statement.contains("tokenkaart_rows"))
        .collect();
    office.write("empty.sql", empty);
    assert!(feed(&mut shell("other"), office, "empty.sql").status.success());
    let last = records.last().unwrap()["serial"].as_str().unwrap();
    ask(
        "other",
        &format!(
            "INSERT INTO tokenkaart_tokens (serial, holder, issued, scheme, code_format) \
             VALUES ('{last}', 'x', '2026-11-22', 'argon2id', '')"
        ),
    );
    feed(&mut shell("other"), office, &file);
    assert_eq!(ask("other", "SELECT count(*) FROM tokenkaart_tokens").trim(), "1");
    assert_eq!(ask("other", "SELECT count(*) FROM tokenkaart_codes").trim(), "0");
}

#[test]
fn postgresql_loads_a_run_whole_or_not_at_all() {
    let office = office();
    let (auth, other) = (cluster().database(), cluster().database());
    let name = |database: &str| if database == "auth" { &auth.name } else { &other.name };
    let shell = |database: &str| {
        let mut psql = Command::new("psql");
        psql.args(["-Xq", "-U", "owner", "-d", name(database), "-h"]).arg(cluster().socket());
        // A server and a client that take their words for Latin-1, and a backslash for an escape.
        psql.env("PGCLIENTENCODING", "LATIN1");
        psql.env("PGOPTIONS", "-c standard_conforming_strings=off");
        psql
    };
    let ask = |database: &str, sql: &str| cluster().psql(name(database), sql);
    let hex = "encode(convert_to(t.holder, 'UTF8'), 'hex')";
    is_loaded_whole_or_not_at_all(&office, "postgresql", &shell, &ask, hex);
}

#[test]
fn mariadb_loads_a_run_whole_or_not_at_all() {
    let office = office();
    let maria = MariaDb::start();
    maria.ask("", "CREATE DATABASE other");
    let shell = |database: &str| {
        let mut client = maria.client(database);
        client.arg("--default-character-set=latin1");
        client
    };
    let ask = |database: &str, sql: &str| maria.ask(database, sql);
    is_loaded_whole_or_not_at_all(&office, "mariadb", &shell, &ask, "lower(hex(t.holder))");
    // Whatever it takes for an escape or a quote.
    for mode in ["NO_BACKSLASH_ESCAPES", "ANSI_QUOTES", ""] {
        maria.ask("", &format!("SET GLOBAL sql_mode = '{mode}'"));
        maria.ask("", "DROP DATABASE auth");
        maria.ask("", "CREATE DATABASE auth");
        let loaded = feed(&mut shell("auth"), &office, "mariadb.sql");
        assert!(loaded.status.success(), "{}", String::from_utf8_lossy(&loaded.stderr));
        let found = lines(&maria.ask("auth", &question("lower(hex(t.holder))")));
        assert_eq!(found, rows(&office.records("run")), "{mode}");
    }
}

#[test]
fn sqlite_loads_a_run_whole_or_not_at_all() {
    let office = office();
    let shell = |database: &str| {
        let mut sqlite = Command::new("sqlite3");
        sqlite.arg(office.path(&format!("{database}.db")));
        sqlite
    };
    let ask = |database: &str, sql: &str| {
        let output = shell(database).arg(sql).stdin(Stdio::null()).output().unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).unwrap()
    };
    is_loaded_whole_or_not_at_all(&office, "sqlite", &shell, &ask, "lower(hex(t.holder))");
}

#[test]
fn csv_gives_every_row_back_and_no_cell_is_a_formula() {
    let office = office();
    office.run(&["export", "run", "--to", "csv", "--out", "run.csv", "--quiet"]).ended(0);
    let file = office.path("run.csv");
    let mut read = csv::Reader::from_path(&file).unwrap();
    let mut found = BTreeSet::new();
    for row in read.records() {
        let row = row.unwrap();
        let holder = row[0].strip_prefix('\'').unwrap_or(&row[0]);
        let format: Value = serde_json::from_str(&row[6]).unwrap();
        assert_eq!(format["length"], 9);
        assert_eq!([&row[3], &row[5], &row[7]], ["2027-11-22", "", ""]);
        let cells = [&hex(holder), &row[1], &row[2], &row[4], &row[8], &row[9]];
        found.insert(cells.join("|"));
    }
    assert_eq!(found, rows(&office.records("run")));
    for delimiter in [b',', b';', b'\t'] {
        let mut read = csv::ReaderBuilder::new();
        let read = read.delimiter(delimiter).flexible(true).from_path(&file);
        for row in read.unwrap().records() {
            for cell in &row.unwrap() {
                let begins = cell.trim_start().chars().next();
                let is_formula = begins.is_some_and(|c| "=+-@\u{ff1d}\t\r".contains(c));
                assert!(!is_formula, "{cell:?} by {:?}", char::from(delimiter));
            }
        }
    }
}

#[test]
fn a_directory_loads_a_run_and_no_code_binds() {
    let office = office();
    let base = format!("ou=tokens,{SUFFIX}");
    office
        .run(&["export", "run", "--to", "ldif", "--base", &base, "--out", "run.ldif", "--quiet"])
        .ended(0);
    let slapd = Slapd::start();
    slapd.add(&fs::read_to_string(office.path("run.ldif")).unwrap());
    let records = office.records("run");
    let verifier = ["-x", "-D", VERIFIER, "-w", PASSWORD];
    for record in &records {
        let serial = record["serial"].as_str().unwrap();
        let filter = format!("(tokenkaartSerial={serial})");
        let wanted = ["tokenkaartHolder", "tokenkaartIssued", "tokenkaartExpires"];
        let token = slapd.search(&verifier, &[&[&*filter], &wanted[..]].concat());
        let line = |name: &str| {
            let plain = token.lines().find_map(|line| line.strip_prefix(&format!("{name}: ")));
            let encoded = token.lines().find_map(|line| line.strip_prefix(&format!("{name}:: ")));
            plain.map(str::to_owned).or_else(|| encoded.map(decoded))
        };
        assert_eq!(line("tokenkaartHolder").as_deref(), record["holder"].as_str());
        assert_eq!(line("tokenkaartIssued").as_deref(), Some("20261122000000Z"));
        assert_eq!(line("tokenkaartExpires").as_deref(), Some("20271122000000Z"));
    }
    let everything = slapd.search(&verifier, &["(tokenkaartPosition=*)", "tokenkaartHash"]);
    let mut found = BTreeSet::new();
    for entry in everything.split("\n\n").filter(|entry| !entry.is_empty()) {
        let (name, hash) = entry.split_once("\ntokenkaartHash: ").unwrap();
        let name = name.strip_prefix("dn: tokenkaartPosition=").unwrap();
        let (position, serial) = name.split_once(",tokenkaartSerial=").unwrap();
        found.insert(format!("{}|{position}|{}", &serial[..19], hash.trim()));
    }
    let expected = rows(&records);
    let expected: BTreeSet<String> = expected
        .iter()
        .map(|row| {
            let cells: Vec<&str> = row.split('|').collect();
            [cells[1], cells[4], cells[5]].join("|")
        })
        .collect();
    assert_eq!(found, expected);

    // Others see that there are codes, and no hash.
    let seen = slapd.search(&["-x"], &["(tokenkaartPosition=*)"]);
    assert!(seen.contains("tokenkaartPosition: 24") && !seen.contains("argon2id"), "{seen}");
    let guess = slapd.search(&["-x"], &["(tokenkaartHash=*)"]);
    assert_eq!(guess, "");

    // Binding works there, and not by a code.
    assert!(slapd.binds(VERIFIER, PASSWORD));
    let serial = records[0]["serial"].as_str().unwrap();
    let token = format!("tokenkaartSerial={serial},{base}");
    for (index, code) in office.codes("run")[0].iter().enumerate() {
        let entry = format!("tokenkaartPosition={},{token}", index + 1);
        for name in [&token, &entry] {
            assert!(!slapd.binds(name, code), "{name}");
            let hash = records[0]["codes"][index]["hash"].as_str().unwrap();
            assert!(!slapd.binds(name, hash), "{name}");
        }
    }

    // An entry is deleted once, so a code is used once.
    let entry = format!("tokenkaartPosition=13,{token}");
    let delete = ["-Q", "-Y", "EXTERNAL", &entry];
    assert_eq!(slapd.run("ldapdelete", &delete, "").status.code(), Some(0));
    assert_eq!(slapd.run("ldapdelete", &delete, "").status.code(), Some(32), "no such object");
}

fn decoded(base64: &str) -> String {
    use base64ct::Encoding as _;
    String::from_utf8(base64ct::Base64::decode_vec(base64).unwrap()).unwrap()
}

#[test]
fn an_export_says_what_a_token_voids() {
    let office = office();
    let issue = ["issue", "holders.jsonl", "--out", "new", "--not-in", "run", "--replace"];
    office.run(&[&issue, &FAST[..]].concat()).ended(0);
    let serials = |run: &str| -> BTreeSet<String> {
        let records = office.records(run);
        records.iter().map(|record| record["serial"].as_str().unwrap().to_owned()).collect()
    };
    let old = serials("run");
    let export = |to: &[&str]| {
        let said = office.run(&[&["export", "new", "--out", "-", "--quiet", "--to"], to].concat());
        assert_eq!(said.status, Some(0), "{}", said.stderr);
        said.stdout
    };
    let csv = export(&["csv"]);
    let mut read = csv::Reader::from_reader(csv.as_bytes());
    let voids: BTreeSet<String> = read.records().map(|row| row.unwrap()[7].to_owned()).collect();
    assert_eq!(voids, old);
    let ldif = export(&["ldif", "--base", "dc=example"]);
    let voids = ldif.lines().filter_map(|line| line.strip_prefix("tokenkaartVoids: "));
    assert_eq!(voids.map(str::to_owned).collect::<BTreeSet<_>>(), old);
    office.write("new.sql", export(&["sql", "--dialect", "sqlite"]));
    let mut sqlite = Command::new("sqlite3");
    sqlite.arg(office.path("new.db"));
    assert!(feed(&mut sqlite, &office, "new.sql").status.success());
    let found = sqlite.arg("SELECT voids FROM tokenkaart_tokens").stdin(Stdio::null()).output();
    assert_eq!(lines(&String::from_utf8(found.unwrap().stdout).unwrap()), old);
}

#[test]
fn no_code_is_in_an_export() {
    let office = office();
    let codes: Vec<String> = office.codes("run").into_iter().flatten().collect();
    for format in
        [&["csv"][..], &["sql", "--dialect", "mariadb"], &["ldif", "--base", "dc=example"]]
    {
        let arguments = [&["export", "run", "--out", "-", "--to"], format].concat();
        let exported = squeezed(office.run(&arguments).stdout.as_bytes());
        assert!(exported.len() > 20_000);
        for code in &codes {
            assert!(!holds(&exported, code.as_bytes()), "{format:?}");
        }
    }
}

#[test]
fn nothing_is_exported_of_what_its_manifest_does_not_vouch_for() {
    let office = office();
    let csv = |run: &str, out: &str| office.run(&["export", run, "--to", "csv", "--out", out]);
    let record = office.path("run/records/0002.jsonl");
    let whole = fs::read_to_string(&record).unwrap();
    let lines: Vec<&str> = whole.split_inclusive('\n').collect();
    let forged = lines[1].replace("2026-11-22", "2026-11-21");
    for (text, says) in [
        (lines[1..].concat(), "0002.jsonl: the manifest lists 5 records and 4 are there"),
        ([lines[0], &forged].concat(), "0002.jsonl:2: the record and the manifest differ in the"),
        (whole.replacen("argon2id", "argon2xx", 1), "0002.jsonl:1: the line is not a record"),
        (whole.trim_end().to_owned(), "0002.jsonl:5: the last line is cut off"),
        (
            whole.replacen("\"4711\"", "\"4712\"", 1) + "\n",
            "0002.jsonl:6: the line is not a record",
        ),
    ] {
        fs::write(&record, text).unwrap();
        let said = csv("run", "-");
        assert_eq!((said.status, said.stdout.as_str()), (Some(2), ""), "{}", said.stderr);
        assert!(said.stderr.contains(says), "{}", said.stderr);
        assert!(said.stderr.contains("0002.jsonl: changed since the run wrote it"));
        assert!(said.stderr.ends_with("nothing was exported\n"), "{}", said.stderr);
        csv("run", "run.csv").ended(2);
        assert!(!office.path("run.csv").exists() && !office.path("run.csv.part").exists());
    }
    fs::remove_file(&record).unwrap();
    let said = csv("run", "run.csv").ended(2);
    assert!(
        said.contains("0002.jsonl: the manifest lists this file and it is not there"),
        "{said}"
    );
    fs::write(&record, &whole).unwrap();
    csv("run", "run.csv").ended(0);
    let said = csv("run", "run.csv").ended(2);
    assert!(said.contains("nothing is ever overwritten"), "{said}");
    fs::remove_file(office.path("run/manifest.json")).unwrap();
    let said = csv("run", "other.csv").ended(2);
    assert!(said.contains("run has no manifest.json"), "{said}");
}

#[test]
fn shards_are_exported_together() {
    let office = Office::with(HOLDERS);
    for shard in ["1/2", "2/2"] {
        let out = format!("shard-{}", &shard[..1]);
        office.issue(&out, &["--shard", shard, "--date", "2026-11-22"]);
    }
    let csv = |runs: &[&str]| {
        office.run(&[&["export", "--to", "csv", "--out", "-", "--quiet"], runs].concat())
    };
    let all = csv(&["shard-1", "shard-2"]);
    assert_eq!((all.status, all.stdout.lines().count()), (Some(0), 1 + 24 * 3), "{}", all.stderr);
    let said = csv(&["shard-1"]).ended(2);
    assert!(
        said.contains(
            "shard-1 is shard 1/2 of a run; name the folders of all 2, or say --shard-alone"
        ),
        "{said}"
    );
    let said = csv(&["shard-1", "shard-1"]).ended(2);
    assert!(said.contains("shard 1 a second time"), "{said}");
    csv(&["shard-1", "--shard-alone"]).ended(0);
    office.issue("whole", &[]);
    let said = csv(&["whole", "shard-1"]).ended(2);
    assert!(said.contains("whole: no shard but a run of its own"), "{said}");
}
