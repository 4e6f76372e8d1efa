//! What people read in a file: the words of its pages, a paragraph a line.

use super::zip::Archive;
use super::{Container, html, markdown};
use crate::encoding;
use crate::error::LabelError;
use crate::limits::MAX_TEXT;
use crate::source::Source;
use crate::xml::local;

/// Elements within a line: they do not end it.
const INLINE: [&str; 28] = [
    "t", "r", "rpr", "span", "b", "i", "u", "s", "em", "strong", "a", "font", "small", "sub", "sup", "tspan", "ins",
    "del", "code", "mark", "rfonts", "color", "sz", "lang", "hyperlink", "ruby", "bdo", "abbr",
];
/// Elements whose content nobody reads.
const HIDDEN: [&str; 7] = ["script", "style", "head", "template", "instrtext", "metadata", "noscript"];
/// Elements that have no content.
const EMPTY: [&str; 8] = ["br", "hr", "img", "input", "meta", "link", "wbr", "source"];
/// Empty elements that end a line.
const BREAKS: [&str; 4] = ["br", "hr", "lb", "line-break"];

/// What people read; nothing where that is pixels or sounds, or cannot be told here.
pub(crate) fn readable(source: &mut Source<'_>) -> Result<Option<String>, LabelError> {
    let container = source.container();
    if matches!(container, Container::Html | Container::Svg) {
        let bytes = source.all(MAX_TEXT)?;
        return Ok(Some(of_markup(&page(&bytes))));
    }
    if container == Container::Markdown {
        let text = page(&source.all(MAX_TEXT)?);
        let body = text.get(markdown::body_start(&text)..).unwrap_or_default();
        return Ok(Some(without_comments(body)));
    }
    let Some(is_read) = parts_of(container) else { return Ok(None) };
    let archive = Archive::read(source)?;
    let names: Vec<String> =
        archive.entries.iter().map(|entry| entry.name.clone()).filter(|name| is_read(name)).collect();
    let mut text = String::new();
    for name in names {
        let part = archive.content(source, &name)?.unwrap_or_default();
        text.push_str(&of_markup(&String::from_utf8_lossy(&part)));
        text.push('\n');
        if text.len() > MAX_TEXT {
            return Err(LabelError::too_large(container, "its text", MAX_TEXT));
        }
    }
    Ok(Some(text))
}

/// Which parts of an archive people read; nothing for what is none, or has none.
fn parts_of(container: Container) -> Option<fn(&str) -> bool> {
    if container == Container::Office {
        return Some(|name| {
            let name = name.trim_start_matches('/');
            let is_slide = name.starts_with("ppt/slides/slide") || name.starts_with("ppt/slideMasters/");
            let is_page = matches!(name, "word/document.xml" | "xl/sharedStrings.xml");
            let is_edge = name.starts_with("word/header") || name.starts_with("word/footer");
            (is_slide || is_page || is_edge) && name.ends_with(".xml")
        });
    }
    if container == Container::Odf {
        return Some(|name| matches!(name, "content.xml" | "styles.xml"));
    }
    if container == Container::Ofd {
        return Some(|name| name.ends_with("Content.xml"));
    }
    let is_book: fn(&str) -> bool = |name| [".xhtml", ".html", ".htm"].iter().any(|end| name.ends_with(end));
    (container == Container::Epub).then_some(is_book)
}

fn page(bytes: &[u8]) -> String {
    encoding::decode_page(bytes).map_or_else(|| String::from_utf8_lossy(bytes).into_owned(), |(text, _)| text)
}

/// The text of a page of Markdown without what its readers do not see.
fn without_comments(text: &str) -> String {
    let mut out = String::new();
    let mut rest = text;
    while let Some((before, behind)) = rest.split_once("<!--") {
        out.push_str(before);
        rest = behind.split_once("-->").map_or("", |(_, after)| after);
    }
    out.push_str(rest);
    out
}

