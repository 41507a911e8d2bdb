//! Sample cards of a design as a picture, drawn from the very PDF that would be printed.
//!
//! The samples' codes are drawn like any others and thrown away: no hash of them is ever made,
//! so a picture of them lets nobody in; and each card is marked as a specimen.

use std::fmt;

use image::{ExtendedColorType, ImageEncoder as _, codecs::png::PngEncoder};
use rand::TryCryptoRng;
use tokenkaart_token::{
    holder::{Holder, HolderId, HolderName, Line},
    language::Language,
    token::{Random, Token},
};
use zeroize::Zeroizing;

use crate::{
    design::Design,
    layout::{CardOptions, Composer, FallbackFont, LayoutError, Slug},
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
    /// The picture can't be made a file.
    #[error("the picture can't be made a PNG ({0}); please report it")]
    Png(String),
}

impl Preview {
    /// The bytes of a PNG file.
    ///
    /// # Errors
    /// [`PreviewError::Png`] when it is larger than such a file can be.
    pub fn png(&self) -> Result<Vec<u8>, PreviewError> {
        let side = |pixels| u32::try_from(pixels).unwrap_or(u32::MAX);
        let mut png = Vec::new();
        PngEncoder::new(&mut png)
            .write_image(&self.rgba, side(self.width), side(self.height), ExtendedColorType::Rgba8)
            .map_err(|error| PreviewError::Png(error.to_string()))?;
        Ok(png)
    }
}

/// How many sample holders there are.
pub const CARDS: usize = SAMPLES.len();

/// Draws the fronts of [`CARDS`] sample holders, and their backs if the design has any: each in a
/// language of their own, or all in the one that is given. The first holder has `name`, if there is
/// one, set in the fallback font if need be.
///
/// # Errors
/// [`PreviewError`] when the samples or the name don't fit the design.
pub fn draw<R>(
    design: &Design,
    settings: CardOptions,
    language: Option<Language>,
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
    let one_language = language;
    for ((name, street, postal_code, city, language), number) in SAMPLES.into_iter().zip(1..) {
        let language = one_language.unwrap_or(language);
        let Some(mut holder) = sample(name, street, postal_code, city) else { continue };
        holder.name = first_name.take().unwrap_or(holder.name);
        let token = Token::draw(&format, random)
            .map_err(|error| PreviewError::Random(error.to_string()))?;
        let sequence =
            Sequence { number: number.into(), total: 4, file: 1, card: number, cards: 4 };
        let mut pages = composer.compose(&holder, language, &token, &Envelope { run, sequence })?;
        pages.iter_mut().take(1).for_each(|front| composer.mark_specimen(front));
        cards.push(pages);
    }
    let language = one_language.unwrap_or_default();
    let pages = composer.impose(cards, Slug { file: None, language })?;
    let about = About::new("tokenkaart".to_owned(), language, date);
    let pdf = print::print(design, composer.faces(), &pages, &about)?;
    Ok(beside_one_another(&Paper::open(Zeroizing::clone(&pdf).to_vec())?)?)
}

/// Draws a holder's card as it would be printed, but for its codes and serial: those are of a token
/// that is thrown away, and SPECIMEN stands across them.
///
/// # Errors
/// [`PreviewError`] when the card can't be laid out.
pub fn of_holder<R>(
    composer: &Composer,
    holder: &Holder,
    language: Language,
    random: &mut Random<R>,
) -> Result<Preview, PreviewError>
where
    R: TryCryptoRng,
    R::Error: fmt::Display,
{
    let settings = composer.settings();
    let token = Token::draw(&settings.format, random)
        .map_err(|error| PreviewError::Random(error.to_string()))?;
    let sequence = Sequence { number: 1, total: 1, file: 1, card: 1, cards: 1 };
    let envelope = Envelope { run: RunId::from_bytes([0; 16]), sequence };
    let mut pages = composer.compose(holder, language, &token, &envelope)?;
    pages.iter_mut().take(1).for_each(|front| composer.mark_specimen(front));
    let pages = composer.impose(vec![pages], Slug { file: None, language })?;
    let about = About::new("tokenkaart".to_owned(), language, settings.date);
    let pdf = print::print(composer.design(), composer.faces(), &pages, &about)?;
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

#[cfg(test)]
mod tests {
    use rand::{SeedableRng, rngs::ChaCha20Rng};
    use tokenkaart_token::token::CodeFormat;

    use super::*;
    use crate::layout::LayoutRemark;

    fn drawn(design: &str, language: Option<Language>) -> Preview {
        let options = CardOptions {
            office: Some("Stad".to_owned()),
            ..CardOptions::new(CodeFormat::default(), jiff::civil::date(2026, 11, 22))
        };
        let mut random = Random::new(ChaCha20Rng::seed_from_u64(1));
        draw(&Design::built_in(design).unwrap(), options, language, None, None, &mut random)
            .unwrap()
    }

    #[test]
    fn no_preview_can_be_taken_for_cards() {
        for design in Design::built_in_names() {
            let picture = drawn(design, None);
            let red = |pixel: &&[u8]| pixel[0] > 0xE0 && pixel[1] < 0xB0 && pixel[2] < 0xB0;
            let pixels = picture.rgba.chunks(4).filter(red).count();
            let all = picture.width * picture.height;
            assert!(pixels * 400 > all, "{design}: {pixels} of {all}");
        }
    }

    #[test]
    fn a_holders_card_is_shown_with_the_name_as_it_prints_and_a_specimens_codes() {
        let options = CardOptions {
            office: Some("Stad".to_owned()),
            ..CardOptions::new(CodeFormat::default(), jiff::civil::date(2026, 11, 22))
        };
        let composer = Composer::new(Design::built_in("card").unwrap(), options).unwrap();
        let holder = |name: &str| {
            Holder::new(HolderId::new("4711").unwrap(), HolderName::new(name).unwrap())
        };
        let drawn = |name: &str, seed| {
            let mut random = Random::new(ChaCha20Rng::seed_from_u64(seed));
            of_holder(&composer, &holder(name), Language::Fr, &mut random).unwrap()
        };
        let [one, same, other] = [("Jan", 1), ("Jan", 1), ("Els", 1)].map(|(n, s)| drawn(n, s));
        assert!(one.rgba == same.rgba && one.rgba != other.rgba);
        let red = |pixel: &&[u8]| pixel[0] > 0xE0 && pixel[1] < 0xB0 && pixel[2] < 0xB0;
        assert!(one.rgba.chunks(4).filter(red).count() * 100 > one.width * one.height);
        let png = image::load_from_memory(&one.png().unwrap()).unwrap();
        assert_eq!((png.width() as usize, png.height() as usize), (one.width, one.height));
        assert_eq!(png.to_rgba8().into_raw(), one.rgba);
        let long = "Jean-Baptiste Alexandre de Montmorency-Laval van den Broeck-Vandenbossche";
        assert_eq!(composer.remarks(&holder("Jan"), Language::Nl).unwrap(), []);
        let remarks = composer.remarks(&holder(long), Language::Nl).unwrap();
        assert!(
            matches!(remarks[0], LayoutRemark::SmallName { size, designed } if size < designed)
        );
        assert!(remarks.contains(&LayoutRemark::BrokenName { lines: 2 }), "{remarks:?}");
    }

    #[test]
    fn all_samples_are_in_the_language_that_is_asked_for() {
        let [all, dutch, german] =
            [None, Some(Language::Nl), Some(Language::De)].map(|l| drawn("card", l).rgba);
        assert!(all != dutch && dutch != german);
    }
}
