//! The editions that were live in the days of an audit: who approved what, how their settings differ, and what they do not do.

use std::fmt::Write as _;

use serde::Serialize;
use specialis_core::Date;

use super::page::{Lang, escaped};
use crate::error::LedgerError;
use crate::format::entry::{Entry, EntryKind};
use crate::read::body::BodyState;
use crate::read::export::harmless;
use crate::read::log::LogReader;
use crate::record::edition::EditionBody;

/// The most items of a list on a page. The file `audit.json` has all.
const MAX_SHOWN: usize = 200;

/// An edition that was live.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct LiveEdition {
    /// The record that says so first.
    pub index: u64,
    /// From which day on.
    pub since: Date,
    /// The edition.
    pub edition: String,
    /// What the record says of it; absent where its body is gone.
    pub body: Option<EditionBody>,
}

/// Collects editions while entries are read.
#[derive(Default)]
pub(super) struct Editions {
    before: Option<LiveEdition>,
    live: Vec<LiveEdition>,
}

impl Editions {
    /// Takes an entry, up to the last day. Of those before the first day the last one counts: it was live when the days began.
    pub(super) fn entry(
        &mut self,
        reader: &mut LogReader,
        (index, entry): (u64, &Entry),
        from: Date,
    ) -> Result<(), LedgerError> {
        let (EntryKind::Edition, Some(edition)) = (entry.kind, &entry.edition) else { return Ok(()) };
        let last = self.live.last().or(self.before.as_ref());
        // Each start says which edition is live; most of them say the same.
        if last.is_some_and(|last| last.edition == *edition) {
            return Ok(());
        }
        let body = match reader.body(index) {
            Ok(BodyState::There(body)) => serde_json::from_slice(body.json()).ok(),
            Ok(BodyState::None | BodyState::Erased | BodyState::Expired) | Err(LedgerError::Damaged { .. }) => None,
            Err(other) => return Err(other),
        };
        let live = LiveEdition { index, since: entry.day(), edition: edition.clone(), body };
        if entry.day() < from {
            self.before = Some(live)
        } else {
            self.live.push(live)
        }
        Ok(())
    }

    /// The editions, in the order in which they were live.
    pub(super) fn finish(self) -> Vec<LiveEdition> {
        self.before.into_iter().chain(self.live).collect()
    }
}

/// The section of the page.
pub(super) fn section(out: &mut String, editions: &[LiveEdition], lang: Lang) {
    let _ = writeln!(out, "<h2>{}</h2>", lang.of("Editions that were live", "生效的版次"));
    if editions.is_empty() {
        let text = lang.of("No record says which edition was live.", "没有记录说明生效的版次。");
        let _ = writeln!(out, "<p>{text}</p>");
    }
    for live in editions {
        let number = live.body.as_ref().and_then(|body| body.origin.number).map(|number| format!(" {number}"));
        let _ = writeln!(
            out,
            "<h3>{} {}{} <code>{}</code></h3>",
            live.since,
            lang.of("edition", "版次"),
            number.unwrap_or_default(),
            escaped(&live.edition)
        );
        match &live.body {
            Some(body) => edition(out, body, lang),
            None => {
                let _ = writeln!(out, "<p>{}</p>", lang.of("The body of its record is gone.", "其记录的正文已删除。"));
            }
        }
    }
}

fn edition(out: &mut String, body: &EditionBody, lang: Lang) {
    let approvers = if body.origin.approvers.is_empty() {
        lang.of("nobody: it was not signed", "无：未经签署").to_owned()
    } else {
        escaped(&body.origin.approvers.join(", "))
    };
    let _ = writeln!(out, "<p>{}: {approvers}", lang.of("Approved by", "批准人"));
    if let Some(reason) = &body.origin.reason {
        let _ = writeln!(out, "<br>{}: {}", lang.of("Reason", "理由"), escaped(reason));
    }
    out.push_str("</p>\n");
    let loosening: Vec<String> = body
        .changes
        .iter()
        .filter(|change| change.loosens)
        .map(|change| format!("{}: {}", change.place, change.what))
        .collect();
    list(out, lang.of("Changes that loosen", "放宽的改动"), &loosening, lang);
    let settings: Vec<String> = body
        .settings
        .iter()
        .map(|one| {
            format!("{} {} = {} ({} {})", one.policy, one.setting, one.value, lang.of("default", "默认"), one.default)
        })
        .collect();
    list(out, lang.of("Settings that differ from the defaults", "与默认值不同的设置"), &settings, lang);
    list(out, lang.of("Duties that no policy governs", "没有策略覆盖的义务"), &body.lacks.ungoverned, lang);
    list(out, lang.of("Lexicons without a term", "空词库"), &body.lacks.empty_lexicons, lang);
    list(
        out,
        lang.of("Cited places that nobody held to the text of the law", "未与法规原文核对的引用"),
        &body.lacks.unverified_citations,
        lang,
    );
}

fn list(out: &mut String, title: &str, items: &[String], lang: Lang) {
    let _ = writeln!(out, "<h4>{title} ({})</h4>", items.len());
    if items.is_empty() {
        let _ = writeln!(out, "<p>{}</p>", lang.of("None.", "无。"));
        return;
    }
    out.push_str("<ul>\n");
    for item in items.iter().take(MAX_SHOWN) {
        let _ = writeln!(out, "<li>{}</li>", escaped(item));
    }
    if items.len() > MAX_SHOWN {
        let _ = writeln!(out, "<li>{}</li>", lang.of("and more: see audit.json", "其余见 audit.json"));
    }
    out.push_str("</ul>\n");
}

/// The tables for a spreadsheet, by the names of their files.
pub(super) fn tables(editions: &[LiveEdition]) -> [(&'static str, Vec<u8>); 2] {
    let mut changes = csv::Writer::from_writer("\u{feff}".as_bytes().to_vec());
    let mut settings = csv::Writer::from_writer("\u{feff}".as_bytes().to_vec());
    // Writing into memory does not fail.
    let _ = changes.write_record(["day", "edition", "number", "approvers", "loosens", "place", "change"]);
    let _ = settings.write_record(["day", "edition", "policy", "setting", "value", "default"]);
    for live in editions {
        let Some(body) = &live.body else { continue };
        let (day, number) = (live.since.to_string(), body.origin.number.map(|n| n.to_string()).unwrap_or_default());
        let approvers = harmless(&body.origin.approvers.join(", "));
        for change in &body.changes {
            let loosens = if change.loosens { "yes" } else { "no" }.to_owned();
            let (place, what) = (harmless(&change.place), harmless(&change.what));
            let _ = changes.write_record([&day, &live.edition, &number, &approvers, &loosens, &place, &what]);
        }
        for one in &body.settings {
            let (value, default) = (harmless(&one.value), harmless(&one.default));
            let _ = settings.write_record([&day, &live.edition, &one.policy, &one.setting, &value, &default]);
        }
    }
    [
        ("changes.csv", changes.into_inner().unwrap_or_default()),
        ("settings.csv", settings.into_inner().unwrap_or_default()),
    ]
}
