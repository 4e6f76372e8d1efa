//! What stands in a cell.

mod text;

use specialis_policy::Date;

use text::Text;

/// How an unknown fact counts in a condition.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Doubt {
    /// Against the service: where the row asks for something the condition may hold, where it asks for nothing it does not.
    Tighten,
    /// As if the condition held (`maybe`).
    Maybe,
    /// As if it did not (`surely`).
    Surely,
}

/// A condition of a row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Condition {
    /// How an unknown fact counts.
    pub doubt: Doubt,
    /// Whether it is the opposite that has to hold.
    pub is_negated: bool,
    /// What is looked at.
    pub left: Operand,
    /// What has to hold of it.
    pub test: Test,
}

/// What is looked at, or compared with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Operand {
    /// A fact, by its path.
    Fact(String),
    /// A setting of the operator.
    Setting(String),
    /// The day on which the session is judged.
    Today,
    /// How many hits of these categories there are.
    Hits(Vec<String>),
    /// The largest weight of a hit of these categories; 0 without one.
    Weight(Vec<String>),
    /// The highest signal in these categories, in thousandths; -1 without one.
    Signal(Vec<String>),
    /// A counter of the session.
    Count(String),
}

/// What has to hold.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Test {
    /// It is yes: a switch that is on.
    Yes,
    /// It is known.
    Known,
    /// It is a text that says something.
    Said,
    /// It compares so with one of these.
    Compare(Comparison, Vec<Right>),
    /// It is one of the values of this list.
    In(Operand),
    /// It is a list that has one of these.
    Has(Vec<Right>),
    /// It is a list that has a record of which all of this holds, each of a field.
    HasRecord(Vec<(String, Comparison, Vec<Right>)>),
}

/// A comparison.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Comparison {
    /// `=`
    Equal,
    /// `!=`
    NotEqual,
    /// `<`
    Less,
    /// `<=`
    AtMost,
    /// `>`
    More,
    /// `>=`
    AtLeast,
}

/// A value that stands in a cell.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Value {
    /// `yes` or `no`.
    Flag(bool),
    /// A number.
    Number(i64),
    /// A day.
    Date(Date),
    /// A word.
    Text(String),
}

/// The right side of a comparison.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Right {
    /// A value.
    Value(Value),
    /// What an operand is, and so many days later.
    Operand(Operand, i64),
}

/// The level of an answer: the first whose switch is on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Level {
    /// Levels under switches of the operator, by the setting.
    pub under: Vec<(LevelWord, String)>,
    /// The level otherwise.
    pub otherwise: LevelWord,
}

/// A level, or the setting that names it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum LevelWord {
    /// A level.
    Level(specialis_policy::Level),
    /// The word that a setting of the operator has.
    Setting(String),
}

/// What is asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Action {
    /// A text action, `count`, or a measure.
    pub name: String,
    /// The text key or the counter of `append`, `replace` and `count`.
    pub key: Option<String>,
    /// The parameters of a measure.
    pub params: Vec<(String, Param)>,
    /// The setting that has to be on.
    pub under: Option<String>,
}

/// The value of a measure's parameter.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Param {
    /// A number, a day or an id.
    Value(Value),
    /// A duration in seconds.
    Seconds(u64),
    /// What a setting says.
    Setting(String),
}

/// The case of an answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// The duty asks for something.
    Require,
    /// The sector's law provides otherwise.
    InsteadOf,
    /// The duty is fulfilled.
    Met,
    /// The duty does not arise.
    NotApplicable,
    /// It cannot be told.
    Unknown,
    /// There is no answer, and no later row answers either.
    None,
}

impl Outcome {
    /// Whether an answer of this case asks for nothing, or for less than the general law.
    pub fn loosens(self) -> bool {
        match self {
            Self::Require | Self::Unknown => false,
            Self::InsteadOf | Self::Met | Self::NotApplicable | Self::None => true,
        }
    }

    /// Whether it has a level and obligations.
    pub fn demands(self) -> bool {
        matches!(self, Self::Require | Self::InsteadOf)
    }

    /// Reads a cell.
    ///
    /// # Errors
    /// Where it is no case.
    pub fn read(cell: &str) -> Result<Self, String> {
        Ok(match cell.to_ascii_lowercase().as_str() {
            "" | "require" | "要求" => Self::Require,
            "instead-of" | "另有规定" => Self::InsteadOf,
            "met" | "已满足" => Self::Met,
            "not-applicable" | "不适用" => Self::NotApplicable,
            "unknown" | "未知" => Self::Unknown,
            "none" | "无" => Self::None,
            _ => {
                return Err(format!(
                    "`{cell}` is no case; give `require`, `instead-of`, `met`, `not-applicable`, `unknown` or `none`"
                ));
            }
        })
    }
}

