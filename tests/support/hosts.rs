//! Candidates and hosts: the embedded registries, warrants for the platform, and the policies a test wants.
//!
//! A test starts from [`candidate`] or [`built_in`], changes it, and builds it with [`host`]. A test that needs another limit,
//! another key or more threads takes [`builder`].

use std::collections::BTreeMap;
use std::error::Error;

use sha2::{Digest, Sha256};
use specialis::{Candidate, Clock, Host, HostBuilder, IdKey, PlatformProfile, ServiceProfile, config};
use specialis_core::{Context, Date, Decision, Event, Registry, SectorId, SignerId, Status, Trust, Unsigned, Warrant};

use crate::folder::code_cache;

/// The registries of the repository.
pub fn registry() -> Registry {
    config::registry(specialis_artifacts::REGISTRY).expect("the registries are read")
}

/// The built-in trust policy: pinned digests and grants.
pub fn built_in_trust() -> Trust {
    config::trust(specialis_artifacts::TRUST).expect("the built-in trust policy is read")
}

/// A trust policy in which `platform` and `profile` may assert everything and nobody else anything, and which takes policies
/// that nobody signed: guests are made anew for each test.
pub fn platform_is_trusted(mut trust: Trust) -> Trust {
    trust.unsigned = Unsigned::Allow;
    trust.warrants = vec![Warrant {
        fact: "*".to_owned(),
        sources: vec!["platform".into(), "profile".into()],
        services: Vec::new(),
    }];
    trust
}

/// Always the same day.
#[derive(Clone, Copy, Debug)]
pub struct Fixed(pub Date);

impl Clock for Fixed {
    fn today(&self) -> Date {
        self.0
    }
}

/// The day of tests that do not say another: 2026-11-02.
pub fn today() -> Date {
    "2026-11-02".parse().expect("a day")
}

/// The embedded registries, a platform that carries out everything, warrants for the platform, and no policies. Sectors: `test`
/// is certain, those of the built-in policies are excluded, unless a session says otherwise.
pub fn candidate() -> Candidate {
    let registry = registry();
    let excluded = ["news", "film", "education", "arts", "companions"].map(|sector| (sector, Status::No));
    let sectors = excluded.into_iter().chain([("test", Status::Yes)]);
    let sectors: BTreeMap<SectorId, Status> = sectors.map(|(id, status)| (id.into(), status)).collect();
    Candidate::default()
        .platform(PlatformProfile::everything(&registry))
        .registry(registry)
        .trust(platform_is_trusted(Trust::default()))
        .service(ServiceProfile { defaults: Context { sectors, ..Context::default() }, ..ServiceProfile::default() })
}

/// [`candidate`] with the compiled policies, under the built-in trust policy with warrants for the platform.
pub fn built_in() -> Candidate {
    let trust = platform_is_trusted(built_in_trust());
    candidate().trust(trust).policies(specialis_artifacts::POLICIES.iter().map(|(name, bytes)| (*name, *bytes)))
}

/// The built-in edition as the program has it: what the first edition of a signed folder is compared with.
///
/// # Panics
/// Where a built-in table cannot be read.
pub fn built_in_as_published() -> Candidate {
    let (registry, trust) = (specialis_artifacts::REGISTRY, specialis_artifacts::TRUST);
    let policies = specialis_artifacts::POLICIES.iter().map(|(name, bytes)| (*name, *bytes));
    config::candidate(registry, trust, specialis_artifacts::PROFILE, policies).expect("the built-in tables")
}

/// A host on a candidate.
///
/// # Panics
/// Where the candidate is refused.
pub fn host(candidate: Candidate) -> Host {
    build(builder(candidate))
}

/// A host about to be built, as tests want it: one thread, the day of [`today`], compiled code kept for all tests, and a fixed
/// key, so that the decisions of two hosts can be compared with their ids.
pub fn builder(candidate: Candidate) -> HostBuilder {
    Host::builder(candidate).threads(1).clock(Fixed(today())).code_cache(code_cache()).id_key(id_key(7))
}

/// The host of a builder.
///
/// # Panics
/// Where it is refused.
pub fn build(builder: HostBuilder) -> Host {
    builder.build().unwrap_or_else(|e| panic!("the host is not built: {}", chain(&e)))
}

/// A key of decision ids, another for each byte.
///
/// # Panics
/// Where the byte is zero.
pub fn id_key(byte: u8) -> IdKey {
    IdKey::new(0, [byte; 32]).expect("the key is not zero")
}

/// The functions that a policy's file imports, as `interface.function`, in order.
///
/// # Panics
/// Where the file is no component.
pub fn imports(file: &[u8]) -> Vec<String> {
    let decoded = wit_component::decode(file).unwrap_or_else(|e| panic!("the file is no component: {e:#}"));
    let interfaces = decoded.resolve().interfaces.iter().map(|(_, interface)| interface);
    let functions = interfaces.flat_map(|interface| {
        let of = interface.name.as_deref().unwrap_or_default();
        interface.functions.keys().map(move |function| format!("{of}.{function}"))
    });
    let mut functions: Vec<String> = functions.collect();
    functions.sort();
    functions
}

/// Who signs a file of which the trust policy knows nothing: its digest.
pub fn signer_of(file: &[u8]) -> SignerId {
    let hex: String = Sha256::digest(file).iter().map(|byte| format!("{byte:02x}")).collect();
    SignerId::from(format!("sha256:{hex}"))
}

/// An error and everything that led to it, in one line.
pub fn chain(error: &(dyn Error + 'static)) -> String {
    let mut line = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        line.push_str(": ");
        line.push_str(&cause.to_string());
        source = cause.source();
    }
    line
}

/// The decision on one event in a session of its own.
pub fn decide(host: &Host, session: &str, context: &Context, event: &Event) -> Decision {
    host.open(session, context.clone()).submit(event.clone()).decision
}

/// A decision as one line of JSON.
pub fn json(decision: &Decision) -> String {
    serde_json::to_string(decision).expect("a decision has a JSON form")
}
