//! What several pages of a file have alike, to be said once: as forms (ISO 32000-1, 8.10).

use std::{
    collections::{BTreeMap, HashMap},
    hash::{Hash, Hasher},
};

use super::tags::{Unit, tag};
use crate::{
    design::{Artwork, Logo},
    layout::{Item, Page},
};

/// What a form costs in the file beside what stands in it, and what calling it costs a page.
const FORM: usize = 300;
const CALL: usize = 8;

/// One thing that stands on several pages at the same place.
struct Common<'p> {
    item: &'p Item,
    /// The pages, from 0, each once.
    pages: Vec<usize>,
}

/// What pages share, and what each of them has for itself.
pub(super) struct Sharing<'p> {
    /// What stands in each form, in order of drawing.
    pub(super) forms: Vec<Vec<&'p Item>>,
    /// What stands on each page.
    pub(super) pages: Vec<Own<'p>>,
}

/// One page, its forms drawn first.
pub(super) struct Own<'p> {
    /// Places in [`Sharing::forms`].
    pub(super) forms: Vec<usize>,
    /// What no form has, in order of drawing.
    pub(super) items: Vec<&'p Item>,
}

impl<'p> Sharing<'p> {
    /// Finds what is worth a form.
    ///
    /// Things that stand on the same pages make one form; of pages that are tagged, the lines of one
    /// text do. A page draws its forms before its own things, which may be another order than the
    /// layout's; what would come to lie over or under something else by that is not shared.
    pub(super) fn among(pages: &'p [Page], tagged: bool) -> Self {
        let (common, places) = common(pages);
        let mut form_of = worthwhile(&common, tagged);
        while let Some(astray) = out_of_order(pages, &places, &form_of) {
            form_of[astray] = None;
        }
        let mut forms: Vec<Vec<&Item>> = Vec::new();
        let mut numbers: BTreeMap<usize, usize> = BTreeMap::new();
        for (common, form) in common.iter().zip(&form_of) {
            let Some(form) = form else { continue };
            let number = *numbers.entry(*form).or_insert_with(|| {
                forms.push(Vec::new());
                forms.len() - 1
            });
            forms[number].push(common.item);
        }
        let pages = pages
            .iter()
            .zip(places)
            .map(|(page, places)| {
                let mut own = Own { forms: Vec::new(), items: Vec::new() };
                for (item, place) in page.items.iter().zip(places) {
                    match form_of[place].and_then(|form| numbers.get(&form)) {
                        Some(form) if own.forms.contains(form) => {}
                        Some(form) => own.forms.push(*form),
                        None => own.items.push(item),
                    }
                }
                own.forms.sort_unstable();
                own
            })
            .collect();
        Self { forms, pages }
    }
}

/// Every different thing with the pages it stands on, and for each page which things it has.
fn common(pages: &[Page]) -> (Vec<Common<'_>>, Vec<Vec<usize>>) {
    let mut common: Vec<Common> = Vec::new();
    let mut known: HashMap<Same, usize> = HashMap::new();
    let mut places = Vec::with_capacity(pages.len());
    for (number, page) in pages.iter().enumerate() {
        let mut of_page = Vec::with_capacity(page.items.len());
        for item in &page.items {
            let place = *known.entry(Same(item)).or_insert(common.len());
            match common.get_mut(place) {
                // A thing twice on one page is two things; only the first can be shared.
                Some(found) if found.pages.last() == Some(&number) => {
                    of_page.push(common.len());
                    common.push(Common { item, pages: vec![number] });
                }
                Some(found) => {
                    found.pages.push(number);
                    of_page.push(place);
                }
                None => {
                    of_page.push(place);
                    common.push(Common { item, pages: vec![number] });
                }
            }
        }
        places.push(of_page);
    }
    (common, places)
}

/// The pages that a form is drawn on, and what its things belong to where that is told.
type FormKey<'c> = (&'c [usize], Option<Unit>);

/// The form that each thing goes into, those on most pages first.
fn worthwhile(common: &[Common<'_>], tagged: bool) -> Vec<Option<usize>> {
    let unit = |item| if tagged { tag(item).unit() } else { None };
    let mut sets: BTreeMap<FormKey<'_>, usize> = BTreeMap::new();
    for common in common.iter().filter(|common| common.pages.len() > 1) {
        *sets.entry((&common.pages, unit(common.item))).or_default() += length(common.item);
    }
    // On each page the things are deflated to about half; in the form they are said once.
    sets.retain(|(pages, _), length| *length / 2 * (pages.len() - 1) > FORM + CALL * pages.len());
    let mut sets: Vec<FormKey<'_>> = sets.into_keys().collect();
    sets.sort_by_key(|(pages, _)| std::cmp::Reverse(pages.len()));
    let forms: HashMap<FormKey<'_>, usize> = sets.into_iter().zip(0..).collect();
    common.iter().map(|common| forms.get(&(&*common.pages, unit(common.item))).copied()).collect()
}

/// About how many bytes it takes to draw a thing.
fn length(item: &Item) -> usize {
    match item {
        Item::Fill { .. } => 40,
        Item::Line(line) => 24 + 2 * line.glyphs().len(),
        Item::Symbol { symbol, .. } => symbol.side() * symbol.side() * 3,
        Item::Logo(logo) => match &logo.artwork {
            Artwork::Bitmap(_) => 40,
            Artwork::Drawing(drawing) => {
                drawing.shapes.iter().map(|shape| 16 * shape.outline.len()).sum()
            }
        },
    }
}

/// A thing in a form that must not be, since on some page it would be drawn before or after
/// something that it lies under or over: only ink may change places with ink.
fn out_of_order(pages: &[Page], places: &[Vec<usize>], form_of: &[Option<usize>]) -> Option<usize> {
    for (page, places) in pages.iter().zip(places) {
        // Forms come in order and then the page's own; inside a form the order is that of `place`.
        let key = |place: usize| (form_of[place].unwrap_or(usize::MAX), place);
        let (mut last, mut last_ground) = (None, None);
        for (item, place) in page.items.iter().zip(places) {
            let (ground, shared) = (!is_ink(item), form_of[*place].is_some());
            let key = key(*place);
            let over = if ground { last } else { last_ground };
            if shared && over.is_some_and(|over| over > key) {
                return Some(*place);
            }
            last = last.max(Some(key));
            if ground {
                last_ground = last_ground.max(Some(key));
            }
        }
    }
    None
}

/// Ink lies on the ground and never on other ink; designs are held to that.
fn is_ink(item: &Item) -> bool {
    matches!(item, Item::Line(_) | Item::Symbol { .. })
}

/// A thing that equals another if they look the same and stand at the same place.
struct Same<'p>(&'p Item);