/// What stands between separators: `;` and its full-width form.
pub(crate) fn listed(cell: &str) -> impl Iterator<Item = &str> {
    cell.split([';', '；']).map(str::trim).filter(|one| !one.is_empty())
}

/// Words between `|` or commas.
pub(crate) fn words(cell: &str) -> impl Iterator<Item = &str> {
    cell.split(['|', ',', '，', '、', '｜']).map(str::trim).filter(|one| !one.is_empty())
}

impl Condition {
    /// Reads the conditions of a cell.
    ///
    /// # Errors
    /// The first that cannot be read.
    pub fn read_all(cell: &str) -> Result<Vec<Self>, String> {
        listed(cell).map(|one| Self::read(one).map_err(|reason| format!("`{one}`: {reason}"))).collect()
    }

    fn read(cell: &str) -> Result<Self, String> {
        let mut text = Text::new(cell);
        let doubt = if text.takes_word(&["maybe", "可能"]) {
            Doubt::Maybe
        } else if text.takes_word(&["surely", "确定"]) {
            Doubt::Surely
        } else {
            Doubt::Tighten
        };
        let mut is_negated = text.takes_word(&["not", "非"]);
        let (left, alone) = operand(&mut text)?;
        let test = if text.is_done() {
            alone
        } else if text.takes_word(&["is", "是", "已"]) {
            if text.takes_word(&["known", "已知", "知"]) {
                Test::Known
            } else if text.takes_word(&["unknown", "未知"]) {
                is_negated = !is_negated;
                Test::Known
            } else if text.takes_word(&["said", "填写"]) {
                Test::Said
            } else {
                return Err("after `is` stands `known`, `unknown` or `said`".to_owned());
            }
        } else if text.takes_word(&["in", "属于"]) {
            Test::In(operand(&mut text)?.0)
        } else if text.takes_word(&["has", "包含"]) {
            has(&mut text)?
        } else {
            let comparison = text
                .comparison()
                .ok_or("a comparison is missing; give `=`, `!=`, `<`, `<=`, `>`, `>=`, `in`, `has` or `is`")?;
            Test::Compare(comparison, rights(&mut text)?)
        };
        if text.is_done() { Ok(Self { doubt, is_negated, left, test }) } else { Err(text.unread()) }
    }

    /// The categories that it reads.
    pub fn categories(&self) -> &[String] {
        match &self.left {
            Operand::Hits(categories) | Operand::Weight(categories) | Operand::Signal(categories) => categories,
            Operand::Fact(_) | Operand::Setting(_) | Operand::Today | Operand::Count(_) => &[],
        }
    }

    /// Every operand in it.
    pub fn operands(&self) -> Vec<&Operand> {
        let mut all = vec![&self.left];
        let rights: Vec<&Right> = match &self.test {
            Test::Yes | Test::Known | Test::Said => Vec::new(),
            Test::Compare(_, rights) | Test::Has(rights) => rights.iter().collect(),
            Test::In(list) => {
                all.push(list);
                Vec::new()
            }
            Test::HasRecord(fields) => fields.iter().flat_map(|(_, _, rights)| rights).collect(),
        };
        all.extend(rights.into_iter().filter_map(|right| match right {
            Right::Operand(operand, _) => Some(operand),
            Right::Value(_) => None,
        }));
        all
    }
}

/// An operand, and what has to hold of it where nothing is said.
fn operand(text: &mut Text<'_>) -> Result<(Operand, Test), String> {
    if let Some(name) = text.setting() {
        return Ok((Operand::Setting(name), Test::Yes));
    }
    let name = text
        .name()
        .ok_or("a fact, a setting such as `$name`, `hit(…)`, `signal(…)`, `count(…)` or `today` is missing")?;
    let some = |least: i64| Test::Compare(Comparison::AtLeast, vec![Right::Value(Value::Number(least))]);
    let mut list = || text.list().ok_or_else(|| format!("`{name}` names no category; write `{name}(a1.violence)`"));
    Ok(match name.as_str() {
        "hit" | "hits" | "命中" => (Operand::Hits(list()?), some(1)),
        "weight" | "权重" => (Operand::Weight(list()?), some(1)),
        "signal" | "评分" => (Operand::Signal(list()?), some(0)),
        "count" | "计数" => match <[String; 1]>::try_from(list()?) {
            Ok([counter]) => (Operand::Count(counter), some(1)),
            Err(_) => return Err("`count` names one counter".to_owned()),
        },
        "today" | "今天" => (Operand::Today, Test::Known),
        _ => (Operand::Fact(name), Test::Yes),
    })
}

