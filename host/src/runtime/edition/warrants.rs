//! Warrants: a fact counts only where somebody may assert it who did; otherwise it is unknown, and the trace says so.

use std::collections::BTreeSet;

use specialis_core::{Context, DeclaredFacts, Event, FactPlace, RefusedFact, SectorFacts, SourceId, Trust, Warrant};

/// The source of the profile's defaults. The host alone gives it: a fact that came under this name counts for nothing.
const PROFILE: &str = "profile";

/// The context with the profile's defaults filled in, and every fact made unknown that nobody may assert who did, or that does not
/// fit what a policy of its sector declares.
pub(crate) fn admit_context(
    given: &Context,
    defaults: &Context,
    trust: &Trust,
    declared: &DeclaredFacts,
) -> (Context, Vec<RefusedFact>) {
    let mut context = given.clone();
    context.pseudonym = None;
    context.conversation = None;
    let profile = SourceId::from(PROFILE);
    let inherited: BTreeSet<String> = context.inherit(defaults).into_iter().collect();
    for path in &inherited {
        context.sources.insert(path.clone(), profile.clone());
    }
    let service = context.service.id.clone();
    let mut refused = Vec::new();
    for (path, _) in context.sector_facts.admit(declared, FactPlace::Context) {
        let source = context.source_of(&path);
        refused.push(RefusedFact { path, source });
    }
    for path in context.known() {
        let source = context.source_of(&path);
        let is_pretended = source == profile && !inherited.contains(&path);
        if is_pretended || !warranted(trust, &path, &source, service.as_deref()) {
            context.forget(&path);
            refused.push(RefusedFact { path, source });
        }
    }
    (context, refused)
}

/// The event with every such fact made unknown; none where nothing had to change.
pub(crate) fn admit_event(
    event: &Event,
    service: Option<&str>,
    trust: &Trust,
    declared: &DeclaredFacts,
) -> (Option<Event>, Vec<RefusedFact>) {
    let kind = event.kind();
    let mut admitted = (!event.sector_facts.is_empty()).then(|| event.clone());
    let mut refused = Vec::new();
    if let Some(event) = &mut admitted {
        for (path, _) in event.sector_facts.admit(declared, FactPlace::Event(kind)) {
            let source = event.source_of(&path);
            refused.push(RefusedFact { path, source });
        }
    }
    let mut unwarranted = Vec::new();
    for field in admitted.as_ref().unwrap_or(event).known() {
        let source = event.source_of(&field);
        let is_of_sector = field.starts_with(SectorFacts::GROUP);
        let path = if is_of_sector { field.clone() } else { format!("{}.{field}", kind.as_str()) };
        // The profile says nothing of events.
        if source.as_str() == PROFILE || !warranted(trust, &path, &source, service) {
            unwarranted.push(field);
            refused.push(RefusedFact { path, source });
        }
    }
    if !unwarranted.is_empty() {
        let event = admitted.get_or_insert_with(|| event.clone());
        for field in &unwarranted {
            event.forget(field);
        }
    }
    (admitted, refused)
}

/// Whether `source` may assert the fact: the warrants that name it most closely decide alone.
pub(crate) fn warranted(trust: &Trust, path: &str, source: &SourceId, service: Option<&str>) -> bool {
    let closest = trust.warrants.iter().filter_map(|warrant| closeness(warrant, path)).max();
    trust.warrants.iter().any(|warrant| {
        closeness(warrant, path) == closest
            && closest.is_some()
            && warrant.sources.contains(source)
            && (warrant.services.is_empty() || service.is_some_and(|id| warrant.services.iter().any(|s| s == id)))
    })
}

/// How closely a warrant names a path: `*` not at all, a whole group by the letters of its name, the fact itself most.
fn closeness(warrant: &Warrant, path: &str) -> Option<usize> {
    if warrant.fact == path {
        return Some(usize::MAX);
    }
    let group = warrant.fact.strip_suffix(".*");
    let is_in = |group: &&str| path.strip_prefix(*group).is_some_and(|rest| rest.starts_with('.'));
    group.filter(is_in).map(str::len).or_else(|| (warrant.fact == "*").then_some(0))
}

#[cfg(test)]
mod tests {
    use specialis_core::Age;

    use super::*;

    fn warrant(fact: &str, source: &str, service: Option<&str>) -> Warrant {
        let services = service.map(str::to_owned).into_iter().collect();
        Warrant { fact: fact.to_owned(), sources: vec![source.into()], services }
    }

    fn trust(warrants: Vec<Warrant>) -> Trust {
        Trust { warrants, ..Trust::default() }
    }

    fn aged(source: &str) -> Context {
        let mut context = Context { source: Some(source.into()), ..Context::default() };
        context.subject.age = Some(Age::Adult);
        context
    }

    #[test]
    fn a_fact_without_a_warrant_becomes_unknown_and_is_reported() {
        let (context, refused) =
            admit_context(&aged("platform"), &Context::default(), &trust(vec![]), &DeclaredFacts::new());
        assert_eq!(context.subject.age, None);
        assert_eq!(refused, [RefusedFact { path: "subject.age".to_owned(), source: "platform".into() }]);
    }

