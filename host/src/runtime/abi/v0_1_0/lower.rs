//! From the core's types to the contract's, one to one.

use specialis_core::{
    Age, Approval, Audience, Consent, Date, Grade, IntendedAudience, LabelReading, Licence, Notice, Person, Progress,
    Purpose, SchoolStage, SectorValue, ServiceRole, SubjectRole, TenantRelation, Territory, Waiver, kinds, words,
};

use super::{context, event, facts, text, types};
use crate::runtime::abi::value::{Writer, Written, write_record};

/// What can be handed to a guest.
pub(super) trait Lower {
    /// The contract's type.
    type Wit;

    fn lower(&self) -> Self::Wit;

    /// How many bytes that hands over, lists and strings included.
    fn n_bytes(&self) -> usize {
        size_of::<Self::Wit>()
    }
}

macro_rules! as_is {
    ($($ty:ty),+) => {$(
        impl Lower for $ty {
            type Wit = $ty;

            fn lower(&self) -> $ty {
                self.clone()
            }
        }
    )+};
}

macro_rules! as_word {
    ($($ty:ty),+ $(,)?) => {$(
        impl Lower for $ty {
            type Wit = String;

            fn lower(&self) -> String {
                self.as_str().to_owned()
            }
        }

        impl Written for $ty {
            fn write(&self, to: &mut Writer) {
                self.as_str().write(to);
            }
        }
    )+};
}

/// A record of the core that has the fields of a record of the contract. A field that one side lacks does not compile.
macro_rules! record {
    ($core:path => $wit:path { $($field:ident),+ $(,)? }) => {
        impl Lower for $core {
            type Wit = $wit;

            fn lower(&self) -> $wit {
                $wit { $($field: self.$field.lower()),+ }
            }

            fn n_bytes(&self) -> usize {
                [$(self.$field.n_bytes()),+].into_iter().sum()
            }
        }

        impl Written for $core {
            fn write(&self, to: &mut Writer) {
                write_record!(to, self { $($field),+ });
            }
        }
    };
}

/// A record that a later version added: facts that the core keeps with those of the first.
macro_rules! more_record {
    ($core:path => $wit:path { $($field:ident),+ $(,)? }) => {
        impl More<$wit> for $core {
            fn more(&self) -> $wit {
                $wit { $($field: self.$field.lower()),+ }
            }

            fn n_more_bytes(&self) -> usize {
                [$(self.$field.n_bytes()),+].into_iter().sum()
            }
        }

        impl WrittenMore for $core {
            fn write_more(&self, to: &mut Writer) {
                write_record!(to, self { $($field),+ });
            }
        }
    };
}

/// A record that the host makes for one call, or a guest for its answer.
macro_rules! own_record {
    ($wit:path { $($field:ident),+ $(,)? }) => {
        impl Written for $wit {
            fn write(&self, to: &mut Writer) {
                write_record!(to, self { $($field),+ });
            }
        }
    };
}

impl Lower for String {
    type Wit = Self;

    fn lower(&self) -> Self {
        self.clone()
    }

    fn n_bytes(&self) -> usize {
        size_of::<Self>() + self.len()
    }
}

as_is!(bool, u32, u64);
as_word!(
    Age,
    Audience,
    IntendedAudience,
    Purpose,
    SchoolStage,
    ServiceRole,
    SubjectRole,
    TenantRelation,
    Territory,
    specialis_core::LabelVerdict,
    specialis_core::ProgressStatus,
    words::Outlet,
    words::Direction,
    words::MediaOperation,
    words::Imitated,
    words::PublicationAction,
    words::Actor,
    words::Form,
    words::Theme,
    words::CheckOutcome,
    words::FiledTier,
    words::Adapted,
    words::AdaptationFinding,
    words::Placement,
    words::PlacementBasis,
    words::Credited,
    words::IntakeStage,
    words::IntakeAim,
    words::PersonalDataBasis,
    words::AnnotationAim,
    words::HandlingOperation,
    words::HandlingBasis,
    words::IncidentGrade,
    words::AccountOperation,
    words::ComplaintStatus,
    words::Change,
    words::Provided,
    words::ReviewRole,
    words::ReviewOutcome,
    words::AbortCause,
    words::ProviderNature,
    words::StandingMeasure,
    words::GivenBy,
    words::PersonUse,
    words::Medium,
);

impl<T: Lower> Lower for Option<T> {
    type Wit = Option<T::Wit>;

    fn lower(&self) -> Self::Wit {
        self.as_ref().map(Lower::lower)
    }

    fn n_bytes(&self) -> usize {
        self.as_ref().map_or(0, Lower::n_bytes)
    }
}

