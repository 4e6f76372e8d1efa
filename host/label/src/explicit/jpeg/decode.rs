//! The numbers of a JPEG, read from its scans.

use super::bits::BitReader;
use super::huffman::Decoder;
use super::{BLOCK, Colors, Numbers, Plane};
use crate::limits::MAX_PIXELS;

const CUT: &str = "the picture is damaged or cut off";

/// What stands in a file up to the picture, and what has been read of the picture.
struct State {
    dc: [Option<Decoder>; 4],
    ac: [Option<Decoder>; 4],
    interval: usize,
    numbers: Option<Numbers>,
    tables: [[u16; BLOCK]; 4],
    head: Vec<u8>,
    adobe: Option<u8>,
    has_scan: bool,
}

/// One scan: which planes with which tables, and which numbers of them.
struct Scan {
    /// The place of the plane, its tables.
    parts: Vec<(usize, usize, usize)>,
    first: usize,
    last: usize,
    high: u32,
    low: u32,
}

pub(super) fn decode(file: &[u8]) -> Result<Numbers, String> {
    let mut state = State {
        dc: [const { None }; 4],
        ac: [const { None }; 4],
        interval: 0,
        numbers: None,
        tables: [[1; BLOCK]; 4],
        head: Vec::new(),
        adobe: None,
        has_scan: false,
    };
    let mut at = 2_usize;
    loop {
        while file.get(at) == Some(&0xFF) && file.get(at.saturating_add(1)) == Some(&0xFF) {
            at = at.saturating_add(1);
        }
        let (Some(0xFF), Some(marker)) = (file.get(at), file.get(at.saturating_add(1))) else {
            return Err(CUT.to_owned());
        };
        if *marker == 0xD9 {
            let tail = file.get(at.saturating_add(2)..).unwrap_or_default().to_vec();
            let numbers = state.numbers.filter(|_| state.has_scan).ok_or(CUT)?;
            let colors = colors(&numbers.planes, state.adobe)?;
            return Ok(Numbers { head: state.head, tail, tables: state.tables, colors, ..numbers });
        }
        let body = at.saturating_add(4);
        let len = file
            .get(at.saturating_add(2)..body)
            .map(|len| len.iter().fold(0, |sum, byte| (sum << 8) | usize::from(*byte)));
        let end = len.filter(|len| *len >= 2).map(|len| at.saturating_add(2).saturating_add(len)).ok_or(CUT)?;
        let data = file.get(body..end).ok_or(CUT)?;
        match *marker {
            0xC4 => state.codes(data).ok_or(CUT)?,
            0xDD => state.interval = word(data, 0).map(usize::from).ok_or(CUT)?,
            0xDA => {
                at = state.scan(data, file, end)?;
                continue;
            }
            marker => {
                if marker == 0xDB {
                    state.quantization(data).ok_or("its tables change within the picture")?;
                } else if matches!(marker, 0xC0..=0xC2) {
                    state.frame(marker, data)?;
                } else if matches!(marker, 0xC3 | 0xC5..=0xCF) {
                    return Err("it is coded in a way that is not drawn on here".to_owned());
                } else if marker == 0xEE && data.starts_with(b"Adobe") {
                    state.adobe = data.get(11).copied();
                }
                state.head.extend(file.get(at..end).unwrap_or_default());
            }
        }
        at = end;
    }
}

/// What the planes stand for, by their number and names and by what the segment of Adobe says.
fn colors(planes: &[Plane], adobe: Option<u8>) -> Result<Colors, String> {
    let is_named_rgb = planes.iter().map(|plane| plane.id).eq(*b"RGB");
    match (planes.len(), adobe) {
        (3, Some(0)) => Ok(Colors::Rgb),
        (3, None) if is_named_rgb => Ok(Colors::Rgb),
        (4, Some(0)) => Ok(Colors::Cmyk),
        (4, Some(2)) => Ok(Colors::Ycck),
        // Some programs store inks, and others what is left of white.
        (4, _) => Err("it has four colors and does not say which they are".to_owned()),
        _ => Ok(Colors::YCbCr),
    }
}

fn word(data: &[u8], at: usize) -> Option<u16> {
    crate::source::array_at(data, at).map(u16::from_be_bytes)
}

