//! The numbers of a JPEG, written as scans with the codes that it had, or with the shortest for them.

use super::bits::BitWriter;
use super::huffman::Encoder;
use super::{BLOCK, Numbers, Plane};

/// How many blocks without a number may be counted at once.
const MAX_RUN: u32 = 0x7FFF;
/// Sixteen zeros within a block.
const ZEROS: u8 = 0xF0;

/// Up to where the numbers of the first plane say most, in a picture that builds up.
const COARSE: usize = 5;

/// A part of a scan: a symbol of a table, and bits behind it; or bits alone.
struct Piece {
    table: usize,
    symbol: Option<u8>,
    n_bits: u32,
    bits: u32,
}

/// Which planes stand in a scan, which of their numbers, and which bits of these.
struct Scan {
    planes: Vec<usize>,
    first: usize,
    last: usize,
    /// The lowest bit that an earlier scan has; 0 where there is none.
    high: u32,
    /// The lowest bit that this one has.
    low: u32,
}

impl Scan {
    fn whole(planes: Vec<usize>, first: usize, last: usize) -> Self {
        Self { planes, first, last, high: 0, low: 0 }
    }

    /// The scans of a picture that builds up: first numbers, then all others, their lowest bits last. It takes as many bytes as what
    /// other programs write.
    fn building_up(n_planes: usize) -> Vec<Self> {
        let last = BLOCK.saturating_sub(1);
        let of = |plane, first, last, high, low| Self { planes: vec![plane], first, last, high, low };
        let mut scans = vec![Self::whole((0..n_planes).collect(), 0, 0), of(0, 1, COARSE, 0, 2)];
        scans.extend((1..n_planes).map(|plane| of(plane, 1, last, 0, 1)));
        scans.push(of(0, COARSE.saturating_add(1), last, 0, 2));
        scans.push(of(0, 1, last, 2, 1));
        scans.extend((1..n_planes).map(|plane| of(plane, 1, last, 1, 0)));
        scans.push(of(0, 1, last, 1, 0));
        scans
    }
}

pub(super) fn encode(numbers: &Numbers) -> Vec<u8> {
    let mut out = [&[0xFF, 0xD8], numbers.head.as_slice()].concat();
    let all: Vec<usize> = (0..numbers.planes.len()).collect();
    let last = BLOCK.saturating_sub(1);
    let scans = if numbers.is_progressive {
        Scan::building_up(all.len())
    } else if numbers.planes.iter().map(|plane| plane.across.saturating_mul(plane.down)).sum::<usize>() > 10 {
        all.into_iter().map(|plane| Scan::whole(vec![plane], 0, last)).collect()
    } else {
        vec![Scan::whole(all, 0, last)]
    };
    for scan in &scans {
        write_scan(numbers, scan, &mut out);
    }
    out.extend([0xFF, 0xD9]);
    out.extend(&numbers.tail);
    out
}

/// Once to count the symbols, and once to write them.
fn write_scan(numbers: &Numbers, scan: &Scan, out: &mut Vec<u8>) {
    let mut frequencies = [[0_u64; 256]; 4];
    pieces(numbers, scan, &mut |piece| {
        let table = frequencies.get_mut(piece.table);
        if let (Some(table), Some(symbol)) = (table, piece.symbol)
            && let Some(place) = table.get_mut(usize::from(symbol))
        {
            *place = place.saturating_add(1);
        }
    });
    let tables: [Option<Encoder>; 4] = std::array::from_fn(|index| {
        let frequencies = frequencies.get(index).filter(|frequencies| frequencies.iter().any(|n| *n > 0))?;
        Some(own(numbers, index, frequencies).unwrap_or_else(|| Encoder::new(frequencies)))
    });
    for (index, table) in tables.iter().enumerate() {
        if let Some(table) = table {
            // The first two are for first numbers, the others for all other numbers.
            let kind = u8::try_from((index / 2).saturating_mul(16).saturating_add(index % 2)).unwrap_or_default();
            out.extend(segment(0xC4, &[&[kind], table.counts.as_slice(), &table.symbols].concat()));
        }
    }
    let mut head = vec![u8::try_from(scan.planes.len()).unwrap_or_default()];
    for plane in &scan.planes {
        let id = numbers.planes.get(*plane).map_or(0, |plane| plane.id);
        let table = u8::try_from(table_of(*plane)).unwrap_or_default();
        head.extend([id, table.saturating_mul(17)]);
    }
    let byte = |n: usize| u8::try_from(n).unwrap_or_default();
    let bits = u8::try_from(scan.high.saturating_mul(16).saturating_add(scan.low)).unwrap_or_default();
    head.extend([byte(scan.first), byte(scan.last), bits]);
    out.extend(segment(0xDA, &head));
    let mut writer = BitWriter::default();
    pieces(numbers, scan, &mut |piece| {
        if let (Some(Some(table)), Some(symbol)) = (tables.get(piece.table), piece.symbol) {
            let (code, length) = table.code(symbol);
            writer.put(code, length);
        }
        writer.put(piece.bits, piece.n_bits);
    });
    writer.finish();
    out.extend(writer.bytes);
}

