//! The `Rules: …` sentences of the contract: which rules read a fact is found out by changing it.
//!
//! Every vector of every built-in policy is judged again with each fact in turn made unknown, and given each other value that
//! a vector or an example has for it. A rule that then answers differently reads the fact. A fact by the word of somebody without
//! a warrant comes to the same as one that is unknown, and what is unknown never asks for less than what is known.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::PathBuf;

use serde_json::Value;
use specialis::{Candidate, Host, PlatformProfile, config};
use specialis_bundle::{Bundle, parse_vectors};
use specialis_core::{Context, Date, DutyId, Event, EventKind, Level, Obligation, Origin, Status, Trust, Warrant};

use crate::run::{examples, run};

/// A fact by its path: `subject.age` in a context, `publication.label` on an event, `medium.label` on a part.
type Path = String;
/// What a policy came to in a world.
#[derive(Default, PartialEq, Eq, Debug)]
struct Said {
    /// What each rule said.
    answers: BTreeMap<String, BTreeSet<String>>,
    /// What each event asks for on each duty: its level, and its obligations without their numbers.
    asks: BTreeMap<(usize, DutyId), (Level, BTreeSet<String>)>,
}

impl Said {
    /// A duty on which this asks for less than `other`.
    fn asks_for_less(&self, other: &Self) -> Option<String> {
        let nothing = (Level::Pass, BTreeSet::new());
        other.asks.iter().find_map(|(duty, before)| {
            let after = self.asks.get(duty).unwrap_or(&nothing);
            let is_less = after.0 < before.0 || !after.1.is_superset(&before.1);
            is_less.then(|| format!("{duty:?}: {before:?} became {after:?}"))
        })
    }
}

/// A session of one event.
struct World {
    context: Value,
    event: Value,
    as_of: Date,
    at_open: bool,
    /// The settings of a vector as a table of its policy.
    settings: String,
}

/// The rule that decides whether the Measures apply at all. What it reads moves every rule that rests on them, whose lists need
/// not repeat it; and where it speaks nobody asks for anything, so that its own answers stand in no decision.
const SCOPE: (&str, &str) = ("general", "IM2");

/// The rules that the contract names for each fact.
pub(crate) fn contract() -> BTreeMap<Path, BTreeSet<String>> {
    let rules = |comment: String| {
        let rules = comment.rsplit_once("Rules: ").map_or("", |(_, rules)| rules);
        let rules = rules.trim_end_matches('.').split(", ").filter(|rule| *rule != "none yet");
        rules.map(str::to_owned).collect()
    };
    comments().into_iter().map(|(path, comment)| (path, rules(comment))).collect()
}

/// The comment of each fact in the contract. A record and its kind of event share a name but for one.
fn comments() -> BTreeMap<Path, String> {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../wit/since-v0.1.0");
    let mut comments = BTreeMap::new();
    for file in ["context.wit", "facts.wit", "event.wit"] {
        let text = fs::read_to_string(folder.join(file)).unwrap();
        let (mut group, mut comment) = (None, String::new());
        for line in text.lines().map(str::trim) {
            if let Some(said) = line.strip_prefix("/// ") {
                comment = format!("{comment} {said}");
                continue;
            }
            if let Some(record) = line.strip_prefix("record ") {
                let name = record.strip_suffix("-facts {");
                group = name.map(|name| name.strip_prefix("more-").unwrap_or(name)).map(|name| match (file, name) {
                    ("event.wit", "media") => "medium",
                    (_, "late-signal") => "signal",
                    (_, name) => name,
                });
            } else if let (Some(group), Some((field, _))) = (group, line.split_once(':')) {
                if line.ends_with(',') && group != "brief" {
                    comments.insert(format!("{group}.{field}"), comment.clone());
                }
            } else if line == "}" {
                group = None;
            }
            comment.clear();
        }
    }
    comments
}

