//! The Labelling Measures beyond the label itself: what application stores verify, what the agreement says, what whoever
//! publishes declares, and the form that the mandatory standard asks of an explicit label.

use specialis_policy::doubt::{may_be, may_hold, said};
use specialis_policy::facts::LabelReading;
use specialis_policy::{Case, Finding, Level, Measure, Rule, cite, scope};

use crate::measures::label_explicit;
use crate::reach;

/// An application's labelling material is verified when it is listed.
pub const LM7: Rule = Rule::new("LM7", "common.lm7.listing", cite("LM", "7"));
/// The agreement explains how content is labelled.
pub const LM8: Rule = Rule::new("LM8", "common.lm8.agreement", cite("LM", "8"));
/// Whoever publishes generated content says so.
pub const LM10: Rule = Rule::new("LM10", "common.lm10.declare", cite("LM", "10"));
/// An explicit label has its two elements, its size and its time.
pub const GB5: Rule = Rule::new("GB5", "common.gb45438.form", cite("GB45438", "5"));

/// Answers where an application store lists an application.
pub fn lm7(case: &Case) -> Vec<Finding> {
    let Some(publication) = case.publication() else { return Vec::new() };
    let roles = case.service().roles.as_deref();
    if !may_be(publication.action.as_deref(), &["list-application"]) || !may_hold(roles, &["app-store"]) {
        return Vec::new();
    }
    vec![if said(publication.label_material.as_deref()).is_some() {
        LM7.met()
    } else {
        LM7.require(Level::Stop, "label-material-missing")
    }]
}

/// Answers when a user registers or accepts an agreement.
pub fn lm8(case: &Case) -> Vec<Finding> {
    let Some(account) = case.account() else { return Vec::new() };
    if !may_be(account.operation.as_deref(), &["register", "agreement"]) {
        return Vec::new();
    }
    let clauses = case.agreement().clauses.as_deref().unwrap_or_default();
    vec![if clauses.iter().any(|clause| clause == "labelling") {
        LM8.met()
    } else {
        LM8.require(Level::Review, "labelling-not-explained").measure(Measure::new("require-agreement"))
    }]
}

/// Answers on what persons publish. The service's own publications are labelled, not declared.
pub fn lm10(case: &Case) -> Vec<Finding> {
    let Some(publication) = case.publication() else { return Vec::new() };
    let is_by_user = may_be(publication.action.as_deref(), &["publish", "repost"])
        && may_be(publication.actor.as_deref(), &["individual", "self-media", "studio", "publisher"]);
    if !is_by_user || publication.ai_made == Some(false) {
        return Vec::new();
    }
    vec![if publication.declared_generated == Some(true) {
        LM10.met()
    } else {
        LM10.require(Level::Mark, "not-declared").measure(Measure::new("remind").id("kind", "declare-generated"))
    }]
}

/// Answers where people may perceive a label on media or a publication. Where surely none is, other rules ask for it.
pub fn gb5(case: &Case) -> Vec<Finding> {
    if scope::only_propagates(case) {
        return Vec::new();
    }
    let readings: Vec<(&str, Option<&LabelReading>)> = if let Some(publication) = case.publication() {
        if publication.ai_made == Some(false) || !reach::is_released(publication) {
            return Vec::new();
        }
        vec![("file", publication.label.as_ref())]
    } else if case.media().is_some() && !reach::comes_in(case) {
        let media = case.parts().iter().filter(|part| part.medium != "text");
        media.map(|part| (part.medium.as_str(), part.media.as_ref().and_then(|facts| facts.label.as_ref()))).collect()
    } else {
        return Vec::new();
    };
    let mut findings: Vec<Finding> = Vec::new();
    for (medium, label) in readings {
        if label.is_some_and(|label| label.explicit == Some(false)) {
            continue;
        }
        let finding = match label.map_or(Some("label-form-unknown"), |label| flaw(case, medium, label)) {
            None => GB5.met(),
            Some(reason) => GB5.require(Level::Mark, reason).measure(label_explicit("ai-generated", place(medium))),
        };
        if !findings.contains(&finding) {
            findings.push(finding);
        }
    }
    findings
}

fn flaw(case: &Case, medium: &str, label: &LabelReading) -> Option<&'static str> {
    let says = |element: &str| label.explicit_elements.as_ref().is_some_and(|all| all.iter().any(|one| one == element));
    let reaches = |value: Option<u32>, limit| value.is_some_and(|value| i64::from(value) >= case.number(limit));
    let is_picture = matches!(medium, "image" | "video" | "virtual-scene");
    if !says("ai") || !says("generation") {
        Some("label-element-missing")
    } else if is_picture && !reaches(label.explicit_height_permille, "label-height-permille") {
        Some("label-too-small")
    } else if medium == "video" && !reaches(label.explicit_ms, "label-ms") {
        Some("label-too-short")
    } else {
        None
    }
}

fn place(medium: &str) -> &'static str {
    match medium {
        "image" => "edge",
        "audio" | "video" | "virtual-scene" => "start",
        "file" => "file",
        _ => "content",
    }
}
