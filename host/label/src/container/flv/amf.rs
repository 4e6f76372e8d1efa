//! Values of AMF 0, in which FLV writes its metadata: walked by place, so that what is not touched stays as it is.

use crate::limits::{MAX_DEPTH, MAX_PIECES};
use crate::source::{array_at, be32};

const NUMBER: u8 = 0;
const BOOLEAN: u8 = 1;
const STRING: u8 = 2;
const OBJECT: u8 = 3;
const NULL: u8 = 5;
const UNDEFINED: u8 = 6;
const REFERENCE: u8 = 7;
const MAP: u8 = 8;
const OBJECT_END: u8 = 9;
const LIST: u8 = 10;
const DATE: u8 = 11;
const LONG_STRING: u8 = 12;

/// An entry whose value is a text.
pub(super) struct Text {
    pub(super) key: String,
    pub(super) value: String,
    /// The stretch of the entry, with its key.
    pub(super) from: usize,
    pub(super) to: usize,
    /// Nothing for an entry of the outermost object.
    pub(super) depth: usize,
}

/// A number that says where something stands in the file, or how long the file is.
pub(super) struct Offset {
    pub(super) at: usize,
    pub(super) is_length: bool,
}

/// What one tag says.
pub(super) struct Script {
    pub(super) name: String,
    pub(super) is_metadata: bool,
    pub(super) texts: Vec<Text>,
    pub(super) offsets: Vec<Offset>,
    /// Where a further entry of `onMetaData` goes.
    pub(super) end_of_metadata: Option<usize>,
    /// Where the number of its entries stands, and what it is.
    pub(super) count: Option<(usize, u32)>,
    pub(super) size: Option<(u32, u32)>,
}

impl Script {
    /// Reads the data of a tag: a name, and a value. Some programs put another name before it.
    pub(super) fn read(data: &[u8]) -> Option<Self> {
        let mut script = Self {
            name: String::new(),
            is_metadata: false,
            texts: Vec::new(),
            offsets: Vec::new(),
            end_of_metadata: None,
            count: None,
            size: None,
        };
        let mut at = 0_usize;
        while data.get(at) == Some(&STRING) {
            let (name, behind) = string(data, at.checked_add(1)?)?;
            (script.name, at) = (name, behind);
            script.is_metadata |= script.name == "onMetaData";
        }
        let kind = *data.get(at)?;
        if matches!(kind, OBJECT | MAP) {
            let first = at.checked_add(if kind == MAP { 5 } else { 1 })?;
            if kind == MAP {
                script.count = Some((at.checked_add(1)?, be32(data, at.checked_add(1)?)?));
            }
            let end = script.entries(data, first, 0)?;
            script.end_of_metadata = script.is_metadata.then_some(end);
        } else {
            script.value(data, at, "", 1)?;
        }
        Some(script)
    }

    /// The entries of an object; gives where the mark of its end stands, or the end of the data where it has none.
    fn entries(&mut self, data: &[u8], from: usize, depth: usize) -> Option<usize> {
        let mut at = from;
        let (mut width, mut height) = (None, None);
        loop {
            if data.get(at..at.checked_add(3)?) == Some(&[0, 0, OBJECT_END]) || at == data.len() {
                if depth == 0 {
                    self.size = width.zip(height);
                }
                return Some(at);
            }
            if self.texts.len().saturating_add(self.offsets.len()) > MAX_PIECES {
                return None;
            }
            let (key, value_at) = string(data, at)?;
            let to = self.value(data, value_at, &key, depth)?;
            match (key.as_str(), data.get(value_at)) {
                ("width", Some(&NUMBER)) => width = pixels(data, value_at),
                ("height", Some(&NUMBER)) => height = pixels(data, value_at),
                _ => {}
            }
            if let Some(value) = text(data, value_at) {
                self.texts.push(Text { key, value, from: at, to, depth });
            }
            at = to;
        }
    }

    /// Walks a value; gives where it ends.
    fn value(&mut self, data: &[u8], at: usize, key: &str, depth: usize) -> Option<usize> {
        if depth > MAX_DEPTH {
            return None;
        }
        let body = at.checked_add(1)?;
        let end = match *data.get(at)? {
            NUMBER => {
                let is_length = key == "filesize";
                if is_length || matches!(key, "filepositions" | "lastkeyframelocation") {
                    self.offsets.push(Offset { at: body, is_length });
                }
                body.checked_add(8)?
            }
            BOOLEAN => body.checked_add(1)?,
            STRING => string(data, body)?.1,
            LONG_STRING => long_string(data, body)?.1,
            NULL | UNDEFINED => body,
            REFERENCE => body.checked_add(2)?,
            DATE => body.checked_add(10)?,
            OBJECT => self.entries(data, body, depth.checked_add(1)?)?.checked_add(3)?,
            MAP => self.entries(data, body.checked_add(4)?, depth.checked_add(1)?)?.checked_add(3)?,
            LIST => {
                let mut at = body.checked_add(4)?;
                for _ in 0..be32(data, body)? {
                    at = self.value(data, at, key, depth.checked_add(1)?)?;
                }
                at
            }
            _ => return None,
        };
        (end <= data.len()).then_some(end)
    }
}

fn string(data: &[u8], at: usize) -> Option<(String, usize)> {
    let from = at.checked_add(2)?;
    let to = from.checked_add(usize::from(array_at(data, at).map(u16::from_be_bytes)?))?;
    Some((String::from_utf8_lossy(data.get(from..to)?).into_owned(), to))
}

fn long_string(data: &[u8], at: usize) -> Option<(String, usize)> {
    let from = at.checked_add(4)?;
    let to = from.checked_add(usize::try_from(be32(data, at)?).ok()?)?;
    Some((String::from_utf8_lossy(data.get(from..to)?).into_owned(), to))
}

/// The text that a value is.
fn text(data: &[u8], at: usize) -> Option<String> {
    let body = at.checked_add(1)?;
    match *data.get(at)? {
        STRING => Some(string(data, body)?.0),
        LONG_STRING => Some(long_string(data, body)?.0),
        _ => None,
    }
}

#[expect(clippy::as_conversions, reason = "a number of pixels; `as` saturates")]
fn pixels(data: &[u8], at: usize) -> Option<u32> {
    array_at(data, at.checked_add(1)?).map(f64::from_be_bytes).map(|pixels| pixels as u32)
}

/// An entry with a text. What is longer than a short text can be is a long one.
pub(super) fn entry(key: &str, value: &str) -> Vec<u8> {
    let key_len = u16::try_from(key.len()).unwrap_or(u16::MAX).to_be_bytes();
    let value_len = match u16::try_from(value.len()) {
        Ok(len) => [&[STRING], len.to_be_bytes().as_slice()].concat(),
        Err(_) => [&[LONG_STRING], u32::try_from(value.len()).unwrap_or(u32::MAX).to_be_bytes().as_slice()].concat(),
    };
    [&key_len, key.as_bytes(), &value_len, value.as_bytes()].concat()
}

/// The data of a tag of metadata with one entry.
pub(super) fn new_metadata(entry: &[u8]) -> Vec<u8> {
    let name = b"\x02\0\x0AonMetaData";
    [name, [MAP, 0, 0, 0, 1].as_slice(), entry, &[0, 0, OBJECT_END]].concat()
}
