//! Two people who sign runs, with keys that open nothing else.

use std::{fs, path::Path};

use tokenkaart_token::sign::{NAMESPACE, SigningKey};

use crate::office::Office;

const OPERATOR: [&str; 2] = [
    "-----BEGIN OPENSSH PRIVATE KEY-----\n\
    b3BlbnNzaC1rZXktdjEAAAAABG5vbmUAAAAEbm9uZQAAAAAAAAABAAAAMwAAAAtzc2gtZW\n\
    QyNTUxOQAAACCwYaCT6h+e8qVoUzU7pd7UG02j9+OOoGVMi4dVnTOBKQAAAJBPdFCeT3RQ\n\
    ngAAAAtzc2gtZWQyNTUxOQAAACCwYaCT6h+e8qVoUzU7pd7UG02j9+OOoGVMi4dVnTOBKQ\n\
    AAAEC0BOjlUd7wNWgq2hD85rqkl8ez/2UvtoQHigYFgO5HNrBhoJPqH57ypWhTNTul3tQb\n\
    TaP3446gZUyLh1WdM4EpAAAACG9wZXJhdG9yAQIDBAU=\n\
    -----END OPENSSH PRIVATE KEY-----\n",
    "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAILBhoJPqH57ypWhTNTul3tQbTaP3446gZUyLh1WdM4Ep operator\n",
];
const STRANGER: [&str; 2] = [
    "-----BEGIN OPENSSH PRIVATE KEY-----\n\
    b3BlbnNzaC1rZXktdjEAAAAABG5vbmUAAAAEbm9uZQAAAAAAAAABAAAAMwAAAAtzc2gtZW\n\
    QyNTUxOQAAACAIptrUurTdf0n/wMAtGdEo4Hk9ZQdfp/MBimX09x4A3QAAAJD4GbYA+Bm2\n\
    AAAAAAtzc2gtZWQyNTUxOQAAACAIptrUurTdf0n/wMAtGdEo4Hk9ZQdfp/MBimX09x4A3Q\n\
    AAAEB3JRPyYk84c4YFBoWB5wmCyC0jn4TOtCRzgOHOx5ui2Qim2tS6tN1/Sf/AwC0Z0Sjg\n\
    eT1lB1+n8wGKZfT3HgDdAAAACHN0cmFuZ2VyAQIDBAU=\n\
    -----END OPENSSH PRIVATE KEY-----\n",
    "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIAim2tS6tN1/Sf/AwC0Z0SjgeT1lB1+n8wGKZfT3HgDd stranger\n",
];

/// Writes `operator`, `operator.pub`, `stranger` and `stranger.pub`.
pub fn keys(office: &Office) {
    for (name, [secret, public]) in [("operator", OPERATOR), ("stranger", STRANGER)] {
        office.write(name, secret);
        office.write(&format!("{name}.pub"), public);
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt as _;
            let mode = fs::Permissions::from_mode(0o600);
            fs::set_permissions(office.path(name), mode).unwrap();
        }
    }
}

/// What may be wrong with a signed run's signature, or with what it is of. Each is done to the
/// folder; `other` is another run of the same signer.
pub type Attack = (&'static str, fn(&Office, &Path, &Path));

const SIGNATURE: &str = "manifest.json.sig";

fn sign(office: &Office, run: &Path, key: &str, purpose: &str) {
    let key = SigningKey::read(&office.path(key)).unwrap();
    let manifest = fs::read(run.join("manifest.json")).unwrap();
    fs::write(run.join(SIGNATURE), key.sign_for(purpose, &manifest).unwrap()).unwrap();
}

fn copy(from: &Path, to: &Path, names: &[&str]) {
    for name in names {
        fs::copy(from.join(name), to.join(name)).unwrap();
    }
}

/// Attacks after which a signature is there that doesn't count, or that is gone.
pub const ATTACKS: [Attack; 9] = [
    ("the signature is stripped", |_, run, _| fs::remove_file(run.join(SIGNATURE)).unwrap()),
    ("the signature of another run", |_, run, other| copy(other, run, &[SIGNATURE])),
    ("the manifest of another run", |_, run, other| copy(other, run, &["manifest.json"])),
    ("signed by a stranger", |office, run, _| sign(office, run, "stranger", NAMESPACE)),
    ("signed for another purpose", |office, run, _| sign(office, run, "operator", "file")),
    ("signed as a checkpoint", |office, run, _| {
        sign(office, run, "operator", "tokenkaart-checkpoint");
    }),
    ("half a signature", |_, run, _| {
        let whole = fs::read(run.join(SIGNATURE)).unwrap();
        fs::write(run.join(SIGNATURE), &whole[..whole.len() / 2]).unwrap();
    }),
    ("an empty signature", |_, run, _| fs::write(run.join(SIGNATURE), "").unwrap()),
    ("a manifest that was changed by a blank", |_, run, _| {
        let mut bytes = fs::read(run.join("manifest.json")).unwrap();
        bytes.push(b'\n');
        fs::write(run.join("manifest.json"), bytes).unwrap();
    }),
];

/// Replaces a run's records by those of another, beside a manifest and a signature that are right.
pub fn replace_records(run: &Path, other: &Path) {
    copy(other, run, &["records/0001.jsonl"]);
}
