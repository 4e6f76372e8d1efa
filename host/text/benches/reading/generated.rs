//! How many numbers that are nobody's each detector takes for somebody's.

use specialis_text::detectors;

#[path = "../../tests/all/generated.rs"]
mod numbers;

/// How many numbers of each kind are drawn.
const N: usize = 20_000;

/// Prints a row for each detector that takes any.
pub(crate) fn print() {
    println!("\nnumbers that are nobody's, {N} of each kind, taken for somebody's:\n");
    println!("| detector | {} |", numbers::KINDS.join(" | "));
    println!("|---|{}", "---|".repeat(numbers::KINDS.len()));
    let texts = numbers::KINDS.map(|kind| numbers::numbers(kind, N));
    for info in detectors() {
        let index = numbers::index(info.name).expect("the detector is an index");
        let counts = texts.each_ref().map(|texts| numbers::n_found(&index, texts).to_string());
        println!("| `{}` | {} |", info.name, counts.join(" | "));
    }
    println!();
}
