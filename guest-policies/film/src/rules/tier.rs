//! F1 and F2: the tier of a micro-drama, by what it costs, who makes it and what it is about.
//!
//! The tiers are schemes of grades in the operator's tables: which budget and which themes reach a tier, and what it has to be
//! filed as. A further scheme needs lines there and no code; it counts however the work is made. Rows hold from a day on, and on a
//! day on which there is no table for what AI makes yet, the general one holds for it too.

use specialis_policy::facts::PublicationFacts;
use specialis_policy::grade::{self, Row, Scale, Scales, WordRows};
use specialis_policy::{Case, Cite, Date, Finding, Level, Measure, Prepared, Rule, Settings, cite};

use super::work::{may_go_online, may_have_form};

const F1: Rule = Rule::new("F1", "film.tier", cite("NRTA-AI-DRAMA", "tiers"));
pub(super) const F2: Rule = Rule::new("F2", "film.theme", cite("NRTA-AI-DRAMA", "themes"));
/// The tiers and themes of what AI makes.
const OF_AI: &[[Cite; 2]] = &[[F1.cite(), F2.cite()]];
/// The tiers and themes of micro-dramas, however they are made.
const OF_ALL: &[[Cite; 2]] = &[[cite("NRTA-TIERS", "tiers"), cite("NRTA-TIERS", "themes")]];
/// The same for animation, and for what AI makes until it has tiers of its own: since November 2025 a paper holds them to the
/// general ones.
const OF_ALL_AND_ANIMATION: &[[Cite; 2]] = &[
    [cite("NRTA-TIERS", "tiers"), cite("NRTA-TIERS", "themes")],
    [cite("NRTA-ANIMATION", "tiers"), cite("NRTA-ANIMATION", "themes")],
];

/// The scheme for what AI makes.
const AI: &str = "ai-drama";
/// The scheme for what people make.
const LIVE: &str = "live-drama";

/// The themes that a publication may have, as the contract lists them.
const THEMES: [&str; 14] = [
    "politics", "economy", "military", "foreign-affairs", "public-affairs", "social-emergency", "public-policy",
    "national-security", "united-front", "ethnic", "religious", "judicial", "public-security", "other",
];

/// What is wrong with the operator's tables.
pub(super) fn check(settings: &Settings) -> Vec<String> {
    let tables = settings.prepared::<Tables>();
    let last = tables.periods.last().map_or(&[][..], |(_, tiers)| tiers);
    // Rows of a built-in scheme may stay where an operator takes the scheme away.
    let is_tier = |row: Row<'_>| match last.iter().find(|tiers| tiers.scale.scheme == row.scheme) {
        Some(tiers) if tiers.scale.rank(row.grade).is_some() => Ok(()),
        None if [AI, LIVE].contains(&row.scheme) => Ok(()),
        _ => Err("give the tier its budget in `tier-budgets` first".to_owned()),
    };
    let is_dated = |row: &Row<'_>| row.dated().1.is_none_or(|day| day.parse::<Date>().is_ok());
    let mut wrong = grade::check(settings, "tier-budgets", |row| match row.value.parse::<u64>() {
        Ok(_) if row.name.is_none() && is_dated(&row) => Ok(()),
        Ok(_) if row.name.is_none() => Err("write the day as in `scheme@2026-01-01/tier=yuan`".to_owned()),
        _ => Err("write `scheme/tier=yuan` with whole yuan in digits".to_owned()),
    });
    wrong.extend(grade::check(settings, "tier-themes", |row| {
        is_tier(row)?;
        row.value.split_whitespace().try_for_each(|theme| grade::one_of(theme, &THEMES))
    }));
    wrong.extend(grade::check(settings, "tier-filings", is_tier));
    wrong
}

/// The operator's tables, as they hold from each day on, the earliest first.
pub(super) struct Tables {
    periods: Vec<(Option<Date>, Vec<Tiers>)>,
}

/// The tiers of one scheme. They are named by their rank.
struct Tiers {
    scale: Scale,
    /// The themes that are of a tier whatever the work costs.
    themes: Vec<(usize, String)>,
    /// The kinds of filing that a work needs, by its tier.
    filings: Vec<Vec<&'static str>>,
}

impl Prepared for Tables {
    fn of(settings: &Settings) -> Self {
        let budgets = Scales::read(&settings.texts("tier-budgets"));
        let themes = WordRows::read(&settings.texts("tier-themes"));
        let filings = WordRows::read(&settings.texts("tier-filings"));
        let tiers = |scale: &Scale| Tiers::of(scale.clone(), &themes, &filings);
        let periods = budgets.periods().map(|(from, scales)| (from, scales.iter().map(tiers).collect()));
        Self { periods: periods.collect() }
    }
}

