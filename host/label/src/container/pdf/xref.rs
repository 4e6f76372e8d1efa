//! Where the objects of a PDF stand: tables and streams of places, newest first, and objects packed into streams.

use std::collections::BTreeMap;
use std::io::Read as _;

use flate2::read::ZlibDecoder;

use super::cipher::Cipher;
use super::object::{self, Dict, Reference};
use crate::container::Container;
use crate::error::LabelError;
use crate::limits::{MAX_INDEX, MAX_METADATA};
use crate::source::{Source, find, wide};

/// How far from the end the last place is looked for.
const TAIL: u64 = 2048;
/// How many updates of a document are followed.
const MAX_UPDATES: usize = 4096;
/// The length of a line in a table of places.
const LINE: u64 = 20;
/// How much is read of an object at first; doubled while it breaks off.
const FIRST_READ: u64 = 4096;
const REPAIR: &str = "repair it, for example with `qpdf in.pdf out.pdf`";

/// Where an object stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Place {
    At(u64),
    /// In a stream of objects: its number, and which of its objects.
    Packed {
        stream: u64,
        index: usize,
    },
}

/// An object that was looked for and found.
#[derive(Clone, Copy, Debug)]
pub(super) struct Found {
    pub(super) place: Place,
    pub(super) generation: u64,
}

/// One list of places.
pub(super) enum Section {
    /// Lines of a table for objects from `first` on.
    Table { first: u64, count: u64, at: u64 },
    /// Rows of a stream for objects from `first` on.
    Rows { first: u64, count: u64, widths: [usize; 3], rows: Vec<u8> },
    /// Places of a document whose own lists lead nowhere.
    Found(BTreeMap<u64, Found>),
}

/// A document: its places and its newest trailer.
pub(super) struct Document {
    /// How many bytes stand before the document begins.
    pub(super) start: u64,
    pub(super) trailer: Dict,
    pub(super) last_xref: u64,
    /// The same as the document itself counts.
    pub(super) last_xref_stated: u64,
    /// Whether its newest list is a stream.
    pub(super) has_stream: bool,
    /// One more than the greatest number of an object.
    pub(super) size: u64,
    /// How it is encrypted, where it is.
    pub(super) cipher: Option<Cipher>,
    /// Whether its objects had to be looked for.
    pub(super) is_rebuilt: bool,
    pub(super) sections: Vec<Section>,
}

/// A stream: its dictionary and its bytes as they stand.
pub(super) struct Stream {
    pub(super) at: u64,
    dict: Dict,
    bytes: Vec<u8>,
}

fn broken(at: u64, what: impl Into<String>) -> LabelError {
    LabelError::broken(Container::Pdf, at, what, REPAIR)
}

impl Document {
    pub(super) fn read(source: &mut Source<'_>) -> Result<Self, LabelError> {
        let head = source.prefix(1024)?;
        let start =
            find(&head, b"%PDF-", 0).ok_or_else(|| source.broken(0, "this is no PDF", "check what the file is"))?;
        let start = wide(start);
        let tail_at = source.len().saturating_sub(TAIL);
        let tail = source.bytes(tail_at, source.len().saturating_sub(tail_at), MAX_METADATA, "the end of the file")?;
        let last = tail.windows(9).rposition(|window| window == b"startxref");
        let stated = last.and_then(|last| {
            let from = object::blank(&tail, last.saturating_add(9));
            let to = object::value_end(&tail, from, 0)?;
            Some((object::integer(tail.get(from..to)?)?, to))
        });
        let (stated, end) =
            stated.ok_or_else(|| broken(tail_at, "the file does not end as a PDF; it may be cut off"))?;
        // Rubbish behind the end is common; objects there are an update that was cut off, and a label may have been in it.
        if find(&tail, b" obj", end).is_some() {
            return Err(broken(tail_at.saturating_add(wide(end)), "an update of the document breaks off here"));
        }
        let mut document = Self {
            start,
            trailer: Dict::default(),
            last_xref: start.saturating_add(stated),
            last_xref_stated: stated,
            has_stream: false,
            size: 0,
            cipher: None,
            is_rebuilt: false,
            sections: Vec::new(),
        };
        match document.follow(source, stated).and_then(|()| document.unlock(source)) {
            // The end of the file is there, and it points to the wrong place.
            Err(error @ LabelError::Broken(_)) => {
                if !super::rebuilt::rebuild(&mut document, source)? {
                    return Err(error);
                }
            }
            done => done?,
        }
        Ok(document)
    }

