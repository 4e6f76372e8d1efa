//! Which content is another state of content that waits: somebody asks about it again, or it has grown since.

use sha2::{Digest, Sha256};
use specialis::core::Event;

use super::content::Content;
use super::review::Asked;

/// What content may take the place of. It is content of the same tenant, in the same context.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Joins {
    /// Nothing: each is content of its own.
    Nothing,
    /// The same content, which is asked about again.
    Same,
    /// What it begins with, too, where that came in the exchange with this id.
    Exchange(String),
}

/// What content is compared by. It is kept in memory alone: what waited before a restart is joined by nothing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Likeness {
    tenant: String,
    exchange: Option<String>,
    /// Of everything but the texts.
    frame: Sum,
    texts: Vec<(usize, Sum)>,
}

type Sum = [u8; 32];

impl Likeness {
    /// None where the content takes nothing's place, or cannot be compared.
    pub(super) fn of(asked: &Asked<'_>, content: &Content) -> Option<Self> {
        let exchange = match asked.joins {
            Joins::Nothing => return None,
            Joins::Same => None,
            Joins::Exchange(id) => Some(id.clone()),
        };
        let mut event: Event = content.event.clone();
        event.parts.iter_mut().for_each(|part| part.text = None);
        let frame = serde_json::to_vec(&(&content.context, &event)).ok()?;
        let texts = content.texts().iter().map(|(place, text)| (text.len(), sum(place, text.as_bytes()))).collect();
        Some(Self { tenant: asked.tenant.to_owned(), exchange, frame: Sha256::digest(frame).into(), texts })
    }

    /// Whether later content is the same, or goes on from this in the same exchange.
    pub(super) fn is_continued_by(&self, later: &Self, content: &Content) -> bool {
        if (&self.tenant, &self.exchange, self.frame) != (&later.tenant, &later.exchange, later.frame) {
            return false;
        }
        if self.texts == later.texts {
            return true;
        }
        let texts = content.texts();
        let begins = |((n_bytes, before), (place, text)): (&(usize, Sum), &(String, &str))| {
            text.as_bytes().get(..*n_bytes).is_some_and(|text| sum(place, text) == *before)
        };
        self.exchange.is_some() && self.texts.len() <= texts.len() && self.texts.iter().zip(&texts).all(begins)
    }
}

fn sum(place: &str, text: &[u8]) -> Sum {
    Sha256::new().chain_update(place).chain_update([0_u8]).chain_update(text).finalize().into()
}

#[cfg(test)]
mod tests {
    use serde_json::json;
    use specialis::core::{Context, Decision, EventKind};

    use super::super::content::Transcript;
    use super::*;

    fn content(locale: &str, text: &str) -> Content {
        let context = Context { locale: Some(locale.to_owned()), ..Context::default() };
        let mut transcript = Transcript::default();
        transcript.push(0, None, text);
        Content::of(&context, Event::new(EventKind::Output), transcript)
    }

    fn joins(before: (&str, &Joins, &Content), later: (&str, &Joins, &Content)) -> bool {
        let decision: Decision = serde_json::from_value(json!({ "session": "s", "seq": 0, "kind": "output",
            "verdict": "review", "as-of": "2026-11-30", "duties": [], "obligations": [], "evaluations": {},
            "edition": "e", "id": "d" }))
        .unwrap();
        let of = |(tenant, joins, content): (&str, &Joins, &Content)| {
            Likeness::of(&Asked { tenant, decision: &decision, joins }, content)
        };
        of(before).zip(of(later)).is_some_and(|(before, other)| before.is_continued_by(&other, later.2))
    }

    #[test]
    fn text_is_joined_to_what_it_begins_with_in_one_exchange_of_one_tenant_and_context() {
        let (short, long, other) = (content("zh", "一"), content("zh", "一二"), content("zh", "二"));
        let (one, two) = (Joins::Exchange("c-1".to_owned()), Joins::Exchange("c-2".to_owned()));
        assert!(joins(("t", &one, &short), ("t", &one, &long)) && joins(("t", &one, &short), ("t", &one, &short)));
        assert!(!joins(("t", &one, &long), ("t", &one, &short)), "one that is shorter is another");
        assert!(!joins(("t", &one, &short), ("t", &one, &other)));
        assert!(!joins(("t", &one, &short), ("t", &two, &long)) && !joins(("t", &one, &short), ("u", &one, &long)));
        assert!(!joins(("t", &one, &short), ("t", &one, &content("en", "一二"))));
        // Without an exchange only what is the same: somebody else may begin with the same words.
        assert!(joins(("t", &Joins::Same, &short), ("t", &Joins::Same, &short)));
        assert!(!joins(("t", &Joins::Same, &short), ("t", &Joins::Same, &long)));
        assert!(!joins(("t", &Joins::Nothing, &short), ("t", &Joins::Nothing, &short)));
    }
}
