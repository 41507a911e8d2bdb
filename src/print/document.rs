//! Pages, forms and fonts put into one document, and the document into bytes.

use flate2::{Compress, Compression, FlushCompress, Status};
use lopdf::{Dictionary, Document, Object, ObjectId, Stream, StringFormat};
use printpdf::{FontId, Op, PdfDocument, PdfPage, PdfSaveOptions};
use sha2::{Digest, Sha256};
use zeroize::{Zeroize, Zeroizing};

use super::{
    content::{Content, Corner},
    error::PrintError,
    font::Fonts,
    form::Sharing,
    graphics,
    logo::{self, Pictures},
    tags::{self, PageTags, Unit},
    text,
};
use crate::{
    design::{Area, Artwork, Logo, Mm, Pt},
    layout::{Item, Page},
};

/// Has printpdf make a document of one page that shows every glyph of the fonts: with the
/// catalog, the fonts and their tables of widths and Unicode values.
pub(super) fn specimen(title: &str, fonts: &Fonts) -> Result<Document, PrintError> {
    let mut document = PdfDocument::new(title);
    let mut ops: Vec<Op> = Vec::new();
    for (font, embedded) in fonts.iter() {
        let id = FontId(font.resource().to_owned());
        document.resources.fonts.map.insert(id, embedded.pdf_font());
        ops.extend(embedded.specimen(font));
    }
    document.pages = vec![PdfPage::new(printpdf::Mm(1.0), printpdf::Mm(1.0), ops)];
    let options = PdfSaveOptions {
        subset_fonts: false,
        image_optimization: None,
        ..PdfSaveOptions::default()
    };
    let mut warnings = Vec::new();
    let pdf = document.to_lopdf_document(&options, &mut warnings);
    match warnings.first() {
        Some(warning) => Err(PrintError::Library(warning.msg.clone())),
        None => Ok(pdf),
    }
}

/// A sheet of paper and where it is trimmed, in points.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct TrimmedSheet {
    width: f32,
    height: f32,
    /// Where the page's upper left corner lies.
    corner: Corner,
    /// Left, bottom, right and top of what is left after trimming.
    trimmed: [f32; 4],
    bleed: f32,
}

impl TrimmedSheet {
    /// The paper for a page of which an area is kept, and runs over its edges by so much. It is
    /// as large as the page, and larger where the bleed would leave the page.
    pub(super) fn new(page: &Area, trimmed: &Area, bleed: Mm) -> Self {
        let bled = trimmed.grown(bleed);
        let beyond = |over: Mm| Pt::from(over).0.max(0.0);
        let (left, top) = (beyond(page.x - bled.x), beyond(page.y - bled.y));
        let right = beyond(bled.right() - page.right());
        let bottom = beyond(bled.bottom() - page.bottom());
        let width = Pt::from(page.width).0 + left + right;
        let height = Pt::from(page.height).0 + top + bottom;
        let corner = Corner { left, top: height - top };
        let [x, lower] = [corner.x(trimmed.x), corner.y(trimmed.bottom())];
        let [other_x, upper] = [corner.x(trimmed.right()), corner.y(trimmed.y)];
        let trimmed = [x, lower, other_x, upper];
        Self { width, height, corner, trimmed, bleed: Pt::from(bleed).0 }
    }

    const fn corner(self) -> Corner {
        self.corner
    }

    fn media_box(self) -> Object {
        [0.0, 0.0, self.width, self.height].map(Object::Real).to_vec().into()
    }

    /// What a page says for itself beside what all pages inherit: where it is trimmed, and how
    /// far it bleeds, if it does.
    fn boxes(self) -> Vec<(&'static str, Object)> {
        if self.bleed <= 0.0 {
            return Vec::new();
        }
        let [left, bottom, right, top] = self.trimmed;
        let by = self.bleed;
        let bled = [left - by, bottom - by, right + by, top + by];
        let area = |edges: [f32; 4]| edges.map(Object::Real).to_vec().into();
        vec![("BleedBox", area(bled)), ("TrimBox", area(self.trimmed))]
    }
}

