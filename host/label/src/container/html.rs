//! HTML: `<meta name="AIGC">` in the head.

use crate::container::Container;
use crate::edits::Edits;
use crate::error::LabelError;
use crate::label::{Label, WRAPPER};
use crate::limits::MAX_TEXT;
use crate::raw::{RawLabel, is_label, is_label_name};
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

    /// The name under which a label stands; nothing where the tag is none.
    fn label(&self) -> Option<&str> {
        let name = self.attribute("name").or_else(|| self.attribute("property")).unwrap_or_default();
        let content = self.attribute("content").unwrap_or_default();
        (self.name == "meta" && is_label(name, content)).then_some(name)
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

/// The start tags of a page, in their order; `visit` says whether to go on.
///
/// A small part of how browsers read: comments, declarations, end tags and the content of scripts and the like are passed over.
fn tags(bytes: &[u8], mut visit: impl FnMut(Tag) -> bool) {
    let mut at = 0;
    while let Some(from) = find_byte(bytes, b'<', at) {
        let rest = bytes.get(from..).unwrap_or_default();
        let next = rest.get(1).copied().unwrap_or_default();
        if rest.starts_with(b"<!--") {
            at = find(bytes, b"-->", from.saturating_add(2)).map_or(bytes.len(), |end| end.saturating_add(3));
        } else if !next.is_ascii_alphabetic() {
            let is_markup = matches!(next, b'!' | b'?' | b'/');
            at = if is_markup { find_byte(bytes, b'>', from).unwrap_or(bytes.len()) } else { from.saturating_add(1) };
        } else {
            let tag = start_tag(bytes, from);
            at = tag.to;
            let name = tag.name.clone();
            if !visit(tag) {
                return;
            }
            if RAW_TEXT.contains(&name.as_str()) {
                at = raw_text_end(bytes, &name, at);
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

fn unescaped(value: &str) -> String {
    quick_xml::escape::unescape(value).map_or_else(|_| value.replace("&quot;", "\""), std::borrow::Cow::into_owned)
}

pub(super) fn read(source: &mut Source<'_>, reading: &mut Reading) -> Result<(), LabelError> {
    let bytes = text(source)?;
    let mut failed = Ok(());
    tags(&bytes, |tag| {
        if let Some(name) = tag.label() {
            let label = RawLabel::parse(tag.attribute("content").unwrap_or_default());
            // Names are the same in capitals and without.
            let name = name.to_ascii_uppercase();
            failed = reading.found(format!("meta {name}"), wide(tag.from), is_label_name(&name), label);
        } else if cfg!(feature = "c2pa") && tag.is_manifest() {
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
    tags(&bytes, |tag| {
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
        if tag.label().is_some() {
            edits.remove(wide(tag.from), wide(tag.to));
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

/// Behind the start tag of the body; the start of a page that has none.
pub(crate) fn body_start(page: &[u8]) -> usize {
    let mut at = 0;
    tags(page, |tag| {
        if tag.name == "body" {
            at = tag.to;
        }
        tag.name != "body"
    });
    at
}
