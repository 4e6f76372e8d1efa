//! ODT, ODS and ODP: a property `AIGC` of people's own in `meta.xml`.

use super::zip::{self, Archive};
use crate::edits::Edits;
use crate::embedded::{self, Remainder};
use crate::error::LabelError;
use crate::label::{Label, WRAPPER};
use crate::raw::is_label_name;
use crate::reading::{Reading, Remark};
use crate::source::{Source, wide};
use crate::xml::{self, Node, XmlProblem, escape};

const META: &str = "meta.xml";
const MANIFEST: &str = "META-INF/manifest.xml";
const SIGNATURES: &str = "META-INF/documentsignatures.xml";
const MEDIA_TYPE: &[u8] = b"application/vnd.oasis.opendocument";
const REPAIR: &str = "save the document again with the program that made it";
/// What a document without a description of itself gets.
const NEW_META: &str = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<office:document-meta \
    xmlns:office=\"urn:oasis:names:tc:opendocument:xmlns:office:1.0\" \
    xmlns:meta=\"urn:oasis:names:tc:opendocument:xmlns:meta:1.0\" office:version=\"1.3\"><office:meta></office:meta>\
    </office:document-meta>";
const NAMESPACE: &str = "urn:oasis:names:tc:opendocument:xmlns:meta:1.0";

fn broken(source: &Source<'_>, part: &str, problem: &XmlProblem) -> LabelError {
    source.broken(0, format!("part `{part}` at its byte {}: {}", problem.at, problem.what), REPAIR)
}

/// The archive, and what it says of itself; nothing where it says nothing.
fn open(source: &mut Source<'_>) -> Result<(Archive, Option<String>), LabelError> {
    let archive = Archive::read(source)?;
    if !is_one(&archive, source) {
        return Err(source.broken(0, "this is no ODT, ODS or ODP", "check what the file is"));
    }
    let manifest = archive.text(source, MANIFEST)?.unwrap_or_default();
    if manifest.contains("encryption-data") {
        return Err(LabelError::Locked { container: source.container() });
    }
    let text = archive.text(source, META)?;
    Ok((archive, text))
}

/// The name of a value: that of a property of people's own, else that of its element.
fn name(node: &Node) -> &str {
    match node.local() {
        "user-defined" => node.attribute("name").unwrap_or_default(),
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
    if archive.entry(SIGNATURES).is_some() {
        reading.remark(Remark::Signed(SIGNATURES.to_owned()));
    }
    let text = text.unwrap_or_default();
    if text.is_empty() {
        return Ok(());
    }
    let nodes = xml::nodes(&text).map_err(|problem| broken(source, META, &problem))?;
    for (node, value) in labels(&text, &nodes) {
        let is_standard = node.local() == "user-defined" && is_label_name(name(node));
        let place = if node.local() == "user-defined" {
            format!("{META}, {}", name(node))
        } else {
            format!("{META}, {}", node.name)
        };
        for label in embedded::of_field(name(node), &value) {
            reading.found(place.clone(), wide(node.from), is_standard, label)?;
        }
    }
    Ok(())
}

pub(super) fn edits(source: &mut Source<'_>, label: &Label) -> Result<Edits, LabelError> {
    let (archive, text) = open(source)?;
    let is_new = text.is_none();
    let text = text.unwrap_or_else(|| NEW_META.to_owned());
    let nodes = xml::nodes(&text).map_err(|problem| broken(source, META, &problem))?;
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
    let own = nodes.iter().find(|node| node.local() == "meta");
    let own = own.ok_or_else(|| source.broken(0, format!("part `{META}` has no `meta`"), REPAIR))?;
    let value = escape(&label.to_json());
    let put = format!(
        "<meta:user-defined xmlns:meta=\"{NAMESPACE}\" meta:name=\"{WRAPPER}\" meta:value-type=\"string\">{value}</meta:user-defined>"
    );
    xml::insert_into(&text, own, &put, &mut edits);
    let changed = edits.apply_to(text.as_bytes());
    if !is_new {
        return archive.edits(source, &[(META, changed)]);
    }
    let manifest = archive.text(source, MANIFEST)?.unwrap_or_default();
    let nodes = xml::nodes(&manifest).map_err(|problem| broken(source, MANIFEST, &problem))?;
    let root = nodes.first().ok_or_else(|| source.broken(0, format!("part `{MANIFEST}` is empty"), REPAIR))?;
    let own = root.name.split_once(':').map_or(String::new(), |(prefix, _)| format!("{prefix}:"));
    let entry = format!("<{own}file-entry {own}full-path=\"{META}\" {own}media-type=\"text/xml\"/>");
    let mut edits = Edits::default();
    xml::insert_into(&manifest, root, &entry, &mut edits);
    let manifest = edits.apply_to(manifest.as_bytes());
    archive.edits(source, &[(META, changed), (MANIFEST, manifest)])
}

/// Whether an archive is a document of this kind.
pub(super) fn is_one(archive: &Archive, source: &mut Source<'_>) -> bool {
    let kind = archive.content(source, "mimetype").ok().flatten();
    kind.is_some_and(|kind| kind.starts_with(MEDIA_TYPE))
}
