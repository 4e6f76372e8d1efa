//! Codes of different lengths: read from their table, and made for what is to be written.

use super::bits::BitReader;

/// The longest code.
const LONGEST: usize = 16;

/// A table as a file carries it: how many codes have each length, and the symbols in the order of their codes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Codes {
    counts: [u8; LONGEST],
    symbols: Vec<u8>,
}

/// A table to read with.
#[derive(Clone)]
pub(super) struct Decoder {
    /// For each length the first code, the number of codes, and the place of the first symbol.
    lengths: Vec<(u32, u32, usize)>,
    pub(super) codes: Codes,
}

impl Decoder {
    pub(super) fn new(counts: &[u8], symbols: &[u8]) -> Self {
        let (mut code, mut at) = (0_u32, 0_usize);
        let mut lengths = Vec::new();
        for count in counts.iter().copied() {
            lengths.push((code, u32::from(count), at));
            at = at.saturating_add(usize::from(count));
            code = code.saturating_add(u32::from(count)).saturating_mul(2);
        }
        let counts = counts.try_into().unwrap_or_default();
        Self { lengths, codes: Codes { counts, symbols: symbols.to_vec() } }
    }

    pub(super) fn symbol(&self, bits: &mut BitReader<'_>) -> Option<u8> {
        let next = bits.peek();
        for (n, (first, count, at)) in (1_u32..).zip(&self.lengths) {
            let code = next.checked_shr(16_u32.saturating_sub(n)).unwrap_or_default();
            let within = code.checked_sub(*first).filter(|within| within < count);
            if let Some(within) = within {
                bits.skip(n);
                return self.codes.symbols.get(at.checked_add(usize::try_from(within).ok()?)?).copied();
            }
        }
        None
    }
}

/// A table to write with: for each symbol its code and its length, and the table as a file carries it.
pub(super) struct Encoder {
    codes: Vec<(u32, u32)>,
    pub(super) counts: [u8; LONGEST],
    pub(super) symbols: Vec<u8>,
}

impl Encoder {
    /// The shortest codes for symbols that occur so often (Annex K.2).
    pub(super) fn new(frequencies: &[u64; 256]) -> Self {
        let lengths = lengths(frequencies);
        let mut symbols: Vec<u8> = (0..=u8::MAX).filter(|symbol| length_of(&lengths, *symbol) > 0).collect();
        symbols.sort_by_key(|symbol| (length_of(&lengths, *symbol), *symbol));
        let mut counts = [0_u8; LONGEST];
        let mut codes = vec![(0, 0); 256];
        let (mut code, mut last) = (0_u32, 0_usize);
        for symbol in &symbols {
            let length = length_of(&lengths, *symbol);
            let longer = u32::try_from(length.saturating_sub(last)).unwrap_or_default();
            code = code.checked_shl(longer).unwrap_or_default();
            last = length;
            if let Some(count) = counts.get_mut(length.saturating_sub(1)) {
                *count = count.saturating_add(1);
            }
            if let Some(place) = codes.get_mut(usize::from(*symbol)) {
                *place = (code, u32::try_from(length).unwrap_or_default());
            }
            code = code.saturating_add(1);
        }
        Self { codes, counts, symbols }
    }

    /// The codes that a file has already; nothing where a symbol has two of them, or where there are more than fit.
    pub(super) fn of(codes: &Codes) -> Option<Self> {
        let mut table = vec![(0, 0); 256];
        let (mut code, mut symbols) = (0_u32, codes.symbols.iter());
        for (length, count) in (1_u32..).zip(codes.counts) {
            for symbol in symbols.by_ref().take(usize::from(count)) {
                let place = table.get_mut(usize::from(*symbol))?;
                if *place != (0, 0) || code >= 1_u32.checked_shl(length)? {
                    return None;
                }
                *place = (code, length);
                code = code.saturating_add(1);
            }
            code = code.saturating_mul(2);
        }
        Some(Self { codes: table, counts: codes.counts, symbols: codes.symbols.clone() })
    }

