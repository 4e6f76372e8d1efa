//! Answers of a guest, from any bytes: through the checks of the host into a decision.
//!
//! One guest is compiled once. The text of an event spells the bytes of its answer, so every event is another answer.

use std::fmt::Write as _;

use serde_json::{Value, json};
use specialis::Host;
use specialis_core::{
    Context, Decision, Event, EventKind, Lang, MeasureGrant, Part, Registry, Trust, Wording, Words, explain,
};
use specialis_core::{PolicyId, ReasonId, SectorId, TextKey, needs_escape};

use crate::dice::Dice;
use crate::value::encoded;
use crate::wire::{Memory, Wire};
use crate::{Guest, Manifest, hosts};

/// Where the answer stands in the guest's memory.
const BASE: u32 = 16 << 10;
/// The bytes of an answer; what it points to stands among them.
const BYTES: usize = 2 << 10;

/// A host with the guest, and the layout of its answers.
pub struct Answers {
    host: Host,
    wire: Wire,
}

impl Default for Answers {
    fn default() -> Self {
        Self { host: host_of(spelled_in(0)), wire: Wire::read() }
    }
}

/// The guest whose answer the text of a part spells.
fn spelled_in(part: u32) -> Guest {
    let guest = Guest::from_file("spelled-answer").with("part", &part.to_string());
    guest.with("letters", &(2 * BYTES).to_string()).with("bytes", &BYTES.to_string())
}

/// A host with a guest that is granted every measure of the answers.
fn host_of(guest: Guest) -> Host {
    let file = spelled(guest).under(Manifest::hostile()).pack();
    let measures = ["replace", "append", "retract", "terminate-user"].map(Into::into).to_vec();
    let grant = MeasureGrant { signer: hosts::signer_of(&file), measures };
    let trust = hosts::platform_is_trusted(Trust { measures: vec![grant], ..Trust::default() });
    hosts::host(hosts::candidate().trust(trust).policy("spelled", file))
}

/// Two hosts whose guests give the same answer: the one typed, as the second part of an event spells it, and the other as one value,
/// as the first part does.
pub struct BothForms {
    typed: Host,
    by_value: Host,
    wire: Wire,
}

impl Default for BothForms {
    fn default() -> Self {
        let by_value = host_of(Guest::from_file("spelled-value"));
        Self { typed: host_of(spelled_in(1)), by_value, wire: Wire::read() }
    }
}

impl BothForms {
    /// Judges an event on which both guests give the answer that the bytes choose. The decisions are without edition and id, which
    /// follow the guest.
    ///
    /// # Panics
    /// Where a promise is broken.
    pub fn judge(&self, bytes: &[u8]) -> [Decision; 2] {
        let outcome = outcome(&mut Dice::new(bytes));
        let mut memory = Memory::at(BASE);
        self.wire.outcome_in(&mut memory, &outcome);
        assert!(memory.bytes.len() <= BYTES, "an answer has {} bytes", memory.bytes.len());
        memory.bytes.resize(BYTES, 0);
        let value = encoded(&self.wire.findings_value(&outcome));
        let mut event = Event::new(EventKind::Tool).with_text(letters(&value));
        event.parts.push(Part::text(letters(&memory.bytes)));
        [&self.typed, &self.by_value].map(|host| {
            let mut decision = hosts::decide(host, "both", &Context::default(), &event);
            assert_promises(host, &decision);
            (decision.edition, decision.id) = Default::default();
            decision
        })
    }
}

/// A host with a guest that hands over one value.
pub struct Values(Host);

impl Default for Values {
    fn default() -> Self {
        Self(host_of(Guest::from_file("spelled-value")))
    }
}

