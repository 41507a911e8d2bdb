//! How far the ink of honest pages is from that of their texts, and how far that of spoilt ones.
//!
//! `cargo bench --bench ink` prints cards and letters of every design, looks at `CODES` codes (10 000
//! if it isn't set) and tells how many of them, of their numbers and of the other lines would be false
//! alarms, what the worst of them has astray, and how many pages a second that takes. Then every
//! symbol of some codes is held to every other symbol, to its left and right neighbour's place, and to
//! the lines and patches that somebody could lay over it. Under `cargo test` it looks at a few codes.
//! Only a false alarm, or something that is overlooked, fails.
#![allow(
    clippy::disallowed_methods,
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    clippy::print_stdout,
    clippy::unwrap_used,
    reason = "a program to look at"
)]

use std::{env, time::Instant};

use jiff::civil::date;
use rand::{SeedableRng, rngs::ChaCha20Rng};
use tokenkaart::{
    design::{Area, Colour, Design, Font, Mm, Pt},
    ink::{Gauge, MOST_ASTRAY, Stencil},
    layout::{CardOptions, Composer, Item, Page, Slug, Standing, TextLine},
    paper::{Paper, PaperPage, Region},
    print::{About, print},
    symbol::mark::{Envelope, RunId, Sequence},
};
use tokenkaart_token::{
    holder::{Holder, HolderId, HolderName, Line, PostalAddress},
    language::Language,
    run_files::Window,
    token::{CodeFormat, Position, Random, Token},
};

const NAMES: [&str; 8] = [
    "An Peeters",
    "Ren\u{e9}e van \u{2019}t Hof",
    "S\u{31b}\u{304}ukru\u{308} l\u{325}\u{304} C\u{328}\u{306} AVoT",
    "Jean-Baptiste Alexandre de Montmorency-Laval van den Broeck-Vandenbossche",
    "\u{395}\u{3bb}\u{3ad}\u{3bd}\u{3b7} \u{3a0}\u{3b1}\u{3c0}\u{3b1}\u{3b4}\u{3cc}\u{3c0}",
    "\u{421}\u{442}\u{43e}\u{44f}\u{43d} \u{418}\u{432}\u{430}\u{43d}\u{43e}\u{432}",
    "J\u{f6}rg Mei\u{df}ner",
    "\u{de}\u{f3}r\u{f0}ur \u{c6}gisson",
];
const URL: &str = "https://aanmelden.example/?s={serial}";

fn main() {
    let is_bench = env::args().any(|argument| argument == "--bench");
    let codes = env::var("CODES").ok().map(|codes| codes.parse().unwrap());
    let codes: usize = codes.unwrap_or(if is_bench { 10_000 } else { 96 });
    let mut random = Random::new(ChaCha20Rng::seed_from_u64(14));
    let designs: Vec<&str> = Design::built_in_names().collect();
    let mut all = Shares::default();
    for design in &designs {
        let cards = (codes / 24).div_ceil(designs.len()).max(1);
        for (url, cards) in [(None, cards - cards / 4), (Some(URL), cards / 4)] {
            if cards > 0 {
                all.add(&honest(design, url, cards, &mut random));
            }
        }
    }
    println!(
        "all: {} codes, {} false alarms among {} lines; worst share astray {:.4} of {MOST_ASTRAY}",
        all.codes, all.alarms, all.lines, all.worst
    );
    assert_eq!(all.alarms, 0, "an honest line was taken for a spoilt one");
    let tokens = if is_bench { 4 } else { 1 };
    let least = designs.iter().map(|design| spoilt(design, tokens, &mut random));
    let least = least.fold(f32::INFINITY, f32::min);
    println!("spoilt: least share astray {least:.4} of {MOST_ASTRAY}");
    assert!(least > MOST_ASTRAY, "something was overlooked");
}

/// What some pages had astray.
#[derive(Default)]
struct Shares {
    codes: usize,
    lines: usize,
    alarms: usize,
    worst: f32,
}

impl Shares {
    fn add(&mut self, other: &Self) {
        self.codes += other.codes;
        self.lines += other.lines;
        self.alarms += other.alarms;
        self.worst = self.worst.max(other.worst);
    }
}

