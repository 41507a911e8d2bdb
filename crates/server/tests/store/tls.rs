//! A server that is spoken to over TLS, with a certificate that OpenSSL made.

use super::{
    cluster::Cluster,
    office::{Office, Said, ask},
};

#[test]
fn a_server_is_spoken_to_over_tls_and_only_if_its_certificate_is_known() {
    let office = Office::new();
    let [authority, key, request, certificate, other, expired, own_key, itself] = [
        "ca.pem",
        "key.pem",
        "request.pem",
        "server.pem",
        "other.pem",
        "expired.pem",
        "own.key",
        "itself.pem",
    ]
    .map(|name| office.path(name));
    let openssl = |arguments: &str, paths: &[&std::path::Path]| {
        let mut paths = paths.iter();
        let words = arguments.split(' ').map(|word| match word {
            "{}" => paths.next().unwrap().as_os_str().to_owned(),
            word => word.into(),
        });
        let words: Vec<std::ffi::OsString> = words.collect();
        ask("openssl", &words.iter().map(AsRef::as_ref).collect::<Vec<_>>());
    };
    let own = "req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 -subj";
    let authority_key = office.path("ca.key");
    openssl(&format!("{own} /CN=office -keyout {{}} -out {{}}"), &[&authority_key, &authority]);
    openssl(&format!("{own} /CN=stranger -keyout {{}} -out {{}}"), &[&key, &other]);
    openssl(
        "req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -subj /CN=localhost \
         -addext subjectAltName=DNS:localhost -keyout {} -out {}",
        &[&key, &request],
    );
    openssl(
        "x509 -req -days 2 -copy_extensions copy -in {} -CA {} -CAkey {} -out {}",
        &[&request, &authority, &authority_key, &certificate],
    );
    openssl(
        "x509 -req -days -1 -copy_extensions copy -in {} -CA {} -CAkey {} -out {}",
        &[&request, &authority, &authority_key, &expired],
    );
    openssl(
        "req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 -subj /CN=localhost \
         -addext subjectAltName=DNS:localhost -keyout {} -out {}",
        &[&own_key, &itself],
    );
    let cluster = Cluster::start();
    let port = cluster.listen(&certificate, &key);
    let create = |port: u16, host: &str, options: &str, known: &std::path::Path| {
        let url = format!("postgres://owner@{host}:{port}/postgres?{options}");
        let mut command = office.command(&["store", "create", "--store", &url]);
        Said::of(command.env("SSL_CERT_FILE", known).env_remove("HOME").output().unwrap())
    };
    let said = create(port, "localhost", "sslmode=require", &other).ended(2);
    assert!(said.contains("by nobody whom this system knows"), "{said}");
    let said = create(port, "127.0.0.1", "sslmode=require", &authority).ended(2);
    assert!(said.contains("the server's certificate is for another name"), "{said}");
    // The server takes nobody who speaks in plain text.
    let said = create(port, "localhost", "sslmode=disable", &authority).ended(2);
    assert!(said.contains("pg_hba.conf") && said.contains("write sslmode=verify-full"), "{said}");
    let said = create(port, "localhost", "sslmode=require", &authority).ended(0);
    assert!(said.contains("is an empty auth store now"), "{said}");
    let said = create(port, "localhost", "sslmode=verify-full", &authority).ended(0);
    assert!(said.contains("already"), "{said}");

    // By a file of its own, as libpq takes it.
    let with = |mode: &str, roots: &std::path::Path| {
        format!("sslmode={mode}&sslrootcert={}", roots.display())
    };
    for mode in ["prefer", "require", "verify-ca", "verify-full"] {
        create(port, "localhost", &with(mode, &authority), &other).ended(0);
        let said = create(port, "localhost", &with(mode, &other), &authority).ended(2);
        assert!(said.contains("other.pem knows: name the file"), "{said}");
    }
    create(port, "127.0.0.1", &with("verify-ca", &authority), &other).ended(0);
    let said = create(port, "127.0.0.1", &with("verify-full", &authority), &other).ended(2);
    assert!(said.contains("is for another name"), "{said}");
    let said = create(port, "localhost", &with("require", &key), &authority).ended(2);
    assert!(said.contains("there is no certificate in it"), "{said}");
    let said = create(port, "localhost", &with("require", &office.path("none")), &authority);
    assert!(said.ended(2).contains("none: "));

    cluster.psql("postgres", "ALTER SYSTEM SET ssl = off");
    cluster.admit("local all all trust\nhost all all all trust\n");
    let said = create(port, "localhost", "sslmode=require", &authority).ended(2);
    assert!(said.contains("the server speaks no TLS"), "{said}");
    create(port, "localhost", "sslmode=disable", &authority).ended(0);
    cluster.psql("postgres", "ALTER SYSTEM RESET ssl");

    let port = cluster.listen(&expired, &key);
    for options in ["sslmode=require", &with("verify-ca", &authority)] {
        let said = create(port, "localhost", options, &authority).ended(2);
        assert!(said.contains("has expired"), "{said}");
    }
    let port = cluster.listen(&itself, &own_key);
    create(port, "localhost", &with("verify-full", &itself), &authority).ended(0);
    let said = create(port, "127.0.0.1", &with("verify-full", &itself), &authority).ended(2);
    assert!(said.contains("is for another name"), "{said}");
    create(port, "localhost", "sslmode=require", &authority).ended(2);
}

