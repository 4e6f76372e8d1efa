//! Whether a decision in a file is the one that a ledger has.

use std::path::Path;

use anyhow::Result;
use specialis_core::Decision;
use specialis_ledger::{BodyState, EntryKind, Index, LogReader, NoteKey, Query};

use crate::commands::ledger::{LedgerFolder, differing};
use crate::options::Language;

/// The records of a ledger.
pub(super) struct Records {
    index: Index,
    reader: LogReader,
    key: NoteKey,
}

impl Records {
    pub(super) fn open(folder: &Path) -> Result<Self> {
        let folder = LedgerFolder::read(folder)?;
        Ok(Self { index: folder.index()?, reader: folder.reader()?, key: folder.public()? })
    }

    /// Whether a record proves a decision as it is here, and a line that says so.
    pub(super) fn say(&mut self, decision: &Decision, lang: Language) -> Result<(bool, String)> {
        let zh = lang == Language::Zh;
        let query = Query {
            id: Some(decision.id.clone()),
            kind: Some(EntryKind::Decision),
            with_restricted: true,
            ..Query::default()
        };
        let Some(row) = self.index.search(&query)?.into_iter().next() else {
            let said = if zh {
                "未留存：台账中没有此决定"
            } else {
                "NOT recorded: the ledger has no such decision"
            };
            return Ok((false, said.to_owned()));
        };
        let index = row.index;
        let leaf = self.reader.leaf(index)?;
        self.reader.prove(index)?.verify(&leaf, std::slice::from_ref(&self.key))?;
        let BodyState::There(body) = self.reader.body(index)? else {
            let said = if zh {
                format!("第{index}条记录的正文已删除，无法比对")
            } else {
                format!("NOT compared: the body of record {index} is gone")
            };
            return Ok((false, said));
        };
        let recorded = body.value().and_then(|mut body| body.get_mut("decision").map(serde_json::Value::take));
        let fields = differing(&serde_json::to_value(decision)?, &recorded.unwrap_or_default());
        Ok(match (fields.is_empty(), zh) {
            (true, false) => (true, format!("verified: as record {index} has it")),
            (true, true) => (true, format!("已核验：与第{index}条记录一致")),
            (false, false) => (false, format!("CHANGED since it was recorded as {index}: {}", fields.join(" "))),
            (false, true) => (false, format!("与第{index}条记录不一致：{}", fields.join(" "))),
        })
    }
}
