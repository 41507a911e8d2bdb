//! What neither crate edges nor clippy hold: circles among files, the one door of each outside
//! format, and the ways by which a code's text leaves its type.
//!
//! The tables in `docs/architecture.md` are the rules; nothing here names a room.
#![allow(clippy::unwrap_used, reason = "a table that can't be read is a failed test")]

mod house {
    pub(crate) mod plan;
    pub(crate) mod source;
}

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::Path,
};

use house::{
    plan::Plan,
    source::{Said, Source},
};

/// Callers of a code's ways out, all together.
const MOST_CALLERS: usize = 5;
/// Where each crate of the workspace has its sources.
const CRATES: [&str; 5] =
    ["src", "crates/auth/src", "crates/server/src", "crates/terminal/src", "crates/token/src"];

fn plan() -> Plan {
    Plan::read(&fs::read_to_string("docs/architecture.md").unwrap())
}

/// Every file of a crate, by its path.
fn sources(root: &str) -> BTreeMap<String, Source> {
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
    walk(Path::new(root), &mut found);
    found
}

/// `src/print/font.rs` is in the room `src/print`, and so is `src/print.rs`.
fn room(root: &str, path: &str) -> String {
    let inside = path.strip_prefix(root).unwrap().trim_start_matches('/');
    let name = inside.split('/').next().unwrap().trim_end_matches(".rs");
    format!("{root}/{name}")
}

/// The rooms that each room of a crate imports; its list of rooms and its program import as they
/// like.
fn imports(root: &str, sources: &BTreeMap<String, Source>) -> BTreeMap<String, BTreeSet<String>> {
    let mut imports: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for (path, source) in sources {
        let from = room(root, path);
        if from.ends_with("/lib") || from.ends_with("/main") {
            continue;
        }
        let targets = source.paths.iter().filter_map(|said| match said.segments.as_slice() {
            [first, target, ..] if first == "crate" => Some(format!("{root}/{target}")),
            _ => None,
        });
        let there = |target: &String| {
            *target != from && sources.keys().any(|other| room(root, other) == *target)
        };
        let targets: Vec<String> = targets.filter(there).collect();
        imports.entry(from).or_default().extend(targets);
    }
    imports
}

/// Rooms that can't be put in an order in which each imports earlier ones alone.
fn circles(mut imports: BTreeMap<String, BTreeSet<String>>) -> Vec<String> {
    loop {
        let done: Vec<String> = imports
            .iter()
            .filter(|(_, targets)| targets.iter().all(|target| !imports.contains_key(target)))
            .map(|(room, _)| room.clone())
            .collect();
        if done.is_empty() {
            return imports.into_keys().collect();
        }
        imports.retain(|room, _| !done.contains(room));
    }
}

/// Whether a path begins at a crate, which a variable of its name doesn't.
fn names(said: &Said, krate: &[String]) -> bool {
    !said.is_method && said.segments.len() > krate.len() && said.segments.starts_with(krate)
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
fn no_room_imports_one_that_imports_it() {
    for root in CRATES {
        let circles = circles(imports(root, &sources(root)));
        assert!(circles.is_empty(), "in a circle: {}", circles.join(", "));
    }
}

#[test]
fn each_outside_format_has_one_door() {
    let plan = plan();
    assert!(plan.doors.len() >= 10);
    let mut faults = Vec::new();
    for root in CRATES {
        for (path, source) in &sources(root) {
            let room = room(root, path);
            for said in &source.paths {
                for door in plan.doors.iter().filter(|door| names(said, &door.path)) {
                    if !door.rooms.contains(&room) {
                        faults.push(format!(
                            "{path}:{}: says `{}`",
                            said.line,
                            door.path.join("::")
                        ));
                    }
                }
            }
        }
    }
    assert!(faults.is_empty(), "docs/architecture.md says otherwise:\n{}", faults.join("\n"));
}

#[test]
fn a_codes_text_leaves_where_the_plan_says_and_nowhere_else() {
    let plan = plan();
    assert!(!plan.ways_out.is_empty());
    let of_cards = plan.ways_out.iter().filter(|out| out.way != "on_paper");
    assert!(of_cards.map(|out| out.most).sum::<usize>() <= MOST_CALLERS);
    for way in ["canonical", "printed", "on_paper"] {
        let mut found: BTreeMap<String, Vec<String>> = BTreeMap::new();
        for root in CRATES {
            for (path, source) in &sources(root) {
                let lines = calls(source, way).into_iter().map(|line| format!("{path}:{line}"));
                found.entry(room(root, path)).or_default().extend(lines);
            }
        }
        for (room, places) in found {
            let mut ways = plan.ways_out.iter();
            let most =
                ways.find(|out| out.room == room && out.way == way).map_or(0, |out| out.most);
            assert!(
                places.len() <= most,
                "`{room}` may call `{way}` {most} times and does at {}",
                places.join(", ")
            );
        }
    }
}

#[test]
fn a_circle_is_seen_and_a_line_is_not_one() {
    let read = |files: &[(&str, &str)]| {
        files.iter().map(|(path, text)| ((*path).to_owned(), Source::read(text))).collect()
    };
    let line: BTreeMap<String, Source> = read(&[
        ("src/a.rs", "use crate::{b::B, c};"),
        ("src/b/x.rs", "use crate::c;"),
        ("src/c.rs", ""),
    ]);
    assert!(circles(imports("src", &line)).is_empty());
    let circle: BTreeMap<String, Source> = read(&[
        ("src/a.rs", "use crate::b;"),
        ("src/b/x.rs", "fn f() { crate::a::g(); }"),
        ("src/c.rs", ""),
    ]);
    assert_eq!(circles(imports("src", &circle)), ["src/a", "src/b"]);
}

#[test]
fn a_call_of_a_way_out_is_counted_once_and_its_declaration_is_not() {
    let text = "impl Code { fn canonical(&self) {} }
        fn f() { code.canonical(); codes.map(Code::canonical); let canonical = 1; }
        #[cfg(test)] mod tests { fn g() { code.canonical(); } }";
    assert_eq!(calls(&Source::read(text), "canonical"), [2, 2]);
}

/// What a library says is shown on web pages too; what to type is added by the program that has it.
#[test]
fn no_library_names_a_command_or_an_option_of_a_program() {
    let mut named = Vec::new();
    for root in ["src", "crates/auth/src", "crates/token/src"] {
        let mut open = vec![Path::new(root).to_owned()];
        while let Some(path) = open.pop() {
            if path.is_dir() {
                open.extend(fs::read_dir(path).unwrap().map(|entry| entry.unwrap().path()));
                continue;
            }
            let is_cli = path.starts_with("src/cli") || path == Path::new("src/cli.rs");
            if is_cli || path.extension().is_none_or(|ending| ending != "rs") {
                continue;
            }
            let text = fs::read_to_string(&path).unwrap();
            let said = text.split("#[cfg(test)]").next().unwrap_or_default();
            for (number, line) in (1..).zip(said.lines()) {
                let is_comment = line.trim_start().starts_with("//");
                let mut options = line.match_indices("--");
                let is_option = options.any(|(at, _)| {
                    line[at + 2..].starts_with(|symbol: char| symbol.is_ascii_lowercase())
                });
                if !is_comment && (is_option || line.contains("`tokenkaart")) {
                    named.push(format!("{}:{number}: {}", path.display(), line.trim()));
                }
            }
        }
    }
    assert!(named.is_empty(), "{}", named.join("\n"));
}
