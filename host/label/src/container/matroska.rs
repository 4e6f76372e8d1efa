//! Matroska and WebM: a `SimpleTag` called `AIGC`.
//!
//! Walked by hand: no crate changes tags in place, and clusters must never be loaded. The label goes into free space before the
//! first cluster where there is enough; else to the end of the segment, where the list of elements (`SeekHead`) says so.

mod ebml;
mod frame;
mod tags;

use crate::container::Container;
use crate::edits::Edits;
use crate::embedded;
use crate::error::LabelError;
use crate::label::Label;
use crate::limits::{MAX_INDEX, MAX_METADATA, MAX_PIECES};
use crate::raw::is_label_name;
use crate::reading::Reading;
use crate::source::{Source, wide};

pub(super) use frame::frame_size;

use ebml::{Element, children, element, uint, void};

const EBML: u32 = 0x1A45_DFA3;
const SEGMENT: u32 = 0x1853_8067;
const CLUSTER: u32 = 0x1F43_B675;
const SEEK_HEAD: u32 = 0x114D_9B74;
const SEEK: u32 = 0x4DBB;
const SEEK_ID: u32 = 0x53AB;
const SEEK_POSITION: u32 = 0x53AC;
const CUES: u32 = 0x1C53_BB6B;
const CUE_POINT: u32 = 0xBB;
const CUE_TRACK_POSITIONS: u32 = 0xB7;
const CUE_CLUSTER_POSITION: u32 = 0xF1;
const TAGS: u32 = 0x1254_C367;
const INFO: u32 = 0x1549_A966;
const TRACKS: u32 = 0x1654_AE6B;
const CHAPTERS: u32 = 0x1043_A770;
const VOID: u32 = 0xEC;
const CRC_32: u32 = 0xBF;
/// The elements that may stand at the top of a segment; one of them ends a cluster of unknown length.
const TOP: [u32; 8] = [SEEK_HEAD, INFO, TRACKS, CUES, 0x1941_A469, CHAPTERS, TAGS, CLUSTER];

/// What one more entry of a list of elements takes at most.
const LIST_ROOM: u64 = 32;

/// What a segment is made of.
struct Segment {
    /// The element itself; `end` is the end of the file where its length is unknown.
    own: Element,
    elements: Vec<Element>,
}

fn segment(source: &mut Source<'_>) -> Result<Segment, LabelError> {
    let first = Element::read(source, 0)?;
    if first.id != EBML {
        return Err(source.broken(0, "this is no Matroska or WebM file", "check what the file is"));
    }
    let mut at = first.end;
    for _ in 0..MAX_PIECES {
        let mut own = Element::read(source, at)?;
        if own.id != SEGMENT {
            at = own.end;
            continue;
        }
        if own.is_open {
            own.end = source.len();
        }
        return Ok(Segment { own, elements: Vec::new() });
    }
    Err(LabelError::endless(Container::Matroska))
}

