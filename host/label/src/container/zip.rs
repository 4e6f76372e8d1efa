//! Archives: their directory, one part at a time, and a new archive that keeps the bytes of every other part.
//!
//! Walked by hand: crates for archives write each part's head and the directory anew, which loses extra fields and moves
//! what has to stay first.

use std::io::{Read as _, Write as _};

use flate2::Compression;
use flate2::read::DeflateDecoder;
use flate2::write::DeflateEncoder;

use crate::edits::Edits;
use crate::error::LabelError;
use crate::limits::{MAX_INDEX, MAX_INFLATED, MAX_PIECES};
use crate::reading::{Reading, Remark};
use crate::source::{Source, le16, le32, le64, wide};

const LOCAL: [u8; 4] = *b"PK\x03\x04";
const CENTRAL: [u8; 4] = *b"PK\x01\x02";
const END: [u8; 4] = *b"PK\x05\x06";
const END_64: [u8; 4] = *b"PK\x06\x06";
const LOCATOR_64: [u8; 4] = *b"PK\x06\x07";
const LOCAL_LEN: u64 = 30;
const CENTRAL_LEN: usize = 46;
const END_LEN: usize = 22;
const LOCATOR_LEN: u64 = 20;
/// The end with the longest comment.
const MAX_END: u64 = 22 + 65_535;
/// A number that stands in the 64-bit extra field instead.
const ELSEWHERE: u32 = u32::MAX;
const REPAIR: &str = "save the document again with the program that made it";

/// Where archives of any kind keep a C2PA manifest.
const MANIFEST: &str = "META-INF/content_credential.c2pa";

/// Notes the manifest of an archive.
pub(super) fn manifest(archive: &Archive, reading: &mut Reading) {
    if let Some(entry) = archive.entry(MANIFEST).filter(|_| cfg!(feature = "c2pa")) {
        reading.remark(Remark::C2pa(format!("byte {}, part {MANIFEST}", entry.at)));
    }
}

/// One part of an archive.
pub(super) struct Entry {
    pub(super) name: String,
    flags: u16,
    method: u16,
    compressed: u64,
    plain: u64,
    /// Where its head stands.
    pub(super) at: u64,
    /// Its line of the directory, as it stands.
    record: Vec<u8>,
    /// Where in that line the 64-bit place stands, where it has one.
    wide_at: Option<usize>,
}

/// An archive: its directory.
pub(super) struct Archive {
    pub(super) entries: Vec<Entry>,
    directory_at: u64,
    /// Everything behind the directory, as it stands.
    end: Vec<u8>,
    end_at: u64,
    has_wide_end: bool,
}

impl Archive {
    pub(super) fn read(source: &mut Source<'_>) -> Result<Self, LabelError> {
        let tail_at = source.len().saturating_sub(MAX_END);
        let tail = source.bytes(tail_at, source.len().saturating_sub(tail_at), MAX_INDEX, "the end of the archive")?;
        let last = (0..=tail.len().saturating_sub(END_LEN)).rev().find(|&at| {
            let comment = le16(&tail, at.saturating_add(20)).map(usize::from);
            tail.get(at..at.saturating_add(4)) == Some(&END)
                && comment.is_some_and(|len| at.saturating_add(END_LEN).saturating_add(len) <= tail.len())
        });
        let broken = |at: u64, what: &str| LabelError::broken(source.container(), at, what, REPAIR);
        let Some(last) = last else {
            return Err(broken(tail_at, "the file does not end as an archive; it may be cut off"));
        };
        let end_at = tail_at.saturating_add(wide(last));
        let number = |at: usize| le32(&tail, last.saturating_add(at)).map(u64::from).unwrap_or_default();
        let mut count = u64::from(le16(&tail, last.saturating_add(10)).unwrap_or_default());
        let (mut len, mut at, mut behind) = (number(12), number(16), end_at);
        let locator_at = end_at.checked_sub(LOCATOR_LEN);
        let locator = match locator_at {
            Some(at) => source.bytes(at, LOCATOR_LEN, 64, "the end of the archive")?,
            None => Vec::new(),
        };
        let has_wide_end = locator.starts_with(&LOCATOR_64);
        if has_wide_end {
            let wide_at = le64(&locator, 8).unwrap_or_default();
            let bytes = source.bytes(wide_at, 56, 64, "the end of the archive")?;
            let fields =
                le64(&bytes, 32).zip(le64(&bytes, 40)).zip(le64(&bytes, 48)).filter(|_| bytes.starts_with(&END_64));
            let Some(((n, n_bytes), place)) = fields else {
                return Err(LabelError::broken(
                    source.container(),
                    wide_at,
                    "the 64-bit end of the archive is not here",
                    REPAIR,
                ));
            };
            (count, len, at, behind) = (n, n_bytes, place, wide_at);
        }
        if at.checked_add(len) != Some(behind) {
            return Err(LabelError::broken(
                source.container(),
                at,
                "the directory of the archive is not where it should be",
                REPAIR,
            ));
        }
        let directory = source.bytes(at, len, MAX_INDEX, "the directory of the archive")?;
        let entries = entries(&directory, count).ok_or_else(|| {
            LabelError::broken(source.container(), at, "the directory of the archive cannot be read", REPAIR)
        })?;
        let end = source.bytes(behind, source.len().saturating_sub(behind), MAX_INDEX, "the end of the archive")?;
        Ok(Self { entries, directory_at: at, end, end_at: behind, has_wide_end })
    }