impl Values {
    /// Judges an event on which the guest answers these bytes: as they are, or, after a zero, a list of findings that the rest chooses.
    ///
    /// # Panics
    /// Where a promise is broken.
    pub fn judge(&self, bytes: &[u8]) -> Decision {
        let chosen;
        let value = match bytes.split_first() {
            Some((0, rest)) => {
                let mut dice = Dice::new(rest);
                let findings: Vec<Value> = (0..dice.below(4)).map(|_| finding_value(&mut dice)).collect();
                let mut value = encoded(&Value::Array(findings));
                while dice.once_in(3) && !value.is_empty() {
                    let at = dice.below(256) % value.len();
                    value[at] = dice.byte();
                }
                chosen = value;
                chosen.as_slice()
            }
            Some(_) | None => bytes,
        };
        // One reading of text returns no more than that.
        let value = value.get(..BYTES).unwrap_or(value);
        let text = if value.is_empty() { "a".to_owned() } else { letters(value) };
        let judged = self.0.open("values", Context::default()).submit(Event::new(EventKind::Tool).with_text(text));
        assert_promises(&self.0, &judged.decision);
        judged.decision
    }
}

/// `{{base}}` stands in several places.
fn spelled(guest: Guest) -> Guest {
    guest.with("base", &BASE.to_string())
}

impl Answers {
    /// Judges an event whose answer the bytes choose, and holds the decision to what any decision promises.
    ///
    /// # Panics
    /// Where a promise is broken.
    pub fn judge(&self, bytes: &[u8]) -> Decision {
        let mut dice = Dice::new(bytes);
        let mut memory = Memory::at(BASE);
        let at = self.wire.outcome_in(&mut memory, &outcome(&mut dice));
        assert_eq!(at, BASE, "an answer begins where the guest says");
        memory.bytes.resize(BYTES, 0);
        // A few bytes otherwise: pointers, lengths, cases and letters that no honest guest would write.
        while dice.once_in(2) {
            let at = dice.below(256) * 8 + dice.below(8);
            memory.bytes[at] = dice.byte();
        }
        let event = Event::new(EventKind::Tool).with_text(letters(&memory.bytes));
        let mut session = self.host.open("answers", Context::default());
        let judged = session.submit(event);
        assert_promises(&self.host, &judged.decision);
        judged.decision
    }
}

fn assert_promises(host: &Host, decision: &Decision) {
    let json = hosts::json(decision);
    assert_eq!(serde_json::from_str::<Decision>(&json).expect("a decision is read"), *decision);
    let registry = host.edition().registry().clone();
    for lang in [Lang::En, Lang::Zh] {
        let page = explain(decision, &Ids(&registry), lang);
        assert!(page.lines().all(|line| !line.contains(needs_escape)), "{page}");
    }
    let evaluation = &decision.evaluations["hostile"];
    if evaluation.fault.is_some() {
        for duty in &Manifest::hostile().governs {
            let level = decision.duty(duty).map(|duty| duty.level);
            assert!(level.is_some_and(|level| level >= registry.duties[duty.as_str()].fail), "{duty}: {json}");
        }
    }
    let highest = decision.duties.iter().map(|duty| duty.level).max();
    assert!(highest.is_none_or(|highest| decision.verdict >= highest), "{json}");
}

/// Ids without words.
struct Ids<'a>(&'a Registry);

impl Words for Ids<'_> {
    fn registry(&self) -> &Registry {
        self.0
    }

    fn reason(&self, _: &PolicyId, _: &ReasonId) -> Option<Wording<'_>> {
        None
    }

    fn text(&self, _: &PolicyId, _: &TextKey) -> Option<Wording<'_>> {
        None
    }

    fn sector(&self, _: &SectorId) -> Option<Wording<'_>> {
        None
    }

    fn title(&self, _: &PolicyId) -> Option<Wording<'_>> {
        None
    }
}

/// Bytes as letters, two a byte.
fn letters(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut text, byte| {
        _ = write!(text, "{}{}", char::from(b'a' + (byte >> 4)), char::from(b'a' + (byte & 15)));
        text
    })
}

/// What a guest answers: mostly what it may, now and then what it may not.
fn outcome(dice: &mut Dice<'_>) -> Value {
    let findings: Vec<Value> = (0..dice.below(4)).map(|_| finding(dice)).collect();
    json!({ "findings": findings, "state": "s".repeat(dice.below(8)) })
}

