//! From the core's types to the contract's, one to one.

use specialis_core::{
    Age, Approval, Audience, Consent, Date, Grade, IntendedAudience, LabelReading, Licence, Notice, Person, Progress,
    Purpose, SchoolStage, ServiceRole, SubjectRole, TenantRelation, Territory, Waiver, kinds, words,
};

use super::{context, event, facts, types};

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
    )+};
}

/// Records that have the same fields on both sides; a field that one side lacks does not compile.
macro_rules! records {
    ($($core:path => $wit:path { $($field:ident),+ })+) => {$(
        impl Lower for $core {
            type Wit = $wit;

            fn lower(&self) -> $wit {
                $wit { $($field: self.$field.lower()),+ }
            }

            fn n_bytes(&self) -> usize {
                [$(self.$field.n_bytes()),+].into_iter().sum()
            }
        }
    )+};
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

records! {
    Licence => types::Licence { number, category, holder, expires }
    Consent => types::Consent { scope, given_by, on }
    Grade => types::Grade { scheme, grade, by, on }
    Approval => types::Approval { kind, number, by, on }
    Person => types::Person { name, uses, consents, lists }
    LabelReading => types::LabelReading { verdict, findings, attribute, producer, explicit, explicit_elements, explicit_height_permille, explicit_ms, traces_permille }
    Waiver => types::Waiver { by, on, record_days }
    Notice => types::Notice { authority, number, from, until }
    Progress => facts::Progress { status, received_on, answered_on, refused_because }
}

records! {
    specialis_core::Service => context::ServiceFacts { id, roles, intended_audience, territory, filing_number, algorithm_filing_number, assessment_number, assessed_on, started_on, licences, modalities, shapes_opinion, registered_users, monthly_users, emotional_interaction, plays_relative, published_uses, shows_model, complaint_limit_days, authority_notices, admitted_tools }
    specialis_core::Model => context::ModelFacts { id, version, base_model, base_model_filing_number, filing_number, origin }
    specialis_core::Provider => context::ProviderFacts { id, origin, nature }
    specialis_core::Tenant => context::TenantFacts { id, relation, serves_public }
    specialis_core::Subject => context::SubjectFacts { age, role, school_stage, supervised, consents, territory, identity_verified, older, emergency_contact }
    specialis_core::Agreement => context::AgreementFacts { version, current_version, accepted_on, clauses }
    specialis_core::Standing => context::StandingFacts { consecutive, today, total, current_measure, as_of }
    specialis_core::General => context::GeneralFacts { audience, purpose, grades, minutes_today, minutes_continuous, minors_mode, exam_in_progress }
    kinds::Prompt => facts::PromptFacts { task, open_ended, tool, protected_matches, style_of }
    kinds::Output => facts::OutputFacts { task, imitates, persons, similarity_permille }
    kinds::Retrieved => facts::RetrievedFacts { source_unit, licence }
    kinds::Tool => facts::ToolFacts { name, authorized }
    kinds::Media => facts::MediaFacts { direction, operation, persons, imitates }
    kinds::Publication => facts::PublicationFacts { action, actor, form, licence, source_unit, title, original_title, original_author, editor, approvals, changed_on, themes, fact_check, source_line, fiction_notice, fiction, declared_generated, ai_made, label, waiver, budget_yuan, filing_number, filed_tier, adapts, adaptation_findings, remakes_removed_work, discomforting_scenes, viewer_warning, intended_audience, placement, placement_basis, persons, similarity_permille, similar_to, ai_share_permille, credited, author_verified, publication_number, label_material, correction_published }
    kinds::TrainingIntake => facts::TrainingIntakeFacts { stage, aim, source, licence, collection_record, base_model_filing_number, personal_data, personal_data_basis, consents, sensitive_interaction, rights_cleared, unlawful_permille, sampled_items, passed_permille, machine_checked_permille }
    kinds::AnnotationBatch => facts::AnnotationBatchFacts { rules_version, aim, sampled_permille, accuracy_permille, labeller, reviewer, trained_on, stored_apart }
    kinds::DataHandling => facts::DataHandlingFacts { operation, subject_matter, purpose, needed, retained_days, retention_limit_days, identifying, recipient, basis, requested_days_ago, incident_grade, minutes_since, access_approved }
    kinds::Account => facts::AccountFacts { operation, breach_category, breach_review, complaint_days, complaint_status, amount_fen, spent_today_fen }
    kinds::ServiceChange => facts::ServiceChangeFacts { change, functions, on, assessment_number, assessed_on, authority, notice_number, notice_on, notice_days, provided }
    kinds::LateSignal => facts::LateSignalFacts { category, score_permille, part, up_to }
    kinds::Review => facts::ReviewFacts { role, outcome, digest }
    kinds::Abort => facts::AbortFacts { cause }
    specialis_core::MediaFacts => event::MediaFacts { media_type, size, duration_ms, width, height, label, tags }
}

/// A record that a later version of the contract added, for facts that the core keeps with those of the first.
pub(super) trait More<Wit> {
    fn more(&self) -> Wit;
}

/// The facts that a later version added.
pub(super) fn more<Core: More<Wit>, Wit>(record: &Core) -> Wit {
    record.more()
}

impl<T: More<Wit>, Wit> More<Wit> for Box<T> {
    fn more(&self) -> Wit {
        (**self).more()
    }
}

macro_rules! more_records {
    ($($core:path => $wit:path { $($field:ident),+ })+) => {$(
        impl More<$wit> for $core {
            fn more(&self) -> $wit {
                $wit { $($field: self.$field.lower()),+ }
            }
        }
    )+};
}

more_records! {
    specialis_core::Service => context::MoreServiceFacts { shows_algorithm_number, request_limit_days, report_authority }
    specialis_core::Provider => context::MoreProviderFacts { foreign_invested, foreign_investment_number }
    specialis_core::Subject => context::MoreSubjectFacts { registered }
    kinds::Publication => facts::MorePublicationFacts { outlet }
    kinds::TrainingIntake => facts::MoreTrainingIntakeFacts { unlawful_items, passed_items, corpus_items, machine_checked_items, sensitive_data, children_data }
    kinds::AnnotationBatch => facts::MoreAnnotationBatchFacts { batch_items, sampled_items, accurate_items }
    kinds::DataHandling => facts::MoreDataHandlingFacts { request, needed_days, entrusted_under, keep_until }
    kinds::Account => facts::MoreAccountFacts { complaint }
}
