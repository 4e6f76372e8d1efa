//! What an edition covers, and what a lexicon check says.

use std::fs;
use std::path::Path;

use crate::run::{examples, run};

/// The lines of a section, without its head.
fn section<'a>(page: &'a str, head: &str) -> Vec<&'a str> {
    let lines = page.lines().skip_while(|line| !line.starts_with(head)).skip(1).take_while(|line| !line.is_empty());
    lines.map(str::trim_start).collect()
}

#[test]
fn the_built_in_edition_governs_every_duty_and_stops_nothing_for_lack_of_support() {
    let page = run(&["coverage"]).ok();
    assert!(page.contains("Not governed by a loaded policy (0)"), "{page}");
    assert!(page.contains("Asked for and not supported (0)"), "{page}");
    let governed = section(&page, "Governed");
    assert!(
        governed.iter().any(|line| line.contains("im.art14.stop") && line.contains("general: IM14")),
        "{governed:?}"
    );
    assert!(run(&["coverage", "--lang", "zh"]).ok().contains("已覆盖的义务"));
    // Which day a duty holds from, which table holds, and who says so.
    let duty = |id: &str| governed.iter().find(|line| line.starts_with(id)).map_or("", |line| line.trim_end());
    assert!(duty("common.network-logs").ends_with("CSL 2026-01-01, CSL-2017 2017-06-01/2025-12-31"), "{governed:#?}");
    let tables = section(&page, "Tables that hold from a day on");
    let row = |scheme: &str, day: &str| tables.iter().any(|line| line.contains(scheme) && line.contains(day));
    assert!(row("ai-drama", "2026-07-01") && row("live-drama", "2026-01-01"), "{tables:#?}");
}

#[test]
fn coverage_goes_by_article_in_both_languages_and_names_categories_that_nothing_finds() {
    let page = run(&["coverage"]).ok();
    let articles = section(&page, "Articles that rules carry");
    let line =
        |lines: &[&str], place: &str| lines.iter().find(|line| line.contains(place)).map(|line| (*line).to_owned());
    let art_14 = "Interim Measures for the Management of Generative AI Services, Art. 14, para. 2 ";
    assert!(line(&articles, art_14).is_some_and(|line| line.contains("IM14") && line.contains("im.art14.ladder")));
    let algorithms = |article: u8| {
        let place = format!("Provisions on Algorithm Recommendation in Internet Information Services, Art. {article}");
        articles.iter().position(|line| line.contains(&place)).expect("it is carried")
    };
    assert!(algorithms(9) < algorithms(13) && algorithms(13) < algorithms(26), "articles stand in their order");
    let zh = run(&["coverage", "--lang", "zh"]).ok();
    let places = section(&zh, "规则所依据的条款");
    assert!(line(&places, "《生成式人工智能服务管理暂行办法》第四条第（一）项").is_some(), "{places:#?}");
    // A place shows the duties that are carried there, and not all of a rule's.
    let para = |n: u8| line(&articles, &format!("Art. 23, para. {n} ")).unwrap_or_default();
    assert!(para(1).contains("im.art23.licence") && !para(1).contains("im.art23.investment"), "{}", para(1));
    assert!(para(2).contains("im.art23.investment") && !para(2).contains("im.art23.licence"), "{}", para(2));
    let heads: Vec<&&str> = places.iter().take(1).collect();
    assert!(heads.iter().all(|head| head.contains("条款") && !head.contains("place")), "{heads:?}");
    let unseen = section(&page, "Not covered");
    assert!(line(&unseen, "news.synthetic-fake").is_none(), "a term finds it: {unseen:#?}");
    let folder = tempfile::tempdir().unwrap();
    let events = folder.path().join("events.jsonl");
    let first = unseen.get(1).and_then(|line| line.split_whitespace().next()).map(str::to_owned);
    let Some(category) = first else { return };
    let event = format!(
        "{{\"event\":{{\"kind\":\"output\",\"signals\":[{{\"category\":\"{category}\",\"score-permille\":1}}]}}}}"
    );
    fs::write(&events, event).unwrap();
    let with = run(&["coverage", "--events", events.to_str().unwrap()]).ok();
    let left = section(&with, "Not covered");
    assert!(!left.iter().any(|line| line.split_whitespace().next() == Some(category.as_str())), "{left:#?}");
}