/// The codes that the picture had before, where they have one for every symbol that occurs. A picture that builds up is written in
/// scans of other kinds.
fn own(numbers: &Numbers, index: usize, frequencies: &[u64; 256]) -> Option<Encoder> {
    let [only] = numbers.codes.get(index).filter(|_| !numbers.is_progressive)?.as_slice() else { return None };
    let encoder = Encoder::of(only)?;
    let mut used = (0..=u8::MAX).zip(frequencies).filter(|(_, n)| **n > 0);
    used.all(|(symbol, _)| encoder.code(symbol).1 > 0).then_some(encoder)
}

fn segment(marker: u8, data: &[u8]) -> Vec<u8> {
    let len = u16::try_from(data.len().saturating_add(2)).unwrap_or(u16::MAX).to_be_bytes();
    [&[0xFF, marker], len.as_slice(), data].concat()
}

/// The first plane has tables of its own.
fn table_of(plane: usize) -> usize {
    plane.min(1)
}

/// Visits every piece of a scan in its order.
fn pieces(numbers: &Numbers, scan: &Scan, visit: &mut dyn FnMut(Piece)) {
    let mut before = vec![0_i32; numbers.planes.len()];
    let mut run = Run::default();
    if let [only] = scan.planes.as_slice() {
        let Some(plane) = numbers.planes.get(*only) else { return };
        for row in 0..plane.high {
            for column in 0..plane.wide {
                block(plane, (row, column), (*only, scan), (&mut before, &mut run), visit);
            }
        }
        run.end(visit);
        return;
    }
    let (across, down) = numbers.units;
    for unit in 0..across.saturating_mul(down) {
        let (x, y) = (unit.checked_rem(across).unwrap_or_default(), unit.checked_div(across).unwrap_or_default());
        for index in scan.planes.iter().copied() {
            let Some(plane) = numbers.planes.get(index) else { continue };
            for within in 0..plane.down.saturating_mul(plane.across) {
                let row =
                    y.saturating_mul(plane.down).saturating_add(within.checked_div(plane.across).unwrap_or_default());
                let column =
                    x.saturating_mul(plane.across).saturating_add(within.checked_rem(plane.across).unwrap_or_default());
                block(plane, (row, column), (index, scan), (&mut before, &mut run), visit);
            }
        }
    }
}

/// Blocks in a row that have no more new numbers, in a picture that builds up, and one more bit of each old one in them.
#[derive(Default)]
struct Run {
    table: usize,
    n_blocks: u32,
    bits: Vec<bool>,
}

impl Run {
    fn end(&mut self, visit: &mut dyn FnMut(Piece)) {
        if self.n_blocks > 0 {
            let n_bits = self.n_blocks.ilog2();
            let symbol = u8::try_from(n_bits.saturating_mul(16)).ok();
            let bits = self.n_blocks.saturating_sub(1_u32.checked_shl(n_bits).unwrap_or_default());
            visit(Piece { table: self.table, symbol, n_bits, bits });
            self.n_blocks = 0;
        }
        put(self.table, &mut self.bits, visit);
    }

    /// One more block without new numbers.
    fn add(&mut self, table: usize, bits: &mut Vec<bool>, visit: &mut dyn FnMut(Piece)) {
        (self.table, self.n_blocks) = (table, self.n_blocks.saturating_add(1));
        self.bits.append(bits);
        if self.n_blocks == MAX_RUN {
            self.end(visit);
        }
    }
}

/// Visits bits without a symbol, and leaves none.
fn put(table: usize, bits: &mut Vec<bool>, visit: &mut dyn FnMut(Piece)) {
    bits.drain(..).for_each(|bit| visit(Piece { table, symbol: None, n_bits: 1, bits: u32::from(bit) }));
}

