//! Which three decisions the demo explains.

use anyhow::{Context, Result};

use super::decision::Decision;

/// A decision worth explaining.
#[derive(Debug, Clone, Copy)]
pub(super) struct Choice<'a> {
    pub(super) decision: &'a Decision,
    /// The language of the explanation.
    pub(super) lang: &'static str,
    /// Why it was chosen.
    pub(super) why: &'static str,
}

/// A relaxation that counted, a sector that tightened (in Chinese), and a relaxation that did not count.
///
/// # Errors
///
/// If the examples hold no refused relaxation, or beside it no decision by R3 and no other one by R2: what is missing is named.
pub(super) fn choose(decisions: &[Decision]) -> Result<[Choice<'_>; 3]> {
    // Chosen first, so that the others leave it alone.
    let refused = decisions.iter().find(|decision| decision.has_refused_relaxation).context(
        "no relaxation is refused in these examples; add an event whose sector asks for one without a grant",
    )?;
    let others: Vec<&Decision> = decisions.iter().filter(|decision| decision.id != refused.id).collect();
    let relaxed = decided_by(&others, "R3", None)?;
    let tightened = decided_by(&others, "R2", Some(&relaxed.id))?;
    Ok([
        Choice { decision: relaxed, lang: "en", why: "in English: a sector relaxes a general rule" },
        Choice { decision: tightened, lang: "zh", why: "in Chinese: a sector is stricter" },
        Choice { decision: refused, lang: "en", why: "a relaxation that does not count" },
    ])
}

/// The first decision in which this rule of precedence decided.
fn decided_by<'a>(decisions: &[&'a Decision], rule: &str, except: Option<&str>) -> Result<&'a Decision> {
    let mut others = decisions.iter().copied().filter(|decision| Some(decision.id.as_str()) != except);
    let found = others.find(|decision| decision.rules().any(|by| by == rule));
    found.with_context(|| {
        format!("{rule} decided in no example that is not explained already; add an event in which it does")
    })
}

#[cfg(test)]
mod tests {
    use super::super::decision::samples::decision;
    use super::*;

    #[test]
    fn three_different_decisions_are_chosen() {
        let mut refused = decision("c", "output", &["film"], "stop", &["R2", "R3", "R4"]);
        refused.has_refused_relaxation = true;
        let decisions = [
            refused,
            decision("a", "output", &["film"], "warn", &["R2", "R3"]),
            decision("b", "output", &["news"], "stop", &["R2"]),
        ];
        let ids = choose(&decisions).map(|chosen| chosen.map(|choice| choice.decision.session.clone()));
        assert_eq!(ids.ok(), Some(["a", "b", "c"].map(str::to_owned)));
    }

    #[test]
    fn no_other_decision_stands_in_for_a_missing_one() {
        let mut refused = decision("c", "output", &["film"], "stop", &["R4"]);
        refused.has_refused_relaxation = true;
        let decisions = [
            refused,
            decision("a", "output", &["film"], "warn", &["R3"]),
            decision("b", "output", &[], "pass", &["R1"]),
        ];
        let said = choose(&decisions).map(|_| ()).map_err(|error| error.to_string());
        assert!(said.is_err_and(|said| said.starts_with("R2 decided in no example")));
    }

    #[test]
    fn examples_without_a_refused_relaxation_are_refused() {
        assert!(choose(&[decision("a", "output", &[], "warn", &["R3"])]).is_err());
    }
}
