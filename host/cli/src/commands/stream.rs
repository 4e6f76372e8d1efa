//! `stream`: text from standard input to standard output as it may go out, judged on the way.

mod cut;
mod report;

use std::io::{self, BufWriter, Read, Write};
use std::path::PathBuf;

use anyhow::{Context as _, Error, Result, bail};
use cap_std::fs::File;
use clap::Args;
use clap::builder::{PossibleValuesParser, TypedValueParser};
use specialis::{OwnedStream, Session, Step};
use specialis_core::{Decision, Delivery, Event, EventKind, FactPlace, Level, SessionId, counted};
use specialis_text::Utf8Assembler;

use crate::input;
use crate::judging::recorded_session;
use crate::options::{EditionOptions, LedgerOption, ThreadOptions};
use crate::output::{self, Exit, KeptBack};
use cut::{Cutter, Cutting};

const AFTER_HELP: &str = "\
The text is an `output` that streams in: one answer of a model, UTF-8. It goes to standard output as soon as nothing can
become of it any more, with stretches masked where the law asks for that. What changed and how much was kept back goes to
standard error. Where the decision comes to `stop`, nothing more is read: a pipe tells the writer to stop generating.

  --chunk N            pass it on in pieces of N characters, as a model gives them, however it came
  --chunk random:SEED  in pieces of 1 to 12 bytes, cut inside characters too; the same seed cuts the same way

However it is cut, the same text goes out. What is written to `--decisions` can be read by `specialis explain`.

Examples:
  generate | specialis stream --profile texts            take an adult user of a service of the mainland
  specialis stream --chunk 4 --context context.json < answer.txt > released.txt
  specialis stream --delivery keep-all --decisions decisions.jsonl < answer.txt
  specialis schema context              what a context can say; without one everything is unknown, and tightens

Exit codes: 0 judged, whatever came of it; 1 there was nothing to judge, or it was not UTF-8; 2 usage or configuration.";

#[derive(Args)]
#[command(after_help = AFTER_HELP)]
pub(crate) struct StreamArgs {
    /// How the text is cut [default: as it arrives]
    #[arg(long, value_name = "N|random:SEED")]
    chunk: Option<Cutting>,
    /// A file with the context as JSON: who is served, with what, under which papers
    #[arg(long, value_name = "FILE")]
    context: Option<PathBuf>,
    /// When text goes out [default: the strictest that profile or policies ask for, else `keep-window`]
    #[arg(long, value_name = "PROMISE", value_parser = delivery())]
    delivery: Option<Delivery>,
    /// Write every decision to this file, one a line as JSON
    #[arg(long, value_name = "FILE")]
    decisions: Option<PathBuf>,
    #[command(flatten)]
    ledger: LedgerOption,
    #[command(flatten)]
    edition: EditionOptions,
}

fn delivery() -> impl TypedValueParser<Value = Delivery> {
    let words = PossibleValuesParser::new(Delivery::ALL.iter().map(|delivery| delivery.as_str()));
    words.try_map(|word| {
        let known = Delivery::ALL.iter().find(|delivery| delivery.as_str() == word).copied();
        known.ok_or("give one of the three promises")
    })
}

pub(crate) fn run(args: &StreamArgs, out: &mut dyn Write) -> Result<Exit> {
    let context = input::context(args.context.as_deref())?;
    let ledger = args.ledger.open()?;
    let host = args.edition.host_with(ThreadOptions::default().count(), &ledger)?;
    let unfit = host.edition().content().unfit_facts(&context.sector_facts, FactPlace::Context);
    if let Some(problem) = unfit.first() {
        bail!("context: {problem}; see `specialis schema context --with FILE.wasm`");
    }
    let name = SessionId::from("stream");
    let id = if ledger.is_open() { recorded_session(&name).map_err(Error::msg)? } else { name };
    let mut session = host.open(id, context);
    if let Some(delivery) = args.delivery {
        session.ask_delivery(delivery);
    }
    let mut pump = Pump::new(session, args.decisions.as_ref(), out)?;
    let exit = pump.run(&mut io::stdin().lock(), Cutter::new(args.chunk))?;
    ledger.close()?;
    Ok(exit)
}

/// The stream on its way through.
struct Pump<'o> {
    /// Gone once the text has ended.
    stream: Option<OwnedStream>,
    /// What beginning the stream brought; told with the first text.
    first: Vec<Step>,
    out: &'o mut dyn Write,
    decisions: Option<BufWriter<File>>,
    /// What has been read, as far as it is text, for positions in characters.
    text: String,
    bytes: Utf8Assembler,
    is_broken: bool,
    n_bytes: usize,
    n_chunks: u64,
    /// Characters that went out, masks among them.
    n_out: usize,
    verdict: Level,
    closed: Option<Level>,
    kept: KeptBack,
}

impl<'o> Pump<'o> {
    fn new(session: Session, decisions: Option<&PathBuf>, out: &'o mut dyn Write) -> Result<Self> {
        let mut stream = session.into_stream(Event::new(EventKind::Output));
        let first = stream.steps();
        Ok(Self {
            first,
            stream: Some(stream),
            out,
            decisions: decisions.map(|path| output::begin(path)).transpose()?.map(BufWriter::new),
            text: String::new(),
            bytes: Utf8Assembler::new(),
            is_broken: false,
            n_bytes: 0,
            n_chunks: 0,
            n_out: 0,
            verdict: Level::Pass,
            closed: None,
            kept: KeptBack::default(),
        })
    }

