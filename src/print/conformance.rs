//! What makes a file PDF/A-1b (ISO 19005-1:2005, level B) true, where printpdf would only say
//! so: the catalog, the XMP metadata, the output intent, the fonts' lists of glyphs.

use jiff::civil::Date;
use lopdf::{Dictionary, Document, Object, ObjectId, Stream, StringFormat};

use super::{about::About, font::Fonts, icc};
use crate::design::Area;

const CREATOR: &str = "tokenkaart";
const PRODUCER: &str = concat!("tokenkaart ", env!("CARGO_PKG_VERSION"));

/// Makes the document what it says it is; all its pages have one size.
pub(super) fn declare(
    pdf: &mut Document,
    about: &About,
    fonts: &Fonts,
    page: &Area,
) -> lopdf::Result<()> {
    "1.4".clone_into(&mut pdf.version);
    cid_sets(pdf, fonts)?;
    let xmp = Dictionary::from_iter([
        ("Type", Object::Name(b"Metadata".to_vec())),
        ("Subtype", Object::Name(b"XML".to_vec())),
    ]);
    // Archives read it without inflating anything (6.7.2).
    let xmp =
        pdf.add_object(Stream::new(xmp, xmp_packet(about).into_bytes()).with_compression(false));
    let intent = output_intent(pdf);
    let catalog = pdf.catalog_mut()?;
    catalog.set("Metadata", xmp);
    catalog.set("OutputIntents", Object::Array(vec![intent.into()]));
    catalog.set("Lang", Object::string_literal(about.language.code()));
    catalog.set("ViewerPreferences", viewer_preferences(about.backs, page));
    let info = pdf.trailer.get(b"Info")?.as_reference()?;
    pdf.set_object(info, info_dictionary(about));
    Ok(())
}

/// What viewers offer when the file is printed (ISO 32000-1, table 150): no scaling, for cards have
/// a size, and backs behind their fronts or one side alone, so that no two holders share a sheet.
/// PDF 1.4 knows none of these keys, and its readers pass over them.
fn viewer_preferences(backs: bool, page: &Area) -> Dictionary {
    // The sheet is turned like the leaf of a book.
    let duplex: &[u8] = match (backs, page.width > page.height) {
        (false, _) => b"Simplex",
        (true, false) => b"DuplexFlipLongEdge",
        (true, true) => b"DuplexFlipShortEdge",
    };
    Dictionary::from_iter([
        ("DisplayDocTitle", Object::Boolean(true)),
        ("PrintScaling", Object::Name(b"None".to_vec())),
        ("Duplex", Object::Name(duplex.to_vec())),
    ])
}

/// Colours are sRGB; greys are its greys (6.2.2).
fn output_intent(pdf: &mut Document) -> Dictionary {
    let components = Dictionary::from_iter([("N", Object::Integer(3))]);
    let profile = pdf.add_object(Stream::new(components, icc::srgb()));
    Dictionary::from_iter([
        ("Type", Object::Name(b"OutputIntent".to_vec())),
        ("S", Object::Name(b"GTS_PDFA1".to_vec())),
        ("OutputConditionIdentifier", Object::string_literal("sRGB IEC61966-2.1")),
        ("RegistryName", Object::string_literal("http://www.color.org")),
        ("Info", Object::string_literal("sRGB IEC61966-2.1")),
        ("DestOutputProfile", profile.into()),
    ])
}

/// Each font's descriptor lists the glyphs that the subset has (6.3.5).
fn cid_sets(pdf: &mut Document, fonts: &Fonts) -> lopdf::Result<()> {
    for (font, embedded) in fonts.iter() {
        let descriptor = descriptor(pdf, font.resource())
            .ok_or(lopdf::Error::DictKey(format!("FontDescriptor of {}", font.resource())))?;
        let mut bits = vec![0_u8; usize::from(embedded.glyphs).div_ceil(8)];
        for glyph in 0..usize::from(embedded.glyphs) {
            bits[glyph / 8] |= 0x80 >> (glyph % 8);
        }
        let set = pdf.add_object(Stream::new(Dictionary::new(), bits));
        pdf.get_dictionary_mut(descriptor)?.set("CIDSet", set);
    }
    Ok(())
}

