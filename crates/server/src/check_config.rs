//! `tokenkaart-server check-config`: whether a `server.toml` is whole, before a service is started
//! with it.

use std::path::PathBuf;

use clap::Args;
use tokenkaart_terminal::{Failure, Outcome, count, finding, pepper, result};
use tokenkaart_token::shell::{harmless, shown};

use crate::{
    config::{ClientAuth, Config, ConfigError},
    forms::FormSecret,
    keys,
    mail::Smtp,
    openid::{ClientKeys, KeyRing},
};

#[derive(Args)]
pub(super) struct Options {
    /// The configuration
    #[arg(long, value_name = "FILE", default_value = "server.toml")]
    config: PathBuf,
}

pub(super) fn run(args: &Options) -> Result<Outcome, Failure> {
    let config = match Config::read(&args.config) {
        Ok(config) => config,
        Err(error @ ConfigError::Faulty { .. }) => {
            finding(error)?;
            return Ok(Outcome::Complaints);
        }
        Err(error) => return Err(error.into()),
    };
    for warning in &config.warnings {
        finding(format_args!("{}: {}", shown(&args.config), harmless(warning)))?;
    }
    let faults = files(&config);
    for fault in &faults {
        finding(fault)?;
    }
    if !faults.is_empty() {
        return Ok(Outcome::Complaints);
    }
    let applications = count(config.applications.len() as u64, "application", "applications");
    result(&format!("{}: nothing is wrong with it ({applications})\n", shown(&args.config)))?;
    Ok(Outcome::Done)
}

/// What is wrong with the files that a configuration names.
fn files(config: &Config) -> Vec<Failure> {
    let mut faults: Vec<Failure> = Vec::new();
    match KeyRing::read(&config.signing_keys) {
        Ok(keys) => {
            let wanted = config.applications.iter().filter_map(|application| {
                let algorithm = application.id_token_alg.as_deref()?;
                Some((application, algorithm)).filter(|_| !keys.algorithms().contains(&algorithm))
            });
            faults.extend(wanted.map(|(application, algorithm)| {
                Failure::new(format!(
                    "none of signing_keys signs by {algorithm}, which \"{}\" wants; add such a key",
                    application.id
                ))
            }));
        }
        Err(error) => faults.push(error.into()),
    }
    faults.extend(FormSecret::read(&config.secret_file).err());
    faults.extend(config.seal_keys.as_deref().and_then(|path| keys::read(path).err()));
    faults.extend(config.mail.as_ref().and_then(|mail| Smtp::open(mail).err()));
    faults.extend(config.pepper_files.iter().filter_map(|path| pepper(path).err()));
    for application in &config.applications {
        if let ClientAuth::Keys(path) = &application.auth {
            faults.extend(ClientKeys::read(path).err().map(Failure::from));
        }
    }
    faults
}
