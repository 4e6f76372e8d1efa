//! The property every rule keeps: making any fact unknown lowers no level, loses no obligation and relaxes nothing.

use specialis_policy::facts::{Approval, Grade, LabelReading, Licence, Person};
use specialis_policy::testing::{World, check_doubt};
use specialis_policy::{Date, Finding, Policy, world_facts};

use super::Film;

fn own(word: &str) -> String {
    word.to_owned()
}

fn licence(category: &str) -> Licence {
    Licence { number: own("1"), category: own(category), holder: own("远山影业"), expires: None }
}

fn approvals(kinds: [&str; 2], on: Date) -> Vec<Approval> {
    let approval = |kind| Approval { kind: own(kind), number: Some(own("88")), by: own("国家电影局"), on };
    kinds.map(approval).to_vec()
}

fn shown(list: &str, uses: &str) -> Vec<Person> {
    vec![Person { name: own("样例甲"), uses: vec![own(uses)], consents: Vec::new(), lists: vec![own(list)] }]
}

fn read(explicit: bool) -> LabelReading {
    LabelReading { verdict: own("compliant"), explicit: Some(explicit), ..LabelReading::default() }
}

fn graded(grade: &str) -> Vec<Grade> {
    vec![Grade { scheme: own("ai-drama"), grade: own(grade), by: own("nrta-provincial"), on: Date::of(2026, 10, 1) }]
}

world_facts! {
    general.grades: vec![], graded("key"), graded("other");
    media.direction: own("in"), own("out");
    subject.age: own("adult"), own("14-17");
    publication.action: own("publish"), own("repost"), own("download");
    publication.form: own("film"), own("drama"), own("micro-drama"), own("animation"), own("novel");
    publication.ai_made: true, false;
    publication.themes: vec![], vec![own("military")], vec![own("other")];
    publication.budget_yuan: 1, 299_999, 300_000, 800_000, 900_000, 3_000_000;
    publication.filed_tier: own("key"), own("ordinary"), own("other");
    publication.filing_number: own("备字1"), own("");
    publication.adapts: vec![], vec![own("four-classics")], vec![own("children-cartoon")], vec![own("other")];
    publication.adaptation_findings: vec![], vec![own("gore")], vec![own("spirit-reversed")], vec![own("word")];
    publication.licence: licence("film/public-screening"), licence("drama/distribution");
    publication.approvals: vec![], approvals(["release", "re-review"], Date::of(2026, 11, 2)),
        approvals(["pre-broadcast-review", "re-review"], Date::of(2026, 11, 2)),
        approvals(["release", "pre-broadcast-review"], Date::of(2026, 11, 3));
    publication.fiction: true, false;
    publication.discomforting_scenes: true, false;
    publication.viewer_warning: true, false;
    publication.intended_audience: own("adults"), own("everyone"), own("minors");
    publication.changed_on: Date::of(2026, 11, 1), Date::of(2026, 11, 2), Date::of(2026, 11, 3);
    publication.persons: vec![], shown("scandal-tainted", "face"), shown("heroes-martyrs", "name"), shown("actors", "voice");
    publication.remakes_removed_work: true, false;
    publication.label: read(true), read(false);
}

fn judge(world: &World, kind: &str) -> Vec<Finding> {
    let event = kind.split(' ').next().unwrap_or_default();
    let case = world.event(event).defaults_of(include_str!("../../policy.toml")).text("特警队长打斗魔改");
    let case = match kind {
        "publication" => case,
        "publication with words" => {
            let case = case.hit("a1.violence", "打斗").hit("film.special-theme", "特警队长");
            case.hit("film.adapted-classic", "魔改")
        }
        _ => case.hit("a1.violence", "打斗"),
    };
    Film::judge(&case.build(), &mut Vec::new())
}

#[test]
fn making_a_fact_unknown_never_loosens() {
    let spoken = check_doubt(&["output", "media", "publication", "publication with words"], &facts(), 600, judge);
    assert_eq!(spoken.len(), 14, "{spoken:?}");
}
