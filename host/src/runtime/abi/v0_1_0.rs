//! The adapter for `specialis:policy` since 0.1.0: the only module that sees its generated bindings.
//!
//! They are those of the newest version that only adds functions. A policy built against an older one finds in it all that it
//! imports, unchanged.

mod answer;
mod lower;
mod read;
mod shown;
#[cfg(test)]
mod tests;

use specialis_bundle::SettingValue;
use specialis_core::{Context, EventFacts, FaultKind, Part, SectorFacts};
use wasmtime::Store;
use wasmtime::component::{Component, HasSelf, Linker};

use super::value::Writer;
use super::{CallState, PartHit, RawAnswer};
use crate::runtime::limits::LimitReached;
use bindings::specialis::policy::{context, event, facts, log, settings, text, types};
use lower::{Lower, More};

/// What looking for the source of a fact is charged, beside its name: the host goes through all that are known.
const KNOWN_FIELDS: usize = 4_096;

mod bindings {
    wasmtime::component::bindgen!({
        path: "wit/since-v0.1.0",
        world: "policy",
        imports: { default: trappable },
    });
}

/// A compiled policy, linked and checked, cheap to instantiate.
#[derive(Clone)]
pub(crate) struct PolicyPre(bindings::PolicyPre<CallState>);

impl PolicyPre {
    pub(crate) fn new(component: &Component) -> wasmtime::Result<Self> {
        let mut linker = Linker::new(component.engine());
        bindings::Policy::add_to_linker::<_, HasSelf<_>>(&mut linker, |state| state)?;
        bindings::PolicyPre::new(linker.instantiate_pre(component)?).map(Self)
    }

    /// Instantiates and configures: what stands before every first call, and what a snapshot saves.
    pub(crate) fn start(
        &self,
        store: &mut Store<CallState>,
        configure: bool,
    ) -> wasmtime::Result<Result<PolicyInstance, Vec<String>>> {
        let policy = self.0.instantiate(&mut *store)?;
        if configure && let Err(problems) = policy.call_configure(&mut *store)? {
            return Ok(Err(problems));
        }
        Ok(Ok(PolicyInstance(policy)))
    }

    /// Instantiates for a snapshot, which needs the untyped instance.
    pub(crate) fn instance(&self, store: &mut Store<CallState>) -> wasmtime::Result<wasmtime::component::Instance> {
        let instance = self.0.instance_pre().instantiate(&mut *store)?;
        bindings::Policy::new(&mut *store, &instance)?
            .call_configure(&mut *store)?
            .map_err(|_| wasmtime::Error::from(LimitReached(FaultKind::Configure)))?;
        Ok(instance)
    }
}

/// An instance that is ready for its one call.
pub(crate) struct PolicyInstance(bindings::Policy);

impl PolicyInstance {
    pub(crate) fn judge(&self, store: &mut Store<CallState>, state: &[u8]) -> wasmtime::Result<RawAnswer> {
        let limits = store.data().limits.clone();
        let outcome = self.0.call_judge(&mut *store, state)?;
        let exceeded = |kind| Err(LimitReached(kind).into());
        if outcome.state.len() > limits.state {
            return exceeded(FaultKind::StateSize);
        }
        if let Some(findings) = store.data_mut().answer.take() {
            return if !outcome.extra.is_empty() {
                exceeded(FaultKind::UnknownExtra)
            } else if !outcome.findings.is_empty() {
                exceeded(FaultKind::AnswerForm)
            } else if findings.len() > limits.output {
                exceeded(FaultKind::OutputSize)
            } else {
                Ok(RawAnswer { findings, state: outcome.state })
            };
        }
        if outcome.findings.len() > limits.findings {
            return exceeded(FaultKind::FindingCount);
        }
        if !outcome.extra.is_empty() || outcome.findings.iter().any(|finding| !finding.extra.is_empty()) {
            return exceeded(FaultKind::UnknownExtra);
        }
        if outcome.findings.iter().map(size_of_finding).sum::<usize>() > limits.output {
            return exceeded(FaultKind::OutputSize);
        }
        Ok(RawAnswer { findings: Writer::bytes_of(&outcome.findings), state: outcome.state })
    }
}

