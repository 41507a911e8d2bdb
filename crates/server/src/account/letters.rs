//! The file of activation codes that goes to whoever makes letters.

use std::{io::Write as _, path::Path};

use tokenkaart_auth::{activation::Activation, outbox::Outbox};
use tokenkaart_terminal::Failure;
use tokenkaart_token::{
    csv::{self, inert},
    files::{FileAct, FileError, Writing},
    holder::{Holder, Line},
};

use crate::{
    config::Config,
    mail::{self, ACTIVATION, last_day},
};

/// The columns, of which the first ones are those of a holder file.
const BEFORE: [&str; 8] =
    ["id", "name", "language", "street", "postal_code", "city", "country", "user_name"];
/// Those of the activation.
const OF_ACTIVATION: [&str; 3] = ["activation_code", "activation_address", "activation_until"];

/// What letters with activation codes are made of: a file that is whole or not there, and what writes the
/// mails with the links.
pub(super) struct Letters {
    pub(super) config: Config,
    pub(super) outbox: Outbox,
    path: std::path::PathBuf,
    file: Writing,
}

impl Letters {
    /// Begins the file, before anything is made that would have to be in it.
    pub(super) fn begin(path: &Path, config: &Path) -> Result<Self, Failure> {
        let config = Config::read(config)?;
        let outbox = mail::outbox(&config)?;
        Ok(Self { config, outbox, path: path.to_owned(), file: Writing::begin(path)? })
    }

    /// Writes a line for each holder, and gives the file its name.
    pub(super) fn write<'r>(
        mut self,
        rows: impl Iterator<Item = (&'r Holder, &'r Activation)>,
    ) -> Result<(), Failure> {
        let Self { config, file, path, .. } = &mut self;
        let failed = FileError::at(FileAct::Write, path);
        let address = format!("{}{ACTIVATION}", config.issuer.as_str());
        let header = [&BEFORE[..], &OF_ACTIVATION].concat().join(",") + "\r\n";
        file.write_all(header.as_bytes()).map_err(failed)?;
        for (holder, activation) in rows {
            let until = last_day(activation.until, &config.time_zone).to_string();
            let before = csv::line(cells(holder));
            let behind = csv::line([address.clone(), until]);
            let code = activation.code.on_paper();
            // The code is in no text that is left behind.
            for part in [before.trim_end(), ",", code.as_str(), ",", &behind] {
                file.write_all(part.as_bytes()).map_err(failed)?;
            }
        }
        Ok(self.file.commit()?)
    }
}

fn cells(holder: &Holder) -> [String; 8] {
    let line = |line: &Option<Line>| {
        line.as_ref().map(|line| inert(line.as_str()).into_owned()).unwrap_or_default()
    };
    let Holder { id, name, address, language, user_name, .. } = holder;
    [
        inert(id.as_str()).into_owned(),
        inert(name.as_str()).into_owned(),
        language.map(|language| language.code().to_owned()).unwrap_or_default(),
        line(&address.street),
        line(&address.postal_code),
        line(&address.city),
        line(&address.country),
        line(user_name),
    ]
}
