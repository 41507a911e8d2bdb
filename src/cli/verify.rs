//! `tokenkaart verify`: asks for the code at a position and judges the answer.

use std::{
    env,
    io::{self, IsTerminal as _, Write as _},
};

use jiff::{Timestamp, Zoned};
use rand::rngs::SysRng;
use serde_json::{Value, json};
use tokenkaart::{
    holder::HolderId,
    store::Store,
    token::{Position, Random},
    verify::{Answer, Asked, Challenge, Gate, Peppers, Policy},
};
use zeroize::Zeroizing;

use super::{
    args::Verify,
    issue::pepper,
    say::{Failure, Outcome, count, duration},
    store,
};

/// Names a pepper where `--pepper-file` doesn't.
const PEPPER_FILE: &str = "TOKENKAART_PEPPER_FILE";
/// The longest line that is looked at, in bytes; no code is as long, however it is spaced.
const MAX_LINE: u64 = 1024;

pub(super) fn run(args: &Verify) -> Result<Outcome, Failure> {
    let mut store = Store::open(&store::address(&args.store)?)?;
    let gate = gate(args)?;
    let challenge = match (&args.challenge, &args.holder) {
        (Some(id), _) => {
            let Some(challenge) = gate.challenge_again(&mut store, id, &Zoned::now())? else {
                return Ok(tell(args, &Answer::Over));
            };
            challenge
        }
        (None, Some(holder)) => match ask(&gate, &mut store, holder)? {
            Asked::Challenge(challenge) => challenge,
            Asked::Wait { until } => return Ok(tell(args, &Answer::Wait { until })),
        },
        // clap asks for one of them.
        (None, None) => return Ok(Outcome::CouldNotRun),
    };
    if args.ask {
        say(args, || in_words(&challenge), || as_json(&challenge));
        return Ok(Outcome::Done);
    }
    loop {
        let Some(typed) = typed(challenge.position, args)? else {
            return Err(Failure::new(
                "no answer was given; type the code, or give it as a line of standard input",
            ));
        };
        let answer = gate.answer(&mut store, &challenge.id, &typed, &Zoned::now())?;
        let outcome = tell(args, &answer);
        if !matches!(answer, Answer::Slip(_)) || !io::stdin().is_terminal() {
            return Ok(outcome);
        }
    }
}

fn ask(gate: &Gate, store: &mut Store, holder: &HolderId) -> Result<Asked, Failure> {
    Ok(gate.challenge(store, holder, &Zoned::now(), &mut Random::new(SysRng))?)
}

fn gate(args: &Verify) -> Result<Gate, Failure> {
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
            ..Policy::default()
        },
        peppers: Peppers::new(peppers),
        actor: store::actor(&args.actor),
    })
}

/// What was typed, without showing it; `None` at the end of the input.
fn typed(position: Position, args: &Verify) -> Result<Option<Zeroizing<String>>, Failure> {
    if io::stdin().is_terminal() {
        let typed = rpassword::prompt_password(format!("code {position}? "));
        return Ok(Some(Zeroizing::new(typed.map_err(|error| unread(&error))?)));
    }
    if !args.json && !args.quiet {
        println!("code {position}?");
        io::stdout().flush().map_err(|error| unread(&error))?;
    }
    let mut line = Zeroizing::new(String::with_capacity(128));
    let read = io::Read::take(io::stdin().lock(), MAX_LINE);
    io::BufRead::read_line(&mut io::BufReader::new(read), &mut line)
        .map_err(|error| unread(&error))?;
    Ok((!line.is_empty()).then_some(line))
}

fn unread(error: &io::Error) -> Failure {
    Failure::new(format!("the answer can't be read: {error}"))
}

/// Says what came of an answer.
fn tell(args: &Verify, answer: &Answer) -> Outcome {
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
    say(args, || said, || json);
    match answer {
        Answer::Accepted { .. } => Outcome::Done,
        _ => Outcome::Complaints,
    }
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

fn say(args: &Verify, words: impl FnOnce() -> String, json: impl FnOnce() -> Value) {
    if args.json {
        println!("{}", json());
    } else if !args.quiet {
        println!("{}", words());
    }
}
