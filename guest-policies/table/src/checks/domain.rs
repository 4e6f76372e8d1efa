//! What the conditions of a block can meet.

use std::collections::BTreeMap;
use std::fmt;

use specialis_policy::{Date, Fact, Span, Value as Setting};

use crate::grammar::{Comparison, Condition, LevelWord, Operand, Param, Right, Test};
use crate::table::Block;
use crate::world::World;

/// The day of the worlds that are tried.
const TODAY: Date = Date::of(2026, 11, 2);

/// What is known of settings and facts beside the table.
pub struct Domain<'a> {
    /// The values of each setting, its default first.
    pub settings: BTreeMap<String, Vec<Setting>>,
    /// The words that a fact may take; none where it takes any.
    pub words: &'a dyn Fn(&str) -> Vec<String>,
}

impl fmt::Debug for Domain<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Domain").field("settings", &self.settings).finish_non_exhaustive()
    }
}

/// What conditions look at.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Var {
    /// A fact, by its path.
    Fact(String),
    /// A setting.
    Setting(String),
    /// The hits of a category.
    Hits(String),
    /// The signal in a category.
    Signal(String),
    /// A counter.
    Count(String),
}

impl fmt::Display for Var {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Fact(name) => f.write_str(name),
            Self::Setting(name) => write!(f, "${name}"),
            Self::Hits(name) => write!(f, "hits({name})"),
            Self::Signal(name) => write!(f, "signal({name})"),
            Self::Count(name) => write!(f, "count({name})"),
        }
    }
}

/// A value of what conditions look at.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Choice {
    /// A fact, or that it is unknown.
    Fact(Option<Fact>),
    /// A setting.
    Setting(Setting),
    /// The weights of hits.
    Hits(Vec<u8>),
    /// A signal, in thousandths.
    Signal(Option<u32>),
    /// A count.
    Count(u64),
}

impl fmt::Display for Choice {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Fact(None) => f.write_str("is unknown"),
            Self::Fact(Some(fact)) => write!(f, "is {}", Shown(fact)),
            Self::Setting(setting) => match setting {
                Setting::Flag(flag) => write!(f, "is {}", if *flag { "on" } else { "off" }),
                Setting::Number(number) => write!(f, "is {number}"),
                Setting::Text(text) => write!(f, "is {text}"),
                Setting::Texts(_) | Setting::Date(_) => f.write_str("is as by default"),
            },
            Self::Hits(weights) => write!(f, "is {}", weights.len()),
            Self::Signal(score) => write!(f, "is {}", score.map_or("none".to_owned(), |score| score.to_string())),
            Self::Count(n) => write!(f, "is {n}"),
        }
    }
}

struct Shown<'a>(&'a Fact);

impl fmt::Display for Shown<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            Fact::Flag(flag) => f.write_str(if *flag { "yes" } else { "no" }),
            Fact::Number(number) => write!(f, "{number}"),
            Fact::Text(text) if text.trim().is_empty() => f.write_str("empty"),
            Fact::Text(text) => f.write_str(text),
            Fact::Date(day) => write!(f, "{:04}-{:02}-{:02}", day.year, day.month, day.day),
            Fact::List(all) if all.is_empty() => f.write_str("an empty list"),
            Fact::List(all) => {
                let all: Vec<String> = all.iter().map(|one| Shown(one).to_string()).collect();
                f.write_str(&all.join("|"))
            }
            Fact::Record(fields) => {
                let fields: Vec<String> = fields.iter().map(|(name, fact)| format!("{name} {}", Shown(fact))).collect();
                write!(f, "({})", fields.join(", "))
            }
        }
    }
}

/// What stands for any word that no row names.
const OTHER: &str = "another word";

