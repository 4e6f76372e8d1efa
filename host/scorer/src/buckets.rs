//! A small set of buckets.

/// A set of buckets in open addressing. It takes two bytes a slot and grows with what it holds.
#[derive(Clone, Debug, Default)]
pub(crate) struct BucketSet {
    /// A bucket, or [`EMPTY`]. The length is a power of two, or zero.
    slots: Vec<u16>,
    len: usize,
    has_empty_value: bool,
}

/// Marks a free slot. The bucket with this number is kept apart.
const EMPTY: u16 = 0;
const SMALLEST: usize = 64;

impl BucketSet {
    /// Adds a bucket. Returns whether it is new.
    pub(crate) fn insert(&mut self, bucket: u16) -> bool {
        if bucket == EMPTY {
            let is_new = !self.has_empty_value;
            self.has_empty_value = true;
            return is_new;
        }
        if self.len.saturating_mul(2) >= self.slots.len() {
            self.grow();
        }
        self.place(bucket)
    }

    /// How many buckets it has.
    pub(crate) fn len(&self) -> usize {
        self.len.saturating_add(usize::from(self.has_empty_value))
    }

    /// Removes all.
    pub(crate) fn clear(&mut self) {
        self.slots.fill(EMPTY);
        self.len = 0;
        self.has_empty_value = false;
    }

    fn grow(&mut self) {
        let larger = self.slots.len().saturating_mul(2).max(SMALLEST);
        let old = std::mem::replace(&mut self.slots, vec![EMPTY; larger]);
        self.len = 0;
        for bucket in old.into_iter().filter(|bucket| *bucket != EMPTY) {
            self.place(bucket);
        }
    }

    /// Puts a bucket into its slot. There is always a free one: at most half are taken.
    fn place(&mut self, bucket: u16) -> bool {
        let mask = self.slots.len().saturating_sub(1);
        let first = usize::from(bucket);
        for step in 0..self.slots.len() {
            let Some(slot) = self.slots.get_mut(first.wrapping_add(step) & mask) else { return false };
            if *slot == bucket {
                return false;
            }
            if *slot == EMPTY {
                *slot = bucket;
                self.len = self.len.saturating_add(1);
                return true;
            }
        }
        false
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn it_holds_what_an_ordered_set_holds(buckets in proptest::collection::vec(0_u16..2_000, 0..3_000)) {
            let (mut ours, mut ordered) = (BucketSet::default(), BTreeSet::new());
            for bucket in buckets {
                prop_assert_eq!(ours.insert(bucket), ordered.insert(bucket));
            }
            prop_assert_eq!(ours.len(), ordered.len());
            ours.clear();
            prop_assert_eq!(ours.len(), 0);
            prop_assert!(ours.insert(0) && ours.insert(7) && !ours.insert(7));
        }
    }
}
