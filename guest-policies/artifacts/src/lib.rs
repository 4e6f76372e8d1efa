//! The compiled policies of this repository and its registries, embedded: the defaults of the command line and the
//! material of the tests. The policies are packed components, the tables are TOML.
//!
//! ```
//! assert_eq!(specialis_artifacts::POLICIES.len(), 7);
//! assert!(specialis_artifacts::TRUST.contains("[signers]"));
//! ```

include!(concat!(env!("OUT_DIR"), "/policies.rs"));

/// The interpreter of policies that are tables: a component without a manifest. `policy build` puts rows and manifest beside it.
pub const TABLE: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/table.component.wasm"));

/// The four registries as one TOML document with the tables `duties`, `instruments`, `categories` and `measures`.
pub const REGISTRY: &str = include_str!(concat!(env!("OUT_DIR"), "/registry.toml"));

/// The built-in trust policy, with the digests of [`POLICIES`] as those of the signer `specialis`.
pub const TRUST: &str = include_str!(concat!(env!("OUT_DIR"), "/trust.toml"));

/// The built-in profile. It knows nothing of users and providers: what a session does not say stays unknown.
pub const PROFILE: &str = include_str!("../../registry/profile.toml");

/// The built-in profile for heaps of bare texts: beside what [`PROFILE`] says, an adult who accepted the agreement of a service
/// of the mainland.
pub const TEXTS: &str = include_str!("../../registry/texts.toml");

/// The presets of `specialis profile new`: kinds of services, what the law asks of each, and examples.
pub const SERVICES: &str = include_str!("../../registry/services.toml");
