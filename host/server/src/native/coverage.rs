//! What the live edition governs on this platform, and what would become a stop.

use std::collections::BTreeMap;
use std::sync::Arc;

use axum::Json;
use axum::body::Body;
use axum::extract::State;
use hyper::Request;
use serde::Serialize;
use specialis::EditionContent;
use specialis::core::When;

use crate::app::App;
use crate::config::Area;
use crate::serving::Problem;

/// What an edition governs.
#[derive(Debug, Serialize, utoipa::ToSchema)]
#[serde(rename_all = "kebab-case")]
pub(crate) struct Coverage {
    edition: String,
    /// Duties that loaded policies answer on, with the rules of each policy.
    governed: BTreeMap<String, BTreeMap<String, Vec<String>>>,
    /// Duties on which no loaded policy answers.
    not_governed: Vec<String>,
    /// Measures that a policy may ask for and the platform does not carry out: an event that asks becomes a stop.
    stops: BTreeMap<String, Vec<String>>,
    /// Measures that this server carries out itself. All others are the platform's: each that nobody reports is undone.
    by_the_server: Vec<&'static str>,
    /// Where breaches of users are counted.
    standing: &'static str,
}

/// Says what the live edition governs.
#[utoipa::path(get, path = "/v1/coverage", tag = "looking", responses(
    (status = 200, description = "What is governed, and what is not", body = Coverage),
    (status = "default", description = "What went wrong, and what to do", body = crate::serving::ProblemBody,
     content_type = "application/problem+json"),
))]
pub(crate) async fn coverage(State(app): State<Arc<App>>, request: Request<Body>) -> Result<Json<Coverage>, Problem> {
    let caller = app.caller(&request, Area::Native)?;
    let _turn = app.sessions.begin_request(&caller)?;
    let edition = app.host.edition();
    Ok(Json(Coverage::of(edition.id(), edition.content(), app.recorded().is_some())))
}

impl Coverage {
    fn of(edition: &str, content: &EditionContent, has_ledger: bool) -> Self {
        let registry = content.registry();
        let mut governed: BTreeMap<String, BTreeMap<String, Vec<String>>> = BTreeMap::new();
        let mut stops: BTreeMap<String, Vec<String>> = BTreeMap::new();
        for manifest in content.manifests() {
            for duty in &manifest.governs {
                let rules = manifest.rules.iter().filter(|(_, rule)| rule.duties.contains(duty));
                let rules = rules.map(|(rule, _)| rule.to_string()).collect();
                governed.entry(duty.to_string()).or_default().insert(manifest.id.to_string(), rules);
            }
            for measure in &manifest.may_require {
                let is_due_in_time = registry.measures.get(&measure.id).is_some_and(|entry| match entry.when {
                    When::BeforeRelease | When::WithRelease => true,
                    When::Afterwards => false,
                });
                if is_due_in_time && !content.platform().supports.contains(&measure.id) {
                    stops.entry(measure.id.to_string()).or_default().push(manifest.id.to_string());
                }
            }
        }
        let not_governed = registry.duties.keys().map(ToString::to_string);
        let not_governed = not_governed.filter(|duty| !governed.contains_key(duty)).collect();
        Self {
            edition: edition.to_owned(),
            governed,
            not_governed,
            stops,
            by_the_server: vec!["label-explicit", "label-implicit"],
            standing: if has_ledger {
                "in the ledger of this server, for every session with a pseudonym"
            } else {
                "nowhere: the caller gives a user's standing with each session"
            },
        }
    }
}
