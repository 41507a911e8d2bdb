//! The arguments, and what `--help` says of them.

mod export;

use std::{
    num::{NonZeroU32, NonZeroUsize},
    path::PathBuf,
    str::FromStr,
};

use clap::{Args, Parser, Subcommand, ValueEnum};
use jiff::civil::Date;
use tokenkaart::read::{ColumnMapping, Encoding, InputFormat};
use tokenkaart_terminal::Shell;
use tokenkaart_token::{
    hash::Scheme,
    holder::Line,
    language::Language,
    run_files::{Sort, Window},
};

pub(super) use self::export::{Export, Words};
use super::{reconcile::Reconcile, reissue::Reissue};

const EXIT_CODES: &str = "\
Exit codes:
  0  done
  1  done, with something to look at
  2  could not run, or not to its end; there is nothing to print";

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
    /// Decrypt the cards of a sealed run, for the printer
    Open(Open),
    /// Write a run's hashed codes for a store of your own: SQL, CSV or LDIF
    Export(Export),
    /// Hold what an inserting machine read to the letters of a run
    Reconcile(Reconcile),
    /// Make new cards for holders whose letters were spoilt, and void the old ones
    Reissue(Box<Reissue>),
    /// List, show, check and preview designs
    Design {
        #[command(subcommand)]
        command: DesignCommand,
    },
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
  tokenkaart issue holders.csv --out run --seal-to age1... --sign-with operator
      For a print house: cards that it alone can open, and a manifest that is signed.
  zcat extract.jsonl.gz | tokenkaart issue - --format jsonl --out run

Exit codes:
  0  done
  1  done, with something to look at
  2  could not run, or not to its end; there is nothing to print";

// Each is a switch of its own.
#[allow(clippy::struct_excessive_bools)]
#[derive(Args)]
#[command(after_help = ISSUE_EXAMPLES)]
pub(super) struct Issue {
    /// The holder file: CSV, JSON, JSON Lines or .xlsx; - reads standard input
    // clap shows backticks as they are, so the help has its text here.
    #[arg(
        value_name = "FILE",
        required_unless_present_any = ["id", "name"],
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
    /// The date of request printed on the cards, as 2026-11-22 [default: today, or with
    /// --replace the date of the cards replaced, if that is later]
    #[arg(long, value_parser = date, help_heading = "Cards")]
    pub(super) date: Option<Date>,
    /// The first day on which the tokens are no longer valid; for the auth store, not printed
    #[arg(long, value_name = "DATE", value_parser = date, help_heading = "Cards")]
    pub(super) expires: Option<Date>,
    /// The sign-in page in the QR code; {serial} stands for the serial, a code never
    #[arg(long, value_parser = url, help_heading = "Cards")]
    pub(super) url: Option<String>,
    /// What the cards look like: card, letter, sheet, sheet-10, or a .toml file of your own
    #[arg(long, default_value = "card", help_heading = "Cards")]
    pub(super) design: String,
    /// A TrueType font for names in letters that the program's own fonts lack
    #[arg(long, value_name = "FILE", help_heading = "Cards")]
    pub(super) fallback_font: Option<PathBuf>,
    /// Print the backs too: how to use the card, and what to do when it is lost
    #[arg(long, help_heading = "Cards")]
    pub(super) back: bool,
    /// On which side the envelopes of letters have their window
    #[arg(long, value_enum, default_value_t, value_name = "SIDE", help_heading = "Cards")]
    pub(super) window: WindowSide,
    /// Who issues the cards
    #[arg(long, value_name = "NAME", value_parser = short_text, help_heading = "Cards")]
    pub(super) office: Option<String>,
    /// Whom to call when a card is lost
    #[arg(long, value_name = "NUMBER", value_parser = short_text, help_heading = "Cards")]
    pub(super) phone: Option<String>,

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

    /// Encrypt the cards to this recipient of age (age1…) or SSH key ("ssh-ed25519 …"); may be
    /// repeated, and each recipient can open them alone
    #[arg(long, value_name = "RECIPIENT", conflicts_with = "open", help_heading = "Hand-over")]
    pub(super) seal_to: Vec<String>,
    /// Encrypt the cards to the recipients of a file, one on each line
    #[arg(long, value_name = "FILE", conflicts_with = "open", help_heading = "Hand-over")]
    pub(super) recipients_file: Option<PathBuf>,
    /// Sign the manifest with an Ed25519 key of OpenSSH
    #[arg(long, value_name = "KEY", help_heading = "Hand-over")]
    pub(super) sign_with: Option<PathBuf>,

