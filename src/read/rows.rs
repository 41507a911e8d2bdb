//! The rows of a holder file, one after the other.

use std::{collections::VecDeque, io::BufReader, path::Path};

use super::{
    columns::{Columns, Repeated},
    draft::Draft,
    encoding::Utf8Reader,
    fault::{Fault, FaultKind},
    field::Field,
    input::Input,
    json,
    options::HiddenRows,
    remark::{Remark, Remarks},
    row::Row,
    table, value,
};

type Text<'a> = Utf8Reader<BufReader<&'a mut Input>>;

/// The rows of a holder file: each a valid holder, or one of the faults of a row.
pub struct Rows<'a> {
    path: &'a Path,
    pub(super) source: Source<'a>,
    hidden: Option<HiddenRows>,
    /// Further faults of the last row.
    pending: VecDeque<Fault>,
    pub(super) remarks: Remarks,
}

// One of them at a time.
#[allow(clippy::large_enum_variant)]
pub(super) enum Source<'a> {
    Table { rows: table::Rows<'a>, header: table::Header, columns: &'a Columns },
    Json(json::Drafts<'a, Text<'a>>),
}

impl Source<'_> {
    /// The columns of the draft that was read last.
    pub(super) const fn columns(&self) -> &Columns {
        match self {
            Self::Table { columns, .. } => columns,
            Self::Json(drafts) => drafts.columns(),
        }
    }
}

impl<'a> Rows<'a> {
    pub(super) fn new(path: &'a Path, source: Source<'a>, hidden: Option<HiddenRows>) -> Self {
        Self { path, source, hidden, pending: VecDeque::new(), remarks: Remarks::default() }
    }

    pub(super) fn duplicate(&self, row: &Row, first: u64) -> Fault {
        let fault = Fault::new(self.path, row.place, FaultKind::DuplicateId { first })
            .with_value(row.holder.id.as_str());
        match self.source.columns().column(Field::Id) {
            Some(column) => fault.in_column(&column.header),
            None => fault,
        }
    }

    /// The next row that is one of a holder.
    fn draft(&mut self) -> Option<Result<Draft, Fault>> {
        let (rows, header, columns) = match &mut self.source {
            Source::Json(drafts) => return drafts.next(),
            Source::Table { rows, header, columns } => (rows, header, *columns),
        };
        loop {
            let mut row = match rows.next()? {
                Ok(row) => row,
                Err((place, kind)) => return Some(Err(Fault::new(self.path, place, kind))),
            };
            let fault = |place, kind| Some(Err(Fault::new(self.path, place, kind)));
            if row.is_hidden {
                if self.hidden.is_none() {
                    return fault(row.place, FaultKind::HiddenRow);
                }
                self.remarks.add(row.place, &[Remark::Hidden]);
                if self.hidden == Some(HiddenRows::Skip) {
                    continue;
                }
            }
            if let Err(fault) = row.require_sound(self.path, header, columns) {
                return Some(Err(fault));
            }
            let texts = || row.cells.iter().filter_map(value::Value::text);
            match columns.repeated(|index| row.text(index), texts()) {
                Repeated::No => {}
                Repeated::Header => {
                    self.remarks.add(row.place, &[Remark::Header]);
                    continue;
                }
                Repeated::OtherHeader => return fault(row.place, FaultKind::OtherHeader),
            }
            let mut draft = Draft::new(row.place);
            for (field, column) in columns.used() {
                if let Some(value) = row.cells.get_mut(column.index) {
                    draft.set(field, std::mem::take(value));
                }
            }
            return Some(Ok(draft));
        }
    }
}

impl Iterator for Rows<'_> {
    type Item = Result<Row, Fault>;

    fn next(&mut self) -> Option<Self::Item> {
        if let Some(fault) = self.pending.pop_front() {
            return Some(Err(fault));
        }
        let draft = self.draft()?;
        match draft.map(|draft| draft.into_row(self.path, self.source.columns())) {
            Ok(Ok((row, remarks))) => {
                self.remarks.add(row.place, &remarks);
                Some(Ok(row))
            }
            Ok(Err(faults)) => {
                self.pending = faults.into();
                self.pending.pop_front().map(Err)
            }
            Err(fault) => Some(Err(fault)),
        }
    }
}
