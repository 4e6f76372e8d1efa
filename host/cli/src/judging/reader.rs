//! Reading and routing: each line goes to the judging thread that has its session.

use std::collections::HashMap;
use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::sync::Arc;
use std::sync::mpsc::SyncSender;

use specialis::Host;
use specialis_core::{Context, Date, FactPlace, SectorFacts, SessionId};

use super::answer::{Answer, Ordered};
use super::job::{Job, SessionUse};
use crate::input::{Input, Line, LineEvent, Place, Read};

/// What is known of a session that lines name.
struct Known {
    judge: usize,
    /// The context of its first line, or that it could not be read.
    context: Option<Arc<Context>>,
    day: Option<Date>,
    first: Place,
}

/// Reads all inputs in order.
pub(crate) struct Reader<J> {
    /// Whose policies say what facts sectors have.
    host: Host,
    as_of: Option<Date>,
    judges: Vec<SyncSender<Job>>,
    answers: SyncSender<Ordered<J>>,
    sessions: HashMap<String, Known>,
    /// How many sessions of a name ended, by a hash of the name.
    ended: HashMap<u64, u64>,
    /// The context read last: most lines of a file repeat it.
    last: Option<(String, Arc<Context>)>,
    empty: Arc<Context>,
    next_judge: usize,
    order: u64,
    n_bytes: u64,
    has_many_inputs: bool,
}

/// Where and with what a line is judged.
struct Routed {
    judge: usize,
    session: SessionUse,
    n_ended: u64,
    context: Arc<Context>,
    day: Option<Date>,
    event: LineEvent,
}

/// The receiver hung up: nobody needs what is read.
struct Disconnected;

impl<J> Reader<J> {
    pub(crate) fn new(
        host: Host,
        as_of: Option<Date>,
        judges: Vec<SyncSender<Job>>,
        answers: SyncSender<Ordered<J>>,
    ) -> Self {
        Self {
            host,
            as_of,
            judges,
            answers,
            sessions: HashMap::new(),
            ended: HashMap::new(),
            last: None,
            empty: Arc::default(),
            next_judge: 0,
            order: 0,
            n_bytes: 0,
            has_many_inputs: false,
        }
    }

    /// Reads to the end of all inputs, or until the receivers hang up.
    pub(crate) fn run(mut self, inputs: Vec<Input>) {
        self.has_many_inputs = inputs.len() > 1;
        for (number, input) in inputs.into_iter().enumerate() {
            if self.read(number, input).is_err() {
                return;
            }
        }
    }

    fn read(&mut self, number: usize, mut input: Input) -> Result<(), Disconnected> {
        let before = self.n_bytes;
        let mut is_empty = true;
        while let Some(Read { place, text }) = input.next() {
            is_empty = false;
            self.n_bytes = before.saturating_add(input.n_bytes);
            match text.and_then(|text| self.route(number, &place, &text)) {
                Ok(routed) => self.send(routed)?,
                Err(reason) => self.answer(Answer::NotJudged(format!("{place}: {reason}")))?,
            }
        }
        if is_empty {
            let reason = "nothing to judge, it holds no line; give one event a line";
            self.answer(Answer::EmptyInput(format!("{}: {reason}", input.name)))?;
        }
        Ok(())
    }

    fn route(&mut self, number: usize, place: &Place, text: &str) -> Result<Routed, String> {
        let line = Line::parse(text)?;
        let Some(name) = &line.session else {
            let context = self.context(&line)?;
            let day = self.as_of.or(line.day.clone()?);
            let session = SessionUse::Own(self.own_name(number, place));
            let event = self.event(&line)?;
            return Ok(Routed { judge: self.turn(), session, n_ended: 0, context, day, event });
        };
        self.enter(name, &line, place)?;
        let event = self.event(&line)?;
        let Some(known) = self.sessions.get(name) else { return Err("its session is not open".to_owned()) };
        let Some(context) = known.context.clone() else {
            return Err(format!("session `{name}` has no context that could be read; mend `{}`", known.first));
        };
        let id = SessionId::from(name.as_str());
        let (judge, day) = (known.judge, known.day);
        let session = if line.ends { SessionUse::Last(id) } else { SessionUse::Shared(id) };
        let n_ended = self.ended.get(&hash_of(name)).copied().unwrap_or(0);
        if line.ends {
            self.sessions.remove(name);
            self.ended.insert(hash_of(name), n_ended.saturating_add(1));
        }
        Ok(Routed { judge, session, n_ended, context, day, event })
    }