/// Visits the pieces of one block.
fn block(
    plane: &Plane,
    (row, column): (usize, usize),
    (index, scan): (usize, &Scan),
    (before, run): (&mut [i32], &mut Run),
    visit: &mut dyn FnMut(Piece),
) {
    let Some(block) = plane.blocks.get(row.saturating_mul(plane.stride).saturating_add(column)) else { return };
    if scan.first == 0 {
        let first = i32::from(block.first().copied().unwrap_or_default());
        if let Some(before) = before.get_mut(index) {
            let (n_bits, bits) = number(first.saturating_sub(*before));
            *before = first;
            visit(Piece { table: table_of(index), symbol: u8::try_from(n_bits).ok(), n_bits, bits });
        }
    }
    if scan.last == 0 {
        return;
    }
    let table = table_of(index).saturating_add(2);
    let numbers = block.get(scan.first.max(1)..=scan.last).unwrap_or_default();
    if scan.high > 0 {
        refined(numbers, scan.low, (table, run), visit);
        return;
    }
    let mut zeros = 0_u8;
    for value in numbers {
        // Towards zero, whatever the sign.
        let value = i32::from(*value).checked_div(1_i32.checked_shl(scan.low).unwrap_or(1)).unwrap_or_default();
        if value == 0 {
            zeros = zeros.saturating_add(1);
            continue;
        }
        run.end(visit);
        while zeros > 15 {
            visit(Piece { table, symbol: Some(ZEROS), n_bits: 0, bits: 0 });
            zeros = zeros.saturating_sub(16);
        }
        let (n_bits, bits) = number(value);
        let symbol = (zeros << 4) | u8::try_from(n_bits).unwrap_or_default();
        visit(Piece { table, symbol: Some(symbol), n_bits, bits });
        zeros = 0;
    }
    if zeros > 0 {
        run.add(table, &mut Vec::new(), visit);
        if scan.first == 0 {
            run.end(visit);
        }
    }
}

/// Visits one more bit of the numbers of a block (G.1.2.3): those that become other than zero with it, each behind the bits of those
/// that were so before.
fn refined(numbers: &[i16], low: u32, (table, run): (usize, &mut Run), visit: &mut dyn FnMut(Piece)) {
    let known = |value: &i16| value.unsigned_abs().checked_shr(low).unwrap_or_default();
    let last_new = numbers.iter().rposition(|value| known(value) == 1);
    let mut bits: Vec<bool> = Vec::new();
    let mut zeros = 0_u8;
    for (at, value) in numbers.iter().enumerate() {
        let magnitude = known(value);
        if magnitude == 0 {
            zeros = zeros.saturating_add(1);
            continue;
        }
        while zeros > 15 && last_new.is_some_and(|last| at <= last) {
            run.end(visit);
            visit(Piece { table, symbol: Some(ZEROS), n_bits: 0, bits: 0 });
            put(table, &mut bits, visit);
            zeros = zeros.saturating_sub(16);
        }
        if magnitude > 1 {
            bits.push(magnitude & 1 == 1);
            continue;
        }
        run.end(visit);
        visit(Piece { table, symbol: Some((zeros << 4) | 1), n_bits: 1, bits: u32::from(*value > 0) });
        put(table, &mut bits, visit);
        zeros = 0;
    }
    if zeros > 0 || !bits.is_empty() {
        run.add(table, &mut bits, visit);
    }
}

/// How many bits a number needs, and these bits.
fn number(value: i32) -> (u32, u32) {
    let magnitude = value.unsigned_abs();
    let n_bits = magnitude.checked_ilog2().map_or(0, |log| log.saturating_add(1));
    let all = 1_u32.checked_shl(n_bits).unwrap_or_default().saturating_sub(1);
    (n_bits, if value < 0 { all.saturating_sub(magnitude) } else { magnitude })
}

#[cfg(test)]
mod tests {
    use image::codecs::jpeg::JpegEncoder;
    use image::{Rgb, RgbImage};

    use super::*;
    use crate::explicit::jpeg::decode::decode;

    #[test]
    fn a_picture_that_builds_up_keeps_every_number_and_is_no_longer_than_others_write_it() {
        // Soft shapes with a little noise, as photographs have.
        let noise = |x: u32, y: u32| (x.wrapping_mul(73_856_093) ^ y.wrapping_mul(19_349_663)) >> 7 & 15;
        let picture = RgbImage::from_fn(363, 245, |x, y| {
            let wave = |n: f32| ((n.sin() + 1.0) * 110.0) as u32;
            let [a, b, c] = [wave(x as f32 / 31.0), wave(y as f32 / 23.0), wave((x + y) as f32 / 47.0)];
            Rgb([a, b, c].map(|value| (value + noise(x, y)) as u8))
        });
        let mut whole = Vec::new();
        picture.write_with_encoder(JpegEncoder::new_with_quality(&mut whole, 85)).unwrap();
        let mut numbers = decode(&whole).unwrap();
        let at_once = encode(&numbers).len();
        let at = numbers.head.windows(2).position(|pair| pair == [0xFF, 0xC0]).unwrap();
        numbers.head[at + 1] = 0xC2;
        numbers.is_progressive = true;
        let file = encode(&numbers);
        let again = decode(&file).unwrap();
        for (one, other) in numbers.planes.iter().zip(&again.planes) {
            for row in 0..one.high {
                for column in 0..one.wide {
                    let index = row * one.stride + column;
                    assert_eq!(one.blocks[index], other.blocks[index]);
                }
            }
        }
        assert_eq!(
            image::load_from_memory(&file).unwrap(),
            image::load_from_memory(&whole).unwrap(),
            "another decoder"
        );
        assert!(file.len() < at_once, "{} and {at_once} at once", file.len());
    }
}
