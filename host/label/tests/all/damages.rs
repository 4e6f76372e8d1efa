//! Files with random damage: nothing falls, what is written is read back alone, and no file gets a second label.

use std::io::Cursor;

use proptest::prelude::Rng as _;
use proptest::test_runner::{RngAlgorithm, TestRng};
use specialis_label::explicit::readable_text;
use specialis_label::{Case, Container, Propagation, check, read, replace, update, write};

use crate::hostile::small;
use crate::round_trip::label;

/// How many damaged files are read and written.
const N_DAMAGES: usize = 10_000;

/// The files that are damaged: a small one of each kind, the same with a label, and the same with a label that was spread.
fn files() -> Vec<(Container, Vec<u8>)> {
    let mut files = Vec::new();
    let spread = Propagation::new(Case::Confirmed, "platform", "p-9").unwrap();
    let mut more = small();
    more.push((Container::Html, b"<!DOCTYPE html><html><head></head><body><p>x</p></body></html>".to_vec()));
    more.push((Container::Markdown, "---\ntitle: x\n---\n# x\n".as_bytes().to_vec()));
    for (container, file) in more {
        let (mut once, mut twice) = (Vec::new(), Vec::new());
        write(&mut Cursor::new(&file), &mut once, container, &label())
            .unwrap_or_else(|error| panic!("{container}: {error}"));
        update(&mut Cursor::new(&once), &mut twice, container, &spread).unwrap();
        files.extend([(container, file), (container, once), (container, twice)]);
    }
    files
}

/// Changes, removes, doubles or adds bytes somewhere.
fn damaged(file: &[u8], random: &mut TestRng) -> Vec<u8> {
    let mut out = file.to_vec();
    for _ in 0..=random.next_u32() % 3 {
        let at = random.next_u32() as usize % out.len().max(1);
        let len = (random.next_u32() as usize % 24).min(out.len().saturating_sub(at));
        match random.next_u32() % 5 {
            0 => out.truncate(at),
            1 => drop(out.drain(at..at + len)),
            2 => {
                let part = out[at..at + len].to_vec();
                out.splice(at..at, part);
            }
            3 => {
                out.iter_mut().skip(at).take(4).for_each(|byte| *byte = [0, 0xFF, 0x7F][random.next_u32() as usize % 3])
            }
            _ => {
                if let Some(byte) = out.get_mut(at) {
                    *byte ^= 1 << (random.next_u32() % 8);
                }
            }
        }
    }
    out
}

#[test]
fn no_random_damage_makes_it_fall_or_adds_a_second_label() {
    let mut random = TestRng::from_seed(RngAlgorithm::ChaCha, &[7; 32]);
    let files = files();
    assert!(files.len() >= 60, "{}", files.len());
    let mut n_written = 0_usize;
    for n in 0..N_DAMAGES {
        let (container, file) = &files[n % files.len()];
        let file = damaged(file, &mut random);
        let before = read(&mut Cursor::new(&file), *container).unwrap();
        let _ = (check(&before), readable_text(&mut Cursor::new(&file), *container));
        for is_new in [true, false] {
            let mut out = Vec::new();
            let done = if is_new {
                write(&mut Cursor::new(&file), &mut out, *container, &label())
            } else {
                replace(&mut Cursor::new(&file), &mut out, *container, &label())
            };
            if done.is_err() {
                assert!(out.is_empty(), "{container}: nothing is written by halves");
                continue;
            }
            assert!(!is_new || before.labels.is_empty(), "{container}: one was there, damage {n}");
            let after = read(&mut Cursor::new(&out), *container).unwrap();
            assert_eq!(after.labels.len(), 1, "{container}: damage {n}");
            n_written += 1;
        }
    }
    assert!(n_written > N_DAMAGES / 4, "{n_written}");
}
