//! What a policy remembers of a session, as bytes.

/// `N` counters with a version: the least a policy needs to carry from call to call without a serializer.
///
/// The bytes are one byte of version and `N` little-endian numbers of eight bytes each.
///
/// ```
/// use specialis_policy::Counters;
///
/// let mut state = Vec::new();
/// let mut seen = Counters::<2>::read(1, &state);
/// seen.add(0, 3);
/// state = seen.write();
/// assert_eq!(Counters::<2>::read(1, &state).get(0), 3);
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Counters<const N: usize> {
    version: u8,
    values: [u64; N],
}

impl<const N: usize> Counters<N> {
    /// The counters in `state`: all zero where it is empty.
    ///
    /// # Panics
    /// Where the bytes are of another version or length. The host hands back what the same policy gave, so this is a
    /// mistake in the policy, and a fault is safer than counts that start again.
    pub fn read(version: u8, state: &[u8]) -> Self {
        let mut counters = Self { version, values: [0; N] };
        let Some((first, rest)) = state.split_first() else { return counters };
        let (words, left) = rest.as_chunks::<8>();
        assert!(
            *first == version && words.len() == N && left.is_empty(),
            "the state is not {N} counters of version {version}"
        );
        for (value, word) in counters.values.iter_mut().zip(words) {
            *value = u64::from_le_bytes(*word);
        }
        counters
    }

    /// The counter at `idx`; 0 past the end.
    pub fn get(&self, idx: usize) -> u64 {
        self.values.get(idx).copied().unwrap_or(0)
    }

    /// Sets the counter at `idx`.
    ///
    /// # Panics
    /// Where `idx` is not below `N`.
    pub fn set(&mut self, idx: usize, value: u64) {
        let slot = self.values.get_mut(idx);
        assert!(slot.is_some(), "counter {idx} of {N}");
        if let Some(slot) = slot {
            *slot = value;
        }
    }

    /// Adds to the counter at `idx`, stopping at the largest number.
    ///
    /// # Panics
    /// Where `idx` is not below `N`.
    pub fn add(&mut self, idx: usize, value: u64) {
        self.set(idx, self.get(idx).saturating_add(value));
    }

    /// The bytes to remember.
    pub fn write(&self) -> Vec<u8> {
        let mut bytes = Vec::with_capacity(1 + N * 8);
        bytes.push(self.version);
        for value in &self.values {
            bytes.extend_from_slice(&value.to_le_bytes());
        }
        bytes
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counters_survive_writing_and_reading() {
        let mut counters = Counters::<3>::read(7, &[]);
        counters.set(2, u64::MAX);
        counters.add(2, 1);
        counters.add(0, 5);
        assert_eq!(Counters::<3>::read(7, &counters.write()), counters);
        assert_eq!((counters.get(0), counters.get(1), counters.get(2)), (5, 0, u64::MAX));
    }

    #[test]
    #[should_panic(expected = "version 2")]
    fn another_version_is_a_fault() {
        let _ = Counters::<1>::read(2, &Counters::<1>::read(1, &[]).write());
    }

    #[test]
    #[should_panic(expected = "2 counters")]
    fn another_length_is_a_fault() {
        let _ = Counters::<2>::read(1, &Counters::<1>::read(1, &[]).write());
    }
}
