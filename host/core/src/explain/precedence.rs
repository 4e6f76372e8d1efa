//! By which rules of precedence duties came to their levels, and what cannot stand together.

use std::collections::BTreeMap;

use super::duty::is_open;
use super::phrases::Phrase as _;
use super::{Lang, Page};
use crate::{Decision, NormConflict, Party, Precedence};

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
            self.line(depth.saturating_add(1), &format!("{first} ≠ {second}{}{}", self.colon(), kind.say(lang)));
        }
    }

    fn party(&self, party: &Party) -> String {
        let (policy, duty) = (&party.policy, &party.duty);
        let asked = self.obligation(policy, &party.obligation);
        let of = match self.lang {
            Lang::En => format!("{policy}, {duty}"),
            Lang::Zh => format!("{}，{}", self.policy(policy), self.duty_name(duty.as_str())),
        };
        format!("{asked}{}", self.aside(&of))
    }

    /// Each rule of precedence that applied to a duty on which something is asked, once, with the numbers of those duties.
    pub(super) fn rules(&mut self, decision: &Decision) {
        let mut rules: BTreeMap<Precedence, Vec<u32>> = BTreeMap::new();
        for (number, duty) in (1_u32..).zip(decision.duties.iter().filter(|duty| is_open(duty))) {
            for rule in &duty.rules {
                rules.entry(*rule).or_default().push(number);
            }
        }
        if !decision.conflicts.is_empty() {
            rules.entry(Precedence::R8).or_default();
        }
        if !rules.is_empty() {
            self.title("Rules of precedence that applied", "适用的优先规则");
        }
        for (rule, duties) in rules {
            let said = rule.say(self.lang);
            let line = match (self.lang, duties.as_slice()) {
                (Lang::En, []) => format!("{} {said}", rule.as_str()),
                (Lang::Zh, []) => format!("{}　{said}", rule.as_str()),
                (Lang::En, [one]) => format!("{} {said} (duty {one})", rule.as_str()),
                (Lang::En, many) => format!("{} {said} (duties {})", rule.as_str(), ranges(many, "–", ", ")),
                (Lang::Zh, many) => format!("{}　{said}（第{}项）", rule.as_str(), ranges(many, "至", "、")),
            };
            self.line(1, &line);
        }
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
