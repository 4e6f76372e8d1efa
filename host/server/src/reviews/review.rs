//! One decision that asks for a person, and how far it is. It says nothing of the content.

use std::time::Duration;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use specialis::core::words::ReviewRole;
use specialis::core::{Decision, Level};

use super::likeness::Joins;
use crate::config::ReviewsConfig;

/// How far a review is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "kebab-case")]
#[schema(as = ReviewState)]
pub(crate) enum State {
    /// Nobody has decided yet.
    Waiting,
    /// It was approved, and its text may go out.
    Approved,
    /// It was approved, and the live edition lets nothing of it out all the same.
    Stopped,
    /// It was refused.
    Refused,
    /// Nobody decided in time.
    Expired,
    /// The same content was asked about again, or what goes on from it: that waits in its place.
    Replaced,
}

impl State {
    /// Its word.
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Waiting => "waiting",
            Self::Approved => "approved",
            Self::Stopped => "stopped",
            Self::Refused => "refused",
            Self::Expired => "expired",
            Self::Replaced => "replaced",
        }
    }
}

/// Somebody opened the content, or decided on it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
#[schema(as = ReviewAct)]
pub(crate) struct Act {
    /// Who: the name of a token.
    pub(crate) by: String,
    /// When.
    #[schema(value_type = String)]
    pub(crate) at: Timestamp,
}

/// A decision that asks for a person.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
#[schema(as = QueuedReview)]
pub(crate) struct Review {
    /// The id of the decision: what an approval names.
    pub(crate) decision: String,
    /// The tenant; empty where there is none.
    pub(crate) tenant: String,
    /// The session.
    pub(crate) session: String,
    /// The kind of the event.
    pub(crate) kind: String,
    /// The edition on which it was decided.
    pub(crate) edition: String,
    /// The duties on which a person is asked.
    pub(crate) duties: Vec<String>,
    /// Who has to decide.
    #[schema(value_type = String)]
    pub(crate) role: ReviewRole,
    /// When it began to wait.
    #[schema(value_type = String)]
    pub(crate) queued: Timestamp,
    /// When its content is deleted.
    #[schema(value_type = String)]
    pub(crate) expires: Timestamp,
    /// How far it is.
    pub(crate) state: State,
    /// Every opening of the content: the first hundred, and the first of each reviewer.
    pub(crate) opened: Vec<Act>,
    /// Who decided.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) answered: Option<Act>,
    /// The decision on the answer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) answer_decision: Option<String>,
    /// The decision whose content waits in its place.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) replaced_by: Option<String>,
    /// Bytes of the content, encrypted.
    pub(crate) n_bytes: u64,
}

/// How many openings are listed beside the first of each reviewer. Each is logged, and stands in the ledger where there is one.
const OPENINGS: usize = 100;

/// A decision for which content is to wait, and whose it is.
pub(super) struct Asked<'a> {
    pub(super) tenant: &'a str,
    pub(super) decision: &'a Decision,
    pub(super) joins: &'a Joins,
}

impl Review {
    pub(super) fn new(asked: &Asked<'_>, config: &ReviewsConfig, now: Timestamp) -> Self {
        let decision = asked.decision;
        let asking = decision.duties.iter().filter(|duty| duty.level == Level::Review);
        let duties: Vec<String> = asking.map(|duty| duty.duty.to_string()).collect();
        let expires = now.checked_add(Duration::from_secs(config.expires.into())).unwrap_or(Timestamp::MAX);
        Self {
            decision: decision.id.clone(),
            tenant: asked.tenant.to_owned(),
            session: decision.session.to_string(),
            kind: decision.kind.as_str().to_owned(),
            edition: decision.edition.clone(),
            role: config.role_for(decision, &duties),
            duties,
            queued: now,
            expires,
            state: State::Waiting,
            opened: Vec::new(),
            answered: None,
            answer_decision: None,
            replaced_by: None,
            n_bytes: 0,
        }
    }

    /// Notes that somebody opens it.
    pub(super) fn note_opening(&mut self, by: &str, at: Timestamp) {
        // Whoever decides has to stand there, however often others opened it.
        if self.opened.len() < OPENINGS || self.opened.iter().all(|act| act.by != by) {
            self.opened.push(Act { by: by.to_owned(), at });
        }
    }
}