/// The text of XML or HTML: what stands between tags, a line for each paragraph.
fn of_markup(text: &str) -> String {
    let mut out = String::new();
    let mut rest = text;
    while let Some((before, behind)) = rest.split_once('<') {
        out.push_str(&html::unescaped(before));
        if let Some(comment) = behind.strip_prefix("!--") {
            rest = comment.split_once("-->").map_or("", |(_, after)| after);
            continue;
        }
        let Some((tag, after)) = behind.split_once('>') else { return out };
        rest = after;
        let is_empty = tag.ends_with('/');
        let name = tag.trim_start_matches('/').trim_end_matches('/').split_whitespace().next().unwrap_or_default();
        let name = local(name).to_ascii_lowercase();
        if !tag.starts_with('/') && !is_empty {
            if HIDDEN.contains(&name.as_str()) {
                rest = behind_end(after, &name);
            } else if is_hidden(tag) && !EMPTY.contains(&name.as_str()) {
                rest = behind_whole(after, &name);
            }
        }
        let is_break = if is_empty { BREAKS.contains(&name.as_str()) } else { !INLINE.contains(&name.as_str()) };
        if is_break {
            out.push('\n');
        }
    }
    out.push_str(&html::unescaped(rest));
    out
}

/// Whether a page hides an element by itself.
fn is_hidden(tag: &str) -> bool {
    let lower = tag.to_ascii_lowercase();
    let style: String = lower.chars().filter(|c| !c.is_whitespace()).collect();
    style.contains("display:none")
        || style.contains("visibility:hidden")
        || lower.split_whitespace().skip(1).any(|word| word == "hidden" || word.starts_with("hidden="))
}

/// The text behind an element that may have others of its name within it.
fn behind_whole<'a>(text: &'a str, name: &str) -> &'a str {
    let mut depth = 1_usize;
    let mut rest = text;
    while let Some((_, behind)) = rest.split_once('<') {
        let (tag, after) = behind.split_once('>').unwrap_or((behind, ""));
        let own = tag.trim_start_matches('/').split([' ', '\t', '\n', '\r', '/']).next().unwrap_or_default();
        if local(own).eq_ignore_ascii_case(name) && !tag.ends_with('/') {
            depth = if tag.starts_with('/') { depth.saturating_sub(1) } else { depth.saturating_add(1) };
        }
        if depth == 0 {
            return after;
        }
        rest = after;
    }
    ""
}

/// The text behind the end tag of an element.
fn behind_end<'a>(text: &'a str, name: &str) -> &'a str {
    let mut rest = text;
    while let Some((_, behind)) = rest.split_once("</") {
        let own = behind.split(['>', ' ']).next().unwrap_or_default();
        if local(own).eq_ignore_ascii_case(name) {
            return behind.split_once('>').map_or("", |(_, after)| after);
        }
        rest = behind;
    }
    ""
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_paragraph_is_a_line_whatever_its_parts_are() {
        let lines = |text: &str| -> Vec<String> {
            let text = of_markup(text);
            text.lines().map(str::trim).filter(|line| !line.is_empty()).map(str::to_owned).collect()
        };
        let word = "<w:p><w:r><w:rPr><w:b/><w:sz w:val='2'/></w:rPr><w:t>AI</w:t></w:r><w:r><w:t>生成</w:t></w:r></w:p><w:p><w:r><w:t>文</w:t></w:r></w:p>";
        assert_eq!(lines(word), ["AI生成", "文"]);
        let html = "<head><title>t</title></head><body><script>if (a < b) {}</script><!-- AI生成 --><p>甲<b>乙</b>&amp;丙<br>丁</p>";
        assert_eq!(lines(html), ["甲乙&丙", "丁"]);
        let hidden = "<p>甲</p><div style='color: red; display : none'><div>乙</div>AI生成</div><p hidden>丙</p><input type=hidden><p \
                      class=hidden>丁</p><img hidden>戊";
        assert_eq!(lines(hidden), ["甲", "丁", "戊"]);
        assert!(lines("<div hidden><div>AI生成").is_empty());
    }
}
