//! `torture gateway`: what a gateway before a language model lets out, whatever its make.
//!
//! The program is both ends: the client that asks the gateway, and the model behind it, whose answers are made to be misread. Whatever
//! comes, the forbidden text must not reach the client, an ordinary one must, and what broke off must not look whole.

mod cases;
mod client;
mod upstream;

use std::io::Write;
use std::net::SocketAddr;

use anyhow::{Result, bail};
use clap::Args;
use serde_json::json;

use super::Format;
use crate::output::{self, Exit};
use cases::{Case, HARMLESS, Wants, cases};
use client::{Answer, Client};
use upstream::Upstream;

/// What `torture gateway` is told.
#[derive(Args)]
#[command(after_help = "\
Give the gateway the address of --upstream as that of its model, for chat completions as OpenAI has them; then:
  specialis torture gateway http://127.0.0.1:8787/openai --upstream 127.0.0.1:9321
  specialis torture gateway http://127.0.0.1:8787/v1 --upstream 127.0.0.1:9321 --forbidden 违禁示例 --case stream --format json

The gateway gets the token in SPECIALIS_GATEWAY_TOKEN, if there is one.

Exit code 1: something did not hold.")]
pub(super) struct GatewayArgs {
    /// Where the gateway takes chat completions: an address to which `/chat/completions` is added, unless it ends so
    #[arg(value_name = "URL")]
    url: String,
    /// The address at which this program plays the model, which the gateway asks
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1:9321")]
    upstream: SocketAddr,
    /// A text that the gateway has to keep back or mask, wherever the model says it; a mobile number by default
    #[arg(long, value_name = "TEXT", default_value = "13800138000")]
    forbidden: String,
    /// The name of a model that the gateway knows
    #[arg(long, value_name = "NAME", default_value = "torture")]
    model: String,
    /// A header beside the usual ones; may be given several times
    #[arg(long, value_name = "NAME: VALUE", value_parser = header)]
    header: Vec<(String, String)>,
    /// Only cases whose name has this in it
    #[arg(long = "case", value_name = "TEXT")]
    only: Option<String>,
    /// As what
    #[arg(long, value_enum, default_value_t)]
    format: Format,
}

fn header(text: &str) -> Result<(String, String), String> {
    let (name, value) = text.split_once(':').ok_or("write a header as `name: value`")?;
    Ok((name.trim().to_owned(), value.trim().to_owned()))
}

/// Runs the cases one by one, and reports what did not hold.
pub(super) fn run(args: &GatewayArgs, out: &mut dyn Write) -> Result<Exit> {
    if normalized(&args.forbidden).is_empty() || normalized(HARMLESS).contains(&normalized(&args.forbidden)) {
        bail!("`--forbidden` has to be a text that the gateway keeps back, such as a mobile number");
    }
    let mut wanted = cases(&args.forbidden);
    wanted.retain(|case| args.only.as_ref().is_none_or(|part| case.name.contains(part.as_str())));
    if wanted.is_empty() {
        bail!("no case has that in its name; leave out `--case` to run them all");
    }
    let client = Client::new(&args.url, &args.model, &args.header)?;
    let upstream = Upstream::start(args.upstream, &wanted)?;
    let mut tried: Vec<(&Case, Vec<String>)> = Vec::new();
    for case in &wanted {
        let answer = client.ask(case);
        let mut problems = problems(case, &answer, &args.forbidden);
        if !upstream.was_asked(case.name) {
            problems = vec![format!(
                "the gateway did not ask the model ({}); give it `http://{}` as the address of its model",
                answer.shown(),
                args.upstream
            )];
        }
        tried.push((case, problems));
    }
    write(args.format, &tried, out)?;
    let holds = tried.iter().all(|(_, problems)| problems.is_empty());
    Ok(if holds { Exit::Complete } else { Exit::Incomplete })
}

fn write(format: Format, tried: &[(&Case, Vec<String>)], out: &mut dyn Write) -> Result<()> {
    let n_held = tried.iter().filter(|(_, problems)| problems.is_empty()).count();
    match format {
        Format::Json => {
            let described = |(case, problems): &(&Case, Vec<String>)| {
                let Case { group, name, proves, .. } = case;
                json!({ "group": group, "case": name, "proves": proves, "holds": problems.is_empty(), "problems": problems })
            };
            output::write_json_pretty(out, &tried.iter().map(described).collect::<Vec<_>>())?;
        }
        Format::Table => {
            let mut table = output::table(["what", "case", "holds", "what it proves"]);
            for (case, problems) in tried {
                let holds = if problems.is_empty() { "yes".to_owned() } else { format!("no: {}", problems.join("; ")) };
                table.add_row([case.group, case.name, &holds, case.proves]);
            }
            output::write_table(out, &table)?;
            writeln!(out, "\n{n_held} of {} hold", tried.len())?;
        }
    }
    Ok(())
}

