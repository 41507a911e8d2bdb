//! A drawing (SVG) as filled outlines, cut to its picture.

use usvg::{
    Group, Node, Transform,
    roxmltree::{Document, ParsingOptions},
    tiny_skia_path::{Path, PathSegment, Point, Rect},
};

use super::{
    error::ArtworkError,
    shown::{Clip, Drawing, Outline, OutlinePiece},
    svg,
};
use crate::design::colour::Colour;

/// How far from its corner a drawing may have points, in parts of its longer side. On the largest
/// page that stays within the numbers of PDF/A-1 (ISO 19005-1, 6.1.12: 32 767).
const REACH: f32 = 20.0;
/// How far an outline may stand over the picture's edge and not be cut, in parts of its longer
/// side: what rounding makes of an edge.
const SLACK: f32 = 1e-4;
/// Fine enough for 1200 dpi.
const RESOLUTION: f32 = 8.0;

/// Reads an SVG file's text.
pub(super) fn read(text: &str) -> Result<Drawing, ArtworkError> {
    let options = ParsingOptions { allow_dtd: true, ..ParsingOptions::default() };
    let document = Document::parse_with_options(text, options)
        .map_err(|error| ArtworkError::Drawing(error.to_string()))?;
    svg::require_drawable(&document)?;
    let mut options = usvg::Options::default();
    // A drawing stands for itself: nothing else is read, neither files nor addresses.
    options.image_href_resolver.resolve_string = Box::new(|_, _| None);
    options.image_href_resolver.resolve_data = Box::new(|_, _, _| None);
    let tree = usvg::Tree::from_xmltree(&document, &options)
        .map_err(|error| ArtworkError::Drawing(error.to_string()))?;
    let (width, height) = (tree.size().width(), tree.size().height());
    let picture = Rect::from_xywh(0.0, 0.0, width, height)
        .ok_or_else(|| ArtworkError::Drawing("it has no size".to_owned()))?;
    let mut shapes = Shapes { picture, side: width.max(height), outlines: Vec::new() };
    shapes.collect(tree.root(), &[])?;
    if shapes.outlines.is_empty() {
        return Err(ArtworkError::Nothing);
    }
    Ok(Drawing { width, height, shapes: shapes.outlines.into() })
}

/// The outlines so far, and the picture that they are cut to.
struct Shapes {
    picture: Rect,
    side: f32,
    outlines: Vec<Outline>,
}

impl Shapes {
    fn collect(&mut self, group: &Group, clips: &[Clip]) -> Result<(), ArtworkError> {
        if group.opacity().get() <= 0.0 {
            return Ok(());
        }
        if group.opacity().get() < 1.0 || group.blend_mode() != usvg::BlendMode::Normal {
            return Err(ArtworkError::Unprintable("transparent parts"));
        }
        if group.mask().is_some() || !group.filters().is_empty() {
            return Err(ArtworkError::Unprintable("masks or filters"));
        }
        let mut clips = clips.to_vec();
        let mut next = group.clip_path();
        while let Some(clip) = next {
            let place = group.abs_transform().pre_concat(clip.transform());
            clips.push(self.clip(clip.root(), place)?);
            next = clip.clip_path();
        }
        for node in group.children() {
            match node {
                Node::Group(group) => self.collect(group, &clips)?,
                Node::Path(path) if path.is_visible() => self.path(path, &clips)?,
                Node::Path(_) => {}
                Node::Image(_) => return Err(ArtworkError::Unprintable("a picture inside")),
                Node::Text(_) => return Err(ArtworkError::Unprintable("text")),
            }
        }
        Ok(())
    }

    fn path(&mut self, path: &usvg::Path, clips: &[Clip]) -> Result<(), ArtworkError> {
        let mut parts: Vec<(Path, Option<Colour>, bool)> = Vec::with_capacity(2);
        if let Some(fill) = path.fill() {
            let even_odd = fill.rule() == usvg::FillRule::EvenOdd;
            parts.push((path.data().clone(), solid(fill.paint(), fill.opacity())?, even_odd));
        }
        if let Some(stroke) = path.stroke() {
            let colour = solid(stroke.paint(), stroke.opacity())?;
            let line = stroke.to_tiny_skia();
            let dashed = line.dash.as_ref().map(|dash| path.data().dash(dash, RESOLUTION));
            let along = dashed.unwrap_or_else(|| Some(path.data().clone()));
            // A stroke is the outline it covers.
            if let Some(outline) = along.and_then(|along| along.stroke(&line, RESOLUTION)) {
                parts.push((outline, colour, false));
            }
        }
        if path.paint_order() == usvg::PaintOrder::StrokeAndFill {
            parts.reverse();
        }
        for (outline, colour, even_odd) in parts {
            if let Some(colour) = colour {
                self.add(outline, path.abs_transform(), colour, even_odd, clips)?;
            }
        }
        Ok(())
    }

