//! The seven fields: which are there, in which order, with which values.

use super::{Collector, Rule};
use crate::code::{ProviderCode, Service};
use crate::field::first_forbidden;
use crate::label::{Attribute, KEYS};
use crate::raw::{Form, RawLabel, RawValue};

/// What programs leave where a value was missing.
const PLACEHOLDERS: [&str; 9] = ["null", "none", "undefined", "nil", "nan", "n/a", "todo", "xxx", "[objectobject]"];
/// What they leave within a value.
const PLACEHOLDER_PARTS: [&str; 5] = ["%!", "${", "{{", "<no", "%s"];

pub(super) fn check(collector: &mut Collector<'_>, label: &RawLabel) {
    keys(collector, label);
    for (key, value) in &label.pairs {
        if let Some(known) = KEYS.iter().find(|known| *known == key) {
            value_of(collector, known, value);
        }
    }
    meaning(collector, label);
}

fn keys(collector: &mut Collector<'_>, label: &RawLabel) {
    let mut seen: Vec<&str> = Vec::new();
    for (key, _) in &label.pairs {
        if seen.contains(&key.as_str()) {
            collector.add(Rule::DuplicateKey, Some(key), format!("`{key}` stands twice"), "keep one of them");
        } else if !KEYS.contains(&key.as_str()) {
            let fix = match nearest(key) {
                Some(near) => format!("write `{near}`"),
                None => "remove it".to_owned(),
            };
            collector.add(Rule::UnknownKey, Some(key), format!("`{key}` is no key of the label"), fix);
        }
        seen.push(key);
    }
    for key in KEYS {
        if !seen.contains(&key) {
            let fix = format!("add `\"{key}\":\"\"`, with its value where there is one");
            collector.add(Rule::MissingKey, Some(key), format!("`{key}` is missing"), fix);
        }
    }
    // A mapping of YAML has no order.
    let places: Vec<usize> = seen.iter().filter_map(|key| KEYS.iter().position(|known| known == key)).collect();
    if label.form != Form::Mapping && !places.is_sorted() {
        let what = format!("the keys stand as {}", seen.join(", "));
        collector.add(Rule::KeyOrder, None, what, format!("write them as {}", KEYS.join(", ")));
    }
}

fn value_of(collector: &mut Collector<'_>, key: &str, value: &RawValue) {
    let text = match value {
        RawValue::Text(text) => text.as_str(),
        RawValue::Other(other) => {
            let fix = format!("write it in quotation marks: `\"{key}\":\"…\"`");
            collector.add(Rule::ValueKind, Some(key), format!("`{key}` is {other}, no text"), fix);
            return;
        }
    };
    if let Some((at, found)) = first_forbidden(text) {
        let what = format!("`{key}` has `{}` at character {}", found.escape_default(), at.saturating_add(1));
        let fix = if key.starts_with("Content") {
            "write the provider's code, or a name in printable ASCII without space"
        } else {
            "use printable ASCII without space, quotation mark and backslash"
        };
        collector.add(Rule::Character, Some(key), what, fix);
    }
    let folded: String = text.to_ascii_lowercase().split_whitespace().collect();
    if PLACEHOLDERS.contains(&folded.as_str()) || PLACEHOLDER_PARTS.iter().any(|part| folded.contains(part)) {
        let what = format!("`{key}` is `{text}`, as a program writes where a value is missing");
        collector.add(Rule::Placeholder, Some(key), what, "fill in the value before the label is written");
    }
}

fn meaning(collector: &mut Collector<'_>, label: &RawLabel) {
    let get = |key: &str| label.get(key).unwrap_or_default();
    let has = |key: &str| label.get(key).is_some();
    let attribute = Attribute::parse(get("Label"));
    if has("Label") && attribute.is_none() {
        let what = format!("`Label` is `{}`", get("Label"));
        let fix = "write `1` for content that is generated, `2` for possibly, `3` for suspected";
        collector.add(Rule::Attribute, Some("Label"), what, fix);
    }
    // Whoever only spreads content may not know who made it, and then does not state that it is generated.
    if !matches!(attribute, Some(Attribute::Possible | Attribute::Suspected)) {
        for key in ["ContentProducer", "ProduceID"] {
            if has(key) && get(key).is_empty() {
                let fix = "name the provider that generated the content, and its number for it";
                collector.add(Rule::ProducerEmpty, Some(key), format!("`{key}` is empty"), fix);
            }
        }
    }
    for (key, equal) in [("ContentPropagator", "ContentProducer"), ("PropagateID", "ProduceID")] {
        if has(key) && get(key).is_empty() {
            let fix = format!("write the value of `{equal}`, until somebody else spreads the content");
            collector.add(Rule::FirstWrite, Some(key), format!("`{key}` is empty"), fix);
        }
    }
    for key in ["ContentProducer", "ContentPropagator"] {
        provider(collector, key, get(key));
    }
    for (key, owner) in [("ProduceID", "ContentProducer"), ("PropagateID", "ContentPropagator")] {
        let id = get(key);
        let is_one_character = id.len() > 1 && id.chars().all(|c| id.starts_with(c));
        if is_one_character || (!id.is_empty() && id == get(owner)) {
            let what = format!("`{key}` is `{id}`, which cannot differ from one content to the next");
            collector.add(Rule::IdConstant, Some(key), what, "write the number under which this content is known");
        }
    }
}

fn provider(collector: &mut Collector<'_>, key: &str, value: &str) {
    match value.parse::<ProviderCode>() {
        Ok(code) => {
            if key == "ContentProducer" && code.service() == Service::Propagate {
                let what = format!("`{key}` is a code for spreading");
                collector.add(Rule::ServiceType, Some(key), what, "write the code with service type `1`");
            }
        }
        Err(error) if ProviderCode::is_attempt(value) => {
            let what = format!("`{key}` is `{value}`: {error}");
            collector.add(Rule::ProviderCode, Some(key), what, "write the 27 characters of the provider's code");
        }
        Err(_) if !value.is_empty() => {
            let what = format!("`{key}` is the name `{value}`");
            collector.add(Rule::ProviderName, Some(key), what, "write the provider's code of 27 characters instead");
        }
        Err(_) => {}
    }
}

/// The key that somebody meant: the same but for case and at most two characters.
fn nearest(key: &str) -> Option<&'static str> {
    let key = key.to_ascii_lowercase();
    let near = KEYS.into_iter().min_by_key(|known| distance(&known.to_ascii_lowercase(), &key));
    near.filter(|known| distance(&known.to_ascii_lowercase(), &key) <= 2)
}

/// How many characters must be put in, taken out or changed.
fn distance(a: &str, b: &str) -> usize {
    if b.len() > 64 {
        return usize::MAX;
    }
    let mut row: Vec<usize> = (0..=b.chars().count()).collect();
    for (i, x) in a.chars().enumerate() {
        let mut next = vec![i.saturating_add(1)];
        for ((y, above), left_above) in b.chars().zip(row.iter().skip(1)).zip(&row) {
            let left = next.last().copied().unwrap_or_default();
            let changed = left_above.saturating_add(usize::from(x != y));
            next.push(changed.min(above.saturating_add(1)).min(left.saturating_add(1)));
        }
        row = next;
    }
    row.last().copied().unwrap_or_default()
}
