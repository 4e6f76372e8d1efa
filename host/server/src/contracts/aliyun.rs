//! Aliyun's content safety, `TextModerationPlus` and `MultiModalGuard`: what Higress, APISIX and AISIX call. Its path is `/`, which
//! is signed with the rest.
//!
//! Most of these gateways take any error for a pass. So every answer is a verdict: a request that was not judged, an unsigned one
//! among them, is answered as blocked, with a message that says why.

mod form;
mod pieces;
mod signature;

use std::sync::Arc;

use axum::body::Body;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use hyper::header::{HeaderName, HeaderValue};
use hyper::{HeaderMap, Request};
use serde_json::{Value, json};
use specialis::core::Role;
use specialis::core::words::Medium;

use super::{Asked, AskedText, Contract, Judged, json_response, judge};
use crate::app::App;
use crate::config::duration;
use crate::native::random_id;
use crate::serving::{Caller, Problem, read_body};
use form::Parameters;
use pieces::PieceKey;
pub(crate) use pieces::Pieces;
use signature::Signed;

/// The header with the id of the answer.
const REQUEST_ID: HeaderName = HeaderName::from_static("x-acs-request-id");
/// What Higress sends in place of a piece without text, such as a call of a tool.
const NO_TEXT: &str = "[empty content]";
/// The most bytes of the id that joins the pieces of one text: it is remembered.
const MAX_SESSION_BYTES: usize = 256;
/// The level of data that has to be masked, of S0 to S4: below what gateways are told to block.
const MASKED: &str = "S2";

/// Answers a gateway.
pub(crate) async fn answer(State(app): State<Arc<App>>, request: Request<Body>) -> Response {
    let settings = app.settings();
    if !settings.config.contracts.speak.contains(&Contract::Aliyun) {
        return Problem::not_found("nothing is served at this path; see /openapi.json").into_response();
    }
    let told = exchange(&app, request).await.unwrap_or_else(|problem| {
        tracing::warn!(status = problem.status.as_u16(), "a gateway's request was not judged");
        Told { message: problem.detail, ..Told::blocked(&settings.config.contracts.notice) }
    });
    let id = random_id().unwrap_or_default();
    let mut response = json_response(&told.json(&id));
    if let Ok(id) = HeaderValue::from_str(&id) {
        response.headers_mut().insert(REQUEST_ID, id);
    }
    response
}

async fn exchange(app: &Arc<App>, request: Request<Body>) -> Result<Told, Problem> {
    let (bounds, timeouts) = app.limits();
    let headers: HeaderMap = request.headers().clone();
    let query = request.uri().query().unwrap_or_default().to_owned();
    let body = read_body(request, bounds.body, duration(timeouts.body)).await?;
    let settings = app.settings();
    let signed = Signed { query: &query, headers: &headers, body: &body };
    let verified = signed.verify(|id| settings.aliyun_key(id)).map_err(Problem::unauthorized)?;
    let caller: Caller = verified.key;
    let _turn = app.sessions.begin_request(&caller)?;
    let question = Question::read(&verified.action, &verified.parameters).map_err(Problem::unreadable)?;
    if question.is_empty() {
        return Ok(Told::passed());
    }
    let key = question.session.as_ref().map(|session| PieceKey {
        tenant: caller.tenant().to_owned(),
        session: session.clone(),
        is_answer: question.is_answer,
    });
    let idle = duration(timeouts.session);
    let before = key.as_ref().map(|key| app.pieces.before(key, idle)).unwrap_or_default();
    let (_, judged) = judge(app, (&caller, &headers), question.asked(&before)).await?;
    let told = Told::of(&question, before.len(), &judged);
    match key {
        // The text ends here: what else comes under the id is another one.
        Some(key) if told.notice.is_some() => app.pieces.forget(&key),
        Some(key) => app.pieces.add(key, &question.content, idle),
        None => {}
    }
    Ok(told)
}

/// The text of a form, whoever signed it.
pub(super) fn text_of(body: &[u8]) -> Option<String> {
    let parameters = form::read(body, true);
    let action = form::value(&parameters, "Action").and_then(|action| std::str::from_utf8(action).ok());
    Question::read(action.unwrap_or_default(), &parameters).ok().map(|question| question.content)
}

/// What a gateway asks.
#[derive(Debug, Default, PartialEq, Eq)]
struct Question {
    is_answer: bool,
    /// Whether the action has masks: the newer ones do, and gateways apply them to what users send in alone.
    has_masks: bool,
    content: String,
    /// What joins the pieces of one text.
    session: Option<String>,
    n_images: usize,
}

