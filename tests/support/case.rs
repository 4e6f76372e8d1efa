//! Conformance cases: events with everything that is expected of the decision on them, as TOML.
//!
//! A file is one case: what it shows, the facts from which its runs start, and the runs. The same files are judged by the
//! library and by the command line, and both must come to the same decision, to the byte.

mod expect;
mod world;

use std::path::{Path, PathBuf};

use serde::Deserialize;
use serde_json::{Map, Value};
use specialis::{Host, Session, config};
use specialis_core::{Context, Date, Decision, Event};

use crate::files;

pub use expect::{Expect, OnDuty, on_duties};
pub use world::{Files, Scripted, World};

/// One file.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Case {
    /// Its name; below `precedence` the number of the worked case.
    pub case: String,
    /// What it shows, in a sentence.
    pub shows: String,
    /// The law it is about.
    pub cite: Vec<String>,
    /// Policies, registries and trust; the compiled policies as they come where absent.
    #[serde(default)]
    pub world: World,
    /// The day, where a run does not say another.
    pub as_of: Date,
    /// The context of every run.
    #[serde(default)]
    pub context: Map<String, Value>,
    /// Events that come before the last one of every run, in its session.
    #[serde(default)]
    pub before: Vec<Value>,
    /// The last event of every run.
    #[serde(default)]
    pub event: Map<String, Value>,
    /// How the edition differs that goes live while the first run streams; the second run is on that.
    #[serde(default)]
    pub next: Option<Next>,
    /// The runs.
    #[serde(rename = "run")]
    pub runs: Vec<Run>,
    /// Where it stands, relative to the folder of cases.
    #[serde(skip)]
    pub file: PathBuf,
}

/// How the next edition differs from the one that a case starts on.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Next {
    /// Grants of the built-in trust policy that are gone, by id.
    pub withdraws: Vec<String>,
}

impl Next {
    /// The trust policy without what is withdrawn.
    ///
    /// # Panics
    /// Where it has no form, or where there is no such grant.
    pub fn trust(&self) -> String {
        let mut trust = config::trust(specialis_artifacts::TRUST).expect("the built-in trust policy");
        let n_grants = trust.grants.len();
        trust.grants.retain(|grant| !self.withdraws.contains(&grant.id));
        assert_eq!(trust.grants.len() + self.withdraws.len(), n_grants, "no such grant: {:?}", self.withdraws);
        toml::to_string(&trust).expect("a trust policy has a TOML form")
    }
}

/// One session, whose last decision is compared.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Run {
    /// What makes it special.
    pub name: String,
    /// Another day.
    #[serde(default)]
    pub as_of: Option<Date>,
    /// What is different from the facts of the file, by dotted path: `context.…` or `event.…`.
    #[serde(default)]
    pub set: Map<String, Value>,
    /// What is not known here, by dotted path.
    #[serde(default)]
    pub forget: Vec<String>,
    /// What must be decided.
    pub expect: Expect,
}

/// A run with its facts filled in: what a session is told.
#[derive(Clone, Debug)]
pub struct Told {
    /// The session's name: the case and the run.
    pub session: String,
    /// The day.
    pub as_of: Date,
    /// The context.
    pub context: Value,
    /// The events, of which the last is looked at.
    pub events: Vec<Value>,
}

impl Case {
    /// Every case below `tests/conformance/cases`, in order. The drivers take all of them, so that no file and no folder can
    /// stay unread.
    pub fn all() -> Vec<Self> {
        let root = Path::new("conformance/cases");
        let read = |file: PathBuf| {
            let text = files::read(root.join(&file));
            let case = toml::from_str::<Self>(&text);
            let case = case.unwrap_or_else(|e| panic!("`{}`: {e}", root.join(&file).display()));
            assert!(!case.runs.is_empty(), "`{}` has no run", root.join(&file).display());
            Self { file, ..case }
        };
        files::below(root).into_iter().map(read).collect()
    }

    /// The cases whose runs each have a session of their own on one edition, and those between whose runs an edition goes live.
    pub fn by_edition() -> (Vec<Self>, Vec<Self>) {
        Self::all().into_iter().partition(|case| case.next.is_none())
    }

    /// What the session of a run is told.
    pub fn told(&self, run: &Run) -> Told {
        let context = Value::Object(self.context.clone());
        let event = Value::Object(self.event.clone());
        let mut input = Value::Object(Map::from_iter([("context".to_owned(), context), ("event".to_owned(), event)]));
        let place = |path: &str| format!("`{}`, run `{}`: `{path}`", self.file.display(), run.name);
        for (path, value) in &run.set {
            put(&mut input, path, value.clone()).unwrap_or_else(|| panic!("{} cannot be set", place(path)));
        }
        for path in &run.forget {
            take(&mut input, path).unwrap_or_else(|| panic!("{} is not there to forget", place(path)));
        }
        let mut events = self.before.clone();
        events.push(input["event"].take());
        Told {
            session: format!("{}: {}", self.case, run.name),
            as_of: run.as_of.unwrap_or(self.as_of),
            context: input["context"].take(),
            events,
        }
    }

    /// Judges every run by a host, in order; the last decision of each.
    pub fn judge(&self, host: &Host) -> Vec<Decision> {
        self.runs.iter().map(|run| self.told(run).judge(host)).collect()
    }
}

impl Told {
    /// The last decision of the session.
    pub fn judge(&self, host: &Host) -> Decision {
        let mut session = self.open(host);
        let decisions = self.events.iter().map(|event| session.submit(self.event(event)).decision);
        decisions.last().expect("a session has an event")
    }

    /// The session, its event without the text, and the text: to be streamed.
    pub fn stream(&self, host: &Host) -> (Session, Event, String) {
        let mut event = self.events.last().expect("a session has an event").clone();
        let text = take(&mut event, "text").expect("it has a text");
        (self.open(host), self.event(&event), text.as_str().expect("text").to_owned())
    }

    fn open(&self, host: &Host) -> Session {
        let context = serde_json::from_value::<Context>(self.context.clone());
        let context = context.unwrap_or_else(|e| panic!("`{}`: context: {e}", self.session));
        host.open_as_of(self.session.as_str(), context, self.as_of)
    }

    fn event(&self, event: &Value) -> Event {
        let event = serde_json::from_value::<Event>(event.clone());
        event.unwrap_or_else(|e| panic!("`{}`: event: {e}", self.session))
    }

    /// The same as lines that the command line reads.
    pub fn lines(&self) -> Vec<String> {
        let line = |event: &Value| {
            let line = serde_json::json!({
                "session": self.session, "time": self.as_of, "context": self.context, "event": event,
            });
            line.to_string()
        };
        self.events.iter().map(line).collect()
    }
}

/// Sets what stands at a dotted path, making objects on the way; none where something else is in the way.
fn put(value: &mut Value, path: &str, new: Value) -> Option<()> {
    let object = value.as_object_mut()?;
    match path.split_once('.') {
        None => drop(object.insert(path.to_owned(), new)),
        Some((head, rest)) => {
            put(object.entry(head).or_insert_with(|| Value::Object(Map::new())), rest, new)?;
        }
    }
    Some(())
}

/// Takes away what stands at a dotted path; none where there is nothing.
fn take(value: &mut Value, path: &str) -> Option<Value> {
    let object = value.as_object_mut()?;
    match path.split_once('.') {
        None => object.remove(path),
        Some((head, rest)) => take(object.get_mut(head)?, rest),
    }
}
