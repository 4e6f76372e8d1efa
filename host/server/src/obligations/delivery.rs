//! One measure on its way.

use serde::{Deserialize, Serialize};
use specialis::core::{Decision, Measure, MeasureId, Obligation, Outcome, When};

/// A measure that is to be carried out, as it is kept and posted. It says nothing of the text.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub(crate) struct Delivery {
    /// The same for each try, so that the receiver takes it once.
    pub(crate) id: String,
    /// The decision that asks for it.
    pub(crate) decision: String,
    /// Its index among the obligations of the decision.
    pub(crate) index: usize,
    /// The session.
    pub(crate) session: String,
    /// The kind of the event.
    pub(crate) kind: String,
    /// The day on which the law was looked up.
    pub(crate) as_of: String,
    /// The edition.
    pub(crate) edition: String,
    /// The duty that it comes from.
    pub(crate) duty: String,
    /// The policy that asks for it.
    pub(crate) policy: String,
    /// The measure, with its parameters.
    pub(crate) measure: Measure,
}

/// How far a measure is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum State {
    /// It waits for an answer.
    Waiting,
    /// The receiver said what became of it.
    Answered(Outcome),
    /// Nobody took it, however often it was tried.
    Undone,
}

/// A measure with how far it is, as it is kept.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub(super) struct Kept {
    pub(super) delivery: Delivery,
    pub(super) state: State,
}

impl Delivery {
    /// The measures of a decision that leave: those that are due afterwards and that `goes` names.
    pub(super) fn of(decision: &Decision, goes: impl Fn(&MeasureId) -> bool) -> Vec<Self> {
        let measures = decision.obligations.iter().enumerate().filter_map(|(index, due)| match &due.obligation {
            Obligation::Measure(measure) if due.when == When::Afterwards && goes(&measure.id) => Some(Self {
                id: format!("{}-{index}", decision.id),
                decision: decision.id.clone(),
                index,
                session: decision.session.to_string(),
                kind: decision.kind.as_str().to_owned(),
                as_of: decision.as_of.to_string(),
                edition: decision.edition.clone(),
                duty: due.duty.to_string(),
                policy: due.policy.to_string(),
                measure: measure.clone(),
            }),
            Obligation::Measure(_)
            | Obligation::Redact(_)
            | Obligation::Replace(_)
            | Obligation::Append(_)
            | Obligation::Stop => None,
        });
        measures.collect()
    }
}
