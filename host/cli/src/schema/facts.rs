//! Facts as a table: where, name, type, rules.

use comfy_table::Table;
use serde_json::Value;
use specialis_core::SectorFacts;

use crate::output;

/// The facts of each kind of event.
pub(crate) fn of_event(schema: &Value) -> Table {
    let mut table = output::table(["kind", "field", "type", "rules"]);
    for kind in list(schema, "oneOf") {
        let name = kind.pointer("/properties/kind/const").and_then(Value::as_str).unwrap_or("?");
        if let Some(facts) = kind.pointer("/properties/facts") {
            rows(&mut table, schema, name, resolve(schema, facts));
        }
    }
    if let Some(media) = schema.pointer("/$defs/MediaFacts") {
        rows(&mut table, schema, "parts[].media", media);
    }
    if let Some(sectors) = schema.pointer("/properties/sector-facts") {
        of_sectors(&mut table, schema, sectors);
    }
    table
}

/// The facts that policies of sectors declare, with what each says of itself in place of a place.
fn of_sectors(table: &mut Table, schema: &Value, sectors: &Value) {
    for (sector, record) in properties(sectors) {
        rows(table, schema, &format!("{}.{sector}", SectorFacts::GROUP), record);
    }
}

/// The facts of each group of a context.
pub(crate) fn of_context(schema: &Value) -> Table {
    let mut table = output::table(["group", "field", "type", "rules"]);
    for (group, value) in properties(schema) {
        let record = resolve(schema, value);
        let is_record = properties(record).any(|(_, field)| field.get("x-rules").is_some());
        if group == SectorFacts::GROUP {
            of_sectors(&mut table, schema, record);
        } else if is_record {
            rows(&mut table, schema, group, record);
        } else {
            table.add_row(["", group.as_str(), &type_of(schema, value), ""]);
        }
    }
    table
}

/// A fact with the rules that read it.
#[derive(Debug)]
pub(crate) struct Fact {
    /// The group or kind of event.
    pub(crate) place: String,
    /// Its name.
    pub(crate) field: String,
    /// The rules.
    pub(crate) rules: Vec<String>,
}

/// The facts of a context.
pub(super) fn of_groups(schema: &Value) -> Vec<Fact> {
    properties(schema).flat_map(|(group, value)| listed(group, resolve(schema, value))).collect()
}

/// The facts of each kind of event.
pub(super) fn of_kinds(schema: &Value) -> Vec<Fact> {
    let mut all = Vec::new();
    for kind in list(schema, "oneOf") {
        let name = kind.pointer("/properties/kind/const").and_then(Value::as_str).unwrap_or("?");
        if let Some(facts) = kind.pointer("/properties/facts") {
            all.extend(listed(name, resolve(schema, facts)));
        }
    }
    all.extend(schema.pointer("/$defs/MediaFacts").map(|media| listed("parts[].media", media)).unwrap_or_default());
    all
}

fn listed(place: &str, record: &Value) -> Vec<Fact> {
    let fact = |(field, value): (&String, &Value)| {
        let rules: Vec<String> = list(value, "x-rules").filter_map(Value::as_str).map(str::to_owned).collect();
        Fact { place: place.to_owned(), field: field.clone(), rules }
    };
    properties(record).map(fact).collect()
}

fn rows(table: &mut Table, schema: &Value, place: &str, record: &Value) {
    for (field, value) in properties(record) {
        let rules: Vec<&str> = list(value, "x-rules").filter_map(Value::as_str).collect();
        table.add_row([place, field.as_str(), &type_of(schema, value), &rules.join(", ")]);
    }
}

pub(super) fn properties(value: &Value) -> impl Iterator<Item = (&String, &Value)> {
    value.get("properties").and_then(Value::as_object).into_iter().flatten()
}

pub(super) fn list<'a>(value: &'a Value, key: &str) -> impl Iterator<Item = &'a Value> {
    value.get(key).and_then(Value::as_array).into_iter().flatten()
}

/// What a reference leads to; what is none stays. One that may be null is taken without that.
pub(super) fn resolve<'a>(schema: &'a Value, value: &'a Value) -> &'a Value {
    let reference = value.get("$ref").and_then(Value::as_str).and_then(|path| path.strip_prefix('#'));
    if let Some(target) = reference.and_then(|path| schema.pointer(path)) {
        return resolve(schema, target);
    }
    match list(value, "anyOf").find(|one| one.get("type").and_then(Value::as_str) != Some("null")) {
        Some(one) => resolve(schema, one),
        None => value,
    }
}

/// Where what a pointer leads to stands, behind references. One that may be null is taken without that.
pub(super) fn resolve_pointer(schema: &Value, mut pointer: String) -> Option<String> {
    loop {
        let value = schema.pointer(&pointer)?;
        if let Some(target) = value.get("$ref").and_then(Value::as_str).and_then(|path| path.strip_prefix('#')) {
            target.clone_into(&mut pointer);
            continue;
        }
        let is_null = |one: &Value| one.get("type").and_then(Value::as_str) == Some("null");
        match list(value, "anyOf").position(|one| !is_null(one)) {
            Some(place) => pointer.push_str(&format!("/anyOf/{place}")),
            None => return Some(pointer),
        }
    }
}

/// The type of a value in a few words.
fn type_of(schema: &Value, value: &Value) -> String {
    let value = resolve(schema, value);
    let words: Vec<&str> = list(value, "oneOf").filter_map(|one| one.get("const").and_then(Value::as_str)).collect();
    if !words.is_empty() {
        return words.join(" | ");
    }
    if value.get("format").and_then(Value::as_str) == Some("date") {
        return "date".to_owned();
    }
    let kind = value.get("type");
    let kind = kind.and_then(Value::as_str).or_else(|| {
        let kinds = kind.and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_str);
        kinds.into_iter().find(|kind| *kind != "null")
    });
    match kind {
        Some("array") => match value.get("items") {
            Some(items) => format!("list of {}", type_of(schema, items)),
            None => "list".to_owned(),
        },
        Some("object") => {
            let fields: Vec<&str> = properties(value).map(|(name, _)| name.as_str()).collect();
            if fields.is_empty() { "object".to_owned() } else { format!("{{{}}}", fields.join(", ")) }
        }
        Some("integer") => "number".to_owned(),
        Some("boolean") => "true | false".to_owned(),
        Some(other) => other.to_owned(),
        None => "any".to_owned(),
    }
}
