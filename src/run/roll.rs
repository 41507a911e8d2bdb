//! The holders of a run in the order of their cards, on the disk so that memory doesn't grow
//! with their number.
//!
//! A roll is a file without a name: nobody else can open it, and it is gone when the program
//! ends, however it ends. It has names and addresses, as the holder file has, and never a code.

mod order;

use std::{
    cmp::Reverse,
    collections::BinaryHeap,
    fs::File,
    io::{self, BufRead, BufReader, BufWriter, Seek, SeekFrom, Write},
    path::{Path, PathBuf},
};

use sha2::{Digest, Sha256};
use tokenkaart_token::{
    country::Country,
    files::{FileAct, FileError, Sha256Digest},
    holder::{Holder, HolderId, HolderName, Line, PostalAddress},
    run_files::Sort,
};

/// Stands between fields; no field can have it, for it is a control character.
const FIELD_END: char = '\u{1f}';
/// Stands between the key that lines are sorted by and the line.
const KEY_END: char = '\u{1e}';
/// Holders that are sorted in memory: some 5 MB.
const SORTED_AT_ONCE: usize = 20_000;

/// A roll to which holders are still added.
pub struct RollWriter {
    folder: PathBuf,
    sort: Sort,
    home: Country,
    file: BufWriter<File>,
    holders: u64,
    /// Of all that were added or passed over, as they came.
    given: Sha256,
    /// Keys and lines that are not on the disk yet; only when sorting.
    unsorted: Vec<String>,
    /// Files of sorted keys and lines.
    sorted: Vec<File>,
}

impl RollWriter {
    /// Begins a roll on the disk of `folder`, for letters that are posted at `home`.
    ///
    /// # Errors
    /// [`FileError`] when no file can be made there.
    pub fn new(folder: &Path, sort: Sort, home: Country) -> Result<Self, FileError> {
        Ok(Self {
            folder: folder.to_owned(),
            sort,
            home,
            file: BufWriter::new(nameless(folder)?),
            holders: 0,
            given: Sha256::new(),
            unsorted: Vec::new(),
            sorted: Vec::new(),
        })
    }

    /// Leaves out a holder who is in another part of the run.
    pub(crate) fn pass_over(&mut self, holder: &Holder) {
        digest_line(&mut self.given, &to_line(holder));
    }

    /// Adds a holder.
    ///
    /// # Errors
    /// [`FileError`] when the disk is full.
    pub fn add(&mut self, holder: &Holder) -> Result<(), FileError> {
        self.holders += 1;
        let line = to_line(holder);
        digest_line(&mut self.given, &line);
        let Some(key) = order::key(self.sort, self.home, holder) else {
            return writeln!(self.file, "{line}").map_err(failed(&self.folder));
        };
        // The place comes last, so that equal keys stay in the order of the holder file.
        self.unsorted.push(format!("{key}{FIELD_END}{:016x}{KEY_END}{line}", self.holders));
        if self.unsorted.len() == SORTED_AT_ONCE {
            self.sort_some().map_err(failed(&self.folder))?;
        }
        Ok(())
    }

    /// Makes the roll ready to be read.
    ///
    /// # Errors
    /// [`FileError`] when the disk is full.
    pub fn finish(mut self) -> Result<Roll, FileError> {
        let folder = self.folder.clone();
        self.finished().map_err(failed(&folder))
    }

    fn finished(&mut self) -> io::Result<Roll> {
        self.sort_some()?;
        let mut sources: Vec<_> = self.sorted.drain(..).map(BufReader::new).collect();
        let mut heads = BinaryHeap::new();
        for (index, source) in sources.iter_mut().enumerate() {
            source.rewind()?;
            heads.extend(next_line(source)?.map(|line| Reverse((line, index))));
        }
        while let Some(Reverse((keyed, index))) = heads.pop() {
            let line = keyed.split_once(KEY_END).map_or(&*keyed, |(_, line)| line);
            writeln!(self.file, "{line}")?;
            heads.extend(next_line(&mut sources[index])?.map(|line| Reverse((line, index))));
        }
        self.file.flush()?;
        let mut roll = Roll {
            folder: self.folder.clone(),
            file: self.file.get_ref().try_clone()?,
            holders: self.holders,
            given_sha256: digest_of(self.given.clone()),
            sha256: digest_of(Sha256::new()),
        };
        roll.sha256 = roll.digest()?;
        Ok(roll)
    }

