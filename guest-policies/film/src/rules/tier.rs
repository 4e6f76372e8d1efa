//! F1 and F2: the tier of a micro-drama, by what it costs, who makes it and what it is about.

use specialis_policy::doubt::may_hold;
use specialis_policy::facts::PublicationFacts;
use specialis_policy::{Case, Cite, Finding, Level, Measure, Rule, cite};

use super::work::{Tier, may_go_online, may_have_form};

const F1: Rule = Rule::new("F1", "film.tier", cite("NRTA-AI-DRAMA", "tiers"));
const F2: Rule = Rule::new("F2", "film.theme", cite("NRTA-AI-DRAMA", "themes"));
/// The tiers and themes of micro-dramas that people make.
const LIVE_TIERS: Cite = cite("NRTA-DRAMA", "tiers");
const LIVE_THEMES: Cite = cite("NRTA-DRAMA", "themes");

/// Themes that are always of the highest tier.
const SPECIAL: [&str; 9] = [
    "politics", "military", "foreign-affairs", "national-security", "united-front", "ethnic", "religious", "judicial",
    "public-security",
];

/// One finding for each way in which the work may be made: an unknown way is held to both.
pub(super) fn f1(case: &Case) -> Vec<Finding> {
    let Some(publication) = micro_drama(case) else { return Vec::new() };
    let mut findings = Vec::new();
    if publication.ai_made != Some(false) {
        findings.push(by_cost(case, publication, F1, "ai-key-yuan", "ai-ordinary-yuan"));
    }
    if publication.ai_made != Some(true) {
        findings.push(by_cost(case, publication, F1.citing(LIVE_TIERS), "live-key-yuan", "live-ordinary-yuan"));
    }
    findings
}

fn by_cost(case: &Case, publication: &PublicationFacts, rule: Rule, key: &str, ordinary: &str) -> Finding {
    let is_below = |cost: u64, setting| i64::try_from(cost).is_ok_and(|cost| cost < case.number(setting));
    let needed: Vec<Tier> = match publication.budget_yuan {
        _ if is_surely_special(publication) => vec![Tier::Key],
        None => Tier::ALL.to_vec(),
        Some(cost) => {
            let by_budget = if !is_below(cost, key) {
                Tier::Key
            } else if !is_below(cost, ordinary) {
                Tier::Ordinary
            } else {
                Tier::Other
            };
            if publication.themes.is_none() { vec![by_budget, Tier::Key] } else { vec![by_budget] }
        }
    };
    filed_as(rule, publication, &needed, "tier-too-low", "tier-unknown")
}

/// A special theme needs the highest tier whatever the work costs. A work whose words are of such a theme and that names
/// none is looked at.
pub(super) fn f2(case: &Case) -> Vec<Finding> {
    let Some(publication) = micro_drama(case) else { return Vec::new() };
    let ai = (publication.ai_made != Some(false)).then_some(F2);
    let live = (publication.ai_made != Some(true)).then_some(F2.citing(LIVE_THEMES));
    let rules = ai.into_iter().chain(live);
    if may_hold(publication.themes.as_deref(), &SPECIAL) {
        let judge = |rule| filed_as(rule, publication, &[Tier::Key], "theme-needs-key-tier", "tier-unknown");
        return rules.map(judge).collect();
    }
    let spans: Vec<_> = case.hits_in("film.special-theme").map(|hit| hit.at).collect();
    if spans.is_empty() || filed(publication) == Some(Tier::Key) {
        return Vec::new();
    }
    let looked_at = |rule: Rule| rule.require(Level::Review, "theme-not-declared").measure(filing(Tier::Key));
    rules.map(|rule| looked_at(rule).at_all(spans.clone())).collect()
}

fn micro_drama(case: &Case) -> Option<&PublicationFacts> {
    case.publication()
        .filter(|publication| may_go_online(publication) && may_have_form(publication, &["micro-drama", "animation"]))
}

fn is_surely_special(publication: &PublicationFacts) -> bool {
    publication.themes.is_some() && may_hold(publication.themes.as_deref(), &SPECIAL)
}

fn filed(publication: &PublicationFacts) -> Option<Tier> {
    publication.filed_tier.as_deref().and_then(Tier::parse)
}

fn filed_as(
    rule: Rule,
    publication: &PublicationFacts,
    needed: &[Tier],
    too_low: &'static str,
    unknown: &'static str,
) -> Finding {
    let filed = filed(publication);
    let missing: Vec<Tier> = needed.iter().copied().filter(|tier| filed.is_none_or(|filed| filed < *tier)).collect();
    if missing.is_empty() {
        return rule.met();
    }
    let reason = if filed.is_some() { too_low } else { unknown };
    rule.require(Level::Stop, reason).measures(missing.into_iter().map(filing))
}

