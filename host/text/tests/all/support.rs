//! Texts that make much happen, and ways to cut them.

use std::sync::Arc;

use proptest::prelude::*;
use specialis_text::{Hit, Index, IndexBuilder, Lexicon, Point, Reader, detectors};

/// A lexicon with every kind of term, from few characters.
pub(crate) const TERMS: &str = "term,category,weight,flags,context\n\
赌博,a,,,\n赌博网站,a,,,\n博网,b,,,\n网站,b,,,right-not-near:合法@4\n反赌博,a,,exception,\n反赌,*,,exception,right-near:站@2\n\
ab,a,,word,\na b,c,,,\nb网,c,,word,near:赌@3\n站a,c,,,only-after:网@5;right-near:1a|赌博网@6\n1,d,,,not-near:ab@2\n\
制毒,f,15,unlawful,\n斗殴,f,45,,\n赌赌,d,,,right-not-near:博博@1\n网网网网,d,,,\nab1,d,,exception,\n站站,e,,,right-near:赌 博@32\n";

/// An index over these terms and all detectors.
pub(crate) fn rich(scope: specialis_text::ExceptionScope) -> Result<Arc<Index>, Box<dyn std::error::Error>> {
    let mut builder = IndexBuilder::new();
    builder.lexicon(&Lexicon::parse("rich", TERMS.as_bytes())?).exceptions(scope);
    for info in detectors() {
        builder.detector(info.name)?;
    }
    // A pattern that grows, one that chains, one in Chinese, one that begins with what it ends with.
    for (name, regex) in
        [("grow", "赌(博网?站?)?"), ("chain", "(ab|1){1,3}2"), ("han", "[\\p{Han}]{2}路"), ("ring", "博.{0,3}博")]
    {
        builder.pattern(name, "p.x", regex, 16)?;
    }
    Ok(Arc::new(builder.build()?))
}

/// Pieces that together make terms, contexts, gaps, numbers, addresses and papers, whole or half.
const PIECES: &[&str] = &[
    "赌",
    "博",
    "网",
    "站",
    "反",
    "a",
    "b",
    "1",
    " ",
    "。",
    "，",
    "\n",
    "\u{200B}",
    "\u{200B}\u{200B}\u{200B}\u{200B}",
    "合法",
    "Ａ",
    "賭",
    "㈱",
    "é",
    ".",
    "-",
    "_",
    "@",
    ":",
    "138",
    "0013",
    "8000",
    "13800138000",
    "010",
    "62345678",
    "330106",
    "19900101",
    "000X",
    "6222",
    "0210",
    "0011",
    "2230",
    "e1234",
    "5678",
    "护照",
    "g",
    "京a",
    "12345",
    "zhang",
    "example",
    ".com",
    "203.0",
    ".113.7",
    "2001:",
    "db8::",
    "sk-",
    "abc123def456ghi789jkl",
    "api_key=",
    "地址：",
    "北京市",
    "海淀区",
    "学院路",
    "27号",
    "3栋",
    "501室",
    "选择题",
    "本大题",
    "（5分）",
    "A．",
    "B．",
    "C．",
    "D．",
    "2．",
    "3．",
    "9111",
    "00001000000",
    "1W",
    "🎉",
    "の",
    "ab1",
    "eyJ",
    "--",
    "制毒",
    "斗殴",
    "教我",
    "怎么",
    "不能",
    "提供",
    "严禁",
    "的步骤",
    "罪",
    "🈲",
    "🅰",
    "🇨🇳",
    "\"",
    "\\u8d4c",
    "\\n",
    "\\",
    "&#36172;",
    "<b>",
    "%E8%B5%8C",
    "%",
    "{",
    "，",
    "1\u{FE0F}\u{20E3}",
    "①",
    "元",
    "订单号",
];

/// A text of such pieces.
pub(crate) fn text() -> impl Strategy<Value = String> {
    proptest::collection::vec(proptest::sample::select(PIECES), 0..40).prop_map(|pieces| pieces.concat())
}

/// A text of such pieces, or of any characters, as bytes say: a byte is a piece, or with those behind it a character.
pub(crate) fn text_of(bytes: &[u8]) -> String {
    let mut text = String::new();
    let mut rest = bytes;
    while let Some((&byte, after)) = rest.split_first() {
        rest = after;
        match (PIECES.get(usize::from(byte)), rest) {
            (Some(piece), _) => text.push_str(piece),
            (None, [a, b, c, after @ ..]) => {
                text.extend(char::from_u32(u32::from_be_bytes([0, a % 17, *b, *c])));
                rest = after;
            }
            (None, _) => {}
        }
    }
    text
}

/// The text in chunks that end at these characters, counted round.
pub(crate) fn cut<'t>(text: &'t str, cuts: &[usize]) -> Vec<&'t str> {
    let n_chars = text.chars().count().max(1);
    let mut ends: Vec<usize> = cuts.iter().map(|cut| cut % n_chars).collect();
    ends.sort_unstable();
    ends.dedup();
    let offsets: Vec<usize> = text.char_indices().map(|(at, _)| at).collect();
    let mut chunks = Vec::new();
    let mut rest = text;
    let mut begun = 0;
    for end in ends {
        let at = offsets.get(end).copied().unwrap_or(0);
        let (chunk, after) = rest.split_at(at - begun);
        chunks.push(chunk);
        (rest, begun) = (after, at);
    }
    chunks.push(rest);
    chunks
}

/// Every character for itself.
pub(crate) fn singles(text: &str) -> Vec<&str> {
    text.char_indices().filter_map(|(at, c)| text.get(at..at + c.len_utf8())).collect()
}

/// All points of a text that comes in these chunks, checked on the way: the frontier never goes back, it is on a character
/// boundary, and what resolves lies behind it.
pub(crate) fn read(mut reader: Reader, chunks: &[&str]) -> (Vec<Point>, Vec<usize>) {
    let mut points: Vec<Point> = Vec::new();
    let mut frontiers = Vec::new();
    let mut text = String::new();
    let mut frontier = 0;
    for chunk in chunks {
        text.push_str(chunk);
        let progress = reader.push(chunk);
        for point in &progress.points {
            check(point, frontier);
        }
        assert!(frontier <= progress.frontier && progress.frontier <= text.len(), "the frontier went back");
        assert!(text.is_char_boundary(progress.frontier));
        frontier = progress.frontier;
        assert_eq!(reader.n_kept_back() + frontier, text.len());
        frontiers.push(frontier);
        points.extend(progress.points);
    }
    let last = reader.finish();
    for point in &last {
        check(point, frontier);
    }
    points.extend(last);
    (points, frontiers)
}

/// How many characters a slice has; none where the range was not one of whole characters.
pub(crate) fn n_chars(slice: Option<&str>) -> usize {
    slice.map_or(0, |slice| slice.chars().count())
}

fn check(point: &Point, frontier: usize) {
    let is_act = |hit: &&Hit| hit.category.as_str() != "exam.paper";
    assert!(point.hits.is_sorted_by(|earlier, later| earlier < later));
    assert!(point.frontier <= point.at);
    assert!(frontier <= point.frontier, "{point:?} could be let go up to {frontier} before");
    for hit in point.hits.iter().filter(is_act) {
        assert!(point.frontier <= hit.start && hit.end <= point.at, "{point:?}");
    }
}

/// The hits of all points, in the order of a scan.
pub(crate) fn hits(points: &[Point]) -> Vec<Hit> {
    let mut hits: Vec<Hit> = points.iter().flat_map(|point| point.hits.clone()).collect();
    hits.sort_unstable();
    hits.dedup();
    hits
}
