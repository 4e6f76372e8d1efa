//! Traces: a span for each request, posted to a collector of OpenTelemetry as JSON. A span holds names, ids, verdicts and times, never
//! content. One that nobody takes is dropped and counted: no request waits for it.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use axum::body::Body;
use bytes::Bytes;
use data_encoding::HEXLOWER;
use http_body_util::Full;
use hyper::header::{AUTHORIZATION, CONTENT_TYPE, HeaderValue};
use hyper::{HeaderMap, Request};
use serde_json::{Value, json};
use specialis::core::Decision;
use tokio::sync::Notify;

use super::error::ServeError;
use super::settings::header_of;
use super::shutdown::Phase;
use crate::app::App;
use crate::config::TracesConfig;

/// How long spans wait before they are posted.
const WAIT: Duration = Duration::from_secs(2);
/// How many are posted at once.
const BATCH: usize = 512;
/// How long a collector may take.
const TIME: Duration = Duration::from_secs(10);
/// The header that names the span from which a request comes, as W3C's Trace Context has it.
const TRACEPARENT: &str = "traceparent";

/// The spans that wait.
pub(crate) struct Traces {
    config: TracesConfig,
    authorization: Option<HeaderValue>,
    waiting: Mutex<Vec<Value>>,
    is_full: Notify,
    dropped: prometheus_client::metrics::counter::Counter,
}

impl fmt::Debug for Traces {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Traces").field("url", &self.config.url).finish_non_exhaustive()
    }
}

/// The span of a request. It ends when the last clone is dropped: with the answer, or with its last piece.
#[derive(Clone, Debug)]
pub(crate) struct Span(Arc<SpanInside>);

#[derive(Debug)]
struct SpanInside {
    traces: Arc<Traces>,
    started: jiff::Timestamp,
    trace: String,
    id: String,
    parent: Option<String>,
    facts: Mutex<SpanFacts>,
}

#[derive(Debug, Default)]
struct SpanFacts {
    name: String,
    attributes: BTreeMap<&'static str, Value>,
    is_error: bool,
}

impl Traces {
    /// Spans for a collector.
    ///
    /// # Errors
    /// Where the file with its authorization cannot be read.
    pub(crate) fn new(
        config: &TracesConfig,
        dropped: prometheus_client::metrics::counter::Counter,
    ) -> Result<Self, ServeError> {
        let authorization = Self::authorization(config)?;
        let (waiting, is_full) = (Mutex::default(), Notify::new());
        Ok(Self { config: config.clone(), authorization, waiting, is_full, dropped })
    }

    /// What a collector is told of who posts.
    ///
    /// # Errors
    /// Where its file cannot be read.
    pub(crate) fn authorization(config: &TracesConfig) -> Result<Option<HeaderValue>, ServeError> {
        let file = config.authorization_file.as_deref();
        file.map(|file| header_of("traces.authorization-file", file, "")).transpose()
    }

    /// Begins the span of a request, under the one that the request names. None where the system gives no randomness.
    pub(crate) fn begin(self: &Arc<Self>, headers: &HeaderMap, name: &str) -> Option<Span> {
        let mut random = [0_u8; 24];
        getrandom::fill(&mut random).ok()?;
        let (trace, id) = random.split_at(16);
        let parent = headers.get(TRACEPARENT).and_then(|value| parent_of(value.to_str().ok()?));
        let (trace, parent) = parent.map_or((HEXLOWER.encode(trace), None), |(trace, parent)| (trace, Some(parent)));
        let facts = SpanFacts { name: name.to_owned(), ..SpanFacts::default() };
        let (traces, id) = (self.clone(), HEXLOWER.encode(id));
        Some(Span(Arc::new(SpanInside { traces, started: now(), trace, id, parent, facts: Mutex::new(facts) })))
    }

    fn add(&self, span: Value) {
        let mut waiting = self.waiting.lock().unwrap_or_else(PoisonError::into_inner);
        if waiting.len() >= self.config.waiting {
            self.dropped.inc();
            return;
        }
        waiting.push(span);
        if waiting.len() >= BATCH {
            self.is_full.notify_one();
        }
    }

    fn take(&self) -> Vec<Value> {
        let mut waiting = self.waiting.lock().unwrap_or_else(PoisonError::into_inner);
        let n = waiting.len().min(BATCH);
        waiting.drain(..n).collect()
    }

