//! What can be wrong with a policy's file.

/// Why a file is not a policy that can be loaded.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum BundleError {
    /// The bytes are no component.
    #[error(
        "not a whole WebAssembly component ({reason}); fetch the file again, or build the policy and pack it with `specialis policy pack`"
    )]
    NotAComponent {
        /// What the parser said.
        reason: String,
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
    /// A section's text is not UTF-8.
    #[error("the custom section `{name}` is not UTF-8 from byte {at} on; save the file as UTF-8 and pack again")]
    NotUtf8 {
        /// The section's name.
        name: String,
        /// The first bad byte.
        at: usize,
    },
    /// The manifest cannot be read.
    #[error("`policy.toml`: {reason}")]
    Manifest {
        /// What is wrong, with line and column where known.
        reason: String,
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
    /// The section with the signatures is not what it should be.
    #[error("signatures: {reason}")]
    Signatures {
        /// What is wrong and what to do.
        reason: String,
    },
    /// An export that the contract asks for is not there.
    #[error("it does not export `{export}`; implement the trait `Policy` and call the export macro")]
    MissingExport {
        /// The export's name.
        export: &'static str,
    },
    /// Vectors cannot be read.
    #[error("vectors `{name}`: {reason}")]
    Vectors {
        /// The section or file.
        name: String,
        /// What is wrong.
        reason: String,
    },
}

use crate::bundle::{WIT_PACKAGE, WIT_VERSION};
