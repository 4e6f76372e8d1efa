//! The numbers of a linear model, and its score of a set of buckets.

mod built_in;

use std::borrow::Cow;

/// How many buckets the features have.
pub const BUCKETS: usize = 1 << 16;

/// How many heads a model has: one for any risk, then one for each of the families `a1` to `a5`.
pub const HEADS: usize = 6;

/// A linear model: a weight for each bucket and head.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Model {
    numbers: ModelNumbers,
    /// [`HEADS`] weights for each bucket, each a signed byte.
    weights: Cow<'static, [u8]>,
}

/// What a model has beside its weights.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ModelNumbers {
    /// The version. It changes whenever a number changes.
    pub version: Cow<'static, str>,
    /// One entry for each head.
    pub heads: [HeadNumbers; HEADS],
    /// The thresholds for prompts, for answers, and for the beginnings of answers.
    pub thresholds: Thresholds,
}

/// How the sum of a head's weights becomes a score: `500 + bias + sum × scale ÷ √(65,536 × buckets)`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct HeadNumbers {
    /// Added to the score, in permille.
    pub bias: i32,
    /// The weight of the sum.
    pub scale: i32,
}

/// Thresholds of a model by what is scored, in permille.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Thresholds {
    /// For a text that a user sends in.
    pub prompt: [u32; 3],
    /// For a text that was generated, at its end.
    pub answer: [u32; 3],
    /// For a text that is being generated, at the end of a sentence.
    pub beginning: [u32; 3],
}

/// The weights of a model are not as many as its heads and buckets ask for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a model has {BUCKETS} buckets with {HEADS} weights each, not {n_weights} weights in all")]
pub struct ModelError {
    n_weights: usize,
}

impl Model {
    /// The model that is built in.
    pub fn built_in() -> Self {
        Self { numbers: built_in::NUMBERS, weights: Cow::Borrowed(built_in::WEIGHTS.as_slice()) }
    }

    /// A model of these numbers and weights, [`HEADS`] weights for each bucket.
    ///
    /// # Errors
    /// If there are not as many weights as that.
    pub fn new(numbers: ModelNumbers, weights: Vec<u8>) -> Result<Self, ModelError> {
        let n_weights = weights.len();
        if n_weights != BUCKETS.saturating_mul(HEADS) {
            return Err(ModelError { n_weights });
        }
        Ok(Self { numbers, weights: Cow::Owned(weights) })
    }

    /// Its numbers.
    pub fn numbers(&self) -> &ModelNumbers {
        &self.numbers
    }

    /// Its weights, [`HEADS`] for each bucket.
    pub fn weights(&self) -> &[u8] {
        &self.weights
    }

    /// Adds the weights of a bucket to the sums of the heads.
    pub(crate) fn add(&self, bucket: u16, sums: &mut [i32; HEADS]) {
        let at = usize::from(bucket).saturating_mul(HEADS);
        let Some(weights) = self.weights.get(at..at.saturating_add(HEADS)) else { return };
        for (sum, weight) in sums.iter_mut().zip(weights) {
            *sum = sum.saturating_add(i32::from(i8::from_ne_bytes([*weight])));
        }
    }

    /// The score of each head, in permille, for the sums over so many buckets.
    pub(crate) fn scores(&self, sums: &[i32; HEADS], n_buckets: usize) -> [u32; HEADS] {
        let root = u64::try_from(n_buckets).unwrap_or(u64::MAX).saturating_mul(1 << 16).isqrt().max(1);
        let root = i64::try_from(root).unwrap_or(i64::MAX);
        let mut scores = [0; HEADS];
        for ((score, sum), head) in scores.iter_mut().zip(sums).zip(&self.numbers.heads) {
            let scaled = i64::from(*sum).saturating_mul(i64::from(head.scale)).checked_div(root).unwrap_or(0);
            let permille = scaled.saturating_add(i64::from(head.bias)).saturating_add(500).clamp(0, 1_000);
            *score = u32::try_from(permille).unwrap_or(0);
        }
        scores
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_model_with_too_few_weights_is_refused() {
        let numbers = Model::built_in().numbers;
        assert_eq!(Model::new(numbers, vec![0; 6]), Err(ModelError { n_weights: 6 }));
    }

    #[test]
    fn scores_are_bounded_and_rise_with_the_sum() {
        let model = Model::built_in();
        let mut before = 0;
        for sum in [i32::MIN, -40_000, -900, 0, 900, 40_000, i32::MAX] {
            let [any, ..] = model.scores(&[sum; HEADS], 100);
            assert!((before..=1_000).contains(&any), "{sum}");
            before = any;
        }
        assert_eq!(before, 1_000);
        assert_eq!(model.scores(&[5; HEADS], 0).len(), HEADS);
    }
}
