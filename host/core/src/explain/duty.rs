//! What an explanation says of each duty: what the policies found, and whether it counts.

use std::collections::BTreeMap;

use super::phrases::{self, Phrase as _, asks};
use super::{Lang, Page, fault_words};
use crate::{
    Answer, Citation, Decision, Demand, Disposition, DutyId, DutyResolution, EvaluationState, Failure, Fault,
    Interpretation, Level, Obligation, PolicyId, RegimeKind, ResolvedFinding, SectorRegime, Span, Status, counted,
};

/// Whether something is asked on a duty, or could not be told. All others are fulfilled, or concern no such event.
pub(super) fn is_open(duty: &DutyResolution) -> bool {
    let is_settled = |finding: &ResolvedFinding| matches!(finding.answer, Answer::Met(_) | Answer::NotApplicable(_));
    duty.level > Level::Pass
        || !duty.obligations.is_empty()
        || !duty.failed.is_empty()
        || !duty.conflicts.is_empty()
        || !duty.findings.iter().all(is_settled)
}

/// The numbers of the duties on which something is asked, from 1 in their order.
pub(super) fn numbers(decision: &Decision) -> BTreeMap<&DutyId, u32> {
    decision.duties.iter().filter(|duty| is_open(duty)).map(|duty| &duty.duty).zip(1..).collect()
}