impl Domain<'_> {
    /// What the conditions of a block look at, each with the values that make a difference.
    pub(super) fn of_block(&self, block: &Block) -> BTreeMap<Var, Vec<Choice>> {
        let mut vars: BTreeMap<Var, Vec<Choice>> = BTreeMap::new();
        for row in &block.rows {
            for condition in &row.when {
                self.of_condition(condition, &mut vars);
            }
            let levels = row.level.iter().flat_map(|level| {
                let words = level.under.iter().map(|(word, _)| word).chain([&level.otherwise]);
                let named =
                    words.filter_map(|word| if let LevelWord::Setting(name) = word { Some(name) } else { None });
                level.under.iter().map(|(_, setting)| setting).chain(named)
            });
            let actions = row.actions.iter().flat_map(|action| {
                let params = action.params.iter();
                let params =
                    params.filter_map(|(_, param)| if let Param::Setting(name) = param { Some(name) } else { None });
                action.under.iter().chain(params)
            });
            for name in levels.chain(actions) {
                self.of_setting(name, &mut vars);
            }
        }
        for (var, choices) in &mut vars {
            if let Var::Fact(path) = var {
                let has_words = choices.iter().any(|choice| matches!(choice, Choice::Fact(Some(Fact::Text(_)))));
                let closed = (self.words)(path);
                let words = if closed.is_empty() { vec![OTHER.to_owned()] } else { closed };
                if has_words {
                    words.into_iter().for_each(|word| add(choices, Choice::Fact(Some(Fact::Text(word)))));
                }
                add(choices, Choice::Fact(None));
            }
        }
        vars
    }

    fn of_setting(&self, name: &str, vars: &mut BTreeMap<Var, Vec<Choice>>) {
        let values = self.settings.get(name).cloned().unwrap_or_default();
        let choices = vars.entry(Var::Setting(name.to_owned())).or_default();
        values.into_iter().for_each(|value| add(choices, Choice::Setting(value)));
    }

    /// The default of a setting.
    fn default_of(&self, name: &str) -> Option<Setting> {
        self.settings.get(name)?.first().cloned()
    }

    fn of_condition(&self, condition: &Condition, vars: &mut BTreeMap<Var, Vec<Choice>>) {
        for operand in condition.operands() {
            if let Operand::Setting(name) = operand {
                self.of_setting(name, vars);
            }
        }
        let base = Known { vars: Vec::new(), settings: Some(self) };
        let rights = |rights: &[Right]| rights.iter().filter_map(|right| right.value(&base)).collect::<Vec<Fact>>();
        let around: Vec<Fact> = match &condition.test {
            Test::Yes => vec![Fact::Flag(true), Fact::Flag(false)],
            Test::Known => vec![Fact::Text(OTHER.to_owned())],
            Test::Said => vec![Fact::Text(OTHER.to_owned()), Fact::Text(" ".to_owned())],
            Test::Compare(_, of) => {
                // Facts are compared with facts as days, unless something else is known of them.
                let facts: Vec<&String> = of
                    .iter()
                    .filter_map(|one| if let Right::Operand(Operand::Fact(path), _) = one { Some(path) } else { None })
                    .collect();
                let days = || around_of(&Fact::Date(TODAY));
                for path in &facts {
                    let choices = vars.entry(Var::Fact((*path).clone())).or_default();
                    days().into_iter().for_each(|day| add(choices, Choice::Fact(Some(day))));
                }
                let known: Vec<Fact> = rights(of).iter().flat_map(around_of).collect();
                if facts.is_empty() { known } else { known.into_iter().chain(days()).collect() }
            }
            Test::In(list) => {
                let listed = match list.value(&base) {
                    Some(Fact::List(all)) => all.first().cloned(),
                    Some(_) | None => None,
                };
                let listed = listed.unwrap_or_else(|| Fact::Text("a listed word".to_owned()));
                if let Operand::Fact(path) = list {
                    let choices = vars.entry(Var::Fact(path.clone())).or_default();
                    for all in [Vec::new(), vec![listed.clone()]] {
                        add(choices, Choice::Fact(Some(Fact::List(all))));
                    }
                }
                vec![listed, Fact::Text(OTHER.to_owned())]
            }
            Test::Has(of) => {
                let words = rights(of).into_iter().chain([Fact::Text(OTHER.to_owned())]);
                words.map(|word| Fact::List(vec![word])).chain([Fact::List(Vec::new())]).collect()
            }
            Test::HasRecord(fields) => vec![Fact::List(Vec::new()), Fact::List(vec![record(fields, &base)])],
        };
        let numbers = || {
            let numbers =
                around.iter().filter_map(|one| if let Fact::Number(number) = one { Some(*number) } else { None });
            numbers.collect::<Vec<i64>>()
        };
        match &condition.left {
            Operand::Fact(path) => {
                let choices = vars.entry(Var::Fact(path.clone())).or_default();
                around.into_iter().for_each(|fact| add(choices, Choice::Fact(Some(fact))));
            }
            Operand::Hits(categories) => {
                for category in categories {
                    let choices = vars.entry(Var::Hits(category.clone())).or_default();
                    let counts = numbers().into_iter().filter_map(|n| usize::try_from(n).ok());
                    [0].into_iter().chain(counts).for_each(|n| add(choices, Choice::Hits(vec![50; n.min(64)])));
                }
            }
            Operand::Weight(categories) => {
                for category in categories {
                    let choices = vars.entry(Var::Hits(category.clone())).or_default();
                    add(choices, Choice::Hits(Vec::new()));
                    let weights = numbers()
                        .into_iter()
                        .filter_map(|n| u8::try_from(n).ok())
                        .filter(|weight| (1..=100).contains(weight));
                    weights.for_each(|weight| add(choices, Choice::Hits(vec![weight])));
                }
            }
            Operand::Signal(categories) => {
                for category in categories {
                    let choices = vars.entry(Var::Signal(category.clone())).or_default();
                    add(choices, Choice::Signal(None));
                    numbers()
                        .into_iter()
                        .filter_map(|n| u32::try_from(n).ok())
                        .for_each(|n| add(choices, Choice::Signal(Some(n))));
                }
            }
            Operand::Count(name) => {
                let choices = vars.entry(Var::Count(name.clone())).or_default();
                add(choices, Choice::Count(0));
                numbers()
                    .into_iter()
                    .filter_map(|n| u64::try_from(n).ok())
                    .for_each(|n| add(choices, Choice::Count(n)));
            }
            Operand::Setting(_) | Operand::Today => {}
        }
    }
}

