//! What became of vectors: for machines, and as a line for people.

use std::fmt;
use std::time::Duration;

use specialis_core::{DutyId, Fault, PolicyId, RuleId};

use crate::runtime::PolicyUsage;

/// What became of a policy's vectors.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VectorReport {
    /// The policy.
    pub policy: PolicyId,
    /// One for each vector that was run, in the order of the file.
    pub outcomes: Vec<VectorOutcome>,
}

impl VectorReport {
    /// How many were not met.
    pub fn n_failed(&self) -> usize {
        self.outcomes.iter().filter(|outcome| !outcome.failures.is_empty()).count()
    }

    /// What was not met, a line for each event of a vector.
    pub fn failures(&self) -> Vec<String> {
        self.outcomes.iter().flat_map(VectorOutcome::lines).collect()
    }
}

/// What became of one vector.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VectorOutcome {
    /// The rule that it is about.
    pub rule: RuleId,
    /// Its name.
    pub name: String,
    /// What was not met. Nothing is said of events after a fault.
    pub failures: Vec<VectorFailure>,
    /// What the policy used.
    pub usage: PolicyUsage,
    /// Wall-clock time of its calls. It differs from run to run.
    pub time: Duration,
}

impl VectorOutcome {
    /// What was not met, a line for each event.
    pub fn lines(&self) -> Vec<String> {
        self.failures.iter().map(|failure| format!("{} `{}`: {failure}", self.rule, self.name)).collect()
    }
}

/// What was not met on one event.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VectorFailure {
    /// The number of the event, from 1, where the vector has several.
    pub event: Option<usize>,
    /// What is wrong.
    pub problem: VectorMismatch,
}

/// What is wrong with the answers on one event.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum VectorMismatch {
    /// The policy could not answer.
    Fault(Box<Fault>),
    /// It answered otherwise than the vector expects.
    Answers {
        /// On which duties.
        differences: Vec<AnswerDifference>,
        /// Whether it was called at all.
        was_called: bool,
    },
}

/// How the answers on one duty differ.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AnswerDifference {
    /// The duty.
    pub duty: DutyId,
    /// What the vector expects, in order; nothing where the rule must not answer.
    pub expected: Vec<String>,
    /// What the rule answered, in order.
    pub found: Vec<String>,
}

/// What a line says where a policy was not called.
const NOT_CALLED: &str = "it was not called: nothing under `wakes` of its manifest applies";

impl VectorFailure {
    /// The same as a difference of lines: `-` before what is expected and missing, `+` before what is found beside it.
    pub fn diff(&self) -> Vec<String> {
        let VectorMismatch::Answers { differences, was_called } = &self.problem else {
            return vec![self.to_string()];
        };
        let mut lines = Vec::new();
        let event = self.event.map_or_else(String::new, |n| format!("event {n}, "));
        for AnswerDifference { duty, expected, found } in differences {
            lines.push(format!("{event}on `{duty}`:"));
            let only = |sign: &'static str, these: &[String], others: &[String]| -> Vec<String> {
                let of_these = these.iter().filter(|one| !others.contains(one));
                of_these.map(|one| format!("{sign} {one}")).collect()
            };
            let both = expected.iter().filter(|one| found.contains(one)).map(|one| format!("  {one}"));
            lines.extend(both);
            lines.extend(only("-", expected, found));
            lines.extend(only("+", found, expected));
        }
        if !was_called {
            lines.push(NOT_CALLED.to_owned());
        }
        lines
    }
}

impl fmt::Display for VectorFailure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(n) = self.event {
            write!(f, "event {n}: ")?;
        }
        match &self.problem {
            VectorMismatch::Fault(fault) => {
                let about = fault.about.as_ref().map_or_else(String::new, |about| format!(" ({about})"));
                write!(f, "fault `{}` at {}{about}; {}", fault.kind.as_str(), fault.point, fault.kind.remedy())
            }
            VectorMismatch::Answers { differences, was_called } => {
                let said: Vec<String> = differences.iter().map(ToString::to_string).collect();
                f.write_str(&said.join("; "))?;
                if *was_called { Ok(()) } else { write!(f, " ({NOT_CALLED})") }
            }
        }
    }
}

impl fmt::Display for AnswerDifference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let listed = |said: &[String]| if said.is_empty() { "nothing".to_owned() } else { said.join(" and ") };
        write!(f, "on `{}` expected {}, found {}", self.duty, listed(&self.expected), listed(&self.found))
    }
}

#[cfg(test)]
mod tests {
    use specialis_core::{FaultKind, FaultSubject};

    use super::*;

    fn differs(was_called: bool) -> VectorFailure {
        let difference = AnswerDifference {
            duty: "d".into(),
            expected: vec!["met".to_owned(), "require mark `a`".to_owned()],
            found: vec!["met".to_owned(), "require warn `a`".to_owned()],
        };
        VectorFailure { event: Some(2), problem: VectorMismatch::Answers { differences: vec![difference], was_called } }
    }

    #[test]
    fn a_difference_shows_what_is_common_missing_and_beside_it() {
        assert_eq!(differs(true).diff(), ["event 2, on `d`:", "  met", "- require mark `a`", "+ require warn `a`"]);
        assert_eq!(differs(false).diff().last().map(String::as_str), Some(NOT_CALLED));
        let line = "event 2: on `d` expected met and require mark `a`, found met and require warn `a`";
        assert_eq!(differs(true).to_string(), line);
    }

    #[test]
    fn a_fault_names_rule_id_parameter_and_value_and_what_to_do() {
        let about = FaultSubject {
            rule: Some("R1".into()),
            id: Some("record".to_owned()),
            parameter: Some("keep-days".to_owned()),
            value: Some("99".to_owned()),
            ..FaultSubject::default()
        };
        let fault = Fault { about: Some(about), ..Fault::new(FaultKind::UnregisteredValue, "end") };
        let failure = VectorFailure { event: None, problem: VectorMismatch::Fault(fault.into()) };
        let line = "fault `unregistered-value` at end (rule `R1`, id `record`, parameter `keep-days`, value `99`); use a value";
        assert!(failure.to_string().starts_with(line), "{failure}");
        assert_eq!(failure.diff(), [failure.to_string()]);
    }
}
