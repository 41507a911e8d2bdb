//! What to type: the options by which this program does what the libraries' errors advise.
//!
//! The libraries know no option, for a web page shows their errors too.

use std::{error::Error, ffi::OsString, path::Path};

use tokenkaart::{
    check::CheckError,
    layout::LayoutError,
    open::OpenError,
    preview::PreviewError,
    print::PrintError,
    reconcile::ReconcileError,
    run::{
        self, BundleError, Difference, FinishedError, Found, KnownError, PlanError, Refused,
        ReissueError, RunError, WhyRefused,
    },
    seal::{RecipientsError, Whence},
};
use tokenkaart_terminal::Failure;
use tokenkaart_token::{
    hash::{HashError, WeakScheme},
    run_files::{manifest::ManifestError, records::SourceError},
    shell::{quoted, shown},
    sign::SignError,
    token::FormatError,
};

/// What follows an error's text, if there is an option for what it advises.
pub(super) fn options(error: &(dyn Error + 'static)) -> String {
    let mut next = Some(error);
    while let Some(error) = next {
        if let Some(text) = of_itself(error) {
            return text;
        }
        next = inside(error);
    }
    String::new()
}

/// Why a run stopped, and how to resume it if it can be.
pub(super) fn stopped(out: &Path, error: RunError) -> Failure {
    let is_told = matches!(
        error,
        RunError::Unfinished { .. }
            | RunError::Differs { .. }
            | RunError::Damaged { .. }
            | RunError::Resume(_)
    );
    let failure = Failure::from(error);
    if is_told || run::look(out) != Found::Unfinished {
        return failure;
    }
    failure.followed_by(&format!(
        "\n{} is not finished: print none of it; resume it with:\n  {}",
        shown(out),
        command_to_resume()
    ))
}

/// This very command, so that the run is resumed.
fn command_to_resume() -> String {
    let mut words: Vec<OsString> = std::env::args_os().skip(1).collect();
    if !words.iter().any(|word| word == "--resume") {
        // What follows `--` is no option.
        let end = words.iter().position(|word| word == "--").unwrap_or(words.len());
        words.insert(end, "--resume".into());
    }
    let words = words.iter().map(|word| format!(" {}", quoted(word)));
    format!("tokenkaart{}", words.collect::<String>())
}

/// The error that another one does nothing but pass on.
fn inside<'e>(error: &'e (dyn Error + 'static)) -> Option<&'e (dyn Error + 'static)> {
    let inside: &(dyn Error + 'static) = if let Some(error) = error.downcast_ref() {
        match error {
            RunError::Manifest(error) => error,
            RunError::Hash(error) => error,
            RunError::Bundle { source, .. } => source,
            _ => return None,
        }
    } else if let Some(error) = error.downcast_ref() {
        match error {
            BundleError::Layout(error) => error,
            BundleError::Print(error) => error,
            BundleError::Hash(error) => error,
            _ => return None,
        }
    } else if let Some(error) = error.downcast_ref() {
        match error {
            CheckError::Manifest(error) => error,
            CheckError::Hash(error) => error,
            _ => return None,
        }
    } else if let Some(error) = error.downcast_ref() {
        match error {
            PreviewError::Layout(error) => error,
            PreviewError::Print(error) => error,
            _ => return None,
        }
    } else if let Some(PlanError::Layout(error)) = error.downcast_ref() {
        error
    } else if let Some(OpenError::Manifest(error)) = error.downcast_ref() {
        error
    } else if let Some(SourceError::Manifest(error)) = error.downcast_ref() {
        error
    } else if let Some(FinishedError::Manifest(error)) = error.downcast_ref() {
        error
    } else if let Some(KnownError::Run(error)) = error.downcast_ref() {
        error
    } else if let Some(ReissueError::Run(error)) = error.downcast_ref() {
        error
    } else if let Some(ReconcileError::Run(error)) = error.downcast_ref() {
        error
    } else {
        return None;
    };
    Some(inside)
}

/// What is typed for what an error of one type advises; an error of another type comes in here.
fn of_itself(error: &(dyn Error + 'static)) -> Option<String> {
    let text = if let Some(error) = error.downcast_ref() {
        return of_run(error);
    } else if let Some(error) = error.downcast_ref() {
        return of_plan(error);
    } else if let Some(error) = error.downcast_ref() {
        return of_layout(error).map(|options| in_brackets(&options));
    } else if let Some(error) = error.downcast_ref() {
        match error {
            CheckError::PepperNeeded(_) => " with --pepper-file",
            CheckError::OtherPepper { .. } | CheckError::NoPepperNeeded(_) => " (--pepper-file)",
            CheckError::OtherIdentity { .. } | CheckError::NoIdentityNeeded => " (--identity)",
            _ => return None,
        }
    } else if let Some(error) = error.downcast_ref() {
        match error {
            FormatError::NotPrime { .. } | FormatError::TooLongForCheck { .. } => {
                " (--no-check-symbol)"
            }
            _ => return None,
        }
    } else if let Some(WeakScheme(_)) = error.downcast_ref() {
        ", or add --allow-weak-kdf if these cards are for a test only"
    } else if let Some(HashError::Memory { .. }) = error.downcast_ref() {
        " (--kdf)"
    } else if let Some(PrintError::Font { .. }) = error.downcast_ref() {
        " (--fallback-font)"
    } else if let Some(ManifestError::Missing { .. }) = error.downcast_ref() {
        ", with --resume"
    } else if let Some(FinishedError::Changed { .. }) = error.downcast_ref() {
        " (tokenkaart check)"
    } else if let Some(ReconcileError::VoidsNone { .. }) = error.downcast_ref() {
        " (tokenkaart reissue)"
    } else if let Some(OpenError::Exists { .. }) = error.downcast_ref() {
        " (--out)"
    } else if let Some(RecipientsError::Refused { whence: Whence::Argument(_), .. }) =
        error.downcast_ref()
    {
        " (given with --seal-to)"
    } else if let Some(SignError::Passphrase { .. }) = error.downcast_ref() {
        " (leave out --sign-with)"
    } else {
        return None;
    };
    Some(text.to_owned())
}

fn of_run(error: &RunError) -> Option<String> {
    Some(match error {
        RunError::Exists { .. } | RunError::Inside { .. } => " (--out)".to_owned(),
        RunError::Unfinished { .. } => format!(" with:\n  {}", command_to_resume()),
        RunError::Unsigned { .. } => " (--sign-with)".to_owned(),
        RunError::Differs { differences, .. } => {
            match each_once(differences.iter().map(of_difference)) {
                options if options.is_empty() => return None,
                options => in_brackets(&options),
            }
        }
        _ => return None,
    })
}

/// The options that make a difference.
fn of_difference(difference: &Difference) -> String {
    match &*difference.name {
        "input" | "holders" | "program" => "",
        "reading" => "--column, --encoding, --format, --only",
        "design_sha256" => "--design",
        "fallback_font" => "--fallback-font",
        "part" => "--shard",
        "replaces" => "--not-in, --replace, --serials",
        "code_format" => "--code-…",
        "key_id" => "--pepper-file",
        "sealed_to" => "--seal-to, --recipients-file",
        "issued" => "--date",
        "scheme" => "--kdf",
        name => return format!("--{name}"),
    }
    .to_owned()
}

fn of_plan(error: &PlanError) -> Option<String> {
    Some(match error {
        PlanError::Bundle { .. } => " (--bundle)".to_owned(),
        PlanError::Expiry { .. } => " (--expires)".to_owned(),
        PlanError::Earlier { .. } => " (--date)".to_owned(),
        PlanError::EmptyShard { .. } => " (--shard)".to_owned(),
        PlanError::Refused(refusal) => {
            match each_once(refusal.first().iter().filter_map(of_refused)) {
                options if options.is_empty() => return None,
                // Behind a list it would seem to be of the last line alone.
                options if refusal.total() > 1 => format!("\noptions for this: {options}"),
                options => in_brackets(&options),
            }
        }
        _ => return None,
    })
}

fn of_refused(refused: &Refused) -> Option<String> {
    let why = match refused {
        Refused::Holder { why, .. } => why,
        Refused::NotInFile { .. } => return Some("--only".to_owned()),
        _ => return None,
    };
    match why {
        WhyRefused::Layout(error) => of_layout(error),
        WhyRefused::Known => Some("--not-in, --replace".to_owned()),
        WhyRefused::Reissued | WhyRefused::TooManyVoids(_) => Some("--not-in".to_owned()),
        _ => None,
    }
}

fn of_layout(error: &LayoutError) -> Option<String> {
    let options = match error {
        LayoutError::NoGlyph { .. } | LayoutError::TwoFonts { .. } => "--fallback-font",
        LayoutError::NoPlaceForQr => "--url, --design",
        LayoutError::NoAddress { .. } => "--design card",
        LayoutError::NotGiven { placeholder, .. } => return Some(format!("--{placeholder}")),
        LayoutError::NoBack => "--back, --design",
        _ => return None,
    };
    Some(options.to_owned())
}

fn in_brackets(options: &str) -> String {
    format!(" ({options})")
}

fn each_once(options: impl Iterator<Item = String>) -> String {
    let mut all: Vec<String> = Vec::new();
    for options in options.filter(|options| !options.is_empty()) {
        if !all.contains(&options) {
            all.push(options);
        }
    }
    all.join(", ")
}
