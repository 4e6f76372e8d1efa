//! The list of the models of an upstream. There is nothing to judge in it: of each model go through its id, and what says when and by
//! whom it was made.

use std::sync::Arc;

use axum::body::Body;
use axum::response::Response;
use http_body_util::{BodyExt, Limited};
use hyper::{Method, Request, StatusCode};
use serde_json::{Map, Value};

use super::envelope::json_response;
use super::upstream::Endpoint;
use crate::app::App;
use crate::config::{Area, Interfaces, duration};
use crate::serving::{Problem, RouteTo};
use crate::wire::Interface;

/// The fields of the list that go through beside its models.
const OF_LIST: [&str; 4] = ["object", "has_more", "first_id", "last_id"];
/// The fields of each model that do.
const OF_MODEL: [&str; 7] = ["id", "object", "type", "created", "created_at", "owned_by", "display_name"];
/// Names are no longer than this many characters.
const MAX_NAME: usize = 256;

/// Whether the rest of a path, behind that of its route, is that of the list.
pub(crate) fn is_list(interfaces: Interfaces, rest: &str) -> bool {
    match interfaces {
        Interfaces::Openai => matches!(rest, "/models" | "/v1/models"),
        Interfaces::Anthropic => rest == "/v1/models",
    }
}

/// Answers with the list of the upstream of a route.
pub(super) async fn pass_on(app: Arc<App>, to: Arc<RouteTo>, request: Request<Body>) -> Response {
    let interface = match to.route.interface {
        Interfaces::Openai => Interface::Chat,
        Interfaces::Anthropic => Interface::Messages,
    };
    if request.method() != Method::GET {
        return interface.problem(&Problem::method());
    }
    match list(&app, &to, request).await {
        Ok(list) => json_response(StatusCode::OK, &list),
        Err(problem) => interface.problem(&problem),
    }
}

async fn list(app: &App, to: &RouteTo, request: Request<Body>) -> Result<Value, Problem> {
    let caller = app.caller(&request, Area::Proxy)?;
    let _turn = app.sessions.begin_request(&caller)?;
    let (headers, query) = (request.headers().clone(), request.uri().query().map(str::to_owned));
    let endpoint = Endpoint::models(to.route.interface);
    let answer = app.upstream.ask(to, endpoint, (&headers, query.as_deref()), None, None).await?;
    let (parts, body) = answer.into_parts();
    app.metrics.count_upstream(&to.route.path, parts.status.as_u16());
    if !parts.status.is_success() {
        return Err(Problem::upstream(format!("the upstream answers with status {}", parts.status.as_u16())));
    }
    let (bounds, timeouts) = app.limits();
    let body = tokio::time::timeout(duration(timeouts.answer), Limited::new(body, bounds.answer).collect()).await;
    let broken = || Problem::upstream("the upstream broke off, took too long, or its list is longer than the bound");
    let body = body.ok().and_then(Result::ok).ok_or_else(broken)?.to_bytes();
    let list = serde_json::from_slice::<Value>(&body).ok().as_ref().and_then(shown);
    list.ok_or_else(|| Problem::upstream("the upstream answers with something that is no list of models"))
}

/// A list without anything else; none where it is none.
fn shown(list: &Value) -> Option<Value> {
    let models = list.get("data")?.as_array()?.iter();
    let models = models.filter_map(Value::as_object).map(|model| Value::Object(plain(model, &OF_MODEL)));
    let models = models.collect();
    let mut shown = plain(list.as_object()?, &OF_LIST);
    shown.insert("data".to_owned(), Value::Array(models));
    Some(Value::Object(shown))
}

/// Some fields of an object, as far as they are names, numbers or a yes or no.
fn plain(fields: &Map<String, Value>, names: &[&str]) -> Map<String, Value> {
    let is_plain = |value: &Value| match value {
        Value::String(name) => name.chars().count() <= MAX_NAME,
        Value::Null | Value::Bool(_) | Value::Number(_) => true,
        Value::Array(_) | Value::Object(_) => false,
    };
    let named = names.iter().filter_map(|name| Some(((*name).to_owned(), fields.get(*name)?.clone())));
    named.filter(|(_, value)| is_plain(value)).collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn list_holds_names_and_nothing_that_a_model_could_say() {
        let list = json!({ "object": "list", "notice": "停水", "data": [
            { "id": "m", "object": "model", "created": 7, "owned_by": "o", "description": "停水", "permission": [{}] },
            { "id": "停".repeat(257) }, "停水"] });
        let models = json!([{ "id": "m", "object": "model", "created": 7, "owned_by": "o" }, {}]);
        assert_eq!(shown(&list), Some(json!({ "object": "list", "data": models })));
        assert_eq!((shown(&json!({ "data": "停水" })), shown(&json!([]))), (None, None));
        assert!(is_list(Interfaces::Openai, "/models") && is_list(Interfaces::Anthropic, "/v1/models"));
        assert!(!is_list(Interfaces::Openai, "/models/m") && !is_list(Interfaces::Anthropic, "/models"));
    }
}
