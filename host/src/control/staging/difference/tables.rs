//! What changes in registries, trust policy and profiles.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use serde_json::Value;
use specialis_core::{
    Context, DutyClass, Name, RankTest, Registry, SectorFacts, SignerId, SourceId, Status, Trust, Unsigned,
};

use super::{Change, ChangeClass, Changes, pairs};
use crate::runtime::{EditionContent, PolicyContent, warranted};

const DOWN: ChangeClass = ChangeClass::Loosening;
const UP: ChangeClass = ChangeClass::Tightening;

pub(super) fn registry(before: &Registry, after: &Registry, all: &mut Vec<Change>) {
    let mut changes = Changes { place: "registry".to_owned(), all };
    for (id, was, is) in pairs(&before.duties, &after.duties) {
        let (Some(was), Some(is)) = (was, is) else {
            let (class, words) = if was.is_some() { (DOWN, "is gone") } else { (UP, "is new") };
            changes.add(class, format!("duty `{id}` {words}"));
            continue;
        };
        match (was.class, is.class) {
            (DutyClass::Floor, DutyClass::Derogable) => changes.add(DOWN, format!("duty `{id}` is no longer a floor")),
            (DutyClass::Derogable, DutyClass::Floor) => changes.add(UP, format!("duty `{id}` is a floor now")),
            (DutyClass::Floor, DutyClass::Floor) | (DutyClass::Derogable, DutyClass::Derogable) => {}
        }
        if was.fail != is.fail {
            let class = if is.fail < was.fail { DOWN } else { UP };
            changes.add(class, format!("duty `{id}` fails to `{}` after `{}`", is.fail.as_str(), was.fail.as_str()));
        }
        let set = |duty: &specialis_core::Duty| -> BTreeSet<_> { duty.categories.iter().cloned().collect() };
        changes.sets((&set(was), &set(is)), (DOWN, UP), &format!("on duty `{id}` counts the category"));
        if was.instruments != is.instruments || was.addressee != is.addressee {
            changes.add(ChangeClass::Neutral, format!("duty `{id}` has other instruments or another addressee"));
        }
    }
    for (id, was, is) in pairs(&before.instruments, &after.instruments) {
        let (Some(was), Some(is)) = (was, is) else {
            let (class, words) = if was.is_some() { (DOWN, "is gone") } else { (ChangeClass::Neutral, "is new") };
            changes.add(class, format!("instrument `{id}` {words}"));
            continue;
        };
        // Dates, rank, force and what it yields to decide what falls, in ways that depend on the others; words do not.
        for field in changed(was, is, &["zh", "en", "authority", "verified", "seen", "note"]) {
            changes.add(DOWN, format!("instrument `{id}` has another `{field}`"));
        }
    }
    for (id, was, is) in pairs(&before.measures, &after.measures) {
        let (Some(was), Some(is)) = (was, is) else {
            let (class, words) = if was.is_some() { (DOWN, "is gone") } else { (ChangeClass::Neutral, "is new") };
            changes.add(class, format!("measure `{id}` {words}"));
            continue;
        };
        for field in changed(was, is, &["zh", "en", "names"]) {
            changes.add(DOWN, format!("measure `{id}` has another `{field}`"));
        }
    }
    for (id, was, is) in pairs(&before.words, &after.words) {
        let mark = |name: Option<&Name>| name.and_then(|name| name.mark.clone());
        if mark(was) != mark(is) {
            changes.add(DOWN, format!("the label `{id}` has other words"));
        } else if was != is {
            changes.add(ChangeClass::Neutral, format!("explanations have another word for `{id}`"));
        }
    }
    for (id, was, is) in pairs(&before.citations, &after.citations) {
        if was != is {
            changes.add(
                ChangeClass::Neutral,
                format!("the citation `{id}` stands in another place, or was checked otherwise"),
            );
        }
    }
    for (id, was, is) in pairs(&before.categories, &after.categories) {
        match (was, is) {
            (Some(_), None) => changes.add(DOWN, format!("category `{id}` is gone")),
            (None, Some(_)) => changes.add(ChangeClass::Neutral, format!("category `{id}` is new")),
            (Some(_), Some(_)) | (None, None) => {}
        }
    }
}

/// The fields in which two records differ, but for some.
fn changed<T: serde::Serialize>(was: &T, is: &T, but: &[&str]) -> Vec<String> {
    let fields = |record: &T| match serde_json::to_value(record) {
        Ok(Value::Object(fields)) => fields.into_iter().collect::<BTreeMap<_, _>>(),
        Ok(_) | Err(_) => BTreeMap::new(),
    };
    let (was, is) = (fields(was), fields(is));
    let names = pairs(&was, &is).filter(|(name, was, is)| was != is && !but.contains(&name.as_str()));
    names.map(|(name, _, _)| name.clone()).collect()
}

