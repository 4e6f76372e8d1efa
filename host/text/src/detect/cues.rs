//! Words that give a detector a reason to run; they are patterns of the lanes, so finding them costs nothing extra.

/// A word that speaks for what a detector looks for.
#[derive(Debug)]
pub(crate) struct Cue {
    /// The detector.
    pub(crate) detector: &'static str,
    /// The word, matched as a term is.
    pub(crate) text: &'static str,
    /// How much it says. Zero: it is only a reason to look.
    pub(crate) weight: u32,
}

/// A cue that the lanes found, with the original bytes it covers.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Evidence {
    /// The index in [`CUES`].
    pub(crate) cue: u32,
    /// Where its first character begins.
    pub(crate) start: usize,
    /// Where its last character ends.
    pub(crate) end: usize,
}

impl Evidence {
    /// The cue, where it is one of `detector`.
    pub(crate) fn of(&self, detector: &str) -> Option<&'static Cue> {
        CUES.get(usize::try_from(self.cue).ok()?).filter(|cue| cue.detector == detector)
    }
}

const fn address(text: &'static str) -> Cue {
    Cue { detector: "postal-address", text, weight: 0 }
}

const fn exam(text: &'static str, weight: u32) -> Cue {
    Cue { detector: "exam-paper", text, weight }
}

/// The cues of all detectors.
pub(crate) static CUES: [Cue; 38] = [
    address("号"),
    address("室"),
    address("栋"),
    address("幢"),
    address("弄"),
    address("单元"),
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
    exam("分", 0),
];
