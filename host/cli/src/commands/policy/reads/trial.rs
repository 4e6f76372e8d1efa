//! Vectors with one fact changed.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};
use specialis_bundle::{Manifest, Vector, VectorEvent};
use specialis_core::{EventKind, SectorFacts};

/// How many changed vectors are run at most. A vector with each of its facts unknown comes before all others.
const MAX_TRIALS: usize = 4_096;

/// How many other values of a fact are tried on a vector.
const MAX_VALUES: usize = 4;

/// The changed vectors.
pub(super) struct Trials {
    pub(super) list: Vec<(Trial, Vector)>,
    /// Whether there are no more of them.
    pub(super) are_all: bool,
}

/// What was changed.
pub(super) struct Trial {
    /// The vector, by its place.
    pub(super) vector: usize,
    /// The fact.
    pub(super) path: String,
}

/// The facts that are known in a vector, by path. Whether somebody is in a sector is no fact of a rule.
pub(in crate::commands::policy) fn known(vector: &Vector) -> BTreeSet<String> {
    let of_context = vector.context.known().into_iter().filter(|path| !path.starts_with("sectors."));
    of_context.chain(vector.events.iter().flat_map(known_on)).collect()
}

fn known_on(event: &VectorEvent) -> Vec<String> {
    let kind = event.event.kind().as_str();
    let is_of_sector = |name: &String| name.strip_prefix(SectorFacts::GROUP).is_some_and(|rest| rest.starts_with('.'));
    let path = |name: String| if is_of_sector(&name) { name } else { format!("{kind}.{name}") };
    event.event.known().into_iter().map(path).collect()
}

/// Every vector with each of its facts unknown, then with other values that its policy may know.
pub(super) fn trials(manifest: &Manifest, vectors: &[Vector]) -> Trials {
    let worlds: Vec<World<'_>> = (0..).zip(vectors).filter_map(|(at, vector)| World::of(at, vector)).collect();
    let values = values(manifest, &worlds);
    let unknown = worlds.iter().flat_map(|world| {
        let paths = known(world.vector).into_iter();
        paths.filter_map(move |path| Some((world, place(manifest, &path)?, path, None::<&Value>)))
    });
    let others = worlds.iter().flat_map(|world| {
        values.iter().flat_map(move |(path, values)| {
            let others = values.iter().take(MAX_VALUES);
            others.filter_map(move |value| Some((world, place(manifest, path)?, path.clone(), Some(value))))
        })
    });
    let mut all = unknown.chain(others).filter_map(|(world, place, path, value)| {
        let changed = world.with(&place, value)?;
        Some((Trial { vector: world.at, path }, changed))
    });
    let list = all.by_ref().take(MAX_TRIALS).collect();
    Trials { list, are_all: all.next().is_none() }
}

/// Where a fact stands in JSON.
enum Place {
    Context(Vec<String>),
    Event(BTreeSet<EventKind>, Vec<String>),
}

fn place(manifest: &Manifest, path: &str) -> Option<Place> {
    let (group, name) = path.split_once('.')?;
    if group == SectorFacts::GROUP {
        let (sector, name) = name.rsplit_once('.')?;
        let fact = manifest.facts.get(name).filter(|_| manifest.fact_path(name).as_deref() == Some(path))?;
        let at = [group, sector, name].map(str::to_owned).to_vec();
        return Some(if fact.context { Place::Context(at) } else { Place::Event(fact.events.clone(), at) });
    }
    match EventKind::ALL.iter().find(|kind| kind.as_str() == group) {
        Some(kind) => Some(Place::Event([*kind].into(), vec!["facts".to_owned(), name.to_owned()])),
        None => Some(Place::Context(vec![group.to_owned(), name.to_owned()])),
    }
}

/// A vector, and what it is about as JSON.
struct World<'v> {
    at: usize,
    vector: &'v Vector,
    context: Value,
    events: Vec<Value>,
}

impl<'v> World<'v> {
    fn of(at: usize, vector: &'v Vector) -> Option<Self> {
        let context = serde_json::to_value(&vector.context).ok()?;
        let events = vector.events.iter().map(|event| serde_json::to_value(&event.event).ok());
        Some(Self { at, vector, context, events: events.collect::<Option<_>>()? })
    }

    /// The vector with a value of a fact, or without it; none where that is what it has, or what it cannot have.
    fn with(&self, place: &Place, value: Option<&Value>) -> Option<Vector> {
        let mut vector = self.vector.clone();
        match place {
            Place::Context(at) => {
                let mut context = self.context.clone();
                if !put(&mut context, at, value) {
                    return None;
                }
                vector.context = serde_json::from_value(context).ok()?;
            }
            // At open there is no event.
            Place::Event(..) if vector.at_open => return None,
            Place::Event(kinds, at) => {
                let mut is_changed = false;
                for (event, written) in vector.events.iter_mut().zip(&self.events) {
                    let mut written = written.clone();
                    if kinds.contains(&event.event.kind()) && put(&mut written, at, value) {
                        event.event = serde_json::from_value(written).ok()?;
                        is_changed = true;
                    }
                }
                if !is_changed {
                    return None;
                }
            }
        }
        Some(vector)
    }

