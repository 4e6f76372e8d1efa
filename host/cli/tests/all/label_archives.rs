//! `label` over whole archives: folders, streams, results for programs, and what became of a label.

use std::fs;
use std::path::{Path, PathBuf};

use serde_json::Value;
use tempfile::TempDir;

use crate::run::{Ran, finish, program, run, run_with};

const CODE: &str = "001191110000MAAAAAAA0210001";

fn text(path: &Path) -> &str {
    path.to_str().unwrap()
}

fn label(args: &[&str]) -> Ran {
    run(&[&["label"], args].concat())
}

/// A folder with pages in folders, a text, something of no known format, and one file that is no PDF.
fn archive() -> TempDir {
    let folder = TempDir::new().unwrap();
    for (name, content) in [
        ("a/one.md", "# one\n"),
        ("a/b/two.html", "<p>two</p>"),
        ("a/b/three.txt", "three\n"),
        ("a/notes.bin", "other"),
        ("bad.pdf", "no PDF"),
    ] {
        let path = folder.path().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, content).unwrap();
    }
    folder
}

fn tree(folder: &Path) -> Vec<String> {
    let mut names = Vec::new();
    let mut waiting = vec![folder.to_owned()];
    while let Some(next) = waiting.pop() {
        for entry in fs::read_dir(&next).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                waiting.push(path);
            } else {
                names.push(path.strip_prefix(folder).unwrap().to_str().unwrap().to_owned());
            }
        }
    }
    names.sort();
    names
}

#[test]
fn a_tree_is_labelled_into_another_and_what_fails_is_named() {
    let folder = archive();
    let out = folder.path().join("out");
    let write = ["write", "-r", text(folder.path()), "--producer", CODE, "--id-prefix", "n-"];
    let dry = label(&[&write[..], &["--dry-run", "--format", "jsonl"]].concat());
    assert_eq!((dry.code, out.exists()), (1, false), "{}", dry.err);
    let lines: Vec<Value> = dry.out.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(lines.len(), 4, "{}", dry.out);
    assert_eq!(lines.iter().filter(|line| line["error"].is_string()).count(), 1, "failures have a line: {}", dry.out);
    let ran = label(&[&write[..], &["--out-dir", text(&out)]].concat());
    assert_eq!(ran.code, 1);
    assert!(ran.err.contains("bad.pdf") && ran.err.contains("this is no PDF"), "{}", ran.err);
    assert_eq!(tree(&out), ["a/b/three.txt", "a/b/three.txt.aigc.json", "a/b/two.html", "a/one.md"]);
    let texts = ["a/b/three.txt", "out/a/b/three.txt"].map(|name| fs::read(folder.path().join(name)).unwrap());
    assert_eq!(texts[0], texts[1], "a label stands beside its text");
    assert_eq!(label(&["check", text(&out.join("a/b/three.txt"))]).code, 0);
    assert_eq!(fs::read(folder.path().join("a/one.md")).unwrap(), b"# one\n");
    let checked = label(&["check", "-r", text(&out), "--ext", "md,.HTML", "--format", "jsonl"]);
    assert_eq!((checked.code, checked.out.lines().count()), (0, 2), "{}{}", checked.out, checked.err);
    let nothing = label(&["check", "-r", text(&out), "--ext", "png"]);
    assert!(nothing.code == 2 && nothing.err.contains("no file of a known format"), "{}", nothing.err);
    // Nothing is written over, and the name of the folder alone is no file.
    let again = label(&[&write[..], &["--out-dir", text(&out)]].concat());
    assert!(again.err.contains("is there already"), "{}", again.err);
    assert_eq!(label(&["check", text(folder.path())]).code, 5);
}

#[test]
fn a_folder_that_cannot_be_gone_through_is_named_and_the_rest_is_done() {
    let folder = archive();
    let deep = (0..260).fold(folder.path().join("deep"), |path, _| path.join("d"));
    fs::create_dir_all(&deep).unwrap();
    fs::write(deep.join("far.md"), "# far\n").unwrap();
    let ran = label(&["check", "-r", text(folder.path()), "--ext", "md", "--format", "jsonl"]);
    let lines: Vec<Value> = ran.out.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!((ran.code, lines.len()), (5, 2), "{}{}", ran.out, ran.err);
    assert!(lines.iter().any(|line| line["verdict"] == "not-found"), "{}", ran.out);
    assert!(
        lines.iter().any(|line| line["error"].as_str().is_some_and(|error| error.contains("folder"))),
        "{}",
        ran.out
    );
}

