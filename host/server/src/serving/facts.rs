//! Which facts of a caller count: a field or a header never asserts what the caller's token may not.

use std::sync::Arc;

use hyper::HeaderMap;
use serde_json::{Map, Value, json};
use specialis::Host;
use specialis::core::{Context, Event, FactPlace, SectorFacts, SourceId};

use super::caller::Caller;
use super::problem::Problem;
use super::size::json_bytes;

/// The source under which facts stand that nobody may assert. No warrant names it.
const CALLER: &str = "caller";
/// The source that facts have that name none.
const PLATFORM: &str = "platform";

/// The context of a session: what the caller gave, as far as it may, what the claims of its token say, and what the configuration
/// says of its tenant.
///
/// # Errors
/// Where a header carries something that is no value of its fact, or where the context is too long.
pub(crate) fn context_of(caller: &Caller, given: Context, headers: &HeaderMap) -> Result<Arc<Context>, Problem> {
    let mut context = given;
    let sources = context.sources.values_mut();
    restrict(caller, &mut context.source, sources);
    let configured = of_headers(caller, headers)?;
    let is_platform = context.source.is_none();
    if context.pseudonym.is_none() {
        context.pseudonym = caller.claims().and_then(|claims| claims.pseudonym.clone());
    }
    for defaults in caller.claims().into_iter().chain(&configured).chain(caller.facts()) {
        let before = context.sources.clone();
        let taken = context.inherit(defaults);
        for path in taken {
            if !is_platform || before.contains_key(&path) {
                context.sources.insert(path, SourceId::from(PLATFORM));
            }
        }
    }
    let n_bytes = json_bytes(&context);
    if n_bytes > Context::MAX_BYTES {
        let most = Context::MAX_BYTES;
        return Err(Problem::too_large(format!(
            "the facts of the session have {n_bytes} bytes, and at most {most} are taken; leave out what no rule reads"
        )));
    }
    Ok(Arc::new(context))
}

/// An event whose facts stand under sources that the caller may name.
pub(crate) fn admit_event(caller: &Caller, mut event: Event) -> Event {
    restrict(caller, &mut event.source, event.sources.values_mut());
    event
}

/// Puts facts under [`CALLER`] that the caller may not assert.
fn restrict<'a>(caller: &Caller, source: &mut Option<SourceId>, sources: impl Iterator<Item = &'a mut SourceId>) {
    let named = source.clone().unwrap_or_else(|| SourceId::from(PLATFORM));
    if !caller.may_assert_as(&named) {
        *source = Some(SourceId::from(CALLER));
    }
    for source in sources.filter(|source| !caller.may_assert_as(source)) {
        *source = SourceId::from(CALLER);
    }
}

/// Refuses facts of sectors that no policy of the live edition declares so.
///
/// # Errors
/// Where there is one.
pub(crate) fn check_sector_facts(host: &Host, facts: &SectorFacts, place: FactPlace) -> Result<(), Problem> {
    if facts.is_empty() {
        return Ok(());
    }
    let unfit = host.edition().content().unfit_facts(facts, place);
    unfit.into_iter().next().map_or(Ok(()), |problem| Err(Problem::unreadable(problem)))
}

/// The facts that headers of the request carry, where the configuration says which do.
fn of_headers(caller: &Caller, headers: &HeaderMap) -> Result<Option<Context>, Problem> {
    let values = caller.fact_headers().iter().filter_map(|(name, path)| {
        let value = headers.get(name).and_then(|value| value.to_str().ok())?;
        Some((path.as_str(), json!(value)))
    });
    facts_of(values)
}

/// Facts by their paths, as headers or claims carry them. A path that leads nowhere carries nothing.
///
/// # Errors
/// Where a value is none of its fact.
pub(super) fn facts_of<'a>(values: impl Iterator<Item = (&'a str, Value)>) -> Result<Option<Context>, Problem> {
    let mut groups: Map<String, Value> = Map::new();
    for (path, value) in values {
        let Some((group, field)) = path.split_once('.') else { continue };
        let value = match value.as_str() {
            Some(text) => value_of(group, field, text),
            None => value,
        };
        let mut record = groups.entry(group.to_owned()).or_insert_with(|| json!({})).as_object_mut();
        let mut field = field;
        if let (SectorFacts::GROUP, Some((sector, name))) = (group, field.rsplit_once('.')) {
            record = record.and_then(|all| all.entry(sector).or_insert_with(|| json!({})).as_object_mut());
            field = name;
        }
        if let Some(record) = record {
            record.insert(field.to_owned(), value);
        }
    }
    if groups.is_empty() {
        return Ok(None);
    }
    let read = serde_path_to_error::deserialize(Value::Object(groups));
    read.map(Some).map_err(|error| {
        let path = error.path().to_string();
        Problem::unreadable(format!("a header or claim carries no value of `{path}`: {}; correct it", error.inner()))
    })
}

