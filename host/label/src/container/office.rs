//! DOCX, XLSX and PPTX: property `AIGC` of `docProps/custom.xml`.

use super::zip::Archive;
use crate::edits::Edits;
use crate::error::LabelError;
use crate::label::{Label, WRAPPER};
use crate::raw::{RawLabel, is_label, is_label_name};
use crate::reading::{Reading, Remark};
use crate::source::{Source, wide};
use crate::xml::{self, Node, XmlProblem, escape};

const TYPES: &str = "[Content_Types].xml";
const RELATIONS: &str = "_rels/.rels";
const USUAL: &str = "docProps/custom.xml";
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

/// The properties that are labels: each with its name and its value.
fn labels<'a>(text: &str, nodes: &'a [Node]) -> Vec<(&'a Node, &'a str, String)> {
    let mut labels = Vec::new();
    for (index, node) in nodes.iter().enumerate().filter(|(_, node)| node.local() == "property") {
        // The element of the value follows its property.
        let value = nodes.get(index.saturating_add(1)).filter(|value| value.parent == Some(index));
        let value = value.unwrap_or(node).text(text);
        let name = node.attribute("name").unwrap_or_default();
        if is_label(name, &value) {
            labels.push((node, name, value));
        }
    }
    labels
}

pub(super) fn read(source: &mut Source<'_>, reading: &mut Reading) -> Result<(), LabelError> {
    let (archive, part) = open(source)?;
    super::zip::manifest(&archive, reading);
    if let Some(signature) = archive.entries.iter().find(|entry| entry.name.starts_with("_xmlsignatures/")) {
        reading.remark(Remark::Signed(signature.name.clone()));
    }
    let Some(text) = archive.text(source, &part)? else { return Ok(()) };
    match xml::nodes(&text) {
        Ok(nodes) => {
            for (node, name, value) in labels(&text, &nodes) {
                let place = format!("{part}, property {name}");
                reading.found(place, wide(node.from), is_label_name(name), RawLabel::parse(&value))?;
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
    if let Some(text) = archive.text(source, &part)? {
        let new = with_label(&text, label).map_err(|problem| broken(source, &part, &problem))?;
        return archive.edits(source, &[(&part, new)]);
    }
    let value = property("vt:", label, FIRST_NUMBER);
    let properties = format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\" standalone=\"yes\"?>\n\
         <Properties xmlns=\"{NAMESPACE}\" xmlns:vt=\"{VALUES}\">{value}</Properties>"
    );
    let mut parts = vec![(part.as_str(), properties.into_bytes())];
    let types = archive.text(source, TYPES)?.unwrap_or_default();
    let entry = format!("<Override PartName=\"/{part}\" ContentType=\"{CONTENT_TYPE}\"/>");
    parts.push((TYPES, added(&types, "Types", &entry).map_err(|problem| broken(source, TYPES, &problem))?));
    let relations = archive.text(source, RELATIONS)?.unwrap_or_default();
    let ids = xml::nodes(&relations).map_err(|problem| broken(source, RELATIONS, &problem))?;
    let is_taken = |id: &String| ids.iter().any(|node| node.attribute("Id") == Some(id));
    let id = (1_u32..).map(|n| format!("rIdAigc{n}")).find(|id| !is_taken(id)).unwrap_or_default();
    let entry = format!("<Relationship Id=\"{id}\" Type=\"{RELATION}\" Target=\"{part}\"/>");
    parts.push((
        RELATIONS,
        added(&relations, "Relationships", &entry).map_err(|problem| broken(source, RELATIONS, &problem))?,
    ));
    archive.edits(source, &parts)
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
    for (node, ..) in labels(text, &nodes) {
        edits.remove(wide(node.from), wide(node.to));
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
    insert_into(text, root, &put, &mut edits);
    Ok(edits.apply_to(text.as_bytes()))
}

/// A part with one more entry at the end of its outermost element.
fn added(text: &str, root: &str, entry: &str) -> Result<Vec<u8>, XmlProblem> {
    let nodes = xml::nodes(text)?;
    let found = nodes.first().filter(|node| node.local() == root);
    let found = found.ok_or_else(|| XmlProblem { at: 0, what: format!("its outermost element is not `{root}`") })?;
    let own = found.name.split_once(':').map_or(String::new(), |(prefix, _)| format!("{prefix}:"));
    let mut edits = Edits::default();
    insert_into(text, found, &entry.replacen('<', &format!("<{own}"), 1), &mut edits);
    Ok(edits.apply_to(text.as_bytes()))
}

fn insert_into(text: &str, root: &Node, put: &str, edits: &mut Edits) {
    if root.is_empty_tag(text) {
        let open = text.get(root.from..root.inner_from).unwrap_or_default().trim_end_matches("/>");
        edits.replace(wide(root.from), wide(root.to), format!("{open}>{put}</{}>", root.name).into_bytes());
    } else {
        edits.insert(wide(root.inner_to), put.as_bytes().to_vec());
    }
}

/// Whether an archive is an office document.
pub(super) fn is_one(archive: &Archive) -> bool {
    archive.entry(TYPES).is_some()
}
