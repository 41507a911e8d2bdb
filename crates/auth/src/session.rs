//! Who is signed in, and whether that does for an application.

use jiff::{SignedDuration, Timestamp, civil::Date};
use tokenkaart_token::holder::HolderId;

use crate::{Key, phase_out::Phase};

/// Somebody who is signed in, in one browser.
#[derive(Clone, Debug)]
pub struct Session {
    /// Who it is.
    pub holder: HolderId,
    /// What they signed in with, beside user name and password.
    pub key: Key,
    /// When.
    pub signed_in_at: Timestamp,
}

/// How long a session lasts.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Lasting {
    /// Without anything being done.
    pub idle: SignedDuration,
    /// At the longest.
    pub longest: SignedDuration,
}

impl Default for Lasting {
    /// Half an hour idle, and eight hours at the longest: within NIST SP 800-63B-4, section
    /// 2.2.3, for AAL2 (1 hour, 24 hours).
    fn default() -> Self {
        Self { idle: SignedDuration::from_mins(30), longest: SignedDuration::from_hours(8) }
    }
}

impl Lasting {
    /// Whether a session has neither been idle for too long nor lasted too long. One of the future
    /// is of a clock that was wrong.
    #[must_use]
    pub fn has(self, signed_in_at: Timestamp, seen_at: Timestamp, now: Timestamp) -> bool {
        let since = |moment| now.duration_since(moment);
        let a_clock_off = SignedDuration::from_mins(-5);
        since(signed_in_at) < self.longest
            && since(seen_at) < self.idle
            && since(signed_in_at) > a_clock_off
    }
}

/// What a sign-in by each key is worth; an application asks for a level at least.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Levels {
    /// By token.
    pub token: u16,
    /// By app code.
    pub app: u16,
    /// By e-mail code; less than the others, since e-mail is no out-of-band channel (NIST
    /// SP 800-63B-4, section 3.1.3.1).
    pub mail: u16,
}

impl Levels {
    /// The level of a key.
    #[must_use]
    pub const fn of(&self, key: Key) -> u16 {
        match key {
            Key::Token => self.token,
            Key::App => self.app,
            Key::Mail => self.mail,
        }
    }
}

/// Whether an application lets the service ask anything of the person: `prompt` of OpenID Connect
/// Core 1.0, section 3.1.2.1.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub enum Prompt {
    /// It may ask, if it has to.
    #[default]
    Any,
    /// It may not.
    None,
    /// It has to.
    Login,
}

/// What an application asks of a sign-in.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Demand {
    /// The keys that it takes.
    pub keys: Vec<Key>,
    /// The level at least.
    pub level: u16,
    /// What a sign-in by each key is worth.
    pub levels: Levels,
    /// How it stands to the token today.
    pub phase: Phase,
    /// Whether anything may be asked.
    pub prompt: Prompt,
    /// How long ago the sign-in may be: `max_age`.
    pub max_age: Option<SignedDuration>,
}

/// What is to be done for an application.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Decision {
    /// The session does.
    Grant,
    /// The person has to sign in.
    SignIn,
    /// The session does, but its token won't for long, and the person is to be told first.
    Warn {
        /// The last day on which the token is taken.
        last_day: Date,
    },
    /// Nobody is signed in, or too long ago, and nothing may be asked: `login_required`.
    LoginRequired,
    /// The session is of a key or a level that the application doesn't take, or the person is to be
    /// told of the token's last day, and nothing may be asked: `interaction_required`.
    InteractionRequired,
}

