//! `tokenkaart open`: the cards of a sealed run, decrypted for the printer.

use serde_json::json;
use tokenkaart::{
    open::{self, Opened},
    seal::Identity,
};
use tokenkaart_terminal::{Failure, Outcome, count};
use tokenkaart_token::{shell::shown, sign::Signers};

use super::{args::Open, issue::stop_on_signal};

pub(super) fn run(args: &Open) -> Result<Outcome, Failure> {
    let identity = Identity::read(&args.identity)?;
    let signers = args.signed_by.as_deref().map(Signers::read).transpose()?;
    let stop = stop_on_signal();
    let opened = open::open(&args.run, &identity, signers.as_ref(), &args.out, &stop)?;
    if args.json {
        println!("{}", as_json(args, &opened));
    } else if !args.quiet {
        println!("{}", in_words(args, &opened));
    }
    Ok(Outcome::Done)
}

fn in_words(args: &Open, opened: &Opened) -> String {
    let serials = match (&opened.first_serial, &opened.last_serial) {
        (Some(first), Some(last)) => format!(", serials {first} to {last}"),
        _ => String::new(),
    };
    let signed = opened.signed_by.as_ref().map_or_else(
        || "who sent it was not checked (--signed-by)".to_owned(),
        |signer| format!("signed by {signer}"),
    );
    format!(
        "{}: {}, {}, {}{serials}; {signed}",
        shown(&args.out),
        count(opened.files, "file", "files"),
        count(opened.pages, "page", "pages"),
        count(opened.cards, "card", "cards"),
    )
}

fn as_json(args: &Open, opened: &Opened) -> serde_json::Value {
    json!({
        "run": opened.run,
        "out": args.out.to_string_lossy(),
        "files": opened.files,
        "pages": opened.pages,
        "cards": opened.cards,
        "first_serial": opened.first_serial,
        "last_serial": opened.last_serial,
        "signed_by": opened.signed_by,
    })
}
