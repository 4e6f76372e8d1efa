//! Numbers that are nobody's: the detectors are held against many of each kind. The benchmarks print the same rates.

use specialis_text::{Index, IndexBuilder, IndexError, detectors};

/// A linear congruential generator (Knuth, 3.3.4): the same numbers in every run.
struct Drawn(u64);

impl Drawn {
    fn below(&mut self, n: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % n
    }

    fn from(&mut self, alphabet: &str, n: u64) -> String {
        let all: Vec<char> = alphabet.chars().collect();
        (0..n).filter_map(|_| all.get(usize::try_from(self.below(all.len() as u64)).unwrap_or(0))).collect()
    }

    fn digits(&mut self, n: u64) -> String {
        self.from("0123456789", n)
    }
}

const HEX: &str = "0123456789abcdef";
const CODE: &str = "0123456789ABCDEFGHJKLMNPQRSTUVWXYZ";

/// The kinds of numbers that are drawn.
pub(crate) const KINDS: [&str; 4] = ["UUIDs", "hashes", "order numbers", "serial numbers"];

/// So many texts of a kind, each a number alone.
pub(crate) fn numbers(kind: &str, n: usize) -> Vec<String> {
    let mut drawn = Drawn(20_261_129);
    (0..n).map(|_| number(kind, &mut drawn)).collect()
}

fn number(kind: &str, drawn: &mut Drawn) -> String {
    match (kind, drawn.below(3)) {
        ("UUIDs", _) => {
            let (a, b, c) = (drawn.from(HEX, 8), drawn.from(HEX, 4), drawn.from(HEX, 3));
            let (d, e, f) = (drawn.from("89ab", 1), drawn.from(HEX, 3), drawn.from(HEX, 12));
            format!("{a}-{b}-4{c}-{d}{e}-{f}")
        }
        ("hashes", 0) => drawn.from(HEX, 32),
        ("hashes", 1) => drawn.from(HEX, 40),
        ("hashes", _) => drawn.from(HEX, 64),
        ("order numbers", 0) => {
            let (month, day, n) = (drawn.below(12) + 1, drawn.below(28) + 1, drawn.below(7) + 4);
            let time = drawn.digits(6);
            format!("2026{month:02}{day:02}{time}{}", drawn.digits(n))
        }
        ("order numbers", 1) => {
            let n = drawn.below(9) + 12;
            drawn.digits(n)
        }
        ("order numbers", _) => {
            let n = drawn.below(5) + 10;
            format!("{}{}", drawn.from("ABDFHJKNQSTWYZ", 2), drawn.digits(n))
        }
        (_, 0) => {
            format!("{}-{}-{}-{}", drawn.from(CODE, 4), drawn.from(CODE, 4), drawn.from(CODE, 4), drawn.from(CODE, 4))
        }
        (_, 1) => {
            let n = drawn.below(5) + 10;
            format!("SN{}", drawn.from(CODE, n))
        }
        _ => {
            let n = drawn.below(4) + 8;
            format!("{}{}", drawn.from("ABCDEFGHJKLMNPQRSTUVWXYZ", 1), drawn.digits(n))
        }
    }
}

/// An index of one detector.
pub(crate) fn index(detector: &str) -> Result<Index, IndexError> {
    let mut builder = IndexBuilder::new();
    builder.detector(detector)?;
    builder.build()
}

/// How many of these texts hold something that a detector finds.
pub(crate) fn n_found(index: &Index, texts: &[String]) -> usize {
    texts.iter().filter(|text| !index.scan(text).hits.is_empty()).count()
}

#[test]
fn hardly_any_number_that_is_nobodys_is_taken_for_somebodys() -> Result<(), Box<dyn std::error::Error>> {
    const N: usize = 20_000;
    let mut wrong = Vec::new();
    for kind in KINDS {
        let texts = numbers(kind, N);
        for info in detectors() {
            let n = n_found(&index(info.name)?, &texts);
            // A check digit alone lets one number in ten through; what is left is bounded in the record.
            if n * 1_000 > N {
                wrong.push(format!("{}: {n} of {N} {kind}", info.name));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    Ok(())
}
