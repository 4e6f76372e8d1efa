//! The page about labels says what the crate does.

use specialis_label::{Container, Rule, Verdict};

const PAGE: &str = include_str!("../../../../docs/labels.md");

#[test]
fn the_page_names_every_rule_every_verdict_and_every_place() {
    for rule in Rule::ALL {
        assert!(PAGE.contains(&format!("`{}`", rule.id())), "{rule}");
    }
    for verdict in [Verdict::Compliant, Verdict::NonCompliant, Verdict::NotFound, Verdict::Inconclusive] {
        assert!(PAGE.contains(&format!("| `{verdict}` |")), "{verdict}");
    }
    for container in Container::ALL {
        let line = format!("| {container} | {} |", container.place());
        assert!(PAGE.contains(&line), "{line}");
    }
}