/// Every value that a vector or an example gives a fact.
fn values(worlds: &[&World]) -> BTreeMap<Path, Vec<Value>> {
    let mut values: BTreeMap<Path, Vec<Value>> = BTreeMap::new();
    let mut note = |path: String, value: &Value| {
        let known = values.entry(path).or_insert_with(|| vec![Value::Null]);
        if !known.contains(value) {
            known.push(value.clone());
        }
    };
    for world in worlds {
        for (group, fields) in world.context.as_object().into_iter().flatten() {
            if !matches!(group.as_str(), "sectors" | "sources") {
                for (field, value) in fields.as_object().into_iter().flatten() {
                    note(format!("{group}.{field}"), value);
                }
            }
        }
        let kind = world.event["kind"].as_str().unwrap_or_default();
        for (field, value) in world.event["facts"].as_object().into_iter().flatten() {
            note(format!("{kind}.{field}"), value);
        }
    }
    values
}

/// The place of a fact in a world, where it has one.
fn place<'a>(context: &'a mut Value, event: &'a mut Value, path: &str) -> Option<&'a mut Value> {
    let (group, field) = path.split_once('.')?;
    let record = if EventKind::ALL.iter().any(|kind| kind.as_str() == group) {
        (event["kind"] == group).then_some(&mut event["facts"])?
    } else {
        &mut context[group]
    };
    if record.is_null() {
        *record = Value::Object(serde_json::Map::new());
    }
    Some(&mut record[field])
}

fn without_nulls(value: &mut Value) {
    if let Value::Object(fields) = value {
        fields.retain(|_, value| !value.is_null());
        fields.values_mut().for_each(without_nulls);
    }
}

/// What the rules of the policy say in a world; none where it cannot be read.
fn said(host: &Host, context: &Value, event: &Value, world: &World) -> Option<Said> {
    let (mut context, mut event) = (context.clone(), event.clone());
    without_nulls(&mut context);
    without_nulls(&mut event);
    let context: Context = serde_json::from_value(context).ok()?;
    let mut events = vec![serde_json::from_value::<Event>(event).ok()?];
    if world.at_open {
        events.extend(EventKind::ALL.iter().map(|kind| Event::new(*kind)));
    }
    let mut session = host.open_as_of("facts", context, world.as_of);
    let mut said = Said::default();
    for (at, event) in events.into_iter().enumerate() {
        for duty in session.submit(event).decision.duties {
            for found in duty.findings {
                let answer = format!("{at} {} {:?}", duty.duty, found.answer);
                said.answers.entry(found.rule.to_string()).or_default().insert(answer);
            }
            let obligations = duty.obligations.iter().map(what_is_asked).collect();
            said.asks.insert((at, duty.duty), (duty.level, obligations));
        }
    }
    Some(said)
}

/// An obligation without its numbers, and a report without its authority: where nobody names one, the usual one gets it.
fn what_is_asked(obligation: &Obligation) -> String {
    if obligation.word() == "report" {
        return "report".to_owned();
    }
    format!("{obligation:?}").chars().filter(|c| !c.is_ascii_digit()).collect()
}

/// The policy alone, in its sector, with everybody's word taken.
fn host(bundle: &Bundle, bytes: &[u8], settings: &str) -> Host {
    let registry = config::registry(specialis_artifacts::REGISTRY).unwrap();
    let built_in = config::trust(specialis_artifacts::TRUST).unwrap();
    let trust = Trust {
        warrants: vec![Warrant { fact: "*".to_owned(), sources: vec!["platform".into()], services: Vec::new() }],
        signers: built_in.signers,
        measures: built_in.measures,
        grants: built_in.grants,
        ..Trust::default()
    };
    let (_, mut service) = config::profile(specialis_artifacts::PROFILE, &registry).unwrap();
    service.defaults.sectors.clear();
    for (_, bytes) in specialis_artifacts::POLICIES {
        if let Origin::Sector(sector) = Bundle::parse(bytes).unwrap().manifest.origin {
            service.defaults.sectors.insert(sector, Status::No);
        }
    }
    if let Origin::Sector(sector) = &bundle.manifest.origin {
        service.defaults.sectors.insert(sector.clone(), Status::Yes);
    }
    let candidate = Candidate::default().trust(trust).platform(PlatformProfile::everything(&registry));
    let candidate = candidate.service(service).registry(registry).settings(config::settings(settings).unwrap());
    Host::builder(candidate.policy(bundle.manifest.id.to_string(), bytes)).threads(1).build().unwrap()
}

