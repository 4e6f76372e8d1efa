//! What an explanation says of the scores of models.

use super::units::decimal;
use super::{Lang, Page};
use crate::{RecordedScore, ScoreReason};

impl Page<'_> {
    /// Each score with its model, its threshold and what follows.
    pub(super) fn scores(&mut self, scores: &[RecordedScore]) {
        if scores.is_empty() {
            return;
        }
        let lang = self.lang;
        self.title("Scores of models", "模型评分");
        for score in scores {
            let entry = self.words.registry().categories.get(&score.category);
            let category = entry.map_or(score.category.as_str(), |entry| lang.pick(&entry.en, &entry.zh)).to_owned();
            let RecordedScore { part, scorer, version, permille, threshold, up_to, reason, .. } = score;
            let (follows, read) = (said(*reason, lang), self.read_to(*part, *up_to));
            let (score, threshold) = (decimal((*permille).into()), decimal((*threshold).into()));
            let line = match lang {
                Lang::En => {
                    format!("{read}: {score} for {category}, by {scorer} {version}; threshold {threshold}: {follows}")
                }
                Lang::Zh => format!("{read}：{category}，评分{score}，阈值{threshold}：{follows}"),
            };
            self.line(1, &line);
            if lang == Lang::Zh {
                self.ids.push(format!("模型 {scorer} {version}"));
            }
        }
    }
}

fn said(reason: ScoreReason, lang: Lang) -> &'static str {
    match reason {
        ScoreReason::Noted => lang.pick("noted", "予以记录"),
        ScoreReason::WithTerm => {
            lang.pick("a person decides, because of a term as well", "同时含有同类词语，由人工决定")
        }
        ScoreReason::Alone => lang.pick("a person decides", "由人工决定"),
    }
}
