//! Faults: every way in which a policy can fail to answer.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::facts::words;

words! {
    /// What went wrong with a call. A fault is recorded, never skipped, and tightens the duties the policy governs.
    FaultKind {
        /// The guest trapped or panicked.
        Trap = "trap",
        /// The session's fuel for this policy is used up.
        Fuel = "fuel",
        /// The wall clock struck.
        Deadline = "deadline",
        /// More linear memory than allowed.
        Memory = "memory",
        /// A larger table than allowed.
        Table = "table",
        /// The stack ran out.
        Stack = "stack",
        /// The answer is larger than allowed.
        OutputSize = "output-size",
        /// The state is larger than allowed.
        StateSize = "state-size",
        /// More findings than allowed.
        FindingCount = "finding-count",
        /// More log lines or bytes than allowed.
        LogFlood = "log-flood",
        /// A finding on a duty that the manifest does not govern.
        UngovernedDuty = "ungoverned-duty",
        /// A rule that the manifest does not declare.
        UndeclaredRule = "undeclared-rule",
        /// A reason that the manifest does not declare.
        UndeclaredReason = "undeclared-reason",
        /// A text key that the manifest does not declare.
        UndeclaredText = "undeclared-text",
        /// A measure that the manifest does not declare, or with parameters that the registry does not know.
        UndeclaredMeasure = "undeclared-measure",
        /// A measure or text action that the trust policy does not grant.
        UngrantedMeasure = "ungranted-measure",
        /// A citation without article, or of an instrument that is not registered or not declared.
        BadCitation = "bad-citation",
        /// A span past the end of its part, empty, or reversed.
        SpanRange = "span-range",
        /// A span that begins or ends inside a character.
        SpanCharacter = "span-character",
        /// A kind of event that is not registered.
        UnknownKind = "unknown-kind",
        /// `extra` entries that nobody registered.
        UnknownExtra = "unknown-extra",
        /// A read outside what the contract offers: a part or a stretch of text that is not there.
        BadRead = "bad-read",
        /// `configure` refused its settings or failed.
        Configure = "configure",
        /// The policy is required and not loaded.
        Missing = "missing",
        /// The policy was taken out of service after repeated faults.
        Quarantined = "quarantined",
        /// The policy was revoked while the session was open.
        Revoked = "revoked",
        /// The session stayed on an earlier edition longer than it may.
        Drained = "drained",
        /// The session moved to an urgent edition, and what the policy remembered of it stayed behind.
        Moved = "moved",
    }
}

impl FaultKind {
    /// Whether it came from outside the text: replay takes it from the record.
    pub fn is_intervention(self) -> bool {
        matches!(self, Self::Deadline | Self::Revoked | Self::Drained | Self::Moved)
    }
}

/// One fault. It carries numbers and registered ids, never content.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Fault {
    /// What went wrong.
    pub kind: FaultKind,
    /// Where it struck: `open`, `hit`, `text`, `signal`, `review` or `end`.
    pub point: String,
}
