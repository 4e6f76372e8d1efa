//! A mark on the first or the last page of a PDF: its characters as outlines in a stream of its own, behind what is drawn there.
//!
//! No font has to be known to the document, and what was there stays byte for byte.

use data_encoding::HEXLOWER;

use super::object::{self, Dict, Reference};
use super::xref::Document;
use super::{Update, parts};
use crate::container::{Container, Places};
use crate::edits::Edits;
use crate::error::LabelError;
use crate::limits::{MAX_DEPTH, MAX_INDEX};
use crate::source::Source;

/// How high the characters are: this share of the shortest side of the page, and never less than this many points.
const SHARE: f64 = 0.025;
const LEAST: f64 = 10.0;
/// The page of a document that names none: A4, in points.
const A4: [f64; 4] = [0.0, 0.0, 595.0, 842.0];

/// The characters of a mark as paths, in units of their own height.
pub(crate) struct Outline {
    /// What it says, as it is written beside the paths to know it again.
    pub(crate) name: String,
    /// The paths in the operators of PDF.
    pub(crate) paths: String,
    pub(crate) width: f64,
}

/// A page: its object, and what it takes over from those around it.
struct Page {
    own: Reference,
    dict: Dict,
    area: [f64; 4],
    rotation: u64,
}

fn unsupported(what: &str) -> LabelError {
    let what = what.to_owned();
    LabelError::Unsupported { container: Container::Pdf, what, fix: "write it anew, for example with qpdf" }
}

/// The changes that set a mark; nothing where it is there already and was not asked for `again`.
pub(crate) fn marked(
    source: &mut Source<'_>,
    outline: &Outline,
    places: Places,
    again: bool,
) -> Result<Option<Edits>, LabelError> {
    let parts = parts(source)?;
    let document = &parts.document;
    let mut pages: Vec<(Page, bool)> = Vec::new();
    if places.start {
        pages.push((page(source, document, false)?, false));
    }
    if places.end {
        pages.push((page(source, document, true)?, true));
    }
    let mut update = Update::new(source, document)?;
    let n_before = update.objects.len();
    for (page, is_last) in pages {
        let old = contents(source, document, &page.dict)?;
        if !again && mark_in(source, document, &old)?.is_some_and(|name| name == outline.name) {
            continue;
        }
        // The only page is the first and the last: one mark is enough.
        if update.objects.iter().any(|(own, _)| *own == page.own) {
            continue;
        }
        if document.is_packed(source, page.own)? && document.cipher.is_some() {
            return Err(unsupported("its pages are packed and encrypted"));
        }
        let before = update.new_number();
        let after = update.new_number();
        stream(&mut update, document, before, b"q\n")?;
        stream(&mut update, document, after, drawing(outline, &page, is_last).as_bytes())?;
        let mut list = format!("[{} 0 R ", before.number);
        for own in &old {
            list.push_str(&format!("{} {} R ", own.number, own.generation));
        }
        list.push_str(&format!("{} 0 R]", after.number));
        let mut body = b"<<".to_vec();
        for (key, value) in page.dict.entries.iter().filter(|(key, _)| key != "Contents") {
            body.extend([b"/", object::escaped_name(key).as_bytes(), b" ", value].concat());
        }
        body.extend([b" /Contents ", list.as_bytes(), b" >>"].concat());
        update.object(page.own, &body);
    }
    if update.objects.len() == n_before {
        return Ok(None);
    }
    let mut edits = Edits::default();
    let info = parts.info.as_ref().and_then(|(_, _, number)| *number);
    edits.insert(source.len(), update.finish(document, info)?);
    Ok(Some(edits))
}

/// What the mark on the first or the last page says, and whether that is the last; nothing where none was set. The document is opened
/// once for all marks.
pub(crate) fn mark_on(source: &mut Source<'_>) -> Result<Option<(String, bool)>, LabelError> {
    let document = parts(source)?.document;
    for is_last in [false, true] {
        let page = page(source, &document, is_last)?;
        let streams = contents(source, &document, &page.dict)?;
        if let Some(name) = mark_in(source, &document, &streams)? {
            return Ok(Some((name, is_last)));
        }
    }
    Ok(None)
}

/// The first or the last page.
fn page(source: &mut Source<'_>, document: &Document, is_last: bool) -> Result<Page, LabelError> {
    let root =
        document.trailer.get("Root").and_then(object::reference).ok_or_else(|| unsupported("it has no catalog"))?;
    let catalog = document.dict(source, root)?.ok_or_else(|| unsupported("it has no catalog"))?.0;
    let mut own = catalog.get("Pages").and_then(object::reference).ok_or_else(|| unsupported("it has no pages"))?;
    let (mut area, mut crop, mut rotation) = (A4, None, 0);
    for _ in 0..MAX_DEPTH {
        let dict = document.dict(source, own)?.ok_or_else(|| unsupported("one of its pages is missing"))?.0;
        area = rectangle(source, document, dict.get("MediaBox"))?.unwrap_or(area);
        crop = rectangle(source, document, dict.get("CropBox"))?.or(crop);
        rotation = dict.integer("Rotate").unwrap_or(rotation);
        let Some(kids) = dict.get("Kids") else {
            return Ok(Page { own, dict, area: crop.unwrap_or(area), rotation: rotation % 360 });
        };
        let kids = match object::reference(kids) {
            Some(list) => document.value(source, list)?.unwrap_or_default(),
            None => kids.to_vec(),
        };
        let kids = object::references(&kids);
        let next = if is_last { kids.last() } else { kids.first() };
        own = *next.ok_or_else(|| unsupported("it has no pages"))?;
    }
    Err(LabelError::too_large(Container::Pdf, "the depth of its pages", MAX_DEPTH))
}

