//! Words for the author.

/// The most bytes of a line.
const MOST_BYTES: usize = 512;

/// Writes a line for the author. `specialis policy test` shows it, and in monitor mode it reaches the sink of the embedder. In
/// enforce mode it reaches nobody, so that a policy can let no content out by it. Outside WebAssembly it does nothing.
///
/// A line is cut after 512 bytes, and what stands on several lines is joined. More than 64 lines in one call are a fault.
pub fn log(message: &str) {
    let line = line(message);
    #[cfg(target_family = "wasm")]
    crate::bindings::specialis::policy::log::line(&line);
    #[cfg(not(target_family = "wasm"))]
    drop(line);
}

/// The message as one line that is not too long.
fn line(message: &str) -> String {
    let mut line = message.lines().collect::<Vec<_>>().join(" ");
    let end = (0..=MOST_BYTES).rev().find(|&end| line.is_char_boundary(end)).unwrap_or(0);
    line.truncate(end);
    line
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_is_one_line_and_is_cut_between_characters() {
        assert_eq!(line("one\ntwo"), "one two");
        let cut = line(&"字".repeat(400));
        assert_eq!((cut.len(), cut.chars().count()), (510, 170));
    }
}
