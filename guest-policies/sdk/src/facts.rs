//! The facts that a policy reads, as the contract names them. Every field is optional, and absent means unknown.

pub use crate::bindings::specialis::policy::context::{
    AgreementFacts, GeneralFacts, ModelFacts, MoreProviderFacts, MoreServiceFacts, MoreSubjectFacts, ProviderFacts,
    ServiceFacts, StandingFacts, SubjectFacts, TenantFacts,
};
pub use crate::bindings::specialis::policy::event::{BriefFacts, MediaFacts as MediumFacts, Part, Signal};
pub use crate::bindings::specialis::policy::facts::{
    AbortFacts, AccountFacts, AnnotationBatchFacts, DataHandlingFacts, LateSignalFacts, MediaFacts, MoreAccountFacts,
    MoreAnnotationBatchFacts, MoreDataHandlingFacts, MorePublicationFacts, MoreTrainingIntakeFacts, OutputFacts,
    Progress, PromptFacts, PublicationFacts, RetrievedFacts, ReviewFacts, ServiceChangeFacts, ToolFacts,
    TrainingIntakeFacts,
};
pub use crate::bindings::specialis::policy::text::{Hit, Speech};
pub use crate::bindings::specialis::policy::types::{
    Approval, Consent, Grade, LabelReading, Licence, Notice, Person, Waiver,
};
