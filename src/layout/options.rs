//! What the cards of a run show alike.

use jiff::civil::Date;
use tokenkaart_token::{country::Country, run_files::Window, token::CodeFormat};

/// What a run's cards have alike, beside the design.
#[derive(Clone, Debug)]
pub struct CardOptions {
    /// What codes look like.
    pub format: CodeFormat,
    /// The sign-in page in the QR code, `{serial}` standing for the serial; texts show what of it
    /// people type.
    pub url: Option<String>,
    /// The date of request.
    pub date: Date,
    /// The first day on which the tokens are no longer valid, if they end at all; texts show the
    /// day before.
    pub expires: Option<Date>,
    /// Who issues the cards.
    pub office: Option<String>,
    /// Whom to call when a card is lost.
    pub phone: Option<String>,
    /// Where to write to the office.
    pub reply_to: Option<String>,
    /// The country of the office, where letters are posted.
    pub country: Country,
    /// Whether the back is printed too.
    pub back: bool,
    /// On which side the envelopes have their window.
    pub window: Window,
}

impl CardOptions {
    /// Codes of a format and a date of request; nothing else is shown. Letters are posted in Belgium,
    /// in envelopes as are usual there.
    #[must_use]
    pub fn new(format: CodeFormat, date: Date) -> Self {
        Self {
            format,
            url: None,
            date,
            expires: None,
            office: None,
            phone: None,
            reply_to: None,
            country: Country::BELGIUM,
            back: false,
            window: Window::usual_in(Country::BELGIUM),
        }
    }
}
