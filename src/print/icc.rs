//! The colour profile of sRGB, computed from its definition (IEC 61966-2-1:1999) in the form of
//! ICC.1:2001-04 (version 2.4), which is the newest that PDF 1.4 knows.

/// Steps of the tone curve: one for each value that a colour can have.
const STEPS: u16 = 256;
/// The white of the profile connection space: D50 (ICC.1:2001-04, 6.1).
const D50: [f64; 3] = [0.964_2, 1.0, 0.824_9];
/// The primaries of ITU-R BT.709-2 under D65, taken to D50 by the Bradford transform.
const RED: [f64; 3] = [0.436_074_7, 0.222_504_5, 0.013_932_2];
const GREEN: [f64; 3] = [0.385_064_9, 0.716_878_6, 0.097_104_5];
const BLUE: [f64; 3] = [0.143_080_4, 0.060_616_9, 0.714_173_3];

/// The profile: a matrix and one tone curve for all three colours.
pub(super) fn srgb() -> Vec<u8> {
    let curve = tone_curve();
    let tags: [(&[u8; 4], Vec<u8>); 7] = [
        (b"desc", description("sRGB IEC61966-2.1")),
        (b"cprt", text("No copyright, use freely")),
        (b"wtpt", xyz(D50)),
        (b"rXYZ", xyz(RED)),
        (b"gXYZ", xyz(GREEN)),
        (b"bXYZ", xyz(BLUE)),
        (b"rTRC", curve),
    ];
    let count = tags.len() + 2;
    let mut table = word(count).to_vec();
    let mut data = Vec::new();
    let begin = 128 + 4 + 12 * count;
    for (name, tag) in tags {
        let names: &[&[u8; 4]] =
            if name == b"rTRC" { &[b"rTRC", b"gTRC", b"bTRC"] } else { &[name] };
        for name in names {
            table.extend_from_slice(*name);
            table.extend(word(begin + data.len()));
            table.extend(word(tag.len()));
        }
        data.extend(tag);
        data.resize(data.len().next_multiple_of(4), 0);
    }
    let mut profile = header(begin + data.len());
    profile.extend(table);
    profile.extend(data);
    profile
}

/// ICC.1:2001-04, 6.1.
fn header(size: usize) -> Vec<u8> {
    let mut header = word(size).to_vec();
    header.extend([0; 4]);
    header.extend([2, 0x40, 0, 0]);
    header.extend(b"mntrRGB XYZ ");
    // The year, month, day, hour, minute and second it was made: those of the standard's text.
    header.extend([1999, 10, 18, 0, 0, 0].into_iter().flat_map(u16::to_be_bytes));
    header.extend(b"acsp");
    // No platform, flags, maker, model or attributes; rendering intent 0, perceptual.
    header.extend([0; 28]);
    header.extend(D50.into_iter().flat_map(fixed));
    header.resize(128, 0);
    header
}

/// IEC 61966-2-1, 5.2: from the value of a colour to its light.
fn tone_curve() -> Vec<u8> {
    let mut curve = b"curv\0\0\0\0".to_vec();
    curve.extend(word(usize::from(STEPS)));
    for step in 0..STEPS {
        let value = f64::from(step) / f64::from(STEPS - 1);
        let light =
            if value <= 0.040_45 { value / 12.92 } else { ((value + 0.055) / 1.055).powf(2.4) };
        // Light is between 0 and 1.
        #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
        curve.extend(((light * 65_535.0).round() as u16).to_be_bytes());
    }
    curve
}

fn xyz(values: [f64; 3]) -> Vec<u8> {
    let mut tag = b"XYZ \0\0\0\0".to_vec();
    tag.extend(values.into_iter().flat_map(fixed));
    tag
}

fn text(text: &str) -> Vec<u8> {
    let mut tag = b"text\0\0\0\0".to_vec();
    tag.extend(text.as_bytes());
    tag.push(0);
    tag
}

/// `textDescriptionType`: the text in ASCII, none in Unicode, none for a Macintosh.
fn description(text: &str) -> Vec<u8> {
    let mut tag = b"desc\0\0\0\0".to_vec();
    tag.extend(word(text.len() + 1));
    tag.extend(text.as_bytes());
    tag.push(0);
    tag.extend([0; 4 + 4 + 2 + 1 + 67]);
    tag
}

/// A number of 16 bits before and 16 after the point.
#[allow(clippy::cast_possible_truncation)]
fn fixed(value: f64) -> [u8; 4] {
    ((value * 65_536.0).round() as i32).to_be_bytes()
}

/// Lengths here are below 2^32.
fn word(value: usize) -> [u8; 4] {
    u32::try_from(value).unwrap_or(u32::MAX).to_be_bytes()
}
