//! A run made by hand, for the checks to look at.

use std::{fs, path::Path};

use jiff::civil::date;
use rand::{SeedableRng, rngs::ChaCha20Rng};
use tempfile::TempDir;
use tokenkaart::{
    design::{Area, Design},
    layout::{CardOptions, Composer, Item, Page, Slug},
    print::{About, print},
    symbol::mark::{Envelope, Sequence},
};
use tokenkaart_token::{
    country::Country,
    files::Sha256Digest,
    hash::{CodeHasher, Pepper, Scheme},
    holder::{Holder, HolderId, HolderName, Line, PostalAddress},
    language::Language,
    record::Record,
    run_files::{
        Parameters, Sort, Window,
        journal::{self, BundleDone, CardsFile, JournalEntry, RecordsFile, RunStarted},
        manifest::{self, Cell, ListedBundle, ListedFile, Manifest},
    },
    token::{CodeFormat, Position, Random, Token},
};
use zeroize::Zeroizing;

pub(crate) const URL: &str = "https://aanmelden.example/?s={serial}";
pub(crate) const HOLDERS: usize = 4;
pub(crate) const BUNDLE: usize = 2;
pub(crate) const RUN: &str = "15d9b0233567bb3250f9f2981f5592e6";

/// A run under the tester's hands, each part of which can be spoilt before it is written; its
/// digests are true, so that only the contents can disagree.
pub(crate) struct Draft {
    pub(crate) parameters: Parameters,
    pub(crate) tokens: Vec<Token>,
    /// The pages of each card.
    pub(crate) pages: Vec<Vec<Page>>,
    pub(crate) records: Vec<Record>,
    pub(crate) composer: Composer,
}

fn random() -> Random<ChaCha20Rng> {
    Random::new(ChaCha20Rng::seed_from_u64(11))
}

pub(crate) fn record(token: &Token, holder: usize, pepper: Option<&Pepper>) -> Record {
    let mut random = random();
    let mut argon2 = CodeHasher::new(Scheme::argon2id(8, 1, 1).unwrap(), pepper).unwrap();
    let hashes = Position::all()
        .map(|position| argon2.hash(token.code(position), &random.salt().unwrap()).unwrap())
        .collect();
    Record::new(
        token.serial().clone(),
        HolderId::new(&format!("holder-{holder}")).unwrap(),
        date(2026, 11, 22),
        None,
        pepper.map(Pepper::key_id),
        CodeFormat::default(),
        hashes,
    )
    .unwrap()
}

/// A card of the run, the first being 0.
pub(crate) fn envelope(index: usize, total: usize, bundle: usize) -> Envelope {
    let number = |count: usize| u32::try_from(count).unwrap();
    let sequence = Sequence {
        number: index as u64 + 1,
        total: total as u64,
        file: number(index / bundle + 1),
        card: number(index % bundle + 1),
        cards: number(bundle.min(total - index / bundle * bundle)),
    };
    Envelope { run: RUN.parse().unwrap(), sequence }
}

/// A holder with an address.
pub(crate) fn holder(name: &str, street: &str) -> Holder {
    let line = |text| Line::new(text).unwrap();
    Holder {
        address: PostalAddress {
            street: line(street),
            postal_code: line("3000"),
            city: line("Leuven"),
            ..PostalAddress::default()
        },
        ..Holder::new(HolderId::new("1").unwrap(), HolderName::new(name).unwrap())
    }
}

impl Draft {
    pub(crate) fn new() -> Self {
        Self::printed_with(Some(URL), None)
    }

    /// A run whose cards carry the QR code of `url`, whatever its parameters say.
    pub(crate) fn printed_with(url: Option<&str>, pepper: Option<&Pepper>) -> Self {
        let holders = vec![holder("An Peeters", "Kerkstraat 1"); HOLDERS];
        Self::made("card", false, &holders, (url, Some(URL)), (BUNDLE, pepper))
    }

    /// A run of one bundle; both faces are printed if there is a `back`.
    pub(crate) fn of(design: &str, back: bool, holders: &[Holder]) -> Self {
        Self::made(design, back, holders, (Some(URL), Some(URL)), (holders.len(), None))
    }