#[test]
fn a_server_is_found_as_its_own_programs_find_it() {
    use std::{fs, os::unix::fs::PermissionsExt as _};

    let office = Office::new();
    let cluster = Cluster::start();
    cluster.psql("postgres", "CREATE ROLE clerk LOGIN SUPERUSER PASSWORD 'se:cr\\et'");
    cluster.psql("postgres", "CREATE DATABASE cards");
    cluster.admit("local all owner trust\nlocal all all scram-sha-256\n");
    let socket = cluster.socket().display().to_string();
    let home = office.path("");
    let told = |command: &str, url: &str, variables: &[(&str, &str)]| {
        let mut command = office
            .command(&[command.split(' ').collect::<Vec<_>>(), vec!["--store", url]].concat());
        command.env("HOME", &home).env("PGHOST", &socket).env("PGUSER", "clerk");
        Said::of(
            command.env("PGDATABASE", "cards").envs(variables.iter().copied()).output().unwrap(),
        )
    };
    let said = told("store create", "postgres://", &[]).ended(2);
    assert!(said.contains("no password was given for this login"), "{said}");
    told("store create", "postgres://", &[("PGPASSWORD", "wrong")]).ended(2);
    told("store create", "postgres://", &[("PGPASSWORD", "se:cr\\et")]).ended(0);
    // The file of passwords, of its owner alone.
    office.write(".pgpass", format!("other:*:*:*:x\n{socket}:5432:cards:clerk:se\\:cr\\\\et\n"));
    let mode = |mode| {
        let mode = fs::Permissions::from_mode(mode);
        fs::set_permissions(office.path(".pgpass"), mode).unwrap();
    };
    mode(0o644);
    let said = told("status", "postgres://", &[]).ended(2);
    assert!(said.contains("others than its owner may read this secret; run `chmod 600"), "{said}");
    // Where it isn't needed it is in nobody's way.
    told("status", "postgres://owner@/cards", &[]).ended(0);
    mode(0o600);
    told("status", "postgres://", &[]).ended(0);
    told("status", "postgres://", &[("PGPASSWORD", "wrong")]).ended(2);
    told("status", "postgres://clerk:wrong@/", &[]).ended(2);
    let said = told("status", "postgres://", &[("PGPASSFILE", "/none")]).ended(2);
    assert!(said.contains("/none: "), "{said}");
    // A service, below the address and above the environment.
    office.write(
        ".pg_service.conf",
        format!("# ours\n[other]\nuser=x\n[cards]\nhost={socket}\nuser=owner\ndbname=cards\n"),
    );
    let elsewhere = [("PGHOST", "/nowhere"), ("PGSERVICE", "cards")];
    told("status", "postgres://", &elsewhere).ended(0);
    told("status", "postgres://?service=cards", &elsewhere[..1]).ended(0);
    let said = told("status", "postgres://", &[("PGSERVICE", "none")]).ended(2);
    assert!(said.contains("the service `none`"), "{said}");
    let said = told("status", "postgres://", &[("PGSSLCERT", "x.pem")]).ended(2);
    assert!(said.contains("`PGSSLCERT`"), "{said}");
    let said = told("status", "postgres://?sslcrl=x.pem", &[]).ended(2);
    assert!(said.contains("`sslcrl`"), "{said}");
    let said = told("status", "postgres://", &[("PGPORT", "x")]).ended(2);
    assert!(said.contains("`port` can't be what it is"), "{said}");
}
