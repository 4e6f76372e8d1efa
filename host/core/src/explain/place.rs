//! Citations in words: the instrument, then article, paragraph and item, which are different things.

use super::{Lang, Page};
use crate::{Citation, InstrumentId, Place, Rank, Registry};

impl Page<'_> {
    /// A citation with what is to be known of its instrument.
    pub(super) fn citation(&self, citation: &Citation, earlier: Option<&InstrumentId>) -> String {
        let lang = self.lang;
        let mut cited = self.cited(citation, earlier);
        if let Some(earlier) = earlier {
            let applies = lang.pick("the earlier version applies", "适用此前版本");
            let title = self.instrument(earlier);
            let is_named = cited.contains(&title);
            let note = if is_named { applies.to_owned() } else { format!("{applies}{}{title}", self.colon()) };
            cited.push_str(&self.aside(&note));
        }
        let applied = self.words.registry().instruments.get(earlier.unwrap_or(&citation.instrument));
        let is_practice = applied.is_some_and(|one| one.practice);
        let note = applied.and_then(|one| one.note.as_ref());
        let notes = [
            (applied.is_none(), lang.pick("not registered", "未登记")),
            (note.is_some(), note.map_or("", |note| lang.pick(&note.en, &note.zh))),
            (
                applied.is_some_and(|one| !one.binding) && !is_practice,
                applied.map_or("", |one| not_binding(one.rank, lang)),
            ),
            (
                applied.is_some() && !self.words.registry().is_verified(citation, earlier) && !is_practice,
                lang.pick("unverified citation", "引用未经核对原文"),
            ),
        ];
        for (_, note) in notes.into_iter().filter(|(holds, _)| *holds) {
            cited.push_str(&match lang {
                Lang::En => format!(" [{note}]"),
                Lang::Zh => format!("【{note}】"),
            });
        }
        cited
    }

    fn cited(&self, citation: &Citation, earlier: Option<&InstrumentId>) -> String {
        cited(self.words.registry(), citation, earlier, self.lang)
    }
}

/// A citation in words, from the tables of an edition: the title of its instrument and the place in it. `earlier` is the version
/// that applies in its place. Common practice is no law: it has neither the marks of a title nor an article.
pub fn cited(registry: &Registry, citation: &Citation, earlier: Option<&InstrumentId>, lang: Lang) -> String {
    if let Some(practice) = registry.instruments.get(&citation.instrument).filter(|one| one.practice) {
        let what = lang.pick("common practice, no law: ", "行业通行做法（非法律、法规、规章）：");
        return format!("{what}{}", lang.pick(&practice.en, &practice.zh));
    }
    let listed = registry.citations.get(&format!("{} {}", citation.instrument, citation.article));
    let version = listed.and_then(|place| place.versions.get_key_value(earlier?));
    let (own, place) = match (version, listed) {
        (Some((id, place)), _) => (Some(id), Some(place)),
        (None, listed) => (None, listed),
    };
    let instrument = place.and_then(|place| place.instrument.as_ref()).or(own).unwrap_or(&citation.instrument);
    let title = title_of(registry, instrument, lang);
    let is_number = citation.article.starts_with(|first: char| first.is_ascii_digit());
    let place = match place {
        Some(place) => in_words(place, lang),
        None if is_number => in_words(&Place { article: Some(citation.article.clone()), ..Place::default() }, lang),
        None => {
            let named = registry.words.get(&citation.article).map(|name| lang.pick(&name.en, &name.zh));
            let word = named.unwrap_or(&citation.article);
            return match lang {
                Lang::En => format!("{title}, on {word}"),
                Lang::Zh => {
                    // A guide provides nothing.
                    let rank = registry.instruments.get(instrument).map(|one| one.rank);
                    let says = if rank == Some(Rank::Guideline) { "内容" } else { "规定" };
                    format!("{title}关于{word}的{says}")
                }
            };
        }
    };
    match lang {
        Lang::En => format!("{title}, {place}"),
        Lang::Zh => format!("{title}{place}"),
    }
}