    /// The same without a sign-in page, whose QR codes take long to look for.
    pub(crate) fn plain(design: &str, back: bool, holders: &[Holder]) -> Self {
        Self::made(design, back, holders, (None, None), (holders.len(), None))
    }

    fn made(
        design: &str,
        back: bool,
        holders: &[Holder],
        (printed_url, url): (Option<&str>, Option<&str>),
        (bundle, pepper): (usize, Option<&Pepper>),
    ) -> Self {
        let mut random = random();
        let tokens: Vec<Token> = holders
            .iter()
            .map(|_| Token::draw(&CodeFormat::default(), &mut random).unwrap())
            .collect();
        let settings = CardOptions {
            url: printed_url.map(str::to_owned),
            office: Some("Stad Leuven".into()),
            phone: Some("016 12 34 56".into()),
            back,
            ..CardOptions::new(CodeFormat::default(), date(2026, 11, 22))
        };
        let composer = Composer::new(Design::built_in(design).unwrap(), settings).unwrap();
        let pages = holders.iter().zip(&tokens).enumerate().map(|(index, (holder, token))| {
            let envelope = envelope(index, holders.len(), bundle);
            composer.compose(holder, Language::Nl, token, &envelope)
        });
        Self {
            parameters: Parameters {
                issued: date(2026, 11, 22),
                expires: None,
                design: design.into(),
                design_sha256: Sha256Digest::from_bytes(composer.design().sha256),
                language: Language::Nl,
                office: Some("Stad Leuven".into()),
                phone: Some("016 12 34 56".into()),
                back,
                reply_to: None,
                country: Country::BELGIUM,
                window: Window::Right,
                tagged: false,
                marked: composer.design().mark.is_some(),
                numbered: composer.design().sequence.is_some(),
                fallback_font: None,
                url: url.map(str::to_owned),
                code_format: CodeFormat::default(),
                scheme: Scheme::argon2id(8, 1, 1).unwrap(),
                key_id: pepper.map(Pepper::key_id),
                sort: Sort::Input,
                part: None,
                replaces: None,
                bundle: u32::try_from(bundle).unwrap(),
                sealed_to: vec![],
            },
            pages: pages.map(Result::unwrap).collect(),
            records: tokens.iter().zip(1..).map(|(token, n)| record(token, n, pepper)).collect(),
            tokens,
            composer,
        }
    }

    fn bundle(&self) -> usize {
        self.parameters.bundle as usize
    }

    /// A copy of a card's pages.
    pub(crate) fn card(&self, card: usize) -> Vec<Page> {
        self.pages[card].iter().map(|page| Page { items: page.items.clone() }).collect()
    }

    pub(crate) fn serial(&self, card: usize) -> String {
        self.tokens[card].serial().to_string()
    }

    /// The printed text of a code.
    pub(crate) fn printed(&self, card: usize, position: u8) -> Zeroizing<String> {
        self.tokens[card].code(Position::new(position).unwrap()).printed(&CodeFormat::default())
    }

    /// Takes a text off a card.
    pub(crate) fn erase(&mut self, card: usize, text: &str) {
        let items = &mut self.pages[card][0].items;
        let before = items.len();
        items.retain(|item| !matches!(item, Item::Line(line) if line.text().contains(text)));
        assert!(items.len() < before, "there is no such text");
    }

    pub(crate) fn write(&self) -> TempDir {
        self.write_spoilt(&|pdf| pdf)
    }

    /// The run with each of its PDFs spoilt; the digests are those of the spoilt ones.
    pub(crate) fn write_spoilt(&self, spoil: &dyn Fn(Vec<u8>) -> Vec<u8>) -> TempDir {
        let folder = tempfile::tempdir().unwrap();
        for name in ["cards", "records"] {
            fs::create_dir(folder.path().join(name)).unwrap();
        }
        let mut bundles = Vec::new();
        for (index, (pages, records)) in
            self.pages.chunks(self.bundle()).zip(self.records.chunks(self.bundle())).enumerate()
        {
            bundles.push(self.write_bundle(folder.path(), index, (pages, records), spoil));
        }
        self.write_lists(folder.path(), &bundles);
        folder
    }

