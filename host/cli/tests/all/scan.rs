//! `scan`: marks below what was found.

use serde_json::{Value, json};

use crate::run::{run, run_with};

fn lines(text: &str) -> Vec<String> {
    run(&["scan", text]).ok().lines().map(str::to_owned).collect()
}

#[test]
fn marks_stand_below_what_was_found_in_each_lane() {
    let shown = lines("pirated copy 和这本黄 色 小 说，电话１３８００１３８０００。");
    let [text, plain, tight, detector] = [0, 1, 2, 3].map(|n| shown[n].as_str());
    assert_eq!(text, "  pirated copy 和这本黄 色 小 说，电话１３８００１３８０００。");
    let blanks = |n: usize| " ".repeat(2 + n);
    let start = format!("{}^^^^^^^^^^^^  plain  a3.ip  weight 40, term `pirated copy` of `", blanks(0));
    assert!(plain.starts_with(&start) && plain.ends_with(", looks up to 16 characters to the right"), "{plain}");
    let start = format!("{}^^^^^^^^^^^  tight  a1.obscenity  weight 40, term `黄色小说` of `", blanks(19));
    assert!(tight.starts_with(&start), "{tight}");
    let start = format!("{}{}  detector  pi.mobile  weight 100, detector `mobile`", blanks(36), "^".repeat(22));
    assert!(detector.starts_with(&start), "{detector}");
    assert!(shown.contains(&"found      plain 1, tight 1, detectors and patterns 1".to_owned()), "{shown:#?}");
}

#[test]
fn what_an_exception_covers_is_not_shown() {
    let shown = lines("同学们反对恶搞革命烈士。");
    assert!(shown.contains(&"found      plain 0, tight 0, detectors and patterns 0".to_owned()), "{shown:#?}");
}

#[test]
fn how_a_term_is_said_is_shown() {
    let shown = |args: &[&str]| run(&[&["scan"], args].concat()).ok();
    let mention = shown(&["本平台打击色情内容。"]);
    assert!(mention.contains("weight 10") && mention.contains(", in prevention, mentioned"), "{mention}");
    let refusal = "抱歉，我不能告诉你怎么办假证。";
    let refused = shown(&[refusal]);
    assert!(refused.contains(", request, in refusal") && refused.contains("mentioned"), "{refused}");
    let asked = shown(&[refusal, "--said-by", "user"]);
    assert!(asked.contains("weight 80") && !asked.contains("mentioned"), "{asked}");
    let json: Value = serde_json::from_str(&shown(&["出售冰毒，包邮到家", "--format", "json"])).unwrap();
    let find = &json["finds"][0];
    assert_eq!((&find["act"], &find["mention"], &find["weight"]), (&json!("offer"), &json!(false), &json!(90)));
    let escaped = r#"{"a": "\u529e\u5047\u8bc1"}"#;
    assert!(shown(&[escaped, "--written-as", "json"]).contains("办假证"), "the term by its name");
    assert!(!shown(&[escaped]).contains("办假证"));
}

#[test]
fn what_would_be_kept_back_is_said() {
    let shown = lines("他的书架上有一本黄色小").join("\n");
    assert!(shown.contains("kept back  characters at each of 11 positions: 0: ") && shown.contains("; at the end: 3"));
    assert!(lines("今天天气很好。").join("\n").contains("at the end: 0"));
}

#[test]
fn a_program_gets_places_it_can_use() {
    let text = "😀这本黄\u{200b}色小说";
    let out: Value = serde_json::from_str(&run(&["scan", text, "--format", "json"]).ok()).unwrap();
    let find = &out["finds"][0];
    let at = |field: &str| usize::try_from(find[field].as_u64().unwrap()).unwrap();
    assert_eq!(text.get(at("start")..at("end")), Some("黄\u{200b}色小说"));
    assert_eq!((at("start-utf16"), at("end-utf16")), (4, 9));
    assert_eq!(
        (&find["lane"], &find["category"], &find["right"]),
        (&json!("tight"), &json!("a1.obscenity"), &json!(16))
    );
    assert_eq!(out["kept-back"]["positions"], text.chars().count());
}

#[test]
fn text_comes_from_standard_input_too() {
    let ran = run_with(&["scan", "-"], "第一行\n黄色小说\n".as_bytes());
    let shown: Vec<&str> = ran.out.lines().collect();
    assert_eq!(shown[..2], ["  第一行↵", "  黄色小说"]);
    assert!(shown[2].starts_with("  ^^^^^^^^  tight"), "{shown:#?}");
    let ran = run_with(&["scan", "-"], b"\n");
    assert_eq!((ran.code, ran.out.as_str()), (1, ""));
    assert_eq!(ran.err, "nothing to scan, the text is empty; give a text, or `-` for standard input\n");
    let said = run_with(&["scan", "-"], b"a\xFF").refused();
    assert_eq!(said, "standard input is not UTF-8 from byte 2 on; save the text as UTF-8");
}
