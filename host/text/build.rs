//! Writes the character table of the match view (`$OUT_DIR/view_table.rs`) from Unicode data and `data/han-variants.txt`.

#[path = "src/table/layout.rs"]
mod layout;
#[path = "build/rules.rs"]
mod rules;

use std::collections::{BTreeMap, HashMap};
use std::fmt::Write as _;
use std::path::Path;

use layout::{BLOCK_BITS, CODE, EMOJI, IDENTITY, KIND, LEN_BITS, MANY, NONE, ONE, class};

type Error = Box<dyn std::error::Error>;

fn main() -> Result<(), Error> {
    println!("cargo::rerun-if-changed=build.rs");
    println!("cargo::rerun-if-changed=build/rules.rs");
    println!("cargo::rerun-if-changed=src/table/layout.rs");
    println!("cargo::rerun-if-changed=data/han-variants.txt");
    println!("cargo::rerun-if-changed=data/words.txt");
    let rules = rules::Rules::new(&std::fs::read_to_string("data/han-variants.txt")?)?;
    let out = std::env::var_os("OUT_DIR").ok_or("cargo sets OUT_DIR")?;
    std::fs::write(Path::new(&out).join("view_table.rs"), table(&rules)?)?;
    std::fs::write(Path::new(&out).join("words.fst"), words(&rules, &std::fs::read_to_string("data/words.txt")?)?)?;
    Ok(())
}

/// The dictionary as an automaton: words as the view has them, with how rare each is.
fn words(rules: &rules::Rules, list: &str) -> Result<Vec<u8>, Error> {
    let mut words: BTreeMap<String, u64> = BTreeMap::new();
    for line in list.lines().filter(|line| !line.starts_with('#')) {
        let mut cells = line.split(' ');
        let rarity: u64 = cells.next().ok_or("a line without a number in data/words.txt")?.parse()?;
        for word in cells {
            let word: String = word.chars().flat_map(|c| rules.image(c)).collect();
            let known = words.entry(word).or_insert(rarity);
            *known = rarity.min(*known);
        }
    }
    let mut builder = fst::MapBuilder::memory();
    for (word, rarity) in words {
        builder.insert(word, rarity)?;
    }
    Ok(builder.into_inner()?)
}

/// The two-stage table as Rust source: blocks of cells, and a pool for characters with several view characters.
fn table(rules: &rules::Rules) -> Result<String, Error> {
    let size = 1_u32 << BLOCK_BITS;
    let mut pool: Vec<u32> = Vec::new();
    let mut pooled: HashMap<Vec<char>, u32> = HashMap::new();
    let mut blocks: Vec<Vec<u32>> = Vec::new();
    let mut known: HashMap<Vec<u32>, usize> = HashMap::new();
    let mut order: Vec<usize> = Vec::new();
    for first in (0..0x11_0000_u32).step_by(usize::try_from(size)?) {
        let mut cells = Vec::new();
        for code in first..first + size {
            let cell = match char::from_u32(code) {
                None => IDENTITY | class::SEPARATOR,
                Some(c) => cell(rules, c, &mut pool, &mut pooled)?,
            };
            cells.push(cell);
        }
        let next = blocks.len();
        let index = *known.entry(cells.clone()).or_insert(next);
        if index == next {
            blocks.push(cells);
        }
        order.push(index);
    }
    let mut source = String::new();
    writeln!(source, "pub(super) static ORDER: [u16; {}] = {order:?};", order.len())?;
    writeln!(source, "pub(super) static BLOCKS: [[u32; {size}]; {}] = {blocks:?};", blocks.len())?;
    writeln!(source, "pub(super) static POOL: [u32; {}] = {pool:?};", pool.len())?;
    Ok(source)
}

fn cell(
    rules: &rules::Rules,
    c: char,
    pool: &mut Vec<u32>,
    pooled: &mut HashMap<Vec<char>, u32>,
) -> Result<u32, Error> {
    let image = rules.image(c);
    Ok(match *image.as_slice() {
        [] => NONE,
        [same] if same == c => IDENTITY | rules::class(c),
        [other] if !rules::is_emoji(c) => one(other),
        _ => match pooled.get(&image) {
            Some(&cell) => cell | emoji(c),
            None => {
                let cell = MANY | (u32::try_from(pool.len())? << LEN_BITS) | u32::try_from(image.len())?;
                let fits = image.len() < 1 << LEN_BITS && pool.len() << LEN_BITS < usize::try_from(CODE)?;
                if !fits || cell & KIND != MANY {
                    return Err("the pool outgrew the cell layout, widen `LEN_BITS` or the cell".into());
                }
                pool.extend(image.iter().map(|&part| one(part)));
                pooled.insert(image, cell);
                cell | emoji(c)
            }
        },
    })
}

/// What the cell of an emoji has beside the others.
fn emoji(c: char) -> u32 {
    if rules::is_emoji(c) { EMOJI } else { 0 }
}

/// The cell of a character that one character maps to.
fn one(c: char) -> u32 {
    ONE | rules::class(c) | u32::from(c)
}