    fn write_bundle(
        &self,
        folder: &Path,
        index: usize,
        (pages, records): (&[Vec<Page>], &[Record]),
        spoil: &dyn Fn(Vec<u8>) -> Vec<u8>,
    ) -> BundleDone {
        let about = About::new("Tokenkaarten".into(), Language::Nl, date(2026, 11, 22));
        let copy = |page: &Page| Page { items: page.items.clone() };
        let cards = pages.iter().map(|card| card.iter().map(copy).collect()).collect();
        let pages =
            self.composer.impose(cards, Slug { file: None, language: Language::Nl }).unwrap();
        let pdf = print(self.composer.design(), self.composer.faces(), &pages, &about).unwrap();
        let pdf = spoil(pdf.to_vec());
        let lines: String = records.iter().map(|record| record.to_line().unwrap() + "\n").collect();
        let number = index + 1;
        let (cards, list) =
            (format!("cards/{number:04}.pdf"), format!("records/{number:04}.jsonl"));
        fs::write(folder.join(&cards), &pdf).unwrap();
        fs::write(folder.join(&list), &lines).unwrap();
        BundleDone {
            number: u32::try_from(number).unwrap(),
            first: (index * self.bundle() + 1) as u64,
            last: (index * self.bundle() + records.len()) as u64,
            serials: records.iter().map(|record| record.serial().clone()).collect(),
            cards: CardsFile {
                path: cards,
                sha256: Sha256Digest::of(&pdf),
                bytes: pdf.len() as u64,
                pages: u32::try_from(pages.len()).unwrap(),
            },
            records: RecordsFile {
                path: list,
                sha256: Sha256Digest::of(lines.as_bytes()),
                bytes: lines.len() as u64,
                records: u32::try_from(records.len()).unwrap(),
            },
        }
    }

    fn cells(&self) -> Vec<Cell> {
        let design = self.composer.design();
        let sheet = design.sheet.iter();
        let areas = sheet.flat_map(|sheet| {
            (0..sheet.cards()).map(|index| sheet.cell(index, &design.page, false))
        });
        let cell = |area: Area| Cell {
            x: area.x.0,
            y: area.y.0,
            width: area.width.0,
            height: area.height.0,
        };
        areas.map(cell).collect()
    }

    fn write_lists(&self, folder: &Path, bundles: &[BundleDone]) {
        let started = RunStarted {
            version: journal::VERSION,
            run: RUN.to_owned(),
            program: "tokenkaart".into(),
            holders: self.records.len() as u64,
            input_sha256: Sha256Digest::of(b""),
            holders_sha256: Sha256Digest::of(b""),
            parameters: self.parameters.clone(),
        };
        let entries = [JournalEntry::Run(Box::new(started)), JournalEntry::Process { id: 1 }]
            .into_iter()
            .chain(bundles.iter().cloned().map(JournalEntry::Bundle));
        let journal: String =
            entries.map(|entry| serde_json::to_string(&entry).unwrap() + "\n").collect();
        fs::write(folder.join("journal.jsonl"), &journal).unwrap();
        let manifest = Manifest {
            version: manifest::VERSION,
            program: "tokenkaart".into(),
            run: RUN.to_owned(),
            holders: self.records.len() as u64,
            pages_per_card: self.composer.sides(),
            cells: self.cells(),
            parameters: self.parameters.clone(),
            bundles: bundles
                .iter()
                .map(|done| ListedBundle {
                    number: done.number,
                    first_serial: done.serials[0].clone(),
                    last_serial: done.serials[done.serials.len() - 1].clone(),
                    cards: done.cards.clone(),
                    records: done.records.clone(),
                })
                .collect(),
            others: Vec::new(),
            journal: ListedFile {
                path: "journal.jsonl".into(),
                sha256: Sha256Digest::of(journal.as_bytes()),
                bytes: journal.len() as u64,
            },
            digest: Sha256Digest::from_bytes([0; 32]),
        };
        write_manifest(folder, manifest);
    }
}

/// Writes a manifest with its own digest made true.
pub(crate) fn write_manifest(folder: &Path, manifest: Manifest) {
    let blank = Manifest { digest: Sha256Digest::from_bytes([0; 32]), ..manifest };
    let text = serde_json::to_string_pretty(&blank).unwrap() + "\n";
    let digest = Sha256Digest::of(text.as_bytes()).to_string();
    fs::write(folder.join(manifest::NAME), text.replace(&"0".repeat(64), &digest)).unwrap();
}
