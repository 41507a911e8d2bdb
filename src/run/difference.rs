//! In what a run that is to be resumed differs from the one that was begun.

use std::fmt;

use serde_json::Value;
use tokenkaart_token::run_files::{Parameters, journal::RunStarted};

use super::plan::Plan;

/// The program that makes runs, with its version.
pub(super) const PROGRAM: &str = concat!("tokenkaart ", env!("CARGO_PKG_VERSION"));

/// One difference.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Difference {
    /// What differs: a parameter by its name in the journal, or `input`, `holders`, `reading` or
    /// `program`.
    pub name: String,
    what: String,
}

impl fmt::Display for Difference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.what)
    }
}

fn difference(name: &str, what: impl Into<String>) -> Difference {
    Difference { name: name.to_owned(), what: what.into() }
}

/// In what a plan differs from the run that was begun.
pub(super) fn differences(run: &RunStarted, plan: &Plan) -> Vec<Difference> {
    let mut found = Vec::new();
    if run.input_sha256 != plan.input_sha256() {
        found.push(difference("input", "the holder file has other bytes"));
    } else if run.holders != plan.holders() {
        let what = format!("{} holders then, {} now", run.holders, plan.holders());
        found.push(difference("holders", what));
    } else if run.holders_sha256 != plan.holders_sha256()
        && run.parameters.sort == plan.parameters().sort
    {
        found.push(difference("reading", "the holder file is read in another way"));
    }
    if run.program != PROGRAM {
        found.push(difference("program", format!("{} then, {PROGRAM} now", run.program)));
    }
    found.extend(of_parameters(&run.parameters, plan.parameters()));
    found
}

fn of_parameters(then: &Parameters, now: &Parameters) -> Vec<Difference> {
    // A struct of texts and numbers always is an object.
    let [then, now] =
        [then, now].map(|parameters| serde_json::to_value(parameters).unwrap_or_default());
    let Some(members) = then.as_object() else { return Vec::new() };
    let different = members.iter().filter(|(name, value)| now[name.as_str()] != **value);
    different
        // They follow from the design.
        .filter(|(name, _)| !["marked", "numbered"].contains(&name.as_str()))
        .map(|(name, then)| difference(name, of_parameter(name, then, &now[name])))
        .collect()
}

fn of_parameter(name: &str, then: &Value, now: &Value) -> String {
    let what = match name {
        "design_sha256" => return "the design's file or artwork has changed".to_owned(),
        "fallback_font" => return "the fallback font is another".to_owned(),
        "replaces" => return "other tokens are replaced".to_owned(),
        "code_format" => return "the codes look different".to_owned(),
        // With the same shard, what the whole run is made of differs.
        "part" if then["shard"] == now["shard"] => {
            return "so the other shards would be of another run".to_owned();
        }
        "part" => return in_words("shard", &then["shard"], &now["shard"]),
        "issued" => "date of request",
        "expires" => "end date",
        "scheme" => "hashing scheme",
        "key_id" => "pepper",
        "sealed_to" => "recipients",
        "reply_to" => "address of the office",
        "tagged" => "tags for screen readers",
        "sort" => "order of the cards",
        "bundle" => "holders per bundle",
        name => name,
    };
    in_words(what, then, now)
}

fn in_words(what: &str, then: &Value, now: &Value) -> String {
    fn shown(value: &Value) -> String {
        match value {
            Value::Null => "none".to_owned(),
            Value::String(text) => text.clone(),
            Value::Array(all) if all.is_empty() => "none".to_owned(),
            Value::Array(all) => all.iter().map(shown).collect::<Vec<_>>().join(", "),
            other => other.to_string(),
        }
    }
    format!("{what}: {} then, {} now", shown(then), shown(now))
}
