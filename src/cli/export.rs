//! `tokenkaart export`: a run's records for stores of others.

use std::{
    io::{self, Write},
    path::Path,
};

use serde_json::json;
use tokenkaart::export::{self, ExportEvent, Format, Target};
use tokenkaart_terminal::{Failure, Outcome, Progress, count};
use tokenkaart_token::run_files::records::{self, Source, SourceError};

use super::{
    args::{Export, Words},
    issue::stop_on_signal,
};

pub(super) fn run(args: &Export) -> Result<Outcome, Failure> {
    let format = format(args)?;
    let sources = sources(args)?;
    let stop = stop_on_signal();
    let mut progress = Progress::new(args.quiet);
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
        let mut stream = io::BufWriter::with_capacity(1 << 16, io::stdout().lock());
        let target = Target::Stream(&mut stream);
        let exported = export::export(&sources, &format, target, &stop, &mut on_event);
        // What stands in the buffer after an error is a part that nobody is to have.
        let (_, _) = stream.into_parts();
        exported
    } else {
        export::export(&sources, &format, Target::File(&args.out), &stop, &mut on_event)
    };
    progress.finish();
    let tokens = exported?;
    // Standard output is the export's, if it goes there.
    let mut told: Box<dyn Write> =
        if is_stream { Box::new(io::stderr()) } else { Box::new(io::stdout()) };
    if args.json {
        let runs: Vec<&str> = sources.iter().map(Source::run_id).collect();
        writeln!(told, "{}", json!({ "runs": runs, "tokens": tokens, "out": args.out }))?;
    } else if !args.quiet {
        let tokens = count(tokens, "token", "tokens");
        writeln!(told, "{}: {tokens}, 24 hashes each", args.out.display())?;
    }
    Ok(Outcome::Done)
}

fn format(args: &Export) -> Result<Format, Failure> {
    let without = |option: &str, to: &str| {
        Failure::new(format!("{option} goes with --to {to} only; leave it out"))
    };
    if args.dialect.is_some() && args.to != Words::Sql {
        return Err(without("--dialect", "sql"));
    }
    if args.base.is_some() && args.to != Words::Ldif {
        return Err(without("--base", "ldif"));
    }
    match (args.to, args.dialect, &args.base) {
        (Words::Sql, Some(dialect), _) => Ok(Format::Sql(dialect)),
        (Words::Ldif, _, Some(base)) => Ok(Format::Ldif(base.clone())),
        (Words::Csv, ..) => Ok(Format::Csv),
        (Words::Sql, None, _) => Err(Failure::new("--to sql needs --dialect")),
        (Words::Ldif, _, None) => Err(Failure::new("--to ldif needs --base")),
    }
}

fn sources(args: &Export) -> Result<Vec<Source>, SourceError> {
    let sources = args.runs.iter().map(|run| Source::run(run)).collect::<Result<Vec<_>, _>>()?;
    records::fit_together(&sources, args.shard_alone)?;
    Ok(sources)
}