fn vectors(bundle: &Bundle) -> Vec<World> {
    let mut worlds = Vec::new();
    for section in &bundle.vectors {
        for vector in parse_vectors(&section.name, std::str::from_utf8(&section.data).unwrap()).unwrap() {
            let mut context = serde_json::to_value(&vector.context).unwrap();
            let stray = context.as_object_mut().unwrap();
            stray.remove("source");
            stray.remove("sources");
            stray.remove("sectors");
            let mut settings = format!("[{}]\n", bundle.manifest.id);
            for (name, value) in &vector.settings {
                settings.push_str(&format!("{name} = {value}\n"));
            }
            for step in &vector.events {
                let mut event = serde_json::to_value(&step.event).unwrap();
                event.as_object_mut().unwrap().remove("sources");
                event.as_object_mut().unwrap().remove("source");
                let (context, settings) = (context.clone(), settings.clone());
                worlds.push(World { context, event, as_of: vector.as_of, at_open: vector.at_open, settings });
            }
        }
    }
    worlds
}

fn examples_as_worlds() -> Vec<World> {
    let text = fs::read_to_string(examples()).unwrap();
    let lines = text.lines().map(|line| serde_json::from_str::<Value>(line).unwrap());
    let as_of = "2026-11-02".parse().unwrap();
    lines
        .map(|line| World {
            context: line["context"].clone(),
            event: line["event"].clone(),
            as_of,
            at_open: false,
            settings: String::new(),
        })
        .collect()
}

/// The same world in which nobody with a warrant asserts a fact; none where it has no place for the fact's source.
fn by_a_stranger(world: &World, path: &str) -> Option<(Value, Value)> {
    let (mut context, mut event) = (world.context.clone(), world.event.clone());
    let (group, field) = path.split_once('.')?;
    let is_of_event = EventKind::ALL.iter().any(|kind| kind.as_str() == group);
    let (record, key) = if is_of_event { (&mut event, field) } else { (&mut context, path) };
    record.as_object_mut()?.insert("sources".to_owned(), serde_json::json!({ key: "stranger" }));
    Some((context, event))
}

/// Facts with the values that they are given.
type Values<'a> = BTreeMap<&'a Path, &'a Vec<Value>>;

/// A fact of a world changed to another value.
struct Change<'a> {
    path: &'a Path,
    value: &'a Value,
}

/// The facts that each rule of a policy reads, as far as its vectors show it.
struct Reading<'a> {
    policy: (&'a Bundle, &'a [u8]),
    hosts: BTreeMap<String, Host>,
    reads: BTreeMap<String, BTreeSet<Path>>,
}

