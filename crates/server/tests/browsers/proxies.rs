//! The configurations of nginx and Caddy under `deploy`, in front of two instances, of which one is
//! killed in the middle of a sign-in.

use std::{
    fs,
    io::{BufRead as _, BufReader, Write as _},
    path::Path,
    process::{Child, Command, Stdio},
};

use serde_json::json;
use tokenkaart_testing::running::{Running, wait_until};

use super::demo::{packages, scripts};
use crate::{
    application::Application,
    browser::Browser,
    service::{PASSWORD, Service, USERS, free_port, start},
};

const ISSUER: &str = "https://sign-in.example.be";

/// A configuration of ours, with other ports and another certificate than it names.
fn deployed(name: &str, changes: &[(&str, &str)]) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../deploy").join(name);
    let mut text = fs::read_to_string(path).unwrap();
    for (old, new) in changes {
        assert!(text.contains(old), "{name} has no {old}");
        text = text.replace(old, new);
    }
    text
}

/// A proxy, which ends its children when it is told to.
struct Proxy(Child);

impl Drop for Proxy {
    fn drop(&mut self) {
        let _ = Command::new("kill").arg(self.0.id().to_string()).status();
        let _ = self.0.wait();
    }
}

/// Two instances over one store, behind a proxy that `proxy` starts, given their folder, its port
/// and theirs.
fn signs_in(proxy: impl FnOnce(&Path, u16, [&str; 2]) -> Command) {
    let service = Service::new();
    let folder = service.office.path(".");
    let of_one = fs::read_to_string(folder.join("server.toml")).unwrap();
    let ports = [free_port(), free_port()];
    let mut instances = Vec::new();
    for (number, port) in ports.iter().enumerate() {
        let config = of_one
            .replace(&service.issuer, ISSUER)
            .replace(&format!("127.0.0.1:{}", service.port), &format!("127.0.0.1:{port}"))
            .replace(
                &format!("127.0.0.1:{}", service.metrics),
                &format!("127.0.0.1:{}", free_port()),
            );
        let config = format!("trusted_proxies = [\"127.0.0.1\"]\n{config}");
        service.office.write(&format!("{number}.toml"), config);
        instances.push(start(&service.office, &format!("{number}.toml"), &format!("{number}.log")));
        wait_until("an instance", || std::net::TcpStream::connect(("127.0.0.1", *port)).is_ok());
    }
    let subject = "/CN=sign-in.example.be";
    let made = Command::new("openssl")
        .args(["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes"])
        .args(["-days", "2", "-subj", subject, "-addext", "subjectAltName=DNS:sign-in.example.be"])
        .arg("-keyout")
        .arg(folder.join("tls.key"))
        .arg("-out")
        .arg(folder.join("tls.pem"))
        .stderr(Stdio::null())
        .status();
    assert!(made.unwrap().success());
    let port = free_port();
    let backends = ports.map(|port| format!("127.0.0.1:{port}"));
    let mut command = proxy(&folder, port, [&backends[0], &backends[1]]);
    let log = fs::File::create(folder.join("proxy.log")).unwrap();
    let command = command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(log);
    let _proxy = Proxy(command.spawn().unwrap());
    wait_until("the proxy", || std::net::TcpStream::connect(("127.0.0.1", port)).is_ok());

    let node = packages("test-node");
    for name in ["chromium.mjs", "proxy.mjs"] {
        fs::copy(scripts().join(name), node.join(name)).unwrap();
    }
    let tax = Application::of(&service, "tax");
    let address = tax.address(&[]).replace(&service.issuer, ISSUER);
    let codes: Vec<&str> = (1..=24).map(|position| service.code(1, position)).collect();
    let input = json!({
        "port": port, "address": address, "back": tax.redirect_uri, "user_name": USERS[1],
        "password": PASSWORD, "codes": codes,
    });
    let mut child = Command::new("node")
        .arg(node.join("proxy.mjs"))
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut to = child.stdin.take().unwrap();
    let mut said = BufReader::new(child.stdout.take().unwrap()).lines();
    let _child = Running(child);
    let log = || fs::read_to_string(folder.join("proxy.log")).unwrap_or_default();
    writeln!(to, "{input}").unwrap();
    assert_eq!(said.next().unwrap().unwrap(), "asked", "{}", log());
    // Whichever of the two it was that asked.
    instances[0].0.kill().unwrap();
    instances[0].0.wait().unwrap();
    writeln!(to, "go on").unwrap();
    let back = said.next().unwrap().unwrap();
    assert!(back.starts_with(&format!("{}?code=", tax.redirect_uri)), "{back} {}", log());
    // The log of the one that is left has what came through the proxy.
    let log = fs::read_to_string(folder.join("1.log")).unwrap();
    assert!(log.contains("POST /sign-in/code 303"), "{log}");
    assert_eq!(Browser::default().go(&service.at("/healthz")).status, 200);
}

#[test]
fn nginx_as_deployed_takes_a_sign_in_to_the_instance_that_is_left() {
    signs_in(|folder, port, [first, second]| {
        let at = |name: &str| folder.join(name).display().to_string();
        let listen = format!("listen 127.0.0.1:{port} ssl");
        let site = deployed(
            "nginx.conf",
            &[
                ("127.0.0.1:8080", first),
                ("127.0.0.1:8081", second),
                ("listen 443 ssl", &listen),
                ("listen [::]:443 ssl;", ""),
                ("/etc/ssl/sign-in.example.be.pem", &at("tls.pem")),
                ("/etc/ssl/private/sign-in.example.be.key", &at("tls.key")),
            ],
        );
        let temporary = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"]
            .map(|kind| format!("{kind}_temp_path {};", at(&format!("nginx-{kind}"))))
            .join("\n");
        let config = format!(
            "daemon off;\npid {};\nerror_log stderr;\nevents {{}}\nhttp {{\n{temporary}\n{site}\n}}\n",
            at("nginx.pid")
        );
        fs::write(folder.join("nginx.conf"), config).unwrap();
        let mut command = Command::new("/usr/sbin/nginx");
        command.arg("-p").arg(folder).arg("-c").arg(folder.join("nginx.conf"));
        command
    });
}

#[test]
fn caddy_as_deployed_takes_a_sign_in_to_the_instance_that_is_left() {
    signs_in(|folder, port, [first, second]| {
        let at = |name: &str| folder.join(name).display().to_string();
        let site = deployed(
            "Caddyfile",
            &[
                ("127.0.0.1:8080", first),
                ("127.0.0.1:8081", second),
                // Certificates come of elsewhere, and a test asks nobody for one.
                (
                    "sign-in.example.be {",
                    &format!("sign-in.example.be {{\n\ttls {} {}", at("tls.pem"), at("tls.key")),
                ),
            ],
        );
        let global =
            format!("{{\n\tadmin off\n\tauto_https disable_redirects\n\thttps_port {port}\n}}\n");
        fs::write(folder.join("Caddyfile"), global + &site).unwrap();
        let mut command = Command::new("caddy");
        command.args(["run", "--adapter", "caddyfile", "--config"]).arg(folder.join("Caddyfile"));
        command.env("HOME", folder).env("XDG_DATA_HOME", folder).env("XDG_CONFIG_HOME", folder);
        command
    });
}
