//! A holder's name, whole or in parts, as it is printed.

use tokenkaart_token::holder::{FieldError, HolderName, invisible};

use super::{
    cell,
    damage::{self, Damage},
    doubt,
    fault::FaultKind,
    field::Field,
    reading::Reading,
    remark::Remark,
    value::Value,
};

impl Reading<'_> {
    pub(super) fn name(&mut self) -> Option<HolderName> {
        if self.columns.has(Field::Name) {
            let faults_before = self.faults.len();
            let Some(name) = self.part_of_name(Field::Name) else {
                if self.faults.len() == faults_before {
                    self.missing(Field::Name);
                }
                return None;
            };
            if let Some(damage) = of_whole_name(&name) {
                self.fault(Field::Name, FaultKind::Damaged(damage));
                return None;
            }
            return HolderName::new(&name)
                .map_err(|error| self.fault(Field::Name, FaultKind::Field(error)))
                .ok();
        }
        let faults_before = self.faults.len();
        let [given, prefix, family] =
            [Field::GivenName, Field::NamePrefix, Field::FamilyName].map(|part| {
                let text = self.part_of_name(part).unwrap_or_default();
                // Each part is tried alone first, so that the fault names its column.
                match HolderName::new(&text) {
                    Ok(_) | Err(FieldError::Empty) => {}
                    Err(error) => self.fault(part, FaultKind::Field(error)),
                }
                text
            });
        if self.faults.len() > faults_before {
            return None;
        }
        // In some extracts the family name has its prefix already.
        let has_prefix = family.to_lowercase().starts_with(&prefix.to_lowercase());
        let family =
            if has_prefix || prefix.is_empty() { family } else { format!("{prefix} {family}") };
        match HolderName::from_parts(&given, &family) {
            Ok(name) => match of_whole_name(name.as_str()) {
                Some(damage) => {
                    self.fault(Field::FamilyName, FaultKind::Damaged(damage));
                    None
                }
                None => Some(name),
            },
            Err(FieldError::Empty) => {
                self.missing(Field::FamilyName);
                None
            }
            Err(error) => {
                self.fault(Field::FamilyName, FaultKind::Field(error));
                None
            }
        }
    }

    /// A name or a part of one, without what nobody sees in it; a damaged one is a fault.
    fn part_of_name(&mut self, field: Field) -> Option<String> {
        let text = self.text(field)?;
        if matches!(self.draft.values[field as usize], Value::Number(_) | Value::FormulaZero) {
            self.fault(field, FaultKind::Damaged(Damage::Number));
            return None;
        }
        let Ok(name) = cell::unframed(text, false) else {
            self.fault(field, FaultKind::Damaged(Damage::Formula));
            return None;
        };
        // What stands behind a control character is often of it.
        if name.contains(char::is_control)
            && let Err(error) = HolderName::new(&name)
        {
            self.fault(field, FaultKind::Field(error));
            return None;
        }
        // Parts may be empty, and extracts write a dash then.
        if field != Field::Name && cell::is_dash(&name) {
            return None;
        }
        if let Some(damage) = damage::of_name(&name) {
            self.fault(field, FaultKind::Damaged(damage));
            return None;
        }
        // What nobody sees may have hidden a frame or a damage.
        let seen = self.without_invisible(&name);
        let Ok(name) = cell::unframed(&seen, false) else {
            self.fault(field, FaultKind::Damaged(Damage::Formula));
            return None;
        };
        if let Some(damage) = damage::of_name(&name) {
            self.fault(field, FaultKind::Damaged(damage));
            return None;
        }
        self.remarks.extend(doubt::of_name(&name).then_some(Remark::Doubtful));
        Some(name.into_owned())
    }

    /// A name without characters that nobody sees, with plain blanks; said in a remark.
    fn without_invisible(&mut self, name: &str) -> String {
        // Marks that turn the direction of writing are refused, since they may mislead on purpose.
        let is_turning = |c: char| {
            matches!(c, '\u{200E}' | '\u{200F}' | '\u{61C}' | '\u{202A}'..='\u{202E}'
                | '\u{2066}'..='\u{2069}')
        };
        let chars: Vec<char> = name.chars().collect();
        let mut cleaned = String::with_capacity(name.len());
        for (index, &c) in chars.iter().enumerate() {
            let is_joiner = matches!(c, '\u{200C}' | '\u{200D}');
            let beside = index.checked_sub(1).and_then(|before| chars.get(before));
            // Joiners shape the letters of scripts that join them, and nothing in others.
            let shapes = beside.is_some_and(
                |beside| matches!(*beside, '\u{0600}'..='\u{08FF}' | '\u{0900}'..='\u{0DFF}'),
            );
            if is_turning(c) || is_joiner && shapes {
                cleaned.push(c);
            } else if invisible::is_odd_blank(c) {
                cleaned.push(' ');
                self.remarks.push(Remark::Cleaned(c));
            } else if invisible::is_ignorable(c) {
                self.remarks.push(Remark::Cleaned(c));
            } else {
                cleaned.push(c);
            }
        }
        cleaned
    }
}

/// What is wrong with a name as a whole: a total, or a mark at each end from different parts.
fn of_whole_name(name: &str) -> Option<Damage> {
    if damage::is_total(name) {
        return Some(Damage::TotalRow);
    }
    let is_framed = cell::unframed(name, false).is_ok_and(|plain| plain != name.trim());
    is_framed.then_some(Damage::UnpairedQuote).or_else(|| damage::of_name(name))
}
