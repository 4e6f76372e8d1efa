//! One policy in one file: what is read back, and what is refused with which words.

#![cfg(test)]

mod file;
mod manifest;
mod vectors;

/// A manifest without a mistake.
const MANIFEST: &str = r#"
id = "film"
version = "1.0.0"
title = { zh = "电影", en = "Film" }
origin = { sector = "film" }
governs = ["d.open"]
displaces = [{ duty = "d.open", instrument = "FILM", article = "16" }]
actions = ["redact"]
[rules.F1]
zh = "规则"
en = "a rule"
duties = ["d.open"]
cites = { FILM = ["16"] }
[settings.days]
zh = "天数"
en = "days"
default = 3
min = 1
max = 9
loosens-when = "raised"
[settings.reading]
zh = "解释"
en = "reading"
default = "strict"
one-of = ["strict", "lenient"]
loosens-when = "changed"
"#;

/// A text with one place changed.
fn with(text: &str, from: &str, to: &str) -> String {
    assert_eq!(text.matches(from).count(), 1, "`{from}` does not stand once in the text");
    text.replace(from, to)
}
