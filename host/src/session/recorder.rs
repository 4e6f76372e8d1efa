//! Recording: a decision is kept before anything that it lets out goes out.

#[cfg(feature = "ledger")]
mod edition;
#[cfg(feature = "ledger")]
mod ledger;

use std::error::Error;
use std::sync::Arc;

use specialis_core::{Context, Decision, Event, EventFacts, SessionId, Settlement, Standing};

use super::Session;
use crate::runtime::{Edition, IdKey};

/// Keeps what a host decides, and knows how often a user breached. The ledger of `specialis-ledger` is one.
///
/// It is called on the thread that decides. A `what-if` session is not recorded.
pub trait Recorder: Send + Sync {
    /// The standing of the user of a context; none where it is not known, which tightens. Asked when a session opens whose context
    /// says nothing of it.
    fn standing(&self, context: &Context) -> Option<Standing>;

    /// The key of decision ids for a session that opens now, so that its decisions can be found again by what they were made from;
    /// none where the host's own is used. Not asked where the host was given a key.
    fn id_key(&self) -> Option<IdKey> {
        None
    }

    /// Is told which edition is the live one: when a host is built, and whenever another one is published.
    fn activated(&self, edition: &Edition) {
        let _ = edition;
    }

    /// Takes a session that was opened.
    fn opened(&self, session: &SessionId, edition: &str, context: &Arc<Context>);

    /// Keeps a decision, and returns when it is as safe as it has to be before what it lets out goes out. Of a stream it is given
    /// every decision that is told; the last one, which stands at no place, holds everything.
    ///
    /// # Errors
    /// Where the decision cannot be kept. The verdict is then `stop`, and nothing goes out.
    fn decided(&self, decision: &Decision, context: &Context) -> Result<(), RecordError>;

    /// Takes what an event said of training data: a source that is taken in, or a batch of labelled data. Called before the decision
    /// on it is kept.
    fn declared(&self, decision: &Decision, facts: &EventFacts) {
        let _ = (decision, facts);
    }

    /// Is shown the event of a decision that was kept, for a store of content where the decision asks for one. Of a stream it is shown
    /// the whole event once, at its end. What goes out waits for it.
    fn content(&self, decision: &Decision, event: &Event, context: &Context) {
        let _ = (decision, event, context);
    }

    /// Keeps that somebody is shown what was kept of decisions, and returns when that is as safe as it has to be before it is shown.
    /// `query` says what is shown, and holds no content.
    ///
    /// # Errors
    /// Where that cannot be kept. Nothing is shown then.
    fn read(&self, reader: &str, query: &str, n_records: u64) -> Result<(), RecordError> {
        let _ = (reader, query, n_records);
        Ok(())
    }

    /// Takes what became of the obligations of a decision.
    fn settled(&self, decision: &Decision, settlement: &Settlement, context: &Context);
}

/// A decision could not be kept.
#[derive(Debug, thiserror::Error)]
#[error("the decision could not be recorded")]
pub struct RecordError {
    /// Why.
    #[source]
    pub source: Box<dyn Error + Send + Sync>,
}

impl Session {
    /// Keeps a decision; where that fails, it becomes a stop, and the reason is returned. The decision on a whole event comes with
    /// the event.
    pub(super) fn keep(&self, decision: &mut Decision, whole: Option<&Event>) -> Option<String> {
        let recorder = self.recorder()?;
        let Err(error) = recorder.decided(decision, &self.basis.context) else {
            if let Some(event) = whole {
                recorder.content(decision, event, &self.basis.context);
            }
            return None;
        };
        tracing::error!(session = %self.id, error = &error as &dyn Error, "nothing is released");
        decision.stop_unrecorded();
        let (mut causes, mut next) = (Vec::new(), error.source());
        while let Some(cause) = next {
            causes.push(cause.to_string());
            next = cause.source();
        }
        Some(causes.join(": "))
    }

    /// Keeps what an event says of training data, where it says something.
    pub(super) fn keep_declared(&self, decision: &Decision, facts: &EventFacts) {
        if matches!(facts, EventFacts::TrainingIntake(_) | EventFacts::AnnotationBatch(_))
            && let Some(recorder) = self.recorder()
        {
            recorder.declared(decision, facts);
        }
    }

    /// Keeps what became of the obligations of a decision.
    pub(super) fn keep_settlement(&self, decision: &Decision, settlement: &Settlement) {
        if let Some(recorder) = self.recorder() {
            recorder.settled(decision, settlement, &self.basis.context);
        }
    }

    fn recorder(&self) -> Option<&dyn Recorder> {
        self.basis.recorder.as_deref().filter(|_| !self.basis.is_what_if)
    }
}

/// The context with the standing of its user, where it says nothing of it and has a user. The recorder is the platform's own.
pub(crate) fn with_standing(context: Arc<Context>, recorder: &dyn Recorder) -> Arc<Context> {
    if context.pseudonym.is_none() || context.standing != Standing::default() {
        return context;
    }
    let Some(standing) = recorder.standing(&context) else { return context };
    let mut context = Arc::unwrap_or_clone(context);
    context.standing = standing;
    for path in context.known().into_iter().filter(|path| path.starts_with("standing.")) {
        context.sources.insert(path, PLATFORM.into());
    }
    Arc::new(context)
}

/// Who asserts what the platform's own recorder knows.
const PLATFORM: &str = "platform";