    fn sort_some(&mut self) -> io::Result<()> {
        if self.unsorted.is_empty() {
            return Ok(());
        }
        self.unsorted.sort_unstable();
        let mut file = BufWriter::new(tempfile::tempfile_in(&self.folder)?);
        for line in self.unsorted.drain(..) {
            writeln!(file, "{line}")?;
        }
        self.sorted.push(file.into_inner()?);
        Ok(())
    }
}

/// The holders of a run, in the order of their cards.
pub struct Roll {
    folder: PathBuf,
    file: File,
    holders: u64,
    given_sha256: Sha256Digest,
    sha256: Sha256Digest,
}

impl Roll {
    /// The digest of who is on the roll and in which order, as the program understood them.
    #[must_use]
    pub const fn sha256(&self) -> Sha256Digest {
        self.sha256
    }

    /// The digest of all holders that were added or passed over, in the order they came in.
    #[must_use]
    pub(crate) const fn given_sha256(&self) -> Sha256Digest {
        self.given_sha256
    }

    fn digest(&self) -> io::Result<Sha256Digest> {
        let mut file = &self.file;
        file.rewind()?;
        let mut lines = BufReader::new(file);
        let mut digest = Sha256::new();
        while let Some(line) = next_line(&mut lines)? {
            digest_line(&mut digest, &line);
        }
        Ok(digest_of(digest))
    }

    /// How many holders there are.
    #[must_use]
    pub const fn len(&self) -> u64 {
        self.holders
    }

    /// Whether there is none.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.holders == 0
    }

    /// The holders, from the first on. One reader at a time.
    ///
    /// # Errors
    /// [`FileError`] when the disk can't be read.
    pub fn holders(&self) -> Result<Holders<'_>, FileError> {
        let mut file = &self.file;
        file.seek(SeekFrom::Start(0)).map_err(failed(&self.folder))?;
        Ok(Holders { folder: &self.folder, lines: BufReader::new(file) })
    }
}

/// The holders of a roll, one by one.
pub struct Holders<'r> {
    folder: &'r Path,
    lines: BufReader<&'r File>,
}

impl Iterator for Holders<'_> {
    type Item = Result<Holder, FileError>;

    fn next(&mut self) -> Option<Self::Item> {
        let holder = next_line(&mut self.lines).and_then(|line| {
            let unlike = || io::Error::new(io::ErrorKind::InvalidData, "it has changed");
            line.map(|line| to_holder(&line).ok_or_else(unlike)).transpose()
        });
        holder.map_err(failed(self.folder)).transpose()
    }
}

fn nameless(folder: &Path) -> Result<File, FileError> {
    tempfile::tempfile_in(folder).map_err(failed(folder))
}

fn failed(folder: &Path) -> impl Fn(io::Error) -> FileError {
    FileError::at(FileAct::KeepList, folder)
}

fn digest_line(digest: &mut Sha256, line: &str) {
    digest.update(line);
    digest.update(b"\n");
}

fn digest_of(digest: Sha256) -> Sha256Digest {
    Sha256Digest::from_bytes(digest.finalize().into())
}

fn next_line(source: &mut impl BufRead) -> io::Result<Option<String>> {
    let mut line = String::new();
    source.read_line(&mut line)?;
    Ok(line.strip_suffix('\n').map(str::to_owned))
}

fn to_line(holder: &Holder) -> String {
    let text = |line: &Option<Line>| line.as_ref().map_or("", Line::as_str).to_owned();
    let Holder { id, name, address, language, email, user_name } = holder;
    let PostalAddress { street, postal_code, city, country } = address;
    let language = language.map_or("", |language| language.code()).to_owned();
    [
        id.as_str().to_owned(),
        name.as_str().to_owned(),
        text(street),
        text(postal_code),
        text(city),
        text(country),
        language,
        text(email),
        text(user_name),
    ]
    .join(&FIELD_END.to_string())
}

