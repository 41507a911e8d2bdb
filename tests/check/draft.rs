//! A run made by hand, for the checks to look at.

use std::{fs, path::Path};

use jiff::civil::date;
use rand::{SeedableRng, rngs::ChaCha20Rng};
use tempfile::TempDir;
use tokenkaart::{
    design::{Design, Window},
    files::Sha256Digest,
    hash::{CodeHasher, Pepper, Scheme},
    holder::{Holder, HolderId, HolderName},
    journal::{self, BundleDone, CardsFile, Entry, Parameters, RecordsFile, RunStarted},
    language::Language,
    layout::{Composer, Item, Page, Settings},
    print::{About, print},
    record::Record,
    run::manifest::{self, ListedBundle, ListedFile, Manifest},
    token::{CodeFormat, Position, Random, Token},
};
use zeroize::Zeroizing;

pub(crate) const URL: &str = "https://aanmelden.example/?s={serial}";
pub(crate) const HOLDERS: usize = 4;
pub(crate) const BUNDLE: usize = 2;

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

fn composer(url: Option<&str>) -> Composer {
    let design = Design::built_in("card").unwrap();
    let url = url.map(str::to_owned);
    let settings = Settings::new(CodeFormat::default(), date(2026, 11, 22));
    Composer::new(design, Settings { url, ..settings }).unwrap()
}

impl Draft {
    pub(crate) fn new() -> Self {
        Self::printed_with(Some(URL), None)
    }

    /// A run whose cards carry the QR code of `url`, whatever its parameters say.
    pub(crate) fn printed_with(url: Option<&str>, pepper: Option<&Pepper>) -> Self {
        let mut random = random();
        let tokens: Vec<Token> = (0..HOLDERS)
            .map(|_| Token::draw(&CodeFormat::default(), &mut random).unwrap())
            .collect();
        let composer = composer(url);
        let name = HolderName::new("An Peeters").unwrap();
        let holder = Holder::new(HolderId::new("4711").unwrap(), name);
        let compose = |token| composer.compose(&holder, Language::Nl, token).unwrap();
        Self {
            parameters: Parameters {
                issued: date(2026, 11, 22),
                design: "card".into(),
                language: Language::Nl,
                office: None,
                phone: None,
                back: false,
                window: Window::Left,
                url: Some(URL.into()),
                code_format: CodeFormat::default(),
                scheme: Scheme::argon2id(8, 1, 1).unwrap(),
                key_id: pepper.map(Pepper::key_id),
                bundle: u32::try_from(BUNDLE).unwrap(),
            },
            pages: tokens.iter().map(compose).collect(),
            records: tokens.iter().zip(1..).map(|(token, n)| record(token, n, pepper)).collect(),
            tokens,
            composer,
        }
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
        let folder = tempfile::tempdir().unwrap();
        for name in ["cards", "records"] {
            fs::create_dir(folder.path().join(name)).unwrap();
        }
        let mut bundles = Vec::new();
        for (index, (pages, records)) in
            self.pages.chunks(BUNDLE).zip(self.records.chunks(BUNDLE)).enumerate()
        {
            bundles.push(self.write_bundle(folder.path(), index, pages, records));
        }
        self.write_lists(folder.path(), &bundles);
        folder
    }

    fn write_bundle(
        &self,
        folder: &Path,
        index: usize,
        pages: &[Vec<Page>],
        records: &[Record],
    ) -> BundleDone {
        let about = About {
            title: "Tokenkaarten".into(),
            author: None,
            language: Language::Nl,
            date: date(2026, 11, 22),
        };
        let pages: Vec<Page> =
            pages.iter().flatten().map(|page| Page { items: page.items.clone() }).collect();
        let pdf = print(self.composer.design(), self.composer.faces(), &pages, &about).unwrap();
        let lines: String = records.iter().map(|record| record.to_line().unwrap() + "\n").collect();
        let number = index + 1;
        let (cards, list) =
            (format!("cards/{number:04}.pdf"), format!("records/{number:04}.jsonl"));
        fs::write(folder.join(&cards), &*pdf).unwrap();
        fs::write(folder.join(&list), &lines).unwrap();
        BundleDone {
            number: u32::try_from(number).unwrap(),
            first: (index * BUNDLE + 1) as u64,
            last: (index * BUNDLE + records.len()) as u64,
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

    fn write_lists(&self, folder: &Path, bundles: &[BundleDone]) {
        let started = RunStarted {
            version: journal::VERSION,
            run: "0".repeat(32),
            holders: self.records.len() as u64,
            input_sha256: Sha256Digest::of(b""),
            parameters: self.parameters.clone(),
        };
        let entries =
            [Entry::Run(started)].into_iter().chain(bundles.iter().cloned().map(Entry::Bundle));
        let journal: String =
            entries.map(|entry| serde_json::to_string(&entry).unwrap() + "\n").collect();
        fs::write(folder.join("journal.jsonl"), &journal).unwrap();
        let manifest = Manifest {
            version: manifest::VERSION,
            program: "tokenkaart".into(),
            run: "0".repeat(32),
            holders: self.records.len() as u64,
            pages_per_card: 1,
            cells: Vec::new(),
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
