//! The schema of settings: a table for each policy, as its manifest declares it.

use serde_json::{Map, Value, json};
use specialis_bundle::{Manifest, Setting, SettingValue};

/// The schema for these policies. What stands in the table of any other policy is a value of some type.
pub(crate) fn of(manifests: &[Manifest]) -> Value {
    let policies: Map<String, Value> = manifests
        .iter()
        .map(|manifest| {
            let settings: Map<String, Value> =
                manifest.settings.iter().map(|(name, setting)| (name.clone(), described(setting))).collect();
            let table = json!({ "type": "object", "properties": settings, "additionalProperties": false });
            (manifest.id.to_string(), table)
        })
        .collect();
    let value = json!({ "anyOf": [
        { "type": ["boolean", "integer", "string"] },
        { "type": "array", "items": { "type": "string" } },
    ] });
    json!({
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "Settings",
        "description": "What an operator sets: a table for each policy.",
        "type": "object",
        "properties": policies,
        "additionalProperties": { "type": "object", "additionalProperties": value },
    })
}

fn described(setting: &Setting) -> Value {
    let word = if setting.one_of.is_empty() {
        json!({ "type": "string" })
    } else {
        json!({ "type": "string", "enum": setting.one_of })
    };
    let mut described = match &setting.default {
        SettingValue::Flag(_) => json!({ "type": "boolean" }),
        SettingValue::Number(_) => json!({ "type": "integer" }),
        SettingValue::Date(_) => json!({ "type": "string", "format": "date" }),
        SettingValue::Text(_) => word,
        SettingValue::Texts(_) => json!({ "type": "array", "items": { "type": "string" } }),
    };
    if let Some(described) = described.as_object_mut() {
        for (key, bound) in [("minimum", setting.min), ("maximum", setting.max)] {
            if let Some(bound) = bound {
                described.insert(key.to_owned(), Value::from(bound));
            }
        }
        described.insert("description".to_owned(), Value::from(format!("{} ({})", setting.en, setting.zh)));
        described.insert("default".to_owned(), json!(setting.default));
    }
    described
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::policies::sample;

    #[test]
    fn a_value_fits_the_setting_that_is_declared() {
        let manifest = sample::manifest(
            "\"common\"",
            "[settings.days]\nzh = \"d\"\nen = \"d\"\ndefault = 3\nmin = 1\nloosens-when = \"raised\"\n\
             [settings.way]\nzh = \"w\"\nen = \"w\"\ndefault = \"a\"\none-of = [\"a\", \"b\"]\nloosens-when = \"changed\"\n",
        );
        let validator = jsonschema::validator_for(&of(&[manifest])).unwrap();
        let fits = |value: Value| validator.is_valid(&value);
        assert!(fits(json!({ "p": { "days": 1, "way": "b" }, "other": { "any": ["x"] } })));
        for odd in [json!({ "days": 0 }), json!({ "days": "1" }), json!({ "way": "c" }), json!({ "dais": 1 })] {
            assert!(!fits(json!({ "p": odd })), "{odd}");
        }
        assert!(!fits(json!({ "other": { "any": { "x": 1 } } })));
    }
}