/// Puts our pages in the place of the specimen; those that are given too are tagged.
pub(super) fn set_pages<'a>(
    pdf: &mut Document,
    fonts: &'a Fonts,
    sharing: &Sharing<'a>,
    sheet: TrimmedSheet,
    tagged: Option<&[Page]>,
) -> lopdf::Result<()> {
    let font_table = remove_specimen(pdf)?;
    let mut deflate = Deflate::new();
    let pictures = Pictures::among(sharing);
    // Pictures are named beside the forms, and a form may show one too.
    let mut forms = Dictionary::new();
    for (name, picture) in pictures.iter() {
        forms.set(name, pdf.add_object(logo::image(picture, deflate.compress(&picture.rgb))));
    }
    let images = forms.clone();
    let mut writer = StreamWriter { fonts, sheet, pictures, content: Content::new(), deflate };
    for (number, items) in sharing.forms.iter().enumerate() {
        let dictionary = Dictionary::from_iter([
            ("Type", Object::Name(b"XObject".to_vec())),
            ("Subtype", Object::Name(b"Form".to_vec())),
            ("BBox", sheet.media_box()),
            ("Resources", resources(font_table, &images).into()),
        ]);
        let stream = writer.stream(dictionary, &[], items, None);
        forms.set(form_name(number), pdf.add_object(stream));
    }
    let resources = resources(font_table, &forms);
    let tree = pdf.catalog()?.get(b"Pages")?.as_reference()?;
    let mut kids = Vec::with_capacity(sharing.pages.len());
    let mut all_tags = Vec::new();
    let units: Vec<Option<Unit>> = sharing
        .forms
        .iter()
        .map(|items| items.first().and_then(|item| tags::tag(item).unit()))
        .collect();
    for (number, page) in sharing.pages.iter().enumerate() {
        let forms: Vec<_> = page.forms.iter().map(|form| (*form, units[*form])).collect();
        let mut tags = tagged.and_then(|pages| pages.get(number)).map(PageTags::of);
        let stream = writer.stream(Dictionary::new(), &forms, &page.items, tags.as_mut());
        let content = pdf.add_object(stream);
        let mut dictionary = Dictionary::from_iter([
            ("Type", Object::Name(b"Page".to_vec())),
            ("Parent", tree.into()),
            ("Contents", content.into()),
        ]);
        for (name, value) in sheet.boxes() {
            dictionary.set(name, value);
        }
        if tags.is_some() {
            dictionary.set("StructParents", i64::try_from(number).unwrap_or(i64::MAX));
        }
        let id = pdf.add_object(dictionary);
        kids.push(Object::Reference(id));
        all_tags.extend(tags.map(|tags| (id, tags)));
    }
    // Pages inherit these, so none of them has to say them (ISO 32000-1, 7.7.3.4).
    let tree = pdf.get_dictionary_mut(tree)?;
    tree.set("Count", i64::try_from(kids.len()).unwrap_or(i64::MAX));
    tree.set("Kids", kids);
    tree.set("MediaBox", sheet.media_box());
    tree.set("Resources", resources);
    if tagged.is_some() { tags::write(pdf, &all_tags) } else { Ok(()) }
}

/// Takes the specimen's page away and gives the table of fonts.
fn remove_specimen(pdf: &mut Document) -> lopdf::Result<ObjectId> {
    let page_id = pdf.page_iter().next().ok_or(lopdf::Error::PageNumberNotFound(1))?;
    let page = pdf.get_dictionary(page_id)?;
    let resources_id = page.get(b"Resources")?.as_reference()?;
    let content = page.get(b"Contents")?.as_reference()?;
    let resources = pdf.get_dictionary(resources_id)?;
    let fonts = resources.get(b"Font")?.as_reference()?;
    let others: Vec<ObjectId> = resources
        .iter()
        .filter_map(|(_, value)| value.as_reference().ok())
        .filter(|id| *id != fonts)
        .collect();
    for id in others.into_iter().chain([page_id, resources_id, content]) {
        pdf.objects.remove(&id);
    }
    Ok(fonts)
}

fn resources(fonts: ObjectId, objects: &Dictionary) -> Dictionary {
    let mut resources = Dictionary::from_iter([("Font", fonts.into())]);
    if !objects.is_empty() {
        resources.set("XObject", objects.clone());
    }
    resources
}

fn form_name(number: usize) -> String {
    format!("S{number}")
}

/// Writes one stream after the other with the same buffers.
struct StreamWriter<'a> {
    fonts: &'a Fonts,
    sheet: TrimmedSheet,
    pictures: Pictures<'a>,
    content: Content,
    deflate: Deflate,
}

