//! The ledger as a recorder.

use std::error::Error;
use std::sync::Arc;

use specialis_core::{Context, Decision, Event, EventFacts, SessionId, Settlement, Standing};
use specialis_ledger::{Ledger, Record, Subject, must_wait};

use super::{RecordError, Recorder};
use crate::runtime::{Edition, IdKey};

impl Recorder for Ledger {
    fn standing(&self, context: &Context) -> Option<Standing> {
        let standing = Self::standing(self, &subject(context)?);
        standing
            .inspect_err(|error| tracing::warn!(error = error as &dyn Error, "a standing is unknown"))
            .ok()
            .map(Into::into)
    }

    fn id_key(&self) -> Option<IdKey> {
        let key = self.id_key();
        let key = key.inspect_err(|error| tracing::warn!(error = error as &dyn Error, "ids cannot be found again"));
        key.ok().flatten().and_then(|(epoch, bytes)| IdKey::new(epoch, bytes).ok())
    }

    fn activated(&self, edition: &Edition) {
        let body = Box::new(super::edition::body(edition));
        if let Err(error) = self.append(Record::Edition { edition: edition.id().to_owned(), body }) {
            tracing::error!(error = &error as &dyn Error, "which edition is live is not recorded");
        }
    }

    fn opened(&self, session: &SessionId, edition: &str, context: &Arc<Context>) {
        let (session, edition) = (session.to_string(), edition.to_owned());
        let opened = Record::Opened { session, edition, context: context.clone(), subject: subject(context) };
        // Nobody waits for it: what stands behind it in the queue is durable after it. What was left out is counted in a gap.
        drop(self.append(opened));
    }

    fn decided(&self, decision: &Decision, context: &Context) -> Result<(), RecordError> {
        let is_last = decision.streamed.as_ref().is_none_or(|streamed| streamed.at.is_none());
        // Within a stream only what has to be durable is kept; the last decision holds the rest.
        if !is_last && !must_wait(decision) {
            return Ok(());
        }
        let kept = self.append_decision(decision.clone(), subject(context).as_ref());
        kept.and_then(|ticket| ticket.wait().map(drop)).map_err(|fault| RecordError { source: fault.into() })
    }

    fn declared(&self, decision: &Decision, facts: &EventFacts) {
        let (session, facts) = (decision.session.to_string(), Box::new(facts.clone()));
        drop(self.append(Record::Declared { session, decision: decision.id.clone(), facts }));
    }

    fn content(&self, decision: &Decision, event: &Event, context: &Context) {
        if let Err(error) = self.keep_content(decision, subject(context).as_ref(), event) {
            tracing::error!(decision = decision.id, error = &error as &dyn Error, "content is not kept");
        }
    }

    fn read(&self, reader: &str, query: &str, n_records: u64) -> Result<(), RecordError> {
        let read = Record::Read { reader: reader.to_owned(), query: query.to_owned(), n_records };
        let kept = self.append(read).and_then(|ticket| ticket.wait().map(drop));
        kept.map_err(|fault| RecordError { source: fault.into() })
    }

    fn settled(&self, decision: &Decision, settlement: &Settlement, context: &Context) {
        let (decision, settlement) = (decision.id.clone(), Arc::new(settlement.clone()));
        drop(self.append(Record::Settlement { decision, settlement, subject: subject(context) }));
    }
}

/// The user of a session, where the platform names one.
fn subject(context: &Context) -> Option<Subject> {
    let pseudonym = context.pseudonym.clone()?;
    Some(Subject { tenant: context.tenant.id.clone().unwrap_or_default(), pseudonym })
}
