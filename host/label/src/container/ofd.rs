//! OFD, the layout document of GB/T 33190: an entry `AIGC` of the custom data in `OFD.xml`.

use super::part::{self, Part, REPAIR};
use super::zip::{self, Archive};
use crate::edits::Edits;
use crate::error::LabelError;
use crate::label::{Label, WRAPPER};
use crate::reading::{Reading, Remark};
use crate::source::Source;
use crate::xml::{self, Node, escape};

const ROOT: &str = "OFD.xml";
const PART: Part = Part { name: ROOT, element: "CustomData", attribute: "Name" };
const SIGNATURES: &str = "Signatures.xml";

fn open(source: &mut Source<'_>) -> Result<(Archive, String), LabelError> {
    let archive = Archive::read(source)?;
    let text = archive.text(source, ROOT)?;
    let text = text.ok_or_else(|| source.broken(0, "this is no OFD", "check what the file is"))?;
    Ok((archive, text))
}

pub(super) fn read(source: &mut Source<'_>, reading: &mut Reading) -> Result<(), LabelError> {
    let (archive, text) = open(source)?;
    zip::manifest(&archive, reading);
    if let Some(signatures) = archive.entries.iter().find(|entry| entry.name.ends_with(SIGNATURES)) {
        reading.remark(Remark::Signed(signatures.name.clone()));
    }
    PART.read(source, &text, reading)
}

pub(super) fn edits(source: &mut Source<'_>, label: &Label) -> Result<Edits, LabelError> {
    let (archive, text) = open(source)?;
    let nodes = PART.nodes(source, &text)?;
    let mut edits = PART.without_labels(&text, &nodes);
    let info = nodes.iter().find(|node| node.local() == "DocInfo");
    let info = info.ok_or_else(|| source.broken(0, format!("part `{ROOT}` has no `DocInfo`"), REPAIR))?;
    let own = part::prefix(info);
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
