//! HTML: `<meta name="AIGC">` in the head.

use std::ops::Range;

use crate::container::Container;
use crate::edits::Edits;
use crate::embedded::{self, Remainder};
use crate::error::LabelError;
use crate::label::{Label, WRAPPER};
use crate::limits::MAX_TEXT;
use crate::raw::{RawLabel, is_label_name};
use crate::reading::{Reading, Remark};
use crate::source::{Source, find, wide};

/// Elements whose content is text, whatever it looks like.
const RAW_TEXT: [&str; 8] = ["script", "style", "textarea", "title", "xmp", "iframe", "noembed", "noframes"];

/// A start tag: where it stands, its name, its attributes.
struct Tag {
    from: usize,
    to: usize,
    name: String,
    attributes: Vec<(String, String)>,
}

impl Tag {
    fn attribute(&self, name: &str) -> Option<&str> {
        self.attributes.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }

    /// The name and the value of metadata; nothing for any other tag.
    fn metadata(&self) -> Option<(&str, &str)> {
        let name = self.attribute("name").or_else(|| self.attribute("property")).unwrap_or_default();
        (self.name == "meta").then(|| (name, self.attribute("content").unwrap_or_default()))
    }

    /// The name of a script that holds data.
    fn data_name(&self) -> Option<&str> {
        let is_json = |kind: &str| kind.to_ascii_lowercase().contains("json");
        let id = self.attribute("id").or_else(|| self.attribute("name")).unwrap_or_default();
        (self.name == "script" && (is_label_name(id) || self.attribute("type").is_some_and(is_json))).then_some(id)
    }

    /// The tag with another value of its metadata.
    fn with_content(&self, content: &str) -> String {
        let others = self.attributes.iter().filter(|(name, _)| name != "content");
        let others: String = others.map(|(name, value)| format!(" {name}=\"{}\"", xml_escape(value))).collect();
        format!("<{}{others} content=\"{}\"/>", self.name, xml_escape(content))
    }

    /// Whether a manifest stands here, or is named.
    fn is_manifest(&self) -> bool {
        let is = |attribute, value: &str| self.attribute(attribute).is_some_and(|own| own.eq_ignore_ascii_case(value));
        (self.name == "script" && is("type", "application/c2pa")) || (self.name == "link" && is("rel", "c2pa-manifest"))
    }
}

fn text(source: &mut Source<'_>) -> Result<Vec<u8>, LabelError> {
    let bytes = source.all(MAX_TEXT)?;
    if bytes.starts_with(&[0xFF, 0xFE]) || bytes.starts_with(&[0xFE, 0xFF]) {
        let what = "the page is written in UTF-16".to_owned();
        return Err(LabelError::Unsupported { container: Container::Html, what, fix: "save it as UTF-8" });
    }
    Ok(bytes)
}

fn xml_escape(text: &str) -> std::borrow::Cow<'_, str> {
    quick_xml::escape::escape(text)
}

/// A part of a page that is no text.
enum Piece {
    Start(Tag),
    /// A comment: what stands in it.
    Comment(Range<usize>),
    /// What stands in a script or the like, up to its end tag.
    Raw(Tag, Range<usize>),
}

