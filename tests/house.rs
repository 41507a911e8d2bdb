//! The plan of the house in `docs/architecture.md`, held against the code.
//!
//! The tables there are the rules; nothing here names a room.
#![allow(clippy::unwrap_used, reason = "a table that can't be read is a failed test")]

mod house {
    pub(crate) mod plan;
    pub(crate) mod source;
}

use std::{collections::BTreeMap, fs, path::Path};

use house::{
    plan::{Plan, Room, WayOut},
    source::{Source, says},
};

/// Callers of a code's ways out, all together.
const MOST_CALLERS: usize = 5;

fn plan() -> Plan {
    Plan::read(&fs::read_to_string("docs/architecture.md").unwrap())
}

/// Every file under `src/`, by its path, with `/` between.
fn sources() -> BTreeMap<String, Source> {
    fn walk(folder: &Path, found: &mut BTreeMap<String, Source>) {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                walk(&path, found);
            } else if path.extension().is_some_and(|ending| ending == "rs") {
                let name = path.to_str().unwrap().replace('\\', "/");
                found.insert(name, Source::read(&fs::read_to_string(&path).unwrap()));
            }
        }
    }
    let mut found = BTreeMap::new();
    walk(Path::new("src"), &mut found);
    found
}

/// `src/token/code.rs` is in the room `token`, and so is `src/token.rs`.
fn room_name(path: &str) -> &str {
    let inside = path.trim_start_matches("src/");
    inside.split('/').next().unwrap_or(inside).trim_end_matches(".rs")
}

/// What a file does that the plan does not allow it.
fn faults(plan: &Plan, path: &str, source: &Source) -> Vec<String> {
    let name = room_name(path);
    if name == "lib" {
        return imports(source)
            .map(|(line, target)| format!("{path}:{line}: the list of rooms imports `{target}`"))
            .collect();
    }
    let Some(room) = plan.room(name) else {
        return vec![format!("{path}: the plan has no room `{name}`")];
    };
    let mut faults = Vec::new();
    for (line, target) in imports(source) {
        if let Some(why) = why_not(plan, room, target) {
            faults.push(format!("{path}:{line}: `{name}` imports `{target}`, {why}"));
        }
    }
    let is_top = path == format!("src/{name}.rs");
    for said in &source.paths {
        let climbs = said.segments.iter().take_while(|segment| *segment == "super").count();
        if climbs > usize::from(!is_top) {
            faults.push(format!("{path}:{}: leaves its room by `super`; say `crate`", said.line));
        }
        for word in plan.words.iter().filter(|word| !word.may_be_said_by(room)) {
            if says(&said.segments, &word.path) {
                faults.push(format!("{path}:{}: says `{}`: {}", said.line, word.text, word.why));
            }
        }
        for never in room.never.iter().filter(|never| says(&said.segments, never)) {
            faults.push(format!("{path}:{}: `{name}` says `{}`", said.line, never.join("::")));
        }
    }
    faults
}

/// The rooms that a file imports, with the lines. The program's own name means the library.
fn imports(source: &Source) -> impl Iterator<Item = (usize, &str)> {
    source.paths.iter().filter_map(|said| match said.segments.as_slice() {
        [root, target, ..] if root == "crate" || root == "tokenkaart" => {
            Some((said.line, target.as_str()))
        }
        _ => None,
    })
}

fn why_not(plan: &Plan, room: &Room, target: &str) -> Option<String> {
    if target == room.name || room.neighbours.iter().any(|neighbour| neighbour == target) {
        return None;
    }
    match plan.room(target) {
        None => Some("which is no room".to_owned()),
        Some(other) if other.floor > room.floor => Some("which is on a floor above".to_owned()),
        Some(other) if other.floor == room.floor => Some("no neighbour of its".to_owned()),
        Some(_) => None,
    }
}

/// Where a file calls a way out, by its lines.
fn calls(source: &Source, way: &str) -> Vec<usize> {
    source
        .paths
        .iter()
        .filter(|said| said.segments.last().is_some_and(|last| last == way))
        .filter(|said| said.is_method || said.segments.len() > 1)
        .map(|said| said.line)
        .collect()
}

#[test]
fn every_file_keeps_to_the_plan() {
    let plan = plan();
    let faults: Vec<String> =
        sources().iter().flat_map(|(path, source)| faults(&plan, path, source)).collect();
    assert!(faults.is_empty(), "docs/architecture.md says otherwise:\n{}", faults.join("\n"));
}

#[test]
fn a_codes_text_leaves_where_the_plan_says_and_nowhere_else() {
    let plan = plan();
    assert!(plan.ways_out.iter().map(|way| way.most).sum::<usize>() <= MOST_CALLERS);
    for way in ["canonical", "printed"] {
        let mut found: BTreeMap<String, Vec<String>> = BTreeMap::new();
        for (path, source) in &sources() {
            let lines = calls(source, way).into_iter().map(|line| format!("{path}:{line}"));
            found.entry(room_name(path).to_owned()).or_default().extend(lines);
        }
        for (room, places) in found {
            let allowed = |out: &&WayOut| out.room == room && out.way == way;
            let most = plan.ways_out.iter().find(allowed).map_or(0, |out| out.most);
            assert!(
                places.len() <= most,
                "`{room}` may call `{way}` {most} times and does at {}",
                places.join(", ")
            );
        }
    }
}

