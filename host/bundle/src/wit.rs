//! The contract that policies are built against, and its versions.

/// The package of the contract.
pub const WIT_PACKAGE: &str = "specialis:policy";
/// The newest version of the contract.
pub const WIT_VERSION: &str = WitVersion::NEWEST.as_str();

/// The versions of the contract that a host serves side by side.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[non_exhaustive]
pub enum WitVersion {
    /// `wit/since-v0.1.0`.
    V0_1_0,
}

impl WitVersion {
    /// All of them, oldest first. A new one gets its line here, an adapter in the host, and a frozen guest in `tests/abi`.
    pub const ALL: &'static [Self] = &[Self::V0_1_0];
    /// The newest.
    pub const NEWEST: Self = Self::V0_1_0;

    /// As imports write it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::V0_1_0 => "0.1.0",
        }
    }
}

/// The interfaces that a policy may import.
pub(crate) const INTERFACES: [&str; 7] = ["types", "context", "event", "facts", "text", "settings", "log"];
