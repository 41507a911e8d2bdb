//! Placed items made into PDF bytes; the only user of printpdf.

mod font;
mod graphics;

use std::collections::BTreeMap;

use jiff::civil::Date;
use lopdf::{Object, StringFormat};
use printpdf::{
    FontId, Op, PdfDocument, PdfDocumentInfo, PdfPage, PdfSaveOptions, PdfWarnMsg, Rect,
};
use sha2::{Digest, Sha256};
use zeroize::Zeroizing;

use self::font::{Embedded, Used};
use crate::{
    design::{Design, Font, Pt},
    layout::{Faces, Item, Page},
};

/// Why pages can't be made into a PDF file.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum PrintError {
    /// A font can't be cut down to what the pages use.
    #[error(
        "the font {font} can't be embedded ({why}); the program was built wrongly, so build it anew"
    )]
    Font {
        /// The font.
        font: &'static str,
        /// What the subsetter says.
        why: String,
    },
    /// The PDF library complains, which it must not: a page may lack something.
    #[error("the PDF library complains ({0}); please report it, and print nothing of this run")]
    Library(String),
}

/// What a file says of itself.
#[derive(Clone, Debug)]
pub struct About {
    /// The title that viewers show; no name, and no code.
    pub title: String,
    /// The date of request.
    pub date: Date,
}

/// Makes one PDF file of pages, which all have the design's size.
///
/// The same pages make the same bytes. What stands on the pages is copied by the PDF library
/// and not wiped by it; the bytes that leave here wipe themselves.
///
/// # Errors
/// [`PrintError`], after which the file is not to be used.
pub fn print(
    design: &Design,
    faces: &Faces,
    pages: &[Page],
    about: &About,
) -> Result<Zeroizing<Vec<u8>>, PrintError> {
    let used = Used::by(pages);
    let mut document = PdfDocument::new(&about.title);
    let midnight = midnight(about.date)?;
    document.metadata.info = PdfDocumentInfo {
        document_title: about.title.clone(),
        producer: concat!("tokenkaart ", env!("CARGO_PKG_VERSION")).to_owned(),
        creator: "tokenkaart".to_owned(),
        creation_date: midnight,
        modification_date: midnight,
        metadata_date: midnight,
        ..PdfDocumentInfo::default()
    };
    let mut embedded = BTreeMap::new();
    for font in Font::ALL {
        if let Some(glyphs) = used.glyphs(font) {
            let subset = Embedded::subset(font, faces.get(font), glyphs)?;
            document.resources.fonts.map.insert(subset.id.clone(), subset.pdf_font());
            embedded.insert(font.resource(), subset);
        }
    }
    document.pages = pages.iter().map(|page| page_ops(design, faces, &embedded, page)).collect();
    save(&document)
}

fn page_ops(
    design: &Design,
    faces: &Faces,
    embedded: &BTreeMap<&'static str, Embedded>,
    page: &Page,
) -> PdfPage {
    let size = (Pt::from(design.printed_page().width).0, Pt::from(design.printed_page().height).0);
    let mut ops: Vec<Op> = Vec::with_capacity(page.items.len() * 4);
    for item in &page.items {
        match item {
            Item::Fill { area, colour } => graphics::fill(&mut ops, size.1, area, *colour),
            Item::Qr { area, symbol } => graphics::qr(&mut ops, size.1, area, symbol),
            Item::Line(line) => {
                if let Some(subset) = embedded.get(line.font.resource()) {
                    font::show(&mut ops, size.1, faces.get(line.font), subset, line);
                }
            }
        }
    }
    let rect = Rect::from_wh(printpdf::Pt(size.0), printpdf::Pt(size.1));
    PdfPage { media_box: rect.clone(), trim_box: rect.clone(), crop_box: rect, ops }
}

