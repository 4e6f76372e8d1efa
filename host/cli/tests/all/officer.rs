//! A compliance officer's day: fill a slot, correct an article, change a setting, sign, publish, and see it in what is decided.

use std::fs;

use serde_json::Value;

use crate::publish::Desk;
use crate::run::run;

/// The slot that the day begins with.
const SLOT: &str = "general/subversion.csv";
/// The other four, each with its category and a term.
const SLOTS: [(&str, &str, &str); 4] = [
    ("general/national-security.csv", "a1.national-security", "样例用语丙"),
    ("general/secession.csv", "a1.secession", "样例用语丁"),
    ("general/ethnic-hatred.csv", "a1.ethnic-hatred", "样例用语戊"),
    ("general/terrorism.csv", "a1.terrorism", "样例用语己"),
];

/// Writes and signs what stands in `next`, after `live`.
fn signed(desk: &Desk, reason: Option<&str>, keys: &[&str]) {
    let mut words = vec!["edition", "write", "next", "--expires", "2099-12-31", "--live", "live"];
    words.extend(reason.iter().flat_map(|reason| ["--reason", reason]));
    desk.run(&words).ok();
    for key in keys {
        desk.run(&["edition", "sign", "next", "--key", key]).ok();
    }
}

fn judged(desk: &Desk, text: &str) -> Value {
    let events = desk.path("event.jsonl");
    let context = serde_json::json!({
        "provider": {"origin": "mainland"}, "subject": {"age": "adult"},
        "agreement": {"version": "1", "current-version": "1", "accepted-on": "2026-03-09", "clauses": ["rights-duties"]},
    });
    let line = serde_json::json!({"session": "s", "context": context, "event": {"kind": "output", "text": text}});
    fs::write(&events, line.to_string()).unwrap();
    let (live, root) = (desk.path("live"), desk.public("root"));
    let words =
        ["evaluate", &events, "--format", "jsonl", "--as-of", "2026-11-02", "--edition", &live, "--root", &root];
    let out = run(&[&words[..], &["--no-state"]].concat()).out;
    fs::write(desk.path("decision.jsonl"), &out).unwrap();
    serde_json::from_str(out.lines().next().expect("a decision")).unwrap()
}

fn lexicon(desk: &Desk, words: &[&str]) -> String {
    desk.run(&[&["lexicon"], words].concat()).ok()
}