fn finding(dice: &mut Dice<'_>) -> Value {
    let duties =
        ["im.art4.violence", "im.art4.violence.screen", "im.art12.marking", "im.art20.overseas", "im.art9", ""];
    let reasons = ["because", "because", "nothing", "\u{202e}"];
    let reason = *dice.one_of(&reasons);
    let answer = match dice.below(5) {
        0 => json!({ "not-applicable": reason }),
        1 => json!({ "met": citation(dice) }),
        2 => json!({ "require": demand(dice, reason) }),
        3 => json!({ "instead-of": demand(dice, reason) }),
        _ => json!({ "unknown": reason }),
    };
    let kinds: Vec<&str> = (0..dice.below(2)).map(|_| *dice.one_of(&["tool", "prompt", "none"])).collect();
    json!({ "duty": dice.one_of(&duties), "rule": dice.one_of(&["H1", "H1", "H2", "H3"]), "answer": answer, "kinds": kinds })
}

fn citation(dice: &mut Dice<'_>) -> Value {
    json!({ "instrument": dice.one_of(&["IM", "IM", "DSP", ""]), "article": dice.one_of(&["4(1)", "12", "99", " "]) })
}

fn demand(dice: &mut Dice<'_>, reason: &str) -> Value {
    let spans: Vec<Value> = (0..dice.below(3)).map(|_| span(dice)).collect();
    let obligations: Vec<Value> = (0..dice.below(3)).map(|_| obligation(dice)).collect();
    let level = *dice.one_of(&["pass", "mark", "warn", "redact", "review", "stop"]);
    json!({ "level": level, "obligations": obligations, "spans": spans, "cite": citation(dice), "reason": reason })
}

fn span(dice: &mut Dice<'_>) -> Value {
    let part = if dice.once_in(8) { 1 } else { 0 };
    json!({ "part": part, "start": dice.below(64), "end": dice.below(64) })
}

fn obligation(dice: &mut Dice<'_>) -> Value {
    let value = match dice.below(4) {
        0 => json!({ "number": dice.below(256) }),
        1 => json!({ "seconds": dice.below(256) }),
        2 => json!({ "date": { "year": 2026, "month": dice.below(14), "day": dice.below(33) } }),
        _ => json!({ "id": dice.one_of(&["ai-generated", "x", "\u{1b}"]) }),
    };
    let ids = ["label-explicit", "record", "terminate-user", "retract", "keep-verbatim", "report"];
    match dice.below(5) {
        0 => json!({ "redact": span(dice) }),
        1 => json!({ "replace": dice.one_of(&["advert", "none"]) }),
        2 => json!({ "append": dice.one_of(&["advert", "none"]) }),
        3 => json!("stop"),
        _ => {
            let params = if dice.once_in(2) {
                vec![json!({ "name": dice.one_of(&["text", "days", "x"]), "value": value })]
            } else {
                Vec::new()
            };
            json!({ "measure": { "id": dice.one_of(&ids), "params": params } })
        }
    }
}

/// The same as a value: fields and cases by their places.
fn finding_value(dice: &mut Dice<'_>) -> Value {
    let duties = ["im.art4.violence", "im.art4.violence.screen", "im.art12.marking", "im.art9", ""];
    let reason = *dice.one_of(&["because", "because", "nothing", "\u{202e}"]);
    let cite = json!({ "0": dice.one_of(&["IM", "IM", ""]), "1": dice.one_of(&["4(1)", "12", " "]) });
    let case = dice.below(6);
    let carried = match case {
        0 | 4 => json!(reason),
        1 => cite,
        _ => {
            let span = json!({ "0": 0, "1": dice.below(64), "2": dice.below(64) });
            let param = json!({ "0": dice.one_of(&["keep-days", "text", "x"]), "1": [0, dice.below(256)] });
            let measure = json!({ "0": dice.one_of(&["record", "label-explicit", "report"]), "1": [param] });
            let obligation = match dice.below(5) {
                0 => json!([0, span]),
                1 => json!([2, "advert"]),
                2 => json!([3]),
                _ => json!([4, measure]),
            };
            json!({ "0": dice.below(7), "1": [obligation], "2": [span], "3": cite, "4": reason })
        }
    };
    json!({ "0": dice.one_of(&duties), "1": dice.one_of(&["H1", "H1", "H2", "H3"]), "2": [case, carried] })
}