    pub(super) fn entry(&self, name: &str) -> Option<&Entry> {
        self.entries.iter().find(|entry| entry.name == name)
    }

    /// The content of a part, unpacked up to the limit.
    pub(super) fn content(&self, source: &mut Source<'_>, name: &str) -> Result<Option<Vec<u8>>, LabelError> {
        let Some(entry) = self.entry(name) else { return Ok(None) };
        let container = source.container();
        if entry.flags & 1 == 1 {
            return Err(LabelError::Encrypted { container });
        }
        let head = source.bytes(entry.at, LOCAL_LEN, 64, "a part")?;
        let lens = le16(&head, 26).zip(le16(&head, 28)).filter(|_| head.starts_with(&LOCAL));
        let Some((name_len, extra_len)) = lens else {
            return Err(LabelError::broken(container, entry.at, format!("part `{name}` does not begin here"), REPAIR));
        };
        let data =
            entry.at.saturating_add(LOCAL_LEN).saturating_add(u64::from(name_len)).saturating_add(u64::from(extra_len));
        if entry.plain > wide(MAX_INFLATED) {
            return Err(LabelError::too_large(container, format!("part `{name}`"), MAX_INFLATED));
        }
        let bytes = source.bytes(data, entry.compressed, MAX_INFLATED, &format!("part `{name}`"))?;
        let broken = |what: String| LabelError::broken(container, data, format!("part `{name}`: {what}"), REPAIR);
        match entry.method {
            0 => Ok(Some(bytes)),
            8 => {
                let mut out = Vec::new();
                // What the directory says of the length is not believed: a lying one is what a bomb is made of.
                let mut decoder = DeflateDecoder::new(bytes.as_slice()).take(wide(MAX_INFLATED).saturating_add(1));
                decoder.read_to_end(&mut out).map_err(|error| broken(format!("it cannot be unpacked ({error})")))?;
                if out.len() > MAX_INFLATED {
                    return Err(LabelError::too_large(container, format!("part `{name}`"), MAX_INFLATED));
                }
                Ok(Some(out))
            }
            method => Err(broken(format!("it is packed in a way that is not read here ({method})"))),
        }
    }

    /// The content of a part as text.
    pub(super) fn text(&self, source: &mut Source<'_>, name: &str) -> Result<Option<String>, LabelError> {
        let Some(entry) = self.entry(name) else { return Ok(None) };
        let at = entry.at;
        let bytes = self.content(source, name)?.unwrap_or_default();
        let text = String::from_utf8(bytes).map(|text| text.trim_start_matches('\u{feff}').to_owned());
        let text = text
            .map_err(|_| LabelError::broken(source.container(), at, format!("part `{name}` is not UTF-8"), REPAIR))?;
        Ok(Some(text))
    }

