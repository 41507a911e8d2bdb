//! `tokenkaart design preview`: sample cards as a PNG file.

use std::path::Path;

use image::{ExtendedColorType, ImageEncoder, codecs::png::PngEncoder};
use rand::rngs::SysRng;
use tokenkaart::{
    design::Design,
    layout::{CardOptions, FallbackFont},
    preview,
};
use tokenkaart_token::{
    files,
    holder::HolderName,
    token::{CodeFormat, Random},
};

use tokenkaart_terminal::Failure;

/// Draws a design's sample cards into a picture; the first with `name`, if there is one.
pub(super) fn write(
    design: &Design,
    name: Option<&str>,
    fallback: Option<FallbackFont>,
    out: &Path,
) -> Result<(), Failure> {
    let name = name
        .map(HolderName::new)
        .transpose()
        .map_err(|error| Failure::new(format!("--name {error}; type it again")))?;
    let settings = CardOptions {
        url: design.qr.map(|_| "https://sign-in.example.be/?s={serial}".to_owned()),
        office: Some("Stad Voorbeeld".to_owned()),
        phone: Some("02 000 00 00".to_owned()),
        ..CardOptions::new(CodeFormat::default(), jiff::Zoned::now().date())
    };
    let picture = preview::draw(design, settings, name, fallback, &mut Random::new(SysRng))?;
    let mut png = Vec::new();
    let (width, height) = (u32::try_from(picture.width)?, u32::try_from(picture.height)?);
    PngEncoder::new(&mut png).write_image(
        &picture.rgba,
        width,
        height,
        ExtendedColorType::Rgba8,
    )?;
    files::write_whole(out, &png)?;
    Ok(())
}
