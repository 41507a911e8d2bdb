//! The structure of pages for screen readers (ISO 32000-1, 14.7 and 14.8): what each marked piece of
//! content is, in the order of reading.
//!
//! A card is a section in its language, with its headings and paragraphs and its codes as a table of
//! 24 rows, each with the number as its header cell. A form that several pages share holds one text
//! and is marked where it is drawn, for what is marked inside a form could belong to one page alone.

use std::collections::BTreeMap;

use lopdf::{Dictionary, Document, Object, ObjectId};
use tokenkaart_token::language::Language;

use super::content::Content;
use crate::layout::{Item, Page, Role, Tag};

/// A card and a place in its order of reading.
pub(super) type Unit = (u16, u16);

/// What a thing on a page is.
pub(super) fn tag(item: &Item) -> Tag {
    match item {
        Item::Line(line) => line.tag,
        Item::Symbol { tag, .. } => *tag,
        Item::Fill { .. } | Item::Logo(_) => Tag::ARTIFACT,
    }
}

/// One text, figure or cell of a page.
struct Element<'p> {
    role: Role,
    language: Language,
    alt: &'p str,
    /// The pieces of content that it is made of, in the order in which they are drawn.
    pieces: Vec<usize>,
}

/// What is marked on one page, as it is drawn.
pub(super) struct PageTags<'p> {
    elements: BTreeMap<Unit, Element<'p>>,
    pieces: usize,
    open: Open,
}

/// As what is marked what is drawn now.
#[derive(Clone, Copy, PartialEq)]
enum Open {
    /// Not at all.
    Nothing,
    /// As nothing to be read.
    Artifact,
    /// As a part of a unit.
    Of(Unit),
}

impl<'p> PageTags<'p> {
    /// What is to be read of a page, none of which is drawn yet.
    pub(super) fn of(page: &'p Page) -> Self {
        let mut elements = BTreeMap::new();
        for item in &page.items {
            let Tag { role, language, .. } = tag(item);
            let alt = if let Item::Symbol { alt, .. } = item { alt } else { "" };
            if let Some(unit) = tag(item).unit() {
                let new = || Element { role, language, alt, pieces: Vec::new() };
                elements.entry(unit).or_insert_with(new);
            }
        }
        Self { elements, pieces: 0, open: Open::Nothing }
    }

    /// Marks what follows as a part of a unit, or as nothing to be read.
    pub(super) fn begin(&mut self, content: &mut Content, unit: Option<Unit>) {
        let open = unit.map_or(Open::Artifact, Open::Of);
        if self.open == open {
            return;
        }
        self.end(content);
        self.open = open;
        let element = unit.and_then(|unit| self.elements.get_mut(&unit));
        let Some(element) = element else {
            content.raw(b"/Artifact");
            content.operator("BMC");
            return;
        };
        content.raw(b"/");
        content.raw(name(element.role).as_bytes());
        content.raw(b"<</MCID");
        content.whole(self.pieces);
        content.raw(b">>");
        content.operator("BDC");
        element.pieces.push(self.pieces);
        self.pieces += 1;
    }

    /// Ends what was marked.
    pub(super) fn end(&mut self, content: &mut Content) {
        // Text objects and marks must lie in one another whole.
        content.end_text();
        if self.open != Open::Nothing {
            content.operator("EMC");
        }
        self.open = Open::Nothing;
    }
}

/// The standard name of a role.
const fn name(role: Role) -> &'static str {
    match role {
        Role::Heading(1) => "H1",
        Role::Heading(2) => "H2",
        Role::Heading(_) => "H3",
        Role::Figure => "Figure",
        Role::Number => "TH",
        Role::Code => "TD",
        Role::Paragraph | Role::Artifact => "P",
    }
}