impl Reading<'_> {
    fn host(&mut self, settings: &str) -> &Host {
        let (bundle, bytes) = self.policy;
        self.hosts.entry(settings.to_owned()).or_insert_with(|| host(bundle, bytes, settings))
    }

    /// What the policy says in a world with some facts changed; none where that changes nothing, or cannot be read.
    fn changed(&mut self, world: &World, changes: &[Change<'_>]) -> Option<Said> {
        let (mut context, mut event) = (world.context.clone(), world.event.clone());
        let mut n_changed = 0;
        for change in changes {
            if let Some(place) = place(&mut context, &mut event, change.path).filter(|place| *place != change.value) {
                *place = change.value.clone();
                n_changed += 1;
            }
        }
        if n_changed == 0 {
            return None;
        }
        said(self.host(&world.settings), &context, &event, world)
    }

    /// Changes facts one by one.
    fn each(&mut self, world: &World, before: &Said, values: &Values<'_>) {
        for (&path, others) in values {
            for value in *others {
                let Some(after) = self.changed(world, &[Change { path, value }]) else { continue };
                if value.is_null() {
                    self.is_strict(world, path, before, &after);
                }
                let rules = before.answers.keys().chain(after.answers.keys());
                let rules = rules.filter(|rule| before.answers.get(*rule) != after.answers.get(*rule));
                for rule in rules {
                    self.reads.entry(rule.clone()).or_default().insert(path.clone());
                }
            }
        }
    }

    /// A fact that is unknown asks for no less, and comes to the same as one by the word of a stranger.
    fn is_strict(&mut self, world: &World, path: &str, before: &Said, after: &Said) {
        if let Some(less) = after.asks_for_less(before) {
            panic!("`{path}` unknown: {less}\n{}\n{}", world.context, world.event);
        }
        if let Some((context, event)) = by_a_stranger(world, path) {
            let by_stranger = said(self.host(&world.settings), &context, &event, world);
            assert_eq!(by_stranger.as_ref(), Some(after), "`{path}` by a stranger");
        }
    }

    /// Changes facts that no rule of the policy should read, all at once for each of their values. Where that moves anything, one by
    /// one.
    fn together(&mut self, world: &World, before: &Said, values: &Values<'_>) {
        let most = values.values().map(|others| others.len()).max().unwrap_or(0);
        for at in 0..most {
            let changes = values.iter().filter_map(|(&path, others)| Some(Change { path, value: others.get(at)? }));
            let changes: Vec<Change<'_>> = changes.collect();
            if self.changed(world, &changes).is_some_and(|after| after != *before) {
                return self.each(world, before, values);
            }
        }
    }
}

#[test]
fn the_contract_names_the_rules_that_read_each_fact() {
    let lists = contract();
    assert!(lists.len() > 100, "{}", lists.len());
    let bundles: Vec<(Bundle, &[u8])> =
        specialis_artifacts::POLICIES.iter().map(|(_, bytes)| (Bundle::parse(bytes).unwrap(), *bytes)).collect();
    let of_policies: Vec<Vec<World>> = bundles.iter().map(|(bundle, _)| vectors(bundle)).collect();
    let examples = examples_as_worlds();
    let values = values(&of_policies.iter().flatten().chain(&examples).collect::<Vec<_>>());
    let (mut wrong, mut shown) = (Vec::new(), BTreeSet::new());
    for ((bundle, bytes), worlds) in bundles.iter().zip(&of_policies) {
        let policy = bundle.manifest.id.as_str();
        let is_listed = |path: &Path| {
            let rules = lists.get(path).into_iter().flatten();
            rules.into_iter().any(|rule| bundle.manifest.rules.keys().any(|own| own.as_str() == rule))
        };
        let (listed, others): (Values<'_>, Values<'_>) = values.iter().partition(|(path, _)| is_listed(path));
        let mut reading = Reading { policy: (bundle, bytes), hosts: BTreeMap::new(), reads: BTreeMap::new() };
        for world in worlds {
            let before = said(reading.host(&world.settings), &world.context, &world.event, world).expect("a vector");
            reading.each(world, &before, &listed);
            reading.together(world, &before, &others);
        }
        let reads = reading.reads;
        let in_scope = |fact: &Path| policy == SCOPE.0 && lists.get(fact).is_some_and(|list| list.contains(SCOPE.1));
        for (rule, facts) in &reads {
            for fact in facts {
                let list = lists.get(fact).unwrap_or_else(|| panic!("the contract has no `{fact}`"));
                shown.insert((rule.clone(), fact.clone()));
                if !list.contains(rule) && !in_scope(fact) {
                    wrong.push(format!("`{fact}` is read by {rule} of `{policy}`, and its list does not say so"));
                }
            }
        }
    }
    let loaded: BTreeSet<&str> =
        bundles.iter().flat_map(|(bundle, _)| bundle.manifest.rules.keys().map(|rule| rule.as_str())).collect();
    // Facts of a medium stand on a part, where no vector is changed.
    for (fact, rules) in lists.iter().filter(|(fact, _)| !fact.starts_with("medium.")) {
        for rule in rules.iter().filter(|rule| loaded.contains(rule.as_str()) && rule.as_str() != SCOPE.1) {
            if !shown.contains(&(rule.clone(), fact.clone())) {
                wrong.push(format!("`{fact}` lists {rule}, and no vector of that rule shows that it reads it"));
            }
        }
    }
    assert!(wrong.is_empty(), "{} sentences to mend:\n{}", wrong.len(), wrong.join("\n"));
}

