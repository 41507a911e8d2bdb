//! The words of lists that come back from inserting machines, in Dutch, French, German and English,
//! as [`fold`](crate::read::fold) leaves them.

/// Columns with the text of the Data Matrix.
pub(super) const MARK: &[&str] = &[
    "mark",
    "datamatrix",
    "dmc",
    "barcode",
    "merk",
    "streepjescode",
    "marque",
    "codebarres",
    "marke",
];
/// Columns with the serial.
pub(super) const SERIAL: &[&str] =
    &["serial", "serialnumber", "serienummer", "numerodeserie", "noserie", "seriennummer"];
/// Columns with the letter's place in the run.
pub(super) const SEQUENCE: &[&str] = &[
    "sequence",
    "seq",
    "sequencenumber",
    "volgnummer",
    "numerodordre",
    "numerodesequence",
    "laufnummer",
    "laufendenummer",
    "folgenummer",
];
/// Columns in which a cross says that a letter is spoilt.
pub(super) const REJECT: &[&str] = &[
    "reject",
    "rejected",
    "rejects",
    "spoilt",
    "spoiled",
    "uitval",
    "afgekeurd",
    "bedorven",
    "rebut",
    "rejete",
    "gache",
    "ausschuss",
    "verworfen",
    "verdorben",
];
/// What is in such a column when the letter is spoilt.
pub(super) const CROSSED: &[&str] =
    &["x", "xx", "1", "y", "yes", "ja", "j", "oui", "o", "true", "waar", "vrai", "wahr", "reject"];
/// What is in such a column when it isn't.
pub(super) const NOT_CROSSED: &[&str] =
    &["", "0", "n", "no", "nee", "non", "nein", "false", "onwaar", "faux", "falsch", "ok"];
/// Columns that say how the letter is.
pub(super) const STATUS: &[&str] = &[
    "status",
    "state",
    "result",
    "toestand",
    "resultaat",
    "etat",
    "statut",
    "resultat",
    "zustand",
    "ergebnis",
];

/// What a letter is that is well.
pub(super) const GOOD: &[&str] = &[
    "",
    "ok",
    "good",
    "yes",
    "goed",
    "inorde",
    "ja",
    "bon",
    "bonne",
    "oui",
    "gut",
    "inordnung",
    "io",
    "okay",
    "pass",
    "passed",
    "accepted",
];
/// What a letter is that must be reissued.
pub(super) const SPOILT: &[&str] = &[
    "spoilt",
    "spoiled",
    "bad",
    "damaged",
    "defect",
    "rejected",
    "reject",
    "notok",
    "nok",
    "bedorven",
    "beschadigd",
    "fout",
    "slecht",
    "afgekeurd",
    "uitval",
    "gache",
    "gachee",
    "abime",
    "abimee",
    "endommage",
    "endommagee",
    "mauvais",
    "mauvaise",
    "rebut",
    "rejete",
    "rejetee",
    "verdorben",
    "beschadigt",
    "defekt",
    "schlecht",
    "fehlerhaft",
    "ausschuss",
    "nio",
    "no",
    "nee",
    "non",
    "nein",
    "ko",
    "ng",
    "nietok",
    "nichtok",
    "pasok",
    "notgood",
    "nietgoed",
    "nichtgut",
    "pasbon",
    "nietinorde",
    "nichtinordnung",
    "fail",
    "failed",
    "failure",
    "error",
    "broken",
    "torn",
    "destroyed",
    "misprint",
    "refused",
    "geweigerd",
    "verworpen",
    "kapot",
    "mislukt",
    "misdruk",
    "gescheurd",
    "vernietigd",
    "ongeldig",
    "refuse",
    "refusee",
    "rate",
    "ratee",
    "echec",
    "erreur",
    "dechire",
    "dechiree",
    "detruit",
    "detruite",
    "casse",
    "cassee",
    "verworfen",
    "abgelehnt",
    "kaputt",
    "fehler",
    "fehldruck",
    "misslungen",
    "zerrissen",
    "vernichtet",
    "ungultig",
];

#[cfg(test)]
mod tests {
    use super::*;
    use crate::read::fold;

    #[test]
    fn no_word_is_good_and_bad_and_all_are_written_as_they_are_compared() {
        assert!(GOOD.iter().all(|word| !SPOILT.contains(word)));
        for word in
            [MARK, SERIAL, SEQUENCE, STATUS, REJECT, CROSSED, NOT_CROSSED, GOOD, SPOILT].concat()
        {
            assert_eq!(fold(word), word);
        }
        for (written, is_good) in [
            ("Gâché", false),
            ("beschädigt", false),
            ("i. O.", true),
            ("nicht OK", false),
            ("Refusé", false),
        ] {
            let folded = fold(written);
            assert_eq!(GOOD.contains(&folded.as_str()), is_good, "{written}");
            assert_eq!(SPOILT.contains(&folded.as_str()), !is_good, "{written}");
        }
    }
}