/// The value of a fact: a number or a boolean where its fact is one, such as minutes of use; every other text stands for itself, such
/// as version `3`.
fn value_of(group: &str, field: &str, text: &str) -> Value {
    let as_text = json!(text);
    if group == SectorFacts::GROUP {
        // What its type is, the policies say, and the host holds it against that.
        return match serde_json::from_str::<Value>(text) {
            Ok(read @ (Value::Bool(_) | Value::Number(_))) => read,
            _ => as_text,
        };
    }
    let fits = |value: &Value| serde_json::from_value::<Context>(json!({ group: { field: value } })).is_ok();
    match serde_json::from_str::<Value>(text) {
        Ok(read @ (Value::Bool(_) | Value::Number(_))) if fits(&read) || !fits(&as_text) => read,
        _ => as_text,
    }
}

#[cfg(test)]
mod tests {
    use specialis::core::{Age, EventKind, SectorValue};

    use super::*;
    use crate::config::{Area, Config};
    use crate::serving::Settings;

    fn caller(more: &str) -> Caller {
        let digest = crate::config::TokenDigest::of("t");
        let text = format!("[[tokens]]\nsha256 = \"{digest}\"\n{more}");
        let settings = Settings::new(Config::parse(&text).unwrap()).unwrap();
        let mut headers = HeaderMap::new();
        headers.insert("authorization", "Bearer t".parse().unwrap());
        settings.caller(&headers, Area::Native, "2026-11-02".parse().unwrap()).unwrap()
    }

    fn adult(source: Option<&str>) -> Context {
        let mut context = Context { source: source.map(SourceId::from), ..Context::default() };
        context.subject.age = Some(Age::Adult);
        context
    }

    fn source_of_age(caller: &Caller, context: Context) -> String {
        context_of(caller, context, &HeaderMap::new()).unwrap().source_of("subject.age").to_string()
    }

    #[test]
    fn facts_stand_under_sources_that_the_token_names_alone() {
        let platform = caller("sources = [\"platform\", \"id-check\"]");
        assert_eq!(source_of_age(&platform, adult(None)), "platform");
        assert_eq!(source_of_age(&platform, adult(Some("id-check"))), "id-check");
        assert_eq!(source_of_age(&platform, adult(Some("guardian"))), "caller");
        let bare = caller("");
        for source in [None, Some("platform"), Some("profile")] {
            assert_eq!(source_of_age(&bare, adult(source)), "caller");
            assert_eq!(source_of_age(&Caller::anonymous(), adult(source)), "caller");
        }
        let mut single = adult(Some("id-check"));
        single.sources.insert("subject.age".to_owned(), "guardian".into());
        assert_eq!(source_of_age(&platform, single), "caller");
    }

    #[test]
    fn context_of_a_trusted_caller_is_what_it_gave() {
        let platform = caller("sources = [\"platform\"]");
        assert_eq!(*context_of(&platform, adult(None), &HeaderMap::new()).unwrap(), adult(None));
    }

    #[test]
    fn context_that_is_too_long_is_refused_and_says_so() {
        let long = |n| {
            let mut context = Context::default();
            context.service.id = Some("x".repeat(n));
            context_of(&caller(""), context, &HeaderMap::new())
        };
        assert!(long(Context::MAX_BYTES - 1_000).is_ok());
        let problem = long(Context::MAX_BYTES).unwrap_err();
        assert_eq!(problem.status.as_u16(), 413);
        assert!(problem.detail.contains("at most 262144"), "{}", problem.detail);
    }

    #[test]
    fn facts_of_the_tenant_and_of_its_headers_are_the_platforms_whatever_the_caller_may() {
        let tenant = "tenant = \"shop\"\n[tenants.shop]\nfacts.provider.origin = \"mainland\"\n\
                      headers = { \"sector-facts.medical.supervised\" = \"x-supervised\", \"subject.age\" = \"x-user-age\", \"general.minutes-today\" = \"x-minutes\", \"agreement.version\" = \"x-version\" }";
        let caller = caller(tenant);
        let mut headers = HeaderMap::new();
        headers.insert("x-user-age", "14-17".parse().unwrap());
        headers.insert("x-minutes", "12".parse().unwrap());
        headers.insert("x-version", "3".parse().unwrap());
        headers.insert("x-supervised", "true".parse().unwrap());
        let context = context_of(&caller, Context::default(), &headers).unwrap();
        assert_eq!((context.subject.age, context.general.minutes_today), (Some(Age::From14To17), Some(12)));
        assert_eq!(context.agreement.version.as_deref(), Some("3"));
        let supervised = "sector-facts.medical.supervised";
        assert_eq!(context.sector_facts.get(supervised), Some(&SectorValue::Flag(true)));
        assert_eq!(context.source_of(supervised).as_str(), "platform");
        for path in ["subject.age", "provider.origin", "general.minutes-today"] {
            assert_eq!(context.source_of(path).as_str(), "platform", "{path}");
        }
        headers.insert("x-user-age", "old".parse().unwrap());
        assert!(context_of(&caller, Context::default(), &headers).unwrap_err().detail.contains("subject.age"));
    }

    #[test]
    fn facts_of_events_stand_under_the_same_sources() {
        let event = Event { source: Some("authority".into()), ..Event::new(EventKind::Prompt) };
        assert_eq!(admit_event(&caller("sources = [\"platform\"]"), event).source, Some("caller".into()));
        let event = admit_event(&caller("sources = [\"platform\"]"), Event::new(EventKind::Prompt));
        assert_eq!(event, Event::new(EventKind::Prompt));
    }
}
