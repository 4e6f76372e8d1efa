//! Showing labels and what a check says of them.

use std::io::Write;
use std::path::{Path, PathBuf};

use anyhow::{Error, Result};
use serde_json::{Value, json};
use specialis_label::{Reading, Report, Severity, Verdict, check as judge};

use super::files::{CheckArgs, CheckFormat, Files, Format, Opened, ReadArgs};
use super::progress::Progress;
use super::{pool, report, shown};
use crate::options::Language;
use crate::output::{self, Exit};

/// How many files are read before what they say is shown.
const BATCH: usize = 256;
/// What a file that could not be opened counts as, beside the codes of the verdicts.
const UNREADABLE: u8 = 5;
/// The exit codes, those first that count before others.
const BY_WEIGHT: [u8; 5] = [UNREADABLE, 1, 4, 3, 0];

/// What was read of a file, or why it could not be opened.
pub(super) struct Seen {
    pub(super) path: PathBuf,
    pub(super) reading: Result<Reading, Error>,
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

/// Reads each file; `visit` says what code each has. A file that could not be opened is named, and the others are done.
fn each(files: &Files, mut visit: impl FnMut(&Seen) -> Result<u8>) -> Result<Exit> {
    let forced = files.forced()?;
    let inputs = files.inputs()?;
    let progress = Progress::new(inputs.len());
    let mut exit = 0;
    for batch in inputs.chunks(BATCH) {
        let seen = pool::each(batch, files.n_jobs(), |input| Seen {
            path: input.path.clone(),
            reading: Opened::of(&input.path, forced).and_then(|mut opened| opened.reading()),
        });
        for seen in seen {
            if let Err(error) = &seen.reading {
                shown::note_error(&seen.path, error);
            }
            exit = heaviest(exit, visit(&seen)?);
        }
        progress.advance(batch.len());
    }
    Ok(Exit::Own(exit))
}

/// The line for a file that could not be opened.
fn error_line(path: &Path, error: &Error) -> Value {
    json!({ "file": path.display().to_string(), "error": output::chain(error.as_ref()) })
}

/// Shows every label.
pub(super) fn read(args: &ReadArgs, out: &mut dyn Write) -> Result<Exit> {
    let mut table = output::table(["file", "place", "label"]);
    let exit = each(&args.files, |seen| {
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
        let trouble = reading.trouble.as_ref().map(|trouble| output::chain(trouble));
        if let Some(trouble) = &trouble {
            shown::note(path, trouble);
        }
        let code = if trouble.is_some() { code(Verdict::Inconclusive) } else { 0 };
        if args.format == Format::Jsonl {
            let line = json!({
                "file": path.display().to_string(),
                "container": reading.container,
                "labels": reading.labels,
                "remarks": reading.remarks,
                "trouble": trouble,
            });
            writeln!(out, "{line}")?;
            return Ok(code);
        }
        for found in &reading.labels {
            let [place, text] =
                [&found.place.to_string(), &found.label.text].map(|text| shown::shown(text).into_owned());
            table.add_row([shown::name(path), place, text]);
        }
        if reading.labels.is_empty() {
            table.add_row([shown::name(path), "-".to_owned(), "-".to_owned()]);
        }
        reading.remarks.iter().for_each(|remark| shown::note(path, &format!("note: {remark}")));
        Ok(code)
    })?;
    if args.format == Format::Table {
        output::write_table(out, &table)?;
    }
    Ok(exit)
}

/// Shows verdicts and findings.
pub(super) fn check(args: &CheckArgs, out: &mut dyn Write) -> Result<Exit> {
    let mut table = output::table(["file", "verdict", "rule", "finding"]);
    let mut results = Vec::new();
    let exit = each(&args.files, |seen| {
        let path = seen.path.as_path();
        let report = seen.reading.as_ref().map(judge);
        let code = report.as_ref().map_or(UNREADABLE, |report| code(report.verdict));
        match args.format {
            CheckFormat::Table => {
                if let (Ok(report), Ok(reading)) = (&report, &seen.reading) {
                    rows(&mut table, path, reading, report);
                }
            }
            CheckFormat::Jsonl => {
                let line = match (&report, &seen.reading) {
                    (Ok(report), Ok(reading)) => checked_line(path, reading, report)?,
                    (_, Err(error)) => error_line(path, error),
                    (Err(error), _) => error_line(path, error),
                };
                writeln!(out, "{line}")?;
            }
            CheckFormat::Sarif | CheckFormat::Junit => {
                let error = seen.reading.as_ref().err().map(|error| output::chain(error.as_ref()));
                results.push(report::Checked { path: path.to_owned(), report: report.ok(), error });
            }
        }
        Ok(code)
    })?;
    match args.format {
        CheckFormat::Table => output::write_table(out, &table)?,
        CheckFormat::Jsonl => {}
        CheckFormat::Sarif => writeln!(out, "{}", report::sarif(&results))?,
        CheckFormat::Junit => write!(out, "{}", report::junit(&results))?,
    }
    Ok(exit)
}

fn checked_line(path: &Path, reading: &Reading, report: &Report) -> Result<Value> {
    let mut line = serde_json::to_value(report)?;
    if let Value::Object(map) = &mut line {
        map.insert("file".to_owned(), json!(path.display().to_string()));
        map.insert("container".to_owned(), json!(reading.container));
        map.insert("label-reading".to_owned(), event_fact(report));
    }
    Ok(line)
}

fn rows(table: &mut comfy_table::Table, path: &Path, reading: &Reading, report: &Report) {
    let violations = report.findings.iter().filter(|finding| finding.severity == Severity::Violation);
    let mut name = (shown::name(path), report.verdict.to_string());
    let mut n_rows = 0_usize;
    for finding in violations {
        let said = format!("{}; {}", finding.what, finding.fix);
        table.add_row([name.0.as_str(), &name.1, finding.rule.id(), &shown::shown(&said)]);
        name = (String::new(), String::new());
        n_rows = n_rows.saturating_add(1);
    }
    report.remarks.iter().for_each(|remark| shown::note(path, &format!("note: {remark}")));
    if n_rows == 0 {
        let why = reading.trouble.as_ref().map(|trouble| output::chain(trouble)).unwrap_or_default();
        table.add_row([name.0.as_str(), &name.1, "", &shown::shown(&why)]);
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
pub(super) fn explain(files: &Files, lang: Language, out: &mut dyn Write) -> Result<Exit> {
    each(files, |seen| {
        let Ok(reading) = &seen.reading else { return Ok(UNREADABLE) };
        let report = judge(reading);
        one(&seen.path, reading, &report, lang, out)?;
        Ok(code(report.verdict))
    })
}

fn one(path: &Path, reading: &Reading, report: &Report, lang: Language, out: &mut dyn Write) -> Result<()> {
    let says = lang.pick(
        match report.verdict {
            Verdict::Compliant => "it carries one label, as the standard asks",
            Verdict::NonCompliant => "it carries a label that is against the standard; it still counts as labelled",
            Verdict::NotFound => "it was read to its end and carries no label",
            Verdict::Inconclusive => "it could not be read to its end, so nobody can tell",
        },
        match report.verdict {
            Verdict::Compliant => "有一个标识，符合标准",
            Verdict::NonCompliant => "有标识，但是不符合标准；仍按有标识处理",
            Verdict::NotFound => "全部读完，没有标识",
            Verdict::Inconclusive => "不能读完，无法判断",
        },
    );
    let verdict = lang.pick(report.verdict.as_str(), report.verdict.in_chinese());
    writeln!(out, "{} ({}): {verdict}\n  {says}", shown::name(path), reading.container)?;
    writeln!(out, "  {}: {}", lang.pick("its place in this format", "在此格式中的位置"), reading.container.place())?;
    for found in &reading.labels {
        let place = match lang {
            Language::Zh => found.place.in_chinese(),
            Language::En => found.place.to_string(),
        };
        let (place, text) = (shown::shown(&place), shown::shown(&found.label.text));
        writeln!(out, "  {}: {place}\n    {text}", lang.pick("found at", "位于"))?;
    }
    if report.signature == Some(specialis_label::SignatureStatus::Valid) {
        let says = lang.pick(
            "the producer's fields are as they were signed, with the key that stands beside the signature",
            "生成者各字段与签名一致（用签名旁的公钥验证）",
        );
        writeln!(out, "  {}: {says}", lang.pick("signature", "签名"))?;
    }
    for finding in &report.findings {
        let rule = lang.pick(finding.rule.in_english(), finding.rule.in_chinese());
        let source = finding.rule.source();
        let source = if source.is_empty() { String::new() } else { format!(" ({source})") };
        let weight = match finding.severity {
            Severity::Violation => lang.pick("violation", "不符合"),
            Severity::Note => lang.pick("note", "提示"),
        };
        writeln!(out, "  {weight} {}: {rule}{source}", finding.rule)?;
        let said = match lang {
            Language::Zh => format!("{}；{}", finding.what_in_chinese(), finding.fix_in_chinese()),
            Language::En => format!("{}; {}", finding.what, finding.fix),
        };
        writeln!(out, "    {}", shown::shown(&said))?;
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
