//! Labels of AI-generated content in files that are uploaded.

use std::io::Cursor;
use std::path::Path as FilePath;
use std::sync::Arc;

use axum::Json;
use axum::body::Body;
use axum::extract::rejection::QueryRejection;
use axum::extract::{Query, State};
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use hyper::Request;
use hyper::header::{CONTENT_DISPOSITION, CONTENT_TYPE, HeaderValue};
use serde::{Deserialize, Serialize};
use specialis_label::{Container, Label, LabelError, Report};

use super::decide::random_id;
use super::store::RequestTurn;
use crate::app::App;
use crate::config::{Area, duration};
use crate::serving::{Problem, read_body};

/// How a file is to be read.
#[derive(Debug, Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub(crate) struct FileQuery {
    /// The name of the file: some formats are known by their ending alone.
    name: Option<String>,
}

/// The label to write.
#[derive(Debug, Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub(crate) struct LabelQuery {
    /// The name of the file: some formats are known by their ending alone.
    name: Option<String>,
    /// The provider's code or name; the configured one where absent.
    producer: Option<String>,
    /// The provider's number for the content; a random one where absent.
    id: Option<String>,
}

/// What a check of a file's labels says.
#[derive(Debug, Serialize, utoipa::ToSchema)]
#[serde(rename_all = "kebab-case")]
pub(crate) struct Checked {
    /// `compliant`, `non-compliant`, `not-found` or `inconclusive`.
    verdict: &'static str,
    /// The format of the file.
    pub(crate) format: &'static str,
    /// The whole report.
    #[schema(value_type = Object)]
    pub(crate) report: Report,
}

/// Checks the labels of a file, which is the body of the request.
#[utoipa::path(post, path = "/v1/labels/check", tag = "labels", params(FileQuery),
    request_body(content = Vec<u8>, content_type = "application/octet-stream"), responses(
    (status = 200, description = "What the check says", body = Checked),
    (status = "default", description = "What went wrong, and what to do", body = crate::serving::ProblemBody,
     content_type = "application/problem+json"),
))]
pub(crate) async fn check_label(
    State(app): State<Arc<App>>,
    query: Result<Query<FileQuery>, QueryRejection>,
    request: Request<Body>,
) -> Result<Json<Checked>, Problem> {
    let query = read_query(query)?;
    let (_turn, bytes) = upload(&app, request).await?;
    app.judging.run(move || check_bytes(&bytes, query.name.as_deref())).await?.map(Json)
}

/// What a check of a file's labels says.
///
/// # Errors
/// Where its format is not known, or it cannot be read.
pub(crate) fn check_bytes(bytes: &Bytes, name: Option<&str>) -> Result<Checked, Problem> {
    let container = container(bytes, name)?;
    let reading = specialis_label::read(&mut Cursor::new(bytes), container).map_err(|e| refused(&e))?;
    let report = specialis_label::check(&reading);
    Ok(Checked { verdict: report.verdict.as_str(), format: container.name(), report })
}

/// Writes the implicit label into a file, which is the body of the request, and returns the file.
#[utoipa::path(post, path = "/v1/labels/write", tag = "labels", params(LabelQuery),
    request_body(content = Vec<u8>, content_type = "application/octet-stream"), responses(
    (status = 200, description = "The file with its label", body = Vec<u8>, content_type = "application/octet-stream"),
    (status = "default", description = "What went wrong, and what to do", body = crate::serving::ProblemBody,
     content_type = "application/problem+json"),
))]
pub(crate) async fn write_label(
    State(app): State<Arc<App>>,
    query: Result<Query<LabelQuery>, QueryRejection>,
    request: Request<Body>,
) -> Result<Response, Problem> {
    let query = read_query(query)?;
    let configured = app.settings().config.label_producer.clone();
    let (_turn, bytes) = upload(&app, request).await?;
    let producer = query.producer.or(configured);
    let producer = producer.ok_or_else(|| {
        Problem::unreadable("nobody is named as producer; give `producer`, or `label-producer` in the configuration")
    })?;
    let id = query.id.or_else(random_id).unwrap_or_default();
    let label = Label::generated(&producer, &id).map_err(|error| Problem::unreadable(error.to_string()))?;
    let work = move || {
        let container = container(&bytes, query.name.as_deref())?;
        let mut out = Vec::with_capacity(bytes.len().saturating_add(4_096));
        specialis_label::write(&mut Cursor::new(&bytes), &mut out, container, &label).map_err(|e| refused(&e))?;
        Ok::<_, Problem>(out)
    };
    let mut response = app.judging.run(work).await??.into_response();
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/octet-stream"));
    headers.insert(CONTENT_DISPOSITION, HeaderValue::from_static("attachment"));
    Ok(response)
}

fn read_query<T>(query: Result<Query<T>, QueryRejection>) -> Result<T, Problem> {
    query.map(|Query(query)| query).map_err(|error| Problem::unreadable(error.body_text()))
}

/// The uploaded file, and the turn of its tenant, which is held until the file is worked on.
async fn upload(app: &App, request: Request<Body>) -> Result<(RequestTurn, Bytes), Problem> {
    let caller = app.caller(&request, Area::Native)?;
    let turn = app.sessions.begin_request(&caller)?;
    let (bounds, timeouts) = app.limits();
    let bytes = read_body(request, bounds.file, duration(timeouts.body)).await?;
    if bytes.is_empty() {
        return Err(Problem::unreadable("there is no file; send its bytes as the body"));
    }
    Ok((turn, bytes))
}

/// The format of a file.
fn container(bytes: &Bytes, name: Option<&str>) -> Result<Container, Problem> {
    let path = FilePath::new(name.unwrap_or_default());
    let detected = Container::detect(&mut Cursor::new(bytes), path).map_err(|error| refused(&error))?;
    detected.ok_or_else(|| Problem::unreadable("no format is known that looks like this; give the file's `name`"))
}

/// A file that cannot be read or written.
fn refused(error: &LabelError) -> Problem {
    let mut detail = error.to_string();
    let mut source = std::error::Error::source(error);
    while let Some(cause) = source {
        detail.push_str(": ");
        detail.push_str(&cause.to_string());
        source = cause.source();
    }
    Problem::unreadable(detail)
}