/// The pieces of a page, in their order; `visit` says whether to go on.
///
/// A small part of how browsers read: declarations and end tags are passed over.
fn pieces(bytes: &[u8], mut visit: impl FnMut(Piece) -> bool) {
    let mut at = 0;
    while let Some(from) = find_byte(bytes, b'<', at) {
        let rest = bytes.get(from..).unwrap_or_default();
        let next = rest.get(1).copied().unwrap_or_default();
        if rest.starts_with(b"<!--") {
            let end = find(bytes, b"-->", from.saturating_add(2)).unwrap_or(bytes.len());
            at = end.saturating_add(3).min(bytes.len());
            let start = from.saturating_add(4);
            if start < end && !visit(Piece::Comment(start..end)) {
                return;
            }
        } else if !next.is_ascii_alphabetic() {
            let is_markup = matches!(next, b'!' | b'?' | b'/');
            at = if is_markup { find_byte(bytes, b'>', from).unwrap_or(bytes.len()) } else { from.saturating_add(1) };
        } else {
            let tag = start_tag(bytes, from);
            at = tag.to;
            let is_raw = RAW_TEXT.contains(&tag.name.as_str());
            let raw = is_raw.then(|| start_tag(bytes, from));
            if !visit(Piece::Start(tag)) {
                return;
            }
            if let Some(tag) = raw {
                let end = raw_text_end(bytes, &tag.name, at);
                let content = at..end;
                at = end;
                if !visit(Piece::Raw(tag, content)) {
                    return;
                }
            }
        }
    }
}

fn find_byte(bytes: &[u8], byte: u8, from: usize) -> Option<usize> {
    bytes.get(from..)?.iter().position(|&found| found == byte).map(|at| at.saturating_add(from))
}

/// Where `</name` stands next.
fn raw_text_end(bytes: &[u8], name: &str, from: usize) -> usize {
    let mut at = from;
    while let Some(close) = find(bytes, b"</", at) {
        let end = close.saturating_add(2).saturating_add(name.len());
        if bytes.get(close.saturating_add(2)..end).is_some_and(|found| found.eq_ignore_ascii_case(name.as_bytes())) {
            return close;
        }
        at = close.saturating_add(2);
    }
    bytes.len()
}

fn start_tag(bytes: &[u8], from: usize) -> Tag {
    let mut at = from.saturating_add(1);
    let take = |at: &mut usize, ends: &dyn Fn(u8) -> bool| {
        let start = *at;
        while bytes.get(*at).is_some_and(|&byte| !ends(byte)) {
            *at = at.saturating_add(1);
        }
        String::from_utf8_lossy(bytes.get(start..*at).unwrap_or_default()).into_owned()
    };
    let is_space = |byte: u8| byte.is_ascii_whitespace();
    let name = take(&mut at, &|byte| is_space(byte) || matches!(byte, b'>' | b'/')).to_ascii_lowercase();
    let mut attributes = Vec::new();
    loop {
        take(&mut at, &|byte| !is_space(byte) && byte != b'/');
        if bytes.get(at).is_none_or(|&byte| byte == b'>') {
            return Tag { from, to: at.saturating_add(1).min(bytes.len()), name, attributes };
        }
        let start = at;
        let key = take(&mut at, &|byte| is_space(byte) || matches!(byte, b'=' | b'>' | b'/')).to_ascii_lowercase();
        take(&mut at, &|byte| !is_space(byte));
        let mut value = String::new();
        if bytes.get(at) == Some(&b'=') {
            at = at.saturating_add(1);
            take(&mut at, &|byte| !is_space(byte));
            value = match bytes.get(at).copied() {
                Some(quote @ (b'"' | b'\'')) => {
                    at = at.saturating_add(1);
                    let value = take(&mut at, &|byte| byte == quote);
                    at = at.saturating_add(1).min(bytes.len());
                    value
                }
                _ => take(&mut at, &|byte| is_space(byte) || byte == b'>'),
            };
        }
        // An equals sign where a name should be is passed over, so that every turn goes on.
        at = at.max(start.saturating_add(1));
        attributes.push((key, unescaped(&value)));
    }
}

pub(super) fn unescaped(value: &str) -> String {
    quick_xml::escape::unescape(value).map_or_else(|_| value.replace("&quot;", "\""), std::borrow::Cow::into_owned)
}

/// A label of a page: the name of its place, what it says, and the stretch that goes when it goes.
struct PageLabel {
    name: String,
    is_standard: bool,
    at: usize,
    label: RawLabel,
}

/// What changes when a page loses its labels: a stretch, and what takes its place.
struct Change {
    span: Range<usize>,
    put: Vec<u8>,
}

