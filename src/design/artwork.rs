//! A logo: a picture (PNG, JPEG) or a drawing (SVG), made into what a printed page can hold.

use std::{fmt, io::Cursor, sync::Arc};

use image::{ImageFormat, ImageReader, Limits};
use usvg::tiny_skia_path::{Path, PathSegment};

use super::colour::Colour;

/// The largest artwork file, in bytes.
pub const MAX_BYTES: u64 = 8 << 20;
/// The most pixels along a side of a picture.
const MAX_SIDE: u32 = 4096;
/// The most memory a picture may take while it is read, in bytes.
const MAX_DECODED: u64 = 128 << 20;

/// What a design shows as its logo.
#[derive(Clone, PartialEq)]
pub enum Artwork {
    /// Rows of pixels from the top left.
    Bitmap(Bitmap),
    /// Filled outlines.
    Drawing(Drawing),
}

/// A picture without transparency.
#[derive(Clone, PartialEq)]
pub struct Bitmap {
    /// Pixels in a row.
    pub width: usize,
    /// Rows.
    pub height: usize,
    /// Three bytes a pixel, sRGB.
    pub rgb: Arc<[u8]>,
}

/// A drawing of filled outlines.
#[derive(Clone, PartialEq)]
pub struct Drawing {
    /// Its width, in units of its own.
    pub width: f32,
    /// Its height, in units of its own.
    pub height: f32,
    /// The outlines, the undermost first.
    pub shapes: Arc<[Outline]>,
}

/// A filled outline.
#[derive(Clone, Debug, PartialEq)]
pub struct Outline {
    /// Its segments, in the drawing's units from the top left.
    pub outline: Vec<OutlinePiece>,
    /// Its colour.
    pub colour: Colour,
    /// Whether overlapping parts cut each other out.
    pub even_odd: bool,
}

/// A piece of an outline; points are x and y.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum OutlinePiece {
    /// Begins a part.
    Move([f32; 2]),
    /// A straight line.
    Line([f32; 2]),
    /// A cubic curve: two control points and its end.
    Curve([f32; 2], [f32; 2], [f32; 2]),
    /// Back to the part's beginning.
    Close,
}

/// Why a file can't be a logo.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum ArtworkError {
    /// Not a format that is known.
    #[error("it is not a PNG, JPEG or SVG file")]
    Format,
    /// The picture can't be read.
    #[error(
        "the picture can't be read ({0}); save it again as PNG, at most {MAX_SIDE} pixels wide and high"
    )]
    Bitmap(String),
    /// The drawing can't be read.
    #[error("the drawing can't be read ({0}); save it again as plain SVG")]
    Drawing(String),
    /// The drawing has something that a printed page can't hold.
    #[error("the drawing has {0}; print houses refuse that, so convert it to plain filled paths")]
    Unprintable(&'static str),
    /// The drawing shows nothing.
    #[error("the drawing shows nothing; text must be converted to paths")]
    Nothing,
}

impl Artwork {
    /// Reads a file; its bytes tell the format.
    ///
    /// # Errors
    /// [`ArtworkError`], with what to do.
    pub fn read(bytes: &[u8]) -> Result<Self, ArtworkError> {
        match image::guess_format(bytes) {
            Ok(format @ (ImageFormat::Png | ImageFormat::Jpeg)) => {
                picture(bytes, format).map(Self::Bitmap)
            }
            Err(_) if looks_like_svg(bytes) => drawing(bytes).map(Self::Drawing),
            _ => Err(ArtworkError::Format),
        }
    }

    /// Its width for a height of 1.
    #[must_use]
    pub(crate) fn aspect(&self) -> f32 {
        match self {
            Self::Bitmap(picture) => picture.width as f32 / picture.height.max(1) as f32,
            Self::Drawing(drawing) => drawing.width / drawing.height,
        }
    }
}

impl fmt::Debug for Artwork {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Bitmap(picture) => write!(f, "Picture({}×{})", picture.width, picture.height),
            Self::Drawing(drawing) => write!(f, "Drawing({} shapes)", drawing.shapes.len()),
        }
    }
}

