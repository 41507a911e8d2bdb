//! The desk: where clerks find it, and how long their screens stay open.

use std::{
    net::{Ipv4Addr, SocketAddr},
    path::Path,
};

use jiff::SignedDuration;
use tokenkaart::design::Design;

use super::{
    checked,
    reader::{Reader, Section},
    socket,
    uri::Issuer,
};

/// Where it listens if nobody says.
const PORT: u16 = 8090;
/// After how many minutes without anything being done a screen locks itself, if nobody says.
const IDLE_MINUTES: u32 = 15;
/// What it prints if nobody says.
const DESIGN: &str = "card";

/// The desk.
#[derive(Clone, Debug)]
pub(crate) struct Desk {
    /// Where browsers find it.
    pub(crate) address: Issuer,
    /// Where it listens.
    pub(crate) listen: SocketAddr,
    /// After how long without anything being done a screen locks itself.
    pub(crate) idle: SignedDuration,
    /// What cards look like: a design that comes with the program, or one of the office's own.
    pub(crate) design: Design,
}

/// `[desk]`, if there is one.
pub(super) fn read<'t>(
    reader: &mut Reader<'t>,
    top: &mut Section<'_, 't>,
    folder: &Path,
) -> Option<Desk> {
    let has_keys = top.has("seal_keys");
    let has_proxies = top.has("trusted_proxies");
    let mut section = reader.table(top, "desk", "[desk]")?;
    if !has_keys {
        reader.fault(
            section.line,
            "seal_keys is missing, which [desk] needs; write seal_keys = \"seal.keys\", a file that \
             `tokenkaart-server keys new` makes",
        );
    }
    let text = reader.text(&mut section, "listen");
    let usual = SocketAddr::from((Ipv4Addr::LOCALHOST, PORT));
    let (listen, line) = match text {
        None => (Some(usual), section.line),
        Some(text) => (checked(reader, "[desk] listen", &text, socket), text.line),
    };
    let text = reader.text(&mut section, "address");
    let address = match text {
        None => {
            let port = listen.map_or(PORT, |listen| listen.port());
            Issuer::new(&format!("http://localhost:{port}")).ok()
        }
        Some(text) => checked(reader, "[desk] address", &text, Issuer::new),
    };
    if let (Some(listen), Some(address)) = (listen, &address)
        && !listen.ip().is_loopback()
        && !(has_proxies && address.is_tls())
    {
        reader.fault(
            line,
            format!(
                "[desk] listen: others can reach {listen}, and the desk speaks no TLS itself; listen \
                 on 127.0.0.1, or put a proxy with TLS before it and say so: trusted_proxies = \
                 [\"...\"] and [desk] address = \"https://...\""
            ),
        );
    }
    let idle = reader.number(&mut section, "idle_minutes", 5..=60).unwrap_or(IDLE_MINUTES);
    let design = match reader.text(&mut section, "design") {
        None => Design::built_in(DESIGN).ok(),
        Some(text) => checked(reader, "[desk] design", &text, |name| of_one_card(name, folder)),
    };
    reader.finish(&section);
    Some(Desk {
        address: address?,
        listen: listen?,
        idle: SignedDuration::from_mins(idle.into()),
        design: design?,
    })
}

/// A design that the desk can print: one card, of whose holder it has no address.
fn of_one_card(name: &str, folder: &Path) -> Result<Design, String> {
    let design = Design::by_name(name, folder).map_err(|error| error.to_string())?;
    let why = if design.sheet.is_some() {
        "several cards on a sheet"
    } else if design.address.is_some() || design.sequence.is_some() || design.mark.is_some() {
        "an address, or the place of a letter in its run"
    } else {
        return Ok(design);
    };
    Err(format!(
        "{} has {why}, and the desk prints one card; take card, large or one of your own",
        design.name
    ))
}
