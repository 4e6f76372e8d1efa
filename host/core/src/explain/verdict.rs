//! The head of an explanation: whether it may go out and what is due, what decided, and to what a general rule gave way.

use super::phrases::{Phrase as _, meaning};
use super::place::{cited, numeral};
use super::{Lang, Page};
use crate::{Answer, Citation, Decision, Displacement, DueObligation, DutyResolution, When, YieldBasis};

impl Page<'_> {
    pub(super) fn head(&mut self, decision: &Decision) {
        let lang = self.lang;
        let (verdict, meaning) = (decision.verdict.say(lang), meaning(decision.verdict, decision.kind, lang));
        let due = self.due_in_words(decision);
        self.line(
            0,
            &match lang {
                Lang::En => format!("Verdict: {verdict}. {meaning}.{due}"),
                Lang::Zh => format!("结论（{verdict}）：{meaning}{due}"),
            },
        );
        if self.is_decided_by_conflict(decision) {
            self.line(0, lang.pick("Decided on: obligations that cannot stand together", "决定于：不能并存的义务"));
        } else if let Some(decisive) = &decision.decisive {
            let duty = self.duty_name(decisive.duty.as_str());
            let (id, policy) = (&decisive.duty, &decisive.policy);
            let line = match lang {
                Lang::En => format!("Decided on: {duty} ({id}), by {policy}"),
                Lang::Zh => format!("决定于：{duty}，依据“{}”策略", self.policy(policy)),
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

    /// What is due beside the text: ` One thing is due: answer the complaint today.`
    fn due_in_words(&self, decision: &Decision) -> String {
        let afterwards: Vec<&DueObligation> =
            decision.obligations.iter().filter(|due| due.when == When::Afterwards).collect();
        let names: Vec<String> = afterwards.iter().map(|due| self.short(due)).collect();
        match (self.lang, names.as_slice()) {
            (Lang::En, []) => String::new(),
            (Lang::Zh, []) => "。".to_owned(),
            (Lang::En, [one]) => format!(" One thing is due: {one}."),
            (Lang::En, many) => format!(" {} things are due: {}.", many.len(), many.join("; ")),
            (Lang::Zh, many) => {
                let count = numeral(u32::try_from(many.len()).unwrap_or(u32::MAX));
                format!("；另有{count}项须办理：{}。", many.join("、"))
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
                    "gives way to {sector}, {title}: {by}. Counsel of this organization reads it so (record {grant}); no \
                     authority has confirmed it"
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
