//! What the live edition governs, with the gaps, and what ordinary exchanges would come to: the same list as `profile check`.

use std::collections::{BTreeMap, BTreeSet};

use axum::extract::Query;
use axum::response::Response;
use maud::{Markup, html};
use serde::Deserialize;
use specialis::core::{Level, Words as _, cited};
use specialis::text::{Lexicon, detectors};

use super::page::Viewing;
use crate::checklist::{Checklist, FactOrigin};
use crate::serving::Problem;

const HERE: &str = "/console/coverage";

/// For which tenant.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Choice {
    tenant: String,
}

pub(super) async fn page(viewing: Viewing, Query(choice): Query<Choice>) -> Result<Response, Problem> {
    let settings = viewing.app.settings();
    let tenants: Vec<&String> = settings.config.tenants.keys().collect();
    let chosen = tenants.iter().find(|id| **id == &choice.tenant).or(tenants.first()).map(|id| (*id).clone());
    let tenant = chosen.as_ref().and_then(|id| settings.config.tenants.get(id)).cloned().unwrap_or_default();
    let (host, today) = (viewing.app.host.clone(), viewing.app.today());
    let list = move || Checklist::of(&host, today, &tenant.facts, &tenant.headers);
    let list = viewing.app.judging.run(list).await?;
    let content = html! {
        section {
            h2 { (viewing.say("Ordinary exchanges", "普通会话")) }
            form .filters method="get" action=(HERE) {
                label { (viewing.say("Tenant", "租户"))
                    select name="tenant" {
                        @for id in &tenants { option value=(id) selected[chosen.as_ref() == Some(*id)] { (id) } }
                        @if tenants.is_empty() { option value="" { (viewing.say("none", "无")) } }
                    }
                }
                button { (viewing.say("Show", "显示")) }
            }
            (checklist(&viewing, &list))
        }
        section { h2 { (viewing.say("Duties", "义务")) } (duties(&viewing)) }
        section { h2 { (viewing.say("Categories that nothing finds", "没有用语、检测器的类别")) } (categories(&viewing)) }
    };
    Ok(viewing.page(HERE, viewing.say("Coverage", "覆盖"), &content))
}

fn checklist(viewing: &Viewing, list: &Checklist) -> Markup {
    let edition = viewing.app.host.edition();
    let registry = edition.registry();
    html! {
        p {
            (viewing.say(
                "What an ordinary event comes to with the facts that profile and tenant give, and no others:",
                "只凭服务声明和租户给出的事实，普通事件的结论：",
            ))
            @for (kind, level) in &list.verdicts { " " (kind.as_str()) " " (viewing.badge(*level)) }
        }
        @if list.items.is_empty() && list.unsupported.is_empty() {
            p .fine { (viewing.say("Nothing is missing.", "没有缺项。")) }
        } @else {
            ul .checklist {
                @for item in &list.items {
                    @let duty = registry.duties.get(&item.duty);
                    li .gap[item.level >= Level::Review] {
                        (viewing.badge(item.level)) " "
                        strong { (duty.map_or(item.duty.as_str(), |duty| viewing.pick(&duty.en, &duty.zh))) }
                        " " code { (item.duty) }
                        @for (policy, rule, reason, citation) in &item.causes {
                            @let why = edition.reason(policy, reason);
                            p { (why.map_or(reason.as_str(), |words| viewing.pick(words.en, words.zh)))
                                " – " (cited(registry, citation, None, viewing.lang)) " " code { (policy) " " (rule) } }
                        }
                        @if !item.missing.is_empty() {
                            ul { @for fact in &item.missing {
                                li { (viewing.say("missing", "缺")) " " code { (fact.path) } ": " (origin(viewing, &fact.origin)) }
                            } }
                        }
                    }
                }
                @for (measure, policies) in &list.unsupported {
                    @let entry = registry.measures.get(measure);
                    li .gap {
                        (viewing.badge(Level::Stop)) " "
                        strong { (entry.map_or(measure.as_str(), |entry| viewing.pick(&entry.en, &entry.zh))) }
                        " " (viewing.say("is not carried out by the platform, and asked for by", "平台不能落实，提出的策略"))
                        @for policy in policies { " " code { (policy) } }
                    }
                }
            }
        }
    }
}

