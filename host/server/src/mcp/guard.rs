//! Judges messages, and says what becomes of each: it goes on, with masks where they are due, it is answered in the place of the
//! other side, or it ends here.

use serde_json::{Value, json};
use specialis::core::{Event, Level};
use specialis::{Judged, Release};

use super::message::{Form, Question, Sender, form, method, questions, tool};

/// The code of a refusal: one of those that are free for servers.
const REFUSED: i32 = -32_010;
/// What is no message of the protocol.
const INVALID: i32 = -32_600;

/// What becomes of a message.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Onward {
    /// It goes on, as it is here.
    Pass(Value),
    /// It does not go on; its sender gets this answer.
    Answer(Value),
    /// It ends here.
    Nothing,
}

/// A request that waits for its answer.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Pending {
    pub(crate) method: String,
    pub(crate) tool: Option<String>,
}

impl Pending {
    /// The request that a message is; none of another.
    pub(crate) fn of(message: &Value) -> Option<Self> {
        let is_request = form(message) == Some(Form::Request);
        is_request.then(|| Self { method: method(message).to_owned(), tool: tool(message).map(str::to_owned) })
    }
}

/// What messages of one server are judged by.
#[derive(Clone, Debug)]
pub(crate) struct Guard {
    /// The name of the server.
    pub(crate) server: String,
    /// What a reader gets in place of what does not go on.
    pub(crate) notice: String,
}

/// What a question came to.
struct Outcome {
    question: Question,
    may_pass: bool,
    note: Value,
    release: Release,
}

impl Guard {
    /// Judges a message by `judge`, which is called for each event in it. `pending` is the request that a response answers.
    pub(crate) fn take(
        &self,
        sender: Sender,
        mut message: Value,
        pending: Option<&Pending>,
        judge: &mut dyn FnMut(Event) -> Judged,
    ) -> Onward {
        let Some(form) = form(&message) else {
            return match sender {
                Sender::Client => {
                    let why = "this is no message of the protocol; send them one by one, as JSON-RPC 2.0";
                    Onward::Answer(error(&Value::Null, INVALID, why, None))
                }
                Sender::Server => Onward::Nothing,
            };
        };
        let own = Pending { method: method(&message).to_owned(), tool: tool(&message).map(str::to_owned) };
        let of = if form == Form::Response { pending.cloned().unwrap_or_default() } else { own };
        let questions = match questions(&self.server, sender, &message, (&of.method, of.tool.as_deref())) {
            Ok(questions) => questions,
            Err(why) => return self.refused(form, &message, &of, json!({ "message": why })),
        };
        let mut removed = Vec::new();
        for question in questions {
            let outcome = outcome(question, judge);
            let is_applied = outcome.may_pass && outcome.question.apply(&outcome.release, &mut message);
            match (is_applied, outcome.question.definition) {
                (true, _) => {}
                (false, Some(at)) => removed.push(at),
                (false, None) => return self.refused(form, &message, &of, outcome.note),
            }
        }
        if let Some(tools) = message.pointer_mut("/result/tools").and_then(Value::as_array_mut) {
            for at in removed.into_iter().rev() {
                tools.remove(at);
            }
        }
        Onward::Pass(message)
    }

    /// What becomes of a message that does not go on.
    fn refused(&self, form: Form, message: &Value, of: &Pending, note: Value) -> Onward {
        let id = message.get("id").unwrap_or(&Value::Null);
        match form {
            // The model reads the result of its call, so that it learns of the refusal.
            Form::Request if of.method == "tools/call" => Onward::Answer(self.refused_call(id, &note)),
            Form::Response if of.method == "tools/call" => Onward::Pass(self.refused_call(id, &note)),
            Form::Request => Onward::Answer(error(id, REFUSED, &self.notice, Some(note))),
            Form::Response => Onward::Pass(error(id, REFUSED, &self.notice, Some(note))),
            Form::Notification => Onward::Nothing,
        }
    }

    fn refused_call(&self, id: &Value, note: &Value) -> Value {
        json!({ "jsonrpc": "2.0", "id": id, "result": {
            "content": [{ "type": "text", "text": self.notice }], "isError": true, "_meta": { "specialis": note } } })
    }
}

fn outcome(question: Question, judge: &mut dyn FnMut(Event) -> Judged) -> Outcome {
    let judged = judge(question.event());
    let decision = &judged.decision;
    let note = json!({ "decision": decision.id, "verdict": decision.verdict.as_str() });
    Outcome { question, may_pass: decision.verdict < Level::Review, note, release: judged.release }
}

/// An error as an answer.
pub(super) fn error(id: &Value, code: i32, message: &str, data: Option<Value>) -> Value {
    let mut error = json!({ "code": code, "message": message });
    if let (Some(error), Some(data)) = (error.as_object_mut(), data) {
        error.insert("data".to_owned(), data);
    }
    json!({ "jsonrpc": "2.0", "id": id, "error": error })
}
