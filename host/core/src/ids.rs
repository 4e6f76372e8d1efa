//! Identifiers: one type for each kind of name, cheap to clone.

use std::borrow::Borrow;
use std::fmt;
use std::sync::Arc;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

macro_rules! ids {
    ($($(#[$doc:meta])* $name:ident),+ $(,)?) => {$(
        $(#[$doc])*
        #[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
        #[serde(transparent)]
        pub struct $name(Arc<str>);

        impl $name {
            /// The identifier as text.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl From<&str> for $name {
            fn from(text: &str) -> Self {
                Self(Arc::from(text))
            }
        }

        impl From<String> for $name {
            fn from(text: String) -> Self {
                Self(Arc::from(text))
            }
        }

        impl Borrow<str> for $name {
            fn borrow(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, "{:?}", &self.0)
            }
        }
    )+};
}

ids! {
    /// A duty of the registry, such as `im.art9.agreement`.
    DutyId,
    /// A policy, such as `news`.
    PolicyId,
    /// A rule inside a policy, such as `N1`.
    RuleId,
    /// A sector tag, such as `film`.
    SectorId,
    /// A legal instrument of the registry, such as `IM`.
    InstrumentId,
    /// A category of hits, detections and signals, such as `a1.violence`.
    CategoryId,
    /// A measure of the registry, such as `label-explicit`.
    MeasureId,
    /// A reason that a policy's manifest declares in both languages.
    ReasonId,
    /// A text that a policy's manifest declares in both languages.
    TextKey,
    /// Who asserts a fact, such as `platform` or `id-check`.
    SourceId,
    /// Who answers for a policy: a name that the trust policy gives to keys and to digests of files.
    SignerId,
    /// A model that scores text, such as `built-in`.
    ScorerId,
    /// A session, as the platform names it.
    SessionId,
}
