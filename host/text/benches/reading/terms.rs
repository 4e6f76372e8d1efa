//! What is read, and with which terms.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use specialis_text::{Lexicon, LexiconHeader, Term};

/// 300 characters with numbers, Latin and marks among them.
pub(crate) const HIT: &str = "会议纪要 (draft 3, 2026-11-20): 1) 新版 App 的首页改为两列；2) API v2 在周五上线，旧接口保留 90 天；3) 客服电话 010-62345678 不变。参会：张、王、Lily、Tom。讨论 A：缓存命中率从 71% 升到 88%，P99 由 320 ms 降到 140 ms，瓶颈在 DB 的慢查询，先加索引再看。讨论 B：UI 的 dark mode 还有 5 处颜色不对，设计稿见 wiki/UI-2026。讨论 C：下周的 demo 由 Lily 准备，PPT 共 12 页，每页不超过 40 字，附 QR code。行动项：Tom — CI 换成 4 核 runner；王 — 补 3 个单元测试；张 — 写 release note（中英文各一份），周三 18:00 前发到群里。备注：会议室 B302，投影仪 HDMI 线要带。下次会议：11-27 14:30，议题：Q1 roadmap、OKR 初稿、on-call 轮值表。其他：团建定在香山，集合 8:30，车牌尾号限行请注意。谢谢大家！ Thanks for reading, see you next week.";

/// What was given on the command line.
#[derive(Default)]
pub(crate) struct Options {
    pub(crate) list: Option<PathBuf>,
    pub(crate) texts: Option<PathBuf>,
}

/// Reads the command line. What cargo adds to it is passed over.
pub(crate) fn options() -> Options {
    let mut options = Options::default();
    let mut args = std::env::args_os().skip(1);
    while let Some(arg) = args.next() {
        match arg.to_str() {
            Some("--terms") => options.list = args.next().map(PathBuf::from),
            Some("--texts") => options.texts = args.next().map(PathBuf::from),
            Some(_) | None => {}
        }
    }
    options
}

/// The words of a list that are terms, each once.
pub(crate) fn read(list: &Path) -> Vec<String> {
    let text = std::fs::read_to_string(list).expect("the list can be read");
    let words: BTreeSet<&str> =
        text.lines().map(str::trim).filter(|word| Term::new(word, "c").lane().is_some()).collect();
    words.into_iter().map(str::to_owned).collect()
}

/// The texts of a file of rows.
pub(crate) fn texts(file: &Path) -> Vec<String> {
    let rows = std::fs::read_to_string(file).expect("the texts can be read");
    let text = |line: &str| {
        let row = serde_json::from_str::<serde_json::Value>(line).expect("a row is JSON");
        row.get("text").and_then(serde_json::Value::as_str).expect("a row has a text").to_owned()
    };
    rows.lines().map(text).collect()
}

/// A lexicon of these words, without contexts.
pub(crate) fn lexicon(words: &[String]) -> Lexicon {
    let terms = words.iter().map(|word| Term::new(word, "c")).collect();
    Lexicon { name: "words".to_owned(), header: LexiconHeader::default(), terms }
}
