//! Who signed a request: the two ways in which Aliyun's clients do.
//!
//! Source: Alibaba Cloud, "Request syntax and signature method", for RPC (version 1.0, HMAC-SHA1) and V3 (ACS3-HMAC-SHA256).

use data_encoding::{BASE64, HEXLOWER};
use hmac::{Hmac, KeyInit as _, Mac as _};
use hyper::HeaderMap;
use hyper::header::AUTHORIZATION;
use sha1::Sha1;
use sha2::{Digest as _, Sha256};

use super::form::{self, Parameters};

/// The name of the newer way, with which its header begins.
const V3: &str = "ACS3-HMAC-SHA256";

/// A request as it was signed.
pub(super) struct Signed<'a> {
    pub(super) query: &'a str,
    pub(super) headers: &'a HeaderMap,
    pub(super) body: &'a [u8],
}

/// What a request says, once its signature was found to be that of a key.
pub(super) struct Verified<K> {
    pub(super) key: K,
    pub(super) action: String,
    /// Of query and body.
    pub(super) parameters: Parameters,
}

impl Signed<'_> {
    /// Checks the signature. `key_of` gives the secret of a key's id.
    ///
    /// # Errors
    /// Where there is no signature, its key is not known, or it is another request's. One line says what to do.
    pub(super) fn verify<'k, K>(
        &self,
        key_of: impl Fn(&str) -> Option<(&'k str, K)>,
    ) -> Result<Verified<K>, &'static str> {
        let authorization = self.headers.get(AUTHORIZATION).and_then(|value| value.to_str().ok());
        match authorization.and_then(|value| value.strip_prefix(V3)) {
            Some(fields) => self.verify_v3(fields, key_of),
            None => self.verify_v1(key_of),
        }
    }

    /// The older way: the signature is one of the parameters, and made over all others.
    fn verify_v1<'k, K>(&self, key_of: impl Fn(&str) -> Option<(&'k str, K)>) -> Result<Verified<K>, &'static str> {
        let mut refused = "the request is not signed; give the gateway an access key";
        // What was signed tells which of the two a plus sign in the body is.
        for plus_is_blank in [true, false] {
            let mut parameters = form::read(self.query.as_bytes(), plus_is_blank);
            parameters.extend(form::read(self.body, plus_is_blank));
            let text = |name: &str| form::value(&parameters, name).and_then(|value| std::str::from_utf8(value).ok());
            let (Some(id), Some(signature)) = (text("AccessKeyId"), text("Signature")) else { continue };
            let Some((secret, key)) = key_of(id) else {
                return Err("the access key is not known here; add it to `contracts.aliyun-keys`");
            };
            if text("SignatureMethod").is_some_and(|method| method != "HMAC-SHA1") {
                return Err("the request is signed in a way that is not known; use HMAC-SHA1 or ACS3-HMAC-SHA256");
            }
            let (signature, action) = (signature.to_owned(), text("Action").unwrap_or_default().to_owned());
            parameters.retain(|(name, _)| name != b"Signature");
            let signed = format!("POST&%2F&{}", form::escape(form::canonical(&parameters).as_bytes()));
            refused = MISMATCH;
            let mac = Hmac::<Sha1>::new_from_slice(format!("{secret}&").as_bytes()).map_err(|_| refused)?;
            let signature = BASE64.decode(signature.as_bytes()).unwrap_or_default();
            if mac.chain_update(signed.as_bytes()).verify_slice(&signature).is_ok() {
                return Ok(Verified { key, action, parameters });
            }
        }
        Err(refused)
    }

    /// The newer way: a header names the key, the headers that were signed, and the signature.
    fn verify_v3<'k, K>(
        &self,
        fields: &str,
        key_of: impl Fn(&str) -> Option<(&'k str, K)>,
    ) -> Result<Verified<K>, &'static str> {
        let field = |name: &str| {
            let mut fields = fields.split(',').filter_map(|field| field.trim().split_once('='));
            fields.find(|(key, _)| *key == name).map(|(_, value)| value)
        };
        let fields = (field("Credential"), field("SignedHeaders"), field("Signature"));
        let (Some(id), Some(names), Some(signature)) = fields else {
            return Err("the signature is not complete; use a client that signs by ACS3-HMAC-SHA256");
        };
        let Some((secret, key)) = key_of(id) else {
            return Err("the access key is not known here; add it to `contracts.aliyun-keys`");
        };
        let payload = HEXLOWER.encode(&Sha256::digest(self.body));
        let header = |name: &str| self.headers.get(name).and_then(|value| value.to_str().ok()).map(str::trim);
        if header("x-acs-content-sha256").is_some_and(|stated| !stated.eq_ignore_ascii_case(&payload)) {
            return Err("the body is not the one that was signed; let nothing change it on the way");
        }
        let query = form::read(self.query.as_bytes(), true);
        let mut request = format!("POST\n/\n{}\n", form::canonical(&query));
        for name in names.split(';') {
            let value = header(name).ok_or("a header that was signed is missing; let nothing remove it on the way")?;
            request.push_str(&format!("{name}:{value}\n"));
        }
        request.push_str(&format!("\n{names}\n{payload}"));
        let signed = format!("{V3}\n{}", HEXLOWER.encode(&Sha256::digest(request.as_bytes())));
        let mac = Hmac::<Sha256>::new_from_slice(secret.as_bytes()).map_err(|_| MISMATCH)?;
        let signature = HEXLOWER.decode(signature.to_ascii_lowercase().as_bytes()).unwrap_or_default();
        mac.chain_update(signed.as_bytes()).verify_slice(&signature).map_err(|_| MISMATCH)?;
        let action = header("x-acs-action").unwrap_or_default().to_owned();
        // Only the payload as a whole was signed, so that a form is read as forms are.
        let mut parameters = query;
        parameters.extend(form::read(self.body, true));
        Ok(Verified { key, action, parameters })
    }
}

