//! What leads back: the changes that make the old file of the new one, and how they are written down.

use std::io::{Read, Seek, SeekFrom};

use data_encoding::BASE64;
use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::{Edit, Edits};
use crate::error::LabelError;
use crate::source::wide;

impl Edits {
    /// The changes that make the file of the one to come again. What they put back is held in memory.
    ///
    /// # Errors
    ///
    /// If the file cannot be read.
    pub fn inverse<R: Read + Seek>(&self, source: &mut R) -> Result<Self, LabelError> {
        let mut inverse = Self::default();
        let mut shift: i128 = 0;
        for edit in &self.edits {
            let len = edit.to.saturating_sub(edit.from);
            let mut put = Vec::new();
            source.seek(SeekFrom::Start(edit.from))?;
            source.by_ref().take(len).read_to_end(&mut put)?;
            let from = u64::try_from(i128::from(edit.from).saturating_add(shift)).unwrap_or_default();
            let to = from.saturating_add(wide(edit.put.len()));
            inverse.edits.push(Edit { from, to, put });
            shift = shift.saturating_add(i128::from(wide(edit.put.len()))).saturating_sub(i128::from(len));
        }
        Ok(inverse)
    }
}

/// A stretch as it is written down.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Written {
    at: u64,
    len: u64,
    put: String,
}

impl Serialize for Edits {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let written = self.edits.iter().map(|edit| Written {
            at: edit.from,
            len: edit.to.saturating_sub(edit.from),
            put: BASE64.encode(&edit.put),
        });
        serializer.collect_seq(written)
    }
}

impl<'de> Deserialize<'de> for Edits {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let mut edits = Self::default();
        for Written { at, len, put } in Vec::<Written>::deserialize(deserializer)? {
            let put = BASE64.decode(put.as_bytes()).map_err(D::Error::custom)?;
            let to = at.checked_add(len).ok_or_else(|| D::Error::custom("a stretch ends behind all files"))?;
            edits.edits.push(Edit { from: at, to, put });
        }
        if edits.edits.is_sorted_by_key(|edit| edit.from) && edits.is_disjoint() {
            Ok(edits)
        } else {
            Err(D::Error::custom("the stretches overlap or are out of order"))
        }
    }
}

#[cfg(test)]
mod tests {
    use std::io::Cursor;

    use super::*;

    #[test]
    fn what_was_changed_is_changed_back() {
        let old = b"0123456789";
        let mut edits = Edits::default();
        edits.replace(6, 8, b"sixes".to_vec());
        edits.insert(0, b"start".to_vec());
        edits.remove(3, 4);
        edits.insert(10, b"end".to_vec());
        let inverse = edits.inverse(&mut Cursor::new(old)).unwrap();
        let written = serde_json::to_string(&inverse).unwrap();
        let read: Edits = serde_json::from_str(&written).unwrap();
        assert_eq!(read, inverse);
        assert_eq!(read.apply_to(&edits.apply_to(old)), old);
    }

    #[test]
    fn stretches_that_overlap_are_refused() {
        for text in [
            r#"[{"at":0,"len":4,"put":""},{"at":3,"len":1,"put":""}]"#,
            r#"[{"at":5,"len":1,"put":""},{"at":3,"len":1,"put":""}]"#,
            r#"[{"at":18446744073709551615,"len":1,"put":""}]"#,
            r#"[{"at":1,"len":1,"put":"?"}]"#,
        ] {
            assert!(serde_json::from_str::<Edits>(text).is_err(), "{text}");
        }
    }
}
