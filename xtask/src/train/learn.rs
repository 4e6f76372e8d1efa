//! Logistic regression with adaptive steps (AdaGrad), and the rounding of its weights to bytes.
//!
//! A row is learned each time without a part of its buckets (dropout), and the model is the mean of what stood after the last
//! epochs: both make it lean less on the few runs of characters by which the rows of one author are known.

use specialis_scorer::{BUCKETS, HEADS, HeadNumbers, ModelNumbers, Thresholds};

use super::own::next;
use super::rows::Row;

/// The model is the mean of what is learned in so many orders, each from a seed of its own.
const SEEDS: [u64; 5] = [17, 18, 19, 20, 21];
const EPOCHS: usize = 12;
/// So many of the last epochs are averaged.
const AVERAGED: usize = 6;
const OF_AVERAGED: f32 = 30.0;
/// How many of ten buckets a row is learned without.
const DROPPED: usize = 5;
const STEP: f32 = 0.5;
/// How much a risky row of others counts, beside one benign row, and one that was made of a pattern.
const RISKY: f32 = 30.0;
const RISKY_OF_PATTERN: f32 = 1.5;
/// How much any other benign row counts.
const BENIGN: f32 = 3.0;
/// How much a benign row of a small source counts that resembles risky ones.
const BENIGN_NEAR: f32 = 10.0;
const NEAR: [&str; 3] = ["gaokao", "kdconv", "yuanqu"];
/// The same for short requests, and for questions that offer wrong things to choose from.
const BENIGN_NEARER: f32 = 60.0;
const NEARER: [&str; 2] = ["glaive-zh", "safetybench"];
/// Questions of values are few, and some of them sound as if somebody wished to do wrong.
const BENIGN_VALUES: f32 = 200.0;
/// How much a row of [`Row::is_question`] counts: each was thought of by itself, and a twin among the benign ones keeps it honest.
const QUESTION_RISKY: f32 = 7.0;
const QUESTION_BENIGN: f32 = 5.0;
/// The same for casual questions, of which there are few beside those of the other writers.
const CASUAL: [&str; 2] = ["own-questions-9", "own-questions-10"];
const CASUAL_RISKY: f32 = 15.0;
const CASUAL_BENIGN: f32 = 15.0;
/// A gradient below this changes nothing.
const SMALLEST: f32 = 1e-3;
/// The scale of a score: so many permille for one unit of log-odds.
const PERMILLE: f32 = 40.0;

/// A model while it learns.
struct Learner {
    weights: Vec<[f32; HEADS]>,
    squares: Vec<[f32; HEADS]>,
    bias: [f32; HEADS],
}

/// Trains a model on rows: its numbers without thresholds, and its weights.
pub(super) fn train(rows: &[&Row]) -> (ModelNumbers, Vec<u8>) {
    let mut mean = vec![[0.0; HEADS]; BUCKETS];
    let mut mean_bias = [0.0; HEADS];
    for seed in SEEDS {
        let mut learner =
            Learner { weights: vec![[0.0; HEADS]; BUCKETS], squares: vec![[0.01; HEADS]; BUCKETS], bias: [0.0; HEADS] };
        let mut order: Vec<&Row> = rows.to_vec();
        let mut chance = Chance(seed);
        for epoch in 0..EPOCHS {
            for last in (1..order.len()).rev() {
                order.swap(last, chance.below(last.saturating_add(1)));
            }
            for row in &order {
                learner.learn(row, &mut chance);
            }
            if epoch >= EPOCHS.saturating_sub(AVERAGED) {
                let pairs = mean.iter_mut().zip(&learner.weights).chain([(&mut mean_bias, &learner.bias)]);
                for (sum, share) in pairs.flat_map(|(sums, shares)| sums.iter_mut().zip(shares)) {
                    *sum += share / OF_AVERAGED;
                }
            }
        }
    }
    Learner { weights: mean, bias: mean_bias, squares: Vec::new() }.rounded()
}

/// A source of numbers that are the same in every run.
struct Chance(u64);

impl Chance {
    /// A number below `end`.
    fn below(&mut self, end: usize) -> usize {
        self.0 = next(self.0);
        usize::try_from(self.0 >> 33).unwrap_or(0).checked_rem(end).unwrap_or(0)
    }

    fn keeps(&mut self) -> bool {
        self.below(10) >= DROPPED
    }
}

