//! What one call is shown beside facts: its brief, parts, hits and signals.

use specialis_core::{SectorFacts, SectorValue, words};
use specialis_text::{Act, HitOrigin};

use super::lower::Lower;
use super::{event, text, types};
use crate::runtime::abi::{CallState, PartHit};

pub(super) fn brief(state: &CallState) -> event::BriefFacts {
    let input = &state.input;
    let count = |n: usize| u32::try_from(n).unwrap_or(u32::MAX);
    event::BriefFacts {
        kind: input.event.as_ref().map_or_else(String::new, |event| event.kind().as_str().to_owned()),
        point: state.point.as_str().to_owned(),
        as_of: input.as_of.lower(),
        audience: input.context.general.audience.lower(),
        purpose: input.context.general.purpose.lower(),
        age: input.context.subject.age.lower(),
        locale: input.context.locale.clone(),
        n_parts: count(input.listed_parts().count()),
        n_hits: count(state.hits.len()),
        n_signals: count(state.visible_signals().count()),
    }
}

pub(super) fn parts(state: &CallState) -> Vec<event::Part> {
    let Some(event) = &state.input.event else { return Vec::new() };
    let usual = event.kind().usual_role();
    let parts = state.input.listed_parts().map(|(index, part)| event::Part {
        index,
        role: part.role.unwrap_or(usual).as_str().to_owned(),
        channel: part.channel.clone().unwrap_or_else(|| "text".to_owned()),
        choice: part.choice,
        medium: part.medium.unwrap_or(words::Medium::Text).as_str().to_owned(),
        shown: part.shown.unwrap_or(true),
        text_length: state.input.part_text(index).map(|text| u32::try_from(text.len()).unwrap_or(u32::MAX)),
        media: part.media.lower(),
    });
    parts.collect()
}

pub(super) fn signals(state: &CallState) -> Vec<event::Signal> {
    let lowered = state.visible_signals().map(|signal| event::Signal {
        category: signal.category.to_string(),
        score_permille: signal.score_permille,
        part: signal.part,
        source: signal.source.as_ref().map(ToString::to_string),
    });
    lowered.collect()
}

pub(super) fn hits(state: &CallState) -> Vec<text::Hit> {
    state.visible_hits().map(hit).collect()
}

pub(super) fn speeches(state: &CallState) -> Vec<text::Speech> {
    state.visible_hits().zip(0_u32..).filter_map(speech).collect()
}

pub(super) fn stretch(state: &CallState) -> Option<types::Span> {
    state.stretch.map(|at| types::Span { part: at.part, start: at.start, end: at.end })
}

/// The facts of the policy's sector among some; none where it carries no sector's law.
fn of_sector<'a>(state: &'a CallState, facts: &'a SectorFacts) -> impl Iterator<Item = (&'a str, &'a SectorValue)> {
    state.sector.iter().flat_map(|sector| facts.of(sector))
}

/// What the policy's sector declares of the session.
pub(super) fn sector_context(state: &CallState) -> Vec<types::SectorFact> {
    lowered(of_sector(state, &state.input.context.sector_facts))
}

/// What the policy's sector declares of the event.
pub(super) fn sector_event(state: &CallState) -> Vec<types::SectorFact> {
    state.input.event.as_ref().map_or_else(Vec::new, |event| lowered(of_sector(state, &event.sector_facts)))
}

/// How many bytes these facts take.
pub(super) fn n_sector_bytes(state: &CallState) -> usize {
    let event = state.input.event.as_ref().map(|event| &event.sector_facts);
    let facts = [Some(&state.input.context.sector_facts), event].into_iter().flatten();
    let n_bytes = |(name, value): (&str, &SectorValue)| name.len().saturating_add(value.n_bytes());
    facts.flat_map(|facts| of_sector(state, facts)).map(n_bytes).fold(0, usize::saturating_add)
}

fn lowered<'a>(facts: impl Iterator<Item = (&'a str, &'a SectorValue)>) -> Vec<types::SectorFact> {
    facts.map(|(name, value)| types::SectorFact { name: name.to_owned(), value: value.lower() }).collect()
}

/// How the text speaks of a hit, with the place of the hit; none where it stands in no act and no frame.
fn speech((hit, index): (&PartHit, u32)) -> Option<text::Speech> {
    let said = hit.speech;
    let act = (said.act != Act::Topic).then(|| said.act.as_str().to_owned());
    if act.is_none() && said.frames.is_empty() {
        return None;
    }
    let frames = said.frames.iter().map(|frame| frame.as_str().to_owned()).collect();
    Some(text::Speech { hit: index, act, frames, is_mention: said.is_mention })
}

fn hit(hit: &PartHit) -> text::Hit {
    let (lexicon, detector) = match &hit.origin {
        HitOrigin::Lexicon { lexicon, .. } => (Some(lexicon.to_string()), None),
        HitOrigin::Detector(name) => (None, Some((*name).to_owned())),
        HitOrigin::Pattern(name) => (None, Some(name.to_string())),
    };
    text::Hit {
        at: types::Span { part: hit.span.part, start: hit.span.start, end: hit.span.end },
        category: hit.category.to_string(),
        weight: hit.weight,
        lexicon,
        detector,
    }
}

#[cfg(test)]
mod tests {
    use specialis_core::Span;
    use specialis_text::Speech;

    use super::*;

    #[test]
    fn only_a_hit_in_an_act_or_a_frame_is_spoken_of() {
        let spoken = |act| {
            let span = Span { part: 0, start: 0, end: 3 };
            let said = Speech { act, ..Speech::default() };
            let hit =
                PartHit { span, category: "c".into(), weight: 50, origin: HitOrigin::Detector("d"), speech: said };
            speech((&hit, 7)).map(|said| (said.hit, said.act, said.frames, said.is_mention))
        };
        assert_eq!(spoken(Act::Topic), None);
        assert_eq!(spoken(Act::Offer), Some((7, Some("offer".to_owned()), Vec::new(), false)));
    }
}