impl Question {
    fn read(action: &str, parameters: &Parameters) -> Result<Self, &'static str> {
        let text = |name: &str| form::value(parameters, name).and_then(|value| std::str::from_utf8(value).ok());
        let is_guard = matches!(action, "MultiModalGuard" | "MultiModalGuardForBase64");
        if !is_guard && action != "TextModerationPlus" {
            return Err("the action is not known; use TextModerationPlus or MultiModalGuard");
        }
        let service = text("Service").ok_or("there is no `Service`; name one, such as llm_query_moderation")?;
        let given = text("ServiceParameters").ok_or("there are no `ServiceParameters`; send the text in them")?;
        let given: Value =
            serde_json::from_str(given).map_err(|_| "`ServiceParameters` are no JSON; send an object")?;
        let content = match given.get("content") {
            None | Some(Value::Null) => String::new(),
            Some(Value::String(content)) => content.clone(),
            Some(_) => return Err("`content` is no text; send a string"),
        };
        let n_images = given.get("imageUrls").and_then(Value::as_array).map_or(0, Vec::len);
        let inline = usize::from(text("ImageBase64Str").is_some_and(|image| !image.is_empty()));
        let session = given.get("sessionId").and_then(Value::as_str).filter(|id| !id.is_empty());
        if session.is_some_and(|id| id.len() > MAX_SESSION_BYTES) {
            return Err("`sessionId` has more than 256 bytes; send a shorter one");
        }
        let is_answer = service.contains("response");
        Ok(Self {
            is_answer,
            has_masks: is_guard && !is_answer,
            content: if content == NO_TEXT { String::new() } else { content },
            session: session.map(|id| id.chars().take(256).collect()),
            n_images: n_images.saturating_add(inline).min(64),
        })
    }

    fn is_empty(&self) -> bool {
        self.content.is_empty() && self.n_images == 0
    }

    /// The content behind what came before it, and the pictures.
    fn asked(&self, before: &str) -> Asked {
        let role = if self.is_answer { Role::Assistant } else { Role::User };
        let text = AskedText::of(role, &format!("{before}{}", self.content));
        let images = (0..self.n_images).map(|_| AskedText { medium: Some(Medium::Image), ..AskedText::of(role, "") });
        Asked { is_answer: self.is_answer, texts: std::iter::once(text).chain(images).collect(), exchange: None }
    }
}

/// What is told to the gateway.
#[derive(Debug, Default)]
struct Told {
    message: String,
    /// The notice, where it is blocked.
    notice: Option<String>,
    /// The content with its masks, where some of it is masked.
    masked: Option<String>,
    label: Option<String>,
    note: Value,
}

impl Told {
    fn passed() -> Self {
        Self { message: "OK".to_owned(), ..Self::default() }
    }

    fn blocked(notice: &str) -> Self {
        Self { notice: Some(notice.to_owned()), ..Self::passed() }
    }

    /// `n_before` is how much of the text was asked about before, in bytes.
    fn of(question: &Question, n_before: usize, judged: &Judged) -> Self {
        let is_of_first = |(text, start, end): &(usize, usize, usize)| (*text == 0).then_some((*start, *end));
        // A mask in what was asked about before was told then.
        let masks: Vec<_> = judged.masks.iter().filter_map(is_of_first).filter(|(_, end)| *end > n_before).collect();
        let is_inside = masks.iter().all(|(start, _)| *start >= n_before);
        let is_changed = judged.is_masked && judged.masks.is_empty();
        let text = judged.texts.first().map_or("", String::as_str);
        let masked = match n_before {
            _ if masks.is_empty() || !question.has_masks || !is_inside => None,
            0 => Some(text.to_owned()),
            // Only where nothing before it was masked does the rest of the text begin where it did.
            _ if masks.len() == judged.masks.len() => text.get(n_before..).map(str::to_owned),
            _ => None,
        };
        let is_blocked = judged.is_blocked || is_changed || (!masks.is_empty() && masked.is_none());
        let highest = judged.duties.iter().max_by_key(|(_, level)| *level);
        let told = if is_blocked { Self::blocked(&judged.notice) } else { Self { masked, ..Self::passed() } };
        Self { label: highest.map(|(duty, _)| duty.clone()), note: judged.note.clone(), ..told }
    }

