//! What a run's letters cost beside like letters by other makers of PDF, in CPU time.
//!
//! `cargo bench --bench letters` calls `benches/letters.sh` with the program and with this one,
//! which writes like letters with pdf-writer when told `--pdf-writer`. Only wrong work fails,
//! never its time. Under `cargo test` it writes a few.
#![allow(
    clippy::disallowed_methods,
    clippy::print_stdout,
    clippy::unwrap_used,
    reason = "a program to look at"
)]

use std::{env, fs, io::Write as _, path::Path, process::Command};

use flate2::{Compression, write::ZlibEncoder};
use pdf_writer::{Content, Filter, Finish, Name, Pdf, Rect, Ref, Str};
use tokenkaart::symbol::{
    Symbol,
    mark::{Mark, RunId},
    matrix, qr,
};

/// Letters a file, as in a run where the operator says nothing else.
const LETTERS: usize = 250;
const MM: f32 = 72.0 / 25.4;
const HEIGHT: f32 = 297.0;
const SYMBOLS: &[u8] = b"23456789CDFHJKMNPRTVWXY";

fn main() {
    let arguments: Vec<String> = env::args().skip(1).collect();
    match arguments.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        ["--pdf-writer", folder, files, qr] => {
            for number in 0..files.parse().unwrap() {
                let path = Path::new(folder).join(format!("{number:04}.pdf"));
                fs::write(path, letters(number, LETTERS, qr == "qr")).unwrap();
            }
        }
        ["--bench", ..] | [_, "--bench", ..] => {
            let script = concat!(env!("CARGO_MANIFEST_DIR"), "/benches/letters.sh");
            let status = Command::new(script)
                .arg(env!("CARGO_BIN_EXE_tokenkaart"))
                .arg(env::current_exe().unwrap())
                .status()
                .unwrap();
            assert!(status.success(), "{script} failed");
        }
        _ => assert!(letters(0, 3, true).starts_with(b"%PDF")),
    }
}