fn add(choices: &mut Vec<Choice>, choice: Choice) {
    if !choices.contains(&choice) {
        choices.push(choice);
    }
}

/// A value and those just before and behind it.
fn around_of(value: &Fact) -> Vec<Fact> {
    match value {
        Fact::Number(n) => [n.saturating_sub(1), *n, n.saturating_add(1)].map(Fact::Number).to_vec(),
        Fact::Date(day) => [-1, 0, 1].map(|days| Fact::Date(day.add_days(days))).to_vec(),
        Fact::Flag(_) => vec![Fact::Flag(true), Fact::Flag(false)],
        Fact::Text(_) | Fact::List(_) | Fact::Record(_) => vec![value.clone()],
    }
}

/// A record of which all of this holds.
fn record(fields: &[(String, Comparison, Vec<Right>)], base: &Known<'_>) -> Fact {
    let field = |(name, comparison, rights): &(String, Comparison, Vec<Right>)| {
        let value = rights.first().and_then(|right| right.value(base))?;
        let step = match comparison {
            Comparison::Less => -1,
            Comparison::More => 1,
            Comparison::Equal | Comparison::NotEqual | Comparison::AtMost | Comparison::AtLeast => 0,
        };
        let value = match value {
            Fact::Number(n) => Fact::Number(n.saturating_add(step)),
            Fact::Date(day) => Fact::Date(day.add_days(step)),
            Fact::Text(_) if *comparison == Comparison::NotEqual => Fact::Text(OTHER.to_owned()),
            other @ (Fact::Text(_) | Fact::Flag(_) | Fact::List(_) | Fact::Record(_)) => other,
        };
        Some((&*String::leak(name.clone()), value))
    };
    Fact::Record(fields.iter().filter_map(field).collect())
}

/// A world in which everything that conditions look at has a value.
pub(super) struct Known<'a> {
    vars: Vec<(&'a Var, &'a Choice)>,
    /// Where settings have their defaults.
    settings: Option<&'a Domain<'a>>,
}

