//! F3: a drama goes online with the number of its filing shown, or not at all. It is the one filing of the tier that the work needs.

use specialis_policy::doubt::said;
use specialis_policy::facts::PublicationFacts;
use specialis_policy::{Finding, Level, Measure, Rule, cite};

use super::tier::Scheme;
use super::work::{may_go_online, may_have_form};

const F3: Rule = Rule::new("F3", "film.filing", cite("NRTA-DRAMA-2025", "filing"));

pub(super) fn f3(publication: &PublicationFacts, schemes: &[Scheme<'_>]) -> Vec<Finding> {
    let may_be_micro = may_have_form(publication, &["micro-drama", "animation"]);
    let may_be_drama = may_have_form(publication, &["drama"]);
    if !may_go_online(publication) || !(may_be_micro || may_be_drama) {
        return Vec::new();
    }
    if said(publication.filing_number.as_deref()).is_some() {
        return vec![F3.met()];
    }
    let mut owed: Vec<Measure> = Vec::new();
    for filing in schemes.iter().filter(|_| may_be_micro).flat_map(|scheme| scheme.filings_needed(publication)) {
        if !owed.contains(&filing) {
            owed.push(filing);
        }
    }
    let licence = may_be_drama.then(|| Measure::new("require-licence").id("category", "drama/distribution"));
    vec![F3.require(Level::Stop, "filing-number-missing").measures(owed).measures(licence)]
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
        f3(publication, &case.settings().prepared::<Tables>().schemes(&case, publication))
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
        findings.first().map(|finding| finding.demand().map_or(0, |demand| demand.obligations.len()))
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