pub(super) fn trust(was: &EditionContent, is: &EditionContent, all: &mut Vec<Change>) {
    let (before, after) = (was.trust(), is.trust());
    let mut changes = Changes { place: "trust policy".to_owned(), all };
    match (before.rank_test, after.rank_test) {
        (RankTest::Strict, RankTest::Lenient) => changes.add(DOWN, "`rank-test` from `strict` to `lenient`"),
        (RankTest::Lenient, RankTest::Strict) => changes.add(UP, "`rank-test` from `lenient` to `strict`"),
        (RankTest::Strict, RankTest::Strict) | (RankTest::Lenient, RankTest::Lenient) => {}
    }
    match (before.unsigned, after.unsigned) {
        (Unsigned::Refuse, Unsigned::Allow) => changes.add(DOWN, "unsigned policies are allowed"),
        (Unsigned::Allow, Unsigned::Refuse) => changes.add(UP, "unsigned policies are refused"),
        (Unsigned::Refuse, Unsigned::Refuse) | (Unsigned::Allow, Unsigned::Allow) => {}
    }
    let keys = |trust: &Trust| -> BTreeSet<String> {
        let entries = trust.signers.iter().flat_map(|(signer, keys)| keys.iter().map(move |key| (signer, key)));
        entries
            .filter(|(_, key)| key.starts_with("ed25519:"))
            .map(|(signer, key)| format!("{signer}` `{key}"))
            .collect()
    };
    changes.sets((&keys(before), &keys(after)), (UP, DOWN), "trusts the key of");
    pins(before, is, &mut changes);
    let listed = |list: Vec<String>| list.into_iter().collect::<BTreeSet<_>>();
    let signing = |trust: &Trust| listed(trust.signing.iter().map(written).collect());
    changes.sets((&signing(before), &signing(after)), (UP, DOWN), "lets sign");
    let grants = |trust: &Trust| {
        let words = trust.grants.iter().map(|grant| {
            format!(
                "{} of {} under {} {} by {}",
                grant.duty, grant.sector, grant.instrument, grant.article, grant.signer
            )
        });
        listed(words.collect())
    };
    changes.sets((&grants(before), &grants(after)), (UP, DOWN), "grants");
    let measures = |trust: &Trust| {
        let each = trust.measures.iter();
        let each = each.flat_map(|grant| grant.measures.iter().map(|id| format!("{id} to {}", grant.signer)));
        listed(each.collect())
    };
    // Without its grant a measure is a fault, and the duty's failure level can be lower than what came with the measure.
    changes.sets((&measures(before), &measures(after)), (DOWN, UP), "grants the measure");
    let interpreters = |trust: &Trust| listed(trust.interpreters.iter().map(|one| one.signer.to_string()).collect());
    // With less fuel a call can fail, and the duty's failure level can be lower than what it would have found.
    let classes = (DOWN, ChangeClass::Neutral);
    changes.sets((&interpreters(before), &interpreters(after)), classes, "lets bring an interpreter");
    let edges = |trust: &Trust| listed(trust.defeats.iter().map(written).collect());
    changes.sets((&edges(before), &edges(after)), (DOWN, DOWN), "ranks");
    let set = |ids: &[specialis_core::PolicyId]| ids.iter().cloned().collect::<BTreeSet<_>>();
    let (was, is) = (&before.required, &after.required);
    changes.sets((&set(&was.policies), &set(&is.policies)), (DOWN, UP), "requires the policy");
    let set = |ids: &[specialis_core::SectorId]| ids.iter().cloned().collect::<BTreeSet<_>>();
    changes.sets((&set(&was.sectors), &set(&is.sectors)), (DOWN, UP), "requires a policy for the sector");
    if before.limits != after.limits {
        changes.add(ChangeClass::Neutral, "other limits on what is looked at");
    }
    warrants(before, after, &mut changes);
}

/// The digests of files that are trusted without a signature.
fn pins(before: &Trust, after: &EditionContent, changes: &mut Changes<'_>) {
    let pinned = |trust: &Trust| -> BTreeSet<(SignerId, String)> {
        let entries = trust.signers.iter().flat_map(|(signer, all)| all.iter().map(move |entry| (signer, entry)));
        let digests = entries.filter(|(_, entry)| entry.starts_with("sha256:"));
        digests.map(|(signer, entry)| (signer.clone(), entry.clone())).collect()
    };
    let (was, is) = (pinned(before), pinned(after.trust()));
    for (signer, digest) in was.difference(&is) {
        changes.add(UP, format!("no longer trusts the digest `{digest}` of `{signer}`"));
    }
    for (signer, digest) in is.difference(&was) {
        // What its author and an approver signed needs no pin.
        let is_endorsed = |policy: &Arc<PolicyContent>| policy.digest == *digest && policy.endorsed.contains(signer);
        let class = if after.policies.iter().any(is_endorsed) { ChangeClass::Neutral } else { DOWN };
        changes.add(class, format!("now trusts the digest `{digest}` of `{signer}`"));
    }
}

