//! DOCX, XLSX and PPTX: property `AIGC` of `docProps/custom.xml`.

use super::zip::Archive;
use crate::edits::Edits;
use crate::embedded::{self, Remainder};
use crate::encoding::{self, Encoding};
use crate::error::LabelError;
use crate::label::{Label, WRAPPER};
use crate::limits::MAX_METADATA;
use crate::raw::{RawLabel, is_label_name};
use crate::reading::{Reading, Remark};
use crate::source::{Source, wide};
use crate::xml::{self, Node, XmlProblem, escape};

const TYPES: &str = "[Content_Types].xml";
const RELATIONS: &str = "_rels/.rels";
const USUAL: &str = "docProps/custom.xml";
/// What a document says of itself in the terms of Dublin Core, and what the program says that saved it.
const DESCRIPTIONS: [&str; 2] = ["docProps/core.xml", "docProps/app.xml"];
const RELATION_KIND: &str = "/custom-properties";
const RELATION: &str = "http://schemas.openxmlformats.org/officeDocument/2006/relationships/custom-properties";
const CONTENT_TYPE: &str = "application/vnd.openxmlformats-officedocument.custom-properties+xml";
const NAMESPACE: &str = "http://schemas.openxmlformats.org/officeDocument/2006/custom-properties";
const VALUES: &str = "http://schemas.openxmlformats.org/officeDocument/2006/docPropsVTypes";
/// The set that properties of people's own belong to.
const SET: &str = "{D5CDD505-2E9C-101B-9397-08002B2CF9AE}";
/// The first number that a property may have.
const FIRST_NUMBER: u64 = 2;

fn broken(source: &Source<'_>, part: &str, problem: &XmlProblem) -> LabelError {
    let what = format!("part `{part}` at its byte {}: {}", problem.at, problem.what);
    source.broken(0, what, "save the document again with the program that made it")
}

/// The archive, and where its properties stand or would stand.
fn open(source: &mut Source<'_>) -> Result<(Archive, String), LabelError> {
    if is_locked(&source.prefix(8)?) {
        return Err(why_locked(source)?);
    }
    let archive = Archive::read(source)?;
    if archive.entry(TYPES).is_none() {
        return Err(source.broken(0, "this is no DOCX, XLSX or PPTX", "check what the file is"));
    }
    let relations = archive.text(source, RELATIONS)?.unwrap_or_default();
    let nodes = xml::nodes(&relations).map_err(|problem| broken(source, RELATIONS, &problem))?;
    let own = nodes.iter().find(|node| node.attribute("Type").is_some_and(|kind| kind.ends_with(RELATION_KIND)));
    let target = own.and_then(|node| node.attribute("Target"));
    let part = target.map_or(USUAL, |target| target.trim_start_matches('/')).to_owned();
    Ok((archive, part))
}

/// The properties that hold labels: each with its name, its value, and the element of the value.
fn properties<'a>(text: &str, nodes: &'a [Node]) -> Vec<(&'a Node, &'a str, String, Option<&'a Node>)> {
    let mut labels = Vec::new();
    for (index, node) in nodes.iter().enumerate().filter(|(_, node)| node.local() == "property") {
        // The element of the value follows its property.
        let inner = nodes.get(index.saturating_add(1)).filter(|value| value.parent == Some(index));
        let value = inner.unwrap_or(node).text(text);
        let name = node.attribute("name").unwrap_or_default();
        if embedded::has_label(name, &value) {
            labels.push((node, name, value, inner));
        }
    }
    labels
}

/// The elements of a part that hold labels in their text: title, description, keywords.
fn texts<'a>(text: &str, nodes: &'a [Node]) -> Vec<(&'a Node, String)> {
    let leaves = nodes
        .iter()
        .enumerate()
        .filter(|(index, _)| nodes.get(index.saturating_add(1)).is_none_or(|next| next.parent != Some(*index)));
    let texts = leaves.map(|(_, node)| (node, node.text(text)));
    texts.filter(|(node, value)| embedded::has_label(node.local(), value)).collect()
}

/// A part in which a document says what it is.
struct Description {
    part: &'static str,
    text: String,
    encoding: Encoding,
    nodes: Vec<Node>,
}

/// The parts beside the properties of people's own. One that is no XML is none of ours, unless it speaks of labels.
fn descriptions(archive: &Archive, source: &mut Source<'_>) -> Result<Vec<Description>, LabelError> {
    let mut found = Vec::new();
    for part in DESCRIPTIONS {
        let Some(bytes) = archive.content(source, part)? else { continue };
        let (text, encoding) = encoding::decode_wide(&bytes);
        match xml::nodes(&text) {
            Ok(nodes) => found.push(Description { part, text, encoding, nodes }),
            Err(problem) if text.contains(WRAPPER) => return Err(broken(source, part, &problem)),
            Err(_) => {}
        }
    }
    Ok(found)
}

