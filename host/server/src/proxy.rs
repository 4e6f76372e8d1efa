//! The reverse proxy: a prompt is judged before its upstream sees it, and the answer before its reader does.

mod envelope;
mod judge;
mod pass;
mod prompt;
mod relay;
mod upstream;

use crate::config::Interfaces;
use crate::wire::Interface;

pub(crate) use judge::{measures, settle, settle_in_text};
pub(crate) use pass::pass_on;
pub(crate) use prompt::Prompt;
pub(crate) use upstream::Upstream;

impl Interface {
    /// The interface that the rest of a path names, behind the path of its route.
    pub(crate) fn at(interfaces: Interfaces, rest: &str) -> Option<Self> {
        // Some clients put the version into the base address, some into the path.
        let rest = rest.strip_prefix("/v1").unwrap_or(rest);
        match (interfaces, rest) {
            (Interfaces::Openai, "/chat/completions") => Some(Self::Chat),
            (Interfaces::Openai, "/completions") => Some(Self::Completions),
            (Interfaces::Openai, "/responses") => Some(Self::Responses),
            (Interfaces::Anthropic, "/messages") => Some(Self::Messages),
            _ => None,
        }
    }

    /// The path behind the base address of an upstream.
    fn path(self) -> &'static str {
        match self {
            Self::Chat => "/chat/completions",
            Self::Completions => "/completions",
            Self::Responses => "/responses",
            Self::Messages => "/v1/messages",
        }
    }
}
