//! Faults: every way in which a policy can fail to answer.

use std::fmt;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::facts::words;
use crate::{DutyId, RuleId, printable};

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
        /// A finding on a duty that the policy governs and the rule does not declare.
        UndeclaredDuty = "undeclared-duty",
        /// A text action that the manifest does not declare.
        UndeclaredAction = "undeclared-action",
        /// A measure that the manifest does not declare or the registry does not have.
        UndeclaredMeasure = "undeclared-measure",
        /// A parameter that the registry does not have for the measure, or that stands twice.
        UnregisteredParameter = "unregistered-parameter",
        /// A value that the registry does not allow for the parameter.
        UnregisteredValue = "unregistered-value",
        /// A measure or text action that the trust policy does not grant.
        UngrantedMeasure = "ungranted-measure",
        /// A citation without article, or of an instrument that is not registered or not declared.
        BadCitation = "bad-citation",
        /// A span past the end of its part, empty, or reversed.
        SpanRange = "span-range",
        /// A span that begins or ends inside a character.
        SpanCharacter = "span-character",
        /// A span that is neither a hit that the call showed nor its stretch nor a whole part.
        SpanUnreported = "span-unreported",
        /// More obligations of one finding than allowed.
        ObligationCount = "obligation-count",
        /// A kind of event that is not registered.
        UnknownKind = "unknown-kind",
        /// `extra` entries that nobody registered.
        UnknownExtra = "unknown-extra",
        /// An answer as one value that has another form than the contract, comes twice, or stands beside findings.
        AnswerForm = "answer-form",
        /// A read outside what the contract offers: a part or a stretch of text that is not there.
        BadRead = "bad-read",
        /// `configure` refused its settings or failed.
        Configure = "configure",
        /// The policy is required and not loaded.
        Missing = "missing",
        /// The policy was taken out of service, because it failed its own vectors.
        Quarantined = "quarantined",
        /// The policy was revoked while the session was open.
        Revoked = "revoked",
        /// The session stayed on an earlier edition longer than it may.
        Drained = "drained",
        /// The session moved to an urgent edition, and what the policy remembered of it stayed behind.
        Moved = "moved",
    }
}

words! {
    /// What the form of an answer as one value breaks.
    FormProblem {
        /// The bytes end before the value does.
        CutShort = "cut-short",
        /// Bytes stand behind the value.
        TrailingBytes = "trailing-bytes",
        /// The length of a list, map or text is not given: it goes on to a mark.
        OpenLength = "open-length",
        /// A number or a length is not written in its shortest form.
        LongHead = "long-head",
        /// A tag: the contract has none.
        Tag = "tag",
        /// A text that is no UTF-8.
        NotUtf8 = "not-utf-8",
        /// Something else than the contract has there, such as a list for a text or a number out of its range.
        OtherType = "other-type",
        /// A place that the record does not have.
        UnknownPlace = "unknown-place",
        /// A place that stood there before.
        RepeatedPlace = "repeated-place",
        /// A place behind a higher one.
        PlaceOutOfOrder = "place-out-of-order",
        /// A field that has to be there is not.
        MissingPlace = "missing-place",
        /// A case that the enum or variant does not have.
        UnknownCase = "unknown-case",
    }
}

impl FaultKind {
    /// Whether it came from outside the text: replay takes it from the record.
    pub fn is_intervention(self) -> bool {
        matches!(self, Self::Deadline | Self::Quarantined | Self::Revoked | Self::Drained | Self::Moved)
    }

