//! By which rules of precedence duties came to their levels, and what cannot stand together.

use std::collections::{BTreeMap, BTreeSet};

use super::phrases::Phrase as _;
use super::{Lang, Page};
use crate::{Decision, DutyResolution, Level, NormConflict, Party, PolicyId, Precedence};

impl Page<'_> {
    /// Obligations of different duties that cannot stand together.
    pub(super) fn conflicts_of_duties(&mut self, conflicts: &[NormConflict]) {
        if !conflicts.is_empty() {
            self.title("Cannot stand together, so a person decides", "不能并存，须人工决定");
        }
        self.conflicts(conflicts, 0);
    }

    /// Obligations of one duty that cannot stand together.
    pub(super) fn conflicts(&mut self, conflicts: &[NormConflict], depth: usize) {
        let lang = self.lang;
        if depth == 1 && !conflicts.is_empty() {
            self.line(1, lang.pick("Cannot stand together:", "不能并存："));
        }
        for NormConflict { kind, first, second } in conflicts {
            let (first, second) = (self.party(first), self.party(second));
            self.line(
                depth.saturating_add(1),
                &format!(
                    "{first}{}{second}{}{}",
                    lang.pick(" cannot stand beside ", "与"),
                    lang.pick(": ", "不能并存："),
                    kind.say(lang)
                ),
            );
        }
    }

    fn party(&self, party: &Party) -> String {
        let (policy, duty) = (&party.policy, &party.duty);
        let asked = self.obligation(policy, &party.obligation);
        let of = match (self.numbers.get(duty), self.lang) {
            (Some(number), Lang::En) => format!("duty {number}, {policy}"),
            (Some(number), Lang::Zh) => format!("第{number}项义务，{}", self.policy(policy)),
            (None, Lang::En) => format!("{duty}, {policy}"),
            (None, Lang::Zh) => format!("{}，{}", self.duty_name(duty.as_str()), self.policy(policy)),
        };
        format!("“{asked}”{}", self.aside(&of))
    }

    /// Each rule of precedence that applied to a duty on which something is asked, once, with the numbers of those duties.
    pub(super) fn rules(&mut self, decision: &Decision) {
        let mut rules: BTreeMap<(Precedence, bool), Vec<u32>> = BTreeMap::new();
        for duty in &decision.duties {
            let Some(number) = self.numbers.get(&duty.duty) else { continue };
            for rule in &duty.rules {
                let only_adds = *rule == Precedence::R2 && !is_stricter(duty);
                rules.entry((*rule, only_adds)).or_default().push(*number);
            }
        }
        if !decision.conflicts.is_empty() {
            rules.entry((Precedence::R8, false)).or_default();
        }
        if !rules.is_empty() {
            self.title("Rules of precedence that applied", "适用的优先规则");
        }
        for ((rule, only_adds), duties) in rules {
            let said = if only_adds { self.lang.pick(ADDS.0, ADDS.1) } else { rule.say(self.lang) };
            let of = numbered(&duties, self.lang).map_or_else(String::new, |duties| self.aside(&duties));
            self.line(1, &format!("{}{}{said}{of}", rule.as_str(), self.lang.pick(" ", "　")));
        }
    }
}

/// What R2 says of a duty on which nothing was stricter than something else.
const ADDS: (&str, &str) = ("tighten: what the sector asks is added", "从严：行业规定另有要求的，一并适用");

/// Whether the findings of one policy ask for another level than those of another one.
fn is_stricter(duty: &DutyResolution) -> bool {
    let mut levels: BTreeMap<&PolicyId, Level> = BTreeMap::new();
    for finding in duty.findings.iter().filter(|finding| finding.counts()) {
        let Some(demand) = finding.answer.demand() else { continue };
        let highest = levels.entry(&finding.policy).or_insert(demand.level);
        *highest = demand.level.max(*highest);
    }
    levels.values().collect::<BTreeSet<_>>().len() > 1
}

/// Duties by their numbers in order: `duty 1`, `duties 1–4, 6`. `None` where there are none.
pub(super) fn numbered(numbers: &[u32], lang: Lang) -> Option<String> {
    match (numbers, lang) {
        ([], _) => None,
        ([one], Lang::En) => Some(format!("duty {one}")),
        (many, Lang::En) => Some(format!("duties {}", ranges(many, "–", ", "))),
        (many, Lang::Zh) => Some(format!("第{}项义务", ranges(many, "至", "、"))),
    }
}

/// Numbers in order, those that follow each other as one range: `1–4, 6`.
fn ranges(numbers: &[u32], to: &str, and: &str) -> String {
    let mut ranges: Vec<(u32, u32)> = Vec::new();
    for number in numbers {
        match ranges.last_mut() {
            Some((_, last)) if last.checked_add(1) == Some(*number) => *last = *number,
            _ => ranges.push((*number, *number)),
        }
    }
    let said = ranges.iter().map(|(first, last)| match last.checked_sub(*first) {
        Some(0) | None => first.to_string(),
        Some(1) => format!("{first}{and}{last}"),
        Some(_) => format!("{first}{to}{last}"),
    });
    said.collect::<Vec<_>>().join(and)
}

#[cfg(test)]
mod tests {
    use super::ranges;

    #[test]
    fn numbers_that_follow_each_other_are_one_range() {
        assert_eq!(ranges(&[1, 2, 3, 4, 6, 8, 9], "–", ", "), "1–4, 6, 8, 9");
        assert_eq!(ranges(&[3], "至", "、"), "3");
        assert_eq!(ranges(&[1, 2, 3, 5], "至", "、"), "1至3、5");
    }
}
