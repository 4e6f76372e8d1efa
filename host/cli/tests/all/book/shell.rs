//! As much of a shell as the listings of the book need: words in quotes, variables, files for what is printed.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::run::{Ran, as_author, finish, link, program};

/// What the program says where a language, or the packages of a policy, are not there.
const MISSING: [&str; 3] =
    ["the packages of the policy are not installed", "node or npm does not start", "python does not start"];

/// A folder in which commands run.
pub(super) struct Shell {
    folder: PathBuf,
    repository: PathBuf,
    variables: BTreeMap<String, String>,
}

/// A line as it is typed.
#[derive(Debug, Default, PartialEq, Eq)]
struct Line {
    /// The variable that gets what is printed.
    variable: Option<String>,
    words: Vec<String>,
    /// The file that gets what is printed, and whether it is added to it.
    to: Option<(String, bool)>,
    /// How many lines are kept of what is printed.
    first: Option<usize>,
}

impl Shell {
    /// Repository and SDK are in the folder under the name `specialis`.
    pub(super) fn new(folder: &Path, repository: &Path) -> Self {
        link(repository, &folder.join("specialis"));
        Self { folder: folder.to_owned(), repository: repository.to_owned(), variables: BTreeMap::new() }
    }

    /// A text with the values of variables in the place of their names.
    pub(super) fn filled(&self, text: &str) -> String {
        let value = |text: String, (name, value): (&String, &String)| text.replace(&format!("${name}"), value);
        self.variables.iter().fold(text.to_owned(), value)
    }

    /// Runs the commands of a listing, each of which ends with 0, but for the last, which ends with `code`.
    ///
    /// # Errors
    /// Where the language of a policy, or its packages, are not there; the text says which.
    pub(super) fn run(&mut self, place: &str, lines: &[&str], code: i32) -> Result<(), String> {
        let n_commands = lines.iter().filter(|line| line.starts_with("$ ")).count();
        let mut lines = lines.iter().peekable();
        let mut n_run = 0;
        while let Some(line) = lines.next() {
            let mut typed =
                line.strip_prefix("$ ").unwrap_or_else(|| panic!("{place}: `{line}` follows no command")).to_owned();
            while let Some(start) = typed.strip_suffix('\\') {
                typed = format!("{start}{}", lines.next().expect("a next line").trim_start());
            }
            let mut expected = Vec::new();
            while let Some(line) = lines.next_if(|line| !line.starts_with("$ ")) {
                expected.push(*line);
            }
            n_run += 1;
            let code = if n_run == n_commands { code } else { 0 };
            let shown = self.typed(&format!("{place}: {typed}"), &typed, code)?;
            let shown: Vec<&str> = shown.lines().map(str::trim_end).collect();
            assert!(
                fits(&expected, &shown),
                "{place}: {typed}\nthe book shows:\n{}\nand this is:\n{}",
                expected.join("\n"),
                shown.join("\n")
            );
        }
        Ok(())
    }

    /// What a line prints to who types it. Notes beside the result are shown where it ends with something else than 0.
    fn typed(&mut self, place: &str, typed: &str, code: i32) -> Result<String, String> {
        let line = Line::read(typed, &self.variables);
        let ran = self.command(&line.words);
        if ran.code != code && MISSING.iter().any(|said| ran.err.contains(said)) {
            return Err(ran.err);
        }
        assert_eq!(ran.code, code, "{place}\n{}{}", ran.out, ran.err);
        let mut out = ran.out;
        if let Some(n) = line.first {
            out = out.lines().take(n).flat_map(|line| [line, "\n"]).collect();
        }
        if let Some(name) = line.variable {
            self.variables.insert(name, out.trim_end().to_owned());
            return Ok(String::new());
        }
        if let Some((file, is_added)) = line.to {
            let file = self.folder.join(file);
            let before = if is_added { fs::read_to_string(&file).unwrap_or_default() } else { String::new() };
            fs::write(file, before + &out).unwrap();
            return Ok(String::new());
        }
        Ok(if code == 0 { out } else { out + &ran.err })
    }

    fn command(&self, words: &[String]) -> Ran {
        // The versions of the workspace: they are on this machine.
        for entry in fs::read_dir(&self.folder).unwrap() {
            let folder = entry.unwrap().path();
            let (manifest, lock) = (folder.join("Cargo.toml"), folder.join("Cargo.lock"));
            if manifest.is_file() && !lock.exists() {
                fs::copy(self.repository.join("Cargo.lock"), lock).unwrap();
            }
        }
        let words: Vec<&str> = words.iter().map(String::as_str).collect();
        let mut command = match words.as_slice() {
            ["specialis", args @ ..] => program(args),
            ["cargo", args @ ..] => {
                let mut cargo = Command::new(env!("CARGO"));
                cargo.args(args);
                cargo
            }
            _ => panic!("`{}` is neither `specialis` nor `cargo`", words.join(" ")),
        };
        as_author(&mut command);
        command.env("CARGO", env!("CARGO")).env("XDG_STATE_HOME", self.folder.join(".state"));
        command.env("XDG_DATA_HOME", self.folder.join(".data")).current_dir(&self.folder);
        finish(command, b"")
    }
}

