//! The fixed words of an explanation, in both languages.

use super::Lang;
use crate::{
    ConflictKind, DuePhase, EventKind, FaultKind, Level, Mode, Precedence, RankTest, Refusal, RegimeKind, Status, When,
    YieldBasis,
};

impl Lang {
    /// The phrase in this language.
    pub(super) fn pick<'a>(self, en: &'a str, zh: &'a str) -> &'a str {
        match self {
            Self::En => en,
            Self::Zh => zh,
        }
    }
}

/// A set of words that a person reads.
pub(super) trait Phrase {
    /// The English and the Chinese phrase.
    fn both(self) -> (&'static str, &'static str);

    /// The phrase in one language.
    fn say(self, lang: Lang) -> &'static str
    where
        Self: Sized,
    {
        let (en, zh) = self.both();
        lang.pick(en, zh)
    }
}

impl Phrase for Level {
    fn both(self) -> (&'static str, &'static str) {
        match self {
            Self::Pass => ("pass", "通过"),
            Self::Mark => ("mark", "标识"),
            Self::Warn => ("warn", "提示"),
            Self::Redact => ("redact", "遮盖"),
            Self::Review => ("review", "人工复核"),
            Self::Stop => ("stop", "停止"),
        }
    }
}

/// What a level means for whoever waits for the decision: text goes out or does not, and what a person or the platform wants to do
/// is done or not.
pub(super) fn meaning(level: Level, kind: EventKind, shown: Shown, lang: Lang) -> &'static str {
    let (en, zh) = match (level, is_text(kind)) {
        (Level::Mark, true) if shown == Shown::Nothing => ("May go out", "可以放行"),
        (Level::Mark, false) if shown == Shown::Nothing => ("May be done", "可以办理"),
        (Level::Mark, true) if shown == Shown::Notice => ("May go out with a notice", "加提示后可以放行"),
        (Level::Mark, false) if shown == Shown::Notice => ("May be done with a notice", "加提示后可以办理"),
        (Level::Pass, true) => ("May go out", "可以放行"),
        (Level::Mark, true) => ("May go out with a mark", "加标识后可以放行"),
        (Level::Warn, true) => ("May go out with a warning", "加提示后可以放行"),
        (Level::Redact, true) => ("May go out with parts of it masked", "遮盖部分内容后可以放行"),
        (Level::Stop, true) => ("Does not go out", "不予放行"),
        (Level::Pass, false) => ("May be done", "可以办理"),
        (Level::Mark, false) => ("May be done with a mark", "加标识后可以办理"),
        (Level::Warn, false) => ("May be done, with a warning", "可以办理，但有提示"),
        (Level::Redact, false) => ("May be done with parts of it masked", "遮盖部分内容后可以办理"),
        (Level::Stop, false) => ("Must not be done", "不得办理"),
        (Level::Review, _) => ("A person decides first", "先由人工决定"),
    };
    lang.pick(en, zh)
}

/// Whether an event is about content that goes somewhere.
fn is_text(kind: EventKind) -> bool {
    match kind {
        EventKind::Prompt
        | EventKind::Output
        | EventKind::Retrieved
        | EventKind::Tool
        | EventKind::Media
        | EventKind::Publication
        | EventKind::Signal
        | EventKind::Review
        | EventKind::Abort => true,
        EventKind::TrainingIntake
        | EventKind::AnnotationBatch
        | EventKind::DataHandling
        | EventKind::Account
        | EventKind::ServiceChange => false,
    }
}

/// What the obligations beside the level `mark` show to a reader.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Shown {
    /// Nothing: the level is a note for the record.
    Nothing,
    /// A notice, a reminder or the like.
    Notice,
    /// A label, or words added to the text.
    Label,
}

/// The name of a level. A `mark` that shows nothing is a note.
pub(super) fn level(level: Level, shown: Shown, lang: Lang) -> &'static str {
    match (level, shown) {
        (Level::Mark, Shown::Nothing) => lang.pick("noted", "予以记录"),
        _ => level.say(lang),
    }
}

