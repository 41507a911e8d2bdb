//! What the cards of a run look like and say.

use std::path::PathBuf;

use clap::{Args, ValueEnum};
use jiff::civil::Date;
use tokenkaart::{
    design::Design,
    layout::{self, FallbackFont},
};
use tokenkaart_terminal::Failure;
use tokenkaart_token::{country::Country, holder::Line, language::Language, run_files::Window};

use super::design_file;

/// What the cards look like and say; what is left out is as in the run that is reissued, or as
/// the help says.
#[derive(Args)]
#[command(next_help_heading = "Cards")]
pub(super) struct Cards {
    /// The language of holders who have none of their own: nl, fr, de, en [default: nl, or the
    /// reissued run's]
    #[arg(long, short)]
    pub(super) language: Option<Language>,
    /// The date of request printed on the cards, as 2026-11-22 [default: today, or that of the
    /// cards that are replaced, if that is later]
    #[arg(long, value_parser = date)]
    pub(super) date: Option<Date>,
    /// The first day on which the tokens are no longer valid; for the auth store, and the day before
    /// it is printed on backs and letters
    #[arg(long, value_name = "DATE", value_parser = date)]
    pub(super) expires: Option<Date>,
    /// The sign-in page in the QR code, and as people type it on backs and letters; {serial} stands
    /// for the serial, a code never
    #[arg(long, value_parser = url)]
    pub(super) url: Option<String>,
    /// What the cards look like: card, letter, large, sheet, sheet-10, or a .toml file of your own
    /// [default: card, or the reissued run's, if it is none of your own]
    #[arg(long)]
    pub(super) design: Option<String>,
    /// A TrueType font for names in letters that the program's own fonts lack
    #[arg(long, value_name = "FILE")]
    fallback_font: Option<PathBuf>,
    /// Print the backs too: how to use the card, and what to do when it is lost
    #[arg(long)]
    pub(super) back: bool,
    /// Tag the pages, so that screen readers read each code with its number; one card (--id) and the
    /// design large are always tagged
    #[arg(long)]
    pub(super) tagged: bool,
    /// On which side the envelopes of letters have their window [default: right for an office in
    /// Belgium or France, else left, or the reissued run's]
    #[arg(long, value_enum, value_name = "SIDE")]
    pub(super) window: Option<WindowSide>,
    /// The country of the office, where letters are posted: its code or its name; addresses there
    /// show no country [default: BE, or the reissued run's]
    #[arg(long, value_name = "COUNTRY", value_parser = country)]
    pub(super) country: Option<Country>,
    /// Who issues the cards
    #[arg(long, value_name = "NAME", value_parser = short_text)]
    pub(super) office: Option<String>,
    /// Whom to call when a card is lost
    #[arg(long, value_name = "NUMBER", value_parser = short_text)]
    pub(super) phone: Option<String>,
    /// Where to write to the office, in one line; printed on letters, outside the window
    #[arg(long, value_name = "ADDRESS", value_parser = short_text)]
    pub(super) reply_to: Option<String>,
}

impl Cards {
    /// The design that is asked for, or the one of this name.
    pub(super) fn design(&self, otherwise: &str) -> Result<Design, Failure> {
        design_file::load(self.design.as_deref().unwrap_or(otherwise))
    }

    /// The font for names that the program's own fonts can't set.
    pub(super) fn fallback_font(&self) -> Result<Option<FallbackFont>, Failure> {
        self.fallback_font.as_deref().map(design_file::fallback_font).transpose()
    }
}

/// Where an envelope's window is.
#[derive(Clone, Copy, ValueEnum)]
pub(super) enum WindowSide {
    /// On the left (DIN 5008)
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

/// A country that is known.
fn country(text: &str) -> Result<Country, &'static str> {
    layout::country(text).ok_or("it is no country that is known; give its code, as BE")
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
fn date(text: &str) -> Result<Date, &'static str> {
    text.parse().map_err(|_| "it is not a date; write it as 2026-11-22")
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
    use super::*;

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
