//! Showing labels and what a check says of them.

use std::io::Write;
use std::path::{Path, PathBuf};

use anyhow::{Error, Result};
use serde_json::{Value, json};
use specialis_label::{Providers, Reading, Report, Severity, Verdict, check as judge};

use super::files::{CheckArgs, CheckFormat, Files, Format, Opened, ReadArgs, Saying};
use super::progress::Progress;
use super::wording::Marks;
use super::words::{error_in, finding_in, note_remarks, place_in, said_in, verdict_in};
use super::{pool, report, shown};
use crate::options::Language;
use crate::output::{self, Exit};

/// How many files are read before what they say is shown.
const BATCH: usize = 256;
/// What a file that could not be opened counts as, beside the codes of the verdicts.
pub(super) const UNREADABLE: u8 = 5;
/// The exit codes, those first that count before others.
const BY_WEIGHT: [u8; 5] = [UNREADABLE, 1, 4, 3, 0];

/// What was read of a file, or why it could not be opened.
pub(super) struct Seen {
    pub(super) path: PathBuf,
    pub(super) reading: Result<Reading, Error>,
    /// The explicit marks, where they were asked for.
    marks: Option<Marks>,
}

/// The exit code of a verdict.
fn code(verdict: Verdict) -> u8 {
    match verdict {
        Verdict::Compliant => 0,
        Verdict::NonCompliant => 1,
        Verdict::NotFound => 3,
        Verdict::Inconclusive => 4,
    }
}

/// The exit code of several files: that which counts before the others.
fn heaviest(one: u8, other: u8) -> u8 {
    BY_WEIGHT.into_iter().find(|code| *code == one || *code == other).unwrap_or(UNREADABLE)
}

/// How a command goes through the files.
struct Pass {
    lang: Language,
    /// Whether explicit marks are looked for.
    is_explicit: bool,
    /// Whether nothing is said before the last file, so that a bar is in nobody's way.
    has_bar: bool,
}

/// Reads each file; `visit` says what code each has. A file that could not be opened is named, and the others are done.
fn each(files: &Files, pass: &Pass, mut visit: impl FnMut(&Seen) -> Result<u8>) -> Result<Exit> {
    let forced = files.forced()?;
    let inputs = files.inputs()?;
    let bar = pass.has_bar.then(|| Progress::new(inputs.len()));
    let mut exit = 0;
    for batch in inputs.chunks(BATCH) {
        let seen = pool::each(batch, files.n_jobs(), |input| {
            let opened = Opened::of(&input.path, forced);
            let (reading, marks) = match opened {
                Ok(mut opened) => (opened.reading(), pass.is_explicit.then(|| Marks::of(&mut opened))),
                Err(error) => (Err(error), None),
            };
            Seen { path: input.path.clone(), reading, marks }
        });
        for seen in seen {
            if let Err(error) = &seen.reading {
                shown::note(&seen.path, &error_in(pass.lang, error));
            }
            exit = heaviest(exit, visit(&seen)?);
        }
        bar.iter().for_each(|bar| bar.advance(batch.len()));
    }
    Ok(Exit::Own(exit))
}

/// The line for a file that could not be opened.
fn error_line(path: &Path, error: &Error) -> Value {
    json!({ "file": path.display().to_string(), "error": output::chain(error.as_ref()) })
}

/// Shows every label.
pub(super) fn read(args: &ReadArgs, out: &mut dyn Write) -> Result<Exit> {
    let lang = args.saying.lang;
    let providers = args.saying.known_providers()?;
    let [file, place, label] =
        [("file", "文件"), ("place", "位置"), ("label", "标识")].map(|(en, zh)| lang.pick(en, zh));
    let mut table = output::table([file, place, label, lang.pick("producer", "生成者")]);
    let pass = Pass { lang, is_explicit: false, has_bar: args.format == Format::Table };
    let exit = each(&args.files, &pass, |seen| {
        let path = seen.path.as_path();
        let reading = match &seen.reading {
            Ok(reading) => reading,
            Err(error) => {
                if args.format == Format::Jsonl {
                    writeln!(out, "{}", error_line(path, error))?;
                }
                return Ok(UNREADABLE);
            }
        };
        if let Some(trouble) = &reading.trouble {
            shown::note(path, &said_in(lang, trouble));
        }
        let code = if reading.trouble.is_some() { code(Verdict::Inconclusive) } else { 0 };
        if args.format == Format::Jsonl {
            let line = json!({
                "file": path.display().to_string(),
                "container": reading.container,
                "labels": reading.labels,
                "remarks": reading.remarks,
                "trouble": reading.trouble.as_ref().map(|trouble| output::chain(trouble)),
            });
            writeln!(out, "{line}")?;
            return Ok(code);
        }
        for found in &reading.labels {
            let producer = found.label.get("ContentProducer").and_then(|code| providers.name(code)).unwrap_or_default();
            let place = place_in(lang, &found.place);
            let [place, text, producer] =
                [place.as_str(), found.label.text.as_str(), producer].map(|text| shown::shown(text).into_owned());
            table.add_row([shown::name(path), place, text, producer]);
        }
        if reading.labels.is_empty() {
            table.add_row([shown::name(path), "-".to_owned(), "-".to_owned(), String::new()]);
        }
        note_remarks(lang, path, &reading.remarks);
        Ok(code)
    })?;
    if args.format == Format::Table {
        output::write_table(out, &table)?;
    }
    Ok(exit)
}

