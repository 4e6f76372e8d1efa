//! OpenAI's moderations. The contract has no masks: a text that would have to be masked is flagged.

use serde_json::{Map, Value, json};
use specialis::core::{Level, Role};

use super::{Asked, AskedText, Judged, Read};

/// The names that statically typed clients need.
const STANDARD: [&str; 13] = [
    "harassment", "harassment/threatening", "hate", "hate/threatening", "illicit", "illicit/violent", "self-harm",
    "self-harm/instructions", "self-harm/intent", "sexual", "sexual/minors", "violence", "violence/graphic",
];

pub(super) fn read(body: &Value) -> Result<Read, String> {
    let text = |text: &str| AskedText::of(Role::User, text);
    let texts = match body.get("input") {
        Some(Value::String(input)) => vec![text(input)],
        Some(Value::Array(inputs)) => inputs.iter().map(|input| text(text_of(input).unwrap_or_default())).collect(),
        _ => return Err("`input` is neither a text nor a list; send what is to be looked at".to_owned()),
    };
    Ok(Read::Texts(Asked { texts, ..Asked::default() }))
}

fn text_of(input: &Value) -> Option<&str> {
    input.as_str().or_else(|| input.get("text").and_then(Value::as_str))
}

pub(super) fn write(body: &Value, asked: &Asked, judged: &Judged) -> Value {
    // A list of strings has a result for each; a list of parts is one input.
    let is_one = body.get("input").and_then(Value::as_array).is_some_and(|list| list.iter().any(Value::is_object));
    let n_results = if is_one { 1 } else { asked.texts.len() };
    let is_flagged = judged.is_blocked || judged.is_masked;
    let (mut categories, mut scores, mut types) = (Map::new(), Map::new(), Map::new());
    let mut add = |name: &str, is_found: bool, score: f64| {
        categories.insert(name.to_owned(), json!(is_found));
        scores.insert(name.to_owned(), json!(score));
        types.insert(name.to_owned(), json!(["text"]));
    };
    for name in STANDARD {
        add(name, false, 0.0);
    }
    for (duty, level) in &judged.duties {
        add(duty, *level >= Level::Redact, score(*level));
    }
    let result = json!({
        "flagged": is_flagged, "categories": categories, "category_scores": scores,
        "category_applied_input_types": types,
    });
    let results = vec![result; n_results];
    json!({ "id": "modr-specialis", "model": "specialis", "results": results, "specialis": judged.note })
}

/// Levels as scores, so that thresholds of gateways can tell them apart.
fn score(level: Level) -> f64 {
    match level {
        Level::Pass => 0.0,
        Level::Mark => 0.2,
        Level::Warn => 0.4,
        Level::Redact => 0.6,
        Level::Review => 0.8,
        Level::Stop => 1.0,
    }
}
