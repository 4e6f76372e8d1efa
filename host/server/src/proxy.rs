//! The reverse proxy: a prompt is judged before its upstream sees it, and the answer before its reader does.

mod envelope;
mod judge;
mod media;
mod models;
mod pass;
mod prompt;
mod received;
mod relay;
mod upstream;

use crate::config::Interfaces;
use crate::wire::Interface;

pub(crate) use judge::{SessionJudge, asks_for_label, measures, nothing, settle, settle_in_text};
pub(crate) use media::{MediaRoute, label_kept};
pub(crate) use models::is_list as is_list_of_models;
pub(crate) use pass::pass_on;
pub(crate) use prompt::{Prompt, n_choices, tame};
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
}
