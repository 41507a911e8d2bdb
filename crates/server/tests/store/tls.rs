//! A server that is spoken to over TLS, with a certificate that OpenSSL made.

use super::{
    cluster::Cluster,
    office::{Office, Said, ask},
};

#[test]
fn a_server_is_spoken_to_over_tls_and_only_if_its_certificate_is_known() {
    let office = Office::new();
    let [authority, key, request, certificate, other] =
        ["ca.pem", "key.pem", "request.pem", "server.pem", "other.pem"]
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
    let cluster = Cluster::start();
    let port = cluster.listen(&certificate, &key);
    let create = |host: &str, mode: &str, known: &std::path::Path| {
        let url = format!("postgres://owner@{host}:{port}/postgres?sslmode={mode}");
        let mut command = office.command(&["store", "create", "--store", &url]);
        Said::of(command.env("SSL_CERT_FILE", known).output().unwrap())
    };
    let said = create("localhost", "require", &other).ended(2);
    assert!(said.contains("UnknownIssuer"), "{said}");
    let said = create("127.0.0.1", "require", &authority).ended(2);
    assert!(said.contains("certificate"), "{said}");
    // The server takes nobody who speaks in plain text.
    let said = create("localhost", "disable", &authority).ended(2);
    assert!(said.contains("pg_hba.conf"), "{said}");
    let said = create("localhost", "require", &authority).ended(0);
    assert!(said.contains("is an empty auth store now"), "{said}");
    let said = create("localhost", "verify-full", &authority).ended(0);
    assert!(said.contains("already"), "{said}");
}
