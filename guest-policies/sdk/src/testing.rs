//! Native test helpers: a [`Case`] made by hand. They exist outside WebAssembly only.

mod defaults;
mod world;

use std::collections::BTreeMap;

use crate::facts::{
    AbortFacts, AccountFacts, AgreementFacts, AnnotationBatchFacts, BriefFacts, DataHandlingFacts, GeneralFacts, Hit,
    LateSignalFacts, MediaFacts, MediumFacts, ModelFacts, MoreAccountFacts, MoreAnnotationBatchFacts,
    MoreDataHandlingFacts, MoreProviderFacts, MorePublicationFacts, MoreServiceFacts, MoreSubjectFacts,
    MoreTrainingIntakeFacts, OutputFacts, Part, PromptFacts, ProviderFacts, PublicationFacts, RetrievedFacts,
    ReviewFacts, ServiceChangeFacts, ServiceFacts, Signal, Speech, StandingFacts, SubjectFacts, TenantFacts, ToolFacts,
    TrainingIntakeFacts,
};
use crate::value::Sections;
use crate::{Case, Date, EventFacts, Settings, Span, Value};

pub use world::{Fact, World, check_doubt};

/// What the host would answer beside typed records.
#[derive(Debug, Default)]
pub(crate) struct Given {
    pub(crate) sectors: BTreeMap<String, String>,
    pub(crate) sources: BTreeMap<String, String>,
    pub(crate) event_sources: BTreeMap<String, String>,
    pub(crate) sector_facts: BTreeMap<String, crate::Fact>,
    pub(crate) stretch: Option<Span>,
    texts: BTreeMap<u32, String>,
}

impl Given {
    #[expect(clippy::panic, reason = "the host answers such a span with a fault")]
    fn cut(&self, at: Span) -> (&str, usize, usize) {
        let Some(text) = self.texts.get(&at.part) else { panic!("part {} has no text", at.part) };
        let (start, end) = (widen(at.start), widen(at.end));
        match text.get(start..end) {
            Some(slice) if !slice.is_empty() => (text, start, end),
            _ => panic!("{start}..{end} is no stretch of part {}", at.part),
        }
    }

    pub(crate) fn slice(&self, at: Span) -> String {
        let (text, start, end) = self.cut(at);
        text.get(start..end).unwrap_or_default().to_owned()
    }

    pub(crate) fn around(&self, at: Span, before: u32, after: u32) -> String {
        let (text, start, end) = self.cut(at);
        let left = text.get(..start).unwrap_or_default();
        let right = text.get(end..).unwrap_or_default();
        let from = left.char_indices().rev().take(widen(before)).last().map_or(start, |(idx, _)| idx);
        let to = right.char_indices().nth(widen(after)).map_or(text.len(), |(idx, _)| end + idx);
        text.get(from..to).unwrap_or_default().to_owned()
    }
}

fn widen(number: u32) -> usize {
    usize::try_from(number).unwrap_or(usize::MAX)
}

fn narrow(number: usize) -> u32 {
    u32::try_from(number).unwrap_or(u32::MAX)
}

/// Makes a [`Case`] for a test.
///
/// - point: `end`; at `open` where made by [`CaseBuilder::open`]
/// - as of: 2026-11-02
/// - every fact unknown, every sector unknown
/// - no parts, hits, signals or settings
#[derive(Debug)]
#[must_use = "nothing happens before `build`"]
pub struct CaseBuilder {
    brief: BriefFacts,
    facts: EventFacts,
    service: ServiceFacts,
    model: ModelFacts,
    provider: ProviderFacts,
    tenant: TenantFacts,
    subject: SubjectFacts,
    agreement: AgreementFacts,
    standing: StandingFacts,
    general: GeneralFacts,
    more_service: MoreServiceFacts,
    more_provider: MoreProviderFacts,
    more_subject: MoreSubjectFacts,
    more_publication: MorePublicationFacts,
    more_training_intake: MoreTrainingIntakeFacts,
    more_annotation_batch: MoreAnnotationBatchFacts,
    more_data_handling: MoreDataHandlingFacts,
    more_account: MoreAccountFacts,
    parts: Vec<Part>,
    hits: Vec<Hit>,
    speeches: Vec<Speech>,
    signals: Vec<Signal>,
    settings: BTreeMap<String, Value>,
    data: BTreeMap<String, Vec<u8>>,
    given: Given,
}

