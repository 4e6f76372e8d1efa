//! Contexts and events of facts that others have.

use std::collections::{BTreeMap, BTreeSet};

use crate::dice::{Dice, bytes_of};
use crate::files;
use serde_json::{Map, Value};

/// The facts of many contexts and events.
#[derive(Default)]
pub struct Pool {
    contexts: Vec<Value>,
    events: Vec<Value>,
    /// The values that were seen, by path; those of an event by its kind too.
    values: BTreeMap<String, Vec<Value>>,
    seen: BTreeSet<String>,
}

impl Pool {
    /// The facts of the example events.
    ///
    /// # Panics
    /// Where a line is no JSON.
    pub fn of_examples() -> Self {
        let mut pool = Self::default();
        for line in files::read("examples/events.jsonl").lines() {
            let line: Value = serde_json::from_str(line).expect("a line of JSON");
            pool.add(line.get("context"), line.get("event"));
        }
        pool
    }

    /// Adds a context and an event.
    pub fn add(&mut self, context: Option<&Value>, event: Option<&Value>) {
        if let Some(context) = context {
            self.note("context", context, 2);
            self.contexts.push(context.clone());
        }
        if let Some(event) = event {
            if let Some(facts) = event.get("facts") {
                self.note(kind(event), facts, 1);
            }
            self.events.push(event.clone());
        }
    }

    /// The context and the event that a number stands for.
    pub fn pick(&self, seed: u64) -> (Value, Value) {
        let bytes = bytes_of(seed, 256);
        let mut dice = Dice::new(&bytes);
        let mut context = of(&mut dice, &self.contexts);
        let mut event = of(&mut dice, &self.events);
        let kind = kind(&event).to_owned();
        self.change(&mut dice, "context", &mut context, 2);
        if !event["facts"].is_object() {
            event["facts"] = Value::Object(Map::new());
        }
        self.change(&mut dice, &kind, &mut event["facts"], 1);
        (context, event)
    }

    /// Forgets facts, and takes others in their place.
    fn change(&self, dice: &mut Dice<'_>, path: &str, value: &mut Value, depth: usize) {
        let Value::Object(fields) = value else { return };
        let names: Vec<String> = fields.keys().cloned().collect();
        for name in names {
            let path = format!("{path}.{name}");
            if dice.once_in(6) {
                fields.remove(&name);
            } else if let (Some(values), true) = (self.values.get(&path), dice.once_in(4)) {
                fields.insert(name, of(dice, values));
            } else if depth > 1
                && let Some(inner) = fields.get_mut(&name)
            {
                self.change(dice, &path, inner, depth - 1);
            }
        }
    }

    fn note(&mut self, path: &str, value: &Value, depth: usize) {
        let Value::Object(fields) = value else { return };
        for (name, value) in fields {
            let path = format!("{path}.{name}");
            if depth > 1 {
                self.note(&path, value, depth - 1);
            }
            if self.seen.insert(format!("{path} {value}")) {
                self.values.entry(path).or_default().push(value.clone());
            }
        }
    }
}

fn kind(event: &Value) -> &str {
    event.get("kind").and_then(Value::as_str).unwrap_or_default()
}

fn of(dice: &mut Dice<'_>, all: &[Value]) -> Value {
    let at = usize::from(dice.byte()) * 256 + usize::from(dice.byte());
    all.get(at % all.len().max(1)).cloned().unwrap_or_default()
}
