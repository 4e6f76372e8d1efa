//! SVG: an XMP packet in `metadata`, property `TC260:AIGC`.

use super::html::is_heading;
use crate::edits::Edits;
use crate::embedded::{self, Remainder};
use crate::error::LabelError;
use crate::label::Label;
use crate::limits::MAX_TEXT;
use crate::reading::Reading;
use crate::source::{Source, find, wide};
use crate::xml::{self, XmlProblem};
use crate::xmp;

const FIX: &str = "save it again with the program that made it";

fn text(source: &mut Source<'_>) -> Result<String, LabelError> {
    let bytes = source.all(MAX_TEXT)?;
    let text = String::from_utf8(bytes).map_err(|_| LabelError::Unsupported {
        container: source.container(),
        what: "the picture is not written in UTF-8".to_owned(),
        fix: "save it as UTF-8",
    })?;
    Ok(text)
}

fn broken(source: &Source<'_>, problem: &XmlProblem) -> LabelError {
    source.broken(wide(problem.at), problem.what.clone(), FIX)
}

/// What stands in comments, which are no elements.
fn comments(text: &str) -> Vec<std::ops::Range<usize>> {
    let mut found = Vec::new();
    let mut at = 0;
    while let Some(from) = find(text.as_bytes(), b"<!--", at).map(|from| from.saturating_add(4)) {
        let Some(to) = find(text.as_bytes(), b"-->", from) else { break };
        found.push(from..to);
        at = to;
    }
    found
}

pub(super) fn read(source: &mut Source<'_>, reading: &mut Reading) -> Result<(), LabelError> {
    let text = text(source)?;
    let text = text.as_str();
    // First whether it is whole: half of it may lack the label, or have half of it.
    let nodes = xml::nodes(text).map_err(|problem| broken(source, &problem))?;
    let mut others = text.as_bytes().to_vec();
    for comment in comments(text) {
        for found in embedded::labels_in(text.get(comment.clone()).unwrap_or_default()) {
            reading.found("comment", wide(comment.start), false, found.label)?;
            // A comment within an element is no text of it.
            others.get_mut(comment.clone()).unwrap_or_default().fill(b' ');
        }
    }
    for found in xmp::labels(&others) {
        reading.found(format!("metadata, {}", found.name), wide(found.at()), found.is_standard, found.label)?;
    }
    if nodes.first().is_some_and(|root| root.local() == "svg") {
        Ok(())
    } else {
        Err(source.broken(0, "this is no SVG", "check what the file is"))
    }
}

pub(super) fn edits(source: &mut Source<'_>, label: &Label) -> Result<Edits, LabelError> {
    let whole = text(source)?;
    let mut stripped = Edits::default();
    for comment in comments(&whole) {
        let around = (wide(comment.start.saturating_sub(4)), wide(comment.end.saturating_add(3)));
        match embedded::without_labels("", whole.get(comment.clone()).unwrap_or_default()) {
            Remainder::Unchanged => {}
            Remainder::Text(rest) if !is_heading(rest.as_bytes()) => {
                stripped.replace(wide(comment.start), wide(comment.end), rest.into_bytes());
            }
            Remainder::Nothing | Remainder::Text(_) => stripped.remove(around.0, around.1),
        }
    }
    let text = String::from_utf8_lossy(&stripped.apply_to(whole.as_bytes())).into_owned();
    let nodes = xml::nodes(&text).map_err(|problem| broken(source, &problem))?;
    let root = nodes.first().filter(|root| root.local() == "svg");
    let root = root.ok_or_else(|| source.broken(0, "this is no SVG", "check what the file is"))?;
    let new = if nodes.iter().any(|node| node.local() == "RDF") {
        xmp::with_label(Some(text.as_bytes()), label).map_err(|problem| broken(source, &problem))?
    } else {
        let bare = xmp::without_label(text.as_bytes()).map_err(|problem| broken(source, &problem))?;
        let own = root.name.split_once(':').map_or(String::new(), |(prefix, _)| format!("{prefix}:"));
        let put = format!("<{own}metadata>{}</{own}metadata>", xmp::element(label));
        let bare = String::from_utf8_lossy(&bare).into_owned();
        let nodes = xml::nodes(&bare).map_err(|problem| broken(source, &problem))?;
        let root = nodes.first().ok_or_else(|| source.broken(0, "this is no SVG", "check what the file is"))?;
        let mut edits = Edits::default();
        if root.is_empty_tag(&bare) {
            xml::insert_into(&bare, root, &put, &mut edits);
        } else {
            edits.insert(wide(root.inner_from), put.into_bytes());
        }
        edits.apply_to(bare.as_bytes())
    };
    let mut edits = Edits::default();
    edits.replace(0, source.len(), new);
    Ok(edits)
}

/// Whether a text begins as a picture of this kind: behind a declaration, comments and the kind of document.
pub(super) fn is_one(prefix: &[u8]) -> bool {
    let text = String::from_utf8_lossy(prefix);
    let mut rest = text.trim_start_matches('\u{feff}').trim_start();
    while rest.starts_with("<?") || rest.starts_with("<!") {
        let end = if rest.starts_with("<!--") { "-->" } else { ">" };
        let Some((_, behind)) = rest.split_once(end) else { return false };
        rest = behind.trim_start();
    }
    rest.starts_with("<svg")
        || (rest.starts_with('<') && rest.get(..64.min(rest.len())).is_some_and(|head| head.contains(":svg")))
}
