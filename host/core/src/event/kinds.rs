//! The facts of each kind of event.

use crate::facts::{Approval, Consent, LabelReading, Licence, Person, Progress, Waiver, facts};
use crate::{Date, IntendedAudience};

use super::words::{
    AbortCause, AccountOperation, Actor, AdaptationFinding, Adapted, AnnotationAim, Change, CheckOutcome,
    ComplaintStatus, Credited, Direction, FiledTier, Form, HandlingBasis, HandlingOperation, Imitated, IncidentGrade,
    IntakeAim, IntakeStage, MediaOperation, Outlet, PersonalDataBasis, Placement, PlacementBasis, Provided,
    PublicationAction, ReviewOutcome, ReviewRole, Theme,
};

facts! {
    /// What a user sends in.
    Prompt {
        /// The declared use, such as `chat`, `homework`, `examination`, `composition`, `evaluation`, `counselling`,
        /// `news-writing`, `script`, `face-swap`. Rules: E3, E5, E15, IM10, N1, P10, P13.
        task: String,
        /// Whether generation is open-ended rather than an exercise the platform prepared. Rules: E1, E2.
        open_ended: bool,
        /// The tool of the school through which it came. Rules: E6.
        tool: String,
        /// Names of protected characters that a rights holder has given notice of and the platform matched.
        /// Rules: P13.
        protected_matches: Vec<String>,
        /// Authors whose style is asked for. Rules: P10.
        style_of: Vec<String>,
    }
}
facts! {
    /// What the model generates.
    Output {
        /// The declared use, as for a prompt. Rules: E3, E5, N1, N1R, N2.
        task: String,
        /// What it imitates: `person`, `voice`, `face`, `scene`, `dialogue`. Rules: none yet.
        imitates: Vec<Imitated>,
        /// The persons it shows or imitates. Rules: none yet.
        persons: Vec<Person>,
        /// Likeness to an existing work, in thousandths. Rules: P9.
        similarity_permille: u32,
    }
}
facts! {
    /// Text that the model reads from elsewhere.
    Retrieved {
        /// The unit it comes from. Rules: N3.
        source_unit: String,
        /// The licence under which it may be used. Rules: none yet.
        licence: String,
    }
}
facts! {
    /// What the model asks a tool, or gets back.
    Tool {
        /// The tool's name. Rules: E6.
        name: String,
        /// Whether the user allowed the call. Rules: IM11.
        authorized: bool,
    }
}
facts! {
    /// An image, a sound, a video or a document, in or out; its own facts stand on the part.
    Media {
        /// Which way it goes: `in`, `out`. Rules: AL9, DS14, DS16, DS17, E15, GB5, IM4, IM12, IM14, LM4, LM5, N7, PI1.
        direction: Direction,
        /// What the operation is: `generate`, `edit`, `face-swap`, `voice-clone`, `photo-question`, `remove-label`,
        /// `other`. Rules: DS17, DS18, E15, LM4.
        operation: MediaOperation,
        /// The persons it shows or imitates. Rules: DS14.
        persons: Vec<Person>,
        /// What it imitates: `person`, `voice`, `face`, `scene`, `dialogue`. Rules: DS17, LM4.
        imitates: Vec<Imitated>,
    }
}
facts! {
    /// Publishing, exporting, downloading or reposting.
    Publication {
        /// `publish`, `export`, `download`, `copy`, `repost`, `list-application`. Rules: DS9, DS14, DS17, DS18, E11,
        /// F1, F2, F3, F4, F5, F6, F8, F9, F10, F11, F12, F13, F14, GB5, LM4, LM5, LM6, LM7, LM9, LM10, N1, N2, N3, N4,
        /// N5, N6, N7, N8, N11, N12, P2, P3, P4, P5, P6, P7, P8, P9, P10, P11, P12, P14, P15.
        action: PublicationAction,
        /// Who publishes: `news-unit`, `platform`, `self-media`, `individual`, `studio`, `publisher`, `other`. Rules:
        /// DS9, E11, LM10, N8, P4, P5, P7, P15.
        actor: Actor,
        /// What is published: `news`, `commentary`, `film`, `drama`, `micro-drama`, `animation`, `novel`, `textbook`,
        /// `image`, `text`, `audio`, `video`, `other`. Rules: DS14, F1, F2, F3, F5, F6, F9, F10, F12, F14, N1, N2, N3,
        /// N4, N5, N6, N7, N8, N11, N12, P2, P3, P4, P5, P6, P7, P8, P9, P10, P11, P12, P14, P15.
        form: Form,
        /// The licence it goes out under. Rules: F6, N1, N5, P5.
        licence: Licence,
        /// The unit a repost comes from. Rules: N3, N4.
        source_unit: String,
        /// The title given to it. Rules: N4.
        title: String,
        /// The title of the original. Rules: N4.
        original_title: String,
        /// The author of the original. Rules: N4, P10.
        original_author: String,
        /// The editor's real name. Rules: N4, N6, P4.
        editor: String,
        /// Approvals, filings and sign-offs of this work. Rules: F6, F9, F10, F12, N6, P3, P4, P7.
        approvals: Vec<Approval>,
        /// The last day on which the content was changed. Rules: F9, F10, F12, N6, P4, P7.
        changed_on: Date,
        /// Where its subject lies: `politics`, `economy`, `military`, `foreign-affairs`, `public-affairs`,
        /// `social-emergency`, `public-policy`, `national-security`, `united-front`, `ethnic`, `religious`, `judicial`,
        /// `public-security`, `other`. Rules: F1, F2, F3, N1, N2, N5, N6, N7, N8, N11, N12, P3.
        themes: Vec<Theme>,
        /// What a check of the facts found: `confirmed`, `refuted` or `open`. Rules: N2, P6.
        fact_check: CheckOutcome,
        /// The line that states the source to the reader. Rules: N8.
        source_line: String,
        /// Whether the reader is told that it is fiction. Rules: N8.
        fiction_notice: bool,
        /// Whether the content is fiction. Rules: F7, N8, P6, P14.
        fiction: bool,
        /// Whether the person who publishes declares it generated. Rules: LM6, LM10, N7, N8, P11.
        declared_generated: bool,
        /// Whether it is made by or with AI. Rules: DS11, DS14, DS17, F1, F2, F3, F4, F5, F11, F12, F14, GB5, IM2,
        /// IM12, LM4, LM5, LM9, LM10, N2, N7, N8, P8, P11.
        ai_made: bool,
        /// What the checker of labels read. Rules: DS17, DS18, F14, GB5, IM12, LM4, LM5, LM6, LM9, N7, N8.
        label: LabelReading,
        /// The user's request to go without an explicit label. Rules: DS17, F14, IM12, LM4, LM9.
        waiver: Waiver,
        /// Cost of production in yuan. Rules: F1, F3.
        budget_yuan: u64,
        /// The filing number shown with the work. Rules: F3.
        filing_number: String,
        /// The tier under which it is filed: `key`, `ordinary`, `other`. Rules: F1, F2.
        filed_tier: FiledTier,
        /// Works that it adapts, by class: `four-classics`, `historical`, `revolutionary`, `hero-model`,
        /// `children-cartoon`, `other`. Rules: F4.
        adapts: Vec<Adapted>,
        /// What a reviewer saw in the adaptation: `spirit-reversed`, `character-reversed`, `gore`, `vulgar`, `curio`,
        /// `culture-distorted`, `cult-style`. Rules: F4, F13.
        adaptation_findings: Vec<AdaptationFinding>,
        /// Whether it remakes a work that was taken down. Rules: F5.
        remakes_removed_work: bool,
        /// Whether it has scenes that may discomfort minors. Rules: F8.
        discomforting_scenes: bool,
        /// Whether viewers are warned of such scenes. Rules: F8, F12.
        viewer_warning: bool,
        /// For whom it is meant: `everyone`, `adults`, `minors`. Rules: E8, E9, E10, F8, F12, P2.
        intended_audience: IntendedAudience,
        /// Where it is shown: `home-page`, `pop-up`, `hot-list`, `search`, `feed`, `detail`, `other`. Rules: E9, N11.
        placement: Placement,
        /// How it came to that place: `ranked`, `edited`, `paid`, `boosted`. Rules: N11.
        placement_basis: PlacementBasis,
        /// Persons it shows or imitates. Rules: DS14, F5, F11, F13, P12.
        persons: Vec<Person>,
        /// Likeness to an existing work, in thousandths. Rules: P9.
        similarity_permille: u32,
        /// Whose work it is closest to. Rules: P10.
        similar_to: String,
        /// Share of the text that AI wrote, in thousandths. Rules: P8, P11.
        ai_share_permille: u32,
        /// Whom the credits name as author: `person`, `ai`, `both`. Rules: P11.
        credited: Credited,
        /// Whether the author's identity was verified. Rules: DS9, P7.
        author_verified: bool,
        /// The number of the book, journal or series. Rules: P5.
        publication_number: String,
        /// The material an application's developer gave on labelling. Rules: LM7.
        label_material: String,
        /// Whether a correction was published after an untruth that harmed. Rules: P6.
        correction_published: bool,
        /// Where it reaches its audience: `broadcast`, `cinema`, `online`. Rules: F3, F10.
        outlet: Outlet,
    }
}
facts! {
    /// A source or batch of training data.
    TrainingIntake {
        /// `collected`, `verified`, `training`. Rules: IM7.
        stage: IntakeStage,
        /// `research` or `service`. Rules: IM7.
        aim: IntakeAim,
        /// The source. Rules: IM7.
        source: String,
        /// The licence, contract or permission to use it. Rules: IM7.
        licence: String,
        /// The number of the record of collection. Rules: IM7, ND19.
        collection_record: String,
        /// Filing number of the base model. Rules: IM7.
        base_model_filing_number: String,
        /// Whether it has personal data. Rules: IM7, PI5.
        personal_data: bool,
        /// The basis for personal data: `consent`, `contract`, `legal-duty`, `public-interest`, `published`, `none`.
        /// Rules: IM7.
        personal_data_basis: PersonalDataBasis,
        /// Consents behind it. Rules: AI16, IM7.
        consents: Vec<Consent>,
        /// Whether it comes from talks with users that are sensitive. Rules: AI16.
        sensitive_interaction: bool,
        /// Whether somebody else's rights in it were cleared. Rules: IM7.
        rights_cleared: bool,
        /// Unlawful or harmful items found, in thousandths of the sample. Rules: IM7.
        unlawful_permille: u32,
        /// Items sampled by people. Rules: IM7.
        sampled_items: u32,
        /// How many of them passed, in thousandths. Rules: IM7.
        passed_permille: u32,
        /// Share of the corpus checked by keyword and classifier, in thousandths. Rules: IM7.
        machine_checked_permille: u32,
        /// Unlawful or harmful items found among those sampled. Rules: IM7.
        unlawful_items: u32,
        /// Items that passed among those sampled by people. Rules: IM7.
        passed_items: u32,
        /// Items in the corpus. Rules: IM7.
        corpus_items: u64,
        /// Items checked by keyword and classifier. Rules: IM7.
        machine_checked_items: u64,
        /// Whether it has sensitive personal data, such as faces. Rules: IM7, PI5.
        sensitive_data: bool,
        /// Whether it has personal data of children under 14. Rules: IM7.
        children_data: bool,
    }
}
facts! {
    /// A batch of labelled data.
    AnnotationBatch {
        /// The version of the labelling rules. Rules: IM8.
        rules_version: String,
        /// What it serves: `function` or `safety`. Rules: IM8.
        aim: AnnotationAim,
        /// Share that was checked, in thousandths. Rules: IM8.
        sampled_permille: u32,
        /// Accuracy found, in thousandths. Rules: IM8.
        accuracy_permille: u32,
        /// The labeller's pseudonymous number. Rules: IM8.
        labeller: String,
        /// The reviewer's pseudonymous number. Rules: IM8.
        reviewer: String,
        /// The last day on which the labeller was trained. Rules: IM8.
        trained_on: Date,
        /// Whether safety data are stored apart. Rules: IM8.
        stored_apart: bool,
        /// Items in the batch. Rules: IM8.
        batch_items: u32,
        /// Items that were checked. Rules: IM8.
        sampled_items: u32,
        /// Items that were right among those checked. Rules: IM8.
        accurate_items: u32,
    }
}
facts! {
    /// Something done with inputs, usage records or personal data.
    DataHandling {
        /// `collect`, `retain`, `disclose`, `purge`, `staff-access`, `incident`, and what a person asks for: `access`,
        /// `copy`, `correct`, `supplement`, `delete`. Rules: AI16, CI4, CS1, E7, E14, FR1, IM11, ND12, PI2, PI3, PI4,
        /// PI5.
        operation: HandlingOperation,
        /// What it is about, such as `input`, `usage-record`, `identity`, `face`. Rules: AI16, CS1, FR1, IM11, PI2,
        /// PI5.
        subject_matter: Vec<String>,
        /// The purpose given. Rules: IM11.
        purpose: String,
        /// What the purpose needs. Rules: IM11.
        needed: Vec<String>,
        /// Age of what is retained, in days. Rules: CS1, IM11.
        retained_days: u32,
        /// The limit the provider set for it, in days. Rules: IM11.
        retention_limit_days: u32,
        /// Whether it can identify a person. Rules: AI16, E7, FR1, IM11, ND12, PI2, PI4, PI5.
        identifying: bool,
        /// Who receives it. Rules: IM11, ND12, PI5.
        recipient: String,
        /// The basis for it: `consent`, `separate-consent`, `contract`, `legal-duty`, `none`. Rules: AI16, FR1, IM11,
        /// PI2, PI4.
        basis: HandlingBasis,
        /// Age of the person's own request, in days. Rules: E7, IM11, PI3.
        requested_days_ago: u32,
        /// The grade of an incident: `general`, `larger`, `major`, `grave`. Rules: CI4.
        incident_grade: IncidentGrade,
        /// Minutes since an incident was noticed. Rules: CI4.
        minutes_since: u32,
        /// Whether staff access was approved. Rules: E14.
        access_approved: bool,
        /// How far the person's own request has come. Rules: E7, IM11, PI3.
        request: Progress,
        /// For how many days the purpose needs what is kept. Rules: IM11.
        needed_days: u32,
        /// The number of the contract by which the recipient is entrusted with processing. Rules: IM11.
        entrusted_under: String,
        /// The last day until which law asks to keep it. Rules: IM11, PI4.
        keep_until: Date,
    }
}
facts! {
    /// Something about a user's account.
    Account {
        /// `register`, `agreement`, `breach`, `complaint`, `minors-mode`, `usage`, `purchase`, `appeal`. Rules: AI14,
        /// DS12, E7, E12, IM14, IM15, LM8.
        operation: AccountOperation,
        /// The category of the breach. Rules: IM14.
        breach_category: String,
        /// What a reviewer made of the breach: `confirmed`, `refuted`, `open`. Rules: IM14.
        breach_review: CheckOutcome,
        /// Age of a complaint, in days. Rules: AI14, DS12, IM15.
        complaint_days: u32,
        /// Where a complaint stands: `received`, `accepted`, `answered`. Rules: AI14, DS12, IM15.
        complaint_status: ComplaintStatus,
        /// Price of a purchase in fen. Rules: E12.
        amount_fen: u64,
        /// Spent today before it, in fen. Rules: E12.
        spent_today_fen: u64,
        /// How far the complaint or appeal has come. Rules: AI14, DS12, IM15.
        complaint: Progress,
    }
}
facts! {
    /// A change of the service itself.
    ServiceChange {
        /// `launch`, `new-function`, `model-update`, `filing-change`, `overseas-offer`, `authority-notice`,
        /// `inspection`, `interruption`, `end`. Rules: AI12, AI22, AI26, DS15, DS19, IM13, IM17, IM19, IM2, IM20,
        /// IM22, IM23, N9.
        change: Change,
        /// What is new, by id. Rules: DS15.
        functions: Vec<String>,
        /// The day on which it takes effect. Rules: IM17, N9.
        on: Date,
        /// The assessment made for this change. Rules: AI22, DS15, IM17, N9.
        assessment_number: String,
        /// The day of that assessment. Rules: AI22, DS15, IM17, N9.
        assessed_on: Date,
        /// The authority that gave notice. Rules: none yet.
        authority: String,
        /// The number of that notice. Rules: none yet.
        notice_number: String,
        /// The day of that notice. Rules: IM20.
        notice_on: Date,
        /// Days between notice to users and an interruption or end. Rules: AI12, IM13.
        notice_days: u32,
        /// What was given to an inspection: `sources`, `scale`, `types`, `labelling-rules`, `algorithm`, `support`.
        /// Rules: IM19.
        provided: Vec<Provided>,
    }
}
facts! {
    /// A score that arrives late, or word that none will come.
    LateSignal {
        /// The category. Rules: AL9, E8, E9, IM4, IM14.
        category: String,
        /// The score in thousandths; absent means that none will come. Rules: AL9, E8, IM4, IM14.
        score_permille: u32,
        /// The part it is about; every part where absent. Rules: none yet.
        part: u32,
        /// How many bytes of that part's text it covers; all that had been read where absent. Rules: none yet.
        up_to: u32,
    }
}
facts! {
    /// A reviewer's answer.
    Review {
        /// The role: `editor-in-chief`, `content-reviewer`, `teacher`, `counsel`, `other`. Rules: N6.
        role: ReviewRole,
        /// `approved`, `refused` or `expired`. Rules: N6.
        outcome: ReviewOutcome,
        /// What was approved: the id of the decision that asked for a look. Rules: N6.
        digest: String,
    }
}
facts! {
    /// The reader is gone.
    Abort {
        /// Why, in a word: `closed`, `timeout`, `error`. Rules: IM13.
        cause: AbortCause,
    }
}
