//! What is read, and with which terms.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use specialis_text::{Lexicon, LexiconHeader, Term};

/// 300 characters in which no term stands that anybody would list.
pub(crate) const CALM: &str = "春天的午后，图书馆里很安静，阳光从高大的窗户照进来，落在长长的木桌上。几位读者在翻阅旧报纸，偶尔传来纸页翻动的声音。管理员推着小车，把归还的书一本一本放回架上，动作很轻，生怕打扰了谁。靠窗的位置坐着一位年轻人，他正在写一篇关于城市公园的小文章，写到湖边的柳树和散步的老人时，停下来想了很久。窗外的梧桐刚刚长出新叶，风一吹，光影就在墙上慢慢移动。远处的钟楼敲了三下，有人合上书本，收拾好东西，准备去赶下一班公共汽车。门口的公告栏上贴着周末讲座的海报，主题是古代园林与现代生活，旁边还有一张手绘的路线图。傍晚的时候，馆里会放一段轻音乐，提醒大家快要闭馆了，灯一盏一盏地熄灭，最后只剩下走廊尽头的小灯，照着回家的路。";
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

/// Terms of two to four rare characters, always the same ones.
pub(crate) fn invented(n: usize) -> Vec<String> {
    let mut seed = 0x9e37_79b9_u32;
    let mut next = |below: u32| {
        seed ^= seed << 13;
        seed ^= seed >> 17;
        seed ^= seed << 5;
        seed % below
    };
    let mut seen = BTreeSet::new();
    while seen.len() < n {
        let length = 2 + next(3);
        seen.insert((0..length).filter_map(|_| char::from_u32(0x6a00 + next(0x2f00))).collect::<String>());
    }
    seen.into_iter().collect()
}

/// The text in chunks of four characters.
pub(crate) fn chunks(text: &str) -> Vec<&str> {
    let starts: Vec<usize> = text.char_indices().map(|(at, _)| at).step_by(4).chain([text.len()]).collect();
    starts.windows(2).filter_map(|pair| text.get(pair[0]..pair[1])).collect()
}