fn filing(tier: Tier) -> Measure {
    Measure::new("require-filing").id("kind", tier.filing())
}

#[cfg(test)]
mod tests {
    use specialis_policy::testing::CaseBuilder;
    use specialis_policy::{Obligation, ParamValue};

    use super::*;

    fn drama(budget: Option<u64>, themes: Option<&[&str]>, filed: Option<&str>, ai: Option<bool>) -> CaseBuilder {
        CaseBuilder::new("publication").defaults_of(include_str!("../../policy.toml")).publication(PublicationFacts {
            action: Some("publish".to_owned()),
            form: Some("micro-drama".to_owned()),
            budget_yuan: budget,
            themes: themes.map(|themes| themes.iter().map(|&theme| theme.to_owned()).collect()),
            filed_tier: filed.map(str::to_owned),
            ai_made: ai,
            ..PublicationFacts::default()
        })
    }

    /// The filings that are asked for, as the last word of their kind.
    fn filings(findings: &[Finding]) -> Vec<String> {
        let obligations = findings.iter().filter_map(Finding::demand).flat_map(|demand| &demand.obligations);
        let kinds = obligations.filter_map(|obligation| {
            let Obligation::Measure(measure) = obligation else { return None };
            let Some(ParamValue::Id(kind)) = measure.get("kind") else { return None };
            kind.rsplit('-').next().map(str::to_owned)
        });
        kinds.collect()
    }

    const ORDINARY_THEME: Option<&[&str]> = Some(&["other"]);

    #[test]
    fn the_tier_follows_the_budget_to_the_yuan() {
        let asked = |budget, filed| filings(&f1(&drama(Some(budget), ORDINARY_THEME, Some(filed), Some(true)).build()));
        assert_eq!(asked(800_000, "ordinary"), ["key"]);
        assert_eq!(asked(799_999, "ordinary"), Vec::<String>::new());
        assert_eq!(asked(300_000, "other"), ["ordinary"]);
        assert_eq!(asked(299_999, "other"), Vec::<String>::new());
        assert_eq!(asked(u64::MAX, "ordinary"), ["key"]);
        assert_eq!(asked(100, "key"), Vec::<String>::new());
    }

    #[test]
    fn the_same_budget_is_another_tier_for_live_action() {
        let asked = |ai| filings(&f1(&drama(Some(900_000), ORDINARY_THEME, Some("other"), ai).build()));
        assert_eq!(asked(Some(true)), ["key"]);
        assert_eq!(asked(Some(false)), Vec::<String>::new());
        assert_eq!(asked(None), ["key"]);
    }

    #[test]
    fn an_unknown_budget_asks_for_what_any_budget_would() {
        let asked = |budget, filed| filings(&f1(&drama(budget, ORDINARY_THEME, filed, Some(true)).build()));
        assert_eq!(asked(None, None), ["other", "ordinary", "key"]);
        assert_eq!(asked(None, Some("ordinary")), ["key"]);
        assert_eq!(asked(None, Some("key")), Vec::<String>::new());
        assert_eq!(asked(Some(500_000), None), ["ordinary"]);
    }

    #[test]
    fn a_special_theme_is_of_the_highest_tier_whatever_it_costs() {
        let case = |themes, filed| drama(Some(1_000), themes, filed, Some(true)).build();
        assert_eq!(filings(&f1(&case(Some(&["military"]), Some("other")))), ["key"]);
        assert_eq!(filings(&f2(&case(Some(&["other", "judicial"]), Some("ordinary")))), ["key"]);
        assert_eq!(f2(&case(Some(&["judicial"]), Some("key"))), [F2.met()]);
        assert_eq!(f2(&case(ORDINARY_THEME, Some("other"))), []);
        assert_eq!(filings(&f2(&case(None, Some("other")))), ["key"]);
        assert_eq!(filings(&f1(&case(None, Some("other")))), ["key"]);
    }

    #[test]
    fn words_of_a_special_theme_that_nobody_declared_are_looked_at() {
        let case = |filed| {
            let builder = drama(Some(1_000), ORDINARY_THEME, Some(filed), Some(true)).text("特警队长破门而入");
            f2(&builder.hit("film.special-theme", "特警队长").build())
                .iter()
                .filter_map(Finding::level)
                .collect::<Vec<_>>()
        };
        assert_eq!(case("other"), [Level::Review]);
        assert_eq!(case("key"), []);
    }

    #[test]
    fn a_novel_has_no_tier() {
        let facts = PublicationFacts { form: Some("novel".to_owned()), ..PublicationFacts::default() };
        let case = CaseBuilder::new("publication").publication(facts).build();
        assert_eq!((f1(&case), f2(&case)), (vec![], vec![]));
    }
}
