//! Trusted timestamps (RFC 3161): the request for one, and what a response says.
//!
//! A response is held to its request: granted, the same imprint, the same nonce. Whether the authority's signature and certificate hold
//! is for `openssl ts -verify` to tell, which knows which authorities are trusted.

use jiff::Timestamp;
use jiff::civil::DateTime;

use super::merkle::Hash;

/// The bytes of a nonce.
const NONCE_BYTES: usize = 8;
/// The most bytes of a response: certificates with their chains take a few thousand.
pub(crate) const MAX_RESPONSE_BYTES: u64 = 1 << 18;

const INTEGER: u8 = 0x02;
const OCTETS: u8 = 0x04;
const OID: u8 = 0x06;
const TIME: u8 = 0x18;
const SEQUENCE: u8 = 0x30;
const SET: u8 = 0x31;
const EXPLICIT: u8 = 0xa0;

/// `sha256`, with the parameters that its authors left empty.
const SHA_256: &[u8] = &[0x06, 0x09, 0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02, 0x01, 0x05, 0x00];
/// The object that says the same without parameters.
const SHA_256_OID: &[u8] = &[0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02, 0x01];
/// `signedData` of PKCS #7.
const SIGNED_DATA: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x07, 0x02];
/// `id-ct-TSTInfo`.
const TST_INFO: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x09, 0x10, 0x01, 0x04];

/// What is wrong with a response.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum StampError {
    /// It has another form.
    #[error("it is no response of a timestamping authority; give the file that came back, in DER")]
    Unreadable,
    /// The authority refused.
    #[error("the authority refused, with status {status}; ask it why, or another one")]
    Refused {
        /// The status: 2 is a rejection.
        status: u8,
    },
    /// It is over something else.
    #[error("it is over something else than was asked for; give the response to the last request")]
    OtherImprint,
    /// It answers another request.
    #[error("it answers another request over the same checkpoint; give the response to the last one")]
    OtherNonce,
}

/// A request for a timestamp.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StampRequest {
    imprint: Hash,
    nonce: [u8; NONCE_BYTES],
}

impl StampRequest {
    pub(crate) fn new(stamped: &[u8], nonce: [u8; NONCE_BYTES]) -> Self {
        Self { imprint: Hash::of(stamped), nonce }
    }

    /// Whether it asks for a timestamp on these bytes.
    pub(crate) fn is_over(&self, stamped: &[u8]) -> bool {
        self.imprint == Hash::of(stamped)
    }

    /// The request in DER, which asks for the authority's certificate too.
    pub fn to_der(&self) -> Vec<u8> {
        let algorithm = wrap(SEQUENCE, &[SHA_256]);
        let imprint = wrap(SEQUENCE, &[&algorithm, &wrap(OCTETS, &[&self.imprint.0])]);
        wrap(SEQUENCE, &[&[INTEGER, 1, 1], &imprint, &wrap(INTEGER, &[self.nonce()]), &[0x01, 1, 0xff]])
    }

    /// The request that DER holds, if it is one of ours.
    pub(crate) fn parse(der: &[u8]) -> Option<Self> {
        let mut request = Der(Der(der).take(SEQUENCE)?);
        request.take(INTEGER)?;
        let mut imprint = Der(request.take(SEQUENCE)?);
        imprint.take(SEQUENCE)?;
        let imprint = Hash(imprint.take(OCTETS)?.try_into().ok()?);
        let number = request.take(INTEGER)?;
        let mut nonce = [0; NONCE_BYTES];
        let number = number.strip_prefix(&[0]).unwrap_or(number);
        nonce.get_mut(NONCE_BYTES.checked_sub(number.len())?..)?.copy_from_slice(number);
        let parsed = Self { imprint, nonce };
        (parsed.to_der() == der).then_some(parsed)
    }

    /// When a response says that it was stamped.
    ///
    /// # Errors
    /// Where it refuses, is over something else, or answers another request.
    pub fn check(&self, response: &[u8]) -> Result<Timestamp, StampError> {
        let token = token(response)?;
        let info = info(token).ok_or(StampError::Unreadable)?;
        if info.algorithm != SHA_256_OID || info.imprint != self.imprint.0 {
            return Err(StampError::OtherImprint);
        }
        if info.nonce != Some(self.nonce()) {
            return Err(StampError::OtherNonce);
        }
        info.time.ok_or(StampError::Unreadable)
    }