    /// The code of a symbol, and its length.
    pub(super) fn code(&self, symbol: u8) -> (u32, u32) {
        self.codes.get(usize::from(symbol)).copied().unwrap_or_default()
    }
}

fn length_of(lengths: &[usize], symbol: u8) -> usize {
    lengths.get(usize::from(symbol)).copied().unwrap_or_default()
}

/// How long the code of each symbol is, none longer than sixteen bits. One more symbol takes the code of ones alone, which is none.
fn lengths(frequencies: &[u64; 256]) -> Vec<usize> {
    let mut frequencies: Vec<u64> = frequencies.iter().copied().chain([1]).collect();
    loop {
        let found = tree(&frequencies);
        if found.iter().all(|length| *length <= LONGEST) {
            // What is kept free has to be one of the longest, behind all others.
            let free = found.last().copied().unwrap_or_default();
            let longest = found.iter().copied().max().unwrap_or_default();
            if free == longest {
                return found.into_iter().take(256).collect();
            }
        }
        // Seldom and often come nearer to each other, and the longest code becomes shorter.
        let last = frequencies.len().saturating_sub(1);
        for (index, frequency) in frequencies.iter_mut().enumerate().filter(|(_, frequency)| **frequency > 0) {
            *frequency = if index == last { 1 } else { (*frequency / 2).saturating_add(2) };
        }
    }
}

/// The lengths of codes by the method of Huffman.
fn tree(frequencies: &[u64]) -> Vec<usize> {
    use std::cmp::Reverse;
    let used = frequencies.iter().enumerate().filter(|(_, frequency)| **frequency > 0);
    let mut heap: std::collections::BinaryHeap<_> =
        used.map(|(index, frequency)| Reverse((*frequency, usize::MAX.saturating_sub(index), vec![index]))).collect();
    let mut lengths = vec![0_usize; frequencies.len()];
    while heap.len() > 1 {
        let (Some(Reverse(one)), Some(Reverse(other))) = (heap.pop(), heap.pop()) else { break };
        let members = [one.2, other.2].concat();
        for index in &members {
            if let Some(length) = lengths.get_mut(*index) {
                *length = length.saturating_add(1);
            }
        }
        heap.push(Reverse((one.0.saturating_add(other.0), one.1.min(other.1), members)));
    }
    lengths
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::explicit::jpeg::bits::BitWriter;

    #[test]
    fn what_is_written_is_read_back_however_uneven_the_symbols_are() {
        let mut fibonacci = [0_u64; 256];
        let (mut a, mut b) = (1_u64, 1_u64);
        for place in fibonacci.iter_mut().take(40) {
            *place = a;
            (a, b) = (b, a + b);
        }
        let mut one = [0; 256];
        one[7] = 3;
        for frequencies in [fibonacci, one, [5; 256]] {
            let encoder = Encoder::new(&frequencies);
            let decoder = Decoder::new(&encoder.counts, &encoder.symbols);
            let again = Encoder::of(&decoder.codes).unwrap();
            assert!((0..=255).all(|symbol| again.code(symbol) == encoder.code(symbol)));
            let symbols: Vec<u8> = (0..=255).filter(|symbol| frequencies[usize::from(*symbol)] > 0).collect();
            let mut writer = BitWriter::default();
            for symbol in &symbols {
                let (code, length) = encoder.code(*symbol);
                assert!(length > 0 && code + 1 < 1 << length, "no code is of ones alone");
                writer.put(code, length);
            }
            writer.finish();
            let mut reader = BitReader::new(&writer.bytes, 0);
            assert!(symbols.iter().all(|symbol| decoder.symbol(&mut reader) == Some(*symbol)));
        }
        let mut counts = [0; LONGEST];
        counts[0] = 3;
        for symbols in [[1, 2, 3], [1, 1, 2]] {
            assert!(Encoder::of(&Decoder::new(&counts, &symbols).codes).is_none(), "too many codes, or one twice");
        }
    }
}
