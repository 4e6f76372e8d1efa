//! A base context and event, with what rows change of them.

use serde_json::{Map, Value};
use specialis_core::{Context, Date, Event};

/// The base of a file.
pub(super) fn base(mut context: Map<String, Value>, mut event: Map<String, Value>) -> Value {
    with_plain_dates(&mut context);
    with_plain_dates(&mut event);
    let parts = [("context".to_owned(), Value::Object(context)), ("event".to_owned(), Value::Object(event))];
    Value::Object(Map::from_iter(parts))
}

/// Writes each date of TOML below a map as the string that it is in JSON.
pub(super) fn with_plain_dates(map: &mut Map<String, Value>) {
    map.values_mut().for_each(plain_dates);
}

fn plain_dates(value: &mut Value) {
    match value {
        Value::Object(map) => match map.get_mut(Date::TOML_KEY) {
            Some(text) => *value = text.take(),
            None => with_plain_dates(map),
        },
        Value::Array(all) => all.iter_mut().for_each(plain_dates),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

/// The base with what a row sets and forgets.
pub(super) fn changed(base: &Value, set: &Map<String, Value>, forget: &[String]) -> Result<Value, String> {
    let mut input = base.clone();
    for (path, value) in set {
        let mut value = value.clone();
        plain_dates(&mut value);
        put(&mut input, path, Some(value)).ok_or_else(|| format!("`{path}` cannot be set"))?;
    }
    for path in forget {
        put(&mut input, path, None).ok_or_else(|| format!("`{path}` is not there to forget"))?;
    }
    Ok(input)
}

/// The context that a row comes to.
pub(super) fn context_of(input: &Value) -> Result<Context, String> {
    serde_path_to_error::deserialize(part(input, "context")).map_err(|e| format!("context: {e}"))
}

/// The event that a row comes to.
pub(super) fn event_of(input: &Value) -> Result<Event, String> {
    serde_json::from_value(part(input, "event")).map_err(|e| format!("event: {e}"))
}

/// The settings that a row comes to.
pub(super) fn settings_of(input: &Value) -> Map<String, Value> {
    input.get("settings").and_then(Value::as_object).cloned().unwrap_or_default()
}

fn part(input: &Value, key: &str) -> Value {
    input.get(key).cloned().unwrap_or_default()
}

/// Sets or removes what stands at a dotted path; none where the path leads nowhere.
fn put(value: &mut Value, path: &str, new: Option<Value>) -> Option<()> {
    match path.split_once('.') {
        Some((head, rest)) => {
            let object = value.as_object_mut()?;
            if new.is_some() && !object.contains_key(head) {
                object.insert(head.to_owned(), Value::Object(Map::new()));
            }
            put(object.get_mut(head)?, rest, new)
        }
        None => match new {
            Some(new) => {
                value.as_object_mut()?.insert(path.to_owned(), new);
                Some(())
            }
            None => value.as_object_mut()?.remove(path).map(|_| ()),
        },
    }
}
