//! Reads the defaults of settings out of a manifest, without a parser for all of TOML.

use crate::{Date, Value};

/// Every `default = …` that follows a `[settings.NAME]` line.
pub(super) fn read(manifest: &str) -> Vec<(String, Value)> {
    let mut name = None;
    let mut found = Vec::new();
    let mut lines = manifest.lines().map(str::trim);
    while let Some(line) = lines.next() {
        if line.starts_with('[') {
            name = line.strip_prefix("[settings.").and_then(|rest| rest.strip_suffix(']'));
        } else if let (Some(name), Some(("default", value))) = (name, line.split_once('=').map(trimmed)) {
            let mut value = value.to_owned();
            while value.starts_with('[') && !value.ends_with(']') {
                let Some(more) = lines.next() else { break };
                value.push_str(more);
            }
            found.push((name.trim_matches('"').to_owned(), parse(name, &value)));
        }
    }
    found
}

fn trimmed<'a>((left, right): (&'a str, &'a str)) -> (&'a str, &'a str) {
    (left.trim(), right.trim())
}

#[expect(clippy::panic, reason = "a test on a manifest that cannot be read is wrong")]
fn parse(name: &str, value: &str) -> Value {
    let list = value.strip_prefix('[').and_then(|rest| rest.strip_suffix(']'));
    if let Some(list) = list {
        let words = list.split(',').map(str::trim).filter(|word| !word.is_empty());
        return Value::Texts(words.map(|word| word.trim_matches('"').to_owned()).collect());
    }
    let quoted = value.strip_prefix('"').and_then(|rest| rest.strip_suffix('"'));
    if let Ok(day) = quoted.unwrap_or(value).parse::<Date>() {
        return Value::Date(day);
    }
    match (quoted, value.parse::<bool>(), value.replace('_', "").parse::<i64>()) {
        (Some(text), _, _) => Value::Text(text.to_owned()),
        (None, Ok(flag), _) => Value::Flag(flag),
        (None, Err(_), Ok(number)) => Value::Number(number),
        (None, Err(_), Err(_)) => panic!("the default of setting `{name}` is no list, text, date, number or flag"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_type_is_read() {
        let manifest = "id = \"x\"\n[settings.a]\nzh = \"甲\"\ndefault = 1_000\n[settings.b]\ndefault = true\n[rules.N1]\n\
            default = 3\n[settings.c]\ndefault = [\n  \"p\",\n  \"q\",\n]\n[settings.d]\ndefault = \"2026-11-02\"\n[settings.e]\ndefault = \"w\"\n";
        let texts: &[&str] = &["p", "q"];
        let expected: Vec<(String, Value)> = vec![
            ("a".to_owned(), 1_000_i64.into()),
            ("b".to_owned(), true.into()),
            ("c".to_owned(), texts.into()),
            ("d".to_owned(), Date::of(2026, 11, 2).into()),
            ("e".to_owned(), "w".into()),
        ];
        assert_eq!(read(manifest), expected);
    }
}
