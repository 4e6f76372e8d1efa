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
        text(from).map(str::to_owned)
    }
}

/// A text. The words of facts have fewer than 24 bytes, and a head of one byte in which their length stands.
fn text<'b>(from: &mut Decoder<'b>) -> Result<&'b str, Error> {
    let at = from.position();
    let short = match from.input().get(at..) {
        Some([head @ 0x60..0x78, rest @ ..]) => rest.get(..usize::from(*head & 0x1f)),
        Some(_) | None => None,
    };
    let Some(bytes) = short else { return from.str() };
    from.set_position(at + 1 + bytes.len());
    str::from_utf8(bytes).map_err(|_| Error::message("a text is not UTF-8"))
}

/// The place of a field. Nearly all of them are one byte.
#[inline(never)]
fn place(from: &mut Decoder<'_>) -> Result<u32, Error> {
    let at = from.position();
    match from.input().get(at) {
        Some(place @ 0..24) => {
            from.set_position(at + 1);
            Ok((*place).into())
        }
        Some(_) | None => from.u32(),
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
                    match place(from)? {
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

#[cfg(test)]
mod tests {
    use minicbor::Encoder;

    use super::*;

    #[test]
    fn texts_of_every_length_read_as_they_were_written() {
        for length in [0, 1, 23, 24, 255, 256, 65_536] {
            let written = "a".repeat(length);
            let mut to = Encoder::new(Vec::new());
            to.str(&written).unwrap().bool(true).unwrap();
            let bytes = to.into_writer();
            let mut from = Decoder::new(&bytes);
            assert_eq!(text(&mut from).unwrap(), written, "{length}");
            assert!(from.bool().unwrap(), "what is behind a text of {length} bytes is next");
            let cut = bytes.get(..length).unwrap();
            assert!(text(&mut Decoder::new(cut)).is_err(), "{length}");
        }
        // Bytes that are no UTF-8, and what is no text.
        for wrong in [&[0x61, 0xff][..], &[0x41, 0x61], &[0x01], &[]] {
            assert!(text(&mut Decoder::new(wrong)).is_err(), "{wrong:?}");
        }
    }

    #[test]
    fn places_read_as_they_were_written() {
        for written in [0, 1, 23, 24, 255, 256, u32::MAX] {
            let mut to = Encoder::new(Vec::new());
            to.u32(written).unwrap().bool(true).unwrap();
            let bytes = to.into_writer();
            let mut from = Decoder::new(&bytes);
            assert_eq!(place(&mut from).unwrap(), written);
            assert!(from.bool().unwrap());
        }
        assert!(place(&mut Decoder::new(&[0x61, 0x61])).is_err());
        assert!(place(&mut Decoder::new(&[])).is_err());
    }
}