fn size_of_finding(finding: &types::Finding) -> usize {
    let answer = match &finding.answer {
        types::Answer::NotApplicable(reason) | types::Answer::Unknown(reason) => reason.len(),
        types::Answer::Met(cite) => size_of_citation(cite),
        types::Answer::Require(demand) | types::Answer::InsteadOf(demand) => {
            let obligations = demand.obligations.iter().map(|obligation| match obligation {
                types::Obligation::Redact(_) | types::Obligation::Stop => 12,
                types::Obligation::Replace(key) | types::Obligation::Append(key) => key.len() + 12,
                types::Obligation::Measure(m) => m.id.len() + m.params.iter().map(|p| p.name.len() + 32).sum::<usize>(),
            });
            obligations.sum::<usize>() + demand.spans.len() * 12 + demand.reason.len() + size_of_citation(&demand.cite)
        }
    };
    answer + finding.duty.len() + finding.rule.len() + finding.kinds.iter().map(String::len).sum::<usize>() + 32
}

fn size_of_citation(cite: &types::Citation) -> usize {
    cite.instrument.len() + cite.article.len()
}

impl CallState {
    /// A record of the context, charged by its size.
    fn lowered<T: Lower>(&mut self, of: impl Fn(&Context) -> &T) -> wasmtime::Result<T::Wit> {
        let context = self.input.context.clone();
        let record = of(&context);
        self.charge(record.n_bytes())?;
        Ok(record.lower())
    }

    /// What a later version added to a record of the context, charged by its size.
    fn lowered_more<Core: More<Wit>, Wit>(&mut self, of: impl Fn(&Context) -> &Core) -> wasmtime::Result<Wit> {
        let context = self.input.context.clone();
        let record = of(&context);
        self.charge(record.n_more_bytes())?;
        Ok(lower::more(record))
    }

    /// Whether a fact is no other sector's.
    fn may_see(&self, path: &str) -> bool {
        let of_sectors = path.strip_prefix(SectorFacts::GROUP).and_then(|rest| rest.strip_prefix('.'));
        let of_sector = of_sectors.and_then(|rest| rest.rsplit_once('.')).map(|(sector, _)| sector);
        of_sector.is_none_or(|of| self.sector.as_ref().is_some_and(|own| own.as_str() == of))
    }

    /// How many bytes the listed parts take.
    fn n_part_bytes(&self) -> usize {
        let n_bytes = |part: &Part| {
            let channel = part.channel.as_ref().map_or(0, String::len);
            size_of::<event::Part>().saturating_add(part.media.n_bytes()).saturating_add(channel)
        };
        self.input.listed_parts().map(|(_, part)| n_bytes(part)).fold(0, usize::saturating_add)
    }

    /// How many bytes what is said of the visible hits takes at most.
    fn n_speech_bytes(&self) -> usize {
        let name = |name: &str| size_of::<String>().saturating_add(name.len());
        let n_bytes = |hit: &PartHit| {
            let frames = hit.speech.frames.iter().map(|frame| name(frame.as_str())).fold(0, usize::saturating_add);
            size_of::<text::Speech>().saturating_add(frames)
        };
        self.visible_hits().map(n_bytes).fold(0, usize::saturating_add)
    }
}

impl types::Host for CallState {}

impl context::Host for CallState {
    fn service(&mut self) -> wasmtime::Result<context::ServiceFacts> {
        self.lowered(|context| &context.service)
    }
    fn model(&mut self) -> wasmtime::Result<context::ModelFacts> {
        self.lowered(|context| &context.model)
    }
    fn provider(&mut self) -> wasmtime::Result<context::ProviderFacts> {
        self.lowered(|context| &context.provider)
    }
    fn tenant(&mut self) -> wasmtime::Result<context::TenantFacts> {
        self.lowered(|context| &context.tenant)
    }
    fn subject(&mut self) -> wasmtime::Result<context::SubjectFacts> {
        self.lowered(|context| &context.subject)
    }
    fn agreement(&mut self) -> wasmtime::Result<context::AgreementFacts> {
        self.lowered(|context| &context.agreement)
    }
    fn standing(&mut self) -> wasmtime::Result<context::StandingFacts> {
        self.lowered(|context| &context.standing)
    }
    fn general(&mut self) -> wasmtime::Result<context::GeneralFacts> {
        self.lowered(|context| &context.general)
    }
    fn more_service(&mut self) -> wasmtime::Result<context::MoreServiceFacts> {
        self.lowered_more(|context| &context.service)
    }
    fn more_provider(&mut self) -> wasmtime::Result<context::MoreProviderFacts> {
        self.lowered_more(|context| &context.provider)
    }
    fn more_subject(&mut self) -> wasmtime::Result<context::MoreSubjectFacts> {
        self.lowered_more(|context| &context.subject)
    }
    fn sector_facts(&mut self) -> wasmtime::Result<Vec<types::SectorFact>> {
        self.charge(shown::n_sector_bytes(self))?;
        Ok(shown::sector_context(self))
    }
    fn sector(&mut self, tag: String) -> wasmtime::Result<String> {
        self.charge(tag.len())?;
        let status = self.input.context.sectors.get(tag.as_str()).copied();
        Ok(status.unwrap_or(specialis_core::Status::Unknown).as_str().to_owned())
    }