fn rectangle(
    source: &mut Source<'_>,
    document: &Document,
    value: Option<&[u8]>,
) -> Result<Option<[f64; 4]>, LabelError> {
    let Some(value) = value else { return Ok(None) };
    let value = match object::reference(value) {
        Some(own) => document.value(source, own)?.unwrap_or_default(),
        None => value.to_vec(),
    };
    let text = String::from_utf8_lossy(&value).replace(['[', ']'], " ");
    let numbers: Vec<f64> = text.split_whitespace().filter_map(|word| word.parse().ok()).collect();
    let [x, y, z, w] = numbers.as_slice() else { return Ok(None) };
    Ok(Some([x.min(*z), y.min(*w), x.max(*z), y.max(*w)]))
}

/// The streams that draw a page.
fn contents(source: &mut Source<'_>, document: &Document, page: &Dict) -> Result<Vec<Reference>, LabelError> {
    let Some(value) = page.get("Contents") else { return Ok(Vec::new()) };
    if let Some(own) = object::reference(value) {
        // It may be a stream, or a list that is an object of its own.
        return match document.value(source, own)? {
            Some(list) if list.starts_with(b"[") => Ok(object::references(&list)),
            _ => Ok(vec![own]),
        };
    }
    Ok(object::references(value))
}

/// What the mark says that is drawn behind everything else on a page.
fn mark_in(source: &mut Source<'_>, document: &Document, streams: &[Reference]) -> Result<Option<String>, LabelError> {
    let Some(last) = streams.last() else { return Ok(None) };
    let Some((stream, _)) = document.stream(source, *last)? else { return Ok(None) };
    let Ok(content) = stream.plain(MAX_INDEX) else { return Ok(None) };
    Ok(name_in(&content))
}

/// How a stream begins that draws a mark. What the mark says follows in hexadecimal, up to the end of the line.
const HEAD: &str = "Q\n% aigc-mark ";
/// The most digits of a mark.
const MAX_DIGITS: usize = 1024;

fn comment(outline: &Outline) -> String {
    format!("{HEAD}{}\n", HEXLOWER.encode(outline.name.as_bytes()))
}

fn name_in(content: &[u8]) -> Option<String> {
    let rest = content.strip_prefix(HEAD.as_bytes())?;
    let end = rest.iter().take(MAX_DIGITS).position(|byte| *byte == b'\n')?;
    String::from_utf8(HEXLOWER.decode(rest.get(..end)?).ok()?).ok()
}

/// The operators that draw a mark in black on a white plate, upright as people see the page.
fn drawing(outline: &Outline, page: &Page, is_last: bool) -> String {
    let [left, bottom, right, top] = page.area;
    let (width, height) = (right - left, top - bottom);
    // The page as people see it, and how its places are those of the page as it is stored.
    let (seen_width, seen_height, turn) = match page.rotation {
        90 => (height, width, [0.0, 1.0, -1.0, 0.0, right, bottom]),
        180 => (width, height, [-1.0, 0.0, 0.0, -1.0, right, top]),
        270 => (height, width, [0.0, -1.0, 1.0, 0.0, left, top]),
        _ => (width, height, [1.0, 0.0, 0.0, 1.0, left, bottom]),
    };
    let mut size = (seen_width.min(seen_height) * SHARE).max(LEAST);
    let margin = size;
    // A long mark on a narrow page becomes smaller than that, or it could not be read to its end.
    size = size.min((seen_width - 2.0 * margin).max(1.0) / outline.width.max(0.1));
    let mark_width = outline.width * size;
    let x = seen_width - margin - mark_width;
    let y = if is_last { margin } else { seen_height - margin - size };
    let pad = size * 0.25;
    let turn = turn.map(|number: f64| format!("{number:.3}")).join(" ");
    format!(
        "{}q {turn} cm 1 g {:.3} {:.3} {:.3} {:.3} re f 0 g {size:.4} 0 0 {size:.4} {x:.3} {y:.3} cm\n{}f Q\n",
        comment(outline),
        x - pad,
        y - pad,
        mark_width + 2.0 * pad,
        size + 2.0 * pad,
        outline.paths
    )
}

fn stream(update: &mut Update, document: &Document, own: Reference, content: &[u8]) -> Result<(), LabelError> {
    let bytes = match &document.cipher {
        Some(cipher) => {
            let failed = || LabelError::Encrypted { container: Container::Pdf };
            cipher.encrypt_stream(own, content).ok_or_else(failed)?
        }
        None => content.to_vec(),
    };
    let head = format!("<< /Length {} >>\nstream\n", bytes.len());
    update.object(own, &[head.as_bytes(), &bytes, b"\nendstream"].concat());
    Ok(())
}