impl Learner {
    fn learn(&mut self, row: &Row, chance: &mut Chance) {
        let Self { weights, squares, bias } = self;
        let buckets: Vec<u16> = row.buckets.iter().copied().filter(|_| chance.keeps()).collect();
        let share = 1.0 / f32::from(u16::try_from(buckets.len().max(1)).unwrap_or(u16::MAX)).sqrt();
        let mut sums = [0.0_f32; HEADS];
        for bucket in &buckets {
            let Some(weights) = weights.get(usize::from(*bucket)) else { continue };
            for (sum, weight) in sums.iter_mut().zip(weights) {
                *sum += weight;
            }
        }
        let mut gradients = [0.0_f32; HEADS];
        for (head, ((gradient, sum), bias)) in gradients.iter_mut().zip(sums).zip(bias).enumerate() {
            // What family a row has is not always known.
            let Some(target) = target(row, head) else { continue };
            let error = sigmoid(sum * share + *bias) - if target { 1.0 } else { 0.0 };
            let error = error * importance(row, target);
            if error.abs() >= SMALLEST {
                *bias -= 0.01 * error;
                *gradient = error * share;
            }
        }
        for bucket in buckets {
            let at = usize::from(bucket);
            let (Some(weights), Some(squares)) = (weights.get_mut(at), squares.get_mut(at)) else { continue };
            for ((weight, square), gradient) in weights.iter_mut().zip(squares).zip(gradients) {
                *square += gradient * gradient;
                *weight -= STEP * gradient / square.sqrt();
            }
        }
    }

    /// The model with weights in bytes. A few weights that are far larger than all others are cut.
    fn rounded(&self) -> (ModelNumbers, Vec<u8>) {
        let mut heads = [HeadNumbers::default(); HEADS];
        let mut units = [1.0_f32; HEADS];
        for (head, ((numbers, unit), bias)) in heads.iter_mut().zip(&mut units).zip(self.bias).enumerate() {
            let mut sizes: Vec<f32> =
                self.weights.iter().filter_map(|weights| weights.get(head)).map(|weight| weight.abs()).collect();
            sizes.sort_by(f32::total_cmp);
            let largest = sizes.get(BUCKETS / 2_000 * 1_999).copied().unwrap_or(1.0).max(1e-6);
            *unit = largest / 127.0;
            numbers.bias = rounded(bias * PERMILLE);
            numbers.scale = rounded(*unit * PERMILLE * 256.0);
        }
        let bytes = self.weights.iter().flat_map(|weights| {
            let rounded = weights.iter().zip(units).map(|(weight, unit)| rounded(weight / unit).clamp(-127, 127));
            rounded.map(|weight| i8::try_from(weight).unwrap_or(0).to_ne_bytes()).collect::<Vec<_>>()
        });
        let bytes = bytes.flatten().collect();
        (ModelNumbers { version: String::new().into(), heads, thresholds: Thresholds::default() }, bytes)
    }
}

/// What a head is to say of a row: the first one whether there is any risk, the others whether it is of their family.
fn target(row: &Row, head: usize) -> Option<bool> {
    if head == 0 || !row.is_risky {
        return Some(row.is_risky);
    }
    row.family.map(|family| family == head)
}

fn importance(row: &Row, target: bool) -> f32 {
    match target {
        true if CASUAL.contains(&row.source.as_str()) => CASUAL_RISKY,
        true if row.is_question() => QUESTION_RISKY,
        true if row.is_own() => RISKY_OF_PATTERN,
        true => RISKY,
        false if row.source == "cvalues" => BENIGN_VALUES,
        false if NEAR.contains(&row.source.as_str()) => BENIGN_NEAR,
        false if NEARER.contains(&row.source.as_str()) => BENIGN_NEARER,
        false if CASUAL.contains(&row.source.as_str()) => CASUAL_BENIGN,
        false if row.is_question() => QUESTION_BENIGN,
        false => BENIGN,
    }
}

/// The logistic function. It uses no function of the machine, so that every machine gets the same weights.
fn sigmoid(x: f32) -> f32 {
    let mut power = 1.0 - x.clamp(-30.0, 30.0) / 1024.0;
    for _ in 0..10 {
        power *= power;
    }
    1.0 / (1.0 + power)
}

/// The nearest whole number.
#[expect(clippy::as_conversions, reason = "the standard library has no other way from a float to an integer")]
fn rounded(x: f32) -> i32 {
    x.round() as i32
}
