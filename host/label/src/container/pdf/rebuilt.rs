//! A document whose last line points to the wrong place: its objects are looked for in the file, as readers do.

use std::collections::BTreeMap;

use super::object::{self, Dict};
use super::xref::{Document, Found, Place, Section};
use crate::error::LabelError;
use crate::limits::MAX_INDEX;
use crate::source::{Source, wide};

/// How much of the file is looked through at once, and how much of it again, so that nothing is missed between two pieces.
const STEP: u64 = 1 << 20;
const OVERLAP: u64 = 64;
/// How many objects are looked for.
const MAX_OBJECTS: usize = 1 << 18;
/// The word behind the numbers of an object, and that before the dictionary of a document.
const OBJECT: &[u8] = b" obj";
const TRAILER: &[u8] = b"trailer";

/// Where objects and trailers begin, in the order of the file.
struct Marks {
    objects: Vec<(u64, u64, u64)>,
    trailers: Vec<u64>,
}

/// Finds the objects of a document without its lists of places; `false` where there is no document to be found.
pub(super) fn rebuild(document: &mut Document, source: &mut Source<'_>) -> Result<bool, LabelError> {
    let Some(marks) = marks(source, document.start)? else { return Ok(false) };
    document.sections.clear();
    let mut places: BTreeMap<u64, Found> = BTreeMap::new();
    for (at, number, generation) in &marks.objects {
        places.insert(*number, Found { place: Place::At(*at), generation: *generation });
    }
    document.sections.push(Section::Found(places.clone()));
    document.size = places.keys().next_back().copied().unwrap_or_default().saturating_add(1);
    let Some(trailer) = trailer(document, source, &marks)? else { return Ok(false) };
    document.trailer = trailer;
    document.unlock(source)?;
    for (at, number, _) in &marks.objects {
        let is_newest = places.get(number).is_some_and(|found| found.place == Place::At(*at));
        if !is_newest || kind(document, source, *at)?.as_deref() != Some("ObjStm") {
            continue;
        }
        let Some(stream) = document.stream_at(source, *at, Some(*number))? else { continue };
        let Ok(bytes) = stream.plain(MAX_INDEX) else { continue };
        for (index, inner) in object::numbers_in_stream(stream.dict(), &bytes).into_iter().enumerate() {
            // Whichever stands further behind counts.
            let is_older = match places.get(&inner) {
                Some(Found { place: Place::At(other), .. }) => other < at,
                Some(_) | None => true,
            };
            if is_older && places.len() < MAX_OBJECTS {
                places.insert(inner, Found { place: Place::Packed { stream: *number, index }, generation: 0 });
            }
        }
    }
    document.size = places.keys().next_back().copied().unwrap_or_default().saturating_add(1);
    document.sections = vec![Section::Found(places)];
    document.is_rebuilt = true;
    document.has_stream = true;
    Ok(true)
}

/// The type that an object says it is of.
fn kind(document: &Document, source: &mut Source<'_>, at: u64) -> Result<Option<String>, LabelError> {
    let dict = document.dict_at(source, at)?;
    Ok(dict.and_then(|dict| object::name(dict.get("Type")?)))
}

/// The last dictionary that knows the catalog: of a trailer, else of a stream of places; else one with the catalog alone.
fn trailer(document: &Document, source: &mut Source<'_>, marks: &Marks) -> Result<Option<Dict>, LabelError> {
    let has_root = |dict: &Dict| dict.get("Root").and_then(object::reference).is_some();
    for at in marks.trailers.iter().rev() {
        let behind = at.saturating_add(wide(TRAILER.len()));
        if let Some(dict) = document.plain_dict_at(source, behind)?.filter(has_root) {
            return Ok(Some(dict));
        }
    }
    let mut catalog = None;
    for (at, number, generation) in marks.objects.iter().rev() {
        let Some(dict) = document.dict_at(source, *at)? else { continue };
        match dict.get("Type") {
            Some(b"/XRef") if has_root(&dict) => return Ok(Some(dict)),
            Some(b"/Catalog") if catalog.is_none() => catalog = Some((*number, *generation)),
            _ => {}
        }
    }
    Ok(catalog.map(|(number, generation)| {
        let root = format!("{number} {generation} R").into_bytes();
        Dict { entries: vec![("Root".to_owned(), root)] }
    }))
}

/// Nothing where there are more objects than any honest document has.
fn marks(source: &mut Source<'_>, start: u64) -> Result<Option<Marks>, LabelError> {
    let mut marks = Marks { objects: Vec::new(), trailers: Vec::new() };
    let mut at = start;
    while at < source.len() {
        let len = source.len().saturating_sub(at).min(STEP);
        let bytes = source.bytes(at, len, MAX_INDEX, "the document")?;
        for (n, window) in bytes.windows(OBJECT.len()).enumerate() {
            if window == OBJECT
                && let Some((from, number, generation)) = head_before(&bytes, n)
            {
                let place = at.saturating_add(wide(from));
                if marks.objects.last().is_none_or(|(last, ..)| *last < place) {
                    marks.objects.push((place, number, generation));
                }
            }
        }
        for (n, window) in bytes.windows(TRAILER.len()).enumerate() {
            let place = at.saturating_add(wide(n));
            if window == TRAILER && marks.trailers.last().is_none_or(|last| *last < place) {
                marks.trailers.push(place);
            }
        }
        if marks.objects.len() > MAX_OBJECTS || marks.trailers.len() > MAX_OBJECTS {
            return Ok(None);
        }
        if len < STEP {
            break;
        }
        at = at.saturating_add(len).saturating_sub(OVERLAP);
    }
    Ok(Some(marks))
}

/// The two numbers before ` obj`, and where they begin: at the start of a line or behind a blank.
fn head_before(bytes: &[u8], at: usize) -> Option<(usize, u64, u64)> {
    let (generation, rest) = number_before(bytes.get(..at)?)?;
    let rest = rest.strip_suffix(b" ")?;
    let (number, rest) = number_before(rest)?;
    let is_start = rest.last().is_none_or(|byte| byte.is_ascii_whitespace());
    is_start.then_some((rest.len(), number, generation))
}

fn number_before(bytes: &[u8]) -> Option<(u64, &[u8])> {
    let n_digits = bytes.iter().rev().take_while(|byte| byte.is_ascii_digit()).count().min(20);
    let (rest, digits) = bytes.split_at_checked(bytes.len().checked_sub(n_digits)?)?;
    Some((object::integer(digits)?, rest))
}
