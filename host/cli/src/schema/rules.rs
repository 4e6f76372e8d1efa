//! Which rules read a fact: the last sentence of its comment, as a list of ids.

use serde_json::{Map, Value};

/// What stands in place of a list that is still empty.
const NOBODY: &str = "none yet";

/// The schema with the sentence `Rules: A, B.` of each description moved to a list `x-rules`.
pub(super) fn lifted(mut schema: Value) -> Value {
    lift(&mut schema);
    schema
}

fn lift(value: &mut Value) {
    match value {
        Value::Object(object) => {
            lift_here(object);
            object.values_mut().for_each(lift);
        }
        Value::Array(items) => items.iter_mut().for_each(lift),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

fn lift_here(object: &mut Map<String, Value>) {
    let Some((text, rules)) = object.get("description").and_then(Value::as_str).and_then(split) else { return };
    object.insert("description".to_owned(), Value::String(text));
    object.insert("x-rules".to_owned(), rules.into_iter().map(Value::String).collect());
}

/// A description without its last sentence, and the ids in that.
fn split(description: &str) -> Option<(String, Vec<String>)> {
    let (text, rules) = description.rsplit_once("Rules:")?;
    let rules = rules.trim_end().strip_suffix('.')?;
    let rules = rules.split(',').map(str::trim).filter(|rule| *rule != NOBODY).map(str::to_owned);
    Some((text.trim_end().to_owned(), rules.collect()))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn rules_become_a_list_and_leave_the_description() {
        let schema =
            json!({"a": {"description": "The role.\nRules: E1,\nE3.", "type": "string"}, "b": {"description": "B."}});
        let lifted = lifted(schema);
        assert_eq!(split("The part. Rules: none yet."), Some(("The part.".to_owned(), Vec::new())));
        assert_eq!(lifted["a"], json!({"description": "The role.", "x-rules": ["E1", "E3"], "type": "string"}));
        assert_eq!(lifted["b"], json!({"description": "B."}));
    }
}