/// Each fact of the schemas of contexts and events: its path, how it is described, and the definitions it may refer to.
fn described() -> Vec<(Path, Value, Value)> {
    let mut described = Vec::new();
    for of in ["context", "event"] {
        let schema: Value = serde_json::from_str(&run(&["schema", of]).ok()).unwrap();
        for (name, record) in schema["$defs"].as_object().unwrap() {
            let group = match name.as_str() {
                "LateSignal" => "signal".to_owned(),
                "MediaFacts" => "medium".to_owned(),
                name => kebab(name),
            };
            for (field, fact) in record["properties"].as_object().into_iter().flatten() {
                if fact["x-rules"].is_array() {
                    described.push((format!("{group}.{field}"), fact.clone(), schema["$defs"].clone()));
                }
            }
        }
    }
    described
}

#[test]
fn the_schemas_name_the_same_rules_as_the_contract() {
    let mut lists = contract();
    for (path, fact, _) in described() {
        let rules = fact["x-rules"].as_array().unwrap().iter().map(|rule| rule.as_str().unwrap().to_owned()).collect();
        let of_contract = lists.remove(&path).unwrap_or_else(|| panic!("the contract has no `{path}`"));
        assert_eq!(of_contract, rules, "{path}");
    }
    assert!(lists.is_empty(), "in the contract alone: {:?}", lists.keys());
}

/// The words that stand in backticks before the rules.
fn quoted(comment: &str) -> BTreeSet<&str> {
    let text = comment.rsplit_once("Rules: ").map_or(comment, |(text, _)| text);
    text.split('`').skip(1).step_by(2).collect()
}

#[test]
fn the_contract_lists_exactly_the_words_that_a_closed_fact_takes() {
    let comments = comments();
    let (mut wrong, mut n_closed) = (Vec::new(), 0);
    for (path, fact, definitions) in described() {
        let referred = [&fact["anyOf"][0]["$ref"], &fact["items"]["$ref"]].into_iter().find_map(Value::as_str);
        let definition = referred.map(|name| &definitions[name.rsplit('/').next().unwrap()]);
        let words = definition.and_then(|it| it["oneOf"].as_array()).into_iter().flatten();
        let words: BTreeSet<&str> = words.filter_map(|word| word["const"].as_str()).collect();
        let listed = quoted(&comments[&path]);
        n_closed += usize::from(!words.is_empty());
        let is_open = listed.len() < 2 || comments[&path].contains("such as");
        if words != listed && (!words.is_empty() || !is_open) {
            wrong.push(format!("`{path}` takes {words:?}, and the contract lists {listed:?}"));
        }
    }
    assert!(wrong.is_empty() && n_closed > 40, "{n_closed} closed:\n{}", wrong.join("\n"));
}

fn kebab(name: &str) -> String {
    let mut kebab = String::new();
    for letter in name.chars() {
        if letter.is_uppercase() && !kebab.is_empty() {
            kebab.push('-');
        }
        kebab.extend(letter.to_lowercase());
    }
    kebab
}
