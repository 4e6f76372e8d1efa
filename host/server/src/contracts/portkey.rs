//! The webhook of Portkey's gateway. It gets requests and answers whole, so that they are read as the reverse proxy reads them; what
//! is masked goes back as a whole body.
//!
//! The gateway takes an error for a pass, and never asks about an answer that streams.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use serde_json::{Value, json};
use specialis::core::{Level, Role};
use specialis::{Release, Step};

use super::{Asked, AskedText, Contracts, Judged, Read, ReviewAs};
use crate::proxy::Prompt;
use crate::serving::Problem;
use crate::wire::{Answer, AnswerStyle, Ended, Interface, TextJudge};

pub(super) fn read(body: &Value, contracts: &Contracts) -> Result<Read, String> {
    let is_answer = match body.get("eventType").and_then(Value::as_str) {
        Some("beforeRequestHook") => false,
        Some("afterRequestHook") => true,
        _ => return Err("`eventType` is not one of a webhook; call it as a guardrail of Portkey's gateway".to_owned()),
    };
    let streams = body.pointer("/request/isStreamingRequest") == Some(&Value::Bool(true));
    let answer = body.pointer("/response/json").filter(|answer| !answer.is_null());
    if streams && (!is_answer || answer.is_none()) && contracts.unjudged_streams == ReviewAs::Block {
        let why = "an answer that streams is never asked about; route it through the reverse proxy, or set `unjudged-streams`";
        return Ok(Read::Answer(json!({ "verdict": false, "data": { "message": why } })));
    }
    let interface = interface(body)?;
    match (interface, is_answer, answer) {
        (None, true, _) | (Some(_), true, None) => Ok(Read::Answer(json!({ "verdict": true }))),
        (Some(interface), true, Some(answer)) => {
            Ok(Read::Texts(Asked { is_answer, texts: texts_of(interface, answer)?, exchange: None }))
        }
        (Some(interface), false, _) => {
            let prompt = Prompt::read(interface, request_of(body))?;
            let texts = prompt.parts().iter().map(|part| AskedText {
                channel: part.channel.clone(),
                medium: part.medium,
                ..AskedText::of(part.role.unwrap_or(Role::User), part.text.as_deref().unwrap_or_default())
            });
            Ok(Read::Texts(Asked { texts: texts.collect(), ..Asked::default() }))
        }
        (None, false, _) => {
            let texts = inputs(body)?.into_iter().map(|text| AskedText::of(Role::User, text));
            Ok(Read::Texts(Asked { texts: texts.collect(), ..Asked::default() }))
        }
    }
}

/// The interface of the request; none for embeddings, whose answers hold no text.
fn interface(body: &Value) -> Result<Option<Interface>, String> {
    match body.get("requestType").and_then(Value::as_str) {
        Some("chatComplete") => Ok(Some(Interface::Chat)),
        Some("complete") => Ok(Some(Interface::Completions)),
        Some("messages") => Ok(Some(Interface::Messages)),
        Some("embed") => Ok(None),
        _ => {
            Err("`requestType` is not known; call the webhook for chats, completions, messages and embeddings"
                .to_owned())
        }
    }
}

fn request_of(body: &Value) -> &Value {
    body.pointer("/request/json").unwrap_or(&Value::Null)
}

/// The texts to embed.
fn inputs(body: &Value) -> Result<Vec<&str>, String> {
    let refused = || "`input` holds something that is no text; send it as text".to_owned();
    match request_of(body).get("input") {
        Some(Value::String(text)) => Ok(vec![text]),
        Some(Value::Array(texts)) => texts.iter().map(|text| text.as_str().ok_or_else(refused)).collect(),
        _ => Err(refused()),
    }
}

