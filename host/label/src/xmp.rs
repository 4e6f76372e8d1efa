//! Labels in XMP packets, which many formats carry: found and changed by place, so that the rest of a packet stays as it is.

use crate::edits::Edits;
use crate::label::{KEYS, Label};
use crate::raw::{Form, RawLabel, RawValue, is_label_name};
use crate::source::wide;
use crate::xml::{self, Node, XmlProblem, escape, local};

/// The namespace of the label's property.
pub(crate) const NAMESPACE: &str = "http://www.tc260.org.cn/ns/AIGC/1.0/";
/// The prefix that is written for it.
const PREFIX: &str = "TC260";

/// A label in a packet, and the stretch that goes when it goes.
pub(crate) struct XmpLabel {
    pub(crate) label: RawLabel,
    pub(crate) from: usize,
    pub(crate) to: usize,
}

/// Every label of a packet. One in a packet that is no XML is there, too, as far as it can be read.
pub(crate) fn labels(packet: &[u8]) -> Vec<XmpLabel> {
    let text = String::from_utf8_lossy(packet);
    match xml::nodes(&text) {
        Ok(nodes) => of_nodes(&text, &nodes),
        Err(problem) => broken(&text, &problem).into_iter().collect(),
    }
}

fn of_nodes(text: &str, nodes: &[Node]) -> Vec<XmpLabel> {
    let mut labels = Vec::new();
    for (index, node) in nodes.iter().enumerate() {
        if is_label_name(node.local()) {
            let children: Vec<&Node> = nodes.iter().filter(|child| is_within(nodes, child, index)).collect();
            let label = if children.is_empty() && node.attributes.iter().all(|(name, _)| !is_key(name)) {
                RawLabel::parse(&node.text(text))
            } else {
                fields(text, node, &children)
            };
            labels.push(XmpLabel { label, from: node.from, to: node.to });
        }
        for (name, value) in &node.attributes {
            if is_label_name(local(name)) && !name.starts_with("xmlns") {
                let (from, to) = attribute_span(text, node, name);
                labels.push(XmpLabel { label: RawLabel::parse(value), from, to });
            }
        }
    }
    labels
}

fn is_key(name: &str) -> bool {
    KEYS.contains(&local(name))
}

fn is_within(nodes: &[Node], node: &Node, index: usize) -> bool {
    let mut parent = node.parent;
    while let Some(at) = parent {
        if at == index {
            return true;
        }
        parent = nodes.get(at).and_then(|node| node.parent);
    }
    false
}

/// A label whose fields are elements or attributes of their own.
fn fields(text: &str, node: &Node, children: &[&Node]) -> RawLabel {
    let mut pairs: Vec<(String, RawValue)> = Vec::new();
    let mut add = |name: &str, value: &str| {
        if is_key(name) {
            pairs.push((local(name).to_owned(), RawValue::Text(value.to_owned())));
        }
    };
    for part in std::iter::once(node).chain(children.iter().copied()) {
        part.attributes.iter().for_each(|(name, value)| add(name, value));
    }
    children.iter().for_each(|child| add(&child.name, &child.text(text)));
    let raw = text.get(node.from..node.to).unwrap_or_default();
    RawLabel::of_pairs(raw, Form::Elements, pairs)
}

/// The stretch of one attribute with the white space before it; nothing where it cannot be told apart.
fn attribute_span(text: &str, node: &Node, name: &str) -> (usize, usize) {
    let tag = text.get(node.from..node.inner_from).unwrap_or_default();
    let found = tag.match_indices(name).find_map(|(at, _)| {
        let before = tag.get(..at)?;
        let trimmed = before.trim_end();
        let after = tag.get(at.checked_add(name.len())?..)?.trim_start().strip_prefix('=')?.trim_start();
        let quote = after.chars().next().filter(|c| matches!(c, '"' | '\''))?;
        let value = after.get(1..)?;
        let rest = value.get(value.find(quote)?.checked_add(1)?..)?;
        (trimmed.len() < before.len()).then(|| (trimmed.len(), tag.len().saturating_sub(rest.len())))
    });
    let (from, to) = found.unwrap_or((0, 0));
    (node.from.saturating_add(from), node.from.saturating_add(to))
}

fn broken(text: &str, problem: &XmlProblem) -> Option<XmpLabel> {
    let named = text.find("AIGC>").or_else(|| text.find(":AIGC"));
    let at = named.or_else(|| text.find(NAMESPACE))?;
    let rest = text.get(at..)?.replace("&quot;", "\"").replace("&#34;", "\"");
    let from = rest.find('{').unwrap_or(0);
    let to = rest.rfind('}').map_or(rest.len(), |to| to.saturating_add(1));
    let mut label = RawLabel::parse(rest.get(from..to).unwrap_or_default());
    let what = format!("the XMP packet around it is no XML ({})", problem.what);
    label.damage = Some(crate::raw::Damage { at: problem.at, what });
    Some(XmpLabel { label, from: at, to: at })
}

/// A packet without any label.
pub(crate) fn without_label(packet: &[u8]) -> Result<Vec<u8>, XmlProblem> {
    let text = std::str::from_utf8(packet)
        .map_err(|error| XmlProblem { at: error.valid_up_to(), what: "it is not UTF-8".to_owned() })?;
    let nodes = xml::nodes(text)?;
    Ok(removal(text, &nodes)?.apply_to(packet))
}

