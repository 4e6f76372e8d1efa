//! Words of the built-in registry that other standards have a say in.

use specialis_label::explicit::Wording;
use specialis_tests::hosts;

#[test]
fn every_mark_of_the_registry_is_one_that_the_standard_for_labels_accepts() {
    let registry = hosts::registry();
    let marks: Vec<_> = registry.words.iter().filter_map(|(id, name)| Some((id, name.mark.as_deref()?))).collect();
    for (id, mark) in &marks {
        Wording::new(mark).unwrap_or_else(|e| panic!("`{id}`: `{mark}`: {e}"));
    }
    let texts = &registry.measures["label-explicit"].params["text"].ids;
    let without: Vec<_> = texts.iter().filter(|id| !marks.iter().any(|(marked, _)| marked == id)).collect();
    assert_eq!(without, ["fiction"], "a label that does not speak of AI has no mark");
    assert!(marks.iter().all(|(id, _)| texts.contains(*id)), "a mark that no label has: {marks:?}");
}
