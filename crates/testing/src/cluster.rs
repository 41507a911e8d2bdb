//! A PostgreSQL of our own: a private cluster on a socket in a temporary folder, one for each test
//! binary, which is stopped also when a test fails.

use std::{
    fs,
    io::Write as _,
    net::TcpListener,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    sync::{
        OnceLock,
        atomic::{AtomicU32, Ordering},
    },
};

/// A running server. It isn't dropped: its guardian stops it when this process ends.
pub struct Cluster {
    folder: PathBuf,
    bin: PathBuf,
    /// Waits for the end of this process, however it comes.
    _guardian: Child,
}

/// A database of its own for each test.
pub struct Database<'c> {
    pub cluster: &'c Cluster,
    pub name: String,
}

/// The server of this test binary, started by the first who asks.
pub fn cluster() -> &'static Cluster {
    static CLUSTER: OnceLock<Cluster> = OnceLock::new();
    CLUSTER.get_or_init(Cluster::start)
}

impl Cluster {
    /// Starts a server that nobody else uses; tests that kill it have one of their own.
    pub fn start() -> Self {
        let cluster = Self::unmade();
        ask(cluster
            .program("initdb")
            .args(["--auth=trust", "--username=owner", "--encoding=UTF8", "--locale=C.UTF-8"])
            .args(["--no-sync", "--pgdata"])
            .arg(cluster.data()));
        cluster.up();
        cluster
    }

    /// Starts a hot standby of this server, and has every commit of this one wait for it from now
    /// on.
    #[must_use]
    pub fn standby(&self) -> Self {
        let standby = Self::unmade();
        ask(standby
            .program("pg_basebackup")
            .args(["--write-recovery-conf", "--wal-method=stream", "--no-sync"])
            .args(["--checkpoint=fast", "--username=owner", "--host"])
            .arg(&self.folder)
            .arg("--pgdata")
            .arg(standby.data()));
        standby.up();
        while self.psql("postgres", "SELECT count(*) FROM pg_stat_replication").trim() != "1" {}
        self.psql("postgres", "ALTER SYSTEM SET synchronous_standby_names = '*'");
        self.psql("postgres", "SELECT pg_reload_conf()");
        let state = "SELECT sync_state FROM pg_stat_replication";
        while self.psql("postgres", state).trim() != "sync" {}
        standby
    }

    /// Makes a standby a server of its own.
    pub fn promote(&self) {
        ask(self.program("pg_ctl").args(["promote", "--wait", "--pgdata"]).arg(self.data()));
    }

    /// `PgBouncer` before this server, which gives a connection to another client after each
    /// transaction; so many connections for each database.
    pub fn pooler(&self, connections: u32) -> Pooler {
        static NUMBER: AtomicU32 = AtomicU32::new(1);
        let name = format!("pooler-{}", NUMBER.fetch_add(1, Ordering::Relaxed));
        let folder = self.folder.join(name);
        ask(Command::new("install").arg("-d").args(as_postgres()).arg(&folder));
        let settings = format!(
            "[databases]\n* = host={} user=owner\n[pgbouncer]\npool_mode = transaction\n\
             auth_type = any\nunix_socket_dir = {}\nlisten_port = 6432\n\
             default_pool_size = {connections}\nserver_reset_query_always = 0\n\
             max_client_conn = 200\n",
            self.folder.display(),
            folder.display(),
        );
        let file = folder.join("pgbouncer.ini");
        fs::write(&file, settings).unwrap();
        let mut command = Command::new("setpriv");
        command.arg("--pdeathsig=KILL");
        if is_root() {
            command.args(["--reuid=postgres", "--regid=postgres", "--clear-groups"]);
        }
        let child = command
            .args(["--", "/usr/sbin/pgbouncer", "--quiet"])
            .arg(&file)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        while !folder.join(".s.PGSQL.6432").exists() {}
        Pooler { folder, child }
    }

    /// A folder and a guardian, without a server yet.
    fn unmade() -> Self {
        let folder = tempfile::Builder::new().prefix("pg").tempdir().unwrap().keep();
        let bin = bin();
        let guardian = Command::new("sh")
            .args(["-c", GUARDIAN, "guardian"])
            .args([&bin, &folder])
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        if is_root() {
            ask(Command::new("chown").arg("postgres:postgres").arg(&folder));
        }
        Self { folder, bin, _guardian: guardian }
    }

    /// Takes connections from a port of this machine too, but over TLS alone, as the server that
    /// a certificate names; says which port.
    pub fn listen(&self, certificate: &Path, key: &Path) -> u16 {
        let data = self.data();
        // Nobody else takes the port in the moment between.
        let port = TcpListener::bind(("127.0.0.1", 0)).unwrap().local_addr().unwrap().port();
        for (from, name) in [(certificate, "server.crt"), (key, "server.key")] {
            // The server takes a key that is its own user's alone.
            let mode = ["--mode=0600"].into_iter();
            ask(Command::new("install")
                .args(mode.chain(as_postgres()))
                .arg(from)
                .arg(data.join(name)));
        }
        let mut settings = fs::OpenOptions::new();
        let mut settings = settings.append(true).open(data.join("postgresql.conf")).unwrap();
        writeln!(settings, "ssl = on\nport = {port}").unwrap();
        fs::write(data.join("pg_hba.conf"), "local all all trust\nhostssl all all all trust\n")
            .unwrap();
        ask(self.program("pg_ctl").args(["stop", "--wait", "--mode=fast", "--pgdata"]).arg(&data));
        self.start_server("127.0.0.1");
        port
    }

