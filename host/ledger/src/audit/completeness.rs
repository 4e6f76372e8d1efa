//! Whether the log that an audit counts is complete: verified anew, with what is missing, who signed it, and when it was stamped.

use std::fmt::Write as _;

use jiff::Timestamp;
use serde::Serialize;

use super::numbers::Audit;
use super::page::{Lang, escaped};
use crate::error::{Damage, LedgerError};
use crate::format::note::NoteKey;
use crate::read::log::LogReader;
use crate::read::verify::verify;

/// The most problems on a page.
const MAX_SHOWN: usize = 50;

/// What verifying the whole log came to.
#[derive(Clone, Debug, Default, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct Completeness {
    /// Whether every entry, hash and body is as it was signed, and no number is missing without a gap.
    pub is_sound: bool,
    /// Numbers that are missing and stand in no gap.
    pub omissions: Vec<String>,
    /// What else is wrong.
    pub problems: Vec<String>,
    /// Records that were not kept, as gaps say.
    pub gaps: Vec<String>,
    /// Who signed the checkpoint beside its operator.
    pub witnesses: Vec<String>,
    /// When authorities stamped the log: how many entries it had, and the time.
    pub stamps: Vec<(u64, Timestamp)>,
    /// The checkpoint.
    pub checkpoint: String,
    /// How many users stand otherwise in the store than the records say; absent where that was not compared.
    pub n_standings_differing: Option<u64>,
}

impl Audit {
    /// Verifies the whole log under its key, for the part of the page on completeness.
    ///
    /// # Errors
    /// Where the log cannot be read.
    pub fn verify(&mut self, reader: &mut LogReader, key: &NoteKey) -> Result<(), LedgerError> {
        let n_standings_differing = self.completeness.take().and_then(|before| before.n_standings_differing);
        self.completeness = Some(Completeness { n_standings_differing, ..Completeness::of(reader, key)? });
        Ok(())
    }
}

impl Completeness {
    /// Verifies the whole log.
    fn of(reader: &mut LogReader, key: &NoteKey) -> Result<Self, LedgerError> {
        let report = verify(reader, std::slice::from_ref(key))?;
        let (omissions, problems): (Vec<_>, Vec<_>) =
            report.problems.iter().partition(|problem| matches!(problem.damage, Damage::Omission { .. }));
        let mut problems: Vec<String> = problems.into_iter().map(ToString::to_string).collect();
        if report.n_more_problems > 0 {
            problems.push(format!("{} more", report.n_more_problems));
        }
        let gaps = report.gaps.iter().map(|gap| {
            format!("{} from number {} of boot {} ({}), record {}", gap.count, gap.from, gap.boot, gap.why, gap.index)
        });
        let checkpoint = reader.checkpoint();
        let origin = checkpoint.head().origin.as_str();
        let witnesses = checkpoint.signer_names().into_iter().filter(|name| *name != origin).map(str::to_owned);
        Ok(Self {
            is_sound: report.is_sound(),
            omissions: omissions.into_iter().map(|problem| problem.damage.to_string()).collect(),
            problems,
            gaps: gaps.collect(),
            witnesses: witnesses.collect(),
            checkpoint: checkpoint.to_string(),
            stamps: reader.stamps()?.into_iter().map(|stamp| (stamp.size, stamp.time)).collect(),
            n_standings_differing: None,
        })
    }
}

