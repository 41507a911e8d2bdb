//! Hashes of passwords as others make them: argon2-cffi, Python's bcrypt, passlib, hashlib, htpasswd.

use std::{path::Path, process::Command};

use super::{
    office::{Office, Said},
    signing_in::{Signing, start},
};
use tokenkaart_auth::sign_in::Proof;

/// Prints a list of people, the maker of their hash in their name, and their password with it.
const MAKE: &str = r#"
import base64, hashlib, json, os, subprocess
import bcrypt
from argon2.low_level import Type, hash_secret
from passlib.hash import bcrypt as passlib_bcrypt, pbkdf2_sha256, pbkdf2_sha512

def plain(raw):
    return base64.b64encode(raw).decode().rstrip("=")

def hashlib_of(name, length):
    def make(password):
        salt, rounds = os.urandom(16), 1200
        tag = hashlib.pbkdf2_hmac(name, password, salt, rounds, length)
        return f"$pbkdf2-{name}$i={rounds},l={length}${plain(salt)}${plain(tag)}"
    return make

def htpasswd(password):
    said = subprocess.run(["htpasswd", "-niBC", "4", "x"], input=password, capture_output=True, check=True)
    return said.stdout.decode().strip().removeprefix("x:")

def argon2_of(kind, version):
    return lambda password: hash_secret(password, os.urandom(16), 2, 64, 2, 32, kind, version).decode()

makers = {
    "bcrypt2a": lambda password: bcrypt.hashpw(password[:72], bcrypt.gensalt(4, b"2a")).decode(),
    "bcrypt2b": lambda password: bcrypt.hashpw(password[:72], bcrypt.gensalt(5, b"2b")).decode(),
    "htpasswd": htpasswd,
    "passlib256": lambda password: pbkdf2_sha256.using(rounds=1100).hash(password),
    "passlib512": lambda password: pbkdf2_sha512.using(rounds=1100, salt_size=24).hash(password),
    "hashlib256": hashlib_of("sha256", 32),
    "hashlib256long": hashlib_of("sha256", 50),
    "hashlib512": hashlib_of("sha512", 64),
}
for kind in Type:
    for version in 16, 19:
        makers[f"argon2{kind.name.lower()}{version}"] = argon2_of(kind, version)
passwords = ["hunter2", "vier blauwe olifanten", "zoë en ñandú 北京", "x" * 72, "é" * 64, "'; DROP TABLE \"x\" $2b$"]
people = []
for maker, make in makers.items():
    for number, password in enumerate(passwords):
        name = f"{maker}.{number}"
        people.append({"id": name, "name": "A", "user_name": name, "email": f"{name}@post.be",
            "password_hash": make(password.encode()), "password": password})
print(json.dumps(people))
"#;

#[test]
fn hashes_that_other_programs_make_let_their_people_in_and_nobody_else() {
    let python = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../target/test-venv/bin/python3");
    let said = Command::new(&python).args(["-c", MAKE]).output();
    let said = Said::of(said.unwrap_or_else(|error| {
        panic!("{} ({error}): scripts/test.sh makes it", python.display())
    }));
    let list = said.ended(0);
    let people: Vec<serde_json::Value> = serde_json::from_str(&list).unwrap();
    assert_eq!(people.len(), 14 * 6);
    let (office, signing) = (Office::new(), Signing::new());
    office.write("people.json", &list);
    let import = ["account", "import", "people.json", "--store", &signing.site.url()];
    let said = office.run(&import).ended(0);
    assert!(said.contains("84 accounts made"), "{said}");
    let tried = |number: usize, name: &str, password: &str| {
        let (_, chosen) = signing.choose(&start());
        // Each at home, so that no address is slowed down.
        let home = format!("192.0.2.{number}");
        let proof = signing.prove(chosen, name, password, &home, &start());
        assert!(matches!(proof, Proof::Proven(..) | Proof::Refused(_)), "{name}: {proof:?}");
        matches!(proof, Proof::Proven(..))
    };
    // By the hash that was made elsewhere, and then by our own.
    for round in ["first", "second"] {
        for (number, person) in people.iter().enumerate() {
            let text = |of: &str| person[of].as_str().unwrap();
            let (name, password) = (text("user_name"), text("password"));
            let wrong = format!("!{}", &password.chars().skip(1).collect::<String>());
            assert!(!tried(number, name, &wrong), "{round}, {name}");
            assert!(tried(number, name, password), "{round}, {name}");
        }
    }
    let own = "SELECT count(*) FROM passwords WHERE hash LIKE '$argon2id$v=19$m=8,t=1,p=1$%'";
    assert_eq!(signing.site.number(own), 84);
    let renewed = "SELECT count(*) FROM audit WHERE detail = 'rehashed'";
    assert_eq!(signing.site.number(renewed), 84);
}