/// Serialises, with what printpdf leaves to chance settled, and its warnings taken as errors.
fn save(document: &PdfDocument) -> Result<Zeroizing<Vec<u8>>, PrintError> {
    let options = PdfSaveOptions {
        // Rectangles are written as raw operators, which printpdf counts as insecure.
        secure: false,
        subset_fonts: false,
        image_optimization: None,
        ..PdfSaveOptions::default()
    };
    let mut warnings: Vec<PdfWarnMsg> = Vec::new();
    let mut pdf = document.to_lopdf_document(&options, &mut warnings);
    if let Some(warning) = warnings.first() {
        return Err(PrintError::Library(warning.msg.clone()));
    }
    // printpdf claims PDF/X in every file; nobody has checked that.
    if let Some(Object::Dictionary(info)) = pdf
        .trailer
        .get(b"Info")
        .and_then(Object::as_reference)
        .ok()
        .and_then(|id| pdf.objects.get_mut(&id))
    {
        info.remove(b"GTS_PDFXVersion");
        info.remove(b"Identifier");
    }
    // ISO 32000-1, 14.4: both parts are the same in a file that was written once.
    let id = Object::String(digest(&pdf), StringFormat::Hexadecimal);
    pdf.trailer.set("ID", Object::Array(vec![id.clone(), id]));
    pdf.compress();
    let mut bytes = Zeroizing::new(Vec::with_capacity(64 << 10));
    pdf.save_to(&mut *bytes).map_err(|error| PrintError::Library(error.to_string()))?;
    Ok(bytes)
}

/// Half a SHA-256 of what stands in the file's streams: the same for the same pages.
fn digest(pdf: &lopdf::Document) -> Vec<u8> {
    let mut hasher = Sha256::new();
    for (number, object) in &pdf.objects {
        if let Object::Stream(stream) = object {
            hasher.update(number.0.to_be_bytes());
            hasher.update(&stream.content);
        }
    }
    hasher.finalize()[..16].to_vec()
}

fn midnight(date: Date) -> Result<printpdf::OffsetDateTime, PrintError> {
    let day = date.to_zoned(jiff::tz::TimeZone::UTC);
    let seconds = day.map_or(0, |midnight| midnight.timestamp().as_second());
    printpdf::OffsetDateTime::from_unix_timestamp(seconds)
        .map_err(|error| PrintError::Library(error.to_string()))
}

/// The names under which pages call their fonts: six capitals, as subset prefixes have.
fn font_id(font: Font) -> FontId {
    FontId(font.resource().to_owned())
}

#[cfg(test)]
mod tests {
    use rand::{SeedableRng, rngs::ChaCha20Rng};

    use super::*;
    use crate::{
        holder::{Holder, HolderId, HolderName},
        language::Language,
        layout::{Composer, Settings},
        token::{CodeFormat, Random, Token},
    };

    fn two_cards() -> Zeroizing<Vec<u8>> {
        let date = jiff::civil::date(2026, 11, 22);
        let format = CodeFormat::default();
        let url = Some("https://aanmelden.example.be/?s={serial}".to_owned());
        let design = Design::built_in("card").unwrap();
        let settings =
            Settings { format: format.clone(), url, date, office: None, phone: None, back: false };
        let composer = Composer::new(design, settings).unwrap();
        let mut random = Random::new(ChaCha20Rng::seed_from_u64(1));
        let pages: Vec<Page> =
            ["Jan Peeters", "S\u{31b}\u{304}ukru\u{308} l\u{325}\u{304} C\u{328}\u{306} AVoT"]
                .into_iter()
                .flat_map(|name| {
                    let token = Token::draw(&format, &mut random).unwrap();
                    let name = HolderName::new(name).unwrap();
                    let holder = Holder::new(HolderId::new("4711").unwrap(), name);
                    composer.compose(&holder, Language::Nl, &token).unwrap()
                })
                .collect();
        let about = About { title: "Tokenkaarten 0001".to_owned(), date };
        print(composer.design(), composer.faces(), &pages, &about).unwrap()
    }

    #[test]
    fn the_same_seed_makes_the_same_bytes() {
        let first = two_cards();
        assert_eq!(*first, *two_cards());
    }
}
