//! Server-sent events are read the same however the bytes are cut. The first byte is the cut.
#![no_main]

use specialis_server::wire::{SseItem, SseParser};

fn read(bytes: &[u8], cut: usize) -> Option<Vec<SseItem>> {
    let mut parser = SseParser::new(1 << 12);
    let mut items = Vec::new();
    for piece in bytes.chunks(cut) {
        items.extend(parser.push(piece).ok()?);
    }
    items.extend(parser.finish().ok()?);
    Some(items)
}

libfuzzer_sys::fuzz_target!(|data: &[u8]| {
    let [cut, bytes @ ..] = data else { return };
    assert_eq!(read(bytes, usize::from(*cut).max(1)), read(bytes, bytes.len().max(1)));
});