pub(super) fn read(source: &mut Source<'_>, reading: &mut Reading) -> Result<(), LabelError> {
    let (archive, part) = open(source)?;
    super::zip::manifest(&archive, reading);
    if let Some(signature) = archive.entries.iter().find(|entry| entry.name.starts_with("_xmlsignatures/")) {
        reading.remark(Remark::Signed(signature.name.clone()));
    }
    for Description { part, text, nodes, .. } in descriptions(&archive, source)? {
        for (node, value) in texts(&text, &nodes) {
            for label in embedded::of_field(node.local(), &value) {
                reading.found(format!("{part}, {}", node.name), wide(node.from), false, label)?;
            }
        }
    }
    let Some(text) = archive.text(source, &part)? else { return Ok(()) };
    match xml::nodes(&text) {
        Ok(nodes) => {
            for (node, name, value, _) in properties(&text, &nodes) {
                for label in embedded::of_field(name, &value) {
                    let place = format!("{part}, property {name}");
                    reading.found(place, wide(node.from), is_label_name(name), label)?;
                }
            }
            Ok(())
        }
        Err(problem) if text.contains(WRAPPER) => {
            let label =
                RawLabel::unreadable("", problem.at, format!("the part around it is no XML ({})", problem.what));
            reading.found(format!("{part}, property AIGC"), wide(problem.at), true, label)
        }
        Err(problem) => Err(broken(source, &part, &problem)),
    }
}

pub(super) fn edits(source: &mut Source<'_>, label: &Label) -> Result<Edits, LabelError> {
    let (archive, part) = open(source)?;
    let mut parts: Vec<(&str, Vec<u8>)> = Vec::new();
    for Description { part, text, encoding, nodes } in descriptions(&archive, source)? {
        let mut edits = Edits::default();
        for (node, value) in texts(&text, &nodes) {
            match embedded::without_labels(node.local(), &value) {
                Remainder::Unchanged => {}
                Remainder::Nothing => edits.remove(wide(node.from), wide(node.to)),
                Remainder::Text(rest) => {
                    let put = xml::with_value(&text, node, &rest);
                    edits.replace(wide(node.from), wide(node.to), put.into_bytes());
                }
            }
        }
        if edits != Edits::default() {
            let changed = String::from_utf8(edits.apply_to(text.as_bytes())).unwrap_or_default();
            parts.push((part, encoding::encode(&changed, encoding)));
        }
    }
    if let Some(text) = archive.text(source, &part)? {
        let new = with_label(&text, label).map_err(|problem| broken(source, &part, &problem))?;
        parts.push((&part, new));
    } else {
        let (types, relations) = new_part(&archive, source, &part)?;
        parts.extend([(part.as_str(), new_properties(label)), (TYPES, types), (RELATIONS, relations)]);
    }
    archive.edits(source, &parts)
}

/// A part with this label alone.
fn new_properties(label: &Label) -> Vec<u8> {
    let value = property("vt:", label, FIRST_NUMBER);
    let head = "<?xml version=\"1.0\" encoding=\"UTF-8\" standalone=\"yes\"?>";
    format!("{head}\n<Properties xmlns=\"{NAMESPACE}\" xmlns:vt=\"{VALUES}\">{value}</Properties>").into_bytes()
}

/// The lists of types and of relations with a part for properties.
fn new_part(archive: &Archive, source: &mut Source<'_>, part: &str) -> Result<(Vec<u8>, Vec<u8>), LabelError> {
    let types = archive.text(source, TYPES)?.unwrap_or_default();
    let entry = format!("<Override PartName=\"/{part}\" ContentType=\"{CONTENT_TYPE}\"/>");
    let types = added(&types, "Types", &entry).map_err(|problem| broken(source, TYPES, &problem))?;
    let relations = archive.text(source, RELATIONS)?.unwrap_or_default();
    let ids = xml::nodes(&relations).map_err(|problem| broken(source, RELATIONS, &problem))?;
    let is_taken = |id: &String| ids.iter().any(|node| node.attribute("Id") == Some(id));
    let id = (1_u32..).map(|n| format!("rIdAigc{n}")).find(|id| !is_taken(id)).unwrap_or_default();
    let entry = format!("<Relationship Id=\"{id}\" Type=\"{RELATION}\" Target=\"{part}\"/>");
    let relations =
        added(&relations, "Relationships", &entry).map_err(|problem| broken(source, RELATIONS, &problem))?;
    Ok((types, relations))
}

fn property(prefix: &str, label: &Label, number: u64) -> String {
    let value = escape(&label.to_json());
    format!(
        "<property fmtid=\"{SET}\" pid=\"{number}\" name=\"{WRAPPER}\"><{prefix}lpwstr>{value}</{prefix}lpwstr></property>"
    )
}

