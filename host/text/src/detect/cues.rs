//! Words that speak for what a detector looks for; they are patterns of the lanes, so finding them costs nothing extra.

use super::sight::Sight;

/// A word that speaks for what a detector looks for.
#[derive(Debug)]
pub(crate) struct Cue {
    /// The detector.
    pub(crate) detector: &'static str,
    /// The word, matched as a term is.
    pub(crate) text: &'static str,
    /// What it says.
    pub(crate) says: Says,
}

/// What a cue says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Says {
    /// Something may follow.
    Announces(Announces),
    /// This speaks for an exam paper, so much.
    Exam(u32),
}

/// What a cue announces.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Announces {
    /// A postal address.
    Address,
}

/// Where cues that announce something were lately found.
#[derive(Debug, Clone, Default)]
pub(crate) struct CueLog {
    /// What is announced, and how many characters of the view there were up to the end of the cue.
    ends: Vec<(Announces, u64)>,
}

impl CueLog {
    /// How far back cues are kept, in characters of the view.
    const REACH: u64 = 64;

    /// Takes a cue, with how many characters of the view there are up to its end.
    pub(crate) fn add(&mut self, what: Announces, n_view: u64) {
        if self.ends.last() != Some(&(what, n_view)) {
            self.ends.push((what, n_view));
        }
    }

    /// Forgets what is too far before the character with this number to announce anything there.
    pub(crate) fn forget(&mut self, n_view: u64) {
        self.ends.retain(|(_, end)| end.saturating_add(Self::REACH) > n_view);
        if self.ends.is_empty() && self.ends.capacity() > 8 {
            self.ends = Vec::new();
        }
    }

    /// How many characters of the view stand between the last such cue before the character at `place` and it.
    pub(crate) fn since(&self, what: Announces, sight: &Sight, place: usize) -> Option<u64> {
        let number = sight.n_past.saturating_add(u64::try_from(place).ok()?);
        let before = self.ends.iter().rev().filter(|(other, _)| *other == what);
        before.filter_map(|(_, end)| number.checked_sub(*end)).min()
    }

    /// Whether such a cue stands at most `reach` characters before the character with this number.
    #[inline]
    pub(crate) fn is_announced(&self, what: Announces, number: u64, reach: u64) -> bool {
        let is_near = |end: u64| number.checked_sub(end).is_some_and(|n| n <= reach);
        self.ends.iter().any(|&(other, end)| other == what && is_near(end))
    }

    /// How many bytes of memory it holds beside itself.
    pub(crate) fn heap_bytes(&self) -> usize {
        self.ends.capacity().saturating_mul(size_of::<(Announces, u64)>())
    }
}

const fn address(text: &'static str) -> Cue {
    Cue { detector: "postal-address", text, says: Says::Announces(Announces::Address) }
}

const fn exam(text: &'static str, weight: u32) -> Cue {
    Cue { detector: "exam-paper", text, says: Says::Exam(weight) }
}

/// The cues of all detectors.
pub(crate) static CUES: [Cue; 39] = [
    address("地址"),
    address("住址"),
    address("住在"),
    address("家住"),
    address("寄到"),
    address("寄往"),
    address("送到"),
    address("收货"),
    exam("本试卷", 4),
    exam("试卷满分", 5),
    exam("考试时间", 2),
    exam("考试用时", 3),
    exam("答题卡", 3),
    exam("准考证号", 3),
    exam("密封线", 4),
    exam("第I卷", 4),
    exam("第II卷", 4),
    exam("选择题", 3),
    exam("填空题", 3),
    exam("解答题", 3),
    exam("计算题", 2),
    exam("判断题", 2),
    exam("简答题", 2),
    exam("论述题", 2),
    exam("材料分析题", 3),
    exam("作文题", 2),
    exam("非选择题", 3),
    exam("完形填空", 2),
    exam("阅读下面的文字", 3),
    exam("阅读下列材料", 3),
    exam("本大题", 4),
    exam("本小题", 4),
    exam("每小题", 3),
    exam("本题满分", 4),
    exam("满分", 2),
    exam("总分", 1),
    exam("符合题目要求", 4),
    exam("下列说法正确的是", 3),
    exam("下列各项中", 2),
];
