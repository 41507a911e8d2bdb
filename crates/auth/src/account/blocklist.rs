//! Passwords that are guessed first.
//!
//! A list of whole passwords of twelve characters and more would be long and miss most: people
//! lengthen the same short ones. So what is kept is words, rows of keys and rules how they are
//! lengthened, and a password that is nothing but these is refused (NIST SP 800-63B-4, section
//! 3.1.1.2: compare the whole password, not parts of it).

use zeroize::Zeroizing;

use super::password::bare;

/// What people make passwords of: without marks, in small letters, a word a line.
const WORDS: &str = include_str!("common.txt");
/// Rows that fingers follow, forwards and backwards.
const ROWS: [&str; 12] = [
    "0123456789012345678901234567890",
    "abcdefghijklmnopqrstuvwxyzabcdef",
    "qwertyuiopasdfghjklzxcvbnm",
    "azertyuiopqsdfghjklmwxcvbn",
    "qwertzuiopasdfghjklyxcvbnm",
    "asdfghjkl",
    "qsdfghjklm",
    "zxcvbnm",
    "wxcvbn",
    "yxcvbnm",
    "1qaz2wsx3edc4rfv5tgb6yhn7ujm",
    "1aqw2zsx3edc4rfv5tgb6yhn7uj",
];
/// The shortest part of a row that counts as one.
const ROW: usize = 3;
/// What of a password no word and no row accounts for makes it one's own from so much on: a digit
/// counts one, any other character two, since people lengthen words by digits.
const OWN: usize = 8;

/// Whether a password is among those that are guessed first.
pub(super) fn has(password: &str) -> bool {
    // Signs alone are counted as they stand.
    let text = bare(password);
    let text = if text.is_empty() { Zeroizing::new(password.to_owned()) } else { text };
    is_repeated(&text) || own_part(&text, &[]) < OWN || {
        let plain = unleeted(&text);
        *plain != *text && own_part(&plain, &[]) < OWN
    }
}

/// Whether a password is little more than what its owner is known by.
pub(super) fn is_little_more_than(password: &str, personal: &str) -> bool {
    let known: Vec<Zeroizing<String>> = personal
        .split(|c: char| !c.is_alphanumeric())
        .map(bare)
        .chain([bare(personal)])
        .filter(|part| part.chars().count() >= ROW)
        .collect();
    let known: Vec<&str> = known.iter().map(|part| part.as_str()).collect();
    !known.is_empty()
        && known.iter().any(|part| bare(password).contains(part))
        && own_part(&bare(password), &known) < 2 * OWN
}

/// Whether it is a part of up to a third of itself, again and again.
fn is_repeated(text: &str) -> bool {
    let chars = Zeroizing::new(text.chars().collect::<Vec<char>>());
    (1..=chars.len() / 3)
        .any(|period| chars.iter().zip(chars.iter().skip(period)).all(|(a, b)| a == b))
}

/// How much no word and no row accounts for, at the least: see [`OWN`].
fn own_part(text: &str, known: &[&str]) -> usize {
    let ends: Vec<usize> = text.char_indices().map(|(at, _)| at).chain([text.len()]).collect();
    // The least for what stands before each character.
    let mut least = vec![usize::MAX; ends.len()];
    least[0] = 0;
    for (from, &start) in ends.iter().enumerate() {
        let cost = least[from];
        let Some(next) = text[start..].chars().next() else { break };
        let alone = if next.is_ascii_digit() { 1 } else { 2 };
        least[from + 1] = least[from + 1].min(cost + alone);
        let rest = &text[start..];
        let words = WORDS.lines().chain(known.iter().copied());
        for word in words.filter(|word| rest.starts_with(word)) {
            let to = from + word.chars().count();
            least[to] = least[to].min(cost);
        }
        for length in ROW..=rest.chars().count() {
            if !is_of_a_row(&text[start..ends[from + length]]) {
                break;
            }
            least[from + length] = least[from + length].min(cost);
        }
    }
    least.last().copied().unwrap_or(0)
}

fn is_of_a_row(part: &str) -> bool {
    let back: Zeroizing<String> = Zeroizing::new(part.chars().rev().collect());
    let is_one = part.chars().all(|c| part.starts_with(c));
    is_one || ROWS.iter().any(|row| row.contains(part) || row.contains(back.as_str()))
}

/// Letters for the digits that are written in their stead.
fn unleeted(text: &str) -> Zeroizing<String> {
    let letter = |c| match c {
        '0' => 'o',
        '1' => 'i',
        '3' => 'e',
        '4' => 'a',
        '5' => 's',
        '7' => 't',
        other => other,
    };
    Zeroizing::new(text.chars().map(letter).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_guessed_first_is_refused() {
        for password in [
            "123456789012",
            "1234567890123",
            "aaaaaaaaaaaa",
            "abcabcabcabc",
            "qwertyuiop12",
            "azertyuiop123",
            "qwertzuiop!!",
            "Password1234",
            "P4ssw0rd1234!",
            "Wachtwoord2024",
            "welkom welkom",
            "Motdepasse2026",
            "Passwort12345",
            "iloveyou1234",
            "1q2w3e4r5t6y",
            "abcdefghijkl",
            "zyxwvutsrqpo",
            "Zomer2024Zomer",
            "adminadmin12",
            "000000000000",
            "letmeinletmein",
            "!!!!!!!!!!!!",
            "password password",
            "Bienvenue2025!",
            "qwerty123456",
            "1qaz2wsx3edc",
            "asdfghjkl123",
            "Welkom01Welkom01",
            "antwerpen2024",
            "changeme1234",
        ] {
            assert!(has(password), "{password}");
        }
    }

    #[test]
    fn what_people_make_up_is_taken() {
        for password in [
            "vier blauwe olifanten",
            "correct horse battery",
            "zzqfmwvbtkxh",
            "Gent ligt aan de Leie",
            "mijn fiets is rood",
            "le chat dort au soleil",
            "9f3kq2m8x7vt",
            // As generators make them.
            "d703-2598-0325-9140-5371",
            "839201746552",
            "passwords are for fish",
        ] {
            assert!(!has(password), "{password}");
        }
    }
}