/// A line of [`to_line`] made a holder again; `None` if it is no such line.
fn to_holder(line: &str) -> Option<Holder> {
    let mut fields = line.split(FIELD_END);
    let mut next = || fields.next();
    let id = HolderId::new(next()?).ok()?;
    let name = HolderName::new(next()?).ok()?;
    let mut line = || next().and_then(|text| Line::new(text).ok());
    let address =
        PostalAddress { street: line()?, postal_code: line()?, city: line()?, country: line()? };
    let language = match line()? {
        None => None,
        Some(code) => Some(code.as_str().parse().ok()?),
    };
    let (email, user_name) = (line()?, line()?);
    Some(Holder { id, name, address, language, email, user_name })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn line(text: &str) -> Option<Line> {
        Line::new(text).unwrap()
    }

    pub(super) fn holder(id: &str, postal_code: &str, street: &str, country: &str) -> Holder {
        Holder {
            address: PostalAddress {
                street: line(street),
                postal_code: line(postal_code),
                city: None,
                country: line(country),
            },
            ..Holder::new(HolderId::new(id).unwrap(), HolderName::new("An").unwrap())
        }
    }

    fn ids(holders: &[Holder], sort: Sort) -> Vec<String> {
        let folder = tempfile::tempdir().unwrap();
        let mut writer = RollWriter::new(folder.path(), sort, Country::BELGIUM).unwrap();
        for holder in holders {
            writer.add(holder).unwrap();
        }
        let roll = writer.finish().unwrap();
        assert_eq!(roll.len(), holders.len() as u64);
        assert_eq!(folder.path().read_dir().unwrap().count(), 0, "a roll has no name");
        let first: Vec<_> = roll.holders().unwrap().map(Result::unwrap).collect();
        let second: Vec<_> = roll.holders().unwrap().map(Result::unwrap).collect();
        assert_eq!(first, second);
        first.iter().map(|holder| holder.id.as_str().to_owned()).collect()
    }

    #[test]
    fn a_roll_larger_than_what_is_sorted_at_once_is_in_order() {
        let count = SORTED_AT_ONCE * 2 + 7;
        let holders: Vec<_> = (0..count)
            .map(|number| {
                let code = 1000 + number * 7919 % 8999;
                holder(&number.to_string(), &code.to_string(), "Kerkstraat 1", "")
            })
            .collect();
        let mut expected: Vec<&Holder> = holders.iter().collect();
        expected
            .sort_by_key(|holder| holder.address.postal_code.clone().unwrap().as_str().to_owned());
        let expected: Vec<_> = expected.iter().map(|holder| holder.id.as_str()).collect();
        assert_eq!(ids(&holders, Sort::PostalCode), expected);
        let expected: Vec<_> = (0..count).map(|number| number.to_string()).collect();
        assert_eq!(ids(&holders, Sort::Input), expected);
    }

    #[test]
    fn the_digest_of_a_roll_tells_who_is_on_it_and_in_which_order() {
        let folder = tempfile::tempdir().unwrap();
        let digests = |holders: &[Holder], sort| {
            let mut writer = RollWriter::new(folder.path(), sort, Country::BELGIUM).unwrap();
            for holder in holders {
                writer.add(holder).unwrap();
            }
            let roll = writer.finish().unwrap();
            (roll.sha256(), roll.given_sha256())
        };
        let (an, bo) = (holder("1", "9000", "A", ""), holder("2", "1000", "B", ""));
        let (there, back) = ([an.clone(), bo.clone()], [bo.clone(), an.clone()]);
        assert_eq!(digests(&there, Sort::PostalCode).0, digests(&back, Sort::Input).0);
        assert_ne!(digests(&there, Sort::Input).0, digests(&back, Sort::Input).0);
        assert_eq!(digests(&there, Sort::PostalCode).1, digests(&there, Sort::Input).1);
        // What a shard leaves out counts all the same.
        let mut writer = RollWriter::new(folder.path(), Sort::Input, Country::BELGIUM).unwrap();
        writer.add(&an).unwrap();
        writer.pass_over(&bo);
        assert_eq!(writer.finish().unwrap().given_sha256(), digests(&there, Sort::Input).1);
    }

    #[test]
    fn nobody_is_on_an_empty_roll() {
        assert!(ids(&[], Sort::PostalCode).is_empty());
    }

    proptest! {
        #[test]
        fn a_holder_is_read_back_as_it_was_written(
            id in "\\PC{1,40}", name in "\\PC{1,40}", lines in proptest::array::uniform6("\\PC{0,40}"),
            language in proptest::option::of(0_usize..4),
        ) {
            let (Ok(id), Ok(name)) = (HolderId::new(&id), HolderName::new(&name)) else {
                return Ok(());
            };
            let [street, postal_code, city, country, email, user_name] =
                lines.map(|text| Line::new(&text).unwrap_or_default());
            let holder = Holder {
                id,
                name,
                address: PostalAddress { street, postal_code, city, country },
                language: language.map(|index| tokenkaart_token::language::Language::ALL[index]),
                email,
                user_name,
            };
            prop_assert_eq!(to_holder(&to_line(&holder)), Some(holder));
        }
    }
}