/// The labels of a piece, and what changes when they go.
fn labels_of(bytes: &[u8], piece: &Piece) -> (Vec<PageLabel>, Option<Change>) {
    let text = |span: &Range<usize>| String::from_utf8_lossy(bytes.get(span.clone()).unwrap_or_default()).into_owned();
    let (own, name, value, at) = match piece {
        Piece::Start(tag) => {
            let Some((name, content)) = tag.metadata() else { return (Vec::new(), None) };
            // Names are the same in capitals and without.
            (name.to_owned(), format!("meta {}", name.to_ascii_uppercase()), content.to_owned(), tag.from)
        }
        Piece::Raw(tag, content) => {
            let Some(id) = tag.data_name() else { return (Vec::new(), None) };
            (id.to_owned(), format!("script {id}"), text(content), tag.from)
        }
        Piece::Comment(content) => (String::new(), "comment".to_owned(), text(content), content.start),
    };
    let is_standard = matches!(piece, Piece::Start(_)) && is_label_name(&own);
    let found = embedded::of_field(&own, &value).into_iter();
    let labels = found.map(|label| PageLabel { name: name.trim_end().to_owned(), is_standard, at, label });
    let rest = match piece {
        Piece::Start(_) => embedded::without_labels(&own, &value).encoded(|rest| rest.as_bytes().to_vec()),
        Piece::Raw(_, content) | Piece::Comment(content) => {
            embedded::bytes_without_labels(&own, bytes.get(content.clone()).unwrap_or_default())
        }
    };
    (labels.collect(), change_of(bytes, piece, rest))
}

fn change_of(bytes: &[u8], piece: &Piece, rest: Remainder<Vec<u8>>) -> Option<Change> {
    let whole = match piece {
        Piece::Start(tag) => tag.from..tag.to,
        Piece::Raw(tag, content) => {
            let end = find_byte(bytes, b'>', content.end).map_or(bytes.len(), |end| end.saturating_add(1));
            tag.from..end
        }
        Piece::Comment(content) => content.start.saturating_sub(4)..content.end.saturating_add(3).min(bytes.len()),
    };
    let (span, put) = match (rest, piece) {
        (Remainder::Unchanged, _) => return None,
        (Remainder::Nothing, _) => (whole, Vec::new()),
        (Remainder::Text(rest), Piece::Start(tag)) => {
            (whole, tag.with_content(&String::from_utf8_lossy(&rest)).into_bytes())
        }
        // A comment that only says that a label follows goes with it.
        (Remainder::Text(rest), Piece::Comment(_)) if is_heading(&rest) => (whole, Vec::new()),
        (Remainder::Text(rest), Piece::Comment(content) | Piece::Raw(_, content)) => (content.clone(), rest),
    };
    Some(Change { span, put })
}

/// Whether a text is the name of labels and nothing else, as `AIGC:`.
pub(super) fn is_heading(text: &[u8]) -> bool {
    let text = String::from_utf8_lossy(text);
    is_label_name(text.trim_matches(|c: char| c.is_whitespace() || matches!(c, ':' | '=' | '-' | '：')))
}

pub(super) fn read(source: &mut Source<'_>, reading: &mut Reading) -> Result<(), LabelError> {
    let bytes = text(source)?;
    let mut failed = Ok(());
    pieces(&bytes, |piece| {
        let (labels, _) = labels_of(&bytes, &piece);
        for found in labels {
            if failed.is_ok() {
                failed = reading.found(found.name, wide(found.at), found.is_standard, found.label);
            }
        }
        if let Piece::Start(tag) = &piece
            && cfg!(feature = "c2pa")
            && tag.is_manifest()
        {
            reading.remark(Remark::C2pa(format!("byte {}, {}", tag.from, tag.name)));
        }
        failed.is_ok()
    });
    failed
}

