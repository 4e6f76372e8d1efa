//! The names in a table, held against the facts, the manifest and the registries.

use std::collections::BTreeSet;

use anyhow::{Result, bail};
use specialis_bundle::{Manifest, SettingValue};
use specialis_core::{EventKind, ParamType, Registry, nearest};
use specialis_policy_table::{
    Action, Column, Condition, Level, LevelWord, Operand, Param, Problem, Right, Row, Table, Test, Value,
};

use crate::schema::{self, FactType};

/// What the name of a fact begins with that the head declares.
const OWN: &str = "sector.";

/// The type of a fact on an event of a kind, or when a session opens: of one that the head declares, or one that every host knows.
fn type_of(manifest: &Manifest, path: &str, kind: Option<&str>) -> Option<FactType> {
    let Some(name) = path.strip_prefix(OWN) else { return schema::type_of_fact(path, kind) };
    let fact = manifest.facts.get(name)?;
    let is_there = fact.context || fact.events.iter().any(|of| Some(of.as_str()) == kind);
    is_there.then(|| FactType::of_sector(fact))
}

/// The fact whose name is nearest to a path.
fn nearest_fact(manifest: &Manifest, path: &str, kind: Option<&str>) -> String {
    let own = || nearest(path.strip_prefix(OWN)?, manifest.facts.keys().map(String::as_str));
    let found = own().map(|name| format!("{OWN}{name}")).or_else(|| schema::nearest_fact(path, kind));
    found.unwrap_or_else(|| "none".to_owned())
}

/// The words that a fact may take, where they are closed.
pub(super) fn words(manifest: &Manifest, path: &str) -> Vec<String> {
    let kinds = EventKind::ALL.iter().map(|kind| Some(kind.as_str()));
    let types = kinds.chain([None]).filter_map(|kind| type_of(manifest, path, kind));
    let mut words: Vec<String> = Vec::new();
    for word in types.flat_map(|found| if let FactType::Words(words) = found { words } else { Vec::new() }) {
        if !words.contains(&word) {
            words.push(word);
        }
    }
    words
}

/// Whether there are events of a kind.
pub(super) fn is_kind(kind: &str) -> bool {
    EventKind::ALL.iter().any(|known| known.as_str() == kind)
}

/// The facts of which gaps are asked for, where the rows compare all of them.
///
/// # Errors
/// Where no row looks at one.
pub(super) fn gaps(table: &Table, gaps: &[String]) -> Result<()> {
    let operands = table.rows().flat_map(|row| &row.when).flat_map(Condition::operands);
    let facts = operands.filter_map(|one| if let Operand::Fact(path) = one { Some(path.as_str()) } else { None });
    let facts: BTreeSet<&str> = facts.collect();
    match gaps.iter().find(|fact| !facts.contains(fact.as_str())) {
        Some(fact) => {
            let near = nearest(fact, facts.iter().copied()).unwrap_or("none");
            bail!("no row looks at a fact `{fact}`, which `--gaps` names; nearest is `{near}`")
        }
        None => Ok(()),
    }
}

/// Every name that is not there, and every value of another type than what it is compared with.
pub(super) fn names(table: &Table, manifest: &Manifest, registry: &Registry) -> Vec<Problem> {
    let mut check = Check { manifest, registry, row: 0, problems: Vec::new() };
    for row in table.rows() {
        check.row = row.row;
        check.place(row);
        // Events of a kind that there is not have no facts.
        let known = row.kinds.iter().copied().filter(|kind| is_kind(kind)).collect();
        check.when(&Row { kinds: known, ..row.clone() });
        check.answer(row);
    }
    check.problems
}

struct Check<'a> {
    manifest: &'a Manifest,
    registry: &'a Registry,
    row: u32,
    problems: Vec<Problem>,
}

