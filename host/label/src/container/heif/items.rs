//! The list of items of a picture: what each is, where its bytes stand, and what it is about.

use std::collections::{BTreeMap, BTreeSet};

use super::super::frame::larger;
use super::super::mp4::{Problem, atom, children};
use crate::limits::MAX_PIECES;
use crate::source::{array_at, be32, be64, wide};

/// The type of content that says that an item is XMP.
const XMP_TYPE: &[u8] = b"application/rdf+xml";
/// Version and flags.
const FULL: usize = 4;
/// An item that says something about another.
const DESCRIBES: [u8; 4] = *b"cdsc";

/// One item.
#[derive(Clone, Debug)]
pub(super) struct Item {
    pub(super) id: u32,
    pub(super) kind: [u8; 4],
    /// The box that says what it is.
    info: Vec<u8>,
    content_type: Vec<u8>,
    /// Whether its bytes stand within the list itself.
    pub(super) is_inside: bool,
    /// Which of the places is its own.
    location: Option<usize>,
}

impl Item {
    pub(super) fn is_xmp(&self) -> bool {
        self.kind == *b"mime" && self.content_type == XMP_TYPE
    }
}

/// Where the bytes of an item stand.
#[derive(Clone, Debug)]
struct Location {
    id: u32,
    /// The way in which offsets are meant: 0 in the file, 1 within the list, 2 within another item.
    method: u16,
    reference: u16,
    base: u64,
    /// Index, offset, length.
    extents: Vec<(u64, u64, u64)>,
}

/// How wide the numbers of a table of places are, in bytes.
#[derive(Clone, Copy, Debug)]
struct Widths {
    offset: usize,
    length: usize,
    base: usize,
    index: usize,
}

/// The list of items.
#[derive(Clone, Debug)]
pub(super) struct Items {
    /// Version and flags of the list.
    head: Vec<u8>,
    /// The boxes of the list in order; those that are written anew are empty here.
    boxes: Vec<([u8; 4], Vec<u8>)>,
    pub(super) items: Vec<Item>,
    pub(super) primary: Option<u32>,
    /// Where bytes within the list begin, from the start of the list's content.
    pub(super) inside_at: u64,
    locations: Vec<Location>,
    version: u8,
    widths: Widths,
    is_wide_count: bool,
    references: Vec<u8>,
    pub(super) size: Option<(u32, u32)>,
}

fn problem(at: usize, what: &str) -> Problem {
    Problem { at: wide(at), what: what.to_owned() }
}

impl Items {
    /// Reads the content of the box `meta`.
    pub(super) fn of(body: &[u8]) -> Result<Self, Problem> {
        let mut items = Self {
            head: body.get(..FULL).unwrap_or_default().to_vec(),
            boxes: Vec::new(),
            items: Vec::new(),
            primary: None,
            inside_at: 0,
            locations: Vec::new(),
            version: 0,
            widths: Widths { offset: 4, length: 4, base: 0, index: 0 },
            is_wide_count: false,
            references: vec![0; FULL],
            size: None,
        };
        let list = body.get(FULL..).ok_or_else(|| problem(0, "the list of items is cut off"))?;
        for part in children(list)? {
            let (inner, at) = (part.body(list), part.body_at().saturating_add(FULL));
            let mut whole = part.whole(list).to_vec();
            match &part.kind {
                b"pitm" => items.primary = primary(inner),
                b"iinf" => {
                    items.information(inner).ok_or_else(|| problem(at, "box `iinf` cannot be read"))?;
                    whole.clear();
                }
                b"iloc" => {
                    items.places(inner).ok_or_else(|| problem(at, "box `iloc` cannot be read"))?;
                    whole.clear();
                }
                b"iref" => {
                    items.references = inner.to_vec();
                    whole.clear();
                }
                b"iprp" => items.size = size(inner),
                b"idat" => items.inside_at = wide(at),
                _ => {}
            }
            items.boxes.push((part.kind, whole));
        }
        items.locate();
        Ok(items)
    }

    /// Tells each item its place. Both lists may be long, so neither is looked through for each of the other.
    fn locate(&mut self) {
        let mut first: BTreeMap<u32, usize> = BTreeMap::new();
        let mut inside: BTreeSet<u32> = BTreeSet::new();
        for (index, place) in self.locations.iter().enumerate().filter(|(_, place)| place.method < 2) {
            first.entry(place.id).or_insert(index);
            if place.method == 1 {
                inside.insert(place.id);
            }
        }
        for item in &mut self.items {
            (item.location, item.is_inside) = (first.get(&item.id).copied(), inside.contains(&item.id));
        }
    }