#[test]
fn many_files_are_written_at_once_in_the_order_in_which_they_were_named() {
    let folder = TempDir::new().unwrap();
    let names: Vec<PathBuf> = (0..300).map(|n| folder.path().join(format!("{n:03}.md"))).collect();
    for name in &names {
        fs::write(name, "# page\n").unwrap();
    }
    let pattern = folder.path().join("*.md");
    let args = ["write", text(&pattern), "--producer", CODE, "--id-prefix", "n-", "--in-place", "--jobs", "3"];
    let ran = label(&args);
    assert_eq!(ran.code, 0, "{}", ran.err);
    let shown: Vec<&str> = ran.out.lines().collect();
    assert_eq!(shown.len(), names.len());
    for (n, (name, shown)) in names.iter().zip(shown).enumerate() {
        assert!(shown.ends_with(name.file_name().unwrap().to_str().unwrap()));
        assert!(fs::read_to_string(name).unwrap().contains(&format!("\"n-{}\"", n + 1)));
    }
    assert_eq!(tree(folder.path()).len(), names.len());
}

#[test]
fn a_page_goes_through_a_pipe() {
    let args = ["label", "write", "-", "--as", "md", "--producer", CODE, "--id", "n-1"];
    let ran = run_with(&args, b"# page\n");
    assert!(ran.code == 0 && ran.out.starts_with("---\nAIGC:\n") && ran.out.ends_with("# page\n"), "{}", ran.err);
    let checked = run_with(&["label", "check", "-", "--as", "md", "--format", "jsonl"], ran.out.as_bytes());
    assert_eq!(checked.code, 0, "{}", checked.out);
    let refused = run_with(&[&args[..], &["--in-place"]].concat(), b"# page\n");
    assert!(refused.refused().contains("what standard input gives is no file"));
    let marked = run_with(&["label", "mark", "-", "--as", "md"], b"# page\n");
    assert_eq!((marked.code, marked.out.as_str()), (0, "（AI生成）\n\n# page\n"), "{}", marked.err);
}

#[test]
fn each_verdict_has_a_code_and_the_heaviest_counts() {
    let folder = TempDir::new().unwrap();
    let file = |name: &str, content: &str| {
        let path = folder.path().join(name);
        fs::write(&path, content).unwrap();
        text(&path).to_owned()
    };
    let none = file("none.md", "# page\n");
    let bad = file("bad.md", "---\nAIGC: '{\"Label\":\"9\"}'\n---\n");
    let cut = file("cut.pdf", "%PDF-1.7\n");
    let good = file("good.md", "# page\n");
    label(&["write", &good, "--producer", CODE, "--id", "n-1", "--in-place"]).ok();
    let gone = text(&folder.path().join("gone.md")).to_owned();
    for (files, code) in [
        (vec![&good], 0),
        (vec![&bad], 1),
        (vec![&none], 3),
        (vec![&cut], 4),
        (vec![&gone], 5),
        (vec![&good, &none], 3),
        (vec![&none, &cut, &good], 4),
        (vec![&bad, &cut], 1),
        (vec![&bad, &gone, &cut], 5),
    ] {
        let files: Vec<&str> = files.into_iter().map(String::as_str).collect();
        for command in ["check", "explain"] {
            assert_eq!(label(&[&[command], &files[..]].concat()).code, code, "{command} {files:?}");
        }
    }
}

#[test]
fn results_for_other_programs_name_every_file() {
    let folder = archive();
    let sarif = label(&["check", "-r", text(folder.path()), "--format", "sarif"]);
    let said: Value = serde_json::from_str(&sarif.out).unwrap();
    assert_eq!((sarif.code, &said["version"]), (4, &Value::from("2.1.0")));
    let results = said["runs"][0]["results"].as_array().unwrap();
    let of = |rule: &str| results.iter().filter(|result| result["ruleId"] == rule).count();
    assert_eq!((of("not-found"), of("inconclusive")), (3, 1), "{}", sarif.out);
    let rules = said["runs"][0]["tool"]["driver"]["rules"].as_array().unwrap();
    for result in results {
        assert!(rules.iter().any(|rule| rule["id"] == result["ruleId"]), "{result}");
        let uri = result["locations"][0]["physicalLocation"]["artifactLocation"]["uri"].as_str().unwrap();
        assert!(!uri.contains(' '), "{uri}");
    }
    let gone = folder.path().join("<gone>\n.md");
    let junit = label(&["check", "-r", text(folder.path()), text(&gone), "--format", "junit"]);
    assert_eq!(junit.code, 5);
    assert!(junit.out.contains("tests=\"5\" failures=\"4\" errors=\"1\""), "{}", junit.out);
    assert!(
        junit.out.contains("&lt;gone&gt;&#10;.md") && junit.out.contains("<failure type=\"not-found\""),
        "{}",
        junit.out
    );
    let sarif = label(&["check", text(&gone), "--format", "sarif"]);
    let said: Value = serde_json::from_str(&sarif.out).unwrap();
    let message = said["runs"][0]["results"][0]["message"]["text"].as_str().unwrap();
    assert_eq!((sarif.code, message.matches("opened").count()), (5, 1), "{message}");
}

