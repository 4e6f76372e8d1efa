//! F3: a drama goes online with the number of its filing shown, or not at all. For a micro-drama it is the one filing of the tier that
//! the work needs, by the notice on them; for another drama its licence, by the provisions on programs online or the regulations on
//! stations. Where the tier is in doubt, each filing that the work may need is asked for: none of them stands for another.

use specialis_policy::doubt::said;
use specialis_policy::facts::PublicationFacts;
use specialis_policy::{Case, Cite, Finding, Level, Measure, Rule, cite};

use super::review::is_by_station;
use super::tier::{Scheme, filing};
use super::work::{may_go_online, may_have_form};

const F3: Rule = Rule::new("F3", "film.filing", cite("NRTA-DRAMA-2025", "filing"));

/// Dramas that go online, and those that a station broadcasts.
const PROGRAMS: Cite = cite("AVP", "distribution");
const STATIONS: Cite = cite("RTV", "distribution");

pub(super) fn f3(case: &Case, publication: &PublicationFacts, schemes: &[Scheme<'_>]) -> Vec<Finding> {
    if !may_go_online(publication) {
        return Vec::new();
    }
    let is_shown = said(publication.filing_number.as_deref()).is_some();
    let answer = |rule: Rule, owed: Vec<Measure>| {
        if is_shown { rule.met() } else { rule.require(Level::Stop, "filing-number-missing").measures(owed) }
    };
    let mut findings = Vec::new();
    if may_have_form(publication, &["micro-drama", "animation"]) {
        let mut kinds: Vec<&str> = Vec::new();
        for kind in schemes.iter().flat_map(Scheme::filings_needed) {
            if !kinds.contains(&kind) {
                kinds.push(kind);
            }
        }
        findings.push(answer(F3, kinds.into_iter().map(filing).collect()));
    }
    if may_have_form(publication, &["drama"]) {
        let licence = Measure::new("require-licence").id("category", "drama/distribution");
        let basis = if is_by_station(case) { STATIONS } else { PROGRAMS };
        findings.push(answer(F3.citing(basis), vec![licence]));
    }
    findings
}

#[cfg(test)]
mod tests {
    use specialis_policy::testing::CaseBuilder;

    use super::super::tier::Tables;
    use super::*;

    fn judged(facts: PublicationFacts) -> Vec<Finding> {
        let case = CaseBuilder::new("publication").defaults_of(include_str!("../../policy.toml"));
        let case = case.publication(facts).build();
        let publication = case.publication().unwrap();
        f3(&case, publication, &case.settings().prepared::<Tables>().schemes(&case, publication))
    }

    fn obligations(form: Option<&str>, tier: Option<&str>, number: Option<&str>) -> Option<usize> {
        let own = |word: Option<&str>| word.map(str::to_owned);
        let facts = PublicationFacts {
            action: own(Some("publish")),
            form: own(form),
            filed_tier: own(tier),
            filing_number: own(number),
            ..PublicationFacts::default()
        };
        let findings = judged(facts);
        let asked = |finding: &Finding| finding.demand().map_or(0, |demand| demand.obligations.len());
        (!findings.is_empty()).then(|| findings.iter().map(asked).sum())
    }

    #[test]
    fn without_a_number_nothing_goes_online() {
        assert_eq!(obligations(Some("micro-drama"), Some("key"), Some("（京）剧审字（2026）第001号")), Some(0));
        assert_eq!(obligations(Some("micro-drama"), Some("key"), Some("  ")), Some(3));
        assert_eq!(obligations(Some("micro-drama"), None, None), Some(3));
        assert_eq!(obligations(Some("drama"), None, None), Some(1));
        assert_eq!(obligations(None, None, None), Some(4));
        assert_eq!(obligations(Some("film"), None, None), None);
    }

    #[test]
    fn a_drama_that_is_no_micro_drama_has_a_basis_of_its_own() {
        let cited = |form: Option<&str>| -> Vec<&str> {
            let facts = PublicationFacts { form: form.map(str::to_owned), ..PublicationFacts::default() };
            judged(facts).iter().filter_map(Finding::cites).map(|cite| cite.instrument).collect()
        };
        assert_eq!(cited(Some("drama")), ["AVP"]);
        assert_eq!(cited(Some("micro-drama")), ["NRTA-DRAMA-2025"]);
        assert_eq!(cited(None), ["NRTA-DRAMA-2025", "AVP"]);
    }

    #[test]
    fn it_is_the_one_filing_of_the_tier() {
        let owed = |budget| {
            let facts = PublicationFacts {
                action: Some("publish".to_owned()),
                form: Some("micro-drama".to_owned()),
                ai_made: Some(true),
                themes: Some(vec!["other".to_owned()]),
                filed_tier: Some("other".to_owned()),
                budget_yuan: Some(budget),
                ..PublicationFacts::default()
            };
            let findings = judged(facts);
            let demand = findings.first().and_then(Finding::demand).unwrap();
            format!("{:?}", demand.obligations)
        };
        for (budget, kind) in
            [(800_000, "micro-drama-key"), (799_999, "micro-drama-ordinary"), (299_999, "micro-drama-other")]
        {
            let owed = owed(budget);
            assert_eq!((owed.contains(kind), owed.matches("require-filing").count()), (true, 1), "{owed}");
        }
    }

    #[test]
    fn a_download_is_not_online() {
        let facts = PublicationFacts { action: Some("download".to_owned()), ..PublicationFacts::default() };
        assert_eq!(judged(facts), []);
    }
}