impl State {
    fn codes(&mut self, data: &[u8]) -> Option<()> {
        let mut rest = data;
        while let Some((kind, behind)) = rest.split_first() {
            let counts = behind.get(..16)?;
            let n_symbols = counts.iter().map(|count| usize::from(*count)).sum::<usize>();
            let symbols = behind.get(16..16_usize.checked_add(n_symbols)?)?;
            let tables = if kind >> 4 == 0 { &mut self.dc } else { &mut self.ac };
            *tables.get_mut(usize::from(kind & 15))? = Some(Decoder::new(counts, symbols));
            rest = behind.get(16_usize.checked_add(n_symbols)?..)?;
        }
        Some(())
    }

    fn quantization(&mut self, data: &[u8]) -> Option<()> {
        let mut rest = data;
        while let Some((kind, behind)) = rest.split_first() {
            let width = if kind >> 4 == 0 { 1 } else { 2 };
            let values = behind.get(..BLOCK.checked_mul(width)?)?;
            let table = self.tables.get_mut(usize::from(kind & 15)).filter(|_| !self.has_scan)?;
            for (place, value) in table.iter_mut().zip(values.chunks_exact(width)) {
                *place = value.iter().fold(0, |sum, byte| (sum << 8) | u16::from(*byte));
            }
            rest = behind.get(BLOCK.checked_mul(width)?..)?;
        }
        Some(())
    }

    fn frame(&mut self, marker: u8, data: &[u8]) -> Result<(), String> {
        let (Some(8), Some(height), Some(width), Some(n)) =
            (data.first(), word(data, 1).map(usize::from), word(data, 3).map(usize::from), data.get(5).copied())
        else {
            return Err("it has more than eight bits a color".to_owned());
        };
        if !matches!(n, 1 | 3 | 4) || width == 0 || height == 0 || self.numbers.is_some() {
            return Err("it has other colors than gray, three or four".to_owned());
        }
        let parts: Vec<&[u8]> = data.get(6..).unwrap_or_default().chunks_exact(3).take(usize::from(n)).collect();
        let sampling = |part: &&[u8]| part.get(1).map(|both| (usize::from(both >> 4), usize::from(both & 15)));
        let sizes: Vec<(usize, usize)> = parts.iter().filter_map(sampling).collect();
        let most_across = sizes.iter().map(|size| size.0).max().unwrap_or_default();
        let most_down = sizes.iter().map(|size| size.1).max().unwrap_or_default();
        let is_sound = sizes.iter().all(|(across, down)| (1..=4).contains(across) && (1..=4).contains(down));
        if sizes.len() != usize::from(n) || !is_sound {
            return Err(CUT.to_owned());
        }
        let units = (width.div_ceil(most_across.saturating_mul(8)), height.div_ceil(most_down.saturating_mul(8)));
        let mut planes = Vec::new();
        for (part, (across, down)) in parts.iter().zip(sizes) {
            let own = |pixels: usize, own: usize, most: usize| pixels.saturating_mul(own).div_ceil(most).div_ceil(8);
            let stride = units.0.saturating_mul(across);
            let n_blocks = stride.saturating_mul(units.1).saturating_mul(down);
            if u64::try_from(n_blocks).is_ok_and(|n| n > MAX_PIXELS / 32) {
                return Err(format!("it has more than {MAX_PIXELS} pixels"));
            }
            planes.push(Plane {
                id: part.first().copied().unwrap_or_default(),
                across,
                down,
                table: usize::from(part.get(2).copied().unwrap_or_default()),
                stride,
                wide: own(width, across, most_across),
                high: own(height, down, most_down),
                blocks: vec![[0; BLOCK]; n_blocks],
            });
        }
        let most = (most_across, most_down);
        let (head, tail, tables) = (Vec::new(), Vec::new(), [[1; BLOCK]; 4]);
        let (is_progressive, colors, codes) = (marker == 0xC2, Colors::YCbCr, [const { Vec::new() }; 4]);
        self.numbers = Some(Numbers { planes, most, units, tables, is_progressive, codes, colors, head, tail });
        Ok(())
    }

