//! Where mails go: to a mail server or, in the demo, onto a page.

use std::sync::{Arc, Mutex, PoisonError};

use tokenkaart_auth::outbox::Letter;

use super::Smtp;

/// The most mails of a demo that are kept.
const MOST: usize = 1000;

/// Where mails go.
pub(crate) enum Delivery {
    Smtp(Box<Smtp>),
    Kept(Kept),
}

/// The mails of a demo, the latest last.
#[derive(Clone, Default)]
pub(crate) struct Kept(Arc<Mutex<Vec<KeptMail>>>);

/// A mail of a demo.
#[derive(Clone)]
pub(crate) struct KeptMail {
    pub(crate) to: String,
    pub(crate) subject: String,
    pub(crate) text: String,
    pub(crate) html: String,
}

impl Kept {
    /// All of them.
    pub(crate) fn all(&self) -> Vec<KeptMail> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn push(&self, letter: &Letter) {
        let mut mails = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if mails.len() >= MOST {
            mails.remove(0);
        }
        mails.push(KeptMail {
            to: letter.to.clone(),
            subject: letter.written.subject.clone(),
            text: letter.written.text.to_string(),
            html: letter.written.html.to_string(),
        });
    }
}

impl Delivery {
    /// Sends a mail.
    ///
    /// # Errors
    /// Why it wasn't sent; nothing of the mail or its recipient is in it.
    pub(crate) async fn send(&self, id: &str, letter: &Letter) -> Result<(), String> {
        match self {
            Self::Smtp(smtp) => smtp.send(id, letter).await,
            Self::Kept(kept) => {
                kept.push(letter);
                Ok(())
            }
        }
    }
}
