//! The property every rule keeps: making any fact unknown lowers no level, loses no obligation and relaxes nothing.

use specialis_policy::testing::{World, check_doubt};
use specialis_policy::{Finding, Policy, world_facts};

use super::Education;

fn own(word: &str) -> String {
    word.to_owned()
}

world_facts! {
    prompt.task: own("chat"), own("homework"), own("composition"), own("examination"), own("evaluation"), own("counselling");
    prompt.open_ended: true, false;
    output.task: own("chat"), own("homework"), own("examination"), own("evaluation"), own("counselling");
    subject.role: own("pupil"), own("teacher"), own("guardian");
    subject.school_stage: own("primary"), own("junior"), own("higher");
    subject.supervised: true, false;
    prompt.tool: own("课堂助手"), own("别的工具");
    tool.name: own("课堂助手"), own("别的工具");
    service.admitted_tools: vec![own("课堂助手")];
    media.direction: own("in"), own("out");
    media.operation: own("photo-question"), own("generate");
    general.exam_in_progress: true, false;
}

fn judge(world: &World, kind: &str) -> Vec<Finding> {
    let event = kind.split(' ').next().unwrap_or_default();
    let case = world.event(event).defaults_of(include_str!("../../policy.toml")).text("作业评语试卷学号辅导");
    let case = if kind == "prompt with words" {
        let case = case.hit("edu.homework", "作业").hit("edu.evaluation", "评语").hit("exam.paper", "试卷");
        case.hit("edu.identity", "学号").hit("edu.counselling", "辅导")
    } else {
        case
    };
    Education::judge(&case.build(), &mut Vec::new())
}

#[test]
fn making_a_fact_unknown_never_loosens() {
    let spoken = check_doubt(&["prompt", "output", "prompt with words", "tool", "media"], &facts(), 600, judge);
    assert_eq!(spoken.len(), 7, "{spoken:?}");
}