    /// Says who is let in, and how: lines of `pg_hba.conf`.
    pub fn admit(&self, rules: &str) {
        fs::write(self.data().join("pg_hba.conf"), rules).unwrap();
        self.psql("postgres", "SELECT pg_reload_conf()");
    }

    /// Starts the server, also after a crash, and waits until it takes connections.
    pub fn up(&self) {
        self.start_server("");
    }

    fn start_server(&self, addresses: &str) {
        // The tests kill servers, not machines: without fsync nothing of them is lost.
        let options = format!(
            "-k {} -c listen_addresses={addresses} -c fsync=off -c max_connections=150",
            self.folder.display()
        );
        ask(self
            .program("pg_ctl")
            .args(["start", "--wait", "--timeout=60", "--options", &options, "--log"])
            .arg(self.folder.join("log"))
            .arg("--pgdata")
            .arg(self.data()));
    }

    /// Kills the server and all its processes at once, as `kill -9` does.
    pub fn kill(&self) {
        let pid = fs::read_to_string(self.data().join("postmaster.pid")).unwrap();
        let pid = pid.lines().next().unwrap().to_owned();
        // Backends of a postmaster that is gone end by themselves; they are killed first, so that
        // none finishes what it is at.
        let script = "pkill -KILL -P \"$0\"; kill -KILL \"$0\"; \
                      while kill -0 \"$0\" 2>/dev/null; do :; done";
        ask(Command::new("sh").args(["-c", script, &pid]));
    }

    /// Makes an empty database.
    pub fn database(&self) -> Database<'_> {
        static NUMBER: AtomicU32 = AtomicU32::new(1);
        let name = format!("test_{}", NUMBER.fetch_add(1, Ordering::Relaxed));
        self.psql("postgres", &format!("CREATE DATABASE {name}"));
        Database { cluster: self, name }
    }

    /// What psql says to a statement, as the owner; rows are lines, columns parted by `|`.
    pub fn psql(&self, database: &str, sql: &str) -> String {
        ask(Command::new(self.bin.join("psql"))
            .args(["-v", "ON_ERROR_STOP=1", "-XAtq", "-U", "owner", "-d", database, "-c", sql])
            .args(["-p", &self.port(), "-h"])
            .arg(&self.folder))
    }

    /// Which port the server takes, and its socket is named by.
    fn port(&self) -> String {
        let file = fs::read_to_string(self.data().join("postmaster.pid")).unwrap_or_default();
        file.lines().nth(3).unwrap_or("5432").to_owned()
    }

    /// Where the socket is.
    pub fn socket(&self) -> &Path {
        &self.folder
    }

    fn data(&self) -> PathBuf {
        self.folder.join("data")
    }

    /// A program of PostgreSQL that refuses to run as root.
    fn program(&self, name: &str) -> Command {
        let mut command = Command::new("setpriv");
        command.args(["--reuid=postgres", "--regid=postgres", "--clear-groups", "--"]);
        let mut command = if is_root() { command } else { Command::new("env") };
        command.arg(self.bin.join(name)).current_dir("/");
        command
    }
}

impl Database<'_> {
    /// The address of this database for a login, as `--store` takes it.
    pub fn url(&self, user: &str) -> String {
        format!("postgres:///{}?host={}&user={user}", self.name, self.cluster.socket().display())
    }

    pub fn psql(&self, sql: &str) -> String {
        self.cluster.psql(&self.name, sql)
    }
}

/// A pooler of connections, until it is dropped.
pub struct Pooler {
    folder: PathBuf,
    child: Child,
}

impl Pooler {
    /// The address of a database behind it, as `--store` takes it.
    pub fn url(&self, database: &str) -> String {
        format!("postgres:///{database}?host={}&port=6432&user=owner", self.folder.display())
    }
}

impl Drop for Pooler {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Stops the server and takes its folder away when the other end of its input is closed: by the
/// end of the test process, or by its death.
const GUARDIAN: &str = r#"
trap '' INT TERM HUP
cat > /dev/null
as=''
[ "$(id -u)" = 0 ] && as='setpriv --reuid=postgres --regid=postgres --clear-groups --'
cd /
$as "$1/pg_ctl" stop --mode=immediate --wait --pgdata "$2/data"
rm -rf "$2"
"#;

/// Where Debian has the programs of the newest PostgreSQL that is installed.
fn bin() -> PathBuf {
    let folders = fs::read_dir("/usr/lib/postgresql").into_iter().flatten();
    let mut versions: Vec<PathBuf> = folders.map(|entry| entry.unwrap().path()).collect();
    versions.sort();
    let newest = versions.pop().map(|folder| folder.join("bin"));
    newest.expect("there is no PostgreSQL; scripts/test.sh installs what the tests need")
}

/// Whose files are to be that a server reads.
fn as_postgres() -> impl Iterator<Item = &'static str> {
    ["--owner=postgres", "--group=postgres"].into_iter().filter(|_| is_root())
}

fn is_root() -> bool {
    ask(Command::new("id").arg("-u")).trim() == "0"
}

#[track_caller]
fn ask(command: &mut Command) -> String {
    let output = command.stdin(Stdio::null()).output().unwrap();
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{command:?}: {}\n{said}", output.status);
    String::from_utf8(output.stdout).unwrap()
}