    /// Reads a scan; gives where the next segment begins.
    fn scan(&mut self, data: &[u8], file: &[u8], at: usize) -> Result<usize, String> {
        let numbers = self.numbers.as_mut().ok_or(CUT)?;
        let scan = Scan::of(data, numbers).ok_or(CUT)?;
        self.has_scan = true;
        for (plane, dc, ac) in scan.parts.iter().copied() {
            for (first, table) in [(0, self.dc.get(dc)), (2, self.ac.get(ac))] {
                let known = numbers.codes.get_mut(plane.min(1).saturating_add(first));
                // Two of a kind are as good as more: then none is kept.
                if let (Some(known), Some(Some(table))) = (known, table)
                    && known.len() < 2
                    && !known.contains(&table.codes)
                {
                    known.push(table.codes.clone());
                }
            }
        }
        let mut reader = ScanReader {
            bits: BitReader::new(file, at),
            dc: &self.dc,
            ac: &self.ac,
            scan: &scan,
            is_progressive: numbers.is_progressive,
            before: vec![0; scan.parts.len()],
            run: 0,
        };
        let n_units = match scan.parts.as_slice() {
            [(plane, ..)] => numbers.planes.get(*plane).map_or(0, |plane| plane.wide.saturating_mul(plane.high)),
            _ => numbers.units.0.saturating_mul(numbers.units.1),
        };
        for unit in 0..n_units {
            if self.interval > 0 && unit > 0 && unit.is_multiple_of(self.interval) {
                reader.restart()?;
            }
            reader.unit(numbers, unit).ok_or(CUT)?;
            if reader.bits.is_over() {
                return Err(CUT.to_owned());
            }
        }
        // What is left of the scan, up to the next mark that is none of a new beginning.
        let mut at = reader.bits.at;
        while let (Some(byte), Some(next)) = (file.get(at), file.get(at.saturating_add(1))) {
            if *byte == 0xFF && !matches!(next, 0 | 0xD0..=0xD7 | 0xFF) {
                return Ok(at);
            }
            at = at.saturating_add(1);
        }
        Err(CUT.to_owned())
    }
}

impl Scan {
    fn of(data: &[u8], numbers: &Numbers) -> Option<Self> {
        let n = usize::from(*data.first()?);
        let mut parts = Vec::new();
        for part in data.get(1..)?.chunks_exact(2).take(n) {
            let (id, tables) = (*part.first()?, *part.get(1)?);
            let plane = numbers.planes.iter().position(|plane| plane.id == id)?;
            parts.push((plane, usize::from(tables >> 4), usize::from(tables & 15)));
        }
        let rest = data.get(1_usize.checked_add(n.checked_mul(2)?)?..)?;
        let (first, last, both) = (usize::from(*rest.first()?), usize::from(*rest.get(1)?), *rest.get(2)?);
        let (high, low) = (u32::from(both >> 4), u32::from(both & 15));
        let is_sound = first <= last && last < BLOCK && low < 14 && !parts.is_empty() && parts.len() == n;
        is_sound.then_some(Self { parts, first, last, high, low })
    }
}

struct ScanReader<'a> {
    bits: BitReader<'a>,
    dc: &'a [Option<Decoder>; 4],
    ac: &'a [Option<Decoder>; 4],
    scan: &'a Scan,
    is_progressive: bool,
    /// The first number of the block before, for each part.
    before: Vec<i32>,
    /// How many blocks follow that have nothing more.
    run: u32,
}

