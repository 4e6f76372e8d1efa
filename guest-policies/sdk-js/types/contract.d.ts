// Written by `npm run types` from the contract in `wit/`.

/** A day, such as `2026-11-02`. Days compare by `<` as they stand. */
export type Day = string;

/**
 * A stretch of one part's text: half open, in bytes of UTF-8, both ends on a character boundary, not empty. A span
 * past the end of its part, reversed, empty or inside a character is a fault. So is a span in an answer that is neither
 * that of a hit that this call shows, nor the stretch that it is to judge, nor all of a part's text.
 */
export interface Span {
  /** The index of the part in its event. */
  readonly part: number;
  /** The first byte. */
  readonly start: number;
  /** The byte after the last. */
  readonly end: number;
}

/** An instrument and the place in it. An empty article, or an instrument that is not registered, is a fault. */
export interface Citation {
  /** The id of the instrument in the registry, such as `IM`. */
  readonly instrument: string;
  /** The article, such as `4(1)`. */
  readonly article: string;
}

/** A licence as its paper shows it. */
export interface Licence {
  /** The number printed on it. */
  readonly number: string;
  /** What it permits. */
  readonly category: string;
  /** The unit it was issued to. */
  readonly holder: string;
  /** The last day on which it is valid; absent where the platform does not know. */
  readonly expires?: Day;
}

/** A consent that a person gave. */
export interface Consent {
  /** What was consented to. */
  readonly scope: string;
  /** Who gave it: `self` or `guardian`. */
  readonly givenBy: string;
  /** When. */
  readonly on: Day;
}

/** A grade that somebody gave under a scheme of classification. */
export interface Grade {
  /** The scheme. */
  readonly scheme: string;
  /** The grade within it. */
  readonly grade: string;
  /** Who gave it. */
  readonly by: string;
  /** When. */
  readonly on: Day;
}

/** An approval, filing or sign-off of one work. */
export interface Approval {
  /** What was approved. */
  readonly kind: string;
  /** The number, where it has one. */
  readonly number?: string;
  /** Who approved. */
  readonly by: string;
  /** When. */
  readonly on: Day;
}

/** A real person whom a work shows or imitates. */
export interface Person {
  /** The name as the work gives it. */
  readonly name: string;
  /** What is used: `face`, `voice`, `name` or `style`. */
  readonly uses: string[];
  /** The consents that person gave. */
  readonly consents: Consent[];
  /** The platform's lists on which the person stands. */
  readonly lists: string[];
}

/** What a checker of labels read in a file: a verdict with its findings, never a bare flag. */
export interface LabelReading {
  /** `compliant`, `non-compliant`, `not-found` or `inconclusive`. Non-compliant is not the same as not found. */
  readonly verdict: string;
  /** What the checker found, by id. */
  readonly findings: string[];
  /** The attribute as read: `1` is, `2` possibly, `3` suspected. */
  readonly attribute?: string;
  /** The producer as read. */
  readonly producer?: string;
  /** Whether a label that people can perceive was seen on the content. */
  readonly explicit?: boolean;
  /** What that label says: `ai`, `generation`. Both are needed. */
  readonly explicitElements?: string[];
  /** The height of its characters, in thousandths of the shortest side. */
  readonly explicitHeightPermille?: number;
  /** For how long it is shown, in milliseconds. */
  readonly explicitMs?: number;
  /** Traces of generation that a detector saw, in thousandths of certainty. */
  readonly tracesPermille?: number;
}

/** A user's request to go without an explicit label. */
export interface Waiver {
  /** Who asked. */
  readonly by: string;
  /** When. */
  readonly on: Day;
  /** For how many days the platform keeps the record of it. */
  readonly recordDays: number;
}

/** An authority's notice that asks for measures against a service. */
export interface Notice {
  /** The authority that gave it. */
  readonly authority: string;
  /** Its number, where it has one. */
  readonly number?: string;
  /** The first day on which it counts; absent where the platform does not know. */
  readonly from?: Day;
  /** The last day on which it counts; absent where it has no end, or none that the platform knows. */
  readonly until?: Day;
}