macro_rules! setters {
    ($($name:ident: $facts:ty, $doc:literal;)+) => {
        $(
            #[doc = $doc]
            pub fn $name(mut self, $name: $facts) -> Self {
                self.$name = $name;
                self
            }
        )+
    };
}

macro_rules! kinds {
    ($($name:ident, $variant:ident: $facts:ty, $doc:literal;)+) => {
        $(
            #[doc = $doc]
            pub fn $name(mut self, facts: $facts) -> Self {
                self.facts = EventFacts::$variant(Box::new(facts));
                self.brief.kind = self.facts.kind().to_owned();
                self
            }
        )+

        fn unknown_facts(kind: &str) -> EventFacts {
            [$(EventFacts::$variant(Box::default()),)+]
                .into_iter()
                .find(|facts| facts.kind() == kind)
                .unwrap_or(EventFacts::None)
        }
    };
}

impl CaseBuilder {
    /// An event of a kind, with every fact unknown.
    pub fn new(kind: &str) -> Self {
        Self {
            brief: BriefFacts {
                kind: kind.to_owned(),
                point: "end".to_owned(),
                as_of: Date::of(2026, 11, 2),
                ..BriefFacts::default()
            },
            facts: Self::unknown_facts(kind),
            service: ServiceFacts::default(),
            model: ModelFacts::default(),
            provider: ProviderFacts::default(),
            tenant: TenantFacts::default(),
            subject: SubjectFacts::default(),
            agreement: AgreementFacts::default(),
            standing: StandingFacts::default(),
            general: GeneralFacts::default(),
            more_service: MoreServiceFacts::default(),
            more_provider: MoreProviderFacts::default(),
            more_subject: MoreSubjectFacts::default(),
            more_publication: MorePublicationFacts::default(),
            more_training_intake: MoreTrainingIntakeFacts::default(),
            more_annotation_batch: MoreAnnotationBatchFacts::default(),
            more_data_handling: MoreDataHandlingFacts::default(),
            more_account: MoreAccountFacts::default(),
            parts: Vec::new(),
            hits: Vec::new(),
            speeches: Vec::new(),
            signals: Vec::new(),
            settings: BTreeMap::new(),
            data: BTreeMap::new(),
            given: Given::default(),
        }
    }

    /// A session being opened.
    pub fn open() -> Self {
        let mut open = Self::new("");
        open.brief.point = "open".to_owned();
        open
    }

    /// A fact that the manifest declares under `[facts]`, of the event or of the session.
    pub fn sector_fact(mut self, name: &str, value: crate::Fact) -> Self {
        self.given.sector_facts.insert(name.to_owned(), value);
        self
    }

    /// The judging point.
    pub fn point(mut self, point: &str) -> Self {
        self.brief.point = point.to_owned();
        self
    }

    /// The day on which the session is judged.
    pub fn as_of(mut self, day: Date) -> Self {
        self.brief.as_of = day;
        self
    }

    /// The user's language.
    pub fn locale(mut self, locale: &str) -> Self {
        self.brief.locale = Some(locale.to_owned());
        self
    }

    setters! {
        service: ServiceFacts, "The service.";
        model: ModelFacts, "The model.";
        provider: ProviderFacts, "The provider.";
        tenant: TenantFacts, "The tenant.";
        subject: SubjectFacts, "The user.";
        agreement: AgreementFacts, "The agreement with the user.";
        standing: StandingFacts, "The user's standing.";
        general: GeneralFacts, "The facts outside every group.";
        more_service: MoreServiceFacts, "More facts of the service.";
        more_provider: MoreProviderFacts, "More facts of the provider.";
        more_subject: MoreSubjectFacts, "More facts of the user.";
        more_publication: MorePublicationFacts, "More facts of a publication.";
        more_training_intake: MoreTrainingIntakeFacts, "More facts of training data.";
        more_annotation_batch: MoreAnnotationBatchFacts, "More facts of a batch of labelled data.";
        more_data_handling: MoreDataHandlingFacts, "More facts of something done with data.";
        more_account: MoreAccountFacts, "More facts about an account.";
        speeches: Vec<Speech>, "How the text speaks of the hits.";
    }

