//! When an application stops taking tokens, and what stays.

use jiff::civil::Date;
use tokenkaart_auth::{Key, phase_out::PhaseOut};

use super::{
    keys,
    levels::Levels,
    reader::{Reader, Section},
};

const LAST_DAY: &str = "[[application]] last_day";
const WARN_FROM: &str = "[[application]] warn_from";
const STAY: &str = "[[application]] keys_that_stay";

/// The phase-out of an application that takes the keys `taken`, and whose level is `least_rank` at least.
pub(super) fn read<'t>(
    reader: &mut Reader<'t>,
    section: &mut Section<'_, 't>,
    taken: &[Key],
    least_rank: u16,
    levels: &Levels,
) -> Option<PhaseOut> {
    let last_day = reader.date(section, "last_day");
    let warn_from = reader.date(section, "warn_from");
    let stay_line = reader.line_of(section, "keys_that_stay");
    let stay = keys::read(reader, section, "keys_that_stay");
    if !section.has("last_day") {
        for (key, line) in
            [("warn_from", reader.line_of(section, "warn_from")), ("keys_that_stay", stay_line)]
        {
            if let Some(line) = line {
                reader.fault(
                    line,
                    format!(
                        "[[application]] {key} is of no use without last_day; write last_day = \
                         \"2026-12-31\", or take {key} out"
                    ),
                );
            }
        }
        return None;
    }
    if !section.has("warn_from") {
        reader.fault(
            section.line,
            format!("{WARN_FROM} is missing; write warn_from = \"2026-10-01\", the day from which people are warned"),
        );
    }
    if !section.has("keys_that_stay") {
        reader.fault(
            section.line,
            format!("{STAY} is missing; write keys_that_stay = [\"app\"], the keys that it takes after its last day"),
        );
    }
    if let (Some(last_day), Some(warn_from)) = (&last_day, &warn_from)
        && warn_from.value > last_day.value
    {
        reader.fault(
            warn_from.line,
            format!(
                "{WARN_FROM} is after {LAST_DAY}, so nobody would be warned; write an earlier day"
            ),
        );
    }
    if let Some(last_day) = &last_day
        && !taken.is_empty()
        && !taken.contains(&Key::Token)
    {
        reader.fault(
            last_day.line,
            format!("{LAST_DAY}: it doesn't take the token, so nothing ends; take last_day out"),
        );
    }
    if let Some(line) = stay_line {
        for key in &stay {
            let wrong = if *key == Key::Token {
                "it is what ends; take it out".to_owned()
            } else if taken.is_empty() || taken.contains(key) {
                continue;
            } else {
                "it is not among its keys; add it there".to_owned()
            };
            reader.fault(line, format!("{STAY}: \"{key}\": {wrong}"));
        }
        let others = stay.iter().filter(|key| **key != Key::Token);
        if !stay.is_empty() && others.clone().all(|key| levels.of(*key).rank < least_rank) {
            reader.fault(
                line,
                format!("{STAY}: none of them is as strong as its level; add a stronger one"),
            );
        }
    }
    let (last_day, warn_from): (Date, Date) = (last_day?.value, warn_from?.value);
    Some(PhaseOut { warn_from, last_day, stay })
}
