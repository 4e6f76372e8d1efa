//! How much of a text is kept back after each of its characters, and whether anything is missed in chunks.

use std::collections::BTreeSet;
use std::sync::Arc;

use aho_corasick::AhoCorasick;
use specialis_text::{Hit, HitOrigin, IndexBuilder, Reader, view};

use super::terms;

/// Prints the share of positions at which at most so many characters are kept back, and what was missed.
pub(crate) fn print(words: &[String], texts: &[String]) {
    for is_inside in [true, false] {
        one(words, texts, is_inside);
    }
}

/// The same with terms inside other words, which a plain search finds too, or without them, as is the default.
fn one(words: &[String], texts: &[String], is_inside: bool) {
    let mut builder = IndexBuilder::new();
    builder.inside_words(is_inside).lexicon(&terms::lexicon(words));
    let index = Arc::new(builder.build().expect("the terms are an index"));
    // Terms without a gap in them: what stands in the view without one must be a hit.
    let solid: Vec<(u32, String)> = (0..)
        .zip(words)
        .map(|(number, word)| (number, view(word)))
        .filter(|(_, seen)| seen.chars().iter().all(|c| !c.class.is_gap()))
        .map(|(number, seen)| (number, seen.as_str().to_owned()))
        .collect();
    let naive = AhoCorasick::new(solid.iter().map(|(_, word)| word)).expect("the words are an automaton");
    let (mut at_most, mut letters_at_most) = ([0_u64; 6], [0_u64; 6]);
    let (mut n_positions, mut n_hits, mut n_naive, mut n_missed) = (0_u64, 0_usize, 0_usize, 0_usize);
    let mut longest = 0;
    for text in texts {
        let mut reader = Reader::new(index.clone());
        let mut hits: Vec<Hit> = Vec::new();
        for (at, c) in text.char_indices() {
            let end = at + c.len_utf8();
            let progress = reader.push(text.get(at..end).unwrap_or_default());
            hits.extend(progress.points.into_iter().flat_map(|point| point.hits));
            let kept = text.get(progress.frontier..end).unwrap_or_default();
            let letters = view(kept).chars().iter().filter(|c| !c.class.is_gap()).count();
            let kept = kept.chars().count();
            n_positions += 1;
            longest = longest.max(kept);
            at_most.iter_mut().skip(kept).for_each(|n| *n += 1);
            letters_at_most.iter_mut().skip(letters).for_each(|n| *n += 1);
        }
        hits.extend(reader.finish().into_iter().flat_map(|point| point.hits));
        n_hits += hits.len();
        let found: BTreeSet<(u32, usize, usize)> = hits
            .iter()
            .filter_map(|hit| match hit.origin {
                HitOrigin::Lexicon { term, .. } => Some((term, hit.start, hit.end)),
                HitOrigin::Detector(_) | HitOrigin::Pattern(_) => None,
            })
            .collect();
        let seen = view(text);
        for stands in naive.find_overlapping_iter(seen.as_str()).filter(|_| is_inside) {
            let Some(origin) = seen.origin(stands.range()) else { continue };
            n_naive += 1;
            n_missed += usize::from(!found.contains(&(solid[stands.pattern()].0, origin.start, origin.end)));
        }
        assert_eq!(hits.len(), index.scan(text).hits.len(), "single characters against the whole");
    }
    let which = if is_inside { "inside other words too" } else { "as words" };
    println!(
        "kept back, {} terms without context, {which}, {} texts, {n_positions} positions:\n",
        words.len(),
        texts.len()
    );
    println!("| at most | characters | letters, separators apart |\n|---|---|---|");
    for (n_kept, (chars, letters)) in at_most.iter().zip(&letters_at_most).enumerate() {
        println!("| {n_kept} | {:.2} % | {:.2} % |", share(*chars, n_positions), share(*letters, n_positions));
    }
    println!(
        "\nlongest: {longest}; hits: {n_hits}; found by a plain search of the view: {n_naive}, missed of these: {n_missed}"
    );
}

#[expect(clippy::cast_precision_loss, reason = "counts of characters are far below what a float holds exactly")]
fn share(n: u64, of: u64) -> f64 {
    n as f64 / of.max(1) as f64 * 100.0
}