fn removal(text: &str, nodes: &[Node]) -> Result<Edits, XmlProblem> {
    let mut edits = Edits::default();
    for label in of_nodes(text, nodes) {
        if label.from == label.to {
            return Err(XmlProblem { at: label.from, what: "the old label cannot be told apart".to_owned() });
        }
        edits.remove(wide(label.from), wide(label.to));
    }
    Ok(edits)
}

/// A packet with this label and no other: the given one with the least change, or a new one.
pub(crate) fn with_label(packet: Option<&[u8]>, label: &Label) -> Result<Vec<u8>, XmlProblem> {
    let property = format!(
        "<rdf:Description rdf:about=\"\" xmlns:{PREFIX}=\"{NAMESPACE}\"><{PREFIX}:AIGC>{}</{PREFIX}:AIGC></rdf:Description>",
        escape(&label.to_json())
    );
    let Some(packet) = packet.filter(|packet| !packet.iter().all(|byte| matches!(byte, 0 | b' ' | b'\n'))) else {
        return Ok(new_packet(&property).into_bytes());
    };
    let text = std::str::from_utf8(packet)
        .map_err(|error| XmlProblem { at: error.valid_up_to(), what: "it is not UTF-8".to_owned() })?;
    let nodes = xml::nodes(text)?;
    let mut edits = removal(text, &nodes)?;
    let root = nodes.iter().find(|node| node.local() == "RDF");
    let root = root.ok_or_else(|| XmlProblem { at: 0, what: "it has no `rdf:RDF`".to_owned() })?;
    let prefix = root.name.split_once(':').map_or("", |(prefix, _)| prefix);
    // The packet may call RDF by another prefix than usual; the new element follows it.
    let property = if prefix == "rdf" { property } else { property.replace("rdf:", &qualifier(prefix)) };
    if root.is_empty_tag(text) {
        let open = text.get(root.from..root.inner_from).unwrap_or_default().trim_end_matches("/>").to_owned();
        let put = format!("{open}>{property}</{}>", root.name);
        edits.replace(wide(root.from), wide(root.to), put.into_bytes());
    } else {
        edits.insert(wide(root.inner_to), property.into_bytes());
    }
    Ok(edits.apply_to(packet))
}

fn qualifier(prefix: &str) -> String {
    if prefix.is_empty() { String::new() } else { format!("{prefix}:") }
}

/// A packet of its own, with the padding that lets others change it in place.
fn new_packet(property: &str) -> String {
    let padding = format!("{}\n", " ".repeat(99)).repeat(4);
    format!(
        "<?xpacket begin=\"\u{feff}\" id=\"W5M0MpCehiHzreSzNTczkc9d\"?>\n\
         <x:xmpmeta xmlns:x=\"adobe:ns:meta/\"><rdf:RDF xmlns:rdf=\"http://www.w3.org/1999/02/22-rdf-syntax-ns#\">\
         {property}</rdf:RDF></x:xmpmeta>\n{padding}<?xpacket end=\"w\"?>"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn label() -> Label {
        Label::generated("p", "1-a").unwrap()
    }

    fn texts(packet: &[u8]) -> Vec<String> {
        labels(packet).into_iter().map(|found| found.label.text).collect()
    }

    #[test]
    fn a_new_packet_is_read_back() {
        let packet = with_label(None, &label()).unwrap();
        assert_eq!(texts(&packet), [label().to_json()]);
    }

    #[test]
    fn another_tools_packet_keeps_all_but_the_label() {
        let old = "<?xpacket begin='' id='x'?><x:xmpmeta xmlns:x='adobe:ns:meta/'><r:RDF xmlns:r='rdf'>\
                   <r:Description r:about='' xmlns:dc='d' dc:title='图'  T:AIGC = '{&quot;Label&quot;:&quot;2&quot;}'/>\
                   <r:Description><T:AIGC>{\"Label\":\"1\"}</T:AIGC></r:Description></r:RDF></x:xmpmeta><?xpacket end='w'?>";
        assert_eq!(texts(old.as_bytes()), ["{\"Label\":\"2\"}", "{\"Label\":\"1\"}"]);
        let new = String::from_utf8(with_label(Some(old.as_bytes()), &label()).unwrap()).unwrap();
        assert_eq!(texts(new.as_bytes()), [label().to_json()]);
        assert!(new.contains("dc:title='图'/><r:Description></r:Description><r:Description r:about"), "{new}");
        let empty = "<x><rdf:RDF xmlns:rdf='r'/></x>";
        assert_eq!(texts(&with_label(Some(empty.as_bytes()), &label()).unwrap()), [label().to_json()]);
    }

    #[test]
    fn fields_of_their_own_and_broken_packets_are_labels_too() {
        let own = "<r:RDF xmlns:r='r'><T:AIGC r:parseType='Resource'><T:Label>1</T:Label><T:ProduceID>x</T:ProduceID>\
                   </T:AIGC></r:RDF>";
        let found = labels(own.as_bytes());
        assert_eq!((found[0].label.form, found[0].label.get("ProduceID")), (Form::Elements, Some("x")));
        let broken = "<x><TC260:AIGC>{&quot;Label&quot;:&quot;3&quot;}</TC260:AIGC><y>";
        let found = labels(broken.as_bytes());
        assert_eq!(found[0].label.get("Label"), Some("3"));
        assert!(found[0].label.damage.is_some());
        assert!(with_label(Some(broken.as_bytes()), &label()).is_err());
        assert!(labels(b"<x><y>").is_empty());
    }
}