    /// Finds the key of a document that is encrypted and opens without a password.
    pub(super) fn unlock(&mut self, source: &mut Source<'_>) -> Result<(), LabelError> {
        let Some(value) = self.trailer.get("Encrypt") else { return Ok(()) };
        let dict = match object::reference(value) {
            Some(own) => self.dict(source, own)?.map(|(dict, _)| dict),
            None => Dict::parse(value, 0).map(|(dict, _)| dict),
        };
        let ids = self.trailer.get("ID").map(object::strings).unwrap_or_default();
        let id = ids.into_iter().next().unwrap_or_default();
        self.cipher = dict.and_then(|dict| Cipher::of(&dict, &id));
        if self.cipher.is_some() { Ok(()) } else { Err(LabelError::Encrypted { container: Container::Pdf }) }
    }

    /// Follows the lists of places from the newest to the oldest.
    fn follow(&mut self, source: &mut Source<'_>, newest: u64) -> Result<(), LabelError> {
        let mut waiting = vec![newest];
        let mut seen: Vec<u64> = Vec::new();
        let mut held = 0_usize;
        while let Some(stated) = waiting.pop() {
            let at = self.start.saturating_add(stated);
            if seen.contains(&stated) {
                return Err(broken(at, "the lists of places lead in a circle"));
            }
            if seen.len() >= MAX_UPDATES {
                return Err(LabelError::too_large(Container::Pdf, "the number of updates", MAX_UPDATES));
            }
            let is_newest = seen.is_empty();
            seen.push(stated);
            let word = source.bytes(at, 4.min(source.len().saturating_sub(at)), 4, "a list of places")?;
            let trailer = if word == b"xref" { self.table(source, at)? } else { self.rows(source, at)? };
            held = held.saturating_add(self.held());
            if held > MAX_INDEX {
                return Err(LabelError::too_large(Container::Pdf, "the lists of places", MAX_INDEX));
            }
            // The stream of a file for old and new readers counts before older lists.
            waiting.extend(trailer.integer("Prev"));
            waiting.extend(trailer.integer("XRefStm"));
            self.size = self.size.max(trailer.integer("Size").unwrap_or_default());
            if is_newest {
                self.has_stream = word != b"xref";
                self.trailer = trailer;
            }
        }
        Ok(())
    }

    fn held(&self) -> usize {
        match self.sections.last() {
            Some(Section::Rows { rows, .. }) => rows.len(),
            Some(Section::Table { .. } | Section::Found(_)) | None => 0,
        }
    }

    /// Reads a table; gives its trailer.
    fn table(&mut self, source: &mut Source<'_>, at: u64) -> Result<Dict, LabelError> {
        let mut at = at.saturating_add(4);
        loop {
            let left = source.len().saturating_sub(at);
            let head = source.bytes(at, left.min(128), 128, "a table of places")?;
            let from = object::blank(&head, 0);
            if head.get(from..).is_some_and(|rest| rest.starts_with(b"trailer")) {
                let dict =
                    self.grown(source, at.saturating_add(wide(from)).saturating_add(7), |bytes| Dict::parse(bytes, 0))?;
                return dict.map(|(dict, _)| dict).ok_or_else(|| broken(at, "the trailer cannot be read"));
            }
            let section = (|| {
                let first_end = object::value_end(&head, from, 0)?;
                let second = object::blank(&head, first_end);
                let second_end = object::value_end(&head, second, 0)?;
                let lines = object::blank(&head, second_end);
                Some((
                    object::integer(head.get(from..first_end)?)?,
                    object::integer(head.get(second..second_end)?)?,
                    lines,
                ))
            })();
            let Some((first, count, lines)) = section else {
                return Err(broken(at, "a table of places cannot be read"));
            };
            let lines_at = at.saturating_add(wide(lines));
            // Some writers begin at 1 what begins at 0.
            let is_free =
                source.bytes(lines_at, LINE.min(source.len().saturating_sub(lines_at)), 32, "a table of places")?;
            let first = if first == 1 && is_free.starts_with(b"0000000000 65535 f") { 0 } else { first };
            self.sections.push(Section::Table { first, count, at: lines_at });
            if self.sections.len() > MAX_METADATA {
                return Err(LabelError::endless(Container::Pdf));
            }
            at = lines_at.saturating_add(count.saturating_mul(LINE));
        }
    }

