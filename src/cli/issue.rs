//! `tokenkaart issue`: cards and hashed codes, from a holder file or for one holder.

use std::path::PathBuf;

use clap::{Args, ValueEnum};
use serde_json::json;
use tokenkaart::{
    layout::CardOptions,
    read::{self, Fault, Field, Notice},
    run::{IfKnown, IssueOptions, Only, Plan, PlanBuilder},
};
use tokenkaart_terminal::{Failure, Outcome, Progress, count};
use tokenkaart_token::{
    files::Sha256Digest,
    hash::Scheme,
    holder::Line,
    run_files::CARDS,
    shell::shown,
    token::{Alphabet, CheckSymbol, CodeFormat},
};

use super::{run_options::RunOptions, shard::shard, work::carry_out};

const EXAMPLES: &str = "\
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

#[derive(Args)]
#[command(after_help = EXAMPLES)]
pub(super) struct Options {
    /// The holder file: CSV, JSON, JSON Lines, .xlsx or .ods; - reads standard input
    // clap shows backticks as they are, so the help has its text here.
    #[arg(
        value_name = "FILE",
        required_unless_present_any = ["id", "name"],
        conflicts_with_all = ["id", "name"],
        long_help = "The holder file: CSV, JSON, JSON Lines, .xlsx or .ods; - reads standard input\n\n\
            Columns: id and name (or given_name and family_name) are needed; street, \
            postal_code, city, country, language (nl, fr, de, en), email and user_name may be \
            there. Headers are understood in Dutch, French, German and English."
    )]
    file: Option<PathBuf>,
    #[command(flatten)]
    run: RunOptions,

    /// The id of the one holder to make a card for
    #[arg(long, requires = "name", help_heading = "One card, now")]
    id: Option<String>,
    /// The name of the one holder to make a card for
    #[arg(long, requires = "id", help_heading = "One card, now")]
    name: Option<String>,
    /// Street, house number and box of the one holder, for a letter
    #[arg(long, value_name = "STREET", requires = "id", help_heading = "One card, now")]
    street: Option<String>,
    /// The postal code of the one holder
    #[arg(long, value_name = "CODE", requires = "id", help_heading = "One card, now")]
    postal_code: Option<String>,
    /// The city of the one holder
    #[arg(long, value_name = "CITY", requires = "id", help_heading = "One card, now")]
    city: Option<String>,
    /// The country of the one holder, where it is not the office's
    #[arg(long, value_name = "COUNTRY", requires = "id", help_heading = "One card, now")]
    holder_country: Option<String>,
    /// Show the first file of cards in the system's viewer when it is done
    #[arg(long, conflicts_with_all = ["seal_to", "recipients_file"], help_heading = "One card, now")]
    open: bool,

    #[command(flatten)]
    codes: CodeOptions,

    /// Only this machine's part of the holders: 3/8, or kubernetes/8, or slurm/8
    #[arg(
        long,
        value_name = "I/N",
        conflicts_with = "id",
        help_heading = "Run",
        long_help = "Only this machine's part of the holders: 3/8 is the third of eight\n\n\
            Each holder is in one part, by a digest of the id. kubernetes/8 takes the number \
            from JOB_COMPLETION_INDEX (from 0), slurm/8 from SLURM_ARRAY_TASK_ID (from 1). Give \
            all parts the same file, --date, --not-in and options; check them together."
    )]
    shard: Option<String>,
    /// Only holders of this list: a file with a column id, as `tokenkaart-server status --low`
    /// writes it, or an id on each line
    #[arg(long, value_name = "LIST", conflicts_with = "id", help_heading = "Run")]
    only: Option<PathBuf>,
    /// Leave out holders of --not-in, who have a token already, and count them
    #[arg(long, requires = "not_in", conflicts_with_all = ["replace", "id"], help_heading = "Run")]
    skip: bool,
    /// Give holders of --not-in a new token, which voids the old one
    #[arg(long, requires = "not_in", help_heading = "Run")]
    replace: bool,
}

/// What codes look like.
#[derive(Args)]
#[command(next_help_heading = "Codes")]
struct CodeOptions {
    /// The look of the codes
    #[arg(long, value_enum, default_value_t)]
    code_style: CodeStyle,
    /// The symbols of codes; without look-alikes and vowels they are read best
    #[arg(long, value_name = "SYMBOLS")]
    code_alphabet: Option<String>,
    /// Symbols of a code, the check symbol among them
    #[arg(long, value_name = "N")]
    code_length: Option<usize>,
    /// Make every symbol random; a typing slip can then not be told from a guess
    #[arg(long)]
    no_check_symbol: bool,
}

/// The look of codes.
#[derive(Clone, Copy, Default, ValueEnum)]
enum CodeStyle {
    /// Nine symbols in three groups, the last a check symbol; 36 bits
    #[default]
    Grouped,
    /// Six letters, as the original federal token had; 26 bits
    Federal,
}

impl CodeOptions {
    fn format(&self) -> Result<CodeFormat, Failure> {
        let base = match self.code_style {
            CodeStyle::Grouped => CodeFormat::default(),
            CodeStyle::Federal => CodeFormat::federal(),
        };
        let alphabet = match &self.code_alphabet {
            Some(symbols) => Alphabet::new(symbols)?,
            None => base.alphabet().clone(),
        };
        let length = self.code_length.unwrap_or(base.length());
        let check = if self.no_check_symbol { CheckSymbol::None } else { base.check() };
        // A code shorter than a group is shown in one piece.
        let grouping = if base.grouping() < length { base.grouping() } else { 0 };
        Ok(CodeFormat::new(alphabet, length, grouping, check)?)
    }
}