/** The service that the platform runs. Absent means unknown. */
export interface ServiceFacts {
  /** The service's own id. Rules: none yet. */
  readonly id?: string;
  /**
   * The parts it plays: `provider`, `api-supplier`, `propagator`, `app-store`. Rules: DS16, DS17, F14, GB5, IM2,
   * IM12, IM22, LM4, LM5, LM6, LM7, LM9.
   */
  readonly roles?: string[];
  /** For whom it is meant: `everyone`, `adults`, `minors`. Rules: E9. */
  readonly intendedAudience?: string;
  /** Where it is offered: `mainland`, `overseas`. Rules: IM2, IM20. */
  readonly territory?: string;
  /** The number of its filing as a generative service. Rules: IM17. */
  readonly filingNumber?: string;
  /** The number of its algorithm filing. Rules: AI26, DS19, IM17, IM2. */
  readonly algorithmFilingNumber?: string;
  /** The number of its security assessment. Rules: none yet. */
  readonly assessmentNumber?: string;
  /** When the assessment was made. Rules: none yet. */
  readonly assessedOn?: Day;
  /** When the service started. Rules: DS19, IM17. */
  readonly startedOn?: Day;
  /** The licences its operator holds. Rules: IM23, N1, N1R, N5, P5. */
  readonly licences?: Licence[];
  /** What it generates: `text`, `image`, `audio`, `video`, `virtual-scene`, `document`. Rules: none yet. */
  readonly modalities?: string[];
  /** Whether it can sway public opinion or mobilize society. Rules: DS19, IM17. */
  readonly shapesOpinion?: boolean;
  /** Registered users. Rules: AI22. */
  readonly registeredUsers?: number;
  /** Users in the last month. Rules: AI22. */
  readonly monthlyUsers?: number;
  /**
   * Whether it keeps up an emotional relation with its users. Rules: AI2, AI12, AI13, AI14, AI15, AI16, AI17,
   * AI18, AI22, AI26, E13.
   */
  readonly emotionalInteraction?: boolean;
  /** Whether it plays a relative or partner. Rules: E13. */
  readonly playsRelative?: boolean;
  /** The uses its provider has published as suitable. Rules: IM10. */
  readonly publishedUses?: string[];
  /** Whether name and number of the filed model are shown. Rules: IM17. */
  readonly showsModel?: boolean;
  /** The published limit for answering a complaint, in days. Rules: DS12, IM15. */
  readonly complaintLimitDays?: number;
  /**
   * The notices by which an authority asks for measures against it; an empty list says that there is none. Rules:
   * IM2, IM20.
   */
  readonly authorityNotices?: Notice[];
  /** Tools that the school has admitted. Rules: E6. */
  readonly admittedTools?: string[];
}

/** The model that generates. Absent means unknown. */
export interface ModelFacts {
  /** Its name. Rules: none yet. */
  readonly id?: string;
  /** Its version. Rules: none yet. */
  readonly version?: string;
  /** The model it was built on; `own` where it was built on none. Rules: IM7. */
  readonly baseModel?: string;
  /** The filing number of that model. Rules: IM7. */
  readonly baseModelFilingNumber?: string;
  /** Its own filing number. Rules: IM17. */
  readonly filingNumber?: string;
  /** Where it comes from: `mainland`, `overseas`. Rules: none yet. */
  readonly origin?: string;
}

/** The organization that provides the service. Absent means unknown. */
export interface ProviderFacts {
  /** Its id. Rules: none yet. */
  readonly id?: string;
  /** Where it is: `mainland`, `overseas`. Rules: IM2, IM20. */
  readonly origin?: string;
  /**
   * What it is: `enterprise`, `school`, `research`, `cultural`, `association`, `professional`, `individual`,
   * `other`. Rules: none yet.
   */
  readonly nature?: string;
}

/** On whose behalf the session runs. Absent means unknown. */
export interface TenantFacts {
  /** The tenant's id. Rules: IM22. */
  readonly id?: string;
  /** Own users or those of a customer: `own`, `api-customer`. Rules: none yet. */
  readonly relation?: string;
  /**
   * Whether the tenant serves the public. Rules: AL9, DS9, DS10, DS12, DS14, DS15, DS16, DS17, DS18, DS19, E9,
   * GB5, IM2, LM4, LM5, LM6, LM7, LM8, LM9, LM10, P11, PI1.
   */
  readonly servesPublic?: boolean;
}

/** The person who uses the service. Policies never see who it is. Absent means unknown. */
export interface SubjectFacts {
  /**
   * The band of age: `under-14`, `14-17`, `adult`. Rules: AI13, AI14, AI15, AI17, E7, E8, E9, E10, E11, E12,
   * E13, E14, F8, IM10, P2.
   */
  readonly age?: string;
  /** The role: `general`, `pupil`, `teacher`, `guardian`, `editor`, `producer`. Rules: E1, E2, E3, E4, E5, E6. */
  readonly role?: string;
  /** The stage of school: `primary`, `junior`, `senior`, `higher`. Rules: E1, E2, E3, E4, E5. */
  readonly schoolStage?: string;
  /** Whether a teacher or guardian is with the person. Rules: E1, E3. */
  readonly supervised?: boolean;
  /** Consents that were given. Rules: AI17, E7. */
  readonly consents?: Consent[];
  /** Where the person is: `mainland`, `overseas`. Rules: IM2, IM20. */
  readonly territory?: string;
  /** Whether the identity was verified. Rules: DS9, E11. */
  readonly identityVerified?: boolean;
  /** Whether the person is of an age at which the rules on older people count. Rules: AI15. */
  readonly older?: boolean;
  /** Whether somebody to call in an emergency was named. Rules: AI15. */
  readonly emergencyContact?: boolean;
}

