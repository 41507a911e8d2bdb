//! How far a run is: a bar on a terminal, plain lines elsewhere, nothing when asked to be quiet.

use std::{fmt, io::IsTerminal, time::Duration};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressState, ProgressStyle};

use crate::{
    output::note,
    say::{count, duration, grouped},
};

/// The cards that are done, shown on standard error.
pub struct Progress {
    bar: Option<ProgressBar>,
    plain: bool,
    total: u64,
}

impl Progress {
    /// Shows nothing when `quiet`.
    #[must_use]
    pub fn new(quiet: bool) -> Self {
        let terminal = std::io::stderr().is_terminal();
        let bar = (!quiet && terminal)
            .then(|| ProgressBar::with_draw_target(None, ProgressDrawTarget::stderr_with_hz(10)));
        Self { bar, plain: !quiet && !terminal, total: 0 }
    }

    /// A line above the bar, or just a line.
    pub fn line(&self, text: &str) {
        match &self.bar {
            Some(bar) => bar.suspend(|| note(text)),
            None if self.plain => note(text),
            None => {}
        }
    }

    /// Begins to count, with some done already.
    pub fn start(&mut self, total: u64, what: &'static str, done: u64) {
        self.total = total;
        if let Some(bar) = &self.bar {
            bar.set_length(total);
            // What an earlier process did says nothing of how fast this one is.
            bar.set_position(done);
            bar.reset_eta();
            let told = move |state: &ProgressState, text: &mut dyn fmt::Write| {
                // A bar that can't be drawn is no reason to stop.
                let _ = text.write_str(&how_far(state, total, what));
            };
            if let Ok(style) = ProgressStyle::with_template("[{bar:24}] {how_far}") {
                bar.set_style(style.progress_chars("=> ").with_key("how_far", told));
            }
            bar.tick();
            bar.enable_steady_tick(Duration::from_millis(200));
        }
    }

    /// So many are done.
    pub fn at(&self, position: u64) {
        if let Some(bar) = &self.bar {
            bar.set_position(position.min(self.total));
        }
    }

    /// A bundle is on the disk; a bar shows that by itself.
    pub fn done(&self, number: u32, of: u32, cards: u32) {
        if self.plain {
            let cards = count(u64::from(cards), "card", "cards");
            note(format_args!("bundle {number} of {of}: {cards}"));
        }
    }

    /// Takes the bar away.
    pub fn finish(&self) {
        if let Some(bar) = &self.bar {
            bar.finish_and_clear();
        }
    }
}

/// `87 of 230 cards in 17 s, 5.4/s, 27 s left`; what is still unknown is left out.
fn how_far(state: &ProgressState, total: u64, what: &str) -> String {
    let (done, total) = (grouped(state.pos()), grouped(total));
    let elapsed = duration(state.elapsed().as_secs_f64());
    let so_far = format!("{done} of {total} {what} in {elapsed}");
    if state.pos() == 0 {
        return so_far;
    }
    let left = duration(state.eta().as_secs_f64());
    format!("{so_far}, {:.1}/s, {left} left", state.per_sec())
}