    /// Opens the session where this is its first line, and holds the line's context against the session's.
    fn enter(&mut self, name: &str, line: &Line<'_>, place: &Place) -> Result<(), String> {
        let day = line.day.clone()?;
        let context = self.context(line);
        if is_name_of_a_line(name) {
            return Err(format!("`{name}` is what lines without a session are called; name the session otherwise"));
        }
        if is_name_that_came_again(name) {
            return Err(format!("`{name}` is what a session is called whose name came again; name it otherwise"));
        }
        if !self.sessions.contains_key(name) {
            let judge = self.turn();
            let day = self.as_of.or(day);
            let known = Known { judge, context: context.clone().ok(), day, first: place.clone() };
            self.sessions.insert(name.to_owned(), known);
            return context.map(drop);
        }
        let has_context = line.context_text().is_some();
        let context = context?;
        let Some(known) = self.sessions.get_mut(name) else { return Ok(()) };
        match &known.context {
            None if has_context => {
                known.context = Some(context);
                known.first = place.clone();
            }
            Some(first) if has_context && *first != context => {
                return Err(format!(
                    "`context` differs from the one that session `{name}` opened with (`{}`); leave it out, give the same, \
                     or name another session",
                    known.first
                ));
            }
            None | Some(_) => {}
        }
        Ok(())
    }

    fn context(&mut self, line: &Line<'_>) -> Result<Arc<Context>, String> {
        let Some(text) = line.context_text() else { return Ok(self.empty.clone()) };
        match &self.last {
            Some((last, context)) if last == text => Ok(context.clone()),
            Some(_) | None => {
                let context = Line::context(text)?;
                self.fits("context", &context.sector_facts, FactPlace::Context)?;
                self.last = Some((text.to_owned(), context.clone()));
                Ok(context)
            }
        }
    }

    /// The event of a line. Facts of sectors are those that a policy declares.
    fn event(&self, line: &Line<'_>) -> Result<LineEvent, String> {
        let read = line.event()?;
        let (LineEvent::Whole(event) | LineEvent::Stream(event, _)) = &read;
        self.fits("event", &event.sector_facts, FactPlace::Event(event.kind()))?;
        Ok(read)
    }

    fn fits(&self, of: &str, facts: &SectorFacts, place: FactPlace) -> Result<(), String> {
        if facts.is_empty() {
            return Ok(());
        }
        match self.host.edition().content().unfit_facts(facts, place).first() {
            Some(problem) => Err(format!("{of}: {problem}; see `specialis schema {of} --with FILE.wasm`")),
            None => Ok(()),
        }
    }

    /// The name of a line's own session.
    fn own_name(&self, number: usize, place: &Place) -> SessionId {
        let name = if self.has_many_inputs {
            format!("file-{}-line-{}", number.saturating_add(1), place.line)
        } else {
            format!("line-{}", place.line)
        };
        SessionId::from(name)
    }

    fn turn(&mut self) -> usize {
        let judge = self.next_judge;
        self.next_judge = judge.saturating_add(1).checked_rem(self.judges.len()).unwrap_or(0);
        judge
    }

    fn send(&mut self, routed: Routed) -> Result<(), Disconnected> {
        let Routed { judge, session, n_ended, context, day, event } = routed;
        let job = Job { order: self.order, n_bytes: self.n_bytes, session, n_ended, context, day, event };
        self.order = self.order.saturating_add(1);
        self.judges.get(judge).ok_or(Disconnected)?.send(job).map_err(|_| Disconnected)
    }

    fn answer(&mut self, answer: Answer<J>) -> Result<(), Disconnected> {
        let ordered = Ordered { order: self.order, n_bytes: self.n_bytes, answer };
        self.order = self.order.saturating_add(1);
        self.answers.send(ordered).map_err(|_| Disconnected)
    }
}

/// Two names with one hash give a session the id of one that came again, which harms nothing.
fn hash_of(name: &str) -> u64 {
    let mut hasher = DefaultHasher::new();
    name.hash(&mut hasher);
    hasher.finish()
}

/// Whether a name could be one that [`host_session`](super::job::host_session) gives to a name that came again.
fn is_name_that_came_again(name: &str) -> bool {
    let counted = name.rsplit_once('#').and_then(|(_, digits)| digits.strip_prefix("00000000"));
    counted.is_some_and(|digits| digits.len() == 8 && digits.bytes().all(|byte| byte.is_ascii_hexdigit()))
}

/// Whether a name could be one that [`Reader::own_name`] gives: two sessions of one name would have decisions of one id.
fn is_name_of_a_line(name: &str) -> bool {
    let is_number = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    let is_line = |text: &str| text.strip_prefix("line-").is_some_and(is_number);
    let in_file = |text: &str| text.split_once('-').is_some_and(|(file, line)| is_number(file) && is_line(line));
    is_line(name) || name.strip_prefix("file-").is_some_and(in_file)
}
