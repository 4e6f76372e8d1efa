//! Which routes of media there are, and what of their requests is judged or refused.

use serde_json::{Map, Value};
use specialis::core::Role;

use super::super::prompt::Prompt;
use super::super::upstream::Endpoint;
use crate::config::Interfaces;

/// A route whose answers are media.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum MediaRoute {
    /// `/images/generations`.
    Images,
    /// `/audio/speech`.
    Speech,
}

impl MediaRoute {
    /// The one that the rest of a path names, behind the path of its route.
    pub(crate) fn at(interfaces: Interfaces, rest: &str) -> Option<Self> {
        let rest = rest.strip_prefix("/v1").unwrap_or(rest);
        match (interfaces, rest) {
            (Interfaces::Openai, "/images/generations") => Some(Self::Images),
            (Interfaces::Openai, "/audio/speech") => Some(Self::Speech),
            _ => None,
        }
    }

    pub(super) fn endpoint(self) -> Endpoint {
        match self {
            Self::Images => Endpoint::openai("/images/generations"),
            Self::Speech => Endpoint::openai("/audio/speech"),
        }
    }

    /// The texts of a request.
    ///
    /// # Errors
    /// Where the answer would come in a form that cannot be labelled.
    pub(super) fn prompt(self, body: &Value) -> Result<Prompt, String> {
        let none = Map::new();
        let fields = body.as_object().unwrap_or(&none);
        let word = |name: &str| fields.get(name).and_then(Value::as_str);
        if fields.get("stream") == Some(&Value::Bool(true)) || word("stream_format") == Some("sse") {
            return Err(
                "pieces of a medium cannot be labelled on the way; ask for the whole, without `stream`".to_owned()
            );
        }
        let mut prompt = Prompt::default();
        match self {
            Self::Images => {
                if word("response_format") == Some("url") {
                    return Err(
                        "what stands behind an address has no label; ask for `\"response_format\": \"b64_json\"`"
                            .to_owned(),
                    );
                }
                let text = word("prompt").ok_or("`prompt` is no text; send what the picture shall show")?;
                prompt.text(Role::User, "/prompt".to_owned(), text);
            }
            Self::Speech => {
                if word("response_format") == Some("pcm") {
                    return Err("`pcm` has no place for a label; ask for `mp3` or `wav`".to_owned());
                }
                let text = word("input").ok_or("`input` is no text; send what shall be spoken")?;
                prompt.text(Role::User, "/input".to_owned(), text);
                if let Some(instructions) = word("instructions") {
                    prompt.text(Role::System, "/instructions".to_owned(), instructions);
                }
            }
        }
        Ok(prompt)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn what_cannot_be_labelled_is_refused_before_the_upstream_is_asked() {
        let table = [
            (MediaRoute::Images, json!({ "prompt": "p", "response_format": "url" }), "b64_json"),
            (MediaRoute::Images, json!({ "prompt": "p", "stream": true }), "without `stream`"),
            (MediaRoute::Images, json!({}), "`prompt`"),
            (MediaRoute::Speech, json!({ "input": "t", "response_format": "pcm" }), "`mp3` or `wav`"),
            (MediaRoute::Speech, json!({ "input": "t", "stream_format": "sse" }), "without `stream`"),
            (MediaRoute::Speech, json!({ "input": 1 }), "`input`"),
        ];
        for (route, body, says) in table {
            let error = route.prompt(&body).unwrap_err();
            assert!(error.contains(says), "{body}: {error}");
        }
        let texts = |route: MediaRoute, body: Value| route.prompt(&body).unwrap().parts().len();
        assert_eq!(texts(MediaRoute::Images, json!({ "prompt": "p", "stream": false })), 1);
        assert_eq!(texts(MediaRoute::Speech, json!({ "input": "t", "instructions": "i" })), 2);
        assert_eq!(MediaRoute::at(Interfaces::Openai, "/v1/audio/speech"), Some(MediaRoute::Speech));
        assert_eq!(MediaRoute::at(Interfaces::Anthropic, "/v1/audio/speech"), None);
    }
}
