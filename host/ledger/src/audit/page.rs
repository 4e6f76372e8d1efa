//! The page of an audit, in English or Chinese: one file without anything from outside, that prints as it is.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use specialis_core::{Level, printable};

use super::declared::Declared;
use super::numbers::{Audit, Tally};

/// The language of a page.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Lang {
    En,
    Zh,
}

/// How the page looks, on a screen and on paper.
const STYLE: &str = "body{font:15px/1.5 system-ui,sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem;color:#1a1a1a}\
    table{border-collapse:collapse;width:100%;margin:.5rem 0 1.5rem}th,td{border-bottom:1px solid #ccc;padding:.25rem .5rem;\
    text-align:right}th:first-child,td:first-child{text-align:left;overflow-wrap:anywhere}.note{background:#fff4d6;padding:.75rem}\
    code{overflow-wrap:anywhere}@media print{body{margin:0;max-width:none}h2{break-after:avoid}tr{break-inside:avoid}}";
/// The colors of the levels, from the lightest.
const COLORS: [(&str, Level); 6] = [
    ("#7aa874", Level::Pass),
    ("#a8c686", Level::Mark),
    ("#e6c84f", Level::Warn),
    ("#e59e4b", Level::Redact),
    ("#d9793f", Level::Review),
    ("#b23a3a", Level::Stop),
];
/// The size of the plot.
const PLOT: (u64, u64) = (900, 160);

impl Lang {
    /// The text in this language.
    pub(super) fn of(self, en: &'static str, zh: &'static str) -> &'static str {
        match self {
            Self::En => en,
            Self::Zh => zh,
        }
    }

    fn level(self, level: Level) -> &'static str {
        match level {
            Level::Pass => self.of("pass", "通过"),
            Level::Mark => self.of("mark", "标识"),
            Level::Warn => self.of("warn", "提示"),
            Level::Redact => self.of("redact", "遮盖"),
            Level::Review => self.of("review", "人工复核"),
            Level::Stop => self.of("stop", "停止"),
        }
    }
}

/// The page.
pub(super) fn page(audit: &Audit, declared: Option<&Declared>, lang: Lang) -> String {
    let title = match declared {
        None => lang.of("Internal audit of generative-AI decisions", "生成式人工智能决定的内部审计"),
        Some(_) => lang.of("For an inspection of a generative-AI service", "生成式人工智能服务监督检查材料"),
    };
    let mut out = format!(
        "<!DOCTYPE html>\n<html lang=\"{}\"><head><meta charset=\"utf-8\"><title>{title}</title><style>{STYLE}</style></head><body>\n\
         <h1>{title}</h1>\n",
        lang.of("en", "zh-CN")
    );
    head(&mut out, audit, lang);
    if let Some(declared) = declared {
        out.push_str(&declared.section(lang));
    }
    plot(&mut out, audit);
    let sections = [
        (lang.of("By article", "按条款"), &audit.articles),
        (lang.of("By duty", "按义务"), &audit.duties),
        (lang.of("By sector", "按领域"), &audit.sectors),
        (lang.of("By policy", "按策略"), &audit.policies),
        (lang.of("By edition", "按版次"), &audit.editions),
    ];
    for (title, tallies) in sections {
        tally_table(&mut out, title, tallies, lang);
    }
    measure_table(&mut out, audit, lang);
    let counts = [
        (lang.of("Faults", "故障"), &audit.faults),
        (lang.of("Refused facts", "未采信的事实"), &audit.refused_facts),
        (lang.of("Sectors without a policy", "没有策略的领域"), &audit.ungoverned),
    ];
    for (title, map) in counts {
        count_table(&mut out, title, map, lang);
    }
    completeness(&mut out, audit, lang);
    out.push_str("</body></html>\n");
    out
}

fn head(out: &mut String, audit: &Audit, lang: Lang) {
    let range = &audit.range;
    let _ = writeln!(
        out,
        "<p>{} {} – {}. {}: <code>{}</code></p>",
        lang.of("Days:", "日期："),
        range.from,
        range.to,
        lang.of("Log", "日志"),
        escaped(&audit.origin)
    );
    if audit.signers.len() < 2 {
        let note = lang.of(
            "Nobody but the operator has signed this log. Until a witness does, its operator could have written another one.",
            "除运营者外，尚无第三方对本日志签名。在见证人签名之前，不能排除运营者另写日志。",
        );
        let _ = writeln!(out, "<p class=\"note\">{note}</p>");
    }
    let mut all = BTreeMap::new();
    all.insert(lang.of("all decisions", "全部决定").to_owned(), audit.verdicts.clone());
    tally_table(out, lang.of("Verdicts", "结论"), &all, lang);
}