#[test]
fn a_platform_that_supports_little_is_told_what_becomes_a_stop() {
    let folder = tempfile::tempdir().unwrap();
    let profile = folder.path().join("profile.toml");
    fs::write(&profile, "supports = [\"label-explicit\"]\n[by-hand]\nreport = \"the duty officer\"\n").unwrap();
    let page = run(&["coverage", "--profile", profile.to_str().unwrap()]).ok();
    let unsupported = section(&page, "Asked for and not supported");
    let says =
        |measure: &str, word: &str| unsupported.iter().any(|line| line.starts_with(measure) && line.contains(word));
    assert!(says("label-implicit", "would become `stop`"), "{unsupported:#?}");
    assert!(says("delete", "by hand"), "{unsupported:#?}");
    assert!(!unsupported.iter().any(|line| line.starts_with("label-explicit") || line.starts_with("report ")));
}

#[test]
fn facts_that_the_events_carry_are_not_missing() {
    let missing = |args: &[&str]| {
        let page = run(args).ok();
        section(&page, "Facts that rules read").iter().map(|line| (*line).to_owned()).collect::<Vec<_>>()
    };
    let events = examples().display().to_string();
    let (without, with) = (missing(&["coverage"]), missing(&["coverage", "--events", &events]));
    let names = |lines: &[String], fact: &str| lines.iter().any(|line| line.starts_with(&format!("{fact} ")));
    assert!(names(&without, "subject.age") && !names(&with, "subject.age"), "{with:#?}");
    assert!(!names(&without, "service.plays-relative"), "the profile gives it");
    assert!(with.len() < without.len());
}

#[test]
fn a_lexicon_is_checked_before_it_is_loaded() {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name).display().to_string();
    let head = "# source: a test\n# date: 2026-11-02\n# licence: none\nterm,category,weight,flags,context\n";
    fs::write(path("good.csv"), format!("{head}样例词,a1.violence,45,,\n非样例词,a1.violence,,exception,\n")).unwrap();
    let good = run(&["lexicon", "check", &path("good.csv")]).ok();
    assert!(good.contains("0 findings") && !good.contains("keep"), "{good}");

    let right = "冰,a1.violence,50,,right-not-near:箱|淇淋@2\n对质,a1.violence,50,,right-near:拳@12;near:约@4\nabc,a1.violence,45,word,\n毒品,a1.violence,15,unlawful,\n";
    fs::write(path("right.csv"), format!("{head}{right}")).unwrap();
    let kept = run(&["lexicon", "check", &path("right.csv")]).ok();
    for said in [
        "`冰` keeps back 2 characters behind it",
        "`对质` keeps back 12 characters behind it",
        "2 terms keep back text behind them on a stream, at most 12 characters",
        "1 term marked `unlawful` keeps back up to 16 characters of its clause",
        "0 findings",
    ] {
        assert!(kept.contains(said), "{said}: {kept}");
    }

    let terms = "样例词,a1.violence,50,,\n样例詞,a1.violence,50,,\n很长的样例词,a1.violence,40,,\n天气,a1.violens,50,,\n多余,a1.violence,,exception,\n\
词组,a1.violence,60,,near:词组织|甲|甲@8;not-near:甲@4\n出名,news.current-affairs,60,,\n";
    fs::write(path("bad.csv"), format!("term,category,weight,flags,context\n{terms}")).unwrap();
    fs::write(path("benign.jsonl"), "{\"text\":\"今天天气很好\"}\n明天下雨\n").unwrap();
    let bad = run(&["lexicon", "check", &path("bad.csv"), "--benign", &path("benign.jsonl")]);
    assert_eq!(bad.code, 1);
    for said in [
        "`# source:` is missing",
        "`样例詞` stands in",
        "`很长的样例词` is covered by `样例词`",
        "unknown category `a1.violens`; nearest is `a1.violence`",
        "the exception `多余` covers no term",
        "`天气` hits 1 of 2 benign rows (50.00 %)",
        "`样例词` weighs 50 wherever it stands",
        "`词组织` in the context of `词组` holds the term itself",
        "`甲` in the context of `词组` stands there twice",
        "`甲` in the context of `词组` is asked for and forbidden on the same side",
    ] {
        assert!(bad.out.contains(said), "{said}: {}", bad.out);
    }
    assert!(!bad.out.contains("`出名` weighs"), "a term of a sector is no risk: {}", bad.out);
}

