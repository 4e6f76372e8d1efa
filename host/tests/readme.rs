//! The README shows the example that runs.

#[test]
fn the_readme_holds_the_embedding_example() {
    let readme = include_str!("../README.md");
    let example = include_str!("../examples/embed.rs").trim_end();
    assert!(readme.contains(example), "copy `host/examples/embed.rs` into README.md, under \"In a platform\"");
}