/// A bar for each day, its parts by verdict.
fn plot(out: &mut String, audit: &Audit) {
    let highest = audit.days.values().map(Tally::total).max().unwrap_or(0).max(1);
    let n_days = u64::try_from(audit.days.len()).unwrap_or(1).max(1);
    let width = (PLOT.0 / n_days).max(1);
    let _ = writeln!(out, "<svg viewBox=\"0 0 {} {}\" role=\"img\">", width.saturating_mul(n_days), PLOT.1);
    for (at, (day, tally)) in (0_u64..).zip(&audit.days) {
        let mut top = PLOT.1;
        for (color, level) in COLORS {
            let n = tally.0.get(&level).copied().unwrap_or(0);
            let height = n.saturating_mul(PLOT.1) / highest;
            top = top.saturating_sub(height);
            let _ = writeln!(
                out,
                "<rect x=\"{}\" y=\"{top}\" width=\"{}\" height=\"{height}\" fill=\"{color}\"><title>{day} {} {n}</title></rect>",
                at.saturating_mul(width),
                width.saturating_sub(u64::from(width > 2)).max(1),
                level.as_str()
            );
        }
    }
    out.push_str("</svg>\n");
}

fn tally_table(out: &mut String, title: &str, tallies: &BTreeMap<String, Tally>, lang: Lang) {
    let _ = write!(out, "<h2>{title}</h2>\n<table><tr><th></th>");
    for (_, level) in COLORS {
        let _ = write!(out, "<th>{}</th>", lang.level(level));
    }
    let _ = writeln!(out, "<th>{}</th></tr>", lang.of("total", "合计"));
    for (name, tally) in tallies {
        let _ = write!(out, "<tr><td>{}</td>", escaped(name));
        for (_, level) in COLORS {
            let _ = write!(out, "<td>{}</td>", tally.0.get(&level).copied().unwrap_or(0));
        }
        let _ = writeln!(out, "<td>{}</td></tr>", tally.total());
    }
    out.push_str("</table>\n");
}

fn measure_table(out: &mut String, audit: &Audit, lang: Lang) {
    let columns = [
        lang.of("owed", "应做"),
        lang.of("done", "已做"),
        lang.of("handed over", "已移交"),
        lang.of("failed", "失败"),
        lang.of("undone", "未做"),
        lang.of("overdue", "逾期"),
    ];
    let _ = write!(out, "<h2>{}</h2>\n<table><tr><th></th>", lang.of("Measures", "措施"));
    for column in columns {
        let _ = write!(out, "<th>{column}</th>");
    }
    out.push_str("</tr>\n");
    for (id, tally) in &audit.measures {
        let _ = write!(out, "<tr><td>{}</td>", escaped(id));
        for n in [tally.owed, tally.done, tally.handed_over, tally.failed, tally.undone, tally.overdue] {
            let _ = write!(out, "<td>{n}</td>");
        }
        out.push_str("</tr>\n");
    }
    out.push_str("</table>\n");
}

fn count_table(out: &mut String, title: &str, counts: &BTreeMap<String, u64>, lang: Lang) {
    let _ = writeln!(out, "<h2>{title}</h2>");
    if counts.is_empty() {
        let _ = writeln!(out, "<p>{}</p>", lang.of("None.", "无。"));
        return;
    }
    out.push_str("<table>\n");
    for (name, n) in counts {
        let _ = writeln!(out, "<tr><td>{}</td><td>{n}</td></tr>", escaped(name));
    }
    out.push_str("</table>\n");
}

fn completeness(out: &mut String, audit: &Audit, lang: Lang) {
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
    let _ = writeln!(
        out,
        "</table>\n<p>{} <code>{}</code>. {}: <code>{}</code></p>\n<p>{}</p>",
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

/// A text that is no markup, and in which nothing controls, hides or turns the order of what a person sees.
pub(super) fn escaped(text: &str) -> String {
    printable(text).replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_of_others_is_no_markup_and_turns_no_line() {
        assert_eq!(escaped("<b>\"甲\u{202e}乙\"&\u{1b}[2J\n"), "&lt;b&gt;&quot;甲\\u{202e}乙&quot;&amp;\\u{1b}[2J\\n");
    }
}