/** The agreement between provider and user. Absent means unknown. */
export interface AgreementFacts {
  /** The accepted version. Rules: DS17, F14, IM9, IM12, LM4, LM9. */
  readonly version?: string;
  /** The version now in use. Rules: IM9. */
  readonly currentVersion?: string;
  /** When it was accepted. Rules: DS17, F14, IM9, IM12, LM4, LM9. */
  readonly acceptedOn?: Day;
  /**
   * Its clauses by id, such as `rights-duties`, `breach-measures`, `labelling`. Rules: DS17, F14, IM9, IM12,
   * IM14, IM22, LM4, LM8, LM9.
   */
  readonly clauses?: string[];
}

/** How the user stands after earlier breaches. Absent means unknown. */
export interface StandingFacts {
  /** Breaches without a lawful use in between. Rules: IM14. */
  readonly consecutive?: number;
  /** Breaches today. Rules: IM14. */
  readonly today?: number;
  /** Breaches in all. Rules: none yet. */
  readonly total?: number;
  /**
   * The measure now in force against the user: `none`, `warned`, `restricted`, `suspended`, `terminated`.
   * Rules: IM14.
   */
  readonly currentMeasure?: string;
  /** The day on which these counts were taken. Rules: IM14. */
  readonly asOf?: Day;
}

/** Facts that stand outside every group. Absent means unknown. */
export interface GeneralFacts {
  /**
   * Whom the service is open to: `public`, `internal`. Rules: AL9, DS9, DS10, DS12, DS14, DS15, DS16, DS17,
   * DS18, DS19, E9, GB5, IM2, LM4, LM5, LM6, LM7, LM8, LM9, LM10, P11, PI1.
   */
  readonly audience?: string;
  /** What the content is wanted for: `publish`, `private`. Rules: DS17, LM4, N1, N3. */
  readonly purpose?: string;
  /** Grades given under schemes. Rules: F1, IM4, IM14, IM16. */
  readonly grades?: Grade[];
  /** Minutes of use today. Rules: E12, IM10. */
  readonly minutesToday?: number;
  /** Minutes of use without a pause. Rules: AI18. */
  readonly minutesContinuous?: number;
  /** Whether a minors' mode is on. Rules: AI14, E12, IM10. */
  readonly minorsMode?: boolean;
  /** Whether a national examination is going on. Rules: E15. */
  readonly examInProgress?: boolean;
}

/** More facts of the service. Absent means unknown. */
export interface MoreServiceFacts {
  /** Whether the number of its algorithm filing is shown where users see it. Rules: IM17. */
  readonly showsAlgorithmNumber?: boolean;
  /** The published limit for answering a person's request about personal data, in days. Rules: E7, IM11, PI3. */
  readonly requestLimitDays?: number;
  /**
   * The authority that is told of what was found, by the ids of the measure `report`, such as `cac-provincial`.
   * Rules: AL9, CS2, DS10, DS11, E8, HM1, IM14, N10, P12.
   */
  readonly reportAuthority?: string;
}

/** More facts of the provider. Absent means unknown. */
export interface MoreProviderFacts {
  /** Whether investors from abroad hold a share in it. Rules: IM23. */
  readonly foreignInvested?: boolean;
  /** The number of its report or approval as a foreign investment. Rules: IM23. */
  readonly foreignInvestmentNumber?: string;
}

/** More facts of the person who uses the service. Absent means unknown. */
export interface MoreSubjectFacts {
  /** Whether the person has an account with the service. Rules: IM9. */
  readonly registered?: boolean;
}

/** The facts most rules read first, in one call. */
export interface BriefFacts {
  /** The kind of event, such as `output`; empty at `open`. */
  readonly kind: string;
  /**
   * The judging point. It depends on the text alone, never on how a stream was cut, and text that is whole from the
   * start has the same points:
   *
   * | point | when |
   * |---|---|
   * | `open` | the session opens; there is no event |
   * | `hit` | a hit resolves in a category the policy reads; the text is known up to here |
   * | `text` | a sentence ends, or so many characters have come, and the manifest asked to be called then |
   * | `signal` | a late score came: an event of its own |
   * | `review` | a reviewer answered: an event of its own |
   * | `end` | the event is whole |
   *
   * What is found at one point of an event stands at all later ones.
   */
  readonly point: string;
  /** The day on which the session is judged. */
  readonly asOf: Day;
  /** Whom the service is open to: `public` or `internal`. */
  readonly audience?: string;
  /** What the content is wanted for: `publish` or `private`. */
  readonly purpose?: string;
  /** The band of age: `under-14`, `14-17` or `adult`. */
  readonly age?: string;
  /** The user's language as a BCP 47 tag. */
  readonly locale?: string;
  /** How many parts the event has. */
  readonly nParts: number;
  /** How many hits there are to read at this point. */
  readonly nHits: number;
  /** How many signals there are to read at this point. */
  readonly nSignals: number;
}

