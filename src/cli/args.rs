//! The arguments, and what `--help` says of them.

use std::{
    num::{NonZeroU32, NonZeroUsize},
    path::PathBuf,
};

use clap::{Args, Parser, Subcommand, ValueEnum};
use clap_complete::Shell;
use jiff::civil::Date;
use tokenkaart::{
    hash::Scheme,
    language::Language,
    read::{ColumnMapping, Encoding, InputFormat},
};

const EXIT_CODES: &str = "\
Exit codes:
  0  done
  1  done, with something to look at
  2  could not run, or not to the end; a folder without manifest.json is not for the printer";

/// Prints token cards: a holder's name and 24 numbered secret codes, and the hashed codes that
/// match them.
#[derive(Parser)]
#[command(name = "tokenkaart", version, about, after_help = EXIT_CODES, max_term_width = 100)]
pub(super) struct Cli {
    #[command(subcommand)]
    pub(super) command: Command,
}

#[derive(Subcommand)]
pub(super) enum Command {
    /// Make cards and their hashed codes, from a holder file or for one holder
    Issue(Box<Issue>),
    /// Read a finished run back: every printed code against its hash
    Check(Check),
    /// Print the completions of a shell
    Completions {
        /// The shell
        shell: Shell,
    },
    /// Print the man page, or write those of all subcommands into a folder
    Man {
        /// The folder
        #[arg(long, value_name = "FOLDER")]
        out: Option<PathBuf>,
    },
}

