//! What conditions ask for.

use specialis_policy::{Case, Date, Fact, Span};

use crate::grammar::{Comparison, Condition, Doubt, Operand, Right, Test, Value};

/// What a table can look at.
pub(crate) trait World {
    /// A fact; absent where it is unknown.
    fn fact(&self, path: &str) -> Option<Fact>;
    /// A setting of the operator.
    fn setting(&self, name: &str) -> Option<specialis_policy::Value>;
    /// The day.
    fn today(&self) -> Date;
    /// Where categories were hit, with the weights.
    fn hits(&self, categories: &[String]) -> Vec<(Span, u8)>;
    /// The highest signal in categories, in thousandths.
    fn signal(&self, categories: &[String]) -> Option<u32>;
    /// A counter of the session.
    fn count(&self, name: &str) -> u64;
}

/// A call, with the counters of its session.
pub(crate) struct OfCase<'a> {
    pub(crate) case: &'a Case,
    pub(crate) counters: Vec<(&'a str, u64)>,
}

impl World for OfCase<'_> {
    fn fact(&self, path: &str) -> Option<Fact> {
        self.case.fact(path)
    }

    fn setting(&self, name: &str) -> Option<specialis_policy::Value> {
        self.case.settings().get(name)
    }

    fn today(&self) -> Date {
        self.case.as_of()
    }

    fn hits(&self, categories: &[String]) -> Vec<(Span, u8)> {
        // By category in the order of the table, as a rule in Rust would ask.
        let hits = self.case.hits().iter().filter(|hit| categories.contains(&hit.category));
        hits.map(|hit| (hit.at, hit.weight)).collect()
    }

    fn signal(&self, categories: &[String]) -> Option<u32> {
        let signals = self.case.signals().iter().filter(|signal| categories.contains(&signal.category));
        signals.map(|signal| signal.score_permille).max()
    }

    fn count(&self, name: &str) -> u64 {
        self.counters.iter().find(|(known, _)| *known == name).map_or(0, |(_, n)| *n)
    }
}

impl Condition {
    /// Whether it holds; absent where that is not known and counts against the service.
    pub(crate) fn holds(&self, world: &dyn World) -> Option<bool> {
        let holds = self.test.holds(self.left.value(world), world).map(|holds| holds != self.is_negated);
        match self.doubt {
            Doubt::Tighten => holds,
            Doubt::Maybe => Some(holds.unwrap_or(true)),
            Doubt::Surely => Some(holds.unwrap_or(false)),
        }
    }
}

impl Operand {
    pub(crate) fn value(&self, world: &dyn World) -> Option<Fact> {
        let number = |n: usize| Some(Fact::Number(i64::try_from(n).unwrap_or(i64::MAX)));
        match self {
            Self::Fact(path) => world.fact(path),
            Self::Setting(name) => world.setting(name).map(|value| match value {
                specialis_policy::Value::Flag(flag) => Fact::Flag(flag),
                specialis_policy::Value::Number(number) => Fact::Number(number),
                specialis_policy::Value::Text(text) => Fact::Text(text),
                specialis_policy::Value::Texts(texts) => Fact::List(texts.iter().cloned().map(Fact::Text).collect()),
                specialis_policy::Value::Date(day) => Fact::Date(day),
            }),
            Self::Today => Some(Fact::Date(world.today())),
            Self::Hits(categories) => number(world.hits(categories).len()),
            Self::Weight(categories) => {
                let heaviest = world.hits(categories).iter().map(|(_, weight)| *weight).max();
                number(heaviest.unwrap_or(0).into())
            }
            Self::Signal(categories) => Some(Fact::Number(world.signal(categories).map_or(-1, i64::from))),
            Self::Count(name) => number(usize::try_from(world.count(name)).unwrap_or(usize::MAX)),
        }
    }
}

impl Test {
    fn holds(&self, left: Option<Fact>, world: &dyn World) -> Option<bool> {
        match self {
            Self::Known => return Some(left.is_some()),
            Self::Said => return Some(matches!(left, Some(Fact::Text(text)) if !text.trim().is_empty())),
            Self::Yes | Self::Compare(..) | Self::In(_) | Self::Has(_) | Self::HasRecord(_) => {}
        }
        let left = left?;
        match self {
            Self::Known | Self::Said => None,
            Self::Yes => match left {
                Fact::Flag(flag) => Some(flag),
                Fact::Number(_) | Fact::Text(_) | Fact::Date(_) | Fact::List(_) | Fact::Record(_) => None,
            },
            Self::Compare(comparison, rights) => comparison.holds(&left, rights, world),
            Self::In(list) => {
                let found = list.value(world)?;
                Some(if let Fact::List(all) = &found { all.contains(&left) } else { found == left })
            }
            Self::Has(rights) => {
                let Fact::List(all) = &left else { return None };
                any(all.iter().map(|one| Comparison::Equal.holds(one, rights, world)))
            }
            Self::HasRecord(fields) => {
                let Fact::List(all) = &left else { return None };
                any(all.iter().map(|record| {
                    let holds = |(name, comparison, rights): &(String, Comparison, Vec<Right>)| {
                        record.get(name).and_then(|field| comparison.holds(field, rights, world))
                    };
                    every(fields.iter().map(holds))
                }))
            }
        }
    }
}

/// Whether one holds; not known where none does and one is not known.
fn any(all: impl Iterator<Item = Option<bool>>) -> Option<bool> {
    every(all.map(|one| one.map(|holds| !holds))).map(|none| !none)
}

/// Whether all hold; not known where none fails and one is not known.
pub(crate) fn every(all: impl Iterator<Item = Option<bool>>) -> Option<bool> {
    let mut is_known = true;
    for one in all {
        match one {
            Some(false) => return Some(false),
            Some(true) => {}
            None => is_known = false,
        }
    }
    is_known.then_some(true)
}

impl Right {
    pub(crate) fn value(&self, world: &dyn World) -> Option<Fact> {
        match self {
            Self::Value(value) => Some(match value {
                Value::Flag(flag) => Fact::Flag(*flag),
                Value::Number(number) => Fact::Number(*number),
                Value::Date(day) => Fact::Date(*day),
                Value::Text(text) => Fact::Text(text.clone()),
            }),
            Self::Operand(operand, days) => {
                let value = operand.value(world)?;
                Some(if let Fact::Date(day) = &value { Fact::Date(day.add_days(*days)) } else { value })
            }
        }
    }
}

impl Comparison {
    /// Whether the left side compares so with one of these; `!=` with all of them. Values of different types do not compare.
    fn holds(self, left: &Fact, rights: &[Right], world: &dyn World) -> Option<bool> {
        let compares = |right: &Right| {
            let right = right.value(world)?;
            let order = match (left, &right) {
                (Fact::Number(a), Fact::Number(b)) => a.cmp(b),
                (Fact::Date(a), Fact::Date(b)) => a.cmp(b),
                (Fact::Flag(a), Fact::Flag(b)) => a.cmp(b),
                (Fact::Text(a), Fact::Text(b)) => a.cmp(b),
                _ => return None,
            };
            Some(match self {
                Self::Equal | Self::NotEqual => order.is_eq(),
                Self::Less => order.is_lt(),
                Self::AtMost => order.is_le(),
                Self::More => order.is_gt(),
                Self::AtLeast => order.is_ge(),
            })
        };
        let one = any(rights.iter().map(compares))?;
        Some(if self == Self::NotEqual { !one } else { one })
    }
}