/// Writes the tree of all pages, and says in the catalog that the file is tagged.
pub(super) fn write(pdf: &mut Document, pages: &[(ObjectId, PageTags<'_>)]) -> lopdf::Result<()> {
    let (root, document) = (pdf.new_object_id(), pdf.new_object_id());
    let mut tree = Tree { pdf, sections: Vec::new(), parents: Vec::new() };
    for (page, tags) in pages {
        tree.page(document, *page, tags);
    }
    let Tree { sections, parents, .. } = tree;
    pdf.objects.insert(document, element("Document", root, [("K", sections.into())]).into());
    let parents = pdf.add_object(Dictionary::from_iter([("Nums", Object::from(parents))]));
    let of_root = Dictionary::from_iter([
        ("Type", Object::Name(b"StructTreeRoot".to_vec())),
        ("K", document.into()),
        ("ParentTree", parents.into()),
        ("ParentTreeNextKey", integer(pages.len())),
    ]);
    pdf.objects.insert(root, of_root.into());
    let catalog = pdf.catalog_mut()?;
    catalog.set("MarkInfo", Dictionary::from_iter([("Marked", Object::Boolean(true))]));
    catalog.set("StructTreeRoot", root);
    Ok(())
}

struct Tree<'d> {
    pdf: &'d mut Document,
    /// A section for each card of each page.
    sections: Vec<Object>,
    /// By the number of the page: the element that each of its pieces belongs to.
    parents: Vec<Object>,
}

impl Tree<'_> {
    fn page(&mut self, document: ObjectId, page: ObjectId, tags: &PageTags<'_>) {
        let mut parents = vec![Object::Null; tags.pieces];
        let elements: Vec<(&Unit, &Element)> = tags.elements.iter().collect();
        for card in elements.chunk_by(|(a, _), (b, _)| a.0 == b.0) {
            let section = self.pdf.new_object_id();
            let mut kids: Vec<Object> = Vec::new();
            let is_cell = |element: &Element| matches!(element.role, Role::Number | Role::Code);
            let (cells, texts): (Vec<&Element>, Vec<&Element>) =
                card.iter().map(|(_, element)| *element).partition(|element| is_cell(element));
            for text in texts {
                kids.push(self.leaf(section, page, text, &mut parents).into());
            }
            if !cells.is_empty() {
                kids.push(self.table(section, page, &cells, &mut parents).into());
            }
            let language = card.first().map_or_else(Language::default, |(_, first)| first.language);
            let of_section =
                [("Lang", Object::string_literal(language.code())), ("K", kids.into())];
            self.pdf.objects.insert(section, element("Sect", document, of_section).into());
            self.sections.push(section.into());
        }
        let parents = self.pdf.add_object(parents);
        let number = self.parents.len() / 2;
        self.parents.extend([integer(number), parents.into()]);
    }

    /// A row for each number and its code.
    fn table(
        &mut self,
        section: ObjectId,
        page: ObjectId,
        cells: &[&Element<'_>],
        parents: &mut [Object],
    ) -> ObjectId {
        let table = self.pdf.new_object_id();
        let mut rows: Vec<Object> = Vec::with_capacity(cells.len() / 2);
        for cells in cells.chunks(2) {
            let row = self.pdf.new_object_id();
            let cells = cells.iter().map(|cell| self.leaf(row, page, cell, parents).into());
            let cells: Vec<Object> = cells.collect();
            self.pdf.objects.insert(row, element("TR", table, [("K", cells.into())]).into());
            rows.push(row.into());
        }
        self.pdf.objects.insert(table, element("Table", section, [("K", rows.into())]).into());
        table
    }

    /// An element with content of its own.
    fn leaf(
        &mut self,
        parent: ObjectId,
        page: ObjectId,
        of: &Element<'_>,
        parents: &mut [Object],
    ) -> ObjectId {
        let pieces: Vec<Object> = of.pieces.iter().map(|piece| integer(*piece)).collect();
        let mut leaf = element(name(of.role), parent, [("Pg", page.into()), ("K", pieces.into())]);
        if of.role == Role::Number {
            // PDF 1.5; older readers see a header cell all the same.
            let scope = [("O", "Table"), ("Scope", "Row")];
            let scope = scope.map(|(key, name)| (key, Object::Name(name.into())));
            leaf.set("A", Dictionary::from_iter(scope));
        }
        if !of.alt.is_empty() {
            leaf.set("Alt", super::conformance::text_string(of.alt));
        }
        let id = self.pdf.add_object(leaf);
        for piece in &of.pieces {
            parents[*piece] = id.into();
        }
        id
    }
}

fn element<const N: usize>(role: &str, parent: ObjectId, more: [(&str, Object); N]) -> Dictionary {
    let mut element = Dictionary::from_iter([
        ("Type", Object::Name(b"StructElem".to_vec())),
        ("S", Object::Name(role.into())),
        ("P", parent.into()),
    ]);
    for (key, value) in more {
        element.set(key, value);
    }
    element
}

fn integer(number: usize) -> Object {
    Object::Integer(i64::try_from(number).unwrap_or(i64::MAX))
}