    /// What the author or the operator can do about it.
    pub fn remedy(self) -> &'static str {
        match self {
            Self::Trap => "run the policy's vectors and look for a panic, an index or an overflow",
            Self::Fuel => "do less work per call, or raise the fuel limits",
            Self::Deadline => "do less work per call; the machine may also be overloaded",
            Self::Memory => "use less linear memory, or raise the memory limit",
            Self::Table => "use a smaller table, or raise the table limit",
            Self::Stack => "recurse less, or raise the stack limit",
            Self::OutputSize => "answer less, or raise the output limit",
            Self::StateSize => "remember less, or raise the state limit",
            Self::FindingCount => "answer once for each duty and reason, with all its spans",
            Self::LogFlood => "log fewer and shorter lines",
            Self::UngovernedDuty => "add the duty under `governs`, or do not answer on it",
            Self::UndeclaredRule => "add the rule under `[rules]`",
            Self::UndeclaredDuty => "add the duty under `duties` of the rule, or let another rule answer on it",
            Self::UndeclaredReason => "add the reason under `[reasons]`",
            Self::UndeclaredText => "add the text under `[texts]`",
            Self::UndeclaredAction => "add the action under `actions`",
            Self::UndeclaredMeasure => "add the measure under `may-require`, with an id of the registry",
            Self::UnregisteredParameter => "use a parameter that the registry has for the measure, once",
            Self::UnregisteredValue => "use a value that the registry allows for the parameter, or register it",
            Self::UngrantedMeasure => "have the trust policy grant it to the policy's signer under `measures`",
            Self::BadCitation => "add the article under `cites` of the rule, with an instrument of the registry",
            Self::SpanRange => "name a span inside the part's text that is not empty",
            Self::SpanCharacter => "begin and end spans between characters",
            Self::SpanUnreported => "name the span of a hit, the stretch that was asked for, or a whole part",
            Self::ObligationCount => "ask for each measure once",
            Self::UnknownKind => "use a registered kind of event",
            Self::UnknownExtra => "leave `extra` empty",
            Self::AnswerForm => "hand over one answer, in the form of the contract, and return no findings beside it",
            Self::BadRead => "read inside the parts and their text, and less at a time",
            Self::Configure => "check the settings against what the policy accepts",
            Self::Missing => "load the policy",
            Self::Quarantined => {
                "publish a version that meets its vectors; it returns by itself once it meets them again"
            }
            Self::Revoked => "publish another version",
            Self::Drained => "end sessions on earlier editions in time",
            Self::Moved => "keep an input log, so that the new edition can be given the session's input again",
        }
    }
}

/// One fault. It carries declared and registered ids, never content.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Fault {
    /// What went wrong.
    pub kind: FaultKind,
    /// Where it struck: `open`, `hit`, `text`, `signal`, `review` or `end`.
    pub point: String,
    /// What it is about, where that is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub about: Option<FaultSubject>,
}

impl Fault {
    /// A fault of which no more is known than its kind and where it struck.
    pub fn new(kind: FaultKind, point: &str) -> Self {
        Self { kind, point: point.to_owned(), about: None }
    }
}

/// The place in an answer that a fault is about. In the decision of an enforcing policy it holds declared and registered names
/// alone, because whatever else stands there could carry content.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct FaultSubject {
    /// The rule that answered.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rule: Option<RuleId>,
    /// The duty it answered on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub duty: Option<DutyId>,
    /// The measure, text action, reason, text key, citation or kind.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
    /// The parameter of the measure.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub parameter: Option<String>,
    /// Its value.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub value: Option<String>,
    /// What the form of the answer breaks. It is told of policies without effect alone: which way a policy breaks it is its choice.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub form: Option<FormProblem>,
}

impl fmt::Display for FaultSubject {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let rule = self.rule.as_ref().map(RuleId::as_str);
        let duty = self.duty.as_ref().map(DutyId::as_str);
        let named = [
            ("rule", rule),
            ("duty", duty),
            ("id", self.id.as_deref()),
            ("parameter", self.parameter.as_deref()),
            ("value", self.value.as_deref()),
            ("form", self.form.map(FormProblem::as_str)),
        ];
        let named = named.into_iter().filter_map(|(name, value)| Some((name, value?)));
        for (n, (name, value)) in named.enumerate() {
            write!(f, "{}{name} `{}`", if n == 0 { "" } else { ", " }, printable(value))?;
        }
        Ok(())
    }
}
