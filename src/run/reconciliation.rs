//! The page on which operator and print house agree: what was made, what was counted, who signs.
//!
//! It has serials and digests, and neither a name nor a code.

use tokenkaart_token::{
    language::Language,
    run_files::{
        Replaces,
        manifest::{ListedBundle, Manifest},
    },
};
use zeroize::Zeroizing;

use crate::{
    design::{Area, Design, DesignError},
    layout::{
        BrokenFont, Faces,
        count_sheet::{self, CountSheet},
    },
    print::{self, About, PrintError},
};

/// The design whose page, A4, it has.
const PAGE_OF: &str = "letter";
/// Recipients that are listed; more are counted.
const MAX_RECIPIENTS: usize = 4;
/// Digits of a digest that two people compare: 64 bits.
const DIGITS: usize = 16;

/// Why there is no page; each means that the program was built wrongly.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ReconciliationError {
    /// The page can't be had.
    #[error(transparent)]
    Design(#[from] DesignError),
    /// A font can't be read.
    #[error(transparent)]
    Font(#[from] BrokenFont),
    /// It can't be made a PDF.
    #[error(transparent)]
    Print(#[from] PrintError),
}

/// The words of the page in one language.
struct Words {
    title: &'static str,
    run: &'static str,
    date: &'static str,
    office: &'static str,
    design: &'static str,
    cards: &'static str,
    files: &'static str,
    pages: &'static str,
    shard: &'static str,
    replaces: &'static str,
    journal: &'static str,
    sealed_to: &'static str,
    program: &'static str,
    head: [&'static str; 6],
    left_out: &'static str,
    parties: [&'static str; 2],
    counts: [&'static str; 6],
    signature: [&'static str; 3],
}

const NL: Words = Words {
    title: "Controleblad van een run tokenkaarten",
    run: "Run",
    date: "Datum op de kaarten",
    office: "Dienst",
    design: "Ontwerp",
    cards: "Kaarten",
    files: "Bestanden",
    pages: "Bladzijden",
    shard: "Deel",
    replaces: "Vervangt",
    journal: "SHA-256 van het journaal",
    sealed_to: "Verzegeld voor",
    program: "Programma",
    head: [
        "Bestand",
        "Kaarten",
        "Blz.",
        "Eerste serienummer",
        "Laatste serienummer",
        "SHA-256 (begin)",
    ],
    left_out: "nog {count}; zie manifest.json",
    parties: ["Opdrachtgever", "Drukkerij"],
    counts: [
        "Bestanden ontvangen",
        "Kaarten gedrukt",
        "Waarvan bedorven",
        "Waarvan verzonden",
        "Bestanden vernietigd op",
        "Bedorven vellen vernietigd op",
    ],
    signature: ["Naam", "Datum", "Handtekening"],
};

const FR: Words = Words {
    title: "Feuille de contrôle d’un tirage de cartes à codes",
    run: "Tirage",
    date: "Date sur les cartes",
    office: "Service",
    design: "Modèle",
    cards: "Cartes",
    files: "Fichiers",
    pages: "Pages",
    shard: "Partie",
    replaces: "Remplace",
    journal: "SHA-256 du journal",
    sealed_to: "Scellé pour",
    program: "Programme",
    head: [
        "Fichier",
        "Cartes",
        "Pages",
        "Premier numéro de série",
        "Dernier numéro de série",
        "SHA-256 (début)",
    ],
    left_out: "encore {count} ; voir manifest.json",
    parties: ["Donneur d’ordre", "Imprimerie"],
    counts: [
        "Fichiers reçus",
        "Cartes imprimées",
        "Dont gâchées",
        "Dont expédiées",
        "Fichiers détruits le",
        "Feuilles gâchées détruites le",
    ],
    signature: ["Nom", "Date", "Signature"],
};

const DE: Words = Words {
    title: "Kontrollblatt eines Laufs von Tokenkarten",
    run: "Lauf",
    date: "Datum auf den Karten",
    office: "Dienststelle",
    design: "Gestaltung",
    cards: "Karten",
    files: "Dateien",
    pages: "Seiten",
    shard: "Teil",
    replaces: "Ersetzt",
    journal: "SHA-256 des Journals",
    sealed_to: "Versiegelt für",
    program: "Programm",
    head: [
        "Datei",
        "Karten",
        "Seiten",
        "Erste Seriennummer",
        "Letzte Seriennummer",
        "SHA-256 (Anfang)",
    ],
    left_out: "noch {count}; siehe manifest.json",
    parties: ["Auftraggeber", "Druckerei"],
    counts: [
        "Dateien erhalten",
        "Karten gedruckt",
        "Davon verdorben",
        "Davon versandt",
        "Dateien vernichtet am",
        "Verdorbene Bogen vernichtet am",
    ],
    signature: ["Name", "Datum", "Unterschrift"],
};

const EN: Words = Words {
    title: "Reconciliation of a run of token cards",
    run: "Run",
    date: "Date on the cards",
    office: "Office",
    design: "Design",
    cards: "Cards",
    files: "Files",
    pages: "Pages",
    shard: "Shard",
    replaces: "Replaces",
    journal: "SHA-256 of the journal",
    sealed_to: "Sealed to",
    program: "Program",
    head: ["File", "Cards", "Pages", "First serial", "Last serial", "SHA-256 (beginning)"],
    left_out: "{count} more; see manifest.json",
    parties: ["Operator", "Print house"],
    counts: [
        "Files received",
        "Cards printed",
        "Of these spoilt",
        "Of these sent",
        "Files destroyed on",
        "Spoilt sheets destroyed on",
    ],
    signature: ["Name", "Date", "Signature"],
};

const fn words(language: Language) -> Words {
    match language {
        Language::Nl => NL,
        Language::Fr => FR,
        Language::De => DE,
        Language::En => EN,
    }
}

/// Makes the page, A4, in the language of the run.
///
/// # Errors
/// [`ReconciliationError`] when the program was built wrongly.
pub fn page(manifest: &Manifest) -> Result<Zeroizing<Vec<u8>>, ReconciliationError> {
    let design = Design::built_in(PAGE_OF)?;
    let faces = Faces::shipped()?;
    let parameters = &manifest.parameters;
    let words = words(parameters.language);
    let title = words.title.to_owned();
    let page = design.printed_page();
    let pages = [count_sheet::lay_out(&faces, &page, &counted(manifest, &words, &page))];
    let about = About::new(title, parameters.language, parameters.issued);
    let about = About { author: parameters.office.clone(), ..about };
    Ok(print::print(&design, &faces, &pages, &about)?)
}

fn counted(manifest: &Manifest, words: &Words, page: &Area) -> CountSheet {
    let texts = |texts: &[&str]| texts.iter().map(|text| (*text).to_owned()).collect::<Vec<_>>();
    let without_files = CountSheet {
        title: words.title.to_owned(),
        facts: facts(manifest, words),
        head: words.head.map(str::to_owned),
        files: Vec::new(),
        parties: words.parties.map(str::to_owned),
        counts: texts(&words.counts),
        signature: words.signature.map(str::to_owned),
    };
    let files = files(manifest, words, without_files.room(page));
    CountSheet { files, ..without_files }
}

fn facts(manifest: &Manifest, words: &Words) -> Vec<[String; 2]> {
    let parameters = &manifest.parameters;
    let pages: u64 = manifest.bundles.iter().map(|bundle| u64::from(bundle.cards.pages)).sum();
    let date = parameters.language.date(parameters.issued);
    let mut facts: Vec<[String; 2]> = [
        [words.run, &manifest.run],
        [words.date, &date],
        [words.design, &parameters.design],
        [words.cards, &manifest.holders.to_string()],
        [words.files, &manifest.bundles.len().to_string()],
        [words.pages, &pages.to_string()],
        [words.journal, &manifest.journal.sha256.to_string()],
        [words.program, &manifest.program],
    ]
    .into_iter()
    .map(|fact| fact.map(str::to_owned))
    .collect();
    if let Some(office) = &parameters.office {
        facts.insert(2, [words.office.to_owned(), office.clone()]);
    }
    if let Some(part) = &parameters.part {
        facts.insert(1, [words.shard.to_owned(), format!("{} ({})", part.shard, part.whole)]);
    }
    if let Some(Replaces { runs, serials, .. }) = &parameters.replaces {
        let what = match runs.as_slice() {
            [] => serials.to_string(),
            [run] => format!("{serials} ({run})"),
            [run, more @ ..] => format!("{serials} ({run}, +{})", more.len()),
        };
        facts.push([words.replaces.to_owned(), what]);
    }
    let recipients = &parameters.sealed_to;
    for recipient in recipients.iter().take(MAX_RECIPIENTS) {
        facts.push([words.sealed_to.to_owned(), recipient.clone()]);
    }
    if let more @ 1.. = recipients.len().saturating_sub(MAX_RECIPIENTS) {
        facts.push([String::new(), words.left_out.replace("{count}", &more.to_string())]);
    }
    facts
}

/// The files, with the first and the last card of each by number; the middle ones are left out
/// when there are more than the page has room for.
fn files(manifest: &Manifest, words: &Words, room: usize) -> Vec<[String; 6]> {
    let count = manifest.bundles.len();
    let mut before = 0;
    let mut rows = Vec::with_capacity(count.min(room));
    // One row says how many are left out.
    let (first_rows, is_cut) = (room / 2, count > room);
    let last_rows = room - first_rows - 1;
    for (index, bundle) in manifest.bundles.iter().enumerate() {
        let first = before + 1;
        before += u64::from(bundle.records.records);
        let from_end = count - index;
        if !is_cut || index < first_rows || from_end <= last_rows {
            rows.push(row(bundle, first, before));
        } else if index == first_rows {
            let left_out = count - (room - 1);
            let mut row: [String; 6] = Default::default();
            row[3] = words.left_out.replace("{count}", &left_out.to_string());
            rows.push(row);
        }
    }
    rows
}

fn row(bundle: &ListedBundle, first: u64, last: u64) -> [String; 6] {
    let mut digest = bundle.cards.sha256.to_string();
    digest.truncate(DIGITS);
    [
        bundle.cards.path.clone(),
        if first == last { first.to_string() } else { format!("{first}–{last}") },
        bundle.cards.pages.to_string(),
        bundle.first_serial.to_string(),
        bundle.last_serial.to_string(),
        digest,
    ]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::layout::{self, count_sheet::MAX_FACTS};

    fn manifest(bundles: u32, recipients: usize) -> Manifest {
        let bundle = |number: u32| {
            format!(
                r#"{{"number":{number},"first_serial":"2222-2222-2222-2222",
                "last_serial":"2222-2222-2222-2222","cards":{{"path":"cards/{number:04}.pdf",
                "sha256":"{zeros}","bytes":1,"pages":250}},"records":{{"path":
                "records/{number:04}.jsonl","sha256":"{zeros}","bytes":1,"records":250}}}}"#,
                zeros = "0".repeat(64)
            )
        };
        let list = |items: Vec<String>| items.join(",");
        let text = format!(
            r#"{{"version":1,"program":"tokenkaart 0","run":"{run}","holders":{holders},
            "pages_per_card":1,"parameters":{{"issued":"2026-11-22","expires":null,"design":"letter",
            "design_sha256":"{zeros}","fallback_font":null,"language":"nl","office":"Stad Gent",
            "phone":null,"back":false,"window":"left","marked":true,"numbered":true,"url":null,"code_format":{{"alphabet":
            "23456789CDFHJKMNPRTVWXY","length":9,"grouping":3,"check":"weighted-sum"}},
            "scheme":"argon2id:m=19456,t=2,p=1","key_id":null,"sort":"input","part":{{"shard":
            "1/2","whole":"{run}","holders":9}},"replaces":{{"runs":["{run}","{run}"],
            "serials":7,"sha256":"{zeros}"}},"bundle":250,"sealed_to":[{recipients}]}},
            "bundles":[{bundles}],"journal":{{"path":"journal.jsonl","sha256":"{zeros}",
            "bytes":1}},"digest":"{zeros}"}}"#,
            run = "0".repeat(32),
            zeros = "0".repeat(64),
            holders = bundles * 250,
            recipients = list((0..recipients).map(|n| format!("\"age1{n}\"")).collect()),
            bundles = list((1..=bundles).map(bundle).collect()),
        );
        serde_json::from_str(&text).unwrap()
    }

    #[test]
    fn a_run_of_any_size_fits_the_page_and_says_what_it_leaves_out() {
        let page = Design::built_in(PAGE_OF).unwrap().printed_page();
        let mut most = [0; 2];
        for (bundles, recipients) in [
            (1, 9),
            (18, 9),
            (19, 9),
            (20, 9),
            (22, 0),
            (23, 0),
            (26, 0),
            (40, 0),
            (4000, 9),
            (4000, 0),
        ] {
            let manifest = manifest(bundles, recipients);
            let sheet = counted(&manifest, &words(Language::En), &page);
            assert!(sheet.facts.len() <= MAX_FACTS, "{bundles}");
            // Where nobody could write, for printers leave a margin.
            let laid_out = count_sheet::lay_out(&Faces::shipped().unwrap(), &page, &sheet);
            let lowest = laid_out.items.iter().filter_map(|item| match item {
                layout::Item::Fill { area, .. } => Some(area.bottom().0),
                _ => None,
            });
            let lowest = lowest.fold(0.0, f32::max);
            assert!(lowest <= page.height.0 - 15.0, "{bundles}");
            let shown = sheet.files.iter().filter(|row| !row[0].is_empty()).count();
            let place = &mut most[usize::from(recipients == 0)];
            *place = (*place).max(shown);
            let left_out = sheet.files.iter().find(|row| row[0].is_empty());
            let expected = bundles as usize - shown;
            assert_eq!(left_out.is_some(), expected > 0, "{bundles}");
            if let Some(row) = left_out {
                assert_eq!(row[3], format!("{expected} more; see manifest.json"));
                assert!(expected > 1, "{bundles}: the row would have had room for the file");
                // Not a row more has room.
                assert!(lowest + 4.4 > page.height.0 - 15.0, "{bundles}: {lowest}");
            }
            let last = sheet.files.last().unwrap();
            assert_eq!(last[0], format!("cards/{bundles:04}.pdf"));
            assert!(last[1].ends_with(&format!("–{}", bundles * 250)), "{}", last[1]);
        }
        assert!(most[1] > most[0] && most[0] >= 18, "{most:?}");
    }

    #[test]
    fn the_page_is_one_page_in_every_language() {
        let mut manifest = manifest(40, 6);
        for language in Language::ALL {
            manifest.parameters.language = language;
            let pdf = page(&manifest).unwrap();
            let paper = crate::paper::Paper::open(pdf.to_vec()).unwrap();
            assert_eq!(paper.page_count(), 1, "{language:?}");
        }
    }
}
