//! Holding what stands in a file to the standard.

mod fields;
mod rule;

use std::fmt;

use serde::Serialize;

pub use rule::{Rule, Severity};

use crate::label::{Attribute, WRAPPER};
use crate::raw::{Form, RawLabel};
use crate::reading::{Found, Place, Reading, Remark, name_in_chinese};

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

    /// The same in Chinese.
    pub fn in_chinese(self) -> &'static str {
        match self {
            Self::Compliant => "合规",
            Self::NonCompliant => "不合规",
            Self::NotFound => "未发现标识",
            Self::Inconclusive => "无法判断",
        }
    }

    /// What it says of a file, in a sentence.
    pub fn meaning(self) -> &'static str {
        match self {
            Self::Compliant => "it carries one label, as the standard asks",
            Self::NonCompliant => "it carries a label that is against the standard; it still counts as labelled",
            Self::NotFound => "it was read to its end and carries no label",
            Self::Inconclusive => "it could not be read to its end, so nobody can tell",
        }
    }

    /// The same in Chinese.
    pub fn meaning_in_chinese(self) -> &'static str {
        match self {
            Self::Compliant => "有一个标识，符合标准",
            Self::NonCompliant => "有标识，但是不符合标准；仍按有标识处理",
            Self::NotFound => "全部读完，没有标识",
            Self::Inconclusive => "不能读完，无法判断",
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
    /// What was found and what to do, in Chinese.
    #[serde(skip)]
    chinese: [String; 2],
}

impl Finding {
    /// What was found, in Chinese.
    pub fn what_in_chinese(&self) -> &str {
        let [what, _] = &self.chinese;
        what
    }

    /// What to do, in Chinese.
    pub fn fix_in_chinese(&self) -> &str {
        let [_, fix] = &self.chinese;
        fix
    }
}

/// A sentence in both languages.
struct Said {
    en: String,
    zh: String,
}

fn said(en: impl Into<String>, zh: impl Into<String>) -> Said {
    Said { en: en.into(), zh: zh.into() }
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
    /// What the signature in the producer's security field says, where there is one.
    #[cfg(feature = "sm2")]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub signature: Option<crate::security::SignatureStatus>,
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
        let n_labels = reading.labels.len();
        let what = said(
            format!("{n_labels} labels stand in the file, the first at {}", first.place),
            format!("文件中有 {n_labels} 个标识，第一个位于{}", first.place.in_chinese()),
        );
        let fix = said(
            "keep one and remove the others, for example with `specialis label write --replace`",
            "只保留一个，例如用 `specialis label write --replace`",
        );
        findings.push(finding(Rule::OneLabel, Some(second.place.clone()), what, fix));
    }
    let is_broken = findings.iter().any(|finding| finding.severity == Severity::Violation);
    if let Some(trouble) = &reading.trouble {
        let what = said("the file could not be read to its end", "文件不能读完");
        findings.push(finding(Rule::Unread, None, what, said(trouble.to_string(), trouble.in_chinese())));
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
        #[cfg(feature = "sm2")]
        signature: reading.labels.iter().find_map(|found| crate::security::signature(&found.label)),
        remarks: reading.remarks.clone(),
    }
}

/// A finding about a file.
fn finding(rule: Rule, place: Option<Place>, what: Said, fix: Said) -> Finding {
    let chinese = [what.zh, fix.zh];
    Finding { rule, severity: rule.severity(), place, field: None, what: what.en, fix: fix.en, chinese }
}

/// The first thing in a reading that is against the standard.
pub(crate) fn first_violation(reading: &Reading) -> Option<Finding> {
    check(reading).findings.into_iter().find(|finding| finding.severity == Severity::Violation)
}

/// Collects findings about one label.
struct Collector<'a> {
    found: &'a Found,
    findings: Vec<Finding>,
}