impl ScanReader<'_> {
    fn restart(&mut self) -> Result<(), String> {
        self.before.fill(0);
        self.run = 0;
        if self.bits.restart() { Ok(()) } else { Err(CUT.to_owned()) }
    }

    /// Reads the blocks of a unit: of all planes, or one block where the scan has one plane.
    fn unit(&mut self, numbers: &mut Numbers, unit: usize) -> Option<()> {
        let is_alone = self.scan.parts.len() == 1;
        let n_across = numbers.units.0;
        for (part, (plane, dc, ac)) in self.scan.parts.iter().copied().enumerate() {
            let plane = numbers.planes.get_mut(plane)?;
            if is_alone {
                let place = (unit.checked_rem(plane.wide)?, unit.checked_div(plane.wide)?);
                let index = place.1.checked_mul(plane.stride)?.checked_add(place.0)?;
                self.block(plane.blocks.get_mut(index)?, part, (dc, ac))?;
                continue;
            }
            let (x, y) = (unit.checked_rem(n_across)?, unit.checked_div(n_across)?);
            for down in 0..plane.down {
                for across in 0..plane.across {
                    let row = y.checked_mul(plane.down)?.checked_add(down)?;
                    let column = x.checked_mul(plane.across)?.checked_add(across)?;
                    let index = row.checked_mul(plane.stride)?.checked_add(column)?;
                    self.block(plane.blocks.get_mut(index)?, part, (dc, ac))?;
                }
            }
        }
        Some(())
    }

    fn block(&mut self, block: &mut [i16; BLOCK], part: usize, (dc, ac): (usize, usize)) -> Option<()> {
        if self.scan.first == 0 {
            self.first(block, part, dc)?;
        }
        if !self.is_progressive {
            return self.others(block, ac, 1);
        }
        match (self.scan.last, self.scan.high) {
            (0, _) => Some(()),
            (_, 0) => self.others(block, ac, self.scan.first.max(1)),
            _ => self.refined(block, ac),
        }
    }

    /// The first number of a block: what it differs from that of the block before, or one more bit of it.
    fn first(&mut self, block: &mut [i16; BLOCK], part: usize, table: usize) -> Option<()> {
        let place = block.first_mut()?;
        if self.is_progressive && self.scan.high > 0 {
            if self.bits.bit() {
                *place |= 1_i16.checked_shl(self.scan.low)?;
            }
            return Some(());
        }
        let n = u32::from(self.dc.get(table)?.as_ref()?.symbol(&mut self.bits)?);
        let before = self.before.get_mut(part)?;
        *before = before.checked_add(self.bits.number(n.min(15)))?;
        let low = if self.is_progressive { self.scan.low } else { 0 };
        *place = i16::try_from(before.checked_shl(low)?).ok()?;
        Some(())
    }

    /// The other numbers of a block, up to the last that is not zero.
    fn others(&mut self, block: &mut [i16; BLOCK], table: usize, from: usize) -> Option<()> {
        if self.run > 0 {
            self.run = self.run.saturating_sub(1);
            return Some(());
        }
        let (last, low) =
            if self.is_progressive { (self.scan.last, self.scan.low) } else { (BLOCK.saturating_sub(1), 0) };
        let table = self.ac.get(table)?.as_ref()?;
        let mut at = from;
        while at <= last {
            let symbol = table.symbol(&mut self.bits)?;
            let (zeros, n) = (usize::from(symbol >> 4), u32::from(symbol & 15));
            if n == 0 && zeros < 15 {
                if zeros > 0 {
                    let n = u32::try_from(zeros).ok()?;
                    self.run = 1_u32.checked_shl(n)?.checked_add(self.bits.take(n))?.saturating_sub(1);
                }
                return Some(());
            }
            at = at.checked_add(zeros)?;
            if n > 0 {
                *block.get_mut(at)? = i16::try_from(self.bits.number(n).checked_shl(low)?).ok()?;
            }
            at = at.checked_add(1)?;
        }
        Some(())
    }

    /// One more bit of the numbers of a block.
    fn refined(&mut self, block: &mut [i16; BLOCK], table: usize) -> Option<()> {
        let step = 1_i16.checked_shl(self.scan.low)?;
        let table = self.ac.get(table)?.as_ref()?;
        let mut at = self.scan.first.max(1);
        while self.run == 0 && at <= self.scan.last {
            let symbol = table.symbol(&mut self.bits)?;
            let (mut zeros, n) = (symbol >> 4, symbol & 15);
            let mut new = 0_i16;
            if n == 0 && zeros < 15 {
                let n = u32::from(zeros);
                self.run = 1_u32.checked_shl(n)?.checked_add(self.bits.take(n))?;
                break;
            } else if n > 0 {
                new = if self.bits.bit() { step } else { step.checked_neg()? };
            }
            while at <= self.scan.last {
                let number = block.get_mut(at)?;
                at = at.checked_add(1)?;
                if *number != 0 {
                    refine(&mut self.bits, number, step);
                } else if zeros == 0 {
                    *number = new;
                    break;
                } else {
                    zeros = zeros.saturating_sub(1);
                }
            }
        }
        if self.run > 0 {
            for number in block.iter_mut().take(self.scan.last.saturating_add(1)).skip(at) {
                if *number != 0 {
                    refine(&mut self.bits, number, step);
                }
            }
            self.run = self.run.saturating_sub(1);
        }
        Some(())
    }
}

fn refine(bits: &mut BitReader<'_>, number: &mut i16, step: i16) {
    if bits.bit() && *number & step == 0 {
        *number = if *number > 0 { number.saturating_add(step) } else { number.saturating_sub(step) };
    }
}
