//! What to type: the options by which this program does what the libraries' errors advise.
//!
//! The libraries know no option, for a web page shows their errors too.

mod holder_file;
mod joined;

use std::{error::Error, ffi::OsString, path::Path};

use tokenkaart::{
    check::CheckError,
    layout::LayoutError,
    open::OpenError,
    preview::PreviewError,
    print::PrintError,
    reconcile::ReconcileError,
    run::{
        self, BundleError, Difference, FinishedError, FolderState, KnownError, PlanError, Refused,
        ReissueError, RunError, WhyRefused,
    },
    seal::{NamedIn, RecipientFault, RecipientsError},
};
use tokenkaart_terminal::Failure;
use tokenkaart_token::{
    hash::{HashError, WeakScheme},
    run_files::{manifest::ManifestError, records::SourceError},
    shell::{quoted, shown},
    sign::SignError,
    token::FormatError,
};

pub(super) use self::holder_file::of_notice;
use self::{
    holder_file::of_read,
    joined::{each_once, in_brackets},
};

const NOT_VERIFIED: &str = " (--signed-by KEY verifies it, --unsigned takes it without)";

/// What follows an error's text, if there is an option for what it advises.
pub(super) fn options(error: &(dyn Error + 'static)) -> String {
    fn known<E: Error + 'static, S: Into<String>>(
        error: &(dyn Error + 'static),
        of: fn(&E) -> S,
    ) -> Option<String> {
        error.downcast_ref().map(of).map(Into::into)
    }
    known(error, of_run)
        .or_else(|| known(error, of_plan))
        .or_else(|| known(error, of_read))
        .or_else(|| known(error, of_check))
        .or_else(|| known(error, of_open))
        .or_else(|| known(error, of_preview))
        .or_else(|| known(error, of_source))
        .or_else(|| known(error, of_known))
        .or_else(|| known(error, of_reissue))
        .or_else(|| known(error, of_reconcile))
        .or_else(|| known(error, of_finished))
        .or_else(|| known(error, of_recipients))
        .or_else(|| known(error, of_print))
        .or_else(|| known(error, of_hash))
        .or_else(|| known(error, of_weak))
        .or_else(|| known(error, of_format))
        .or_else(|| known(error, of_sign))
        .unwrap_or_default()
}

/// What is wrong with several runs, a line each.
pub(super) fn several<E: Error + 'static>(errors: &[E]) -> Failure {
    let lines = errors.iter().map(|error| format!("{error}{}", options(error)));
    Failure::new(lines.collect::<Vec<_>>().join("\n"))
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
    if is_told || run::look(out) != FolderState::Unfinished {
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

fn of_run(error: &RunError) -> String {
    let text = match error {
        RunError::Exists { .. } | RunError::Inside { .. } => " (--out)",
        RunError::Unfinished { .. } => return format!(" with:\n  {}", command_to_resume()),
        RunError::Unsigned { .. } => " (--sign-with)",
        RunError::Differs { differences, .. } => {
            return in_brackets(&each_once(differences.iter().map(of_difference)));
        }
        RunError::Manifest(error) => of_manifest(error),
        RunError::Hash(error) | RunError::Bundle { source: BundleError::Hash(error), .. } => {
            of_hash(error)
        }
        RunError::Bundle { source: BundleError::Layout(error), .. } => {
            return in_brackets(of_layout(error));
        }
        RunError::Bundle { source: BundleError::Print(error), .. } => of_print(error),
        _ => "",
    };
    text.to_owned()
}

/// The options that make a difference.
fn of_difference(difference: &Difference) -> String {
    match &*difference.name {
        "input" | "holders" | "program" => "",
        "reading" => {
            "--column, --encoding, --format, --hidden-rows, --header-row, --ignore-column, --only, \
             --sheet"
        }
        "design_sha256" => "--design",
        "fallback_font" => "--fallback-font",
        "part" => "--shard",
        "replaces" => "--not-in, --replace, --serials",
        "code_format" => "--code-…",
        "key_id" => "--pepper-file",
        "sealed_to" => "--seal-to, --recipients-file",
        "issued" => "--date",
        "reply_to" => "--reply-to",
        "scheme" => "--kdf",
        name => return format!("--{name}"),
    }
    .to_owned()
}

fn of_plan(error: &PlanError) -> String {
    let text = match error {
        PlanError::Bundle { .. } => " (--bundle)",
        PlanError::Expiry { .. } => " (--expires)",
        PlanError::Earlier { .. } => " (--date)",
        PlanError::EmptyShard { .. } => " (--shard)",
        PlanError::Layout(error) => return in_brackets(of_layout(error)),
        PlanError::Refused(refusal) => {
            let options = each_once(refusal.first().iter().map(of_refused));
            if refusal.total() == 1 || options.is_empty() {
                return in_brackets(&options);
            }
            // Behind a list it would seem to be of the last line alone.
            return format!("\noptions for this: {options}");
        }
        _ => "",
    };
    text.to_owned()
}

fn of_refused(refused: &Refused) -> String {
    let text = match refused {
        Refused::NotInFile { .. } => "--only",
        Refused::Holder { why: WhyRefused::Layout(error), .. } => of_layout(error),
        Refused::Holder { why: WhyRefused::Known { .. }, .. } => "--not-in, --skip, --replace",
        Refused::Holder { why: WhyRefused::Reissued | WhyRefused::TooManyVoids(_), .. } => {
            "--not-in"
        }
        _ => "",
    };
    text.to_owned()
}

fn of_layout(error: &LayoutError) -> &'static str {
    match error {
        LayoutError::NoGlyph { .. } | LayoutError::TwoFonts { .. } => "--fallback-font",
        LayoutError::NoPlaceForQr => "--url, --design",
        LayoutError::NoAddress { .. } => "--design card",
        LayoutError::NotGiven { placeholder, .. } => match placeholder.as_str() {
            "office" => "--office",
            "phone" => "--phone",
            "url" => "--url",
            "expires" => "--expires",
            "reply_to" => "--reply-to",
            _ => "",
        },
        LayoutError::NoBack => "--back, --design",
        _ => "",
    }
}

fn of_check(error: &CheckError) -> &'static str {
    match error {
        CheckError::PepperNeeded(_) => " with --pepper-file",
        CheckError::OtherPepper { .. } | CheckError::NoPepperNeeded(_) => " (--pepper-file)",
        CheckError::OtherIdentity { .. } | CheckError::NoIdentityNeeded => " (--identity)",
        CheckError::DesignNeeded(_) => " with --design",
        CheckError::Manifest(error) => of_manifest(error),
        CheckError::Hash(error) => of_hash(error),
        _ => "",
    }
}

