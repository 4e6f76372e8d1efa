//! What one call may read, read once and only when a rule asks.

use std::cell::OnceCell;
use std::rc::Rc;

#[cfg(target_family = "wasm")]
use crate::bindings::specialis::policy::{context, event, text};
use crate::facts::{
    AbortFacts, AccountFacts, AgreementFacts, AnnotationBatchFacts, BriefFacts, DataHandlingFacts, GeneralFacts, Hit,
    LateSignalFacts, MediaFacts, ModelFacts, MoreAccountFacts, MoreAnnotationBatchFacts, MoreDataHandlingFacts,
    MoreProviderFacts, MorePublicationFacts, MoreServiceFacts, MoreSubjectFacts, MoreTrainingIntakeFacts, OutputFacts,
    Part, PromptFacts, ProviderFacts, PublicationFacts, RetrievedFacts, ReviewFacts, ServiceChangeFacts, ServiceFacts,
    Signal, Speech, StandingFacts, SubjectFacts, TenantFacts, ToolFacts, TrainingIntakeFacts,
};
use crate::value::{Sections, section};
use crate::{Date, Settings, Span};

/// What one call may read: the event, its context, its text and the operator's settings.
///
/// The host hands over everything but the text in one value. Every part of it is read the first time a rule asks for it, and kept
/// until the call ends. Outside WebAssembly a `testing::CaseBuilder` makes one.
#[derive(Debug)]
pub struct Case {
    pub(crate) brief: OnceCell<BriefFacts>,
    pub(crate) service: OnceCell<ServiceFacts>,
    pub(crate) model: OnceCell<ModelFacts>,
    pub(crate) provider: OnceCell<ProviderFacts>,
    pub(crate) tenant: OnceCell<TenantFacts>,
    pub(crate) subject: OnceCell<SubjectFacts>,
    pub(crate) agreement: OnceCell<AgreementFacts>,
    pub(crate) standing: OnceCell<StandingFacts>,
    pub(crate) general: OnceCell<GeneralFacts>,
    pub(crate) more_service: OnceCell<MoreServiceFacts>,
    pub(crate) more_provider: OnceCell<MoreProviderFacts>,
    pub(crate) more_subject: OnceCell<MoreSubjectFacts>,
    pub(crate) event: OnceCell<EventFacts>,
    pub(crate) more_publication: OnceCell<MorePublicationFacts>,
    pub(crate) more_training_intake: OnceCell<MoreTrainingIntakeFacts>,
    pub(crate) more_annotation_batch: OnceCell<MoreAnnotationBatchFacts>,
    pub(crate) more_data_handling: OnceCell<MoreDataHandlingFacts>,
    pub(crate) more_account: OnceCell<MoreAccountFacts>,
    pub(crate) parts: OnceCell<Vec<Part>>,
    pub(crate) hits: OnceCell<Vec<Hit>>,
    pub(crate) speeches: OnceCell<Vec<Speech>>,
    pub(crate) signals: OnceCell<Vec<Signal>>,
    pub(crate) settings: Settings,
    /// What the host handed over; nothing where a test made the case.
    pub(crate) sections: Sections,
    #[cfg(not(target_family = "wasm"))]
    pub(crate) given: crate::testing::Given,
}

