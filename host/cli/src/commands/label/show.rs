//! Showing labels and what a check says of them.

use std::io::Write;
use std::path::Path;

use anyhow::Result;
use serde_json::{Value, json};
use specialis_label::{Report, Severity, Verdict, check as judge};

use super::files::{Files, Format, Opened, ReadArgs};
use crate::options::Language;
use crate::output::{self, Exit};

/// Shows every label; 1 where a file could not be read to its end.
pub(super) fn read(args: &ReadArgs, out: &mut dyn Write) -> Result<Exit> {
    let mut table = output::table(["file", "place", "label"]);
    let mut exit = Exit::Complete;
    each(&args.files, &mut exit, |path, opened| {
        let reading = opened.reading()?;
        if let Some(trouble) = &reading.trouble {
            output::note(&format!("{}: {}", path.display(), output::chain(trouble)));
        }
        let is_whole = reading.trouble.is_none();
        if args.format == Format::Jsonl {
            let line = json!({
                "file": path.display().to_string(),
                "container": reading.container,
                "labels": reading.labels,
                "remarks": reading.remarks,
                "trouble": reading.trouble.as_ref().map(|trouble| output::chain(trouble)),
            });
            writeln!(out, "{line}")?;
            return Ok(is_whole);
        }
        for found in &reading.labels {
            table.add_row([path.display().to_string(), found.place.to_string(), found.label.text.clone()]);
        }
        if reading.labels.is_empty() {
            table.add_row([path.display().to_string(), "-".to_owned(), "-".to_owned()]);
        }
        reading.remarks.iter().for_each(|remark| output::note(&format!("{}: note: {remark}", path.display())));
        Ok(is_whole)
    })?;
    if args.format == Format::Table {
        output::write_table(out, &table)?;
    }
    Ok(exit)
}

/// Shows verdicts and findings; 1 where a file is not compliant.
pub(super) fn check(args: &ReadArgs, out: &mut dyn Write) -> Result<Exit> {
    let mut table = output::table(["file", "verdict", "rule", "finding"]);
    let mut exit = Exit::Complete;
    each(&args.files, &mut exit, |path, opened| {
        let reading = opened.reading()?;
        let report = judge(&reading);
        if args.format == Format::Jsonl {
            let mut line = serde_json::to_value(&report)?;
            if let Value::Object(map) = &mut line {
                map.insert("file".to_owned(), json!(path.display().to_string()));
                map.insert("container".to_owned(), json!(reading.container));
                map.insert("label-reading".to_owned(), event_fact(&report));
            }
            writeln!(out, "{line}")?;
            return Ok(report.verdict == Verdict::Compliant);
        }
        let violations = report.findings.iter().filter(|finding| finding.severity == Severity::Violation);
        let mut name = (path.display().to_string(), report.verdict.to_string());
        let mut n_rows = 0_usize;
        for finding in violations {
            table.add_row([name.0.as_str(), &name.1, finding.rule.id(), &format!("{}; {}", finding.what, finding.fix)]);
            name = (String::new(), String::new());
            n_rows = n_rows.saturating_add(1);
        }
        report.remarks.iter().for_each(|remark| output::note(&format!("{}: note: {remark}", path.display())));
        if n_rows == 0 {
            let why = reading.trouble.as_ref().map(|trouble| output::chain(trouble)).unwrap_or_default();
            table.add_row([name.0.as_str(), &name.1, "", &why]);
        }
        Ok(report.verdict == Verdict::Compliant)
    })?;
    if args.format == Format::Table {
        output::write_table(out, &table)?;
    }
    Ok(exit)
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
    let mut exit = Exit::Complete;
    each(files, &mut exit, |path, opened| {
        let reading = opened.reading()?;
        let report = judge(&reading);
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
        writeln!(out, "{} ({}): {}\n  {says}", path.display(), reading.container, report.verdict)?;
        writeln!(
            out,
            "  {}: {}",
            lang.pick("its place in this format", "在此格式中的位置"),
            reading.container.place()
        )?;
        for found in &reading.labels {
            writeln!(out, "  {}: {}\n    {}", lang.pick("found at", "位于"), found.place, found.label.text)?;
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
            writeln!(out, "    {}; {}", finding.what, finding.fix)?;
        }
        for remark in &report.remarks {
            writeln!(out, "  {}: {remark}", lang.pick("note", "提示"))?;
        }
        Ok(report.verdict == Verdict::Compliant)
    })?;
    Ok(exit)
}

/// Opens each file; one that fails is named, and the others are done.
fn each(files: &Files, exit: &mut Exit, mut visit: impl FnMut(&Path, &mut Opened) -> Result<bool>) -> Result<()> {
    let forced = files.forced()?;
    for path in files.paths()? {
        match Opened::of(&path, forced).and_then(|mut opened| visit(&path, &mut opened)) {
            Ok(true) => {}
            Ok(false) => *exit = Exit::Incomplete,
            Err(error) if output::is_closed_pipe(&error) => return Err(error),
            Err(error) => {
                output::note_error(&path.display().to_string(), &error);
                *exit = Exit::Incomplete;
            }
        }
    }
    Ok(())
}
