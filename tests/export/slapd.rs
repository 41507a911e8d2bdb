//! A private OpenLDAP on a socket in a temporary folder, for one test.

use std::{
    fs,
    path::Path,
    process::{Child, Command, Output, Stdio},
};

use tempfile::TempDir;

/// What the server holds entries under.
pub(crate) const SUFFIX: &str = "dc=example,dc=be";
/// Whose password is not a code.
pub(crate) const VERIFIER: &str = "cn=verifier,dc=example,dc=be";
pub(crate) const PASSWORD: &str = "not a code";

/// A running server, which is stopped when it is dropped: also when a test fails.
pub(crate) struct Slapd {
    folder: TempDir,
    server: Child,
}

impl Slapd {
    /// A server with our schema, the access rules that `docs/other-stores.md` tells, and a
    /// verifier who may read hashes.
    pub(crate) fn start() -> Self {
        let folder = tempfile::Builder::new().prefix("slapd").tempdir().unwrap();
        let path = |name: &str| folder.path().join(name);
        for name in ["config", "data"] {
            fs::create_dir(path(name)).unwrap();
        }
        fs::write(path("config.ldif"), config(folder.path())).unwrap();
        let made = Command::new("slapadd")
            .args(["-n", "0", "-F"])
            .arg(path("config"))
            .arg("-l")
            .arg(path("config.ldif"))
            .env("PATH", "/usr/sbin:/usr/bin:/sbin:/bin")
            .output()
            .expect("there is no slapd; scripts/test.sh installs what the tests need");
        assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
        // A test process that is killed takes its server along.
        let server = Command::new("setpriv")
            .args(["--pdeathsig", "KILL", "--", "/usr/sbin/slapd", "-d", "0", "-h"])
            .arg(uri(folder.path()))
            .arg("-F")
            .arg(path("config"))
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let mut slapd = Self { folder, server };
        while !slapd.run("ldapwhoami", &["-Q", "-Y", "EXTERNAL"], "").status.success() {
            assert!(slapd.server.try_wait().unwrap().is_none(), "slapd ended");
        }
        slapd.add(&fs::read_to_string("assets/store/openldap.ldif").unwrap());
        let modify = ["-Q", "-Y", "EXTERNAL"];
        let ruled = slapd.run("ldapmodify", &modify, &documented_access());
        assert!(ruled.status.success(), "{}", String::from_utf8_lossy(&ruled.stderr));
        slapd.add(&format!(
            "dn: {SUFFIX}\nobjectClass: dcObject\nobjectClass: organization\ndc: example\no: x\n\n\
             dn: ou=tokens,{SUFFIX}\nobjectClass: organizationalUnit\nou: tokens\n\n\
             dn: {VERIFIER}\nobjectClass: person\ncn: verifier\nsn: x\nuserPassword: {PASSWORD}\n"
        ));
        slapd
    }

    /// Adds entries as the administrator.
    #[track_caller]
    pub(crate) fn add(&self, ldif: &str) {
        let Output { status, stdout, stderr } =
            self.run("ldapadd", &["-Q", "-Y", "EXTERNAL"], ldif);
        let said = [stdout, stderr].concat();
        assert!(status.success(), "{}", String::from_utf8_lossy(&said));
    }

    /// A program of OpenLDAP against this server.
    pub(crate) fn run(&self, program: &str, arguments: &[&str], input: &str) -> Output {
        let ldif = self.folder.path().join("input");
        fs::write(&ldif, input).unwrap();
        Command::new(program)
            .arg("-H")
            .arg(uri(self.folder.path()))
            .args(arguments)
            .stdin(fs::File::open(ldif).unwrap())
            .output()
            .expect("there are no programs of OpenLDAP; scripts/test.sh installs them")
    }

    /// Whether the server takes a name and a password for somebody.
    pub(crate) fn binds(&self, name: &str, password: &str) -> bool {
        let arguments = ["-x", "-D", name, "-w", password];
        let output = self.run("ldapwhoami", &arguments, "");
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        match output.status.code() {
            Some(0) => true,
            // Invalid credentials, or an entry that has none.
            Some(48 | 49) => false,
            other => panic!("{other:?}: {said}"),
        }
    }

    /// What is found by a name and its password: `name: value` lines, entries parted by empty ones.
    #[track_caller]
    pub(crate) fn search(&self, login: &[&str], arguments: &[&str]) -> String {
        let common = ["-LLL", "-o", "ldif-wrap=no", "-b", SUFFIX];
        let output = self.run("ldapsearch", &[login, &common, arguments].concat(), "");
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).unwrap()
    }
}

impl Drop for Slapd {
    fn drop(&mut self) {
        // Nothing in it is to be kept.
        let _ = self.server.kill();
        let _ = self.server.wait();
    }
}

fn uri(folder: &Path) -> String {
    format!("ldapi://{}", folder.join("sock").display().to_string().replace('/', "%2F"))
}

/// The configuration of an empty server whose administrator is who runs the tests.
fn config(folder: &Path) -> String {
    let id = |what: &str| {
        let output = Command::new("id").arg(what).output().unwrap();
        String::from_utf8(output.stdout).unwrap().trim().to_owned()
    };
    let me =
        format!("gidNumber={}+uidNumber={},cn=peercred,cn=external,cn=auth", id("-g"), id("-u"));
    let data = folder.join("data").display().to_string();
    format!(
        "dn: cn=config\nobjectClass: olcGlobal\ncn: config\nolcSizeLimit: unlimited\n\n\
         dn: cn=module{{0}},cn=config\nobjectClass: olcModuleList\ncn: module{{0}}\n\
         olcModulePath: /usr/lib/ldap\nolcModuleLoad: back_mdb\n\n\
         dn: cn=schema,cn=config\nobjectClass: olcSchemaConfig\ncn: schema\n\n\
         include: file:///etc/ldap/schema/core.ldif\n\n\
         dn: olcDatabase={{0}}config,cn=config\nobjectClass: olcDatabaseConfig\n\
         olcDatabase: {{0}}config\nolcAccess: {{0}}to * by dn.exact={me} manage by * none\n\n\
         dn: olcDatabase={{1}}mdb,cn=config\nobjectClass: olcDatabaseConfig\n\
         objectClass: olcMdbConfig\nolcDatabase: {{1}}mdb\nolcSuffix: {SUFFIX}\n\
         olcRootDN: {me}\nolcDbDirectory: {data}\nolcDbNoSync: TRUE\n\
         olcAccess: {{0}}to attrs=userPassword by anonymous auth by * none\n\
         olcAccess: {{1}}to * by * read\n\n"
    )
}

/// The rule for hashes, as the document tells an administrator to add it.
fn documented_access() -> String {
    let document = fs::read_to_string("docs/other-stores.md").unwrap();
    let (_, block) = document.split_once("```ldif\n").expect("docs/other-stores.md has a rule");
    block.split_once("```").unwrap().0.to_owned()
}
