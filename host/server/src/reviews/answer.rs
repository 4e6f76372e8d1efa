//! A person's answer: who may give it, what it does, and what goes out then.

use std::collections::BTreeMap;
use std::sync::Arc;

use specialis::core::words::{Medium, ReviewOutcome, ReviewRole};
use specialis::core::{Decision, EvaluationState, EventFacts, Level, Outcome, kinds};
use specialis::{Judged, Release, Session, Step};

use super::content::{Content, Released};
use super::queue::{QueueError, Reviews, now};
use super::review::{Act, Review, State};
use crate::app::App;
use crate::native::host_session;
use crate::proxy::{label_kept, nothing, settle};
use crate::serving::Problem;

/// Somebody who decides on content.
#[derive(Clone, Debug)]
pub(crate) struct Reviewer {
    /// The name of its token.
    pub(crate) name: String,
    /// The tenant whose content it sees; that of all where none.
    pub(crate) tenant: Option<String>,
    /// The roles under which it decides.
    pub(crate) roles: Vec<ReviewRole>,
}

impl Reviewer {
    /// Whether it is shown a review.
    pub(crate) fn sees(&self, review: &Review) -> bool {
        self.tenant.as_ref().is_none_or(|tenant| *tenant == review.tenant)
    }

    /// Whether it may open a review's content and decide on it.
    pub(crate) fn may_decide(&self, review: &Review) -> bool {
        self.sees(review) && self.roles.contains(&review.role)
    }
}

impl From<QueueError> for Problem {
    fn from(error: QueueError) -> Self {
        match error {
            QueueError::Full => Self::busy(error.to_string()),
            QueueError::Disk(_) | QueueError::Sealed => Self::failed(error.to_string()),
        }
    }
}

impl App {
    /// The queue.
    ///
    /// # Errors
    /// Where none is configured.
    pub(crate) fn reviews(&self) -> Result<&Arc<Reviews>, Problem> {
        let none = || Problem::not_found("no queue of reviews is configured; name its folder and key under `reviews`");
        self.reviews.as_ref().ok_or_else(none)
    }

    /// A review that somebody may decide on.
    fn review_for(&self, reviewer: &Reviewer, id: &str) -> Result<Review, Problem> {
        let review = self.reviews()?.find(id).filter(|review| reviewer.sees(review));
        let review = review.ok_or_else(|| Problem::not_found("nothing waits under this id any more"))?;
        if !reviewer.may_decide(&review) {
            let role = review.role.as_str();
            return Err(Problem::forbidden(format!("only a reviewer with the role `{role}` may do this")));
        }
        Ok(review)
    }

    /// Opens content for a person. That is kept before anything is shown.
    ///
    /// # Errors
    /// Where it may not, the content is gone, or the ledger cannot keep that it was opened.
    pub(crate) fn open_review(&self, reviewer: &Reviewer, id: &str) -> Result<Content, Problem> {
        let review = self.review_for(reviewer, id)?;
        if review.state != State::Waiting {
            return Err(Problem::conflict("it is over, and its content is deleted; `state` and `replaced-by` say why"));
        }
        let reviews = self.reviews()?;
        let content = reviews.content(id)?;
        let query = format!("review of decision {id}");
        self.host.record_reading(&reviewer.name, &query, 1).map_err(|error| {
            tracing::error!(error = &error as &dyn std::error::Error, "an opening cannot be recorded");
            Problem::failed("that the content is opened cannot be recorded, so it stays closed; see to the ledger")
        })?;
        reviews.note_opening(id, &reviewer.name)?;
        tracing::info!(decision = id, reader = reviewer.name, "content that waits was opened");
        self.metrics.count_review("opened");
        Ok(content)
    }

    /// Takes a person's answer. `digest` is the id of the decision that was looked at.
    ///
    /// # Errors
    /// Where it may not give one, has not opened the content, names another decision, or somebody was faster.
    pub(crate) fn answer_review(
        &self,
        reviewer: &Reviewer,
        id: &str,
        outcome: ReviewOutcome,
        digest: &str,
    ) -> Result<Review, Problem> {
        let review = self.review_for(reviewer, id)?;
        if digest != id {
            return Err(Problem::unreadable("`digest` names another decision; send the id of the one that was opened"));
        }
        if !review.opened.iter().any(|act| act.by == reviewer.name) {
            return Err(Problem::conflict("you have not opened the content; open it, then decide"));
        }
        let taken = self.reviews()?.take(id);
        let review =
            taken.ok_or_else(|| Problem::conflict("it is over, or somebody is about to decide; see its `state`"))?;
        let answered = Act { by: reviewer.name.clone(), at: now() };
        Ok(self.finish_review(review, outcome, Some(answered))?)
    }

