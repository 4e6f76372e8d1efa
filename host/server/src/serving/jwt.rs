//! Tokens of an identity provider: signed by a key of its set, for this server, in time; claims are facts as the configuration maps
//! them. Which keys there are stands in a file, or behind an address that is asked again and again.

mod keys;
mod verify;

use std::collections::HashMap;
use std::sync::Arc;

use jsonwebtoken::errors::{Error, ErrorKind};
use jsonwebtoken::jwk::JwkSet;
use jsonwebtoken::{Algorithm, DecodingKey, Validation, decode, decode_header};
use serde_json::{Map, Value};
use specialis::core::Context;

use super::caller::{Caller, Entry};
use super::error::ServeError;
use super::facts::facts_of;
use super::file::read;
use super::problem::Problem;
use crate::config::{Config, JwtConfig};
pub(crate) use keys::KeySets;

/// The signatures that count: those whose key nobody needs who verifies.
const SIGNATURES: [Algorithm; 9] = [
    Algorithm::RS256,
    Algorithm::RS384,
    Algorithm::RS512,
    Algorithm::PS256,
    Algorithm::PS384,
    Algorithm::PS512,
    Algorithm::ES256,
    Algorithm::ES384,
    Algorithm::EdDSA,
];
/// The most bytes of a set of keys.
const MAX_KEYS: u64 = 1 << 20;
/// The path under which a claim is the pseudonym of the user.
const PSEUDONYM: &str = "pseudonym";

/// The claims of a token.
type Claims = Map<String, Value>;

/// One identity provider.
pub(super) struct Issuer {
    config: JwtConfig,
    /// Keys from a file.
    keys: Option<Arc<JwkSet>>,
    /// Who calls, by tenant.
    by_tenant: HashMap<String, Arc<Entry>>,
    /// Who calls where no claim names a tenant.
    entry: Arc<Entry>,
}

impl Issuer {
    /// Makes the configuration of one usable.
    ///
    /// # Errors
    /// Where its keys cannot be read.
    pub(super) fn new(jwt: &JwtConfig, config: &Config) -> Result<Self, ServeError> {
        verify::install();
        let keys = jwt.keys_file.as_deref().map(|file| {
            let failed = |source| ServeError::Key { name: "jwt.keys-file", file: file.display().to_string(), source };
            let bytes = read(file, MAX_KEYS).map_err(failed)?;
            let keys = serde_json::from_slice::<JwkSet>(&bytes);
            keys.map(Arc::new).map_err(|error| failed(std::io::Error::other(error)))
        });
        let tenants =
            config.tenants.iter().map(|tenant| (tenant.0.clone(), Arc::new(Entry::of_issuer(jwt, Some(tenant)))));
        let own = jwt.tenant.as_ref().and_then(|id| config.tenants.get_key_value(id));
        Ok(Self {
            config: jwt.clone(),
            keys: keys.transpose()?,
            by_tenant: tenants.collect(),
            entry: Arc::new(Entry::of_issuer(jwt, own)),
        })
    }

    /// The keys that are known now.
    fn keys(&self, sets: &KeySets) -> Option<Arc<JwkSet>> {
        self.keys.clone().or_else(|| sets.of(self.config.keys_url.as_deref()?))
    }

    /// Verifies a token; its claims.
    fn verify(&self, token: &str, keys: &JwkSet) -> Result<Claims, Refusal> {
        let header = decode_header(token).map_err(|_| Refusal::Unreadable)?;
        if !SIGNATURES.contains(&header.alg) {
            return Err(Refusal::Signature);
        }
        let key = match (&header.kid, keys.keys.as_slice()) {
            (Some(kid), _) => keys.find(kid),
            (None, [only]) => Some(only),
            (None, _) => None,
        };
        let key = key.ok_or(Refusal::UnknownKey)?;
        let key = DecodingKey::from_jwk(key).map_err(|_| Refusal::Signature)?;
        let mut validation = Validation::new(header.alg);
        validation.set_issuer(&[&self.config.issuer]);
        validation.set_audience(&[&self.config.audience]);
        validation.set_required_spec_claims(&["exp", "iss", "aud"]);
        validation.validate_nbf = true;
        decode::<Claims>(token, &key, &validation).map(|data| data.claims).map_err(Refusal::from)
    }

