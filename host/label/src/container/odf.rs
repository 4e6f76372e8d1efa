//! ODT, ODS and ODP: a property `AIGC` of people's own in `meta.xml`.

use super::part::{self, Part, REPAIR};
use super::zip::{self, Archive};
use crate::edits::Edits;
use crate::error::LabelError;
use crate::label::{Label, WRAPPER};
use crate::reading::{Reading, Remark};
use crate::source::Source;
use crate::xml::{self, escape};

const META: &str = "meta.xml";
const PART: Part = Part { name: META, element: "user-defined", attribute: "name" };
const MANIFEST: &str = "META-INF/manifest.xml";
const SIGNATURES: &str = "META-INF/documentsignatures.xml";
const MEDIA_TYPE: &[u8] = b"application/vnd.oasis.opendocument";
/// What a document without a description of itself gets.
const NEW_META: &str = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<office:document-meta \
    xmlns:office=\"urn:oasis:names:tc:opendocument:xmlns:office:1.0\" \
    xmlns:meta=\"urn:oasis:names:tc:opendocument:xmlns:meta:1.0\" office:version=\"1.3\"><office:meta></office:meta>\
    </office:document-meta>";
const NAMESPACE: &str = "urn:oasis:names:tc:opendocument:xmlns:meta:1.0";

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

pub(super) fn read(source: &mut Source<'_>, reading: &mut Reading) -> Result<(), LabelError> {
    let (archive, text) = open(source)?;
    zip::manifest(&archive, reading);
    if archive.entry(SIGNATURES).is_some() {
        reading.remark(Remark::Signed(SIGNATURES.to_owned()));
    }
    text.filter(|text| !text.is_empty()).map_or(Ok(()), |text| PART.read(source, &text, reading))
}

pub(super) fn edits(source: &mut Source<'_>, label: &Label) -> Result<Edits, LabelError> {
    let (archive, text) = open(source)?;
    let is_new = text.is_none();
    let text = text.unwrap_or_else(|| NEW_META.to_owned());
    let nodes = PART.nodes(source, &text)?;
    let mut edits = PART.without_labels(&text, &nodes);
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
    let nodes = xml::nodes(&manifest).map_err(|problem| part::broken(source, MANIFEST, &problem))?;
    let root = nodes.first().ok_or_else(|| source.broken(0, format!("part `{MANIFEST}` is empty"), REPAIR))?;
    let own = part::prefix(root);
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
