//! What a person has to see first: content waits encrypted until somebody decides or its time is over, and is deleted then.
//!
//! Nothing of it stays open in memory. Once it is approved, the content is judged again in a session of its own on the live edition,
//! with the approval: what goes out is what that edition lets out to a person who approved it.

mod answer;
mod content;
mod expire;
mod likeness;
mod queue;
mod review;
mod seal;

pub(crate) use answer::Reviewer;
pub(crate) use content::{Content, KeptFile, Released, ShownPart, Transcript};
pub(crate) use likeness::Joins;
pub(crate) use queue::{QueueError, Reviews};
pub(crate) use review::{Review, State};

use specialis::core::{Decision, Event, EventKind, Level};
use specialis::{Judged, Session};

use crate::app::App;
use review::Asked;

/// The fault of a queue that keeps as much as it may, as logs and figures name it.
pub(crate) const FULL: &str = "reviews-full";

impl App {
    /// Whether content is kept that a person has to see first.
    pub(crate) fn keeps_reviews(&self) -> bool {
        self.reviews.is_some()
    }

    /// Judges an event that is whole, and lets its content wait where a person has to see it first.
    pub(crate) fn submit_for_review(&self, tenant: &str, session: &mut Session, event: Event) -> Judged {
        self.submit_joined((tenant, &Joins::Nothing), session, event)
    }

    /// Judges what goes to a server of tools or comes back. A call that is made again waits once. A definition of a tool comes with every
    /// list, and so waits for nobody.
    pub(crate) fn submit_call(&self, tenant: &str, session: &mut Session, event: Event, is_definition: bool) -> Judged {
        if is_definition { session.submit(event) } else { self.submit_joined((tenant, &Joins::Same), session, event) }
    }

    fn submit_joined(&self, of: (&str, &Joins), session: &mut Session, event: Event) -> Judged {
        let copy = self.keeps_reviews().then(|| event.clone());
        let judged = session.submit(event);
        if let Some(event) = copy {
            self.queue_joined(of, session, &judged.decision, || (event, Transcript::default()));
        }
        judged
    }

    /// Keeps the content of a decision that a person has to see first. Where it cannot be kept, it goes out as little as it would
    /// without: that is counted and logged.
    pub(crate) fn queue_review(
        &self,
        tenant: &str,
        session: &Session,
        decision: &Decision,
        content: impl FnOnce() -> (Event, Transcript),
    ) {
        self.queue_joined((tenant, &Joins::Nothing), session, decision, content);
    }

    /// As [`Self::queue_review`], of content that may be another state of what waits already.
    pub(crate) fn queue_joined(
        &self,
        (tenant, joins): (&str, &Joins),
        session: &Session,
        decision: &Decision,
        content: impl FnOnce() -> (Event, Transcript),
    ) {
        self.queue(&Asked { tenant, decision, joins }, || {
            let (event, transcript) = content();
            Ok(Content::of(session.given_context(), event, transcript))
        });
    }

    /// As [`Self::queue_review`], of pictures and sounds as their model made them.
    pub(crate) fn queue_media(
        &self,
        tenant: &str,
        session: &Session,
        decision: &Decision,
        content: impl FnOnce() -> Result<(Event, Vec<KeptFile>), QueueError>,
    ) {
        self.queue(&Asked { tenant, decision, joins: &Joins::Nothing }, || {
            let (event, files) = content()?;
            Ok(Content { files, ..Content::of(session.given_context(), event, Transcript::default()) })
        });
    }

    fn queue(&self, asked: &Asked<'_>, content: impl FnOnce() -> Result<Content, QueueError>) {
        let decision = asked.decision;
        // Scores, answers and ends say something of content that waits already.
        let is_of_content = !matches!(decision.kind, EventKind::Signal | EventKind::Review | EventKind::Abort);
        let waits = decision.verdict == Level::Review && !decision.what_if && is_of_content;
        let Some(reviews) = self.reviews.as_ref().filter(|_| waits) else { return };
        let state = match content().and_then(|content| reviews.add(asked, &content)) {
            Ok(has_replaced) => {
                if has_replaced {
                    self.metrics.count_review(State::Replaced.as_str());
                }
                "queued"
            }
            Err(error) => {
                tracing::error!(
                    decision = decision.id,
                    fault = error.fault(),
                    error = &error as &dyn std::error::Error,
                    "content does not wait for a person"
                );
                error.fault()
            }
        };
        self.metrics.count_review(state);
    }
}