    /// Reads a stream of places; gives its dictionary, which is the trailer.
    fn rows(&mut self, source: &mut Source<'_>, at: u64) -> Result<Dict, LabelError> {
        let stream = self.stream_at(source, at, None)?.ok_or_else(|| broken(at, "no list of places begins here"))?;
        let dict = stream.dict.clone();
        let rows = stream.plain(MAX_INDEX).map_err(|what| broken(at, format!("the list of places: {what}")))?;
        let widths = dict.get("W").and_then(object::integers).unwrap_or_default();
        let widths: Option<[usize; 3]> = match widths.as_slice() {
            [a, b, c] if [a, b, c].iter().all(|width| **width <= 8) => {
                Some([*a, *b, *c].map(|width| usize::try_from(width).unwrap_or_default()))
            }
            _ => None,
        };
        let widths = widths.ok_or_else(|| broken(at, "the list of places does not say how wide its columns are"))?;
        let row: usize = widths.iter().sum();
        let size = dict.integer("Size").unwrap_or_default();
        let index = dict.get("Index").and_then(object::integers).unwrap_or_else(|| vec![0, size]);
        let mut rest = rows.as_slice();
        for pair in index.chunks_exact(2) {
            let (Some(&first), Some(&count)) = (pair.first(), pair.get(1)) else { continue };
            let len = usize::try_from(count).unwrap_or(usize::MAX).saturating_mul(row).min(rest.len());
            let (own, left) = rest.split_at_checked(len).unwrap_or((rest, &[]));
            self.sections.push(Section::Rows { first, count, widths, rows: own.to_vec() });
            rest = left;
        }
        Ok(dict)
    }

    fn place(&self, source: &mut Source<'_>, number: u64) -> Result<Option<Place>, LabelError> {
        for section in &self.sections {
            match section {
                Section::Found(places) => {
                    if let Some(found) = places.get(&number) {
                        return Ok(Some(found.place));
                    }
                }
                Section::Table { first, count, at } => {
                    let Some(line) = number.checked_sub(*first).filter(|line| line < count) else { continue };
                    let line =
                        source.bytes(at.saturating_add(line.saturating_mul(LINE)), 18, 32, "a table of places")?;
                    let offset = line.get(..10).and_then(object::integer);
                    match (offset, line.get(17)) {
                        (Some(offset), Some(b'n')) => return Ok(Some(Place::At(self.start.saturating_add(offset)))),
                        (Some(_), Some(b'f')) => return Ok(None),
                        _ => return Err(broken(*at, "a line of the table of places cannot be read")),
                    }
                }
                Section::Rows { first, count, widths, rows } => {
                    let Some(row) = number.checked_sub(*first).filter(|row| row < count) else { continue };
                    let [a, b, c] = *widths;
                    let width = a.saturating_add(b).saturating_add(c);
                    let from = usize::try_from(row).unwrap_or(usize::MAX).saturating_mul(width);
                    let Some(row) = rows.get(from..from.saturating_add(width)) else { continue };
                    let field = |from: usize, len: usize| {
                        let bytes = row.get(from..from.saturating_add(len)).unwrap_or_default();
                        bytes.iter().fold(0_u64, |sum, byte| (sum << 8) | u64::from(*byte))
                    };
                    let kind = if a == 0 { 1 } else { field(0, a) };
                    let (second, third) = (field(a, b), field(a.saturating_add(b), c));
                    return Ok(match kind {
                        1 => Some(Place::At(self.start.saturating_add(second))),
                        2 => {
                            Some(Place::Packed { stream: second, index: usize::try_from(third).unwrap_or(usize::MAX) })
                        }
                        _ => None,
                    });
                }
            }
        }
        Ok(None)
    }