/** What is known of a medium without looking into it again. Absent means unknown. */
export interface MediumFacts {
  /** Its media type, such as `image/png`. Rules: none yet. */
  readonly mediaType?: string;
  /** Bytes. Rules: none yet. */
  readonly size?: number;
  /** Milliseconds. Rules: none yet. */
  readonly durationMs?: number;
  /** Pixels. Rules: none yet. */
  readonly width?: number;
  /** Pixels. Rules: none yet. */
  readonly height?: number;
  /** What the checker of labels read. Rules: DS16, DS17, DS18, GB5, IM12, LM4, LM5, N7. */
  readonly label?: LabelReading;
  /** What a recognizer says it shows. Rules: none yet. */
  readonly tags?: string[];
}

/** A piece of the event. */
export interface Part {
  /** Its index. */
  readonly index: number;
  /** Whose words: `system`, `user`, `assistant`, `tool`, `retrieved` or `history`. */
  readonly role: string;
  /** `text`, `reasoning` or `tool-arguments`. */
  readonly channel: string;
  /** Which of several answers. */
  readonly choice: number;
  /** `text`, `image`, `audio`, `video`, `virtual-scene` or `document`. */
  readonly medium: string;
  /** Whether the user sees it. */
  readonly shown: boolean;
  /** Bytes of its text; absent where it has none. Read text through the interface `text`. */
  readonly textLength?: number;
  /** What is known of the medium. */
  readonly media?: MediumFacts;
}

/** A score from one of the platform's models. */
export interface Signal {
  /** The category it scores. */
  readonly category: string;
  /** The score in thousandths. */
  readonly scorePermille: number;
  /** The part it scores; the whole event where absent. */
  readonly part?: number;
  /** The model that gave it. */
  readonly source?: string;
}

/** What a user sends in. Absent means unknown. */
export interface PromptFacts {
  /**
   * The declared use, such as `chat`, `homework`, `examination`, `composition`, `evaluation`, `counselling`,
   * `news-writing`, `script`, `face-swap`. Rules: E3, E5, E15, IM10, N1, P10, P13.
   */
  readonly task?: string;
  /** Whether generation is open-ended rather than an exercise the platform prepared. Rules: E1, E2. */
  readonly openEnded?: boolean;
  /** The tool of the school through which it came. Rules: E6. */
  readonly tool?: string;
  /** Names of protected characters that a rights holder has given notice of and the platform matched. Rules: P13. */
  readonly protectedMatches?: string[];
  /** Authors whose style is asked for. Rules: P10. */
  readonly styleOf?: string[];
}

/** What the model generates. Absent means unknown. */
export interface OutputFacts {
  /** The declared use, as for a prompt. Rules: E3, E5, N1, N1R, N2. */
  readonly task?: string;
  /** What it imitates: `person`, `voice`, `face`, `scene`, `dialogue`. Rules: none yet. */
  readonly imitates?: string[];
  /** The persons it shows or imitates. Rules: none yet. */
  readonly persons?: Person[];
  /** Likeness to an existing work, in thousandths. Rules: P9. */
  readonly similarityPermille?: number;
}

/** Text that the model reads from elsewhere. Absent means unknown. */
export interface RetrievedFacts {
  /** The unit it comes from. Rules: N3. */
  readonly sourceUnit?: string;
  /** The licence under which it may be used. Rules: none yet. */
  readonly licence?: string;
}

/** What the model asks a tool, or gets back. Absent means unknown. */
export interface ToolFacts {
  /** The tool's name. Rules: E6. */
  readonly name?: string;
  /** Whether the user allowed the call. Rules: IM11. */
  readonly authorized?: boolean;
}

/** An image, a sound, a video or a document, in or out; its own facts stand on the part. Absent means unknown. */
export interface MediaFacts {
  /** Which way it goes: `in`, `out`. Rules: AL9, DS14, DS16, DS17, E15, GB5, IM4, IM12, IM14, LM4, LM5, N7, PI1. */
  readonly direction?: string;
  /**
   * What the operation is: `generate`, `edit`, `face-swap`, `voice-clone`, `photo-question`, `remove-label`,
   * `other`. Rules: DS17, DS18, E15, LM4.
   */
  readonly operation?: string;
  /** The persons it shows or imitates. Rules: DS14. */
  readonly persons?: Person[];
  /** What it imitates: `person`, `voice`, `face`, `scene`, `dialogue`. Rules: DS17, LM4. */
  readonly imitates?: string[];
}

