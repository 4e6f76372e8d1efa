//! The operator's settings.

use std::any::{Any, TypeId};
use std::cell::RefCell;
use std::collections::BTreeMap;
use std::rc::Rc;

use crate::Date;
use crate::bindings::specialis::policy::settings as wit;

/// The value of a setting.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Value {
    /// A switch.
    Flag(bool),
    /// A number.
    Number(i64),
    /// A word.
    Text(String),
    /// A list of words.
    Texts(Rc<[String]>),
    /// A day.
    Date(Date),
}

impl From<wit::Value> for Value {
    fn from(value: wit::Value) -> Self {
        match value {
            wit::Value::Flag(flag) => Self::Flag(flag),
            wit::Value::Number(number) => Self::Number(number),
            wit::Value::Text(text) => Self::Text(text),
            wit::Value::Texts(texts) => Self::Texts(texts.into()),
            wit::Value::Date(date) => Self::Date(date),
        }
    }
}

impl From<bool> for Value {
    fn from(flag: bool) -> Self {
        Self::Flag(flag)
    }
}

impl From<i64> for Value {
    fn from(number: i64) -> Self {
        Self::Number(number)
    }
}

impl From<&str> for Value {
    fn from(text: &str) -> Self {
        Self::Text(text.to_owned())
    }
}

impl From<&[&str]> for Value {
    fn from(texts: &[&str]) -> Self {
        Self::Texts(texts.iter().map(|&text| text.to_owned()).collect())
    }
}

impl From<Date> for Value {
    fn from(date: Date) -> Self {
        Self::Date(date)
    }
}

/// The operator's settings, checked by the host against the manifest, with its defaults filled in.
///
/// The host is asked once for each setting: what `Policy::configure` asked for, later calls know already, and so they do what
/// it had [prepared](Settings::prepared).
///
/// Asking for a name the manifest does not declare, or with the wrong type, is a mistake in the policy: it panics, which
/// the host sees as a fault.
#[derive(Debug, Default)]
pub struct Settings {
    given: Option<BTreeMap<String, Value>>,
    /// The data of the policy's file, where a test gives it.
    #[cfg(not(target_family = "wasm"))]
    data: BTreeMap<String, Vec<u8>>,
    kept: Rc<Kept>,
}

/// What is kept of the settings. It outlives `Policy::configure`, because calls start from the memory that it left.
#[derive(Debug, Default)]
struct Kept {
    /// What the host has said already: a policy reads a table for rule after rule.
    heard: RefCell<BTreeMap<String, Option<Value>>>,
    /// What was made of them, by type.
    prepared: RefCell<Vec<(TypeId, Rc<dyn Any>)>>,
}

/// What a policy makes of its settings once, such as a table that was read.
pub trait Prepared: 'static {
    /// Makes it.
    fn of(settings: &Settings) -> Self;
}

impl Settings {
    /// The host's settings.
    #[cfg(target_family = "wasm")]
    pub(crate) fn of_host() -> Self {
        thread_local! {
            static KEPT: Rc<Kept> = Rc::default();
        }
        Self { given: None, kept: KEPT.with(Rc::clone) }
    }

    /// Settings without a host. Tests give them.
    #[cfg(not(target_family = "wasm"))]
    pub(crate) fn of_host() -> Self {
        Self::default()
    }

    /// Settings from a table, for tests.
    #[cfg(not(target_family = "wasm"))]
    pub(crate) fn given(values: BTreeMap<String, Value>, data: BTreeMap<String, Vec<u8>>) -> Self {
        Self { given: Some(values), data, ..Self::default() }
    }

    /// The data that the policy's file carries under a name, from the folder `data/` of the policy; absent where there is none. It
    /// costs fuel by the byte: what is made of it is [prepared](Settings::prepared) in `configure`.
    pub fn data(&self, name: &str) -> Option<Vec<u8>> {
        #[cfg(target_family = "wasm")]
        return wit::data(name);
        #[cfg(not(target_family = "wasm"))]
        return self.data.get(name).cloned();
    }

    /// The value of a setting, where the manifest declares it.
    pub fn get(&self, name: &str) -> Option<Value> {
        if let Some(values) = &self.given {
            return values.get(name).cloned();
        }
        if let Some(value) = self.kept.heard.borrow().get(name) {
            return value.clone();
        }
        let value = wit::get(name).map(Value::from);
        self.kept.heard.borrow_mut().insert(name.to_owned(), value.clone());
        value
    }

    /// What is made of the settings: made when it is first asked for, in `Policy::configure` or in a call, and kept. Where calls start
    /// from the memory that `configure` left, what it asked for costs no call anything.
    pub fn prepared<T: Prepared>(&self) -> Rc<T> {
        let wanted = TypeId::of::<T>();
        let known = self.kept.prepared.borrow().iter().find(|(id, _)| *id == wanted).map(|(_, made)| made.clone());
        if let Some(known) = known.and_then(|made| made.downcast::<T>().ok()) {
            return known;
        }
        let made = Rc::new(T::of(self));
        self.kept.prepared.borrow_mut().push((wanted, made.clone()));
        made
    }

    /// A switch.
    ///
    /// # Panics
    /// Where the manifest declares no such switch.
    #[track_caller]
    pub fn flag(&self, name: &str) -> bool {
        match self.get(name) {
            Some(Value::Flag(flag)) => flag,
            other => undeclared(name, "switch", other.as_ref()),
        }
    }

    /// A number.
    ///
    /// # Panics
    /// Where the manifest declares no such number.
    #[track_caller]
    pub fn number(&self, name: &str) -> i64 {
        match self.get(name) {
            Some(Value::Number(number)) => number,
            other => undeclared(name, "number", other.as_ref()),
        }
    }

    /// A word.
    ///
    /// # Panics
    /// Where the manifest declares no such word.
    #[track_caller]
    pub fn text(&self, name: &str) -> String {
        match self.get(name) {
            Some(Value::Text(text)) => text,
            other => undeclared(name, "word", other.as_ref()),
        }
    }

    /// A list of words.
    ///
    /// # Panics
    /// Where the manifest declares no such list.
    #[track_caller]
    pub fn texts(&self, name: &str) -> Rc<[String]> {
        match self.get(name) {
            Some(Value::Texts(texts)) => texts,
            other => undeclared(name, "list of words", other.as_ref()),
        }
    }

    /// A day.
    ///
    /// # Panics
    /// Where the manifest declares no such day.
    #[track_caller]
    pub fn date(&self, name: &str) -> Date {
        match self.get(name) {
            Some(Value::Date(date)) => date,
            other => undeclared(name, "day", other.as_ref()),
        }
    }
}

#[track_caller]
#[expect(clippy::panic, reason = "a mistake of the policy must become a fault, never a default that nobody chose")]
fn undeclared(name: &str, wanted: &str, found: Option<&Value>) -> ! {
    match found {
        Some(_) => panic!("setting `{name}` is not a {wanted}"),
        None => panic!("setting `{name}` is not declared in policy.toml"),
    }
}
