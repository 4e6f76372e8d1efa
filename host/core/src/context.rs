//! The context of a session: who serves whom, with which model, under which licences and agreements.

use std::collections::BTreeMap;

use crate::Date;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::event::words::{Medium, ProviderNature, StandingMeasure};
use crate::facts::{Consent, Grade, Licence, Notice, Record, Status, facts, words};
use crate::{SectorFacts, SectorId, SourceId};

words! {
    /// Whom the service is open to.
    Audience {
        /// The public in the territory.
        Public = "public",
        /// The staff or members of the organization that runs it.
        Internal = "internal",
    }
}
words! {
    /// What the content is wanted for.
    Purpose {
        /// To be shown to others.
        Publish = "publish",
        /// For the user alone.
        Private = "private",
    }
}
words! {
    /// The bands of age that the rules distinguish.
    Age {
        /// Younger than 14.
        Under14 = "under-14",
        /// 14 to 17.
        From14To17 = "14-17",
        /// 18 and older.
        Adult = "adult",
    }
}
words! {
    /// What the person does in the service.
    SubjectRole {
        /// No special role.
        General = "general",
        /// Learns at a school.
        Pupil = "pupil",
        /// Teaches at a school.
        Teacher = "teacher",
        /// Parent or guardian of a minor.
        Guardian = "guardian",
        /// Edits for a news or publishing unit.
        Editor = "editor",
        /// Produces film, television or drama.
        Producer = "producer",
    }
}
words! {
    /// The stage of school.
    SchoolStage {
        /// Primary school.
        Primary = "primary",
        /// Junior secondary school.
        Junior = "junior",
        /// Senior secondary school.
        Senior = "senior",
        /// College and later.
        Higher = "higher",
    }
}
words! {
    /// Where something is or comes from.
    Territory {
        /// The mainland of China.
        Mainland = "mainland",
        /// Anywhere else.
        Overseas = "overseas",
    }
}
words! {
    /// What part the service plays.
    ServiceRole {
        /// Provides generation to users.
        Provider = "provider",
        /// Supplies generation to others through an interface.
        ApiSupplier = "api-supplier",
        /// Spreads content that others made.
        Propagator = "propagator",
        /// Lists applications.
        AppStore = "app-store",
    }
}
words! {
    /// Whose users are served.
    TenantRelation {
        /// The provider's own.
        Own = "own",
        /// Those of a customer of the interface.
        ApiCustomer = "api-customer",
    }
}
words! {
    /// For whom a service or product is meant.
    IntendedAudience {
        /// Anybody.
        Everyone = "everyone",
        /// Adults only.
        Adults = "adults",
        /// Minors.
        Minors = "minors",
    }
}