/// Walks the elements of a segment. Clusters of unknown length end where another element of the top begins.
fn walk(
    source: &mut Source<'_>,
    mut visit: impl FnMut(&mut Source<'_>, &Element) -> Result<(), LabelError>,
) -> Result<Segment, LabelError> {
    let mut segment = segment(source)?;
    let stated = segment.own.end;
    let end = stated.min(source.len());
    let mut at = segment.own.body;
    let mut n_clusters = 0_usize;
    for _ in 0..MAX_PIECES {
        if at >= end {
            if stated > source.len() {
                return Err(LabelError::truncated(Container::Matroska, source.len(), "the segment"));
            }
            return Ok(segment);
        }
        let mut found = Element::read(source, at)?;
        if found.is_open {
            if found.id != CLUSTER {
                let what = format!("element {:X} has no length", found.id);
                return Err(source.broken(at, what, "remux the file, for example with mkvmerge"));
            }
            found.end = open_end(source, &found, end)?;
        }
        if found.end > end {
            let name = format!("element {:X}", found.id);
            return Err(LabelError::truncated(Container::Matroska, at, &name));
        }
        at = found.end;
        visit(source, &found)?;
        // Of many clusters only the first and the last are ever asked for.
        if found.id == CLUSTER {
            n_clusters = n_clusters.saturating_add(1);
            if n_clusters > 2 {
                segment.elements.pop();
            }
        }
        segment.elements.push(found);
        if segment.elements.len() > MAX_METADATA {
            break;
        }
    }
    Err(LabelError::endless(Container::Matroska))
}

fn open_end(source: &mut Source<'_>, cluster: &Element, end: u64) -> Result<u64, LabelError> {
    let mut at = cluster.body;
    for _ in 0..MAX_PIECES {
        if at >= end {
            return Ok(end);
        }
        let inner = Element::read(source, at)?;
        if TOP.contains(&inner.id) {
            return Ok(at);
        }
        if inner.is_open {
            return Err(source.broken(at, "a block has no length", "remux the file, for example with mkvmerge"));
        }
        at = inner.end;
    }
    Err(LabelError::endless(Container::Matroska))
}

pub(super) fn read(source: &mut Source<'_>, reading: &mut Reading) -> Result<(), LabelError> {
    walk(source, |source, found| {
        if found.id == TAGS {
            let body = found.bytes(source, MAX_METADATA, "the tags")?;
            let labels = tags::labels(&body).ok_or_else(|| {
                source.broken(found.at, "the tags cannot be read", "write them anew with mkvpropedit")
            })?;
            for label in labels {
                let tags = if label.is_global { "Tags" } else { "Tags of a track" };
                let at = found.body.saturating_add(wide(label.at));
                let is_standard = label.is_global && is_label_name(&label.name);
                reading.found(format!("{tags}, SimpleTag {}", label.name), at, is_standard, label.label)?;
            }
        }
        if let Some(name) = titled(found) {
            for label in embedded::labels_in_bytes(&found.bytes(source, MAX_METADATA, "titles")?) {
                reading.found(name, found.body, false, label)?;
            }
        }
        Ok(())
    })?;
    Ok(())
}

/// The name of an element that holds titles and names: of the whole, of tracks, of chapters. One that is too long for that is left alone.
fn titled(found: &Element) -> Option<&'static str> {
    let name = match found.id {
        INFO => "Info",
        TRACKS => "Tracks",
        CHAPTERS => "Chapters",
        _ => return None,
    };
    Some(name).filter(|_| found.end.saturating_sub(found.body) <= wide(MAX_METADATA))
}

/// The content of such an element with blanks where labels stood, and without its check value; nothing where it has none.
fn titles_without_labels(body: &[u8]) -> Option<Vec<u8>> {
    let mut blanked = embedded::blanked(body)?;
    let check = children(&blanked)?.into_iter().find(|part| part.id == CRC_32);
    if let Some(check) = check {
        let free = void(check.to.checked_sub(check.from)?)?;
        blanked.get_mut(check.from..check.to)?.copy_from_slice(&free);
    }
    Some(blanked)
}

pub(super) fn edits(source: &mut Source<'_>, label: &Label) -> Result<Edits, LabelError> {
    let mut old: Vec<(Element, Vec<u8>)> = Vec::new();
    let mut edits = Edits::default();
    let segment = walk(source, |source, found| {
        if found.id == TAGS {
            old.push((found.clone(), found.bytes(source, MAX_METADATA, "the tags")?));
        }
        if titled(found).is_some()
            && let Some(blanked) = titles_without_labels(&found.bytes(source, MAX_METADATA, "titles")?)
        {
            edits.replace(found.body, found.end, blanked);
        }
        Ok(())
    })?;
    let mut plan = Plan { source, segment: &segment, edits };
    // What of the old tags has to be written anew: all of them, since players follow one entry of the list to one element.
    let mut kept: Vec<u8> = Vec::new();
    for (element, body) in &old {
        let tags = tags::without_labels(body).ok_or_else(|| {
            plan.source.broken(element.at, "the tags cannot be read", "write them anew with mkvpropedit")
        })?;
        kept.extend(tags);
    }
    let own = tags::tag(&label.to_json());
    plan.write(&old, &kept, &own)?;
    Ok(plan.edits)
}

struct Plan<'a, 'b> {
    source: &'a mut Source<'b>,
    segment: &'a Segment,
    edits: Edits,
}

