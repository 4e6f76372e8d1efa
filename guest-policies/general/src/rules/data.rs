//! Arts. 7 and 8: where training data come from and how good they are, and how they are labelled.
//!
//! The numbers, and what else only the basic requirements for filings ask, are those of a standard that does not bind: falling
//! short of it warns unless the operator has a person decide. Shares are judged on the counts, where they are given, and not on what
//! was rounded from them.

use specialis_policy::doubt::{consented, may_be, said, surely, surely_at_least, surely_at_most};
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
/// The scope of a separate consent to sensitive information.
const SENSITIVE: &str = "sensitive-personal-information";

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

/// A share as two counts, or in thousandths where nobody counted.
struct Share {
    part: Option<u64>,
    whole: Option<u64>,
    permille: Option<u32>,
}

impl Share {
    fn is_counted(&self) -> bool {
        self.part.is_some() && self.whole.is_some()
    }

    fn is_known(&self) -> bool {
        self.is_counted() || self.permille.is_some()
    }

    /// Thousandths were rounded: those that are just the limit may be over it.
    fn is_at_most(&self, limit: i64) -> bool {
        match self.permille {
            Some(permille) if !self.is_counted() => i64::from(permille) < limit,
            Some(_) | None => surely_at_most(self.part, self.whole, limit),
        }
    }

    /// And those that are just the limit may be under it.
    fn is_at_least(&self, limit: i64) -> bool {
        match self.permille {
            Some(permille) if !self.is_counted() => i64::from(permille) > limit,
            Some(_) | None => surely_at_least(self.part, self.whole, limit),
        }
    }
}

/// What the standard asks and the Measures do not.
fn standard(case: &Case, rule: Rule, reason: &'static str) -> Finding {
    soft(case, rule.citing(CORPUS), reason)
}

/// Falling short of what does not bind.
pub(super) fn soft(case: &Case, rule: Rule, reason: &'static str) -> Finding {
    rule.require(if case.flag("standard-reviewed") { Level::Review } else { Level::Warn }, reason)
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
        findings.push(standard(case, IM7, "collection-not-recorded"));
    }
    if may_be(intake.stage.as_deref(), &["training"]) && !is_base_filed(case, intake) {
        // What goes out with a warning does not wait for a filing.
        let measure = if case.flag("standard-reviewed") { "require-filing" } else { "complete-filing" };
        let filing = Measure::new(measure).id("kind", "base-model");
        findings.push(standard(case, IM7, "base-model-not-filed").measure(filing));
    }
    let more = case.more_training_intake();
    // Faces and what belongs to children are personal data, whatever else is said of the batch.
    if intake.personal_data != Some(false) || more.sensitive_data == Some(true) || more.children_data == Some(true) {
        personal(case, intake, findings);
    }
}

/// Personal information has a basis; sensitive information a separate consent, and that of a child the guardian's.
fn personal(case: &Case, intake: &TrainingIntakeFacts, findings: &mut Vec<Finding>) {
    let ask = |rule: Rule, reason, scope: &'static str, by: &'static str| {
        let consent = Measure::new("require-consent").id("scope", scope).id("by", by);
        rule.require(Level::Stop, reason).measure(consent).measure(reject())
    };
    if !has_basis(case, intake) {
        findings.push(ask(IM7, "no-basis-for-personal-data", "training", "person-shown"));
    }
    let more = case.more_training_intake();
    let given = |scope: &str, by: &[&str]| consented(intake.consents.as_deref(), scope, by, case.as_of());
    let by_law = surely(intake.personal_data_basis.as_deref(), &["legal-duty", "public-interest"]);
    if more.sensitive_data != Some(false) && !by_law && !given(SENSITIVE, &["self", "guardian"]) {
        let separate = IM7.citing(cite("PIPL", "29"));
        findings.push(ask(separate, "separate-consent-missing", SENSITIVE, "person-shown"));
    }
    if more.children_data != Some(false) && !by_law && !given("training", &["guardian"]) {
        findings.push(ask(IM7.citing(cite("PIPL", "31")), "guardian-consent-missing", "training", "guardian"));
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
    let more = case.more_training_intake();
    let sampled = intake.sampled_items.map(u64::from);
    let unlawful =
        Share { part: more.unlawful_items.map(u64::from), whole: sampled, permille: intake.unlawful_permille };
    // Sampled before collection, and once more after it.
    if !unlawful.is_at_most(case.number("unlawful-permille")) {
        let reason = if unlawful.is_known() { "too-much-unlawful" } else { "never-sampled" };
        findings.push(standard(case, QUALITY, reason).measure(reject()));
    }
    if !may_be(intake.stage.as_deref(), &["verified", "training"]) {
        return;
    }
    let passed = Share { part: more.passed_items.map(u64::from), whole: sampled, permille: intake.passed_permille };
    let has_passed = passed.is_at_least(case.number("passed-permille"));
    if !has_passed || sampled.is_none_or(|n| i64::try_from(n).is_ok_and(|n| n < case.number("sampled-items"))) {
        findings.push(standard(case, QUALITY, "sample-falls-short"));
    }
    let (part, whole) = (more.machine_checked_items, more.corpus_items);
    let checked = Share { part, whole, permille: intake.machine_checked_permille };
    if !checked.is_at_least(case.number("machine-checked-permille")) {
        findings.push(standard(case, QUALITY, "machine-check-falls-short"));
    }
}

/// Art. 8 on a batch of labelled data: rules, checks of samples, training. How much is checked and how right it is, the standard
/// says.
pub(super) fn annotation(case: &Case, findings: &mut Vec<Finding>) {
    let Some(batch) = case.annotation_batch() else { return };
    let more = case.more_annotation_batch();
    let before = findings.len();
    if said(batch.rules_version.as_deref()).is_none() {
        findings.push(IM8.require(Level::Stop, "no-labelling-rules").measure(reject()));
    }
    let (items, sampled) = (more.batch_items.map(u64::from), more.sampled_items.map(u64::from));
    let checked = Share { part: sampled, whole: items, permille: batch.sampled_permille };
    if sampled == Some(0) || !checked.is_known() {
        findings.push(IM8.require(Level::Review, "labels-not-checked").measure(reject()));
    }
    // Every label that serves safety is looked at by somebody else; of the others a sample is.
    let is_safety = may_be(batch.aim.as_deref(), &["safety"]);
    if !checked.is_at_least(if is_safety { 1_000 } else { case.number("labels-sampled-permille") }) {
        findings.push(standard(case, IM8, "too-few-labels-checked").measure(reject()));
    }
    let part = more.accurate_items.map(u64::from);
    let accurate = Share { part, whole: sampled, permille: batch.accuracy_permille };
    if !accurate.is_at_least(case.number("labels-accuracy-permille")) {
        findings.push(standard(case, IM8, "labels-inaccurate").measure(reject()));
    }
    if !is_apart(batch) {
        findings.push(standard(case, IM8, "labeller-reviews-own").measure(reject()));
    }
    // Art. 8 asks for training, and says nothing of how long ago.
    let trained = batch.trained_on.filter(|day| *day <= case.as_of());
    if trained.is_none() {
        findings.push(IM8.require(Level::Review, "labeller-not-trained").measure(reject()));
    }
    if trained.is_none_or(|day| day.days_until(case.as_of()) > case.number("labeller-training-days")) {
        findings.push(standard(case, IM8, "labeller-training-old").measure(reject()));
    }
    if is_safety && batch.stored_apart != Some(true) {
        findings.push(standard(case, IM8, "safety-data-not-apart").measure(reject()));
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
