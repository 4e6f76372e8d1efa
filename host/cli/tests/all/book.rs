//! The book, chapter by chapter: its files are written, its commands run in order, and what it shows comes out.
//!
//! Of a listing the first word says what it is, and `file=NAME` where it is written; `append` adds it to what is there. A listing of
//! kind `console` has commands after `$ ` and what they print below; a file may name variables that commands have set. `…` stands
//! for any text in a line, and alone for any lines; `code=1` is how the last command of the listing ends. What has no `file` is
//! checked otherwise: `rust` compiles with the documentation, `json` parses, `text` is for people alone.

mod shell;

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use shell::Shell;

/// The kind of a line that takes files from another page: `<!-- files of PAGE: FILE FILE -->`.
const TAKEN: &str = "files of";

/// A listing of a chapter.
struct Listing<'a> {
    /// Its first line in the chapter, from 1.
    at: usize,
    words: Vec<&'a str>,
    lines: Vec<&'a str>,
}

impl<'a> Listing<'a> {
    fn all(text: &'a str) -> Vec<Self> {
        let mut all: Vec<Self> = Vec::new();
        let mut is_open = false;
        for (line, at) in text.lines().zip(1..) {
            if let Some(taken) = line.strip_prefix("<!-- files of ").filter(|_| !is_open) {
                all.push(Self { at, words: vec![TAKEN], lines: vec![taken] });
            }
            match line.strip_prefix("```") {
                Some(_) if is_open => is_open = false,
                Some(info) => {
                    is_open = true;
                    all.push(Self { at, words: info.split([' ', ',']).collect(), lines: Vec::new() });
                }
                None if is_open => all.last_mut().unwrap().lines.push(line),
                None => {}
            }
        }
        assert!(!is_open, "a listing has no end");
        all
    }

    /// The page and the names of files that are taken from there.
    fn taken(&self) -> (&'a str, Vec<&'a str>) {
        let (page, names) = self.lines[0].trim_end_matches(" -->").split_once(": ").expect("a page and files");
        (page, names.split(' ').collect())
    }

    fn kind(&self) -> &'a str {
        self.words[0]
    }

    fn value(&self, name: &str) -> Option<&'a str> {
        self.words.iter().find_map(|word| word.strip_prefix(name)?.strip_prefix('='))
    }

    fn text(&self) -> String {
        self.lines.iter().flat_map(|line| [line, "\n"]).collect()
    }
}

fn source() -> PathBuf {
    repository().join("docs/book/src")
}

fn repository() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").canonicalize().unwrap()
}

/// Every page of the book but its table of contents, by path below `src`.
fn pages() -> BTreeSet<String> {
    let mut pages = BTreeSet::new();
    let mut folders = vec![source()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|kind| kind == "md") {
                let parts = path.strip_prefix(source()).unwrap().components();
                let parts: Vec<_> = parts.map(|part| part.as_os_str().to_string_lossy().into_owned()).collect();
                pages.insert(parts.join("/"));
            }
        }
    }
    assert!(pages.remove("SUMMARY.md"));
    pages
}

/// Goes through a chapter from its first listing to its last.
fn chapter(name: &str) {
    let text = fs::read_to_string(source().join(name)).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let mut shell = Shell::new(folder.path(), &repository());
    for listing in Listing::all(&text) {
        let place = format!("{name}:{}", listing.at);
        match (listing.kind(), listing.value("file")) {
            (_, Some(file)) => write(&folder.path().join(file), &listing, &shell),
            (TAKEN, None) => take(&listing, folder.path(), &shell),
            ("console", None) => {
                let code = listing.value("code").map_or(0, |code| code.parse().unwrap());
                if let Err(why) = shell.run(&place, &listing.lines, code) {
                    eprintln!("SKIPPED: the rest of {name}: {why}");
                    return;
                }
            }
            _ => {}
        }
    }
}

