//! Writes like letters with krilla or with printpdf's own pages: MAKER FOLDER FILES.
//!
//! Like, not the same: an A4 page with an address, a date, a text, a name, a serial, 24 numbers
//! and 24 codes in embedded fonts. No Data Matrix, no marked content and no PDF/A, which only helps
//! them; what all letters share stands on every page, for that is what these two do with it.

use std::{env, fs, path::Path};

/// Letters a file, as in a run where the operator says nothing else.
const LETTERS: usize = 250;
const MM: f32 = 72.0 / 25.4;
const WIDTH: f32 = 210.0;
const HEIGHT: f32 = 297.0;
const SYMBOLS: &[u8] = b"23456789CDFHJKMNPRTVWXY";
/// Text, bold text and codes.
const FONTS: [&str; 3] = [
    "fonts/NotoSans-Regular.ttf",
    "fonts/NotoSans-Bold.ttf",
    "fonts/AtkinsonHyperlegibleMono-Medium.ttf",
];

fn main() {
    let arguments: Vec<String> = env::args().skip(1).collect();
    let [maker, folder, files] = arguments.as_slice() else { panic!("MAKER FOLDER FILES") };
    for file in 0..files.parse().unwrap() {
        let numbers = file * LETTERS..(file + 1) * LETTERS;
        let pdf = match maker.as_str() {
            "krilla" => krilla_letters(numbers),
            "printpdf" => printpdf_letters(numbers),
            other => panic!("{other} is no maker"),
        };
        fs::write(Path::new(folder).join(format!("{file:04}.pdf")), pdf).unwrap();
    }
}

/// A page to draw on: millimetres from the upper left corner.
trait Canvas {
    fn text(&mut self, font: usize, size: f32, x: f32, y: f32, text: &str);
    fn band(&mut self, x: f32, y: f32, width: f32, height: f32);
}

fn letter(canvas: &mut impl Canvas, number: usize) {
    canvas.text(1, 14.0, 25.0, 20.0, "Stad Gent");
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
        canvas.text(0, 10.5, 25.0, y, line);
    }
    for row in [0.0, 2.0, 4.0, 6.0] {
        canvas.band(25.0, 217.0 + 7.0 * row, 160.0, 7.0);
    }
    let name = format!("Jan Peeters-{number}");
    for (line, y) in [&*name, "Lindestraat 14", "9000 Gent"].into_iter().zip([62.0, 67.0, 72.0]) {
        canvas.text(0, 10.5, 25.0, y, line);
    }
    canvas.text(0, 10.5, 25.0, 100.0, "23 november 2026");
    canvas.text(1, 12.0, 27.0, 208.0, &name);
    canvas.text(2, 10.0, 27.0, 214.0, &format!("K7M2-P9RT-3XYV-{:04}", number % 10_000));
    let mut state = number as u64 + 1;
    for index in 0..24_u16 {
        let (x, y) = (27.0 + 55.0 * f32::from(index / 8), 222.0 + 7.0 * f32::from(index % 8));
        canvas.text(0, 8.0, x, y, &(index + 1).to_string());
        let mut code = String::new();
        for place in 0..9 {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            // The remainder is below 23.
            code.push(char::from(SYMBOLS[((state >> 33) % 23) as usize]));
            if place % 3 == 2 && place < 8 {
                code.push(' ');
            }
        }
        canvas.text(2, 11.0, x + 8.0, y, &code);
    }
}

struct Krilla<'a, 'b> {
    surface: krilla::surface::Surface<'a>,
    fonts: &'b [krilla::text::Font],
}

impl Krilla<'_, '_> {
    fn grey(&mut self, lightness: u8) {
        let paint = krilla::color::luma::Color::new(lightness).into();
        self.surface.set_fill(Some(krilla::paint::Fill { paint, ..Default::default() }));
    }
}

