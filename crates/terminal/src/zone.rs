//! The time zone, by which days, end dates and local times go.

use std::{
    env,
    ffi::OsStr,
    fs, io,
    path::{Path, PathBuf},
};

use jiff::tz::TimeZone;
use tokenkaart_token::shell::harmless;

use crate::say::Failure;

/// Where a machine says which zone it is in, if `TZ` doesn't.
const LOCALTIME: &str = "/etc/localtime";

/// Has a zone that nobody knows be an error: UTC would stand in its place, and a token be taken
/// past its end.
///
/// # Errors
/// [`Failure`], which names the zone.
pub(crate) fn require_known() -> Result<(), Failure> {
    let is_known = TimeZone::try_system().is_ok_and(|zone| !zone.is_unknown());
    let named = env::var_os("TZ");
    judge(is_known, named.as_deref(), || link(Path::new(LOCALTIME)))
}

/// What `/etc/localtime` is.
enum Link {
    /// Not there: POSIX leaves the zone to the system, and every program takes UTC.
    Absent,
    /// It leads here.
    To(PathBuf),
    /// A file, or what can't be read.
    Other,
}

fn link(path: &Path) -> Link {
    match fs::read_link(path) {
        Ok(target) => Link::To(target),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Link::Absent,
        Err(_) => Link::Other,
    }
}

fn judge(
    is_known: bool,
    named: Option<&OsStr>,
    localtime: impl FnOnce() -> Link,
) -> Result<(), Failure> {
    if is_known {
        return Ok(());
    }
    let what = match named {
        Some(zone) => format!("TZ={}", harmless(&zone.to_string_lossy())),
        None => match localtime() {
            Link::Absent => return Ok(()),
            // UTC needs no rules, so it is known where no zones are installed.
            Link::To(target) if target.ends_with("UTC") => return Ok(()),
            Link::To(target) => format!("{LOCALTIME}, {}", harmless(&target.to_string_lossy())),
            Link::Other => LOCALTIME.to_owned(),
        },
    };
    Err(Failure::new(format!(
        "{what}: there is no such time zone on this machine; write TZ=Europe/Brussels or its like, \
         and install tzdata if it is missing"
    )))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_machine_without_zones_is_in_utc_only_if_that_is_what_it_says() {
        let judged = |named: Option<&str>, localtime| {
            judge(false, named.map(OsStr::new), || localtime).is_ok()
        };
        assert!(judged(None, Link::Absent));
        assert!(judged(None, Link::To("/usr/share/zoneinfo/Etc/UTC".into())));
        assert!(!judged(None, Link::To("/usr/share/zoneinfo/Europe/Brussels".into())));
        assert!(!judged(None, Link::Other));
        assert!(!judged(Some("Europe/Brussels"), Link::Absent));
    }
}
