//! One record: verified or not is the first line, then what it says, and its proof for somebody else.

use axum::extract::Path;
use axum::response::Response;
use maud::{Markup, html};
use specialis::core::Lang;
use specialis_ledger::{BodyState, DecisionBody, Entry, EntryKind};

use super::super::page::{Viewing, json, say};
use super::{HERE, nothing, reader, trouble};
use crate::recorded::RecordedLedger;
use crate::serving::Problem;

/// A record as it is shown.
struct Shown {
    entry: Entry,
    leaf: String,
    /// Why it is not verified, where it is not.
    unverified: Option<String>,
    proof: String,
    is_restricted: bool,
    body: Result<BodyState, String>,
}

pub(in crate::console) async fn page(viewing: Viewing, Path(index): Path<u64>) -> Result<Response, Problem> {
    let title = format!("{} {index}", viewing.say("Record", "记录"));
    let Some(recorded) = viewing.app.recorded() else { return Ok(viewing.page(HERE, &title, &nothing(&viewing))) };
    let who = reader(&viewing);
    let read = move || -> Result<Option<Shown>, String> {
        recorded.note_reading(who, format!("record {index}"), 1)?;
        shown(&recorded, index).map_err(|error| error.to_string())
    };
    let Some(shown) = viewing.app.judging.run(read).await?.map_err(Problem::failed)? else {
        return Ok(trouble(
            &viewing,
            viewing.say("There is no such record, or it is not signed yet.", "没有该记录，或者尚未签名。"),
        ));
    };
    let body = body(&viewing, &shown).await?;
    let content = html! {
        @match &shown.unverified {
            None => { p { strong { (viewing.say("Verified: as it was signed.", "已核验：与签名一致。")) } } }
            Some(why) => { p .gap role="alert" { (viewing.say("NOT verified: ", "未通过核验：")) (why) } }
        }
        pre .words { (shown.leaf) }
        (body)
        details {
            summary { (viewing.say("Proof for somebody else", "供他人核验的证明")) }
            p .fine { (viewing.say(
                "Save the line above as entry.json and this as proof.tlog-proof; `specialis ledger check-proof` checks them under the key of the log.",
                "将上面一行存为 entry.json，以下存为 proof.tlog-proof；用 specialis ledger check-proof 和日志公钥核验。",
            )) }
            pre { (shown.proof) }
        }
        p { a href=(HERE) { (viewing.say("Search", "查找")) } }
    };
    Ok(viewing.page(HERE, &title, &content))
}

fn shown(recorded: &RecordedLedger, index: u64) -> Result<Option<Shown>, specialis_ledger::LedgerError> {
    let mut reader = recorded.reader()?;
    if index >= reader.size() {
        return Ok(None);
    }
    let leaf = reader.leaf(index)?;
    let body = reader.body(index).map_err(|error| error.to_string());
    let proof = reader.prove(index);
    let unverified = match (&proof, &body) {
        (Err(error), _) => Some(error.to_string()),
        (Ok(_), Err(why)) => Some(why.clone()),
        (Ok(proof), Ok(_)) => {
            proof.verify(&leaf, std::slice::from_ref(recorded.key())).err().map(|error| error.to_string())
        }
    };
    Ok(Some(Shown {
        entry: reader.entry(index)?,
        leaf: String::from_utf8_lossy(&leaf).into_owned(),
        unverified,
        proof: proof.map(|proof| proof.to_string()).unwrap_or_default(),
        is_restricted: recorded.is_restricted(index)?,
        body,
    }))
}

/// What the body says: a decision in words in both languages, anything else as it stands.
async fn body(viewing: &Viewing, shown: &Shown) -> Result<Markup, Problem> {
    let state = match &shown.body {
        Ok(BodyState::There(_)) if shown.is_restricted => {
            return Ok(note(viewing.say(
                "The record is restricted: it is kept and used for nothing else. `ledger show --with-restricted REASON` shows its content.",
                "该记录已限制使用：仅予保存，不作他用。`ledger show --with-restricted 理由` 可显示其正文。",
            )));
        }
        Ok(BodyState::There(body)) => body,
        Ok(BodyState::Erased) => {
            return Ok(note(viewing.say(
                "The body was erased; the entry still proves that it was there.",
                "正文已删除；条目仍可证明其曾经存在。",
            )));
        }
        Ok(BodyState::Expired) => {
            return Ok(note(
                viewing.say("The body was kept as long as it had to be, and is gone.", "正文保存期满，已删除。"),
            ));
        }
        Ok(BodyState::None) | Err(_) => return Ok(html! {}),
    };
    if shown.entry.kind == EntryKind::Decision
        && let Ok(body) = serde_json::from_slice::<DecisionBody>(state.json())
    {
        let edition = viewing.app.host.edition();
        let is_live = body.decision.edition == edition.id();
        let (decision, recorded) = (body.decision.clone(), json(&body));
        let words =
            move || [Lang::Zh, Lang::En].map(|lang| (lang, specialis::core::explain(&decision, &*edition, lang)));
        let explained = viewing.app.judging.run(words).await?;
        return Ok(html! {
            @if !is_live { p .gap { (viewing.say(
                "It was made on another edition than the live one: the words of that one may differ.",
                "该决定作于其他版次，用语可能与现行版次不同。",
            )) } }
            div .columns { @for (lang, text) in &explained {
                section lang=(say(*lang, "en", "zh-CN")) { h2 { (say(*lang, "In English", "中文说明")) } pre .words { (text.trim_end()) } }
            } }
            details { summary { (viewing.say("As it is recorded (JSON)", "记录原文（JSON）")) } pre { (recorded) } }
        });
    }
    let value: serde_json::Value = serde_json::from_slice(state.json()).unwrap_or_default();
    Ok(html! { pre { (json(&value)) } })
}

fn note(text: &str) -> Markup {
    html! { p { (text) } }
}