fn has(text: &mut Text<'_>) -> Result<Test, String> {
    if !text.takes("(") {
        return Ok(Test::Has(rights(text)?));
    }
    let mut fields = Vec::new();
    loop {
        let field = text.name().ok_or("a field of the record is missing")?;
        let comparison = text.comparison().ok_or_else(|| format!("a comparison is missing behind `{field}`"))?;
        fields.push((field, comparison, rights(text)?));
        if text.takes(")") {
            return Ok(Test::HasRecord(fields));
        }
        if !text.takes(",") {
            return Err(text.unread());
        }
    }
}

fn rights(text: &mut Text<'_>) -> Result<Vec<Right>, String> {
    let mut rights = vec![right(text)?];
    while text.takes("|") {
        rights.push(right(text)?);
    }
    Ok(rights)
}

/// The groups of facts: on the right side what has another beginning is a word.
const GROUPS: [&str; 10] =
    ["event", "sector", "service", "model", "provider", "tenant", "subject", "agreement", "standing", "general"];

fn right(text: &mut Text<'_>) -> Result<Right, String> {
    if let Some(name) = text.setting() {
        return Ok(Right::Operand(Operand::Setting(name), text.days()?));
    }
    if let Some(quoted) = text.quoted() {
        return Ok(Right::Value(Value::Text(quoted)));
    }
    if let Some(value) = text.date_or_number()? {
        return Ok(Right::Value(value));
    }
    let word = text.name().ok_or("a value is missing")?;
    let is_fact = word.split_once('.').is_some_and(|(group, _)| GROUPS.contains(&group));
    Ok(match word.as_str() {
        "yes" | "true" | "是" => Right::Value(Value::Flag(true)),
        "no" | "false" | "否" => Right::Value(Value::Flag(false)),
        "today" | "今天" => Right::Operand(Operand::Today, text.days()?),
        _ if is_fact => Right::Operand(Operand::Fact(word), text.days()?),
        _ => Right::Value(Value::Text(word)),
    })
}

impl Level {
    /// Reads a cell such as `stop if $refuse else warn`.
    ///
    /// # Errors
    /// Where it cannot be read.
    pub fn read(cell: &str) -> Result<Self, String> {
        let mut text = Text::new(cell);
        let mut under = Vec::new();
        loop {
            let word = match text.setting() {
                Some(name) => LevelWord::Setting(name),
                None => {
                    let word = text
                        .name()
                        .ok_or("a level is missing; give `pass`, `mark`, `warn`, `redact`, `review` or `stop`")?;
                    let level = level_of(&word);
                    LevelWord::Level(level.ok_or_else(|| {
                        format!("`{word}` is no level; give `pass`, `mark`, `warn`, `redact`, `review` or `stop`")
                    })?)
                }
            };
            if !text.takes_word(&["if", "若"]) {
                let level = Self { under, otherwise: word };
                return if text.is_done() { Ok(level) } else { Err(text.unread()) };
            }
            under.push((word, text.setting().ok_or("after `if` stands a switch of the operator, such as `$refuse`")?));
            if !text.takes_word(&["else", "否则"]) {
                return Err("after the switch stands `else` with the level otherwise".to_owned());
            }
        }
    }
}

/// The level of a word.
pub(crate) fn level_of(word: &str) -> Option<specialis_policy::Level> {
    use specialis_policy::Level as L;
    Some(match word {
        "pass" | "通过" => L::Pass,
        "mark" | "标识" => L::Mark,
        "warn" | "提示" => L::Warn,
        "redact" | "遮盖" => L::Redact,
        "review" | "人工复核" => L::Review,
        "stop" | "停止" => L::Stop,
        _ => return None,
    })
}

impl Action {
    /// The names that are no measures.
    pub const OF_TEXT: [&str; 4] = ["redact", "replace", "append", "stop"];
    /// What counts in the session.
    pub const COUNT: &str = "count";

    /// Reads the actions of a cell, such as `remind(kind = verify); redact if $masks`.
    ///
    /// # Errors
    /// The first that cannot be read.
    pub fn read_all(cell: &str) -> Result<Vec<Self>, String> {
        listed(cell).map(|one| Self::read(one).map_err(|reason| format!("`{one}`: {reason}"))).collect()
    }

