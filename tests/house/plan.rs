//! The tables of `docs/architecture.md`.

/// What the document says.
pub(crate) struct Plan {
    pub(crate) rooms: Vec<Room>,
    pub(crate) words: Vec<Word>,
    pub(crate) ways_out: Vec<WayOut>,
}

/// A file of `src/` with the folder of its name.
pub(crate) struct Room {
    pub(crate) floor: u8,
    pub(crate) name: String,
    pub(crate) neighbours: Vec<String>,
    /// Paths that it never says, cut at `::`.
    pub(crate) never: Vec<Vec<String>>,
}

/// A word that only some rooms may say.
pub(crate) struct Word {
    pub(crate) text: String,
    /// The word, cut at `::`.
    pub(crate) path: Vec<String>,
    /// Rooms, or floors as `floor 2`.
    pub(crate) only_in: Vec<String>,
    pub(crate) why: String,
}

/// A method that gives a code's text, and who may call it how often.
pub(crate) struct WayOut {
    pub(crate) room: String,
    pub(crate) way: String,
    pub(crate) most: usize,
}

impl Plan {
    pub(crate) fn read(document: &str) -> Self {
        let rooms = rows(document, "## Rooms").map(|cells| Room {
            floor: cells[0].parse().unwrap(),
            name: only(&cells[1]),
            neighbours: list(&cells[3]),
            never: list(&cells[4]).iter().map(|text| cut(text)).collect(),
        });
        let words = rows(document, "## Words").flat_map(|cells| {
            let only_in = list(&cells[1]);
            list(&cells[0]).into_iter().map(move |text| Word {
                path: cut(&text),
                text,
                only_in: only_in.clone(),
                why: cells[2].clone(),
            })
        });
        let ways_out = rows(document, "## Where a code's text leaves").map(|cells| WayOut {
            room: only(&cells[0]),
            way: only(&cells[1]),
            most: cells[2].parse().unwrap(),
        });
        Self { rooms: rooms.collect(), words: words.collect(), ways_out: ways_out.collect() }
    }

    pub(crate) fn room(&self, name: &str) -> Option<&Room> {
        self.rooms.iter().find(|room| room.name == name)
    }
}

impl Word {
    pub(crate) fn may_be_said_by(&self, room: &Room) -> bool {
        let floor = format!("floor {}", room.floor);
        self.only_in.iter().any(|place| *place == room.name || *place == floor)
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

fn cut(path: &str) -> Vec<String> {
    path.split("::").map(str::to_owned).collect()
}
