//! What was said of training data: sources that were taken in, and batches of labelled data (for an inspection).

use std::fmt::Write as _;

use serde_json::Value;
use specialis_core::EventKind;

use super::numbers::AuditRange;
use super::page::{Lang, escaped};
use crate::error::LedgerError;
use crate::format::entry::EntryKind;
use crate::read::body::BodyState;
use crate::read::export::harmless;
use crate::read::log::LogReader;
use crate::record::DeclaredBody;

/// A fact that has a column: its name, and what the column is called.
type Column = (&'static str, &'static str, &'static str);

/// The columns of sources.
const SOURCES: [Column; 16] = [
    ("source", "source", "来源"),
    ("stage", "stage", "阶段"),
    ("aim", "aim", "用途"),
    ("licence", "licence", "授权"),
    ("collection-record", "record of collection", "采集记录"),
    ("base-model-filing-number", "filing of the base model", "基础模型备案号"),
    ("corpus-items", "items", "语料数量"),
    ("machine-checked-items", "checked by machine", "机器检测数量"),
    ("sampled-items", "sampled by people", "人工抽检数量"),
    ("passed-items", "passed", "合格数量"),
    ("unlawful-items", "unlawful", "违法不良数量"),
    ("rights-cleared", "rights cleared", "权利已核实"),
    ("personal-data", "personal data", "含个人信息"),
    ("personal-data-basis", "basis", "处理依据"),
    ("sensitive-data", "sensitive", "含敏感个人信息"),
    ("children-data", "children under 14", "含不满十四周岁未成年人信息"),
];
/// The columns of batches of labelled data.
const LABELLING: [Column; 9] = [
    ("rules-version", "labelling rules", "标注规则版本"),
    ("aim", "aim", "标注类型"),
    ("batch-items", "items", "数量"),
    ("sampled-items", "checked", "抽检数量"),
    ("accurate-items", "right", "正确数量"),
    ("labeller", "labeller", "标注人员"),
    ("reviewer", "reviewer", "审核人员"),
    ("trained-on", "trained on", "培训日期"),
    ("stored-apart", "stored apart", "安全数据单独存储"),
];

/// What was said in a range of days.
pub(super) struct Declared {
    sources: Vec<(u64, DeclaredBody)>,
    labelling: Vec<(u64, DeclaredBody)>,
    /// Records whose body is gone.
    n_without_body: u64,
}

impl Declared {
    /// Reads what was said.
    pub(super) fn read(reader: &mut LogReader, range: AuditRange) -> Result<Self, LedgerError> {
        let mut declared = Self { sources: Vec::new(), labelling: Vec::new(), n_without_body: 0 };
        for index in 0..reader.size() {
            let entry = reader.entry(index)?;
            let day = entry.day();
            if entry.kind != EntryKind::Declared || day < range.from || day > range.to {
                continue;
            }
            let body = match reader.body(index)? {
                BodyState::There(body) => serde_json::from_slice::<DeclaredBody>(body.json()).ok(),
                BodyState::None | BodyState::Erased | BodyState::Expired => None,
            };
            match body {
                Some(body) if body.kind == EventKind::TrainingIntake => declared.sources.push((index, body)),
                Some(body) => declared.labelling.push((index, body)),
                None => declared.n_without_body = declared.n_without_body.saturating_add(1),
            }
        }
        Ok(declared)
    }

    /// The records whose bodies say it.
    pub(super) fn indices(&self) -> impl Iterator<Item = u64> {
        self.sources.iter().chain(&self.labelling).map(|(index, _)| *index)
    }

    /// The tables for a spreadsheet, by the names of their files.
    pub(super) fn tables(&self) -> [(&'static str, Vec<u8>); 2] {
        [
            ("training-sources.csv", table(&SOURCES, &self.sources)),
            ("labelling.csv", table(&LABELLING, &self.labelling)),
        ]
    }

    /// The section of the page.
    pub(super) fn section(&self, lang: Lang) -> String {
        let mut out = String::new();
        for (title, columns, rows) in [
            (lang.of("Sources of training data", "训练数据来源"), &SOURCES[..], &self.sources),
            (lang.of("Labelling", "数据标注"), &LABELLING[..], &self.labelling),
        ] {
            let _ = writeln!(out, "<h2>{title}</h2>");
            if rows.is_empty() {
                let _ = writeln!(out, "<p>{}</p>", lang.of("No record in these days says any.", "该期间无相关记录。"));
                continue;
            }
            let _ = write!(out, "<table><tr><th>{}</th>", lang.of("record", "记录"));
            for (_, en, zh) in columns {
                let _ = write!(out, "<th>{}</th>", lang.of(en, zh));
            }
            out.push_str("</tr>\n");
            for (index, body) in rows {
                let _ = write!(out, "<tr><td>{index}</td>");
                for (fact, ..) in columns {
                    let _ = write!(out, "<td>{}</td>", escaped(&cell(body, fact)));
                }
                out.push_str("</tr>\n");
            }
            out.push_str("</table>\n");
        }
        let text = lang.of(
            "What the platform said in its own events, as it was recorded then. Records whose body is gone",
            "以上为平台当时在事件中申报并留存的内容。正文已删除的记录",
        );
        let _ = writeln!(out, "<p>{text}: {}</p>", self.n_without_body);
        out
    }
}

/// A fact as a text; empty where it was not said.
fn cell(body: &DeclaredBody, fact: &str) -> String {
    match body.facts.get(fact) {
        None => String::new(),
        Some(Value::String(text)) => text.clone(),
        Some(other) => other.to_string(),
    }
}

fn table(columns: &[Column], rows: &[(u64, DeclaredBody)]) -> Vec<u8> {
    let mut table = csv::Writer::from_writer("\u{feff}".as_bytes().to_vec());
    let heads = ["record", "session"].into_iter().chain(columns.iter().map(|(fact, ..)| *fact));
    // Writing into memory does not fail.
    let _ = table.write_record(heads);
    for (index, body) in rows {
        let first = [index.to_string(), harmless(&body.session)];
        let _ =
            table.write_record(first.into_iter().chain(columns.iter().map(|(fact, ..)| harmless(&cell(body, fact)))));
    }
    table.into_inner().unwrap_or_default()
}