    fn information(&mut self, body: &[u8]) -> Option<()> {
        self.is_wide_count = *body.first()? > 0;
        let from = FULL.checked_add(if self.is_wide_count { 4 } else { 2 })?;
        let list = body.get(from..)?;
        for part in children(list).ok()? {
            let inner = part.body(list);
            let version = *inner.first()?;
            let (id, behind) = match version {
                0..=2 => (u32::from(array_at(inner, FULL).map(u16::from_be_bytes)?), 6),
                _ => (be32(inner, FULL)?, 8),
            };
            // Before version 2 an item has no kind, and its name and type stand at once.
            let kind = if version < 2 { *b"mime" } else { array_at(inner, 2_usize.checked_add(behind)?)? };
            let names = inner.get(if version < 2 { 8 } else { 6_usize.checked_add(behind)? }..).unwrap_or_default();
            let content_type = names.split(|&byte| byte == 0).nth(1).unwrap_or_default().to_vec();
            let info = part.whole(list).to_vec();
            self.items.push(Item { id, kind, info, content_type, is_inside: false, location: None });
        }
        Some(())
    }

    fn places(&mut self, body: &[u8]) -> Option<()> {
        self.version = *body.first()?;
        let [sizes, more] = array_at::<2>(body, FULL)?;
        let index = if self.version == 0 { 0 } else { more & 15 };
        self.widths = Widths {
            offset: usize::from(sizes >> 4),
            length: usize::from(sizes & 15),
            base: usize::from(more >> 4),
            index: usize::from(index),
        };
        let widths = self.widths;
        if [widths.offset, widths.length, widths.base, widths.index].iter().any(|width| !matches!(width, 0 | 4 | 8)) {
            return None;
        }
        let mut reader = Reader { bytes: body, at: FULL.checked_add(2)? };
        let id_len = if self.version < 2 { 2 } else { 4 };
        let n_items = reader.number(id_len)?;
        for _ in 0..n_items {
            let id = u32::try_from(reader.number(id_len)?).ok()?;
            let method = if self.version == 0 { 0 } else { u16::try_from(reader.number(2)? & 15).ok()? };
            let reference = u16::try_from(reader.number(2)?).ok()?;
            let base = reader.number(widths.base)?;
            let n_extents = reader.number(2)?;
            let mut extents = Vec::new();
            for _ in 0..n_extents {
                extents.push((
                    reader.number(widths.index)?,
                    reader.number(widths.offset)?,
                    reader.number(widths.length)?,
                ));
            }
            self.locations.push(Location { id, method, reference, base, extents });
            if self.locations.len() > MAX_PIECES {
                return None;
            }
        }
        Some(())
    }

    /// The stretches of an item: where each begins, and its length.
    pub(super) fn extents(&self, item: &Item) -> Vec<(u64, u64)> {
        let Some(place) = self.location(item) else { return Vec::new() };
        place.extents.iter().map(|(_, offset, len)| (place.base.saturating_add(*offset), *len)).collect()
    }

    /// Where an item begins.
    pub(super) fn start(&self, item: &Item) -> Option<u64> {
        let place = self.location(item)?;
        place.extents.first().map(|(_, offset, _)| place.base.saturating_add(*offset))
    }

    fn location(&self, item: &Item) -> Option<&Location> {
        self.locations.get(item.location?)
    }

    /// Adds an item with XMP that describes another; gives its number.
    pub(super) fn add_xmp(&mut self, about: u32) -> Option<u32> {
        let known = self.items.iter().map(|item| item.id).chain(self.locations.iter().map(|place| place.id));
        let id = known.max().unwrap_or_default().checked_add(1)?;
        let short = u16::try_from(id).ok();
        if short.is_none() && self.version < 2 {
            return None;
        }
        let number = short.map_or_else(|| id.to_be_bytes().to_vec(), |id| id.to_be_bytes().to_vec());
        let version = if short.is_some() { 2 } else { 3 };
        let info = [&[version, 0, 0, 0], number.as_slice(), &[0, 0], b"mime\0", XMP_TYPE, &[0]].concat();
        self.items.push(Item {
            id,
            kind: *b"mime",
            info: atom(*b"infe", &info),
            content_type: XMP_TYPE.to_vec(),
            is_inside: false,
            location: None,
        });
        let is_wide = self.references.first().is_some_and(|version| *version > 0);
        let pair = |id: u32| {
            if is_wide { Some(id.to_be_bytes().to_vec()) } else { Some(u16::try_from(id).ok()?.to_be_bytes().to_vec()) }
        };
        let reference = [pair(id)?, 1_u16.to_be_bytes().to_vec(), pair(about)?].concat();
        self.references.extend(atom(DESCRIBES, &reference));
        for kind in [*b"iinf", *b"iloc", *b"iref"] {
            if !self.boxes.iter().any(|(known, _)| *known == kind) {
                self.boxes.push((kind, Vec::new()));
            }
        }
        Some(id)
    }

    /// Says where the bytes of an item stand in the file.
    pub(super) fn place(&mut self, id: u32, at: u64, len: u64) {
        let new = Location { id, method: 0, reference: 0, base: 0, extents: vec![(0, at, len)] };
        match self.locations.iter_mut().find(|place| place.id == id) {
            Some(place) => *place = new,
            None => self.locations.push(new),
        }
    }

