//! `tokenkaart-server phase-out`: how far applications are with phasing the token out.

use std::{fmt::Write as _, io::Write as _, path::PathBuf};

use clap::{Args, Subcommand, ValueEnum};
use jiff::{Timestamp, ToSpan as _, civil::Date};
use serde_json::json;
use tokenkaart_auth::{
    Lane,
    phase_out::{Phase, PhaseOut, week_of},
    store::{
        Store,
        phase_out::{self, Week},
    },
};
use tokenkaart_terminal::{Document, Failure, Outcome, count, finding};
use tokenkaart_token::{csv, shell::harmless};

use crate::config::{Application, Config};

#[derive(Subcommand)]
pub(super) enum PhaseOutCommand {
    /// Show who still signs in by token, per application and week
    Status(Options),
}

/// How figures are shown.
#[derive(Clone, Copy, Default, Eq, PartialEq, ValueEnum)]
enum Format {
    /// To be read
    #[default]
    Text,
    /// With a header
    Csv,
    /// One array
    Json,
}

const EXAMPLES: &str = "\
Examples:
  tokenkaart-server phase-out status
      How many people came by each key, for each application with a last_day, week by week.
  tokenkaart-server phase-out status --holders tax-on-web > still.csv
  tokenkaart issue holders.csv --only still.csv ...
      A letter for all who came to tax-on-web by token in the last eight weeks.";

#[derive(Args)]
#[command(after_help = EXAMPLES)]
pub(super) struct Options {
    /// The configuration, which has the applications and the store
    #[arg(long, value_name = "FILE", default_value = "server.toml")]
    config: PathBuf,
    /// How to show the figures
    #[arg(long, value_enum, default_value_t, value_name = "FORMAT")]
    format: Format,
    /// List the holders who came to this application by token, and have one still: a column of ids
    #[arg(long, value_name = "APPLICATION", conflicts_with = "format")]
    holders: Option<String>,
    /// Of so many weeks, this one among them
    #[arg(long, value_name = "N", default_value_t = 8, requires = "holders",
          value_parser = clap::value_parser!(u16).range(1..=520))]
    weeks: u16,
}

pub(super) fn run(command: &PhaseOutCommand) -> Result<Outcome, Failure> {
    let PhaseOutCommand::Status(args) = command;
    let config = Config::read(&args.config)?;
    let mut store = Store::open(&config.store)?;
    let today = Timestamp::now().to_zoned(config.time_zone.clone()).date();
    match &args.holders {
        Some(id) => holders(&config, &mut store, id, today, args.weeks),
        None => status(&config, &mut store, today, args.format),
    }
}

/// An application with a last day, and its figures.
struct Progress<'c> {
    application: &'c Application,
    phase_out: &'c PhaseOut,
    phase: Phase,
    weeks: Vec<Week>,
}

impl Progress<'_> {
    /// Where it stands, as a word.
    const fn state(&self) -> &'static str {
        match self.phase {
            Phase::Open => "open",
            Phase::Warned { .. } => "warned",
            Phase::Over { .. } => "over",
        }
    }

    fn in_words(&self, today: Date) -> String {
        let PhaseOut { warn_from, last_day, .. } = self.phase_out;
        let days = today.until(*last_day).map_or(0, |left| left.get_days());
        let left = || count(u64::try_from(days).unwrap_or(0), "day", "days");
        let state = match self.phase {
            Phase::Open => format!("warns from {warn_from}, takes tokens until {last_day}"),
            Phase::Warned { .. } => {
                format!("warns since {warn_from}, takes tokens until {last_day}: {} more", left())
            }
            Phase::Over { .. } => format!("takes no tokens since its last day, {last_day}"),
        };
        let mut text = format!("{}: {state}\n", self.application.id);
        for Week { monday, token, app, mail, .. } in &self.weeks {
            // Writing to a string doesn't fail.
            let _ = writeln!(
                text,
                "  week of {monday}: {token} by token, {app} by app, {mail} by e-mail"
            );
        }
        if self.weeks.is_empty() {
            text += "  nobody came since its last_day was set\n";
        }
        text
    }
}

fn status(
    config: &Config,
    store: &mut Store,
    today: Date,
    format: Format,
) -> Result<Outcome, Failure> {
    let mut transaction = store.read()?;
    let weeks = phase_out::weeks(&mut transaction)?;
    let mut all = Vec::new();
    for application in &config.applications {
        let Some(phase_out) = &application.phase_out else { continue };
        let (id, last_day) = (&application.id, phase_out.last_day);
        let is_closed = phase_out::is_closed(&mut transaction, id, last_day)?;
        all.push(Progress {
            application,
            phase_out,
            phase: phase_out.on(today, is_closed),
            weeks: weeks.iter().filter(|week| week.application == *id).cloned().collect(),
        });
    }
    drop(transaction);
    let mut out = Document::begin();
    match format {
        Format::Text if all.is_empty() => writeln!(out, "no application has a last_day")?,
        Format::Text => {
            for progress in &all {
                out.write_all(progress.in_words(today).as_bytes())?;
            }
        }
        Format::Csv => {
            let columns = ["application", "last_day", "state", "week", "token", "app", "mail"];
            out.write_all(csv::line(columns.map(str::to_owned)).as_bytes())?;
            for progress in &all {
                for week in &progress.weeks {
                    let cells = [
                        csv::inert(&week.application).into_owned(),
                        progress.phase_out.last_day.to_string(),
                        progress.state().to_owned(),
                        week.monday.to_string(),
                        week.token.to_string(),
                        week.app.to_string(),
                        week.mail.to_string(),
                    ];
                    out.write_all(csv::line(cells).as_bytes())?;
                }
            }
        }
        Format::Json => {
            let week = |week: &Week| {
                let Week { monday, token, app, mail, .. } = week;
                json!({ "week": monday, "token": token, "app": app, "mail": mail })
            };
            let all = all.iter().map(|progress| {
                json!({
                    "application": progress.application.id,
                    "warn_from": progress.phase_out.warn_from,
                    "last_day": progress.phase_out.last_day,
                    "state": progress.state(),
                    "weeks": progress.weeks.iter().map(week).collect::<Vec<_>>(),
                })
            });
            writeln!(out, "{}", all.collect::<serde_json::Value>())?;
        }
    }
    out.flush()?;
    Ok(Outcome::Done)
}

fn holders(
    config: &Config,
    store: &mut Store,
    id: &str,
    today: Date,
    weeks: u16,
) -> Result<Outcome, Failure> {
    let application = config.application(id);
    let Some(application) = application.filter(|application| application.phase_out.is_some())
    else {
        finding(format_args!("no application with a last_day has the id {}", harmless(id)))?;
        return Ok(Outcome::Complaints);
    };
    let since = week_of(today).checked_sub((i32::from(weeks) - 1).weeks())?;
    let mut out = Document::begin();
    out.write_all(csv::line(["id".to_owned()]).as_bytes())?;
    // Lane by lane, so that the memory holds few of them.
    for lane in Lane::of_holders() {
        for holder in phase_out::by_token(&mut store.read()?, lane, &application.id, since)? {
            out.write_all(csv::line([csv::inert(&holder).into_owned()]).as_bytes())?;
        }
    }
    out.flush()?;
    Ok(Outcome::Done)
}