fn composer(design: &str, url: Option<&str>) -> Composer {
    let settings = CardOptions {
        url: url.map(str::to_owned),
        office: Some("Stad Voorbeeld".to_owned()),
        phone: Some("02 000 00 00".to_owned()),
        ..CardOptions::new(CodeFormat::default(), date(2026, 11, 22))
    };
    Composer::new(Design::built_in(design).unwrap(), settings).unwrap()
}

/// Some cards' pages before and after they were printed.
fn printed(
    composer: &Composer,
    cards: usize,
    random: &mut Random<ChaCha20Rng>,
    spoil: impl Fn(&mut Vec<Item>),
) -> (Vec<Page>, Paper) {
    let run = RunId::from_bytes([0xd9; 16]);
    let pages = (0..cards).map(|card| {
        let number = card as u32 + 1;
        let sequence = Sequence {
            number: number.into(),
            total: cards as u64,
            file: 1,
            card: number,
            cards: cards as u32,
        };
        let name = HolderName::new(NAMES[card % NAMES.len()]).unwrap();
        let mut holder = Holder::new(HolderId::new("1").unwrap(), name);
        let line = |text| Line::new(text).unwrap();
        holder.address = PostalAddress {
            street: line("Rue de l\u{2019}\u{c9}glise 12"),
            postal_code: line("5310"),
            city: line("\u{c9}ghez\u{e9}e"),
            country: None,
        };
        let token = Token::draw(&CodeFormat::default(), random).unwrap();
        let language = Language::ALL[card % 4];
        composer.compose(&holder, language, &token, &Envelope { run, sequence }).unwrap()
    });
    let pages =
        composer.impose(pages.collect(), Slug { file: None, language: Language::Nl }).unwrap();
    let mut pages: Vec<Page> = pages;
    for page in &mut pages {
        spoil(&mut page.items);
    }
    let about = About::new("ink".to_owned(), Language::Nl, date(2026, 11, 22));
    let pdf = print(composer.design(), composer.faces(), &pages, &about).unwrap();
    (pages, Paper::open(pdf.to_vec()).unwrap())
}

/// The lines of a page, in the sizes that a PDF has: to a hundredth of a point.
fn lines(page: &Page) -> Vec<TextLine> {
    let size = |size: Pt| Pt((size.0 * 100.0).round() / 100.0);
    let lines = page.items.iter().filter_map(|item| match item {
        Item::Line(line) => {
            let mut line = line.clone();
            line.size = size(line.size);
            Some(line)
        }
        _ => None,
    });
    lines.collect()
}

/// All lines of honest pages, held to what was laid out.
fn honest(
    design: &str,
    url: Option<&str>,
    cards: usize,
    random: &mut Random<ChaCha20Rng>,
) -> Shares {
    let composer = composer(design, url);
    let (laid, paper) = printed(&composer, cards, random, |_| ());
    let gauge = Gauge::default();
    let mut shares = Shares::default();
    let begin = Instant::now();
    for (page, number) in laid.iter().zip(1..) {
        let drawn = paper.page(number).unwrap();
        let stencils: Vec<Stencil> =
            lines(page).into_iter().map(|line| Stencil { line, in_colour: true }).collect();
        let grey = drawn.grey(&whole(&drawn)).unwrap();
        for (share, stencil) in
            gauge.astray(composer.faces(), &grey, &stencils).into_iter().zip(&stencils)
        {
            shares.lines += 1;
            shares.codes += usize::from(stencil.line.font == Font::Codes);
            shares.alarms += usize::from(share > MOST_ASTRAY);
            shares.worst = shares.worst.max(share);
        }
    }
    let seconds = begin.elapsed().as_secs_f64();
    println!(
        "{design}{}: {} codes on {} pages, worst share astray {:.4}; {:.1} pages a second, all lines of \
         each",
        url.map_or("", |_| " with QR code"),
        shares.codes,
        laid.len(),
        shares.worst,
        laid.len() as f64 / seconds
    );
    shares
}

fn whole(page: &PaperPage<'_>) -> Region {
    let (width, height) = page.size();
    Region { x: 0.0, y: 0.0, width, height }
}

/// What is done to a page before it is printed.
type Spoil = Box<dyn Fn(&mut Vec<Item>)>;

