//! A real Slurm on one node makes all shards of an extract, by the script under `deploy`.

use std::{
    fs,
    net::TcpListener,
    path::PathBuf,
    process::{Command, Stdio},
};

use tokenkaart_testing::running::{Running, wait_until};

use super::office::{FAST, Office, Said};

/// The recipient and the key of `tests/cmd/hand_over.in`, which open nothing else.
const RECIPIENT: &str = "age1ckrwpcn9fqls42jjz44mk2rn9t6z09t3xvn8u44hrus5sqctl3gscr5r0z";

/// Slurm and the daemon that its parts know each other by, in a folder of their own.
struct Slurm {
    office: Office,
    daemons: Vec<Running>,
}

/// A port that nobody listens on.
fn port() -> u16 {
    TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port()
}

impl Slurm {
    fn start() -> Self {
        let office = Office::with(include_str!("../../examples/holders.csv"));
        let path = |name: &str| office.path(name).display().to_string();
        let host = Said::of(Command::new("uname").arg("-n").output().unwrap()).ended(0);
        let user = Said::of(Command::new("id").arg("-un").output().unwrap()).ended(0);
        let (host, user) = (host.trim().split('.').next().unwrap(), user.trim());
        for folder in ["state", "spool"] {
            fs::create_dir(office.path(folder)).unwrap();
        }
        office.write(
            "slurm.conf",
            format!(
                "ClusterName=trial\nSlurmctldHost={host}(127.0.0.1)\nSlurmUser={user}\n\
                 SlurmdUser={user}\nAuthInfo=socket={munge}\nStateSaveLocation={state}\n\
                 SlurmdSpoolDir={spool}\nSlurmctldPort={ctld_port}\nSlurmdPort={d_port}\n\
                 SlurmctldPidFile={ctld}.pid\nSlurmdPidFile={d}.pid\n\
                 SlurmctldLogFile={ctld}.log\nSlurmdLogFile={d}.log\n\
                 ProctrackType=proctrack/linuxproc\nTaskPlugin=task/none\nMpiDefault=none\n\
                 SelectType=select/cons_tres\nSelectTypeParameters=CR_Core\n\
                 NodeName={host} NodeAddr=127.0.0.1 CPUs=2 RealMemory=1000\n\
                 PartitionName=all Nodes={host} Default=YES State=UP\n",
                munge = path("munge.socket"),
                state = path("state"),
                spool = path("spool"),
                ctld = path("ctld"),
                d = path("d"),
                ctld_port = port(),
                d_port = port(),
            ),
        );
        fs::write(office.path("munge.key"), [7; 1024]).unwrap();
        office.write("operator", include_bytes!("../cmd/hand_over.in/operator"));
        let keys = [office.path("munge.key"), office.path("operator")];
        let status = Command::new("chmod").arg("600").args(&keys).status().unwrap();
        assert!(status.success());
        let mut slurm = Self { office, daemons: Vec::new() };
        let option =
            |name: &str, file: &str| format!("--{name}={}", slurm.office.path(file).display());
        slurm.daemons.push(slurm.daemon(
            "munged",
            &[
                "--foreground".to_owned(),
                "--force".to_owned(),
                option("socket", "munge.socket"),
                option("key-file", "munge.key"),
                option("pid-file", "munge.pid"),
                option("log-file", "munge.log"),
                option("seed-file", "munge.seed"),
            ],
        ));
        wait_until("munged", || slurm.office.path("munge.socket").exists());
        for name in ["slurmctld", "slurmd"] {
            slurm.daemons.push(slurm.daemon(name, &["-D".to_owned()]));
        }
        wait_until("an idle node", || {
            let said = slurm.run("sinfo", &["--noheader", "--format=%t"]);
            said.status == Some(0) && said.stdout.trim() == "idle"
        });
        slurm
    }

    /// Debian puts daemons where only root looks for them.
    fn daemon(&self, name: &str, arguments: &[String]) -> Running {
        let places = ["/usr/sbin", "/usr/bin"].map(|folder| PathBuf::from(folder).join(name));
        let program = places.iter().find(|path| path.exists());
        let program = program.unwrap_or_else(|| panic!("no {name}; scripts/test.sh installs it"));
        let mut command = Command::new(program);
        command.args(arguments).env("SLURM_CONF", self.office.path("slurm.conf"));
        Running(command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap())
    }

    fn run(&self, program: &str, arguments: &[&str]) -> Said {
        let output = Command::new(program)
            .args(arguments)
            .current_dir(self.office.path("."))
            .env("SLURM_CONF", self.office.path("slurm.conf"))
            .env("SHARDS", "3")
            .env("TOKENKAART", env!("CARGO_BIN_EXE_tokenkaart"))
            .env("SEAL_TO", RECIPIENT)
            .env("SIGN_WITH", "operator")
            .output();
        Said::of(output.unwrap())
    }
}

impl Drop for Slurm {
    fn drop(&mut self) {
        // Asked, they end their own helpers too; the last one first.
        while let Some(mut daemon) = self.daemons.pop() {
            let _ = Command::new("kill").arg(daemon.0.id().to_string()).status();
            let _ = daemon.0.wait();
        }
    }
}

#[test]
fn a_job_array_makes_all_shards() {
    let slurm = Slurm::start();
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/deploy/slurm-array.sh");
    let here = ["--cpus-per-task=1", "--mem=200M"];
    let log = ["--open-mode=append", "--output=job.log", script];
    // The last task comes later and alone, as one that failed would.
    for array in ["--array=1-2", "--array=3"] {
        let said = slurm.run("sbatch", &[&["--wait", array][..], &here, &log, &FAST].concat());
        let log = fs::read_to_string(slurm.office.path("job.log")).unwrap_or_default();
        assert_eq!(said.status, Some(0), "{}{}{log}", said.stdout, said.stderr);
    }
    let said = slurm.office.run(&["check", "shard-1", "shard-2", "shard-3"]).ended(0);
    assert!(said.contains("3 shards make one whole run of 46 cards"), "{said}");
    assert!(said.contains("for it is sealed"), "{said}");
}
