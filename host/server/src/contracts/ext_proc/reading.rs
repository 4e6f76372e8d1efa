//! The answer of an upstream behind Envoy: a stream of events that is written anew as it comes, or a whole that is written at its end.

use serde_json::{Value, json};

use crate::wire::{Answer, AnswerStyle, Finish, Interface, Progress, Transcoder, error_object};

/// How an answer is read.
pub(super) struct Reading {
    interface: Interface,
    form: Form,
}

enum Form {
    Stream(Box<Transcoder>),
    Whole {
        bytes: Vec<u8>,
        style: AnswerStyle,
        answer: Answer,
    },
    /// An error of the upstream, with its status.
    Error {
        bytes: Vec<u8>,
        status: u16,
    },
}

impl Reading {
    /// Reads an answer that is judged.
    pub(super) fn new(interface: Interface, style: AnswerStyle, answer: Answer, is_stream: bool) -> Self {
        let form = if is_stream {
            Form::Stream(Box::new(interface.transcoder(style, answer)))
        } else {
            Form::Whole { bytes: Vec::new(), style, answer }
        };
        Self { interface, form }
    }

    /// Reads an error of the upstream, of which the error object alone goes on.
    pub(super) fn error(interface: Interface, status: u16) -> Self {
        Self { interface, form: Form::Error { bytes: Vec::new(), status } }
    }

    /// Takes the next bytes, and writes what may go out. Whether everything was said. A whole has at most `most` bytes.
    pub(super) fn push(&mut self, came: &[u8], most: usize, out: &mut Vec<u8>) -> bool {
        match &mut self.form {
            Form::Stream(transcoder) => transcoder.push(came, out) == Progress::Finished,
            Form::Whole { bytes, .. } | Form::Error { bytes, .. } => {
                bytes.extend_from_slice(came);
                if bytes.len() <= most {
                    return false;
                }
                self.broken("the answer of the upstream is longer than the bound", out);
                true
            }
        }
    }

    /// Takes the end, and writes what may go out last. True, as everything was said then.
    pub(super) fn end(&mut self, out: &mut Vec<u8>) -> bool {
        match &mut self.form {
            Form::Stream(transcoder) => transcoder.end(out),
            Form::Whole { bytes, style, answer } => {
                let body = serde_json::from_slice::<Value>(bytes).ok();
                let written = body.map(|body| self.interface.rewrite(style, &body, answer));
                match written {
                    Some(Ok((body, _))) => out.extend_from_slice(body.to_string().as_bytes()),
                    Some(Err(Finish::Broken(error))) => self.say(error, out),
                    Some(Err(Finish::Complete | Finish::Stopped)) => {
                        self.broken("the answer was not judged to its end", out);
                    }
                    None => self.broken("the upstream answers with something that is not JSON", out),
                }
            }
            Form::Error { bytes, status } => {
                let error =
                    serde_json::from_slice::<Value>(bytes).ok().and_then(|body| body.get("error").map(error_object));
                let unnamed = json!({ "message": format!("the upstream answers with status {status}"), "type": "upstream_error" });
                self.say(error.unwrap_or(unnamed), out);
            }
        }
        true
    }

    /// Ends an answer that Envoy cut off.
    pub(super) fn cut(&mut self, out: &mut Vec<u8>) {
        let why = "the answer is longer than Envoy keeps; choose another body mode";
        match &mut self.form {
            Form::Stream(transcoder) => {
                transcoder.finish(Finish::broken(why), out);
            }
            Form::Whole { .. } | Form::Error { .. } => self.broken(why, out),
        }
    }

    /// Takes that nobody reads any more. The decision on what was read is made all the same.
    pub(super) fn abandon(mut self) {
        match &mut self.form {
            Form::Stream(transcoder) => {
                transcoder.finish(Finish::Stopped, &mut Vec::new());
            }
            Form::Whole { .. } | Form::Error { .. } => {}
        }
    }

    fn broken(&self, why: &str, out: &mut Vec<u8>) {
        self.say(json!({ "message": why, "type": "upstream_error", "code": "upstream_error" }), out);
    }

    /// Writes an error as the interface has it.
    fn say(&self, error: Value, out: &mut Vec<u8>) {
        out.extend_from_slice(self.interface.error_body(error).to_string().as_bytes());
    }
}
