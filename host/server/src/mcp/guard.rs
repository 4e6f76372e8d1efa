//! Judges messages, and says what becomes of each: it goes on, with masks where they are due, it is answered in the place of the
//! other side, or it ends here.

use serde_json::{Value, json};
use specialis::core::{Event, Level};
use specialis::{Judged, Release};

use super::message::{Form, Sender, form, method, questions, tool};

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

/// What was decided on an event.
#[derive(Debug)]
pub(crate) struct Ruling {
    may_pass: bool,
    /// What is told of the decision.
    note: Value,
    release: Release,
}

impl Ruling {
    /// What follows from a decision: a review counts as refused, since nobody waits here.
    pub(crate) fn of(judged: Judged) -> Self {
        let decision = &judged.decision;
        let note = json!({ "decision": decision.id, "verdict": decision.verdict.as_str() });
        Self { may_pass: decision.verdict < Level::Review, note, release: judged.release }
    }
}

impl Guard {
    /// Judges a message by `judge`, which is called for each event in it, and told whether it is the definition of a tool. `pending` is
    /// the request that a response answers.
    pub(crate) fn take(
        &self,
        sender: Sender,
        mut message: Value,
        pending: Option<&Pending>,
        judge: &mut dyn FnMut(Event, bool) -> Ruling,
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
            let ruling = judge(question.event(), question.definition.is_some());
            let is_applied = ruling.may_pass && question.apply(&ruling.release, &mut message);
            match (is_applied, question.definition) {
                (true, _) => {}
                (false, Some(at)) => removed.push(at),
                (false, None) => return self.refused(form, &message, &of, ruling.note),
            }
        }
        if let Some(tools) = message.pointer_mut("/result/tools").and_then(Value::as_array_mut) {
            // In the order of the list, as the questions are.
            let mut at = 0_usize..;
            tools.retain(|_| at.next().is_some_and(|at| removed.binary_search(&at).is_err()));
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

/// An error as an answer.
pub(super) fn error(id: &Value, code: i32, message: &str, data: Option<Value>) -> Value {
    let mut error = json!({ "code": code, "message": message });
    if let (Some(error), Some(data)) = (error.as_object_mut(), data) {
        error.insert("data".to_owned(), data);
    }
    json!({ "jsonrpc": "2.0", "id": id, "error": error })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Stops what speaks of water, and masks a number.
    fn ruling(event: Event, _: bool) -> Ruling {
        let texts: Vec<Option<String>> = event.parts.into_iter().map(|part| part.text).collect();
        let may_pass = !texts.iter().flatten().any(|text| text.contains("停水"));
        let masked = texts.into_iter().map(|text| text.map(|text| text.replace("12345", "■")));
        Ruling { may_pass, note: json!({ "verdict": "v" }), release: Release { parts: (0..).zip(masked).collect() } }
    }

    fn take(sender: Sender, message: Value, pending: Option<&str>) -> Onward {
        let guard = Guard { server: "mail".to_owned(), notice: "已停止".to_owned() };
        let pending = pending.map(|method| Pending { method: method.to_owned(), tool: None });
        guard.take(sender, message, pending.as_ref(), &mut ruling)
    }

    fn request(method: &str, params: Value) -> Value {
        json!({ "jsonrpc": "2.0", "id": 7, "method": method, "params": params })
    }

    fn call(text: &str) -> Value {
        request("tools/call", json!({ "name": "send", "arguments": { "text": text } }))
    }

    fn result(text: &str) -> Value {
        json!({ "jsonrpc": "2.0", "id": 7, "result": { "content": [{ "type": "text", "text": text }] } })
    }

    fn refused() -> Value {
        let content = json!([{ "type": "text", "text": "已停止" }]);
        let meta = json!({ "specialis": { "verdict": "v" } });
        json!({ "jsonrpc": "2.0", "id": 7, "result": { "content": content, "isError": true, "_meta": meta } })
    }

    fn refusal(id: &Value) -> Value {
        let error = json!({ "code": REFUSED, "message": "已停止", "data": { "verdict": "v" } });
        json!({ "jsonrpc": "2.0", "id": id, "error": error })
    }

    #[test]
    fn calls_and_results_go_on_masked_or_the_model_reads_that_they_are_refused() {
        assert_eq!(take(Sender::Client, call("好"), None), Onward::Pass(call("好")));
        assert_eq!(take(Sender::Client, call("号12345"), None), Onward::Pass(call("号■")));
        assert_eq!(take(Sender::Client, call("停水"), None), Onward::Answer(refused()));
        let answered = |text: &str| take(Sender::Server, result(text), Some("tools/call"));
        assert_eq!(answered("好"), Onward::Pass(result("好")));
        assert_eq!(answered("号12345"), Onward::Pass(result("号■")));
        assert_eq!(answered("停水"), Onward::Pass(refused()));
    }

    #[test]
    fn definition_that_is_refused_is_taken_out_alone() {
        let list = |tools: Value| json!({ "jsonrpc": "2.0", "id": 7, "result": { "tools": tools } });
        let [a, b, c] = ["好", "停水", "号12345"].map(|text| json!({ "name": "t", "description": text }));
        let masked = json!({ "name": "t", "description": "号■" });
        let all = list(json!([a, b, c]));
        assert_eq!(take(Sender::Server, all, Some("tools/list")), Onward::Pass(list(json!([a, masked]))));
    }

    #[test]
    fn every_other_message_is_refused_as_its_form_has_it() {
        let prompts = request("prompts/get", json!({ "name": "停水" }));
        assert_eq!(take(Sender::Client, prompts, None), Onward::Answer(refusal(&json!(7))));
        let sampling = request("sampling/createMessage", json!({ "messages": ["停水"] }));
        assert_eq!(take(Sender::Server, sampling, None), Onward::Answer(refusal(&json!(7))));
        let sampled =
            json!({ "jsonrpc": "2.0", "id": "s", "result": { "content": { "type": "text", "text": "停水" } } });
        assert_eq!(take(Sender::Client, sampled, None), Onward::Pass(refusal(&json!("s"))));
        let failed = json!({ "jsonrpc": "2.0", "id": 7, "error": { "code": 1, "message": "停水" } });
        assert_eq!(take(Sender::Server, failed, Some("resources/read")), Onward::Pass(refusal(&json!(7))));
        let progress = json!({ "jsonrpc": "2.0", "method": "notifications/progress", "params": { "message": "停水" } });
        assert_eq!(take(Sender::Server, progress, None), Onward::Nothing);
        let keys = json!({ "jsonrpc": "2.0", "id": 7, "result": { "号 12345": 1 } });
        assert_eq!(take(Sender::Server, keys, Some("resources/read")), Onward::Pass(refusal(&json!(7))));
        assert!(matches!(take(Sender::Client, json!([]), None), Onward::Answer(_)));
        assert_eq!(take(Sender::Server, json!([]), None), Onward::Nothing);
    }
}