#[cfg(target_os = "linux")]
#[test]
fn names_in_another_encoding_are_taken_as_they_are() {
    use std::ffi::OsStr;
    use std::os::unix::ffi::OsStrExt as _;

    let folder = TempDir::new().unwrap();
    let names: [&[u8]; 2] = [b"\xB1\xEA.md", b"\xB2\xEA.md"];
    let paths = names.map(|name| folder.path().join(OsStr::from_bytes(name)));
    paths.iter().for_each(|path| fs::write(path, "# page\n").unwrap());
    let mut command = program(&["label", "check", "--format", "sarif"]);
    command.args(&paths);
    let sarif = finish(command, b"");
    assert_eq!(sarif.code, 3, "{}", sarif.err);
    let said: Value = serde_json::from_str(&sarif.out).unwrap();
    for (index, end) in ["%B1%EA.md", "%B2%EA.md"].into_iter().enumerate() {
        let place = &said["runs"][0]["results"][index]["locations"][0]["physicalLocation"];
        assert!(place["artifactLocation"]["uri"].as_str().unwrap().ends_with(end), "{}", sarif.out);
    }
}

#[test]
fn what_became_of_a_label_is_said_and_it_can_be_taken_over() {
    let folder = TempDir::new().unwrap();
    let path = |name: &str| folder.path().join(name);
    fs::write(path("before.md"), "# page\n").unwrap();
    fs::write(path("after.html"), "<p>page</p>").unwrap();
    label(&["write", text(&path("before.md")), "--producer", CODE, "--id", "n-1", "--in-place"]).ok();
    let diff = |before: &str, after: &str, args: &[&str]| {
        label(&[&["diff", text(&path(before)), text(&path(after))], args].concat())
    };
    let lost = diff("before.md", "after.html", &[]);
    assert!(lost.code == 1 && lost.out.contains("ProduceID: lost: n-1 -> -"), "{}", lost.out);
    let same = diff("before.md", "before.md", &["--format", "jsonl"]);
    assert!(same.code == 0 && same.out.contains("\"is\":\"kept\""), "{}", same.out);
    let gone = diff("before.md", "gone.md", &[]);
    assert!(gone.code == 5 && gone.out.is_empty() && gone.err.contains("cannot be opened"), "{}", gone.err);
    let (before, after) = (path("before.md"), path("after.html"));
    let transplant = ["transplant", text(&before), text(&after), "--in-place"];
    label(&transplant).ok();
    assert_eq!(diff("before.md", "after.html", &[]).code, 0);
    assert_eq!(label(&["check", text(&after)]).code, 0);
    let twice = label(&transplant);
    assert!(twice.code == 1 && twice.err.contains("labelled already"), "{}", twice.err);
    fs::write(path("none.md"), "# page\n").unwrap();
    let none = path("none.md");
    let refused = label(&["transplant", text(&none), text(&after), "--replace", "--in-place"]);
    assert!(refused.code == 1 && refused.err.contains("it has none"), "{}", refused.err);
}

