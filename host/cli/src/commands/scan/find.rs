//! What was found, with the words for a person: where the index knows a number, the lexicon's file knows the term.

use std::collections::BTreeMap;
use std::sync::Arc;

use anyhow::{Context as _, Result};
use serde_json::{Value, json};
use specialis_text::{Act, Form, Hit, HitOrigin, Index, Lexicon, Speaker, Speech, Utf16Offsets};

use crate::options::EditionOptions;

/// Where something was found.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Lane {
    /// The plain lane.
    Plain,
    /// The tight lane.
    Tight,
    /// The view itself, by a detector or a pattern.
    Detector,
}

impl Lane {
    pub(super) fn as_str(self) -> &'static str {
        match self {
            Self::Plain => "plain",
            Self::Tight => "tight",
            Self::Detector => "detector",
        }
    }
}

impl From<specialis_text::Lane> for Lane {
    fn from(lane: specialis_text::Lane) -> Self {
        match lane {
            specialis_text::Lane::Plain => Self::Plain,
            specialis_text::Lane::Tight => Self::Tight,
        }
    }
}

/// One find.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Find {
    pub(super) lane: Lane,
    pub(super) hit: Hit,
    /// The term, the detector or the pattern.
    pub(super) what: String,
    /// How many characters to the right had to be known before it counted.
    pub(super) n_right: usize,
}

/// All finds of a text, by lane and then by place.
pub(super) struct Finds {
    pub(super) all: Vec<Find>,
}

impl Finds {
    pub(super) fn new(text: &str, index: &Index, (by, form): (Speaker, Form), args: &EditionOptions) -> Result<Self> {
        let hits = index.scan_as(text, by, form).hits;
        let lexicons = if hits.is_empty() { BTreeMap::new() } else { lexicons(args)? };
        let mut all: Vec<Find> = hits.into_iter().map(|hit| find(hit, index, &lexicons)).collect();
        all.sort_by_key(|found| (found.lane, found.hit.start, found.hit.end));
        Ok(Self { all })
    }

    /// For a program. `text` is the one that they were found in.
    pub(super) fn json(&self, text: &str) -> Vec<Value> {
        let utf16 = Utf16Offsets::new(text, self.all.iter().flat_map(|find| [find.hit.start, find.hit.end]));
        self.all.iter().map(|find| find.json(text, &utf16)).collect()
    }
}

/// The lexicons of all policies, by the name that hits carry.
fn lexicons(args: &EditionOptions) -> Result<BTreeMap<Arc<str>, Lexicon>> {
    let mut lexicons = BTreeMap::new();
    for (policy, name, data) in args.lexicons()? {
        let lexicon = Lexicon::parse(&name, &data).with_context(|| format!("policy `{policy}`"))?;
        lexicons.insert(Arc::from(lexicon.name.as_str()), lexicon);
    }
    Ok(lexicons)
}

fn find(hit: Hit, index: &Index, lexicons: &BTreeMap<Arc<str>, Lexicon>) -> Find {
    let (lane, what, n_right) = match &hit.origin {
        HitOrigin::Lexicon { lexicon, term } => {
            let at = usize::try_from(*term).ok();
            let term = lexicons.get(lexicon).zip(at).and_then(|(lexicon, at)| lexicon.terms.get(at));
            let lane = term.and_then(specialis_text::Term::lane).map_or(Lane::Tight, Lane::from);
            let text = term.map_or_else(String::new, |term| format!("`{}` ", term.text));
            let n_right = term.map_or(0, specialis_text::Term::keeps_back);
            (lane, format!("term {text}of `{lexicon}`"), n_right)
        }
        HitOrigin::Detector(name) => {
            let n_right = index.detectors().find(|info| info.name == *name).map_or(0, |info| info.keeps_back);
            (Lane::Detector, format!("detector `{name}`"), n_right)
        }
        HitOrigin::Pattern(name) => (Lane::Detector, format!("pattern `{name}`"), 0),
    };
    Find { lane, hit, what, n_right }
}

impl Find {
    /// For a person, beside the marks.
    pub(super) fn words(&self) -> String {
        let Self { lane, hit, what, n_right } = self;
        let right = match n_right {
            0 => String::new(),
            1 => ", looks 1 character to the right".to_owned(),
            n => format!(", looks up to {n} characters to the right"),
        };
        format!("{}  {}  weight {}, {what}{right}{}", lane.as_str(), hit.category, hit.weight, said(hit.speech))
    }

    /// For a program.
    fn json(&self, text: &str, utf16: &Utf16Offsets) -> Value {
        let Hit { start, end, category, origin, weight, speech } = &self.hit;
        let origin = match origin {
            HitOrigin::Lexicon { lexicon, term } => json!({"lexicon": &**lexicon, "term": term}),
            HitOrigin::Detector(name) => json!({"detector": name}),
            HitOrigin::Pattern(name) => json!({"pattern": &**name}),
        };
        json!({
            "lane": self.lane.as_str(), "start": start, "end": end, "start-utf16": utf16.get(*start),
            "end-utf16": utf16.get(*end), "text": text.get(*start..*end), "category": category, "origin": origin,
            "weight": weight, "right": self.n_right, "act": speech.act.as_str(),
            "frames": speech.frames.iter().map(specialis_text::Frame::as_str).collect::<Vec<_>>(),
            "mention": speech.is_mention,
        })
    }
}

/// How a term is said, for a person; nothing for one that is only spoken of.
fn said(speech: Speech) -> String {
    let frames: Vec<&str> = speech.frames.iter().map(specialis_text::Frame::as_str).collect();
    let act = match speech.act {
        Act::Topic => String::new(),
        Act::Request | Act::Offer => format!(", {}", speech.act.as_str()),
    };
    let frames = if frames.is_empty() { String::new() } else { format!(", in {}", frames.join(" and ")) };
    let mention = if speech.is_mention { ", mentioned" } else { "" };
    format!("{act}{frames}{mention}")
}