const ISSUE_EXAMPLES: &str = "\
Examples:
  tokenkaart issue holders.csv --out run
      A card for each holder of a file: run/cards/*.pdf is for the printer,
      run/records/*.jsonl for the auth store.
  tokenkaart issue --id 4711 --name \"Jan Peeters\" --language nl --out kaart-4711 --open
      One card at the desk, shown in the system's viewer.
  tokenkaart issue extract.csv --column name=Benaming --encoding windows-1252 --out run
      A file of which a column's header or the encoding is not understood.
  tokenkaart issue holders.xlsx --out run --url 'https://sign-in.example.be/?s={serial}'
      With a QR code of the sign-in page.
  zcat extract.jsonl.gz | tokenkaart issue - --format jsonl --out run

Exit codes:
  0  done
  1  done, with something to look at
  2  could not run, or not to the end; a folder without manifest.json is not for the printer";

// Each is a switch of its own.
#[allow(clippy::struct_excessive_bools)]
#[derive(Args)]
#[command(after_help = ISSUE_EXAMPLES)]
pub(super) struct Issue {
    /// The holder file: CSV, JSON, JSON Lines or .xlsx; - reads standard input
    // clap shows backticks as they are, so the help has its text here.
    #[arg(
        value_name = "FILE",
        required_unless_present = "id",
        conflicts_with_all = ["id", "name"],
        long_help = "The holder file: CSV, JSON, JSON Lines or .xlsx; - reads standard input\n\n\
            Columns: id and name (or given_name and family_name) are needed; street, \
            postal_code, city, country, language (nl, fr, de, en), email and user_name may be \
            there. Headers are understood in Dutch, French, German and English."
    )]
    pub(super) file: Option<PathBuf>,

    /// The folder to make; a run is never overwritten
    #[arg(long, short, value_name = "FOLDER")]
    pub(super) out: PathBuf,

    /// The id of the one holder to make a card for
    #[arg(long, requires = "name", help_heading = "One card, now")]
    pub(super) id: Option<String>,
    /// The name of the one holder to make a card for
    #[arg(long, requires = "id", help_heading = "One card, now")]
    pub(super) name: Option<String>,
    /// Show the first file of cards in the system's viewer when it is done
    #[arg(long, help_heading = "One card, now")]
    pub(super) open: bool,

    /// The format, where the file's name doesn't tell it: csv, json, jsonl, xlsx
    #[arg(long, value_name = "FORMAT", help_heading = "Holder file")]
    pub(super) format: Option<InputFormat>,
    /// The encoding of a text file, where it is guessed wrongly: utf-8, windows-1252
    #[arg(long, value_name = "ENCODING", help_heading = "Holder file")]
    pub(super) encoding: Option<Encoding>,
    /// A column whose header is not understood, for example name=Achternaam; may be repeated
    #[arg(long = "column", value_name = "FIELD=HEADER", help_heading = "Holder file")]
    pub(super) columns: Vec<ColumnMapping>,

    /// The language of holders who have none of their own: nl, fr, de, en
    #[arg(long, short, default_value = "nl", help_heading = "Cards")]
    pub(super) language: Language,
    /// The date of request printed on the cards, as 2026-11-22 [default: today]
    #[arg(long, help_heading = "Cards")]
    pub(super) date: Option<Date>,
    /// The sign-in page in the QR code; {serial} stands for the serial, a code never
    #[arg(long, value_parser = url, help_heading = "Cards")]
    pub(super) url: Option<String>,
    /// What the cards look like
    #[arg(long, default_value = "card", help_heading = "Cards")]
    pub(super) design: String,

    /// The look of the codes
    #[arg(long, value_enum, default_value_t, help_heading = "Codes")]
    pub(super) code_style: CodeStyle,
    /// The symbols of codes; without look-alikes and vowels they are read best
    #[arg(long, value_name = "SYMBOLS", help_heading = "Codes")]
    pub(super) code_alphabet: Option<String>,
    /// Symbols of a code, the check symbol among them
    #[arg(long, value_name = "N", help_heading = "Codes")]
    pub(super) code_length: Option<usize>,
    /// Make every symbol random; a typing slip can then not be told from a guess
    #[arg(long, help_heading = "Codes")]
    pub(super) no_check_symbol: bool,

    /// How codes are hashed: argon2id:m=KiB,t=passes,p=lanes or pbkdf2-sha256:i=iterations
    #[arg(long, value_name = "SCHEME", default_value_t, help_heading = "Hashes")]
    pub(super) kdf: Scheme,
    /// Allow hashing below OWASP's minimum, for tests
    #[arg(long, help_heading = "Hashes")]
    pub(super) allow_weak_kdf: bool,
    /// The verifier's secret key: 32 bytes or more in a file that only you may read
    #[arg(long, value_name = "FILE", help_heading = "Hashes")]
    pub(super) pepper_file: Option<PathBuf>,

    /// Holders per bundle: the unit of work, of memory and of files
    #[arg(long, value_name = "N", default_value = "250", help_heading = "Run")]
    pub(super) bundle: NonZeroU32,
    /// Cores to use [default: all]
    #[arg(long, short, value_name = "N", help_heading = "Run")]
    pub(super) jobs: Option<NonZeroUsize>,
    /// Say nothing but errors
    #[arg(long, short, help_heading = "Run")]
    pub(super) quiet: bool,
    /// Print the summary as JSON
    #[arg(long, help_heading = "Run")]
    pub(super) json: bool,
}

/// The look of codes.
#[derive(Clone, Copy, Default, ValueEnum)]
pub(super) enum CodeStyle {
    /// Nine symbols in three groups, the last a check symbol; 36 bits
    #[default]
    Grouped,
    /// Six letters, as the original federal token had; 26 bits
    Federal,
}

const CHECK_EXAMPLES: &str = "\
Examples:
  tokenkaart check run
      Every code of every page against its record, every file against the manifest.
  tokenkaart check run --sample 500
      A large run: all files, and every code of 500 cards drawn at random.

Exit codes:
  0  all agree
  1  something disagrees; each disagreement is named
  2  could not run";

#[derive(Args)]
#[command(after_help = CHECK_EXAMPLES)]
pub(super) struct Check {
    /// The folder of a finished run
    #[arg(value_name = "RUN")]
    pub(super) run: PathBuf,
    /// Read so many cards, drawn at random, instead of all
    #[arg(long, value_name = "N")]
    pub(super) sample: Option<NonZeroUsize>,
    /// The verifier's secret key, if the hashes were made with one
    #[arg(long, value_name = "FILE")]
    pub(super) pepper_file: Option<PathBuf>,
    /// Cores to use [default: all]
    #[arg(long, short, value_name = "N")]
    pub(super) jobs: Option<NonZeroUsize>,
    /// Say nothing but errors and disagreements
    #[arg(long, short)]
    pub(super) quiet: bool,
    /// Print the report as JSON
    #[arg(long)]
    pub(super) json: bool,
}

/// A URL that a phone opens: the sign-in page, over TLS.
fn url(text: &str) -> Result<String, String> {
    let host = text.strip_prefix("https://").ok_or("it must begin with https://")?;
    if host.is_empty() || host.starts_with('/') {
        return Err("it has no host name".to_owned());
    }
    if let Some(bad) = text.chars().find(|c| !c.is_ascii_graphic() || matches!(c, '"' | '<' | '>'))
    {
        return Err(format!("it has {bad:?}, which must be percent-encoded"));
    }
    let rest = text.replace("{serial}", "");
    if rest.contains(['{', '}']) {
        return Err("only {serial} can be filled in, and a code never".to_owned());
    }
    Ok(text.to_owned())
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::*;

    #[test]
    fn the_arguments_contradict_nothing() {
        Cli::command().debug_assert();
    }

    #[test]
    fn a_url_is_one_that_a_phone_opens() {
        assert!(url("https://sign-in.example.be/?s={serial}").is_ok());
        for bad in [
            "http://example.be",
            "example.be",
            "https://",
            "https:///x",
            "https://a b",
            "https://example.be/{code}",
            "https://example.be/é",
            "javascript:alert(1)",
        ] {
            assert!(url(bad).is_err(), "{bad}");
        }
    }
}
