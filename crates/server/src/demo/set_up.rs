//! The folder of a demo: a configuration, keys, a store, and a citizen with a card.

use std::fmt::Write as _;

use jiff::{Timestamp, ToSpan as _, tz::TimeZone};
use rand::rngs::SysRng;
use tempfile::TempDir;
use tokenkaart_auth::{seal::SealKeys, store::Store};
use tokenkaart_terminal::Failure;
use tokenkaart_token::{files, token::Random};
use zeroize::Zeroizing;

use super::{
    addresses::{Addresses, CLIENT, PHASED_OUT, PHASING_OUT},
    citizen::{AppCitizen, Citizen},
    clerk::DemoClerk,
};
use crate::{
    client,
    config::{Config, SecretHash},
    desk, keys,
    mail::{Delivery, Kept},
    openid::KeyRing,
    sign_in::{self, Site},
};

/// Where the demo's office is.
const ZONE: &str = "Europe/Brussels";

/// A demo that is ready. Its folder goes with it.
pub(super) struct Demo {
    pub(super) addresses: Addresses,
    pub(super) client_secret: Zeroizing<String>,
    pub(super) citizen: Citizen,
    pub(super) app_citizen: AppCitizen,
    pub(super) clerk: DemoClerk,
    pub(super) site: Site,
    /// The desk, over the same store.
    pub(super) desk: Site,
    /// The mails that were sent.
    pub(super) mails: Kept,
    _folder: TempDir,
}

impl Demo {
    /// Makes all of it.
    ///
    /// # Errors
    /// [`Failure`]; the folder is gone then.
    pub(super) fn set_up(addresses: Addresses) -> Result<Self, Failure> {
        let folder = tempfile::Builder::new().prefix("tokenkaart-demo-").tempdir()?;
        let client_secret = client::secret()?;
        let path = folder.path().join("server.toml");
        let configuration = configuration(&addresses, &SecretHash::of(&client_secret))?;
        files::write_whole(&path, configuration.as_bytes())?;
        files::write_whole(&folder.path().join("signing.pem"), KeyRing::fresh_pem()?.as_bytes())?;
        files::write_whole(&folder.path().join("form.secret"), &fresh_secret()?)?;
        let fresh = SealKeys::rotated(None, &mut Random::new(SysRng))?;
        files::write_whole(&folder.path().join("seal.keys"), fresh.as_bytes())?;
        let config = Config::read(&path)?;
        let (mut store, _) = Store::create(&config.store)?;
        let citizen = Citizen::new(folder.path(), &mut store, &config, &addresses)?;
        let sealer = keys::sealer(&folder.path().join("seal.keys"))?;
        let app_citizen = AppCitizen::new(&mut store, &config, &sealer)?;
        let clerk = DemoClerk::new(&mut store, &config, &sealer)?;
        drop(store);
        let second = Config::read(&path)?;
        let mails = Kept::default();
        let site = {
            let face = sign_in::face(&config);
            Site::with(config, face, Some(Delivery::Kept(mails.clone())))?
        };
        let face = second.desk.as_ref().map(|desk| desk::face(&second, desk));
        let face = face.ok_or_else(|| Failure::new("the demo has no desk; try again"))?;
        let desk = Site::with(second, face, Some(Delivery::Kept(mails.clone())))?;
        Ok(Self {
            addresses,
            client_secret,
            citizen,
            app_citizen,
            clerk,
            site,
            desk,
            mails,
            _folder: folder,
        })
    }
}

fn fresh_secret() -> Result<Zeroizing<Vec<u8>>, Failure> {
    let mut random = Random::new(SysRng);
    Ok(Zeroizing::new([random.salt()?, random.salt()?].concat()))
}

/// A `server.toml` as an office writes it.
fn configuration(addresses: &Addresses, secret: &SecretHash) -> Result<String, Failure> {
    let Addresses { issuer, application, desk, redirect_uri, .. } = addresses;
    let mut text = String::new();
    // Writing to a string doesn't fail.
    let _ = write!(
        text,
        "\
issuer = \"{issuer}\"
listen = \"127.0.0.1:0\"
store = \"sqlite:auth.db\"
time_zone = \"{ZONE}\"
secret_file = \"form.secret\"
signing_keys = [\"signing.pem\"]
seal_keys = \"seal.keys\"

[office]
name = {{ nl = \"Stad Voorbeeld\", fr = \"Ville d’Exemple\", de = \"Stadt Beispiel\", en = \"City of Example\" }}
colour = \"#0b5c8a\"
help_line = \"1700\"
desk = {{ nl = \"het stadhuis\", fr = \"l’hôtel de ville\", de = \"Rathaus\", en = \"the town hall\" }}

[desk]
address = \"{desk}\"

[[application]]
id = \"{CLIENT}\"
names = {{ nl = \"Voorbeeldtoepassing\", fr = \"Application d’exemple\", de = \"Beispielanwendung\", en = \"Sample application\" }}
redirect_uris = [\"{redirect_uri}\"]
post_logout_redirect_uris = [\"{application}\"]
keys = [\"token\", \"app\", \"mail\"]
secret = \"{}\"
",
        secret.text()
    );
    let today = Timestamp::now().to_zoned(TimeZone::get(ZONE)?).date();
    for (id, name, days) in
        [(PHASING_OUT, "Token until the last day", 14), (PHASED_OUT, "Token no longer", -1)]
    {
        let (last_day, warn_from) =
            (today.checked_add(days.days())?, today.checked_sub(28.days())?);
        let _ = write!(
            text,
            "
[[application]]
id = \"{id}\"
names = \"{name}\"
redirect_uris = [\"{redirect_uri}\"]
post_logout_redirect_uris = [\"{application}\"]
keys = [\"token\", \"app\", \"mail\"]
secret = \"{}\"
warn_from = \"{warn_from}\"
last_day = \"{last_day}\"
keys_that_stay = [\"app\", \"mail\"]
",
            secret.text()
        );
    }
    Ok(text)
}
