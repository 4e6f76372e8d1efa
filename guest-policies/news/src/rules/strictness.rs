//! The property every rule keeps: making any fact unknown lowers no level, loses no obligation and relaxes nothing.

use specialis_policy::facts::{Approval, LabelReading, Licence};
use specialis_policy::testing::{World, check_doubt};
use specialis_policy::{Date, Finding, Policy, world_facts};

use super::News;

fn own(word: &str) -> String {
    word.to_owned()
}

fn licence(category: &str, expires: Option<Date>) -> Licence {
    Licence { number: own("1"), category: own(category), holder: own("晨报网"), expires }
}

fn signed(by: &str, on: Date) -> Vec<Approval> {
    vec![Approval { kind: own("editor-in-chief"), number: None, by: own(by), on }]
}

fn read(verdict: &str, explicit: Option<bool>) -> LabelReading {
    LabelReading { verdict: own(verdict), explicit, ..LabelReading::default() }
}

const SOON: Option<Date> = Some(Date::of(2027, 1, 1));

world_facts! {
    prompt.task: own("news-writing"), own("chat");
    output.task: own("news-writing"), own("chat");
    retrieved.source_unit: own("新华社"), own("小道消息网");
    media.direction: own("in"), own("out");
    medium.label: read("compliant", Some(true)), read("not-found", None);
    publication.action: own("publish"), own("repost"), own("download");
    publication.actor: own("news-unit"), own("self-media"), own("individual");
    publication.form: own("news"), own("text"), own("novel");
    publication.themes: vec![], vec![own("politics")], vec![own("other")], vec![own("public-security")];
    publication.licence: licence("internet-news/gathering", SOON), licence("internet-news/reposting", SOON),
        licence("internet-news/gathering", Some(Date::of(2026, 11, 1))), licence("internet-news/platform", None);
    publication.source_unit: own("新华社"), own("小道消息网"), own("");
    publication.title: own("甲"), own("乙");
    publication.original_title: own("甲");
    publication.original_author: own("张明");
    publication.editor: own("李华"), own("王芳");
    publication.approvals: vec![], signed("王芳", Date::of(2026, 11, 1)), signed("王芳", Date::of(2026, 11, 3));
    publication.changed_on: Date::of(2026, 11, 1), Date::of(2026, 11, 2);
    publication.fact_check: own("confirmed"), own("refuted"), own("open");
    publication.source_line: own("来源：本报"), own("");
    publication.fiction: true, false;
    publication.fiction_notice: true, false;
    publication.ai_made: true, false;
    publication.declared_generated: true, false;
    publication.label: read("compliant", Some(true)), read("compliant", None), read("not-found", None);
    review.role: own("editor-in-chief"), own("content-reviewer");
    review.outcome: own("approved"), own("refused"), own("expired");
    review.digest: own("b3:01");
    service.licences: vec![], vec![licence("internet-news/gathering", SOON)], vec![licence("internet-news/platform", SOON)];
    general.purpose: own("publish"), own("private");
    publication.placement: own("hot-list"), own("feed");
    publication.placement_basis: own("ranked"), own("paid");
    change.change: own("launch"), own("new-function"), own("end");
    change.on: Date::of(2026, 11, 1);
    change.assessment_number: own("评估-1"), own("");
    change.assessed_on: Date::of(2026, 11, 1), Date::of(2026, 11, 2);
}

fn judge(world: &World, kind: &str) -> Vec<Finding> {
    let case = world.event(kind).defaults_of(include_str!("../../policy.toml"));
    let case = match kind {
        "output" | "publication" => {
            let case = case.text("某厂发生爆炸，网传盐水包治百病").hit("a1.false-information", "盐水包治百病");
            let case = case.hit("news.social-emergency", "爆炸");
            // Of what is stopped as unlawful no copy is kept.
            if kind == "output" { case.signal("a1.secession", 950) } else { case }
        }
        _ => case,
    };
    News::judge(&case.build(), &mut Vec::new())
}

#[test]
fn making_a_fact_unknown_never_loosens() {
    let spoken = check_doubt(
        &["prompt", "output", "retrieved", "media", "publication", "service-change", "review"],
        &facts(),
        600,
        judge,
    );
    assert_eq!(spoken.len(), 13, "{spoken:?}");
}