facts! {
    /// The service that the platform runs.
    Service {
        /// The service's own id. Rules: none yet.
        id: String,
        /// The parts it plays: `provider`, `api-supplier`, `propagator`, `app-store`. Rules: DS16, DS17, F14, GB5, IM2,
        /// IM12, IM22, LM4, LM5, LM6, LM7, LM9.
        roles: Vec<ServiceRole>,
        /// For whom it is meant: `everyone`, `adults`, `minors`. Rules: E9.
        intended_audience: IntendedAudience,
        /// Where it is offered: `mainland`, `overseas`. Rules: IM2, IM20.
        territory: Territory,
        /// The number of its filing as a generative service. Rules: IM17.
        filing_number: String,
        /// The number of its algorithm filing. Rules: AI26, DS19, IM17, IM2.
        algorithm_filing_number: String,
        /// The number of its security assessment. Rules: none yet.
        assessment_number: String,
        /// When the assessment was made. Rules: none yet.
        assessed_on: Date,
        /// When the service started. Rules: DS19, IM17.
        started_on: Date,
        /// The licences its operator holds. Rules: IM23, N1, N1R, N5, P5.
        licences: Vec<Licence>,
        /// What it generates: `text`, `image`, `audio`, `video`, `virtual-scene`, `document`. Rules: none yet.
        modalities: Vec<Medium>,
        /// Whether it can sway public opinion or mobilize society. Rules: DS19, IM17.
        shapes_opinion: bool,
        /// Registered users. Rules: AI22.
        registered_users: u64,
        /// Users in the last month. Rules: AI22.
        monthly_users: u64,
        /// Whether it keeps up an emotional relation with its users. Rules: AI2, AI12, AI13, AI14, AI15, AI16, AI17,
        /// AI18, AI22, AI26, E13.
        emotional_interaction: bool,
        /// Whether it plays a relative or partner. Rules: E13.
        plays_relative: bool,
        /// The uses its provider has published as suitable. Rules: IM10.
        published_uses: Vec<String>,
        /// Whether name and number of the filed model are shown. Rules: IM17.
        shows_model: bool,
        /// The published limit for answering a complaint, in days. Rules: DS12, IM15.
        complaint_limit_days: u32,
        /// The notices by which an authority asks for measures against it; an empty list says that there is none.
        /// Rules: IM2, IM20.
        authority_notices: Vec<Notice>,
        /// Tools that the school has admitted. Rules: E6.
        admitted_tools: Vec<String>,
        /// Whether the number of its algorithm filing is shown where users see it. Rules: IM17.
        shows_algorithm_number: bool,
        /// The published limit for answering a person's request about personal data, in days. Rules: E7, IM11, PI3.
        request_limit_days: u32,
        /// The authority that is told of what was found, by the ids of the measure `report`, such as `cac-provincial`.
        /// Rules: AL9, CS2, DS10, DS11, E8, HM1, IM14, N10, P12.
        report_authority: String,
    }
}
facts! {
    /// The model that generates.
    Model {
        /// Its name. Rules: none yet.
        id: String,
        /// Its version. Rules: none yet.
        version: String,
        /// The model it was built on; `own` where it was built on none. Rules: IM7.
        base_model: String,
        /// The filing number of that model. Rules: IM7.
        base_model_filing_number: String,
        /// Its own filing number. Rules: IM17.
        filing_number: String,
        /// Where it comes from: `mainland`, `overseas`. Rules: none yet.
        origin: Territory,
    }
}
facts! {
    /// The organization that provides the service.
    Provider {
        /// Its id. Rules: none yet.
        id: String,
        /// Where it is: `mainland`, `overseas`. Rules: IM2, IM20.
        origin: Territory,
        /// What it is: `enterprise`, `school`, `research`, `cultural`, `association`, `professional`, `individual`,
        /// `other`. Rules: none yet.
        nature: ProviderNature,
        /// Whether investors from abroad hold a share in it. Rules: IM23.
        foreign_invested: bool,
        /// The number of its report or approval as a foreign investment. Rules: IM23.
        foreign_investment_number: String,
    }
}
facts! {
    /// On whose behalf the session runs.
    Tenant {
        /// The tenant's id. Rules: IM22.
        id: String,
        /// Own users or those of a customer: `own`, `api-customer`. Rules: none yet.
        relation: TenantRelation,
        /// Whether the tenant serves the public. Rules: AL9, DS9, DS10, DS12, DS14, DS15, DS16, DS17, DS18, DS19, E9,
        /// GB5, IM2, LM4, LM5, LM6, LM7, LM8, LM9, LM10, P11, PI1.
        serves_public: bool,
    }
}
facts! {
    /// The person who uses the service. Policies never see who it is.
    Subject {
        /// The band of age: `under-14`, `14-17`, `adult`. Rules: AI13, AI14, AI15, AI17, E7, E8, E9, E10, E11, E12,
        /// E13, E14, F8, IM10, P2.
        age: Age,
        /// The role: `general`, `pupil`, `teacher`, `guardian`, `editor`, `producer`. Rules: E1, E2, E3, E4, E5, E6.
        role: SubjectRole,
        /// The stage of school: `primary`, `junior`, `senior`, `higher`. Rules: E1, E2, E3, E4, E5.
        school_stage: SchoolStage,
        /// Whether a teacher or guardian is with the person. Rules: E1, E3.
        supervised: bool,
        /// Consents that were given. Rules: AI17, E7.
        consents: Vec<Consent>,
        /// Where the person is: `mainland`, `overseas`. Rules: IM2, IM20.
        territory: Territory,
        /// Whether the identity was verified. Rules: DS9, E11.
        identity_verified: bool,
        /// Whether the person is of an age at which the rules on older people count. Rules: AI15.
        older: bool,
        /// Whether somebody to call in an emergency was named. Rules: AI15.
        emergency_contact: bool,
        /// Whether the person has an account with the service. Rules: IM9.
        registered: bool,
    }
}
facts! {
    /// The agreement between provider and user.
    Agreement {
        /// The accepted version. Rules: DS17, F14, IM9, IM12, LM4, LM9.
        version: String,
        /// The version now in use. Rules: IM9.
        current_version: String,
        /// When it was accepted. Rules: DS17, F14, IM9, IM12, LM4, LM9.
        accepted_on: Date,
        /// Its clauses by id, such as `rights-duties`, `breach-measures`, `labelling`. Rules: DS17, F14, IM9, IM12,
        /// IM14, IM22, LM4, LM8, LM9.
        clauses: Vec<String>,
    }
}
facts! {
    /// How the user stands after earlier breaches.
    Standing {
        /// Breaches without a lawful use in between. Rules: IM14.
        consecutive: u32,
        /// Breaches today. Rules: IM14.
        today: u32,
        /// Breaches in all. Rules: none yet.
        total: u32,
        /// The measure now in force against the user: `none`, `warned`, `restricted`, `suspended`, `terminated`.
        /// Rules: IM14.
        current_measure: StandingMeasure,
        /// The day on which these counts were taken. Rules: IM14.
        as_of: Date,
    }
}
facts! {
    /// Facts that stand outside every group.
    General {
        /// Whom the service is open to: `public`, `internal`. Rules: AL9, DS9, DS10, DS12, DS14, DS15, DS16, DS17,
        /// DS18, DS19, E9, GB5, IM2, LM4, LM5, LM6, LM7, LM8, LM9, LM10, P11, PI1.
        audience: Audience,
        /// What the content is wanted for: `publish`, `private`. Rules: DS17, LM4, N1, N3.
        purpose: Purpose,
        /// Grades given under schemes. Rules: F1, IM4, IM14, IM16.
        grades: Vec<Grade>,
        /// Minutes of use today. Rules: E12, IM10.
        minutes_today: u32,
        /// Minutes of use without a pause. Rules: AI18.
        minutes_continuous: u32,
        /// Whether a minors' mode is on. Rules: AI14, E12, IM10.
        minors_mode: bool,
        /// Whether a national examination is going on. Rules: E15.
        exam_in_progress: bool,
    }
}

