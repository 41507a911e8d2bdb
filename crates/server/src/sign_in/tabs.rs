//! Sign-ins under way of one browser: one for each tab, which names its own.
//!
//! The ids stand in one cookie, the latest first; a page has its sign-in's tag in its form and in its
//! address. The tag is a digest, of use to nobody without the cookie.

use sha2::{Digest as _, Sha256};
use tokenkaart_auth::SignInId;

/// How many sign-ins under way one browser may have; the oldest goes first.
const MOST: usize = 4;
/// What parts ids in the cookie.
const SEPARATOR: char = '.';

/// The sign-ins under way of a browser.
pub(super) struct Tabs(Vec<SignInId>);

/// What a tab calls its sign-in.
pub(super) fn tag(id: &SignInId) -> String {
    let [a, b, c, d, ..]: [u8; 32] = Sha256::digest(id.expose().as_bytes()).into();
    format!("{:08x}", u32::from_be_bytes([a, b, c, d]))
}

impl Tabs {
    /// Those of a cookie; what is no id is none.
    pub(super) fn read(cookie: &str) -> Self {
        let ids = cookie.split(SEPARATOR).take(MOST);
        Self(ids.filter_map(|id| id.parse().ok()).collect())
    }

    /// The one that a tab means; the latest where it names none.
    pub(super) fn find(self, tab: Option<&str>) -> Option<SignInId> {
        let mut ids = self.0.into_iter();
        match tab {
            None => ids.next(),
            Some(tab) => ids.find(|id| tag(id) == tab),
        }
    }

    /// The cookie without the one of that tag, and with another one in its place.
    pub(super) fn with(&self, without: Option<&str>, latest: Option<&SignInId>) -> String {
        let kept = self.0.iter().filter(|id| without != Some(tag(id).as_str()));
        let ids: Vec<&str> =
            latest.into_iter().chain(kept).take(MOST).map(SignInId::expose).collect();
        ids.join(&SEPARATOR.to_string())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn id(number: u8) -> SignInId {
        format!("{number:066x}").parse().unwrap()
    }

    #[test]
    fn each_tab_finds_its_own_and_the_oldest_goes_first() {
        let mut cookie = String::new();
        for number in 1..=6 {
            cookie = Tabs::read(&cookie).with(None, Some(&id(number)));
        }
        let find = |tab: Option<&str>| {
            Tabs::read(&cookie).find(tab).map(|id| id.expose().trim_start_matches('0').to_owned())
        };
        assert_eq!(find(None).as_deref(), Some("6"));
        for (number, is_there) in [(1, false), (2, false), (3, true), (6, true)] {
            assert_eq!(find(Some(&tag(&id(number)))).is_some(), is_there, "{number}");
        }
        assert_eq!(find(Some("00000000")), None);
        // A step on, in the third tab.
        let on = Tabs::read(&cookie).with(Some(&tag(&id(4))), Some(&id(9)));
        assert!(Tabs::read(&on).find(Some(&tag(&id(4)))).is_none());
        assert!(Tabs::read(&on).find(Some(&tag(&id(9)))).is_some());
        assert!(Tabs::read(&on).find(Some(&tag(&id(3)))).is_some());
        for nonsense in ["", ".", "x.y", "...........", &"0".repeat(65)] {
            assert!(Tabs::read(nonsense).find(None).is_none(), "{nonsense}");
        }
    }
}
