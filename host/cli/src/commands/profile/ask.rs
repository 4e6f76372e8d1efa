//! Questions on a terminal, one line each. No answer leaves a fact unknown.

use std::io::{BufRead, Write};

use anyhow::{Context as _, Result, bail};
use clap::ValueEnum as _;
use specialis_core::Registry;
use toml::Value;

use super::preset::{Fact, Kind, Presets};
use crate::options::Language;

/// Asks for the language.
pub(super) fn language(input: &mut dyn BufRead, out: &mut dyn Write) -> Result<Language> {
    loop {
        match line(input, out, "Language / 语言 [en, zh]: ")?.as_str() {
            "" | "en" => return Ok(Language::En),
            "zh" => return Ok(Language::Zh),
            _ => {}
        }
    }
}

/// Asks which kind of service it is.
pub(super) fn kind(presets: &Presets, lang: Language, input: &mut dyn BufRead, out: &mut dyn Write) -> Result<Kind> {
    for (kind, n) in Kind::value_variants().iter().zip(1_u32..) {
        writeln!(out, "  {n}  {:<12}  {}", kind.id(), presets.describe(*kind, lang).0)?;
    }
    loop {
        let answer = line(input, out, lang.pick("Which service? ", "哪一种服务？"))?;
        let by_number = answer.parse::<usize>().ok().and_then(|n| n.checked_sub(1));
        let by_number = by_number.and_then(|at| Kind::value_variants().get(at).copied());
        if let Some(kind) = by_number.or_else(|| Kind::from_str(&answer, false).ok()) {
            return Ok(kind);
        }
    }
}

/// Asks for one fact.
pub(super) fn fact(
    (fact, sample): (&Fact, &Value),
    registry: &Registry,
    lang: Language,
    input: &mut dyn BufRead,
    out: &mut dyn Write,
) -> Result<Option<Value>> {
    writeln!(out, "\n{}", fact.describe(registry, lang))?;
    loop {
        let question = lang.pick("such as", "例如");
        let answer = line(input, out, &format!("{} ({question} {sample}): ", fact.path))?;
        if answer.is_empty() {
            return Ok(None);
        }
        match value(&answer, sample) {
            Ok(value) => return Ok(Some(value)),
            Err(error) => writeln!(out, "{error}")?,
        }
    }
}

/// An answer as a value of the type of a sample.
pub(super) fn value(answer: &str, sample: &Value) -> Result<Value> {
    if sample.is_str() {
        return Ok(Value::String(answer.trim_matches('"').to_owned()));
    }
    let read: Option<toml::Table> = toml::from_str(&format!("it = {answer}")).ok();
    let value = read.and_then(|mut table| table.remove("it"));
    let value = value.with_context(|| format!("`{answer}` cannot be read; write it like `{sample}`"))?;
    if !value.same_type(sample) {
        bail!("`{answer}` is of another type; write it like `{sample}`");
    }
    Ok(value)
}

/// One line, without blanks around it.
fn line(input: &mut dyn BufRead, out: &mut dyn Write, question: &str) -> Result<String> {
    write!(out, "{question}")?;
    out.flush()?;
    let mut line = String::new();
    if input.read_line(&mut line)? == 0 {
        bail!("the input ended before the last question; answer all, an empty line leaves one open");
    }
    Ok(line.trim().to_owned())
}
