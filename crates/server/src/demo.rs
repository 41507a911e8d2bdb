//! `tokenkaart-server demo`: the whole of it on this machine, to be tried in a browser.

mod addresses;
mod application;
mod citizen;
mod clerk;
mod mails;
mod relying_party;
mod set_up;

use std::io;

use clap::Args;
use serde_json::json;
use tokenkaart_terminal::{Failure, Outcome, result};
use tokenkaart_token::shell::shown;
use tokio::net::TcpListener;
use tracing::Level;

use self::{
    addresses::{Addresses, CLIENT},
    set_up::Demo,
};
use crate::{
    desk,
    sign_in::{Signals, beside, log, metrics_router, router, runtime, serve},
};

/// The first of the ports that are tried when none is said.
const PORT: u16 = 8080;
/// The parts: sign-in, application, mails, metrics, desk.
const PARTS: u16 = 5;

#[derive(Args)]
pub(super) struct Options {
    /// The first of the five ports that are listened on, all on this machine alone [default: 8080,
    /// or ports that are free]
    #[arg(long, value_parser = clap::value_parser!(u16).range(1..=i64::from(u16::MAX - PARTS)))]
    port: Option<u16>,
    /// Print one line of JSON when it is ready
    #[arg(long)]
    json: bool,
}

pub(super) fn run(args: &Options) -> Result<Outcome, Failure> {
    // What goes wrong is worth a line; what goes right can be seen in the browser.
    log(Level::WARN);
    runtime()?.block_on(async {
        // From here on a signal waits until all can be cleaned up.
        let signals = Signals::new()?;
        let listeners = listen(args.port).await?;
        let mut ports = Vec::new();
        for listener in &listeners {
            ports.push(listener.local_addr()?.port());
        }
        let addresses = Addresses::new(&ports);
        let demo = tokio::task::spawn_blocking(move || Demo::set_up(addresses)).await??;
        tell(&demo, args.json)?;
        let routers = [
            router(&demo.site),
            application::router(&demo),
            mails::router(&demo.mails),
            metrics_router(&demo.site),
            desk::router(&demo.desk),
        ];
        signals
            .run(|stop| {
                let parts = listeners.into_iter().zip(routers);
                let parts = parts.map(|(listener, router)| serve(listener, router, stop.clone()));
                parts.chain(beside(&demo.site, &stop)).collect()
            })
            .await?;
        if !args.json {
            result("The demo has ended, and its folder is gone.\n")?;
        }
        Ok::<_, Failure>(())
    })?;
    Ok(Outcome::Done)
}

/// Listens on five ports of this machine: those that are said, or the usual ones, or any.
async fn listen(port: Option<u16>) -> Result<Vec<TcpListener>, Failure> {
    let from = |first: u16| async move {
        let mut listeners = Vec::new();
        for port in first..first + PARTS {
            listeners
                .push(TcpListener::bind(("127.0.0.1", port)).await.map_err(|error| (port, error))?);
        }
        Ok(listeners)
    };
    if let Some(first) = port {
        return from(first).await.map_err(|(port, error): (u16, io::Error)| {
            let last = first + PARTS - 1;
            Failure::new(format!(
                "port {port} can't be listened on: {error}; ports {first} to {last} are needed, so \
                 give another --port"
            ))
        });
    }
    if let Ok(listeners) = from(PORT).await {
        return Ok(listeners);
    }
    let mut listeners = Vec::new();
    for _ in 0..PARTS {
        listeners.push(TcpListener::bind(("127.0.0.1", 0)).await?);
    }
    Ok(listeners)
}

/// Says where all is and what to do.
fn tell(demo: &Demo, as_json: bool) -> Result<(), Failure> {
    let Addresses { issuer, application, mails, metrics, desk, redirect_uri } = &demo.addresses;
    let (citizen, app_citizen, clerk) = (&demo.citizen, &demo.app_citizen, &demo.clerk);
    if as_json {
        let with_card = json!({
            "user_name": citizen.user_name,
            "password": citizen.password.as_str(),
            "email": citizen.email,
            "card": citizen.card,
        });
        let with_app = json!({
            "user_name": app_citizen.user_name,
            "password": app_citizen.password.as_str(),
            "email": app_citizen.email,
            "secret": app_citizen.secret.as_str(),
        });
        let line = json!({
            "issuer": issuer,
            "sign_in": format!("{issuer}/"),
            "application": application,
            "mails": mails,
            "metrics": metrics,
            "desk": format!("{desk}/"),
            "clerk": {
                "name": clerk.user_name,
                "password": clerk.password.as_str(),
                "secret": clerk.secret.as_str(),
            },
            "client": {
                "id": CLIENT,
                "secret": demo.client_secret.as_str(),
                "redirect_uri": redirect_uri,
            },
            "citizen": with_card,
            "citizens": [with_card, with_app],
        });
        return result(&format!("{line}\n"));
    }
    result(&format!(
        "\
The demo is ready; it listens on this machine alone.

  The application   {application}
  Your own page     {issuer}/
  The mails         {mails}

  User name         {}
  Password          {}
  Card              {}

  With an app       {}
  Password          {}
  Key of the app    {}

  The desk          {desk}/
  Clerk             {}
  Password          {}
  Key of the app    {}

1. Open the card.
2. Open the application, and choose \"Sign in\".
3. Choose the token, give the user name and the password, and then the code that is asked for.

At the desk, sign in as the clerk, with a code of an app that has been given the clerk's key: look
people up, help them, make their cards. The clerk is a supervisor too.

Ctrl-C ends it and takes its folder away.
",
        citizen.user_name,
        citizen.password.as_str(),
        shown(&citizen.card),
        app_citizen.user_name,
        app_citizen.password.as_str(),
        app_citizen.secret.as_str(),
        clerk.user_name,
        clerk.password.as_str(),
        clerk.secret.as_str(),
    ))
}
