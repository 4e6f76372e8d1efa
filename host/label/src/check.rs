//! Holding what stands in a file to the standard.

mod fields;
mod rule;

use std::fmt;

use serde::Serialize;

pub use rule::{Rule, Severity};

use crate::label::{Attribute, WRAPPER};
use crate::raw::{Form, RawLabel};
use crate::reading::{Found, Place, Reading, Remark};

/// What a check concluded.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Verdict {
    /// One label is there, and it is as the standard asks.
    Compliant,
    /// A label is there, and something about it is against the standard. It is still a label.
    NonCompliant,
    /// The whole file was read, and there is no trace of a label.
    NotFound,
    /// The file could not be read to its end, so nobody can tell.
    Inconclusive,
}

impl Verdict {
    /// The word of the verdict.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Compliant => "compliant",
            Self::NonCompliant => "non-compliant",
            Self::NotFound => "not-found",
            Self::Inconclusive => "inconclusive",
        }
    }
}

impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// One thing that a check found: which rule, where, what, and what to do.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Finding {
    /// The rule.
    pub rule: Rule,
    /// Whether it makes the label non-compliant.
    pub severity: Severity,
    /// Where the label stands; absent where it is about the file.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub place: Option<Place>,
    /// The field, where it is about one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub field: Option<String>,
    /// What was found.
    pub what: String,
    /// What to do.
    pub fix: String,
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: ", self.rule)?;
        if let Some(place) = &self.place {
            write!(f, "{place}: ")?;
        }
        write!(f, "{}; {}", self.what, self.fix)
    }
}

/// What a check of one file says.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Report {
    /// The conclusion.
    pub verdict: Verdict,
    /// What was found, label by label.
    pub findings: Vec<Finding>,
    /// The attribute that the label states, where it states one of the three.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub attribute: Option<String>,
    /// The producer that the label names, as written.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub producer: Option<String>,
    /// What else bears on labelling.
    pub remarks: Vec<Remark>,
}

impl Report {
    /// The ids of the rules that were broken, each once, as a platform passes them on with an event.
    pub fn rule_ids(&self) -> Vec<&'static str> {
        let mut ids: Vec<&'static str> = Vec::new();
        for finding in self.findings.iter().filter(|finding| finding.severity == Severity::Violation) {
            if !ids.contains(&finding.rule.id()) {
                ids.push(finding.rule.id());
            }
        }
        ids
    }
}

/// Holds a reading to the standard.
pub fn check(reading: &Reading) -> Report {
    let mut findings: Vec<Finding> = Vec::new();
    for found in &reading.labels {
        findings.extend(of_label(found, reading.container.is_text()));
    }
    if let [first, second, ..] = reading.labels.as_slice() {
        findings.push(Finding {
            rule: Rule::OneLabel,
            severity: Severity::Violation,
            place: Some(second.place.clone()),
            field: None,
            what: format!("{} labels stand in the file, the first at {}", reading.labels.len(), first.place),
            fix: "keep one and remove the others, for example with `specialis label write --replace`".to_owned(),
        });
    }
    let is_broken = findings.iter().any(|finding| finding.severity == Severity::Violation);
    if let Some(trouble) = &reading.trouble {
        findings.push(Finding {
            rule: Rule::Unread,
            severity: Severity::Note,
            place: None,
            field: None,
            what: "the file could not be read to its end".to_owned(),
            fix: trouble.to_string(),
        });
    }
    let verdict = match (reading.labels.is_empty(), is_broken, reading.trouble.is_some()) {
        (false, true, _) => Verdict::NonCompliant,
        (false, false, false) => Verdict::Compliant,
        (true, _, false) => Verdict::NotFound,
        (_, false, true) | (true, true, true) => Verdict::Inconclusive,
    };
    let said = |key: &str| reading.labels.iter().find_map(|found| found.label.get(key)).map(str::to_owned);
    Report {
        verdict,
        findings,
        attribute: said("Label").filter(|value| Attribute::parse(value).is_some()),
        producer: said("ContentProducer").filter(|value| !value.is_empty()),
        remarks: reading.remarks.clone(),
    }
}

/// Collects findings about one label.
struct Collector<'a> {
    found: &'a Found,
    findings: Vec<Finding>,
}

impl Collector<'_> {
    fn add(&mut self, rule: Rule, field: Option<&str>, what: String, fix: impl Into<String>) {
        self.findings.push(Finding {
            rule,
            severity: rule.severity(),
            place: Some(self.found.place.clone()),
            field: field.map(str::to_owned),
            what,
            fix: fix.into(),
        });
    }
}

fn of_label(found: &Found, is_text: bool) -> Vec<Finding> {
    let mut collector = Collector { found, findings: Vec::new() };
    form(&mut collector, &found.label, is_text);
    if found.label.form != Form::Unreadable {
        fields::check(&mut collector, &found.label);
    }
    // A name that formats read without regard to capitals is given in capitals by the place.
    if found.place.name.to_ascii_uppercase().contains(WRAPPER) && !found.place.name.contains(WRAPPER) {
        let what = format!("the label stands under `{}`", found.place.name);
        collector.add(Rule::Wrapper, None, what, "write `AIGC`");
    }
    if !found.place.is_standard {
        collector.add(
            Rule::Place,
            None,
            "the practice guides name another place for this format".to_owned(),
            "move the label there, for example with `specialis label write --replace`",
        );
    }
    collector.findings
}

fn form(collector: &mut Collector<'_>, label: &RawLabel, is_text: bool) {
    let template = "write `{\"Label\":\"1\",\"ContentProducer\":\"…\",…}` with all seven keys";
    if let Some(damage) = &label.damage {
        let what = format!("the label breaks off at its byte {}: {}", damage.at, damage.what);
        collector.add(Rule::Json, None, what, template);
    }
    match label.form {
        Form::Base64 => {
            collector.add(Rule::Base64, None, "the label is in base64".to_owned(), "write the plain JSON text");
        }
        Form::Elements => {
            let what = "the fields stand in elements of their own".to_owned();
            collector.add(Rule::Json, None, what, template);
        }
        Form::Mapping if !is_text => {
            collector.add(Rule::Json, None, "the fields stand in a mapping".to_owned(), template);
        }
        Form::Mapping | Form::Json | Form::Unreadable => {}
    }
    if let Some(wrapper) = label.wrapper.as_deref().filter(|wrapper| *wrapper != WRAPPER) {
        let what = format!("the key around the fields is `{wrapper}`");
        collector.add(Rule::Wrapper, None, what, "write `AIGC`");
    }
}
