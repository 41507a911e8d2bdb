//! A sign-in service of its own for a test: cards that were issued and imported, accounts, clients.

use std::{
    fs::File,
    net::TcpListener,
    path::Path,
    process::{Child, Command, Stdio},
    sync::{Mutex, PoisonError},
};

use tokenkaart::paper::Paper;
use tokenkaart_auth::store::schema::Dialect;
use tokenkaart_testing::{
    office::{HOLDERS, Office, REGISTER_NUMBER, Said},
    program,
    running::{Running, wait_until},
};
use tokenkaart_token::token::CodeFormat;

use super::{
    application::Application,
    browser::{Browser, Page},
    site::Site,
};

/// The password of each account.
pub(crate) const PASSWORD: &str = "vier blauwe olifanten";
/// The users, by the lines of the holder file.
pub(crate) const USERS: [&str; 3] = ["jan.peeters", "zoe", "lukasz"];

/// A service that runs.
pub(crate) struct Service {
    pub(crate) office: Office,
    pub(crate) site: Site,
    /// The store as instances are given it.
    store: String,
    pub(crate) issuer: String,
    pub(crate) port: u16,
    pub(crate) metrics: u16,
    pub(crate) child: Running,
    /// Of each user, by position from 1.
    codes: [Vec<String>; 3],
}

/// A port that is free now.
pub(crate) fn free_port() -> u16 {
    TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port()
}

impl Service {
    pub(crate) fn new() -> Self {
        Self::with("")
    }

    /// With more lines at the end of its configuration.
    pub(crate) fn with(more: &str) -> Self {
        Self::configured("", more, &[])
    }

    /// With more lines at the beginning of its configuration and at the end, and files that they
    /// name.
    pub(crate) fn configured(first: &str, more: &str, files: &[(&str, &str)]) -> Self {
        let office = Office::with(HOLDERS);
        office.issue("run", &[]);
        let site = Site::empty();
        let url = site.url();
        office.run(&["store", "create", "--store", &url]).ended(0);
        let import = ["import", "run", "--unsigned", "--allow-weak-kdf", "--store", &url];
        office.run(&import).ended(0);
        for (holder, user) in [REGISTER_NUMBER, "4712", "4713"].iter().zip(USERS) {
            let email = format!("{user}@example.be");
            let arguments = [
                "account",
                "create",
                "--holder",
                holder,
                "--user-name",
                user,
                "--email",
                &email,
                "--name",
                "Somebody",
                "--store",
                &url,
            ];
            office.run_with_input(&arguments, format!("{PASSWORD}\n").as_bytes()).ended(0);
        }
        let codes = codes(&office);
        write_keys(&office);
        for (name, text) in files {
            office.write(name, text);
        }
        let (port, metrics) = (free_port(), free_port());
        let issuer = format!("http://sign-in.localhost:{port}");
        let store = of_service(&site);
        let configuration = configuration(&issuer, &store, port, metrics, more);
        office.write("server.toml", first.to_owned() + &configuration);
        let child = start(&office, "server.toml", "log");
        let service = Self { office, site, store, issuer, port, metrics, child, codes };
        service.wait();
        service
    }

    fn wait(&self) {
        wait_until("the service", || {
            std::net::TcpStream::connect(("127.0.0.1", self.port)).is_ok()
        });
    }

    /// Another instance over the same store, at a port of its own.
    pub(crate) fn another(&self) -> (Running, u16) {
        let port = free_port();
        let configuration = configuration(&self.issuer, &self.store, port, free_port(), "");
        self.office.write("other.toml", configuration);
        let child = start(&self.office, "other.toml", "other.log");
        wait_until("the other one", || std::net::TcpStream::connect(("127.0.0.1", port)).is_ok());
        (child, port)
    }

    pub(crate) fn at(&self, path: &str) -> String {
        format!("{}{path}", self.issuer)
    }

    /// The code of a user at a position.
    pub(crate) fn code(&self, user: usize, position: usize) -> &str {
        &self.codes[user][position - 1]
    }

    /// A code that the user's card doesn't have, but some card could: another one's.
    pub(crate) fn wrong_code(&self, user: usize) -> &str {
        &self.codes[(user + 1) % 3][7]
    }

    /// All codes, for who looks whether one is somewhere.
    pub(crate) fn all_codes(&self) -> impl Iterator<Item = &String> {
        self.codes.iter().flatten()
    }

    /// What was logged until now.
    pub(crate) fn log(&self) -> String {
        std::fs::read_to_string(self.office.path("log")).unwrap()
    }

    /// What an operator does to the store.
    pub(crate) fn operator(&self, arguments: &[&str]) -> Said {
        self.office.run(&[arguments, &["--store", &self.site.url()]].concat())
    }

    /// The same by the configuration of the service, whose login may not do it in PostgreSQL.
    pub(crate) fn operator_by_config(&self, arguments: &[&str]) -> Said {
        match self.site {
            Site::Sqlite(_) => self.office.run(arguments),
            Site::Postgres(_) => self.operator(arguments),
        }
    }

    /// Signs a user in, from the page of keys to where the browser is sent from here.
    pub(crate) fn sign_in(&self, browser: &mut Browser, keys: &Page, user: usize) -> Page {
        let page = to_code(browser, keys, user);
        let code = self.code(user, page.position());
        browser.send(&page, "/sign-in/code", &[("code", code)])
    }

    /// The same, for an application; the answer that it gets.
    pub(crate) fn sign_in_to(
        &self,
        browser: &mut Browser,
        application: &Application,
        user: usize,
    ) -> Page {
        let keys = browser.go(&application.address(&[]));
        self.sign_in(browser, &keys, user)
    }
}

