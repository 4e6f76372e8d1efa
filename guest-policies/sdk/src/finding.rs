//! Findings: what rules answer on duties.

use crate::{Cite, Level, Measure, Span};

/// What the host or the platform must do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Obligation {
    /// Mask this stretch with the operator's redaction text.
    Redact(Span),
    /// Give this declared text instead.
    Replace(&'static str),
    /// Add this declared text.
    Append(&'static str),
    /// Let nothing more out.
    Stop,
    /// A registered measure.
    Measure(Measure),
}

/// What a finding asks for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Demand {
    /// How severe.
    pub level: Level,
    /// What to do.
    pub obligations: Vec<Obligation>,
    /// The stretches of text it rests on: evidence, which changes nothing by itself.
    pub spans: Vec<Span>,
    /// Where the law says so.
    pub cite: Cite,
    /// Why, as a reason that the manifest declares.
    pub reason: &'static str,
}

/// The five cases of an answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Answer {
    /// The duty does not arise.
    NotApplicable(&'static str),
    /// The duty arises and is fulfilled.
    Met(Cite),
    /// The duty arises and asks for something.
    Require(Demand),
    /// The sector's law provides otherwise.
    InsteadOf(Demand),
    /// The policy cannot tell.
    Unknown(&'static str),
}

/// What one rule answers on one duty. A [`Rule`](crate::Rule) makes it; the methods here add to it.
///
/// Asking for an obligation in a finding that asks for nothing (`met`, `not-applicable`, `unknown`) is a mistake in the
/// policy: it panics, which the host sees as a fault.
#[derive(Clone, Debug, PartialEq, Eq)]
#[must_use = "a finding counts once `judge` returns it"]
pub struct Finding {
    pub(crate) duty: &'static str,
    pub(crate) rule: &'static str,
    pub(crate) answer: Answer,
    pub(crate) kinds: Vec<&'static str>,
}

impl Finding {
    /// Asks for a measure.
    pub fn measure(self, measure: Measure) -> Self {
        self.oblige(Obligation::Measure(measure))
    }

    /// Asks for several measures.
    pub fn measures(mut self, measures: impl IntoIterator<Item = Measure>) -> Self {
        for measure in measures {
            self.asking().obligations.push(Obligation::Measure(measure));
        }
        self
    }

    /// Asks to mask a stretch of text.
    pub fn redact(self, span: Span) -> Self {
        self.oblige(Obligation::Redact(span))
    }

    /// Asks to give a declared text instead.
    pub fn replace(self, key: &'static str) -> Self {
        self.oblige(Obligation::Replace(key))
    }

    /// Asks to add a declared text.
    pub fn append(self, key: &'static str) -> Self {
        self.oblige(Obligation::Append(key))
    }

    /// Asks to let nothing more out.
    pub fn stop(self) -> Self {
        self.oblige(Obligation::Stop)
    }

    /// Names a stretch of text as evidence.
    pub fn at(mut self, span: Span) -> Self {
        self.asking().spans.push(span);
        self
    }

    /// Names several stretches of text as evidence.
    pub fn at_all(mut self, spans: impl IntoIterator<Item = Span>) -> Self {
        self.asking().spans.extend(spans);
        self
    }

    /// For a finding made at `open`: the kinds of event it holds for.
    pub fn on(mut self, kinds: &[&'static str]) -> Self {
        self.kinds.extend_from_slice(kinds);
        self
    }

    /// Asks for no more than this level, and for the same obligations.
    pub fn at_most(mut self, level: Level) -> Self {
        if let Answer::Require(demand) | Answer::InsteadOf(demand) = &mut self.answer {
            demand.level = demand.level.min(level);
        }
        self
    }

    /// Cites another article. A finding without a citation stays without.
    pub fn citing(mut self, cite: Cite) -> Self {
        match &mut self.answer {
            Answer::Met(old) => *old = cite,
            Answer::Require(demand) | Answer::InsteadOf(demand) => demand.cite = cite,
            Answer::NotApplicable(_) | Answer::Unknown(_) => {}
        }
        self
    }

    /// Answers on another of the rule's duties.
    pub fn on_duty(mut self, duty: &'static str) -> Self {
        self.duty = duty;
        self
    }

    /// The duty.
    pub fn duty(&self) -> &'static str {
        self.duty
    }

    /// The rule's id.
    pub fn rule(&self) -> &'static str {
        self.rule
    }

    /// The answer.
    pub fn answer(&self) -> &Answer {
        &self.answer
    }

    /// The word for the answer's case, such as `require`.
    pub fn case(&self) -> &'static str {
        match self.answer {
            Answer::NotApplicable(_) => "not-applicable",
            Answer::Met(_) => "met",
            Answer::Require(_) => "require",
            Answer::InsteadOf(_) => "instead-of",
            Answer::Unknown(_) => "unknown",
        }
    }

    /// The demand, where it asks for something.
    pub fn demand(&self) -> Option<&Demand> {
        match &self.answer {
            Answer::Require(demand) | Answer::InsteadOf(demand) => Some(demand),
            Answer::NotApplicable(_) | Answer::Met(_) | Answer::Unknown(_) => None,
        }
    }

    /// The level, where it asks for something.
    pub fn level(&self) -> Option<Level> {
        self.demand().map(|demand| demand.level)
    }

    /// The reason, where it carries one.
    pub fn reason(&self) -> Option<&'static str> {
        match &self.answer {
            Answer::Require(demand) | Answer::InsteadOf(demand) => Some(demand.reason),
            Answer::NotApplicable(reason) | Answer::Unknown(reason) => Some(reason),
            Answer::Met(_) => None,
        }
    }

    /// The citation, where it carries one.
    pub fn cites(&self) -> Option<Cite> {
        match &self.answer {
            Answer::Require(demand) | Answer::InsteadOf(demand) => Some(demand.cite),
            Answer::Met(cite) => Some(*cite),
            Answer::NotApplicable(_) | Answer::Unknown(_) => None,
        }
    }

    /// The kinds of event a finding made at `open` holds for; all where empty.
    pub fn kinds(&self) -> &[&'static str] {
        &self.kinds
    }

    /// The measure of that id, where the finding asks for it.
    pub fn get_measure(&self, id: &str) -> Option<&Measure> {
        self.demand()?.obligations.iter().find_map(|obligation| match obligation {
            Obligation::Measure(measure) if measure.name() == id => Some(measure),
            Obligation::Measure(_)
            | Obligation::Redact(_)
            | Obligation::Replace(_)
            | Obligation::Append(_)
            | Obligation::Stop => None,
        })
    }

    fn oblige(mut self, obligation: Obligation) -> Self {
        let obligations = &mut self.asking().obligations;
        if obligations.is_empty() {
            // Most findings ask for one thing, and have room for it alone.
            *obligations = vec![obligation];
        } else {
            obligations.push(obligation);
        }
        self
    }

    #[expect(clippy::panic, reason = "a mistake of the policy must become a fault, never a lost obligation")]
    fn asking(&mut self) -> &mut Demand {
        match &mut self.answer {
            Answer::Require(demand) | Answer::InsteadOf(demand) => demand,
            Answer::NotApplicable(_) | Answer::Met(_) | Answer::Unknown(_) => {
                panic!("rule `{}` attaches an obligation to a finding that asks for nothing", self.rule)
            }
        }
    }
}
