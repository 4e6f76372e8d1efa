//! What the page is told, as JSON: every sentence in English and in Chinese.

use serde::Serialize;
use specialis_label::{Finding, Found, Place, Providers, Reading, Severity, SignatureStatus, check};

use crate::refusal::Refusal;

/// A sentence in both languages.
#[derive(Serialize)]
pub(crate) struct Said {
    en: String,
    zh: String,
}

fn said(en: impl Into<String>, zh: impl Into<String>) -> Said {
    Said { en: en.into(), zh: zh.into() }
}

fn place(place: &Place) -> Said {
    said(place.to_string(), place.in_chinese())
}

/// Why there is no answer.
#[derive(Serialize)]
pub(crate) struct Refused {
    reason: Said,
}

impl Refused {
    pub(crate) fn of(refusal: &Refusal) -> Self {
        Self { reason: said(refusal.to_string(), refusal.in_chinese()) }
    }
}

/// A label and where it stands.
#[derive(Serialize)]
struct LabelOut {
    place: Said,
    /// The characters as they stand there.
    text: String,
    fields: Vec<(String, String)>,
}

impl LabelOut {
    fn of(found: &Found) -> Self {
        let fields = found.label.pairs.iter().map(|(key, value)| (key.clone(), value.as_str().to_owned()));
        Self { place: place(&found.place), text: found.label.text.clone(), fields: fields.collect() }
    }
}

/// What stands in a file.
#[derive(Serialize)]
pub(crate) struct ReadOut {
    format: Said,
    /// Where a label stands in files of this format.
    usual_place: Said,
    labels: Vec<LabelOut>,
    remarks: Vec<Said>,
    /// Why reading ended before the end.
    trouble: Option<Said>,
}

impl ReadOut {
    pub(crate) fn of(reading: &Reading) -> Self {
        let container = reading.container;
        Self {
            format: said(container.name(), container.name_in_chinese()),
            usual_place: said(container.place(), container.place_in_chinese()),
            labels: reading.labels.iter().map(LabelOut::of).collect(),
            remarks: reading.remarks.iter().map(|remark| said(remark.to_string(), remark.in_chinese())).collect(),
            trouble: reading.trouble.as_ref().map(|trouble| said(trouble.to_string(), trouble.in_chinese())),
        }
    }
}

/// Something that the check found.
#[derive(Serialize)]
struct FindingOut {
    rule: &'static str,
    severity: Severity,
    /// What the rule asks for, and where it is written.
    asks: Said,
    source: &'static str,
    place: Option<Said>,
    field: Option<String>,
    what: Said,
    fix: Said,
}

impl FindingOut {
    fn of(finding: &Finding) -> Self {
        let rule = finding.rule;
        Self {
            rule: rule.id(),
            severity: finding.severity,
            asks: said(rule.in_english(), rule.in_chinese()),
            source: rule.source(),
            place: finding.place.as_ref().map(place),
            field: finding.field.clone(),
            what: said(finding.what.as_str(), finding.what_in_chinese()),
            fix: said(finding.fix.as_str(), finding.fix_in_chinese()),
        }
    }
}

/// What a check says.
#[derive(Serialize)]
pub(crate) struct Checked {
    #[serde(flatten)]
    read: ReadOut,
    verdict: &'static str,
    /// The word of the verdict, and what it means.
    says: Said,
    means: Said,
    findings: Vec<FindingOut>,
    /// Whom the producer's code names, where it is in the table that is built in.
    producer: Option<String>,
    /// Whether a signature is there and holds with the key beside it.
    is_signed: bool,
}

impl Checked {
    pub(crate) fn of(reading: &Reading) -> Self {
        let report = check(reading);
        let verdict = report.verdict;
        let producer = report.producer.as_deref().and_then(|code| Providers::built_in().name(code).map(str::to_owned));
        Self {
            read: ReadOut::of(reading),
            verdict: verdict.as_str(),
            says: said(verdict.as_str(), verdict.in_chinese()),
            means: said(verdict.meaning(), verdict.meaning_in_chinese()),
            findings: report.findings.iter().map(FindingOut::of).collect(),
            producer,
            is_signed: report.signature == Some(SignatureStatus::Valid),
        }
    }
}
