//! `tokenkaart-server client new`: the stanza of an application, with a fresh secret.

use base64ct::{Base64UrlUnpadded, Encoding as _};
use clap::{Args, Subcommand};
use rand::rngs::SysRng;
use tokenkaart_terminal::{Failure, Outcome, aside, result};
use tokenkaart_token::token::Random;
use zeroize::Zeroizing;

use crate::config::{RedirectUri, SecretHash};

#[derive(Subcommand)]
pub(super) enum ClientCommand {
    /// Print what an application needs: a stanza for server.toml, and its secret
    New(Options),
}

const EXAMPLES: &str = "\
Examples:
  tokenkaart-server client new --id tax-on-web --redirect-uri https://tax.example.be/back >> server.toml
      The stanza goes into the file; the secret is shown on the terminal, for the application alone.";

#[derive(Args)]
#[command(after_help = EXAMPLES)]
pub(super) struct Options {
    #[arg(long, value_parser = id, help = "What the application calls itself: its client_id")]
    id: String,
    /// Where people are sent back to; may be repeated
    #[arg(long, value_name = "URI", required = true, value_parser = RedirectUri::new)]
    redirect_uri: Vec<RedirectUri>,
    /// The name that people know it by
    #[arg(long, default_value = "My application", value_parser = name)]
    name: String,
}

fn id(text: &str) -> Result<String, &'static str> {
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte);
    let is_good = (1..=64).contains(&text.len()) && text.bytes().all(is_plain);
    is_good.then(|| text.to_owned()).ok_or("it must be 1 to 64 letters, digits, - _ and .")
}

fn name(text: &str) -> Result<String, &'static str> {
    let is_good = (1..=100).contains(&text.chars().count()) && !text.chars().any(char::is_control);
    is_good.then(|| text.to_owned()).ok_or("it must be one line of 1 to 100 characters")
}

/// 256 random bits, as an application sends them.
pub(super) fn secret() -> Result<Zeroizing<String>, Failure> {
    let mut random = Random::new(SysRng);
    let mut bytes = Zeroizing::new([0; 32]);
    for half in bytes.chunks_mut(16) {
        half.copy_from_slice(&random.salt()?);
    }
    Ok(Zeroizing::new(Base64UrlUnpadded::encode_string(&*bytes)))
}

pub(super) fn run(command: &ClientCommand) -> Result<Outcome, Failure> {
    let ClientCommand::New(options) = command;
    let secret = secret()?;
    // First: without it the stanza is of no use to anybody.
    aside(format_args!("The application's secret, which is shown this once: {}", &*secret))?;
    result(&stanza(options, &SecretHash::of(&secret)))?;
    Ok(Outcome::Done)
}

fn stanza(options: &Options, hash: &SecretHash) -> String {
    let text = |text: &str| toml::Value::from(text).to_string();
    let uris: Vec<_> = options.redirect_uri.iter().map(|uri| text(uri.as_str())).collect();
    let name = text(&options.name);
    format!(
        "\n[[application]]\nid = {}\nnames = {{ nl = {name}, fr = {name}, de = {name}, en = {name} \
         }}\nredirect_uris = [{}]\nkeys = [\"token\"]\nsecret = \"{}\"\n",
        text(&options.id),
        uris.join(", "),
        hash.text(),
    )
}
