//! The head of an explanation: whether it may go out and what is due, what decided, and to what a general rule gave way.

use super::phrases::{Phrase as _, meaning};
use super::place::numeral;
use super::{Lang, Page};
use crate::{Citation, Decision, Displacement, DueObligation, Obligation, ParamValue, When, YieldBasis};

impl Page<'_> {
    pub(super) fn head(&mut self, decision: &Decision) {
        let lang = self.lang;
        let (verdict, meaning) = (decision.verdict.say(lang), meaning(decision.verdict, lang));
        let due = self.due_in_words(decision);
        self.line(
            0,
            &match lang {
                Lang::En => format!("Verdict: {verdict}. {meaning}.{due}"),
                Lang::Zh => format!("结论（{verdict}）：{meaning}{due}"),
            },
        );
        if let Some(decisive) = &decision.decisive {
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
                lang.pick(
                    "What if: the day was given, so this decision releases nothing.",
                    "假设：适用日为指定日期，本决定不放行任何内容。",
                ),
            );
        }
        if decision.intervened {
            self.line(0, lang.pick("Something from outside the text took part.", "有文本以外的因素介入。"));
        }
    }

    /// What is due beside the text: ` One thing is due today: answer the complaint.`
    fn due_in_words(&self, decision: &Decision) -> String {
        let afterwards: Vec<&DueObligation> =
            decision.obligations.iter().filter(|due| due.when == When::Afterwards).collect();
        let names: Vec<String> = afterwards.iter().map(|due| self.short(due)).collect();
        let is_today = |due: &&&DueObligation| within_days(&due.obligation) == Some(0);
        let all_today = !afterwards.is_empty() && afterwards.iter().all(|due| is_today(&due));
        match (self.lang, names.as_slice()) {
            (Lang::En, []) => String::new(),
            (Lang::Zh, []) => "。".to_owned(),
            (Lang::En, [one]) => {
                format!(" One thing is due{}: {one}.", if all_today { " today" } else { "" })
            }
            (Lang::En, many) => {
                format!(" {} things are due{}: {}.", many.len(), if all_today { " today" } else { "" }, many.join("; "))
            }
            (Lang::Zh, many) => {
                let count = numeral(u32::try_from(many.len()).unwrap_or(u32::MAX));
                let when = if all_today { "须于今日办结" } else { "须办理" };
                format!("；另有{count}项{when}：{}。", many.join("、"))
            }
        }
    }

    /// An obligation by its name, with its days where it has a limit that is not today.
    fn short(&self, due: &DueObligation) -> String {
        let name = match &due.obligation {
            Obligation::Measure(measure) => {
                let entry = self.words.registry().measures.get(&measure.id);
                entry.map_or(measure.id.as_str(), |entry| self.lang.pick(&entry.en, &entry.zh)).to_owned()
            }
            other @ (Obligation::Redact(_) | Obligation::Replace(_) | Obligation::Append(_) | Obligation::Stop) => {
                self.obligation(&due.policy, other)
            }
        };
        let name = match self.lang {
            Lang::En => lowered(&name),
            Lang::Zh => name,
        };
        match (within_days(&due.obligation), self.lang) {
            (None | Some(0), _) => name,
            (Some(days), Lang::En) => format!("{name} within {days} {}", if days == 1 { "day" } else { "days" }),
            (Some(days), Lang::Zh) => format!("{name}（{days}日内）"),
        }
    }

    /// To what a general rule gave way, and on whose reading of the law.
    pub(super) fn displaced(&mut self, displacement: &Displacement, cited: Option<&Citation>) -> String {
        let (sector, title) = (self.sector(&displacement.sector), self.instrument(&displacement.instrument));
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

/// The days within which an obligation is to be carried out.
fn within_days(obligation: &Obligation) -> Option<i64> {
    let Obligation::Measure(measure) = obligation else { return None };
    match measure.params.get("within-days") {
        Some(ParamValue::Number(days)) => Some(*days),
        Some(ParamValue::Date(_) | ParamValue::Seconds(_) | ParamValue::Id(_)) | None => None,
    }
}

/// A name inside a sentence.
fn lowered(name: &str) -> String {
    let mut letters = name.chars();
    match letters.next() {
        Some(first) => first.to_lowercase().chain(letters).collect(),
        None => String::new(),
    }
}
