//! EPUB: `<meta name="AIGC">` in the package document, which readers of both versions of the format accept.

use super::zip::Archive;
use crate::edits::Edits;
use crate::embedded::{self, Remainder};
use crate::error::LabelError;
use crate::label::{Label, WRAPPER};
use crate::raw::{RawLabel, is_label_name};
use crate::reading::{Reading, Remark};
use crate::source::{Source, wide};
use crate::xml::{self, Node, XmlProblem, escape};

const CONTAINER_PART: &str = "META-INF/container.xml";
const SIGNATURES: &str = "META-INF/signatures.xml";
const MEDIA_TYPE: &[u8] = b"application/epub+zip";

fn broken(source: &Source<'_>, part: &str, problem: &XmlProblem) -> LabelError {
    let what = format!("part `{part}` at its byte {}: {}", problem.at, problem.what);
    source.broken(0, what, "save the book again with the program that made it")
}

/// The archive and the name of its package document.
fn open(source: &mut Source<'_>) -> Result<(Archive, String), LabelError> {
    let archive = Archive::read(source)?;
    let text = archive.text(source, CONTAINER_PART)?;
    let text = text.ok_or_else(|| source.broken(0, "this is no EPUB", "check what the file is"))?;
    let nodes = xml::nodes(&text).map_err(|problem| broken(source, CONTAINER_PART, &problem))?;
    let root = nodes.iter().find(|node| node.local() == "rootfile").and_then(|node| node.attribute("full-path"));
    let root = root.filter(|root| archive.entry(root).is_some()).map(str::to_owned);
    let root = root.ok_or_else(|| source.broken(0, "the book has no package document", "save it again"))?;
    Ok((archive, root))
}

/// The entries that hold labels: metadata by any name, and elements such as `dc:description`.
fn entries<'a>(text: &str, nodes: &'a [Node]) -> Vec<(&'a Node, &'a str, String)> {
    let mut entries = Vec::new();
    for (index, node) in nodes.iter().enumerate() {
        let is_leaf = nodes.get(index.saturating_add(1)).is_none_or(|next| next.parent != Some(index));
        let is_meta = node.local() == "meta";
        let name =
            if is_meta { node.attribute("name").or_else(|| node.attribute("property")) } else { Some(node.local()) };
        let name = name.unwrap_or_default();
        let value = match node.attribute("content").filter(|_| is_meta) {
            Some(content) => content.to_owned(),
            None if is_leaf => node.text(text),
            None => continue,
        };
        if embedded::has_label(xml::local(name), &value) {
            entries.push((node, name, value));
        }
    }
    entries
}

pub(super) fn read(source: &mut Source<'_>, reading: &mut Reading) -> Result<(), LabelError> {
    let (archive, part) = open(source)?;
    super::zip::manifest(&archive, reading);
    if archive.entry(SIGNATURES).is_some() {
        reading.remark(Remark::Signed(SIGNATURES.to_owned()));
    }
    let text = archive.text(source, &part)?.unwrap_or_default();
    match xml::nodes(&text) {
        Ok(nodes) => {
            for (node, name, value) in entries(&text, &nodes) {
                let is_standard = is_label_name(xml::local(name));
                let place = if node.local() == "meta" {
                    format!("{part}, meta {name}")
                } else {
                    format!("{part}, {}", node.name)
                };
                for label in embedded::of_field(xml::local(name), &value) {
                    reading.found(place.clone(), wide(node.from), is_standard, label)?;
                }
            }
            Ok(())
        }
        Err(problem) if text.contains(WRAPPER) => {
            let label =
                RawLabel::unreadable("", problem.at, format!("the part around it is no XML ({})", problem.what));
            reading.found(format!("{part}, meta AIGC"), wide(problem.at), true, label)
        }
        Err(problem) => Err(broken(source, &part, &problem)),
    }
}

pub(super) fn edits(source: &mut Source<'_>, label: &Label) -> Result<Edits, LabelError> {
    let (archive, part) = open(source)?;
    let text = archive.text(source, &part)?.unwrap_or_default();
    let nodes = xml::nodes(&text).map_err(|problem| broken(source, &part, &problem))?;
    let mut edits = Edits::default();
    for (node, name, value) in entries(&text, &nodes) {
        match embedded::without_labels(xml::local(name), &value) {
            Remainder::Unchanged => {}
            Remainder::Nothing => edits.remove(wide(node.from), wide(node.to)),
            Remainder::Text(rest) => {
                let put = xml::with_value(&text, node, &rest);
                edits.replace(wide(node.from), wide(node.to), put.into_bytes());
            }
        }
    }
    let metadata = nodes.iter().find(|node| node.local() == "metadata" && !node.is_empty_tag(&text));
    let metadata =
        metadata.ok_or_else(|| source.broken(0, format!("part `{part}` has no `metadata`"), "save the book again"))?;
    let own = metadata.name.split_once(':').map_or(String::new(), |(prefix, _)| format!("{prefix}:"));
    let put = format!("<{own}meta name=\"{WRAPPER}\" content=\"{}\"/>", escape(&label.to_json()));
    edits.insert(wide(metadata.inner_to), put.into_bytes());
    archive.edits(source, &[(&part, edits.apply_to(text.as_bytes()))])
}

/// Whether an archive is a book.
pub(super) fn is_one(archive: &Archive, source: &mut Source<'_>) -> bool {
    let kind = archive.content(source, "mimetype").ok().flatten();
    kind.is_some_and(|kind| kind.trim_ascii() == MEDIA_TYPE) || archive.entry(CONTAINER_PART).is_some()
}
