//! Rules as constants, and the findings they give.

use crate::{Answer, Case, Demand, Finding, Level};

/// An instrument and the place in it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Cite {
    /// The instrument's id in the registry, such as `IM`.
    pub instrument: &'static str,
    /// The article, such as `4(1)`.
    pub article: &'static str,
}

/// A citation: the instrument's id in the registry and the article.
pub const fn cite(instrument: &'static str, article: &'static str) -> Cite {
    Cite { instrument, article }
}

/// One rule: its id in the manifest, the duty it answers on and where the law says so.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Rule {
    id: &'static str,
    duty: &'static str,
    cite: Cite,
}

impl Rule {
    /// A rule, as a constant.
    pub const fn new(id: &'static str, duty: &'static str, cite: Cite) -> Self {
        Self { id, duty, cite }
    }

    /// The rule's id.
    pub const fn id(&self) -> &'static str {
        self.id
    }

    /// The duty it answers on.
    pub const fn duty(&self) -> &'static str {
        self.duty
    }

    /// Where the law says so.
    pub const fn cite(&self) -> Cite {
        self.cite
    }

    /// The same rule on another of its duties.
    #[must_use]
    pub const fn on_duty(self, duty: &'static str) -> Self {
        Self { duty, ..self }
    }

    /// The same rule citing another article.
    #[must_use]
    pub const fn citing(self, cite: Cite) -> Self {
        Self { cite, ..self }
    }

    /// The duty does not arise here.
    pub fn not_applicable(&self, reason: &'static str) -> Finding {
        self.finding(Answer::NotApplicable(reason))
    }

    /// The duty arises and is fulfilled. It never displaces anything.
    pub fn met(&self) -> Finding {
        self.finding(Answer::Met(self.cite))
    }

    /// The duty arises and asks for something.
    pub fn require(&self, level: Level, reason: &'static str) -> Finding {
        self.finding(Answer::Require(self.demand(level, reason)))
    }

    /// This sector's law provides otherwise. Without a grant that fits, the host counts it as `require`.
    pub fn instead_of(&self, level: Level, reason: &'static str) -> Finding {
        self.finding(Answer::InsteadOf(self.demand(level, reason)))
    }

    /// The policy cannot tell; the host counts it as the duty's failure level. An unknown fact must never loosen: where
    /// some value of it would ask for more than that level, require that instead.
    pub fn unknown(&self, reason: &'static str) -> Finding {
        self.finding(Answer::Unknown(reason))
    }

    fn finding(&self, answer: Answer) -> Finding {
        Finding { duty: self.duty, rule: self.id, answer, kinds: Vec::new() }
    }

    fn demand(&self, level: Level, reason: &'static str) -> Demand {
        Demand { level, obligations: Vec::new(), spans: Vec::new(), cite: self.cite, reason }
    }
}

/// A rule as a function: what it answers on one event.
pub type RuleFn = fn(&Case) -> Vec<Finding>;

/// Adds what each rule answers on an event to `findings`, in their order.
///
/// Each finding is moved once. An iterator over all of them that is collected moves it more often, and a call pays for that in fuel.
pub fn judge_by(case: &Case, rules: &[RuleFn], findings: &mut Vec<Finding>) {
    findings.reserve(2 * rules.len());
    for rule in rules {
        findings.extend(rule(case));
    }
}
