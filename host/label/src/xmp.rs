//! Labels in XMP packets, which many formats carry: found and changed by place, so that the rest of a packet stays as it is.

use std::borrow::Cow;

use crate::edits::Edits;
use crate::embedded::{self, Remainder};
use crate::label::{KEYS, Label, WRAPPER};
use crate::limits::MAX_LABELS;
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
    /// The property, with its prefix.
    pub(crate) name: String,
    /// Whether it is the property that the practice guides name.
    pub(crate) is_standard: bool,
    pub(crate) from: usize,
    pub(crate) to: usize,
    /// What takes the place of that stretch: the property with the rest of its text, where it says more than the label.
    put: String,
}

impl XmpLabel {
    /// Where it stands in the packet.
    pub(crate) fn at(&self) -> usize {
        self.from
    }
}

/// Every label of a packet. One in a packet that is no XML is there, too, as far as it can be read.
pub(crate) fn labels(packet: &[u8]) -> Vec<XmpLabel> {
    let text = match utf_16(packet) {
        Some(is_little) => {
            let unit = |pair: [u8; 2]| if is_little { u16::from_le_bytes(pair) } else { u16::from_be_bytes(pair) };
            let units = packet.chunks_exact(2).filter_map(|pair| pair.try_into().ok().map(unit));
            Cow::Owned(String::from_utf16_lossy(&units.collect::<Vec<u16>>()))
        }
        None => String::from_utf8_lossy(packet),
    };
    match xml::nodes(&text) {
        Ok(nodes) => of_nodes(&text, &nodes),
        Err(problem) => broken(&text, &problem).into_iter().collect(),
    }
}

/// Whether a packet is written in UTF-16, and then whether the low byte comes first.
fn utf_16(packet: &[u8]) -> Option<bool> {
    match packet {
        [0xFF, 0xFE, ..] | [b'<', 0, ..] => Some(true),
        [0xFE, 0xFF, ..] | [0, b'<', ..] => Some(false),
        _ => None,
    }
}

/// The text of a packet that is to be changed.
fn changeable(packet: &[u8]) -> Result<&str, XmlProblem> {
    let problem = |at| XmlProblem { at, what: "it is not UTF-8".to_owned() };
    if utf_16(packet).is_some() {
        return Err(problem(0));
    }
    std::str::from_utf8(packet).map_err(|error| problem(error.valid_up_to()))
}

fn of_nodes(text: &str, nodes: &[Node]) -> Vec<XmpLabel> {
    let prefixes = prefixes(nodes);
    let is_standard = |name: &str| {
        is_label_name(local(name)) && name.split_once(':').is_some_and(|(prefix, _)| prefixes.contains(&prefix))
    };
    let mut labels: Vec<XmpLabel> = Vec::new();
    for (index, node) in nodes.iter().enumerate() {
        // Elements stand in the order of their start tags, so those within one follow it.
        let within = nodes.get(index.saturating_add(1)..).unwrap_or_default();
        let n_within = within.iter().take_while(|child| child.from < node.to).count();
        // What stands within a label that was found is no other one.
        if labels.iter().any(|label| label.from <= node.from && node.from < label.to) {
            continue;
        }
        if is_label_name(node.local()) {
            let children = within.get(..n_within).unwrap_or_default();
            let found = of_node(text, node, children).into_iter();
            let is_standard = is_standard(&node.name);
            labels.extend(one_stretch(found, &node.name, is_standard, (node.from, node.to, String::new())));
            continue;
        }
        let children = within.get(..n_within).unwrap_or_default();
        labels.extend(if children.is_empty() { within_text(text, node) } else { between(text, node, children) });
        for (name, value) in node.attributes.iter().filter(|(name, _)| !name.starts_with("xmlns")) {
            labels.extend(of_attribute(text, node, name, value, is_standard(name)));
        }
        // More than any file may have: the rest does not matter.
        if labels.len() > MAX_LABELS {
            return labels;
        }
    }
    labels.extend(loose(text, nodes, &prefixes, &labels));
    labels
}

/// The labels within the text of an element that is called otherwise and has no other in it.
fn within_text(text: &str, node: &Node) -> Vec<XmpLabel> {
    in_stretch(text, node, (node.inner_from, node.inner_to), (node.from, node.to))
}