/// Shows verdicts and findings.
pub(super) fn check(args: &CheckArgs, out: &mut dyn Write) -> Result<Exit> {
    let lang = args.saying.lang;
    let providers = args.saying.known_providers()?;
    let [file, verdict, rule] =
        [("file", "文件"), ("verdict", "结论"), ("rule", "规则")].map(|(en, zh)| lang.pick(en, zh));
    let mut head = vec![file, verdict, rule, lang.pick("finding", "问题")];
    if args.explicit {
        head.push(lang.pick("explicit mark", "显式标识"));
    }
    let mut table = output::table_of(&head);
    let mut results = Vec::new();
    let pass = Pass { lang, is_explicit: args.explicit, has_bar: args.format != CheckFormat::Jsonl };
    let exit = each(&args.files, &pass, |seen| {
        let path = seen.path.as_path();
        let report = seen.reading.as_ref().map(judge);
        let code = report.as_ref().map_or(UNREADABLE, |report| code(report.verdict));
        match args.format {
            CheckFormat::Table => {
                if let (Ok(report), Ok(reading)) = (&report, &seen.reading) {
                    rows(&mut table, lang, (seen, reading), report);
                }
            }
            CheckFormat::Jsonl => {
                let line = match (&report, &seen.reading) {
                    (Ok(report), Ok(reading)) => checked_line(seen, reading, report, &providers)?,
                    (_, Err(error)) => error_line(path, error),
                    (Err(error), _) => error_line(path, error),
                };
                writeln!(out, "{line}")?;
            }
            CheckFormat::Sarif | CheckFormat::Junit => {
                let error = seen.reading.as_ref().err().map(|error| error_in(lang, error));
                results.push(report::Checked { path: path.to_owned(), report: report.ok(), error });
            }
        }
        Ok(code)
    })?;
    match args.format {
        CheckFormat::Table => output::write_table(out, &table)?,
        CheckFormat::Jsonl => {}
        CheckFormat::Sarif => writeln!(out, "{}", report::sarif(&results, lang))?,
        CheckFormat::Junit => write!(out, "{}", report::junit(&results, lang))?,
    }
    Ok(exit)
}

fn checked_line(seen: &Seen, reading: &Reading, report: &Report, providers: &Providers) -> Result<Value> {
    let mut line = serde_json::to_value(report)?;
    if let Value::Object(map) = &mut line {
        map.insert("file".to_owned(), json!(seen.path.display().to_string()));
        map.insert("container".to_owned(), json!(reading.container));
        map.extend(seen.marks.iter().map(|marks| ("explicit".to_owned(), marks.value())));
        map.insert("label-reading".to_owned(), event_fact(report));
        if let Some(name) = report.producer.as_deref().and_then(|code| providers.name(code)) {
            map.insert("producer-name".to_owned(), json!(name));
        }
    }
    Ok(line)
}

