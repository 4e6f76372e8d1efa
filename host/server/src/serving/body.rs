//! Bodies of requests: bounded in size and in time.

use std::time::Duration;

use axum::body::Body;
use bytes::Bytes;
use http_body_util::{BodyExt, LengthLimitError, Limited};
use hyper::header::CONTENT_ENCODING;
use hyper::{HeaderMap, Request};
use serde::de::DeserializeOwned;

use super::problem::Problem;

/// Reads the body of a request.
///
/// # Errors
/// Where it is longer than `max`, takes longer than `time`, is compressed, or breaks off.
pub(crate) async fn read_body(request: Request<Body>, max: usize, time: Duration) -> Result<Bytes, Problem> {
    refuse_encoded(request.headers())?;
    let too_large = || Problem::too_large(format!("the body is longer than {max} bytes; send less at once"));
    let announced = http_body::Body::size_hint(request.body()).lower();
    if usize::try_from(announced).is_ok_and(|announced| announced > max) {
        return Err(too_large());
    }
    let body = Limited::new(request.into_body(), max).collect();
    match tokio::time::timeout(time, body).await {
        Ok(Ok(body)) => Ok(body.to_bytes()),
        Ok(Err(error)) if error.downcast_ref::<LengthLimitError>().is_some() => Err(too_large()),
        Ok(Err(_)) => Err(Problem::unreadable("the body broke off; send it again")),
        Err(_) => Err(Problem::timeout("the body did not come in time; send it faster, or less of it")),
    }
}

/// A compressed body would have to be judged unread, or unpacked without a bound.
fn refuse_encoded(headers: &HeaderMap) -> Result<(), Problem> {
    let encoding = headers.get(CONTENT_ENCODING).filter(|encoding| encoding.as_bytes() != b"identity");
    encoding.map_or(Ok(()), |_| Err(Problem::unreadable("the body is compressed; send it as it is")))
}

/// Reads a JSON value, and says where it is not what is wanted.
///
/// # Errors
/// Where it is no JSON, or of another form.
pub(crate) fn read_json<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, Problem> {
    let mut deserializer = serde_json::Deserializer::from_slice(bytes);
    let value = serde_path_to_error::deserialize(&mut deserializer).map_err(|error| {
        let path = error.path().to_string();
        let place = if path == "." { String::new() } else { format!("`{path}`: ") };
        Problem::unreadable(format!("{place}{}; see /openapi.json", error.inner()))
    })?;
    deserializer.end().map_err(|error| Problem::unreadable(format!("{error}; send one JSON value")))?;
    Ok(value)
}