/// The labels in the text between the elements within another one.
fn between(text: &str, node: &Node, children: &[Node]) -> Vec<XmpLabel> {
    let mut labels = Vec::new();
    let mut at = node.inner_from;
    for (from, to) in children.iter().map(|child| (child.from, child.to)).chain([(node.inner_to, node.to)]) {
        // What stands within a child follows it, and begins before its end.
        if from >= at {
            labels.extend(in_stretch(text, node, (at, from), (at, from)));
            at = to;
        }
    }
    labels
}

/// The labels in a stretch of the text of an element; `all` goes where nothing else stands in the stretch.
fn in_stretch(text: &str, node: &Node, (from, to): (usize, usize), all: (usize, usize)) -> Vec<XmpLabel> {
    let raw = text.get(from..to).unwrap_or_default();
    let value = xml::plain(raw);
    let found = embedded::labels_in(&value);
    if found.is_empty() {
        return Vec::new();
    }
    let stretch = match embedded::without_labels("", &value) {
        Remainder::Nothing => (all.0, all.1, String::new()),
        Remainder::Text(rest) if value != raw || !raw.contains('<') => (from, to, escape(&rest)),
        // Comments and sections stay what they are, where no other character is escaped.
        Remainder::Text(rest) if !raw.contains('&') => (from, to, rest),
        // Nobody can tell the label apart: the stretch is empty.
        Remainder::Text(_) | Remainder::Unchanged => (all.0, all.0, String::new()),
    };
    one_stretch(found.into_iter().map(|found| found.label), &node.name, false, stretch)
}

/// The labels of an attribute.
fn of_attribute(text: &str, node: &Node, name: &str, value: &str, is_standard: bool) -> Vec<XmpLabel> {
    let found = embedded::of_field(local(name), value);
    if found.is_empty() {
        return Vec::new();
    }
    let (from, to) = attribute_span(text, node, name);
    let (to, put) = match embedded::without_labels(local(name), value) {
        Remainder::Unchanged => (from, String::new()),
        Remainder::Nothing => (to, String::new()),
        Remainder::Text(rest) => (to, format!(" {name}=\"{}\"", escape(&rest))),
    };
    one_stretch(found.into_iter(), name, is_standard, (from, to, put))
}

/// Labels that go together: the first takes the whole stretch.
fn one_stretch(
    found: impl Iterator<Item = RawLabel>,
    name: &str,
    is_standard: bool,
    (from, to, put): (usize, usize, String),
) -> Vec<XmpLabel> {
    let more = found.enumerate().map(|(n, label)| {
        let (from, put) = if n == 0 { (from, put.clone()) } else { (to, String::new()) };
        XmpLabel { label, name: name.to_owned(), is_standard, from, to, put }
    });
    more.collect()
}

/// The prefixes that stand for the namespace of the label.
fn prefixes(nodes: &[Node]) -> Vec<&str> {
    let mut prefixes: Vec<&str> = Vec::new();
    for (name, value) in nodes.iter().flat_map(|node| &node.attributes) {
        if value == NAMESPACE
            && let Some(prefix) = name.strip_prefix("xmlns:")
            && !prefixes.contains(&prefix)
            && prefixes.len() < MAX_LABELS
        {
            prefixes.push(prefix);
        }
    }
    prefixes
}

/// The labels of a property that is called after them: one, or several in a list.
fn of_node(text: &str, node: &Node, children: &[Node]) -> Vec<RawLabel> {
    let has_fields = node.attributes.iter().any(|(name, _)| is_key(name));
    let is_leaf = |index: usize, own: &Node| children.get(index).is_none_or(|next| next.from >= own.to);
    let leaves = (1..).zip(children).filter(|(index, own)| is_leaf(*index, own)).map(|(_, own)| own.content(text));
    let own = std::iter::once(node.content(text)).filter(|_| children.is_empty());
    // A property may say what it says in an attribute, such as `rdf:value`.
    let attributes = node.attributes.iter().map(|(_, value)| value.clone());
    let mut said: Vec<String> = Vec::new();
    for value in own.chain(leaves).chain(attributes).filter(|value| value.trim_start().starts_with('{')) {
        // The same in another language is no other label.
        if !said.contains(&value) && said.len() <= MAX_LABELS {
            said.push(value);
        }
    }
    if !has_fields && !said.is_empty() {
        return said.iter().map(|said| RawLabel::parse(said)).collect();
    }
    let is_plain = children.is_empty() && !has_fields;
    vec![if is_plain { RawLabel::parse(&node.content(text)) } else { fields(text, node, children) }]
}

