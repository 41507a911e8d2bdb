//! An SVG file as text, and what is in it that a drawing of filled outlines would lose.

use std::{borrow::Cow, collections::HashSet, io::Read as _};

use encoding_rs::{Encoding, UTF_8};
use flate2::read::GzDecoder;
use usvg::roxmltree::{Document, Node, NodeType};

use super::error::ArtworkError;

/// The most that a compressed drawing may unpack to, in bytes.
const MAX_TEXT: u64 = 32 << 20;
/// How far into a file its root element may begin, in bytes.
const HEAD: usize = 4096;

/// A file's text, if it is an SVG file: packed or not, in the encoding that it declares.
///
/// # Errors
/// [`ArtworkError::Drawing`] when it is packed and can't be unpacked, or isn't in its encoding.
pub(super) fn text(bytes: &[u8]) -> Result<Option<String>, ArtworkError> {
    let broken = |why: &str| ArtworkError::Drawing(why.to_owned());
    let unpacked = if bytes.starts_with(&[0x1F, 0x8B]) {
        let mut unpacked = Vec::new();
        let mut reader = GzDecoder::new(bytes).take(MAX_TEXT + 1);
        reader.read_to_end(&mut unpacked).map_err(|_| broken("it can't be unpacked"))?;
        if unpacked.len() as u64 > MAX_TEXT {
            return Err(broken("it unpacks to over 32 MiB"));
        }
        Cow::Owned(unpacked)
    } else {
        Cow::Borrowed(bytes)
    };
    let (encoding, mark) =
        Encoding::for_bom(&unpacked).unwrap_or_else(|| (declared(&unpacked).unwrap_or(UTF_8), 0));
    let head = &unpacked[..unpacked.len().min(HEAD)];
    if !encoding.decode(head).0.contains("<svg") && !encoding.decode(head).0.contains(":svg") {
        return Ok(None);
    }
    let text = encoding.decode_without_bom_handling_and_without_replacement(&unpacked[mark..]);
    let text = text.ok_or_else(|| broken(&format!("it is not {}", encoding.name())))?;
    Ok(Some(text.into_owned()))
}

/// The encoding that an XML declaration names (XML 1.0, 4.3.3).
fn declared(bytes: &[u8]) -> Option<&'static Encoding> {
    let head = String::from_utf8_lossy(&bytes[..bytes.len().min(256)]);
    let declaration = head.strip_prefix("<?xml")?.split_once("?>")?.0;
    let value = declaration.split_once("encoding")?.1.trim_start().strip_prefix('=')?.trim_start();
    let quote = value.chars().next().filter(|c| matches!(c, '"' | '\''))?;
    let label = value[1..].split_once(quote)?.0;
    Encoding::for_label(label.as_bytes())
}

/// Refuses what would vanish from the drawing without a word.
///
/// # Errors
/// [`ArtworkError::Unprintable`] with what there is.
pub(super) fn require_drawable(document: &Document<'_>) -> Result<(), ArtworkError> {
    let refuse = |what| Err(ArtworkError::Unprintable(what));
    let ids: HashSet<&str> =
        document.descendants().filter_map(|node| node.attribute("id")).collect();
    for node in document.root().descendants() {
        if node.node_type() == NodeType::PI
            && node.pi().is_some_and(|pi| pi.target == "xml-stylesheet")
        {
            return refuse("a style sheet in another file");
        }
        if !node.is_element() || !is_svg(node) {
            continue;
        }
        match node.tag_name().name() {
            "text"
                if node
                    .descendants()
                    .any(|part| !part.text().unwrap_or_default().trim().is_empty()) =>
            {
                return refuse("text");
            }
            "image" | "feImage" => return refuse("a picture inside"),
            "foreignObject" if !is_left_to_others(node) => return refuse("a page of HTML inside"),
            "video" | "audio" | "iframe" | "canvas" => return refuse("a film or sound inside"),
            "animate" | "animateTransform" | "animateMotion" | "animateColor" | "set" => {
                return refuse("moving parts");
            }
            "style" if node.text().unwrap_or_default().contains("@import") => {
                return refuse("a style sheet in another file");
            }
            "style" if lacks(node.text().unwrap_or_default(), &ids) => {
                return refuse("a reference to a part that is not in it");
            }
            _ => {}
        }
        for attribute in node.attributes() {
            let value = attribute.value();
            let is_missing = match attribute.name() {
                "href" if node.tag_name().name() == "a" => false,
                "href" => !value.strip_prefix('#').is_some_and(|id| ids.contains(id)),
                _ => lacks(value, &ids),
            };
            if is_missing {
                return refuse("a reference to a part that is not in it");
            }
        }
    }
    Ok(())
}

fn is_svg(node: Node<'_, '_>) -> bool {
    node.tag_name().namespace().is_none_or(|name| name == "http://www.w3.org/2000/svg")
}

/// Whether an element is one way of several, for programs that know more than SVG: drawing
/// programs keep their own data in a file like that.
fn is_left_to_others(node: Node<'_, '_>) -> bool {
    node.attribute("requiredExtensions").is_some()
        && node.parent_element().is_some_and(|parent| parent.tag_name().name() == "switch")
}

/// Whether a style names a part, as `url(#part)`, that no element is.
fn lacks(style: &str, ids: &HashSet<&str>) -> bool {
    style.split("url(").skip(1).any(|rest| {
        let target = rest.split(')').next().unwrap_or_default();
        let target = target.trim().trim_matches(['"', '\'']);
        !target.strip_prefix('#').is_some_and(|id| ids.contains(id))
    })
}