impl Check<'_> {
    fn wrong(&mut self, column: Column, message: String) {
        self.problems.push(Problem::new(self.row, column, message));
    }

    /// A name that has to be among others.
    fn known<'n>(&mut self, column: Column, what: &str, name: &str, all: impl Iterator<Item = &'n str>) {
        let all: Vec<&str> = all.collect();
        if !all.contains(&name) {
            let near = nearest(name, all.iter().copied()).unwrap_or("none");
            self.wrong(column, format!("there is no {what} `{name}`; nearest is `{near}`"));
        }
    }

    fn place(&mut self, row: &Row) {
        let registry = self.registry;
        self.known(Column::Duty, "duty", row.duty, registry.duties.keys().map(|id| id.as_str()));
        self.known(Column::Cite, "instrument", row.cite.0, registry.instruments.keys().map(|id| id.as_str()));
        let kinds = || EventKind::ALL.iter().map(|kind| kind.as_str());
        for kind in row.kinds.iter().filter(|kind| !is_kind(kind)) {
            self.known(Column::On, "kind of event", kind, kinds().chain(["open"]).filter(|other| other != kind));
        }
        for kind in row.open.iter().flatten() {
            self.known(Column::On, "kind of event", kind, kinds());
        }
        let wakes = &self.manifest.wakes;
        let is_woken = |kind: &str| wakes.all_kinds().any(|woken| woken.as_str() == kind);
        let asleep: Vec<&str> = row.kinds.iter().copied().filter(|kind| is_kind(kind) && !is_woken(kind)).collect();
        for kind in asleep {
            self.wrong(
                Column::On,
                format!("`wakes` of the manifest does not name `{kind}`; add it there, or leave `[wakes]` out"),
            );
        }
        if row.open.is_some() && !self.manifest.wakes.open {
            self.wrong(
                Column::On,
                "`wakes` of the manifest does not say `open = true`; add it there, or leave `[wakes]` out".to_owned(),
            );
        }
        let at: Vec<&str> = row.at.iter().flatten().map(String::as_str).collect();
        self.categories(Column::At, &at);
    }

    fn categories(&mut self, column: Column, categories: &[&str]) {
        let registry = self.registry;
        for category in categories {
            self.known(column, "category", category, registry.categories.keys().map(|id| id.as_str()));
        }
    }

    fn when(&mut self, row: &Row) {
        for condition in &row.when {
            let categories: Vec<&str> = condition.categories().iter().map(String::as_str).collect();
            self.categories(Column::When, &categories);
            for operand in condition.operands() {
                match operand {
                    Operand::Fact(path) => drop(self.fact(row, path)),
                    Operand::Setting(name) => {
                        let is_switch = condition.left == *operand && condition.test == Test::Yes;
                        self.setting(Column::When, name, is_switch);
                    }
                    Operand::Today | Operand::Hits(_) | Operand::Weight(_) | Operand::Signal(_) | Operand::Count(_) => {
                    }
                }
            }
            self.types(row, condition);
        }
    }

    /// The type of a fact on each of the row's kinds; a problem where it is not there.
    fn fact(&mut self, row: &Row, path: &str) -> Option<FactType> {
        let places = row.kinds.iter().copied().map(Some).chain(row.open.is_some().then_some(None));
        let mut found = None;
        for kind in places {
            match type_of(self.manifest, path, kind) {
                Some(fact) => found = Some(fact),
                None => {
                    let near = nearest_fact(self.manifest, path, kind);
                    let place = kind.map_or("when a session opens".to_owned(), |kind| format!("of `{kind}`"));
                    self.wrong(Column::When, format!("there is no fact `{path}` {place}; nearest is `{near}`"));
                    return None;
                }
            }
        }
        found
    }

    /// Holds what a fact is compared with against its type.
    fn types(&mut self, row: &Row, condition: &Condition) {
        let Operand::Fact(path) = &condition.left else { return };
        let kind = row.kinds.first().copied();
        let Some(fact) = type_of(self.manifest, path, kind) else { return };
        let rights = match &condition.test {
            Test::Known => return,
            Test::Yes if fact == FactType::Flag => return,
            Test::Yes => {
                return self.wrong(
                    Column::When,
                    format!("`{path}` is {}; compare it with something, as in `{path} = …`", fact.said()),
                );
            }
            Test::Said if matches!(fact, FactType::Text | FactType::Words(_)) => return,
            Test::Said => {
                return self.wrong(
                    Column::When,
                    format!("`{path}` is {}, and only texts are said; write `is known`", fact.said()),
                );
            }
            Test::In(_) => return,
            Test::Has(_) | Test::HasRecord(_) if !matches!(fact, FactType::List(_)) => {
                return self
                    .wrong(Column::When, format!("`{path}` is {}, not a list; compare it with `=`", fact.said()));
            }
            Test::Has(rights) => rights,
            Test::HasRecord(fields) => {
                return self.record(path, &fact, fields.iter().map(|(name, _, rights)| (name, rights)));
            }
            Test::Compare(_, rights) => {
                if let FactType::List(_) | FactType::Record(_) = fact {
                    return self
                        .wrong(Column::When, format!("`{path}` is {}; use `has`, or name a field of it", fact.said()));
                }
                rights
            }
        };
        let element = if let FactType::List(element) = &fact { element.as_ref() } else { &fact };
        self.values(path, element, rights);
    }

    fn record<'r>(&mut self, path: &str, list: &FactType, fields: impl Iterator<Item = (&'r String, &'r Vec<Right>)>) {
        let FactType::List(element) = list else { return };
        let FactType::Record(known) = &**element else {
            return self.wrong(
                Column::When,
                format!("`{path}` is {}, not a list of records; leave the brackets out", list.said()),
            );
        };
        for (name, rights) in fields {
            match known.iter().find(|(field, _)| field == name) {
                Some((_, fact)) => self.values(&format!("{path}.{name}"), fact, rights),
                None => self.known(Column::When, "field", name, known.iter().map(|(field, _)| field.as_str())),
            }
        }
    }

    fn values(&mut self, path: &str, fact: &FactType, rights: &[Right]) {
        for right in rights {
            let Right::Value(value) = right else { continue };
            match (fact, value) {
                (FactType::Words(words), Value::Text(word)) => {
                    self.known(Column::When, &format!("word of `{path}`"), word, words.iter().map(String::as_str));
                }
                (FactType::Number, Value::Number(_))
                | (FactType::Date, Value::Date(_))
                | (FactType::Flag, Value::Flag(_))
                | (FactType::Text, Value::Text(_)) => {}
                _ => self
                    .wrong(Column::When, format!("`{path}` is {}, and what it is compared with is not", fact.said())),
            }
        }
    }

    fn setting(&mut self, column: Column, name: &str, is_switch: bool) {
        let manifest = self.manifest;
        match manifest.settings.get(name) {
            None => self.known(column, "setting", name, manifest.settings.keys().map(String::as_str)),
            Some(setting) if is_switch && !matches!(setting.default, SettingValue::Flag(_)) => {
                self.wrong(
                    column,
                    format!("the setting `{name}` is no switch; its default is {}", setting.default.type_name()),
                );
            }
            Some(_) => {}
        }
    }

    fn answer(&mut self, row: &Row) {
        if let Some(Level { under, otherwise }) = &row.level {
            under.iter().for_each(|(_, switch)| self.setting(Column::Level, switch, true));
            for word in under.iter().map(|(word, _)| word).chain([otherwise]) {
                if let LevelWord::Setting(name) = word {
                    self.level_setting(name);
                }
            }
        }
        for action in &row.actions {
            if let Some(switch) = &action.under {
                self.setting(Column::Do, switch, true);
            }
            self.action(action);
        }
    }

    /// A setting that names the level: all its words have to be levels.
    fn level_setting(&mut self, name: &str) {
        self.setting(Column::Level, name, false);
        let Some(setting) = self.manifest.settings.get(name) else { return };
        let is_level = |word: &String| specialis_core::Level::ALL.iter().any(|level| level.as_str() == word);
        if setting.one_of.is_empty() || !setting.one_of.iter().all(is_level) {
            self.wrong(
                Column::Level,
                format!("the setting `{name}` may be other words than levels; give it `one-of` with levels alone"),
            );
        }
    }

    fn action(&mut self, action: &Action) {
        let (manifest, registry) = (self.manifest, self.registry);
        if let Some(key) = action.key.as_ref().filter(|_| action.name != Action::COUNT) {
            return self.known(Column::Do, "text", key, manifest.texts.keys().map(|key| key.as_str()));
        }
        if action.name == Action::COUNT || Action::OF_TEXT.contains(&action.name.as_str()) {
            return;
        }
        let Some(entry) = registry.measures.get(action.name.as_str()) else {
            let all = registry.measures.keys().map(|id| id.as_str()).chain(Action::OF_TEXT);
            return self.known(Column::Do, "measure", &action.name, all);
        };
        for (name, value) in &action.params {
            let Some(param) = entry.params.get(name) else {
                self.known(
                    Column::Do,
                    &format!("parameter of `{}`", action.name),
                    name,
                    entry.params.keys().map(String::as_str),
                );
                continue;
            };
            match (param.ty, value) {
                (_, Param::Setting(setting)) => self.setting(Column::Do, setting, false),
                (ParamType::Id, Param::Value(Value::Text(id))) => {
                    self.known(Column::Do, &format!("value of `{name}`"), id, param.ids.iter().map(String::as_str));
                }
                (ParamType::Number | ParamType::Months, Param::Value(Value::Number(_)))
                | (ParamType::Seconds, Param::Seconds(_))
                | (ParamType::Date, Param::Value(Value::Date(_))) => {}
                _ => self.wrong(Column::Do, format!("the parameter `{name}` of `{}` is of another type", action.name)),
            }
        }
    }
}