    /// The dictionary that an object is, and where it stands.
    pub(super) fn dict(&self, source: &mut Source<'_>, own: Reference) -> Result<Option<(Dict, u64)>, LabelError> {
        match self.place(source, own.number)? {
            None => Ok(None),
            Some(Place::At(at)) => {
                let parsed = self.grown(source, at, |bytes| Dict::parse(bytes, after_head(bytes, own.number)?))?;
                let (dict, _) =
                    parsed.ok_or_else(|| broken(at, format!("object {} does not stand here", own.number)))?;
                Ok(Some((dict, at)))
            }
            Some(Place::Packed { stream, index }) => {
                let Some(Place::At(at)) = self.place(source, stream)? else {
                    return Err(broken(0, format!("object stream {stream} has no place")));
                };
                let packed = self.stream_at(source, at, Some(stream))?;
                let packed = packed.ok_or_else(|| broken(at, format!("object stream {stream} does not stand here")))?;
                let bytes =
                    packed.plain(MAX_INDEX).map_err(|what| broken(at, format!("object stream {stream}: {what}")))?;
                let dict = packed_dict(&packed.dict, &bytes, index, own.number);
                dict.map(|dict| Some((dict, at)))
                    .ok_or_else(|| broken(at, format!("object {} is not in its stream", own.number)))
            }
        }
    }

    /// The stream that an object is, and where it stands.
    pub(super) fn stream(&self, source: &mut Source<'_>, own: Reference) -> Result<Option<(Stream, u64)>, LabelError> {
        match self.place(source, own.number)? {
            Some(Place::At(at)) => Ok(self.stream_at(source, at, Some(own.number))?.map(|stream| (stream, at))),
            Some(Place::Packed { .. }) | None => Ok(None),
        }
    }

    /// The dictionary of the object that begins at a place, whatever its number.
    pub(super) fn dict_at(&self, source: &mut Source<'_>, at: u64) -> Result<Option<Dict>, LabelError> {
        Ok(self.grown(source, at, |bytes| Dict::parse(bytes, any_head(bytes)?))?.map(|(dict, _)| dict))
    }

    /// The dictionary that begins at a place.
    pub(super) fn plain_dict_at(&self, source: &mut Source<'_>, at: u64) -> Result<Option<Dict>, LabelError> {
        Ok(self.grown(source, at, |bytes| Dict::parse(bytes, 0))?.map(|(dict, _)| dict))
    }

    pub(super) fn stream_at(
        &self,
        source: &mut Source<'_>,
        at: u64,
        number: Option<u64>,
    ) -> Result<Option<Stream>, LabelError> {
        let parsed = self.grown(source, at, |bytes| {
            let head = match number {
                Some(number) => after_head(bytes, number)?,
                None => any_head(bytes)?,
            };
            let (dict, end) = Dict::parse(bytes, head)?;
            let word = object::blank(bytes, end);
            let after = word.checked_add(6)?;
            let data = match bytes.get(after..after.checked_add(2)?)? {
                b"\r\n" => after.checked_add(2)?,
                [b'\n' | b'\r', _] => after.checked_add(1)?,
                _ => return None,
            };
            (bytes.get(word..after)? == b"stream").then_some((dict, data))
        })?;
        let Some((dict, data)) = parsed else { return Ok(None) };
        let len = match dict.get("Length") {
            Some(value) => match object::reference(value) {
                Some(own) => self.integer(source, own)?,
                None => object::integer(value),
            },
            None => None,
        };
        let len = len.ok_or_else(|| broken(at, "a stream does not say how long it is"))?;
        let mut bytes = source.bytes(at.saturating_add(wide(data)), len, MAX_INDEX, "a stream")?;
        if let (Some(number), Some(cipher)) = (number, &self.cipher)
            && self.is_encrypted(&dict, cipher)
        {
            let own = Reference { number, generation: 0 };
            bytes = cipher.decrypt_stream(own, &bytes).ok_or_else(|| broken(at, "a stream cannot be decrypted"))?;
        }
        Ok(Some(Stream { at, dict, bytes }))
    }

