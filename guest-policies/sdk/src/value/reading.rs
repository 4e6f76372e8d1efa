//! Reading records of facts.

use minicbor::Decoder;
use minicbor::decode::Error;

/// What can be read.
pub(crate) trait Read: Sized {
    fn read(from: &mut Decoder<'_>) -> Result<Self, Error>;
}

/// Reads one value.
pub(super) fn read<T: Read>(bytes: &[u8]) -> T {
    T::read(&mut Decoder::new(bytes)).unwrap_or_else(|_| misread())
}

/// Reads a day.
pub(crate) fn read_date(from: &mut Decoder<'_>) -> Result<crate::Date, Error> {
    crate::Date::read(from)
}

/// The host wrote something else than the contract says: no call can go on from there.
#[expect(clippy::panic, reason = "what a policy cannot read must become a fault, never a fact that nobody asserted")]
pub(crate) fn misread() -> ! {
    panic!("what the host handed over has another form than the contract")
}

// What records are made of has one function each, which every field calls: the code of a policy stays small.
impl Read for String {
    #[inline(never)]
    fn read(from: &mut Decoder<'_>) -> Result<Self, Error> {
        from.str().map(str::to_owned)
    }
}

macro_rules! numbers {
    ($($ty:ident),+) => {$(
        impl Read for $ty {
            #[inline(never)]
            fn read(from: &mut Decoder<'_>) -> Result<Self, Error> {
                from.$ty()
            }
        }
    )+};
}

numbers!(bool, u8, u32, u64, i16);

impl<T: Read> Read for Option<T> {
    fn read(from: &mut Decoder<'_>) -> Result<Self, Error> {
        T::read(from).map(Some)
    }
}

impl<T: Read> Read for Vec<T> {
    #[inline(never)]
    fn read(from: &mut Decoder<'_>) -> Result<Self, Error> {
        let n_elements = from.array()?.ok_or_else(no_length)?;
        (0..n_elements).map(|_| T::read(from)).collect()
    }
}

fn no_length() -> Error {
    Error::message("a length is missing")
}

/// A record: its fields by their places, those of later versions passed over.
macro_rules! record {
    ($record:path { $($field:ident),+ $(,)? }) => {
        impl Read for $record {
            #[inline(never)]
            fn read(from: &mut Decoder<'_>) -> Result<Self, Error> {
                #[expect(non_camel_case_types, reason = "the places have the names of the fields")]
                enum Place { $($field),+ }
                let mut record = Self::default();
                for _ in 0..from.map()?.ok_or_else(no_length)? {
                    match from.u32()? {
                        $(place if place == Place::$field as u32 => record.$field = Read::read(from)?,)+
                        _ => from.skip()?,
                    }
                }
                Ok(record)
            }
        }
    };
}

/// The records that a policy reads. It writes the others.
macro_rules! records {
    ($($interface:ident $record:ident $fields:tt)+) => { $(records!(@ $record $interface $fields);)+ };
    (@ Citation $interface:ident $fields:tt) => {};
    (@ Demand $interface:ident $fields:tt) => {};
    (@ Extra $interface:ident $fields:tt) => {};
    (@ Finding $interface:ident $fields:tt) => {};
    (@ Measure $interface:ident $fields:tt) => {};
    (@ Outcome $interface:ident $fields:tt) => {};
    (@ Param $interface:ident $fields:tt) => {};
    // Read by name alone.
    (@ SectorFact $interface:ident $fields:tt) => {};
    (@ $record:ident $interface:ident $fields:tt) => {
        record!(crate::bindings::specialis::policy::$interface::$record $fields);
    };
}

include!(concat!(env!("CARGO_MANIFEST_DIR"), "/wit/since-v0.1.0/records.rs"));
contract_records!(records);
