//! What changes in lexicons, term by term.

use std::collections::{BTreeMap, BTreeSet};

use specialis_bundle::NamedSection;
use specialis_core::CategoryId;
use specialis_text::{Added, Lexicon, Term};

use super::{ChangeClass, Changes, named, pairs};

/// How many terms are named one by one; the rest is counted.
const NAMED: usize = 20;

pub(super) fn compare(before: &[NamedSection], after: &[NamedSection], changes: &mut Changes<'_>) {
    if before == after {
        return;
    }
    let (was, is) = (terms(before), terms(after));
    let mut found: BTreeMap<(ChangeClass, &str), Vec<String>> = BTreeMap::new();
    for ((text, category), one, other) in pairs(&was, &is) {
        let Some((class, words)) = class_of(one, other) else { continue };
        found.entry((class, words)).or_default().push(format!("`{text}` ({category})"));
    }
    for ((class, words), terms) in found {
        changes.add(class, format!("{words} {}", named(&terms, NAMED)));
    }
}

/// The categories whose terms or exceptions are not the same in both.
pub(crate) fn changed_categories(before: &[NamedSection], after: &[NamedSection]) -> BTreeSet<CategoryId> {
    if before == after {
        return BTreeSet::new();
    }
    let (was, is) = (terms(before), terms(after));
    let changed = pairs(&was, &is).filter(|(_, was, is)| was != is);
    changed.map(|((_, category), _, _)| CategoryId::from(category.as_str())).collect()
}

/// The terms of all lexicons by text and category. A file that cannot be read was refused when it was staged.
fn terms(sections: &[NamedSection]) -> BTreeMap<(String, String), Vec<Term>> {
    let mut terms: BTreeMap<_, Vec<Term>> = BTreeMap::new();
    for section in sections {
        let Ok(lexicon) = Lexicon::parse(&section.name, &section.data) else { continue };
        for mut term in lexicon.terms {
            // Who added it, and when, changes nothing.
            term.added = Added::default();
            terms.entry((term.text.clone(), term.category.to_string())).or_default().push(term);
        }
    }
    terms
}

fn class_of(before: Option<&Vec<Term>>, after: Option<&Vec<Term>>) -> Option<(ChangeClass, &'static str)> {
    let is_exception = |terms: &Vec<Term>| terms.iter().any(|term| term.flags.is_exception);
    match (before, after) {
        (Some(was), Some(is)) if was == is => None,
        (Some(was), None) if is_exception(was) => Some((ChangeClass::Tightening, "exceptions removed:")),
        (Some(_), None) => Some((ChangeClass::Loosening, "terms removed:")),
        (None, Some(is)) if is_exception(is) => Some((ChangeClass::Loosening, "exceptions added:")),
        (None, Some(_)) => Some((ChangeClass::Tightening, "terms added:")),
        (Some(was), Some(is)) => {
            // The same terms with more weight and nothing else changed: they count for more.
            let only_weight = was.len() == is.len()
                && was
                    .iter()
                    .zip(is)
                    .all(|(was, is)| was.flags == is.flags && was.context == is.context && was.weight <= is.weight)
                && !is_exception(is);
            Some(if only_weight {
                (ChangeClass::Tightening, "terms with more weight:")
            } else {
                (ChangeClass::Loosening, "terms changed:")
            })
        }
        (None, None) => None,
    }
}
