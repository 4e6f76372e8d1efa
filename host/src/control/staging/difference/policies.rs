//! What changes in policies: which there are, what they may do, and how they are set.

use std::cmp::Ordering;
use std::collections::{BTreeMap, BTreeSet};

use specialis_bundle::{LoosensWhen, Manifest, SettingValue};
use specialis_core::{Delivery, Grant, Mode, Origin};

use super::{Change, ChangeClass, Changes, code, lexicons, named, pairs};
use crate::runtime::{EditionContent, PolicyContent};

/// How many rows of a list are named one by one; the rest is counted.
const ROWS: usize = 20;

pub(super) fn compare(before: &EditionContent, after: &EditionContent, all: &mut Vec<Change>) {
    let by_id = |edition: &'_ EditionContent| -> BTreeMap<_, usize> {
        edition.policies.iter().enumerate().map(|(at, policy)| (policy.card.id.clone(), at)).collect()
    };
    let (old, new) = (by_id(before), by_id(after));
    for (id, was, is) in pairs(&old, &new) {
        let was = was.and_then(|at| before.policies.get(*at)).map(|policy| &**policy);
        let is = is.and_then(|at| after.policies.get(*at)).map(|policy| &**policy);
        let mut changes = Changes { place: format!("policy `{id}`"), all };
        match (was, is) {
            (Some(_), None) => changes.add(ChangeClass::Loosening, "it is gone"),
            (None, Some(policy)) => changes.add(ChangeClass::Tightening, format!("it is new, {}", policy.card.version)),
            (Some(was), Some(is)) => both(was, is, &mut changes),
            (None, None) => {}
        }
        let relaxes = |edition: &EditionContent, policy: Option<&PolicyContent>| {
            policy.map_or_else(BTreeSet::new, |policy| relaxations(edition, policy))
        };
        let (was, is) = (relaxes(before, was), relaxes(after, is));
        changes.sets((&was, &is), (ChangeClass::Tightening, ChangeClass::Loosening), "may displace");
    }
}

/// What a policy asks to displace and is granted.
fn relaxations(edition: &EditionContent, policy: &PolicyContent) -> BTreeSet<String> {
    let Origin::Sector(sector) = &policy.card.origin else { return BTreeSet::new() };
    if policy.card.mode == Mode::Monitor {
        return BTreeSet::new();
    }
    let is_granted = |ask: &specialis_core::Displaces| {
        let citation = specialis_core::Citation { instrument: ask.instrument.clone(), article: ask.article.clone() };
        let fits = |grant: &Grant| grant.fits(&policy.card.signer, sector, &ask.duty, &citation);
        edition.trust().grants.iter().any(fits)
    };
    let asks = policy.manifest().displaces.iter().filter(|ask| is_granted(ask));
    asks.map(|ask| format!("{} under {} {}", ask.duty, ask.instrument, ask.article)).collect()
}

fn both(was: &PolicyContent, is: &PolicyContent, changes: &mut Changes<'_>) {
    match (was.card.mode, is.card.mode) {
        (Mode::Enforce, Mode::Monitor) => changes.add(ChangeClass::Loosening, "from `enforce` to `monitor`"),
        (Mode::Monitor, Mode::Enforce) => changes.add(ChangeClass::Tightening, "from `monitor` to `enforce`"),
        (Mode::Enforce, Mode::Enforce) | (Mode::Monitor, Mode::Monitor) => {}
    }
    if was.card.version != is.card.version {
        changes.add(ChangeClass::Neutral, format!("version {} after {}", is.card.version, was.card.version));
    }
    if was.card.signer != is.card.signer {
        changes.add(ChangeClass::Neutral, format!("signed by `{}` after `{}`", is.card.signer, was.card.signer));
    }
    let (before, after) = (was.manifest(), is.manifest());
    if before.origin != after.origin {
        changes.add(ChangeClass::Loosening, "it carries the law of another sector");
    }
    let (down, up) = (ChangeClass::Loosening, ChangeClass::Tightening);
    changes.sets((&before.governs, &after.governs), (down, up), "governs");
    declared(before, after, changes);
    let (one, other) = (&before.wakes, &after.wakes);
    match (one.open, other.open) {
        (true, false) => changes.add(down, "no longer called at open"),
        (false, true) => changes.add(up, "now called at open"),
        (true, true) | (false, false) => {}
    }
    let kinds =
        |manifest: &Manifest| -> BTreeSet<&str> { manifest.wakes.all_kinds().map(|kind| kind.as_str()).collect() };
    changes.sets((&kinds(before), &kinds(after)), (down, up), "called on");
    let always =
        |manifest: &Manifest| -> BTreeSet<&str> { manifest.wakes.kinds.iter().map(|kind| kind.as_str()).collect() };
    changes.sets((&always(before), &always(after)), (down, up), "called without a hit on");
    changes.sets((&one.categories, &other.categories), (down, up), "reads the category");
    for (name, value, now) in pairs(&was.settings, &is.settings) {
        setting(after, name, value, now, changes);
    }
    lexicons::compare(&was.lexicons, &is.lexicons, changes);
    code::compare(was, is, changes);
}

