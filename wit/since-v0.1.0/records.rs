// The records of the contract, each with its fields in order. `cargo xtask records` writes this file from the `.wit` files beside it,
// and `cargo xtask tidy` says where they differ. A value that crosses the border as bytes names a field by its place here.

/// Hands every record to the macro `$with`: its interface, its name and its fields.
macro_rules! contract_records {
    ($with:ident) => {
        $with! {
            context AgreementFacts { version, current_version, accepted_on, clauses }
            context GeneralFacts {
                audience, purpose, grades, minutes_today, minutes_continuous, minors_mode, exam_in_progress,
            }
            context ModelFacts { id, version, base_model, base_model_filing_number, filing_number, origin }
            context MoreProviderFacts { foreign_invested, foreign_investment_number }
            context MoreServiceFacts { shows_algorithm_number, request_limit_days, report_authority }
            context MoreSubjectFacts { registered }
            context ProviderFacts { id, origin, nature }
            context ServiceFacts {
                id, roles, intended_audience, territory, filing_number, algorithm_filing_number, assessment_number,
                assessed_on, started_on, licences, modalities, shapes_opinion, registered_users, monthly_users,
                emotional_interaction, plays_relative, published_uses, shows_model, complaint_limit_days,
                authority_notices, admitted_tools,
            }
            context StandingFacts { consecutive, today, total, current_measure, as_of }
            context SubjectFacts {
                age, role, school_stage, supervised, consents, territory, identity_verified, older, emergency_contact,
            }
            context TenantFacts { id, relation, serves_public }
            event BriefFacts { kind, point, as_of, audience, purpose, age, locale, n_parts, n_hits, n_signals }
            event MediaFacts { media_type, size, duration_ms, width, height, label, tags }
            event Part { index, role, channel, choice, medium, shown, text_length, media }
            event Signal { category, score_permille, part, source }
            facts AbortFacts { cause }
            facts AccountFacts {
                operation, breach_category, breach_review, complaint_days, complaint_status, amount_fen,
                spent_today_fen,
            }
            facts AnnotationBatchFacts {
                rules_version, aim, sampled_permille, accuracy_permille, labeller, reviewer, trained_on, stored_apart,
            }
            facts DataHandlingFacts {
                operation, subject_matter, purpose, needed, retained_days, retention_limit_days, identifying, recipient,
                basis, requested_days_ago, incident_grade, minutes_since, access_approved,
            }
            facts LateSignalFacts { category, score_permille, part, up_to }
            facts MediaFacts { direction, operation, persons, imitates }
            facts MoreAccountFacts { complaint }
            facts MoreAnnotationBatchFacts { batch_items, sampled_items, accurate_items }
            facts MoreDataHandlingFacts { request, needed_days, entrusted_under, keep_until }
            facts MorePublicationFacts { outlet }
            facts MoreTrainingIntakeFacts {
                unlawful_items, passed_items, corpus_items, machine_checked_items, sensitive_data, children_data,
            }
            facts OutputFacts { task, imitates, persons, similarity_permille }
            facts Progress { status, received_on, answered_on, refused_because }
            facts PromptFacts { task, open_ended, tool, protected_matches, style_of }
            facts PublicationFacts {
                action, actor, form, licence, source_unit, title, original_title, original_author, editor, approvals,
                changed_on, themes, fact_check, source_line, fiction_notice, fiction, declared_generated, ai_made,
                label, waiver, budget_yuan, filing_number, filed_tier, adapts, adaptation_findings,
                remakes_removed_work, discomforting_scenes, viewer_warning, intended_audience, placement,
                placement_basis, persons, similarity_permille, similar_to, ai_share_permille, credited, author_verified,
                publication_number, label_material, correction_published,
            }
            facts RetrievedFacts { source_unit, licence }
            facts ReviewFacts { role, outcome, digest }
            facts ServiceChangeFacts {
                change, functions, on, assessment_number, assessed_on, authority, notice_number, notice_on, notice_days,
                provided,
            }
            facts ToolFacts { name, authorized }
            facts TrainingIntakeFacts {
                stage, aim, source, licence, collection_record, base_model_filing_number, personal_data,
                personal_data_basis, consents, sensitive_interaction, rights_cleared, unlawful_permille, sampled_items,
                passed_permille, machine_checked_permille,
            }
            text Hit { at, category, weight, lexicon, detector }
            text Speech { hit, act, frames, is_mention }
            types Approval { kind, number, by, on }
            types Citation { instrument, article }
            types Consent { scope, given_by, on }
            types Date { year, month, day }
            types Demand { level, obligations, spans, cite, reason }
            types Extra { id, value }
            types Finding { duty, rule, answer, kinds, extra }
            types Grade { scheme, grade, by, on }
            types LabelReading {
                verdict, findings, attribute, producer, explicit, explicit_elements, explicit_height_permille,
                explicit_ms, traces_permille,
            }
            types Licence { number, category, holder, expires }
            types Measure { id, params }
            types Notice { authority, number, from, until }
            types Outcome { findings, state, extra }
            types Param { name, value }
            types Person { name, uses, consents, lists }
            types SectorFact { name, value }
            types Span { part, start, end }
            types Waiver { by, on, record_days }
        }
    };
}