    kinds! {
        prompt, Prompt: PromptFacts, "An event of the kind `prompt` with these facts.";
        output, Output: OutputFacts, "An event of the kind `output` with these facts.";
        retrieved, Retrieved: RetrievedFacts, "An event of the kind `retrieved` with these facts.";
        tool, Tool: ToolFacts, "An event of the kind `tool` with these facts.";
        media, Media: MediaFacts, "An event of the kind `media` with these facts.";
        publication, Publication: PublicationFacts, "An event of the kind `publication` with these facts.";
        training_intake, TrainingIntake: TrainingIntakeFacts, "An event of the kind `training-intake` with these facts.";
        annotation_batch, AnnotationBatch: AnnotationBatchFacts, "An event of the kind `annotation-batch` with these facts.";
        data_handling, DataHandling: DataHandlingFacts, "An event of the kind `data-handling` with these facts.";
        account, Account: AccountFacts, "An event of the kind `account` with these facts.";
        service_change, ServiceChange: ServiceChangeFacts, "An event of the kind `service-change` with these facts.";
        late_signal, LateSignal: LateSignalFacts, "An event of the kind `signal` with these facts.";
        review, Review: ReviewFacts, "An event of the kind `review` with these facts.";
        abort, Abort: AbortFacts, "An event of the kind `abort` with these facts.";
    }

    /// The status of a sector: `yes`, `no` or `unknown`.
    pub fn sector(mut self, tag: &str, status: &str) -> Self {
        self.given.sectors.insert(tag.to_owned(), status.to_owned());
        self
    }

    /// Who asserts a fact of the context.
    pub fn source(mut self, path: &str, source: &str) -> Self {
        self.given.sources.insert(path.to_owned(), source.to_owned());
        self
    }

    /// Who asserts a fact of the event.
    pub fn event_source(mut self, field: &str, source: &str) -> Self {
        self.given.event_sources.insert(field.to_owned(), source.to_owned());
        self
    }

    /// One more part of plain text, with the kind's usual role and shown to the user.
    pub fn text(self, text: &str) -> Self {
        let part = Part { medium: "text".to_owned(), ..self.blank_part() };
        self.part_with_text(part, text)
    }

    /// One more part of a medium, such as `image`.
    pub fn medium(mut self, medium: &str, facts: MediumFacts) -> Self {
        let part = Part { medium: medium.to_owned(), media: Some(facts), ..self.blank_part() };
        self.parts.push(part);
        self
    }

    /// One more part as given; its index and the length of its text are filled in.
    pub fn part_with_text(mut self, part: Part, text: &str) -> Self {
        let index = narrow(self.parts.len());
        self.parts.push(Part { index, text_length: Some(narrow(text.len())), ..part });
        self.given.texts.insert(index, text.to_owned());
        self
    }

    fn blank_part(&self) -> Part {
        let role = match self.brief.kind.as_str() {
            "prompt" | "publication" | "account" => "user",
            "output" | "media" => "assistant",
            "retrieved" => "retrieved",
            "tool" => "tool",
            _ => "system",
        };
        Part {
            index: narrow(self.parts.len()),
            role: role.to_owned(),
            channel: "text".to_owned(),
            shown: true,
            ..Part::default()
        }
    }

    /// Sets the stretch to judge, and the point to `text`.
    pub fn stretch(mut self, at: Span) -> Self {
        self.given.stretch = Some(at);
        self.point("text")
    }

    /// A hit of a category at the first place where `term` stands in the latest text, of weight 50.
    ///
    /// # Panics
    /// Where it does not stand there.
    pub fn hit(self, category: &str, term: &str) -> Self {
        self.hit_weighing(category, term, 50)
    }

    /// As [`CaseBuilder::hit`], of a weight.
    ///
    /// # Panics
    /// Where it does not stand there.
    #[expect(clippy::panic, reason = "a test that looks for what is not there is wrong")]
    pub fn hit_weighing(self, category: &str, term: &str, weight: u8) -> Self {
        let Some((&part, text)) = self.given.texts.last_key_value() else { panic!("there is no text") };
        let Some(start) = text.find(term) else { panic!("`{term}` does not stand in the text") };
        let at = Span { part, start: narrow(start), end: narrow(start + term.len()) };
        let lexicon = Some("test".to_owned());
        self.hit_as(Hit { at, category: category.to_owned(), weight, lexicon, detector: None })
    }

    /// A hit as given.
    pub fn hit_as(mut self, hit: Hit) -> Self {
        self.hits.push(hit);
        self
    }