/// The texts of an answer, in the order in which the reverse proxy would judge them.
fn texts_of(interface: Interface, answer: &Value) -> Result<Vec<AskedText>, String> {
    let collector = Collector::default();
    let texts = collector.0.clone();
    let style = AnswerStyle::default();
    let read = interface.rewrite(&style, answer, &mut Answer::new(Box::new(collector)));
    read.map_err(|_| "the answer is not one of its interface; nothing of it was judged".to_owned())?;
    let mut collected = texts.lock().unwrap_or_else(PoisonError::into_inner);
    Ok(std::mem::take(&mut collected.texts))
}

pub(super) fn write(body: &Value, judged: &Judged) -> Value {
    let refused = json!({ "verdict": false, "data": judged.note });
    if judged.is_blocked {
        return refused;
    }
    if !judged.is_masked {
        return json!({ "verdict": true, "data": judged.note });
    }
    let parts = (0..).zip(judged.texts.iter().cloned().map(Some)).collect();
    match rewritten(body, Release { parts }) {
        Some(transformed) => json!({ "verdict": true, "data": judged.note, "transformedData": transformed }),
        None => refused,
    }
}

/// The body with the texts that may go out, on the side that was asked about.
fn rewritten(body: &Value, release: Release) -> Option<Value> {
    let interface = interface(body).ok()?;
    let answer = body.pointer("/response/json").filter(|answer| !answer.is_null());
    if body.get("eventType").and_then(Value::as_str) == Some("afterRequestHook") {
        let mut judged = Answer::new(Box::new(Released(release)));
        let (answer, _) = interface?.rewrite(&AnswerStyle::default(), answer?, &mut judged).ok()?;
        let answer = without_note(answer);
        return Some(json!({ "response": { "json": answer } }));
    }
    let mut request = request_of(body).clone();
    match interface {
        Some(interface) => {
            let prompt = Prompt::read(interface, &request).ok()?;
            if !prompt.apply(&release, &mut request) {
                return None;
            }
        }
        None => {
            let mut texts = release.parts.into_iter().map(|(_, text)| Value::from(text.unwrap_or_default()));
            let input = request.get_mut("input")?;
            *input = if input.is_array() { texts.collect() } else { texts.next()? };
        }
    }
    Some(json!({ "request": { "json": request } }))
}

/// The note of a decision that was not made here.
fn without_note(mut answer: Value) -> Value {
    if let Some(fields) = answer.as_object_mut() {
        fields.remove("specialis");
    }
    answer
}

/// The answer to a request that was not judged.
pub(super) fn refused(problem: &Problem) -> Value {
    json!({ "verdict": false, "data": { "message": problem.detail } })
}

/// Collects the texts of an answer and releases nothing.
#[derive(Default)]
struct Collector(Arc<Mutex<Collected>>);

/// Texts by choice and channel, in the order in which each began.
#[derive(Default)]
struct Collected {
    texts: Vec<AskedText>,
    /// Where each stands.
    places: HashMap<(u32, Option<String>), usize>,
}

impl TextJudge for Collector {
    fn push(&mut self, choice: u32, channel: Option<&str>, text: &str) -> Vec<Step> {
        let mut collected = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let Collected { texts, places } = &mut *collected;
        let channel = channel.map(str::to_owned);
        let at = *places.entry((choice, channel.clone())).or_insert(texts.len());
        match texts.get_mut(at) {
            Some(known) => known.text.push_str(text),
            None => texts.push(AskedText { choice, channel, ..AskedText::of(Role::Assistant, text) }),
        }
        Vec::new()
    }

    fn end(self: Box<Self>) -> Ended {
        ended(Release::default())
    }
}

/// Releases what was released before.
struct Released(Release);

impl TextJudge for Released {
    fn push(&mut self, _: u32, _: Option<&str>, _: &str) -> Vec<Step> {
        Vec::new()
    }

    fn end(self: Box<Self>) -> Ended {
        ended(self.0)
    }
}

fn ended(release: Release) -> Ended {
    Ended { release, levels: Default::default(), verdict: Level::Pass, decision: String::new(), measures: Vec::new() }
}