    /// The nonce as the contents of a positive integer, which is as short as it can be.
    fn nonce(&self) -> &[u8] {
        let first = self.nonce.iter().position(|byte| *byte != 0).unwrap_or(NONCE_BYTES.saturating_sub(1));
        self.nonce.get(first..).unwrap_or_default()
    }
}

/// A nonce that is positive and not short: its first bit is 0, and its second is 1.
pub(crate) fn nonce() -> Result<[u8; NONCE_BYTES], getrandom::Error> {
    let mut nonce = [0; NONCE_BYTES];
    getrandom::fill(&mut nonce)?;
    if let Some(first) = nonce.first_mut() {
        *first = (*first & 0x3f) | 0x40;
    }
    Ok(nonce)
}

/// The signed token of a response that grants one.
fn token(response: &[u8]) -> Result<&[u8], StampError> {
    let mut whole = Der(response);
    let parts = whole.take(SEQUENCE).filter(|_| whole.0.is_empty()).ok_or(StampError::Unreadable)?;
    let mut parts = Der(parts);
    let mut status = Der(parts.take(SEQUENCE).ok_or(StampError::Unreadable)?);
    match status.take(INTEGER).ok_or(StampError::Unreadable)? {
        // Granted, or granted with changes.
        [0 | 1] => parts.take(SEQUENCE).ok_or(StampError::Unreadable),
        [status] => Err(StampError::Refused { status: *status }),
        _ => Err(StampError::Unreadable),
    }
}

/// What a token says.
struct Info<'a> {
    algorithm: &'a [u8],
    imprint: &'a [u8],
    time: Option<Timestamp>,
    nonce: Option<&'a [u8]>,
}

/// Reads a token: signed data of PKCS #7 around a `TSTInfo`.
fn info(token: &[u8]) -> Option<Info<'_>> {
    let mut token = Der(token);
    if token.take(OID)? != SIGNED_DATA {
        return None;
    }
    let mut signed = Der(Der(token.take(EXPLICIT)?).take(SEQUENCE)?);
    signed.take(INTEGER)?;
    signed.take(SET)?;
    let mut content = Der(signed.take(SEQUENCE)?);
    if content.take(OID)? != TST_INFO {
        return None;
    }
    let mut info = Der(Der(Der(content.take(EXPLICIT)?).take(OCTETS)?).take(SEQUENCE)?);
    info.take(INTEGER)?;
    info.take(OID)?;
    let mut imprint = Der(info.take(SEQUENCE)?);
    let algorithm = Der(imprint.take(SEQUENCE)?).take(OID)?;
    let imprint = imprint.take(OCTETS)?;
    info.take(INTEGER)?;
    let time = time(info.take(TIME)?);
    // Accuracy and ordering may stand before the nonce.
    while !info.0.is_empty() {
        let (tag, value) = info.next()?;
        if tag == INTEGER {
            return Some(Info { algorithm, imprint, time, nonce: Some(value) });
        }
    }
    Some(Info { algorithm, imprint, time, nonce: None })
}

/// `20261130120000Z` or `20261130120000.5Z`.
fn time(text: &[u8]) -> Option<Timestamp> {
    let text = std::str::from_utf8(text).ok()?.strip_suffix('Z')?;
    let time = DateTime::strptime("%Y%m%d%H%M%S%.f", text).ok()?;
    jiff::tz::offset(0).to_timestamp(time).ok()
}

/// A value with its tag and length.
fn wrap(tag: u8, parts: &[&[u8]]) -> Vec<u8> {
    let value = parts.concat();
    let mut der = vec![tag];
    match u8::try_from(value.len()) {
        Ok(length) if length < 0x80 => der.push(length),
        Ok(length) => der.extend([0x81, length]),
        // Nothing that is made here is as long as this.
        Err(_) => der.extend([0x82, 0xff, 0xff]),
    }
    der.extend(value);
    der
}

/// Values of DER one after the other.
struct Der<'a>(&'a [u8]);