impl Collector<'_> {
    fn add(&mut self, rule: Rule, field: Option<&str>, what: Said, fix: Said) {
        self.add_as(rule.severity(), rule, field, what, fix);
    }

    /// Adds a finding that weighs more or less than its rule does by itself.
    fn add_as(&mut self, severity: Severity, rule: Rule, field: Option<&str>, what: Said, fix: Said) {
        let about_file = finding(rule, Some(self.found.place.clone()), what, fix);
        self.findings.push(Finding { severity, field: field.map(str::to_owned), ..about_file });
    }
}

fn of_label(found: &Found, is_text: bool) -> Vec<Finding> {
    let mut collector = Collector { found, findings: Vec::new() };
    form(&mut collector, &found.label, is_text);
    if found.label.form != Form::Unreadable {
        fields::check(&mut collector, &found.label);
    }
    // A name that formats read without regard to capitals is given in capitals by the place.
    let name = &found.place.name;
    if !name.contains(WRAPPER) && found.label.wrapper.is_none() {
        let what = said(
            format!("the fields stand under `{name}`, with no key `AIGC` around them"),
            format!("各字段写在 `{}` 中，外层没有键 AIGC", name_in_chinese(name)),
        );
        let fix = said(
            "write `{\"AIGC\":{…}}`, or use a field called `AIGC`",
            "写成 `{\"AIGC\":{…}}`，或者写入名为 AIGC 的字段",
        );
        collector.add(Rule::Wrapper, None, what, fix);
    } else if name.to_ascii_uppercase().contains(WRAPPER) && !name.contains(WRAPPER) {
        let what = said(format!("the label stands under `{name}`"), format!("标识写在 `{}` 中", name_in_chinese(name)));
        collector.add(Rule::Wrapper, None, what, said("write `AIGC`", "写成大写的 `AIGC`"));
    }
    if !found.place.is_standard {
        let what = said("the practice guides name another place for this format", "实践指南为此格式规定了另一位置");
        let fix = said(
            "move the label there, for example with `specialis label write --replace`",
            "移到规定的位置，例如用 `specialis label write --replace`",
        );
        collector.add(Rule::Place, None, what, fix);
    }
    collector.findings
}

fn form(collector: &mut Collector<'_>, label: &RawLabel, is_text: bool) {
    let template = || {
        said(
            "write `{\"Label\":\"1\",\"ContentProducer\":\"…\",…}` with all seven keys",
            "写成 `{\"Label\":\"1\",\"ContentProducer\":\"…\",…}`，七个键齐全",
        )
    };
    if let Some(damage) = &label.damage {
        let what = said(
            format!("the label breaks off at its byte {}: {}", damage.at, damage.what),
            format!("标识在第 {} 字节处中断，不是完整的 JSON", damage.at),
        );
        collector.add(Rule::Json, None, what, template());
    }
    match label.form {
        Form::Base64 => {
            let what = said("the label is in base64", "标识作了 Base64 编码");
            collector.add(Rule::Base64, None, what, said("write the plain JSON text", "写成明文 JSON"));
        }
        Form::Escaped => {
            let what =
                said("the characters of the label are escaped, so that it is no JSON", "标识的字符经过转义，不是 JSON");
            collector.add(Rule::Json, None, what, said("write the plain JSON text", "写成明文 JSON"));
        }
        Form::Elements => {
            let what = said("the fields stand in elements of their own", "各字段分别写成了元素");
            collector.add(Rule::Json, None, what, template());
        }
        Form::Mapping if !is_text => {
            collector.add(Rule::Json, None, said("the fields stand in a mapping", "各字段写成了映射"), template());
        }
        Form::Mapping | Form::Json | Form::Unreadable => {}
    }
    if let Some(wrapper) = label.wrapper.as_deref().filter(|wrapper| *wrapper != WRAPPER) {
        let what = said(format!("the key around the fields is `{wrapper}`"), format!("外层的键是 `{wrapper}`"));
        collector.add(Rule::Wrapper, None, what, said("write `AIGC`", "写成 `AIGC`"));
    }
}