fn descriptor(pdf: &Document, prefix: &str) -> Option<ObjectId> {
    pdf.objects.iter().find_map(|(id, object)| {
        let name = object.as_dict().ok()?.get(b"FontName").ok()?.as_name().ok()?;
        name.starts_with(prefix.as_bytes()).then_some(*id)
    })
}

/// The same things as in the XMP packet, and no others (6.7.3).
fn info_dictionary(about: &About) -> Dictionary {
    let date = about.date.strftime("D:%Y%m%d000000Z").to_string();
    let mut info = Dictionary::from_iter([
        ("Title", text_string(&about.title)),
        ("Creator", text_string(CREATOR)),
        ("Producer", text_string(PRODUCER)),
        ("CreationDate", Object::string_literal(date.clone())),
        ("ModDate", Object::string_literal(date)),
    ]);
    if let Some(author) = &about.author {
        info.set("Author", text_string(author));
    }
    info
}

/// A text as PDF has it: ASCII as it is, and everything else as UTF-16BE.
pub(super) fn text_string(text: &str) -> Object {
    let text = printable(text);
    if text.bytes().all(|byte| (b' '..=b'~').contains(&byte) && byte != b'\\') {
        return Object::string_literal(text);
    }
    let mut bytes = vec![0xFE, 0xFF];
    bytes.extend(text.encode_utf16().flat_map(u16::to_be_bytes));
    Object::String(bytes, StringFormat::Hexadecimal)
}

/// XML has no place for control characters.
fn printable(text: &str) -> String {
    text.replace(char::is_control, " ")
}

fn xmp_packet(about: &About) -> String {
    let author = about.author.as_deref().map(xml).map_or_else(String::new, |author| {
        format!("<dc:creator><rdf:Seq><rdf:li>{author}</rdf:li></rdf:Seq></dc:creator>\n")
    });
    let (title, language, date) = (xml(&about.title), about.language.code(), xmp_date(about.date));
    format!(
        r#"<?xpacket begin="{bom}" id="W5M0MpCehiHzreSzNTczkc9d"?>
<x:xmpmeta xmlns:x="adobe:ns:meta/">
<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">
<rdf:Description rdf:about="" xmlns:dc="http://purl.org/dc/elements/1.1/">
<dc:title><rdf:Alt><rdf:li xml:lang="x-default">{title}</rdf:li></rdf:Alt></dc:title>
{author}<dc:language><rdf:Bag><rdf:li>{language}</rdf:li></rdf:Bag></dc:language>
</rdf:Description>
<rdf:Description rdf:about="" xmlns:xmp="http://ns.adobe.com/xap/1.0/">
<xmp:CreatorTool>{CREATOR}</xmp:CreatorTool>
<xmp:CreateDate>{date}</xmp:CreateDate>
<xmp:ModifyDate>{date}</xmp:ModifyDate>
</rdf:Description>
<rdf:Description rdf:about="" xmlns:pdf="http://ns.adobe.com/pdf/1.3/">
<pdf:Producer>{PRODUCER}</pdf:Producer>
</rdf:Description>
<rdf:Description rdf:about="" xmlns:pdfaid="http://www.aiim.org/pdfa/ns/id/">
<pdfaid:part>1</pdfaid:part>
<pdfaid:conformance>B</pdfaid:conformance>
</rdf:Description>
</rdf:RDF>
</x:xmpmeta>
<?xpacket end="r"?>"#,
        bom = '\u{FEFF}',
    )
}

fn xmp_date(date: Date) -> String {
    date.strftime("%Y-%m-%dT00:00:00Z").to_string()
}

fn xml(text: &str) -> String {
    printable(text).replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

#[cfg(test)]
mod tests {
    use super::*;
    use tokenkaart_token::language::Language;

    #[test]
    fn a_title_with_signs_of_xml_stays_a_title() {
        let title = "<b>Kaart & code</b>\u{7}".to_owned();
        let about = About {
            author: Some("Gemeente \u{c9}ghez\u{e9}e & co".to_owned()),
            ..About::new(title, Language::Fr, jiff::civil::date(2026, 11, 22))
        };
        let packet = xmp_packet(&about);
        assert!(packet.contains(">&lt;b&gt;Kaart &amp; code&lt;/b&gt; <"));
        assert!(packet.contains("<rdf:li>Gemeente \u{c9}ghez\u{e9}e &amp; co</rdf:li>"));
        assert!(!packet.contains('\u{7}'));
    }
}
