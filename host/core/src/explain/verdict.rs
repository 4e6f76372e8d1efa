//! The head of an explanation: whether it may go out and what is due, what decided, and to what a general rule gave way.

use super::obligation::within_days;
use super::phrases::{self, Phrase as _, meaning};
use super::place::{cited, numeral};
use super::{Lang, Page};
use crate::{Answer, Citation, Decision, Displacement, DueObligation, DutyResolution, When, YieldBasis};

impl Page<'_> {
    pub(super) fn head(&mut self, decision: &Decision) {
        let lang = self.lang;
        let shown = self.shown(decision.obligations.iter().map(|due| &due.obligation));
        let verdict = phrases::level(decision.verdict, shown, lang);
        let meaning = meaning(decision.verdict, decision.kind, shown, lang);
        let due = self.due_in_words(decision);
        self.line(
            0,
            &match lang {
                Lang::En => format!("Verdict: {verdict}. {meaning}.{due}"),
                Lang::Zh => format!("结论（{verdict}）：{meaning}{due}"),
            },
        );
        if self.is_decided_by_conflict(decision) {
            self.line(
                0,
                lang.pick("Decided on: obligations that cannot stand together", "起决定作用的是不能并存的义务"),
            );
        } else if let Some(decisive) = &decision.decisive {
            let duty = self.duty_name(decisive.duty.as_str());
            let (id, policy) = (&decisive.duty, self.policy(&decisive.policy));
            let line = match lang {
                Lang::En => format!("Decided on: {duty} ({id}), by “{policy}”"),
                Lang::Zh => format!("起决定作用的是“{duty}”（{}策略）", policy.trim_end_matches("策略")),
            };
            self.line(0, &line);
        }
        let (session, seq, kind) = (&decision.session, decision.seq, decision.kind);
        let (as_of, edition, id) = (decision.as_of, &decision.edition, &decision.id);
        let kind_id = kind.as_str();
        let line = match lang {
            Lang::En => {
                format!("Session {session}, event {seq} ({kind_id}), as of {as_of}, edition {edition}, decision {id}")
            }
            Lang::Zh => {
                self.ids.push(format!("会话 {session}，事件 {seq}（{kind_id}），版次 {edition}，决定 {id}"));
                format!("事件：{}；适用日：{as_of}", kind.say(lang))
            }
        };
        self.line(0, &line);
        if decision.what_if {
            self.line(
                0,
                lang.pick("A trial for a given day; it releases nothing.", "试算：适用日为指定日期，不放行任何内容。"),
            );
        }
        if decision.intervened {
            self.line(0, lang.pick("Something from outside the text took part.", "有文本以外的因素介入。"));
        }
    }

    /// Whether no duty by itself came to the verdict, but two obligations that cannot stand together.
    fn is_decided_by_conflict(&self, decision: &Decision) -> bool {
        let highest = decision.duties.iter().map(|duty| duty.level).max();
        !decision.conflicts.is_empty() && highest < Some(decision.verdict)
    }

    /// What is due beside the text: ` One thing is due: answer the complaint within 12 days.`
    fn due_in_words(&self, decision: &Decision) -> String {
        // What waits for a person's choice is not due.
        let due = decision.obligations.iter().filter(|due| due.when == When::Afterwards && !self.waits(due));
        let due: Vec<&DueObligation> = due.collect();
        match (self.lang, due.as_slice()) {
            (Lang::En, []) => String::new(),
            (Lang::Zh, []) => "。".to_owned(),
            (Lang::En, [one]) => match within_days(&one.obligation) {
                Some(0) => format!(" One thing is due today: {}.", self.short(one)),
                Some(_) | None => format!(" One thing is due: {}.", self.shorts(&due).join("; ")),
            },
            (Lang::Zh, [one]) => match within_days(&one.obligation) {
                Some(0) => format!("；须于今日办结：{}。", self.short(one)),
                Some(days) => format!("；须于{days}日内办结：{}。", self.short(one)),
                None => format!("；另有一项须办理：{}。", self.short(one)),
            },
            (Lang::En, many) => format!(" {} things are due: {}.", count_en(many.len()), self.shorts(many).join("; ")),
            (Lang::Zh, many) => {
                format!("；另有{}项须办理：{}。", count_zh(many.len()), self.shorts(many).join("、"))
            }
        }
    }

    /// Where the sector's law provides otherwise: the place that its finding on the duty cites, or the instrument.
    fn special(&self, displacement: &Displacement, duty: &DutyResolution) -> String {
        let cites = duty.findings.iter().find_map(|finding| {
            let Answer::InsteadOf(demand) = &finding.answer else { return None };
            (demand.citation.instrument == displacement.instrument).then_some(&demand.citation)
        });
        match cites {
            Some(citation) => cited(self.words.registry(), citation, None, self.lang),
            None => self.instrument(&displacement.instrument),
        }
    }

    /// To what a general rule gave way, and on whose reading of the law.
    pub(super) fn displaced(
        &mut self,
        displacement: &Displacement,
        cited: Option<&Citation>,
        duty: &DutyResolution,
    ) -> String {
        let sector = self.sector(&displacement.sector);
        let title = self.special(displacement, duty);
        let grant = &displacement.grant;
        let general = cited.and_then(|cite| self.words.registry().instruments.get_key_value(&cite.instrument));
        let clause = general.and_then(|(id, instrument)| {
            let article = instrument.yields_to.article.clone()?;
            Some(self.citation(&Citation { instrument: id.clone(), article }, None))
        });
        let basis = displacement.by;
        match self.lang {
            Lang::En => {
                let by = match (basis, clause) {
                    (YieldBasis::Named | YieldBasis::ByAnalogy, Some(clause)) => {
                        format!("{} ({clause})", basis.say(Lang::En))
                    }
                    _ => basis.say(Lang::En).to_owned(),
                };
                format!(
                    "gives way to {title} (sector: {sector}): {by}. Counsel of this organization reads it so (record \
                     {grant}); no authority has confirmed it"
                )
            }
            Lang::Zh => {
                self.ids.push(format!("记录号 {grant}"));
                let by = match (basis, clause) {
                    (YieldBasis::Named, Some(clause)) => format!("依{clause}，{sector}另有规定的，从其规定"),
                    (YieldBasis::ByAnalogy, Some(clause)) => {
                        format!("依{clause}中的“等”字，{sector}另有规定的，从其规定")
                    }
                    _ => basis.say(Lang::Zh).to_owned(),
                };
                format!("{by}；本项改按{title}处理。该理解由本单位法务采纳，未经主管部门认定")
            }
        }
    }
}

/// How many things, at the beginning of a sentence.
fn count_en(n: usize) -> String {
    const WORDS: [&str; 13] =
        ["No", "One", "Two", "Three", "Four", "Five", "Six", "Seven", "Eight", "Nine", "Ten", "Eleven", "Twelve"];
    WORDS.get(n).map_or_else(|| n.to_string(), |&word| word.to_owned())
}

/// How many things before a measure word: two of them are 两, not 二.
fn count_zh(n: usize) -> String {
    if n == 2 { "两".to_owned() } else { numeral(u32::try_from(n).unwrap_or(u32::MAX)) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn things_are_counted_in_words() {
        assert_eq!([2, 12, 13].map(count_en), ["Two", "Twelve", "13"]);
        assert_eq!([1, 2, 3, 12, 22].map(count_zh), ["一", "两", "三", "十二", "二十二"]);
    }
}