#[test]
fn an_officer_fills_a_slot_corrects_an_article_and_changes_a_setting_without_a_module() {
    let desk = Desk::new();
    desk.edition();
    desk.run(&["edition", "publish", "next", "live"]).ok();
    let text = "样例会议纪要里写着样例用语甲的口号。";
    assert_ne!(judged(&desk, text)["verdict"], "review");

    // The slot, from the command line and from a file.
    let add = ["add", "next", SLOT, "样例用语甲", "--category", "a1.subversion", "--weight", "60", "--by", "Li Hua"];
    assert!(lexicon(&desk, &add).contains("`样例用语甲` is added to general/subversion.csv"));
    let week = desk.path("week.csv");
    fs::write(&week, "term,category,weight\n样例用语乙,a1.subversion,60\n样例用语甲,a1.subversion,70\n").unwrap();
    let said = lexicon(&desk, &["import", "next", SLOT, &week, "--by", "Wang Fang"]);
    assert!(said.contains("1 term is added to general/subversion.csv, 1 changed"), "{said}");
    let exported = lexicon(&desk, &["export", "next", SLOT]);
    assert!(exported.contains("样例用语乙,a1.subversion,60,,,Wang Fang,2"), "{exported}");
    for (slot, category, term) in SLOTS {
        let said =
            lexicon(&desk, &["add", "next", slot, term, "--category", category, "--weight", "60", "--by", "Li Hua"]);
        assert!(said.contains(&format!("`{term}` is added to {slot}")), "{said}");
    }
    let diff = lexicon(&desk, &["diff", "next"]);
    assert!(diff.contains("+ general/subversion.csv: `样例用语甲` (a1.subversion, weight 70, by Wang Fang"), "{diff}");

    // An article, and a setting that vectors depend on.
    let registry = format!("{}/registry.toml", desk.path("next"));
    let before = fs::read_to_string(&registry).unwrap();
    let place = "[citations.\"IM 4(1)\"]\narticle = \"4\"\nitem = ";
    let corrected = before.replacen(&format!("{place}1"), &format!("{place}9"), 1);
    assert_ne!(before, corrected);
    fs::write(&registry, corrected).unwrap();
    fs::write(format!("{}/settings.toml", desk.path("next")), "[general]\nstop-permille = 850\n").unwrap();

    signed(&desk, None, &["alice.pem"]);
    let root = desk.public("root");
    let checked = desk.run(&["edition", "check", "next", "--root", &root, "--live", "live"]).ok();
    let terms = SLOTS.map(|(_, category, term)| (category, term));
    for (category, term) in terms.into_iter().chain([("a1.subversion", "样例用语甲"), ("a1.subversion", "样例用语乙")])
    {
        assert!(checked.contains(&format!("`{term}` ({category})")), "{term}: {checked}");
    }
    // What the setting does to vectors is shown, and so is the article.
    assert!(checked.contains("the verdict is `stop` after `review`"), "{checked}");
    assert!(checked.contains("the citation `IM 4(1)`"), "{checked}");
    desk.run(&["edition", "publish", "next", "live"]).ok();
    let decision = judged(&desk, text);
    assert_eq!(decision["verdict"], "review", "{decision}");
    let live = desk.path("live");
    let of_edition = ["--edition", &live, "--root", &root, "--no-state", "--lang", "zh"];
    let explained = run(&[&["explain", &desk.path("decision.jsonl")][..], &of_edition].concat()).ok();
    assert!(explained.contains("煽动颠覆国家政权"), "{explained}");
    assert!(explained.contains("第四条第（九）项"), "{explained}");
    let coverage = run(&[&["coverage"][..], &of_edition].concat()).ok();
    assert!(coverage.contains("第四条第（九）项") && !coverage.contains("第四条第（一）项"), "{coverage}");
    for category in SLOTS.map(|(_, category, _)| category).into_iter().chain(["a1.subversion"]) {
        let begins = format!("{category} ");
        assert!(!coverage.lines().any(|line| line.trim_start().starts_with(&begins)), "{category}: {coverage}");
    }
    for (_, category, term) in SLOTS {
        let duty = format!("{}.screen", category.replace("a1.", "im.art4."));
        let decision = judged(&desk, &text.replace("样例用语甲", term));
        let found = decision["duties"]
            .as_array()
            .unwrap()
            .iter()
            .any(|one| one["duty"] == duty.as_str() && one["level"] == "review");
        assert!(found, "{duty}: {decision}");
    }

    // A term less finds less: two approvers, with a reason.
    assert!(lexicon(&desk, &["remove", "next", SLOT, "样例用语甲"]).contains("two approvers"));
    signed(&desk, None, &["alice.pem"]);
    let refused = desk.run(&["edition", "check", "next", "--root", &root, "--live", "live"]);
    assert!(refused.err.contains("two approvers and a written reason"), "{}", refused.err);
    assert!(refused.out.contains("terms removed: `样例用语甲` (a1.subversion)"), "{}", refused.out);
    signed(&desk, Some("it was found in a song"), &["alice.pem", "bob.pem"]);
    desk.run(&["edition", "publish", "next", "live"]).ok();
    assert_ne!(judged(&desk, text)["verdict"], "review");
    assert_eq!(judged(&desk, &text.replace('甲', "乙"))["verdict"], "review");
}

#[test]
fn what_is_no_lexicon_or_no_term_is_refused_with_what_to_do() {
    let desk = Desk::new();
    desk.run(&["edition", "init", "next"]).ok();
    let term = ["样例", "--category", "a1.subversion", "--by", "Li Hua"];
    let add = |place: &str| {
        let ran = desk.run(&[&["lexicon", "add", "next", place], &term[..]].concat());
        assert_eq!((ran.code, ran.out.as_str()), (2, ""), "{}", ran.err);
        ran.err
    };
    for (place, says) in [
        ("genral/subversion.csv", "nearest is `general`"),
        ("general/subversions.csv", "nearest is `subversion.csv`"),
        ("general", "write it as `general/subversion.csv`"),
        ("../x/subversion.csv", "subversion.csv"),
        ("general/../trust.csv", ".csv"),
    ] {
        let said = add(place);
        assert!(said.contains(says), "{place}: {said}");
    }
    let bad = |more: &[&str]| {
        let words = ["lexicon", "add", "next", SLOT, "样例", "--by", "Li Hua"];
        desk.run(&[&words, more].concat()).refused()
    };
    assert!(bad(&["--category", "a1.subversion", "--flags", "wrod"]).contains("unknown flag `wrod`"));
    assert!(bad(&["--category", "a1.subversion", "--weight", "0"]).contains("is not a weight"));
    desk.run(&[&["lexicon", "add", "next", SLOT], &term[..]].concat()).ok();
    assert!(add(SLOT).contains("stands there already"));
    let said = desk.run(&["lexicon", "remove", "next", SLOT, "样本"]).refused();
    assert!(said.contains("has no term `样本`; nearest is `样例`"), "{said}");
}
