//! Art. 16: each authority supervises within its remit, and services are classified and graded. So a report goes to the
//! authority of the field, and what a duty asks for may depend on a grade.
//!
//! Both are tables of the operator: a further field or scheme needs a line there and no code.

use specialis_policy::grade::{self, graded, listed};
use specialis_policy::{Case, Finding, Level, Measure, Rule, Settings};

use super::im;
use super::users::USE;

const IM16: Rule = Rule::new("IM16", "im.art16.grades", im("16"));

/// The words of `grade-levels`, the mildest first.
const LEVELS: [&str; 5] = ["pass", "mark", "warn", "review", "stop"];
/// The words of `grade-measures`.
const MEASURES: [&str; 4] = ["record", "label", "notice", "verify"];
/// The settings that a grade may replace.
const NUMBERS: [&str; 2] = ["stop-permille", "review-permille"];

/// What is wrong with the operator's tables.
pub(super) fn check(settings: &Settings) -> Vec<String> {
    let plain = |row: grade::Row<'_>, words: &[&str]| match row.name {
        Some(name) => Err(format!("`:{name}` has no place here, write `scheme/grade=word`")),
        None => grade::one_of(row.value, words),
    };
    let mut wrong = grade::check(settings, "grade-levels", |row| plain(row, &LEVELS));
    let levels = settings.texts("grade-levels");
    wrong.extend(grade::check(settings, "grade-measures", |row| {
        plain(row, &MEASURES)?;
        let graded = format!("{}/{}", row.scheme, row.grade);
        let has_level = levels.iter().any(|level| level.split_once('=').is_some_and(|(left, _)| left.trim() == graded));
        if has_level { Ok(()) } else { Err(format!("give `{graded}` a level in `grade-levels` too")) }
    }));
    wrong.extend(grade::check(settings, "grade-numbers", |row| {
        grade::one_of(row.name.unwrap_or_default(), &NUMBERS)?;
        match row.value.parse::<u16>() {
            Ok(1..=1000) => Ok(()),
            _ => Err("give a number from 1 to 1000".to_owned()),
        }
    }));
    for route in settings.texts("report-routes").iter() {
        let parts = route.split_once('=').map(|(field, authority)| [field.trim(), authority.trim()]);
        if parts.is_none_or(|parts| parts.contains(&"")) {
            wrong.push(format!("`{route}` in `report-routes`: write `field=authority`"));
        }
    }
    wrong
}

/// The reports that are due: to the operator's own authority, and to that of every field the session is in or may be in.
pub(super) fn reports(case: &Case) -> Vec<Measure> {
    let mut authorities = vec![case.text("report-authority")];
    for route in case.texts("report-routes").iter() {
        let Some((field, authority)) = route.split_once('=') else { continue };
        if case.sector(field.trim()) != "no" && !authorities.iter().any(|known| known == authority.trim()) {
            authorities.push(authority.trim().to_owned());
        }
    }
    authorities.into_iter().map(|authority| Measure::new("report").id("authority", authority)).collect()
}

/// The level and the obligations of the grades that were given. A grade that nobody knows counts as the strictest.
pub(super) fn grades(case: &Case, findings: &mut Vec<Finding>) {
    for scheme in graded(case, "grade-levels", None) {
        let level = scheme.values.iter().map(|word| level(word)).max().unwrap_or(Level::Review);
        let reason = if scheme.grade.is_some() { "graded" } else { "grade-unknown" };
        let words = listed(case, "grade-measures", &scheme.scheme, scheme.grade.as_deref());
        let measures = words.iter().filter_map(|word| measure(case, word));
        findings.push(IM16.require(level, reason).measures(measures).on(&USE));
    }
}

/// A word that is no level counts as a stop.
fn level(word: &str) -> Level {
    match word {
        "pass" => Level::Pass,
        "mark" => Level::Mark,
        "warn" => Level::Warn,
        "review" => Level::Review,
        _ => Level::Stop,
    }
}

