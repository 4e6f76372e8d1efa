//! Parquet, as far as one flat table with lists of texts needs it: a page for each column and group of rows, plain values, gzip.
//!
//! Source: the format's own description and its `parquet.thrift`; numbers of fields and enums are from there.

use std::io::{self, Write};

use flate2::Compression;
use flate2::write::GzEncoder;

use super::reader::{u32_of, u64_of};

/// What a file begins and ends with.
const MAGIC: &[u8; 4] = b"PAR1";
/// How well pages are compressed: fast.
const LEVEL: u32 = 3;
const GZIP: i64 = 2;
const PLAIN: i64 = 0;
const RUNS: i64 = 3;

/// What kind of values a column has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Bool,
    U32,
    U64,
    Date,
    /// Milliseconds since 1970, UTC.
    Time,
    Text,
    /// A list of texts in each row.
    Texts,
}

/// A column of a table.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Column {
    pub(crate) name: &'static str,
    pub(crate) kind: Kind,
    /// Whether a row may have no value. A list that is empty is a value.
    pub(crate) may_lack: bool,
}

/// The values of one column for some rows.
#[derive(Debug, Default)]
pub(crate) struct Values {
    plain: Vec<u8>,
    /// Of each row, or of each item of a list: 1 where there is a value.
    is_there: Vec<u8>,
    /// Of each item of a list: 1 where it goes on with the list of the item before.
    goes_on: Vec<u8>,
    bits: Vec<bool>,
}

impl Values {
    pub(crate) fn bool(&mut self, value: bool) {
        self.bits.push(value);
        self.is_there.push(1);
    }

    pub(crate) fn u32(&mut self, value: u32) {
        self.plain.extend(value.to_le_bytes());
        self.is_there.push(1);
    }

    pub(crate) fn u64(&mut self, value: u64) {
        self.plain.extend(value.to_le_bytes());
        self.is_there.push(1);
    }

    /// Days or milliseconds since 1970, in as many bytes as the column has.
    pub(crate) fn since_1970(&mut self, value: &[u8]) {
        self.plain.extend_from_slice(value);
        self.is_there.push(1);
    }

    pub(crate) fn text(&mut self, text: &str) {
        self.plain.extend(u32_of(text.len()).to_le_bytes());
        self.plain.extend_from_slice(text.as_bytes());
        self.is_there.push(1);
    }

    pub(crate) fn lacking(&mut self) {
        self.is_there.push(0);
    }

    pub(crate) fn texts<'a>(&mut self, texts: impl Iterator<Item = &'a str>) {
        let mut is_first = true;
        for text in texts {
            self.text(text);
            self.goes_on.push(u8::from(!is_first));
            is_first = false;
        }
        if is_first {
            self.lacking();
            self.goes_on.push(0);
        }
    }

    /// The page, not compressed: levels, then values.
    fn page(&self, column: Column) -> Vec<u8> {
        let mut page = Vec::new();
        if column.kind == Kind::Texts {
            levels(&self.goes_on, &mut page);
        }
        if column.may_lack || column.kind == Kind::Texts {
            levels(&self.is_there, &mut page);
        }
        page.extend_from_slice(&self.plain);
        page.extend(
            self.bits.chunks(8).map(|bits| bits.iter().rev().fold(0_u8, |byte, bit| (byte << 1) | u8::from(*bit))),
        );
        page
    }
}

/// Levels of 0 and 1 as runs, after their length.
fn levels(levels: &[u8], page: &mut Vec<u8>) {
    let mut runs = Vec::new();
    for run in levels.chunk_by(|a, b| a == b) {
        varint(u64_of(run.len()) << 1, &mut runs);
        runs.extend(run.first());
    }
    page.extend(u32_of(runs.len()).to_le_bytes());
    page.extend(runs);
}

/// A file that is being written.
pub(crate) struct ParquetFile<W> {
    out: W,
    columns: &'static [Column],
    offset: u64,
    n_rows: u64,
    groups: Vec<Compact>,
}

impl<W: Write> ParquetFile<W> {
    pub(crate) fn new(mut out: W, columns: &'static [Column]) -> io::Result<Self> {
        out.write_all(MAGIC)?;
        Ok(Self { out, columns, offset: u64_of(MAGIC.len()), n_rows: 0, groups: Vec::new() })
    }