    /// Judges an answer, and keeps what came of it. The review was taken before.
    pub(super) fn finish_review(
        &self,
        mut review: Review,
        outcome: ReviewOutcome,
        answered: Option<Act>,
    ) -> Result<Review, QueueError> {
        let Some(reviews) = &self.reviews else { return Ok(review) };
        let id = review.decision.clone();
        let finished = reviews.content(&id).and_then(|content| {
            let (decision, release) = self.judge_answer(&review, content, outcome)?;
            review.state = match outcome {
                ReviewOutcome::Approved if !release.is_empty() => State::Approved,
                ReviewOutcome::Approved => State::Stopped,
                ReviewOutcome::Refused => State::Refused,
                ReviewOutcome::Expired => State::Expired,
            };
            review.answered = answered;
            review.answer_decision = Some(decision.id);
            reviews.finish(review.clone(), &release)
        });
        if let Err(error) = finished {
            reviews.give_back(&id);
            return Err(error);
        }
        tracing::info!(decision = id, state = review.state.as_str(), "a review is over");
        self.metrics.count_review(review.state.as_str());
        Ok(review)
    }

    /// Judges an answer in a session of its own, on the live edition. Where it approves, the content is judged there first, so that
    /// what goes out is what this edition lets out.
    fn judge_answer(
        &self,
        review: &Review,
        mut content: Content,
        outcome: ReviewOutcome,
    ) -> Result<(Decision, Released), QueueError> {
        let name = host_session(&format!("review-{}", review.decision))
            .map_err(|problem| std::io::Error::other(problem.detail))?;
        let mut session = self.host.open(name, content.context.clone());
        let mut out = BTreeMap::new();
        let mut digest = review.decision.clone();
        let (files, spoken) = (std::mem::take(&mut content.files), spoken(&content));
        let mut again = None;
        if outcome == ReviewOutcome::Approved {
            let (back, judged) = judge_again(session, content, &mut out);
            session = back;
            // What the first decision asked for was dealt with then.
            let before = |at| (at, Outcome::HandedOver(review.decision.clone()));
            let dealt_with: Vec<_> = (0..judged.decision.obligations.len()).map(before).collect();
            session.settle(&judged.decision, &dealt_with);
            self.metrics.count_decision(&judged.decision);
            digest.clone_from(&judged.decision.id);
            again = Some(judged.decision);
        }
        let facts = kinds::Review { role: Some(review.role), outcome: Some(outcome), digest: Some(digest) };
        let answered = session.submit(EventFacts::Review(facts).into());
        settle(self, &mut session, &answered.decision, &nothing);
        self.metrics.count_decision(&answered.decision);
        take(&answered.release, &mut out);
        let answered = answered.decision;
        // A sound cannot be masked.
        let is_as_spoken = spoken.iter().all(|(part, text)| out.get(part).and_then(Option::as_ref) == Some(text));
        let again = again.filter(|again| again.verdict < Level::Stop && answered.verdict < Level::Review);
        let again = again.filter(|again| files.is_empty() || is_as_spoken && was_heard(again, &answered));
        let Some(again) = again else { return Ok((answered, Released::default())) };
        let producer = self.settings().config.label_producer.clone();
        let labelled = label_kept(files, &again, (session.id().as_str(), producer.as_deref()));
        let released = labelled.map_or_else(
            |problem| {
                tracing::warn!(decision = review.decision, trouble = problem.detail, "media cannot be labelled");
                Released::default()
            },
            |files| Released { parts: out.into_iter().collect(), files },
        );
        Ok((answered, released))
    }
}

/// The texts that are spoken in sounds, by part.
fn spoken(content: &Content) -> Vec<(u32, String)> {
    let parts = content.event.parts.iter().zip(0_u32..).filter(|(part, _)| part.medium == Some(Medium::Audio));
    parts.filter_map(|(part, at)| Some((at, part.text.clone()?))).collect()
}

/// Whether every policy that asked for a person was called on the answer. The host looks to that for text; of a picture without
/// any it holds nothing that waits.
fn was_heard(asking: &Decision, answered: &Decision) -> bool {
    let findings = asking.duties.iter().flat_map(|duty| &duty.findings).filter(|finding| finding.counts());
    let mut asking = findings.filter(|finding| finding.answer.demand().is_some_and(|d| d.level == Level::Review));
    asking.all(|finding| {
        let evaluation = answered.evaluations.get(&finding.policy);
        evaluation.is_some_and(|evaluation| evaluation.state == EvaluationState::Evaluated)
    })
}

/// Judges content again, as it came: whole, or as a stream.
fn judge_again(mut session: Session, content: Content, out: &mut BTreeMap<u32, Option<String>>) -> (Session, Judged) {
    let Content { event, transcript, .. } = content;
    if transcript.is_empty() {
        let judged = session.submit(event);
        take(&judged.release, out);
        return (session, judged);
    }
    let mut stream = session.into_stream(event);
    for (choice, channel, text) in transcript.texts() {
        for step in stream.push(choice, channel, text) {
            if let Step::Text { part, text } = step {
                take(&Release { parts: vec![(part, Some(text))] }, out);
            }
        }
    }
    let (session, judged) = stream.end();
    take(&judged.release, out);
    (session, judged)
}

/// Adds what is released to what was.
fn take(release: &Release, out: &mut BTreeMap<u32, Option<String>>) {
    for (part, text) in &release.parts {
        let before = out.entry(*part).or_default();
        if let Some(text) = text {
            before.get_or_insert_default().push_str(text);
        }
    }
}
