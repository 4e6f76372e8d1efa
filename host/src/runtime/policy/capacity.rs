//! How much one answer can say: the bits that a malicious policy could send to whoever reads decisions.

use specialis_bundle::{Manifest, RuleEntry};
use specialis_core::{Level, ParamType, Registry};

use crate::runtime::Limits;

/// An upper bound of the bits that one answer of a policy carries, where the call showed so many spans.
///
/// Each finding is one of those that the manifest makes possible, with a level, evidence, masks, and obligations, of which each
/// measure stands once for each choice of ids. The order of an answer says nothing, because the host sorts it.
pub(crate) fn answer_bits(manifest: &Manifest, registry: &Registry, limits: &Limits, n_spans: usize) -> f64 {
    let n_possible = n_possible_findings(manifest);
    let n_findings = float(limits.distinct_findings).min(n_possible);
    let obligations = obligation_bits(manifest, registry, limits);
    // Each span may be evidence, masked, both or neither.
    let each = float(Level::ALL.len()).log2() + obligations + 2.0 * float(n_spans);
    choice_bits(n_possible, n_findings) + n_findings * each
}

/// How many findings differ in more than their level and what they ask for.
fn n_possible_findings(manifest: &Manifest) -> f64 {
    let n_reasons = float(manifest.reasons.len());
    let of_rule = |rule: &RuleEntry| {
        let n_articles = float(rule.cites.values().map(|articles| articles.len()).sum());
        float(rule.duties.len()) * (2.0 * n_reasons + n_articles + 2.0 * n_reasons * n_articles)
    };
    manifest.rules.values().map(of_rule).sum()
}

/// Bits of the obligations of one finding, masks apart.
fn obligation_bits(manifest: &Manifest, registry: &Registry, limits: &Limits) -> f64 {
    let most = float(limits.obligations);
    // Two actions for each text, and `stop`.
    let mut n_choices = 2.0 * float(manifest.texts.len()) + 1.0;
    let mut number_bits = 0.0;
    for entry in manifest.may_require.iter().filter_map(|may| registry.measures.get(&may.id)) {
        let (mut ids, mut bits) = (1.0, 0.0);
        for param in entry.params.values() {
            match param.ty {
                ParamType::Id => ids *= float(param.ids.len()) + 1.0,
                ParamType::Number | ParamType::Months | ParamType::Seconds | ParamType::Date => {
                    // A value of the range, or none.
                    let range = param.max.unwrap_or(0).saturating_sub(param.min.unwrap_or(0)).saturating_add(2);
                    bits += float(usize::try_from(range).unwrap_or(usize::MAX)).log2();
                }
            }
        }
        n_choices += ids;
        number_bits += ids.min(most) * bits;
    }
    choice_bits(n_choices, most.min(n_choices)) + number_bits
}

/// Bits of choosing at most `most` of `n`: at most `n`, and at most `most * log2(e * n / most)`.
fn choice_bits(n: f64, most: f64) -> f64 {
    if n <= most { n } else { n.min(most * (std::f64::consts::E * n / most).log2()) }
}

fn float(n: usize) -> f64 {
    n as f64
}
