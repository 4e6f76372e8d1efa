//! Personal information in what is shown or published.

use specialis_policy::{Case, Finding, Level, Rule, cite};

use crate::measures::delete_personal;
use crate::reach;

/// Personal information is masked where it is shown to somebody; what is published is not disclosed without consent, and what was
/// stored of it is deleted, but for what a law requires to be kept, such as the copy of published news.
pub const PI1: Rule = Rule::new("PI1", "common.pi.output", cite("PIPL", "10"));

/// Answers on output, media and publications with personal information in shown text.
pub fn pi1(case: &Case) -> Vec<Finding> {
    if !reach::goes_out(case) {
        return Vec::new();
    }
    let personal = case.texts("personal-categories");
    let spans = reach::spans(reach::shown_hits(case, |hit| personal.contains(&hit.category)));
    if spans.is_empty() {
        return Vec::new();
    }
    let found = |rule: Rule, reason| rule.require(Level::Redact, reason).at_all(spans.clone());
    let masked =
        |rule: Rule| spans.iter().fold(found(rule, "personal-information"), |finding, span| finding.redact(*span));
    if case.publication().is_none() {
        return vec![masked(PI1), masked(PI1.citing(cite("IM", "4(4)")))];
    }
    let stored = found(PI1.citing(cite("PIPL", "47(1)")), "personal-information-stored");
    vec![masked(PI1.citing(cite("PIPL", "25"))), stored.measure(delete_personal(case))]
}

#[cfg(test)]
mod tests {
    use specialis_policy::facts::{MediaFacts, Part};
    use specialis_policy::testing::CaseBuilder;

    use super::*;

    const MANIFEST: &str = include_str!("../../policy.toml");

    fn output() -> CaseBuilder {
        CaseBuilder::new("output").defaults_of(MANIFEST)
    }

    #[test]
    fn a_number_in_shown_output_is_masked_and_nothing_else_is_asked() {
        let findings = pi1(&output().text("请联系13800138000。").hit("pi.mobile", "13800138000").build());
        let cited: Vec<_> = findings.iter().filter_map(Finding::cites).collect();
        assert_eq!(cited, [cite("PIPL", "10"), cite("IM", "4(4)")]);
        for finding in &findings {
            assert_eq!((finding.level(), finding.demand().unwrap().obligations.len()), (Some(Level::Redact), 1));
            assert!(finding.get_measure("delete-personal").is_none());
        }
    }

    #[test]
    fn hidden_text_and_categories_the_operator_left_out_stay() {
        let hidden = Part { role: "assistant".into(), medium: "text".into(), shown: false, ..Part::default() };
        let case = output().part_with_text(hidden, "13800138000").hit("pi.mobile", "13800138000").build();
        assert_eq!(pi1(&case), []);
        assert_eq!(pi1(&output().text("10.0.0.1").hit("pi.ip", "10.0.0.1").build()), []);
        assert_eq!(pi1(&CaseBuilder::new("prompt").text("13800138000").hit("pi.mobile", "13800138000").build()), []);
    }

    #[test]
    fn a_publication_deletes_what_it_stored_and_no_law_keeps() {
        let case = CaseBuilder::new("publication").defaults_of(MANIFEST).text("13800138000");
        let findings = pi1(&case.hit("pi.mobile", "13800138000").build());
        assert!(findings.iter().any(|finding| finding.get_measure("delete-personal").is_some()));
        assert!(findings.iter().all(|finding| finding.get_measure("delete").is_none()));
        assert!(findings.iter().all(|finding| finding.level() == Some(Level::Redact)));
    }

    #[test]
    fn a_medium_of_unknown_direction_goes_out() {
        for (direction, n) in [(Some("in"), 0), (Some("out"), 2), (None, 2)] {
            let facts = MediaFacts { direction: direction.map(str::to_owned), ..MediaFacts::default() };
            let case = CaseBuilder::new("media").defaults_of(MANIFEST).media(facts).text("13800138000");
            assert_eq!(pi1(&case.hit("pi.mobile", "13800138000").build()).len(), n, "{direction:?}");
        }
    }
}
