//! What policies beside the built-in ones add to the facts: those that they declare, and the rules of theirs that read any.

use serde_json::{Map, Value, json};
use specialis_bundle::Manifest;
use specialis_core::{Origin, SectorFact, SectorFactType, SectorFacts};

use super::Fact;
use super::facts::{list, resolve_pointer};

/// Whose facts a schema describes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Whose {
    /// Those of a session.
    Context,
    /// Those of an event.
    Event,
}

/// The schema of a context or an event, with the facts that these policies declare and the rules of theirs that read any.
pub(crate) fn with_policies(mut schema: Value, manifests: &[Manifest], whose: Whose) -> Value {
    for (rule, path) in read(manifests.iter()) {
        if let Some(rules) = rules_at(&mut schema, path, whose)
            && !rules.iter().any(|known| known.as_str() == Some(rule))
        {
            rules.push(Value::from(rule));
        }
    }
    let mut sectors: Map<String, Value> = Map::new();
    for (manifest, sector) in manifests.iter().filter_map(|manifest| Some((manifest, sector(manifest)?))) {
        let facts = manifest.facts.iter().filter(|(_, fact)| fact.context == (whose == Whose::Context));
        for (name, fact) in facts {
            let entry = sectors.entry(sector.to_owned()).or_insert_with(|| object(Map::new()));
            if let Some(properties) = entry.get_mut("properties").and_then(Value::as_object_mut) {
                properties.insert(name.clone(), described(manifest, name, fact));
            }
        }
    }
    // Without a policy that declares any, the form alone can be described.
    let properties = schema.get_mut("properties").and_then(Value::as_object_mut);
    if let Some(properties) = properties.filter(|_| !sectors.is_empty()) {
        properties.insert(SectorFacts::GROUP.to_owned(), object(sectors));
    }
    schema
}

/// What these policies add to the list of facts that rules read.
pub(super) fn add<'a>(all: &mut Vec<Fact>, manifests: impl Iterator<Item = &'a Manifest> + Clone) {
    let declared = manifests.clone().flat_map(|one| one.facts.keys().filter_map(|name| one.fact_path(name)));
    for path in declared {
        entry(all, &path);
    }
    for (rule, path) in read(manifests) {
        if let Some(fact) = entry(all, path)
            && !fact.rules.iter().any(|known| known == rule)
        {
            fact.rules.push(rule.to_owned());
        }
    }
}

/// The entry of a fact, made where there is none.
fn entry<'f>(all: &'f mut Vec<Fact>, path: &str) -> Option<&'f mut Fact> {
    let (place, field) = path.rsplit_once('.')?;
    if !all.iter().any(|fact| fact.place == place && fact.field == field) {
        all.push(Fact { place: place.to_owned(), field: field.to_owned(), rules: Vec::new() });
    }
    all.iter_mut().find(|fact| fact.place == place && fact.field == field)
}

/// Which rules say that they read which facts.
fn read<'a>(manifests: impl Iterator<Item = &'a Manifest>) -> impl Iterator<Item = (&'a str, &'a str)> {
    let rules = manifests.flat_map(|manifest| &manifest.rules);
    rules.flat_map(|(id, rule)| rule.reads.iter().map(move |path| (id.as_str(), path.as_str())))
}

fn sector(manifest: &Manifest) -> Option<&str> {
    match &manifest.origin {
        Origin::Sector(sector) => Some(sector.as_str()),
        Origin::General | Origin::Common | Origin::Tenant => None,
    }
}

/// The rules that are listed at a built-in fact.
fn rules_at<'s>(schema: &'s mut Value, path: &str, whose: Whose) -> Option<&'s mut Vec<Value>> {
    let (group, field) = path.split_once('.')?;
    let record = match whose {
        Whose::Context => format!("/properties/{group}"),
        Whose::Event => {
            let kind = |one: &Value| one.pointer("/properties/kind/const").and_then(Value::as_str) == Some(group);
            format!("/oneOf/{}/properties/facts", list(schema, "oneOf").position(kind)?)
        }
    };
    let fact = format!("{}/properties/{field}", resolve_pointer(schema, record)?);
    let fact = schema.pointer_mut(&fact)?.as_object_mut()?;
    fact.entry("x-rules").or_insert_with(|| json!([])).as_array_mut()
}

fn object(properties: Map<String, Value>) -> Value {
    json!({ "type": "object", "properties": properties, "additionalProperties": false })
}

fn described(manifest: &Manifest, name: &str, fact: &SectorFact) -> Value {
    let path = manifest.fact_path(name).unwrap_or_default();
    let rules: Vec<&str> =
        read([manifest].into_iter()).filter(|(_, read)| *read == path).map(|(rule, _)| rule).collect();
    let mut described = match fact.ty {
        SectorFactType::Flag => json!({ "type": "boolean" }),
        SectorFactType::Number => json!({ "type": "integer" }),
        SectorFactType::Day => json!({ "type": "string", "format": "date" }),
        SectorFactType::Text => json!({ "type": "string" }),
        SectorFactType::Word => json!({ "oneOf": words(fact) }),
        SectorFactType::Words => json!({ "type": "array", "items": { "oneOf": words(fact) } }),
    };
    let unit = fact.unit.as_ref().map_or_else(String::new, |unit| format!(", in {unit}"));
    let kinds: Vec<&str> = fact.events.iter().map(|kind| kind.as_str()).collect();
    let kinds = if kinds.is_empty() { String::new() } else { format!("; of {} events", kinds.join(", ")) };
    if let Some(described) = described.as_object_mut() {
        described.insert("description".to_owned(), Value::from(format!("{} ({}){unit}{kinds}", fact.en, fact.zh)));
        described.insert("x-rules".to_owned(), json!(rules));
    }
    described
}

fn words(fact: &SectorFact) -> Vec<Value> {
    fact.words.iter().map(|word| json!({ "const": word })).collect()
}