/// Fields that stand one by one in the namespace of the label, with no property around them.
fn loose(text: &str, nodes: &[Node], prefixes: &[&str], labels: &[XmpLabel]) -> Option<XmpLabel> {
    let is_own = |name: &str| {
        let prefix = name.split_once(':').map(|(prefix, _)| prefix).filter(|_| is_key(name));
        prefix.is_some_and(|prefix| prefixes.contains(&prefix) || prefix == PREFIX)
    };
    let is_told = |node: &Node| labels.iter().any(|label| label.from <= node.from && node.from < label.to);
    let mut pairs: Vec<(String, RawValue)> = Vec::new();
    let mut first = None;
    for node in nodes {
        let own = is_own(&node.name).then(|| (local(&node.name).to_owned(), RawValue::Text(node.text(text))));
        let attributes = node.attributes.iter().filter(|(name, _)| is_own(name));
        let attributes = attributes.map(|(name, value)| (local(name).to_owned(), RawValue::Text(value.clone())));
        let found: Vec<(String, RawValue)> = attributes.chain(own).collect();
        if found.is_empty() || pairs.len() > MAX_LABELS || is_told(node) {
            continue;
        }
        first = first.or(Some(node));
        pairs.extend(found);
    }
    let node = first?;
    let raw = text.get(node.from..node.to).unwrap_or_default();
    let label = RawLabel::of_pairs(raw, Form::Elements, pairs);
    // The stretch is empty: fields that stand one by one cannot be taken out as one.
    let name = format!("{PREFIX}:*");
    Some(XmpLabel { label, name, is_standard: false, from: node.from, to: node.from, put: String::new() })
}

fn is_key(name: &str) -> bool {
    KEYS.contains(&local(name))
}

/// A label whose fields are elements or attributes of their own.
fn fields(text: &str, node: &Node, children: &[Node]) -> RawLabel {
    let mut pairs: Vec<(String, RawValue)> = Vec::new();
    let mut add = |name: &str, value: &str| {
        if is_key(name) {
            pairs.push((local(name).to_owned(), RawValue::Text(value.to_owned())));
        }
    };
    for part in std::iter::once(node).chain(children) {
        part.attributes.iter().for_each(|(name, value)| add(name, value));
    }
    children.iter().for_each(|child| add(&child.name, &child.content(text)));
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
    let name = format!("{PREFIX}:{WRAPPER}");
    Some(XmpLabel { label, name, is_standard: true, from: at, to: at, put: String::new() })
}

/// A packet without any label.
pub(crate) fn without_label(packet: &[u8]) -> Result<Vec<u8>, XmlProblem> {
    let text = changeable(packet)?;
    let nodes = xml::nodes(text)?;
    Ok(removal(text, &nodes)?.apply_to(packet))
}

fn removal(text: &str, nodes: &[Node]) -> Result<Edits, XmlProblem> {
    let mut edits = Edits::default();
    let mut last_to = None;
    for label in of_nodes(text, nodes) {
        // A second label of the same text goes with the first.
        if label.from == label.to && last_to != Some(label.to) {
            return Err(XmlProblem { at: label.from, what: "the old label cannot be told apart".to_owned() });
        }
        if label.from < label.to {
            edits.replace(wide(label.from), wide(label.to), label.put.into_bytes());
        }
        last_to = Some(label.to);
    }
    Ok(edits)
}

