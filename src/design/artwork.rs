//! A logo: a picture (PNG, JPEG) or a drawing (SVG), made into what a printed page can hold.

mod drawing;
mod error;
mod picture;
mod shown;
mod svg;

use image::ImageFormat;

pub use self::{
    error::ArtworkError,
    shown::{Artwork, Bitmap, Clip, Drawing, Outline, OutlinePiece},
};

/// The largest artwork file, in bytes.
pub(super) const MAX_BYTES: u64 = 8 << 20;

impl Artwork {
    /// Reads a file; its bytes tell the format.
    ///
    /// # Errors
    /// [`ArtworkError`], with what to do.
    pub fn read(bytes: &[u8]) -> Result<Self, ArtworkError> {
        match image::guess_format(bytes) {
            Ok(format @ (ImageFormat::Png | ImageFormat::Jpeg)) => {
                picture::read(bytes, format).map(Self::Bitmap)
            }
            Ok(_) => Err(ArtworkError::Format),
            Err(_) => match svg::text(bytes)? {
                Some(text) => drawing::read(&text).map(Self::Drawing),
                None => Err(ArtworkError::Format),
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use std::io::{Cursor, Write as _};

    use image::{
        ExtendedColorType, ImageEncoder, Rgb, RgbImage,
        codecs::{jpeg::JpegEncoder, png::PngEncoder},
    };
    use moxcms::ColorProfile;

    use super::*;

    const SHIELD: &str = r##"<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 40 20">
        <path d="M0 0h20v20z" fill="#c00"/>
        <path d="M20 0q10 10 20 0" fill="none" stroke="#000" stroke-width="2"/></svg>"##;

    fn svg(inner: &str) -> Result<Artwork, ArtworkError> {
        let text = format!(
            r#"<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" viewBox="0 0 10 10">{inner}</svg>"#
        );
        Artwork::read(text.as_bytes())
    }

    fn png(rgba: [u8; 4]) -> Vec<u8> {
        let mut bytes = Vec::new();
        let picture = image::RgbaImage::from_pixel(3, 2, image::Rgba(rgba));
        picture.write_to(&mut Cursor::new(&mut bytes), ImageFormat::Png).unwrap();
        bytes
    }

    #[test]
    fn a_drawing_becomes_filled_outlines() {
        let Ok(Artwork::Drawing(drawing)) = Artwork::read(SHIELD.as_bytes()) else { panic!() };
        assert_eq!((drawing.width, drawing.height), (40.0, 20.0));
        assert_eq!(drawing.shapes.len(), 2);
        assert_eq!(drawing.shapes[0].colour.rgb, [0xCC, 0, 0]);
        assert_eq!(drawing.shapes[0].outline[0], OutlinePiece::Move([0.0, 0.0]));
    }

    #[test]
    fn a_transparent_picture_is_set_on_white() {
        let Ok(Artwork::Bitmap(picture)) = Artwork::read(&png([0, 0, 0, 128])) else { panic!() };
        assert_eq!((picture.width, picture.height, picture.rgb.len()), (3, 2, 18));
        assert!(picture.rgb.iter().all(|value| (126..=128).contains(value)));
    }

    #[test]
    fn what_no_print_house_takes_is_refused_with_what_to_do() {
        let path = r#"<path d="M0 0h9v9z""#;
        for (inner, told) in [
            (format!(r#"{path} fill-opacity="0.5"/>"#), "transparent parts"),
            (format!(r#"<g opacity="0.5">{path}/>{path}/></g>"#), "transparent parts"),
            (
                format!(
                    r#"<linearGradient id="g"><stop offset="0" stop-color="red"/><stop offset="1" stop-color="blue"/></linearGradient>{path} fill="url(#g)"/>"#
                ),
                "gradients",
            ),
            (
                format!(
                    r#"<clipPath id="c"><path d="M0 0h5v5z"/><path d="M5 5h5v5z"/></clipPath><g clip-path="url(#c)">{path}/></g>"#
                ),
                "clipping by several shapes",
            ),
            ("<text>Stad</text>".to_owned(), "has text"),
            (
                r#"<image xlink:href="/etc/passwd" width="5" height="5"/>"#.to_owned(),
                "a picture inside",
            ),
        ] {
            let error = svg(&inner).unwrap_err().to_string();
            assert!(error.contains(told), "{inner}: {error}");
        }
    }

    #[test]
    fn hostile_files_are_errors() {
        let mut broken = png([1, 2, 3, 255]);
        broken.truncate(40);
        assert!(matches!(Artwork::read(&broken), Err(ArtworkError::Bitmap(_))));
        let mut huge = png([1, 2, 3, 255]);
        huge[16..24].copy_from_slice(&[0, 0, 0xFF, 0xFF, 0, 0, 0xFF, 0xFF]);
        assert!(matches!(Artwork::read(&huge), Err(ArtworkError::Bitmap(_))));
        assert!(matches!(Artwork::read(b"<svg"), Err(ArtworkError::Drawing(_))));
        assert_eq!(Artwork::read(b""), Err(ArtworkError::Format));
        assert_eq!(Artwork::read(b"GIF89a"), Err(ArtworkError::Format));
    }

    fn outlines(inner: &str) -> Vec<Outline> {
        match svg(inner) {
            Ok(Artwork::Drawing(drawing)) => drawing.shapes.to_vec(),
            other => panic!("{inner}: {other:?}"),
        }
    }

    #[test]
    fn what_stands_over_the_edge_of_a_drawing_is_cut_to_it_and_what_lies_outside_is_left_out() {
        let shapes = outlines(
            r#"<rect width="10" height="10"/><circle cx="10" cy="5" r="6"/>
               <rect x="-300" y="-200" width="250" height="80"/>
               <rect x="9e6" y="0" width="1" height="1"/>"#,
        );
        assert_eq!(shapes.len(), 2);
        assert!(shapes[0].clips.is_empty());
        let [edge] = &*shapes[1].clips else { panic!("{:?}", shapes[1].clips) };
        assert_eq!(edge.outline[0], OutlinePiece::Move([0.0, 0.0]));
        assert_eq!(edge.outline[2], OutlinePiece::Line([10.0, 10.0]));
        for far in [
            r#"<rect x="-1e6" width="2e6" height="5"/>"#,
            r#"<path d="M0 0L5 5" stroke="red" stroke-width="99999"/>"#,
            r#"<path d="M-1 1h2v-2z" transform="scale(1e9)"/>"#,
        ] {
            assert_eq!(svg(far), Err(ArtworkError::FarOut), "{far}");
        }
        assert_eq!(svg(r#"<rect x="20" width="5" height="5"/>"#), Err(ArtworkError::Nothing));
    }

    #[test]
    fn a_clip_of_one_shape_is_kept_where_its_group_puts_it() {
        let shapes = outlines(
            r#"<clipPath id="c" transform="translate(1 0)"><rect width="3" height="3" clip-rule="evenodd"/></clipPath>
               <g transform="translate(2 4)"><g clip-path="url(#c)"><rect width="5" height="5"/></g></g>"#,
        );
        let [clip] = &*shapes[0].clips else { panic!("{:?}", shapes[0].clips) };
        assert_eq!(clip.outline[0], OutlinePiece::Move([3.0, 4.0]));
        assert!(clip.even_odd);
        // As drawing programs use a part again: its own picture cuts it.
        let used = outlines(
            r##"<symbol id="s" viewBox="0 0 4 4"><rect width="9" height="2"/></symbol><use href="#s" width="4" height="4"/>"##,
        );
        assert_eq!(used.len(), 1);
        assert!(!used[0].clips.is_empty());
    }

    #[test]
    fn strokes_are_drawn_in_their_order_and_in_dashes() {
        let path = r##"<path d="M1 5h8v1z" fill="#ff0000" stroke="#0000ff""##;
        let colours =
            |inner: &str| outlines(inner).iter().map(|shape| shape.colour.rgb).collect::<Vec<_>>();
        assert_eq!(colours(&format!("{path}/>")), [[0xFF, 0, 0], [0, 0, 0xFF]]);
        let turned = format!(r#"{path} paint-order="stroke"/>"#);
        assert_eq!(colours(&turned), [[0, 0, 0xFF], [0xFF, 0, 0]]);
        let line = |dash: &str| {
            let inner = format!(r#"<path d="M1 5h8" fill="none" stroke="red" {dash}/>"#);
            let shapes = outlines(&inner);
            shapes[0].outline.iter().filter(|piece| matches!(piece, OutlinePiece::Move(_))).count()
        };
        assert_eq!(line(""), 1);
        assert_eq!(line(r#"stroke-dasharray="1 1""#), 4);
    }

    #[test]
    fn what_would_vanish_from_a_drawing_is_refused_by_its_name() {
        let path = r#"<path d="M0 0h9v9z"/>"#;
        for (inner, told) in [
            ("<text x='1' y='5'><tspan>STAD</tspan></text>", "text"),
            ("<g style='display:none'><text>STAD</text></g>", "text"),
            ("<image href='data:image/png;base64,AA==' width='5' height='5'/>", "a picture inside"),
            (
                "<foreignObject width='5' height='5'><p xmlns='http://www.w3.org/1999/xhtml'>x</p></foreignObject>",
                "HTML",
            ),
            ("<use href='logo.svg#a'/>", "a reference"),
            ("<use xlink:href='#gone'/>", "a reference"),
            ("<g fill='url(#gone)'><path d='M0 0h2v2z'/></g>", "a reference"),
            ("<g style='clip-path: url(\"#gone\")'><path d='M0 0h2v2z'/></g>", "a reference"),
            ("<style>@import url(a.css);</style>", "style sheet"),
            ("<path d='M0 0h2v2z'><animate attributeName='x'/></path>", "moving"),
            (
                "<mask id='m'><path d='M0 0h2v2z' fill='white'/></mask><g mask='url(#m)'><path d='M0 0h2v2z'/></g>",
                "masks",
            ),
        ] {
            let error = svg(&format!("{path}{inner}")).unwrap_err().to_string();
            assert!(error.contains(told), "{inner}: {error}");
        }
        // A drawing program's own data, and what says nothing, vanish by right.
        for inner in [
            "<title>Stad</title><desc>x</desc><text> \n </text>",
            "<switch><foreignObject requiredExtensions='x' width='1' height='1'><p>x</p></foreignObject><g><path d='M0 0h2v2z'/></g></switch>",
            "<g opacity='0'><path d='M0 0h2v2z'/></g><path d='M0 0h2v2z' fill-opacity='0'/>",
        ] {
            assert!(svg(&format!("{path}{inner}")).is_ok(), "{inner}");
        }
    }

    #[test]
    fn a_drawing_is_read_packed_and_in_the_encoding_that_it_says() {
        let expected = Artwork::read(SHIELD.as_bytes()).unwrap();
        let mut packed = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
        packed.write_all(SHIELD.as_bytes()).unwrap();
        let mut little = vec![0xFF, 0xFE];
        little.extend(SHIELD.encode_utf16().flat_map(u16::to_le_bytes));
        let mut big = vec![0xFE, 0xFF];
        big.extend(SHIELD.encode_utf16().flat_map(u16::to_be_bytes));
        let mut latin = b"<?xml version='1.0' encoding='ISO-8859-1'?><!-- Li\xE8ge -->".to_vec();
        latin.extend_from_slice(SHIELD.as_bytes());
        let mut marked = b"\xEF\xBB\xBF".to_vec();
        marked.extend_from_slice(SHIELD.as_bytes());
        for bytes in [packed.finish().unwrap(), little, big, latin.clone(), marked] {
            assert_eq!(Artwork::read(&bytes), Ok(expected.clone()));
        }
        latin.drain(..44);
        latin.splice(0..0, b"<?xml version='1.0' encoding='UTF-8'?>\xE8".to_vec());
        let error = Artwork::read(&latin).unwrap_err().to_string();
        assert!(error.contains("it is not UTF-8"), "{error}");
        let mut bomb = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
        bomb.write_all(&vec![b' '; 33 << 20]).unwrap();
        let error = Artwork::read(&bomb.finish().unwrap()).unwrap_err().to_string();
        assert!(error.contains("over 32 MiB"), "{error}");
    }

    /// Red over blue, 2 pixels wide and 4 high, in squares large enough for JPEG's blocks.
    fn flag() -> RgbImage {
        RgbImage::from_fn(32, 64, |_, y| if y < 32 { Rgb([255, 0, 0]) } else { Rgb([0, 0, 255]) })
    }

    fn encoded(
        image: &RgbImage,
        format: ImageFormat,
        exif: Option<u8>,
        profile: Option<Vec<u8>>,
    ) -> Vec<u8> {
        fn write(
            mut encoder: impl ImageEncoder,
            image: &RgbImage,
            exif: Option<u8>,
            profile: Option<Vec<u8>>,
        ) {
            // TIFF, one entry: the orientation (Exif 2.32, 4.6.4).
            let chunk = |number| {
                let mut chunk = b"MM\0\x2A\0\0\0\x08\0\x01\x01\x12\0\x03\0\0\0\x01\0".to_vec();
                chunk.extend([number, 0, 0, 0, 0, 0, 0]);
                chunk
            };
            if let Some(number) = exif {
                encoder.set_exif_metadata(chunk(number)).unwrap();
            }
            if let Some(profile) = profile {
                encoder.set_icc_profile(profile).unwrap();
            }
            let (width, height) = image.dimensions();
            encoder.write_image(image, width, height, ExtendedColorType::Rgb8).unwrap();
        }
        let mut bytes = Vec::new();
        match format {
            ImageFormat::Png => write(PngEncoder::new(&mut bytes), image, exif, profile),
            _ => write(JpegEncoder::new_with_quality(&mut bytes, 95), image, exif, profile),
        }
        bytes
    }

    #[test]
    fn a_picture_stands_as_viewers_show_it() {
        for format in [ImageFormat::Png, ImageFormat::Jpeg] {
            for (exif, size, red_at) in [
                (None, (32, 64), (16, 5)),
                (Some(1), (32, 64), (16, 5)),
                (Some(3), (32, 64), (16, 60)),
                (Some(4), (32, 64), (16, 60)),
                (Some(6), (64, 32), (60, 16)),
                (Some(8), (64, 32), (5, 16)),
                (Some(99), (32, 64), (16, 5)),
            ] {
                let bytes = encoded(&flag(), format, exif, None);
                let Ok(Artwork::Bitmap(picture)) = Artwork::read(&bytes) else { panic!() };
                assert_eq!((picture.width, picture.height), size, "{format:?} {exif:?}");
                let at = (red_at.1 * picture.width + red_at.0) * 3;
                assert!(picture.rgb[at] > 200 && picture.rgb[at + 2] < 60, "{format:?} {exif:?}");
            }
        }
    }

    #[test]
    fn a_picture_that_ends_too_early_is_refused_wherever_it_ends() {
        let noise = RgbImage::from_fn(64, 64, |x, y| {
            let value = u8::try_from((x * 73 + y * 151 + x * y) % 256).unwrap();
            Rgb([value, value.wrapping_mul(7), value.wrapping_add(91)])
        });
        for format in [ImageFormat::Png, ImageFormat::Jpeg] {
            let whole = encoded(&noise, format, None, None);
            assert!(Artwork::read(&whole).is_ok());
            // A PNG's last 12 bytes say only that it ends.
            for length in (20..whole.len() - 12).step_by(97) {
                let cut = &whole[..length];
                assert!(Artwork::read(cut).is_err(), "{format:?}: {length} of {}", whole.len());
                let mut ended = cut.to_vec();
                ended.extend([0xFF, 0xD9]);
                let early = length < whole.len() * 3 / 4;
                assert!(
                    !early || Artwork::read(&ended).is_err(),
                    "{format:?}: {length} and an end"
                );
            }
        }
    }

    #[test]
    fn colours_of_a_profile_become_srgb() {
        let image = RgbImage::from_pixel(8, 8, Rgb([100, 200, 100]));
        let colour = |profile: Option<Vec<u8>>| {
            let bytes = encoded(&image, ImageFormat::Png, None, profile);
            match Artwork::read(&bytes) {
                Ok(Artwork::Bitmap(picture)) => {
                    Ok([picture.rgb[0], picture.rgb[1], picture.rgb[2]])
                }
                Ok(other) => panic!("{other:?}"),
                Err(error) => Err(error),
            }
        };
        assert_eq!(colour(None), Ok([100, 200, 100]));
        let srgb = colour(Some(ColorProfile::new_srgb().encode().unwrap())).unwrap();
        assert!(srgb[0].abs_diff(100) <= 2 && srgb[1].abs_diff(200) <= 2, "{srgb:?}");
        // Adobe RGB's green is purer than any of sRGB, where less red is left in it.
        let adobe = colour(Some(ColorProfile::new_adobe_rgb().encode().unwrap())).unwrap();
        assert!(adobe[0] < 60, "{adobe:?}");
        assert_eq!(colour(Some(b"no profile".to_vec())), Err(ArtworkError::Profile));
    }
}
