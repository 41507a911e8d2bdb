//! `tokenkaart-server verify`: asks for the code at a position and judges the answer.

use std::{
    env,
    io::{self, IsTerminal as _},
    path::PathBuf,
};

use clap::Args;
use jiff::{Timestamp, Zoned};
use rand::rngs::SysRng;
use serde_json::{Value, json};
use tokenkaart_auth::{
    store::Store,
    verify::{Answer, Asked, Challenge, ChallengeId, Gate, LockAfter, Peppers, Policy, SlowAfter},
};
use tokenkaart_terminal::{Failure, Outcome, count, duration, pepper, result};
use tokenkaart_token::{
    hash::{Ceiling, Scheme},
    holder::HolderId,
    token::{Position, Random},
};
use zeroize::Zeroizing;

use crate::{
    options::{Actor, StoreAddress, holder},
    remedy,
};

const EXAMPLES: &str = "\
Examples:
  tokenkaart-server verify --store sqlite:auth.db --holder 4711
      Asks \"code 13?\", reads the answer without showing it, and says how it went.
  tokenkaart-server verify --store sqlite:auth.db --holder 4711 --ask --json
      Only asks: prints the position and the id of the challenge.
  tokenkaart-server verify --store sqlite:auth.db --challenge 0f3a... < answer
      Only judges: the answer is a line of standard input.

Exit codes:
  0  accepted; with --ask: the challenge is open
  1  not accepted
  2  could not verify: for the operator, not for the holder";

// Each is a switch of its own.
#[allow(clippy::struct_excessive_bools)]
#[derive(Args)]
#[command(after_help = EXAMPLES)]
pub(super) struct Options {
    #[command(flatten)]
    store: StoreAddress,
    /// Whom to ask: the id of the holder, as in the holder file
    #[arg(long, value_name = "ID", value_parser = holder, required_unless_present = "challenge")]
    holder: Option<HolderId>,
    /// Judge the answer to this challenge, which --ask has drawn
    #[arg(long, value_name = "ID", conflicts_with = "holder")]
    challenge: Option<ChallengeId>,
    /// Only ask, and read no answer
    #[arg(long, requires = "holder")]
    ask: bool,
    /// A pepper that hashes are keyed with; may be repeated
    #[arg(
        long,
        value_name = "FILE",
        long_help = "A pepper that hashes are keyed with; may be repeated

\
            Without it, TOKENKAART_PEPPER_FILE names one. Of several, each token's key id picks \
            its own, so that a pepper can be rotated."
    )]
    pepper_file: Vec<PathBuf>,
    /// Wrong answers in a row from which on one has to wait, 1 to 100
    #[arg(long, value_name = "N", value_parser = slow_after, default_value = "3", help_heading = "Rules")]
    slow_after: SlowAfter,
    /// Wrong answers in a row after which the token is locked, 1 to 100
    #[arg(long, value_name = "N", value_parser = lock_after, default_value = "10", help_heading = "Rules")]
    lock_after: LockAfter,
    /// Say that codes are low when so few are left, or fewer
    #[arg(long, value_name = "N", default_value = "6", help_heading = "Rules")]
    warn_below: u8,
    /// Let positions come back, never twice in a row: the legacy mode of the federal token
    #[arg(long, help_heading = "Rules")]
    reuse: bool,
    /// Judge by dearer hashes than argon2id:m=65536,t=8,p=4 or pbkdf2-sha256:i=5000000; may be repeated
    #[arg(long, value_name = "KDF", help_heading = "Rules")]
    max_kdf: Vec<Scheme>,
    #[command(flatten)]
    actor: Actor,
    /// Print what came of it as JSON
    #[arg(long)]
    json: bool,
    /// Say nothing but errors; the exit code tells
    #[arg(long, short)]
    quiet: bool,
}

/// Names a pepper where `--pepper-file` doesn't.
const PEPPER_FILE: &str = "TOKENKAART_PEPPER_FILE";
/// The longest line that is looked at, in bytes; no code is as long, however it is spaced.
const MAX_LINE: u64 = 1024;

pub(super) fn run(args: &Options) -> Result<Outcome, Failure> {
    let mut store = Store::open(&args.store.address()?)?;
    let gate = gate(args)?;
    let challenge = match (&args.challenge, &args.holder) {
        (Some(id), _) => {
            let Some(challenge) = gate.challenge_again(&mut store, id, &Zoned::now)? else {
                return tell(args, &Answer::Over);
            };
            challenge
        }
        (None, Some(holder)) => match ask(&gate, &mut store, holder)? {
            Asked::Challenge(challenge) => challenge,
            Asked::Wait { until } => return tell(args, &Answer::Wait { until }),
        },
        // clap asks for one of them.
        (None, None) => return Ok(Outcome::CouldNotRun),
    };
    if args.ask {
        say(args, || in_words(&challenge), || as_json(&challenge))?;
        return Ok(Outcome::Done);
    }
    loop {
        let Some(typed) = typed(challenge.position, args)? else {
            return Err(Failure::new(
                "no answer was given; type the code, or give it as a line of standard input",
            ));
        };
        let answer =
            gate.answer(&mut store, &challenge.id, &typed, &Zoned::now).map_err(remedy::verify)?;
        let outcome = tell(args, &answer)?;
        if !matches!(answer, Answer::Slip(_)) || !io::stdin().is_terminal() {
            return Ok(outcome);
        }
    }
}