impl Plan<'_, '_> {
    fn write(&mut self, old: &[(Element, Vec<u8>)], kept: &[u8], own: &[u8]) -> Result<(), LabelError> {
        let all = [kept, own].concat();
        let is_old = |element: &Element| old.iter().any(|(known, _)| known.at == element.at);
        // Stretches before the first cluster that hold nothing, or only tags that move.
        let head = self.segment.elements.iter().take_while(|element| element.id != CLUSTER);
        let mut rooms: Vec<(u64, u64)> = Vec::new();
        for element in head.filter(|element| element.id == VOID || is_old(element)) {
            match rooms.last_mut().filter(|room| room.1 == element.at) {
                Some(room) => room.1 = element.end,
                None => rooms.push((element.at, element.end)),
            }
        }
        let list_end = self.the_list().map(|list| list.end);
        let fitting = rooms.iter().find_map(|&(from, to)| {
            // Right behind the list some room is left to it, since it says where the tags stand.
            let at = if Some(from) == list_end { from.saturating_add(LIST_ROOM) } else { from };
            Some((from, at, to, filled(TAGS, &all, to.checked_sub(at)?)?))
        });
        if let Some((from, at, to, bytes)) = fitting {
            self.edits.replace(at, to, bytes);
            for (element, _) in old.iter().filter(|(element, _)| element.at < from || element.end > to) {
                self.clear(element)?;
            }
            return self.list_moved(from, at);
        }
        for (element, _) in old {
            self.clear(element)?;
        }
        let end = self.segment.own.end;
        if self.has_list() {
            let tags = element(TAGS, &all);
            self.list(end, None)?;
            self.edits.insert(end, tags.clone());
            return self.resize(wide(tags.len()));
        }
        self.before_clusters(element(TAGS, &all))
    }

    /// Makes an element free space.
    fn clear(&mut self, element: &Element) -> Result<(), LabelError> {
        let len = element.end.saturating_sub(element.at);
        let len = usize::try_from(len).ok().filter(|&len| len <= MAX_METADATA);
        let bytes =
            len.and_then(void).ok_or_else(|| LabelError::too_large(Container::Matroska, "the tags", MAX_METADATA))?;
        self.edits.replace(element.at, element.end, bytes);
        Ok(())
    }

    fn has_list(&self) -> bool {
        self.the_list().is_some()
    }

    /// The list of elements: the first before any cluster, where players look for it.
    fn the_list(&self) -> Option<&Element> {
        let mut head = self.segment.elements.iter().take_while(|element| element.id != CLUSTER);
        head.find(|element| element.id == SEEK_HEAD)
    }

    /// The list of elements says where the tags stand now, where it says anything about tags.
    /// `from` is where the room of the tags begins.
    fn list_moved(&mut self, from: u64, at: u64) -> Result<(), LabelError> {
        let Some(list) = self.the_list().cloned() else {
            return Ok(());
        };
        let body = list.bytes(self.source, MAX_METADATA, "the list of elements")?;
        let entries = self.entries(&list, &body)?;
        if entries.iter().any(|(id, _)| *id == TAGS) {
            return self.list(at, (from == list.end).then_some(at));
        }
        let left = usize::try_from(at.saturating_sub(from)).ok().and_then(void);
        left.into_iter().for_each(|free| self.edits.replace(from, at, free));
        Ok(())
    }

    fn entries(&self, list: &Element, body: &[u8]) -> Result<Vec<(u32, Vec<u8>)>, LabelError> {
        seeks(body).ok_or_else(|| {
            self.source.broken(
                list.at,
                "the list of elements cannot be read",
                "remux the file, for example with mkvmerge",
            )
        })
    }

    /// Writes the list of elements anew with the tags at `at`, into its own place and the free space behind it, no further than
    /// `until`.
    fn list(&mut self, at: u64, until: Option<u64>) -> Result<(), LabelError> {
        let Some(list) = self.the_list().cloned() else { return Ok(()) };
        let body = list.bytes(self.source, MAX_METADATA, "the list of elements")?;
        let mut content: Vec<u8> = Vec::new();
        for (id, entry) in self.entries(&list, &body)? {
            if id != TAGS {
                content.extend(entry);
            }
        }
        let position = uint(at.saturating_sub(self.segment.own.body));
        let id = element(SEEK_ID, &TAGS.to_be_bytes());
        content.extend(element(SEEK, &[id, element(SEEK_POSITION, &position)].concat()));
        let behind =
            self.segment.elements.iter().skip_while(|next| next.at < list.end).take_while(|next| next.id == VOID);
        let to = behind.fold(list.end, |to, next| if next.at == to { next.end } else { to });
        let to = until.unwrap_or(to);
        let bytes = filled(SEEK_HEAD, &content, to.saturating_sub(list.at)).ok_or_else(|| LabelError::Unsupported {
            container: Container::Matroska,
            what: "the list of elements has no room for one more entry".to_owned(),
            fix: "remux the file, for example with mkvmerge",
        })?;
        self.edits.replace(list.at, to, bytes);
        Ok(())
    }

