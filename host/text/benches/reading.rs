//! What reading a text costs: the view, each lane and both, beside rivals on the same terms and text in the same run; what
//! loading costs; how much of a text is kept back.
//!
//! `cargo xtask bench --terms LIST.txt --texts TEXTS.jsonl` runs it: a list of words, one a line, and rows with a `text`.
//! Without the list invented terms stand in, and what needs it is left out with a notice. It prints the table that is kept
//! under `host/text/benches/record/`.

#![expect(
    clippy::print_stdout,
    clippy::expect_used,
    clippy::indexing_slicing,
    reason = "a benchmark talks to people and stops at the first surprise"
)]

mod reading {
    pub(crate) mod generated;
    pub(crate) mod kept;
    pub(crate) mod rivals;
    pub(crate) mod terms;
}
#[path = "../../benches/ratios/measure.rs"]
#[expect(dead_code, reason = "shared with the benchmarks of the host")]
mod measure;
#[path = "../../benches/ratios/texts.rs"]
mod texts;

use std::hint::black_box;
use std::sync::Arc;
use std::time::Instant;

use measure::Table;
use reading::rivals::Rivals;
use reading::terms::{self, HIT};
use reading::{generated, kept};
use specialis_text::{Index, IndexBuilder, Lane, Lexicon, Reader, view};
use texts::CALM;

/// The quickest of many batches, in microseconds a call: whatever else the machine does only ever adds.
pub(crate) fn quickest<T>(mut call: impl FnMut() -> T) -> f64 {
    let mut batch = || {
        let start = Instant::now();
        for _ in 0..50 {
            drop(black_box(call()));
        }
        start.elapsed().as_secs_f64() * 1e6 / 50.0
    };
    let begun = Instant::now();
    let mut least = batch();
    while begun.elapsed().as_secs_f64() < 0.8 {
        least = least.min(batch());
    }
    least
}

fn main() {
    let options = terms::options();
    let list = options.list.as_deref().map(terms::read);
    if list.is_none() {
        println!("notice: no `--terms LIST.txt`, so terms are invented and the size of the list is left out\n");
    }
    let mut table = Table::default();
    let looked_at = quickest(|| black_box(view(CALM)));
    table.base("view/300ch", looked_at, "the match view alone, with its way back");
    let all = list.as_ref().map_or(10_000, Vec::len);
    for n in [1_000, 10_000, all].into_iter().take(if list.is_some() { 3 } else { 2 }) {
        let words = list.as_ref().map_or_else(|| texts::invented(n), |list| spread(list, n));
        read(&mut table, &words);
    }
    load(&mut table);
    open_readers(&mut table, list.as_deref());
    println!("{table}");
    generated::print();

    match (&list, &options.texts) {
        (Some(list), Some(texts)) => kept::print(list, &terms::texts(texts)),
        (None, _) | (_, None) => println!("notice: kept-back text needs `--terms LIST.txt` and `--texts TEXTS.jsonl`"),
    }
}

/// So many words from all over the list.
fn spread(list: &[String], n: usize) -> Vec<String> {
    let step = (list.len() / n.max(1)).max(1);
    list.iter().step_by(step).take(n).cloned().collect()
}