pub(super) fn run(options: &Options) -> Result<Outcome, Failure> {
    let Options { run, .. } = options;
    let mut progress = Progress::new(run.report.quiet);
    let scheme = run.hashes.scheme(Scheme::default())?;
    let code_format = options.codes.format()?;
    let pepper = run.hashes.pepper()?;
    let seal_to = run.hand_over.recipients()?;
    let sign_with = run.hand_over.signing_key()?;
    let design = run.cards.design("card")?;
    let fallback_font = run.cards.fallback_font()?;
    let found = run.admit()?;
    let known = run.known(match (options.replace, options.skip) {
        (true, _) => IfKnown::Replace,
        (_, true) => IfKnown::Skip,
        _ => IfKnown::Refuse,
    })?;
    let replaced = known.as_ref().filter(|_| options.replace);
    let issued = run.date(replaced.and_then(|(known, _)| known.issued()), &progress)?;
    let issue = IssueOptions {
        fallback_font,
        scheme,
        pepper,
        shard: options.shard.as_deref().map(shard).transpose()?,
        known,
        only: options.only.as_deref().map(Only::read).transpose()?,
        seal_to,
        sign_with,
        // Whoever gets a card at the counter may need it read to them, and its file is small.
        tagged: options.id.is_some(),
        ..IssueOptions::new(run.out.clone(), design, CardOptions::new(code_format, issued))
    };
    let builder = PlanBuilder::new(run.over(issue))?;
    let plan = match &options.file {
        Some(file) => run.holder_file.plan(file, builder, &progress)?,
        None => plan_one(options, builder, &progress)?,
    };
    tell_skipped(&plan, &progress);
    let summary = carry_out(&plan, found, run, &mut progress)?;
    if options.open {
        let first = summary.manifest.bundles.first();
        let first = first.map(|bundle| open::that_detached(run.out.join(&bundle.cards.path)));
        if let Some(Err(error)) = first {
            run.report.finding(format_args!(
                "the card is made, but the system's viewer can't be opened ({error}); open {} \
                 yourself",
                shown(&run.out.join(CARDS))
            ))?;
            return Ok(Outcome::Complaints);
        }
    }
    Ok(Outcome::Done)
}

/// Says who was left out, and by what it is known that they have a token.
fn tell_skipped(plan: &Plan, progress: &Progress) {
    for (by, skipped) in plan.skipped() {
        let holders = count(*skipped, "holder", "holders");
        progress.line(&format!("{holders} skipped: a token already, by {}", shown(by)));
    }
}

/// Settles a plan for the one holder, who is held to the rules of a holder file.
fn plan_one(
    options: &Options,
    mut builder: PlanBuilder,
    progress: &Progress,
) -> Result<Plan, Failure> {
    let given = [
        (Field::Id, &options.id),
        (Field::Name, &options.name),
        (Field::Street, &options.street),
        (Field::PostalCode, &options.postal_code),
        (Field::City, &options.city),
        (Field::Country, &options.holder_country),
    ];
    let given: Vec<(Field, &str)> =
        given.iter().filter_map(|(field, text)| Some((*field, text.as_deref()?))).collect();
    let is_empty = |(_, text): &&(Field, &str)| text.trim().is_empty();
    if let Some((field, _)) = given.iter().find(is_empty) {
        return Err(Failure::new(format!(
            "{} is empty; leave it out or fill it in",
            option(field.name())
        )));
    }
    let (holder, notices) = read::single(&given).map_err(|faults| {
        let lines: Vec<String> = faults.iter().map(fault_of_option).collect();
        Failure::new(lines.join("\n"))
    })?;
    for notice in &notices {
        progress.line(match notice {
            Notice::CleanedNames { .. } => {
                "--name has characters that nobody sees, which are left out or made plain spaces"
            }
            _ => "the name or the address has letters that are seldom right; look at the card",
        });
    }
    builder.add(&holder, None);
    let text = |line: &Option<Line>| line.as_ref().map(|line| line.as_str().to_owned());
    let address = &holder.address;
    let input = json!({
        "id": holder.id.as_str(),
        "name": holder.name.as_str(),
        "street": text(&address.street),
        "postal_code": text(&address.postal_code),
        "city": text(&address.city),
        "country": text(&address.country),
    })
    .to_string();
    Ok(builder.finish(None, Sha256Digest::of(input.as_bytes()))?)
}

/// A field as its option is called: `--country` is the office's.
fn option(field: &str) -> String {
    if field == Field::Country.name() {
        return "--holder-country".to_owned();
    }
    format!("--{}", field.replace('_', "-"))
}

/// What is wrong with what was typed: its fault, without what to do about a file.
fn fault_of_option(fault: &Fault) -> String {
    let option = option(fault.column.as_deref().unwrap_or_default());
    let value = fault.value.as_ref().map(|value| format!(" \"{value}\"")).unwrap_or_default();
    let kind = fault.kind.to_string();
    let what = kind.split("; ").next().unwrap_or_default();
    format!("{option}{value}: {what}; type it again")
}