fn origin(viewing: &Viewing, origin: &FactOrigin) -> String {
    match origin {
        FactOrigin::Profile => viewing.say("the profile says it", "由服务声明给出").to_owned(),
        FactOrigin::Header(header) => {
            format!("{} {header}", viewing.say("each session brings it, in the header", "每个会话的请求头"))
        }
        FactOrigin::Session => viewing
            .say(
                "each session brings it: map a header to it, or send it in the context",
                "每个会话给出：映射请求头，或者写在上下文中",
            )
            .to_owned(),
        FactOrigin::Event => viewing.say("each event brings it", "每个事件给出").to_owned(),
    }
}

fn duties(viewing: &Viewing) -> Markup {
    let edition = viewing.app.host.edition();
    let registry = edition.registry();
    let mut by: BTreeMap<&str, Vec<String>> = BTreeMap::new();
    for manifest in edition.content().manifests() {
        for duty in &manifest.governs {
            let rules = manifest.rules.iter().filter(|(_, rule)| rule.duties.contains(duty));
            let rules: Vec<&str> = rules.map(|(id, _)| id.as_str()).collect();
            by.entry(duty.as_str()).or_default().push(format!("{}: {}", manifest.id, rules.join(" ")));
        }
    }
    let n_gaps = registry.duties.keys().filter(|duty| !by.contains_key(duty.as_str())).count();
    html! {
        p .gap[n_gaps > 0] .fine[n_gaps == 0] {
            (registry.duties.len()) " " (viewing.say("duties, without a rule:", "项义务，无规则覆盖：")) " " (n_gaps)
        }
        div .wide { table {
            caption { (viewing.say("Every duty with the rules that answer on it", "各项义务和相应的规则")) }
            thead { tr {
                th scope="col" { (viewing.say("duty", "义务")) }
                th scope="col" { (viewing.say("name", "名称")) }
                th scope="col" { (viewing.say("rules", "规则")) }
            } }
            tbody { @for (id, duty) in &registry.duties {
                @let rules = by.get(id.as_str());
                tr .gap[rules.is_none()] {
                    td { code { (id) } }
                    td { (viewing.pick(&duty.en, &duty.zh)) }
                    td { @match rules {
                        Some(rules) => { (rules.join("; ")) }
                        None => { strong { (viewing.say("gap: no loaded policy answers", "缺口：没有策略覆盖")) } }
                    } }
                }
            } }
        } }
    }
}

/// The categories that lead to a duty and that no term, detector or pattern finds.
fn categories(viewing: &Viewing) -> Markup {
    let edition = viewing.app.host.edition();
    let content = edition.content();
    let mut found: BTreeSet<String> = BTreeSet::new();
    for (_, name, data) in content.lexicons() {
        let terms = Lexicon::parse(name, data).map(|lexicon| lexicon.terms).unwrap_or_default();
        found.extend(terms.iter().filter(|term| !term.flags.is_exception).map(|term| term.category.to_string()));
    }
    for manifest in content.manifests() {
        found.extend(manifest.patterns.values().map(|pattern| pattern.category.to_string()));
        let known = detectors().iter().filter(|known| manifest.detectors.contains(known.name));
        found.extend(known.map(|known| known.category.to_owned()));
    }
    let registry = edition.registry();
    let leads_to_duty = |id: &_| registry.duties.values().any(|duty| duty.categories.contains(id));
    let gaps: Vec<_> =
        registry.categories.iter().filter(|(id, _)| leads_to_duty(*id) && !found.contains(id.as_str())).collect();
    html! {
        @if gaps.is_empty() { p .fine { (viewing.say("None.", "无。")) } } @else {
            p .gap { (viewing.say(
                "Only scores of a model can find these. The operator fills them by lexicons, or sends signals.",
                "这些类别只能由识别模型发现；由运营者补充用语，或者随事件给出识别分数。",
            )) }
            ul { @for (id, category) in gaps {
                li .gap { code { (id) } " " (viewing.pick(&category.en, &category.zh)) }
            } }
        }
    }
}