/** Publishing, exporting, downloading or reposting. Absent means unknown. */
export interface PublicationFacts {
  /**
   * `publish`, `export`, `download`, `copy`, `repost`, `list-application`. Rules: DS9, DS14, DS17, DS18, E11,
   * F1, F2, F3, F4, F5, F6, F8, F9, F10, F11, F12, F13, F14, GB5, LM4, LM5, LM6, LM7, LM9, LM10, N1, N2, N3, N4,
   * N5, N6, N7, N8, N11, N12, P2, P3, P4, P5, P6, P7, P8, P9, P10, P11, P12, P14, P15.
   */
  readonly action?: string;
  /**
   * Who publishes: `news-unit`, `platform`, `self-media`, `individual`, `studio`, `publisher`, `other`. Rules:
   * DS9, E11, LM10, N8, P4, P5, P7, P15.
   */
  readonly actor?: string;
  /**
   * What is published: `news`, `commentary`, `film`, `drama`, `micro-drama`, `animation`, `novel`, `textbook`,
   * `image`, `text`, `audio`, `video`, `other`. Rules: DS14, F1, F2, F3, F5, F6, F9, F10, F12, F14, N1, N2, N3,
   * N4, N5, N6, N7, N8, N11, N12, P2, P3, P4, P5, P6, P7, P8, P9, P10, P11, P12, P14, P15.
   */
  readonly form?: string;
  /** The licence it goes out under. Rules: F6, N1, N5, P5. */
  readonly licence?: Licence;
  /** The unit a repost comes from. Rules: N3, N4. */
  readonly sourceUnit?: string;
  /** The title given to it. Rules: N4. */
  readonly title?: string;
  /** The title of the original. Rules: N4. */
  readonly originalTitle?: string;
  /** The author of the original. Rules: N4, P10. */
  readonly originalAuthor?: string;
  /** The editor's real name. Rules: N4, N6, P4. */
  readonly editor?: string;
  /** Approvals, filings and sign-offs of this work. Rules: F6, F9, F10, F12, N6, P3, P4, P7. */
  readonly approvals?: Approval[];
  /** The last day on which the content was changed. Rules: F9, F10, F12, N6, P4, P7. */
  readonly changedOn?: Day;
  /**
   * Where its subject lies: `politics`, `economy`, `military`, `foreign-affairs`, `public-affairs`,
   * `social-emergency`, `public-policy`, `national-security`, `united-front`, `ethnic`, `religious`, `judicial`,
   * `public-security`, `other`. Rules: F1, F2, F3, N1, N2, N5, N6, N7, N8, N11, N12, P3.
   */
  readonly themes?: string[];
  /** What a check of the facts found: `confirmed`, `refuted` or `open`. Rules: N2, P6. */
  readonly factCheck?: string;
  /** The line that states the source to the reader. Rules: N8. */
  readonly sourceLine?: string;
  /** Whether the reader is told that it is fiction. Rules: N8. */
  readonly fictionNotice?: boolean;
  /** Whether the content is fiction. Rules: F7, N8, P6, P14. */
  readonly fiction?: boolean;
  /** Whether the person who publishes declares it generated. Rules: LM6, LM10, N7, N8, P11. */
  readonly declaredGenerated?: boolean;
  /**
   * Whether it is made by or with AI. Rules: DS11, DS14, DS17, F1, F2, F3, F4, F5, F11, F12, F14, GB5, IM2,
   * IM12, LM4, LM5, LM9, LM10, N2, N7, N8, P8, P11.
   */
  readonly aiMade?: boolean;
  /** What the checker of labels read. Rules: DS17, DS18, F14, GB5, IM12, LM4, LM5, LM6, LM9, N7, N8. */
  readonly label?: LabelReading;
  /** The user's request to go without an explicit label. Rules: DS17, F14, IM12, LM4, LM9. */
  readonly waiver?: Waiver;
  /** Cost of production in yuan. Rules: F1, F3. */
  readonly budgetYuan?: number;
  /** The filing number shown with the work. Rules: F3. */
  readonly filingNumber?: string;
  /** The tier under which it is filed: `key`, `ordinary`, `other`. Rules: F1, F2. */
  readonly filedTier?: string;
  /**
   * Works that it adapts, by class: `four-classics`, `historical`, `revolutionary`, `hero-model`,
   * `children-cartoon`, `other`. Rules: F4.
   */
  readonly adapts?: string[];
  /**
   * What a reviewer saw in the adaptation: `spirit-reversed`, `character-reversed`, `gore`, `vulgar`, `curio`,
   * `culture-distorted`, `cult-style`. Rules: F4, F13.
   */
  readonly adaptationFindings?: string[];
  /** Whether it remakes a work that was taken down. Rules: F5. */
  readonly remakesRemovedWork?: boolean;
  /** Whether it has scenes that may discomfort minors. Rules: F8. */
  readonly discomfortingScenes?: boolean;
  /** Whether viewers are warned of such scenes. Rules: F8, F12. */
  readonly viewerWarning?: boolean;
  /** For whom it is meant: `everyone`, `adults`, `minors`. Rules: E8, E9, E10, F8, F12, P2. */
  readonly intendedAudience?: string;
  /** Where it is shown: `home-page`, `pop-up`, `hot-list`, `search`, `feed`, `detail`, `other`. Rules: E9, N11. */
  readonly placement?: string;
  /** How it came to that place: `ranked`, `edited`, `paid`, `boosted`. Rules: N11. */
  readonly placementBasis?: string;
  /** Persons it shows or imitates. Rules: DS14, F5, F11, F13, P12. */
  readonly persons?: Person[];
  /** Likeness to an existing work, in thousandths. Rules: P9. */
  readonly similarityPermille?: number;
  /** Whose work it is closest to. Rules: P10. */
  readonly similarTo?: string;
  /** Share of the text that AI wrote, in thousandths. Rules: P8, P11. */
  readonly aiSharePermille?: number;
  /** Whom the credits name as author: `person`, `ai`, `both`. Rules: P11. */
  readonly credited?: string;
  /** Whether the author's identity was verified. Rules: DS9, P7. */
  readonly authorVerified?: boolean;
  /** The number of the book, journal or series. Rules: P5. */
  readonly publicationNumber?: string;
  /** The material an application's developer gave on labelling. Rules: LM7. */
  readonly labelMaterial?: string;
  /** Whether a correction was published after an untruth that harmed. Rules: P6. */
  readonly correctionPublished?: boolean;
}