fn written<T: serde::Serialize>(value: &T) -> String {
    serde_json::to_string(value).unwrap_or_default()
}

/// Who may assert what is asked of the warrants themselves, since the closest one decides alone: taking away a narrow warrant
/// can widen the circle.
fn warrants(before: &Trust, after: &Trust, changes: &mut Changes<'_>) {
    if before.warrants == after.warrants {
        return;
    }
    let both = || before.warrants.iter().chain(&after.warrants);
    let sources: BTreeSet<&SourceId> = both().flat_map(|warrant| &warrant.sources).collect();
    let mut services: BTreeSet<Option<&str>> =
        both().flat_map(|warrant| warrant.services.iter().map(|id| Some(id.as_str()))).collect();
    services.insert(None);
    services.insert(Some("any other service"));
    let mut facts: BTreeSet<String> = specialis_core::fact_paths().into_iter().collect();
    facts.extend(both().map(|warrant| warrant.fact.clone()));
    // What facts sectors have is not said here; one stands for all others of a group.
    let groups = both().filter(|warrant| warrant.fact.starts_with(SectorFacts::GROUP));
    facts.extend(groups.map(|warrant| warrant.fact.replace('*', "any-other")));
    for fact in facts.iter().filter(|fact| *fact != "*" && !fact.ends_with(".*")) {
        for source in &sources {
            let may = |trust: &Trust| -> BTreeSet<Option<&str>> {
                services.iter().copied().filter(|service| warranted(trust, fact, source, *service)).collect()
            };
            let (was, is) = (may(before), may(after));
            if !is.is_subset(&was) {
                changes.add(DOWN, format!("`{source}` may now assert `{fact}`"));
            } else if was != is {
                changes.add(UP, format!("`{source}` may no longer assert `{fact}`"));
            }
        }
    }
}

pub(super) fn profile(before: &EditionContent, after: &EditionContent, all: &mut Vec<Change>) {
    let mut changes = Changes { place: "profile".to_owned(), all };
    // What is not supported becomes `stop`.
    changes.sets((&before.platform().supports, &after.platform().supports), (UP, DOWN), "carries out");
    let by_hand = |edition: &EditionContent| -> BTreeSet<String> {
        edition.platform().by_hand.iter().map(|(measure, who)| format!("{measure}, by {who}")).collect()
    };
    changes.sets((&by_hand(before), &by_hand(after)), (UP, DOWN), "does by hand");
    let late = (&before.platform().late_signals, &after.platform().late_signals);
    changes.sets(late, (DOWN, UP), "sends late scores of");
    let scorers = |edition: &EditionContent| -> BTreeSet<String> {
        edition.scorers().map(|scorer| format!("{} {}", scorer.name(), scorer.version())).collect()
    };
    changes.sets((&scorers(before), &scorers(after)), (DOWN, UP), "scores text with");
    super::policies::delivery(before.service().delivery, after.service().delivery, &mut changes);
    if before.sources.redaction != after.sources.redaction {
        changes.add(ChangeClass::Neutral, "other words stand for what is masked");
    }
    let (was, is) = (&before.service().defaults, &after.service().defaults);
    for (sector, was, is) in pairs(&was.sectors, &is.sectors) {
        let word = |status: Option<&Status>| status.map_or("absent", |status| status.as_str());
        if was != is {
            // Doubt tightens: `unknown` can only make it stricter.
            let class = if is == Some(&Status::Unknown) { UP } else { DOWN };
            changes.add(class, format!("sector `{sector}` is `{}` by default after `{}`", word(is), word(was)));
        }
    }
    let facts = |context: &Context| -> BTreeMap<String, Value> {
        let value = serde_json::to_value(Context { sectors: BTreeMap::new(), ..context.clone() });
        let mut facts = BTreeMap::new();
        flatten("", &value.unwrap_or_default(), &mut facts);
        facts
    };
    let (was, is) = (facts(was), facts(is));
    for (path, was, is) in pairs(&was, &is) {
        match (was, is) {
            (Some(_), None) => changes.add(UP, format!("`{path}` is unknown by default")),
            (was, is) if was != is => changes.add(DOWN, format!("`{path}` has another default")),
            _ => {}
        }
    }
}

fn flatten(path: &str, value: &Value, out: &mut BTreeMap<String, Value>) {
    match value {
        Value::Object(fields) => {
            for (name, value) in fields {
                let path = if path.is_empty() { name.clone() } else { format!("{path}.{name}") };
                flatten(&path, value, out);
            }
        }
        Value::Null => {}
        Value::Bool(_) | Value::Number(_) | Value::String(_) | Value::Array(_) => {
            out.insert(path.to_owned(), value.clone());
        }
    }
}
