//! The page of an audit, in English or Chinese: one file without anything from outside, that prints as it is.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use specialis_core::{Level, printable};

use super::declared::Declared;
use super::numbers::{Audit, Group, Tally};
use super::plot::Bars;
use super::{completeness, editions, plot};

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
    code{overflow-wrap:anywhere}pre{white-space:pre-wrap;overflow-wrap:anywhere}svg{width:100%}svg.line{width:124px;fill:#b23a3a}\
    @media print{body{margin:0;max-width:none}h2{break-after:avoid}tr{break-inside:avoid}}";
/// The colors of the levels, from the lightest.
pub(super) const COLORS: [(&str, Level); 6] = [
    ("#7aa874", Level::Pass),
    ("#a8c686", Level::Mark),
    ("#e6c84f", Level::Warn),
    ("#e59e4b", Level::Redact),
    ("#d9793f", Level::Review),
    ("#b23a3a", Level::Stop),
];
impl Lang {
    /// The text in this language.
    pub(super) fn of(self, en: &'static str, zh: &'static str) -> &'static str {
        match self {
            Self::En => en,
            Self::Zh => zh,
        }
    }

    pub(super) fn level(self, level: Level) -> &'static str {
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

/// The page of an audit, in Chinese or English: one HTML file with its style and plots in it, which loads nothing.
pub fn audit_page(audit: &Audit, is_chinese: bool) -> String {
    page(audit, None, if is_chinese { Lang::Zh } else { Lang::En })
}

/// The page, for an inspection with what was said of training data.
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
    let bars = Bars::of(audit.range);
    plot::decisions(&mut out, &bars, &audit.days, lang);
    bars_note(&mut out, &bars, lang);
    let sections = [
        (lang.of("By article", "按条款"), &audit.articles),
        (lang.of("By duty", "按义务"), &audit.duties),
        (lang.of("By sector", "按领域"), &audit.sectors),
        (lang.of("By policy", "按策略"), &audit.policies),
        (lang.of("By edition", "按版次"), &audit.editions),
    ];
    for (title, group) in sections {
        tally_table(&mut out, title, &group.all, Some((&bars, group)), lang);
    }
    measure_table(&mut out, audit, lang);
    let counts = [
        (lang.of("Faults", "故障"), &audit.faults),
        (lang.of("Refused facts", "未采信的事实"), &audit.refused_facts),
        (lang.of("Sectors without a policy", "没有策略的领域"), &audit.ungoverned),
        (lang.of("Looks at records, by who looked", "查阅记录的次数（按查阅人）"), &audit.looks),
    ];
    for (title, map) in counts {
        count_table(&mut out, title, map, lang);
    }
    editions::section(&mut out, &audit.live, lang);
    completeness::section(&mut out, audit, lang);
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
    // A further key of the operator, such as one of SM2, stands under the name of the log.
    if audit.signers.iter().all(|name| *name == audit.origin) {
        let note = lang.of(
            "Nobody but the operator has signed this log. Until a witness does, its operator could have written another one.",
            "除运营者外，尚无第三方对本日志签名。在见证人签名之前，不能排除运营者另写日志。",
        );
        let _ = writeln!(out, "<p class=\"note\">{note}</p>");
    }
    let mut all = BTreeMap::new();
    all.insert(lang.of("all decisions", "全部决定").to_owned(), audit.verdicts.clone());
    tally_table(out, lang.of("Verdicts", "结论"), &all, None, lang);
}

/// How many days a bar of the plots has, where that is not one.
fn bars_note(out: &mut String, bars: &Bars, lang: Lang) {
    if bars.days_each() > 1 {
        let n = bars.days_each();
        let _ = writeln!(out, "<p>{} {n}</p>", lang.of("Days in each bar:", "每柱天数："));
    }
}

/// A table of tallies; with a plot in each line where the days are known.
fn tally_table(
    out: &mut String,
    title: &str,
    tallies: &BTreeMap<String, Tally>,
    days: Option<(&Bars, &Group)>,
    lang: Lang,
) {
    let _ = write!(out, "<h2>{title}</h2>\n<table><tr><th></th>");
    for (_, level) in COLORS {
        let _ = write!(out, "<th>{}</th>", lang.level(level));
    }
    let _ = write!(out, "<th>{}</th>", lang.of("total", "合计"));
    if days.is_some() {
        let _ = write!(out, "<th>{}</th>", lang.of("above pass, over time", "“通过”以上，按时间"));
    }
    out.push_str("</tr>\n");
    for (name, tally) in tallies {
        let _ = write!(out, "<tr><td>{}</td>", escaped(name));
        for (_, level) in COLORS {
            let _ = write!(out, "<td>{}</td>", tally.0.get(&level).copied().unwrap_or(0));
        }
        let _ = write!(out, "<td>{}</td>", tally.total());
        if let Some((bars, group)) = days {
            out.push_str("<td>");
            plot::line(out, bars, group.days.get(name));
            out.push_str("</td>");
        }
        out.push_str("</tr>\n");
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