    /// In which order the cards are: input, as the file has them, or postal-code, then street
    #[arg(long, value_name = "ORDER", default_value = "input", help_heading = "Run")]
    pub(super) sort: Sort,
    /// Only this machine's part of the holders: 3/8, or kubernetes/8, or slurm/8
    #[arg(
        long,
        value_name = "I/N",
        conflicts_with = "id",
        help_heading = "Run",
        long_help = "Only this machine's part of the holders: 3/8 is the third of eight\n\n\
            Each holder is in one part, by a digest of the id. kubernetes/8 takes the number \
            from JOB_COMPLETION_INDEX (from 0), slurm/8 from SLURM_ARRAY_TASK_ID (from 1). Give all parts the same file, --date, --not-in and options; check them together."
    )]
    pub(super) shard: Option<String>,
    /// Only holders of this list: a file with a column id, as `status --low` writes it, or an id on
    /// each line
    #[arg(long, value_name = "LIST", conflicts_with = "id", help_heading = "Run")]
    pub(super) only: Option<PathBuf>,
    /// Refuse holders who have a token of this finished run already, or stand in this list: records,
    /// or an id on each line; may be repeated
    #[arg(long, value_name = "RUN", help_heading = "Run")]
    pub(super) not_in: Vec<PathBuf>,
    /// Give holders of --not-in a new token, which voids the old one
    #[arg(long, requires = "not_in", help_heading = "Run")]
    pub(super) replace: bool,
    /// Go on with a run that was stopped or killed; where there is none, begin it
    #[arg(long, help_heading = "Run")]
    pub(super) resume: bool,
    /// Holders per bundle, at most 10000: the unit of work, of memory and of files
    #[arg(long, value_name = "N", value_parser = at_least_one::<NonZeroU32>, default_value = "250", help_heading = "Run")]
    pub(super) bundle: NonZeroU32,
    /// Cores to use [default: all]
    #[arg(long, short, value_name = "N", value_parser = at_least_one::<NonZeroUsize>, help_heading = "Run")]
    pub(super) jobs: Option<NonZeroUsize>,
    /// Say nothing but errors
    #[arg(long, short, help_heading = "Run")]
    pub(super) quiet: bool,
    /// Print the summary as JSON
    #[arg(long, help_heading = "Run")]
    pub(super) json: bool,
}

/// Where an envelope's window is.
#[derive(Clone, Copy, Default, ValueEnum)]
pub(super) enum WindowSide {
    /// On the left (DIN 5008)
    #[default]
    Left,
    /// On the right, as in Belgium
    Right,
}

