//! Sample cards of a design as a picture, drawn from the very PDF that would be printed.
//!
//! The samples' codes are drawn like any others and thrown away: no hash of them is ever made,
//! so a picture of them lets nobody in.

use std::fmt;

use rand::TryCryptoRng;
use tokenkaart_token::{
    holder::{Holder, HolderId, HolderName, Line},
    language::Language,
    token::{Random, Token},
};
use zeroize::Zeroizing;

use crate::{
    design::Design,
    layout::{CardOptions, Composer, FallbackFont, LayoutError},
    paper::{Paper, PaperError, Picture as Drawn},
    print::{self, About, PrintError},
    symbol::mark::{Envelope, RunId, Sequence},
};

/// How finely the picture is drawn, in dots per inch.
const DPI: f64 = 150.0;
/// White between the pages, in pixels.
const GAP: usize = 20;

/// The sample holders: a name, a street, a postal code, a city and a language each.
const SAMPLES: [(&str, &str, &str, &str, Language); 4] = [
    ("Zoë 't Hoen-D’Hondt", "Kerkstraat 12 bus 3", "9000", "Gent", Language::Nl),
    (
        "Jean-Baptiste Alexandre de Montmorency-Laval van den Broeck-Vandenbossche",
        "Avenue de la Gare 7",
        "5000",
        "Namur",
        Language::Fr,
    ),
    ("Jürgen Weiß-Großmann", "Bahnhofstraße 21", "4700", "Eupen", Language::De),
    ("Þórður Ægisson", "Rue de la Loi 16", "1000", "Bruxelles", Language::En),
];

/// A picture: rows of red, green, blue and opacity, from the top left.
pub struct Preview {
    /// Pixels in a row.
    pub width: usize,
    /// Rows.
    pub height: usize,
    /// Four bytes a pixel.
    pub rgba: Vec<u8>,
}

/// Why a design can't be previewed.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum PreviewError {
    /// The samples don't fit it.
    #[error(transparent)]
    Layout(#[from] LayoutError),
    /// It can't be made a PDF.
    #[error(transparent)]
    Print(#[from] PrintError),
    /// The PDF can't be drawn.
    #[error(transparent)]
    Paper(#[from] PaperError),
    /// The operating system gives no random bytes.
    #[error("the operating system's generator gives no random bytes ({0})")]
    Random(String),
}

/// Draws the fronts of four sample holders, and the back if the design has one. The first holder
/// has `name`, if there is one, set in the fallback font if need be.
///
/// # Errors
/// [`PreviewError`] when the samples or the name don't fit the design.
pub fn draw<R>(
    design: &Design,
    settings: CardOptions,
    name: Option<HolderName>,
    fallback: Option<FallbackFont>,
    random: &mut Random<R>,
) -> Result<Preview, PreviewError>
where
    R: TryCryptoRng,
    R::Error: fmt::Display,
{
    let back = design.back.is_some();
    let date = settings.date;
    let format = settings.format.clone();
    let composer =
        Composer::with_fallback(design.clone(), CardOptions { back, ..settings }, fallback)?;
    let mut cards = Vec::new();
    let mut first_name = name;
    let run = RunId::from_bytes([0; 16]);
    for ((name, street, postal_code, city, language), number) in SAMPLES.into_iter().zip(1..) {
        let Some(mut holder) = sample(name, street, postal_code, city) else { continue };
        holder.name = first_name.take().unwrap_or(holder.name);
        let token = Token::draw(&format, random)
            .map_err(|error| PreviewError::Random(error.to_string()))?;
        let sequence =
            Sequence { number: number.into(), total: 4, file: 1, card: number, cards: 4 };
        cards.push(composer.compose(&holder, language, &token, &Envelope { run, sequence })?);
    }
    let pages = composer.impose(cards, "tokenkaart, preview")?;
    let about =
        About { title: "tokenkaart".to_owned(), author: None, language: Language::Nl, date };
    let pdf = print::print(design, composer.faces(), &pages, &about)?;
    Ok(beside_one_another(&Paper::open(Zeroizing::clone(&pdf).to_vec())?)?)
}

fn sample(name: &str, street: &str, postal_code: &str, city: &str) -> Option<Holder> {
    let mut holder = Holder::new(HolderId::new(name).ok()?, HolderName::new(name).ok()?);
    holder.address.street = Line::new(street).ok()?;
    holder.address.postal_code = Line::new(postal_code).ok()?;
    holder.address.city = Line::new(city).ok()?;
    Some(holder)
}

/// All pages in one picture, two in a row, on grey.
fn beside_one_another(paper: &Paper) -> Result<Preview, PaperError> {
    let pages = (1..=paper.page_count())
        .map(|number| paper.page(number)?.render(DPI))
        .collect::<Result<Vec<_>, _>>()?;
    let columns = pages.len().clamp(1, 2);
    let cell_width = pages.iter().map(Drawn::width).max().unwrap_or_default();
    let cell_height = pages.iter().map(Drawn::height).max().unwrap_or_default();
    let rows = pages.len().div_ceil(columns);
    let width = columns * (cell_width + GAP) + GAP;
    let height = rows * (cell_height + GAP) + GAP;
    let mut rgba = [0x9A, 0x9A, 0x9A, 0xFF].repeat(width * height);
    for (index, page) in pages.iter().enumerate() {
        let left = GAP + index % columns * (cell_width + GAP);
        let top = GAP + index / columns * (cell_height + GAP);
        for (row, pixels) in page.rgba().chunks_exact(page.width() * 4).enumerate() {
            let start = ((top + row) * width + left) * 4;
            rgba[start..start + pixels.len()].copy_from_slice(pixels);
        }
    }
    Ok(Preview { width, height, rgba })
}
