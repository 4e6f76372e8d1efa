//! XML by place: which elements stand where, so that one can be changed and the rest stays as it is.

use quick_xml::Reader;
use quick_xml::escape::unescape;
use quick_xml::events::{BytesStart, Event};

use crate::edits::Edits;
use crate::source::wide;

/// How deep elements may nest. Real packets have under twenty levels.
const MAX_XML_DEPTH: usize = 128;
/// How many elements may stand in one part. Histories of edits in real packets come to some ten thousands.
const MAX_ELEMENTS: usize = 1 << 18;

/// One element: its names, its attributes, and where it stands in bytes.
#[derive(Debug)]
pub(crate) struct Node {
    /// With its prefix.
    pub(crate) name: String,
    pub(crate) attributes: Vec<(String, String)>,
    /// Where the start tag begins.
    pub(crate) from: usize,
    /// Where the content begins; the end of the tag where it closes itself.
    pub(crate) inner_from: usize,
    pub(crate) inner_to: usize,
    pub(crate) to: usize,
    /// The index of the element around it.
    pub(crate) parent: Option<usize>,
}

impl Node {
    pub(crate) fn local(&self) -> &str {
        local(&self.name)
    }

    /// The value of an attribute, by its name without prefix.
    pub(crate) fn attribute(&self, name: &str) -> Option<&str> {
        self.attributes.iter().find(|(known, _)| local(known) == name).map(|(_, value)| value.as_str())
    }

    /// Whether it is `<a/>`.
    pub(crate) fn is_empty_tag(&self, text: &str) -> bool {
        text.get(..self.inner_from).is_some_and(|head| head.ends_with("/>"))
    }

    /// The text within, entities resolved.
    pub(crate) fn text(&self, text: &str) -> String {
        plain(text.get(self.inner_from..self.inner_to).unwrap_or_default())
    }

    /// The same as a reader of XML takes it: without comments and instructions, and with sections of CDATA among other text.
    pub(crate) fn content(&self, text: &str) -> String {
        let mut rest = text.get(self.inner_from..self.inner_to).unwrap_or_default();
        let mut out = String::new();
        while let Some((before, behind)) = rest.split_once('<') {
            out.push_str(&plain(before));
            let skipped = [("!--", "-->"), ("?", "?>"), ("![CDATA[", "]]>")].iter().find_map(|(open, close)| {
                let (inner, after) = behind.strip_prefix(open)?.split_once(close)?;
                Some((if open.ends_with('[') { inner } else { "" }, after))
            });
            let (inner, after) = skipped.unwrap_or(("<", behind));
            out.push_str(inner);
            rest = after;
        }
        out.push_str(&plain(rest));
        out
    }
}

/// A name without its prefix.
pub(crate) fn local(name: &str) -> &str {
    name.rsplit(':').next().unwrap_or(name)
}

/// Where a text is no XML.
#[derive(Debug)]
pub(crate) struct XmlProblem {
    pub(crate) at: usize,
    pub(crate) what: String,
}

/// Every element of a text, in the order of their start tags.
///
/// Entities that a document declares itself are not resolved, so none can multiply.
pub(crate) fn nodes(text: &str) -> Result<Vec<Node>, XmlProblem> {
    // The reader passes over a mark of the order of bytes and does not count it.
    let own = text.strip_prefix('\u{feff}').unwrap_or(text);
    let start = text.len().saturating_sub(own.len());
    let place = |reader: &Reader<&[u8]>| place(reader).saturating_add(start);
    let mut reader = Reader::from_str(own);
    let mut nodes: Vec<Node> = Vec::new();
    let mut open: Vec<usize> = Vec::new();
    loop {
        let from = place(&reader);
        let event = reader.read_event();
        let to = place(&reader);
        let problem = |what: String| XmlProblem { at: from, what };
        match event.map_err(|error| problem(error.to_string()))? {
            Event::Eof => break,
            Event::Start(tag) => {
                if open.len() >= MAX_XML_DEPTH {
                    return Err(problem(format!("elements nest deeper than {MAX_XML_DEPTH}")));
                }
                let parent = open.last().copied();
                open.push(nodes.len());
                nodes.push(node(&tag, from, to, parent).map_err(problem)?);
            }
            Event::Empty(tag) => {
                let parent = open.last().copied();
                nodes.push(node(&tag, from, to, parent).map_err(problem)?);
            }
            Event::End(_) => {
                if let Some(node) = open.pop().and_then(|index| nodes.get_mut(index)) {
                    (node.inner_to, node.to) = (from, to);
                }
            }
            Event::Text(_)
            | Event::CData(_)
            | Event::Comment(_)
            | Event::Decl(_)
            | Event::PI(_)
            | Event::DocType(_)
            | Event::GeneralRef(_) => {}
        }
        if nodes.len() > MAX_ELEMENTS {
            return Err(problem(format!("it has more than {MAX_ELEMENTS} elements")));
        }
    }
    match open.last().and_then(|&index| nodes.get(index)) {
        Some(node) => Err(XmlProblem { at: node.from, what: format!("`{}` is not closed", node.name) }),
        None => Ok(nodes),
    }
}

