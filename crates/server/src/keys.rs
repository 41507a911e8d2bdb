//! `tokenkaart-server keys`: the keys that secrets of apps, codes and mails are sealed under.

use std::{
    fs,
    path::{Path, PathBuf},
};

use clap::Subcommand;
use rand::rngs::SysRng;
use tokenkaart_auth::{
    reseal,
    seal::{SealKeys, Sealer},
    store::Store,
};
use tokenkaart_terminal::{Failure, Outcome, count, result};
use tokenkaart_token::{files, shell::shown, token::Random};

use crate::options::StoreAddress;

/// No file of keys is longer, in bytes.
const MAX_FILE: u64 = 64 * 1024;

#[derive(Subcommand)]
pub(super) enum KeysCommand {
    /// Make a file with a fresh key
    New {
        /// The file, which is not there yet
        #[arg(value_name = "FILE")]
        file: PathBuf,
    },
    /// Seal by a fresh key from now on, and seal again under it what the store has
    #[command(after_help = ROTATE)]
    Rotate {
        /// The file of keys
        #[arg(value_name = "FILE")]
        file: PathBuf,
        #[command(flatten)]
        store: StoreAddress,
    },
    /// Take the old keys out of the file, when nothing is sealed under them any more
    #[command(after_help = RETIRE)]
    Retire {
        /// The file of keys
        #[arg(value_name = "FILE")]
        file: PathBuf,
        #[command(flatten)]
        store: StoreAddress,
    },
}

const ROTATE: &str = "\
Services that run read the file again as soon as they meet the new key, so nobody has to wait. Where
they have copies of the file on several machines, copy it there at once. The old keys stay in it.";

const RETIRE: &str = "\
Restart all services first: one that has never met the new key seals by the old one still.";

/// Reads a file of keys, which is its owner's alone.
///
/// # Errors
/// [`Failure`] with what is wrong.
pub(super) fn read(path: &Path) -> Result<SealKeys, Failure> {
    let bytes = files::read_secret(path, MAX_FILE)?;
    let no_keys = |why: String| {
        Failure::new(format!(
            "{}: {why}; `tokenkaart-server keys new` makes such a file",
            shown(path)
        ))
    };
    let text = std::str::from_utf8(&bytes).map_err(|_| no_keys("it is no text".to_owned()))?;
    SealKeys::parse(text).map_err(|error| no_keys(error.to_string()))
}

/// What seals and opens by a file of keys, which is read again when it has a new one.
///
/// # Errors
/// [`Failure`] with what is wrong.
pub(super) fn sealer(path: &Path) -> Result<Sealer, Failure> {
    let keys = read(path)?;
    let path = path.to_owned();
    Ok(Sealer::new(keys, move || read(&path).ok()))
}

pub(super) fn run(command: &KeysCommand) -> Result<Outcome, Failure> {
    let random = &mut Random::new(SysRng);
    match command {
        KeysCommand::New { file } => {
            files::write_whole(file, SealKeys::rotated(None, random)?.as_bytes())?;
            result(&format!("{}: a fresh key is in it\n", shown(file)))?;
        }
        KeysCommand::Rotate { file, store } => {
            let before = read(file)?;
            // What can't be opened is told before the file is another one.
            let mut store = Store::open(&store.address()?)?;
            replace(file, SealKeys::rotated(Some(&before), random)?.as_bytes())?;
            let again = reseal::reseal(&mut store, &sealer(file)?, random)?;
            let again = count(again, "thing", "things");
            result(&format!(
                "{}: a fresh key seals from now on; {again} sealed again\n",
                shown(file)
            ))?;
        }
        KeysCommand::Retire { file, store } => {
            let before = read(file)?;
            let mut store = Store::open(&store.address()?)?;
            // What came under an old key meanwhile.
            reseal::reseal(&mut store, &sealer(file)?, random)?;
            let old = before.ids().count() as u64 - 1;
            replace(file, before.newest_alone().as_bytes())?;
            let old = count(old, "old key", "old keys");
            result(&format!("{}: {old} taken out\n", shown(file)))?;
        }
    }
    Ok(Outcome::Done)
}

/// Puts a file in the place of one, whole and private.
fn replace(path: &Path, bytes: &[u8]) -> Result<(), Failure> {
    let mut name = path.as_os_str().to_owned();
    name.push(".new");
    let fresh = PathBuf::from(name);
    files::write_whole(&fresh, bytes)?;
    let moved =
        fs::rename(&fresh, path).map_err(|error| Failure::new(format!("{}: {error}", shown(path))));
    moved?;
    Ok(files::sync_folder(files::folder_of(path))?)
}