    fn read(cell: &str) -> Result<Self, String> {
        let mut text = Text::new(cell);
        let name = text.name().ok_or("a measure or a text action is missing")?;
        let mut action = Self { name, key: None, params: Vec::new(), under: None };
        let needs_key = ["replace", "append", Self::COUNT].contains(&action.name.as_str());
        if needs_key {
            let keys = text.list().unwrap_or_default();
            let [key] = <[String; 1]>::try_from(keys).map_err(|_| format!("write `{}(NAME)`", action.name))?;
            action.key = Some(key);
        } else if text.takes("(") {
            loop {
                let name = text.name().ok_or("a parameter is missing")?;
                if text.comparison() != Some(Comparison::Equal) {
                    return Err(format!("after the parameter `{name}` stands `=`"));
                }
                action.params.push((name, param(&mut text)?));
                if text.takes(")") {
                    break;
                }
                if !text.takes(",") {
                    return Err(text.unread());
                }
            }
        }
        if text.takes_word(&["if", "若"]) {
            action.under = Some(text.setting().ok_or("after `if` stands a switch of the operator, such as `$masks`")?);
        }
        if text.is_done() { Ok(action) } else { Err(text.unread()) }
    }
}

fn param(text: &mut Text<'_>) -> Result<Param, String> {
    if let Some(name) = text.setting() {
        return Ok(Param::Setting(name));
    }
    if let Some(seconds) = text.counted(&["s", "秒"]) {
        return u64::try_from(seconds).map(Param::Seconds).map_err(|_| "a duration is not negative".to_owned());
    }
    match text.date_or_number()? {
        Some(value) => Ok(Param::Value(value)),
        None => Ok(Param::Value(Value::Text(text.name().ok_or("the value of a parameter is missing")?))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(cell: &str) -> Condition {
        Condition::read_all(cell).unwrap_or_else(|e| panic!("{e}")).remove(0)
    }

    #[test]
    fn conditions_are_read_in_both_languages() {
        let may = read("maybe subject.role = pupil|teacher");
        assert_eq!(
            (may.doubt, may.is_negated, &may.left),
            (Doubt::Maybe, false, &Operand::Fact("subject.role".to_owned()))
        );
        let words = ["pupil", "teacher"].map(|word| Right::Value(Value::Text(word.to_owned())));
        assert_eq!(may.test, Test::Compare(Comparison::Equal, words.to_vec()));
        assert_eq!(read("可能 subject.role ＝ pupil｜teacher"), may);
        assert_eq!(read("hit(a1.violence)"), read("命中（a1.violence）>=1"));
        assert_eq!(read("event.assessed-on ≤ today - 30d"), read("event.assessed-on<=今天 - 30日"));
        assert_eq!(read("subject.age is unknown"), read("not subject.age is known"));
        assert_eq!(read("$refuse").test, Test::Yes);
        let consent = read("subject.consents has (scope = training, on <= today)");
        assert!(matches!(&consent.test, Test::HasRecord(fields) if fields.len() == 2), "{consent:?}");
        assert_eq!(read("event.tool in service.admitted-tools").operands().len(), 2);
    }

    #[test]
    fn what_cannot_be_read_says_what_is_missing() {
        for (cell, said) in [
            ("subject.role pupil", "a comparison is missing"),
            ("subject.role = ", "a value is missing"),
            ("hit", "names no category"),
            ("event.on <= 2026-13-40", "is no day"),
            ("subject.age = 14-17 adult", "`adult` cannot be read"),
            ("subject.role = pupil teacher", "`teacher` cannot be read"),
            ("count(a|b) > 1", "names one counter"),
        ] {
            let error = Condition::read_all(cell).unwrap_err();
            assert!(error.contains(said), "{cell}: {error}");
        }
    }

    #[test]
    fn levels_and_actions_may_hang_on_switches() {
        let level = Level::read("mark if $soft else stop if $hard else warn").unwrap();
        assert_eq!((level.under.len(), level.otherwise), (2, LevelWord::Level(specialis_policy::Level::Warn)));
        assert_eq!(Level::read("$exam-level").unwrap().otherwise, LevelWord::Setting("exam-level".to_owned()));
        assert!(Level::read("halt").unwrap_err().contains("`halt` is no level"));
        let actions =
            Action::read_all("remind(kind = verify); redact if $masks; append(note); contact(within = 90s, days=$d)")
                .unwrap();
        assert_eq!(
            actions.iter().map(|one| one.name.as_str()).collect::<Vec<_>>(),
            ["remind", "redact", "append", "contact"]
        );
        assert_eq!(actions[1].under.as_deref(), Some("masks"));
        assert_eq!(actions[3].params[0].1, Param::Seconds(90));
        assert!(Action::read_all("append").unwrap_err().contains("write `append(NAME)`"));
    }
}
