//! The options that every command shares that makes a run.

use std::{num::NonZeroU32, path::PathBuf};

use clap::Args;
use jiff::civil::Date;
use tokenkaart::run::{self, FolderState, IfKnown, IssueOptions, Known};
use tokenkaart_terminal::{Failure, Progress};
use tokenkaart_token::run_files::{JOURNAL, Sort, Window, journal};

use super::{
    cards::Cards,
    hand_over::HandOver,
    hashes::Hashes,
    holder_file::HolderFileOptions,
    remedy,
    report::Report,
    threads::{Threads, at_least_one},
};

/// How a run is made.
#[derive(Args)]
pub(super) struct RunOptions {
    /// The folder to make; a run is never overwritten
    #[arg(long, short, value_name = "FOLDER")]
    pub(super) out: PathBuf,
    #[command(flatten)]
    pub(super) report: Report,
    #[command(flatten)]
    pub(super) holder_file: HolderFileOptions,
    #[command(flatten)]
    pub(super) cards: Cards,
    #[command(flatten)]
    pub(super) hashes: Hashes,
    #[command(flatten)]
    pub(super) hand_over: HandOver,
    /// In which order the cards are: input, as the file has them, or postal-code, then street
    /// [default: input, or the reissued run's]
    #[arg(long, value_name = "ORDER", help_heading = "Run")]
    sort: Option<Sort>,
    /// Refuse holders who have a token of this finished run already, or stand in this list: records,
    /// a table or workbook with a column of ids, or an id on each line; may be repeated
    #[arg(long, value_name = "RUN", help_heading = "Run")]
    not_in: Vec<PathBuf>,
    /// Resume a run that was stopped or killed; where there is none, begin it
    #[arg(long, help_heading = "Run")]
    pub(super) resume: bool,
    /// Holders per bundle, at most 10000: the unit of work, of memory and of files [default: 250,
    /// or the reissued run's]
    #[arg(long, value_name = "N", value_parser = at_least_one::<NonZeroU32>, help_heading = "Run")]
    bundle: Option<NonZeroU32>,
    #[command(flatten, next_help_heading = "Run")]
    pub(super) threads: Threads,
}

impl RunOptions {
    /// What is at the path of the run's folder, if a run can be made or resumed there.
    pub(super) fn admit(&self) -> Result<FolderState, Failure> {
        run::admit(&self.out, self.resume).map_err(|error| remedy::stopped(&self.out, error))
    }

    /// Who has a token already, and what is done then.
    pub(super) fn known(&self, if_known: IfKnown) -> Result<Option<(Known, IfKnown)>, Failure> {
        if self.not_in.is_empty() {
            return Ok(None);
        }
        let mut known = Known::default();
        self.not_in.iter().try_for_each(|path| known.add(path))?;
        Ok(Some((known, if_known)))
    }

    /// The date on the cards: the one that is given, or that of the run that is resumed, or
    /// today's; but not before that of the cards that are replaced.
    pub(super) fn date(
        &self,
        replaced: Option<Date>,
        progress: &Progress,
    ) -> Result<Date, Failure> {
        if let Some(date) = self.cards.date {
            return Ok(date);
        }
        let journal = self.out.join(JOURNAL);
        let begun = if self.resume && journal.exists() { journal::run(&journal)? } else { None };
        if let Some(run) = begun {
            return Ok(run.parameters.issued);
        }
        let today = jiff::Zoned::now().date();
        let Some(replaced) = replaced.filter(|replaced| *replaced > today) else {
            return Ok(today);
        };
        progress.line(&format!(
            "the new cards are dated {replaced}, as those that they replace, and not today"
        ));
        Ok(replaced)
    }

    /// These options with what is given in place of theirs.
    pub(super) fn over(&self, mut options: IssueOptions) -> IssueOptions {
        fn set<T>(value: &mut T, given: Option<T>) {
            if let Some(given) = given {
                *value = given;
            }
        }
        let (given, cards) = (&self.cards, &mut options.cards);
        set(&mut cards.url, given.url.clone().map(Some));
        set(&mut cards.office, given.office.clone().map(Some));
        set(&mut cards.phone, given.phone.clone().map(Some));
        set(&mut cards.reply_to, given.reply_to.clone().map(Some));
        set(&mut cards.expires, given.expires.map(Some));
        set(&mut cards.country, given.country);
        // Envelopes are as usual in the office's country, unless it is said or was said before.
        let usual = given.country.map(Window::usual_in);
        set(&mut cards.window, given.window.map(Into::into).or(usual));
        cards.back |= given.back;
        options.tagged |= given.tagged;
        set(&mut options.language, given.language);
        set(&mut options.sort, self.sort);
        set(&mut options.bundle, self.bundle);
        options
    }
}