/// What is wrong with an answer.
fn problems(case: &Case, answer: &Answer, forbidden: &str) -> Vec<String> {
    let mut problems = Vec::new();
    let forbidden = normalized(forbidden);
    if answer.texts().any(|text| normalized(text).contains(&forbidden)) {
        problems.push("the forbidden text got out".to_owned());
    }
    let is_good = answer.status == 200 && answer.is_whole && !answer.has_error;
    match case.wants {
        Wants::Withheld => {}
        Wants::Harmless => {
            if !is_good {
                problems.push(format!("an ordinary answer is refused ({})", answer.shown()));
            } else if !answer.content(0).contains(HARMLESS) {
                problems.push("an ordinary text does not come through as it was".to_owned());
            }
            if is_good && case.is_streamed && !answer.is_ended {
                problems.push("the stream does not end with `[DONE]`".to_owned());
            }
        }
        Wants::Incomplete => {
            let is_ended = answer.is_ended || !case.is_streamed;
            if is_good && is_ended && answer.finish.get(&0).is_some_and(|reason| reason == "stop") {
                problems.push("an answer that broke off looks like a whole one".to_owned());
            }
        }
        Wants::Refused => {
            if answer.status != 0 && answer.status < 400 && !answer.has_error {
                problems.push(format!("a failure of the model is no failure ({})", answer.shown()));
            }
        }
    }
    problems
}

/// A text as a reader takes it: without what shows nothing, in one width and case.
fn normalized(text: &str) -> String {
    let narrow = |char: char| match u32::from(char) {
        wide @ 0xff01..=0xff5e => wide.checked_sub(0xfee0).and_then(char::from_u32).unwrap_or(char),
        _ => char,
    };
    let is_shown = |char: &char| {
        let is_hidden = matches!(char, '\u{ad}' | '\u{200b}'..='\u{200f}' | '\u{2060}'..='\u{2064}' | '\u{feff}' | '-');
        !is_hidden && !char.is_whitespace()
    };
    text.chars().filter(is_shown).map(narrow).flat_map(char::to_lowercase).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn examples_of_the_help_are_taken() {
        let command = GatewayArgs::augment_args(clap::Command::new("gateway"));
        let help = command.get_after_help().unwrap().to_string();
        let examples: Vec<&str> =
            help.lines().filter_map(|line| line.trim_start().strip_prefix("specialis torture ")).collect();
        assert_eq!(examples.len(), 2);
        for example in examples {
            let taken = command.clone().try_get_matches_from(example.split_whitespace());
            assert!(taken.is_ok(), "{example}: {taken:?}");
        }
    }

    #[test]
    fn disguises_of_a_text_are_the_same_text() {
        for disguised in ["１３８００１３８０００", "138-0013-8000", "1\u{200b}3800138000", "138 0013 8000"]
        {
            assert_eq!(normalized(disguised), "13800138000");
        }
    }

    #[test]
    fn what_a_client_reads_is_held_against_the_case() {
        let all = cases("13800138000");
        let case = |name: &str| all.iter().find(|case| case.name == name).unwrap();
        let said = |case: &Case, body: &str| problems(case, &Answer::of(200, body, true), "13800138000");
        let delta = |text: &str, finish: &str| {
            format!("data: {}\n\n", json!({"choices":[{"index":0,"delta":{"content":text},"finish_reason":finish}]}))
        };
        let split = format!("{}{}data: [DONE]\n\n", delta("电话1380013", "length"), delta("8000", "stop"));
        assert_eq!(said(case("stream-forbidden"), &split), ["the forbidden text got out"]);
        assert_eq!(said(case("stream-forbidden"), &delta("电话138****8000", "stop")), [""; 0]);
        let harmless = format!("{}data: [DONE]\n\n", delta(HARMLESS, "stop"));
        assert_eq!(said(case("stream-ordinary"), &harmless), [""; 0]);
        assert_eq!(said(case("stream-ordinary"), &delta("图书馆", "stop")).len(), 2);
        assert_eq!(said(case("broken-off"), &harmless), ["an answer that broke off looks like a whole one"]);
        assert_eq!(said(case("failing-model"), &harmless).len(), 1);
        assert_eq!(problems(case("failing-model"), &Answer::of(502, "{}", true), "1"), [""; 0]);
    }

    #[test]
    fn names_of_cases_are_told_apart_in_a_request() {
        let all = cases("13800138000");
        let mut names: Vec<&str> = all.iter().map(|case| case.name).collect();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), all.len());
        assert!(names.iter().all(|name| name.chars().all(|char| char.is_ascii_lowercase() || char == '-')));
    }
}
