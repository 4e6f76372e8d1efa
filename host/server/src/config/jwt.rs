//! Identity providers whose tokens count.

use std::collections::BTreeMap;
use std::path::PathBuf;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use specialis::core::SourceId;

use super::token::Area;

/// An identity provider. A token of it has a signature by a key of its set, names this issuer and audience, and has an end.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct JwtConfig {
    /// What stands in `iss`.
    pub issuer: String,
    /// What stands in `aud`: the name of this server there.
    pub audience: String,
    /// A file with the set of keys (JWKS). It is read again with the configuration.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub keys_file: Option<PathBuf>,
    /// The address of the set of keys, in place of a file. It is fetched at the start, every five minutes, and where a token names a key
    /// that is not known yet.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub keys_url: Option<String>,
    /// The tenant of all its tokens.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tenant: Option<String>,
    /// The claim that names the tenant, in place of `tenant`. A token without it, or with a tenant that is not there, is refused.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tenant_claim: Option<String>,
    /// What its tokens may be used for; everything but the console where absent.
    #[serde(default = "Area::all")]
    pub areas: Vec<Area>,
    /// The sources whose facts count where a caller with its token asserts them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub sources: Vec<SourceId>,
    /// Claims that carry facts, by the path of the fact, such as `subject.age = "age_group"`; a JSON pointer such as `/profile/age`
    /// reaches inside. They are asserted under the source `platform`. The path `pseudonym` is the user.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub claims: BTreeMap<String, String>,
}