/// What a finding of a level asks. One that lets the event pass may still ask for something.
pub(super) fn asks(level: Level, is_more_asked: bool, shown: Shown, lang: Lang) -> &'static str {
    let (en, zh) = match (level, is_more_asked) {
        (Level::Pass, true) => ("passes, with something owed", "可以通过，另有须履行事项"),
        (Level::Pass, false) => ("passes", "可以通过"),
        (Level::Mark, _) => match shown {
            Shown::Nothing => ("is noted", "予以记录"),
            Shown::Notice => ("asks for a notice", "要求告知"),
            Shown::Label => ("asks for a mark", "要求标识"),
        },
        (Level::Warn, _) => ("asks for a warning", "要求提示"),
        (Level::Redact, _) => ("asks to mask", "要求遮盖"),
        (Level::Review, _) => ("asks for a person's review", "要求人工复核"),
        (Level::Stop, _) => ("asks to stop", "要求停止"),
    };
    lang.pick(en, zh)
}

impl Phrase for EventKind {
    fn both(self) -> (&'static str, &'static str) {
        match self {
            Self::Prompt => ("prompt", "使用者输入"),
            Self::Output => ("output", "生成内容"),
            Self::Retrieved => ("retrieved text", "检索内容"),
            Self::Tool => ("tool call", "工具调用"),
            Self::Media => ("media", "图片、音频、视频等"),
            Self::Publication => ("publication", "发布、导出"),
            Self::TrainingIntake => ("training data", "训练数据"),
            Self::AnnotationBatch => ("labelled data", "标注数据"),
            Self::DataHandling => ("data handling", "个人信息处理"),
            Self::Account => ("account", "账号事项"),
            Self::ServiceChange => ("change of the service", "服务变更"),
            Self::Signal => ("late score", "后到的识别分数"),
            Self::Review => ("review", "人工审核"),
            Self::Abort => ("abort", "中断"),
        }
    }
}

impl Phrase for Status {
    fn both(self) -> (&'static str, &'static str) {
        match self {
            Self::Yes => ("yes", "是"),
            Self::No => ("no", "否"),
            Self::Unknown => ("unknown", "不确定"),
        }
    }
}

impl Phrase for RegimeKind {
    fn both(self) -> (&'static str, &'static str) {
        match self {
            Self::Displacing => {
                ("provides otherwise, as counsel of this organization reads it", "另有规定（本单位法务采纳的理解）")
            }
            Self::Silent => ("says nothing", "没有规定"),
            Self::Keeping => ("has a rule of its own beside any other", "自有规定，与其他规定并行"),
            Self::Defeated => ("gives way to another sector", "让位于另一行业"),
        }
    }
}

impl Phrase for Mode {
    fn both(self) -> (&'static str, &'static str) {
        match self {
            Self::Enforce => ("enforced", "执行"),
            Self::Monitor => ("monitored", "仅观察"),
        }
    }
}

/// When something must be done, after this verdict: what is not released now is labelled only if it is released later.
pub(super) fn moment(when: When, verdict: Level, kind: EventKind, lang: Lang) -> &'static str {
    let (en, zh) = match (when, verdict, is_text(kind)) {
        (When::BeforeRelease, _, true) => ("before it may go out", "放行前"),
        (When::BeforeRelease, _, false) => ("before it may be done", "办理前"),
        (When::WithRelease, Level::Stop, true) => ("only if it goes out after all", "以后放行的，放行时"),
        (When::WithRelease, Level::Stop, false) => ("only if it is done after all", "以后办理的，办理时"),
        (When::WithRelease, Level::Review, true) => ("once a person lets it go out", "经人工决定放行的，放行时"),
        (When::WithRelease, Level::Review, false) => ("once a person lets it be done", "经人工决定办理的，办理时"),
        (When::WithRelease, _, true) => ("when it goes out", "放行时"),
        (When::WithRelease, _, false) => ("when it is done", "办理时"),
        (When::Afterwards, _, _) => ("afterwards", "事后"),
    };
    lang.pick(en, zh)
}