    /// A signal for the whole event.
    pub fn signal(self, category: &str, score_permille: u32) -> Self {
        self.signal_as(Signal { category: category.to_owned(), score_permille, part: None, source: None })
    }

    /// A signal as given.
    pub fn signal_as(mut self, signal: Signal) -> Self {
        self.signals.push(signal);
        self
    }

    /// A setting.
    pub fn setting(mut self, name: &str, value: impl Into<Value>) -> Self {
        self.settings.insert(name.to_owned(), value.into());
        self
    }

    /// Data that the policy's file carries under a name.
    pub fn data(mut self, name: &str, bytes: &[u8]) -> Self {
        self.data.insert(name.to_owned(), bytes.to_vec());
        self
    }

    /// The defaults of the settings in a manifest, given as the text of `policy.toml`, so that tests and manifest cannot
    /// drift apart. It reads `[settings.NAME]` tables whose `default` stands on one line.
    pub fn defaults_of(mut self, manifest: &str) -> Self {
        for (name, value) in defaults::read(manifest) {
            self.settings.entry(name).or_insert(value);
        }
        self
    }

    /// The settings alone, for `Policy::configure`.
    pub fn into_settings(self) -> Settings {
        Settings::given(self.settings, self.data)
    }

    /// The case.
    pub fn build(mut self) -> Case {
        let key = |hit: &Hit| (hit.at.part, hit.at.start, hit.at.end, hit.category.clone());
        self.hits.sort_by_key(key);
        let brief = BriefFacts {
            audience: self.general.audience.clone(),
            purpose: self.general.purpose.clone(),
            age: self.subject.age.clone(),
            n_parts: narrow(self.parts.len()),
            n_hits: narrow(self.hits.len()),
            n_signals: narrow(self.signals.len()),
            ..self.brief
        };
        Case {
            brief: brief.into(),
            service: self.service.into(),
            model: self.model.into(),
            provider: self.provider.into(),
            tenant: self.tenant.into(),
            subject: self.subject.into(),
            agreement: self.agreement.into(),
            standing: self.standing.into(),
            general: self.general.into(),
            more_service: self.more_service.into(),
            more_provider: self.more_provider.into(),
            more_subject: self.more_subject.into(),
            event: self.facts.into(),
            more_publication: self.more_publication.into(),
            more_training_intake: self.more_training_intake.into(),
            more_annotation_batch: self.more_annotation_batch.into(),
            more_data_handling: self.more_data_handling.into(),
            more_account: self.more_account.into(),
            parts: self.parts.into(),
            hits: self.hits.into(),
            speeches: self.speeches.into(),
            signals: self.signals.into(),
            settings: Settings::given(self.settings, self.data),
            sections: Sections::default(),
            given: self.given,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_is_cut_on_characters() {
        let case = CaseBuilder::new("output").text("请勿在图书馆大声喧哗").hit("a1.violence", "图书馆").build();
        let at = case.hits().first().map(|hit| hit.at);
        let Some(at) = at else { unreachable!("one hit was given") };
        assert_eq!(case.slice(at), "图书馆");
        assert_eq!(case.around(at, 1, 2), "在图书馆大声");
        assert_eq!(case.around(at, 0, 0), "图书馆");
        assert_eq!(case.around(at, 90, 90), "请勿在图书馆大声喧哗");
        assert_eq!(case.hits_in("a1.violence").count(), 1);
        assert_eq!(case.hits_in("a1.obscenity").count(), 0);
    }

    #[test]
    #[should_panic(expected = "no stretch")]
    fn a_slice_inside_a_character_is_a_fault() {
        let _ = CaseBuilder::new("output").text("图书馆").build().slice(Span { part: 0, start: 1, end: 3 });
    }

    #[test]
    fn facts_answer_for_their_own_kind_alone() {
        let case = CaseBuilder::new("account").build();
        assert!(case.account().is_some() && case.prompt().is_none());
        assert!(CaseBuilder::open().build().is_open());
        assert_eq!(CaseBuilder::open().build().event_facts().kind(), "");
    }

    #[test]
    fn the_highest_signal_that_reaches_counts() {
        let case = CaseBuilder::new("output").signal("a1.violence", 700).signal("a1.violence", 900).build();
        assert_eq!(case.signal_over("a1.violence", 700).map(|signal| signal.score_permille), Some(900));
        assert!(case.signal_over("a1.violence", 901).is_none());
        assert!(case.signal_over("a1.obscenity", 0).is_none());
    }
}