fn place(reader: &Reader<&[u8]>) -> usize {
    usize::try_from(reader.buffer_position()).unwrap_or(usize::MAX)
}

fn node(tag: &BytesStart<'_>, from: usize, to: usize, parent: Option<usize>) -> Result<Node, String> {
    let mut attributes = Vec::new();
    for attribute in tag.attributes() {
        let attribute = attribute.map_err(|error| error.to_string())?;
        let value = plain(&String::from_utf8_lossy(attribute.value.as_bytes()));
        attributes.push((String::from_utf8_lossy(attribute.key.as_ref().as_bytes()).into_owned(), value));
    }
    let name = String::from_utf8_lossy(tag.name().as_ref().as_bytes()).into_owned();
    Ok(Node { name, attributes, from, inner_from: to, inner_to: to, to, parent })
}

/// Text as XML writes it: the whole of a CDATA section as it is, else entities resolved where they are known.
pub(crate) fn plain(raw: &str) -> String {
    let trimmed = raw.trim();
    if let Some(data) = trimmed.strip_prefix("<![CDATA[").and_then(|rest| rest.strip_suffix("]]>")) {
        return data.to_owned();
    }
    unescape(raw).map_or_else(|_| raw.to_owned(), std::borrow::Cow::into_owned)
}

/// An element that holds a text with another one: in its attribute `content` where it has that, else within.
pub(crate) fn with_value(text: &str, node: &Node, value: &str) -> String {
    let attributes = node.attributes.iter().map(|(name, old)| {
        let own = if local(name) == "content" { value } else { old };
        format!(" {name}=\"{}\"", escape(own))
    });
    let attributes: String = attributes.collect();
    if node.attribute("content").is_some() {
        let inner = text.get(node.inner_from..node.to).unwrap_or_default();
        let end = if node.is_empty_tag(text) { "/>" } else { ">" };
        return format!("<{}{attributes}{end}{inner}", node.name);
    }
    format!("<{}{attributes}>{}</{}>", node.name, escape(value), node.name)
}

/// Puts something at the end of an element.
pub(crate) fn insert_into(text: &str, root: &Node, put: &str, edits: &mut Edits) {
    if root.is_empty_tag(text) {
        let open = text.get(root.from..root.inner_from).unwrap_or_default().trim_end_matches("/>");
        edits.replace(wide(root.from), wide(root.to), format!("{open}>{put}</{}>", root.name).into_bytes());
    } else {
        edits.insert(wide(root.inner_to), put.as_bytes().to_vec());
    }
}

/// The characters with a meaning in XML, written so that they have none.
pub(crate) fn escape(text: &str) -> String {
    quick_xml::escape::escape(text).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_are_those_of_the_text_behind_a_mark_of_the_order_of_bytes_too() {
        for mark in ["", "\u{feff}"] {
            let text = format!("{mark}<?xml version='1.0'?><a><b c='d'>题</b></a>");
            let nodes = nodes(&text).unwrap();
            assert_eq!(text.get(nodes[1].from..nodes[1].to), Some("<b c='d'>题</b>"));
            assert_eq!(nodes[1].text(&text), "题");
        }
    }

    #[test]
    fn comments_and_sections_are_no_obstacle_to_a_text() {
        for (inner, content) in [
            ("a<!-- b -->c", "ac"),
            ("<![CDATA[<&>]]>&amp;<?x y?>", "<&>&"),
            ("&lt;<!-- cut", "<<!-- cut"),
            (" a ", " a "),
        ] {
            let text = format!("<r>{inner}</r>");
            let to = text.len() - 4;
            let node = Node {
                name: "r".to_owned(),
                attributes: Vec::new(),
                from: 0,
                inner_from: 3,
                inner_to: to,
                to: text.len(),
                parent: None,
            };
            assert_eq!(node.content(&text), content, "{text}");
        }
    }
}
