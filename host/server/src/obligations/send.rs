//! Posting measures, signed as the Standard Webhooks are: the same id and the same bytes at each try, so that the receiver takes a
//! measure once.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use data_encoding::BASE64;
use hmac::{Hmac, KeyInit, Mac};
use http_body_util::{BodyExt, Full, Limited};
use hyper::header::CONTENT_TYPE;
use hyper::{Method, Request};
use serde::Deserialize;
use sha2::Sha256;
use specialis::core::Outcome;

use super::delivery::Delivery;
use super::outbox::Outbox;
use crate::app::App;
use crate::serving::Phase;

/// How long a receiver may take.
const TIME: Duration = Duration::from_secs(15);
/// The longest answer that is read.
const MAX_ANSWER: usize = 64 << 10;

impl Outbox {
    /// Posts what waits, until the server is told to stop. What then still waits is posted after the next start.
    pub(crate) async fn run(self: Arc<Self>, app: Arc<App>) {
        loop {
            let changed = self.changed.notified();
            let Some((delivery, due)) = self.next() else {
                tokio::select! {
                    () = changed => continue,
                    () = app.shutdown.reached(Phase::Draining) => return,
                }
            };
            tokio::select! {
                () = tokio::time::sleep_until(due.into()) => {}
                () = changed => continue,
                () = app.shutdown.reached(Phase::Draining) => return,
            }
            let state = match self.post(&app, &delivery).await {
                Ok(outcome) => {
                    let state = if matches!(outcome, Outcome::Failed(_)) { "failed" } else { "answered" };
                    self.answered(&delivery, outcome);
                    state
                }
                Err(error) => {
                    tracing::warn!(decision = delivery.decision, error, "a measure was not taken; it is tried again");
                    if self.failed(&delivery) { "undone" } else { "tried" }
                }
            };
            app.metrics.count_measure(state);
        }
    }

    async fn post(&self, app: &App, delivery: &Delivery) -> Result<Outcome, String> {
        let body = serde_json::to_vec(delivery).map_err(|error| error.to_string())?;
        let time = timestamp();
        let signature = sign(&self.key, &delivery.id, time, &body).ok_or("the key cannot sign")?;
        let request = Request::builder()
            .method(Method::POST)
            .uri(&self.webhook.url)
            .header(CONTENT_TYPE, "application/json")
            .header("webhook-id", &delivery.id)
            .header("webhook-timestamp", time)
            .header("webhook-signature", signature)
            .body(Full::new(Bytes::from(body)))
            .map_err(|error| error.to_string())?;
        let answered = async {
            let response = app.upstream.send_plain(request).await.map_err(|error| error.to_string())?;
            let status = response.status();
            let body = Limited::new(response.into_body(), MAX_ANSWER).collect().await;
            Ok::<_, String>((status, body.map_err(|error| error.to_string())?.to_bytes()))
        };
        let (status, body) =
            tokio::time::timeout(TIME, answered).await.map_err(|_| "no answer in time".to_owned())??;
        if !status.is_success() {
            return Err(format!("status {}", status.as_u16()));
        }
        outcome(&body)
    }
}

/// What an answer says: nothing is `done`.
fn outcome(body: &[u8]) -> Result<Outcome, String> {
    #[derive(Deserialize)]
    struct Answer {
        outcome: Option<Outcome>,
    }
    if body.trim_ascii().is_empty() {
        return Ok(Outcome::Done);
    }
    let answer: Answer = serde_json::from_slice(body).map_err(|error| format!("the answer cannot be read: {error}"))?;
    let outcome = answer.outcome.unwrap_or(Outcome::Done);
    if outcome.is_too_long() {
        return Err(format!("the reference has more than {} bytes", Outcome::MAX_REFERENCE_BYTES));
    }
    Ok(outcome)
}

/// The signature of a try.
fn sign(key: &[u8], id: &str, time: i64, body: &[u8]) -> Option<String> {
    let mut mac = Hmac::<Sha256>::new_from_slice(key).ok()?;
    mac.update(format!("{id}.{time}.").as_bytes());
    mac.update(body);
    Some(format!("v1,{}", BASE64.encode(&mac.finalize().into_bytes())))
}

#[expect(
    clippy::disallowed_methods,
    reason = "a receiver refuses old webhooks by the time of the try, which decides nothing here"
)]
fn timestamp() -> i64 {
    jiff::Timestamp::now().as_second()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn signature_is_the_one_of_the_standard() {
        // The example of the Standard Webhooks specification.
        let key = BASE64.decode(b"MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw").unwrap();
        let signed = sign(&key, "msg_p5jXN8AQM9LWM0D4loKWxJek", 1_614_265_330, br#"{"test": 2432232314}"#).unwrap();
        assert_eq!(signed, "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=");
    }

    #[test]
    fn answer_says_what_became_of_a_measure_and_silence_is_done() {
        assert_eq!(outcome(b" \n"), Ok(Outcome::Done));
        assert_eq!(outcome(b"{}"), Ok(Outcome::Done));
        assert_eq!(outcome(br#"{"outcome": {"handed-over": "T-1"}}"#), Ok(Outcome::HandedOver("T-1".to_owned())));
        assert!(matches!(outcome(br#"{"outcome": {"failed": "no-account"}}"#), Ok(Outcome::Failed(_))));
        assert!(outcome(b"<html>").is_err());
        let referring =
            |n: usize| outcome(format!(r#"{{"outcome": {{"handed-over": "{}"}}}}"#, "T".repeat(n)).as_bytes());
        assert!(referring(256).is_ok() && referring(257).is_err());
    }
}
