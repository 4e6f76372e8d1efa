//! One policy in one file: what is read back, and what is refused with which words.

#![cfg(test)]

mod errors;
mod file;
mod manifest;
mod oci;
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

/// An error with its causes, as a program prints it. No message repeats the one below it.
fn chain(error: &dyn std::error::Error) -> String {
    let mut messages = vec![error.to_string()];
    let mut source = error.source();
    while let Some(cause) = source {
        let message = cause.to_string().trim_end().to_owned();
        assert!(messages.iter().all(|above| !above.contains(&message)), "{messages:?} repeats `{message}`");
        messages.push(message);
        source = cause.source();
    }
    messages.join(": ")
}

/// A text with one place changed.
fn with(text: &str, from: &str, to: &str) -> String {
    assert_eq!(text.matches(from).count(), 1, "`{from}` does not stand once in the text");
    text.replace(from, to)
}
