//! What changes in a policy's file beside what other parts compare: its code, its vectors, what its rules cite and declare.
//!
//! Nobody can read from a component what it decides. So whatever changes there loosens, unless the policy's own author and an
//! approver signed this very version.

use std::collections::BTreeMap;

use specialis_bundle::{Manifest, Setting};

use super::{ChangeClass, Changes, pairs, vectors};
use crate::runtime::PolicyContent;
use specialis_core::SectorFact;

pub(super) fn compare(was: &PolicyContent, is: &PolicyContent, changes: &mut Changes<'_>) {
    if was.digest == is.digest {
        return;
    }
    let is_endorsed = is.endorsed.contains(&was.card.signer);
    let (class, by) = if is_endorsed {
        (ChangeClass::Neutral, format!(", signed by its author `{}` and approved", was.card.signer))
    } else {
        (ChangeClass::Loosening, String::new())
    };
    if was.bundle.code_digest() != is.bundle.code_digest() {
        changes.add(class, format!("other code{by}"));
    }
    if let Some(names) = vectors::listed(&vectors::dropped(was, is)) {
        changes.add(class, format!("vectors removed or changed{by}: {names}"));
    }
    let mut add = |what: String| changes.add(class, format!("{what}{by}"));
    declared(was.manifest(), is.manifest(), &mut add);
}

/// What two manifests declare otherwise, beside what is there in one of them alone.
fn declared(was: &Manifest, is: &Manifest, add: &mut impl FnMut(String)) {
    for (id, was, is) in pairs(&was.rules, &is.rules) {
        if let (Some(was), Some(is)) = (was, is) {
            if was.cites != is.cites {
                add(format!("rule `{id}` has other citations"));
            }
            if was.duties != is.duties {
                add(format!("rule `{id}` answers on other duties"));
            }
        }
    }
    // What counted as unknown for want of a declaration may come to loosen.
    let meant = |fact: &SectorFact| SectorFact { zh: String::new(), en: String::new(), ..fact.clone() };
    for (name, was, is) in pairs(&was.facts, &is.facts) {
        match (was.map(meant), is.map(meant)) {
            (None, Some(_)) => add(format!("the fact `{name}` is new")),
            (Some(_), None) => add(format!("the fact `{name}` is gone")),
            (was, is) if was != is => add(format!("the fact `{name}` is declared otherwise")),
            _ => {}
        }
    }
    let bounds = |setting: &Setting| {
        let Setting { zh: _, en: _, short: _, default, min, max, one_of, loosens_when } = setting.clone();
        (default, min, max, one_of, loosens_when)
    };
    for (name, was, is) in pairs(&was.settings, &is.settings) {
        if let (Some(was), Some(is)) = (was, is)
            && bounds(was) != bounds(is)
        {
            add(format!("setting `{name}` is declared otherwise"));
        }
    }
    for (key, was, is) in pairs(&was.texts, &is.texts) {
        if was != is {
            add(format!("text `{key}` has other words"));
        }
    }
    let measures = |manifest: &Manifest| -> BTreeMap<_, _> {
        manifest.may_require.iter().map(|measure| (measure.id.clone(), measure.params.clone())).collect()
    };
    for (id, was, is) in pairs(&measures(was), &measures(is)) {
        if let (Some(was), Some(is)) = (was, is)
            && was != is
        {
            add(format!("may require `{id}` with other parameters"));
        }
    }
}