impl StreamWriter<'_> {
    fn stream(
        &mut self,
        mut dictionary: Dictionary,
        forms: &[(usize, Option<Unit>)],
        items: &[&Item],
        mut tags: Option<&mut PageTags<'_>>,
    ) -> Stream {
        let (content, corner) = (&mut self.content, self.sheet.corner());
        content.clear();
        for (form, unit) in forms {
            if let Some(tags) = &mut tags {
                tags.begin(content, *unit);
            }
            content.form(&form_name(*form));
        }
        for (index, item) in items.iter().enumerate() {
            if let Some(tags) = &mut tags {
                tags.begin(content, tags::tag(item).unit());
            }
            match item {
                Item::Fill { area, colour } => graphics::fill(content, corner, area, *colour),
                Item::Symbol { area, symbol, .. } => {
                    graphics::symbol(content, corner, area, symbol);
                }
                Item::Logo(Logo { area, artwork: Artwork::Drawing(drawing) }) => {
                    logo::drawing(content, corner, area, drawing);
                }
                Item::Logo(Logo { area, artwork: Artwork::Bitmap(picture) }) => {
                    if let Some(name) = self.pictures.name(picture) {
                        logo::picture(content, corner, area, &name);
                    }
                }
                Item::Line(line) => {
                    if let Some(embedded) = self.fonts.get(line.font) {
                        text::show(content, corner, embedded, line);
                        let next = items.get(index + 1).and_then(|next| tags::tag(next).unit());
                        if next.is_some() && next == line.tag.unit() {
                            text::go_on(content, embedded, line);
                        }
                    }
                }
            }
        }
        if let Some(tags) = tags {
            tags.end(content);
        }
        dictionary.set("Filter", Object::Name(b"FlateDecode".to_vec()));
        Stream::new(dictionary, self.deflate.compress(content.finish())).with_compression(false)
    }
}

/// A compressor that is made once: its tables take longer to lay out than a page to deflate.
struct Deflate(Compress);

/// Level 9 searches for two thirds longer and finds nothing more in a page.
const LEVEL: Compression = Compression::new(7);

impl Deflate {
    fn new() -> Self {
        Self(Compress::new(LEVEL, true))
    }

    fn compress(&mut self, bytes: &[u8]) -> Vec<u8> {
        self.0.reset();
        let mut deflated = Vec::with_capacity(bytes.len() + 64);
        loop {
            // What has gone in is less than the whole, which is in memory.
            let read = usize::try_from(self.0.total_in()).unwrap_or(bytes.len());
            match self.0.compress_vec(&bytes[read..], &mut deflated, FlushCompress::Finish) {
                Ok(Status::StreamEnd) | Err(_) => return deflated,
                Ok(_) => deflated.reserve(1024),
            }
        }
    }
}

/// Serialises a document, and wipes what it holds.
pub(super) fn save(mut pdf: Document) -> lopdf::Result<Zeroizing<Vec<u8>>> {
    pdf.compress();
    // ISO 32000-1, 14.4: both parts are the same in a file that was written once.
    let id = Object::String(digest(&pdf), StringFormat::Hexadecimal);
    pdf.trailer.set("ID", Object::Array(vec![id.clone(), id]));
    let length: usize = pdf
        .objects
        .values()
        .map(|object| object.as_stream().map_or(200, |s| s.content.len() + 120))
        .sum();
    let mut bytes = Zeroizing::new(Vec::with_capacity(length + (16 << 10)));
    let saved = pdf.save_to(&mut *bytes);
    for object in pdf.objects.values_mut() {
        if let Ok(stream) = object.as_stream_mut() {
            stream.content.zeroize();
        }
    }
    saved?;
    Ok(bytes)
}

/// Half a SHA-256 of what stands in the file's streams: the same for the same pages.
fn digest(pdf: &Document) -> Vec<u8> {
    let mut hasher = Sha256::new();
    for (number, object) in &pdf.objects {
        if let Object::Stream(stream) = object {
            hasher.update(number.0.to_be_bytes());
            hasher.update(&stream.content);
        }
    }
    hasher.finalize()[..16].to_vec()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_with_bleed_lies_on_larger_paper_that_says_where_to_trim() {
        let area =
            |x, y, width, height| Area { x: Mm(x), y: Mm(y), width: Mm(width), height: Mm(height) };
        let page = area(0.0, 0.0, 25.4, 50.8);
        let sheet = TrimmedSheet::new(&page, &page, Mm(25.4));
        let edges = |edges: [f32; 4]| Object::from(edges.map(Object::Real).to_vec());
        assert_eq!(sheet.corner(), Corner { left: 72.0, top: 216.0 });
        assert_eq!(sheet.media_box(), edges([0.0, 0.0, 216.0, 288.0]));
        let boxes = [
            ("BleedBox", edges([0.0, 0.0, 216.0, 288.0])),
            ("TrimBox", edges([72.0, 72.0, 144.0, 216.0])),
        ];
        assert_eq!(sheet.boxes(), boxes);
        assert_eq!(TrimmedSheet::new(&page, &page, Mm(0.0)).boxes(), []);
    }
}