#[test]
fn a_mark_that_is_there_is_not_drawn_again() {
    let folder = TempDir::new().unwrap();
    let path = folder.path().join("a.wav");
    let fmt = [1, 0, 1, 0, 0x40, 0x1F, 0, 0, 0x80, 0x3E, 0, 0, 2, 0, 16, 0];
    let body = [b"WAVEfmt \x10\0\0\0".as_slice(), &fmt, b"data\x04\0\0\0", &[7; 4]].concat();
    fs::write(&path, [b"RIFF".as_slice(), &u32::try_from(body.len()).unwrap().to_le_bytes(), &body].concat()).unwrap();
    label(&["mark", text(&path), "--in-place"]).ok();
    let once = fs::read(&path).unwrap();
    let ran = label(&["mark", text(&path), "--in-place"]);
    assert!(ran.code == 0 && ran.err.contains("already marked"), "{}", ran.err);
    assert_eq!(fs::read(&path).unwrap(), once);
    let copy = folder.path().join("copy.wav");
    label(&["mark", text(&path), "-o", text(&copy)]).ok();
    assert_eq!(fs::read(&copy).unwrap(), once);
    label(&["mark", text(&path), "--in-place", "--again"]).ok();
    assert!(fs::read(&path).unwrap().len() > once.len());
    for (name, old) in [("a.md", "---\nt: x\n---\n# t\n"), ("a.html", "<p>x</p>"), ("a.txt", "文")] {
        for at in ["start", "both"] {
            let path = folder.path().join(name);
            fs::write(&path, old).unwrap();
            let marked = || fs::read_to_string(&path).unwrap();
            label(&["mark", text(&path), "--at", at, "--in-place"]).ok();
            let once = marked();
            let ran = label(&["mark", text(&path), "--at", at, "--in-place"]);
            assert!(ran.code == 0 && ran.err.contains("already marked") && marked() == once, "{name}: {}", ran.err);
            label(&["mark", text(&path), "--at", at, "--in-place", "--again"]).ok();
            let n = |text: &str| text.matches("AI生成").count();
            assert_eq!(n(&marked()), 2 * n(&once), "{name}: {}", marked());
        }
    }
}

#[test]
fn a_run_that_is_killed_leaves_each_file_old_or_new() {
    use std::io::{BufRead as _, BufReader};
    use std::process::{Command, Stdio};

    let folder = TempDir::new().unwrap();
    let old = "# page\n";
    let names: Vec<PathBuf> = (0..600).map(|n| folder.path().join(format!("{n:03}.md"))).collect();
    for name in &names {
        fs::write(name, old).unwrap();
    }
    let mut child = Command::new(env!("CARGO_BIN_EXE_specialis"))
        .args([
            "label",
            "write",
            text(&folder.path().join("*.md")),
            "--producer",
            CODE,
            "--id-prefix",
            "n-",
            "--in-place",
        ])
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    // The first line comes when the first batch is done; by then the next is under way.
    let mut line = String::new();
    BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
    child.kill().unwrap();
    child.wait().unwrap();
    let mut n_new = 0;
    for (n, name) in names.iter().enumerate() {
        let content = fs::read_to_string(name).unwrap();
        if content != old {
            assert!(content.ends_with(old) && content.contains(&format!("\"n-{}\"", n + 1)), "{content}");
            n_new += 1;
        }
    }
    assert!(n_new > 0, "{line}");
}

#[test]
fn the_words_of_a_mark_are_found_in_what_people_read() {
    let folder = TempDir::new().unwrap();
    let file = |name: &str, content: &str| {
        let path = folder.path().join(name);
        fs::write(&path, content).unwrap();
        text(&path).to_owned()
    };
    let body = "这是一段正文，写的是春天的河流与远处的山，还有几位老朋友，没有别的意思，也不说别的事情。";
    let cases = [
        (file("a.txt", &format!("（AI生成）{body}")), Some("start")),
        (file("a.md", &format!("---\ntitle: 题\n---\n\n{body}\n\n本文由人工智能合成\n")), Some("end")),
        (file("a.html", &format!("<body><p>{body}</p><p>内容由 <b>AI</b> 生成</p></body>")), Some("end")),
        (
            file("a.srt", "1\n00:00:00,000 --> 00:00:02,000\nAI生成\n\n2\n00:00:02,000 --> 00:00:03,000\n文\n"),
            Some("within"),
        ),
        (file("b.html", &format!("<!-- AI生成 --><script>'AI生成'</script><p>{body}</p>")), None),
        (file("b.txt", body), None),
    ];
    for (path, place) in cases {
        let ran = label(&["check", "--explicit", &path, "--format", "jsonl"]);
        let said: Value = serde_json::from_str(&ran.out).unwrap();
        assert_eq!(said["explicit"]["verdict"], if place.is_some() { "found" } else { "not-found" }, "{}", ran.out);
        assert_eq!(said["explicit"]["marks"][0]["place"].as_str(), place, "{}", ran.out);
        assert_eq!(said["verdict"], "not-found");
    }
    let table = label(&["check", "--explicit", &file("c.txt", "AI生成")]);
    assert!(table.out.contains("EXPLICIT MARK") && table.out.contains("`AI生成` (start)"), "{}", table.out);
    let pdf = label(&["check", "--explicit", &file("a.wav", "RIFF"), "--format", "jsonl"]);
    assert!(pdf.out.contains("\"unknown\""), "{}", pdf.out);
}