impl Line {
    fn read(text: &str, variables: &BTreeMap<String, String>) -> Self {
        let assigned = text.split_once("=$(").and_then(|(name, inner)| Some((name, inner.strip_suffix(')')?)));
        let is_name = |name: &str| name.chars().all(|char| char.is_ascii_lowercase());
        if let Some((name, inner)) = assigned.filter(|(name, _)| is_name(name)) {
            return Self { variable: Some(name.to_owned()), ..Self::read(inner, variables) };
        }
        let (text, first) = match text.split_once(" | head -n ") {
            Some((text, n)) => (text, Some(n.parse().unwrap())),
            None => (text, None),
        };
        let mut line = Self { first, ..Self::default() };
        let mut words = words(text, variables).into_iter();
        while let Some(word) = words.next() {
            match word.as_str() {
                ">" | ">>" => line.to = Some((words.next().expect("a file"), word == ">>")),
                _ => line.words.push(word),
            }
        }
        line
    }
}

/// The words of a line: in quotes of both kinds, and with variables, but in single quotes.
fn words(text: &str, variables: &BTreeMap<String, String>) -> Vec<String> {
    let (mut words, mut word, mut is_word) = (Vec::new(), String::new(), false);
    let mut quote = None;
    let mut chars = text.chars().peekable();
    while let Some(char) = chars.next() {
        match char {
            '\'' | '"' if quote.is_none() => (quote, is_word) = (Some(char), true),
            _ if quote == Some(char) => quote = None,
            '$' if quote != Some('\'') => {
                let mut name = String::new();
                while let Some(char) = chars.next_if(char::is_ascii_lowercase) {
                    name.push(char);
                }
                word.push_str(variables.get(&name).unwrap_or_else(|| panic!("`${name}` was not set: {text}")));
                is_word = true;
            }
            ' ' if quote.is_none() => {
                if is_word {
                    words.push(std::mem::take(&mut word));
                }
                is_word = false;
            }
            _ => {
                word.push(char);
                is_word = true;
            }
        }
    }
    assert_eq!(quote, None, "a quote has no end: {text}");
    if is_word {
        words.push(word);
    }
    words
}

/// Whether lines are as the book shows them.
fn fits(expected: &[&str], shown: &[&str]) -> bool {
    match expected {
        [] => shown.is_empty(),
        ["…", rest @ ..] => (0..=shown.len()).any(|n| fits(rest, &shown[n..])),
        [line, rest @ ..] => {
            shown.first().is_some_and(|found| line_fits(line.trim_end(), found)) && fits(rest, &shown[1..])
        }
    }
}

/// Whether a line is as the book shows it. Columns of tables may be wider than there.
fn line_fits(expected: &str, found: &str) -> bool {
    let narrow = |text: &str| text.split(' ').filter(|word| !word.is_empty()).collect::<Vec<_>>().join(" ");
    let (expected, found) = (narrow(expected), narrow(found));
    let mut parts = expected.split('…');
    let Some(mut rest) = found.strip_prefix(parts.next().unwrap_or_default()) else { return false };
    let Some(last) = parts.next_back() else { return rest.is_empty() };
    for part in parts {
        let Some((_, after)) = rest.split_once(part) else { return false };
        rest = after;
    }
    rest.ends_with(last)
}

#[test]
fn words_are_those_of_a_shell() {
    let variables = BTreeMap::from([("root".to_owned(), "ed25519:a b".to_owned())]);
    let line = Line::read("specialis x 'a  $b' \"$root\"c \"\" > out.toml", &variables);
    assert_eq!(line.words, ["specialis", "x", "a  $b", "ed25519:a bc", ""]);
    assert_eq!(line.to, Some(("out.toml".to_owned(), false)));
    let line = Line::read("root=$(specialis key show root.pem | head -n 1)", &variables);
    assert_eq!((line.variable.as_deref(), line.first), (Some("root"), Some(1)));
    assert_eq!(line.words, ["specialis", "key", "show", "root.pem"]);
}

#[test]
fn lines_that_differ_are_found() {
    assert!(fits(&["a", "…", "d"], &["a", "b", "c", "d"]) && fits(&["…"], &[]) && fits(&["a  b… d"], &["a b c d"]));
    for (expected, shown) in
        [(&["a"][..], &["b"][..]), (&["a"], &["a", "b"]), (&["a", "…", "d"], &["a", "b"]), (&["a…b"], &["ab c"])]
    {
        assert!(!fits(expected, shown), "{expected:?}");
    }
}
