//! How far a run is: a bar on a terminal, plain lines elsewhere, nothing when asked to be quiet.

use std::{io::IsTerminal, time::Duration};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use super::say::count;

/// The cards that are done, shown on standard error.
pub(super) struct Progress {
    bar: Option<ProgressBar>,
    plain: bool,
    total: u64,
}

impl Progress {
    /// Shows nothing when `quiet`.
    pub(super) fn new(quiet: bool) -> Self {
        let terminal = std::io::stderr().is_terminal();
        let bar = (!quiet && terminal)
            .then(|| ProgressBar::with_draw_target(None, ProgressDrawTarget::stderr_with_hz(10)));
        Self { bar, plain: !quiet && !terminal, total: 0 }
    }

    /// A line above the bar, or just a line.
    pub(super) fn line(&self, text: &str) {
        match &self.bar {
            Some(bar) => bar.suspend(|| eprintln!("{text}")),
            None if self.plain => eprintln!("{text}"),
            None => {}
        }
    }

    /// Begins to count.
    pub(super) fn start(&mut self, total: u64, what: &str) {
        self.total = total;
        if let Some(bar) = &self.bar {
            bar.set_length(total);
            let template = format!(
                "{{bar:30}} {{human_pos}}/{{human_len}} {what}  {{per_sec}}  {{elapsed}}, {{eta}} left"
            );
            if let Ok(style) = ProgressStyle::with_template(&template) {
                bar.set_style(style.progress_chars("=> ").with_key(
                    "per_sec",
                    |state: &indicatif::ProgressState, f: &mut dyn std::fmt::Write| {
                        let _ = write!(f, "{:.1}/s", state.per_sec());
                    },
                ));
            }
            bar.enable_steady_tick(Duration::from_millis(200));
        }
    }

    /// So many are done.
    pub(super) fn at(&self, position: u64) {
        if let Some(bar) = &self.bar {
            bar.set_position(position.min(self.total));
        }
    }

    /// A bundle is on the disk; a bar shows that by itself.
    pub(super) fn done(&self, number: u32, of: u32, cards: u32) {
        if self.plain {
            eprintln!("bundle {number} of {of}: {}", count(u64::from(cards), "card", "cards"));
        }
    }

    /// Takes the bar away.
    pub(super) fn finish(&self) {
        if let Some(bar) = &self.bar {
            bar.finish_and_clear();
        }
    }
}
