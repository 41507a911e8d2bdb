//! Logos: pictures as images that a file holds once, drawings as filled paths.

use std::sync::Arc;

use lopdf::{Dictionary, Object, Stream};

use super::{
    content::{Content, Corner, hundredths},
    form::Sharing,
};
use crate::{
    design::{Area, Artwork, Bitmap, Drawing, OutlinePiece, Pt},
    layout::Item,
};

/// The different pictures of a file.
pub(super) struct Pictures<'a>(Vec<&'a Bitmap>);

impl<'a> Pictures<'a> {
    pub(super) fn among(sharing: &Sharing<'a>) -> Self {
        let mut pictures: Vec<&Bitmap> = Vec::new();
        let items = sharing.forms.iter().chain(sharing.pages.iter().map(|page| &page.items));
        for item in items.flatten() {
            if let Item::Logo(logo) = item
                && let Artwork::Bitmap(picture) = &logo.artwork
                && !pictures.iter().any(|known| is_same(known, picture))
            {
                pictures.push(picture);
            }
        }
        Self(pictures)
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = (String, &'a Bitmap)> {
        self.0.iter().enumerate().map(|(number, picture)| (name(number), *picture))
    }

    /// What the pages call a picture.
    pub(super) fn name(&self, picture: &Bitmap) -> Option<String> {
        self.0.iter().position(|known| is_same(known, picture)).map(name)
    }
}

/// Cards share their logo's pixels, so the pixels need not be looked at.
fn is_same(a: &Bitmap, b: &Bitmap) -> bool {
    Arc::ptr_eq(&a.rgb, &b.rgb)
}

fn name(number: usize) -> String {
    format!("I{number}")
}

/// A picture as an image `XObject` (ISO 32000-1, 8.9.5).
pub(super) fn image(picture: &Bitmap, deflated: Vec<u8>) -> Stream {
    let length = |pixels: usize| Object::Integer(i64::try_from(pixels).unwrap_or(i64::MAX));
    let dictionary = Dictionary::from_iter([
        ("Type", Object::Name(b"XObject".to_vec())),
        ("Subtype", Object::Name(b"Image".to_vec())),
        ("Width", length(picture.width)),
        ("Height", length(picture.height)),
        ("ColorSpace", Object::Name(b"DeviceRGB".to_vec())),
        ("BitsPerComponent", Object::Integer(8)),
        ("Filter", Object::Name(b"FlateDecode".to_vec())),
    ]);
    Stream::new(dictionary, deflated).with_compression(false)
}

/// Shows a picture in an area.
pub(super) fn picture(content: &mut Content, corner: Corner, area: &Area, name: &str) {
    content.end_text();
    content.raw(b"q\n");
    content.decimal(hundredths(Pt::from(area.width).0), 2);
    content.raw(b" 0 0 ");
    content.decimal(hundredths(Pt::from(area.height).0), 2);
    content.decimal(hundredths(corner.x(area.x)), 2);
    content.decimal(hundredths(corner.y(area.bottom())), 2);
    content.operator("cm");
    content.form(name);
    content.operator("Q");
}

/// Fills a drawing's outlines.
pub(super) fn drawing(content: &mut Content, corner: Corner, area: &Area, drawing: &Drawing) {
    content.end_text();
    let scale = Pt::from(area.width).0 / drawing.width;
    let (left, top) = (corner.x(area.x), corner.y(area.y));
    let point = |content: &mut Content, [x, y]: [f32; 2]| {
        content.decimal(hundredths(left + x * scale), 2);
        content.decimal(hundredths(top - y * scale), 2);
    };
    for shape in drawing.shapes.iter() {
        let around = (!shape.clips.is_empty()).then(|| content.save());
        for clip in &shape.clips {
            outline(content, &clip.outline, &point);
            content.operator(if clip.even_odd { "W* n" } else { "W n" });
        }
        content.colour(shape.colour);
        outline(content, &shape.outline, &point);
        content.operator(if shape.even_odd { "f*" } else { "f" });
        if let Some(around) = around {
            content.restore(around);
        }
    }
}

fn outline(
    content: &mut Content,
    pieces: &[OutlinePiece],
    point: &impl Fn(&mut Content, [f32; 2]),
) {
    for piece in pieces {
        match *piece {
            OutlinePiece::Move(to) => {
                point(content, to);
                content.operator("m");
            }
            OutlinePiece::Line(to) => {
                point(content, to);
                content.operator("l");
            }
            OutlinePiece::Curve(first, second, to) => {
                for place in [first, second, to] {
                    point(content, place);
                }
                content.operator("c");
            }
            OutlinePiece::Close => content.operator("h"),
        }
    }
}