impl<'a> Der<'a> {
    /// The next value with its tag.
    fn next(&mut self) -> Option<(u8, &'a [u8])> {
        let (tag, rest) = self.0.split_first()?;
        let (first, mut rest) = rest.split_first()?;
        let mut length = usize::from(*first);
        if length >= 0x80 {
            let (digits, after) = rest.split_at_checked(length & 0x7f).filter(|(digits, _)| digits.len() <= 4)?;
            length = digits.iter().fold(0, |length, digit| (length << 8) | usize::from(*digit));
            rest = after;
        }
        let (value, rest) = rest.split_at_checked(length)?;
        self.0 = rest;
        Some((*tag, value))
    }

    /// The next value, if it has this tag.
    fn take(&mut self, tag: u8) -> Option<&'a [u8]> {
        let mut ahead = Der(self.0);
        let (found, value) = ahead.next()?;
        (found == tag).then(|| {
            self.0 = ahead.0;
            value
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn request() -> StampRequest {
        StampRequest::new(b"a checkpoint", [0x4a, 2, 3, 4, 5, 6, 7, 8])
    }

    /// A response as an authority makes it, without what is not read here: its certificate and its signature.
    fn response(status: u8, imprint: &[u8], nonce: &[u8]) -> Vec<u8> {
        let imprint = wrap(SEQUENCE, &[&wrap(SEQUENCE, &[SHA_256]), &wrap(OCTETS, &[imprint])]);
        let accuracy = wrap(SEQUENCE, &[&[INTEGER, 1, 1]]);
        let time = wrap(TIME, &[b"20261130120000.25Z"]);
        let policy = wrap(OID, &[&[0x2a, 3, 4]]);
        let number: &[u8] = &[INTEGER, 1, 1];
        let info = wrap(SEQUENCE, &[number, &policy, &imprint, number, &time, &accuracy, &wrap(INTEGER, &[nonce])]);
        let content = wrap(EXPLICIT, &[&wrap(OCTETS, &[&info])]);
        let content = wrap(SEQUENCE, &[&wrap(OID, &[TST_INFO]), &content]);
        let signed = wrap(SEQUENCE, &[number, &wrap(SET, &[]), &content]);
        let token = wrap(SEQUENCE, &[&wrap(OID, &[SIGNED_DATA]), &wrap(EXPLICIT, &[&signed])]);
        wrap(SEQUENCE, &[&wrap(SEQUENCE, &[&[INTEGER, 1, status]]), &token])
    }

    #[test]
    fn request_leads_back_and_another_form_does_not() {
        let der = request().to_der();
        assert_eq!(StampRequest::parse(&der), Some(request()));
        for at in 0..der.len() {
            let mut flipped = der.clone();
            flipped[at] ^= 0x40;
            assert_ne!(StampRequest::parse(&flipped), Some(request()), "{at}");
            assert_eq!(StampRequest::parse(&der[..at]), None);
        }
        assert_eq!(nonce().unwrap()[0] & 0xc0, 0x40);
    }

    #[test]
    fn response_is_held_to_its_request() {
        let (imprint, nonce) = (Hash::of(b"a checkpoint").0, request().nonce);
        let time = "2026-11-30T12:00:00.25Z".parse().unwrap();
        assert_eq!(request().check(&response(0, &imprint, &nonce)), Ok(time));
        assert_eq!(request().check(&response(1, &imprint, &nonce)), Ok(time), "with changes");
        let refused = Err(StampError::Refused { status: 2 });
        assert_eq!(request().check(&response(2, &imprint, &nonce)), refused);
        let other = Hash::of(b"another").0;
        assert_eq!(request().check(&response(0, &other, &nonce)), Err(StampError::OtherImprint));
        assert_eq!(request().check(&response(0, &imprint, &[0x41, 9])), Err(StampError::OtherNonce));
    }

    #[test]
    fn response_that_is_cut_anywhere_is_refused() {
        let whole = response(0, &Hash::of(b"a checkpoint").0, &request().nonce);
        for end in 0..whole.len() {
            assert_eq!(request().check(&whole[..end]), Err(StampError::Unreadable), "{end}");
        }
        assert_eq!(request().check(&[SEQUENCE, 0x84, 0xff, 0xff, 0xff, 0xff]), Err(StampError::Unreadable));
    }
}