/// The least share astray of codes that are spoilt in many ways.
fn spoilt(design: &str, tokens: usize, random: &mut Random<ChaCha20Rng>) -> f32 {
    let composer = composer(design, None);
    let of_design = || composer.design().clone();
    let format = CodeFormat::default();
    let standing = Standing::new(of_design(), format.clone(), Window::Right, None).unwrap();
    let gauge = Gauge::default();
    let corner = composer.design().sheet.map_or((Mm(0.0), Mm(0.0)), |sheet| {
        let cell = sheet.cell(0, &composer.design().page, false);
        (cell.x, cell.y)
    });
    let mut least = f32::INFINITY;
    let mut closest = String::new();
    for _ in 0..tokens {
        let (laid, paper) = printed(&composer, 1, random, |_| ());
        let drawn = paper.page(1).unwrap();
        let grey = drawn.grey(&whole(&drawn)).unwrap();
        let codes = lines(&laid[0]).into_iter().filter(|line| line.font == Font::Codes);
        for (code, position) in codes.zip(Position::all()) {
            let symbols = code.text().replace(' ', "");
            for (at, symbol) in symbols.char_indices() {
                for other in format.alphabet().as_str().chars().filter(|other| *other != symbol) {
                    let mut changed = symbols.clone();
                    changed.replace_range(at..=at, other.encode_utf8(&mut [0; 4]));
                    let [_, mut line] = standing.numbered_code(position, &changed);
                    line.x += corner.0;
                    line.baseline += corner.1;
                    let stencils = [Stencil { line, in_colour: true }];
                    let share = gauge.astray(composer.faces(), &grey, &stencils)[0];
                    if share < least {
                        (least, closest) = (share, format!("{symbol} and {other}"));
                    }
                }
            }
        }
    }
    println!("{design}: closest symbols {closest}, {least:.4}");
    // Lines of 0.2 mm through each code, black, white and dark grey; the foot of each cut off, by as much
    // of the larger ones; a tenth of a millimetre to the side.
    let over = |mm: f32, ems: f32, up: f32, grey: u8| {
        move |items: &mut Vec<Item>| {
            let fills: Vec<Item> = items
                .iter()
                .filter_map(|item| match item {
                    Item::Line(line) if line.font == Font::Codes => {
                        let em = Mm::from(line.size);
                        let height = Mm(mm) + em * ems;
                        let y = line.baseline - em * up - height * 0.5;
                        let area = Area { x: line.x, y, width: em * 7.0, height };
                        Some(Item::Fill { area, colour: Colour { rgb: [grey; 3] } })
                    }
                    _ => None,
                })
                .collect();
            items.extend(fills);
        }
    };
    let ways: [(&str, Spoil); 5] = [
        ("a black line of 0.2 mm", Box::new(over(0.2, 0.0, 0.25, 0))),
        ("a white line of 0.2 mm", Box::new(over(0.2, 0.0, 0.35, 255))),
        ("a dark grey line of 0.3 mm", Box::new(over(0.3, 0.0, 0.4, 0x50))),
        ("the foot of the codes cut off", Box::new(over(0.0, 0.12, 0.0, 255))),
        (
            "0.1 mm to the right",
            Box::new(|items: &mut Vec<Item>| {
                for item in items {
                    if let Item::Line(line) = item {
                        line.x += Mm(0.1);
                    }
                }
            }),
        ),
    ];
    for (what, spoil) in ways {
        let (laid, paper) = printed(&composer, 1, random, spoil);
        let drawn = paper.page(1).unwrap();
        let grey = drawn.grey(&whole(&drawn)).unwrap();
        let codes = lines(&laid[0]).into_iter().filter(|line| line.font == Font::Codes);
        let mut share = f32::INFINITY;
        for (code, position) in codes.zip(Position::all()) {
            let [_, mut line] = standing.numbered_code(position, &code.text().replace(' ', ""));
            line.x += corner.0;
            line.baseline += corner.1;
            let stencils = [Stencil { line, in_colour: true }];
            share = share.min(gauge.astray(composer.faces(), &grey, &stencils)[0]);
        }
        println!("{design}: {what}: least share astray {share:.4}");
        least = least.min(share);
    }
    least
}