impl<T: Lower> Lower for Vec<T> {
    type Wit = Vec<T::Wit>;

    fn lower(&self) -> Self::Wit {
        self.iter().map(Lower::lower).collect()
    }

    fn n_bytes(&self) -> usize {
        size_of::<Self::Wit>() + self.iter().map(Lower::n_bytes).sum::<usize>()
    }
}

impl Lower for Date {
    type Wit = types::Date;

    fn lower(&self) -> types::Date {
        types::Date { year: self.year(), month: self.month(), day: self.day() }
    }
}

impl Lower for SectorValue {
    type Wit = types::SectorValue;

    fn lower(&self) -> types::SectorValue {
        match self {
            Self::Flag(flag) => types::SectorValue::Flag(*flag),
            Self::Number(number) => types::SectorValue::Number(*number),
            Self::Day(day) => types::SectorValue::Day(day.lower()),
            Self::Text(text) => types::SectorValue::Text(text.clone()),
            Self::Texts(texts) => types::SectorValue::Texts(texts.clone()),
        }
    }

    fn n_bytes(&self) -> usize {
        let more = match self {
            Self::Flag(_) | Self::Number(_) | Self::Day(_) => 0,
            Self::Text(text) => text.len(),
            Self::Texts(texts) => texts.n_bytes(),
        };
        size_of::<types::SectorValue>().saturating_add(more)
    }
}

impl Written for types::SectorValue {
    fn write(&self, to: &mut Writer) {
        let (place, value): (u32, &dyn Written) = match self {
            Self::Flag(flag) => (0, flag),
            Self::Number(number) => (1, number),
            Self::Day(day) => (2, day),
            Self::Text(text) => (3, text),
            Self::Texts(texts) => (4, texts),
        };
        to.case(place, true);
        value.write(to);
    }
}

