//! The policies of the live edition: faults, fuel, and how long judging takes.

use axum::response::Response;
use maud::{Markup, html};
use specialis::core::Words as _;

use super::page::{Viewing, short};
use crate::serving::CLASSES;

const HERE: &str = "/console/policies";

pub(super) async fn page(viewing: Viewing) -> Response {
    let edition = viewing.app.host.edition();
    let fuel = viewing.app.metrics.recent.fuel();
    let status = viewing.app.host.status();
    let content = html! {
        div .wide { table {
            caption { (viewing.say(
                "Calls and faults since the edition is loaded; fuel of events that came by the native interface",
                "自版次载入以来的调用和故障；燃料按原生接口的事件统计",
            )) }
            thead { tr {
                @for head in [
                    viewing.say("policy", "策略"), viewing.say("version", "版本"), viewing.say("mode", "模式"),
                    viewing.say("signer", "签名者"), viewing.say("duties", "义务"), viewing.say("calls", "调用"),
                    viewing.say("faults", "故障"), viewing.say("time, mean", "用时均值"), viewing.say("time, most", "最长用时"),
                    viewing.say("fuel, mean", "燃料均值"), viewing.say("fuel, most", "燃料最高"),
                ] { th scope="col" { (head) } }
            } }
            tbody { @for policy in edition.policies() {
                @let cost = fuel.get(&policy.id).copied().unwrap_or_default();
                @let title = edition.title(&policy.id);
                tr .gap[policy.unavailable.is_some()] {
                    th scope="row" {
                        (policy.id) " "
                        @if let Some(title) = title { span .quiet { (viewing.pick(title.en, title.zh)) } }
                    }
                    td title=(policy.digest) { (policy.version) " " code { (short(&policy.digest)) } }
                    td { (policy.mode.as_str()) }
                    td { (policy.signer) }
                    td { (policy.n_duties) }
                    td { (policy.n_calls) }
                    td .gap[policy.n_faults > 0] {
                        (policy.n_faults)
                        @if let Some(fault) = &policy.unavailable {
                            " " strong { (viewing.say("not available:", "不可用：")) " " (fault.as_str()) }
                        }
                    }
                    td { (micros(policy.times.mean)) } td { (micros(policy.times.most)) }
                    td { (cost.sum.checked_div(cost.n_events).unwrap_or_default()) }
                    td { (cost.max) }
                }
            } }
        } }
        section {
            h2 { (viewing.say("Fuel", "燃料")) }
            (bars(
                &fuel.iter().map(|(policy, cost)| (policy.to_string(), cost.max)).collect::<Vec<_>>(),
                viewing.say("The most fuel of one event, by policy", "单个事件的最高燃料，按策略"),
                viewing.say("No event came by yet.", "尚无事件。"),
            ))
        }
        section {
            h2 { (viewing.say("Time of calls", "调用用时")) }
            (bars(
                &edition.policies().iter().map(|policy| (policy.id.to_string(), whole_micros(policy.times.most))).collect::<Vec<_>>(),
                viewing.say("The longest call in microseconds, by policy", "单次调用的最长用时（微秒），按策略"),
                viewing.say("No policy was called yet.", "尚无策略被调用。"),
            ))
        }
        section {
            h2 { (viewing.say("Time to judge", "判定用时")) }
            (bars(
                &times(&viewing),
                viewing.say("How many events and pieces of streams took so long", "各用时区间的事件和流片段数"),
                viewing.say("No event came by yet.", "尚无事件。"),
            ))
        }
        section {
            h2 { (viewing.say("Attempts", "载入尝试")) }
            ul { @for (place, attempts) in &status.attempts {
                li .gap[attempts.error.is_some()] {
                    code { (place) } " " (attempts.n) @if let Some(error) = &attempts.error { ": " (error) }
                }
            } }
        }
    };
    viewing.page(HERE, viewing.say("Policies", "策略"), &content)
}

/// A time as it is shown.
fn micros(time: std::time::Duration) -> String {
    format!("{} µs", whole_micros(time))
}

fn whole_micros(time: std::time::Duration) -> u64 {
    u64::try_from(time.as_micros()).unwrap_or(u64::MAX)
}

fn times(viewing: &Viewing) -> Vec<(String, u64)> {
    let beyond = CLASSES.last().map(|last| format!("> {last} µs"));
    let names = CLASSES.iter().map(|bound| format!("≤ {bound} µs")).chain(beyond);
    names.zip(viewing.app.metrics.recent.times()).collect()
}

/// A plot as bars, with its numbers beside it as text.
fn bars(values: &[(String, u64)], name: &str, none: &str) -> Markup {
    let most = values.iter().map(|(_, n)| *n).max().unwrap_or_default();
    html! {
        @if most == 0 { p .quiet { (none) } } @else {
            table .bars {
                caption { (name) }
                tbody { @for (label, n) in values {
                    tr {
                        th scope="row" { (label) }
                        td .number { (n) }
                        td aria-hidden="true" {
                            svg width="300" height="14" viewBox="0 0 300 14" {
                                rect .bar x="0" y="1" height="12" width=(n.saturating_mul(300).checked_div(most).unwrap_or_default()) {}
                            }
                        }
                    }
                } }
            }
        }
    }
}