/// A packet with this label and no other: the given one with the least change, or a new one.
pub(crate) fn with_label(packet: Option<&[u8]>, label: &Label) -> Result<Vec<u8>, XmlProblem> {
    let property = property(label);
    let Some(packet) = packet.filter(|packet| !packet.iter().all(|byte| matches!(byte, 0 | b' ' | b'\n'))) else {
        return Ok(new_packet(&property).into_bytes());
    };
    let text = changeable(packet)?;
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

/// An element of RDF with this label alone, for a place that is XML itself.
pub(crate) fn element(label: &Label) -> String {
    format!("<rdf:RDF xmlns:rdf=\"http://www.w3.org/1999/02/22-rdf-syntax-ns#\">{}</rdf:RDF>", property(label))
}

fn property(label: &Label) -> String {
    format!(
        "<rdf:Description rdf:about=\"\" xmlns:{PREFIX}=\"{NAMESPACE}\"><{PREFIX}:AIGC>{}</{PREFIX}:AIGC></rdf:Description>",
        escape(&label.to_json())
    )
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

    #[test]
    fn unusual_ways_to_write_a_property_are_labels_too() {
        let ns = format!("<r:RDF xmlns:r='r' xmlns:A='{NAMESPACE}' xmlns:dc='d'>");
        let list = format!("{ns}<A:AIGC><r:Alt><r:li>{{\"Label\":\"1\"}}</r:li></r:Alt></A:AIGC></r:RDF>");
        let loose = format!("{ns}<r:D A:Label='1'><A:ProduceID>x</A:ProduceID></r:D></r:RDF>");
        let other = format!("{ns}<dc:x>{{\"AIGC\":{{\"Label\":\"1\"}}}}</dc:x></r:RDF>");
        for (packet, name, is_standard) in
            [(&list, "A:AIGC", true), (&loose, "TC260:*", false), (&other, "dc:x", false)]
        {
            let found = labels(packet.as_bytes());
            assert_eq!(found.len(), 1, "{packet}");
            assert_eq!((found[0].name.as_str(), found[0].is_standard), (name, is_standard));
            assert_eq!(found[0].label.get("Label"), Some("1"), "{packet}");
            let wide: Vec<u8> = packet.encode_utf16().flat_map(u16::to_le_bytes).collect();
            assert_eq!(labels(&wide)[0].label, found[0].label);
            assert!(with_label(Some(&wide), &label()).is_err() && without_label(&wide).is_err());
        }
        assert!(with_label(Some(loose.as_bytes()), &label()).is_err());
        // `Label` of another namespace is the color of a picture in a catalog.
        assert!(labels(b"<r:RDF xmlns:xmp='x'><r:D xmp:Label='1'/></r:RDF>").is_empty());
    }

    #[test]
    fn each_item_of_a_list_is_a_label_of_its_own() {
        let item = |id: &str| format!("<r:li>{{\"Label\":\"1\",\"ProduceID\":\"{id}\"}}</r:li>");
        let packet = |inner: &str| format!("<r:RDF xmlns:r='r' xmlns:A='{NAMESPACE}'>{inner}</r:RDF>");
        let cases: [(String, &[&str]); 5] = [
            (format!("<A:AIGC><r:Bag>{}{}</r:Bag></A:AIGC>", item("a"), item("b")), &["a", "b"]),
            (format!("<A:AIGC><r:Alt>{}{}</r:Alt></A:AIGC>", item("a"), item("a")), &["a"]),
            ("<A:AIGC><!-- by me -->{\"ProduceID\":\"a\"}</A:AIGC>".to_owned(), &["a"]),
            ("<A:AIGC r:value='{\"Label\":\"1\",\"ProduceID\":\"a\"}'/>".to_owned(), &["a"]),
            ("<A:AIGC><r:D><r:value>{\"ProduceID\":\"a\"}</r:value></r:D></A:AIGC>".to_owned(), &["a"]),
        ];
        for (inner, ids) in cases {
            let packet = packet(&inner);
            let found = labels(packet.as_bytes());
            let found: Vec<_> = found.iter().filter_map(|found| found.label.get("ProduceID")).collect();
            assert_eq!(found, ids, "{packet}");
            assert_eq!(labels(packet.as_bytes()).len(), ids.len(), "{packet}");
            let new = with_label(Some(packet.as_bytes()), &label()).unwrap();
            assert_eq!(texts(&new), [label().to_json()]);
        }
    }

    #[test]
    fn many_labels_within_one_another_take_no_long_time() {
        let many = format!("<r>{}</r>", "<A:AIGC/>".repeat(100_000));
        assert!(labels(many.as_bytes()).len() > MAX_LABELS);
    }
}
