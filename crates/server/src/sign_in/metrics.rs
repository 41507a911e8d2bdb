//! Counters for `/metrics`, in the text format of Prometheus. No label is of a person.

use std::sync::atomic::{AtomicU64, Ordering};

/// What is counted.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Counted {
    Requests,
    PasswordsRight,
    PasswordsWrong,
    SignedIn,
    CodesRefused,
    Slips,
    Waits,
    Ended,
    Granted,
    Redeemed,
    GrantsRefused,
    MailsSent,
    MailsFailed,
    Busy,
    Faults,
}

const ALL: [(Counted, &str, &str); 15] = [
    (Counted::Requests, "requests", "Requests that were answered."),
    (Counted::PasswordsRight, "passwords_right", "User names and passwords that were right."),
    (Counted::PasswordsWrong, "passwords_wrong", "User names and passwords that were not."),
    (Counted::SignedIn, "signed_in", "Sign-ins that came to their end."),
    (Counted::CodesRefused, "codes_refused", "Codes that were refused."),
    (Counted::Slips, "slips", "Typing slips in codes."),
    (Counted::Waits, "waits", "Answers that were not looked at, since one has to wait."),
    (Counted::Ended, "ended", "Sign-ins that a lock ended."),
    (Counted::Granted, "granted", "Codes of OpenID Connect that were given."),
    (Counted::Redeemed, "redeemed", "Codes of OpenID Connect that were brought in."),
    (Counted::GrantsRefused, "grants_refused", "Codes of OpenID Connect that were refused."),
    (Counted::MailsSent, "mails_sent", "Mails that a mail server took."),
    (Counted::MailsFailed, "mails_failed", "Tries to send a mail that came to nothing."),
    (Counted::Busy, "busy", "Requests that were sent away, since all places were taken."),
    (Counted::Faults, "faults", "Requests that failed by a fault here."),
];

/// The counters of this process.
#[derive(Default)]
pub(crate) struct Metrics([AtomicU64; ALL.len()]);

impl Metrics {
    /// Counts one more.
    pub(crate) fn count(&self, what: Counted) {
        self.0[what as usize].fetch_add(1, Ordering::Relaxed);
    }

    /// All of them.
    pub(super) fn text(&self) -> String {
        let line = |(what, name, help): &(Counted, &str, &str)| {
            let name = format!("tokenkaart_{name}_total");
            let count = self.0[*what as usize].load(Ordering::Relaxed);
            format!("# HELP {name} {help}\n# TYPE {name} counter\n{name} {count}\n")
        };
        ALL.iter().map(line).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_counter_counts_what_its_name_says() {
        let metrics = Metrics::default();
        for (what, name, _) in ALL {
            metrics.count(what);
            assert!(metrics.text().contains(&format!("\ntokenkaart_{name}_total 1\n")), "{name}");
        }
    }
}