    fn json(&self, id: &str) -> Value {
        let label = self.label.as_deref().unwrap_or("specialis");
        let find = |level: &str, suggestion: &str, kind: &str, ext: Value| {
            json!([{ "Type": kind, "Level": level, "Suggestion": suggestion,
                     "Result": [{ "Label": label, "Confidence": 100.0, "Ext": ext }] }])
        };
        let result = |label: &str| json!([{ "Label": label, "Confidence": 100.0, "RiskWords": "", "Description": "" }]);
        let data = match (&self.notice, &self.masked) {
            (Some(notice), _) => json!({
                "RiskLevel": "high", "AttackLevel": "none", "Suggestion": "block", "Result": result(label),
                "Advice": [{ "Answer": notice, "HitLabel": label, "HitLibName": "specialis" }],
                "Detail": find("high", "block", "contentModeration", json!({})), "Specialis": self.note,
            }),
            (None, Some(masked)) => json!({
                "RiskLevel": "none", "AttackLevel": "none", "Suggestion": "mask", "Result": result(label),
                "Detail": find(MASKED, "mask", "sensitiveData", json!({ "Desensitization": masked, "SensitiveData": [] })),
                "Specialis": self.note,
            }),
            (None, None) => json!({
                "RiskLevel": "none", "AttackLevel": "none", "Suggestion": "pass", "Result": result("nonLabel"),
                "Detail": [], "Specialis": self.note,
            }),
        };
        json!({ "Code": 200, "Message": self.message, "RequestId": id, "Data": data })
    }
}

#[cfg(test)]
mod tests {
    use specialis::core::Level;

    use super::*;

    fn question(action: &str, service: &str, content: &str) -> Question {
        let parameters = vec![
            (b"Service".to_vec(), service.as_bytes().to_vec()),
            (b"ServiceParameters".to_vec(), json!({ "content": content, "sessionId": "s" }).to_string().into_bytes()),
        ];
        Question::read(action, &parameters).unwrap()
    }

    fn judged(text: &str, masks: &[(usize, usize, usize)]) -> Judged {
        Judged {
            is_blocked: false,
            texts: vec![text.to_owned()],
            kept_back: Vec::new(),
            is_masked: !masks.is_empty(),
            masks: masks.to_vec(),
            duties: vec![("im.one".to_owned(), Level::Mark), ("im.two".to_owned(), Level::Redact)],
            notice: "已停止".to_owned(),
            note: Value::Null,
        }
    }

    #[test]
    fn prompt_is_masked_where_the_action_has_masks_and_everything_else_is_blocked() {
        let masked = judged("号■。", &[(0, 3, 8)]);
        let told = Told::of(&question("MultiModalGuard", "query_security_check", "号12345。"), 0, &masked).json("r");
        let detail = &told["Data"]["Detail"][0];
        assert_eq!((told["Data"]["Suggestion"].as_str(), detail["Suggestion"].as_str()), (Some("mask"), Some("mask")));
        assert_eq!(detail["Result"][0]["Ext"]["Desensitization"], "号■。");
        assert_eq!(
            (detail["Type"].as_str(), detail["Result"][0]["Label"].as_str()),
            (Some("sensitiveData"), Some("im.two"))
        );
        for (action, service) in [
            ("MultiModalGuard", "response_security_check"),
            ("TextModerationPlus", "llm_query_moderation"),
            ("TextModerationPlus", "llm_response_moderation"),
        ] {
            let told = Told::of(&question(action, service, "号12345。"), 0, &masked).json("r");
            assert_eq!(told["Data"]["Suggestion"], "block", "{action} {service}");
        }
    }

    #[test]
    fn id_that_is_remembered_has_a_length() {
        for (n, is_taken) in [(MAX_SESSION_BYTES, true), (MAX_SESSION_BYTES + 1, false)] {
            let given = json!({ "content": "一", "sessionId": "s".repeat(n) }).to_string();
            let parameters = vec![
                (b"Service".to_vec(), b"llm_query_moderation".to_vec()),
                (b"ServiceParameters".to_vec(), given.into_bytes()),
            ];
            assert_eq!(Question::read("TextModerationPlus", &parameters).is_ok(), is_taken, "{n}");
        }
    }

    #[test]
    fn masks_in_what_was_asked_about_before_count_no_more() {
        let question = question("MultiModalGuard", "query_security_check", "一12345");
        let told = |text: &str, masks: &[(usize, usize, usize)]| {
            let told = Told::of(&question, 3, &judged(text, masks));
            (told.notice.is_some(), told.masked)
        };
        assert_eq!(told("前一■", &[(0, 6, 11)]), (false, Some("一■".to_owned())));
        assert_eq!(told("■一12345", &[(0, 0, 3)]), (false, None));
        // One that reaches over from before, and one before as well: the rest cannot be told apart from it.
        assert_eq!(told("■12345", &[(0, 0, 6)]), (true, None));
        assert_eq!(told("■一■", &[(0, 0, 3), (0, 6, 11)]), (true, None));
    }
}
