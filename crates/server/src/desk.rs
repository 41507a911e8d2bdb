//! The desk: what the counter of a town hall opens in its browser.
//!
//! All addresses stand in one table, `routes::ROUTES`, with who may use each; whoever is not among
//! them never reaches a handler. A handler is a file: it reads the form, has `tokenkaart_auth` decide,
//! and answers with a page. Its page is a struct beside it with a template under `templates/desk`, and
//! its words are in [`mod@texts`], in four languages. To add one, write the file and the template, add the
//! words to `texts/all.rs` and each language, and a line to the table; `docs/desk.md` has the same table,
//! and a test tries each of its lines as each role and as nobody.

mod acts;
mod at_desk;
mod by_post;
mod card;
mod clerks;
mod enter;
mod events;
mod file;
mod find;
mod help;
mod home;
mod key;
mod language;
mod lists;
mod notice;
mod person;
mod routes;
mod screen;
mod shell;
mod sign_in;
mod sign_out;
mod texts;
mod upload;

use std::path::PathBuf;

use clap::Args;
use tokenkaart_auth::{session::Lasting, sign_in::Entrance};
use tokenkaart_terminal::{Failure, Outcome};
use tracing::Level;

pub(super) use self::routes::router;
use crate::{
    config::{Config, Desk},
    pages::Style,
    sign_in::{Face, Signals, Site, beside_the_desk, listen, log, runtime, serve},
};

/// The desk's form tokens are made of another cookie than those of the sign-in service, which may have
/// the same host.
const FORM_COOKIE: &str = "__Host-desk-form";
/// How long somebody may be signed in without giving both factors again: a working day.
const LONGEST: jiff::SignedDuration = jiff::SignedDuration::from_hours(10);

#[derive(Args)]
pub(super) struct Options {
    /// The configuration
    #[arg(long, value_name = "FILE", default_value = "server.toml")]
    config: PathBuf,
}

/// `tokenkaart-server desk`
pub(super) fn run(args: &Options) -> Result<Outcome, Failure> {
    log(Level::INFO);
    let config = Config::read(&args.config)?;
    for warning in &config.warnings {
        tracing::warn!("{warning}");
    }
    let Some(desk) = config.desk.clone() else {
        return Err(Failure::new(format!(
            "{}: [desk] is missing, so there is no desk; write it, if only as [desk] alone",
            tokenkaart_token::shell::shown(&args.config)
        )));
    };
    tracing::info!("cards are printed as the design {} has them", desk.design.name);
    let face = face(&config, &desk);
    let site = Site::open(config, face)?;
    runtime()?.block_on(async {
        let signals = Signals::new()?;
        let listener = listen(desk.listen).await?;
        tracing::info!("{} listens on {}", desk.address.as_str(), desk.listen);
        signals
            .run(|stop| {
                let mut parts = vec![serve(listener, router(&site), stop.clone())];
                parts.extend(beside_the_desk(&site, &stop));
                parts
            })
            .await
    })?;
    Ok(Outcome::Done)
}

/// The desk, as a service beside that of citizens.
pub(super) fn face(config: &Config, desk: &Desk) -> Face {
    Face {
        entrance: Entrance::Desk,
        actor: "desk",
        origin: desk.address.clone(),
        form_cookie: FORM_COOKIE,
        paths: routes::paths(),
        style: Style::of_desk(&config.office),
        lasting: Lasting { idle: desk.idle, longest: LONGEST },
    }
}