    /// Posts spans until the server has stopped.
    pub(crate) async fn run(self: Arc<Self>, app: Arc<App>) {
        loop {
            let is_last = tokio::select! {
                () = tokio::time::sleep(WAIT) => false,
                () = self.is_full.notified() => false,
                () = app.shutdown.reached(Phase::Ending) => true,
            };
            loop {
                let spans = self.take();
                if spans.is_empty() {
                    break;
                }
                let n = u64::try_from(spans.len()).unwrap_or(u64::MAX);
                if let Err(error) = self.post(&app, spans).await {
                    tracing::warn!(error, n, "spans were not taken; they are dropped");
                    self.dropped.inc_by(n);
                    break;
                }
            }
            if is_last {
                return;
            }
        }
    }

    async fn post(&self, app: &App, spans: Vec<Value>) -> Result<(), String> {
        let body = json!({ "resourceSpans": [{
            "resource": { "attributes": [attribute("service.name", &json!(self.config.service))] },
            "scopeSpans": [{ "scope": { "name": env!("CARGO_PKG_NAME"), "version": env!("CARGO_PKG_VERSION") }, "spans": spans }],
        }] });
        let mut request = Request::post(&self.config.url).header(CONTENT_TYPE, "application/json");
        if let Some(authorization) = &self.authorization {
            request = request.header(AUTHORIZATION, authorization);
        }
        let request = request.body(Full::new(Bytes::from(body.to_string()))).map_err(|error| error.to_string())?;
        let answer = tokio::time::timeout(TIME, app.upstream.send_plain(request)).await;
        let answer = answer.map_err(|_| "no answer in time".to_owned())?.map_err(|error| error.to_string())?;
        if answer.status().is_success() { Ok(()) } else { Err(format!("status {}", answer.status().as_u16())) }
    }
}

impl Span {
    /// The span of a request.
    pub(crate) fn of(request: &Request<Body>) -> Option<Self> {
        request.extensions().get().cloned()
    }

    fn with(&self, work: impl FnOnce(&mut SpanFacts)) {
        work(&mut self.0.facts.lock().unwrap_or_else(PoisonError::into_inner));
    }

    /// Says what the request asks of which model, by the conventions for generative AI. A name that is no id is left out.
    pub(crate) fn asks(&self, operation: &str, provider: &str, model: Option<&str>) {
        self.with(|facts| {
            let model = model.filter(|model| crate::wire::is_id(model));
            facts.name = model.map_or_else(|| operation.to_owned(), |model| format!("{operation} {model}"));
            facts.attributes.insert("gen_ai.operation.name", json!(operation));
            facts.attributes.insert("gen_ai.provider.name", json!(provider));
            facts.attributes.extend(model.map(|model| ("gen_ai.request.model", json!(model))));
        });
    }

    /// Says what was decided on the prompt.
    pub(crate) fn decided_on_prompt(&self, decision: &Decision) {
        self.with(|facts| {
            facts.attributes.insert("specialis.prompt.decision.id", json!(decision.id));
            facts.attributes.insert("specialis.prompt.verdict", json!(decision.verdict.as_str()));
        });
    }

    /// Says what was decided on the event or the answer.
    pub(crate) fn decided(&self, decision: &Decision) {
        self.with(|facts| {
            facts.attributes.insert("specialis.decision.id", json!(decision.id));
            facts.attributes.insert("specialis.verdict", json!(decision.verdict.as_str()));
            facts.attributes.insert("specialis.edition", json!(decision.edition));
        });
    }

    /// Says how the request was answered.
    pub(crate) fn answered(&self, status: u16) {
        self.with(|facts| {
            facts.attributes.insert("http.response.status_code", json!(status));
            facts.is_error = status >= 500;
        });
    }

    /// What an upstream is told, so that its span stands under this one.
    pub(crate) fn traceparent(&self) -> String {
        format!("00-{}-{}-01", self.0.trace, self.0.id)
    }
}