    /// Adds an outline, cut to the picture where it stands over its edge.
    fn add(
        &mut self,
        path: Path,
        transform: Transform,
        colour: Colour,
        even_odd: bool,
        clips: &[Clip],
    ) -> Result<(), ArtworkError> {
        let Some(path) = path.transform(transform) else { return Ok(()) };
        let bounds = path.bounds();
        if bounds.intersect(&self.picture).is_none() {
            return Ok(());
        }
        let outline = self.pieces(&path)?;
        let slack = self.side * SLACK;
        let picture = self.picture;
        let is_inside = bounds.left() >= picture.left() - slack
            && bounds.top() >= picture.top() - slack
            && bounds.right() <= picture.right() + slack
            && bounds.bottom() <= picture.bottom() + slack;
        let mut clips = clips.to_vec();
        if !is_inside {
            clips.insert(0, edge(picture));
        }
        self.outlines.push(Outline { outline, colour, even_odd, clips });
        Ok(())
    }

    /// What a group is cut to: one outline, for several would be cut to one another in print.
    fn clip(&self, root: &Group, place: Transform) -> Result<Clip, ArtworkError> {
        let several = ArtworkError::Unprintable("clipping by several shapes");
        if root.clip_path().is_some() || root.mask().is_some() || !root.filters().is_empty() {
            return Err(several);
        }
        match root.children() {
            [Node::Group(group)] => self.clip(group, place),
            [Node::Path(path)] => {
                let outline = path.data().clone().transform(place.pre_concat(path.abs_transform()));
                let outline = outline
                    .ok_or_else(|| ArtworkError::Drawing("a clip has no size".to_owned()))?;
                let fill = path.fill();
                let even_odd = fill.is_some_and(|fill| fill.rule() == usvg::FillRule::EvenOdd);
                Ok(Clip { outline: self.pieces(&outline)?, even_odd })
            }
            _ => Err(several),
        }
    }

    fn pieces(&self, path: &Path) -> Result<Vec<OutlinePiece>, ArtworkError> {
        let bounds = path.bounds();
        let reach = self.side * REACH;
        let farthest = [bounds.left(), bounds.top(), bounds.right(), bounds.bottom()];
        if !farthest.iter().all(|edge| edge.abs() <= reach) {
            return Err(ArtworkError::FarOut);
        }
        let mut last = [0.0, 0.0];
        let mut outline = Vec::with_capacity(path.len());
        for segment in path.segments() {
            let point = |p: Point| [p.x, p.y];
            outline.push(match segment {
                PathSegment::MoveTo(to) => OutlinePiece::Move(point(to)),
                PathSegment::LineTo(to) => OutlinePiece::Line(point(to)),
                PathSegment::QuadTo(by, to) => cubic(last, point(by), point(to)),
                PathSegment::CubicTo(a, b, to) => {
                    OutlinePiece::Curve(point(a), point(b), point(to))
                }
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
        Ok(outline)
    }
}

/// The edge of a picture, as what is cut to it.
fn edge(picture: Rect) -> Clip {
    let (left, top, right, bottom) =
        (picture.left(), picture.top(), picture.right(), picture.bottom());
    let outline = vec![
        OutlinePiece::Move([left, top]),
        OutlinePiece::Line([right, top]),
        OutlinePiece::Line([right, bottom]),
        OutlinePiece::Line([left, bottom]),
        OutlinePiece::Close,
    ];
    Clip { outline, even_odd: false }
}

/// The colour of a paint; none where nothing of it shows.
fn solid(paint: &usvg::Paint, opacity: usvg::Opacity) -> Result<Option<Colour>, ArtworkError> {
    if opacity.get() <= 0.0 {
        return Ok(None);
    }
    match paint {
        usvg::Paint::Color(colour) if opacity.get() >= 1.0 => {
            Ok(Some(Colour { rgb: [colour.red, colour.green, colour.blue] }))
        }
        usvg::Paint::Color(_) => Err(ArtworkError::Unprintable("transparent parts")),
        _ => Err(ArtworkError::Unprintable("gradients or patterns")),
    }
}

/// A quadratic curve as a cubic one, which is all that PDF has.
fn cubic(from: [f32; 2], by: [f32; 2], to: [f32; 2]) -> OutlinePiece {
    let towards = |a: [f32; 2]| [0, 1].map(|axis| a[axis] + (by[axis] - a[axis]) * 2.0 / 3.0);
    OutlinePiece::Curve(towards(from), towards(to), to)
}
