//! `tokenkaart open`: the cards of a sealed run, decrypted for the printer.

use std::path::PathBuf;

use clap::Args;
use serde_json::json;
use tokenkaart::{
    open::{self, Opened},
    seal::Identity,
};
use tokenkaart_terminal::{Failure, Outcome, count};
use tokenkaart_token::shell::shown;

use super::{report::Report, signal::stop_on_signal, signed_by::SignedBy};

const EXAMPLES: &str = "\
Examples:
  tokenkaart open run --identity key --signed-by operator.pub --out /dev/shm/cards
      The print house opens what it got: cards/*.age, manifest.json and manifest.json.sig, and
      mail.csv and reconciliation.pdf, which must be the listed ones where they are there.
  tokenkaart open run --identity key --unsigned --out /dev/shm/cards
      A run that nobody signed: whoever can write into its folder can have made it.

Exit codes:
  0  all cards are in the new folder
  2  could not open all of them; the new folder is not there";

#[derive(Args)]
#[command(after_help = EXAMPLES)]
pub(super) struct Options {
    /// The folder with the manifest and the sealed cards
    #[arg(value_name = "RUN")]
    run: PathBuf,
    /// The secret key that the cards are sealed to: of age, or of SSH without a passphrase
    #[arg(long, value_name = "FILE")]
    identity: PathBuf,
    /// The folder to make for the PDF files, which anybody who gets them can read
    #[arg(long, short, value_name = "FOLDER")]
    out: PathBuf,
    #[command(flatten)]
    signed_by: SignedBy,
    #[command(flatten)]
    report: Report,
}

pub(super) fn run(args: &Options) -> Result<Outcome, Failure> {
    let identity = Identity::read(&args.identity)?;
    let demanded = args.signed_by.read()?;
    let stop = stop_on_signal();
    let opened = open::open(&args.run, &identity, demanded.vouching(), &args.out, &stop)?;
    args.report.tell(|| in_words(args, &opened), || as_json(args, &opened))?;
    Ok(Outcome::Done)
}

fn in_words(args: &Options, opened: &Opened) -> String {
    let serials = match (&opened.first_serial, &opened.last_serial) {
        (Some(first), Some(last)) => format!(", serials {first} to {last}"),
        _ => String::new(),
    };
    let signed = opened.signed_by.as_ref().map_or_else(
        || "who sent it was not checked (--unsigned)".to_owned(),
        |signer| format!("signed by {signer}"),
    );
    format!(
        "{}: {}, {}, {}{serials}; {signed}\n",
        shown(&args.out),
        count(opened.files, "file", "files"),
        count(opened.pages, "page", "pages"),
        count(opened.cards, "card", "cards"),
    )
}

fn as_json(args: &Options, opened: &Opened) -> serde_json::Value {
    json!({
        "run": opened.run,
        "out": args.out.to_string_lossy(),
        "files": opened.files,
        "pages": opened.pages,
        "cards": opened.cards,
        "first_serial": opened.first_serial,
        "last_serial": opened.last_serial,
        "signed_by": opened.signed_by,
    })
}
