//! How strong a sign-in by each key is.

use tokenkaart_auth::{Key, session};

use super::reader::{Reader, Section};

/// The level of a sign-in by each key.
#[derive(Clone, Debug)]
pub(crate) struct Levels {
    token: Level,
    app: Level,
    mail: Level,
}

/// A level: how strong it is beside others, and what applications call it.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) struct Level {
    /// Higher is stronger.
    pub(crate) rank: u16,
    /// The value of `acr`.
    pub(crate) uri: String,
}

impl Levels {
    /// The level of a key.
    pub(crate) const fn of(&self, key: Key) -> &Level {
        match key {
            Key::Token => &self.token,
            Key::App => &self.app,
            Key::Mail => &self.mail,
        }
    }

    /// The ranks alone.
    pub(crate) const fn ranks(&self) -> session::Levels {
        session::Levels { token: self.token.rank, app: self.app.rank, mail: self.mail.rank }
    }

    /// The level that applications call so.
    pub(crate) fn named(&self, uri: &str) -> Option<&Level> {
        Key::ALL.map(|key| self.of(key)).into_iter().find(|level| level.uri == uri)
    }
}

impl Default for Levels {
    fn default() -> Self {
        let level = |rank, name: &str| Level { rank, uri: format!("urn:tokenkaart:level:{name}") };
        Self { token: level(300, "token"), app: level(400, "app"), mail: level(200, "mail") }
    }
}

pub(super) fn read<'t>(reader: &mut Reader<'t>, top: &mut Section<'_, 't>) -> Levels {
    let mut levels = Levels::default();
    let Some(mut section) = reader.table(top, "levels", "[levels]") else { return levels };
    let mut one = |key: &'static str, name: &'static str, level: &mut Level| {
        let Some(mut inner) = reader.table(&mut section, key, name) else { return };
        let rank = reader.number(&mut inner, "rank", 1..=u32::from(u16::MAX));
        if let Some(rank) = rank.and_then(|rank| u16::try_from(rank).ok()) {
            level.rank = rank;
        }
        if let Some(uri) = reader.text(&mut inner, "uri") {
            if uri.value.is_empty() || uri.value.contains(|c: char| c.is_whitespace()) {
                reader.fault(uri.line, format!("{name} uri must be a URI without spaces"));
            }
            level.uri = uri.value;
        }
        reader.finish(&inner);
    };
    one("token", "[levels.token]", &mut levels.token);
    one("app", "[levels.app]", &mut levels.app);
    one("mail", "[levels.mail]", &mut levels.mail);
    reader.finish(&section);
    levels
}
