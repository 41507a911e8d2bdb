//! Other people's programs, asked what they think of a file.

use std::{path::Path, process::Command};

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

/// Asks Apache PDFBox's validator whether files are PDF/A-1b, all in one start of Java.
pub(crate) fn pdf_a_1b(files: &[&Path]) -> Vec<Verdict> {
    let jars = NEEDED.map(|name| format!("{JARS}/{name}.jar"));
    for jar in &jars {
        assert!(
            Path::new(jar).exists(),
            "{jar} is missing; run scripts/test.sh, which installs what the tests need"
        );
    }
    files
        .iter()
        .map(|file| {
            let output = Command::new("java")
                .args(["-Xshare:auto", "-XX:TieredStopAtLevel=1", "-cp", &jars.join(":")])
                .arg("org.apache.pdfbox.preflight.Validator_A1b")
                .arg(file)
                .output()
                .unwrap_or_else(|error| {
                    panic!("java can't be run ({error}); run scripts/test.sh, which installs it")
                });
            let said = [output.stdout, output.stderr].concat();
            let said = String::from_utf8_lossy(&said).into_owned();
            if output.status.success() && said.contains("is a valid PDF/A-1b file") {
                Verdict::Valid
            } else {
                Verdict::Invalid(said)
            }
        })
        .collect()
}
