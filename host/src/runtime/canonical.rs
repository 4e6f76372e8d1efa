//! Digests over values: their canonical byte form is CBOR (RFC 8949) as serde writes it.
//!
//! Records are maps from field names to values, in the order in which the fields are declared, absent fields left out; integers
//! take their shortest encoding. `docs/design/0012-canonical-bytes.md` fixes the form.

use std::io::Write;
use std::sync::atomic::{AtomicU64, Ordering};

use minicbor::encode::write::Writer;
use minicbor_serde::Serializer;
use serde::Serialize;

/// Feeds the canonical form of a value to a hasher.
///
/// INVARIANT: the values of this crate have a canonical form. One that had none equals nothing, not even itself: random bytes
/// take its place, so that it is never mistaken for another value.
pub(crate) fn feed(hasher: &mut blake3::Hasher, value: &impl Serialize) {
    let mut sink = Writer::new(Sink(hasher));
    if value.serialize(&mut Serializer::new(&mut sink)).is_err() {
        static N_FORMLESS: AtomicU64 = AtomicU64::new(0);
        let mut random = [0; 32];
        // Where the system gives no random bytes, the count keeps such values of one process apart.
        let _ = getrandom::fill(&mut random);
        let n = N_FORMLESS.fetch_add(1, Ordering::Relaxed);
        hasher.update(b"no canonical form").update(&random).update(&n.to_le_bytes());
    }
}

/// The digest of a value under a purpose, so that digests of different purposes never meet.
pub(crate) fn digest_of_value(purpose: &str, value: &impl Serialize) -> blake3::Hash {
    let mut hasher = blake3::Hasher::new_derive_key(purpose);
    feed(&mut hasher, value);
    hasher.finalize()
}

/// How many bytes the canonical form of a value has. One without a form is larger than anything.
pub(crate) fn length_of(value: &impl Serialize) -> usize {
    let mut sink = Writer::new(Count(0));
    let is_whole = value.serialize(&mut Serializer::new(&mut sink)).is_ok();
    if is_whole { sink.into_inner().0 } else { usize::MAX }
}

/// Counts what is written to it.
struct Count(usize);

impl Write for Count {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0 = self.0.saturating_add(bytes.len());
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

struct Sink<'a>(&'a mut blake3::Hasher);

impl Write for Sink<'_> {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.update(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;

    #[derive(Serialize)]
    struct Row {
        name: &'static str,
        #[serde(skip_serializing_if = "Option::is_none")]
        more: Option<u32>,
    }

    struct Formless;

    impl Serialize for Formless {
        fn serialize<S: serde::Serializer>(&self, _: S) -> Result<S::Ok, S::Error> {
            Err(serde::ser::Error::custom("it has no form"))
        }
    }

    #[test]
    fn a_record_is_a_map_of_its_fields_without_the_absent_ones() {
        let bytes = minicbor_serde::to_vec(Row { name: "a", more: None }).unwrap();
        assert_eq!(bytes, [0xa1, 0x64, b'n', b'a', b'm', b'e', 0x61, b'a']);
        let map = BTreeMap::from([("name", "a")]);
        assert_eq!(digest_of_value("t", &Row { name: "a", more: None }), digest_of_value("t", &map));
        assert_ne!(digest_of_value("t", &Row { name: "a", more: Some(1) }), digest_of_value("t", &map));
    }

    #[test]
    fn the_length_is_that_of_the_form() {
        for name in ["", "a", "a name of more than twenty-three bytes"] {
            let row = || Row { name, more: Some(70_000) };
            assert_eq!(length_of(&row()), minicbor_serde::to_vec(row()).unwrap().len());
        }
        assert_eq!(length_of(&Formless), usize::MAX);
    }

    #[test]
    fn a_value_without_a_form_equals_nothing() {
        assert_ne!(digest_of_value("t", &Formless), digest_of_value("t", &Formless));
    }

    #[test]
    fn purposes_do_not_meet() {
        assert_ne!(digest_of_value("a", &1), digest_of_value("b", &1));
    }
}
