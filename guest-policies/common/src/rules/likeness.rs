//! Faces, voices and scenes: consent of the person shown, assessment of functions that edit them.

use specialis_policy::doubt::{consented, may_be, may_hold, said};
use specialis_policy::facts::{Person, ServiceChangeFacts};
use specialis_policy::{Case, Finding, Level, Measure, Rule, cite};

use crate::reach;

/// Whoever edits a face or a voice tells the person and has separate consent.
pub const DS14: Rule = Rule::new("DS14", "common.dsp14.consent", cite("DSP", "14"));
/// Functions that edit faces, voices or scenes of national interest are assessed.
pub const DS15: Rule = Rule::new("DS15", "common.dsp15.assessment", cite("DSP", "15"));

/// What of a person needs a consent.
const BIOMETRIC: [&str; 2] = ["face", "voice"];
/// Forms of publication that show or sound like somebody.
const SHOWN: [&str; 6] = ["film", "drama", "micro-drama", "animation", "image", "audio"];
/// Functions that Art. 15 names.
const ASSESSED: [&str; 4] = ["face-edit", "voice-edit", "biometric-edit", "national-scene"];

/// What `person` is used for without a consent given by today.
fn missing<'a>(case: &'a Case, person: &'a Person) -> impl Iterator<Item = &'static str> + 'a {
    let is_given = |scope: &str| consented(Some(&person.consents), scope, &["self", "guardian"], case.as_of());
    BIOMETRIC.into_iter().filter(move |&scope| person.uses.iter().any(|used| used == scope) && !is_given(scope))
}

fn ask(scopes: &[&'static str]) -> Vec<Measure> {
    let consent = |scope: &&'static str| Measure::new("require-consent").id("scope", *scope).id("by", "person-shown");
    scopes.iter().map(consent).chain([Measure::new("remind").id("kind", "inform-person")]).collect()
}

/// Answers on media and publications that use a face or a voice. What is owed is that whoever edits is told; what comes
/// in was edited elsewhere. A work of words shows nobody.
pub fn ds14(case: &Case) -> Vec<Finding> {
    let asked = |reason, scopes: &[&'static str]| vec![DS14.require(Level::Warn, reason).measures(ask(scopes))];
    let persons = if let Some(media) = case.media() {
        if reach::comes_in(case) {
            return vec![DS14.not_applicable("incoming")];
        }
        media.persons.as_deref()
    } else if let Some(publication) = case.publication() {
        let is_shown = may_be(publication.form.as_deref(), &SHOWN) && publication.ai_made != Some(false);
        if !is_shown || !reach::is_released(publication) {
            return Vec::new();
        }
        publication.persons.as_deref()
    } else {
        return Vec::new();
    };
    let Some(persons) = persons else { return asked("person-unknown", &BIOMETRIC) };
    let mut scopes: Vec<&'static str> = persons.iter().flat_map(|person| missing(case, person)).collect();
    scopes.sort_unstable();
    scopes.dedup();
    let uses_any = persons.iter().any(|person| person.uses.iter().any(|used| BIOMETRIC.contains(&used.as_str())));
    match (uses_any, scopes.is_empty()) {
        (false, _) => Vec::new(),
        (true, true) => vec![DS14.met()],
        (true, false) => asked("separate-consent-missing", &scopes),
    }
}

/// Answers on launches and new functions.
pub fn ds15(case: &Case) -> Vec<Finding> {
    let Some(change) = case.service_change() else { return Vec::new() };
    let is_ours = may_be(change.change.as_deref(), &["launch", "new-function"])
        && may_hold(change.functions.as_deref(), &ASSESSED);
    if !is_ours {
        return Vec::new();
    }
    let assessment = Measure::new("require-filing").id("kind", "security-assessment");
    vec![if is_assessed(case, change) {
        DS15.met()
    } else {
        DS15.require(Level::Review, "assessment-missing").measure(assessment)
    }]
}

fn is_assessed(case: &Case, change: &ServiceChangeFacts) -> bool {
    said(change.assessment_number.as_deref()).is_some() && change.assessed_on.is_some_and(|day| day <= case.as_of())
}