fn rows(table: &mut comfy_table::Table, lang: Language, (seen, reading): (&Seen, &Reading), report: &Report) {
    let path = seen.path.as_path();
    let violations = report.findings.iter().filter(|finding| finding.severity == Severity::Violation);
    let mut lines: Vec<[String; 2]> =
        violations.map(|finding| [finding.rule.id().to_owned(), finding_in(lang, finding)]).collect();
    note_remarks(lang, path, &report.remarks);
    if lines.is_empty() {
        let why = reading.trouble.as_ref().map(|trouble| said_in(lang, trouble)).unwrap_or_default();
        lines.push([String::new(), why]);
    }
    for (index, [rule, said]) in lines.into_iter().enumerate() {
        let is_first = index == 0;
        let once = |text: String| if is_first { text } else { String::new() };
        let (name, verdict) = (once(shown::name(path)), once(verdict_in(lang, report.verdict).to_owned()));
        let mut row = vec![name, verdict, rule, shown::shown(&said).into_owned()];
        row.extend(seen.marks.iter().map(|marks| once(marks.words(lang))));
        table.add_row(row);
    }
}

/// The fact `label` of an event on media or on a publication, as this report gives it.
fn event_fact(report: &Report) -> Value {
    let mut fact = json!({ "verdict": report.verdict, "findings": report.rule_ids() });
    if let Value::Object(map) = &mut fact {
        map.extend(report.attribute.iter().map(|attribute| ("attribute".to_owned(), json!(attribute))));
        map.extend(report.producer.iter().map(|producer| ("producer".to_owned(), json!(producer))));
    }
    fact
}

/// Says what a check says, rule by rule.
pub(super) fn explain(files: &Files, saying: &Saying, out: &mut dyn Write) -> Result<Exit> {
    let providers = saying.known_providers()?;
    let pass = Pass { lang: saying.lang, is_explicit: false, has_bar: false };
    each(files, &pass, |seen| {
        let Ok(reading) = &seen.reading else { return Ok(UNREADABLE) };
        let report = judge(reading);
        one(&seen.path, reading, &report, (saying.lang, &providers), out)?;
        Ok(code(report.verdict))
    })
}

fn one(
    path: &Path,
    reading: &Reading,
    report: &Report,
    (lang, providers): (Language, &Providers),
    out: &mut dyn Write,
) -> Result<()> {
    let says = lang.pick(report.verdict.meaning(), report.verdict.meaning_in_chinese());
    let container = reading.container;
    let name = lang.pick(container.name(), container.name_in_chinese());
    writeln!(out, "{} ({name}): {}\n  {says}", shown::name(path), verdict_in(lang, report.verdict))?;
    let place = lang.pick(container.place(), container.place_in_chinese());
    writeln!(out, "  {}: {place}", lang.pick("its place in this format", "在此格式中的位置"))?;
    for found in &reading.labels {
        let place = place_in(lang, &found.place);
        let (place, text) = (shown::shown(&place), shown::shown(&found.label.text));
        writeln!(out, "  {}: {place}\n    {text}", lang.pick("found at", "位于"))?;
    }
    if let Some(name) = report.producer.as_deref().and_then(|code| providers.name(code)) {
        writeln!(out, "  {}: {}", lang.pick("producer", "生成者"), shown::shown(name))?;
    }
    if report.signature == Some(specialis_label::SignatureStatus::Valid) {
        let says = lang.pick(
            "the producer's fields are as they were signed, with the key that stands beside the signature",
            "生成者各字段与签名一致（用签名旁的公钥验证）",
        );
        writeln!(out, "  {}: {says}", lang.pick("signature", "签名"))?;
    }
    findings(lang, report, out)
}

fn findings(lang: Language, report: &Report, out: &mut dyn Write) -> Result<()> {
    for finding in &report.findings {
        let rule = lang.pick(finding.rule.in_english(), finding.rule.in_chinese());
        let source = finding.rule.source();
        let source = if source.is_empty() { String::new() } else { format!(" ({source})") };
        let weight = match finding.severity {
            Severity::Violation => lang.pick("violation", "不符合"),
            Severity::Note => lang.pick("note", "提示"),
        };
        writeln!(out, "  {weight} {}: {rule}{source}", finding.rule)?;
        writeln!(out, "    {}", shown::shown(&finding_in(lang, finding)))?;
    }
    for remark in &report.remarks {
        let said = match lang {
            Language::Zh => remark.in_chinese(),
            Language::En => remark.to_string(),
        };
        writeln!(out, "  {}: {}", lang.pick("note", "提示"), shown::shown(&said))?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_several_codes_the_one_that_weighs_most_counts() {
        let of = |codes: &[u8]| codes.iter().copied().fold(0, heaviest);
        assert_eq!([of(&[0, 3]), of(&[3, 4, 0]), of(&[4, 1, 3]), of(&[1, 5, 4]), of(&[])], [3, 4, 1, 5, 0]);
    }
}
