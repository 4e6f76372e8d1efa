//! The description of the native interface, OpenAPI 3.1: the paths from the handlers, the types of the library from their own
//! schemas.

use axum::Json;
use schemars::generate::SchemaSettings;
use serde_json::{Value, json};
use specialis::core::{Context, Decision, Event, Settlement};
use utoipa::OpenApi;

use super::{coverage, decide, explain, labels, reviews, scan, sessions, streams};

/// Where types stand in the description.
const SCHEMAS: &str = "/components/schemas";

#[derive(OpenApi)]
#[openapi(
    info(
        title = "Specialis",
        description = "Judges events of generative-AI services by sandboxed compliance policies. Every call needs a token: \
                       `authorization: Bearer TOKEN`. Which facts count depends on the token."
    ),
    paths(
        decide::decide, sessions::open, sessions::submit, sessions::settle, sessions::close, streams::stream,
        streams::stream_alone, explain::explain, scan::scan, coverage::coverage, labels::check_label,
        labels::write_label, reviews::reviews, reviews::review, reviews::open_review, reviews::answer_review
    )
)]
struct Description;

/// The description of the native interface.
pub fn openapi() -> Value {
    let mut page = serde_json::to_value(Description::openapi()).unwrap_or_default();
    let settings = SchemaSettings::draft2020_12().with(|settings| {
        settings.definitions_path = SCHEMAS.into();
        settings.meta_schema = None;
    });
    let mut generator = settings.into_generator();
    let own = [
        ("Context", generator.subschema_for::<Context>()),
        ("Event", generator.subschema_for::<Event>()),
        ("Decision", generator.subschema_for::<Decision>()),
        ("Settlement", generator.subschema_for::<Settlement>()),
    ];
    let definitions = generator.take_definitions(true);
    if let Some(schemas) = page.pointer_mut(SCHEMAS).and_then(Value::as_object_mut) {
        for (name, schema) in definitions {
            schemas.insert(name, schema);
        }
        for (name, schema) in own {
            let is_its_own = schema.as_value().get("$ref") == Some(&json!(format!("#{SCHEMAS}/{name}")));
            if !is_its_own {
                schemas.insert(name.to_owned(), schema.into());
            }
        }
    }
    if let Some(components) = page.pointer_mut("/components").and_then(Value::as_object_mut) {
        let bearer = json!({ "token": { "type": "http", "scheme": "bearer" } });
        components.insert("securitySchemes".to_owned(), bearer);
    }
    if let Some(page) = page.as_object_mut() {
        page.insert("security".to_owned(), json!([{ "token": [] }]));
    }
    page
}

/// Serves the description.
pub(crate) async fn openapi_page() -> Json<Value> {
    Json(openapi())
}
