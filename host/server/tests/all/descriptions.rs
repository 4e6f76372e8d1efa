//! The committed descriptions are those of the code.

use serde_json::Value;
use specialis_server::{Config, openapi};

/// Compares a committed file with what the code says. With `SPECIALIS_WRITE` set it is written instead.
fn assert_committed(name: &str, value: &Value) {
    let path = format!("{}/{name}", env!("CARGO_MANIFEST_DIR"));
    if std::env::var_os("SPECIALIS_WRITE").is_some() {
        let text = serde_json::to_string_pretty(value).expect("JSON") + "\n";
        std::fs::write(&path, text).expect("the file is written");
    }
    let text = std::fs::read_to_string(&path).unwrap_or_else(|e| panic!("{path}: {e}"));
    let committed: Value = serde_json::from_str(&text).expect("JSON");
    assert!(committed == *value, "run this test once more with SPECIALIS_WRITE=1, and commit `{name}`");
}

#[test]
fn openapi_is_committed_as_it_is_served() {
    assert_committed("openapi.json", &openapi());
}

#[test]
fn schema_of_the_configuration_is_committed_and_takes_the_default() {
    let schema = Config::schema();
    assert_committed("config.schema.json", &schema);
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

#[test]
fn reviews_are_described_as_they_are_answered() {
    let page = openapi();
    let items = "/paths/~1v1~1reviews/get/responses/200/content/application~1json/schema/items/$ref";
    let reference = page.pointer(items).and_then(Value::as_str).expect("a reference");
    let review = page.pointer(reference.trim_start_matches('#')).expect("a schema");
    for field in ["decision", "state", "replaced-by", "opened"] {
        assert!(review["properties"].get(field).is_some(), "{field}: {review}");
    }
}