/// The properties with this label and no other.
fn with_label(text: &str, label: &Label) -> Result<Vec<u8>, XmlProblem> {
    let nodes = xml::nodes(text)?;
    let mut edits = Edits::default();
    for (node, name, value, inner) in properties(text, &nodes) {
        match (embedded::without_labels(name, &value), inner) {
            (Remainder::Unchanged, _) => {}
            (Remainder::Text(rest), Some(inner)) => {
                let put = xml::with_value(text, inner, &rest);
                edits.replace(wide(inner.from), wide(inner.to), put.into_bytes());
            }
            (Remainder::Nothing | Remainder::Text(_), _) => edits.remove(wide(node.from), wide(node.to)),
        }
    }
    let numbers = nodes.iter().filter_map(|node| node.attribute("pid")?.parse::<u64>().ok());
    let number = numbers.max().map_or(FIRST_NUMBER, |most| most.saturating_add(1)).max(FIRST_NUMBER);
    let root = nodes.first().ok_or_else(|| XmlProblem { at: 0, what: "it is empty".to_owned() })?;
    // Names of the file's own: a prefix may stand before every element.
    let own = root.name.split_once(':').map_or(String::new(), |(prefix, _)| format!("{prefix}:"));
    let declared = root.attributes.iter().find(|(name, value)| value == VALUES && name.starts_with("xmlns:"));
    let put = match declared {
        Some((name, _)) => property(&format!("{}:", xml::local(name)), label, number),
        None => property("vt:", label, number).replace("<vt:lpwstr>", &format!("<vt:lpwstr xmlns:vt=\"{VALUES}\">")),
    };
    let put = put.replace("<property", &format!("<{own}property")).replace("</property", &format!("</{own}property"));
    xml::insert_into(text, root, &put, &mut edits);
    Ok(edits.apply_to(text.as_bytes()))
}

/// A part with one more entry at the end of its outermost element.
fn added(text: &str, root: &str, entry: &str) -> Result<Vec<u8>, XmlProblem> {
    let nodes = xml::nodes(text)?;
    let found = nodes.first().filter(|node| node.local() == root);
    let found = found.ok_or_else(|| XmlProblem { at: 0, what: format!("its outermost element is not `{root}`") })?;
    let own = found.name.split_once(':').map_or(String::new(), |(prefix, _)| format!("{prefix}:"));
    let mut edits = Edits::default();
    xml::insert_into(text, found, &entry.replacen('<', &format!("<{own}"), 1), &mut edits);
    Ok(edits.apply_to(text.as_bytes()))
}

/// The name that the encrypted document has within a file of the old kind.
const ENCRYPTED: &str = "EncryptedPackage";
/// How much of such a file is looked through for it, at the start and at its directory.
const SEARCHED: u64 = 256 * 1024;
/// Where the header says how long a sector is, as a power of two, and which sector the directory begins in.
const SECTOR_SHIFT: u64 = 30;
const FIRST_OF_DIRECTORY: u64 = 48;

/// Why a file of the old kind is not read: it holds an encrypted document, or was written before 2007.
fn why_locked(source: &mut Source<'_>) -> Result<LabelError, LabelError> {
    let container = source.container();
    let [shift, _] = source.array::<2>(SECTOR_SHIFT, "the header")?;
    let sector = u64::from(source.u32_le(FIRST_OF_DIRECTORY, "the header")?).saturating_add(1);
    let at = sector.checked_shl(u32::from(shift)).unwrap_or(u64::MAX);
    if has_name(source, 0)? || has_name(source, at)? {
        return Ok(LabelError::Locked { container });
    }
    let what = "the document is of the kind before 2007".to_owned();
    Ok(LabelError::Unsupported { container, what, fix: "open it in Office and save it as DOCX, XLSX or PPTX" })
}

/// Whether the name of an encrypted document stands in a stretch that begins here.
fn has_name(source: &mut Source<'_>, at: u64) -> Result<bool, LabelError> {
    let name: Vec<u8> = ENCRYPTED.encode_utf16().flat_map(u16::to_le_bytes).collect();
    let at = at.min(source.len());
    let len = source.len().saturating_sub(at).min(SEARCHED);
    let bytes = source.bytes(at, len, MAX_METADATA, "the document")?;
    Ok(memchr::memmem::find(&bytes, &name).is_some())
}

/// How a document begins that Office has encrypted: it is a file within a file of the old kind.
pub(super) fn is_locked(prefix: &[u8]) -> bool {
    prefix.starts_with(&[0xD0, 0xCF, 0x11, 0xE0, 0xA1, 0xB1, 0x1A, 0xE1])
}

/// Whether an archive is an office document.
pub(super) fn is_one(archive: &Archive) -> bool {
    archive.entry(TYPES).is_some()
}
