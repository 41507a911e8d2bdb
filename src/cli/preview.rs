//! `tokenkaart design preview`: sample cards as a PNG file.

use std::path::{Path, PathBuf};

use clap::Args;
use rand::rngs::SysRng;
use tokenkaart::{layout::CardOptions, preview};
use tokenkaart_terminal::{Failure, result};
use tokenkaart_token::{
    files,
    holder::HolderName,
    language::Language,
    shell::shown,
    token::{CodeFormat, Random},
};

use super::{
    cards::{WindowSide, short_text, url},
    design_file,
};

/// The largest picture that is looked at to see whether it is a preview, in bytes.
const MAX_BYTES: u64 = 1 << 28;
/// Where a PNG file goes on after its signature and its header.
const AFTER_HEADER: usize = 8 + 25;
/// What a PNG file says of the program that made it (PNG 1.2, tEXt), so that a newer preview may
/// take its place.
const MADE_BY: &[u8] = b"Software\0tokenkaart design preview";

/// Of what the picture is made.
#[derive(Args)]
pub(super) struct Options {
    /// A design's name or file
    design: String,
    /// The picture to make; an older preview of that name is replaced, and nothing else is
    #[arg(long, short, value_name = "PNG")]
    out: PathBuf,
    /// The language of all samples: nl, fr, de, en [default: each has another one]
    #[arg(long, short)]
    language: Option<Language>,
    /// Who issues the cards [default: Stad Voorbeeld]
    #[arg(long, value_name = "NAME", value_parser = short_text)]
    office: Option<String>,
    /// Whom to call when a card is lost [default: 02 000 00 00]
    #[arg(long, value_name = "NUMBER", value_parser = short_text)]
    phone: Option<String>,
    /// The sign-in page, as of `issue` [default: <https://sign-in.example.be/?s={serial}>]
    #[arg(long, value_parser = url)]
    url: Option<String>,
    /// On which side the envelopes have their window [default: right]
    #[arg(long, value_enum, value_name = "SIDE")]
    window: Option<WindowSide>,
    /// A name of your own on the first card
    #[arg(long)]
    name: Option<String>,
    /// A TrueType font for names in letters that the program's own fonts lack
    #[arg(long, value_name = "FILE")]
    fallback_font: Option<PathBuf>,
}

/// Draws a design's sample cards into a picture, and says what it wrote.
pub(super) fn write(options: &Options) -> Result<(), Failure> {
    let design = design_file::load(&options.design)?;
    let fallback = options.fallback_font.as_deref().map(design_file::fallback_font).transpose()?;
    let name = options
        .name
        .as_deref()
        .map(HolderName::new)
        .transpose()
        .map_err(|error| Failure::new(format!("--name {error}; type it again")))?;
    let given = |text: &Option<String>, sample: &str| text.clone().or(Some(sample.to_owned()));
    let plain = CardOptions::new(CodeFormat::default(), jiff::Zoned::now().date());
    // A design without a place for a QR code is shown without one, unless one is asked for.
    let sample_url = design.qr.map(|_| "https://sign-in.example.be/?s={serial}".to_owned());
    let settings = CardOptions {
        url: options.url.clone().or(sample_url),
        office: given(&options.office, "Stad Voorbeeld"),
        phone: given(&options.phone, "02 000 00 00"),
        reply_to: Some("Grote Markt 1, 9000 Gent".to_owned()),
        window: options.window.map_or(plain.window, Into::into),
        ..plain
    };
    let mut random = Random::new(SysRng);
    let picture = preview::draw(&design, settings, options.language, name, fallback, &mut random)?;
    let mut png = picture.png()?;
    png.splice(AFTER_HEADER..AFTER_HEADER, text_chunk());
    let out = &options.out;
    if is_preview(out) {
        files::remove(out)?;
    }
    files::write_whole(out, &png)?;
    let sides = if design.back.is_some() { "fronts and backs" } else { "fronts" };
    let languages = match options.language {
        Some(language) => language.to_string(),
        None => Language::ALL.map(Language::code).join(", "),
    };
    result(&format!(
        "{}: {sides} of {} sample cards of {} ({languages}), marked SPECIMEN; no code on them opens \
         anything\n",
        shown(out),
        preview::CARDS,
        design.name,
    ))
}

/// Whether a preview lies there that this program made.
fn is_preview(path: &Path) -> bool {
    let is_file = path.symlink_metadata().is_ok_and(|found| found.is_file());
    let is_ours = |bytes: Vec<u8>| {
        bytes.get(AFTER_HEADER..).is_some_and(|rest| rest.starts_with(&text_chunk()))
    };
    is_file && files::read_whole(path, MAX_BYTES).is_ok_and(is_ours)
}

/// The chunk that says by which program a picture was made.
fn text_chunk() -> Vec<u8> {
    let text = [b"tEXt", MADE_BY].concat();
    // The text is short.
    let length = u32::try_from(MADE_BY.len()).unwrap_or_default();
    [&length.to_be_bytes()[..], &text, &crc(&text).to_be_bytes()].concat()
}

/// The check of a chunk: CRC-32 as of ISO 3309.
fn crc(bytes: &[u8]) -> u32 {
    let of_byte = |crc: u32, byte: &u8| {
        (0..8).fold(crc ^ u32::from(*byte), |crc, _| {
            if crc & 1 == 1 { (crc >> 1) ^ 0xEDB8_8320 } else { crc >> 1 }
        })
    };
    !bytes.iter().fold(u32::MAX, of_byte)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_check_of_a_chunk_is_that_of_the_standard() {
        assert_eq!(crc(b"123456789"), 0xCBF4_3926);
    }
}