fn of_open(error: &OpenError) -> &'static str {
    match error {
        OpenError::Exists { .. } => " (--out)",
        OpenError::NotVerified { .. } => NOT_VERIFIED,
        OpenError::Manifest(error) => of_manifest(error),
        _ => "",
    }
}

fn of_preview(error: &PreviewError) -> String {
    match error {
        PreviewError::Layout(error) => in_brackets(of_layout(error)),
        PreviewError::Print(error) => of_print(error).to_owned(),
        _ => String::new(),
    }
}

fn of_source(error: &SourceError) -> &'static str {
    match error {
        SourceError::ShardAlone { .. } => ", or say --shard-alone",
        SourceError::Manifest(error) => of_manifest(error),
        _ => "",
    }
}

fn of_known(error: &KnownError) -> &'static str {
    if let KnownError::Run(error) = error { of_finished(error) } else { "" }
}

fn of_reissue(error: &ReissueError) -> &'static str {
    if let ReissueError::Run(error) = error { of_finished(error) } else { "" }
}

fn of_reconcile(error: &ReconcileError) -> &'static str {
    match error {
        ReconcileError::VoidsNone { .. } => " (tokenkaart reissue)",
        ReconcileError::Run(error) => of_finished(error),
        _ => "",
    }
}

fn of_finished(error: &FinishedError) -> &'static str {
    match error {
        FinishedError::Changed { .. } => " (tokenkaart check)",
        FinishedError::Manifest(error) => of_manifest(error),
        _ => "",
    }
}

fn of_manifest(error: &ManifestError) -> &'static str {
    match error {
        ManifestError::Missing { .. } => ", with --resume",
        ManifestError::NotVerified { .. } => NOT_VERIFIED,
        _ => "",
    }
}

fn of_recipients(error: &RecipientsError) -> &'static str {
    match error {
        RecipientsError::Refused {
            named_in: NamedIn::Argument(_),
            fault: RecipientFault::Unknown,
        } => " (given with --seal-to; a file of recipients is given with --recipients-file)",
        RecipientsError::Refused { named_in: NamedIn::Argument(_), .. } => {
            " (given with --seal-to)"
        }
        _ => "",
    }
}

fn of_print(error: &PrintError) -> &'static str {
    if let PrintError::Font { .. } = error { " (--fallback-font)" } else { "" }
}

fn of_hash(error: &HashError) -> &'static str {
    if let HashError::Memory { .. } = error { " (--kdf)" } else { "" }
}

fn of_weak(_: &WeakScheme) -> &'static str {
    ", or add --allow-weak-kdf if these cards are for a test only"
}

fn of_format(error: &FormatError) -> &'static str {
    match error {
        FormatError::NotPrime { .. } | FormatError::TooLongForCheck { .. } => {
            " (--no-check-symbol)"
        }
        _ => "",
    }
}

fn of_sign(error: &SignError) -> &'static str {
    if let SignError::Passphrase { .. } = error { " (leave out --sign-with)" } else { "" }
}