    /// Who calls with claims that were verified.
    fn caller(&self, claims: &Claims) -> Result<Caller, Problem> {
        let mut entry = &self.entry;
        if let Some(name) = &self.config.tenant_claim {
            let tenant = claim(claims, name).and_then(Value::as_str).and_then(|tenant| self.by_tenant.get(tenant));
            entry = tenant.ok_or_else(|| Problem::unauthorized("the token names no tenant that is known here"))?;
        }
        let facts = self.config.claims.iter().filter(|(path, _)| *path != PSEUDONYM);
        let facts = facts.filter_map(|(path, name)| Some((path.as_str(), claim(claims, name)?.clone())));
        let mut context = facts_of(facts)?.unwrap_or_default();
        let pseudonym = self.config.claims.get(PSEUDONYM).and_then(|name| claim(claims, name)?.as_str());
        context.pseudonym = pseudonym.map(str::to_owned);
        let has_facts = context != Context::default();
        Ok(Caller::with_claims(entry.clone(), has_facts.then(|| Arc::new(context))))
    }
}

/// A claim by its name, or by a JSON pointer.
fn claim<'a>(claims: &'a Claims, name: &str) -> Option<&'a Value> {
    match name.strip_prefix('/') {
        Some(pointer) => {
            let (first, rest) = pointer.split_once('/').map_or((pointer, None), |(first, rest)| (first, Some(rest)));
            let value = claims.get(first)?;
            rest.map_or(Some(value), |rest| value.pointer(&format!("/{rest}")))
        }
        None => claims.get(name),
    }
}

/// Why a token does not count.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Refusal {
    Unreadable,
    Signature,
    UnknownKey,
    Expired,
    Early,
    Elsewhere,
}

impl From<Error> for Refusal {
    #[expect(clippy::wildcard_enum_match_arm, reason = "whatever else is wrong, the token does not count")]
    fn from(error: Error) -> Self {
        match error.kind() {
            ErrorKind::ExpiredSignature => Self::Expired,
            ErrorKind::ImmatureSignature => Self::Early,
            ErrorKind::InvalidIssuer | ErrorKind::InvalidAudience | ErrorKind::MissingRequiredClaim(_) => {
                Self::Elsewhere
            }
            _ => Self::Signature,
        }
    }
}

impl Refusal {
    fn problem(self) -> Problem {
        Problem::unauthorized(match self {
            Self::Unreadable => "the token cannot be read; get a new one",
            Self::Signature => "the signature of the token does not count here; get a token of a configured issuer",
            Self::UnknownKey => "the key of the token is not known yet; ask again in a few seconds",
            Self::Expired => "the token has expired; get a new one",
            Self::Early => "the token does not count yet; check the clocks",
            Self::Elsewhere => {
                "the token is not for this server: its issuer or audience is another one, or it has no end"
            }
        })
    }
}

/// Who calls with a token of some identity provider.
///
/// # Errors
/// Where no provider's token it is, or it does not count.
pub(super) fn caller(issuers: &[Issuer], sets: &KeySets, token: &str) -> Result<Caller, Problem> {
    let mut refusal = Refusal::UnknownKey;
    for issuer in issuers {
        let Some(keys) = issuer.keys(sets) else { continue };
        match issuer.verify(token, &keys) {
            Ok(claims) => return issuer.caller(&claims),
            // Another provider may have the key, or the name.
            Err(Refusal::UnknownKey) => {}
            Err(other) => refusal = other,
        }
    }
    if refusal == Refusal::UnknownKey {
        sets.look_again();
    }
    Err(refusal.problem())
}

/// Whether a token has the form of one that an identity provider signed.
pub(super) fn is_signed(token: &str) -> bool {
    token.split('.').count() == 3
}

#[cfg(test)]
mod tests {
    use hyper::HeaderMap;
    use jsonwebtoken::{EncodingKey, Header, encode};
    use ring::signature::{Ed25519KeyPair, KeyPair};
    use serde_json::json;
    use specialis::core::{Age, Date};

    use super::super::facts::context_of;
    use super::super::settings::Settings;
    use super::*;
    use crate::config::Area;

    struct Provider {
        pair: Vec<u8>,
        folder: tempfile::TempDir,
    }

    impl Provider {
        fn new(kid: &str) -> Self {
            let pair = Ed25519KeyPair::generate_pkcs8(&ring::rand::SystemRandom::new()).unwrap();
            let public = Ed25519KeyPair::from_pkcs8(pair.as_ref()).unwrap();
            let x = data_encoding::BASE64URL_NOPAD.encode(public.public_key().as_ref());
            let keys = json!({ "keys": [{ "kty": "OKP", "crv": "Ed25519", "kid": kid, "use": "sig", "x": x }] });
            let folder = tempfile::tempdir().unwrap();
            std::fs::write(folder.path().join("keys.json"), keys.to_string()).unwrap();
            Self { pair: pair.as_ref().to_vec(), folder }
        }

