//! What is said of labels, in the language that was asked for.

use std::io;
use std::path::Path;

use specialis_label::explicit::{DrawError, MarkError, UnknownCodec, WordingError};
use specialis_label::{
    CodeError, FieldError, Finding, LabelError, LabelFieldError, LabelKeyError, Place, ProvidersError, Remark, Verdict,
};

use super::located::Refused;
use super::said::Said;
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

/// What went wrong. What the system says of it is in the system's language.
pub(super) fn error_in(lang: Language, error: &anyhow::Error) -> String {
    match lang {
        Language::Zh => in_chinese(error),
        Language::En => output::chain(error.as_ref()),
    }
}

fn in_chinese(error: &anyhow::Error) -> String {
    if let Some(said) = error.downcast_ref::<Said>() {
        let cause = said.cause().map(in_chinese);
        return cause.map_or_else(|| said.zh().to_owned(), |cause| format!("{}：{cause}", said.zh()));
    }
    let refused = error.downcast_ref().map(Refused::in_chinese);
    let said: Vec<String> = refused.into_iter().chain(error.chain().filter_map(cause_in_chinese)).collect();
    if said.is_empty() { output::chain(error.as_ref()) } else { said.join("：") }
}

/// One of several errors behind each other; nothing for one that says no more than the one behind it.
fn cause_in_chinese(cause: &(dyn std::error::Error + 'static)) -> Option<String> {
    let io = |error: &io::Error| {
        let kinds = [
            (io::ErrorKind::NotFound, "文件不存在"),
            (io::ErrorKind::PermissionDenied, "没有权限"),
            (io::ErrorKind::StorageFull, "磁盘已满"),
            (io::ErrorKind::ReadOnlyFilesystem, "文件系统只读"),
            (io::ErrorKind::AlreadyExists, "已经存在"),
            (io::ErrorKind::InvalidData, "内容不是 UTF-8"),
        ];
        let known = kinds.into_iter().find(|(kind, _)| *kind == error.kind());
        known.map_or_else(|| error.to_string(), |(_, said)| said.to_owned())
    };
    let label = |error: &LabelError| {
        // What the system says follows.
        let is_of_system = matches!(error, LabelError::Io(_));
        if is_of_system { "文件不能读写".to_owned() } else { error.in_chinese() }
    };
    cause
        .downcast_ref()
        .map(label)
        .or_else(|| cause.downcast_ref().map(MarkError::in_chinese))
        .or_else(|| cause.downcast_ref().map(DrawError::in_chinese))
        .or_else(|| cause.downcast_ref().map(UnknownCodec::in_chinese))
        .or_else(|| cause.downcast_ref().map(WordingError::in_chinese))
        .or_else(|| cause.downcast_ref().map(LabelFieldError::in_chinese))
        .or_else(|| cause.downcast_ref().map(FieldError::in_chinese))
        .or_else(|| cause.downcast_ref().map(ProvidersError::in_chinese))
        .or_else(|| cause.downcast_ref().map(CodeError::in_chinese))
        .or_else(|| cause.downcast_ref().map(LabelKeyError::in_chinese))
        .or_else(|| cause.downcast_ref().map(io))
}

pub(super) fn note_remarks(lang: Language, path: &Path, remarks: &[Remark]) {
    remarks.iter().for_each(|remark| note_remark(lang, path, remark));
}

pub(super) fn note_remark(lang: Language, path: &Path, remark: &Remark) {
    match lang {
        Language::Zh => shown::note(path, &format!("提示：{}", remark.in_chinese())),
        Language::En => shown::note(path, &format!("note: {remark}")),
    }
}

/// An error with its causes on standard error, about a file.
pub(super) fn note_error(lang: Language, path: &Path, error: &anyhow::Error) {
    shown::note(path, &error_in(lang, error));
}