/// What is said as a sentence of its own: in English it begins with a capital letter.
pub(super) fn sentence(said: &str, lang: Lang) -> String {
    let mut letters = said.chars();
    match (letters.next(), lang) {
        (Some(first), Lang::En) => first.to_uppercase().chain(letters).collect(),
        (Some(_), Lang::Zh) | (None, _) => said.to_owned(),
    }
}

impl Phrase for DuePhase {
    fn both(self) -> (&'static str, &'static str) {
        match self {
            Self::Stop => ("stop", "停止输出"),
            Self::Replace => ("replace the text", "替换文本"),
            Self::Redact => ("mask", "遮盖"),
            Self::Label => ("label", "显式标识与提醒"),
            Self::Append => ("add a text", "附加文本"),
            Self::Implicit => ("implicit label", "隐式标识"),
            Self::Retract => ("take back", "撤回"),
            Self::Record => ("record", "记录"),
            Self::Report => ("report", "报告"),
            Self::Requirement => ("requirement", "前置条件"),
            Self::Subject => ("measure towards the user", "对用户的措施"),
        }
    }
}

impl Phrase for RankTest {
    fn both(self) -> (&'static str, &'static str) {
        match self {
            Self::Strict => ("a rule yields to no rule of lower rank (strict)", "规定不向位阶较低的规定让位（从严）"),
            Self::Lenient => (
                "a rule that says it yields does so to one of lower rank too (lenient)",
                "明文让位的规定也向位阶较低的规定让位（从宽）",
            ),
        }
    }
}

impl Phrase for YieldBasis {
    fn both(self) -> (&'static str, &'static str) {
        match self {
            Self::Named => ("it says itself that it yields to this sector", "其明文规定向该行业的规定让位"),
            Self::ByAnalogy => (
                "it yields to fields \"and the like\", and the reading is by analogy",
                "其以“等”字让位，该理解以类推为据",
            ),
            Self::LowerRank => ("it ranks lower", "其位阶较低"),
            Self::Implements => {
                ("the sector's instrument implements it: its own exception", "该规定系其实施规定，属其自身的例外")
            }
        }
    }
}

impl Phrase for Refusal {
    fn both(self) -> (&'static str, &'static str) {
        match self {
            Self::NoSector => ("the policy belongs to no sector", "该策略不属于任何行业"),
            Self::FloorDuty => ("the duty is a floor", "该义务为底线义务"),
            Self::SoftInstrument => {
                ("the instrument is soft law, which adds and never lifts", "所依据的是软法，只能增加、不能免除义务")
            }
            Self::UnknownInstrument => ("the registry does not know the instrument", "登记册中没有该规定"),
            Self::NotInForce => ("the instrument is not in force on that day", "该规定在该日不具效力"),
            Self::NotRequested => (
                "the policy's manifest does not ask to relax this duty under that article",
                "策略清单未申请依该条放宽该义务",
            ),
            Self::NoGrant => ("counsel has not adopted such a reading", "本单位法务未采纳该理解"),
            Self::SectorUncertain => {
                ("it is not certain that the session is in this sector", "会话是否属于该行业并不确定")
            }
            Self::SectorFailed => ("a policy of the sector could not answer", "该行业的策略未能作答"),
            Self::GeneralFailed => ("a policy without a sector could not answer", "一般策略未能作答"),
            Self::OtherSectorKeeps => ("another sector keeps the general rule", "另一行业保留一般规定"),
            Self::NothingYields => ("no general rule on this duty yields to it", "该义务上的一般规定均不向其让位"),
        }
    }
}

impl Phrase for ConflictKind {
    fn both(self) -> (&'static str, &'static str) {
        match self {
            Self::KeepOrDelete => {
                ("one asks to keep longer than the other allows", "一项要求的留存时间超过另一项的删除期限")
            }
            Self::ExclusiveLabels => ("only one of two labels may stand", "两项标识只能存其一"),
            Self::Replacements => ("two different texts in place of one", "要求以两种不同文本替换"),
            Self::RedactOrKeep => ("one masks what the other keeps as it is", "一项要求遮盖另一项要求保持原样的内容"),
        }
    }
}