impl PartialEq for Same<'_> {
    fn eq(&self, other: &Self) -> bool {
        match (self.0, other.0) {
            (Item::Fill { area, colour }, Item::Fill { area: a, colour: c }) => {
                area == a && colour == c
            }
            (Item::Symbol { area, symbol, .. }, Item::Symbol { area: a, symbol: s, .. }) => {
                area == a && symbol == s
            }
            (Item::Logo(logo), Item::Logo(other)) => logo == other,
            (Item::Line(line), Item::Line(other)) => {
                let glyphs = line.glyphs().iter().zip(other.glyphs());
                line.text() == other.text()
                    && line.font == other.font
                    && line.size == other.size
                    && (line.x, line.baseline) == (other.x, other.baseline)
                    && line.colour == other.colour
                    && line.glyphs().len() == other.glyphs().len()
                    && glyphs.into_iter().all(|(a, b)| {
                        (a.id, a.advance, a.x_offset, a.y_offset)
                            == (b.id, b.advance, b.x_offset, b.y_offset)
                    })
            }
            _ => false,
        }
    }
}

impl Eq for Same<'_> {}

impl Hash for Same<'_> {
    fn hash<H: Hasher>(&self, state: &mut H) {
        let place = match self.0 {
            Item::Fill { area, .. } | Item::Logo(Logo { area, .. }) => [area.x, area.y, area.width],
            Item::Symbol { area, symbol, .. } => {
                symbol.hash(state);
                [area.x, area.y, area.width]
            }
            Item::Line(line) => {
                line.text().hash(state);
                [line.x, line.baseline, line.x]
            }
        };
        // Lengths are never NaN; 0 and -0 may differ here, which only costs a chance to share.
        place.map(|length| length.0.to_bits()).hash(state);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        design::{Area, Colour, Mm},
        layout::Tag,
        symbol::qr,
    };

    fn fill(x: f32) -> Item {
        let area = Area { x: Mm(x), y: Mm(0.0), width: Mm(9.0), height: Mm(9.0) };
        Item::Fill { area, colour: Colour::BLACK }
    }

    fn code(text: &str) -> Item {
        let area = Area { x: Mm(0.0), y: Mm(0.0), width: Mm(20.0), height: Mm(20.0) };
        let (symbol, alt, tag) = (qr::encode(text, 20.0).unwrap(), String::new(), Tag::ARTIFACT);
        Item::Symbol { area, symbol, alt, tag }
    }

    /// For each page the number of its forms and of its own things.
    fn shared(pages: &[Page]) -> (usize, Vec<(usize, usize)>) {
        let sharing = Sharing::among(pages, false);
        let pages = sharing.pages.iter().map(|own| (own.forms.len(), own.items.len()));
        (sharing.forms.len(), pages.collect())
    }

    #[test]
    fn what_is_alike_on_many_pages_is_drawn_once() {
        let page = |number: usize| Page {
            items: vec![fill(1.0), code("all"), code(if number < 5 { "nl" } else { "fr" })],
        };
        let pages: Vec<Page> = (0..10).map(page).collect();
        assert_eq!(shared(&pages), (3, vec![(2, 0); 10]));
        assert_eq!(shared(&pages[..1]), (0, vec![(0, 3)]));
    }

    #[test]
    fn nothing_comes_to_lie_under_what_it_lay_over() {
        // A page's own ground may cover what was before it, so it has to stay behind the code.
        let page = |number: f32| Page { items: vec![fill(number), code("all"), code("too")] };
        let pages: Vec<Page> = (0..10_u8).map(|number| page(number.into())).collect();
        assert_eq!(shared(&pages), (0, vec![(0, 3); 10]));
        // Ink before the code is in nobody's way.
        let page = |number: u8| Page { items: vec![code(&number.to_string()), code("all")] };
        assert_eq!(shared(&(0..10).map(page).collect::<Vec<_>>()), (1, vec![(1, 1); 10]));
    }

    #[test]
    fn a_thing_twice_on_a_page_is_drawn_twice() {
        let pages: Vec<Page> =
            (0..10).map(|_| Page { items: vec![code("all"), code("all")] }).collect();
        let (_, pages) = shared(&pages);
        assert_eq!(pages, vec![(1, 1); 10]);
    }
}
