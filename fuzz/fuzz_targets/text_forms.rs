//! Texts that are written with escapes and said by somebody: no cut changes what is found, no escape is let go in part, and a
//! string of JSON is what it says.

#![no_main]

#[path = "../../host/text/tests/all/oracle.rs"]
#[expect(dead_code, reason = "shared with the property tests")]
mod oracle;
#[path = "../../host/text/tests/all/support.rs"]
#[expect(dead_code, reason = "shared with the property tests")]
mod support;

use std::sync::{Arc, LazyLock};

use libfuzzer_sys::fuzz_target;
use specialis_text::{ExceptionScope, Form, Index, Speaker};

static INDEX: LazyLock<Arc<Index>> =
    LazyLock::new(|| support::rich(ExceptionScope::OwnLexicon).expect("the terms are an index"));

fuzz_target!(|bytes: &[u8]| {
    let [how, a, b, rest @ ..] = bytes else { return };
    let forms = [Form::Plain, Form::Json, Form::Html, Form::Percent];
    let speakers = [Speaker::Unknown, Speaker::User, Speaker::Model];
    let (how, text) = (usize::from(*how), support::text_of(rest));
    let as_said = (speakers[how / 4 % 3], forms[how % 4]);
    oracle::cut_is_whole_as(&INDEX, &text, &support::cut(&text, &[*a, *b].map(usize::from)), as_said);
    oracle::string_is_what_it_says(&INDEX, &text, &[a & 1 == 1, b & 1 == 1, how & 8 == 8]);
});
