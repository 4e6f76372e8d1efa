//! What is measured: the built-in policies, a large lexicon, and texts of 300 characters.

use std::sync::Arc;

use specialis::core::{Age, Context, Event, EventKind, Required, Status, Unsigned};
use specialis::{Candidate, Host, HostBuilder, Judged, config};
use specialis_bundle::{NamedSection, Sources, pack};
use specialis_tests::Guest;
use specialis_text::{Index, IndexBuilder, Lexicon};

use super::texts;

/// The same with a fight scene and a telephone number in it.
pub(crate) const HIT: &str = "剧本第三场：雨夜，码头。两人对峙，拔刀砍人的声音被雷声盖过，镜头推向地面的积水。制片联系电话13912345678，请勿外传。春天的午后，图书馆里很安静，阳光从高大的窗户照进来，落在长长的木桌上。几位读者在翻阅旧报纸，偶尔传来纸页翻动的声音。管理员推着小车，把归还的书一本一本放回架上，动作很轻，生怕打扰了谁。靠窗的位置坐着一位年轻人，他正在写一篇关于城市公园的小文章，写到湖边的柳树和散步的老人时，停下来想了很久。窗外的梧桐刚刚长出新叶，风一吹，光影就在墙上慢慢移动。远处的钟楼敲了三下，有人合上书本，收拾好东西，准备去赶下一班公共汽车。门口的公告栏上贴着周末讲座的海报，主题是古代园林与现代生活。";

/// A policy that owns a large lexicon and never has a reason to be called.
const OWNER: &str = r#"
id = "lexicon-owner"
version = "1.0.0"
title = { zh = "词库", en = "Lexicon" }
origin = "tenant"
governs = ["im.art4.other-banned.screen"]
rules.T1 = { zh = "词库", en = "Lexicon", duties = ["im.art4.other-banned.screen"], cites = { IM = ["4(1)"] } }
"#;

/// The embedded policies beside a lexicon of a given size.
pub(crate) struct World {
    lexicon: String,
    index: Arc<Index>,
}

impl World {
    pub(crate) fn new(n_terms: usize) -> Self {
        let lexicon = lexicon(n_terms);
        let mut builder = IndexBuilder::new();
        builder.lexicon(&Lexicon::parse("invented", lexicon.as_bytes()).expect("it parses"));
        for (_, bytes) in specialis_artifacts::POLICIES {
            let bundle = specialis_bundle::Bundle::parse(bytes).expect("it is ours");
            for section in &bundle.lexicons {
                builder.lexicon(&Lexicon::parse(&section.name, &section.data).expect("it is ours"));
            }
            for detector in &bundle.manifest.detectors {
                // Two policies may name one detector, which the builder takes once.
                let _ = builder.detector(detector);
            }
        }
        Self { lexicon, index: Arc::new(builder.build().expect("it builds")) }
    }

    /// The index that a host of this world has, for reading alone.
    pub(crate) fn index(&self) -> &Arc<Index> {
        &self.index
    }

    /// The built-in tables and no policy.
    pub(crate) fn without_policies() -> Candidate {
        let registry = config::registry(specialis_artifacts::REGISTRY).expect("the registries are ours");
        let (platform, service) =
            config::profile(specialis_artifacts::PROFILE, &registry).expect("the profile is ours");
        let mut trust = config::trust(specialis_artifacts::TRUST).expect("the trust policy is ours");
        trust.unsigned = Unsigned::Allow;
        trust.required = Required::default();
        Candidate::default().registry(registry).trust(trust).platform(platform).service(service)
    }

    /// The same with the built-in policies.
    pub(crate) fn built_in() -> Candidate {
        Self::without_policies().policies(specialis_artifacts::POLICIES)
    }

    /// A host on the built-in policies beside the owner of the large lexicon.
    pub(crate) fn host(&self, change: impl FnOnce(HostBuilder) -> HostBuilder) -> Host {
        let owner = pack(Sources {
            component: Guest::from_file("answers").with("answer", "{}").component(),
            manifest: OWNER.to_owned(),
            lexicons: vec![NamedSection { name: "invented".to_owned(), data: self.lexicon.clone().into_bytes() }],
            ..Sources::default()
        });
        let candidate = Self::built_in().policy("owner", owner.expect("it packs"));
        change(Host::builder(candidate)).build().expect("it builds")
    }

    pub(crate) fn context() -> Arc<Context> {
        let mut context = Context::default();
        context.subject.age = Some(Age::Adult);
        context.agreement.version = Some("3".to_owned());
        context.agreement.current_version = Some("3".to_owned());
        context.sectors.insert("film".into(), Status::Yes);
        Arc::new(context)
    }

    /// The same, in every sector that has a policy.
    pub(crate) fn context_of_all() -> Arc<Context> {
        let mut context = Self::context();
        let sectors = ["news", "film", "education", "arts", "companions"];
        Arc::make_mut(&mut context).sectors = sectors.map(|sector| (sector.into(), Status::Yes)).into();
        context
    }

    pub(crate) fn event(kind: EventKind, text: &str) -> Event {
        Event::new(kind).with_text(text)
    }

    pub(crate) fn decide(host: &Host, context: &Arc<Context>, kind: EventKind, text: &str) -> Judged {
        host.open("bench", context.clone()).submit(Self::event(kind, text))
    }

    /// How many policies an event wakes; none faults.
    pub(crate) fn woken(host: &Host, context: &Arc<Context>, kind: EventKind, text: &str) -> u32 {
        let judged = Self::decide(host, context, kind, text);
        assert!(judged.decision.evaluations.values().all(|evaluation| evaluation.fault.is_none()), "a policy faults");
        u32::try_from(judged.observation.fuel.len()).unwrap_or(u32::MAX)
    }
}

/// A lexicon of terms that nobody would write.
fn lexicon(n_terms: usize) -> String {
    let head = "# source: invented\n# date: 2026-01-01\n# licence: none\nterm,category\n".to_owned();
    texts::invented(n_terms).iter().fold(head, |csv, term| csv + term + ",a1.other-banned\n")
}
