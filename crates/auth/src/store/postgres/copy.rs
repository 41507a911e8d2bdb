//! Rows as PostgreSQL's binary `COPY` has them (its documentation, COPY, "Binary Format").

use std::pin::Pin;

use bytes::{BufMut as _, Bytes, BytesMut};
use futures_util::SinkExt as _;
use tokio::runtime::Runtime;
use tokio_postgres::CopyInSink;

use super::{unfit, words::failed};
use crate::store::{Cell, Kind, StoreError};

/// The signature, no flags, no extension.
const HEADER: &[u8] = b"PGCOPY\n\xff\r\n\0\0\0\0\0\0\0\0\0";
/// What is sent at a time, in bytes.
const PART: usize = 1 << 16;

/// Rows on their way into a table.
pub(in crate::store) struct Copy<'t> {
    runtime: &'t Runtime,
    sink: Pin<Box<CopyInSink<Bytes>>>,
    kinds: Vec<Kind>,
    buffer: BytesMut,
}

impl<'t> Copy<'t> {
    pub(super) fn new(runtime: &'t Runtime, sink: CopyInSink<Bytes>, kinds: Vec<Kind>) -> Self {
        let mut buffer = BytesMut::with_capacity(PART + (PART >> 2));
        buffer.put_slice(HEADER);
        Self { runtime, sink: Box::pin(sink), kinds, buffer }
    }

    pub(in crate::store) fn push(
        &mut self,
        store: &str,
        row: &[Cell<'_>],
    ) -> Result<(), StoreError> {
        let unfit = || unfit(store);
        self.buffer.put_i16(self.kinds.len().try_into().map_err(|_| unfit())?);
        for (kind, cell) in self.kinds.iter().zip(row) {
            match (kind, *cell) {
                (_, Cell::Null) => self.buffer.put_i32(-1),
                (Kind::Small, Cell::Int(number)) => {
                    self.buffer.put_i32(2);
                    self.buffer.put_i16(number.try_into().map_err(|_| unfit())?);
                }
                (Kind::Big, Cell::Int(number)) => {
                    self.buffer.put_i32(8);
                    self.buffer.put_i64(number);
                }
                (Kind::Text, Cell::Text(text)) => {
                    self.buffer.put_i32(text.len().try_into().map_err(|_| unfit())?);
                    self.buffer.put_slice(text.as_bytes());
                }
                _ => return Err(unfit()),
            }
        }
        if self.buffer.len() < PART { Ok(()) } else { self.flush(store) }
    }

    fn flush(&mut self, store: &str) -> Result<(), StoreError> {
        let part = self.buffer.split().freeze();
        self.runtime.block_on(self.sink.send(part)).map_err(|error| failed(store, &error))
    }

    pub(in crate::store) fn finish(mut self, store: &str) -> Result<u64, StoreError> {
        self.buffer.put_i16(-1);
        self.flush(store)?;
        self.runtime.block_on(self.sink.as_mut().finish()).map_err(|error| failed(store, &error))
    }
}
