//! E1: a primary pupil alone does not use open-ended generation; with a teacher or guardian it may.

use specialis_policy::doubt::may_be;
use specialis_policy::{Case, Finding, Level, Rule, cite};

use super::person::{level, may_be_pupil, reminding};

const E1: Rule = Rule::new("E1", "edu.pupil-alone", cite("MOE-GUIDE", "primary"));

pub(super) fn e1(case: &Case) -> Vec<Finding> {
    let Some(prompt) = case.prompt() else { return Vec::new() };
    let subject = case.subject();
    if !may_be_pupil(case) || !may_be(subject.school_stage.as_deref(), &["primary"]) || prompt.open_ended == Some(false)
    {
        return Vec::new();
    }
    if subject.supervised == Some(true) {
        return vec![E1.met()];
    }
    // The later reading: a pupil alone is told to ask for help and may go on.
    let level = if case.flag("remind-pupil-alone") { Level::Mark } else { level(case, "refuse-pupil-alone") };
    vec![reminding(E1.require(level, "pupil-alone"), "over-reliance")]
}

#[cfg(test)]
mod tests {
    use specialis_policy::facts::{PromptFacts, SubjectFacts};
    use specialis_policy::testing::CaseBuilder;

    use super::*;

    fn pupil(stage: Option<&str>, supervised: Option<bool>, open_ended: Option<bool>) -> CaseBuilder {
        let own = |word: Option<&str>| word.map(str::to_owned);
        CaseBuilder::new("prompt")
            .defaults_of(include_str!("../../policy.toml"))
            .prompt(PromptFacts { open_ended, ..PromptFacts::default() })
            .subject(SubjectFacts {
                role: own(Some("pupil")),
                school_stage: own(stage),
                supervised,
                ..SubjectFacts::default()
            })
    }

    fn found(builder: CaseBuilder) -> Option<Option<Level>> {
        e1(&builder.build()).first().map(Finding::level)
    }

    #[test]
    fn only_a_primary_pupil_who_may_be_alone_is_warned() {
        assert_eq!(found(pupil(Some("primary"), Some(false), Some(true))), Some(Some(Level::Warn)));
        assert_eq!(found(pupil(Some("primary"), Some(true), Some(true))), Some(None));
        assert_eq!(found(pupil(Some("junior"), Some(false), Some(true))), None);
        assert_eq!(found(pupil(Some("primary"), Some(false), Some(false))), None);
        assert_eq!(found(pupil(None, None, None)), Some(Some(Level::Warn)));
    }

    #[test]
    fn the_operator_may_refuse_or_follow_the_softer_reading() {
        let alone = || pupil(Some("primary"), Some(false), Some(true));
        assert_eq!(found(alone().setting("refuse-pupil-alone", true)), Some(Some(Level::Stop)));
        assert_eq!(found(alone().setting("remind-pupil-alone", true)), Some(Some(Level::Mark)));
    }
}
