//! Hosts: the embedded registries, warrants for the platform, and the policies a test wants.

use std::collections::BTreeMap;

use sha2::{Digest, Sha256};
use specialis::{Clock, Host, HostBuilder, PlatformProfile, ServiceProfile, config};
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

/// A host with the embedded registries, a platform that does everything, warrants for the platform, one thread and the day
/// of [`today`]. Sectors: `test` is certain, those of the built-in policies are excluded, unless a session says otherwise.
pub fn builder() -> HostBuilder {
    builder_on(registry())
}

/// The same on other registries.
pub fn builder_on(registry: Registry) -> HostBuilder {
    let excluded = ["news", "film", "education", "arts", "companions"].map(|sector| (sector, Status::No));
    let sectors = excluded.into_iter().chain([("test", Status::Yes)]);
    let sectors: BTreeMap<SectorId, Status> = sectors.map(|(id, status)| (id.into(), status)).collect();
    Host::builder()
        .platform(PlatformProfile::everything(&registry))
        .registry(registry)
        .trust(platform_is_trusted(Trust::default()))
        .service(ServiceProfile { defaults: Context { sectors, ..Context::default() }, ..ServiceProfile::default() })
        .clock(Fixed(today()))
        .code_cache(code_cache())
        .threads(1)
}

/// The compiled policies under the built-in trust policy, with warrants for the platform.
pub fn built_in() -> HostBuilder {
    let host = builder().trust(platform_is_trusted(built_in_trust()));
    specialis_artifacts::POLICIES.iter().fold(host, |host, (name, bytes)| host.policy(*name, *bytes))
}

/// Who signs a file of which the trust policy knows nothing: its digest.
pub fn signer_of(file: &[u8]) -> SignerId {
    let hex: String = Sha256::digest(file).iter().map(|byte| format!("{byte:02x}")).collect();
    SignerId::from(format!("sha256:{hex}"))
}

/// The decision on one event in a session of its own.
pub fn decide(host: &Host, session: &str, context: &Context, event: &Event) -> Decision {
    host.open(session, context.clone()).submit(event.clone()).decision
}

/// A decision as one line of JSON.
pub fn json(decision: &Decision) -> String {
    serde_json::to_string(decision).expect("a decision has a JSON form")
}