/// The section of the page.
pub(super) fn section(out: &mut String, audit: &Audit, lang: Lang) {
    let _ = writeln!(out, "<h2>{}</h2>\n<table>", lang.of("Completeness", "完整性"));
    let numbers = [
        (lang.of("entries that are signed", "已签名条目"), audit.size),
        (lang.of("records that were not kept, as gaps say", "缺口记载的未留存记录"), audit.n_in_gaps),
        (lang.of("stops that were not clean", "非正常停止"), audit.n_cut_stops),
        (lang.of("decisions whose body is gone", "正文已删除的决定"), audit.n_without_body),
        (lang.of("decisions whose body is damaged", "正文已损坏的决定"), audit.n_damaged),
        (lang.of("decisions without any report of what was done", "没有执行回报的决定"), audit.n_unsettled),
        (lang.of("decisions that ask to keep the content itself", "要求保存内容本身的决定"), audit.content.owed),
        (lang.of("contents that the platform's store took", "平台存储已接收的内容"), audit.content.kept),
        (lang.of("contents that the platform's store did not take", "平台存储未能接收的内容"), audit.content.failed),
        (lang.of("bodies that were erased", "已删除的正文"), audit.n_erased),
        (lang.of("records that are restricted", "已限制使用的记录"), audit.n_restricted),
    ];
    for (name, n) in numbers {
        let _ = writeln!(out, "<tr><td>{name}</td><td>{n}</td></tr>");
    }
    out.push_str("</table>\n");
    if let Some(verified) = &audit.completeness {
        verified_section(out, verified, lang);
    }
    let _ = writeln!(
        out,
        "<p>{} <code>{}</code>. {}: <code>{}</code></p>\n<p>{}</p>",
        lang.of("Root:", "根哈希："),
        escaped(&audit.root),
        lang.of("Signed by", "签名者"),
        escaped(&audit.signers.join(", ")),
        lang.of(
            "Run verify.py in this folder: it needs Python 3 and openssl, and says what holds.",
            "请在本目录运行 verify.py（需要 Python 3 和 openssl），由其核验以上内容。",
        )
    );
}

fn verified_section(out: &mut String, verified: &Completeness, lang: Lang) {
    let said = if verified.is_sound {
        lang.of(
            "The whole log was verified when this page was written: nothing is altered.",
            "本页生成时已核验全部日志：未发现改动。",
        )
    } else {
        lang.of(
            "The whole log was verified when this page was written: it is DAMAGED.",
            "本页生成时已核验全部日志：已损坏。",
        )
    };
    let class = if verified.is_sound { "" } else { " class=\"note\"" };
    let _ = writeln!(out, "<p{class}>{said}</p>");
    list(out, lang.of("Numbers that are missing without a gap", "无缺口记载的缺号"), &verified.omissions, lang);
    list(out, lang.of("Other damage", "其他损坏"), &verified.problems, lang);
    list(out, lang.of("Gaps", "缺口"), &verified.gaps, lang);
    list(out, lang.of("Witnesses that signed the checkpoint", "在检查点上签名的见证人"), &verified.witnesses, lang);
    let stamps: Vec<String> =
        verified.stamps.iter().map(|(size, time)| format!("{time}: {size} {}", lang.of("entries", "条"))).collect();
    list(out, lang.of("Timestamps of authorities", "权威时间戳"), &stamps, lang);
    let standing = match verified.n_standings_differing {
        None => lang.of("not compared", "未比对").to_owned(),
        Some(0) => lang.of("as the records say", "与记录一致").to_owned(),
        Some(n) => format!("{n} {}", lang.of("users stand otherwise than the records say", "名用户的状态与记录不一致")),
    };
    let title = lang.of("Store of standings", "违规记录状态的存储");
    let _ = writeln!(out, "<p>{title}: {standing}</p>\n<pre>{}</pre>", escaped_lines(&verified.checkpoint));
}

fn list(out: &mut String, title: &str, items: &[String], lang: Lang) {
    if items.is_empty() {
        let _ = writeln!(out, "<p>{title}: {}</p>", lang.of("none", "无"));
        return;
    }
    let _ = writeln!(out, "<p>{title} ({}):</p>\n<ul>", items.len());
    for item in items.iter().take(MAX_SHOWN) {
        let _ = writeln!(out, "<li>{}</li>", escaped(item));
    }
    if items.len() > MAX_SHOWN {
        let _ = writeln!(out, "<li>{}</li>", lang.of("and more: see audit.json", "其余见 audit.json"));
    }
    out.push_str("</ul>\n");
}

/// A text of several lines that is no markup.
fn escaped_lines(text: &str) -> String {
    text.lines().map(escaped).collect::<Vec<_>>().join("\n")
}
