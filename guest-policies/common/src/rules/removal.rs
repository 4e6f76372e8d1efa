//! Labels that somebody removes, alters, forges or hides.

use specialis_policy::facts::LabelReading;
use specialis_policy::{Case, Finding, Level, Rule, cite};

use crate::measures::notice;

/// Nobody removes, alters, forges or hides labels.
pub const DS18: Rule = Rule::new("DS18", "common.dsp18.removal", cite("DSP", "18"));

/// Answers on media and on publications.
pub fn ds18(case: &Case) -> Vec<Finding> {
    if let Some(media) = case.media() {
        return vec![match media.operation.as_deref() {
            Some("remove-label") => DS18.require(Level::Stop, "removal-asked"),
            None => DS18.require(Level::Stop, "operation-unknown"),
            Some(_) => DS18.not_applicable("no-removal"),
        }];
    }
    let Some(publication) = case.publication() else { return Vec::new() };
    let duty = DS18.citing(cite("LM", "10"));
    // The missing label itself is owed under other rules; here whoever publishes is told of the duty.
    let warn = |reason| duty.require(Level::Warn, reason).measure(notice("label-duty"));
    vec![match &publication.label {
        _ if publication.action.as_deref() == Some("list-application") => duty.not_applicable("not-released"),
        None => warn("label-unchecked"),
        Some(label) if is_altered(case, label) => warn("alteration-found"),
        // A checker that could not tell has not seen an unaltered label.
        Some(label) if label.verdict == "inconclusive" => warn("label-unchecked"),
        Some(_) => duty.met(),
    }]
}

fn is_altered(case: &Case, label: &LabelReading) -> bool {
    let altered = case.texts("alteration-findings");
    label.findings.iter().any(|finding| altered.contains(finding))
}

#[cfg(test)]
mod tests {
    use specialis_policy::facts::{MediaFacts, PublicationFacts};
    use specialis_policy::testing::CaseBuilder;

    use super::*;

    #[test]
    fn removing_a_label_stops_and_so_does_not_knowing() {
        let level = |operation: Option<&str>| {
            let facts = MediaFacts { operation: operation.map(str::to_owned), ..MediaFacts::default() };
            ds18(&CaseBuilder::new("media").media(facts).build()).first().and_then(Finding::level)
        };
        assert_eq!(level(Some("remove-label")), Some(Level::Stop));
        assert_eq!(level(None), Some(Level::Stop));
        assert_eq!(level(Some("edit")), None);
    }

    #[test]
    fn a_checker_that_could_not_tell_has_checked_nothing() {
        let level = |verdict: &str| {
            let label = Some(LabelReading { verdict: verdict.into(), ..LabelReading::default() });
            let facts = PublicationFacts { label, ..PublicationFacts::default() };
            let case = CaseBuilder::new("publication").defaults_of(include_str!("../../policy.toml"));
            ds18(&case.publication(facts).build()).first().and_then(Finding::level)
        };
        assert_eq!(level("inconclusive"), Some(Level::Warn));
        for verdict in ["compliant", "non-compliant", "not-found"] {
            assert_eq!(level(verdict), None, "{verdict}");
        }
    }

    #[test]
    fn a_faulty_label_is_no_altered_one() {
        let level = |findings: Option<&[&str]>| {
            let label = findings.map(|findings| LabelReading {
                verdict: "non-compliant".into(),
                findings: findings.iter().map(|&finding| finding.to_owned()).collect(),
                ..LabelReading::default()
            });
            let facts = PublicationFacts { label, ..PublicationFacts::default() };
            let case = CaseBuilder::new("publication").defaults_of(include_str!("../../policy.toml"));
            ds18(&case.publication(facts).build()).first().and_then(Finding::level)
        };
        assert_eq!(level(Some(&["altered"])), Some(Level::Warn));
        assert_eq!(level(Some(&["attribute-not-1-2-3"])), None);
        assert_eq!(level(None), Some(Level::Warn));
    }
}
