//! One holder whose fields are typed and not read from a file, held to the same rules.

use std::path::Path;

use tokenkaart_token::holder::Holder;

use super::{
    columns::{Columns, Said},
    draft::Draft,
    fault::{Fault, Place},
    field::Field,
    notice::Notice,
    remark::Remarks,
    value::Value,
};

/// Makes a holder of fields that somebody typed, each once, and says what was mended; a fault names
/// the field in the place of its column.
///
/// An id is taken as it is: no header says that it is a number of the National Register.
///
/// # Errors
/// Every fault of the fields; one that is empty counts as left out.
pub fn single(fields: &[(Field, &str)]) -> Result<(Holder, Vec<Notice>), Vec<Fault>> {
    // Nothing that is said of a typed field names a file.
    let path = Path::new("");
    let headers: Vec<String> = [Field::Id, Field::Name]
        .iter()
        .chain(fields.iter().map(|(field, _)| field))
        .fold(Vec::new(), |mut headers, field| {
            if !headers.iter().any(|header| header == field.name()) {
                headers.push(field.name().to_owned());
            }
            headers
        });
    // The name of a field means that field.
    let columns = Columns::resolve(&headers, Said::default()).unwrap_or_default();
    let mut draft = Draft::new(Place::Line(1));
    for (field, text) in fields {
        draft.set(*field, Value::Text((*text).to_owned()));
    }
    let (row, remarks) = draft.into_row(path, &columns)?;
    let mut all = Remarks::default();
    all.add(row.place, &remarks);
    Ok((row.holder, all.into_notices(path, false).collect()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(fields: &[(Field, &str)]) -> Result<Holder, Vec<String>> {
        let with = [&[(Field::Id, "4711"), (Field::Name, "Jan Peeters")][..], fields].concat();
        // What is said last of a field counts.
        let told = |faults: Vec<Fault>| {
            faults
                .into_iter()
                .map(|fault| format!("{}: {}", fault.column.unwrap_or_default(), fault.kind))
                .collect()
        };
        single(&with).map(|(holder, _)| holder).map_err(told)
    }

    #[test]
    fn what_is_typed_is_held_to_the_rules_of_a_file() {
        let holder = read(&[
            (Field::Street, "Kerkstraat\u{a0}1 bus 2"),
            (Field::PostalCode, "9000"),
            (Field::City, "Gent"),
        ])
        .unwrap();
        assert_eq!(holder.address.street.unwrap().as_str(), "Kerkstraat 1 bus 2");
        for (field, text, told) in [
            (Field::Id, "47\u{200b}11", "id: has U+200B"),
            (Field::Id, "#N/A", "id: is what programs write"),
            (Field::Id, " ", "id: no id"),
            (Field::Name, "J?r?me", "name: has a question mark"),
            (Field::Name, "ZoÃ«", "name: looks like \"Zoë\""),
            (Field::Name, "Zo&euml;", "name: has \"&euml;\""),
            (Field::Name, "Jan \u{202e}x", "name: has the control character U+202E"),
            (Field::Street, "Li?ge 1", "street: has a question mark"),
            (Field::PostalCode, "471", "postal_code: is no postal code"),
            (Field::City, "9000", "city: has no letter"),
            (Field::Country, "NULL", "country: is what programs write"),
        ] {
            let faults = read(&[(field, text)]).unwrap_err();
            assert!(faults.len() == 1 && faults[0].starts_with(told), "{faults:?}");
        }
        let german = [(Field::PostalCode, "1067"), (Field::Country, "Duitsland")];
        assert!(read(&german).unwrap_err()[0].contains("postal code of Germany"));
        assert_eq!(read(&[(Field::Id, "85.07.31-002.61")]).unwrap().id.as_str(), "85.07.31-002.61");
        assert_eq!(read(&[(Field::Name, "Null")]).unwrap().name.as_str(), "Null");
    }
}