fn declared(before: &Manifest, after: &Manifest, changes: &mut Changes<'_>) {
    let (down, up) = (ChangeClass::Loosening, ChangeClass::Tightening);
    let rules = |manifest: &Manifest| -> BTreeSet<_> { manifest.rules.keys().cloned().collect() };
    changes.sets((&rules(before), &rules(after)), (down, up), "has the rule");
    changes.sets((&before.actions, &after.actions), (down, up), "may act on text by");
    let measures = |manifest: &Manifest| -> BTreeSet<String> {
        manifest.may_require.iter().map(|measure| measure.id.to_string()).collect()
    };
    changes.sets((&measures(before), &measures(after)), (down, up), "may require");
    changes.sets((&before.detectors, &after.detectors), (down, up), "needs the detector");
    for (name, was, is) in pairs(&before.patterns, &after.patterns) {
        match (was, is) {
            (None, Some(_)) => changes.add(up, format!("pattern `{name}` is new")),
            (Some(_), None) => changes.add(down, format!("pattern `{name}` is gone")),
            (was, is) if was != is => changes.add(down, format!("pattern `{name}` is another")),
            _ => {}
        }
    }
    let (one, other) = (&before.wakes, &after.wakes);
    changes.sets((&one.awaits, &other.awaits), (down, up), "awaits scores of");
    match (&one.text, &other.text) {
        (None, Some(_)) => changes.add(up, "now asks for text"),
        (was, is) if was != is => changes.add(down, "asks for text at other points"),
        _ => {}
    }
    delivery(before.delivery, after.delivery, changes);
}

/// The stricter of two promises is the greater.
pub(super) fn delivery(was: Option<Delivery>, is: Option<Delivery>, changes: &mut Changes<'_>) {
    match is.cmp(&was) {
        Ordering::Less => changes.add(ChangeClass::Loosening, "asks for a laxer delivery of streams"),
        Ordering::Greater => changes.add(ChangeClass::Tightening, "asks for a stricter delivery of streams"),
        Ordering::Equal => {}
    }
}

fn setting(
    manifest: &Manifest,
    name: &str,
    was: Option<&SettingValue>,
    is: Option<&SettingValue>,
    changes: &mut Changes<'_>,
) {
    if was == is {
        return;
    }
    let shown = |value: Option<&SettingValue>| value.map_or("nothing".to_owned(), shown);
    let what = match (was, is) {
        (Some(SettingValue::Texts(was)), Some(SettingValue::Texts(is))) => {
            format!("setting `{name}`: {}", rows(was, is))
        }
        (was, is) => format!("setting `{name}` from {} to {}", shown(was), shown(is)),
    };
    let direction = match (was, is) {
        (Some(was), Some(is)) => compared(was, is),
        _ => None,
    };
    let class = match (manifest.settings.get(name).map(|setting| setting.loosens_when), direction) {
        (Some(LoosensWhen::Never), _) => ChangeClass::Neutral,
        (Some(LoosensWhen::Raised), Some(Ordering::Less)) | (Some(LoosensWhen::Lowered), Some(Ordering::Greater)) => {
            ChangeClass::Tightening
        }
        _ => ChangeClass::Loosening,
    };
    changes.add(class, what);
}

/// How a value compares with the one before it; none where some of it rose and some fell.
fn compared(was: &SettingValue, is: &SettingValue) -> Option<Ordering> {
    match (was, is) {
        (SettingValue::Flag(was), SettingValue::Flag(is)) => Some(is.cmp(was)),
        (SettingValue::Number(was), SettingValue::Number(is)) => Some(is.cmp(was)),
        (SettingValue::Date(was), SettingValue::Date(is)) => Some(is.cmp(was)),
        (SettingValue::Texts(was), SettingValue::Texts(is)) => {
            let (was, is): (BTreeSet<_>, BTreeSet<_>) = (was.iter().collect(), is.iter().collect());
            if was.is_subset(&is) { Some(Ordering::Greater) } else { is.is_subset(&was).then_some(Ordering::Less) }
        }
        _ => None,
    }
}

/// What is added to a list and what is gone from it.
fn rows(was: &[String], is: &[String]) -> String {
    let beside = |rows: &[String], others: &[String]| -> Vec<String> {
        let others: BTreeSet<&String> = others.iter().collect();
        rows.iter().filter(|row| !others.contains(row)).map(|row| format!("`{row}`")).collect()
    };
    let (added, gone) = (beside(is, was), beside(was, is));
    let said = [("added ", added), ("removed ", gone)].into_iter().filter(|(_, rows)| !rows.is_empty());
    let said: Vec<String> = said.map(|(what, rows)| format!("{what}{}", named(&rows, ROWS))).collect();
    if said.is_empty() { "the same rows in another order".to_owned() } else { said.join("; ") }
}

fn shown(value: &SettingValue) -> String {
    match value {
        SettingValue::Flag(flag) => flag.to_string(),
        SettingValue::Number(n) => n.to_string(),
        SettingValue::Date(day) => day.to_string(),
        SettingValue::Text(word) => format!("`{word}`"),
        SettingValue::Texts(words) => format!("`{}`", words.join("`, `")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_list_shows_what_is_added_and_what_is_gone() {
        let list = |rows: &[&str]| -> Vec<String> { rows.iter().map(|row| (*row).to_owned()).collect() };
        assert_eq!(rows(&list(&["a", "b"]), &list(&["b", "c"])), "added `c`; removed `a`");
        assert_eq!(rows(&list(&["a", "b"]), &list(&["b", "a"])), "the same rows in another order");
        let many: Vec<String> = (0..25).map(|n| format!("row-{n:02}")).collect();
        let said = rows(&[], &many);
        assert!(said.starts_with("added `row-00`, `row-01`") && said.ends_with("`row-19` and 5 more"), "{said}");
    }
}