/// Reading a text with one number of terms, and the rivals with the same.
fn read(table: &mut Table, words: &[String]) {
    let n = words.len();
    let lexicon = terms::lexicon(words);
    let index = Arc::new(built(&lexicon, |_| true));
    let both = quickest(|| black_box(index.scan(CALM)));
    table.base(&format!("scan/no-hit/300ch/{n}"), both, "the view and both lanes");
    for (name, lane) in [("plain", Lane::Plain), ("tight", Lane::Tight)] {
        let one = built(&lexicon, |own| own == lane);
        let time = quickest(|| black_box(one.scan(CALM)));
        table.against(&format!("scan/{name}-lane/300ch/{n}"), time, time / both, "terms of one lane; both is the base");
    }
    let hit = quickest(|| black_box(index.scan(HIT)));
    table.against(&format!("scan/other/300ch/{n}"), hit, hit / both, "a text with numbers and Latin");

    let mut reader = Reader::new(index);
    reader.push(CALM);
    let chunks: Vec<&str> = texts::chunks(CALM);
    let n_chunks = u32::try_from(chunks.len()).map_or(1.0, f64::from);
    let whole = quickest(|| chunks.iter().for_each(|chunk| drop(black_box(reader.push(chunk)))));
    table.base(&format!("chunk/no-hit/4ch/{n}"), whole / n_chunks, "target ≤ 1 µs");

    let rivals = Rivals::new(words);
    for (name, time, note) in rivals.times(CALM) {
        table.against(&format!("rival/{name}/300ch/{n}"), time, time / both, note);
    }
    if let Some(notice) = rivals.notice() {
        println!("notice: {notice} ({n} terms)");
    }
}

fn built(lexicon: &Lexicon, keeps: impl Fn(Lane) -> bool) -> Index {
    let mut lexicon = lexicon.clone();
    lexicon.terms.retain(|term| term.lane().is_some_and(&keeps));
    IndexBuilder::new().lexicon(&lexicon).build().expect("the terms are an index")
}

/// From a file of 100,000 terms to an index, shared by all sessions.
fn load(table: &mut Table) {
    let file = terms::lexicon(&texts::invented(100_000)).to_csv();
    let mut times: Vec<f64> = (0..3)
        .map(|_| {
            let start = Instant::now();
            let lexicon = Lexicon::parse("invented", file.as_bytes()).expect("it is a lexicon");
            let index = IndexBuilder::new().lexicon(&lexicon).build().expect("it is an index");
            let time = start.elapsed().as_secs_f64() * 1e6;
            assert_eq!(black_box(index).n_terms(), 100_000);
            time
        })
        .collect();
    times.sort_by(f64::total_cmp);
    table.base("load/100000", times[1], "from the bytes of a file to an index; target < 2 s");
}

/// What streams hold that are in the middle of a text, all on one index; a reader's own state, without the text, which its
/// caller keeps.
fn open_readers(table: &mut Table, list: Option<&[String]>) {
    let words = list.map_or_else(|| texts::invented(10_000), <[String]>::to_vec);
    let index = Arc::new(built(&terms::lexicon(&words), |_| true));
    let ballast = ballast();
    for n in [1_000_u64, 100_000] {
        let Some(before) = measure::resident() else {
            println!("notice: this system does not say what is resident, so open streams are left out");
            return;
        };
        let open = || {
            let mut reader = Reader::new(index.clone());
            texts::chunks(CALM).into_iter().for_each(|chunk| drop(black_box(reader.push(chunk))));
            reader
        };
        let readers: Vec<Reader> = (0..n).map(|_| open()).collect();
        let held = measure::resident().unwrap_or_default().saturating_sub(before);
        let note = format!("{} bytes each, in the middle of a text; the text itself is the caller's", held / n);
        table.memory(&format!("streams/{n}/open"), held, &note);
        drop(black_box(readers));
    }
    drop(black_box(ballast));
}

/// Fills what the allocator holds free, so that what is allocated behind it shows as resident.
fn ballast() -> Vec<Vec<u8>> {
    const BLOCKS: usize = 4_096;
    let mut ballast = Vec::new();
    for size in [16, 32, 64, 128, 256, 512, 1_024, 4_096, 16_384, 65_536] {
        let all = u64::try_from(size * BLOCKS).unwrap_or(u64::MAX);
        for _ in 0..64 {
            let before = measure::resident().unwrap_or_default();
            ballast.extend((0..BLOCKS.min((64 << 20) / size)).map(|_| vec![1_u8; size]));
            if measure::resident().unwrap_or_default().saturating_sub(before) >= all.min(64 << 20) {
                break;
            }
        }
    }
    ballast
}