impl Drop for SpanInside {
    fn drop(&mut self) {
        let facts = std::mem::take(self.facts.get_mut().unwrap_or_else(PoisonError::into_inner));
        let attributes: Vec<Value> = facts.attributes.iter().map(|(key, value)| attribute(key, value)).collect();
        let nanos = |time: jiff::Timestamp| time.as_nanosecond().to_string();
        // 2 is a server; 0 is no status, 2 an error.
        let mut span = json!({
            "traceId": self.trace, "spanId": self.id, "name": facts.name, "kind": 2, "attributes": attributes,
            "startTimeUnixNano": nanos(self.started), "endTimeUnixNano": nanos(now()),
            "status": { "code": if facts.is_error { 2 } else { 0 } },
        });
        if let (Some(parent), Some(span)) = (&self.parent, span.as_object_mut()) {
            span.insert("parentSpanId".to_owned(), json!(parent));
        }
        self.traces.add(span);
    }
}

fn attribute(key: &str, value: &Value) -> Value {
    let value = match value.as_i64() {
        Some(number) => json!({ "intValue": number.to_string() }),
        None => json!({ "stringValue": value }),
    };
    json!({ "key": key, "value": value })
}

/// Trace and span of a header; none where it is not one of the form that is known.
fn parent_of(value: &str) -> Option<(String, String)> {
    let mut pieces = value.split('-');
    let (version, trace, span) = (pieces.next()?, pieces.next()?, pieces.next()?);
    let is_hex = |text: &str, n: usize| {
        text.len() == n
            && text.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'))
            && text.bytes().any(|byte| byte != b'0')
    };
    (version == "00" && is_hex(trace, 32) && is_hex(span, 16)).then(|| (trace.to_owned(), span.to_owned()))
}

#[expect(
    clippy::disallowed_methods,
    reason = "when a request began and ended is told to a person, and decides nothing"
)]
fn now() -> jiff::Timestamp {
    jiff::Timestamp::now()
}

#[cfg(test)]
mod tests {
    use prometheus_client::metrics::counter::Counter;

    use super::*;

    fn traces(waiting: usize) -> Arc<Traces> {
        let config = TracesConfig {
            url: "http://127.0.0.1:1".to_owned(),
            authorization_file: None,
            service: "s".to_owned(),
            waiting,
        };
        Arc::new(Traces::new(&config, Counter::default()).unwrap())
    }

    #[test]
    fn span_ends_with_its_last_clone_and_stands_under_the_one_that_the_request_names() {
        let traces = traces(10);
        let mut headers = HeaderMap::new();
        let (trace, parent) = ("0af7651916cd43dd8448eb211c80319c", "b7ad6b7169203331");
        headers.insert(TRACEPARENT, format!("00-{trace}-{parent}-01").parse().unwrap());
        let span = traces.begin(&headers, "native").unwrap();
        span.asks("chat", "openai", Some("model-1"));
        span.answered(503);
        let of_stream = span.clone();
        drop(span);
        assert!(traces.take().is_empty(), "its stream goes on");
        let told = of_stream.traceparent();
        drop(of_stream);
        let spans = traces.take();
        let one = &spans[0];
        assert_eq!((one["traceId"].as_str(), one["parentSpanId"].as_str()), (Some(trace), Some(parent)));
        assert_eq!((one["name"].as_str(), one["status"]["code"].as_u64()), (Some("chat model-1"), Some(2)));
        assert_eq!(told, format!("00-{trace}-{}-01", one["spanId"].as_str().unwrap()));
        let attributes = one["attributes"].to_string();
        for expected in [r#""key":"gen_ai.request.model","value":{"stringValue":"model-1"}"#, r#"{"intValue":"503"}"#] {
            assert!(attributes.contains(expected), "{attributes}");
        }
    }

    #[test]
    fn header_of_another_form_names_nothing_and_a_model_that_is_no_id_is_left_out() {
        for value in [
            "",
            "00-0-0-01",
            "01-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
            &format!("00-{}-{}-01", "0".repeat(32), "0".repeat(16)),
        ] {
            assert_eq!(parent_of(value), None, "{value}");
        }
        let traces = traces(10);
        traces.begin(&HeaderMap::new(), "proxy").unwrap().asks("chat", "openai", Some("我的电话是13912345678"));
        let span = traces.take().remove(0);
        assert!(span["name"] == "chat" && !span.to_string().contains("1391"), "{span}");
    }

    #[test]
    fn spans_that_nobody_takes_are_bounded_and_counted() {
        let traces = traces(2);
        (0..5).for_each(|_| drop(traces.begin(&HeaderMap::new(), "native")));
        assert_eq!((traces.take().len(), traces.dropped.get()), (2, 3));
    }
}
