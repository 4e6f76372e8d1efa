//! A decision as a line of JSON, as much of it as the demo shows.

use anyhow::{Context, Result};
use serde_json::Value;

/// One decision.
#[derive(Debug, Clone)]
pub(super) struct Decision {
    pub(super) id: String,
    pub(super) session: String,
    pub(super) seq: String,
    pub(super) kind: String,
    /// The sectors that are certain or possible.
    pub(super) sectors: Vec<String>,
    pub(super) verdict: String,
    pub(super) duties: Vec<Duty>,
    pub(super) obligations: Vec<String>,
    /// Whether a relaxation was asked for and refused.
    pub(super) has_refused_relaxation: bool,
    /// Whether obligations of different duties cannot stand together.
    pub(super) has_conflict: bool,
}

impl Decision {
    /// The rules of precedence that decided, duty by duty. A conflict between duties is decided by R8, and stands on none.
    pub(super) fn rules(&self) -> impl Iterator<Item = &str> {
        let on_duties = self.duties.iter().flat_map(|duty| &duty.rules).map(String::as_str);
        on_duties.chain(self.has_conflict.then_some("R8"))
    }
}

/// One duty of a decision.
#[derive(Debug, Clone)]
pub(super) struct Duty {
    pub(super) name: String,
    pub(super) level: String,
    /// The rules of precedence that decided, for example `R2`.
    pub(super) rules: Vec<String>,
    pub(super) findings: Vec<Finding>,
}

/// One finding on a duty.
#[derive(Debug, Clone)]
pub(super) struct Finding {
    pub(super) policy: String,
    pub(super) rule: String,
    pub(super) case: String,
}

/// Reads one decision a line.
///
/// # Errors
///
/// If a line is not JSON or lacks what names a decision, or if there is none.
pub(super) fn read(lines: &str) -> Result<Vec<Decision>> {
    let lines = (1_usize..).zip(lines.lines()).filter(|(_, line)| !line.trim().is_empty());
    let decisions: Vec<Decision> = lines
        .map(|(at, line)| parse(line).with_context(|| format!("line {at} of the decisions cannot be shown")))
        .collect::<Result<_>>()?;
    anyhow::ensure!(!decisions.is_empty(), "there is no decision to show; check that the example events are not empty");
    Ok(decisions)
}

fn parse(line: &str) -> Result<Decision> {
    let value: Value = serde_json::from_str(line).context("it is not JSON")?;
    let required = |key: &str| text(&value, key).with_context(|| format!("it has no `{key}`"));
    Ok(Decision {
        id: required("id")?,
        session: required("session")?,
        seq: required("seq")?,
        kind: required("kind")?,
        sectors: sectors(&value),
        verdict: required("verdict")?,
        duties: list(&value, "duties").map(duty).collect(),
        obligations: list(&value, "obligations").map(obligation).collect(),
        has_refused_relaxation: mentions(&value, "relaxation-refused"),
        has_conflict: list(&value, "conflicts").next().is_some(),
    })
}

fn duty(value: &Value) -> Duty {
    Duty {
        name: text(value, "duty").unwrap_or_default(),
        level: text(value, "level").unwrap_or_default(),
        rules: list(value, "rules").filter_map(Value::as_str).map(str::to_owned).collect(),
        findings: list(value, "findings").map(finding).collect(),
    }
}

fn finding(value: &Value) -> Finding {
    let part = |key| text(value, key).unwrap_or_default();
    Finding { policy: part("policy"), rule: part("rule"), case: part("case") }
}

/// The sectors whose status is not `no`; a status is a word, or an object that has one.
fn sectors(value: &Value) -> Vec<String> {
    let statuses = value.get("sectors").and_then(Value::as_object).into_iter().flatten();
    let possible = statuses.filter(|(_, status)| status.get("status").unwrap_or(status).as_str() != Some("no"));
    possible.map(|(sector, _)| sector.clone()).collect()
}

/// An obligation in one line: its id with its parameters, or the JSON where it has none.
fn obligation(value: &Value) -> String {
    if let Some(word) = value.as_str() {
        return word.to_owned();
    }
    let named = ["measure", "action", "id", "obligation"].iter().find_map(|key| text(value, key));
    named.unwrap_or_else(|| value.to_string())
}

/// A text, or a number as text.
fn text(value: &Value, key: &str) -> Option<String> {
    let value = value.get(key)?;
    value.as_str().map(str::to_owned).or_else(|| value.as_u64().map(|number| number.to_string()))
}

fn list<'a>(value: &'a Value, key: &str) -> impl Iterator<Item = &'a Value> {
    value.get(key).and_then(Value::as_array).into_iter().flatten()
}

/// Whether a word stands anywhere in a value, as a key or inside a text.
fn mentions(value: &Value, word: &str) -> bool {
    value.as_str().is_some_and(|text| text.contains(word))
        || value.as_array().is_some_and(|items| items.iter().any(|item| mentions(item, word)))
        || value
            .as_object()
            .is_some_and(|fields| fields.iter().any(|(key, item)| key.contains(word) || mentions(item, word)))
}

#[cfg(test)]
pub(super) mod samples {
    use super::{Decision, Duty, Finding};

    /// A decision on one duty.
    pub(in crate::demo) fn decision(
        session: &str,
        kind: &str,
        sectors: &[&str],
        level: &str,
        rules: &[&str],
    ) -> Decision {
        let finding = Finding { policy: "general".into(), rule: "labels".into(), case: "require".into() };
        let rules = rules.iter().map(|rule| (*rule).to_owned()).collect();
        Decision {
            id: format!("id-{session}"),
            session: session.into(),
            seq: "1".into(),
            kind: kind.into(),
            sectors: sectors.iter().map(|sector| (*sector).to_owned()).collect(),
            verdict: level.into(),
            duties: vec![Duty { name: "label".into(), level: level.into(), rules, findings: vec![finding] }],
            obligations: vec!["label-explicit".into()],
            has_refused_relaxation: false,
            has_conflict: false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LINE: &str = r#"{"id":"a1","session":"s","seq":2,"kind":"output","sectors":{"film":"yes","news":{"status":"no"},
        "education":{"status":"unknown","source":"platform"}},"verdict":"warn","obligations":["stop",{"measure":"record"}],
        "duties":[{"duty":"d","level":"warn","rules":["R3"],"notes":["relaxation-refused"],
        "findings":[{"policy":"film","rule":"F2","case":"instead-of"}]}]}"#;

    #[test]
    fn line_is_read_as_far_as_it_is_shown() {
        let decisions = read(&LINE.replace('\n', "")).unwrap_or_default();
        assert_eq!(decisions.len(), 1);
        let decision = &decisions[0];
        assert_eq!((decision.seq.as_str(), decision.verdict.as_str()), ("2", "warn"));
        assert_eq!(decision.sectors, ["education", "film"]);
        assert_eq!(decision.obligations, ["stop", "record"]);
        assert!(decision.has_refused_relaxation);
        assert_eq!(decision.duties[0].rules, ["R3"]);
        assert_eq!(decision.duties[0].findings[0].case, "instead-of");
    }

    #[test]
    fn line_without_a_kind_is_refused_with_its_number() {
        let lines = format!("{}\n{{\"id\":\"b\",\"session\":\"s\",\"seq\":1}}", LINE.replace('\n', ""));
        let error = read(&lines).map(|_| ()).map_err(|error| format!("{error:#}"));
        assert_eq!(error, Err("line 2 of the decisions cannot be shown: it has no `kind`".to_owned()));
    }

    #[test]
    fn no_decision_at_all_is_refused() {
        assert!(read("\n").is_err());
    }
}