impl Phrase for Precedence {
    fn both(self) -> (&'static str, &'static str) {
        match self {
            Self::R1 => (
                "gap: no sector says anything on it, so the general rule holds",
                "空白：行业规定对此未作规定，适用一般规定",
            ),
            Self::R2 => ("tighten: a stricter finding counts at once", "从严：更严格的结论直接计入"),
            Self::R3 => (
                "relax: the sector provides otherwise, counsel reads it so, and the general rule yields",
                "从其规定：行业另有规定且由本单位法务采纳，一般规定让位",
            ),
            Self::R4 => (
                "floor: nothing is relaxed where the duty is a floor, the general rule does not yield, or soft law is cited",
                "底线：底线义务和不让位的规定不得放宽，也不得依据软法放宽",
            ),
            Self::R5 => ("several sectors: each that speaks is satisfied", "多个行业：凡有规定的行业均须满足"),
            Self::R6 => ("failure: what could not be checked counts as not fulfilled", "故障：未能核查即按未满足处理"),
            Self::R7 => ("doubt: what is not certain tightens and never relaxes", "存疑：不确定只从严、不从宽"),
            Self::R8 => (
                "conflict: two obligations cannot stand together, so a person decides",
                "冲突：两项义务不能并存，由人工决定",
            ),
            Self::R9 => ("monitor: a monitored policy is shown and does not count", "观察：仅观察的策略只显示、不计入"),
        }
    }
}

impl Phrase for FaultKind {
    fn both(self) -> (&'static str, &'static str) {
        match self {
            Self::Trap => ("it broke off", "运行中断"),
            Self::Fuel => ("its fuel was used up", "计算额度用尽"),
            Self::Deadline => ("it took too long", "超时"),
            Self::Memory | Self::Table | Self::Stack => ("it needed more memory than allowed", "超出内存限制"),
            Self::OutputSize | Self::StateSize | Self::FindingCount | Self::LogFlood => {
                ("its answer was larger than allowed", "输出超出限制")
            }
            Self::UngovernedDuty
            | Self::UndeclaredRule
            | Self::UndeclaredReason
            | Self::UndeclaredText
            | Self::UndeclaredDuty
            | Self::UndeclaredAction
            | Self::UndeclaredMeasure
            | Self::UnregisteredParameter
            | Self::UnregisteredValue
            | Self::UnknownKind
            | Self::UnknownExtra => ("it answered what its manifest does not declare", "输出了清单未声明的内容"),
            Self::UngrantedMeasure => ("it asked for a measure that it has no grant for", "请求了未获授权的措施"),
            Self::BadCitation => ("its citation is empty or unknown", "引用为空或者未登记"),
            Self::SpanRange | Self::SpanCharacter => {
                ("it named a stretch of text that is not there", "指向不存在的文本位置")
            }
            Self::SpanUnreported => {
                ("it named a stretch of text that the host did not report", "指向系统未报告的文本区间")
            }
            Self::ObligationCount => ("it asked for too many measures at once", "一次请求的措施过多"),
            Self::AnswerForm => ("its answer has another form than the contract", "输出的格式不符合契约"),
            Self::BadRead => ("it read where nothing is", "读取越界"),
            Self::Configure => ("it refused its settings", "配置失败"),
            Self::Missing => ("it is required and not loaded", "必需的策略未加载"),
            Self::Quarantined => {
                ("it was taken out of service, because it failed its own vectors", "因未通过自身测试向量被隔离")
            }
            Self::Revoked => ("it was revoked while the session was open", "会话期间被撤销"),
            Self::Moved => (
                "the session moved to an urgent edition, and what it remembered stayed behind",
                "会话转入紧急版次，先前的状态未保留",
            ),
            Self::Drained => ("the session stayed on an earlier edition too long", "会话停留在旧版次过久"),
        }
    }
}