/// Writes the files that a chapter takes from another, in the order of that one.
fn take(listing: &Listing<'_>, folder: &Path, shell: &Shell) {
    let (page, names) = listing.taken();
    let text = fs::read_to_string(source().join(page)).unwrap();
    let all = Listing::all(&text);
    for name in &names {
        assert!(all.iter().any(|one| one.value("file") == Some(*name)), "{page} has no file `{name}`");
    }
    for one in &all {
        if let Some(name) = one.value("file").filter(|name| names.contains(name)) {
            write(&folder.join(name), one, shell);
        }
    }
}

fn write(file: &Path, listing: &Listing<'_>, shell: &Shell) {
    fs::create_dir_all(file.parent().unwrap()).unwrap();
    let before = if listing.words.contains(&"append") { fs::read_to_string(file).unwrap() } else { String::new() };
    fs::write(file, before + &shell.filled(&listing.text())).unwrap();
}

#[test]
fn the_first_policy_in_rust_is_made_as_the_book_says() {
    chapter("first-policy/rust.md");
}

#[test]
fn the_first_policy_as_a_table_is_made_as_the_book_says() {
    chapter("first-policy/table.md");
}

#[test]
fn the_first_policy_in_javascript_is_made_as_the_book_says() {
    chapter("first-policy/javascript.md");
}

#[test]
fn the_first_policy_in_python_is_made_as_the_book_says() {
    chapter("first-policy/python.md");
}

#[test]
fn a_policy_gets_live_in_eight_commands() {
    let text = fs::read_to_string(source().join("live.md")).unwrap();
    let commands = |listing: &Listing<'_>| listing.lines.iter().filter(|line| line.starts_with("$ ")).count();
    let lists: Vec<usize> =
        Listing::all(&text).iter().filter(|one| one.words.contains(&"live")).map(commands).collect();
    assert_eq!(lists, [8, 8], "a table and Rust");
    chapter("live.md");
}

#[test]
fn precedence_is_as_the_book_says() {
    chapter("precedence.md");
}

#[test]
fn a_policy_is_tested_as_the_book_says() {
    chapter("testing.md");
}

#[test]
fn a_policy_is_signed_as_the_book_says() {
    chapter("signing.md");
}

#[test]
fn costs_are_shown_as_the_book_says() {
    chapter("costs.md");
}

#[test]
fn the_server_is_started_as_the_book_says() {
    chapter("serving.md");
}

#[test]
fn the_ledger_is_read_as_the_book_says() {
    chapter("ledger.md");
}

/// Nothing stands in the book that no test looks at.
#[test]
fn every_listing_of_the_book_is_run_compiled_or_read() {
    let tests = include_str!("book.rs");
    let compiled = include_str!("../../../../tests/support/lib.rs");
    for page in pages() {
        let text = fs::read_to_string(source().join(&page)).unwrap();
        let is_run = tests.contains(&format!("chapter(\"{page}\")"));
        for listing in Listing::all(&text) {
            let (kind, at) = (listing.kind(), listing.at);
            match kind {
                _ if listing.value("file").is_some() => assert!(is_run, "{page}:{at}: no test writes this file"),
                "console" | TAKEN => assert!(is_run, "{page}:{at}: no test runs these commands"),
                "rust" => {
                    let is_compiled = compiled.contains(&format!("include_str!(\"../../docs/book/src/{page}\")"));
                    assert!(is_compiled, "{page}:{at}: nothing compiles this");
                    assert!(!listing.words.contains(&"ignore"), "{page}:{at}: nothing compiles this");
                }
                "json" => {
                    let parsed: Result<serde_json::Value, _> = serde_json::from_str(&listing.text());
                    assert!(parsed.is_ok(), "{page}:{at}: {parsed:?}");
                }
                "text" => {}
                _ => panic!("{page}:{at}: nothing checks a listing of kind `{kind}`; give it a `file`"),
            }
        }
    }
}

#[test]
fn every_page_stands_in_the_table_of_contents_once() {
    let summary = fs::read_to_string(source().join("SUMMARY.md")).unwrap();
    for page in pages() {
        assert_eq!(summary.matches(&format!("]({page})")).count(), 1, "{page}");
    }
}