const MISMATCH: &str =
    "the signature does not match; check the secret of the access key, and that nothing changes the request on the way";

#[cfg(test)]
mod tests {
    use super::*;

    fn key_of(id: &str) -> Option<(&'static str, ())> {
        (id == "testid").then_some(("testsecret", ()))
    }

    fn verify(query: &str, headers: &HeaderMap, body: &str) -> Result<Verified<()>, &'static str> {
        Signed { query, headers, body: body.as_bytes() }.verify(key_of)
    }

    /// Signed by Python's hmac, with `urllib.parse.quote(value, safe="-_.~")`.
    const BODY_V1: &str = "AccessKeyId=testid&Action=TextModerationPlus&Format=JSON&RegionId=cn-shanghai&Service=llm_query_moderation&ServiceParameters=%7B%22content%22%3A%221%2B1%3D2%20~%2A%21%27%28%29%20%E6%96%87%22%7D&SignatureMethod=HMAC-SHA1&SignatureNonce=n-1&SignatureVersion=1.0&Timestamp=2026-11-02T08%3A00%3A00Z&Version=2022-03-02&Signature=bONi7IAIBxUGzz%2FSsyWfxEaGqcE%3D";

    #[test]
    fn signature_of_the_older_way_is_checked_to_the_byte() {
        let headers = HeaderMap::new();
        let verified = verify("", &headers, BODY_V1).unwrap_or_else(|why| panic!("{why}"));
        assert_eq!(verified.action, "TextModerationPlus");
        let content = form::value(&verified.parameters, "ServiceParameters").unwrap();
        assert_eq!(std::str::from_utf8(content).unwrap(), "{\"content\":\"1+1=2 ~*!'() 文\"}");
        // A gateway that leaves signs as they are in the body signed the same.
        let plain = BODY_V1.replace("%2B", "+").replace("%2A", "*").replace("%21", "!").replace("%27", "'");
        assert!(verify("", &headers, &plain).is_ok());
        for (from, to) in [
            ("testid", "other"),
            ("n-1", "n-2"),
            ("TextModerationPlus", "MultiModalGuard"),
            ("%2B", "%2D"),
            ("&Signature=", "&Signatur="),
            ("HMAC-SHA1", "HMAC-MD5"),
            ("Signature=", "More=1&Signature="),
        ] {
            assert!(verify("", &headers, &BODY_V1.replace(from, to)).is_err(), "{from} {to}");
        }
    }

    #[test]
    fn signature_of_the_newer_way_is_checked_to_the_byte() {
        let body = "ServiceParameters=%7B%22content%22%3A%22a%2Bb%22%7D";
        let mut headers = HeaderMap::new();
        for (name, value) in [
            ("host", "green-cip.cn-shanghai.aliyuncs.com"),
            ("x-acs-action", "MultiModalGuard"),
            ("x-acs-version", "2022-03-02"),
            ("x-acs-date", "2026-11-02T08:00:00Z"),
            ("x-acs-signature-nonce", "n-1"),
            ("x-acs-content-sha256", "be6f841747b39c83c75a67a40d7aa069e37fa1af9b72861e5409a53f1b4b6e08"),
            (
                "authorization",
                "ACS3-HMAC-SHA256 Credential=testid,SignedHeaders=host;x-acs-action;x-acs-content-sha256;x-acs-date;x-acs-signature-nonce;x-acs-version,Signature=b0010bd26940feda790efc4881256353c19bcec236a928292c4a14cab90da751",
            ),
        ] {
            headers.insert(name, value.parse().unwrap());
        }
        let query = "Service=query_security_check";
        let verified = verify(query, &headers, body).unwrap_or_else(|why| panic!("{why}"));
        assert_eq!(verified.action, "MultiModalGuard");
        assert_eq!(form::value(&verified.parameters, "Service"), Some(b"query_security_check".as_slice()));
        assert!(verify("Service=response_security_check", &headers, body).is_err());
        assert!(verify(query, &headers, &body.replace('a', "b")).is_err());
        for name in ["host", "x-acs-action", "x-acs-date", "x-acs-signature-nonce"] {
            let mut changed = headers.clone();
            changed.insert(name, "other".parse().unwrap());
            assert!(verify(query, &changed, body).is_err(), "{name}");
            changed.remove(name);
            assert!(verify(query, &changed, body).is_err(), "{name}");
        }
    }
}
