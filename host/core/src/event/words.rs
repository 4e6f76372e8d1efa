//! The closed vocabularies of facts. A word outside them is refused where the event is read: a mistyped word would otherwise
//! pass for a known fact that no rule asks about. Where the world is open, `other` says so.

use crate::facts::words;

words! {
    /// Whether material comes in or goes out.
    Direction {
        /// From a user.
        In = "in",
        /// From the model.
        Out = "out",
    }
}
words! {
    /// What a material is.
    Medium {
        /// Words.
        Text = "text",
        /// A picture.
        Image = "image",
        /// Sound.
        Audio = "audio",
        /// Moving pictures.
        Video = "video",
        /// A scene that one can move in.
        VirtualScene = "virtual-scene",
        /// A file of words and pictures.
        Document = "document",
    }
}
words! {
    /// What an operation on a medium is.
    MediaOperation {
        /// Makes it from nothing but a request.
        Generate = "generate",
        /// Changes one that is there.
        Edit = "edit",
        /// Puts one person's face in place of another's.
        FaceSwap = "face-swap",
        /// Speaks in a person's voice.
        VoiceClone = "voice-clone",
        /// Answers a question that a picture asks.
        PhotoQuestion = "photo-question",
        /// Takes a label off.
        RemoveLabel = "remove-label",
        /// None of these.
        Other = "other",
    }
}
words! {
    /// What a material imitates.
    Imitated {
        /// A person.
        Person = "person",
        /// A voice.
        Voice = "voice",
        /// A face.
        Face = "face",
        /// A scene.
        Scene = "scene",
        /// The way a person talks or writes.
        Dialogue = "dialogue",
    }
}
words! {
    /// What is done with a work.
    PublicationAction {
        /// Shows it to others.
        Publish = "publish",
        /// Hands it out of the service as a file.
        Export = "export",
        /// Hands it to its maker as a file.
        Download = "download",
        /// Copies it as text.
        Copy = "copy",
        /// Shows to others what somebody else published.
        Repost = "repost",
        /// Lists an application in a store.
        ListApplication = "list-application",
    }
}
words! {
    /// Who publishes.
    Actor {
        /// A unit licensed for news.
        NewsUnit = "news-unit",
        /// The platform itself.
        Platform = "platform",
        /// An account that speaks in public, kept by a person or a firm.
        SelfMedia = "self-media",
        /// A person.
        Individual = "individual",
        /// A producer of film, television or drama.
        Studio = "studio",
        /// A publisher of books, journals or series.
        Publisher = "publisher",
        /// None of these.
        Other = "other",
    }
}
words! {
    /// What is published.
    Form {
        /// A report.
        News = "news",
        /// An opinion on the news.
        Commentary = "commentary",
        /// A film.
        Film = "film",
        /// A series.
        Drama = "drama",
        /// A series of very short episodes.
        MicroDrama = "micro-drama",
        /// A cartoon.
        Animation = "animation",
        /// A novel or story.
        Novel = "novel",
        /// A textbook.
        Textbook = "textbook",
        /// A picture.
        Image = "image",
        /// Any other words.
        Text = "text",
        /// Any other sound.
        Audio = "audio",
        /// Any other moving pictures.
        Video = "video",
        /// None of these.
        Other = "other",
    }
}
words! {
    /// Where the subject of a work lies.
    Theme {
        /// Politics.
        Politics = "politics",
        /// The economy.
        Economy = "economy",
        /// The armed forces.
        Military = "military",
        /// Relations with other states.
        ForeignAffairs = "foreign-affairs",
        /// Public affairs of society.
        PublicAffairs = "public-affairs",
        /// An event that comes suddenly upon society.
        SocialEmergency = "social-emergency",
        /// What an authority decided.
        PublicPolicy = "public-policy",
        /// The security of the state.
        NationalSecurity = "national-security",
        /// The united front.
        UnitedFront = "united-front",
        /// Ethnic groups.
        Ethnic = "ethnic",
        /// Religion.
        Religious = "religious",
        /// Courts and procurators.
        Judicial = "judicial",
        /// The police.
        PublicSecurity = "public-security",
        /// None of these.
        Other = "other",
    }
}
words! {
    /// What somebody who looked into a claim found.
    CheckOutcome {
        /// It is so.
        Confirmed = "confirmed",
        /// It is not so.
        Refuted = "refuted",
        /// Nobody knows yet.
        Open = "open",
    }
}
words! {
    /// The tier under which a drama is filed.
    FiledTier {
        /// Filed with the national authority.
        Key = "key",
        /// Filed with a provincial authority.
        Ordinary = "ordinary",
        /// Looked after by the platform alone.
        Other = "other",
    }
}
words! {
    /// The class of a work that another adapts.
    Adapted {
        /// One of the four classic novels.
        FourClassics = "four-classics",
        /// A historical work.
        Historical = "historical",
        /// A work on the revolution.
        Revolutionary = "revolutionary",
        /// A work on heroes and models.
        HeroModel = "hero-model",
        /// A cartoon that children know.
        ChildrenCartoon = "children-cartoon",
        /// None of these.
        Other = "other",
    }
}
words! {
    /// What a reviewer saw in an adaptation.
    AdaptationFinding {
        /// The spirit of the work is turned round.
        SpiritReversed = "spirit-reversed",
        /// A character is turned round.
        CharacterReversed = "character-reversed",
        /// Blood and violence.
        Gore = "gore",
        /// Vulgar.
        Vulgar = "vulgar",
        /// Made for the thrill of the strange.
        Curio = "curio",
        /// The culture is distorted.
        CultureDistorted = "culture-distorted",
        /// A style that children should not meet, under a face that they know.
        CultStyle = "cult-style",
    }
}
words! {
    /// Where a work reaches its audience.
    Outlet {
        /// A radio or television station.
        Broadcast = "broadcast",
        /// A cinema.
        Cinema = "cinema",
        /// The internet.
        Online = "online",
    }
}
words! {
    /// Where a work is shown.
    Placement {
        /// The first screen.
        HomePage = "home-page",
        /// A window that opens by itself.
        PopUp = "pop-up",
        /// A list of what is hot.
        HotList = "hot-list",
        /// Among results of a search.
        Search = "search",
        /// A feed.
        Feed = "feed",
        /// A page of its own.
        Detail = "detail",
        /// None of these.
        Other = "other",
    }
}
words! {
    /// How a work came to its place.
    PlacementBasis {
        /// By an algorithm.
        Ranked = "ranked",
        /// By an editor.
        Edited = "edited",
        /// For money.
        Paid = "paid",
        /// By the platform's push.
        Boosted = "boosted",
    }
}
words! {
    /// Whom the credits name as author.
    Credited {
        /// A person.
        Person = "person",
        /// AI.
        Ai = "ai",
        /// A person and AI.
        Both = "both",
    }
}
words! {
    /// Where a source of training data stands.
    IntakeStage {
        /// It was collected.
        Collected = "collected",
        /// It was checked.
        Verified = "verified",
        /// It is about to be trained on.
        Training = "training",
    }
}
words! {
    /// What is trained for.
    IntakeAim {
        /// Research that is not offered to the public.
        Research = "research",
        /// A service.
        Service = "service",
    }
}
words! {
    /// The basis on which personal data are trained on.
    PersonalDataBasis {
        /// The persons consented.
        Consent = "consent",
        /// A contract with them needs it.
        Contract = "contract",
        /// A duty in law needs it.
        LegalDuty = "legal-duty",
        /// The public interest needs it.
        PublicInterest = "public-interest",
        /// The persons published them, or they are public lawfully.
        Published = "published",
        /// There is none.
        None = "none",
    }
}
words! {
    /// What a batch of labelled data serves.
    AnnotationAim {
        /// What the model can do.
        Function = "function",
        /// What the model must not do.
        Safety = "safety",
    }
}
words! {
    /// What is done with inputs, usage records or personal data.
    HandlingOperation {
        /// Takes them.
        Collect = "collect",
        /// Keeps them.
        Retain = "retain",
        /// Hands them to somebody else.
        Disclose = "disclose",
        /// Erases them.
        Purge = "purge",
        /// Lets staff look at them.
        StaffAccess = "staff-access",
        /// They leaked, were changed or lost.
        Incident = "incident",
        /// A person asks what is held.
        Access = "access",
        /// A person asks for a copy.
        Copy = "copy",
        /// A person asks to have them corrected.
        Correct = "correct",
        /// A person asks to have them completed.
        Supplement = "supplement",
        /// A person asks to have them erased.
        Delete = "delete",
    }
}
words! {
    /// The basis on which data are handled.
    HandlingBasis {
        /// The person consented.
        Consent = "consent",
        /// The person consented to this very handling.
        SeparateConsent = "separate-consent",
        /// A contract with the person needs it.
        Contract = "contract",
        /// A duty in law needs it.
        LegalDuty = "legal-duty",
        /// There is none.
        None = "none",
    }
}
words! {
    /// The grade of an incident, from the lowest.
    IncidentGrade {
        /// General.
        General = "general",
        /// Larger.
        Larger = "larger",
        /// Major.
        Major = "major",
        /// Especially grave.
        Grave = "grave",
    }
}
words! {
    /// What happens to an account.
    AccountOperation {
        /// It is opened.
        Register = "register",
        /// The agreement is accepted.
        Agreement = "agreement",
        /// A breach of law or agreement was counted.
        Breach = "breach",
        /// A complaint stands.
        Complaint = "complaint",
        /// A mode for minors is turned on or off.
        MinorsMode = "minors-mode",
        /// It is used.
        Usage = "usage",
        /// Something is bought.
        Purchase = "purchase",
        /// A measure against it is contested.
        Appeal = "appeal",
    }
}
words! {
    /// Where a complaint stands.
    ComplaintStatus {
        /// It came in.
        Received = "received",
        /// It is being dealt with.
        Accepted = "accepted",
        /// It was answered.
        Answered = "answered",
    }
}
words! {
    /// What changes about a service.
    Change {
        /// It is offered for the first time.
        Launch = "launch",
        /// It can do something new.
        NewFunction = "new-function",
        /// Its model changes.
        ModelUpdate = "model-update",
        /// What it filed changes.
        FilingChange = "filing-change",
        /// It is offered from overseas.
        OverseasOffer = "overseas-offer",
        /// An authority gave notice.
        AuthorityNotice = "authority-notice",
        /// An authority inspects it.
        Inspection = "inspection",
        /// It pauses.
        Interruption = "interruption",
        /// It ends.
        End = "end",
    }
}
words! {
    /// What an inspection was given.
    Provided {
        /// Where training data come from.
        Sources = "sources",
        /// How much there is.
        Scale = "scale",
        /// Of what types.
        Types = "types",
        /// The rules of labelling.
        LabellingRules = "labelling-rules",
        /// How the algorithm works.
        Algorithm = "algorithm",
        /// Technical and data support.
        Support = "support",
    }
}
words! {
    /// What a reviewer is.
    ReviewRole {
        /// Answers for what a news unit publishes.
        EditorInChief = "editor-in-chief",
        /// Reviews content for the platform.
        ContentReviewer = "content-reviewer",
        /// Teaches.
        Teacher = "teacher",
        /// Gives legal advice.
        Counsel = "counsel",
        /// None of these.
        Other = "other",
    }
}
words! {
    /// What came of a review.
    ReviewOutcome {
        /// It may go out.
        Approved = "approved",
        /// It may not.
        Refused = "refused",
        /// Nobody looked in time.
        Expired = "expired",
    }
}
words! {
    /// Why a reader is gone.
    AbortCause {
        /// The reader left.
        Closed = "closed",
        /// It took too long.
        Timeout = "timeout",
        /// Something failed.
        Error = "error",
    }
}
words! {
    /// What a provider is.
    ProviderNature {
        /// A firm.
        Enterprise = "enterprise",
        /// A school or college.
        School = "school",
        /// A research institution.
        Research = "research",
        /// A public cultural institution.
        Cultural = "cultural",
        /// An association of a trade.
        Association = "association",
        /// A professional body.
        Professional = "professional",
        /// A person.
        Individual = "individual",
        /// None of these.
        Other = "other",
    }
}
words! {
    /// The measure in force against a user, from the lightest.
    StandingMeasure {
        /// None.
        None = "none",
        /// Warned.
        Warned = "warned",
        /// Some functions are closed.
        Restricted = "restricted",
        /// The service is paused.
        Suspended = "suspended",
        /// The service has ended.
        Terminated = "terminated",
    }
}
words! {
    /// Who gave a consent.
    GivenBy {
        /// The person.
        Person = "self",
        /// A parent or guardian.
        Guardian = "guardian",
    }
}
words! {
    /// What of a person is used.
    PersonUse {
        /// The face.
        Face = "face",
        /// The voice.
        Voice = "voice",
        /// The name.
        Name = "name",
        /// The style.
        Style = "style",
    }
}