    /// Writes a group of rows: of each column, in order, its values.
    pub(crate) fn group(&mut self, n_rows: usize, values: &[Values]) -> io::Result<()> {
        let (mut chunks, mut n_bytes) = (Vec::new(), 0_u64);
        for (column, values) in self.columns.iter().zip(values) {
            let start = self.offset;
            let plain = values.page(*column);
            let mut encoder = GzEncoder::new(Vec::new(), Compression::new(LEVEL));
            encoder.write_all(&plain)?;
            let packed = encoder.finish()?;
            let n_values = i64::from(u32_of(values.is_there.len()));
            let mut data = Compact::default();
            data.int(1, I32, n_values).int(2, I32, PLAIN).int(3, I32, RUNS).int(4, I32, RUNS);
            let mut header = Compact::default();
            header.int(1, I32, 0).int(2, I32, size(&plain)).int(3, I32, size(&packed)).structure(5, data);
            let header = header.finish();
            self.out.write_all(&header)?;
            self.out.write_all(&packed)?;
            let n_plain = u64_of(header.len().saturating_add(plain.len()));
            let n_packed = u64_of(header.len().saturating_add(packed.len()));
            self.offset = self.offset.saturating_add(n_packed);
            n_bytes = n_bytes.saturating_add(n_plain);
            chunks.push(chunk(*column, n_values, (n_plain, n_packed), start));
        }
        let mut group = Compact::default();
        group.list(1, STRUCT, chunks).int(2, I64, n_bytes.cast_signed()).int(3, I64, u64_of(n_rows).cast_signed());
        self.groups.push(group);
        self.n_rows = self.n_rows.saturating_add(u64_of(n_rows));
        Ok(())
    }

    /// Writes what the file has, and returns what it was written to.
    pub(crate) fn finish(mut self) -> io::Result<W> {
        let mut root = Compact::default();
        root.text(4, "record").int(5, I32, i64::from(u32_of(self.columns.len())));
        let mut schema = vec![root];
        self.columns.iter().for_each(|column| elements(*column, &mut schema));
        let mut footer = Compact::default();
        footer.int(1, I32, 1).list(2, STRUCT, schema).int(3, I64, self.n_rows.cast_signed());
        footer.list(4, STRUCT, self.groups).text(6, concat!("specialis-ledger ", env!("CARGO_PKG_VERSION")));
        let footer = footer.finish();
        self.out.write_all(&footer)?;
        self.out.write_all(&u32_of(footer.len()).to_le_bytes())?;
        self.out.write_all(MAGIC)?;
        Ok(self.out)
    }
}

/// The size of a page. None has 2 GiB.
fn size(page: &[u8]) -> i64 {
    i64::from(u32_of(page.len()))
}

/// The physical type of a kind.
fn physical(kind: Kind) -> i64 {
    match kind {
        Kind::Bool => 0,
        Kind::U32 | Kind::Date => 1,
        Kind::U64 | Kind::Time => 2,
        Kind::Text | Kind::Texts => 6,
    }
}

/// What says where the values of a column are.
fn chunk(column: Column, n_values: i64, (n_plain, n_packed): (u64, u64), start: u64) -> Compact {
    let path: &[&str] = if column.kind == Kind::Texts { &[column.name, "list", "element"] } else { &[column.name] };
    let mut metadata = Compact::default();
    metadata.int(1, I32, physical(column.kind)).list(2, I32, [Compact::of_int(PLAIN), Compact::of_int(RUNS)]);
    metadata.list(3, BINARY, path.iter().map(|name| Compact::of_text(name))).int(4, I32, GZIP).int(5, I64, n_values);
    metadata.int(6, I64, n_plain.cast_signed()).int(7, I64, n_packed.cast_signed()).int(9, I64, start.cast_signed());
    let mut chunk = Compact::default();
    chunk.int(2, I64, start.cast_signed()).structure(3, metadata);
    chunk
}

/// Adds the elements of the schema that a column is.
fn elements(column: Column, schema: &mut Vec<Compact>) {
    let mut element = Compact::default();
    if column.kind == Kind::Texts {
        element.int(3, I32, 0).text(4, column.name).int(5, I32, 1).int(6, I32, 3);
        let (mut list, mut item) = (Compact::default(), Compact::default());
        list.int(3, I32, 2).text(4, "list").int(5, I32, 1);
        item.int(1, I32, physical(column.kind)).int(3, I32, 0).text(4, "element").int(6, I32, 0);
        schema.extend([element, list, item]);
        return;
    }
    element.int(1, I32, physical(column.kind)).int(3, I32, i64::from(column.may_lack)).text(4, column.name);
    let converted = match column.kind {
        Kind::Text | Kind::Texts => Some(0),
        Kind::Date => Some(6),
        Kind::Time => Some(9),
        Kind::U32 => Some(13),
        Kind::U64 => Some(14),
        Kind::Bool => None,
    };
    if let Some(converted) = converted {
        element.int(6, I32, converted);
    }
    if column.kind == Kind::Time {
        // A moment, not what a clock on a wall shows: adjusted to UTC, in milliseconds.
        let (mut unit, mut time, mut logical) = (Compact::default(), Compact::default(), Compact::default());
        unit.structure(1, Compact::default());
        time.yes(1).structure(2, unit);
        logical.structure(8, time);
        element.structure(10, logical);
    }
    schema.push(element);
}

