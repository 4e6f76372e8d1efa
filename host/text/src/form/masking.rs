//! Masks that leave a text what it is written as.

use super::{Form, html, json, percent};

/// Where a text stands, for what a mask may take.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
enum State {
    /// Outside strings and numbers of JSON, and everywhere in other forms.
    #[default]
    Outside,
    /// In a number of JSON.
    Number,
    /// In a string of JSON.
    Inside,
    /// Behind a backslash in a string.
    Escape,
}

/// Masks stretches of one text, from its beginning to its end, so that it stays valid in its [`Form`].
///
/// In JSON a stretch loses what stands in strings; quotes, commas and brackets stay, and a number outside strings becomes a
/// string. In HTML the tags stay. The mask itself is escaped as the form asks for it.
///
/// ```
/// use specialis_text::{Form, Masking};
///
/// let mut masking = Masking::new(Form::Json);
/// masking.pass("{\"phone\":");
/// assert_eq!(masking.mask("13912345678", "***"), "\"***\"");
/// ```
#[derive(Debug, Clone, Default)]
pub struct Masking {
    form: Form,
    state: State,
    /// Whether the last character was masked: what follows on is masked as one.
    is_masked: bool,
}

impl Masking {
    /// A text of this form, before its first character.
    pub fn new(form: Form) -> Self {
        Self { form, ..Self::default() }
    }

    /// Takes text that stays as it is.
    pub fn pass(&mut self, text: &str) {
        if self.form == Form::Json {
            text.chars().for_each(|c| self.state = self.state.next(c));
        }
        self.is_masked &= text.is_empty();
    }

    /// Takes text that is masked, and returns what stands in its place. Stretches that touch are masked as one.
    pub fn mask(&mut self, text: &str, mask: &str) -> String {
        let mut out = String::new();
        match self.form {
            Form::Plain => self.write(&mut out, text, mask.to_owned()),
            Form::Percent => self.write(&mut out, text, percent::escape(mask)),
            Form::Html => self.mask_html(text, &html::escape(mask), &mut out),
            Form::Json => {
                let mask = json::escape(mask);
                text.chars().for_each(|c| self.mask_json(c, &mask, &mut out));
            }
        }
        out
    }

    /// Writes a mask for a text, unless one stands there already.
    fn write(&mut self, out: &mut String, text: &str, mask: String) {
        if !text.is_empty() && !std::mem::replace(&mut self.is_masked, true) {
            out.push_str(&mask);
        }
    }

    fn mask_json(&mut self, c: char, mask: &str, out: &mut String) {
        let before = self.state;
        self.state = before.next(c);
        match (before, self.state) {
            (State::Inside | State::Escape, State::Inside | State::Escape) => {
                self.write(out, c.encode_utf8(&mut [0; 4]), mask.to_owned());
            }
            (State::Number, State::Number) => self.is_masked = true,
            (_, State::Number) => {
                self.is_masked = true;
                out.push_str(&format!("\"{mask}\""));
            }
            _ => {
                self.is_masked = false;
                out.push(c);
            }
        }
    }

    fn mask_html(&mut self, text: &str, mask: &str, out: &mut String) {
        let mut rest = text;
        while let Some((before, tag, behind)) = html::first_tag(rest) {
            self.write(out, before, mask.to_owned());
            out.push_str(tag);
            rest = behind;
        }
        self.write(out, rest, mask.to_owned());
    }
}

impl State {
    /// Where JSON stands behind a character.
    fn next(self, c: char) -> Self {
        match (self, c) {
            (Self::Inside, '\\') => Self::Escape,
            (Self::Inside, '"') => Self::Outside,
            (Self::Inside | Self::Escape, _) | (_, '"') => Self::Inside,
            (_, '-' | '0'..='9') | (Self::Number, '+' | '.' | 'e' | 'E') => Self::Number,
            (Self::Outside | Self::Number, _) => Self::Outside,
        }
    }
}