fn measure(case: &Case, word: &str) -> Option<Measure> {
    match word {
        "record" => Some(Measure::new("record").number("log-days", case.number("record-days"))),
        "label" => Some(Measure::new("label-explicit").id("text", "ai-generated").id("place", "content")),
        "notice" => Some(Measure::new("notice").id("kind", "service-limit")),
        "verify" => Some(Measure::new("remind").id("kind", "verify")),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use specialis_policy::facts::{GeneralFacts, Grade};
    use specialis_policy::testing::CaseBuilder;
    use specialis_policy::{Date, ParamValue};

    use super::super::testing::{judged, on, one, usual};
    use super::*;

    /// A scheme that no code knows: the operator's own.
    fn graded_session(grade: Option<&str>) -> CaseBuilder {
        let levels: &[&str] = &["library-risk/open=pass", "library-risk/closed=review"];
        let measures: &[&str] = &["library-risk/closed=record", "library-risk/closed=notice"];
        let given = |grade: &str| Grade {
            scheme: "library-risk".into(),
            grade: grade.into(),
            by: "library".into(),
            on: Date::of(2026, 1, 1),
        };
        usual(CaseBuilder::open())
            .general(GeneralFacts { grades: Some(grade.into_iter().map(given).collect()), ..GeneralFacts::default() })
            .setting("grade-levels", levels)
            .setting("grade-measures", measures)
    }

    #[test]
    fn a_scheme_of_the_operators_needs_settings_and_no_code() {
        let found = |grade| {
            let findings = judged(graded_session(grade));
            let finding = one(&findings, "im.art16.grades");
            let n = finding.demand().map(|demand| demand.obligations.len());
            (finding.level(), finding.reason(), n)
        };
        assert_eq!(found(Some("open")), (Some(Level::Pass), Some("graded"), Some(0)));
        assert_eq!(found(Some("closed")), (Some(Level::Review), Some("graded"), Some(2)));
        assert_eq!(found(None), (Some(Level::Review), Some("grade-unknown"), Some(2)));
        assert!(on(&judged(usual(CaseBuilder::open())), "im.art16.grades").is_empty());
    }

    #[test]
    fn a_mistyped_row_is_refused() {
        let defaults = || CaseBuilder::open().defaults_of(include_str!("../../policy.toml"));
        assert_eq!(check(&defaults().into_settings()), Vec::<String>::new());
        let level: &[&str] = &["risk/high=stop"];
        let wrong = |table: &str, row: &str, word: &str| {
            let case = defaults().setting("grade-levels", level).setting(table, &[row][..]);
            let found = check(&case.into_settings());
            assert!(found.iter().any(|problem| problem.contains(row) && problem.contains(word)), "{row}: {found:?}");
        };
        wrong("grade-levels", "risk/high:stop", "write `scheme/grade=value`");
        wrong("grade-levels", "risk/high=halt", "`halt` is unknown here, use pass");
        wrong("grade-measures", "risk/high=fine", "`fine` is unknown here, use record");
        wrong("grade-measures", "risk/low=record", "give `risk/low` a level");
        wrong("grade-numbers", "risk/high=700", "use stop-permille");
        wrong("grade-numbers", "risk/high:stop-permille=0", "from 1 to 1000");
        wrong("report-routes", "film", "write `field=authority`");
    }

    #[test]
    fn a_grade_may_change_a_threshold() {
        let numbers: &[&str] = &["library-risk/closed:stop-permille=700", "library-risk/open:stop-permille=950"];
        let level = |grade: &str| {
            let given =
                Grade { scheme: "library-risk".into(), grade: grade.into(), by: "l".into(), on: Date::of(2026, 1, 1) };
            let general = GeneralFacts { grades: Some(vec![given]), ..GeneralFacts::default() };
            let case = usual(CaseBuilder::new("output")).general(general).setting("grade-numbers", numbers);
            let findings = judged(case.text("样例").signal("a1.violence", 800));
            one(&findings, "im.art4.violence").level()
        };
        assert_eq!((level("closed"), level("open")), (Some(Level::Stop), Some(Level::Review)));
    }

    #[test]
    fn a_report_goes_to_the_authority_of_every_field_the_session_may_be_in() {
        let told = |film: &str| {
            let mut case = usual(CaseBuilder::new("output"));
            for field in ["news", "education", "arts", "companions"] {
                case = case.sector(field, "no");
            }
            let case = case.sector("film", film);
            let measures = reports(&case.build());
            let words = measures.iter().filter_map(|measure| match measure.get("authority") {
                Some(ParamValue::Id(id)) => Some(id.clone().into_owned()),
                _ => None,
            });
            words.collect::<Vec<_>>()
        };
        assert_eq!(told("no"), ["cac-provincial"]);
        assert_eq!(told("yes"), ["cac-provincial", "nrta-provincial"]);
        assert_eq!(told("unknown"), ["cac-provincial", "nrta-provincial"]);
    }
}
