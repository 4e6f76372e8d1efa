//! Whatever an upstream sends, however it is cut, the client gets events that can be read, one end, and nothing of the text but
//! what was released. The first byte chooses the interface, the second the cut.
#![no_main]

use specialis::{Release, Step};
use specialis_server::wire::{Answer, AnswerStyle, Ended, Interface, Progress, SseParser, TextJudge};

/// Releases nothing, so that no text of the upstream may show.
struct Silent;

impl TextJudge for Silent {
    fn push(&mut self, _: u32, _: Option<&str>, _: &str) -> Vec<Step> {
        Vec::new()
    }

    fn end(self: Box<Self>) -> Ended {
        Ended {
            release: Release::default(),
            levels: Default::default(),
            verdict: specialis::core::Level::Pass,
            decision: String::new(),
            measures: Vec::new(),
        }
    }
}

libfuzzer_sys::fuzz_target!(|data: &[u8]| {
    let [first, cut, bytes @ ..] = data else { return };
    let interface = Interface::ALL[usize::from(*first) % Interface::ALL.len()];
    let style = AnswerStyle { max_event: 1 << 16, ..AnswerStyle::default() };
    let mut transcoder = interface.transcoder(style, Answer::new(Box::new(Silent)));
    let mut out = Vec::new();
    let mut progress = Progress::More;
    for piece in bytes.chunks(usize::from(*cut).max(1)) {
        progress = transcoder.push(piece, &mut out);
        if progress == Progress::Finished {
            break;
        }
    }
    if progress == Progress::More {
        transcoder.end(&mut out);
    }
    let mut parser = SseParser::new(out.len().max(1));
    parser.push(&out).expect("what is written can be read");
    assert_eq!(parser.n_held(), 0, "no event is cut off");
    if let Ok(body) = serde_json::from_slice(bytes) {
        let _ = interface.rewrite(&AnswerStyle::default(), &body, &mut Answer::new(Box::new(Silent)));
    }
});