/// What each record of the contract is in the core.
macro_rules! records {
    ($($interface:ident $record:ident $fields:tt)+) => { $(records!(@ $record $interface $fields);)+ };

    (@ AgreementFacts context $fields:tt) => { record!(specialis_core::Agreement => context::AgreementFacts $fields); };
    (@ GeneralFacts context $fields:tt) => { record!(specialis_core::General => context::GeneralFacts $fields); };
    (@ ModelFacts context $fields:tt) => { record!(specialis_core::Model => context::ModelFacts $fields); };
    (@ ProviderFacts context $fields:tt) => { record!(specialis_core::Provider => context::ProviderFacts $fields); };
    (@ ServiceFacts context $fields:tt) => { record!(specialis_core::Service => context::ServiceFacts $fields); };
    (@ StandingFacts context $fields:tt) => { record!(specialis_core::Standing => context::StandingFacts $fields); };
    (@ SubjectFacts context $fields:tt) => { record!(specialis_core::Subject => context::SubjectFacts $fields); };
    (@ TenantFacts context $fields:tt) => { record!(specialis_core::Tenant => context::TenantFacts $fields); };

    (@ AbortFacts facts $fields:tt) => { record!(kinds::Abort => facts::AbortFacts $fields); };
    (@ AccountFacts facts $fields:tt) => { record!(kinds::Account => facts::AccountFacts $fields); };
    (@ AnnotationBatchFacts facts $fields:tt) => { record!(kinds::AnnotationBatch => facts::AnnotationBatchFacts $fields); };
    (@ DataHandlingFacts facts $fields:tt) => { record!(kinds::DataHandling => facts::DataHandlingFacts $fields); };
    (@ LateSignalFacts facts $fields:tt) => { record!(kinds::LateSignal => facts::LateSignalFacts $fields); };
    (@ MediaFacts facts $fields:tt) => { record!(kinds::Media => facts::MediaFacts $fields); };
    (@ OutputFacts facts $fields:tt) => { record!(kinds::Output => facts::OutputFacts $fields); };
    (@ Progress facts $fields:tt) => { record!(Progress => facts::Progress $fields); };
    (@ PromptFacts facts $fields:tt) => { record!(kinds::Prompt => facts::PromptFacts $fields); };
    (@ PublicationFacts facts $fields:tt) => { record!(kinds::Publication => facts::PublicationFacts $fields); };
    (@ RetrievedFacts facts $fields:tt) => { record!(kinds::Retrieved => facts::RetrievedFacts $fields); };
    (@ ReviewFacts facts $fields:tt) => { record!(kinds::Review => facts::ReviewFacts $fields); };
    (@ ServiceChangeFacts facts $fields:tt) => { record!(kinds::ServiceChange => facts::ServiceChangeFacts $fields); };
    (@ ToolFacts facts $fields:tt) => { record!(kinds::Tool => facts::ToolFacts $fields); };
    (@ TrainingIntakeFacts facts $fields:tt) => { record!(kinds::TrainingIntake => facts::TrainingIntakeFacts $fields); };

    (@ MoreProviderFacts context $fields:tt) => { more_record!(specialis_core::Provider => context::MoreProviderFacts $fields); };
    (@ MoreServiceFacts context $fields:tt) => { more_record!(specialis_core::Service => context::MoreServiceFacts $fields); };
    (@ MoreSubjectFacts context $fields:tt) => { more_record!(specialis_core::Subject => context::MoreSubjectFacts $fields); };
    (@ MoreAccountFacts facts $fields:tt) => { more_record!(kinds::Account => facts::MoreAccountFacts $fields); };
    (@ MoreAnnotationBatchFacts facts $fields:tt) => {
        more_record!(kinds::AnnotationBatch => facts::MoreAnnotationBatchFacts $fields);
    };
    (@ MoreDataHandlingFacts facts $fields:tt) => { more_record!(kinds::DataHandling => facts::MoreDataHandlingFacts $fields); };
    (@ MorePublicationFacts facts $fields:tt) => { more_record!(kinds::Publication => facts::MorePublicationFacts $fields); };
    (@ MoreTrainingIntakeFacts facts $fields:tt) => {
        more_record!(kinds::TrainingIntake => facts::MoreTrainingIntakeFacts $fields);
    };

    (@ MediaFacts event $fields:tt) => {
        record!(specialis_core::MediaFacts => event::MediaFacts $fields);
        own_record!(event::MediaFacts $fields);
    };
    (@ Approval types $fields:tt) => { record!(Approval => types::Approval $fields); };
    (@ Consent types $fields:tt) => { record!(Consent => types::Consent $fields); };
    (@ Grade types $fields:tt) => { record!(Grade => types::Grade $fields); };
    (@ LabelReading types $fields:tt) => {
        record!(LabelReading => types::LabelReading $fields);
        own_record!(types::LabelReading $fields);
    };
    (@ Licence types $fields:tt) => { record!(Licence => types::Licence $fields); };
    (@ Notice types $fields:tt) => { record!(Notice => types::Notice $fields); };
    (@ Person types $fields:tt) => { record!(Person => types::Person $fields); };
    (@ Waiver types $fields:tt) => { record!(Waiver => types::Waiver $fields); };

    (@ BriefFacts event $fields:tt) => { own_record!(event::BriefFacts $fields); };
    (@ Part event $fields:tt) => { own_record!(event::Part $fields); };
    (@ Signal event $fields:tt) => { own_record!(event::Signal $fields); };
    (@ Hit text $fields:tt) => { own_record!(text::Hit $fields); };
    (@ Speech text $fields:tt) => { own_record!(text::Speech $fields); };
    (@ Citation types $fields:tt) => { own_record!(types::Citation $fields); };
    (@ Date types $fields:tt) => { own_record!(types::Date $fields); };
    (@ Demand types $fields:tt) => { own_record!(types::Demand $fields); };
    (@ Extra types $fields:tt) => { own_record!(types::Extra $fields); };
    (@ Finding types $fields:tt) => { own_record!(types::Finding $fields); };
    (@ Measure types $fields:tt) => { own_record!(types::Measure $fields); };
    (@ Param types $fields:tt) => { own_record!(types::Param $fields); };
    (@ SectorFact types $fields:tt) => { own_record!(types::SectorFact $fields); };
    (@ Span types $fields:tt) => { own_record!(types::Span $fields); };
    // The findings are handed over alone: the state stays a value of its own.
    (@ Outcome types $fields:tt) => {};
}

include!(concat!(env!("CARGO_MANIFEST_DIR"), "/wit/since-v0.1.0/records.rs"));
contract_records!(records);

/// A record that a later version of the contract added, for facts that the core keeps with those of the first.
pub(super) trait More<Wit> {
    fn more(&self) -> Wit;

    /// How many bytes that hands over, lists and strings included.
    fn n_more_bytes(&self) -> usize;
}

/// The facts that a later version added.
pub(super) fn more<Core: More<Wit>, Wit>(record: &Core) -> Wit {
    record.more()
}

/// The same as bytes.
pub(super) trait WrittenMore {
    fn write_more(&self, to: &mut Writer);
}

impl<T: More<Wit>, Wit> More<Wit> for Box<T> {
    fn more(&self) -> Wit {
        (**self).more()
    }

    fn n_more_bytes(&self) -> usize {
        (**self).n_more_bytes()
    }
}

impl<T: WrittenMore> WrittenMore for Box<T> {
    fn write_more(&self, to: &mut Writer) {
        (**self).write_more(to);
    }
}
