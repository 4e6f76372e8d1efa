//! What a check says, for systems that review code or run tests.

use std::path::{Path, PathBuf};

use serde_json::{Value, json};
use specialis_label::{Finding, Report, Rule, Severity, Verdict};

use super::words::{finding_in, place_in, verdict_in};
use crate::options::Language;
use crate::output::{self, JunitCase, JunitProblem};

/// What was said of a file.
pub(super) struct Checked {
    pub(super) path: PathBuf,
    pub(super) report: Option<Report>,
    /// Why it could not be opened.
    pub(super) error: Option<String>,
}

/// Results that are no findings about a label.
const STATES: [(&str, &str, &str); 3] = [
    ("not-found", "the file was read to its end and carries no label", "文件全部读完，没有标识"),
    ("inconclusive", "the file could not be read to its end", "文件不能读完"),
    ("unreadable", "the file could not be opened", "文件不能打开"),
];

impl Checked {
    /// The rule and the sentence for a file without a label, or about which nothing can be said.
    fn state(&self, lang: Language) -> Option<(&'static str, String)> {
        let [not_found, inconclusive, unreadable] = STATES.map(|(id, en, zh)| (id, lang.pick(en, zh)));
        match (&self.report, &self.error) {
            (_, Some(error)) => Some((unreadable.0, error.clone())),
            (Some(report), None) if report.verdict == Verdict::NotFound => Some((not_found.0, not_found.1.to_owned())),
            (Some(report), None) if report.verdict == Verdict::Inconclusive => {
                Some((inconclusive.0, inconclusive.1.to_owned()))
            }
            (Some(_) | None, None) => None,
        }
    }
}

/// One document of SARIF 2.1.0, with a result for each finding and for each file without a label.
pub(super) fn sarif(files: &[Checked], lang: Language) -> Value {
    let rules = Rule::ALL.iter().map(|rule| {
        json!({
            "id": rule.id(),
            "shortDescription": { "text": rule.in_english() },
            "fullDescription": { "text": rule.in_chinese() },
            "defaultConfiguration": { "level": level(rule.severity()) },
            "help": { "text": rule.source() },
        })
    });
    let states = STATES
        .iter()
        .map(|(id, en, zh)| json!({ "id": id, "shortDescription": { "text": en }, "fullDescription": { "text": zh } }));
    let rules: Vec<Value> = rules.chain(states).collect();
    let mut results = Vec::new();
    for file in files {
        let findings = file.report.iter().flat_map(|report| &report.findings);
        results.extend(findings.map(|finding| {
            let text = finding_in(lang, finding);
            let at = finding.place.as_ref().map(|place| place.at);
            result(finding.rule.id(), level(finding.severity), &text, &file.path, at)
        }));
        results.extend(file.state(lang).map(|(id, text)| result(id, "error", &text, &file.path, None)));
    }
    json!({
        "$schema": "https://json.schemastore.org/sarif-2.1.0.json",
        "version": "2.1.0",
        "runs": [{
            "tool": { "driver": { "name": "specialis label", "version": env!("CARGO_PKG_VERSION"), "rules": rules } },
            "results": results,
        }],
    })
}

fn level(severity: Severity) -> &'static str {
    match severity {
        Severity::Violation => "error",
        Severity::Note => "note",
    }
}

fn result(rule: &str, level: &str, text: &str, path: &Path, at: Option<u64>) -> Value {
    let mut place = json!({ "artifactLocation": { "uri": uri(path) } });
    if let (Some(at), Value::Object(map)) = (at, &mut place) {
        map.insert("region".to_owned(), json!({ "byteOffset": at, "byteLength": 0 }));
    }
    json!({
        "ruleId": rule,
        "level": level,
        "message": { "text": text },
        "locations": [{ "physicalLocation": place }],
    })
}

/// A path as a reference: every byte that is no plain character in percent.
fn uri(path: &Path) -> String {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'/' | b'.' | b'-' | b'_' | b'~');
    let written = |byte: u8| match byte {
        b'\\' if cfg!(windows) => "/".to_owned(),
        byte if plain(byte) => char::from(byte).to_string(),
        byte => format!("%{byte:02X}"),
    };
    path.as_os_str().as_encoded_bytes().iter().copied().map(written).collect()
}

/// One document of JUnit: each file is a test, which fails where its label is not compliant or is missing.
pub(super) fn junit(files: &[Checked], lang: Language) -> String {
    let problem = |file: &Checked| {
        if let Some(error) = &file.error {
            return Some(JunitProblem::Error { kind: "unreadable".to_owned(), message: error.clone() });
        }
        let verdict = file.report.as_ref().map_or(Verdict::Inconclusive, |report| report.verdict);
        if file.report.is_some() && verdict == Verdict::Compliant {
            return None;
        }
        let findings = file.report.iter().flat_map(|report| &report.findings);
        let line = |finding: &Finding| match &finding.place {
            Some(place) => format!("{}: {}: {}", finding.rule, place_in(lang, place), finding_in(lang, finding)),
            None => format!("{}: {}", finding.rule, finding_in(lang, finding)),
        };
        let lines: Vec<String> = findings.map(line).collect();
        let message = verdict_in(lang, verdict).to_string();
        Some(JunitProblem::Failure { kind: verdict.to_string(), message, text: lines.join("\n") })
    };
    let cases = files.iter().map(|file| JunitCase {
        class: "label".to_owned(),
        name: file.path.display().to_string(),
        problem: problem(file),
    });
    output::junit("specialis label check", &cases.collect::<Vec<_>>())
}
