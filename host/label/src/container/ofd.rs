//! OFD, the layout document of GB/T 33190: an entry `AIGC` of the custom data in `OFD.xml`.

use super::zip::{self, Archive};
use crate::edits::Edits;
use crate::embedded::{self, Remainder};
use crate::error::LabelError;
use crate::label::{Label, WRAPPER};
use crate::raw::is_label_name;
use crate::reading::{Reading, Remark};
use crate::source::{Source, wide};
use crate::xml::{self, Node, XmlProblem, escape};

const ROOT: &str = "OFD.xml";
const SIGNATURES: &str = "Signatures.xml";
const REPAIR: &str = "save the document again with the program that made it";

fn broken(source: &Source<'_>, problem: &XmlProblem) -> LabelError {
    source.broken(0, format!("part `{ROOT}` at its byte {}: {}", problem.at, problem.what), REPAIR)
}

fn open(source: &mut Source<'_>) -> Result<(Archive, String), LabelError> {
    let archive = Archive::read(source)?;
    let text = archive.text(source, ROOT)?;
    let text = text.ok_or_else(|| source.broken(0, "this is no OFD", "check what the file is"))?;
    Ok((archive, text))
}

/// The name of a value: that of an entry of custom data, else that of its element.
fn name(node: &Node) -> &str {
    match node.local() {
        "CustomData" => node.attribute("Name").unwrap_or_default(),
        local => local,
    }
}

/// The elements that hold labels.
fn labels<'a>(text: &str, nodes: &'a [Node]) -> Vec<(&'a Node, String)> {
    let leaves = nodes
        .iter()
        .enumerate()
        .filter(|(index, _)| nodes.get(index.saturating_add(1)).is_none_or(|next| next.parent != Some(*index)));
    let values = leaves.map(|(_, node)| (node, node.text(text)));
    values.filter(|(node, value)| embedded::has_label(name(node), value)).collect()
}

pub(super) fn read(source: &mut Source<'_>, reading: &mut Reading) -> Result<(), LabelError> {
    let (archive, text) = open(source)?;
    zip::manifest(&archive, reading);
    if let Some(signatures) = archive.entries.iter().find(|entry| entry.name.ends_with(SIGNATURES)) {
        reading.remark(Remark::Signed(signatures.name.clone()));
    }
    let nodes = xml::nodes(&text).map_err(|problem| broken(source, &problem))?;
    for (node, value) in labels(&text, &nodes) {
        let is_custom = node.local() == "CustomData";
        let place =
            if is_custom { format!("{ROOT}, CustomData {}", name(node)) } else { format!("{ROOT}, {}", node.name) };
        for label in embedded::of_field(name(node), &value) {
            reading.found(place.clone(), wide(node.from), is_custom && is_label_name(name(node)), label)?;
        }
    }
    Ok(())
}

pub(super) fn edits(source: &mut Source<'_>, label: &Label) -> Result<Edits, LabelError> {
    let (archive, text) = open(source)?;
    let nodes = xml::nodes(&text).map_err(|problem| broken(source, &problem))?;
    let mut edits = Edits::default();
    for (node, value) in labels(&text, &nodes) {
        match embedded::without_labels(name(node), &value) {
            Remainder::Unchanged => {}
            Remainder::Nothing => edits.remove(wide(node.from), wide(node.to)),
            Remainder::Text(rest) => {
                edits.replace(wide(node.from), wide(node.to), xml::with_value(&text, node, &rest).into_bytes());
            }
        }
    }
    let info = nodes.iter().find(|node| node.local() == "DocInfo");
    let info = info.ok_or_else(|| source.broken(0, format!("part `{ROOT}` has no `DocInfo`"), REPAIR))?;
    let own = info.name.split_once(':').map_or(String::new(), |(prefix, _)| format!("{prefix}:"));
    let entry = format!("<{own}CustomData Name=\"{WRAPPER}\">{}</{own}CustomData>", escape(&label.to_json()));
    let is_inside = |node: &&Node| node.local() == "CustomDatas" && info.from < node.from && node.to <= info.to;
    match nodes.iter().find(is_inside) {
        Some(list) => xml::insert_into(&text, list, &entry, &mut edits),
        None => {
            let list = format!("<{own}CustomDatas>{entry}</{own}CustomDatas>");
            xml::insert_into(&text, info, &list, &mut edits);
        }
    }
    archive.edits(source, &[(ROOT, edits.apply_to(text.as_bytes()))])
}

/// Whether an archive is a document of this kind.
pub(super) fn is_one(archive: &Archive) -> bool {
    archive.entry(ROOT).is_some()
}