pub(super) fn edits(source: &mut Source<'_>, label: &Label) -> Result<Edits, LabelError> {
    let bytes = text(source)?;
    let mut edits = Edits::default();
    let mut place = (0, 0);
    let mut is_in_head = true;
    pieces(&bytes, |piece| {
        if let (_, Some(change)) = labels_of(&bytes, &piece) {
            edits.replace(wide(change.span.start), wide(change.span.end), change.put);
        }
        let Piece::Start(tag) = piece else { return true };
        let rank = match tag.name.as_str() {
            "head" => 2,
            "html" => 1,
            _ => 0,
        };
        // A page says early how it is encoded, within as many bytes as browsers look at: the label comes behind that.
        let is_encoding = tag.name == "meta"
            && (tag.attribute("charset").is_some()
                || tag.attribute("http-equiv").is_some_and(|name| name.eq_ignore_ascii_case("content-type")));
        let rank = if is_encoding && place.0 < 3 { 3 } else { rank };
        is_in_head &= tag.name != "body";
        // The first of its kind: a page has one head.
        if rank > place.0 && is_in_head {
            place = (rank, tag.to);
        }
        true
    });
    if place.0 == 0 {
        place.1 = declaration_end(&bytes);
    }
    // Between apostrophes quotation marks need no escape; the slash is for pages that are XML.
    let json = quick_xml::escape::partial_escape(label.to_json().as_str()).replace('\'', "&#39;");
    edits.insert(wide(place.1), format!("<meta name=\"{WRAPPER}\" content='{json}'/>").into_bytes());
    Ok(edits)
}

/// Behind the mark of the encoding and the declaration of the kind of document.
fn declaration_end(bytes: &[u8]) -> usize {
    let start = if bytes.starts_with(&[0xEF, 0xBB, 0xBF]) { 3 } else { 0 };
    let rest = bytes.get(start..).unwrap_or_default();
    let blank = rest.iter().take_while(|byte| byte.is_ascii_whitespace()).count();
    let at = start.saturating_add(blank);
    let head = bytes.get(at..at.saturating_add(9)).unwrap_or_default();
    if head.eq_ignore_ascii_case(b"<!doctype") {
        find_byte(bytes, b'>', at).map_or(start, |end| end.saturating_add(1))
    } else {
        start
    }
}

/// Whether a text begins as a page.
pub(super) fn is_one(prefix: &[u8]) -> bool {
    let text = String::from_utf8_lossy(prefix).to_ascii_lowercase();
    let text = text.trim_start_matches('\u{feff}').trim_start();
    ["<!doctype html", "<html", "<head", "<body"].iter().any(|start| text.starts_with(start))
}

/// What stands before the body where the page does not say where that begins.
const OF_HEAD: [&str; 9] = ["html", "head", "meta", "link", "base", "title", "style", "script", "noscript"];

/// Behind the start tag of the body; behind the head of a page that has none, and never before the kind of document.
pub(crate) fn body_start(page: &[u8]) -> usize {
    let mut at = declaration_end(page);
    let mut is_head = true;
    let mut body = None;
    pieces(page, |piece| {
        match piece {
            Piece::Start(tag) if tag.name == "body" => body = Some(tag.to),
            Piece::Start(tag) => {
                is_head &= OF_HEAD.contains(&tag.name.as_str());
                at = if is_head { tag.to } else { at };
            }
            Piece::Raw(_, content) if is_head => {
                at = find_byte(page, b'>', content.end).map_or(page.len(), |end| end.saturating_add(1));
            }
            Piece::Comment(_) | Piece::Raw(..) => {}
        }
        body.is_none()
    });
    if let Some(body) = body {
        return body;
    }
    let rest = page.get(at..).unwrap_or_default();
    let blank = rest.iter().take_while(|byte| byte.is_ascii_whitespace()).count();
    let end = rest.get(blank..blank.saturating_add(6)).filter(|end| end.eq_ignore_ascii_case(b"</head"));
    match end.and_then(|_| find_byte(page, b'>', at)) {
        Some(end) => end.saturating_add(1),
        None => at,
    }
}
