//! The key of decision ids.

use super::SandboxError;

/// The secret under which decision ids are computed.
///
/// Ids equal each other to the byte under one key: replicas and a ledger that must agree are given the same one. `epoch` names
/// the key where keys are replaced over time, so that a record can say under which one its ids were made; destroying the key of
/// an epoch unlinks its ids from what they were computed over.
#[derive(Clone)]
pub struct IdKey {
    epoch: u32,
    bytes: [u8; 32],
    is_random: bool,
}

impl IdKey {
    /// The key of an epoch.
    ///
    /// # Errors
    /// Where all bytes are zero: such ids could be recomputed by anybody.
    pub fn new(epoch: u32, bytes: [u8; 32]) -> Result<Self, SandboxError> {
        if bytes == [0; 32] { Err(SandboxError::ZeroIdKey) } else { Ok(Self { epoch, bytes, is_random: false }) }
    }

    /// A fresh key of epoch 0 from the system's entropy. Ids made under it cannot be compared with those of another process.
    ///
    /// # Errors
    /// Where the system gives no random bytes.
    pub fn from_entropy() -> Result<Self, SandboxError> {
        let mut bytes = [0; 32];
        getrandom::fill(&mut bytes).map_err(|e| SandboxError::Entropy { source: Box::new(e) })?;
        Ok(Self { is_random: true, ..Self::new(0, bytes)? })
    }

    /// Whether nobody chose it.
    pub(crate) fn is_random(&self) -> bool {
        self.is_random
    }

    /// The epoch.
    pub fn epoch(&self) -> u32 {
        self.epoch
    }

    /// A hasher under the key.
    pub(crate) fn hasher(&self) -> blake3::Hasher {
        blake3::Hasher::new_keyed(&self.bytes)
    }
}

impl std::fmt::Debug for IdKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("IdKey").field("epoch", &self.epoch).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_of_zeros_is_refused_and_a_random_one_is_not_shown() {
        assert!(matches!(IdKey::new(0, [0; 32]), Err(SandboxError::ZeroIdKey)));
        let key = IdKey::new(3, [0xab; 32]).unwrap();
        assert_eq!(format!("{key:?}"), "IdKey { epoch: 3, .. }");
        let (one, other) = (IdKey::from_entropy().unwrap(), IdKey::from_entropy().unwrap());
        assert_ne!(one.hasher().finalize(), other.hasher().finalize());
    }
}