    /// Whether a stream is encrypted as the others are.
    fn is_encrypted(&self, dict: &Dict, cipher: &Cipher) -> bool {
        let is = |kind: &[u8]| dict.get("Type") == Some(kind);
        let has_own_way = dict.get("Filter").is_some_and(|filter| filter.windows(6).any(|word| word == b"/Crypt"));
        !is(b"/XRef") && !has_own_way && (cipher.has_encrypted_metadata || !is(b"/Metadata"))
    }

    /// Whether an object stands in a stream with others, where its strings are not encrypted by themselves.
    pub(super) fn is_packed(&self, source: &mut Source<'_>, own: Reference) -> Result<bool, LabelError> {
        Ok(matches!(self.place(source, own.number)?, Some(Place::Packed { .. })))
    }

    /// Any value that is an object of its own, as it stands.
    pub(super) fn value(&self, source: &mut Source<'_>, own: Reference) -> Result<Option<Vec<u8>>, LabelError> {
        let Some(Place::At(at)) = self.place(source, own.number)? else { return Ok(None) };
        self.grown(source, at, |bytes| {
            let from = object::blank(bytes, after_head(bytes, own.number)?);
            Some(bytes.get(from..object::value_end(bytes, from, 0)?)?.to_vec())
        })
    }

    fn integer(&self, source: &mut Source<'_>, own: Reference) -> Result<Option<u64>, LabelError> {
        let Some(Place::At(at)) = self.place(source, own.number)? else { return Ok(None) };
        self.grown(source, at, |bytes| {
            let from = object::blank(bytes, after_head(bytes, own.number)?);
            object::integer(bytes.get(from..object::value_end(bytes, from, 0)?)?)
        })
    }

    /// Parses what stands at a place, reading more while it breaks off.
    fn grown<T>(
        &self,
        source: &mut Source<'_>,
        at: u64,
        parse: impl Fn(&[u8]) -> Option<T>,
    ) -> Result<Option<T>, LabelError> {
        let left = source.len().saturating_sub(at);
        let mut len = FIRST_READ;
        loop {
            let bytes = source.bytes(at, len.min(left), MAX_METADATA, "an object")?;
            if let Some(parsed) = parse(&bytes) {
                return Ok(Some(parsed));
            }
            if len >= left || len >= wide(MAX_METADATA) {
                return Ok(None);
            }
            len = len.saturating_mul(4).min(wide(MAX_METADATA));
        }
    }
}

/// Where the body of object `number` begins, behind `12 0 obj`.
fn after_head(bytes: &[u8], number: u64) -> Option<usize> {
    let from = object::blank(bytes, 0);
    let end = object::value_end(bytes, from, 0)?;
    (object::integer(bytes.get(from..end)?)? == number).then(|| any_head(bytes))?
}

fn any_head(bytes: &[u8]) -> Option<usize> {
    let mut at = 0;
    for _ in 0..2 {
        at = object::blank(bytes, at);
        let end = object::value_end(bytes, at, 0)?;
        object::integer(bytes.get(at..end)?)?;
        at = end;
    }
    at = object::blank(bytes, at);
    let end = at.checked_add(3)?;
    (bytes.get(at..end)? == b"obj").then_some(end)
}

