//! What a case expects, and how a decision differs from it.

use std::collections::{BTreeMap, BTreeSet};

use serde::Deserialize;
use specialis_core::{
    Decision, Disposition, DutyResolution, Level, Obligation, ParamValue, ResolvedFinding, trace_line,
};

/// What must be decided. Levels, obligations, findings and rules of a duty that is named are compared whole; what stands on
/// other duties is held by `verdict` and by `silent` alone.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Expect {
    /// The highest level.
    pub verdict: Level,
    /// What the duties come to.
    #[serde(default)]
    pub duties: BTreeMap<String, OnDuty>,
    /// The levels of further duties, without what led to them.
    #[serde(default)]
    pub levels: BTreeMap<String, Level>,
    /// Duties on which nobody may ask for anything.
    #[serde(default)]
    pub silent: Vec<String>,
    /// Facts that are refused: path and source.
    #[serde(default)]
    pub refused_facts: BTreeMap<String, String>,
    /// Obligations of different duties that cannot stand together: `duty: policy / duty: policy`.
    #[serde(default)]
    pub conflicts: BTreeSet<String>,
    /// Policies that could not answer, with the fault.
    #[serde(default)]
    pub faults: BTreeMap<String, String>,
}

/// What one duty must come to.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields, default)]
pub struct OnDuty {
    /// The level, as a word.
    pub level: String,
    /// The rules of precedence that decided.
    pub rules: BTreeSet<String>,
    /// Each obligation: the measure and its parameters, as `label-explicit place=edge text=ai-generated`.
    pub obligations: BTreeSet<String>,
    /// Each finding: policy, rule, case and level, citation, and what became of it.
    pub findings: BTreeSet<String>,
    /// The whole line of the trace, where it is compared.
    pub trace: Option<String>,
}

impl Expect {
    /// How a decision differs, in words; empty where it does not.
    pub fn differences(&self, decision: &Decision) -> Vec<String> {
        let mut wrong = Vec::new();
        if decision.verdict != self.verdict {
            let by =
                decision.decisive.as_ref().map_or(String::new(), |by| format!(" by `{}` of `{}`", by.duty, by.policy));
            wrong.push(format!("verdict `{}`{by}, expected `{}`", decision.verdict.as_str(), self.verdict.as_str()));
        }
        for (id, expected) in &self.duties {
            let Some(duty) = decision.duty(id) else {
                wrong.push(format!("nothing on `{id}`"));
                continue;
            };
            let mut came = OnDuty::from(duty);
            came.trace = expected.trace.is_some().then(|| trace_line(duty, &decision.sectors));
            if came != *expected {
                wrong.push(format!("`{id}`: {came:#?}\n  expected {expected:#?}"));
            }
        }
        for (id, expected) in &self.levels {
            // Where nobody asks for anything a decision may not name the duty.
            let came = decision.duty(id).map_or(Level::Pass, |duty| duty.level);
            if came != *expected {
                wrong.push(format!("`{id}` is `{}`, expected `{}`", came.as_str(), expected.as_str()));
            }
        }
        for id in &self.silent {
            if let Some(duty) =
                decision.duty(id).filter(|duty| duty.level > Level::Pass || !duty.obligations.is_empty())
            {
                wrong.push(format!("`{id}` is not silent: {:#?}", OnDuty::from(duty)));
            }
        }
        let refused = decision.refused_facts.iter().map(|fact| (fact.path.clone(), fact.source.to_string()));
        compare("refused facts", &refused.collect(), &self.refused_facts, &mut wrong);
        let faults = decision.evaluations.iter().filter_map(|(policy, came)| Some((policy, came.fault.as_ref()?)));
        let faults = faults.map(|(policy, fault)| (policy.to_string(), fault.kind.as_str().to_owned()));
        compare("faults", &faults.collect(), &self.faults, &mut wrong);
        let conflicts = decision.conflicts.iter().map(|conflict| {
            let side = |party: &specialis_core::Party| format!("{}: {}", party.duty, party.policy);
            format!("{} / {}", side(&conflict.first), side(&conflict.second))
        });
        compare("conflicts", &conflicts.collect(), &self.conflicts, &mut wrong);
        wrong
    }
}

fn compare<T: PartialEq + std::fmt::Debug>(what: &str, came: &T, expected: &T, wrong: &mut Vec<String>) {
    if came != expected {
        wrong.push(format!("{what}: {came:?}, expected {expected:?}"));
    }
}

impl From<&DutyResolution> for OnDuty {
    fn from(duty: &DutyResolution) -> Self {
        Self {
            level: duty.level.as_str().to_owned(),
            rules: duty.rules.iter().map(|rule| rule.as_str().to_owned()).collect(),
            obligations: duty.obligations.iter().map(obligation).collect(),
            findings: duty.findings.iter().map(finding).collect(),
            trace: None,
        }
    }
}

/// What every duty of a decision came to, in the words of a case: for writing one.
pub fn on_duties(decision: &Decision) -> BTreeMap<String, OnDuty> {
    decision.duties.iter().map(|duty| (duty.duty.to_string(), duty.into())).collect()
}

fn obligation(obligation: &Obligation) -> String {
    match obligation {
        Obligation::Redact(span) => format!("redact {}:{}-{}", span.part, span.start, span.end),
        Obligation::Replace(key) => format!("replace {key}"),
        Obligation::Append(key) => format!("append {key}"),
        Obligation::Stop => "stop".to_owned(),
        Obligation::Measure(measure) => {
            let value = |value: &ParamValue| match value {
                ParamValue::Number(number) => number.to_string(),
                ParamValue::Date(date) => date.to_string(),
                ParamValue::Seconds(seconds) => format!("{seconds}s"),
                ParamValue::Id(id) => id.clone(),
            };
            let params = measure.params.iter().map(|(name, of)| format!(" {name}={}", value(of)));
            format!("{}{}", measure.id, params.collect::<String>())
        }
    }
}

fn finding(found: &ResolvedFinding) -> String {
    let level = found.answer.demand().map_or(String::new(), |demand| format!(" {}", demand.level.as_str()));
    let version = found.earlier.as_ref().map_or(String::new(), |earlier| format!(" as {earlier}"));
    let cited = found.answer.citation().map(|cite| format!(" ({} {}{version})", cite.instrument, cite.article));
    let became = match &found.disposition {
        Disposition::Stands => "stands".to_owned(),
        Disposition::Displaced(to) => format!("fell to {}, {}, {}", to.sector, to.by.as_str(), to.grant),
        Disposition::Defeated { by, label } => format!("defeated by {by}, {label}"),
        Disposition::RelaxationRefused(refusal) => format!("relaxation-refused, {}", refusal.as_str()),
        Disposition::NotInForce => "not-in-force".to_owned(),
        Disposition::Monitored => "monitored".to_owned(),
        Disposition::NotGoverned => "not-governed".to_owned(),
    };
    let case = found.answer.case();
    format!("{} {} {case}{level}{}: {became}", found.policy, found.rule, cited.unwrap_or_default())
}