#[test]
fn the_built_in_lexicons_have_no_finding_on_ordinary_lines() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let files = |folder: &Path, ending: &str| {
        let all =
            fs::read_dir(folder).into_iter().flatten().filter_map(|file| Some(file.ok()?.path().display().to_string()));
        let mut all: Vec<String> = all.filter(|path| path.ends_with(ending)).collect();
        all.sort();
        all
    };
    // One frame of ordinary lines is ten rows, and a term that does not hold by itself may stand in one.
    let mut args: Vec<String> = ["lexicon", "check", "--limit", "0.6"].map(str::to_owned).into();
    for policy in fs::read_dir(root.join("guest-policies")).unwrap() {
        args.extend(files(&policy.unwrap().path().join("lexicons"), ".csv"));
    }
    for lines in files(&root.join("tests/conformance/ordinary"), ".txt") {
        args.extend(["--benign".to_owned(), lines]);
    }
    let args: Vec<&str> = args.iter().map(String::as_str).collect();
    let checked = run(&args);
    // The oldest lists show how a sector displaces the general rule, by terms that weigh 50 and more wherever they stand.
    let shown = ["violence.csv", "discrimination.csv", "false-information.csv", "rights.csv", "film.csv", "news.csv"];
    let is_known = |line: &&str| line.contains("wherever it stands") && shown.iter().any(|file| line.contains(file));
    let is_summary =
        |line: &&str| line.contains(" keep back ") || line.contains(" keeps back ") || line.contains(" benign rows: ");
    let others: Vec<&str> = checked.out.lines().filter(|line| !is_known(line) && !is_summary(line)).collect();
    assert!(others.is_empty(), "{others:#?}");
}

#[test]
fn coverage_says_which_models_score_and_that_text_leaves_for_them() {
    let page = run(&["coverage"]).ok();
    let built_in = section(&page, "Models that score prompts and outputs (1)");
    assert!(built_in.iter().any(|line| line.contains("stays in the process")), "{page}");
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("guard.toml");
    let guard = "endpoint = \"http://127.0.0.1:9\"\nmodel = \"guard-1\"\ntemplate = \"qwen3guard\"\n";
    fs::write(&file, guard).unwrap();
    let page = run(&["coverage", "--scorer", file.to_str().unwrap()]).ok();
    let remote = section(&page, "Models that score prompts and outputs (1)");
    assert!(
        remote.iter().any(|line| line.contains("guard-1") && line.contains("leaves for another endpoint")),
        "{page}"
    );
    let zh = run(&["coverage", "--scorer", file.to_str().unwrap(), "--lang", "zh"]).ok();
    assert!(zh.contains("会发送到其他端点"), "{zh}");
    fs::write(&file, guard.replace("http://127.0.0.1:9", "http://guard.example")).unwrap();
    let refused = run(&["coverage", "--scorer", file.to_str().unwrap()]).refused();
    assert!(refused.contains("https"), "{refused}");
}