impl<'a> Known<'a> {
    fn get(&self, wanted: &Var) -> Option<&'a Choice> {
        self.vars.iter().find(|(var, _)| *var == wanted).map(|(_, choice)| *choice)
    }

    /// The same world with one fact fewer, for each that is known.
    pub(super) fn forgetting(&self) -> Vec<(&'a Var, Self)> {
        const UNKNOWN: &Choice = &Choice::Fact(None);
        let known = self.vars.iter().filter(|(_, choice)| matches!(choice, Choice::Fact(Some(_))));
        let without = |forgotten: &Var| {
            let vars = self.vars.iter().map(|(var, choice)| (*var, if *var == forgotten { UNKNOWN } else { *choice }));
            Self { vars: vars.collect(), settings: None }
        };
        known.map(|(var, _)| (*var, without(var))).collect()
    }
}

impl fmt::Display for Known<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (n, (var, choice)) in self.vars.iter().enumerate() {
            write!(f, "{}`{var}` {choice}", if n == 0 { "" } else { ", " })?;
        }
        Ok(())
    }
}

impl World for Known<'_> {
    fn fact(&self, path: &str) -> Option<Fact> {
        match self.get(&Var::Fact(path.to_owned()))? {
            Choice::Fact(fact) => fact.clone(),
            Choice::Setting(_) | Choice::Hits(_) | Choice::Signal(_) | Choice::Count(_) => None,
        }
    }

    fn setting(&self, name: &str) -> Option<Setting> {
        if let Some(domain) = self.settings {
            return domain.default_of(name);
        }
        match self.get(&Var::Setting(name.to_owned()))? {
            Choice::Setting(setting) => Some(setting.clone()),
            Choice::Fact(_) | Choice::Hits(_) | Choice::Signal(_) | Choice::Count(_) => None,
        }
    }

    fn today(&self) -> Date {
        TODAY
    }

    fn hits(&self, categories: &[String]) -> Vec<(Span, u8)> {
        let of = |category: &String| match self.get(&Var::Hits(category.clone())) {
            Some(Choice::Hits(weights)) => weights.clone(),
            Some(_) | None => Vec::new(),
        };
        categories.iter().flat_map(of).map(|weight| (Span::default(), weight)).collect()
    }

    fn signal(&self, categories: &[String]) -> Option<u32> {
        let of = |category: &String| match self.get(&Var::Signal(category.clone())) {
            Some(Choice::Signal(score)) => *score,
            Some(_) | None => None,
        };
        categories.iter().filter_map(of).max()
    }

    fn count(&self, name: &str) -> u64 {
        match self.get(&Var::Count(name.to_owned())) {
            Some(Choice::Count(n)) => *n,
            Some(_) | None => 0,
        }
    }
}

/// The worlds that are tried: all, or as many as may be.
pub(super) struct Tried<'a> {
    vars: &'a BTreeMap<Var, Vec<Choice>>,
    next: u64,
    n_worlds: u64,
    /// Whether these are all that there are.
    pub(super) is_whole: bool,
}

impl<'a> Tried<'a> {
    pub(super) fn new(vars: &'a BTreeMap<Var, Vec<Choice>>, most: u64) -> Self {
        let n_all = vars.values().fold(1_u64, |all, choices| all.saturating_mul(wide(choices.len().max(1))));
        Self { vars, next: 0, n_worlds: n_all.min(most), is_whole: n_all <= most }
    }
}

fn wide(n: usize) -> u64 {
    u64::try_from(n).unwrap_or(u64::MAX)
}

impl<'a> Iterator for Tried<'a> {
    type Item = Known<'a>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.next >= self.n_worlds {
            return None;
        }
        let mut number = self.next;
        self.next += 1;
        let is_whole = self.is_whole;
        // Drawn from a fixed sequence, so that a table is always checked in the same way.
        let mut state = number.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1;
        let vars = self.vars.iter().filter_map(|(var, choices)| {
            let n_choices = wide(choices.len().max(1));
            let at = if is_whole {
                let at = number % n_choices;
                number /= n_choices;
                at
            } else {
                state = state.wrapping_mul(0x5851_f42d_4c95_7f2d).wrapping_add(0x1405_7b7e_f767_814f);
                (state >> 33) % n_choices
            };
            Some((var, choices.get(usize::try_from(at).unwrap_or(0))?))
        });
        Some(Known { vars: vars.collect(), settings: None })
    }
}