    /// Puts new contents in the place of parts, and adds those that are not there behind the last.
    pub(super) fn edits(&self, source: &Source<'_>, parts: &[(&str, Vec<u8>)]) -> Result<Edits, LabelError> {
        let container = source.container();
        let broken = |what: &str| LabelError::broken(container, self.directory_at, what, REPAIR);
        let mut starts: Vec<u64> = self.entries.iter().map(|entry| entry.at).collect();
        starts.push(self.directory_at);
        starts.sort_unstable();
        if starts.windows(2).any(|pair| pair.first() == pair.get(1)) {
            return Err(broken("two parts stand at the same place"));
        }
        let mut edits = Edits::default();
        let mut replaced: Vec<(&str, Packed)> = Vec::new();
        let mut added: Vec<u8> = Vec::new();
        for (name, content) in parts {
            let packed = Packed::new(content)?;
            match self.entry(name) {
                Some(entry) => {
                    let next = starts.iter().copied().find(|&start| start > entry.at).unwrap_or(self.directory_at);
                    edits.replace(entry.at, next, packed.local(name, entry.flags & UTF_8));
                    replaced.push((name, packed));
                }
                None => {
                    added.extend(packed.local(name, 0));
                    replaced.push((name, packed));
                }
            }
        }
        let mut directory: Vec<u8> = Vec::new();
        for entry in &self.entries {
            let moved =
                u64::try_from(i128::from(entry.at).saturating_add(edits.shift_before(entry.at))).unwrap_or_default();
            let new = replaced.iter().find(|(name, _)| *name == entry.name).map(|(_, packed)| packed);
            let line = entry.line(moved, new).ok_or_else(|| LabelError::Unsupported {
                container,
                what: "the archive would grow past what its directory can state".to_owned(),
                fix: "save the document again in smaller parts",
            })?;
            directory.extend(line);
        }
        let base = u64::try_from(i128::from(self.directory_at).saturating_add(edits.shift(self.directory_at)));
        let base = base.unwrap_or_default();
        let mut n_entries = wide(self.entries.len());
        let mut at = base;
        for (name, packed) in replaced.iter().filter(|(name, _)| self.entry(name).is_none()) {
            directory.extend(packed.central(name, at).ok_or_else(|| broken("the archive is too long"))?);
            at = at.saturating_add(wide(packed.local(name, 0).len()));
            n_entries = n_entries.saturating_add(1);
        }
        let end =
            self.new_end(n_entries, wide(directory.len()), at).ok_or_else(|| broken("the archive is too long"))?;
        let stands_to = self.end_at.saturating_add(wide(self.end.len()));
        edits.replace(self.directory_at, stands_to, [added, directory, end].concat());
        Ok(edits)
    }

    /// The end with the new numbers; its comment stays.
    fn new_end(&self, n_entries: u64, len: u64, at: u64) -> Option<Vec<u8>> {
        let mut end = self.end.clone();
        let mut classic = 0;
        if self.has_wide_end {
            let locator = end.windows(4).position(|window| window == LOCATOR_64)?;
            for (place, value) in [(24, n_entries), (32, n_entries), (40, len), (48, at)] {
                put(&mut end, place, &value.to_le_bytes())?;
            }
            put(&mut end, locator.checked_add(8)?, &at.checked_add(len)?.to_le_bytes())?;
            classic = locator.checked_add(20)?;
        }
        let short = |value: u64| match u16::try_from(value) {
            Ok(value) => Some(value),
            Err(_) => self.has_wide_end.then_some(u16::MAX),
        };
        let long = |value: u64| match u32::try_from(value) {
            Ok(value) if value < ELSEWHERE => Some(value),
            _ => self.has_wide_end.then_some(ELSEWHERE),
        };
        for place in [8, 10] {
            put(&mut end, classic.checked_add(place)?, &short(n_entries)?.to_le_bytes())?;
        }
        put(&mut end, classic.checked_add(12)?, &long(len)?.to_le_bytes())?;
        put(&mut end, classic.checked_add(16)?, &long(at)?.to_le_bytes())?;
        Some(end)
    }
}

/// Names are UTF-8.
const UTF_8: u16 = 1 << 11;

fn put(bytes: &mut [u8], at: usize, value: &[u8]) -> Option<()> {
    bytes.get_mut(at..at.checked_add(value.len())?)?.copy_from_slice(value);
    Some(())
}

fn entries(directory: &[u8], count: u64) -> Option<Vec<Entry>> {
    let mut entries = Vec::new();
    let mut at = 0_usize;
    while at < directory.len() && entries.len() < MAX_PIECES {
        let field = |offset: usize| le16(directory, at.checked_add(offset)?).map(usize::from);
        if directory.get(at..at.checked_add(4)?)? != CENTRAL {
            return None;
        }
        let (name_len, extra_len, comment_len) = (field(28)?, field(30)?, field(32)?);
        let name_at = CENTRAL_LEN;
        let extra_at = name_at.checked_add(name_len)?;
        let len = extra_at.checked_add(extra_len)?.checked_add(comment_len)?;
        let record = directory.get(at..at.checked_add(len)?)?.to_vec();
        let name = String::from_utf8_lossy(record.get(name_at..extra_at)?).into_owned();
        let (compressed, plain, place) = (le32(&record, 20)?, le32(&record, 24)?, le32(&record, 42)?);
        let mut entry = Entry {
            name,
            flags: le16(&record, 8)?,
            method: le16(&record, 10)?,
            compressed: u64::from(compressed),
            plain: u64::from(plain),
            at: u64::from(place),
            record,
            wide_at: None,
        };
        entry.widen(extra_at, extra_at.checked_add(extra_len)?, [plain, compressed, place])?;
        entries.push(entry);
        at = at.checked_add(len)?;
    }
    (wide(entries.len()) == count).then_some(entries)
}