/// Everything that is fixed when a session opens.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields, default)]
pub struct Context {
    /// The service.
    pub service: Service,
    /// The model.
    pub model: Model,
    /// The provider.
    pub provider: Provider,
    /// The tenant.
    pub tenant: Tenant,
    /// The user.
    pub subject: Subject,
    /// The agreement with the user.
    pub agreement: Agreement,
    /// The user's standing.
    pub standing: Standing,
    /// Facts outside every group.
    pub general: General,
    /// The status of each sector; one that is not named has the service profile's status.
    #[serde(deserialize_with = "crate::unique_map")]
    pub sectors: BTreeMap<SectorId, Status>,
    /// Facts that policies of sectors declare of the session, by sector and name.
    #[serde(skip_serializing_if = "SectorFacts::is_empty")]
    pub sector_facts: SectorFacts,
    /// The user's language, as a BCP 47 tag.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub locale: Option<String>,
    /// The pseudonym under which the platform knows the user; it reaches no policy.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub pseudonym: Option<String>,
    /// The conversation the exchange belongs to; it reaches no policy.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub conversation: Option<String>,
    /// Who asserts the facts that `sources` does not name; `platform` where absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub source: Option<SourceId>,
    /// Who asserts single facts, by path, such as `subject.age` or `sectors.film`. Nobody but the host names the source
    /// `profile`.
    #[serde(deserialize_with = "crate::unique_map")]
    pub sources: BTreeMap<String, SourceId>,
}