impl Tiers {
    fn of(scale: Scale, themes: &WordRows, filings: &WordRows) -> Self {
        let themes = scale.words(themes).map(|(tier, theme)| (tier, theme.to_owned())).collect();
        let mut by_tier: Vec<Vec<&'static str>> = vec![Vec::new(); scale.n_grades()];
        for (tier, kind) in scale.words(filings) {
            // The tables stay in memory as long as the policy does, and so may their words.
            by_tier.get_mut(tier).into_iter().for_each(|kinds| kinds.push(kind.to_owned().leak()));
        }
        Self { themes, filings: by_tier, scale }
    }

    /// The tiers of these themes.
    fn of_themes<'a>(&'a self, themes: &'a [String]) -> impl Iterator<Item = usize> + 'a {
        self.themes.iter().filter(|(_, theme)| themes.contains(theme)).map(|(tier, _)| *tier)
    }

    /// Every tier that the work may need, the lowest first: the higher one of what its budget and what its themes ask for.
    fn needed(&self, publication: &PublicationFacts) -> Vec<usize> {
        let by_budget = publication.budget_yuan.map(|budget| self.scale.reached(budget));
        let by_themes = publication.themes.as_deref().map(|themes| self.of_themes(themes).max());
        // A budget that nobody knows may be of any tier, themes that nobody knows of any tier that has some, or of none.
        let least_by_budget = by_budget.unwrap_or(Some(0));
        let least_by_themes = by_themes.flatten();
        let may_be_needed = |tier: &usize| {
            let of_budget = by_budget.is_none_or(|reached| reached == Some(*tier));
            let of_themes = by_themes.map_or_else(|| self.has_themes(*tier), |highest| highest == Some(*tier));
            (of_budget && least_by_themes <= Some(*tier)) || (of_themes && least_by_budget <= Some(*tier))
        };
        (0..self.scale.n_grades()).filter(may_be_needed).collect()
    }

    fn has_themes(&self, tier: usize) -> bool {
        self.themes.iter().any(|(of, _)| *of == tier)
    }

    fn filings(&self, tier: usize) -> impl Iterator<Item = &'static str> {
        self.filings.get(tier).into_iter().flatten().copied()
    }
}

/// A filing of this kind.
pub(super) fn filing(kind: &'static str) -> Measure {
    Measure::new("require-filing").id("kind", kind)
}

/// A scheme that may count for a work, with what it asks of it.
pub(super) struct Scheme<'t> {
    tiers: &'t Tiers,
    /// The tiers that the work may need.
    needed: Vec<usize>,
    /// The tier under which the work is filed: by its own fact, or by the grade that the session was given.
    filed: Option<usize>,
    /// The papers that say so, each on tiers and on themes.
    says: &'static [[Cite; 2]],
}

impl Tables {
    /// The schemes that may count for a work: of which nobody knows how it was made, both. On a day without a table for what AI
    /// makes, the general one holds for that too.
    pub(super) fn schemes(&self, case: &Case, publication: &PublicationFacts) -> Vec<Scheme<'_>> {
        let day = case.as_of();
        let of_day = self.periods.iter().rfind(|(from, _)| from.is_none_or(|from| from <= day));
        let tiers = of_day.map_or(&[][..], |(_, tiers)| tiers);
        let has_ai = tiers.iter().any(|tiers| tiers.scale.scheme == AI);
        let counts = |tiers: &&Tiers| match tiers.scale.scheme.as_str() {
            AI => publication.ai_made != Some(false),
            LIVE => !has_ai || publication.ai_made != Some(true),
            _ => true,
        };
        let is_animation = may_have_form(publication, &["animation"]);
        let says = |tiers: &Tiers| match tiers.scale.scheme.as_str() {
            AI => OF_AI,
            LIVE if is_animation || (!has_ai && publication.ai_made != Some(false)) => OF_ALL_AND_ANIMATION,
            _ => OF_ALL,
        };
        let filed =
            |scale: &Scale| publication.filed_tier.as_deref().and_then(|tier| scale.rank(tier)).max(scale.given(case));
        let scheme = |tiers: &'_ Tiers| (tiers.needed(publication), filed(&tiers.scale), says(tiers));
        tiers
            .iter()
            .filter(counts)
            .map(|tiers| {
                let (needed, filed, says) = scheme(tiers);
                Scheme { tiers, needed, filed, says }
            })
            .collect()
    }
}