impl Entry {
    /// Takes the numbers that do not fit 32 bits from the extra field, where they stand in a fixed order.
    fn widen(&mut self, from: usize, to: usize, stated: [u32; 3]) -> Option<()> {
        let mut at = from;
        while at.checked_add(4)? <= to {
            let (id, len) = (le16(&self.record, at)?, usize::from(le16(&self.record, at.checked_add(2)?)?));
            let mut value = at.checked_add(4)?;
            at = value.checked_add(len)?;
            if id != 1 || at > to {
                continue;
            }
            for (which, stated) in stated.into_iter().enumerate() {
                if stated != ELSEWHERE {
                    continue;
                }
                let number = le64(&self.record, value).filter(|_| value.saturating_add(8) <= at)?;
                match which {
                    0 => self.plain = number,
                    1 => self.compressed = number,
                    _ => (self.at, self.wide_at) = (number, Some(value)),
                }
                value = value.checked_add(8)?;
            }
        }
        Some(())
    }

    /// Its line of the directory with a new place, and with a new content where there is one.
    fn line(&self, at: u64, new: Option<&Packed>) -> Option<Vec<u8>> {
        if let Some(packed) = new {
            return packed.central_flagged(&self.name, at, self.flags & UTF_8);
        }
        let mut line = self.record.clone();
        match self.wide_at {
            Some(place) => put(&mut line, place, &at.to_le_bytes())?,
            None => {
                let at = u32::try_from(at).ok().filter(|&at| at < ELSEWHERE)?;
                put(&mut line, 42, &at.to_le_bytes())?;
            }
        }
        Some(line)
    }
}

/// A content as an archive keeps it.
struct Packed {
    checksum: u32,
    plain: u32,
    bytes: Vec<u8>,
}

impl Packed {
    fn new(content: &[u8]) -> Result<Self, LabelError> {
        let mut encoder = DeflateEncoder::new(Vec::new(), Compression::default());
        encoder.write_all(content)?;
        let plain = u32::try_from(content.len()).unwrap_or(u32::MAX);
        Ok(Self { checksum: crc32fast::hash(content), plain, bytes: encoder.finish()? })
    }

    /// Version needed, flags, method, the date 1980-01-01 (an archive with the same content is the same), checksum, lengths.
    fn fields(&self, flags: u16) -> Vec<u8> {
        let len = u32::try_from(self.bytes.len()).unwrap_or(u32::MAX);
        [
            20_u16.to_le_bytes().as_slice(),
            &flags.to_le_bytes(),
            &8_u16.to_le_bytes(),
            &[0, 0, 0x21, 0],
            &self.checksum.to_le_bytes(),
            &len.to_le_bytes(),
            &self.plain.to_le_bytes(),
        ]
        .concat()
    }

    fn local(&self, name: &str, flags: u16) -> Vec<u8> {
        let name_len = u16::try_from(name.len()).unwrap_or(u16::MAX).to_le_bytes();
        [&LOCAL, self.fields(flags).as_slice(), &name_len, &[0, 0], name.as_bytes(), &self.bytes].concat()
    }

    fn central(&self, name: &str, at: u64) -> Option<Vec<u8>> {
        self.central_flagged(name, at, 0)
    }

    fn central_flagged(&self, name: &str, at: u64, flags: u16) -> Option<Vec<u8>> {
        // A place past 32 bits stands in an extra field.
        let (at, extra) = match u32::try_from(at) {
            Ok(at) if at < ELSEWHERE => (at, Vec::new()),
            _ => (ELSEWHERE, [&[1, 0, 8, 0], at.to_le_bytes().as_slice()].concat()),
        };
        let name_len = u16::try_from(name.len()).ok()?.to_le_bytes();
        let extra_len = u16::try_from(extra.len()).ok()?.to_le_bytes();
        let made_by = 20_u16.to_le_bytes();
        let fields = self.fields(flags);
        let head = [&CENTRAL, made_by.as_slice(), &fields, &name_len, &extra_len, &[0; 10], &at.to_le_bytes()].concat();
        Some([head.as_slice(), name.as_bytes(), &extra].concat())
    }
}
