//! Which format a target reads.

use std::path::Path;

use specialis_label::Container;

/// The format and the file.
pub fn choose(data: &[u8]) -> Option<(Container, &[u8])> {
    if let Ok(name) = std::env::var("LABEL_FORMAT") {
        return Container::of_name(Path::new(&format!("x.{name}"))).map(|container| (container, data));
    }
    let (first, file) = data.split_first()?;
    let container = Container::ALL.get(usize::from(*first) % Container::ALL.len())?;
    Some((*container, file))
}