/** A source or batch of training data. Absent means unknown. */
export interface TrainingIntakeFacts {
  /** `collected`, `verified`, `training`. Rules: IM7. */
  readonly stage?: string;
  /** `research` or `service`. Rules: IM7. */
  readonly aim?: string;
  /** The source. Rules: IM7. */
  readonly source?: string;
  /** The licence, contract or permission to use it. Rules: IM7. */
  readonly licence?: string;
  /** The number of the record of collection. Rules: IM7, ND19. */
  readonly collectionRecord?: string;
  /** Filing number of the base model. Rules: IM7. */
  readonly baseModelFilingNumber?: string;
  /** Whether it has personal data. Rules: IM7, PI5. */
  readonly personalData?: boolean;
  /**
   * The basis for personal data: `consent`, `contract`, `legal-duty`, `public-interest`, `published`, `none`.
   * Rules: IM7.
   */
  readonly personalDataBasis?: string;
  /** Consents behind it. Rules: AI16, IM7. */
  readonly consents?: Consent[];
  /** Whether it comes from talks with users that are sensitive. Rules: AI16. */
  readonly sensitiveInteraction?: boolean;
  /** Whether somebody else's rights in it were cleared. Rules: IM7. */
  readonly rightsCleared?: boolean;
  /** Unlawful or harmful items found, in thousandths of the sample. Rules: IM7. */
  readonly unlawfulPermille?: number;
  /** Items sampled by people. Rules: IM7. */
  readonly sampledItems?: number;
  /** How many of them passed, in thousandths. Rules: IM7. */
  readonly passedPermille?: number;
  /** Share of the corpus checked by keyword and classifier, in thousandths. Rules: IM7. */
  readonly machineCheckedPermille?: number;
}

/** A batch of labelled data. Absent means unknown. */
export interface AnnotationBatchFacts {
  /** The version of the labelling rules. Rules: IM8. */
  readonly rulesVersion?: string;
  /** What it serves: `function` or `safety`. Rules: IM8. */
  readonly aim?: string;
  /** Share that was checked, in thousandths. Rules: IM8. */
  readonly sampledPermille?: number;
  /** Accuracy found, in thousandths. Rules: IM8. */
  readonly accuracyPermille?: number;
  /** The labeller's pseudonymous number. Rules: IM8. */
  readonly labeller?: string;
  /** The reviewer's pseudonymous number. Rules: IM8. */
  readonly reviewer?: string;
  /** The last day on which the labeller was trained. Rules: IM8. */
  readonly trainedOn?: Day;
  /** Whether safety data are stored apart. Rules: IM8. */
  readonly storedApart?: boolean;
}

