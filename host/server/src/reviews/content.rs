//! The content of a decision that waits: what is needed to judge it again, and what a person is shown of it.

use serde::{Deserialize, Serialize};
use specialis::core::{Context, Event};

/// The text of one choice and channel of a stream.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct StreamedText {
    choice: u32,
    channel: Option<String>,
    text: String,
}

/// What a stream said, each choice and channel in the order in which it began.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Transcript(Vec<StreamedText>);

impl Transcript {
    /// Takes the next text of a choice and channel.
    pub(crate) fn push(&mut self, choice: u32, channel: Option<&str>, text: &str) {
        let is_same = |one: &&mut StreamedText| one.choice == choice && one.channel.as_deref() == channel;
        match self.0.iter_mut().find(is_same) {
            Some(one) => one.text.push_str(text),
            None => {
                let channel = channel.map(str::to_owned);
                self.0.push(StreamedText { choice, channel, text: text.to_owned() });
            }
        }
    }

    /// Each choice and channel with its text.
    pub(super) fn texts(&self) -> impl Iterator<Item = (u32, Option<&str>, &str)> {
        self.0.iter().map(|one| (one.choice, one.channel.as_deref(), one.text.as_str()))
    }

    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

/// A picture or a sound.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
#[schema(as = ReviewFile)]
pub(crate) struct KeptFile {
    /// The part of the event that it is.
    pub(crate) part: u32,
    /// Its type, such as `image/png`.
    pub(crate) kind: String,
    /// Its bytes, in Base64.
    pub(crate) data: String,
}

/// What may go out once a person approved it.
#[derive(Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Released {
    /// The text of each part; none where nothing of it may go out.
    pub(crate) parts: Vec<(u32, Option<String>)>,
    /// The files, labelled.
    pub(crate) files: Vec<KeptFile>,
}

impl Released {
    /// Whether nothing of it may go out.
    pub(super) fn is_empty(&self) -> bool {
        self.files.is_empty() && self.parts.iter().all(|(_, text)| text.is_none())
    }
}

/// What waits.
#[derive(Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Content {
    /// The context without its user: what is judged again counts nothing against anybody again.
    pub(super) context: Context,
    pub(super) event: Event,
    pub(super) transcript: Transcript,
    /// Pictures and sounds, as the model made them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(super) files: Vec<KeptFile>,
}

/// A text as a person is shown it.
#[derive(Debug, PartialEq, Eq, Serialize, utoipa::ToSchema)]
#[serde(rename_all = "kebab-case")]
pub(crate) struct ShownPart {
    /// Whose words, such as `user`; absent for what the model said.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) role: Option<String>,
    /// Which of several answers.
    pub(crate) choice: u32,
    /// Its channel, such as `reasoning`; absent for the answer itself.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) channel: Option<String>,
    /// The text; empty where a file has none.
    pub(crate) text: String,
    /// The picture or the sound, where it is one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) file: Option<KeptFile>,
}

impl Content {
    pub(super) fn of(context: &Context, event: Event, transcript: Transcript) -> Self {
        let context = Context { pseudonym: None, conversation: None, ..context.clone() };
        Self { context, event, transcript, files: Vec::new() }
    }

    /// Each text with its place.
    pub(super) fn texts(&self) -> Vec<(String, &str)> {
        let parts = self.event.parts.iter().zip(0_u32..);
        let whole = parts.filter_map(|(part, at)| Some((format!("part {at}"), part.text.as_deref()?)));
        let place = |choice, channel: Option<&str>| format!("choice {choice} {}", channel.unwrap_or_default());
        let streamed = self.transcript.texts().map(|(choice, channel, text)| (place(choice, channel), text));
        whole.chain(streamed).collect()
    }

    /// The texts and files that a person is shown.
    pub(crate) fn parts(&self) -> Vec<ShownPart> {
        let whole = self.event.parts.iter().zip(0_u32..).filter_map(|(part, at)| {
            let file = self.files.iter().find(|file| file.part == at).cloned();
            let is_shown = part.text.is_some() || file.is_some();
            is_shown.then(|| ShownPart {
                role: part.role.map(|role| role.as_str().to_owned()),
                choice: part.choice,
                channel: part.channel.clone(),
                text: part.text.clone().unwrap_or_default(),
                file,
            })
        });
        let streamed = self.transcript.texts().map(|(choice, channel, text)| ShownPart {
            role: None,
            choice,
            channel: channel.map(str::to_owned),
            text: text.to_owned(),
            file: None,
        });
        whole.chain(streamed).collect()
    }
}

#[cfg(test)]
mod tests {
    use specialis::core::EventKind;

    use super::*;

    #[test]
    fn content_comes_back_as_it_was_without_its_user() {
        let mut transcript = Transcript::default();
        for (choice, channel, text) in [(0, None, "一"), (0, Some("reasoning"), "想"), (1, None, "二"), (0, None, "三")]
        {
            transcript.push(choice, channel, text);
        }
        let context = Context { pseudonym: Some("u-1".to_owned()), ..Context::default() };
        let event = Event::new(EventKind::Output).with_text("零");
        let content = Content::of(&context, event, transcript);
        let json = serde_json::to_string(&content).unwrap();
        assert!(!json.contains("u-1"), "{json}");
        assert_eq!(serde_json::from_str::<Content>(&json).unwrap(), content);
        let shown: Vec<_> = content.parts().into_iter().map(|part| (part.choice, part.channel, part.text)).collect();
        let reasoning = Some("reasoning".to_owned());
        assert_eq!(
            shown,
            [(0, None, "零"), (0, None, "一三"), (0, reasoning, "想"), (1, None, "二")]
                .map(|(choice, channel, text)| (choice, channel, text.to_owned()))
        );
    }
}
