//! The contract that policies are built against, and its versions.

/// The package of the contract.
pub const WIT_PACKAGE: &str = "specialis:policy";
/// The newest version of the contract.
pub const WIT_VERSION: &str = WitVersion::NEWEST.as_str();

/// The versions of the contract that a host serves side by side.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[non_exhaustive]
pub enum WitVersion {
    /// `wit/since-v0.1.0`, without what came later.
    V0_1_0,
    /// `wit/since-v0.1.0`, with what is marked `@since(version = 0.1.1)`.
    V0_1_1,
}

impl WitVersion {
    /// All of them, oldest first. A new one gets its line here and, once it is released, a frozen guest in `tests/abi`.
    pub const ALL: &'static [Self] = &[Self::V0_1_0, Self::V0_1_1];
    /// The newest.
    pub const NEWEST: Self = Self::V0_1_1;
    /// The newest that nothing is added to any more.
    pub const RELEASED: Self = Self::V0_1_1;

    /// As imports write it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::V0_1_0 => "0.1.0",
            Self::V0_1_1 => "0.1.1",
        }
    }

    /// The version, among those that a host serves, that a name in an import stands for.
    pub(crate) fn parse(name: &str, served: &[Self]) -> Result<Self, Unserved> {
        if let Some(found) = served.iter().find(|one| one.as_str() == name) {
            return Ok(*found);
        }
        let newest = served.iter().max().map_or("", |newest| newest.as_str());
        let [asked, newest] = [name, newest].map(semver::Version::parse);
        let is_newer = matches!((asked, newest), (Ok(asked), Ok(newest)) if asked > newest);
        Err(if is_newer { Unserved::Newer } else { Unserved::Unknown })
    }
}

/// Why a version is not served.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Unserved {
    /// It is newer than all that are.
    Newer,
    /// It is older than all that are, or no version.
    Unknown,
}

/// The interfaces that a policy may import.
pub(crate) const INTERFACES: [&str; 7] = ["types", "context", "event", "facts", "text", "settings", "log"];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_are_compared_as_versions() {
        for version in WitVersion::ALL {
            assert_eq!(WitVersion::parse(version.as_str(), WitVersion::ALL), Ok(*version));
        }
        for newer in ["0.1.2", "0.1.10", "0.2.0", "1.0.0"] {
            assert_eq!(WitVersion::parse(newer, WitVersion::ALL), Err(Unserved::Newer), "{newer}");
        }
        for unknown in ["0.0.9", "0.1", "0.1.0-draft", "", "latest"] {
            assert_eq!(WitVersion::parse(unknown, WitVersion::ALL), Err(Unserved::Unknown), "{unknown}");
        }
    }

    #[test]
    fn a_host_of_an_older_version_calls_a_later_one_newer() {
        let old = [WitVersion::V0_1_0];
        assert_eq!(WitVersion::parse("0.1.0", &old), Ok(WitVersion::V0_1_0));
        assert_eq!(WitVersion::parse("0.1.1", &old), Err(Unserved::Newer));
    }
}