/// Decodes a picture, its transparent parts on white: PDF/A-1 (ISO 19005-1, 6.4) knows no
/// transparency.
fn picture(bytes: &[u8], format: ImageFormat) -> Result<Bitmap, ArtworkError> {
    let failed = |error: image::ImageError| ArtworkError::Bitmap(error.to_string());
    let mut reader = ImageReader::with_format(Cursor::new(bytes), format);
    let mut limits = Limits::default();
    limits.max_image_width = Some(MAX_SIDE);
    limits.max_image_height = Some(MAX_SIDE);
    limits.max_alloc = Some(MAX_DECODED);
    reader.limits(limits);
    let pixels = reader.decode().map_err(failed)?.into_rgba8();
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

fn looks_like_svg(bytes: &[u8]) -> bool {
    let head = &bytes[..bytes.len().min(4096)];
    String::from_utf8_lossy(head).contains("<svg")
}

fn drawing(bytes: &[u8]) -> Result<Drawing, ArtworkError> {
    let mut options = usvg::Options::default();
    // A drawing stands for itself: nothing else is read, neither files nor addresses.
    options.image_href_resolver.resolve_string = Box::new(|_, _| None);
    options.image_href_resolver.resolve_data = Box::new(|_, _, _| None);
    let tree = usvg::Tree::from_data(bytes, &options)
        .map_err(|error| ArtworkError::Drawing(error.to_string()))?;
    let mut shapes = Vec::new();
    collect(tree.root(), &mut shapes)?;
    if shapes.is_empty() {
        return Err(ArtworkError::Nothing);
    }
    let size = tree.size();
    Ok(Drawing { width: size.width(), height: size.height(), shapes: shapes.into() })
}

fn collect(group: &usvg::Group, shapes: &mut Vec<Outline>) -> Result<(), ArtworkError> {
    let opaque = |opacity: usvg::Opacity| opacity.get() >= 1.0;
    if !opaque(group.opacity()) || group.blend_mode() != usvg::BlendMode::Normal {
        return Err(ArtworkError::Unprintable("transparent parts"));
    }
    if group.clip_path().is_some() || group.mask().is_some() || !group.filters().is_empty() {
        return Err(ArtworkError::Unprintable("clipping, masks or filters"));
    }
    for node in group.children() {
        match node {
            usvg::Node::Group(group) => collect(group, shapes)?,
            usvg::Node::Path(path) if path.is_visible() => {
                if let Some(fill) = path.fill() {
                    let colour = solid(fill.paint(), fill.opacity())?;
                    let even_odd = fill.rule() == usvg::FillRule::EvenOdd;
                    add(shapes, path.data(), path.abs_transform(), colour, even_odd);
                }
                if let Some(stroke) = path.stroke() {
                    let colour = solid(stroke.paint(), stroke.opacity())?;
                    // A stroke is the outline it covers, drawn finely enough for 1200 dpi.
                    let outline = path.data().stroke(&stroke.to_tiny_skia(), 8.0);
                    if let Some(outline) = outline {
                        add(shapes, &outline, path.abs_transform(), colour, false);
                    }
                }
            }
            usvg::Node::Path(_) => {}
            usvg::Node::Image(_) => return Err(ArtworkError::Unprintable("a picture inside")),
            usvg::Node::Text(_) => return Err(ArtworkError::Unprintable("text")),
        }
    }
    Ok(())
}

fn solid(paint: &usvg::Paint, opacity: usvg::Opacity) -> Result<Colour, ArtworkError> {
    match paint {
        usvg::Paint::Color(colour) if opacity.get() >= 1.0 => {
            Ok(Colour { rgb: [colour.red, colour.green, colour.blue] })
        }
        usvg::Paint::Color(_) => Err(ArtworkError::Unprintable("transparent parts")),
        _ => Err(ArtworkError::Unprintable("gradients or patterns")),
    }
}

fn add(
    shapes: &mut Vec<Outline>,
    path: &Path,
    transform: usvg::Transform,
    colour: Colour,
    even_odd: bool,
) {
    let Some(path) = path.clone().transform(transform) else { return };
    let mut last = [0.0, 0.0];
    let mut outline = Vec::with_capacity(path.len());
    for segment in path.segments() {
        let point = |p: usvg::tiny_skia_path::Point| [p.x, p.y];
        outline.push(match segment {
            PathSegment::MoveTo(to) => OutlinePiece::Move(point(to)),
            PathSegment::LineTo(to) => OutlinePiece::Line(point(to)),
            PathSegment::QuadTo(by, to) => cubic(last, point(by), point(to)),
            PathSegment::CubicTo(a, b, to) => OutlinePiece::Curve(point(a), point(b), point(to)),
            PathSegment::Close => OutlinePiece::Close,
        });
        if let PathSegment::MoveTo(to)
        | PathSegment::LineTo(to)
        | PathSegment::QuadTo(_, to)
        | PathSegment::CubicTo(_, _, to) = segment
        {
            last = point(to);
        }
    }
    shapes.push(Outline { outline, colour, even_odd });
}

/// A quadratic curve as a cubic one, which is all that PDF has.
fn cubic(from: [f32; 2], by: [f32; 2], to: [f32; 2]) -> OutlinePiece {
    let towards = |a: [f32; 2]| [0, 1].map(|axis| a[axis] + (by[axis] - a[axis]) * 2.0 / 3.0);
    OutlinePiece::Curve(towards(from), towards(to), to)
}

#[cfg(test)]
mod tests {
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
                    r#"<clipPath id="c"><path d="M0 0h5v5z"/></clipPath><g clip-path="url(#c)">{path}/></g>"#
                ),
                "clipping",
            ),
            ("<text>Stad</text>".to_owned(), "text must be converted"),
            (
                r#"<image xlink:href="/etc/passwd" width="5" height="5"/>"#.to_owned(),
                "shows nothing",
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
}