    fn run(&mut self, input: &mut dyn Read, mut cutter: Cutter) -> Result<Exit> {
        let mut buffer = vec![0; 1 << 16];
        while !self.is_over() {
            let n = match input.read(&mut buffer) {
                Ok(n) => n,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                Err(error) => return Err(error).context("standard input cannot be read"),
            };
            let pieces = match buffer.get(..n) {
                Some(bytes) if n > 0 => cutter.cut(bytes),
                Some(_) | None => cutter.rest().into_iter().collect(),
            };
            for piece in pieces {
                let first = std::mem::take(&mut self.first);
                self.tell(first)?;
                if !self.is_over() {
                    self.push(self.due(&piece))?;
                }
            }
            if n == 0 {
                break;
            }
        }
        if self.n_bytes == 0 {
            output::note("<stdin>: nothing to judge, it is empty; give the text of one answer");
            return Ok(Exit::Incomplete);
        }
        self.end()
    }

    /// Whether nothing more is read: the text is stopped, and its last character is whole.
    fn is_over(&self) -> bool {
        self.closed == Some(Level::Stop) && (self.is_broken || self.bytes.finish().is_ok())
    }

    /// What is read of a piece: all of it, or of a stopped text what its last character still needs.
    fn due<'p>(&self, piece: &'p [u8]) -> &'p [u8] {
        let n_more = piece.iter().take_while(|byte| matches!(byte, 0x80..=0xBF)).count();
        let is_rest = self.closed == Some(Level::Stop) && n_more > 0;
        piece.get(..n_more).filter(|_| is_rest).unwrap_or(piece)
    }

    fn push(&mut self, piece: &[u8]) -> Result<()> {
        self.n_bytes = self.n_bytes.saturating_add(piece.len());
        self.n_chunks = self.n_chunks.saturating_add(1);
        match self.bytes.push(piece) {
            Ok(text) => self.text.push_str(text),
            Err(_) => self.is_broken = true,
        }
        let Some(stream) = &mut self.stream else { return Ok(()) };
        let steps = stream.push_bytes(0, None, piece);
        let n_kept_back = stream.n_kept_back();
        self.tell(steps)?;
        if self.closed.is_none() {
            let from = self.text.len().saturating_sub(n_kept_back);
            self.kept.add(self.text.get(from..).unwrap_or_default().chars().count());
        }
        Ok(())
    }

    fn end(&mut self) -> Result<Exit> {
        let Some(stream) = self.stream.take() else { return Ok(Exit::Complete) };
        let (_, judged) = stream.end();
        for (_, text) in &judged.release.parts {
            self.let_out(text.as_deref().unwrap_or_default())?;
        }
        let decision = judged.decision;
        self.record(&decision)?;
        if let Some(decisions) = &mut self.decisions {
            decisions.flush()?;
        }
        if decision.verdict != self.verdict {
            output::note(&report::change(&decision, self.verdict, "at the end"));
        }
        for line in report::end(&decision, &self.figures()) {
            output::note(&line);
        }
        match self.bytes.finish() {
            Ok(()) => Ok(Exit::Complete),
            Err(error) => {
                let from = error.at().saturating_add(1);
                output::note(&format!("<stdin>: not UTF-8 from byte {from} on, and nothing more went out; send UTF-8"));
                Ok(Exit::Incomplete)
            }
        }
    }

    fn figures(&self) -> report::Figures<'_> {
        report::Figures {
            n_read: self.text.chars().count(),
            n_out: self.n_out,
            n_chunks: self.n_chunks,
            closed: self.closed,
            kept: &self.kept,
        }
    }

    /// Acts on steps, in order.
    fn tell(&mut self, steps: Vec<Step>) -> Result<()> {
        for step in steps {
            match step {
                Step::Text { text, .. } => self.let_out(&text)?,
                Step::Decision(decision) => {
                    self.record(&decision)?;
                    let at = decision.streamed.as_ref().and_then(|streamed| streamed.at);
                    let place = self.place(at.and_then(|at| usize::try_from(at.at).ok()));
                    output::note(&report::change(&decision, self.verdict, &place));
                    self.verdict = decision.verdict;
                }
                Step::Closed { level, .. } => {
                    self.closed = Some(level);
                    output::note(report::closed(level));
                }
            }
        }
        Ok(())
    }

    /// How many characters had been read, for a position in bytes.
    fn place(&self, at: Option<usize>) -> String {
        let read = at.and_then(|at| self.text.get(..at)).unwrap_or(&self.text);
        format!("after {}", counted(read.chars().count(), "character", "characters"))
    }

    fn let_out(&mut self, text: &str) -> Result<()> {
        self.n_out = self.n_out.saturating_add(text.chars().count());
        self.out.write_all(text.as_bytes())?;
        // Somebody reads along.
        self.out.flush()?;
        Ok(())
    }

    fn record(&mut self, decision: &Decision) -> Result<()> {
        if let Some(decisions) = &mut self.decisions {
            serde_json::to_writer(&mut *decisions, decision).context("a decision cannot be written as JSON")?;
            decisions.write_all(b"\n")?;
        }
        Ok(())
    }
}