impl Scheme<'_> {
    /// The kinds of filing of the tier that the work needs, or of each that it may need.
    pub(super) fn filings_needed(&self) -> impl Iterator<Item = &'static str> {
        self.needed.iter().flat_map(|tier| self.tiers.filings(*tier))
    }

    fn judge(&self, rule: Rule, needed: &[usize], too_low: &'static str) -> Finding {
        let mut missing = needed.iter().filter(|tier| self.filed < Some(**tier)).peekable();
        if missing.peek().is_none() {
            return rule.met();
        }
        let reason = if self.filed.is_some() { too_low } else { self.reasons().1 };
        rule.require(Level::Stop, reason).measures(missing.flat_map(|tier| self.tiers.filings(*tier)).map(filing))
    }

    /// The reasons for a tier that is too low and for one that nobody knows: each names the scheme whose rows are its bound.
    fn reasons(&self) -> (&'static str, &'static str) {
        match self.tiers.scale.scheme.as_str() {
            AI => ("tier-too-low-ai", "tier-unknown-ai"),
            LIVE => ("tier-too-low-live", "tier-unknown-live"),
            _ => ("tier-too-low", "tier-unknown"),
        }
    }
}

/// One finding for each scheme that may count, and each paper that says so.
pub(super) fn f1(publication: &PublicationFacts, schemes: &[Scheme<'_>]) -> Vec<Finding> {
    if !is_micro_drama(publication) {
        return Vec::new();
    }
    let mut findings = Vec::new();
    for scheme in schemes {
        for [tiers, _] in scheme.says {
            findings.push(scheme.judge(F1.citing(*tiers), &scheme.needed, scheme.reasons().0));
        }
    }
    findings
}

/// A special theme needs its tier whatever the work costs. A work whose words are of such a theme and that names none is looked
/// at.
pub(super) fn f2(case: &Case, publication: &PublicationFacts, schemes: &[Scheme<'_>]) -> Vec<Finding> {
    if !is_micro_drama(publication) {
        return Vec::new();
    }
    let spans: Vec<_> = case.hits_in("film.special-theme").map(|hit| hit.at).collect();
    let judge = |scheme: &Scheme<'_>, themes: Cite| {
        let (rule, tiers) = (F2.citing(themes), scheme.tiers);
        let needed: Vec<usize> = match publication.themes.as_deref() {
            Some(themes) => tiers.of_themes(themes).max().into_iter().collect(),
            None => (0..tiers.scale.n_grades()).filter(|tier| tiers.has_themes(*tier)).collect(),
        };
        if !needed.is_empty() {
            return Some(scheme.judge(rule, &needed, "theme-needs-key-tier"));
        }
        let highest = tiers.themes.iter().map(|(tier, _)| *tier).max()?;
        if spans.is_empty() || scheme.filed >= Some(highest) {
            return None;
        }
        let looked_at = rule.require(Level::Review, "theme-not-declared").measures(tiers.filings(highest).map(filing));
        Some(looked_at.at_all(spans.clone()))
    };
    let mut findings = Vec::new();
    for scheme in schemes {
        for [_, themes] in scheme.says {
            findings.extend(judge(scheme, *themes));
        }
    }
    findings
}

fn is_micro_drama(publication: &PublicationFacts) -> bool {
    may_go_online(publication) && may_have_form(publication, &["micro-drama", "animation"])
}

#[cfg(test)]
mod tests {
    use specialis_policy::facts::{GeneralFacts, Grade};
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

    fn f1(case: &Case) -> Vec<Finding> {
        let publication = case.publication().unwrap();
        super::f1(publication, &case.settings().prepared::<Tables>().schemes(case, publication))
    }

    fn f2(case: &Case) -> Vec<Finding> {
        let publication = case.publication().unwrap();
        super::f2(case, publication, &case.settings().prepared::<Tables>().schemes(case, publication))
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
    fn each_day_has_its_table_and_falls_back_to_the_one_that_was_in_force() {
        let asked = |day, budget, ai| {
            filings(&f1(&drama(Some(budget), ORDINARY_THEME, Some("other"), Some(ai)).as_of(day).build()))
        };
        let none = Vec::<String>::new();
        for is_ai in [true, false] {
            assert_eq!(asked(Date::of(2025, 12, 31), 1_000_000, is_ai).first().map(String::as_str), Some("key"));
            assert_eq!(asked(Date::of(2025, 12, 31), 999_999, is_ai).first().map(String::as_str), Some("ordinary"));
            assert_eq!(asked(Date::of(2025, 12, 31), 299_999, is_ai), none);
            assert_eq!(asked(Date::of(2026, 1, 1), 2_999_999, is_ai).first().map(String::as_str), Some("ordinary"));
            assert_eq!(asked(Date::of(2026, 1, 1), 999_999, is_ai), none);
        }
        assert_eq!(asked(Date::of(2026, 6, 30), 900_000, true), none);
        assert_eq!(asked(Date::of(2026, 7, 1), 900_000, true), ["key"]);
        assert_eq!(asked(Date::of(2026, 7, 1), 900_000, false), none);
        let cited = |day, ai| {
            let case = drama(Some(1), ORDINARY_THEME, Some("key"), Some(ai)).as_of(day).build();
            f1(&case).iter().filter_map(Finding::cites).map(|cite| cite.instrument).collect::<Vec<_>>()
        };
        assert_eq!(cited(Date::of(2026, 6, 30), true), ["NRTA-TIERS", "NRTA-ANIMATION"]);
        assert_eq!(cited(Date::of(2026, 7, 1), true), ["NRTA-AI-DRAMA"]);
        assert_eq!(cited(Date::of(2026, 7, 1), false), ["NRTA-TIERS"]);
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

    /// A scheme that no code knows, with tiers of its own: a work is filed under it by a grade of the session.
    #[test]
    fn a_further_scheme_needs_settings_and_no_code() {
        let budgets: &[&str] = &["city-drama/a=500", "city-drama/b=100"];
        let asked = |budget, themes: &[&str], grade: Option<&str>| {
            let given = |grade: &str| Grade {
                scheme: "city-drama".to_owned(),
                grade: grade.to_owned(),
                by: "city".to_owned(),
                on: Date::of(2026, 1, 1),
            };
            let general =
                GeneralFacts { grades: Some(grade.into_iter().map(given).collect()), ..GeneralFacts::default() };
            let case = drama(Some(budget), Some(themes), None, None)
                .general(general)
                .setting("tier-budgets", budgets)
                .setting("tier-themes", &["city-drama/b=sport"][..])
                .setting("tier-filings", &["city-drama/a=city-a", "city-drama/b=city-b"][..])
                .build();
            (filings(&f1(&case)), filings(&f2(&case)))
        };
        let none = Vec::<String>::new;
        let owned = |word: &str| vec![word.to_owned()];
        assert_eq!(asked(500, &[], None), (owned("a"), none()));
        assert_eq!(asked(500, &[], Some("b")), (owned("a"), none()));
        assert_eq!(asked(499, &[], Some("b")), (none(), none()));
        assert_eq!(asked(99, &[], None), (none(), none()));
        assert_eq!(asked(99, &["sport"], None), (owned("b"), owned("b")));
        assert_eq!(asked(500, &["sport"], Some("a")), (none(), none()));
    }

    #[test]
    fn a_mistyped_row_is_refused() {
        let with = |table: &str, row: &str| {
            let defaults = CaseBuilder::open().defaults_of(include_str!("../../policy.toml"));
            check(&defaults.setting(table, &[row][..]).into_settings())
        };
        let wrong = |table, row: &str, word: &str| {
            let found = with(table, row);
            assert!(found.iter().any(|problem| problem.contains(row) && problem.contains(word)), "{found:?}");
        };
        let defaults = CaseBuilder::open().defaults_of(include_str!("../../policy.toml")).into_settings();
        assert_eq!(check(&defaults), Vec::<String>::new());
        wrong("tier-budgets", "ai-drama/key:800000", "write `scheme/grade=value`");
        wrong("tier-budgets", "ai-drama/key=800,000", "whole yuan in digits");
        wrong("tier-budgets", "ai-drama@2026-13-01/key=800000", "write the day as in");
        wrong("tier-themes", "ai-drama/key=politics miltary", "`miltary` is unknown here");
        wrong("tier-themes", "ai-dramas/key=politics", "in `tier-budgets` first");
        wrong("tier-filings", "ai-drama/top=micro-drama-key", "in `tier-budgets` first");
    }

    #[test]
    fn a_novel_has_no_tier() {
        let facts = PublicationFacts { form: Some("novel".to_owned()), ..PublicationFacts::default() };
        let case = CaseBuilder::new("publication").defaults_of(include_str!("../../policy.toml"));
        let case = case.publication(facts).build();
        assert_eq!((f1(&case), f2(&case)), (vec![], vec![]));
    }
}