impl Context {
    /// The bytes of a context that a host remembers at most, so that the next session with the same one costs nothing to open. Who
    /// takes contexts from others refuses longer ones.
    pub const MAX_BYTES: usize = 256 << 10;

    /// The groups of facts with their names.
    pub fn groups(&self) -> [(&'static str, &dyn Record); 8] {
        [
            ("service", &self.service),
            ("model", &self.model),
            ("provider", &self.provider),
            ("tenant", &self.tenant),
            ("subject", &self.subject),
            ("agreement", &self.agreement),
            ("standing", &self.standing),
            ("general", &self.general),
        ]
    }

    fn group_mut(&mut self, name: &str) -> Option<&mut dyn Record> {
        Some(match name {
            "service" => &mut self.service,
            "model" => &mut self.model,
            "provider" => &mut self.provider,
            "tenant" => &mut self.tenant,
            "subject" => &mut self.subject,
            "agreement" => &mut self.agreement,
            "standing" => &mut self.standing,
            "general" => &mut self.general,
            _ => return None,
        })
    }

    /// The paths of all facts that have a value, such as `subject.age` and `sectors.film`.
    pub fn known(&self) -> Vec<String> {
        let facts = self
            .groups()
            .into_iter()
            .flat_map(|(group, record)| record.known().into_iter().map(move |field| format!("{group}.{field}")));
        let sectors = self.sectors.iter().filter(|(_, status)| **status != Status::Unknown);
        let sectors = sectors.map(|(sector, _)| format!("sectors.{sector}"));
        facts.chain(sectors).chain(self.sector_facts.known()).collect()
    }

    /// Makes the fact at `path` unknown; false where there was nothing to forget.
    pub fn forget(&mut self, path: &str) -> bool {
        let Some((group, field)) = path.split_once('.') else { return false };
        if group == SectorFacts::GROUP {
            return self.sector_facts.forget(path);
        }
        if group == "sectors" {
            return match self.sectors.get_mut(field) {
                Some(status) if *status != Status::Unknown => {
                    *status = Status::Unknown;
                    true
                }
                _ => false,
            };
        }
        self.group_mut(group).is_some_and(|record| record.forget(field))
    }

    /// Takes every fact that is unknown here from `defaults`, sectors that are not named included; returns their paths.
    pub fn inherit(&mut self, defaults: &Self) -> Vec<String> {
        let mut taken = Vec::new();
        let mut note = |group: &str, fields: Vec<String>| {
            taken.extend(fields.into_iter().map(|field| format!("{group}.{field}")));
        };
        note("service", self.service.inherit(&defaults.service));
        note("model", self.model.inherit(&defaults.model));
        note("provider", self.provider.inherit(&defaults.provider));
        note("tenant", self.tenant.inherit(&defaults.tenant));
        note("subject", self.subject.inherit(&defaults.subject));
        note("agreement", self.agreement.inherit(&defaults.agreement));
        note("standing", self.standing.inherit(&defaults.standing));
        note("general", self.general.inherit(&defaults.general));
        for (sector, status) in &defaults.sectors {
            if !self.sectors.contains_key(sector) {
                self.sectors.insert(sector.clone(), *status);
                note("sectors", vec![sector.to_string()]);
            }
        }
        taken.extend(self.sector_facts.inherit(&defaults.sector_facts));
        taken
    }

    /// Who asserts the fact at `path`.
    pub fn source_of(&self, path: &str) -> SourceId {
        self.sources.get(path).or(self.source.as_ref()).cloned().unwrap_or_else(|| SourceId::from("platform"))
    }
}
