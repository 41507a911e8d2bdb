//! A picture (PNG, JPEG) as viewers show it: turned, in sRGB, on white.

use std::io::Cursor;

use image::{DynamicImage, ImageDecoder, ImageError, ImageFormat, ImageReader, Limits, RgbaImage};
use moxcms::{ColorProfile, DataColorSpace, Layout, TransformOptions};
use zune_jpeg::{
    JpegDecoder,
    zune_core::{bytestream::ZCursor, colorspace::ColorSpace, options::DecoderOptions},
};

use super::{
    error::{ArtworkError, MAX_SIDE},
    shown::Bitmap,
};

/// The most memory a picture may take while it is read, in bytes.
const MAX_DECODED: u64 = 128 << 20;

/// Decodes a picture, its transparent parts on white: PDF/A-1 (ISO 19005-1, 6.4) knows no
/// transparency.
pub(super) fn read(bytes: &[u8], format: ImageFormat) -> Result<Bitmap, ArtworkError> {
    let failed = |error: ImageError| ArtworkError::Bitmap(error.to_string());
    let reader = ImageReader::with_format(Cursor::new(bytes), format);
    let mut decoder = reader.into_decoder().map_err(failed)?;
    let mut limits = Limits::default();
    limits.max_image_width = Some(MAX_SIDE);
    limits.max_image_height = Some(MAX_SIDE);
    limits.max_alloc = Some(MAX_DECODED);
    decoder.set_limits(limits).map_err(failed)?;
    if format == ImageFormat::Jpeg {
        require_whole_jpeg(bytes)?;
    }
    let orientation = decoder.orientation().map_err(failed)?;
    let profile = decoder.icc_profile().map_err(failed)?;
    let mut image = DynamicImage::from_decoder(decoder).map_err(failed)?;
    image.apply_orientation(orientation);
    let mut pixels = image.into_rgba8();
    if let Some(profile) = profile {
        to_srgb(&mut pixels, &profile)?;
    }
    let rgb: Vec<u8> = pixels
        .pixels()
        .flat_map(|pixel| {
            let [red, green, blue, opacity] = pixel.0.map(u16::from);
            // At most 255, since both parts are.
            #[allow(clippy::cast_possible_truncation)]
            [red, green, blue].map(|c| ((c * opacity + 255 * (255 - opacity) + 127) / 255) as u8)
        })
        .collect();
    let (width, height) = (pixels.width() as usize, pixels.height() as usize);
    if width == 0 || height == 0 {
        return Err(ArtworkError::Bitmap("it has no pixels".to_owned()));
    }
    Ok(Bitmap { width, height, rgb: rgb.into() })
}

/// Refuses a JPEG that ends too early, which viewers and the decoder fill up with grey.
fn require_whole_jpeg(bytes: &[u8]) -> Result<(), ArtworkError> {
    let broken = |why: String| ArtworkError::Bitmap(why);
    let too_early = || broken("it ends too early, so a part of it would be grey".to_owned());
    let last = |second: u8| bytes.windows(2).rposition(|pair| pair == [0xFF, second]);
    // Start of scan and end of image (ITU-T T.81, B.1.1.3); a thumbnail in front has both too.
    let Some(end) = last(0xD9).filter(|end| Some(*end) > last(0xDA)) else {
        return Err(too_early());
    };
    let decode = |bytes: &[u8], strict| {
        let options = DecoderOptions::default()
            .set_strict_mode(strict)
            .set_max_width(MAX_SIDE as usize)
            .set_max_height(MAX_SIDE as usize);
        let mut decoder = JpegDecoder::new_with_options(ZCursor::new(bytes), options);
        decoder.decode().map(|pixels| (pixels, decoder.input_colorspace()))
    };
    let (pixels, colours) =
        decode(bytes, true).map_err(|error| broken(format!("it is damaged: {error}")))?;
    // An end that was put behind what was cut off: then what is slipped in before it shows.
    let mut longer = bytes[..end].to_vec();
    // Below 251, so none of it is taken for a marker.
    longer.extend((0..=250_u8).rev().chain(0..=250));
    longer.extend_from_slice(&bytes[end..]);
    if decode(&longer, false).is_ok_and(|(other, _)| other != pixels) {
        return Err(too_early());
    }
    match colours {
        Some(ColorSpace::CMYK | ColorSpace::YCCK) => Err(ArtworkError::NotRgb),
        _ => Ok(()),
    }
}

/// Turns the colours of a profile into sRGB, in which the page is printed.
fn to_srgb(pixels: &mut RgbaImage, profile: &[u8]) -> Result<(), ArtworkError> {
    let unreadable = |_| ArtworkError::Profile;
    let profile = ColorProfile::new_from_slice(profile).map_err(unreadable)?;
    let srgb = ColorProfile::new_srgb();
    let options = TransformOptions::default();
    match profile.color_space {
        DataColorSpace::Rgb => {
            let transform = profile
                .create_transform_8bit(Layout::Rgba, &srgb, Layout::Rgba, options)
                .map_err(unreadable)?;
            let source = pixels.as_raw().clone();
            transform.transform(&source, pixels).map_err(unreadable)
        }
        DataColorSpace::Gray => {
            let transform = profile
                .create_transform_8bit(Layout::Gray, &srgb, Layout::Rgb, options)
                .map_err(unreadable)?;
            let source: Vec<u8> = pixels.pixels().map(|pixel| pixel.0[0]).collect();
            let mut converted = vec![0; source.len() * 3];
            transform.transform(&source, &mut converted).map_err(unreadable)?;
            for (pixel, rgb) in pixels.pixels_mut().zip(converted.chunks_exact(3)) {
                pixel.0[..3].copy_from_slice(rgb);
            }
            Ok(())
        }
        _ => Err(ArtworkError::NotRgb),
    }
}
