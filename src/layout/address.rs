//! The address in an envelope's window: DIN 5008, one field a line, no empty line between.

use tokenkaart_token::{
    country::Country,
    holder::{Holder, Line},
    language::Language,
    run_files::Window,
};

use super::{country, error::LayoutError, face::Face, faces::Faces, page::TextLine, text};
use crate::design::{AddressField, Colour, Font, Mm, Pt};

/// From one baseline to the next, in ems.
const LEADING: f32 = 1.25;

/// Sets a holder's address on a letter that is posted at home, for a window.
pub(super) fn set(
    faces: &Faces,
    field: &AddressField,
    (home, window): (Country, Window),
    holder: &Holder,
    language: Language,
) -> Result<Vec<TextLine>, LayoutError> {
    let parts = lines(holder, home, language)?
        .into_iter()
        .map(|text| match faces.choose(Font::Text, &text) {
            Ok(font) => Ok(AddressPart { font, face: faces.get(font), text }),
            Err(why) => Err(LayoutError::no_face("the address", why)),
        })
        .collect::<Result<Vec<AddressPart>, _>>()?;
    let (size, lines) = fit(field, &parts).ok_or(LayoutError::AddressTooLong)?;
    let area = field.at(window);
    Ok(lines
        .iter()
        .enumerate()
        .map(|(index, (part, text))| {
            let glyphs = part.face.shape(text);
            let baseline = area.y + Mm::from(size * (1.0 + LEADING * index as f32));
            TextLine::new(part.font, size, area.x, baseline, Colour::BLACK, text, glyphs)
        })
        .collect())
}

/// The lines of a holder's address, before any of them is broken.
pub(super) fn lines(
    holder: &Holder,
    home: Country,
    language: Language,
) -> Result<Vec<String>, LayoutError> {
    let address = &holder.address;
    let needed = |part: &Option<Line>, missing| {
        let text = part.as_ref().map(|line| line.as_str().to_owned());
        text.ok_or(LayoutError::NoAddress { missing })
    };
    let street = needed(&address.street, "street")?;
    let place = format!(
        "{} {}",
        needed(&address.postal_code, "postal code")?,
        needed(&address.city, "city")?
    );
    let country = address.country.as_ref();
    let country = country.and_then(|line| country::line(line.as_str(), home, language));
    let lines = [Some(holder.name.as_str().to_owned()), Some(street), Some(place), country];
    Ok(lines.into_iter().flatten().collect())
}

/// A line of the address as it was given, and the font that has its characters.
struct AddressPart<'a> {
    font: Font,
    face: &'a Face,
    text: String,
}

/// A line as it is set.
type SetLine<'a> = (&'a AddressPart<'a>, &'a str);

/// All lines have one size. A part too long for its line at the smallest size takes two lines.
fn fit<'a>(field: &AddressField, parts: &'a [AddressPart<'a>]) -> Option<(Pt, Vec<SetLine<'a>>)> {
    let room = Pt::from(field.area.width);
    let ems = |part: &AddressPart, line: &str| part.face.length(&part.face.shape(line), Pt(1.0)).0;
    let mut lines = Vec::new();
    for part in parts {
        if ems(part, &part.text) * field.min_size.0 <= room.0 {
            lines.push((part, part.text.as_str()));
        } else {
            let broken = text::break_lines(part.face, &part.text, 2, &[' '])
                .or_else(|| text::break_lines(part.face, &part.text, 2, &[' ', '-']))?;
            lines.extend(broken.into_iter().map(|line| (part, line)));
        }
    }
    let longest = lines.iter().map(|(part, line)| ems(part, line)).fold(0.0, f32::max);
    let size = Pt((room.0 / longest).min(field.size.0));
    let fits = size.0 >= field.min_size.0 && lines.len() <= max_lines(field, size);
    if fits {
        return Some((size, lines));
    }
    let fits =
        longest * field.min_size.0 <= room.0 && lines.len() <= max_lines(field, field.min_size);
    fits.then_some((field.min_size, lines))
}

/// Lines of a size that the field has room for.
#[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
fn max_lines(field: &AddressField, size: Pt) -> usize {
    let ems = Pt::from(field.area.height).0 / size.0;
    ((ems - 1.25) / LEADING).max(0.0) as usize + 1
}