    fn source(&mut self, path: String) -> wasmtime::Result<Option<String>> {
        self.charge(KNOWN_FIELDS.saturating_add(path.len()))?;
        let context = &self.input.context;
        Ok((context.known().contains(&path) && self.may_see(&path)).then(|| context.source_of(&path).to_string()))
    }
}

impl event::Host for CallState {
    fn brief(&mut self) -> wasmtime::Result<event::BriefFacts> {
        let locale = self.input.context.locale.as_ref().map_or(0, String::len);
        let n_bytes = size_of::<event::BriefFacts>().saturating_add(locale);
        self.charge(n_bytes.saturating_add(self.n_signal_bytes()))?;
        Ok(shown::brief(self))
    }

    fn parts(&mut self) -> wasmtime::Result<Vec<event::Part>> {
        self.charge(self.n_part_bytes())?;
        Ok(shown::parts(self))
    }

    fn signals(&mut self) -> wasmtime::Result<Vec<event::Signal>> {
        self.charge(self.n_signal_bytes())?;
        Ok(shown::signals(self))
    }

    fn read(&mut self) -> wasmtime::Result<Vec<u8>> {
        let least = read::least(self);
        self.charge(self.n_signal_bytes().saturating_add(least))?;
        let all = read::all(self);
        self.charge(all.len().saturating_sub(least))?;
        Ok(all)
    }

    fn answer(&mut self, findings: Vec<u8>) -> wasmtime::Result<()> {
        self.charge(findings.len())?;
        if self.answer.replace(findings).is_some() {
            return Err(LimitReached(FaultKind::AnswerForm).into());
        }
        Ok(())
    }

    fn source(&mut self, field: String) -> wasmtime::Result<Option<String>> {
        self.charge(KNOWN_FIELDS.saturating_add(field.len()))?;
        let Some(event) = &self.input.event else { return Ok(None) };
        Ok((event.known().contains(&field) && self.may_see(&field)).then(|| event.source_of(&field).to_string()))
    }
}

macro_rules! by_kind {
    ($($function:ident -> $record:ident = $kind:ident),+; $($more:ident -> $more_record:ident = $of:ident),+ $(,)?) => {
        impl facts::Host for CallState {
            $(fn $function(&mut self) -> wasmtime::Result<Option<facts::$record>> {
                let event = self.input.event.clone();
                let record = match event.as_ref().map(|event| &event.facts) {
                    Some(EventFacts::$kind(record)) => Some(record),
                    Some(_) | None => None,
                };
                // One of the records is boxed.
                self.charge(record.map_or(0, |record| record.n_bytes()))?;
                Ok(record.map(|record| record.lower()))
            })+
            $(fn $more(&mut self) -> wasmtime::Result<Option<facts::$more_record>> {
                let event = self.input.event.clone();
                let record = match event.as_ref().map(|event| &event.facts) {
                    Some(EventFacts::$of(record)) => Some(record),
                    Some(_) | None => None,
                };
                self.charge(record.map_or(0, More::<facts::$more_record>::n_more_bytes))?;
                Ok(record.map(lower::more))
            })+

            fn sector_facts(&mut self) -> wasmtime::Result<Vec<types::SectorFact>> {
                self.charge(shown::n_sector_bytes(self))?;
                Ok(shown::sector_event(self))
            }
        }
    };
}

by_kind! {
    prompt -> PromptFacts = Prompt,
    output -> OutputFacts = Output,
    retrieved -> RetrievedFacts = Retrieved,
    tool -> ToolFacts = Tool,
    media -> MediaFacts = Media,
    publication -> PublicationFacts = Publication,
    training_intake -> TrainingIntakeFacts = TrainingIntake,
    annotation_batch -> AnnotationBatchFacts = AnnotationBatch,
    data_handling -> DataHandlingFacts = DataHandling,
    account -> AccountFacts = Account,
    service_change -> ServiceChangeFacts = ServiceChange,
    late_signal -> LateSignalFacts = Signal,
    review -> ReviewFacts = Review,
    abort -> AbortFacts = Abort;
    more_publication -> MorePublicationFacts = Publication,
    more_training_intake -> MoreTrainingIntakeFacts = TrainingIntake,
    more_annotation_batch -> MoreAnnotationBatchFacts = AnnotationBatch,
    more_data_handling -> MoreDataHandlingFacts = DataHandling,
    more_account -> MoreAccountFacts = Account,
}

