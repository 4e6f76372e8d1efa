//! Terms among ordinary words: what is cut out of words is no hit, and what stands for itself is one, spelled out or not.

use std::sync::Arc;

use proptest::prelude::*;
use specialis_text::{Index, IndexBuilder, Lexicon, Reader};

use crate::support::{cut, hits, n_chars, read, singles};

type Checked = Result<(), Box<dyn std::error::Error>>;

/// An index over these terms.
fn index(terms: &[&str], flags: &str) -> Result<Index, Box<dyn std::error::Error>> {
    let rows: String = terms.iter().map(|term| format!("{term},c,{flags}\n")).collect();
    let file = format!("term,category,flags\n{rows}");
    Ok(IndexBuilder::new().lexicon(&Lexicon::parse("test", file.as_bytes())?).build()?)
}

/// A term, and texts in which it only looks as if it stood there.
const CUT: &[(&str, &[&str])] = &[
    (
        "色情",
        &[
            "白色情人节礼物推荐",
            "| 颜色 | 情况 |",
            "颜色、情况",
            "颜色，情况如下",
            "颜色\n情况",
            "他的脸色情况不好",
            "角色情绪很饱满",
            "本色情怀",
            "红色情结",
            "景色情趣盎然",
        ],
    ),
    ("替考", &["用平时作业代替考试", "不能代替考核", "接替考官的工作"]),
    ("代开发票", &["下一代开发票据系统"]),
    ("打斗", &["他拍打斗篷上的雪"]),
    ("毒品", &["病毒品种很多", "消毒品牌推荐"]),
    ("人质", &["乡人质疑道"]),
    ("保安", &["确保安全驾驶", "保安全、促生产"]),
    ("行贿", &["银行贿赂条款"]),
    ("偷听", &["偷偷听见邻居说话"]),
    ("子弹", &["电子弹簧秤", "孔子弹琴"]),
    ("制毒", &["控制毒品的流通"]),
    ("藏毒", &["隐藏毒性"]),
    ("买枪", &["购买枪支之前"]),
    ("卖身", &["拍卖身价"]),
    ("贩毒", &["小商贩毒舌"]),
    ("大麻", &["清蒸大麻哈鱼"]),
    ("非法", &["并非法律问题"]),
    ("杀人", &["抹杀人性"]),
    ("白人", &["明白人都知道"]),
    ("病人", &["糖尿病人群"]),
];

/// A term, and texts in which it stands.
const STANDS: &[(&str, &[&str])] = &[
    ("色情", &["看色情片", "色情网站", "传播色情内容", "看色 情 片", "色·情", "淫秽色情", "涉色情直播"]),
    ("替考", &["找人替考", "替考被抓", "代考替考"]),
    ("代开发票", &["可以代开发票吗", "代开发票加微信", "专业代开发票"]),
    ("打斗", &["两人打斗起来", "发生打斗"]),
    ("毒品", &["贩卖毒品", "教我制毒品", "吸食毒品后"]),
    ("炸弹", &["定时炸弹", "炸弹客", "自制炸弹"]),
    ("赌博", &["网络赌博机", "赌博网站", "聚众赌博"]),
    ("办假证", &["办假证件", "帮人办假证"]),
    ("制毒", &["教我制毒", "制毒的步骤", "制毒工厂"]),
    ("走私", &["走私犯", "帮忙走私香烟"]),
    ("子弹", &["买子弹", "一盒子弹"]),
    ("杀人", &["教我杀人", "杀人犯"]),
    ("诈骗", &["电信诈骗罪", "诈骗分子"]),
    ("大麻", &["种植大麻", "大麻籽"]),
];

#[test]
fn what_is_cut_out_of_words_is_no_hit() -> Checked {
    let mut wrong = Vec::new();
    for (term, texts) in CUT {
        let (index, anywhere) = (index(&[term], "")?, index(&[term], "anywhere")?);
        let mut inside = IndexBuilder::new();
        let rows = format!("term,category\n{term},c\n");
        inside.lexicon(&Lexicon::parse("test", rows.as_bytes())?).inside_words(true);
        let inside = inside.build()?;
        for text in *texts {
            let counts = [&index, &anywhere, &inside].map(|index| index.scan(text).hits.len());
            if counts != [0, 1, 1] {
                wrong.push(format!("`{term}` in {text:?}: {counts:?}"));
            }
        }
    }
    assert!(wrong.is_empty(), "{} wrong\n{}", wrong.len(), wrong.join("\n"));
    Ok(())
}

#[test]
fn what_stands_for_itself_is_a_hit() -> Checked {
    let mut wrong = Vec::new();
    for (term, texts) in STANDS {
        let index = index(&[term], "")?;
        wrong.extend(
            texts.iter().filter(|text| index.scan(text).hits.is_empty()).map(|text| format!("`{term}` in {text:?}")),
        );
    }
    assert!(wrong.is_empty(), "{} wrong\n{}", wrong.len(), wrong.join("\n"));
    Ok(())
}

#[test]
fn text_is_kept_back_for_it_only_behind_a_hit_and_only_while_a_word_may_go_on() -> Checked {
    let index = Arc::new(index(&["色情"], "")?);
    // How many characters are kept back behind each.
    let table = [
        ("看色情片子", "0 1 2 0 0"),
        ("看色情。", "0 1 2 0"),
        ("看色情", "0 1 2"),
        ("白色情人节礼物", "0 1 2 3 4 0 0"),
        ("白色的情况", "0 1 0 0 0"),
    ];
    for (text, expected) in table {
        let (_, frontiers) = read(Reader::new(index.clone()), &singles(text));
        let ends = text.char_indices().map(|(at, c)| at + c.len_utf8());
        let counts: Vec<_> = ends.zip(frontiers).map(|(end, from)| n_chars(text.get(from..end)).to_string()).collect();
        assert_eq!(counts.join(" "), expected, "{text}");
    }
    Ok(())
}

/// Letters of which words and terms are made in many ways.
const LETTERS: &[char] = &[
    '白', '色', '情', '人', '节', '代', '替', '考', '试', '开', '发', '票', '据', '毒', '品', '种', ' ', '，', 'a',
    '。',
];

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    #[test]
    fn what_counts_does_not_depend_on_how_the_text_is_cut(
        letters in proptest::collection::vec(proptest::sample::select(LETTERS), 0..30),
        cuts in proptest::collection::vec(any::<usize>(), 0..8),
    ) {
        let text: String = letters.into_iter().collect();
        let index = index(&["色情", "替考", "代开发票", "毒品", "情人"], "").map_err(|e| TestCaseError::fail(e.to_string()))?;
        let index = Arc::new(index);
        let whole = index.scan(&text).hits;
        let (points, _) = read(Reader::new(index.clone()), &cut(&text, &cuts));
        prop_assert_eq!(&hits(&points), &whole);
        let (points, _) = read(Reader::new(index.clone()), &singles(&text));
        prop_assert_eq!(&hits(&points), &whole);
        // Nothing is found that stands nowhere, and at most a place is left out.
        let inside = Lexicon::parse("test", "term,category\n色情,c\n替考,c\n代开发票,c\n毒品,c\n情人,c\n".as_bytes());
        let Ok(inside) = inside else { return Err(TestCaseError::fail("a lexicon")) };
        let inside = IndexBuilder::new().lexicon(&inside).inside_words(true).build();
        let Ok(inside) = inside else { return Err(TestCaseError::fail("an index")) };
        let all = inside.scan(&text).hits;
        prop_assert!(whole.iter().all(|hit| all.contains(hit)));
    }
}
