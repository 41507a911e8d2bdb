//! A desk of its own for a test: an office with holders, cards and accounts, and clerks of each role.

use std::{
    fs::File,
    net::TcpListener,
    process::{Command, Stdio},
};

use jiff::Timestamp;
use tokenkaart::design::Design;
use tokenkaart_testing::{
    office::{HOLDERS, Office, Said},
    program,
    running::{Running, wait_until},
};

use super::{
    app_code::app_code,
    browser::{Browser, Page},
};

/// The password of each account.
pub(crate) const PASSWORD: &str = "vier blauwe olifanten";
/// The roles; a clerk of each has its name.
pub(crate) const ROLES: [&str; 3] = ["clerk", "supervisor", "auditor"];
const STORE: &str = "sqlite:auth.db";

/// A desk that runs.
pub(crate) struct Counter {
    pub(crate) office: Office,
    pub(crate) address: String,
    /// Ended with it.
    running: Vec<Running>,
    /// Of each role, what its clerk's app was given.
    secrets: [String; 3],
}

pub(crate) fn free_port() -> u16 {
    TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port()
}

impl Counter {
    pub(crate) fn new() -> Self {
        Self::with("")
    }

    /// With more lines in its `[desk]`.
    pub(crate) fn with(more: &str) -> Self {
        let office = Office::with(HOLDERS);
        office.issue("run", &[]);
        office.run(&["store", "create", "--store", STORE]).ended(0);
        let import = ["import", "run", "--unsigned", "--allow-weak-kdf", "--store", STORE];
        office.run(&import).ended(0);
        office.run(&["keys", "new", "seal.keys"]).ended(0);
        tokenkaart_token::files::write_whole(&office.path("form.secret"), &[7; 32]).unwrap();
        let secrets = ROLES.map(|role| {
            let (holder, email) = (format!("desk-{role}"), format!("{role}@example.be"));
            let add = [
                "clerk",
                "add",
                role,
                "--role",
                role,
                "--holder",
                &holder,
                "--email",
                &email,
                "--app",
                "--seal-keys",
                "seal.keys",
                "--store",
                STORE,
            ];
            let said = office.run_with_input(&add, format!("{PASSWORD}\n").as_bytes()).ended(0);
            said.rsplit_once(": ").unwrap().1.trim().to_owned()
        });
        let create = [
            "account",
            "create",
            "--holder",
            "4712",
            "--user-name",
            "zoe",
            "--email",
            "zoe@example.be",
            "--name",
            "Zoë Hoen",
            "--language",
            "fr",
            "--store",
            STORE,
        ];
        office.run_with_input(&create, format!("{PASSWORD}\n").as_bytes()).ended(0);
        let own = Design::built_in_text("card").unwrap().replace("Tokenkaart, ", "Codekaart, ");
        office.write("own.toml", own);
        let port = free_port();
        office.write("server.toml", configuration(port, more));
        let child = start(&office, "server.toml", "log");
        let address = format!("http://desk.localhost:{port}");
        let counter = Self { office, address, running: vec![child], secrets };
        wait_for(port);
        counter
    }

    /// Another desk over the same store; its port.
    pub(crate) fn another(&mut self) -> u16 {
        let port = free_port();
        let text = configuration(port, "").replace(
            &format!("address = \"http://desk.localhost:{port}\""),
            &format!("address = \"{}\"", self.address),
        );
        self.office.write("other.toml", text);
        self.running.push(start(&self.office, "other.toml", "other.log"));
        wait_for(port);
        port
    }

    pub(crate) fn at(&self, path: &str) -> String {
        format!("{}{path}", self.address)
    }

    /// Kills the desk, and starts it again.
    pub(crate) fn kill_and_start(&mut self) {
        // It is killed when it is dropped.
        self.running.clear();
        let port = self.address.rsplit_once(':').unwrap().1.parse().unwrap();
        self.running.push(start(&self.office, "server.toml", "log"));
        wait_for(port);
    }

    /// What was logged until now.
    pub(crate) fn log(&self) -> String {
        std::fs::read_to_string(self.office.path("log")).unwrap()
    }

    /// What an operator does to the store.
    pub(crate) fn operator(&self, arguments: &[&str]) -> Said {
        self.office.run(&[arguments, &["--store", STORE]].concat())
    }

    /// What the app of a role's clerk shows, so many steps of 30 seconds from now; a code counts once.
    pub(crate) fn app_code(&self, role: &str, steps: i64) -> String {
        let place = ROLES.iter().position(|other| *other == role).unwrap();
        app_code(&self.secrets[place], Timestamp::now().as_second() + 30 * steps)
    }

    /// Gives name and password; the page that asks for the code.
    pub(crate) fn to_code(&self, browser: &mut Browser, role: &str) -> Page {
        let page = browser.go(&self.at("/sign-in"));
        let fields = [("user_name", role), ("password", PASSWORD), ("key", "app")];
        browser.send(&page, "/sign-in", &fields)
    }

    /// The clerk of a role, signed in; the page that they come to.
    pub(crate) fn signed_in(&self, role: &str) -> (Browser, Page) {
        let mut browser = Browser::default();
        let page = self.to_code(&mut browser, role);
        let code = self.app_code(role, 0);
        let page = browser.send(&page, "/sign-in/code", &[("code", &code)]);
        assert_eq!((page.status, page.url.as_str()), (200, self.at("/").as_str()), "{}", page.body);
        (browser, page)
    }
}

fn wait_for(port: u16) {
    wait_until("the desk", || std::net::TcpStream::connect(("127.0.0.1", port)).is_ok());
}

pub(crate) fn start(office: &Office, config: &str, log: &str) -> Running {
    let log = File::options().create(true).append(true).open(office.path(log)).unwrap();
    let mut command = Command::new(program("tokenkaart-server"));
    let command = command.args(["desk", "--config", config]).current_dir(office.path("."));
    Running(command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(log).spawn().unwrap())
}

pub(crate) fn configuration(port: u16, more: &str) -> String {
    format!(
        r##"issuer = "http://sign-in.localhost:8080"
listen = "127.0.0.1:8080"
store = "{STORE}"
time_zone = "Europe/Brussels"
secret_file = "form.secret"
signing_keys = ["elsewhere.pem"]
seal_keys = "seal.keys"
[office]
name = {{ nl = "Stad Voorbeeld", fr = "Ville d’Exemple", de = "Stadt Beispiel", en = "City of Example" }}
colour = "#0b5c8a"
help_line = "1700"
desk = "<desk & co>"
[desk]
address = "http://desk.localhost:{port}"
listen = "127.0.0.1:{port}"
{more}"##
    )
}
