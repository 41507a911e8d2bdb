//! Relying parties that we didn't write, each through a full sign-in.

use std::{
    fs,
    os::unix::fs::PermissionsExt as _,
    process::{Child, Command, Stdio},
};

use tokenkaart_testing::running::wait_until;

use super::demo::{Demo, packages, scripts};
use crate::{
    application::{Application, SECRET},
    browser::Browser,
    service::{Service, USERS, free_port},
};

#[test]
fn openid_client_signs_people_in() {
    assert!(Demo::start().node("client.mjs", &[]).contains("2 sign-ins"));
}

#[test]
fn authlib_signs_people_in() {
    let mut python = Command::new(packages("test-venv").join("bin/python3"));
    let said = Demo::start().script(python.arg(scripts().join("client.py")), &[]);
    assert!(said.contains("2 sign-ins"), "{said}");
}

/// Apache, which ends its children when it is told to.
struct Apache(Child);

impl Drop for Apache {
    fn drop(&mut self) {
        let _ = Command::new("kill").arg(self.0.id().to_string()).status();
        let _ = self.0.wait();
    }
}

/// Apache's `mod_auth_openidc` in front of a folder.
fn configuration(service: &Service, port: u16) -> String {
    let folder = service.office.path("apache");
    let folder = folder.display();
    let modules =
        ["mpm_event", "authn_core", "authz_core", "authz_user", "dir", "headers", "auth_openidc"];
    let modules = modules
        .map(|name| format!("LoadModule {name}_module /usr/lib/apache2/modules/mod_{name}.so"))
        .join("\n");
    format!(
        r#"ServerRoot "{folder}"
{modules}
ServerName rp.localhost
Listen 127.0.0.1:{port}
PidFile "{folder}/pid"
ErrorLog "{folder}/log/error"
LogLevel warn
DefaultRuntimeDir "{folder}/log"
User www-data
Group www-data
DocumentRoot "{folder}/files"
DirectoryIndex index.txt
OIDCProviderMetadataURL {issuer}/.well-known/openid-configuration
OIDCClientID apache
OIDCClientSecret "{SECRET}"
OIDCProviderTokenEndpointAuth client_secret_basic
OIDCRedirectURI http://rp.localhost:{port}/redirect
OIDCCryptoPassphrase "of this test alone"
OIDCScope "openid profile email"
OIDCPKCEMethod S256
OIDCRemoteUserClaim preferred_username
<Location />
    AuthType openid-connect
    Require valid-user
    Header always set X-User "expr=%{{REMOTE_USER}}"
</Location>
"#,
        issuer = service.issuer,
    )
}

#[test]
fn mod_auth_openidc_signs_people_in() {
    let port = free_port();
    let service = Service::with(&format!(
        r#"
[[application]]
id = "apache"
names = "Apache"
redirect_uris = ["http://rp.localhost:{port}/redirect"]
keys = ["token"]
secret = "{}"
"#,
        Application::secret_hash()
    ));
    for name in ["apache", "apache/files", "apache/log"] {
        fs::create_dir(service.office.path(name)).unwrap();
        fs::set_permissions(service.office.path(name), fs::Permissions::from_mode(0o777)).unwrap();
    }
    // Apache's own user has to get in.
    fs::set_permissions(service.office.path("."), fs::Permissions::from_mode(0o755)).unwrap();
    service.office.write("apache/files/index.txt", "what is kept from others\n");
    service.office.write("apache.conf", configuration(&service, port));
    let mut command = Command::new("/usr/sbin/apache2");
    let command = command.arg("-f").arg(service.office.path("apache.conf")).arg("-DFOREGROUND");
    let command = command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    let _apache = Apache(command.spawn().unwrap());
    wait_until("Apache", || std::net::TcpStream::connect(("127.0.0.1", port)).is_ok());

    // It sends nobody to sign in who doesn't look like a browser.
    let extra = vec![("Accept".to_owned(), "text/html".to_owned())];
    let mut browser = Browser { extra, ..Browser::default() };
    let keys = browser.go_anywhere(&format!("http://rp.localhost:{port}/"));
    let log = || fs::read_to_string(service.office.path("apache/log/error")).unwrap_or_default();
    assert!(keys.url.starts_with(&service.issuer), "{}: {} {}", keys.url, keys.body, log());
    let page = browser.send(&keys, "/sign-in/key", &[("key", "token")]);
    let fields = [("user_name", USERS[1]), ("password", crate::service::PASSWORD)];
    let asked = browser.send(&page, "/sign-in/password", &fields);
    let code = service.code(1, asked.position()).to_owned();
    let kept = browser.send_anywhere(&asked, "/sign-in/code", &[("code", &code)]);
    assert_eq!(kept.body, "what is kept from others\n", "{}: {}", kept.url, log());
    assert_eq!(kept.header("x-user"), Some(USERS[1]));
}
