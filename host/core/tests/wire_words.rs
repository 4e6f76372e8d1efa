//! The words of events and decisions on the wire. Records kept for years hold them: a name in Rust may change, its word may not.

use std::collections::BTreeSet;

use schemars::Schema;
use serde_json::Value;
use specialis_core::{Decision, Event};

/// Adds `definition.word` for every field and every word of a closed set below `schema`.
fn collect(definition: &str, schema: &Value, words: &mut BTreeSet<String>) {
    match schema {
        Value::Object(keys) => {
            for (key, value) in keys {
                match (key.as_str(), value) {
                    ("$defs", Value::Object(definitions)) => {
                        definitions.iter().for_each(|(name, schema)| collect(name, schema, words));
                    }
                    ("properties", Value::Object(fields)) => {
                        for (field, schema) in fields {
                            words.insert(format!("{definition}.{field}"));
                            collect(definition, schema, words);
                        }
                    }
                    ("const", Value::String(word)) => drop(words.insert(format!("{definition}.{word}"))),
                    ("enum", Value::Array(set)) => {
                        words.extend(set.iter().filter_map(Value::as_str).map(|word| format!("{definition}.{word}")));
                    }
                    _ => collect(definition, value, words),
                }
            }
        }
        Value::Array(items) => items.iter().for_each(|item| collect(definition, item, words)),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

fn words(schemas: &[(&str, Schema)]) -> String {
    let mut words = BTreeSet::new();
    schemas.iter().for_each(|(name, schema)| collect(name, schema.as_value(), &mut words));
    words.into_iter().map(|word| word + "\n").collect()
}

/// `host/core/tests/wire-words.txt` changes by hand only, together with the CHANGELOG. The names of definitions in it are
/// those of the schema.
#[test]
fn a_word_on_the_wire_changes_only_on_purpose() {
    let now = words(&[("Event", schemars::schema_for!(Event)), ("Decision", schemars::schema_for!(Decision))]);
    let kept = include_str!("wire-words.txt");
    let added: Vec<_> = now.lines().filter(|word| !kept.lines().any(|line| line == *word)).collect();
    let gone: Vec<_> = kept.lines().filter(|word| !now.lines().any(|line| line == *word)).collect();
    assert!(added.is_empty() && gone.is_empty(), "added: {added:#?}\ngone: {gone:#?}");
}
