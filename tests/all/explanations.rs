//! What an officer reads: explanations of real decisions in both languages, each held to a file that people reviewed as text. Set
//! `SPECIALIS_WRITE_EXPLANATIONS` to write the files anew, and read the difference aloud.

use std::fs;

use specialis_core::{Lang, explain};
use specialis_tests::case::Case;
use specialis_tests::files;

/// The file, the case and the run that it explains: one of each kind of verdict, of sector, of doubt, a floor, a failure.
const EXPLAINED: [(&str, &str, &str); 20] = [
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
    ("arts-and-film", "17", "film warns and the arts review"),
    ("companions", "combinations", "common + companions"),
    ("sector-in-doubt", "05a", "education may apply"),
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
        // No id stands in a Chinese sentence: only in the lines at the end, and in names that are written so.
        let sentences = zh.split("\n编号\n").next().unwrap_or_default();
        let ids = sentences.split(|c: char| !(c.is_ascii_alphanumeric() || "._-".contains(c)));
        let id = ids.into_iter().find(|word| word.contains('.') && word.contains(|c: char| c.is_ascii_alphabetic()));
        assert_eq!(id, None, "{file}:\n{sentences}");
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn facts_that_decided_stand_with_their_value_and_their_bound() {
    let page =
        |file: &str| fs::read_to_string(files::repository().join(format!("tests/explanations/{file}.txt"))).unwrap();
    for (file, lines) in [
        (
            "film-tier",
            [
                "Facts: budget yuan: ",
                "事实：投资额（元）：",
                "micro-dramas made by AI key 800,000",
                "人工智能微短剧重点800,000",
            ],
        ),
        ("stop-suspected", ["Scores: ", "评分：", "Threshold: 0.9", "阈值：0.9"]),
        ("pass-with-a-request-due", ["Facts: ", "request received on: ", "收到请求的日期：", "公布的请求办理期限："]),
    ] {
        let page = page(file);
        for line in lines {
            assert!(page.contains(line), "{file} lacks `{line}`:\n{page}");
        }
    }
}