impl From<WindowSide> for Window {
    fn from(side: WindowSide) -> Self {
        match side {
            WindowSide::Left => Self::Left,
            WindowSide::Right => Self::Right,
        }
    }
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

#[derive(Subcommand)]
pub(super) enum DesignCommand {
    /// List the designs that the program carries
    List,
    /// Print a design's file, to begin one of your own: tokenkaart design show card > my.toml
    Show {
        /// The design's name
        name: String,
    },
    /// Say what is wrong with a design file, with line, column and remedy
    Check {
        /// The design file
        file: PathBuf,
    },
    /// Draw sample cards in four languages, from the very PDF that would be printed
    Preview {
        /// A design's name or file
        design: String,
        /// The picture to make
        #[arg(long, short, value_name = "PNG")]
        out: PathBuf,
        /// A name of your own on the first card
        #[arg(long)]
        name: Option<String>,
        /// A TrueType font for names in letters that the program's own fonts lack
        #[arg(long, value_name = "FILE")]
        fallback_font: Option<PathBuf>,
    },
    /// Print every letter of DIN 91379 in both text fonts, to be looked at
    ContactSheet {
        /// The PDF file to make
        #[arg(long, short, value_name = "PDF")]
        out: PathBuf,
    },
}

const CHECK_EXAMPLES: &str = "\
Examples:
  tokenkaart check run
      Every code of every page against its record, every file against the manifest.
  tokenkaart check run --sample 500
      A large run: all files, and every code of 500 cards drawn at random.
  tokenkaart check shard-1 shard-2 shard-3
      A run in shards: each of them, and that none is missing, double or foreign.
  tokenkaart check run --identity key --signed-by operator.pub
      A sealed run, opened in memory; without --identity its paper is not read.

Exit codes:
  0  all agree
  1  something disagrees; each disagreement is named
  2  could not run";

#[derive(Args)]
#[command(after_help = CHECK_EXAMPLES)]
pub(super) struct Check {
    /// The folder of a finished run; of a run in shards, all of them
    #[arg(value_name = "RUN", required = true)]
    pub(super) runs: Vec<PathBuf>,
    /// Read so many cards, drawn at random, instead of all
    #[arg(long, value_name = "N", value_parser = at_least_one::<NonZeroUsize>)]
    pub(super) sample: Option<NonZeroUsize>,
    /// The verifier's secret key, if the hashes were made with one
    #[arg(long, value_name = "FILE")]
    pub(super) pepper_file: Option<PathBuf>,
    /// The secret key that opens sealed cards: of age, or of SSH without a passphrase
    #[arg(long, value_name = "FILE")]
    pub(super) identity: Option<PathBuf>,
    /// Who must have signed the manifest: a .pub file of SSH, or a file of allowed signers
    #[arg(long, value_name = "FILE")]
    pub(super) signed_by: Option<PathBuf>,
    /// Cores to use [default: all]
    #[arg(long, short, value_name = "N", value_parser = at_least_one::<NonZeroUsize>)]
    pub(super) jobs: Option<NonZeroUsize>,
    /// Say nothing but errors and disagreements
    #[arg(long, short)]
    pub(super) quiet: bool,
    /// Print the report as JSON
    #[arg(long)]
    pub(super) json: bool,
}

const OPEN_EXAMPLES: &str = "\
Examples:
  tokenkaart open run --identity key --signed-by operator.pub --out /dev/shm/cards
      The print house opens what it got: cards/*.age, manifest.json and manifest.json.sig, and
      mail.csv and reconciliation.pdf, which must be the listed ones where they are there.

Exit codes:
  0  all cards are in the new folder
  2  could not open all of them; the new folder is not there";

#[derive(Args)]
#[command(after_help = OPEN_EXAMPLES)]
pub(super) struct Open {
    /// The folder with the manifest and the sealed cards
    #[arg(value_name = "RUN")]
    pub(super) run: PathBuf,
    /// The secret key that the cards are sealed to: of age, or of SSH without a passphrase
    #[arg(long, value_name = "FILE")]
    pub(super) identity: PathBuf,
    /// Who must have signed the manifest: a .pub file of SSH, or a file of allowed signers
    #[arg(long, value_name = "FILE")]
    pub(super) signed_by: Option<PathBuf>,
    /// The folder to make for the PDF files, which anybody who gets them can read
    #[arg(long, short, value_name = "FOLDER")]
    pub(super) out: PathBuf,
    /// Say nothing but errors
    #[arg(long, short)]
    pub(super) quiet: bool,
    /// Print the summary as JSON
    #[arg(long)]
    pub(super) json: bool,
}

/// A text of one line for the paper.
pub(super) fn short_text(text: &str) -> Result<String, String> {
    match Line::new(text) {
        Ok(Some(line)) => Ok(line.as_str().to_owned()),
        Ok(None) => Err("it is empty".to_owned()),
        Err(error) => Err(format!("it {error}")),
    }
}

/// A date, with an example where it is none.
pub(super) fn date(text: &str) -> Result<Date, &'static str> {
    text.parse().map_err(|_| "it is no date; write it as 2026-11-22")
}

/// A count, without the words of a programmer where it is none.
pub(super) fn at_least_one<N: FromStr>(text: &str) -> Result<N, &'static str> {
    text.parse().map_err(|_| "it must be a whole number from 1 up")
}

/// A URL that a phone opens: the sign-in page, over TLS.
pub(super) fn url(text: &str) -> Result<String, String> {
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