impl text::Host for CallState {
    fn hits(&mut self) -> wasmtime::Result<Vec<text::Hit>> {
        let names: usize = self.visible_hits().map(|hit| hit.category.as_str().len()).sum();
        self.charge(names.saturating_add(self.hits.len().saturating_mul(size_of::<text::Hit>())))?;
        Ok(shown::hits(self))
    }

    fn stretch(&mut self) -> wasmtime::Result<Option<types::Span>> {
        self.charge(0)?;
        Ok(shown::stretch(self))
    }

    fn speeches(&mut self) -> wasmtime::Result<Vec<text::Speech>> {
        self.charge(self.n_speech_bytes())?;
        Ok(shown::speeches(self))
    }

    fn slice(&mut self, part: u32, start: u32, end: u32) -> wasmtime::Result<String> {
        self.charge(usize::try_from(end.saturating_sub(start).min(self.limits.slice)).unwrap_or(usize::MAX))?;
        let slice = self
            .input
            .part_text(part)
            .and_then(|text| text.get(usize::try_from(start).ok()?..usize::try_from(end).ok()?));
        match slice {
            Some(slice) if slice.len() <= usize::try_from(self.limits.slice).unwrap_or(usize::MAX) => {
                Ok(slice.to_owned())
            }
            Some(_) | None => Err(LimitReached(FaultKind::BadRead).into()),
        }
    }

    fn around(&mut self, at: types::Span, before: u32, after: u32) -> wasmtime::Result<String> {
        // No more characters than the bytes that one read may return.
        let most = self.limits.slice.saturating_add(1);
        let (before, after) = (before.min(most), after.min(most));
        let n_bytes = at.end.saturating_sub(at.start).saturating_add(before).saturating_add(after);
        self.charge(usize::try_from(n_bytes.min(self.limits.slice)).unwrap_or(usize::MAX))?;
        let read = || {
            let text = self.input.part_text(at.part)?;
            let (head, tail) =
                (text.get(..usize::try_from(at.start).ok()?)?, text.get(usize::try_from(at.end).ok()?..)?);
            let (before, after) = (usize::try_from(before).ok()?, usize::try_from(after).ok()?);
            let start = match before.checked_sub(1) {
                Some(back) => head.char_indices().rev().nth(back).map_or(0, |(i, _)| i),
                None => head.len(),
            };
            let end = tail.char_indices().nth(after).map_or(text.len(), |(i, _)| text.len() - tail.len() + i);
            text.get(start..end).filter(|slice| slice.len() <= usize::try_from(self.limits.slice).unwrap_or(usize::MAX))
        };
        read().map(str::to_owned).ok_or_else(|| LimitReached(FaultKind::BadRead).into())
    }
}

impl settings::Host for CallState {
    fn get(&mut self, name: String) -> wasmtime::Result<Option<settings::Value>> {
        let n_bytes = match self.settings.get(&name) {
            Some(SettingValue::Text(word)) => word.len(),
            Some(SettingValue::Texts(words)) => words.iter().map(|word| word.len() + size_of::<String>()).sum(),
            Some(SettingValue::Flag(_) | SettingValue::Number(_) | SettingValue::Date(_)) | None => 0,
        };
        self.charge(n_bytes.saturating_add(name.len()))?;
        Ok(self.settings.get(&name).map(|value| match value {
            SettingValue::Flag(flag) => settings::Value::Flag(*flag),
            SettingValue::Number(number) => settings::Value::Number(*number),
            SettingValue::Text(word) => settings::Value::Text(word.clone()),
            SettingValue::Texts(words) => settings::Value::Texts(words.clone()),
            SettingValue::Date(date) => settings::Value::Date(date.lower()),
        }))
    }

    fn data(&mut self, name: String) -> wasmtime::Result<Option<Vec<u8>>> {
        let data = self.data.clone();
        let found = data.iter().find(|one| one.name == name);
        self.charge(found.map_or(0, |one| one.data.len()).saturating_add(name.len()))?;
        Ok(found.map(|one| one.data.clone()))
    }
}

impl log::Host for CallState {
    fn line(&mut self, message: String) -> wasmtime::Result<()> {
        self.charge(message.len())?;
        self.log_lines = self.log_lines.saturating_add(1);
        if self.log_lines > self.limits.log_lines || message.len() > self.limits.log_line {
            return Err(LimitReached(FaultKind::LogFlood).into());
        }
        if let Some(log) = &self.log {
            log.line(&self.policy, &message);
        }
        Ok(())
    }
}