/// Goes from the page of keys to the one that asks for a code.
pub(crate) fn to_code(browser: &mut Browser, keys: &Page, user: usize) -> Page {
    let page = browser.send(keys, "/sign-in/key", &[("key", "token")]);
    assert_eq!(page.status, 200, "{}", page.body);
    let fields = [("user_name", USERS[user]), ("password", PASSWORD)];
    browser.send(&page, "/sign-in/password", &fields)
}

pub(crate) fn start(office: &Office, config: &str, log: &str) -> Running {
    let log = File::create(office.path(log)).unwrap();
    Running(spawn(office, &["sign-in", "--config", config], log))
}

fn spawn(office: &Office, arguments: &[&str], log: File) -> Child {
    let mut command = Command::new(program("tokenkaart-server"));
    let command = command.args(arguments).current_dir(office.path("."));
    command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(log).spawn().unwrap()
}

/// What is printed on the cards, read by the paper's own reader.
fn codes(office: &Office) -> [Vec<String>; 3] {
    let bytes = std::fs::read(office.path("run/cards/0001.pdf")).unwrap();
    cards(bytes).try_into().unwrap()
}

/// The codes of each page of a PDF.
pub(crate) fn cards(bytes: Vec<u8>) -> Vec<Vec<String>> {
    let paper = Paper::open(bytes).unwrap();
    let page = |number: usize| {
        let codes = paper.page(number).unwrap().codes(&CodeFormat::default()).unwrap();
        assert_eq!(codes.len(), 24);
        codes.into_iter().map(|(_, code)| code.to_string()).collect()
    };
    (1..=paper.page_count()).map(page).collect()
}

fn private(path: &Path, bytes: &[u8]) {
    tokenkaart_token::files::write_whole(path, bytes).unwrap();
}

/// A key of P-256 in PEM.
pub(crate) fn pem() -> (String, ring::signature::EcdsaKeyPair) {
    use base64ct::{Base64, Encoding as _};
    use ring::signature::{ECDSA_P256_SHA256_FIXED_SIGNING as ES256, EcdsaKeyPair};
    let random = ring::rand::SystemRandom::new();
    let der = EcdsaKeyPair::generate_pkcs8(&ES256, &random).unwrap();
    let body = Base64::encode_string(der.as_ref());
    let pem = format!("-----BEGIN PRIVATE KEY-----\n{body}\n-----END PRIVATE KEY-----\n");
    (pem, EcdsaKeyPair::from_pkcs8(&ES256, der.as_ref(), &random).unwrap())
}

fn write_keys(office: &Office) {
    private(&office.path("signing.pem"), pem().0.as_bytes());
    private(&office.path("rsa.pem"), include_bytes!("rsa.pem"));
    private(&office.path("form.secret"), &[7; 32]);
    let (text, pair) = pem();
    private(&office.path("client.pem"), text.as_bytes());
    office.write("client.json", super::application::jwks(&pair).to_string());
}

/// The store as the service has it: in PostgreSQL with the rights of its role and no others.
fn of_service(site: &Site) -> String {
    // Roles are of the whole server.
    static ONE_AT_A_TIME: Mutex<()> = Mutex::new(());
    let Site::Postgres(database) = site else { return site.url() };
    let _one = ONE_AT_A_TIME.lock().unwrap_or_else(PoisonError::into_inner);
    database.psql(Dialect::Postgres.roles().unwrap());
    database.psql(
        "DO $$ BEGIN CREATE ROLE the_service LOGIN IN ROLE tokenkaart_sign_in; \
         EXCEPTION WHEN duplicate_object THEN NULL; END $$",
    );
    database.url("the_service")
}

fn configuration(issuer: &str, store: &str, port: u16, metrics: u16, more: &str) -> String {
    let secret = Application::secret_hash();
    format!(
        r##"issuer = "{issuer}"
listen = "127.0.0.1:{port}"
metrics = "127.0.0.1:{metrics}"
store = "{store}"
time_zone = "Europe/Brussels"
secret_file = "form.secret"
signing_keys = ["signing.pem", "rsa.pem"]
[office]
name = {{ nl = "Stad Voorbeeld", fr = "Ville d’Exemple", de = "Stadt Beispiel", en = "City of Example" }}
colour = "#0b5c8a"
help_line = "1700"
desk = "<desk & co>"

[levels]
token = {{ rank = 400, uri = "urn:be:400" }}
app = {{ rank = 450, uri = "urn:be:450" }}
mail = {{ rank = 200, uri = "urn:be:200" }}

[[application]]
id = "tax"
names = {{ nl = "Belasting", fr = "Impôts", de = "Steuer", en = "Tax" }}
redirect_uris = ["https://tax.example.be/back", "https://tax.example.be/other?x=1"]
post_logout_redirect_uris = ["https://tax.example.be/bye"]
keys = ["token"]
secret = "{secret}"

[[application]]
id = "library"
names = "Library"
redirect_uris = ["https://library.example.be/back"]
keys = ["token", "app"]
secret = "{secret}"
register_number = true

[[application]]
id = "health"
names = "Health"
redirect_uris = ["https://health.example.be/back"]
keys = ["token", "app"]
level = "urn:be:450"
secret = "{secret}"

[[application]]
id = "old"
names = "Old"
redirect_uris = ["https://old.example.be/back"]
keys = ["token"]
secret = "{secret}"
pkce_waived = true

[[application]]
id = "keys"
names = "Keys"
redirect_uris = ["https://keys.example.be/back"]
keys = ["token"]
jwks_file = "client.json"
{more}"##
    )
}