const YES: u8 = 1;
const I32: u8 = 5;
const I64: u8 = 6;
const BINARY: u8 = 8;
const LIST: u8 = 9;
const STRUCT: u8 = 12;

/// A structure, or a single value, in Thrift's compact form.
#[derive(Debug, Default)]
struct Compact {
    bytes: Vec<u8>,
    last: u8,
    /// A single value has no end of its own.
    is_value: bool,
}

impl Compact {
    fn of_int(value: i64) -> Self {
        let mut own = Self { is_value: true, ..Self::default() };
        zigzag(value, &mut own.bytes);
        own
    }

    fn of_text(text: &str) -> Self {
        let mut own = Self { is_value: true, ..Self::default() };
        varint(u64_of(text.len()), &mut own.bytes);
        own.bytes.extend_from_slice(text.as_bytes());
        own
    }

    /// The head of a field; numbers rise, by less than 16 at a time.
    fn field(&mut self, number: u8, kind: u8) -> &mut Self {
        self.bytes.push((number.saturating_sub(self.last) << 4) | kind);
        self.last = number;
        self
    }

    fn yes(&mut self, number: u8) -> &mut Self {
        self.field(number, YES)
    }

    fn int(&mut self, number: u8, kind: u8, value: i64) -> &mut Self {
        zigzag(value, &mut self.field(number, kind).bytes);
        self
    }

    fn text(&mut self, number: u8, text: &str) -> &mut Self {
        self.field(number, BINARY).bytes.extend(Self::of_text(text).bytes);
        self
    }

    fn structure(&mut self, number: u8, structure: Self) -> &mut Self {
        self.field(number, STRUCT).bytes.extend(structure.finish());
        self
    }

    fn list(&mut self, number: u8, kind: u8, items: impl IntoIterator<Item = Self>) -> &mut Self {
        let items: Vec<Self> = items.into_iter().collect();
        self.field(number, LIST);
        match u8::try_from(items.len()) {
            Ok(n) if n < 15 => self.bytes.push((n << 4) | kind),
            Ok(_) | Err(_) => {
                self.bytes.push(0xf0 | kind);
                varint(u64_of(items.len()), &mut self.bytes);
            }
        }
        self.bytes.extend(items.into_iter().flat_map(Self::finish));
        self
    }

    fn finish(mut self) -> Vec<u8> {
        if !self.is_value {
            self.bytes.push(0);
        }
        self.bytes
    }
}

fn zigzag(value: i64, out: &mut Vec<u8>) {
    varint(((value << 1) ^ (value >> 63)).cast_unsigned(), out);
}

fn varint(mut value: u64, out: &mut Vec<u8>) {
    loop {
        let [low, ..] = value.to_le_bytes();
        if value < 0x80 {
            return out.push(low);
        }
        out.push(low | 0x80);
        value >>= 7;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_and_runs_are_as_thrift_and_parquet_write_them() {
        let mut out = Vec::new();
        [0, -1, 1, 150, -65].into_iter().for_each(|value| zigzag(value, &mut out));
        assert_eq!(out, [0, 1, 2, 0xac, 0x02, 0x81, 0x01]);
        let mut page = Vec::new();
        levels(&[1, 1, 1, 0, 1], &mut page);
        assert_eq!(page, [6, 0, 0, 0, 6, 1, 2, 0, 2, 1]);
        let mut structure = Compact::default();
        structure.int(1, I32, 1).text(4, "a").list(5, I32, [Compact::of_int(1)]).yes(7);
        assert_eq!(structure.finish(), [0x15, 2, 0x38, 1, b'a', 0x19, 0x15, 2, 0x21, 0]);
    }

    #[test]
    fn booleans_are_bits_from_the_lowest() {
        let mut values = Values::default();
        [true, false, false, true, false, false, false, false, true].into_iter().for_each(|bit| values.bool(bit));
        assert_eq!(values.page(Column { name: "b", kind: Kind::Bool, may_lack: false }), [0b1001, 1]);
    }
}
