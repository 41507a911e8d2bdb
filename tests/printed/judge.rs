//! Other people's programs, asked what they think of a file.

use std::{fs, path::Path, process::Command};

/// What a validator says.
#[derive(Debug, Eq, PartialEq)]
pub(crate) enum Verdict {
    Valid,
    Invalid(String),
}

/// Runs a program that must be there and must succeed; gives what it says.
pub(crate) fn run(program: &str, arguments: &[&str]) -> String {
    let output = Command::new(program).args(arguments).output().unwrap_or_else(|error| {
        panic!("{program} can't be run ({error}); scripts/test.sh installs what the tests need")
    });
    let said = [output.stdout, output.stderr].concat();
    let said = String::from_utf8_lossy(&said).into_owned();
    assert!(output.status.success(), "{program} {arguments:?}: {said}");
    said
}

/// Where Debian puts Java's libraries, and those that the validator needs.
const JARS: &str = "/usr/share/java";
const NEEDED: [&str; 8] = [
    "preflight",
    "pdfbox2",
    "xmpbox",
    "fontbox2",
    "commons-logging",
    "commons-io",
    "javax.activation",
    "jaxb-api",
];

/// Asks the validator of Apache's PDF library whether files are PDF/A-1b, all in one start of Java.
pub(crate) fn pdf_a_1b(files: &[Vec<u8>]) -> Vec<Verdict> {
    let jars = NEEDED.map(|name| format!("{JARS}/{name}.jar"));
    for jar in &jars {
        assert!(
            Path::new(jar).exists(),
            "{jar} is missing; scripts/test.sh installs what the tests need"
        );
    }
    let folder = tempfile::tempdir().unwrap();
    let mut paths = Vec::new();
    for (number, file) in files.iter().enumerate() {
        let path = folder.path().join(format!("{number}.pdf"));
        fs::write(&path, file).unwrap();
        paths.push(path.to_str().unwrap().to_owned());
    }
    let list_path = folder.path().join("list");
    fs::write(&list_path, paths.join("\n") + "\n").unwrap();
    let output = Command::new("java")
        .args(["-cp", &jars.join(":"), "org.apache.pdfbox.preflight.Validator_A1b", "batch"])
        .arg(&list_path)
        .output()
        .unwrap_or_else(|error| {
            panic!("java can't be run ({error}); scripts/test.sh installs what the tests need")
        });
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    let verdict = |number: usize| {
        let of_file = said
            .split("The file ")
            .find(|said| said.starts_with(&format!("{number}.pdf ")))
            .unwrap_or_else(|| panic!("the validator says nothing of file {number}: {said}"));
        if of_file.contains(".pdf is a valid PDF/A-1b file") {
            Verdict::Valid
        } else {
            Verdict::Invalid(of_file.to_owned())
        }
    };
    (0..files.len()).map(verdict).collect()
}
