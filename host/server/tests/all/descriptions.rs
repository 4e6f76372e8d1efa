//! The committed descriptions are those of the code: `specialis schema server` and `specialis schema openapi` write them.

use serde_json::Value;
use specialis_server::{Config, openapi};

fn committed(name: &str) -> Value {
    let path = format!("{}/{name}", env!("CARGO_MANIFEST_DIR"));
    let text = std::fs::read_to_string(&path).unwrap_or_else(|e| panic!("{path}: {e}"));
    serde_json::from_str(&text).expect("JSON")
}

#[test]
fn openapi_is_committed_as_it_is_served() {
    assert!(
        committed("openapi.json") == openapi(),
        "write it again: specialis schema openapi > host/server/openapi.json"
    );
}

#[test]
fn schema_of_the_configuration_is_committed_and_takes_the_default() {
    let schema = Config::schema();
    assert!(
        committed("config.schema.json") == schema,
        "write it again: specialis schema server > host/server/config.schema.json"
    );
    let validator = jsonschema::validator_for(&schema).expect("a schema");
    assert!(validator.is_valid(&serde_json::to_value(Config::default()).unwrap()));
    assert!(!validator.is_valid(&serde_json::json!({ "listn": "127.0.0.1:1" })));
}

#[test]
fn every_reference_of_the_description_leads_somewhere() {
    let page = openapi();
    let text = page.to_string();
    for reference in text.split("\"$ref\":\"#").skip(1).filter_map(|rest| rest.split('"').next()) {
        assert!(page.pointer(reference).is_some(), "{reference}");
    }
    for path in ["/v1/decide", "/v1/sessions", "/v1/streams", "/v1/labels/write"] {
        assert!(page["paths"].get(path).is_some(), "{path}");
    }
    assert_eq!(page["openapi"], "3.1.0");
}