    /// The values that a fact has.
    fn values<'w>(&'w self, place: &'w Place) -> Vec<&'w Value> {
        match place {
            Place::Context(at) => value_at(&self.context, at).into_iter().collect(),
            Place::Event(kinds, at) => {
                let events = self.vector.events.iter().zip(&self.events);
                let of_kind = events.filter(|(event, _)| kinds.contains(&event.event.kind()));
                of_kind.filter_map(|(_, written)| value_at(written, at)).collect()
            }
        }
    }
}

/// Sets or removes what stands at a place; whether that changes anything.
fn put(value: &mut Value, place: &[String], new: Option<&Value>) -> bool {
    let Some(object) = value.as_object_mut() else { return false };
    match (place, new) {
        ([], _) => false,
        ([name], Some(new)) => object.insert(name.clone(), new.clone()).as_ref() != Some(new),
        ([name], None) => object.remove(name).is_some(),
        ([name, rest @ ..], _) => put(object.entry(name.clone()).or_insert_with(|| json!({})), rest, new),
    }
}

fn value_at<'w>(value: &'w Value, place: &[String]) -> Option<&'w Value> {
    place.iter().try_fold(value, |value, name| value.get(name))
}

/// Values that facts may take: those that they have in some vector, their neighbors, and the words that are declared.
fn values(manifest: &Manifest, worlds: &[World<'_>]) -> BTreeMap<String, Vec<Value>> {
    let mut all: BTreeMap<String, Vec<Value>> = BTreeMap::new();
    let mut note = |path: &str, value: Value| {
        let known = all.entry(path.to_owned()).or_default();
        if !known.contains(&value) {
            known.push(value);
        }
    };
    for world in worlds {
        for path in known(world.vector) {
            let Some(place) = place(manifest, &path) else { continue };
            for value in world.values(&place) {
                note(&path, value.clone());
                neighbors(value).into_iter().for_each(|other| note(&path, other));
            }
        }
    }
    for (path, fact) in manifest.facts.iter().filter_map(|(name, fact)| Some((manifest.fact_path(name)?, fact))) {
        fact.words.iter().for_each(|word| note(&path, Value::from(word.as_str())));
    }
    all
}

/// The other value of a switch, and the numbers beside a number.
fn neighbors(value: &Value) -> Vec<Value> {
    match value {
        Value::Bool(flag) => vec![Value::Bool(!flag)],
        Value::Number(number) => {
            let beside = |number: i64| [number.saturating_sub(1), number.saturating_add(1)].map(Value::from);
            number.as_i64().map(beside).into_iter().flatten().collect()
        }
        Value::Null | Value::String(_) | Value::Array(_) | Value::Object(_) => Vec::new(),
    }
}

#[cfg(test)]
mod tests {
    use specialis_bundle::parse_vectors;
    use specialis_core::SectorValue;

    use super::*;
    use crate::policies::sample;

    #[test]
    fn each_fact_of_a_vector_is_unknown_in_turn_and_has_other_values() {
        let dose = "[facts.dose]\nzh = \"d\"\nen = \"d\"\ntype = \"number\"\nevents = [\"output\"]\n";
        let manifest = sample::manifest("{ sector = \"s\" }", dose);
        let vectors = parse_vectors(
            "R1",
            "rule = \"R1\"\nas-of = \"2026-11-02\"\n[context.subject]\nage = \"adult\"\n\
             [event]\nkind = \"output\"\ntext = \"t\"\nsector-facts = { s = { dose = 4 } }\n\
             [[vector]]\nname = \"n\"\nexpect = [{ duty = \"d\", case = \"none\" }]\n",
        )
        .unwrap();
        let dose = "sector-facts.s.dose";
        assert_eq!(known(&vectors[0]), BTreeSet::from(["subject.age".to_owned(), dose.to_owned()]));
        let of = |path: &str| -> Vec<Vector> {
            let all = trials(&manifest, &vectors).list.into_iter();
            all.filter(|(trial, _)| trial.path == path).map(|(_, vector)| vector).collect()
        };
        let ages: Vec<_> = of("subject.age").iter().map(|vector| vector.context.subject.age).collect();
        assert_eq!(ages, [None], "there is no other age in the vectors");
        let doses: Vec<_> =
            of(dose).iter().map(|vector| vector.events[0].event.sector_facts.get(dose).cloned()).collect();
        assert!(trials(&manifest, &vectors).are_all);
        let many: Vec<Vector> = std::iter::repeat_n(vectors[0].clone(), MAX_TRIALS).collect();
        let some = trials(&manifest, &many);
        assert_eq!((some.list.len(), some.are_all), (MAX_TRIALS, false), "each vector has more than one change");
        let number = |n: i64| -> Option<SectorValue> { serde_json::from_value(json!(n)).ok() };
        assert_eq!(doses, [None, number(3), number(5)]);
    }
}
