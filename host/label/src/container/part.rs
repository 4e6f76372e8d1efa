//! A part of a document in XML that holds labels in its elements: OpenDocument and OFD.

use crate::edits::Edits;
use crate::embedded::{self, Remainder};
use crate::error::LabelError;
use crate::raw::is_label_name;
use crate::reading::Reading;
use crate::source::{Source, wide};
use crate::xml::{self, Node, XmlProblem};

/// What to do about a part that cannot be read.
pub(super) const REPAIR: &str = "save the document again with the program that made it";

/// A part, and the element in it that people give a name of their own.
pub(super) struct Part {
    pub(super) name: &'static str,
    pub(super) element: &'static str,
    pub(super) attribute: &'static str,
}

impl Part {
    /// Every element of the part.
    pub(super) fn nodes(&self, source: &Source<'_>, text: &str) -> Result<Vec<Node>, LabelError> {
        xml::nodes(text).map_err(|problem| broken(source, self.name, &problem))
    }

    /// The name of a value: the one that people gave it, else that of its element.
    fn value_name<'a>(&self, node: &'a Node) -> &'a str {
        let is_named = node.local() == self.element;
        if is_named { node.attribute(self.attribute).unwrap_or_default() } else { node.local() }
    }

    /// The elements that hold labels, with their texts.
    fn labels<'a>(&self, text: &str, nodes: &'a [Node]) -> Vec<(&'a Node, String)> {
        let has_inner =
            |index: usize| nodes.get(index.saturating_add(1)).is_some_and(|next| next.parent == Some(index));
        let leaves = nodes.iter().enumerate().filter(|(index, _)| !has_inner(*index));
        let values = leaves.map(|(_, node)| (node, node.text(text)));
        values.filter(|(node, value)| embedded::has_label(self.value_name(node), value)).collect()
    }

    /// Notes every label of the part.
    pub(super) fn read(&self, source: &Source<'_>, text: &str, reading: &mut Reading) -> Result<(), LabelError> {
        let nodes = self.nodes(source, text)?;
        for (node, value) in self.labels(text, &nodes) {
            let (part, name) = (self.name, self.value_name(node));
            let is_named = node.local() == self.element;
            let place =
                if is_named { format!("{part}, {} {name}", node.local()) } else { format!("{part}, {}", node.name) };
            for label in embedded::of_field(name, &value) {
                reading.found(place.clone(), wide(node.from), is_named && is_label_name(name), label)?;
            }
        }
        Ok(())
    }

    /// What takes every label out of the part.
    pub(super) fn without_labels(&self, text: &str, nodes: &[Node]) -> Edits {
        let mut edits = Edits::default();
        for (node, value) in self.labels(text, nodes) {
            match embedded::without_labels(self.value_name(node), &value) {
                Remainder::Unchanged => {}
                Remainder::Nothing => edits.remove(wide(node.from), wide(node.to)),
                Remainder::Text(rest) => {
                    edits.replace(wide(node.from), wide(node.to), xml::with_value(text, node, &rest).into_bytes());
                }
            }
        }
        edits
    }
}

/// A part that is no XML.
pub(super) fn broken(source: &Source<'_>, part: &str, problem: &XmlProblem) -> LabelError {
    source.broken(0, format!("part `{part}` at its byte {}: {}", problem.at, problem.what), REPAIR)
}

/// The prefix of an element's name, with its colon; nothing where it has none.
pub(super) fn prefix(node: &Node) -> String {
    node.name.split_once(':').map_or(String::new(), |(prefix, _)| format!("{prefix}:"))
}
