//! A private MariaDB on a socket in a temporary folder, for one test.

use std::{
    fs::File,
    path::PathBuf,
    process::{Child, Command, Output, Stdio},
};

use tempfile::TempDir;

/// A running server, which is stopped when it is dropped: also when a test fails.
pub(crate) struct MariaDb {
    folder: TempDir,
    server: Child,
}

impl MariaDb {
    pub(crate) fn start() -> Self {
        let folder = tempfile::Builder::new().prefix("maria").tempdir().unwrap();
        let path = |name: &str| folder.path().join(name).display().to_string();
        // Whoever runs the tests owns the folder, and the server may be him: root too, if told.
        let user = format!("--user={}", super::loaded::login());
        let made = Command::new("mariadb-install-db")
            .arg("--no-defaults")
            .args([&user, &format!("--datadir={}", path("data"))])
            .args(["--auth-root-authentication-method=normal", "--skip-test-db"])
            .stdin(Stdio::null())
            .output()
            .expect("there is no MariaDB; scripts/test.sh installs what the tests need");
        assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
        let log = File::create(path("log")).unwrap();
        // A test process that is killed takes its server along.
        let server = Command::new("setpriv")
            .args(["--pdeathsig", "KILL", "--", "mariadbd", "--no-defaults", &user])
            .args([format!("--datadir={}", path("data")), format!("--socket={}", path("sock"))])
            .args([format!("--pid-file={}", path("pid")), format!("--tmpdir={}", path(""))])
            .args(["--skip-networking", "--innodb-flush-log-at-trx-commit=0"])
            .args(["--innodb-buffer-pool-size=32M", "--character-set-server=latin1"])
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(log)
            .spawn()
            .unwrap();
        let mut maria = Self { folder, server };
        let answers = Command::new("mariadb-admin")
            .args(["--no-defaults", "--silent", "--wait=120", "--connect-timeout=5", "--socket"])
            .arg(maria.socket())
            .args(["--user=root", "ping"])
            .output()
            .unwrap();
        let answers = answers.status;
        let log = std::fs::read_to_string(maria.folder.path().join("log")).unwrap();
        assert!(answers.success() && maria.server.try_wait().unwrap().is_none(), "{log}");
        maria.ask("", "CREATE DATABASE auth");
        maria
    }

    fn socket(&self) -> PathBuf {
        self.folder.path().join("sock")
    }

    /// The client, in this database; it reads statements.
    pub(crate) fn client(&self, database: &str) -> Command {
        let mut client = Command::new("mariadb");
        client.args(["--no-defaults", "--user=root", "--batch", "--skip-column-names", "--socket"]);
        client.arg(self.socket()).arg(database);
        client
    }

    /// What the client says to a statement; columns are parted by tabs.
    pub(crate) fn ask(&self, database: &str, sql: &str) -> String {
        let Output { status, stdout, stderr } =
            self.client(database).args(["--execute", sql]).output().unwrap();
        assert!(status.success(), "{sql}: {}", String::from_utf8_lossy(&stderr));
        String::from_utf8(stdout).unwrap()
    }
}

impl Drop for MariaDb {
    fn drop(&mut self) {
        // Nothing in it is to be kept.
        let _ = self.server.kill();
        let _ = self.server.wait();
    }
}
