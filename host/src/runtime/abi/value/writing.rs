//! Writing values for a guest, and answers of guests that hand over typed values.

use minicbor::Encoder;
use specialis_core::Date;

/// Writes values into memory.
#[derive(Debug)]
pub(crate) struct Writer(Encoder<Vec<u8>>);

/// What can be written.
pub(crate) trait Written {
    /// Whether there is anything to write. A field of a record that is not there is left out.
    fn is_there(&self) -> bool {
        true
    }

    fn write(&self, to: &mut Writer);
}

// INVARIANT: writing into memory does not fail.
impl Writer {
    pub(crate) fn new() -> Self {
        Self(Encoder::new(Vec::new()))
    }

    /// The bytes of one value.
    pub(crate) fn bytes_of(value: &impl Written) -> Vec<u8> {
        let mut to = Self::new();
        value.write(&mut to);
        to.into_bytes()
    }

    pub(crate) fn into_bytes(self) -> Vec<u8> {
        self.0.into_writer()
    }

    /// Begins a map of so many entries.
    pub(crate) fn map(&mut self, n_entries: usize) {
        let _ = self.0.map(wide(n_entries));
    }

    /// Begins a list of so many elements.
    pub(crate) fn list(&mut self, n_elements: usize) {
        let _ = self.0.array(wide(n_elements));
    }

    /// Begins the case of a variant, which carries a value or none.
    pub(crate) fn case(&mut self, place: u32, carries: bool) {
        self.list(if carries { 2 } else { 1 });
        self.number(place.into());
    }

    pub(crate) fn number(&mut self, number: u64) {
        let _ = self.0.u64(number);
    }

    pub(crate) fn bytes(&mut self, bytes: &[u8]) {
        let _ = self.0.bytes(bytes);
    }
}

fn wide(n: usize) -> u64 {
    u64::try_from(n).unwrap_or(u64::MAX)
}

impl Written for str {
    fn write(&self, to: &mut Writer) {
        let _ = to.0.str(self);
    }
}

impl Written for String {
    fn write(&self, to: &mut Writer) {
        self.as_str().write(to);
    }
}

impl Written for bool {
    fn write(&self, to: &mut Writer) {
        let _ = to.0.bool(*self);
    }
}

macro_rules! numbers {
    ($($ty:ident),+) => {$(
        impl Written for $ty {
            fn write(&self, to: &mut Writer) {
                let _ = to.0.$ty(*self);
            }
        }
    )+};
}

numbers!(u8, u32, u64, i16, i64);

impl<T: Written> Written for Option<T> {
    fn is_there(&self) -> bool {
        self.is_some()
    }

    fn write(&self, to: &mut Writer) {
        if let Some(value) = self {
            value.write(to);
        }
    }
}

impl<T: Written> Written for Vec<T> {
    /// A list without elements is left out, unless it might not be there at all: then it is an `Option` that says so.
    fn is_there(&self) -> bool {
        !self.is_empty()
    }

    fn write(&self, to: &mut Writer) {
        to.list(self.len());
        self.iter().for_each(|element| element.write(to));
    }
}

impl Written for Date {
    fn write(&self, to: &mut Writer) {
        to.map(3);
        to.number(0);
        self.year().write(to);
        to.number(1);
        self.month().write(to);
        to.number(2);
        self.day().write(to);
    }
}

impl<T: Written + ?Sized> Written for Box<T> {
    fn is_there(&self) -> bool {
        (**self).is_there()
    }

    fn write(&self, to: &mut Writer) {
        (**self).write(to);
    }
}

/// Sections of a value: each a number with the bytes of a value of its own.
#[derive(Clone, Debug, Default)]
pub(crate) struct Sections {
    n_sections: usize,
    bytes: Vec<u8>,
    /// The memory in which a value is written before its length is known.
    scratch: Vec<u8>,
}

/// The bytes of a record of which nothing is known.
const NOTHING_KNOWN: [u8; 1] = [0xa0];

impl Sections {
    /// Adds a value, where it is there.
    pub(crate) fn add(&mut self, number: u64, value: &impl Written) {
        if value.is_there() {
            self.add_record(number, |to| value.write(to));
        }
    }

    /// Adds a record, unless nothing is known of it.
    pub(crate) fn add_record(&mut self, number: u64, write: impl FnOnce(&mut Writer)) {
        let mut value = Writer(Encoder::new(std::mem::take(&mut self.scratch)));
        write(&mut value);
        let value = value.into_bytes();
        if value != NOTHING_KNOWN {
            let mut to = Writer(Encoder::new(std::mem::take(&mut self.bytes)));
            to.number(number);
            to.bytes(&value);
            self.bytes = to.into_bytes();
            self.n_sections = self.n_sections.saturating_add(1);
        }
        self.scratch = value;
        self.scratch.clear();
    }

    /// How many bytes they take.
    pub(crate) fn n_bytes(&self) -> usize {
        self.bytes.len()
    }

    /// One map of the sections of several, which are in order.
    pub(crate) fn joined(all: &[&Self]) -> Vec<u8> {
        let mut to = Writer::new();
        to.map(all.iter().map(|one| one.n_sections).sum());
        let mut bytes = to.into_bytes();
        bytes.reserve_exact(all.iter().map(|one| one.bytes.len()).sum());
        all.iter().for_each(|one| bytes.extend_from_slice(&one.bytes));
        bytes
    }
}

/// Writes a record: the fields that are there, under their places.
macro_rules! write_record {
    ($to:ident, $record:ident { $($field:ident),+ $(,)? }) => {{
        let fields: &[&dyn $crate::runtime::abi::value::Written] = &[$(&$record.$field),+];
        let there = fields.iter().filter(|field| field.is_there());
        $to.map(there.count());
        for (place, field) in (0_u64..).zip(fields).filter(|(_, field)| field.is_there()) {
            $to.number(place);
            field.write($to);
        }
    }};
}
pub(crate) use write_record;
