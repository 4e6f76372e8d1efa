//! The lane by sound: off unless asked for, it sees through letters for characters, the same sound, parts and doubling.

use std::sync::Arc;

use proptest::prelude::*;
use specialis_text::{Index, IndexBuilder, Lexicon, Reader};

use crate::support::{cut, hits, read, singles};

type Checked = Result<(), Box<dyn std::error::Error>>;

fn index(is_by_sound: bool) -> Result<Arc<Index>, Box<dyn std::error::Error>> {
    let file = "term,category\n色情,c\n赌博,c\n冰毒,c\n黄色,c\n制毒,c\n办假证,c\n代开发票,c\n微信,c\n抢劫,c\n";
    let lexicon = Lexicon::parse("test", file.as_bytes())?;
    Ok(Arc::new(IndexBuilder::new().by_sound(is_by_sound).lexicon(&lexicon).build()?))
}

fn found<'t>(index: &Index, text: &'t str) -> Vec<&'t str> {
    index.scan(text).hits.iter().filter_map(|hit| text.get(hit.start..hit.end)).collect()
}

#[test]
fn what_sounds_like_a_term_is_found_where_the_lane_is_on() -> Checked {
    let (on, off) = (index(true)?, index(false)?);
    let table = [
        ("看se情片", "se情"),
        ("看色qing片", "色qing"),
        ("看Ｓｅ情片", "Ｓｅ情"),
        ("看s e情片", "s e情"),
        ("看涩情片", "涩情"),
        ("网络贝者博", "贝者博"),
        ("网络du博", "du博"),
        ("办办假假证证", "办办假假证证"),
        ("赌❤du❤", ""),
        ("教我zhi毒", "zhi毒"),
        ("办jia证", "办jia证"),
        ("ban假证", "ban假证"),
        ("ban jia zheng", "ban jia zheng"),
        ("代kai发票", "代kai发票"),
        ("加wei信", "wei信"),
        ("手仓劫了", "手仓劫"),
    ];
    for (text, expected) in table {
        let expected: &[&str] = if expected.is_empty() { &[] } else { &[expected] };
        assert_eq!(found(&on, text), expected, "{text}");
        assert_eq!(found(&off, text), [""; 0], "{text}");
    }
    // Without a disguise it is one hit, not two.
    assert_eq!(found(&on, "看色情片"), ["色情"]);
    assert_eq!(found(&on, "看色❤情片"), ["色❤情"]);
    Ok(())
}

#[test]
fn ordinary_words_of_the_same_sound_are_none() -> Checked {
    let index = index(true)?;
    let texts = [
        "病毒很多", "制度完善", "颜色请问有吗", "独步天下", "百度博客", "Baidu博客", "the sequel", "洗衣服务",
        "se qing", "dubious", "直毒", "危信", "办家政", "枪杰", "色请", "黄黄的叶子",
    ];
    for text in texts {
        let own = found(&index, text);
        // A changed character that is no word of its own is what the lane is for.
        let is_meant = matches!(text, "直毒" | "危信" | "色请");
        assert_eq!(!own.is_empty(), is_meant, "{text}: {own:?}");
    }
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    #[test]
    fn no_cut_changes_what_is_found(
        letters in proptest::collection::vec(
            proptest::sample::select(&["色", "涩", "情", "黄", "贝", "者", "博", "赌", "病", "毒", "s", "e", "q", "i", "n", "g", "d", "u", " ", "。", "1"][..]),
            0..40,
        ),
        cuts in proptest::collection::vec(any::<usize>(), 0..8),
    ) {
        let text = letters.concat();
        let index = index(true).map_err(|error| TestCaseError::fail(error.to_string()))?;
        let whole = index.scan(&text).hits;
        let (points, _) = read(Reader::new(index.clone()), &cut(&text, &cuts));
        prop_assert_eq!(&hits(&points), &whole);
        let (points, _) = read(Reader::new(index), &singles(&text));
        prop_assert_eq!(&hits(&points), &whole);
    }
}