/// What an instrument is that does not bind.
fn not_binding(rank: Rank, lang: Lang) -> &'static str {
    let (en, zh) = match rank {
        Rank::RecommendedStandard => ("a recommended standard, not binding", "推荐性标准，不具强制力"),
        Rank::Guideline => ("a guide, not binding", "指南，不具强制力"),
        Rank::NormativeNotice => ("a normative notice, not binding", "规范性文件，不具强制力"),
        Rank::Law | Rank::AdministrativeRegulation | Rank::DepartmentalRule | Rank::MandatoryStandard => {
            ("not binding", "不具强制力")
        }
    };
    lang.pick(en, zh)
}

/// The title of an instrument, or its id where the registry does not know it.
pub(super) fn title_of(registry: &Registry, id: &InstrumentId, lang: Lang) -> String {
    match (registry.instruments.get(id), lang) {
        (Some(entry), Lang::En) => entry.en.clone(),
        (Some(entry), Lang::Zh) => format!("《{}》", entry.zh),
        (None, _) => id.to_string(),
    }
}

fn in_words(place: &Place, lang: Lang) -> String {
    let Place { article, chapter, paragraph, item, .. } = place;
    match lang {
        Lang::En => {
            let chapter = chapter.as_ref().map(|chapter| format!("chapter {chapter}"));
            let article = article.as_ref().map(|article| format!("Art. {article}"));
            let paragraph = paragraph.map(|paragraph| format!("para. {paragraph}"));
            let item = item.map(|item| format!("item {item}"));
            let parts: Vec<String> = [chapter, article, paragraph, item].into_iter().flatten().collect();
            parts.join(", ")
        }
        Lang::Zh => {
            let chapter = chapter.as_ref().map(|chapter| format!("第{}章", numeral_of(chapter)));
            // An announcement has paragraphs and no articles.
            let unit = if article.is_some() { "款" } else { "段" };
            let article = article.as_ref().map(|article| articles(article));
            let paragraph = paragraph.map(|paragraph| format!("第{}{unit}", numeral(u32::from(paragraph))));
            let item = item.map(|item| format!("第（{}）项", numeral(u32::from(item))));
            [chapter, article, paragraph, item].into_iter().flatten().collect()
        }
    }
}

/// Articles in Chinese, several joined by `、`. A place in brackets of which nobody says what it is stays as it is.
fn articles(written: &str) -> String {
    let one = |article: &str| match article.split_once('(') {
        Some((article, rest)) => format!("第{}条（{}）", numeral_of(article), rest.trim_end_matches(')')),
        None => format!("第{}条", numeral_of(article)),
    };
    written.split(',').map(|article| one(article.trim())).collect::<Vec<_>>().join("、")
}

fn numeral_of(written: &str) -> String {
    written.parse().map_or_else(|_| written.to_owned(), numeral)
}

/// A number below ten thousand in Chinese, as articles are counted: 十 for 10, 二十一 for 21, 一百零九 for 109.
pub(super) fn numeral(number: u32) -> String {
    const DIGITS: [&str; 10] = ["零", "一", "二", "三", "四", "五", "六", "七", "八", "九"];
    let digit = |n: u32| usize::try_from(n).ok().and_then(|n| DIGITS.get(n)).copied().unwrap_or("零");
    if number == 0 || number > 9_999 {
        return if number == 0 { "零".to_owned() } else { number.to_string() };
    }
    let mut said = String::new();
    let mut skipped = false;
    for (unit, name) in [(1_000, "千"), (100, "百"), (10, "十"), (1, "")] {
        let n = number.checked_div(unit).unwrap_or(0) % 10;
        if n == 0 {
            skipped = !said.is_empty();
            continue;
        }
        if skipped {
            said.push('零');
            skipped = false;
        }
        // 十 alone, not 一十, at the front.
        if !(n == 1 && unit == 10 && said.is_empty()) {
            said.push_str(digit(n));
        }
        said.push_str(name);
    }
    said
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_said_as_articles_are_counted() {
        let said = [1, 10, 11, 20, 21, 99, 100, 109, 110, 509, 1_023, 1_200].map(numeral);
        let wanted = [
            "一", "十", "十一", "二十", "二十一", "九十九", "一百", "一百零九", "一百一十", "五百零九", "一千零二十三",
            "一千二百",
        ];
        assert_eq!(said, wanted);
        assert_eq!((numeral(0), numeral(10_000)), ("零".to_owned(), "10000".to_owned()));
        assert_eq!(articles("17, 20"), "第十七条、第二十条");
        assert_eq!(articles("4(1)"), "第四条（1）");
    }
}