    /// Moves what stands from a place of the file on; nothing where that cannot be said in the fields there are.
    pub(super) fn shift(&mut self, from: u64, delta: i128) -> Option<()> {
        let moved = |at: u64| u64::try_from(i128::from(at).checked_add(delta)?).ok();
        for place in self.locations.iter_mut().filter(|place| place.method == 0 && place.reference == 0) {
            let is_behind = |offset: &u64, base: u64| base.saturating_add(*offset) >= from;
            if place.base > 0 && place.extents.iter().all(|(_, offset, _)| is_behind(offset, place.base)) {
                place.base = moved(place.base)?;
                continue;
            }
            for (_, offset, _) in &mut place.extents {
                if is_behind(offset, place.base) {
                    *offset = moved(*offset)?;
                }
            }
        }
        Some(())
    }

    /// The content of the box `meta`; nothing where a number does not fit its field.
    pub(super) fn bytes(&self) -> Option<Vec<u8>> {
        let mut out = self.head.clone();
        for (kind, whole) in &self.boxes {
            match kind {
                b"iinf" => out.extend(atom(*kind, &self.information_bytes()?)),
                b"iloc" => out.extend(atom(*kind, &self.place_bytes()?)),
                b"iref" => out.extend(atom(*kind, &self.references)),
                _ => out.extend(whole),
            }
        }
        Some(out)
    }

    fn information_bytes(&self) -> Option<Vec<u8>> {
        let count = if self.is_wide_count {
            u32::try_from(self.items.len()).ok()?.to_be_bytes().to_vec()
        } else {
            u16::try_from(self.items.len()).ok()?.to_be_bytes().to_vec()
        };
        let mut out = [&[u8::from(self.is_wide_count), 0, 0, 0], count.as_slice()].concat();
        self.items.iter().for_each(|item| out.extend(&item.info));
        Some(out)
    }

    fn place_bytes(&self) -> Option<Vec<u8>> {
        // The places of old items may have no room for an offset into the file: those of all get it then.
        let widths = Widths { offset: self.widths.offset.max(4), length: self.widths.length.max(4), ..self.widths };
        let nibbles = |high: usize, low: usize| u8::try_from(high.checked_mul(16)?.checked_add(low)?).ok();
        let mut out =
            vec![self.version, 0, 0, 0, nibbles(widths.offset, widths.length)?, nibbles(widths.base, widths.index)?];
        let id_len = if self.version < 2 { 2 } else { 4 };
        put(&mut out, wide(self.locations.len()), id_len)?;
        for place in &self.locations {
            put(&mut out, u64::from(place.id), id_len)?;
            if self.version > 0 {
                put(&mut out, u64::from(place.method), 2)?;
            }
            put(&mut out, u64::from(place.reference), 2)?;
            put(&mut out, place.base, widths.base)?;
            put(&mut out, wide(place.extents.len()), 2)?;
            for (index, offset, len) in &place.extents {
                put(&mut out, *index, widths.index)?;
                put(&mut out, *offset, widths.offset)?;
                put(&mut out, *len, widths.length)?;
            }
        }
        Some(out)
    }
}

/// A number in `n` bytes, where it fits.
fn put(out: &mut Vec<u8>, value: u64, n: usize) -> Option<()> {
    let bytes = value.to_be_bytes();
    let (zeros, rest) = bytes.split_at_checked(bytes.len().checked_sub(n)?)?;
    if zeros.iter().any(|&byte| byte != 0) {
        return None;
    }
    out.extend(rest);
    Some(())
}

struct Reader<'a> {
    bytes: &'a [u8],
    at: usize,
}

impl Reader<'_> {
    fn number(&mut self, n: usize) -> Option<u64> {
        let number = match n {
            0 => 0,
            2 => u64::from(array_at(self.bytes, self.at).map(u16::from_be_bytes)?),
            4 => u64::from(be32(self.bytes, self.at)?),
            _ => be64(self.bytes, self.at)?,
        };
        self.at = self.at.checked_add(n)?;
        Some(number)
    }
}

fn primary(body: &[u8]) -> Option<u32> {
    if *body.first()? == 0 { array_at(body, FULL).map(u16::from_be_bytes).map(u32::from) } else { be32(body, FULL) }
}

/// The largest size among the properties.
fn size(body: &[u8]) -> Option<(u32, u32)> {
    let mut size = None;
    for part in children(body).ok()?.iter().filter(|part| part.kind == *b"ipco") {
        let inner = part.body(body);
        for property in children(inner).ok()?.iter().filter(|part| part.kind == *b"ispe") {
            let property = property.body(inner);
            size = larger(size, (be32(property, FULL)?, be32(property, 8)?));
        }
    }
    size
}
