//! What a person reads of the worked cases, in both languages, held to a file each. Set `SPECIALIS_WRITE_EXPLANATIONS` to
//! write the files anew, and read the difference.

use std::path::PathBuf;

use specialis_core::{Decision, Lang, PolicyId, ReasonId, Registry, SectorId, TextKey, Wording, Words, explain};

use super::cases;

/// Words for the reason that every scripted finding gives, and for the sectors.
struct Scripted<'a>(&'a Registry);

impl Words for Scripted<'_> {
    fn registry(&self) -> &Registry {
        self.0
    }

    fn reason(&self, _: &PolicyId, reason: &ReasonId) -> Option<Wording<'_>> {
        (reason.as_str() == "because").then_some(Wording { en: "a scripted reason", zh: "脚本给出的理由" })
    }

    fn text(&self, _: &PolicyId, _: &TextKey) -> Option<Wording<'_>> {
        None
    }

    fn sector(&self, sector: &SectorId) -> Option<Wording<'_>> {
        let (en, zh) = match sector.as_str() {
            "film" => ("Film", "电影"),
            "news" => ("News", "新闻"),
            _ => return None,
        };
        Some(Wording { en, zh })
    }
}

/// Holds both explanations of a decision to the file of a case, and each to the sentences that it is there for.
fn reads(case: &str, (registry, decision): &(impl AsRef<Registry>, Decision), en: &[&str], zh: &[&str]) {
    let words = Scripted(registry.as_ref());
    let said = |lang: Lang, sentences: &[&str]| {
        let text = explain(decision, &words, lang);
        for sentence in sentences {
            assert!(text.contains(sentence), "case {case} does not say `{sentence}`:\n{text}");
        }
        text
    };
    let text = format!("{}\n{}\n{}", said(Lang::En, en), "─".repeat(40), said(Lang::Zh, zh));
    let file =
        PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/precedence/explanations").join(format!("{case}.txt"));
    if std::env::var_os("SPECIALIS_WRITE_EXPLANATIONS").is_some() {
        std::fs::create_dir_all(file.parent().unwrap()).unwrap();
        std::fs::write(&file, &text).unwrap();
    }
    let written = std::fs::read_to_string(&file).unwrap_or_default();
    assert!(written == text, "`{}` says\n{written}\nand the explanation is\n{text}", file.display());
}

#[test]
fn case_3_says_that_the_relaxation_has_no_grant_and_both_labels_are_owed() {
    reads(
        "3-no-grant",
        &cases::end_credits().decided(),
        &[
            "the relaxation does not count, it adds: the trust policy gives no leave for it",
            "⇒ R2 tighten",
            "1. Explicit label (text end-credit) — with release, for im.art12.marking (film)",
            "2. Explicit label (text segment) — with release, for im.art12.marking (general)",
        ],
        &["放宽未予采纳，按增加的要求计入： 信任策略未予授权", "⇒ R2 从严", "须依次履行"],
    );
}

#[test]
fn case_4_says_that_the_sector_could_not_answer_and_what_that_comes_to() {
    let case = cases::end_credits().grant("film", cases::MARKING, "FILM", "99").traps();
    reads(
        "4-sector-traps",
        &case.decided(),
        &[
            "Could not be checked",
            "film: could not answer; it broke off (trap, at end)",
            "⇒ R6 failure",
            "Verdict: review",
        ],
        &["未能核查", "film: 未能作答; 运行中断", "⇒ R6 故障", "结论：人工复核"],
    );
}

#[test]
fn case_5a_says_that_a_sector_in_doubt_keeps_the_general_rule() {
    reads(
        "5a-sector-in-doubt",
        &cases::doubtful_education().decided(),
        &[
            "the relaxation does not count, it adds: another sector keeps the general rule",
            "education (unknown): keeps the general rule",
            "⇒ R7 doubt",
        ],
        &["另一行业保留一般规定", "education (不确定): 保留一般规定", "⇒ R7 存疑"],
    );
}

#[test]
fn case_6_says_which_two_obligations_cannot_stand_together() {
    reads(
        "6-delete-or-keep",
        &cases::delete_or_keep().decided(),
        &["Cannot stand together:", "one must be kept longer than the other allows", "Verdict: review"],
        &["不能并存：", "一项要求的留存时间超过另一项的删除期限", "结论：人工复核"],
    );
}

#[test]
fn case_8_says_to_what_the_general_rule_gives_way_and_by_which_grant() {
    reads(
        "8-fight-scene",
        &cases::fight_scene(false).decided(),
        &[
            "→ gives way to Film, ",
            "it says itself that it yields to this sector (grant film#1)",
            "⇒ R3 relax",
            "education (unknown): has no rule on this duty",
            "Reading chosen by counsel: rank-test strict",
        ],
        &["→ 让位于电影，", "其明文规定向该行业的规定让位（授权 film#1）", "⇒ R3 从其规定", "对该义务没有规则"],
    );
}

#[test]
fn case_8_with_a_signal_says_that_a_floor_cannot_be_relaxed() {
    reads(
        "8-fight-scene-with-signal",
        &cases::fight_scene(true).decided(),
        &[
            "the relaxation does not count, it adds: the duty is a floor",
            "⇒ R4 floor",
            "Verdict: stop — it does not go out",
        ],
        &["放宽未予采纳，按增加的要求计入： 该义务为底线义务", "⇒ R4 底线", "结论：停止 — 不予放行"],
    );
}

#[test]
fn case_10_says_that_soft_law_lifts_nothing() {
    reads(
        "10-soft-guide",
        &cases::soft_guide().decided(),
        &["the instrument is soft law, which adds and never lifts", "[soft law]", "⇒ R4 floor"],
        &["所依据的是软法，只能增加、不能免除义务", "[软法，不具强制力]", "⇒ R4 底线"],
    );
}

#[test]
fn case_16_says_whose_assertion_did_not_count() {
    reads(
        "16-unwarranted",
        &cases::unwarranted(),
        &["Facts that did not count", "general.audience: user has no warrant for it; it counts as unknown"],
        &["未采信的事实", "general.audience: user 无权断言，按不确定处理"],
    );
}