    #[test]
    fn the_closest_warrant_decides_alone() {
        let trust = trust(vec![warrant("*", "platform", None), warrant("subject.age", "id-check", None)]);
        assert_eq!(
            admit_context(&aged("platform"), &Context::default(), &trust, &DeclaredFacts::new()).0.subject.age,
            None
        );
        assert_eq!(
            admit_context(&aged("id-check"), &Context::default(), &trust, &DeclaredFacts::new()).0.subject.age,
            Some(Age::Adult)
        );
    }

    #[test]
    fn a_warrant_for_one_service_does_not_serve_another() {
        let trust =
            trust(vec![warrant("subject.*", "platform", Some("tutor")), warrant("service.*", "platform", None)]);
        let mut context = aged("platform");
        context.service.id = Some("forum".to_owned());
        assert_eq!(admit_context(&context, &Context::default(), &trust, &DeclaredFacts::new()).0.subject.age, None);
        context.service.id = Some("tutor".to_owned());
        assert_eq!(
            admit_context(&context, &Context::default(), &trust, &DeclaredFacts::new()).0.subject.age,
            Some(Age::Adult)
        );
    }

    #[test]
    fn defaults_fill_gaps_under_the_source_profile_and_never_overwrite() {
        let mut defaults = Context::default();
        defaults.subject.age = Some(Age::Under14);
        defaults.general.minors_mode = Some(true);
        let trust = trust(vec![warrant("*", "platform", None), warrant("general.*", "profile", None)]);
        let (context, refused) = admit_context(&aged("platform"), &defaults, &trust, &DeclaredFacts::new());
        assert_eq!((context.subject.age, context.general.minors_mode), (Some(Age::Adult), Some(true)));
        assert_eq!(refused, []);
        assert_eq!(context.source_of("general.minors-mode").as_str(), "profile");
    }

    #[test]
    fn nobody_but_the_host_asserts_as_the_profile() {
        let trust = trust(vec![warrant("*", "profile", None)]);
        let mut defaults = Context::default();
        defaults.general.minors_mode = Some(true);
        let mut single =
            Context { sources: [("subject.age".to_owned(), "profile".into())].into(), ..Context::default() };
        single.subject.age = Some(Age::Adult);
        for given in [aged("profile"), single] {
            let (context, refused) = admit_context(&given, &defaults, &trust, &DeclaredFacts::new());
            assert_eq!((context.subject.age, context.general.minors_mode), (None, Some(true)));
            assert_eq!(refused, [RefusedFact { path: "subject.age".to_owned(), source: "profile".into() }]);
        }
        let read = r#"{"kind":"prompt","facts":{"open-ended":true},"source":"profile"}"#;
        let (event, refused) = admit_event(&serde_json::from_str(read).unwrap(), None, &trust, &DeclaredFacts::new());
        assert!(event.is_some_and(|event| event.facts.record().known().is_empty()));
        assert_eq!(refused.len(), 1);
    }

    #[test]
    fn the_pseudonym_and_the_conversation_stay_outside() {
        let given =
            Context { pseudonym: Some("u-1".to_owned()), conversation: Some("c-1".to_owned()), ..Context::default() };
        let (context, _) = admit_context(&given, &Context::default(), &trust(vec![]), &DeclaredFacts::new());
        assert_eq!((context.pseudonym, context.conversation), (None, None));
    }

    #[test]
    fn facts_of_a_sector_are_held_against_its_declarations_and_need_a_warrant_like_all_others() {
        let fact = |text: &str| -> specialis_core::SectorFact { serde_json::from_str(text).unwrap() };
        let facts = [
            ("approved", fact(r#"{"zh":"批准","en":"approved","type":"flag","context":true}"#)),
            ("dose-mg", fact(r#"{"zh":"剂量","en":"dose","type":"number","unit":"mg","events":["output"]}"#)),
        ];
        let facts = facts.into_iter().map(|(name, fact)| (name.to_owned(), fact)).collect();
        let declared = DeclaredFacts::from([("medical".into(), facts)]);
        let trust = trust(vec![
            warrant("*", "platform", None),
            warrant("sector-facts.*", "nobody", None),
            warrant("sector-facts.medical.*", "platform", None),
            warrant("sector-facts.medical.approved", "authority", None),
        ]);
        let known = |source: &str| {
            let given = format!(r#"{{"sector-facts":{{"medical":{{"approved":true}}}},"source":"{source}"}}"#);
            let given: Context = serde_json::from_str(&given).unwrap();
            admit_context(&given, &Context::default(), &trust, &declared).0.sector_facts.known()
        };
        assert_eq!(
            (known("platform").len(), known("authority")),
            (0, vec!["sector-facts.medical.approved".to_owned()])
        );
        let read = |facts: &str| -> Event {
            serde_json::from_str(&format!(r#"{{"kind":"output","sector-facts":{facts}}}"#)).unwrap()
        };
        let (event, refused) = admit_event(&read(r#"{"medical":{"dose-mg":5,"dose":6}}"#), None, &trust, &declared);
        assert_eq!(event.unwrap().sector_facts.known(), ["sector-facts.medical.dose-mg"]);
        assert_eq!(refused, [RefusedFact { path: "sector-facts.medical.dose".to_owned(), source: "platform".into() }]);
        let nobody = admit_event(&read(r#"{"medical":{"dose-mg":5}}"#), None, &Trust::default(), &declared).0;
        assert!(nobody.unwrap().sector_facts.is_empty());
    }
}