#[test]
fn the_plan_is_whole() {
    let plan = plan();
    assert!(plan.rooms.len() >= 10 && plan.words.len() >= 10 && !plan.ways_out.is_empty());
    for room in &plan.rooms {
        let rows = plan.rooms.iter().filter(|other| other.name == room.name).count();
        assert_eq!(rows, 1, "rows of `{}`", room.name);
        assert!(
            Path::new(&format!("src/{}.rs", room.name)).is_file(),
            "there is no room `{}` in the house",
            room.name
        );
        for neighbour in &room.neighbours {
            let other = plan.room(neighbour);
            assert!(
                other.is_some_and(|other| other.floor == room.floor),
                "`{neighbour}` is no neighbour of `{}`: another floor, or no room",
                room.name
            );
        }
    }
}

/// A plan of which the next test breaks every line.
const SMALL_PLAN: &str = "
## Rooms
| floor | room | what it holds | neighbours | never |
|---|---|---|---|---|
| 0 | `rule` | | | `Code` |
| 0 | `other` | | | |
| 1 | `format` | | `beside` | `crate::rule` |
| 1 | `beside` | | | |
| 3 | `edge` | | | |
## Words
| word | only in | because |
|---|---|---|
| `std::env`, `println!` | `edge` | no |
| `Instant::now` | floor 1, floor 3 | no |
## Where a code's text leaves
| room | way out | calls, at most |
|---|---|---|
| `rule` | `canonical` | 1 |
";

#[test]
fn a_file_that_breaks_the_plan_is_seen() {
    let plan = Plan::read(SMALL_PLAN);
    for (path, text) in [
        ("src/cellar.rs", ""),
        ("src/rule.rs", "use crate::format;"),
        ("src/rule.rs", "use crate::{beside::{A}, rule::{C, D}};"),
        ("src/rule.rs", "fn f() -> u8 { crate::other::f() }"),
        ("src/rule.rs", "pub(in crate::edge) fn f() {}"),
        ("src/rule.rs", "use super::beside;"),
        ("src/rule/part.rs", "use super::{a, super::beside};"),
        ("src/rule.rs", "use crate::Loose;"),
        ("src/rule.rs", "fn f(code: &Code) {}"),
        ("src/rule.rs", "use std::{fs, env};"),
        ("src/rule.rs", "fn f() { let _ = std::env::args(); }"),
        ("src/rule.rs", "/* /* */ */ fn f() { println!(\"{}\", '\\''); }"),
        ("src/rule.rs", "use std::time::Instant; fn f() { Instant::now(); }"),
        ("src/rule.rs", "#[cfg(test)] mod tests { fn f() {} } use crate::beside;"),
        ("src/format.rs", "use crate::rule::R;"),
        ("src/beside.rs", "use crate::format;"),
        ("src/lib.rs", "pub use crate::rule::R;"),
        ("src/edge.rs", "use tokenkaart::cellar;"),
    ] {
        assert_eq!(faults(&plan, path, &Source::read(text)).len(), 1, "{path}: {text}");
    }
}

#[test]
fn a_file_that_keeps_to_the_plan_is_left_alone() {
    let plan = Plan::read(SMALL_PLAN);
    for (path, text) in [
        ("src/lib.rs", "//! See [`crate::edge`].\npub mod rule;"),
        ("src/rule.rs", "mod part; pub use self::part::P; use crate::rule::part::Q;"),
        ("src/rule/part.rs", "use super::P; pub(crate) fn f<'a>(c: &'a CodeFormat) {}"),
        ("src/rule.rs", "// Code\nconst S: &str = \"Code println! \\\" std::env\";"),
        ("src/rule.rs", "const S: &str = r#\"\" crate::edge \"#; const B: &[u8] = b\"Code\";"),
        ("src/rule.rs", "#[cfg(test)]\nmod tests { use super::*; use crate::edge; }"),
        ("src/rule.rs", "const V: &str = env!(\"CARGO_PKG_VERSION\");"),
        ("src/format.rs", "use crate::{beside, other}; fn f() { Instant::now(); }"),
        ("src/edge.rs", "use tokenkaart::{format, rule as law}; use std::env::*;"),
    ] {
        assert_eq!(faults(&plan, path, &Source::read(text)), [""; 0], "{path}: {text}");
    }
}

#[test]
fn a_call_of_a_way_out_is_counted_once_and_its_declaration_is_not() {
    let text = "impl Code { fn canonical(&self) {} }
        fn f() { code.canonical(); codes.map(Code::canonical); let canonical = 1; }
        #[cfg(test)] mod tests { fn g() { code.canonical(); } }";
    assert_eq!(calls(&Source::read(text), "canonical"), [2, 2]);
}
