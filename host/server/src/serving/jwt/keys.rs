//! Sets of keys behind addresses: fetched at the start, again and again, and where a token names a key that is not known yet.

use std::collections::{BTreeSet, HashMap};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use bytes::Bytes;
use http_body_util::{BodyExt, Full, Limited};
use hyper::Request;
use jsonwebtoken::jwk::JwkSet;
use tokio::sync::Notify;

use super::MAX_KEYS;
use crate::app::App;
use crate::serving::Phase;

/// How often a set is fetched.
const AGAIN: Duration = Duration::from_secs(300);
/// The least time between two fetches, however many tokens name keys that nobody knows.
const LEAST: Duration = Duration::from_secs(10);
/// How long an address may take to answer.
const TIME: Duration = Duration::from_secs(10);

/// The sets that were fetched, by their address. They outlast a reload of the configuration.
#[derive(Debug, Default)]
pub(crate) struct KeySets {
    sets: Mutex<HashMap<String, Arc<JwkSet>>>,
    wanted: Notify,
}

impl KeySets {
    /// The set behind an address, where it was fetched.
    pub(super) fn of(&self, url: &str) -> Option<Arc<JwkSet>> {
        self.sets.lock().unwrap_or_else(PoisonError::into_inner).get(url).cloned()
    }

    /// Asks for the sets to be fetched soon.
    pub(crate) fn look_again(&self) {
        self.wanted.notify_one();
    }

    /// Fetches the sets that the configuration names, until the server is told to stop.
    pub(crate) async fn run(self: Arc<Self>, app: Arc<App>) {
        loop {
            let settings = app.settings();
            let urls: BTreeSet<&str> = settings.config.jwt.iter().filter_map(|jwt| jwt.keys_url.as_deref()).collect();
            for url in urls {
                match fetch(&app, url).await {
                    Ok(set) => {
                        let mut sets = self.sets.lock().unwrap_or_else(PoisonError::into_inner);
                        sets.insert(url.to_owned(), Arc::new(set));
                    }
                    Err(error) => tracing::error!(url, error, "keys of tokens cannot be fetched; those of before stay"),
                }
            }
            let next = async {
                tokio::time::sleep(LEAST).await;
                drop(tokio::time::timeout(AGAIN.saturating_sub(LEAST), self.wanted.notified()).await);
            };
            tokio::select! {
                () = next => {}
                () = app.shutdown.reached(Phase::Draining) => return,
            }
        }
    }
}

async fn fetch(app: &App, url: &str) -> Result<JwkSet, String> {
    let request = Request::get(url).header("accept", "application/json").body(Full::<Bytes>::default());
    let request = request.map_err(|error| error.to_string())?;
    let answered = async {
        let response = app.upstream.send_plain(request).await.map_err(|error| error.to_string())?;
        if !response.status().is_success() {
            return Err(format!("status {}", response.status().as_u16()));
        }
        let most = usize::try_from(MAX_KEYS).unwrap_or(usize::MAX);
        let body = Limited::new(response.into_body(), most).collect().await;
        Ok(body.map_err(|error| error.to_string())?.to_bytes())
    };
    let body = tokio::time::timeout(TIME, answered).await.map_err(|_| "no answer in time".to_owned())??;
    serde_json::from_slice(&body).map_err(|error| format!("what stands there is no set of keys: {error}"))
}
