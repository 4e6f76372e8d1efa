//! What can be wrong with a policy's file.
//!
//! Each message says what is wrong at its own level. The cause is its source, and is not repeated in the message.

use specialis_core::IdError;

use crate::EnvelopeError;
use crate::wit::{WIT_PACKAGE, WIT_VERSION};

/// Why a file is not a policy that can be loaded.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum BundleError {
    /// The bytes are no component.
    #[error(
        "it is not a whole WebAssembly component; fetch the file again, or build the policy and pack it with `specialis policy pack`"
    )]
    NotAComponent {
        /// What it is instead.
        #[source]
        source: ComponentProblem,
    },
    /// A custom section that must be there is not.
    #[error("the custom section `{name}` is missing; pack the policy from its folder")]
    MissingSection {
        /// The section's name.
        name: String,
    },
    /// A custom section stands twice.
    #[error("the custom section `{name}` stands twice; pack the policy again from its folder")]
    DuplicateSection {
        /// The section's name.
        name: String,
    },
    /// The name of a lexicon or of vectors is not one.
    #[error("a custom section `{section}` has a name that is none; name the file otherwise and pack the policy again")]
    SectionName {
        /// What kind of section.
        section: &'static str,
        /// What is wrong with its name.
        #[source]
        source: IdError,
    },
    /// A section's text is not UTF-8.
    #[error("the custom section `{name}` is not UTF-8 from byte {at} on; save the file as UTF-8 and pack again")]
    NotUtf8 {
        /// The section's name.
        name: String,
        /// The first bad byte.
        at: usize,
    },
    /// The manifest cannot be read.
    #[error("`policy.toml` cannot be read")]
    Manifest {
        /// What is wrong, with line and column where known.
        #[source]
        source: Box<toml::de::Error>,
    },
    /// The manifest contradicts itself or the registries.
    #[error("`policy.toml`: {reason}")]
    Contradiction {
        /// What is wrong and what to do.
        reason: String,
    },
    /// An import that the contract does not offer.
    #[error("it imports `{import}`, which no policy may; {way_out}")]
    ForeignImport {
        /// The import's name.
        import: String,
        /// How to get rid of it.
        way_out: String,
    },
    /// Built against another version of the contract.
    #[error(
        "it was built against `{import}`; this host serves {WIT_PACKAGE}@{WIT_VERSION}, build it with the matching SDK"
    )]
    WitVersion {
        /// The import or export that shows it.
        import: String,
    },
    /// Built against a version of the contract that is newer than all that are served.
    #[error(
        "it needs `{import}`; this host serves {WIT_PACKAGE} up to {WIT_VERSION}, update the host or build it with the SDK of \
         {WIT_VERSION}"
    )]
    NewerWit {
        /// The import that shows it.
        import: String,
    },
    /// The section with the signatures is not what it should be.
    #[error(transparent)]
    Signatures(#[from] SignatureProblem),
    /// An export that the contract asks for is not there.
    #[error("it does not export `{export}`; implement the trait `Policy` and call the export macro")]
    MissingExport {
        /// The export's name.
        export: &'static str,
    },
    /// Vectors cannot be read.
    #[error("the vectors `{name}` cannot be read")]
    Vectors {
        /// The section or file.
        name: String,
        /// What is wrong.
        #[source]
        source: VectorProblem,
    },
}

/// What a file is instead of a component.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ComponentProblem {
    /// A core module.
    #[error("it is a core module")]
    CoreModule,
    /// No WebAssembly at all.
    #[error("it is not WebAssembly")]
    NotWasm,
    /// A damaged or cut file.
    #[error("{message} at byte {at}")]
    Broken {
        /// What the parser says.
        message: String,
        /// Where it stopped.
        at: usize,
    },
}

/// What is wrong with the signatures of a file.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SignatureProblem {
    /// The section cannot be read.
    #[error("the section with the signatures cannot be read; sign again")]
    Unreadable {
        /// What the parser says.
        #[source]
        source: serde_json::Error,
    },
    /// An envelope cannot be used.
    #[error(transparent)]
    Envelope(#[from] EnvelopeError),
    /// A signature is for another policy or version.
    #[error("a signature is for `{signed}`, the file is `{found}`; sign this file")]
    OtherPolicy {
        /// The policy and version that were signed.
        signed: String,
        /// The policy and version of the file.
        found: String,
    },
    /// A signature stands on other bytes.
    #[error("a signature stands on other bytes than these; something was changed after signing")]
    OtherBytes,
    /// The section is not last, or not in the one form that it has.
    #[error("the section is not last, or not as `policy sign` writes it; sign again")]
    NotCanonical,
}

/// What is wrong with a file of vectors.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum VectorProblem {
    /// It is not the TOML of vectors.
    #[error(transparent)]
    Toml(Box<toml::de::Error>),
    /// A row cannot be used.
    #[error("row `{row}`: {reason}")]
    Row {
        /// The row's name.
        row: String,
        /// What is wrong and what to do.
        reason: String,
    },
}