/// One of the objects of a stream: numbers and places first, then the objects.
fn packed_dict(dict: &Dict, bytes: &[u8], index: usize, number: u64) -> Option<Dict> {
    let first = usize::try_from(dict.integer("First")?).ok()?;
    let head = std::str::from_utf8(bytes.get(..first)?).ok()?;
    let mut numbers = head.split_ascii_whitespace().map(str::parse::<u64>).skip(index.checked_mul(2)?);
    let (own, offset) = (numbers.next()?.ok()?, numbers.next()?.ok()?);
    if own != number {
        return None;
    }
    Dict::parse(bytes, first.checked_add(usize::try_from(offset).ok()?)?).map(|(dict, _)| dict)
}

impl Stream {
    pub(super) fn dict(&self) -> &Dict {
        &self.dict
    }

    /// The bytes without their compression, up to a limit; a reason where that is not possible.
    pub(super) fn plain(&self, limit: usize) -> Result<Vec<u8>, String> {
        let filter = self.dict.get("Filter").map(|value| {
            let value = value.strip_prefix(b"[").and_then(|value| value.strip_suffix(b"]")).unwrap_or(value);
            object::name(value.trim_ascii())
        });
        match filter {
            None => return Ok(self.bytes.clone()),
            Some(Some(filter)) if filter.is_empty() || filter == "FlateDecode" => {}
            Some(_) => return Err("it is packed in a way that is not read here".to_owned()),
        }
        let mut out = Vec::new();
        let mut decoder = ZlibDecoder::new(self.bytes.as_slice()).take(wide(limit).saturating_add(1));
        decoder.read_to_end(&mut out).map_err(|error| format!("it cannot be unpacked ({error})"))?;
        if out.len() > limit {
            return Err(format!("it grows past {limit} bytes"));
        }
        let parameters = self.dict.get("DecodeParms").map(|value| value.strip_prefix(b"[").unwrap_or(value));
        let Some((parameters, _)) = parameters.and_then(|value| Dict::parse(value, 0)) else { return Ok(out) };
        match parameters.integer("Predictor").unwrap_or(1) {
            0 | 1 => Ok(out),
            10..=15 => {
                let columns = parameters.integer("Columns").unwrap_or(1);
                let columns = usize::try_from(columns).ok().filter(|&n| n > 0 && n <= 1 << 16);
                unfiltered(&out, columns.ok_or("its rows are too long")?)
                    .ok_or_else(|| "its rows cannot be read".to_owned())
            }
            _ => Err("it is packed in a way that is not read here".to_owned()),
        }
    }
}

/// Rows of bytes, each written as its difference to what stands left or above (the filters of PNG).
fn unfiltered(bytes: &[u8], columns: usize) -> Option<Vec<u8>> {
    let mut out: Vec<u8> = Vec::with_capacity(bytes.len());
    let mut above = vec![0_u8; columns];
    for row in bytes.chunks(columns.checked_add(1)?) {
        let (&kind, data) = row.split_first()?;
        let mut own: Vec<u8> = Vec::with_capacity(columns);
        for (at, &byte) in data.iter().enumerate() {
            let left = at.checked_sub(1).and_then(|at| own.get(at)).copied().unwrap_or_default();
            let up = above.get(at).copied().unwrap_or_default();
            let corner = at.checked_sub(1).and_then(|at| above.get(at)).copied().unwrap_or_default();
            let expected = match kind {
                0 => 0,
                1 => left,
                2 => up,
                3 => u8::try_from(u16::midpoint(u16::from(left), u16::from(up))).ok()?,
                4 => paeth(left, up, corner),
                _ => return None,
            };
            own.push(byte.wrapping_add(expected));
        }
        own.resize(columns, 0);
        out.extend(&own);
        above = own;
    }
    Some(out)
}

fn paeth(left: u8, up: u8, corner: u8) -> u8 {
    let [a, b, c] = [left, up, corner].map(i16::from);
    let estimate = a.wrapping_add(b).wrapping_sub(c);
    let far = |n: i16| estimate.wrapping_sub(n).unsigned_abs();
    if far(a) <= far(b) && far(a) <= far(c) {
        left
    } else if far(b) <= far(c) {
        up
    } else {
        corner
    }
}
