//! Arts. 7 and 8: where training data come from and how good they are, and how they are labelled.
//!
//! The numbers of Art. 7(4) and 8 are those of the basic requirements by which filings are measured; that standard does not
//! bind, so falling short of its sampling warns unless the operator raises it.

use specialis_policy::doubt::{consented, may_be, said};
use specialis_policy::facts::{AnnotationBatchFacts, TrainingIntakeFacts};
use specialis_policy::{Case, Cite, Finding, Level, Measure, Rule, cite};

use super::im;

const IM7: Rule = Rule::new("IM7", "im.art7.data", im("7"));
/// The same rule on the quality of data.
const QUALITY: Rule = IM7.on_duty("im.art7.quality");
const IM8: Rule = Rule::new("IM8", "im.art8.labelling", im("8"));
/// The basic requirements for the corpus and for labelling.
const CORPUS: Cite = cite("GBT45654", "5");

/// What law lets personal information rest on without consent.
const BASES: [&str; 4] = ["contract", "legal-duty", "public-interest", "published"];

fn reject() -> Measure {
    Measure::new("reject-sample")
}

/// Art. 7 on a source or batch. Research that serves nobody outside is not training of a service.
pub(super) fn intake(case: &Case, findings: &mut Vec<Finding>) {
    let Some(intake) = case.training_intake() else { return };
    if intake.aim.as_deref() == Some("research") {
        findings.extend([IM7, QUALITY].map(|rule| rule.not_applicable("research")));
        return;
    }
    let before = findings.len();
    lawful_source(case, intake, findings);
    if findings.len() == before {
        findings.push(IM7.met());
    }
    let before = findings.len();
    good_enough(case, intake, findings);
    if findings.len() == before {
        findings.push(QUALITY.met());
    }
}

fn lawful_source(case: &Case, intake: &TrainingIntakeFacts, findings: &mut Vec<Finding>) {
    let reason = if said(intake.source.as_deref()).is_none() || said(intake.licence.as_deref()).is_none() {
        Some("source-not-lawful")
    } else if intake.rights_cleared != Some(true) {
        Some("rights-not-cleared")
    } else {
        None
    };
    findings.extend(reason.map(|reason| IM7.require(Level::Stop, reason).measure(reject())));
    if said(intake.collection_record.as_deref()).is_none() {
        findings.push(IM7.require(Level::Review, "collection-not-recorded"));
    }
    if may_be(intake.stage.as_deref(), &["training"]) && !is_base_filed(case, intake) {
        let filing = Measure::new("require-filing").id("kind", "base-model");
        findings.push(IM7.require(Level::Stop, "base-model-not-filed").measure(filing));
    }
    if intake.personal_data != Some(false) && !has_basis(case, intake) {
        let consent = Measure::new("require-consent").id("scope", "training").id("by", "person-shown");
        findings.push(IM7.require(Level::Stop, "no-basis-for-personal-data").measure(consent).measure(reject()));
    }
}

/// A model built on none of somebody else's needs no filing of it.
fn is_base_filed(case: &Case, intake: &TrainingIntakeFacts) -> bool {
    case.model().base_model.as_deref() == Some("own")
        || said(intake.base_model_filing_number.as_deref()).is_some()
        || said(case.model().base_model_filing_number.as_deref()).is_some()
}

fn has_basis(case: &Case, intake: &TrainingIntakeFacts) -> bool {
    match intake.personal_data_basis.as_deref() {
        Some("consent") => consented(intake.consents.as_deref(), "training", &["self", "guardian"], case.as_of()),
        basis => basis.is_some_and(|basis| BASES.contains(&basis)),
    }
}

fn good_enough(case: &Case, intake: &TrainingIntakeFacts, findings: &mut Vec<Finding>) {
    let at_most = |value: Option<u32>, limit: &str| value.is_some_and(|value| i64::from(value) <= case.number(limit));
    let at_least = |value: Option<u32>, limit: &str| value.is_some_and(|value| i64::from(value) >= case.number(limit));
    // Sampled before collection, and once more after it.
    if !at_most(intake.unlawful_permille, "unlawful-permille") {
        let reason = if intake.unlawful_permille.is_some() { "too-much-unlawful" } else { "never-sampled" };
        findings.push(QUALITY.require(Level::Stop, reason).measure(reject()));
    }
    if !may_be(intake.stage.as_deref(), &["verified", "training"]) {
        return;
    }
    let level = if case.flag("sampling-reviewed") { Level::Review } else { Level::Warn };
    let sampled =
        at_least(intake.sampled_items, "sampled-items") && at_least(intake.passed_permille, "passed-permille");
    if !sampled {
        findings.push(QUALITY.citing(CORPUS).require(level, "sample-falls-short"));
    }
    if !at_least(intake.machine_checked_permille, "machine-checked-permille") {
        findings.push(QUALITY.citing(CORPUS).require(level, "machine-check-falls-short"));
    }
}

/// Art. 8 on a batch of labelled data.
pub(super) fn annotation(case: &Case, findings: &mut Vec<Finding>) {
    let Some(batch) = case.annotation_batch() else { return };
    let before = findings.len();
    let mut wrong = |level, reason| findings.push(IM8.require(level, reason).measure(reject()));
    if said(batch.rules_version.as_deref()).is_none() {
        wrong(Level::Stop, "no-labelling-rules");
    }
    let at_least = |value: Option<u32>, limit: i64| value.is_some_and(|value| i64::from(value) >= limit);
    // Every label that serves safety is looked at by somebody else; of the others a sample is.
    let is_safety = may_be(batch.aim.as_deref(), &["safety"]);
    let share = if is_safety { 1_000 } else { case.number("labels-sampled-permille") };
    if !at_least(batch.sampled_permille, share) {
        wrong(Level::Review, "labels-not-checked");
    }
    if !at_least(batch.accuracy_permille, case.number("labels-accuracy-permille")) {
        wrong(Level::Stop, "labels-inaccurate");
    }
    if !is_apart(batch) {
        wrong(Level::Review, "labeller-reviews-own");
    }
    let limit = case.number("labeller-training-days");
    if batch.trained_on.is_none_or(|day| day > case.as_of() || day.days_until(case.as_of()) > limit) {
        wrong(Level::Review, "labeller-not-trained");
    }
    if is_safety && batch.stored_apart != Some(true) {
        wrong(Level::Review, "safety-data-not-apart");
    }
    if findings.len() == before {
        findings.push(IM8.met());
    }
}

/// Whoever labels does not review.
fn is_apart(batch: &AnnotationBatchFacts) -> bool {
    match (said(batch.labeller.as_deref()), said(batch.reviewer.as_deref())) {
        (Some(labeller), Some(reviewer)) => labeller != reviewer,
        (None, _) | (_, None) => false,
    }
}