    /// Writes the length of the segment, which may need a longer field: positions are counted from behind it.
    fn resize(&mut self, grown: u64) -> Result<(), LabelError> {
        let own = &self.segment.own;
        if own.is_open {
            return Ok(());
        }
        let len = own.end.saturating_sub(own.body).saturating_add(grown);
        let field = own.body.saturating_sub(own.size_at);
        let width = usize::try_from(field).unwrap_or_default();
        let size = ebml::size(len, width).or_else(|| ebml::size(len, 8));
        let size = size.ok_or_else(|| self.source.broken(own.at, "the segment is too long", "split the file"))?;
        self.edits.replace(own.size_at, own.body, size);
        Ok(())
    }

    /// Puts the tags before the first cluster of a file without a list, such as a live recording; positions follow.
    fn before_clusters(&mut self, tags: Vec<u8>) -> Result<(), LabelError> {
        let first = self.segment.elements.iter().find(|element| element.id == CLUSTER);
        let at = first.map_or(self.segment.own.end, |first| first.at);
        let grown = wide(tags.len());
        for cues in self.segment.elements.iter().filter(|element| element.id == CUES) {
            let body = cues.bytes(self.source, MAX_INDEX, "the cues")?;
            let from = at.saturating_sub(self.segment.own.body);
            let moved = moved_cues(&body, from, grown).ok_or_else(|| LabelError::Unsupported {
                container: Container::Matroska,
                what: "the cues have no room for positions that move".to_owned(),
                fix: "remux the file, for example with mkvmerge",
            })?;
            self.edits.replace(cues.body, cues.end, moved);
        }
        self.edits.insert(at, tags);
        self.resize(grown)
    }
}

/// An element that fills `room` to the byte, with free space behind it where something is left.
fn filled(id: u32, body: &[u8], room: u64) -> Option<Vec<u8>> {
    let room = usize::try_from(room).ok()?;
    let mut bytes = element(id, body);
    match room.checked_sub(bytes.len())? {
        0 => {}
        // Free space takes two bytes at least; one is filled by a longer field for the length.
        1 => bytes = ebml::wider(id, body)?,
        left => bytes.extend(void(left)?),
    }
    (bytes.len() == room).then_some(bytes)
}

/// The entries of a list of elements: what each is about, and its bytes. Its check value is dropped, for it will not hold.
fn seeks(body: &[u8]) -> Option<Vec<(u32, Vec<u8>)>> {
    let mut entries = Vec::new();
    for entry in children(body)? {
        if entry.id == SEEK {
            let inner = body.get(entry.body..entry.to)?;
            let id = children(inner)?.into_iter().find(|part| part.id == SEEK_ID)?;
            let id = inner.get(id.body..id.to)?.iter().fold(0_u32, |id, byte| (id << 8) | u32::from(*byte));
            entries.push((id, body.get(entry.from..entry.to)?.to_vec()));
        } else if entry.id != CRC_32 && entry.id != VOID {
            return None;
        }
    }
    Some(entries)
}

/// Cues whose positions from `from` on are greater by `by`, each in the field that it has.
fn moved_cues(body: &[u8], from: u64, by: u64) -> Option<Vec<u8>> {
    let mut out = body.to_vec();
    for point in children(body)? {
        if point.id == CRC_32 {
            // The check value no longer holds; free space of the same length takes its place.
            out.get_mut(point.from..point.to)?.copy_from_slice(&void(point.to.checked_sub(point.from)?)?);
        }
        if point.id != CUE_POINT {
            continue;
        }
        let inner = body.get(point.body..point.to)?;
        for track in children(inner)?.into_iter().filter(|part| part.id == CUE_TRACK_POSITIONS) {
            let positions = inner.get(track.body..track.to)?;
            for position in children(positions)?.into_iter().filter(|part| part.id == CUE_CLUSTER_POSITION) {
                let field = positions.get(position.body..position.to)?;
                let old = field.iter().fold(0_u64, |sum, byte| (sum << 8) | u64::from(*byte));
                if old < from {
                    continue;
                }
                let new = old.checked_add(by)?.to_be_bytes();
                let (zeros, digits) = new.split_at_checked(new.len().checked_sub(field.len())?)?;
                if zeros.iter().any(|&byte| byte != 0) {
                    return None;
                }
                let at = point.body.checked_add(track.body)?.checked_add(position.body)?;
                out.get_mut(at..at.checked_add(digits.len())?)?.copy_from_slice(digits);
            }
        }
    }
    Some(out)
}
