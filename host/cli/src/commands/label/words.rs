//! What is said of labels, in the language that was asked for.

use std::io;
use std::path::Path;

use specialis_label::{Finding, LabelError, Place, Remark, Verdict};

use super::located::Refused;
use super::shown;
use crate::options::Language;
use crate::output;

pub(super) fn verdict_in(lang: Language, verdict: Verdict) -> &'static str {
    lang.pick(verdict.as_str(), verdict.in_chinese())
}

pub(super) fn place_in(lang: Language, place: &Place) -> String {
    match lang {
        Language::Zh => place.in_chinese(),
        Language::En => place.to_string(),
    }
}

pub(super) fn finding_in(lang: Language, finding: &Finding) -> String {
    match lang {
        Language::Zh => format!("{}；{}", finding.what_in_chinese(), finding.fix_in_chinese()),
        Language::En => format!("{}; {}", finding.what, finding.fix),
    }
}

/// Why a file could not be read to its end.
pub(super) fn said_in(lang: Language, trouble: &LabelError) -> String {
    match lang {
        Language::Zh => trouble.in_chinese(),
        Language::En => output::chain(trouble),
    }
}

/// Why a file could not be opened. What the system says of it is in the system's language.
pub(super) fn error_in(lang: Language, error: &anyhow::Error) -> String {
    let known = |cause: &(dyn std::error::Error + 'static)| {
        let io = |error: &io::Error| {
            let kinds = [(io::ErrorKind::NotFound, "文件不存在"), (io::ErrorKind::PermissionDenied, "没有权限")];
            let known = kinds.into_iter().find(|(kind, _)| *kind == error.kind());
            known.map_or_else(|| error.to_string(), |(_, said)| said.to_owned())
        };
        cause.downcast_ref().map(LabelError::in_chinese).or_else(|| cause.downcast_ref().map(io))
    };
    let refused = error.downcast_ref().map(Refused::in_chinese);
    let said: Vec<String> = refused.into_iter().chain(error.chain().filter_map(known)).collect();
    match lang {
        Language::Zh if !said.is_empty() => said.join("："),
        Language::Zh | Language::En => output::chain(error.as_ref()),
    }
}

pub(super) fn note_remarks(lang: Language, path: &Path, remarks: &[Remark]) {
    for remark in remarks {
        match lang {
            Language::Zh => shown::note(path, &format!("提示：{}", remark.in_chinese())),
            Language::En => shown::note(path, &format!("note: {remark}")),
        }
    }
}