/** Something done with inputs, usage records or personal data. Absent means unknown. */
export interface DataHandlingFacts {
  /**
   * `collect`, `retain`, `disclose`, `purge`, `staff-access`, `incident`, and what a person asks for: `access`,
   * `copy`, `correct`, `supplement`, `delete`. Rules: AI16, CI4, CS1, E7, E14, FR1, IM11, ND12, PI2, PI3, PI4,
   * PI5.
   */
  readonly operation?: string;
  /**
   * What it is about, such as `input`, `usage-record`, `identity`, `face`. Rules: AI16, CS1, FR1, IM11, PI2,
   * PI5.
   */
  readonly subjectMatter?: string[];
  /** The purpose given. Rules: IM11. */
  readonly purpose?: string;
  /** What the purpose needs. Rules: IM11. */
  readonly needed?: string[];
  /** Age of what is retained, in days. Rules: CS1, IM11. */
  readonly retainedDays?: number;
  /** The limit the provider set for it, in days. Rules: IM11. */
  readonly retentionLimitDays?: number;
  /** Whether it can identify a person. Rules: AI16, E7, FR1, IM11, ND12, PI2, PI4, PI5. */
  readonly identifying?: boolean;
  /** Who receives it. Rules: IM11, ND12, PI5. */
  readonly recipient?: string;
  /**
   * The basis for it: `consent`, `separate-consent`, `contract`, `legal-duty`, `none`. Rules: AI16, FR1, IM11,
   * PI2, PI4.
   */
  readonly basis?: string;
  /** Age of the person's own request, in days. Rules: E7, IM11, PI3. */
  readonly requestedDaysAgo?: number;
  /** The grade of an incident: `general`, `larger`, `major`, `grave`. Rules: CI4. */
  readonly incidentGrade?: string;
  /** Minutes since an incident was noticed. Rules: CI4. */
  readonly minutesSince?: number;
  /** Whether staff access was approved. Rules: E14. */
  readonly accessApproved?: boolean;
}

/** Something about a user's account. Absent means unknown. */
export interface AccountFacts {
  /**
   * `register`, `agreement`, `breach`, `complaint`, `minors-mode`, `usage`, `purchase`, `appeal`. Rules: AI14,
   * DS12, E7, E12, IM14, IM15, LM8.
   */
  readonly operation?: string;
  /** The category of the breach. Rules: IM14. */
  readonly breachCategory?: string;
  /** What a reviewer made of the breach: `confirmed`, `refuted`, `open`. Rules: IM14. */
  readonly breachReview?: string;
  /** Age of a complaint, in days. Rules: AI14, DS12, IM15. */
  readonly complaintDays?: number;
  /** Where a complaint stands: `received`, `accepted`, `answered`. Rules: AI14, DS12, IM15. */
  readonly complaintStatus?: string;
  /** Price of a purchase in fen. Rules: E12. */
  readonly amountFen?: number;
  /** Spent today before it, in fen. Rules: E12. */
  readonly spentTodayFen?: number;
}

/** A change of the service itself. Absent means unknown. */
export interface ServiceChangeFacts {
  /**
   * `launch`, `new-function`, `model-update`, `filing-change`, `overseas-offer`, `authority-notice`,
   * `inspection`, `interruption`, `end`. Rules: AI12, AI22, AI26, DS15, DS19, IM13, IM17, IM19, IM2, IM20,
   * IM22, IM23, N9.
   */
  readonly change?: string;
  /** What is new, by id. Rules: DS15. */
  readonly functions?: string[];
  /** The day on which it takes effect. Rules: IM17, N9. */
  readonly on?: Day;
  /** The assessment made for this change. Rules: AI22, DS15, IM17, N9. */
  readonly assessmentNumber?: string;
  /** The day of that assessment. Rules: AI22, DS15, IM17, N9. */
  readonly assessedOn?: Day;
  /** The authority that gave notice. Rules: none yet. */
  readonly authority?: string;
  /** The number of that notice. Rules: none yet. */
  readonly noticeNumber?: string;
  /** The day of that notice. Rules: IM20. */
  readonly noticeOn?: Day;
  /** Days between notice to users and an interruption or end. Rules: AI12, IM13. */
  readonly noticeDays?: number;
  /**
   * What was given to an inspection: `sources`, `scale`, `types`, `labelling-rules`, `algorithm`, `support`.
   * Rules: IM19.
   */
  readonly provided?: string[];
}

