//! How the text of a part is to be read: what it is written as, and who says it.

use specialis_core::{EventKind, Part, Role};
use specialis_text::{Form, Speaker};

/// What the text of a part is written as: what its media type says, or else its channel. The arguments of a tool are JSON, and
/// so is a channel whose name ends in `+json`.
pub(in crate::session) fn form(part: &Part) -> Form {
    let media_type = part.media.as_ref().and_then(|media| media.media_type.as_deref());
    media_type.and_then(of_media_type).unwrap_or_else(|| of_channel(part.channel.as_deref().unwrap_or("text")))
}

/// The form of a media type (RFC 6838), if it says one.
fn of_media_type(name: &str) -> Option<Form> {
    let name = name.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    match name.as_str() {
        "application/json" | "text/json" | "application/x-ndjson" | "application/jsonl" => Some(Form::Json),
        "text/html" | "application/xhtml+xml" => Some(Form::Html),
        "application/x-www-form-urlencoded" => Some(Form::Percent),
        "text/plain" | "text/markdown" => Some(Form::Plain),
        other => other.ends_with("+json").then_some(Form::Json),
    }
}

fn of_channel(name: &str) -> Form {
    let suffix = name.rsplit_once('+').map(|(_, suffix)| suffix);
    match (name, suffix) {
        ("tool-arguments", _) | (_, Some("json")) => Form::Json,
        (_, Some("html")) => Form::Html,
        (_, Some("percent")) => Form::Percent,
        _ => Form::Plain,
    }
}

/// Who says the text of a part. Only the model's own output may refuse, forbid and report for itself: what else comes in, an
/// earlier answer included, may be anybody's words.
pub(super) fn speaker(kind: EventKind, part: &Part) -> Speaker {
    match (kind, part.role.unwrap_or(kind.usual_role())) {
        (EventKind::Output, Role::Assistant) => Speaker::Model,
        _ => Speaker::User,
    }
}

#[cfg(test)]
mod tests {
    use specialis_core::MediaFacts;

    use super::*;

    #[test]
    fn the_form_follows_from_the_media_type_or_the_channel() {
        let part = |channel: Option<&str>, media_type: Option<&str>| Part {
            channel: channel.map(str::to_owned),
            media: media_type.map(|name| MediaFacts { media_type: Some(name.to_owned()), ..MediaFacts::default() }),
            ..Part::text("")
        };
        let table = [
            (None, None, Form::Plain),
            (Some("reasoning"), None, Form::Plain),
            (Some("tool-arguments"), None, Form::Json),
            (Some("text+json"), None, Form::Json),
            (Some("text+html"), None, Form::Html),
            (Some("text+percent"), None, Form::Percent),
            (None, Some("application/json; charset=utf-8"), Form::Json),
            (None, Some("application/ld+json"), Form::Json),
            (None, Some("Text/HTML"), Form::Html),
            (None, Some("application/x-www-form-urlencoded"), Form::Percent),
            (Some("tool-arguments"), Some("text/plain"), Form::Plain),
            (Some("tool-arguments"), Some("image/png"), Form::Json),
        ];
        for (channel, media_type, expected) in table {
            assert_eq!(form(&part(channel, media_type)), expected, "{channel:?} {media_type:?}");
        }
    }

    #[test]
    fn only_the_output_of_a_model_is_the_models() {
        let part = |role| Part { role, ..Part::text("") };
        assert_eq!(speaker(EventKind::Output, &part(None)), Speaker::Model);
        assert_eq!(speaker(EventKind::Output, &part(Some(Role::User))), Speaker::User);
        assert_eq!(speaker(EventKind::Prompt, &part(Some(Role::Assistant))), Speaker::User);
        assert_eq!(speaker(EventKind::Publication, &part(None)), Speaker::User);
    }
}