impl Demand {
    /// The keys that somebody may sign in with for this application.
    pub fn open_keys(&self) -> impl Iterator<Item = Key> + '_ {
        let keys = self.keys.iter().copied();
        keys.filter(|key| self.levels.of(*key) >= self.level && self.phase.leaves(*key))
    }

    /// Whether somebody who signed in by a key may come in.
    #[must_use]
    pub fn takes(&self, key: Key) -> bool {
        self.open_keys().any(|open| open == key)
    }

    /// Whether a session does for this application now; `is_told` says that its holder was told of
    /// the token's last day there, and goes on with it.
    #[must_use]
    pub fn decide(&self, session: Option<&Session>, is_told: bool, now: Timestamp) -> Decision {
        let may_ask = self.prompt != Prompt::None;
        let Some(session) = session else {
            return if may_ask { Decision::SignIn } else { Decision::LoginRequired };
        };
        let age = now.duration_since(session.signed_in_at);
        let is_recent = self.max_age.is_none_or(|max_age| age <= max_age);
        let warning = self.phase.warns_of(session.key).filter(|_| !is_told);
        match (self.prompt, self.takes(session.key), is_recent) {
            (Prompt::Login, _, _) => Decision::SignIn,
            (Prompt::None, true, true) if warning.is_some() => Decision::InteractionRequired,
            (_, true, true) => {
                warning.map_or(Decision::Grant, |last_day| Decision::Warn { last_day })
            }
            (Prompt::Any, _, _) => Decision::SignIn,
            (Prompt::None, false, _) => Decision::InteractionRequired,
            (Prompt::None, true, false) => Decision::LoginRequired,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::phase_out::PhaseOut;

    const LEVELS: Levels = Levels { token: 400, app: 400, mail: 300 };

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_second(1_795_000_000 + seconds).unwrap()
    }

    fn session(key: Key) -> Session {
        let holder = HolderId::new("4711").unwrap();
        Session { holder, key, signed_in_at: at(0) }
    }

    /// The whole table: application (its keys, its level, what it says of the token's end) × day ×
    /// key × session × prompt, against rules that are written out once more.
    #[test]
    fn a_session_does_only_where_its_key_its_level_its_age_and_the_day_do() {
        let phase_outs =
            [None, Some(vec![]), Some(vec![Key::App]), Some(vec![Key::App, Key::Mail])];
        let day = |day| jiff::civil::date(2026, 11, day);
        let (warn_from, last_day) = (day(10), day(20));
        let mut looked = 0;
        for stay in phase_outs {
            for (today, is_closed) in [9, 10, 19, 20, 21, 30]
                .into_iter()
                .flat_map(|number| [(day(number), false), (day(number), true)])
            {
                let phase_out = stay.clone().map(|stay| PhaseOut { warn_from, last_day, stay });
                let phase =
                    phase_out.map_or(Phase::Open, |phase_out| phase_out.on(today, is_closed));
                let is_over = stay.is_some() && (is_closed || today > last_day);
                let is_warned = stay.is_some() && !is_over && today >= warn_from;
                for keys in [vec![], vec![Key::Token], vec![Key::Mail], Key::ALL.to_vec()] {
                    for level in [0, 300, 301, 400, 401] {
                        for prompt in [Prompt::Any, Prompt::None, Prompt::Login] {
                            for max_age in [None, Some(60), Some(61)] {
                                let demand = Demand {
                                    keys: keys.clone(),
                                    level,
                                    levels: LEVELS,
                                    phase: phase.clone(),
                                    prompt,
                                    max_age: max_age.map(SignedDuration::from_secs),
                                };
                                let is_left = |key| match &stay {
                                    Some(stay) if is_over => {
                                        key != Key::Token && stay.contains(&key)
                                    }
                                    _ => true,
                                };
                                let fits = |key: Key| {
                                    let worth = if key == Key::Mail { 300 } else { 400 };
                                    keys.contains(&key) && worth >= level && is_left(key)
                                };
                                let open: Vec<Key> = demand.open_keys().collect();
                                let wanted: Vec<Key> =
                                    keys.iter().copied().filter(|key| fits(*key)).collect();
                                assert_eq!(open, wanted, "{demand:?}");
                                for (key, is_told) in
                                    Key::ALL.into_iter().flat_map(|key| [(key, false), (key, true)])
                                {
                                    let recent = max_age != Some(60);
                                    let warns = is_warned && key == Key::Token && !is_told;
                                    let expected = match prompt {
                                        Prompt::Login => Decision::SignIn,
                                        Prompt::None if fits(key) && recent && warns => {
                                            Decision::InteractionRequired
                                        }
                                        Prompt::Any if fits(key) && recent && warns => {
                                            Decision::Warn { last_day }
                                        }
                                        _ if fits(key) && recent => Decision::Grant,
                                        Prompt::Any => Decision::SignIn,
                                        Prompt::None if !fits(key) => Decision::InteractionRequired,
                                        Prompt::None => Decision::LoginRequired,
                                    };
                                    let session = session(key);
                                    let found = demand.decide(Some(&session), is_told, at(61));
                                    assert_eq!(found, expected, "{demand:?} {key} {today}");
                                    looked += 1;
                                }
                                let expected = match prompt {
                                    Prompt::None => Decision::LoginRequired,
                                    _ => Decision::SignIn,
                                };
                                assert_eq!(demand.decide(None, true, at(0)), expected);
                            }
                        }
                    }
                }
            }
        }
        assert_eq!(looked, 4 * 12 * 4 * 5 * 3 * 3 * 6);
    }

    #[test]
    fn a_session_ends_when_idle_and_in_any_case() {
        let lasting = Lasting::default();
        let has = |signed_in, seen, now| lasting.has(at(signed_in), at(seen), at(now));
        assert!(has(0, 0, 1799) && !has(0, 0, 1800));
        assert!(has(0, 8 * 3600 - 10, 8 * 3600 - 1) && !has(0, 8 * 3600 - 10, 8 * 3600));
        assert!(has(60, 60, 0) && !has(3600, 3600, 0));
    }
}