impl Canvas for Krilla<'_, '_> {
    fn text(&mut self, font: usize, size: f32, x: f32, y: f32, text: &str) {
        let at = krilla::geom::Point::from_xy(x * MM, y * MM);
        let (font, direction) = (self.fonts[font].clone(), krilla::text::TextDirection::Auto);
        self.surface.draw_text(at, font, size, text, false, direction);
    }

    fn band(&mut self, x: f32, y: f32, width: f32, height: f32) {
        let area = krilla::geom::Rect::from_xywh(x * MM, y * MM, width * MM, height * MM).unwrap();
        let mut path = krilla::geom::PathBuilder::new();
        path.push_rect(area);
        self.grey(237);
        self.surface.draw_path(&path.finish().unwrap());
        self.grey(0);
    }
}

fn krilla_letters(numbers: impl Iterator<Item = usize>) -> Vec<u8> {
    let fonts =
        FONTS.map(|path| krilla::text::Font::new(fs::read(path).unwrap().into(), 0).unwrap());
    let mut document = krilla::Document::new();
    for number in numbers {
        let size = krilla::page::PageSettings::from_wh(WIDTH * MM, HEIGHT * MM).unwrap();
        let mut page = document.start_page_with(size);
        let mut canvas = Krilla { surface: page.surface(), fonts: &fonts };
        letter(&mut canvas, number);
        drop(canvas);
        page.finish();
    }
    document.finish().unwrap()
}

struct PrintPdf<'a> {
    ops: Vec<printpdf::Op>,
    fonts: &'a [printpdf::FontId],
}

impl PrintPdf<'_> {
    fn grey(&mut self, percent: f32) {
        let grey = printpdf::Greyscale { percent, icc_profile: None };
        self.ops.push(printpdf::Op::SetFillColor { col: printpdf::Color::Greyscale(grey) });
    }
}

impl Canvas for PrintPdf<'_> {
    fn text(&mut self, font: usize, size: f32, x: f32, y: f32, text: &str) {
        use printpdf::{Op, PdfFontHandle, Point, Pt, TextItem};

        let pos = Point { x: Pt(x * MM), y: Pt((HEIGHT - y) * MM) };
        let font = PdfFontHandle::External(self.fonts[font].clone());
        self.ops.extend([
            Op::StartTextSection,
            Op::SetFont { font, size: Pt(size) },
            Op::SetTextCursor { pos },
            Op::ShowText { items: vec![TextItem::Text(text.to_owned())] },
            Op::EndTextSection,
        ]);
    }

    fn band(&mut self, x: f32, y: f32, width: f32, height: f32) {
        use printpdf::{Op, PaintMode, Pt, Rect};

        self.grey(0.93);
        let rectangle = Rect {
            x: Pt(x * MM),
            y: Pt((HEIGHT - y - height) * MM),
            width: Pt(width * MM),
            height: Pt(height * MM),
            mode: Some(PaintMode::Fill),
            winding_order: None,
        };
        self.ops.push(Op::DrawRectangle { rectangle });
        self.grey(0.0);
    }
}

fn printpdf_letters(numbers: impl Iterator<Item = usize>) -> Vec<u8> {
    let mut document = printpdf::PdfDocument::new("letters");
    let fonts = FONTS.map(|path| {
        let bytes = fs::read(path).unwrap();
        let font = printpdf::ParsedFont::from_bytes(&bytes, 0, &mut Vec::new()).unwrap();
        document.add_font(&font)
    });
    let pages = numbers.map(|number| {
        let mut canvas = PrintPdf { ops: Vec::new(), fonts: &fonts };
        letter(&mut canvas, number);
        printpdf::PdfPage::new(printpdf::Mm(WIDTH), printpdf::Mm(HEIGHT), canvas.ops)
    });
    document.pages = pages.collect();
    let options = printpdf::PdfSaveOptions { subset_fonts: false, ..Default::default() };
    document.save(&options, &mut Vec::new())
}
