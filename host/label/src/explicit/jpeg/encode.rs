//! The numbers of a JPEG, written as scans with the shortest codes for them.

use super::bits::BitWriter;
use super::huffman::Encoder;
use super::{BLOCK, Numbers, Plane};

/// How many blocks without a number may be counted at once.
const MAX_RUN: u32 = 0x7FFF;
/// Sixteen zeros within a block.
const ZEROS: u8 = 0xF0;

/// A part of a scan: a symbol of a table, and bits behind it.
struct Piece {
    table: usize,
    symbol: u8,
    n_bits: u32,
    bits: u32,
}

/// Which planes stand in a scan, and which of their numbers.
struct Scan {
    planes: Vec<usize>,
    first: usize,
    last: usize,
}

pub(super) fn encode(numbers: &Numbers) -> Vec<u8> {
    let mut out = [&[0xFF, 0xD8], numbers.head.as_slice()].concat();
    let all: Vec<usize> = (0..numbers.planes.len()).collect();
    let last = BLOCK.saturating_sub(1);
    let scans = if numbers.is_progressive {
        let first = Scan { planes: all.clone(), first: 0, last: 0 };
        let others = all.into_iter().map(|plane| Scan { planes: vec![plane], first: 1, last });
        std::iter::once(first).chain(others).collect()
    } else if numbers.planes.iter().map(|plane| plane.across.saturating_mul(plane.down)).sum::<usize>() > 10 {
        all.into_iter().map(|plane| Scan { planes: vec![plane], first: 0, last }).collect()
    } else {
        vec![Scan { planes: all, first: 0, last }]
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
        let place = frequencies.get_mut(piece.table).and_then(|table| table.get_mut(usize::from(piece.symbol)));
        if let Some(place) = place {
            *place = place.saturating_add(1);
        }
    });
    let tables = frequencies.map(|frequencies| frequencies.iter().any(|n| *n > 0).then(|| Encoder::new(&frequencies)));
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
    head.extend([u8::try_from(scan.first).unwrap_or_default(), u8::try_from(scan.last).unwrap_or_default(), 0]);
    out.extend(segment(0xDA, &head));
    let mut writer = BitWriter::default();
    pieces(numbers, scan, &mut |piece| {
        let (code, length) =
            tables.get(piece.table).and_then(Option::as_ref).map_or((0, 0), |table| table.code(piece.symbol));
        writer.put(code, length);
        writer.put(piece.bits, piece.n_bits);
    });
    writer.finish();
    out.extend(writer.bytes);
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
    let mut run = Run { table: 0, n_blocks: 0 };
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

/// Blocks in a row that have no more numbers, in a picture that builds up.
struct Run {
    table: usize,
    n_blocks: u32,
}

impl Run {
    fn end(&mut self, visit: &mut dyn FnMut(Piece)) {
        if self.n_blocks > 0 {
            let n_bits = self.n_blocks.ilog2();
            let symbol = u8::try_from(n_bits.saturating_mul(16)).unwrap_or_default();
            let bits = self.n_blocks.saturating_sub(1_u32.checked_shl(n_bits).unwrap_or_default());
            visit(Piece { table: self.table, symbol, n_bits, bits });
            self.n_blocks = 0;
        }
    }
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
            visit(Piece { table: table_of(index), symbol: u8::try_from(n_bits).unwrap_or_default(), n_bits, bits });
        }
    }
    if scan.last == 0 {
        return;
    }
    let table = table_of(index).saturating_add(2);
    let is_alone = scan.first > 0;
    let mut zeros = 0_u8;
    for value in block.iter().skip(1) {
        if *value == 0 {
            zeros = zeros.saturating_add(1);
            continue;
        }
        run.end(visit);
        while zeros > 15 {
            visit(Piece { table, symbol: ZEROS, n_bits: 0, bits: 0 });
            zeros = zeros.saturating_sub(16);
        }
        let (n_bits, bits) = number(i32::from(*value));
        let symbol = (zeros << 4) | u8::try_from(n_bits).unwrap_or_default();
        visit(Piece { table, symbol, n_bits, bits });
        zeros = 0;
    }
    if zeros > 0 {
        (run.table, run.n_blocks) = (table, run.n_blocks.saturating_add(1));
        if !is_alone || run.n_blocks == MAX_RUN {
            run.end(visit);
        }
    }
}

/// How many bits a number needs, and these bits.
fn number(value: i32) -> (u32, u32) {
    let magnitude = value.unsigned_abs();
    let n_bits = magnitude.checked_ilog2().map_or(0, |log| log.saturating_add(1));
    let all = 1_u32.checked_shl(n_bits).unwrap_or_default().saturating_sub(1);
    (n_bits, if value < 0 { all.saturating_sub(magnitude) } else { magnitude })
}
