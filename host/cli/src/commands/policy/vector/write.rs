//! Vectors as TOML.

use anyhow::{Context as _, Result};
use serde_json::{Map, Value, json};
use specialis_bundle::{Expected, Vector};

/// What stands in place of a text.
const PLACEHOLDER: &str = "在此写一段自己的文字 / write a text of your own";
/// What stands in place of a word of a lexicon.
const TERM: &str = "自己的词 / a word of your own";

const HEAD: &str = "\
# From a real session. Its texts and the words that were found in them are left out: write others, in which the same is found.
# Look through the context and the facts too: take out what a test does not need.
";

/// The file.
pub(super) fn file(vector: &Vector) -> Result<String> {
    let mut head = json!({ "rule": vector.rule, "as-of": vector.as_of });
    let terms: Map<String, Value> = vector.terms.keys().map(|category| (category.to_string(), json!([TERM]))).collect();
    let context = without_empty(serde_json::to_value(&vector.context)?);
    let mut events = Vec::new();
    for event in &vector.events {
        let mut written = without_empty(serde_json::to_value(&event.event)?);
        for part in written.get_mut("parts").and_then(Value::as_array_mut).into_iter().flatten() {
            leave_out_text(part);
        }
        let expect: Vec<Value> = event.expect.iter().map(expected).collect();
        events.push(json!({ "event": written, "expect": expect }));
    }
    if let Value::Object(head) = &mut head {
        if !terms.is_empty() {
            head.insert("terms".to_owned(), Value::Object(terms));
        }
        if !is_empty(&context) {
            head.insert("context".to_owned(), context);
        }
        let vector = match events.as_mut_slice() {
            [only] => {
                head.insert("event".to_owned(), only["event"].take());
                json!({ "name": vector.name, "expect": only["expect"].take() })
            }
            _ => json!({ "name": vector.name, "events": events }),
        };
        head.insert("vector".to_owned(), json!([vector]));
    }
    let table = toml::Table::try_from(head).context("the vector cannot be written as TOML")?;
    Ok(format!("{HEAD}{}", toml::to_string(&table)?))
}

/// A part of a plain text without it.
fn leave_out_text(part: &mut Value) {
    if let Some(text) = part.get_mut("text") {
        *text = Value::from(PLACEHOLDER);
    }
    if let Some(part) = part.as_object_mut() {
        part.retain(|key, value| key != "choice" || *value != json!(0));
    }
}

fn expected(expected: &Expected) -> Value {
    let Expected { duty, case, level, reason, cite, measures, .. } = expected;
    without_empty(json!({
        "duty": duty, "case": case, "level": level, "reason": reason, "cite": cite, "measures": measures,
    }))
}

/// A value without fields in which nothing stands.
fn without_empty(value: Value) -> Value {
    match value {
        Value::Object(fields) => {
            let kept = fields.into_iter().map(|(key, value)| (key, without_empty(value)));
            Value::Object(kept.filter(|(_, value)| !is_empty(value)).collect())
        }
        Value::Array(items) => items.into_iter().map(without_empty).collect(),
        other @ (Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_)) => other,
    }
}

fn is_empty(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::Object(fields) => fields.is_empty(),
        Value::Array(items) => items.is_empty(),
        Value::Bool(_) | Value::Number(_) | Value::String(_) => false,
    }
}