fn ask(gate: &Gate, store: &mut Store, holder: &HolderId) -> Result<Asked, Failure> {
    Ok(gate.challenge(store, holder, &Zoned::now, &mut Random::new(SysRng))?)
}

fn gate(args: &Options) -> Result<Gate, Failure> {
    let from_environment = || env::var_os(PEPPER_FILE).into_iter().map(Into::into).collect();
    let files =
        if args.pepper_file.is_empty() { from_environment() } else { args.pepper_file.clone() };
    let peppers = files.iter().map(|path| pepper(path)).collect::<Result<_, _>>()?;
    Ok(Gate {
        policy: Policy {
            slow_after: args.slow_after,
            lock_after: args.lock_after,
            warn_below: args.warn_below,
            reuse: args.reuse,
            ceiling: args.max_kdf.iter().fold(Ceiling::default(), |most, kdf| most.of(*kdf)),
            ..Policy::default()
        },
        peppers: Peppers::new(peppers),
        actor: args.actor.name(),
    })
}

/// What was typed, without showing it; `None` at the end of the input.
fn typed(position: Position, args: &Options) -> Result<Option<Zeroizing<String>>, Failure> {
    if io::stdin().is_terminal() {
        let typed = rpassword::prompt_password(format!("code {position}? "));
        return Ok(Some(Zeroizing::new(typed.map_err(|error| unread(&error))?)));
    }
    if !args.json && !args.quiet {
        result(&format!("code {position}?\n"))?;
    }
    let mut line = Zeroizing::new(Vec::with_capacity(128));
    let read = io::Read::take(io::stdin().lock(), MAX_LINE);
    io::BufRead::read_until(&mut io::BufReader::new(read), b'\n', &mut line)
        .map_err(|error| unread(&error))?;
    // What is no text is no code: it is judged as such, and is no fault of the operator's.
    let text = Zeroizing::new(String::from_utf8_lossy(&line).into_owned());
    Ok((!line.is_empty()).then_some(text))
}

fn unread(error: &io::Error) -> Failure {
    Failure::new(format!("the answer can't be read: {error}"))
}

/// Says what came of an answer.
fn tell(args: &Options, answer: &Answer) -> Result<Outcome, Failure> {
    let (said, json) = match answer {
        Answer::Accepted { left, low } => {
            let warning = if *low { "; it is time for a new token" } else { "" };
            (
                format!("accepted; {} left{warning}", count((*left).into(), "code", "codes")),
                json!({ "answer": "accepted", "left": left, "low": low }),
            )
        }
        Answer::Wait { until } => (
            format!("wait {}, then ask again", duration(seconds_to(*until))),
            json!({ "answer": "wait", "until": until.to_string() }),
        ),
        Answer::Slip(slip) => (
            format!("typing slip: {slip}; it is not counted, so look again"),
            json!({ "answer": "slip", "slip": slip.to_string() }),
        ),
        Answer::Over => (
            "that challenge is over: it was answered, or its time is up; ask a new one".to_owned(),
            json!({ "answer": "over" }),
        ),
        _ => ("refused".to_owned(), json!({ "answer": "refused" })),
    };
    say(args, || said, || json)?;
    Ok(match answer {
        Answer::Accepted { .. } => Outcome::Done,
        _ => Outcome::Complaints,
    })
}

fn seconds_to(until: Timestamp) -> f64 {
    until.duration_since(Timestamp::now()).as_secs_f64().ceil().max(1.0)
}

fn in_words(challenge: &Challenge) -> String {
    format!(
        "code {}? until {}, challenge {}",
        challenge.position, challenge.expires_at, challenge.id
    )
}

fn as_json(challenge: &Challenge) -> Value {
    json!({
        "challenge": challenge.id.as_str(),
        "position": challenge.position,
        "expires_at": challenge.expires_at.to_string(),
    })
}

fn say(
    args: &Options,
    words: impl FnOnce() -> String,
    json: impl FnOnce() -> Value,
) -> Result<(), Failure> {
    match (args.json, args.quiet) {
        (true, _) => result(&format!("{}\n", json())),
        (false, true) => Ok(()),
        (false, false) => result(&format!("{}\n", words())),
    }
}

fn lock_after(text: &str) -> Result<LockAfter, String> {
    let number = text.parse().map_err(|_| "it must be a whole number from 1 to 100")?;
    LockAfter::new(number).map_err(|error| error.to_string())
}

fn slow_after(text: &str) -> Result<SlowAfter, String> {
    let number = text.parse().map_err(|_| "it must be a whole number from 1 to 100")?;
    SlowAfter::new(number).map_err(|error| error.to_string())
}