fn squeezed(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = ZlibEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

fn text(content: &mut Content, font: &[u8], size: f32, (x, y): (f32, f32), text: &str) {
    content.begin_text();
    content.set_font(Name(font), size);
    content.next_line(x * MM, (HEIGHT - y) * MM);
    content.show(Str(text.as_bytes()));
    content.end_text();
}

/// Where a code stands: three columns of eight, at the letter's foot.
fn place(index: u16) -> (f32, f32) {
    (27.0 + 55.0 * f32::from(index / 8), 222.0 + 7.0 * f32::from(index % 8))
}

/// What all letters of a file share.
fn shared() -> Vec<u8> {
    let mut content = Content::new();
    text(&mut content, b"B", 14.0, (25.0, 20.0), "Stad Gent");
    let lines = [
        "U hebt een tokenkaart aangevraagd. U vindt ze onderaan deze brief.",
        "Met deze kaart meldt u zich aan op de websites van de overheid.",
        "U geeft uw gebruikersnaam en uw wachtwoord. De website vraagt dan",
        "een van de 24 codes van uw kaart, bijvoorbeeld code 13.",
        "Knip de kaart uit en bewaar ze op een veilige plaats.",
        "Geef uw codes aan niemand, ook niet aan de telefoon.",
        "Bent u uw kaart kwijt? Bel dan meteen 09 210 10 10.",
    ];
    for (line, y) in lines.iter().zip([120.0, 125.0, 135.0, 140.0, 150.0, 155.0, 165.0]) {
        text(&mut content, b"T", 10.5, (25.0, y), line);
    }
    for row in [0_u16, 2, 4, 6] {
        let y = 222.0 + 7.0 * f32::from(row) - 5.0;
        content.set_fill_gray(0.93);
        content.rect(25.0 * MM, (HEIGHT - y - 7.0) * MM, 160.0 * MM, 7.0 * MM).fill_nonzero();
    }
    content.set_fill_gray(0.0);
    for index in 0..24 {
        let (x, y) = place(index);
        text(&mut content, b"T", 8.0, (x, y), &(index + 1).to_string());
    }
    content.finish().to_vec()
}

fn letter(number: usize, qr: bool) -> Vec<u8> {
    let mut content = Content::new();
    content.x_object(Name(b"S"));
    let serial = format!("K7M2-P9RT-3XYV-{:04}", number % 10_000);
    let name = format!("Jan Peeters-{number}");
    for (line, y) in [&*name, "Lindestraat 14", "9000 Gent"].into_iter().zip([62.0, 67.0, 72.0]) {
        text(&mut content, b"T", 10.5, (25.0, y), line);
    }
    text(&mut content, b"T", 10.5, (25.0, 100.0), "23 november 2026");
    text(&mut content, b"B", 12.0, (27.0, 208.0), &name);
    text(&mut content, b"C", 10.0, (27.0, 214.0), &serial);
    let mut state = number as u64 + 1;
    let mut code = String::with_capacity(11);
    for index in 0..24 {
        code.clear();
        for place in 0..9 {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            // The remainder is below 23.
            code.push(char::from(SYMBOLS[usize::try_from((state >> 33) % 23).unwrap()]));
            if place % 3 == 2 && place < 8 {
                code.push(' ');
            }
        }
        let (x, y) = place(index);
        text(&mut content, b"C", 11.0, (x + 8.0, y), &code);
    }
    let run = RunId::from_bytes([7; 16]);
    let mark = Mark::new(run, number as u64 + 1, 1, 1).unwrap();
    symbol(&mut content, &matrix::encode(mark).unwrap(), (10.0, 14.0));
    if qr {
        let url = format!("https://sign-in.example.be/?s={serial}");
        symbol(&mut content, &qr::encode(&url, 20.0).unwrap(), (160.0, 195.0));
    }
    content.finish().to_vec()
}

/// Modules of half a millimetre, the upper left one at `x` and `y`.
fn symbol(content: &mut Content, symbol: &Symbol, (x, y): (f32, f32)) {
    let module = 0.5 * MM;
    for (row, column, length) in symbol.strips() {
        let (column, row) = (column as f32, row as f32 + 1.0);
        let (x, y) = (x * MM + column * module, (HEIGHT - y) * MM - row * module);
        content.rect(x, y, length as f32 * module, module);
    }
    content.fill_nonzero();
}

/// A file of letters that look like ours from afar: standard fonts, no shaping, no marked
/// content, no PDF/A, which only helps it.
fn letters(file: usize, count: usize, qr: bool) -> Vec<u8> {
    let mut next = 1;
    let mut id = || {
        next += 1;
        Ref::new(next - 1)
    };
    let mut pdf = Pdf::new();
    let (catalog, tree, form) = (id(), id(), id());
    let fonts = [(b"T", b"Helvetica".as_slice()), (b"B", b"Helvetica-Bold"), (b"C", b"Courier")]
        .map(|(name, base)| (name, base, id()));
    for (_, base, font) in fonts {
        pdf.type1_font(font).base_font(Name(base));
    }
    let page_box = Rect::new(0.0, 0.0, 210.0 * MM, HEIGHT * MM);
    let content = squeezed(&shared());
    let mut shared = pdf.form_xobject(form, &content);
    shared.filter(Filter::FlateDecode);
    shared.bbox(page_box);
    let mut resources = shared.resources();
    let mut listed = resources.fonts();
    for (name, _, font) in fonts {
        listed.pair(Name(name), font);
    }
    listed.finish();
    resources.finish();
    shared.finish();
    let mut pages = Vec::with_capacity(count);
    for number in 0..count {
        let (page_id, content_id) = (id(), id());
        pages.push(page_id);
        let content = squeezed(&letter(file * LETTERS + number, qr));
        pdf.stream(content_id, &content).filter(Filter::FlateDecode);
        let mut page = pdf.page(page_id);
        page.media_box(page_box).parent(tree).contents(content_id);
        let mut resources = page.resources();
        resources.x_objects().pair(Name(b"S"), form);
        let mut listed = resources.fonts();
        for (name, _, font) in fonts {
            listed.pair(Name(name), font);
        }
    }
    pdf.pages(tree).count(i32::try_from(pages.len()).unwrap()).kids(pages);
    pdf.catalog(catalog).pages(tree);
    pdf.finish()
}
