//! A holder's address: its lines as the post reads them.

use tokenkaart_token::{
    holder::{PostalAddress, invisible},
    language::Language,
};

use super::{
    cell,
    country::check_postal_code,
    damage::{self, Damage},
    doubt,
    fault::FaultKind,
    field::Field,
    reading::Reading,
    remark::Remark,
    street::{self, Parts, Where},
    value::Value,
};

impl Reading<'_> {
    pub(super) fn address(&mut self, language: Option<Language>) -> PostalAddress {
        let country = self.address_line(Field::Country);
        let postal_code = self.postal_code(country.as_deref());
        let city = self.address_line(Field::City);
        let street = self.street(country.as_deref(), postal_code.as_deref(), language);
        let mut line = |field, text: Option<String>| self.made(field, &text?);
        PostalAddress {
            street: line(Field::Street, street),
            postal_code: line(Field::PostalCode, postal_code),
            city: line(Field::City, city),
            country: line(Field::Country, country),
        }
    }

    /// A line of an address as it is printed; a damaged one is a fault.
    fn address_line(&mut self, field: Field) -> Option<String> {
        let text = self.cleaned(field, false)?;
        let damage = if text.bytes().all(|byte| byte == b'0') {
            self.fault(field, FaultKind::Zero);
            return None;
        } else if field != Field::Street && !text.chars().any(char::is_alphabetic) {
            Some(Damage::NoLetter)
        } else {
            damage::of_text(&text)
        };
        if let Some(damage) = damage {
            self.fault(field, FaultKind::Damaged(damage));
            return None;
        }
        self.remarks.extend(doubt::of_text(&text).then_some(Remark::Doubtful));
        Some(text)
    }

    fn postal_code(&mut self, country: Option<&str>) -> Option<String> {
        let value = self.value(Field::PostalCode, true).filter(|value| !cell::is_dash(value))?;
        // A blank of any width is one between digits and letters.
        let code: String = value
            .chars()
            .map(|c| if invisible::is_odd_blank(c) { ' ' } else { c })
            .filter(|c| !invisible::is_ignorable(*c))
            .collect();
        if let Err(error) = check_postal_code(&code, country) {
            self.fault(Field::PostalCode, FaultKind::PostalCode(error));
            return None;
        }
        Some(code)
    }

    /// The street with house number and box, where these have columns of their own.
    fn street(
        &mut self,
        country: Option<&str>,
        postal_code: Option<&str>,
        language: Option<Language>,
    ) -> Option<String> {
        let street = self.address_line(Field::Street);
        let [number, suffix, box_number] =
            [Field::HouseNumber, Field::HouseNumberSuffix, Field::Box].map(|field| {
                if matches!(self.draft.values[field as usize], Value::FormulaZero) {
                    return None;
                }
                let value = self.cleaned(field, true)?;
                if street::is_date(&value) {
                    self.fault(field, FaultKind::DateForNumber);
                    return None;
                }
                if let Some(damage) = damage::of_text(&value) {
                    self.fault(field, FaultKind::Damaged(damage));
                    return None;
                }
                Some(value)
            });
        let box_header = self.columns.column(Field::Box).map(|column| column.header.as_str());
        let [number, suffix, box_number] =
            [number, suffix, box_number].map(Option::unwrap_or_default);
        let parts = Parts {
            street: street.as_deref().unwrap_or_default(),
            number: &number,
            suffix: &suffix,
            box_number: &box_number,
            box_header: box_header.unwrap_or_default(),
        };
        let joined = street::joined(parts, Where { country, postal_code, language });
        if cell::unframed(&joined, false).is_ok_and(|plain| plain != joined) {
            self.fault(Field::Street, FaultKind::Damaged(Damage::UnpairedQuote));
            return None;
        }
        Some(joined).filter(|street| !street.is_empty())
    }
}
