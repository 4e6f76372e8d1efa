//! The property every rule keeps.

use specialis_policy::facts::{Approval, Licence, Person};
use specialis_policy::testing::{World, check_doubt};
use specialis_policy::{Date, Finding, Policy, world_facts};

use super::Arts;

fn own(word: &str) -> String {
    word.to_owned()
}

fn approval(kind: &str, number: Option<&str>) -> Vec<Approval> {
    vec![Approval { kind: own(kind), number: number.map(own), by: own("编辑部"), on: Date::of(2026, 10, 31) }]
}

fn licence(expires: Option<Date>) -> Licence {
    Licence { number: own("1"), category: own("online-publishing"), holder: own("样例社"), expires }
}

fn hero(list: &str) -> Vec<Person> {
    vec![Person { name: own("样例甲"), uses: vec![own("name")], consents: Vec::new(), lists: vec![own(list)] }]
}

world_facts! {
    subject.age: own("adult"), own("14-17");
    service.licences: Vec::new(), vec![licence(Some(Date::of(2026, 11, 2)))];
    prompt.task: own("chat"), own("script"), own("homework");
    prompt.style_of: Vec::new(), vec![own("李白")], vec![own("样例作家")];
    prompt.protected_matches: Vec::new(), vec![own("样例英雄")];
    output.similarity_permille: 799, 800;
    publication.action: own("publish"), own("download");
    publication.actor: own("publisher"), own("platform"), own("individual");
    publication.form: own("novel"), own("textbook"), own("image"), own("news");
    publication.licence: licence(Some(Date::of(2026, 11, 1))), licence(Some(Date::of(2027, 1, 1))), licence(None);
    publication.editor: own("李华"), own(" ");
    publication.approvals: Vec::new(), approval("content-review", None), approval("major-topic", Some("1")), approval("chapter-review", None);
    publication.changed_on: Date::of(2026, 10, 30), Date::of(2026, 11, 1);
    publication.themes: Vec::new(), vec![own("military")];
    publication.fact_check: own("confirmed"), own("refuted"), own("open");
    publication.fiction: true, false;
    publication.correction_published: true, false;
    publication.declared_generated: true, false;
    publication.ai_made: true, false;
    publication.intended_audience: own("everyone"), own("minors");
    publication.persons: Vec::new(), hero("heroes-martyrs");
    publication.similarity_permille: 799, 800;
    publication.similar_to: own(""), own("样例作品");
    publication.original_author: own("样例作者"), own("");
    publication.ai_share_permille: 300, 301;
    publication.credited: own("person"), own("ai"), own("both");
    publication.author_verified: true, false;
    publication.publication_number: own("978-1"), own("");
}

fn judge(world: &World, kind: &str) -> Vec<Finding> {
    let case = world.event(kind).defaults_of(include_str!("../../policy.toml"));
    let case = case.setting("contract-on-ai-share", true).text("打斗符咒政变");
    let case = match kind {
        "prompt" => case,
        _ => case.hit("a1.violence", "打斗").hit("arts.superstition", "符咒").hit("arts.major-topic", "政变"),
    };
    Arts::judge(&case.build(), &mut Vec::new())
}

#[test]
fn making_a_fact_unknown_never_loosens() {
    let spoken = check_doubt(&["prompt", "output", "publication"], &facts(), 1_500, judge);
    assert_eq!(spoken.len(), 15, "{spoken:?}");
}
