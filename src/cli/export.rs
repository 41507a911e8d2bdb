//! `tokenkaart export`: a run's records for stores of others.

use std::path::{Path, PathBuf};

use clap::{Args, ValueEnum};
use serde_json::json;
use tokenkaart::export::{self, BaseDn, ExportEvent, Format, SqlDialect, Target};
use tokenkaart_terminal::{Document, Failure, Outcome, Progress, count, note};
use tokenkaart_token::{
    run_files::records::{self, Source},
    shell::shown,
};

use super::{remedy, report::Report, signal::stop_on_signal, signed_by::SignedBy};

const EXAMPLES: &str = "\
Examples:
  tokenkaart export run --to sql --dialect mariadb --out run.sql
  mariadb auth < run.sql
      Two tables, tokenkaart_tokens and tokenkaart_codes, made where they are not there, and
      all rows in one transaction.
  tokenkaart export run --to csv --out run.csv
      A line a code, with a header.
  tokenkaart export run --to ldif --base ou=tokens,dc=example,dc=be --out run.ldif
      An entry a token, and one a code below it.
  tokenkaart export shard-1 shard-2 --to sql --dialect postgresql --out - | psql auth
      A run in shards: all of them.
  tokenkaart export card-1 card-2 card-3 --to csv --out day.csv
      Several runs of their own, such as the cards of a counter.

Exit codes:
  0  all records are exported
  2  could not run; there is no file, and what came out of standard output is not to be used";

#[derive(Args)]
#[command(after_help = EXAMPLES)]
pub(super) struct Options {
    /// The folder of a finished run, or of several; of a run in shards, all of them
    #[arg(value_name = "RUN", required = true)]
    runs: Vec<PathBuf>,
    /// In whose words
    #[arg(long, value_enum, value_name = "FORMAT")]
    to: ExportFormat,
    /// Whose SQL: postgresql, mariadb or sqlite
    #[arg(long, required_if_eq("to", "sql"))]
    dialect: Option<SqlDialect>,
    /// The entry of the directory under which tokens come
    #[arg(long, value_name = "DN", required_if_eq("to", "ldif"))]
    base: Option<BaseDn>,
    /// The file to make, which is never overwritten; - writes to standard output
    #[arg(long, short, value_name = "FILE")]
    out: PathBuf,
    /// Take one shard of a run without the others
    #[arg(long)]
    shard_alone: bool,
    #[command(flatten)]
    signed_by: SignedBy,
    #[command(flatten)]
    report: Report,
}

/// What other stores read.
#[derive(Clone, Copy, Debug, Eq, PartialEq, ValueEnum)]
enum ExportFormat {
    /// Statements that make two tables and fill them
    Sql,
    /// A line a code
    Csv,
    /// Entries for a directory (LDAP)
    Ldif,
}

pub(super) fn run(args: &Options) -> Result<Outcome, Failure> {
    let format = format(args)?;
    let sources = sources(args)?;
    let stop = stop_on_signal();
    let mut progress = Progress::new(args.report.quiet);
    let mut written = 0;
    let mut on_event = |event| match event {
        ExportEvent::Checked { tokens } => progress.start(tokens, "tokens", 0),
        ExportEvent::TokenWritten => {
            written += 1;
            progress.at(written);
        }
        _ => {}
    };
    let is_stream = args.out == Path::new("-");
    let exported = if is_stream {
        let mut document = Document::begin();
        let target = Target::Stream(&mut document);
        let exported = export::export(&sources, &format, target, &stop, &mut on_event);
        document.abandon();
        exported
    } else {
        export::export(&sources, &format, Target::File(&args.out), &stop, &mut on_event)
    };
    progress.finish();
    let tokens = exported?;
    let words = || {
        let tokens = count(tokens, "token", "tokens");
        format!("{}: {tokens}, 24 hashes each\n", shown(&args.out))
    };
    let runs: Vec<&str> = sources.iter().map(Source::run_id).collect();
    let signed_by: Vec<Option<&str>> = sources.iter().map(Source::signer).collect();
    let json =
        || json!({ "runs": runs, "signed_by": signed_by, "tokens": tokens, "out": args.out });
    // Standard output is the export's, if it goes there.
    if !is_stream {
        args.report.tell(words, json)?;
    } else if args.report.json {
        note(json());
    } else if args.report.in_words() {
        note(words().trim_end());
    }
    Ok(Outcome::Done)
}

fn format(args: &Options) -> Result<Format, Failure> {
    let without = |option: &str, to: &str| {
        Failure::new(format!("{option} goes with --to {to} only; leave it out"))
    };
    if args.dialect.is_some() && args.to != ExportFormat::Sql {
        return Err(without("--dialect", "sql"));
    }
    if args.base.is_some() && args.to != ExportFormat::Ldif {
        return Err(without("--base", "ldif"));
    }
    match (args.to, args.dialect, &args.base) {
        (ExportFormat::Sql, Some(dialect), _) => Ok(Format::Sql(dialect)),
        (ExportFormat::Ldif, _, Some(base)) => Ok(Format::Ldif(base.clone())),
        (ExportFormat::Csv, ..) => Ok(Format::Csv),
        (ExportFormat::Sql, None, _) => Err(Failure::new("--to sql needs --dialect")),
        (ExportFormat::Ldif, _, None) => Err(Failure::new("--to ldif needs --base")),
    }
}

fn sources(args: &Options) -> Result<Vec<Source>, Failure> {
    let demanded = args.signed_by.read()?;
    let sources = Source::all(&args.runs, |run| Source::run(run, demanded.vouching()));
    let sources = sources.map_err(|errors| remedy::several(&errors))?;
    records::fit_together(&sources, args.shard_alone)?;
    Ok(sources)
}
