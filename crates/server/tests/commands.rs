//! What the documents tell people to type is typed, to both programs.
#![cfg(unix)]
#![allow(
    clippy::disallowed_methods,
    clippy::unwrap_used,
    reason = "a document that can't be read is a failed test"
)]

use std::{
    env, fs,
    os::unix::fs::{PermissionsExt, symlink},
    path::{Path, PathBuf},
    process::Command,
};

use tokenkaart_testing::program;

/// The folder of the whole workspace.
fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

fn documents() -> Vec<PathBuf> {
    let mut paths = vec![root().join("README.md")];
    for entry in fs::read_dir(root().join("docs")).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_some_and(|ending| ending == "md") {
            paths.push(path);
        }
    }
    paths
}

/// The blocks of a document that begin with ```` ```sh ````, in order, as one script.
fn script(document: &str) -> String {
    let mut script = String::new();
    let mut is_inside = false;
    for line in document.lines() {
        match line.strip_prefix("```") {
            Some(language) => is_inside = !is_inside && language == "sh",
            None if is_inside => {
                script.push_str(line);
                script.push('\n');
            }
            None => {}
        }
    }
    script
}

/// A folder for the shell to find the programs and `cargo run` in: the programs with cheap hashes,
/// few cards to check, and no window that would open.
fn shims(folder: &Path) {
    let of = |name: &str| {
        let path = program(name);
        format!(
            "#!/bin/sh\n\
         cheap=''\n\
         for word; do\n\
         shift; [ \"$word\" = --open ] || set -- \"$@\" \"$word\"\n\
         done\n\
         case \"$*\" in\n\
         issue*) cheap='--allow-weak-kdf --kdf argon2id:m=8,t=1,p=1' ;;\n\
         import*|reissue*) cheap='--allow-weak-kdf' ;;\n\
         check*--sample*) ;;\n\
         check*) cheap='--sample 2' ;;\n\
         esac\n\
         exec '{}' \"$@\" $cheap\n",
            path.display()
        )
    };
    let cargo = "#!/bin/sh\n\
        case \"$*\" in\n\
        'run --release -- '*) shift 3; exec tokenkaart \"$@\" ;;\n\
        'run --release -p tokenkaart-server -- '*) shift 5; exec tokenkaart-server \"$@\" ;;\n\
        esac\n\
        exit 64\n";
    fs::create_dir(folder).unwrap();
    for (name, text) in [
        ("tokenkaart", of("tokenkaart")),
        ("tokenkaart-server", of("tokenkaart-server")),
        ("cargo", cargo.to_owned()),
    ] {
        fs::write(folder.join(name), text).unwrap();
        fs::set_permissions(folder.join(name), fs::Permissions::from_mode(0o755)).unwrap();
    }
}

#[test]
fn every_documented_command_works() {
    let issue_a_run = "tokenkaart issue examples/holders.csv --out run\n";
    for document in documents() {
        let mut script = script(&fs::read_to_string(&document).unwrap());
        // Documents other than the README speak of its run.
        if !script.contains("--out run\n") {
            script.insert_str(0, issue_a_run);
        }
        let folder = tempfile::tempdir().unwrap();
        shims(&folder.path().join("shims"));
        symlink(root().join("examples"), folder.path().join("examples")).unwrap();
        let path = format!("{}/shims:{}", folder.path().display(), env::var("PATH").unwrap());
        let output = Command::new("sh")
            .args(["-euxc", &script])
            .current_dir(folder.path())
            .env("PATH", path)
            .output()
            .unwrap();
        let said = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{}: {}\n{said}", document.display(), output.status);
    }
}
