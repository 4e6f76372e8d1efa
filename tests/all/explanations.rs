//! What an officer reads: explanations of real decisions in both languages, each held to a file that people reviewed as text. Set
//! `SPECIALIS_WRITE_EXPLANATIONS` to write the files anew, and read the difference aloud.

use std::fs;

use specialis_core::{Lang, explain};
use specialis_tests::case::Case;
use specialis_tests::files;

/// The file, the case and the run that it explains: one of each kind of verdict, of sector, of doubt, a floor, a failure.
const EXPLAINED: [(&str, &str, &str); 21] = [
    ("pass-with-a-request-due", "corrections 4", "a request that was received is not answered"),
    ("mark", "corrections 1", "open to the public: the labels are owed"),
    ("warn-standing", "corrections 4", "in use and unfiled"),
    ("redact", "corrections 7", "personal information in a private answer: IM 4(4) and PIPL 10"),
    ("review-inspection", "corrections 3", "an inspection is supplied with what is missing, and not reported"),
    ("stop-suspected", "corrections 3", "one stop in a sector is reported once"),
    ("waiver", "corrections 2", "a complete waiver fulfils IM 12 too, and a record remains"),
    ("film-provides-otherwise", "scenario 1", "a film for adults"),
    ("film-tier", "corrections 6", "AI dramas from 1 July 2026: their own"),
    ("news-without-licence", "scenario 2", "a news service without a licence"),
    ("practice", "corrections 5", "a photo question during an examination is warned of, by practice"),
    ("earlier-version", "corrections 7", "network logs in 2025: the 2017 text"),
    ("unwarranted", "16", "asserted by the user"),
    ("conflict", "6", "a phone number in published news"),
    ("failure", "14", "a fight scene"),
    ("school", "scenario 4", "alone"),
    ("arts", "corrections 5", "heroes distorted in a work are reported once, to the authority that the profile names"),
    ("companions", "combinations", "common + companions"),
    ("sector-in-doubt", "5a", "education may apply"),
    (
        "kept-by-law",
        "corrections 3",
        "personal information in published news: the copy is kept by law, and the rest deleted",
    ),
    ("floor", "8", "a platform's score over its threshold"),
];

#[test]
fn explanations_read_as_they_were_reviewed() {
    let cases = Case::all();
    let mut wrong = Vec::new();
    for (file, of, name) in EXPLAINED {
        let case = cases.iter().find(|case| case.case == of).unwrap_or_else(|| panic!("there is no case `{of}`"));
        let run = case.runs.iter().find(|run| run.name == name);
        let names: Vec<&str> = case.runs.iter().map(|run| run.name.as_str()).collect();
        let run = run.unwrap_or_else(|| panic!("`{of}` has no run `{name}`, it has {names:?}"));
        let host = case.world.host();
        let mut decision = case.told(run).judge(&host);
        // They change with every build.
        (decision.edition, decision.id) = ("an-edition".to_owned(), "a-decision".to_owned());
        let said = |lang| explain(&decision, &*host.edition(), lang);
        let (en, zh) = (said(Lang::En), said(Lang::Zh));
        let text = format!("{en}\n{}\n{zh}", "─".repeat(40));
        let path = files::repository().join(format!("tests/explanations/{file}.txt"));
        if std::env::var_os("SPECIALIS_WRITE_EXPLANATIONS").is_some() {
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(&path, &text).unwrap();
        }
        if fs::read_to_string(&path).unwrap_or_default() != text {
            wrong.push(format!("`{}` differs; the explanation is\n{text}", path.display()));
        }
        let english = english_in(&zh);
        assert!(english.is_empty(), "{file}: {english:?} in\n{zh}");
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// The English words in the sentences of a Chinese explanation: outside titles and names of models, and before the ids at its end.
fn english_in(page: &str) -> Vec<&str> {
    let sentences = page.split("\n编号\n").next().unwrap_or_default();
    let outside_titles = sentences.split('《').enumerate().map(|(n, part)| match part.rsplit_once('》') {
        Some((_, after)) if n > 0 => after,
        _ => part,
    });
    let outside_names = outside_titles.flat_map(|text| {
        text.split("（模型 ").enumerate().map(|(n, part)| match part.split_once('）') {
            Some((_, after)) if n > 0 => after,
            _ => part,
        })
    });
    let words = outside_names.flat_map(|text| text.split(|c: char| !c.is_ascii_alphabetic()));
    words.filter(|word| word.len() >= 3).collect()
}

#[test]
fn english_words_of_a_chinese_page_are_found() {
    assert_eq!(
        english_in("依据general策略，《管理提示（AI ABCD）》第16字R2（模型 shield）\n编号\n   common.pi"),
        ["general"]
    );
}

#[test]
fn facts_that_decided_stand_with_their_value_and_their_bound() {
    let page =
        |file: &str| fs::read_to_string(files::repository().join(format!("tests/explanations/{file}.txt"))).unwrap();
    for (file, lines) in [
        (
            "film-tier",
            [
                "Facts: budget 900,000 yuan ≥ 800,000 (AI micro-drama, key)",
                "事实：投资额900,000元 ≥ 800,000元（人工智能微短剧·重点）",
                "[a management prompt, no normative notice]",
                "【管理提示，不是规范性文件】",
            ],
        ),
        (
            "stop-suspected",
            ["Scores: Violence 1.00 (model ", "评分：暴力 1.00（模型 ", "Threshold: 0.90", "阈值：0.90"],
        ),
        (
            "pass-with-a-request-due",
            ["Facts: ", "request received on: ", "收到请求的日期：", "公布的请求办理期限：15日"],
        ),
    ] {
        let page = page(file);
        for line in lines {
            assert!(page.contains(line), "{file} lacks `{line}`:\n{page}");
        }
    }
}
