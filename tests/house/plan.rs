//! The tables of `docs/architecture.md`.

/// What the document says.
pub(crate) struct Plan {
    pub(crate) doors: Vec<Door>,
    pub(crate) ways_out: Vec<WayOut>,
}

/// A word that only some rooms may say.
pub(crate) struct Door {
    /// The word, cut at `::`.
    pub(crate) path: Vec<String>,
    /// Rooms as `src/print`.
    pub(crate) rooms: Vec<String>,
}

/// A method that gives a code's text, and who may call it how often.
pub(crate) struct WayOut {
    pub(crate) room: String,
    pub(crate) way: String,
    pub(crate) most: usize,
}

impl Plan {
    pub(crate) fn read(document: &str) -> Self {
        let doors = rows(document, "## Doors").flat_map(|cells| {
            let rooms = list(&cells[1]);
            list(&cells[0]).into_iter().map(move |text| Door {
                path: text.split("::").map(str::to_owned).collect(),
                rooms: rooms.clone(),
            })
        });
        let ways_out = rows(document, "## Where a code's text leaves").map(|cells| WayOut {
            room: only(&cells[0]),
            way: only(&cells[1]),
            most: cells[2].parse().unwrap(),
        });
        Self { doors: doors.collect(), ways_out: ways_out.collect() }
    }
}

/// The cells of the table under a heading, without its head.
fn rows<'a>(document: &'a str, heading: &str) -> impl Iterator<Item = Vec<String>> + use<'a> {
    let start = document.lines().position(|line| line == heading).unwrap();
    document
        .lines()
        .skip(start + 1)
        .take_while(|line| !line.starts_with("## "))
        .filter(|line| line.starts_with('|'))
        .skip(2)
        .map(|line| line.trim_matches('|').split('|').map(|cell| cell.trim().to_owned()).collect())
}

fn list(cell: &str) -> Vec<String> {
    cell.split(',')
        .map(|item| item.trim().trim_matches('`').to_owned())
        .filter(|s| !s.is_empty())
        .collect()
}

fn only(cell: &str) -> String {
    let [item] = <[String; 1]>::try_from(list(cell)).unwrap();
    item
}
