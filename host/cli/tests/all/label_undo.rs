//! `label undo`, names of providers, and Chinese throughout.

use std::fs;
use std::path::{Path, PathBuf};

use tempfile::TempDir;

use crate::run::{Ran, run};

const CODE: &str = "001191110000MAAAAAAA0210001";

fn text(path: &Path) -> &str {
    path.to_str().unwrap()
}

fn label(args: &[&str]) -> Ran {
    run(&[&["label"], args].concat())
}

fn page(folder: &TempDir, name: &str, content: &str) -> PathBuf {
    let path = folder.path().join(name);
    fs::write(&path, content).unwrap();
    path
}

#[test]
fn what_was_recorded_can_be_undone_once_and_only_as_it_was() {
    let folder = TempDir::new().unwrap();
    let old = "---\ntitle: 题\n---\n# 题\n";
    let path = page(&folder, "a.md", old);
    let record = folder.path().join("a.md.aigc-undo.json");
    let write = ["write", text(&path), "--producer", CODE, "--id", "n-1", "--in-place", "--record"];
    label(&write).ok();
    let labelled = fs::read_to_string(&path).unwrap();
    assert!(record.exists() && labelled.contains("n-1"));
    // Neither is a record written over, nor is the file changed then.
    let again = label(&[&write[..], &["--replace"]].concat());
    assert!(again.code == 1 && again.err.contains("the record of an earlier change is kept"), "{}", again.err);
    assert_eq!(fs::read_to_string(&path).unwrap(), labelled);
    fs::write(&path, labelled.replace("# 题", "# 目")).unwrap();
    let changed = label(&["undo", text(&path), "--in-place"]);
    assert!(changed.code == 1 && changed.err.contains("changed after it was labelled"), "{}", changed.err);
    fs::write(&path, &labelled).unwrap();
    let copy = folder.path().join("copy.md");
    label(&["undo", text(&path), "-o", text(&copy)]).ok();
    assert_eq!((fs::read_to_string(&copy).unwrap(), record.exists()), (old.to_owned(), true));
    label(&["undo", text(&path), "--in-place"]).ok();
    assert_eq!((fs::read_to_string(&path).unwrap(), record.exists()), (old.to_owned(), false));
    let gone = label(&["undo", text(&path), "--in-place"]);
    assert!(gone.code == 1 && gone.err.contains("there is no record"), "{}", gone.err);
}

#[test]
fn a_record_that_was_changed_makes_no_file() {
    let folder = TempDir::new().unwrap();
    let path = page(&folder, "a.html", "<p>文</p>");
    label(&["write", text(&path), "--producer", CODE, "--id", "n-1", "--in-place", "--record"]).ok();
    let labelled = fs::read(&path).unwrap();
    let record = folder.path().join("a.html.aigc-undo.json");
    let said = fs::read_to_string(&record).unwrap();
    for (other, why) in [
        (said.replace("\"put\":\"\"", "\"put\":\"AAAA\""), "the record was changed"),
        (said.replace("\"put\"", "\"more\""), "is no record"),
        (said.replace("\"at\":0", "\"at\":999"), "a.html"),
    ] {
        fs::write(&record, other).unwrap();
        let ran = label(&["undo", text(&path), "--in-place"]);
        assert!(ran.code == 1 && ran.err.contains(why), "{}", ran.err);
        assert_eq!(fs::read(&path).unwrap(), labelled);
    }
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 2);
}

#[test]
fn records_are_no_files_of_an_archive() {
    let folder = TempDir::new().unwrap();
    let path = page(&folder, "a.md", "# page\n");
    label(&["write", text(&path), "--producer", CODE, "--id", "n-1", "--in-place", "--record"]).ok();
    let ran = label(&["check", "-r", text(folder.path()), "--format", "jsonl"]);
    assert_eq!((ran.code, ran.out.lines().count()), (0, 1), "{}", ran.out);
}

#[test]
fn providers_are_named_by_the_table_that_is_built_in_or_given() {
    let folder = TempDir::new().unwrap();
    let code = "001191440300708461136T10001";
    let path = page(&folder, "a.md", "# page\n");
    label(&["write", text(&path), "--producer", code, "--id", "n-1", "--in-place"]).ok();
    let own = page(&folder, "own.csv", "# own\n91440300708461136T,甲公司\n");
    for (args, name) in [(vec![], "深圳市腾讯计算机系统有限公司"), (vec!["--providers", text(&own)], "甲公司")]
    {
        for command in ["read", "explain"] {
            let ran = label(&[&[command, text(&path)], &args[..]].concat());
            assert!(ran.out.contains(name), "{command}: {}", ran.out);
        }
        let ran = label(&[&["check", text(&path), "--format", "jsonl"], &args[..]].concat());
        assert!(ran.out.contains(&format!("\"producer-name\":\"{name}\"")), "{}", ran.out);
    }
    let bad = page(&folder, "bad.csv", "91440300708461136T 甲公司\n914403007084611360,乙\n");
    let ran = label(&["explain", text(&path), "--providers", text(&bad)]);
    assert!(ran.code != 0 && ran.err.contains("line 1 is no provider"), "{}", ran.err);
}