/** A score that arrives late, or word that none will come. Absent means unknown. */
export interface LateSignalFacts {
  /** The category. Rules: AL9, E8, E9, IM4, IM14. */
  readonly category?: string;
  /** The score in thousandths; absent means that none will come. Rules: AL9, E8, IM4, IM14. */
  readonly scorePermille?: number;
  /** The part it is about; every part where absent. Rules: none yet. */
  readonly part?: number;
  /** How many bytes of that part's text it covers; all that had been read where absent. Rules: none yet. */
  readonly upTo?: number;
}

/** A reviewer's answer. Absent means unknown. */
export interface ReviewFacts {
  /** The role: `editor-in-chief`, `content-reviewer`, `teacher`, `counsel`, `other`. Rules: N6. */
  readonly role?: string;
  /** `approved`, `refused` or `expired`. Rules: N6. */
  readonly outcome?: string;
  /** What was approved: the id of the decision that asked for a look. Rules: N6. */
  readonly digest?: string;
}

/** The reader is gone. Absent means unknown. */
export interface AbortFacts {
  /** Why, in a word: `closed`, `timeout`, `error`. Rules: IM13. */
  readonly cause?: string;
}

/** How far a person's request or complaint has come. */
export interface Progress {
  /** `received`, `accepted`, `answered` or `refused`. */
  readonly status: string;
  /** The day it was received. */
  readonly receivedOn: Day;
  /** The day it was answered or refused; absent while it is open. */
  readonly answeredOn?: Day;
  /** Why it was refused, such as `identity-not-proven`; absent where it was not, or where no reason was given. */
  readonly refusedBecause?: string;
}

/** More facts of a publication. Absent means unknown. */
export interface MorePublicationFacts {
  /** Where it reaches its audience: `broadcast`, `cinema`, `online`. Rules: F3, F10. */
  readonly outlet?: string;
}

/**
 * More facts of a source or batch of training data: the counts behind its shares, and whose data are in it. Absent
 * means unknown.
 */
export interface MoreTrainingIntakeFacts {
  /** Unlawful or harmful items found among those sampled. Rules: IM7. */
  readonly unlawfulItems?: number;
  /** Items that passed among those sampled by people. Rules: IM7. */
  readonly passedItems?: number;
  /** Items in the corpus. Rules: IM7. */
  readonly corpusItems?: number;
  /** Items checked by keyword and classifier. Rules: IM7. */
  readonly machineCheckedItems?: number;
  /** Whether it has sensitive personal data, such as faces. Rules: IM7, PI5. */
  readonly sensitiveData?: boolean;
  /** Whether it has personal data of children under 14. Rules: IM7. */
  readonly childrenData?: boolean;
}

/** More facts of a batch of labelled data: the counts behind its shares. Absent means unknown. */
export interface MoreAnnotationBatchFacts {
  /** Items in the batch. Rules: IM8. */
  readonly batchItems?: number;
  /** Items that were checked. Rules: IM8. */
  readonly sampledItems?: number;
  /** Items that were right among those checked. Rules: IM8. */
  readonly accurateItems?: number;
}

/** More facts of something done with inputs, usage records or personal data. Absent means unknown. */
export interface MoreDataHandlingFacts {
  /** How far the person's own request has come. Rules: E7, IM11, PI3. */
  readonly request?: Progress;
  /** For how many days the purpose needs what is kept. Rules: IM11. */
  readonly neededDays?: number;
  /** The number of the contract by which the recipient is entrusted with processing. Rules: IM11. */
  readonly entrustedUnder?: string;
  /** The last day until which law asks to keep it. Rules: IM11, PI4. */
  readonly keepUntil?: Day;
}

/** More facts about a user's account. Absent means unknown. */
export interface MoreAccountFacts {
  /** How far the complaint or appeal has come. Rules: AI14, DS12, IM15. */
  readonly complaint?: Progress;
}

/** A place where a term of a lexicon, or a detector, matched. */
export interface Hit {
  /** Where. */
  readonly at: Span;
  /** The category. */
  readonly category: string;
  /** The weight, 1 to 100. */
  readonly weight: number;
  /** The lexicon it stands in; absent for a detection. */
  readonly lexicon?: string;
  /** The detector that found it; absent for a term. */
  readonly detector?: string;
}

/** How a text speaks of what was hit. The host reads it from the clause that the hit stands in. */
export interface Speech {
  /** The place of the hit in `hits`, from 0. */
  readonly hit: number;
  /** What the text does with it, such as `request` or `offer`; absent where it does nothing of the kind. */
  readonly act?: string;
  /** In what it stands, such as `refusal`, `negation`, `prohibition`, `prevention`, `report`, `law`, `help`. */
  readonly frames: string[];
  /** Whether it is only mentioned: a frame governs it, and nothing asks for it. A mention never makes a request milder. */
  readonly isMention: boolean;
}
