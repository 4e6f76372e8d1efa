//! Labels on the bytes of media: the explicit mark first, then the implicit label, so that the label is that of the marked file.

use std::path::Path;

use specialis::core::{Measure, ParamValue};
use specialis_label::explicit::{
    Corner, Cue, MarkError, PictureMark, Wording, around_mp3, before_sound, draw_in_file, has_rhythm,
};
use specialis_label::{Container, Edits, Label, LabelError, Verdict, check, read, replace_edits, write_edits};

use super::super::judge::is_implicit_label;
use super::spool::Spool;

/// Whether a measure is carried out on the bytes of a medium. Marks around a player and in an interface are the platform's.
pub(super) fn is_on_the_bytes(measure: &Measure) -> bool {
    is_implicit_label(measure) || wording(measure).is_some()
}

/// What the explicit mark on the bytes says, where a measure asks for one.
pub(super) fn wording(measure: &Measure) -> Option<Wording> {
    let id = |name: &str| match measure.params.get(name) {
        Some(ParamValue::Id(id)) => Some(id.as_str()),
        Some(ParamValue::Number(_) | ParamValue::Date(_) | ParamValue::Seconds(_)) | None => None,
    };
    let is_here = measure.id.as_str() == "label-explicit"
        && matches!(id("place"), Some("content" | "start" | "end" | "edge" | "file"));
    Wording::of_id(id("text").filter(|_| is_here)?)
}

/// What is due on a file.
pub(super) struct Due {
    pub(super) label: Option<Label>,
    pub(super) wording: Option<Wording>,
}

impl Due {
    /// Puts it on a file.
    ///
    /// # Errors
    /// In one line, why the file cannot be labelled, and what to do.
    pub(super) fn put_on(&self, file: &mut Spool) -> Result<(), String> {
        if self.label.is_none() && self.wording.is_none() {
            return Ok(());
        }
        let container = Container::detect(file, Path::new("")).map_err(|error| error.to_string())?;
        let container = container.ok_or("its format is not known; ask for `png`, `jpeg`, `webp`, `mp3` or `wav`")?;
        if let Some(wording) = &self.wording {
            mark(file, container, wording)?;
        }
        if let Some(label) = &self.label {
            let edits = label_edits(file, container, label).map_err(|error| error.to_string())?;
            carry_out(file, edits.as_ref())?;
        }
        Ok(())
    }
}

/// Draws or sounds the mark. A file that has it already stays as it is.
fn mark(file: &mut Spool, container: Container, wording: &Wording) -> Result<(), String> {
    let failed = |error: LabelError| error.to_string();
    if [Container::Png, Container::Jpeg, Container::WebP].contains(&container) {
        let how = PictureMark { wording, corner: Corner::BottomRight, again: false, lossy: None };
        let mut drawn = Spool::default();
        match draw_in_file(file, &mut drawn, container, how) {
            Ok(_) => *file = drawn,
            Err(MarkError::Already) => {}
            Err(error) => return Err(error.to_string()),
        }
        return Ok(());
    }
    if container == Container::Wav {
        if has_rhythm(file, Cue::Start).map_err(failed)? {
            return Ok(());
        }
        let edits = before_sound(file, Cue::Start).map_err(failed)?;
        return carry_out(file, Some(&edits));
    }
    if container == Container::Mp3 {
        let edits = around_mp3(file, Cue::Start, false).map_err(failed)?;
        return carry_out(file, edits.as_ref());
    }
    let name = container.name();
    Err(format!("no mark can be put on `{name}` here; ask for `png`, `jpeg`, `webp`, `mp3` or `wav`"))
}

/// What has to be changed so that the label stands in the file; nothing where a label that is as it should be stands there.
fn label_edits(file: &mut Spool, container: Container, label: &Label) -> Result<Option<Edits>, LabelError> {
    match check(&read(file, container)?).verdict {
        Verdict::Compliant => Ok(None),
        Verdict::NonCompliant => replace_edits(file, container, label).map(Some),
        Verdict::NotFound | Verdict::Inconclusive => write_edits(file, container, label).map(Some),
    }
}

fn carry_out(file: &mut Spool, edits: Option<&Edits>) -> Result<(), String> {
    let Some(edits) = edits else { return Ok(()) };
    let mut changed = Spool::default();
    edits.apply(file, &mut changed).map_err(|error| error.to_string())?;
    *file = changed;
    Ok(())
}

#[cfg(test)]
mod tests {
    use serde_json::json;
    use specialis_label::explicit::rhythm_wav;

    use super::*;

    fn measure(value: serde_json::Value) -> Measure {
        serde_json::from_value(value).unwrap()
    }

    #[test]
    fn marks_on_the_bytes_are_ours_and_those_around_them_are_the_platforms() {
        let explicit = |text: &str, place: &str| {
            measure(json!({ "id": "label-explicit", "params": { "text": { "id": text }, "place": { "id": place } } }))
        };
        for place in ["content", "start", "end", "edge", "file"] {
            assert!(is_on_the_bytes(&explicit("ai-generated", place)), "{place}");
        }
        for place in ["interface", "player", "beside"] {
            assert!(!is_on_the_bytes(&explicit("ai-generated", place)), "{place}");
        }
        assert!(!is_on_the_bytes(&explicit("fiction", "content")), "it does not speak of AI");
        assert!(is_on_the_bytes(&measure(json!({ "id": "label-implicit", "params": {} }))));
    }

    #[test]
    fn file_in_no_known_format_is_refused_and_says_what_to_ask_for() {
        let due = Due { label: Label::generated("001191110000MAAAAAAA0210002", "a-1").ok(), wording: None };
        let trouble = due.put_on(&mut Spool::of(b"neither picture nor sound".to_vec())).unwrap_err();
        assert!(trouble.contains("ask for"), "{trouble}");
    }

    #[test]
    fn sound_gets_its_mark_and_its_label_once() {
        // A sound that is no mark: the rhythm turned around.
        let mut sound = rhythm_wav();
        if let Some(samples) = sound.get_mut(44..) {
            samples.reverse();
        }
        let due = Due {
            label: Label::generated("001191110000MAAAAAAA0210002", "a-1").ok(),
            wording: Some(Wording::default()),
        };
        let mut file = Spool::of(sound);
        due.put_on(&mut file).unwrap();
        assert!(has_rhythm(&mut file, Cue::Start).unwrap());
        assert_eq!(check(&read(&mut file, Container::Wav).unwrap()).verdict, Verdict::Compliant);
        let once = file.n_bytes();
        due.put_on(&mut file).unwrap();
        assert_eq!(file.n_bytes(), once);
    }
}