#[test]
fn chinese_is_chinese_throughout() {
    let folder = TempDir::new().unwrap();
    let bad = page(&folder, "bad.md", "---\nAIGC: '{\"Label\":\"9\"}'\n---\n");
    let cut = page(&folder, "cut.pdf", "%PDF-1.7\n");
    let none = page(&folder, "none.html", "<p>x</p>");
    // What stays in Latin letters: names of files, formats, fields and rules.
    let english =
        [" the ", " is ", "write ", "note:", "verdict", "finding", "place", "cannot", "byte", "EOF", "(start)"];
    let half = page(&folder, "half.md", "---\nAIGC: '{\"Label\":\"1\",\"ProduceID\":'\n---\n");
    let more = folder.path().join("more.gif");
    std::fs::write(&more, b"GIF89a\x01\0\x01\0\0\0\0,\0\0\0\0\x01\0\x01\0\0\x02\x02\x44\x01\0;more").unwrap();
    let gone = folder.path().join("gone.png");
    let odd = page(&folder, "odd.bin", "other");
    let files =
        [text(&bad), text(&cut), text(&none), text(&half), text(&more), text(&gone), text(&odd), text(folder.path())];
    for command in ["check", "read", "explain"] {
        let ran = label(&[&[command], &files[..], &["--lang", "zh"]].concat());
        let said = ran.out.clone() + &ran.err;
        for word in english {
            assert!(!said.contains(word), "{command}: {word}: {said}");
        }
        assert!(said.contains("文件") || said.contains("结论") || said.contains("不合规"), "{said}");
    }
    let ran = label(&["check", text(&bad), text(&cut), "--lang", "zh"]);
    assert!(
        ran.out.contains("不合规") && ran.out.contains("无法判断") && ran.out.contains("缺少 `ProduceID`"),
        "{}",
        ran.out
    );
    let sarif = label(&["check", text(&bad), "--lang", "zh", "--format", "sarif"]);
    assert!(sarif.out.contains("缺少 `ProduceID`"), "{}", sarif.out);
    for format in ["sarif", "junit"] {
        let ran = label(&["check", text(&none), text(&cut), text(&gone), "--lang", "zh", "--format", format]);
        assert!(ran.out.contains("文件不能打开") && ran.out.contains("文件不存在"), "{}", ran.out);
        assert!(format != "junit" || ran.out.contains("message=\"未发现标识\""), "{}", ran.out);
    }
    let marked = page(&folder, "marked.txt", "（AI生成）正文");
    let wave = page(&folder, "a.wav", "RIFF");
    let ran = label(&["check", "--explicit", text(&marked), text(&wave), "--lang", "zh"]);
    assert!(ran.out.contains("`（AI生成）正文` (开头)") && ran.out.contains("请自行查看或者收听"), "{}", ran.out);
}

/// No word of English stands in what was said, but names of files, formats, fields, options and programs.
#[track_caller]
fn is_chinese(ran: &Ran, expected: &str) {
    let said = ran.out.clone() + &ran.err;
    for word in [" the ", " is ", " it ", "note:", "error:", "cannot", "could", "already", "kept", "lost", " or "] {
        assert!(!said.contains(word), "{word}: {said}");
    }
    assert!(said.contains(expected), "{expected}: {said}");
}

#[test]
fn commands_that_write_speak_chinese_as_well() {
    let folder = TempDir::new().unwrap();
    let zh = |args: &[&str]| label(&[args, &["--lang", "zh"]].concat());
    let path = page(&folder, "a.html", "<p>文</p>");
    let file = text(&path);
    let by = ["--producer", CODE, "--id", "n-1"];
    let write = |more: &[&str]| zh(&[&["write", file], &by[..], more].concat());
    is_chinese(&write(&[]), "错误：请指明结果写到何处");
    is_chinese(&write(&["--in-place", "--dry-run"]), "将新增");
    is_chinese(&zh(&["write", file, "--producer", "甲 乙", "--id", "1", "--in-place"]), "不允许出现");
    is_chinese(&zh(&["write", file, "--producer", CODE, "--id", "1111", "--in-place"]), "标识不合规");
    is_chinese(&zh(&["write", "*.nothing", "--producer", CODE, "--id", "1", "--in-place"]), "没有文件与");
    let confirmed = ["--propagate", "confirmed", "--propagator", "p", "--id", "n-2", "--in-place"];
    is_chinese(&zh(&[&["write", file], &confirmed[..]].concat()), "没有可供沿用的标识");
    is_chinese(&zh(&["undo", file, "--in-place"]), "没有记录");
    assert_eq!(write(&["--in-place", "--record"]).code, 0);
    is_chinese(&write(&["--in-place"]), "文件已有标识");
    let other = page(&folder, "b.html", "<p>文</p>");
    is_chinese(&zh(&["diff", file, text(&other)]), "标识数: 改变: 1 -> 0");
    is_chinese(&zh(&["diff", file, text(&folder.path().join("gone.html"))]), "文件不能打开：文件不存在");
    is_chinese(&zh(&["transplant", text(&other), file, "--in-place"]), "不能沿用：没有标识");
    is_chinese(&zh(&["transplant", file, text(&other), "-o", file]), "已经存在");
    is_chinese(&zh(&["mark", file, "--in-place", "--wording", "人工"]), "缺少人工智能要素");
    let table = page(&folder, "a.csv", "a,b");
    is_chinese(&zh(&["mark", text(&table), "--in-place"]), "请在展示内容之处显示");
    let svg = page(&folder, "a.svg", "<svg xmlns=\"http://www.w3.org/2000/svg\"/>");
    is_chinese(&zh(&["mark", text(&svg), "--in-place"]), "加显式标识");
    let wave = folder.path().join("a.flac");
    fs::write(
        &wave,
        b"fLaC\x80\0\0\x22\x10\0\x10\0\0\0\0\0\0\0\x0a\xc4\x42\xf0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0",
    )
    .unwrap();
    let none = ["--ffmpeg", "/no/such/program", "--in-place"];
    is_chinese(&zh(&[&["mark", text(&wave)], &none[..]].concat()), "不能运行");
    fs::write(&path, fs::read_to_string(&path).unwrap().replace('文', "目")).unwrap();
    is_chinese(&zh(&["undo", file, "--in-place"]), "与记录不符");
}