        fn settings(&self, more: &str) -> Settings {
            let file = self.folder.path().join("keys.json");
            let text = format!(
                "[[jwt]]\nissuer = \"https://id.example\"\naudience = \"specialis\"\nkeys-file = \"{}\"\n{more}",
                file.display()
            );
            Settings::new(Config::parse(&text).unwrap()).unwrap()
        }

        fn token(&self, kid: &str, claims: &Value) -> String {
            verify::install();
            let header = Header { kid: Some(kid.to_owned()), ..Header::new(Algorithm::EdDSA) };
            encode(&header, claims, &EncodingKey::from_ed_der(&self.pair)).unwrap()
        }
    }

    fn claims(more: Value) -> Value {
        let mut claims =
            json!({ "iss": "https://id.example", "aud": "specialis", "exp": 4_102_444_800_u64, "sub": "u-1" });
        if let (Some(claims), Value::Object(more)) = (claims.as_object_mut(), more) {
            claims.extend(more);
        }
        claims
    }

    fn call(settings: &Settings, token: &str) -> Result<Caller, Problem> {
        let mut headers = HeaderMap::new();
        headers.insert("authorization", format!("Bearer {token}").parse().unwrap());
        let today: Date = "2026-11-02".parse().unwrap();
        settings.caller(&headers, Area::Native, today)
    }

    #[test]
    fn claims_are_facts_of_the_platform_and_lead_to_a_tenant() {
        let provider = Provider::new("k1");
        let settings = provider.settings(
            "tenant-claim = \"org\"\nsources = [\"platform\"]\n\
             claims = { \"subject.age\" = \"/profile/age\", \"general.minutes-today\" = \"minutes\", pseudonym = \"sub\" }\n\
             [tenants.shop]\n",
        );
        let given = claims(json!({ "org": "shop", "profile": { "age": "14-17" }, "minutes": 12 }));
        let caller = call(&settings, &provider.token("k1", &given)).unwrap();
        assert_eq!(caller.tenant(), "shop");
        let context = context_of(&caller, Context::default(), &HeaderMap::new()).unwrap();
        assert_eq!((context.subject.age, context.general.minutes_today), (Some(Age::From14To17), Some(12)));
        assert_eq!(context.pseudonym.as_deref(), Some("u-1"));
        assert_eq!(context.source_of("subject.age").as_str(), "platform");
        let other = provider.token("k1", &claims(json!({ "org": "nobody" })));
        assert!(call(&settings, &other).unwrap_err().detail.contains("no tenant"));
        let odd = provider.token("k1", &claims(json!({ "org": "shop", "minutes": "many" })));
        assert!(call(&settings, &odd).unwrap_err().detail.contains("general.minutes-today"));
    }

    #[test]
    fn token_that_is_late_for_another_or_signed_by_another_does_not_count() {
        let (provider, stranger) = (Provider::new("k1"), Provider::new("k1"));
        let settings = provider.settings("");
        assert!(call(&settings, &provider.token("k1", &claims(json!({})))).is_ok());
        let refused = |token: &str| call(&settings, token).unwrap_err();
        let table = [
            (provider.token("k1", &claims(json!({ "exp": 1_000 }))), "expired"),
            (provider.token("k1", &claims(json!({ "exp": "never" }))), "no end"),
            (provider.token("k1", &claims(json!({ "nbf": 4_102_444_799_u64 }))), "not count yet"),
            (provider.token("k1", &claims(json!({ "nbf": "later" }))), "does not count here"),
            (provider.token("k1", &claims(json!({ "aud": "others" }))), "not for this server"),
            (provider.token("k1", &claims(json!({ "iss": "https://evil.example" }))), "not for this server"),
            (provider.token("k2", &claims(json!({}))), "not known yet"),
            (stranger.token("k1", &claims(json!({}))), "does not count here"),
            ("a.b.c".to_owned(), "cannot be read"),
        ];
        for (token, says) in table {
            let problem = refused(&token);
            assert_eq!(problem.status.as_u16(), 401);
            assert!(problem.detail.contains(says), "{says}: {}", problem.detail);
        }
    }

    #[test]
    fn token_that_anybody_could_sign_does_not_count() {
        let provider = Provider::new("k1");
        let settings = provider.settings("");
        let good = provider.token("k1", &claims(json!({})));
        let (_, rest) = good.split_once('.').unwrap();
        let (payload, signature) = rest.split_once('.').unwrap();
        for header in [r#"{"alg":"none","kid":"k1"}"#, r#"{"alg":"HS256","kid":"k1"}"#] {
            let header = data_encoding::BASE64URL_NOPAD.encode(header.as_bytes());
            for signature in ["", signature] {
                assert!(call(&settings, &format!("{header}.{payload}.{signature}")).is_err(), "{header}");
            }
        }
    }
}