macro_rules! groups {
    ($($(#[$doc:meta])* $name:ident: $facts:ty = $section:ident;)+) => {
        $(
            $(#[$doc])*
            pub fn $name(&self) -> &$facts {
                self.$name.get_or_init(|| self.sections.get(section::$section))
            }
        )+
    };
}

/// The facts of an event that a later version of the contract added; unknown for any other kind.
macro_rules! more_facts {
    ($($(#[$doc:meta])* $name:ident: $facts:ty = $kind:literal;)+) => {
        impl Case {
            $(
                $(#[$doc])*
                ///
                /// All of them are unknown for any other kind.
                pub fn $name(&self) -> &$facts {
                    self.$name.get_or_init(|| match self.kind() {
                        $kind => self.sections.get(section::MORE_FACTS),
                        _ => <$facts>::default(),
                    })
                }
            )+
        }
    };
}

macro_rules! event_facts {
    ($($(#[$doc:meta])* $variant:ident, $name:ident: $facts:ty = $kind:literal;)+) => {
        /// The facts of an event, by kind.
        #[derive(Clone, Debug, PartialEq)]
        pub enum EventFacts {
            /// None: the judging point is `open`, or the kind is newer than this contract.
            None,
            $($(#[$doc])* $variant(Box<$facts>),)+
        }

        impl EventFacts {
            #[inline(never)]
            fn of(kind: &str, sections: &Sections) -> Self {
                match kind {
                    $($kind => Self::$variant(Box::new(sections.get(section::FACTS))),)+
                    _ => Self::None,
                }
            }

            /// The kind of event they belong to; empty where there are none.
            pub fn kind(&self) -> &'static str {
                match self {
                    Self::None => "",
                    $(Self::$variant(_) => $kind,)+
                }
            }
        }

        impl Case {
            $(
                $(#[$doc])*
                ///
                /// Absent for any other kind.
                pub fn $name(&self) -> Option<&$facts> {
                    if let EventFacts::$variant(facts) = self.event_facts() { Some(facts) } else { None }
                }
            )+
        }
    };
}

impl Case {
    /// What the host shows to this call.
    pub(crate) fn of_host() -> Self {
        Self {
            brief: OnceCell::new(),
            service: OnceCell::new(),
            model: OnceCell::new(),
            provider: OnceCell::new(),
            tenant: OnceCell::new(),
            subject: OnceCell::new(),
            agreement: OnceCell::new(),
            standing: OnceCell::new(),
            general: OnceCell::new(),
            more_service: OnceCell::new(),
            more_provider: OnceCell::new(),
            more_subject: OnceCell::new(),
            event: OnceCell::new(),
            more_publication: OnceCell::new(),
            more_training_intake: OnceCell::new(),
            more_annotation_batch: OnceCell::new(),
            more_data_handling: OnceCell::new(),
            more_account: OnceCell::new(),
            parts: OnceCell::new(),
            hits: OnceCell::new(),
            speeches: OnceCell::new(),
            signals: OnceCell::new(),
            settings: Settings::of_host(),
            #[cfg(target_family = "wasm")]
            sections: Sections::of(event::read()),
            #[cfg(not(target_family = "wasm"))]
            sections: Sections::default(),
            #[cfg(not(target_family = "wasm"))]
            given: crate::testing::Given::default(),
        }
    }

    /// The facts most rules read first.
    pub fn brief(&self) -> &BriefFacts {
        self.brief.get_or_init(|| self.sections.get(section::BRIEF))
    }

    /// The judging point: `open`, `hit`, `text`, `signal`, `review` or `end`.
    pub fn point(&self) -> &str {
        &self.brief().point
    }

    /// Whether the session is being opened: there is no event yet, and findings hold for every later one.
    pub fn is_open(&self) -> bool {
        self.point() == "open"
    }

    /// Whether the event is complete: no more of its text, hits or signals will come.
    pub fn is_end(&self) -> bool {
        matches!(self.point(), "end" | "signal" | "review")
    }

    /// The kind of event, such as `output`; empty at `open`.
    pub fn kind(&self) -> &str {
        &self.brief().kind
    }

    /// Whether the event is of one of these kinds.
    pub fn is_any(&self, kinds: &[&str]) -> bool {
        kinds.contains(&self.kind())
    }

    /// The day on which the session is judged, in Asia/Shanghai.
    pub fn as_of(&self) -> Date {
        self.brief().as_of
    }

    /// Whom the service is open to: `public` or `internal`.
    pub fn audience(&self) -> Option<&str> {
        self.brief().audience.as_deref()
    }

    /// What the content is wanted for: `publish` or `private`.
    pub fn purpose(&self) -> Option<&str> {
        self.brief().purpose.as_deref()
    }

    /// The user's band of age: `under-14`, `14-17` or `adult`.
    pub fn age(&self) -> Option<&str> {
        self.brief().age.as_deref()
    }

    groups! {
        /// The service.
        service: ServiceFacts = SERVICE;
        /// The model.
        model: ModelFacts = MODEL;
        /// The provider.
        provider: ProviderFacts = PROVIDER;
        /// The tenant.
        tenant: TenantFacts = TENANT;
        /// The user, without identity.
        subject: SubjectFacts = SUBJECT;
        /// The agreement with the user.
        agreement: AgreementFacts = AGREEMENT;
        /// The user's standing after earlier breaches.
        standing: StandingFacts = STANDING;
        /// The facts outside every group.
        general: GeneralFacts = GENERAL;
        /// More facts of the service.
        more_service: MoreServiceFacts = MORE_SERVICE;
        /// More facts of the provider.
        more_provider: MoreProviderFacts = MORE_PROVIDER;
        /// More facts of the user, without identity.
        more_subject: MoreSubjectFacts = MORE_SUBJECT;
    }

    /// The facts of the event, whatever its kind.
    pub fn event_facts(&self) -> &EventFacts {
        self.event.get_or_init(|| EventFacts::of(self.kind(), &self.sections))
    }

    /// The status of a sector in this session: `yes`, `no` or `unknown`. A rule rarely needs it: the host resolves
    /// precedence.
    pub fn sector(&self, tag: &str) -> String {
        #[cfg(target_family = "wasm")]
        return context::sector(tag);
        #[cfg(not(target_family = "wasm"))]
        return self.given.sectors.get(tag).cloned().unwrap_or_else(|| "unknown".to_owned());
    }

    /// Who asserts the fact of the context at a path such as `subject.age`; absent where it is unknown.
    pub fn source(&self, path: &str) -> Option<String> {
        #[cfg(target_family = "wasm")]
        return context::source(path);
        #[cfg(not(target_family = "wasm"))]
        return self.given.sources.get(path).cloned();
    }

    /// Who asserts the fact in a field of the event's facts; absent where it is unknown.
    pub fn event_source(&self, field: &str) -> Option<String> {
        #[cfg(target_family = "wasm")]
        return event::source(field);
        #[cfg(not(target_family = "wasm"))]
        return self.given.event_sources.get(field).cloned();
    }

    /// The parts of the event, in order; none at `open`.
    pub fn parts(&self) -> &[Part] {
        self.parts.get_or_init(|| self.sections.get(section::PARTS))
    }

    /// Every hit and detection in a category the manifest reads, in order.
    pub fn hits(&self) -> &[Hit] {
        self.hits.get_or_init(|| self.sections.get(section::HITS))
    }

    /// The authority that is told of what was found, as the profile of the service names it; the cyberspace authority of the
    /// province where it names none.
    pub fn report_authority(&self) -> &str {
        self.more_service().report_authority.as_deref().unwrap_or("cac-provincial")
    }

    /// How the text speaks of a hit of [`Case::hits`]; absent where it stands in no frame and the text does nothing with it.
    pub fn speech(&self, hit: &Hit) -> Option<&Speech> {
        let speeches = self.speeches.get_or_init(|| self.sections.get(section::SPEECHES));
        let index = self.hits().iter().position(|known| known == hit)?;
        speeches.iter().find(|speech| usize::try_from(speech.hit) == Ok(index))
    }

    /// The hits and detections of one category.
    pub fn hits_in<'a>(&'a self, category: &'a str) -> impl Iterator<Item = &'a Hit> {
        self.hits().iter().filter(move |hit| hit.category == category)
    }

    /// The signals in categories the manifest reads, in the order they came.
    pub fn signals(&self) -> &[Signal] {
        self.signals.get_or_init(|| self.sections.get(section::SIGNALS))
    }

    /// The highest signal of a category that reaches `permille`.
    pub fn signal_over(&self, category: &str, permille: u32) -> Option<&Signal> {
        let reaching = |signal: &&Signal| signal.category == category && signal.score_permille >= permille;
        self.signals().iter().filter(reaching).max_by_key(|signal| signal.score_permille)
    }

    /// The stretch of text to judge at the point `text`, for a policy whose manifest asks for text; absent at other points.
    pub fn stretch(&self) -> Option<Span> {
        #[cfg(not(target_family = "wasm"))]
        if self.given.stretch.is_some() {
            return self.given.stretch;
        }
        self.sections.get(section::STRETCH)
    }

    /// The text of a stretch. At most 4,096 bytes; a stretch outside the text is a fault.
    pub fn slice(&self, at: Span) -> String {
        #[cfg(target_family = "wasm")]
        return text::slice(at.part, at.start, at.end);
        #[cfg(not(target_family = "wasm"))]
        return self.given.slice(at);
    }

    /// The text of a stretch with up to `before` and `after` characters around it.
    pub fn around(&self, at: Span, before: u32, after: u32) -> String {
        #[cfg(target_family = "wasm")]
        return text::around(at, before, after);
        #[cfg(not(target_family = "wasm"))]
        return self.given.around(at, before, after);
    }

    /// The operator's settings.
    pub fn settings(&self) -> &Settings {
        &self.settings
    }

    /// A switch of the operator; see [`Settings::flag`].
    ///
    /// # Panics
    /// Where the manifest declares no such switch.
    #[track_caller]
    pub fn flag(&self, name: &str) -> bool {
        self.settings.flag(name)
    }

    /// A number of the operator; see [`Settings::number`].
    ///
    /// # Panics
    /// Where the manifest declares no such number.
    #[track_caller]
    pub fn number(&self, name: &str) -> i64 {
        self.settings.number(name)
    }

    /// A word of the operator; see [`Settings::text`].
    ///
    /// # Panics
    /// Where the manifest declares no such word.
    #[track_caller]
    pub fn text(&self, name: &str) -> String {
        self.settings.text(name)
    }

    /// A list of words of the operator; see [`Settings::texts`].
    ///
    /// # Panics
    /// Where the manifest declares no such list.
    #[track_caller]
    pub fn texts(&self, name: &str) -> Rc<[String]> {
        self.settings.texts(name)
    }

    /// A day of the operator; see [`Settings::date`].
    ///
    /// # Panics
    /// Where the manifest declares no such day.
    #[track_caller]
    pub fn date(&self, name: &str) -> Date {
        self.settings.date(name)
    }
}

event_facts! {
    /// The facts of a `prompt` event.
    Prompt, prompt: PromptFacts = "prompt";
    /// The facts of an `output` event.
    Output, output: OutputFacts = "output";
    /// The facts of a `retrieved` event.
    Retrieved, retrieved: RetrievedFacts = "retrieved";
    /// The facts of a `tool` event.
    Tool, tool: ToolFacts = "tool";
    /// The facts of a `media` event.
    Media, media: MediaFacts = "media";
    /// The facts of a `publication` event.
    Publication, publication: PublicationFacts = "publication";
    /// The facts of a `training-intake` event.
    TrainingIntake, training_intake: TrainingIntakeFacts = "training-intake";
    /// The facts of an `annotation-batch` event.
    AnnotationBatch, annotation_batch: AnnotationBatchFacts = "annotation-batch";
    /// The facts of a `data-handling` event.
    DataHandling, data_handling: DataHandlingFacts = "data-handling";
    /// The facts of an `account` event.
    Account, account: AccountFacts = "account";
    /// The facts of a `service-change` event.
    ServiceChange, service_change: ServiceChangeFacts = "service-change";
    /// The facts of a `signal` event.
    LateSignal, late_signal: LateSignalFacts = "signal";
    /// The facts of a `review` event.
    Review, review: ReviewFacts = "review";
    /// The facts of an `abort` event.
    Abort, abort: AbortFacts = "abort";
}

more_facts! {
    /// More facts of a `publication` event.
    more_publication: MorePublicationFacts = "publication";
    /// More facts of a `training-intake` event.
    more_training_intake: MoreTrainingIntakeFacts = "training-intake";
    /// More facts of an `annotation-batch` event.
    more_annotation_batch: MoreAnnotationBatchFacts = "annotation-batch";
    /// More facts of a `data-handling` event.
    more_data_handling: MoreDataHandlingFacts = "data-handling";
    /// More facts of an `account` event.
    more_account: MoreAccountFacts = "account";
}
