//! Texts that are to have one size: the size at which all of them fit, in every language.

use std::collections::BTreeMap;

use tokenkaart_token::language::Language;

use super::{
    error::LayoutError,
    faces::Faces,
    filling::{filled, is_own},
    options::CardOptions,
    text,
};
use crate::design::{Design, Flow, Pt, Side, TextField};

/// Settles the sizes of what all cards have alike: on a back the texts that a design gives one size
/// keep one size, and so do the paragraphs of a front, so that neither a language nor a text looks
/// smaller than another.
pub(super) fn settle(
    faces: &Faces,
    design: &mut Design,
    options: &CardOptions,
) -> Result<(), LayoutError> {
    let is_alike = |field: &TextField| !is_own(field);
    settle_side(faces, &mut design.front, options, |field| {
        is_alike(field) && field.flow == Flow::Paragraph
    })?;
    match &mut design.back {
        Some(back) if options.back => settle_side(faces, back, options, is_alike),
        _ => Ok(()),
    }
}

fn settle_side(
    faces: &Faces,
    side: &mut Side,
    options: &CardOptions,
    is_of_them: impl Fn(&TextField) -> bool,
) -> Result<(), LayoutError> {
    // By the size that the design gives.
    let mut sizes: BTreeMap<u32, Pt> = BTreeMap::new();
    for field in side.texts.iter().filter(|field| is_of_them(field)) {
        let common = sizes.entry(field.size.0.to_bits()).or_insert(field.size);
        for language in Language::ALL {
            let text = filled(options, field, language, None)?;
            if let Some(size) = text::size(faces, field, &text)? {
                *common = Pt(common.0.min(size.0));
            }
        }
    }
    for field in side.texts.iter_mut().filter(|field| is_of_them(field)) {
        if let Some(size) = sizes.get(&field.size.0.to_bits()) {
            field.size = *size;
            field.min_size = Pt(field.min_size.0.min(size.0));
        }
    }
    Ok(())
}