impl Page<'_> {
    /// The duties on which something is asked, one by one and numbered; then the others, a line each.
    pub(super) fn duties(&mut self, decision: &Decision) {
        let (open, settled): (Vec<_>, Vec<_>) = decision.duties.iter().partition(|duty| is_open(duty));
        if !open.is_empty() {
            self.title("Duties", "义务");
        }
        for (number, duty) in (1_u32..).zip(open) {
            self.duty(number, duty);
        }
        let is_met = |duty: &&DutyResolution| duty.findings.iter().any(|one| matches!(one.answer, Answer::Met(_)));
        let (met, silent): (Vec<_>, Vec<_>) = settled.into_iter().partition(is_met);
        self.settled(&met, "Fulfilled", "已满足的义务");
        self.settled(&silent, "Does not apply", "不适用的义务");
    }

    fn settled(&mut self, duties: &[&DutyResolution], en: &str, zh: &str) {
        if !duties.is_empty() {
            self.title(en, zh);
        }
        for duty in duties {
            let name = self.duty_name(duty.duty.as_str());
            let id = match self.lang {
                Lang::En => self.aside(duty.duty.as_str()),
                Lang::Zh => {
                    self.ids.push(duty.duty.to_string());
                    String::new()
                }
            };
            let mut counting = duty.findings.iter().filter(|finding| finding.counts());
            let cited =
                counting.find_map(|finding| Some(self.citation(finding.answer.citation()?, finding.earlier.as_ref())));
            let why = duty.findings.iter().find_map(|finding| {
                let Answer::NotApplicable(reason) = &finding.answer else { return None };
                Some(self.reason(&finding.policy, reason))
            });
            let after = cited.or(why).map_or_else(String::new, |said| format!("{}{said}", self.colon()));
            self.line(1, &format!("{name}{id}{after}"));
        }
    }

    fn duty(&mut self, number: u32, duty: &DutyResolution) {
        let lang = self.lang;
        let name = self.duty_name(duty.duty.as_str());
        let (id, colon) = (self.id(&number.to_string(), duty.duty.as_str()), self.colon());
        let level = phrases::level(duty.level, self.shown(duty.obligations.iter()), lang);
        self.line(0, &format!("{number}. {name}{id}{colon}{level}"));
        for finding in &duty.findings {
            self.finding(finding, duty);
        }
        for (policy, failure) in &duty.failed {
            if let Failure::Fault(fault) = failure {
                let could_not = self.could_not_answer(policy, fault);
                let policy = self.policy_in_sentence(policy);
                self.line(1, &format!("{policy}{colon}{could_not}"));
            }
        }
        // That a sector has a rule of its own shows in its findings, and in the rules at the end.
        // So does that it provides otherwise, beside the rule that gives way to it.
        let is_told = |regime: &&SectorRegime| match regime.kind {
            RegimeKind::Keeping => regime.status == Status::Unknown,
            RegimeKind::Displacing => !duty.findings.iter().any(|finding| gives_way_to(finding, regime)),
            RegimeKind::Silent | RegimeKind::Defeated => true,
        };
        for regime in duty.sectors.iter().filter(is_told) {
            let name = self.sector(&regime.sector);
            let grant = match (&regime.grant, lang) {
                (Some(id), Lang::En) => self.aside(&format!("record {id}")),
                (Some(_), Lang::Zh) | (None, _) => String::new(),
            };
            let is_certain = regime.status == Status::Yes;
            let status = if is_certain { String::new() } else { self.aside(regime.status.say(lang)) };
            let kind = regime.kind.say(lang);
            self.line(1, &format!("{name}{status}{colon}{kind}{grant}"));
        }
        for interpretation in &duty.interpretations {
            let chosen = lang.pick("Interpretation chosen by counsel: ", "法务选定的解释：");
            match interpretation {
                Interpretation::RankTest(test) => self.line(1, &format!("{chosen}{}", test.say(lang))),
                Interpretation::Defeats(label) => {
                    let edge = self.id("次序", label);
                    let order = lang.pick("one sector comes before another", "行业之间的次序");
                    self.line(1, &format!("{chosen}{order}{edge}"));
                }
            }
        }
        self.conflicts(&duty.conflicts, 1);
    }

    /// That a policy could not answer; why stands at the head, where every such policy is named once.
    fn could_not_answer(&self, policy: &PolicyId, fault: &Fault) -> String {
        let lang = self.lang;
        let evaluation = self.decision.evaluations.get(policy);
        if evaluation.is_some_and(|one| one.state == EvaluationState::Unavailable && one.fault.as_ref() == Some(fault))
        {
            return lang.pick("could not answer, see above", "未能作答，原因见上").to_owned();
        }
        let could_not = lang.pick("could not answer; ", "未能作答；");
        format!("{could_not}{}", fault_words(fault, lang))
    }

    fn policy_in_sentence(&self, policy: &PolicyId) -> String {
        match self.lang {
            Lang::En => policy.to_string(),
            Lang::Zh => self.policy(policy),
        }
    }

    fn finding(&mut self, finding: &ResolvedFinding, duty: &DutyResolution) {
        let lang = self.lang;
        let ResolvedFinding { policy, version, rule, answer, earlier, disposition } = finding;
        let said = match answer {
            Answer::NotApplicable(_) => lang.pick("does not apply", "不适用").to_owned(),
            Answer::Met(_) => lang.pick("fulfilled", "已满足").to_owned(),
            Answer::Unknown(_) => lang.pick("cannot tell", "无法判断").to_owned(),
            Answer::Require(demand) => self.demand(demand),
            Answer::InsteadOf(demand) => {
                format!("{}{}", lang.pick("provides otherwise and ", "另有规定，"), self.demand(demand))
            }
        };
        let name = match lang {
            Lang::En => format!("{policy} {version}, {rule}"),
            Lang::Zh => self.policy(policy),
        };
        if lang == Lang::Zh {
            self.ids.push(format!("　{policy} {version}，{rule}"));
        }
        self.line(1, &format!("{name}{}{said}", self.colon()));
        if let Some(citation) = answer.citation() {
            let cited = phrases::sentence(&self.citation(citation, earlier.as_ref()), lang);
            self.line(2, &cited);
        }
        let reason = match answer {
            Answer::NotApplicable(reason) | Answer::Unknown(reason) => Some(reason),
            Answer::Require(demand) | Answer::InsteadOf(demand) => Some(&demand.reason),
            Answer::Met(_) => None,
        };
        if let Some(reason) = reason {
            let words = phrases::sentence(&self.reason(policy, reason), lang);
            self.line(2, &words);
            self.grounds(policy, reason);
        }
        // Which stretches are to be masked stands in what is asked.
        let is_said = |obligation: &&Obligation| match obligation {
            Obligation::Redact(span) => answer.demand().is_some_and(|demand| demand.spans.contains(span)),
            Obligation::Replace(_) | Obligation::Append(_) | Obligation::Stop | Obligation::Measure(_) => false,
        };
        let asked = answer.demand().map_or(&[][..], |demand| &demand.obligations);
        for obligation in asked.iter().filter(|obligation| !is_said(obligation)) {
            let asked = self.obligation(policy, obligation);
            self.line(2, &format!("+ {asked}"));
        }
        if let Some(became) = self.disposition(disposition, answer.citation(), duty) {
            self.line(2, &format!("→ {became}"));
        }
    }

    /// What a demand asks: ` asks to mask, part 1, characters 3 to 13`.
    fn demand(&self, demand: &Demand) -> String {
        let mut spans: Vec<String> = joined(&demand.spans).iter().map(|span| self.span(span)).collect();
        if demand.more_spans > 0 {
            spans.push(match self.lang {
                Lang::En => format!("and {} more", demand.more_spans),
                Lang::Zh => format!("另有{}处", demand.more_spans),
            });
        }
        let shown = self.shown(demand.obligations.iter());
        let level = asks(demand.level, !demand.obligations.is_empty(), shown, self.lang);
        let (comma, between) = (self.lang.pick(", ", "，"), self.lang.pick("; ", "；"));
        if spans.is_empty() { level.to_owned() } else { format!("{level}{comma}{}", spans.join(between)) }
    }

    /// A stretch of text in characters, counted from 1; in bytes where the text was not at hand when the decision was made.
    pub(super) fn span(&self, span: &Span) -> String {
        let Span { part, start, end } = span;
        let number = part.saturating_add(1);
        match (self.character(*part, *start), self.character(*part, *end), self.lang) {
            (Some(first), Some(after), Lang::En) => match after.saturating_sub(first) {
                1 => format!("part {number}, character {after}"),
                _ => format!("part {number}, characters {} to {after}", first.saturating_add(1)),
            },
            (Some(first), Some(after), Lang::Zh) => match after.saturating_sub(first) {
                1 => format!("第{number}段第{after}字"),
                _ => format!("第{number}段第{}至{after}字", first.saturating_add(1)),
            },
            (_, _, Lang::En) => format!("part {number}, bytes {start}–{end}"),
            (_, _, Lang::Zh) => format!("第{number}段第{start}–{end}字节"),
        }
    }

    /// How much of a part had been read: in characters, or in bytes where the text was not at hand.
    pub(super) fn read_to(&self, part: u32, at: u32) -> String {
        let number = part.saturating_add(1);
        match (self.character(part, at), self.lang) {
            (Some(n), Lang::En) => format!("part {number}, first {}", counted(n, "character", "characters")),
            (Some(n), Lang::Zh) => format!("第{number}段前{n}字"),
            (None, Lang::En) => format!("part {number}, first {}", counted(at, "byte", "bytes")),
            (None, Lang::Zh) => format!("第{number}段前{at}字节"),
        }
    }

    /// How many characters stand before a byte of a part.
    fn character(&self, part: u32, byte: u32) -> Option<u32> {
        if byte == 0 {
            return Some(0);
        }
        self.decision.characters.get(&part).and_then(|places| places.get(&byte)).copied()
    }

    /// Why a finding does not count, or counts in another way. `None` if it simply counts.
    fn disposition(
        &mut self,
        disposition: &Disposition,
        cited: Option<&Citation>,
        duty: &DutyResolution,
    ) -> Option<String> {
        let lang = self.lang;
        Some(match disposition {
            Disposition::Stands => return None,
            Disposition::Displaced(displacement) => self.displaced(displacement, cited, duty),
            Disposition::Defeated { by, label } => {
                let sector = self.sector(by);
                match lang {
                    Lang::En => format!("gives way to {sector}, by the edge `{label}` that counsel chose"),
                    Lang::Zh => {
                        _ = self.id("次序", label);
                        format!("让位于{sector}，依据法务选定的次序")
                    }
                }
            }
            Disposition::RelaxationRefused(why) => {
                let refused =
                    lang.pick("counts as an addition, not as a relaxation: ", "放宽未予采纳，按增加的要求计入：");
                format!("{refused}{}", why.say(lang))
            }
            Disposition::NotInForce => {
                lang.pick("not in force on that day, does not count", "该日不具效力，不计入").to_owned()
            }
            Disposition::Monitored => lang.pick("monitored, does not count", "仅观察，不计入").to_owned(),
            Disposition::NotGoverned => lang
                .pick("the policy does not govern this duty, does not count", "该策略不管辖此义务，不计入")
                .to_owned(),
        })
    }
}

/// Whether a finding gives way to the law of the sector.
fn gives_way_to(finding: &ResolvedFinding, regime: &SectorRegime) -> bool {
    matches!(&finding.disposition, Disposition::Displaced(displacement) if displacement.sector == regime.sector)
}

/// Stretches in their order, those that overlap as one.
fn joined(spans: &[Span]) -> Vec<Span> {
    let mut sorted = spans.to_vec();
    sorted.sort_unstable_by_key(|span| (span.part, span.start, span.end));
    let mut joined: Vec<Span> = Vec::with_capacity(sorted.len());
    for span in sorted {
        match joined.last_mut() {
            Some(last) if last.part == span.part && span.start < last.end => last.end = last.end.max(span.end),
            _ => joined.push(span),
        }
    }
    joined
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stretches_that_overlap_are_told_as_one() {
        let span = |part, start, end| Span { part, start, end };
        let told = joined(&[span(0, 5, 8), span(1, 0, 2), span(0, 5, 6), span(0, 7, 9), span(0, 9, 10)]);
        assert_eq!(told, [span(0, 5, 9), span(0, 9, 10), span(1, 0, 2)]);
    }
}
