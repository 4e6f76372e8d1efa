//! Shares of a whole.

/// A share in per cent, with one decimal, and two below one per cent; a share of nothing is `-`.
pub(crate) fn share(n: u64, of: u64) -> String {
    match fraction(n, of) {
        Some(part) if part > 0.0 && part < 0.01 => format!("{:.2} %", part * 100.0),
        Some(part) => format!("{:.1} %", part * 100.0),
        None => "-".to_owned(),
    }
}

/// A share of one; none of nothing.
#[expect(clippy::as_conversions, reason = "counts of texts and places are far below what a float holds exactly")]
pub(crate) fn fraction(n: u64, of: u64) -> Option<f64> {
    (of > 0).then(|| n as f64 / of as f64)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn small_shares_keep_two_decimals_and_a_share_of_nothing_is_a_dash() {
        let shown = [(0, 0), (0, 7), (1, 2_271), (1, 100), (7, 7)].map(|(n, of)| share(n, of));
        assert_eq!(shown, ["-", "0.0 %", "0.04 %", "1.0 %", "100.0 %"]);
    }
}
