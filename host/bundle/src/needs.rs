//! What a component needs of a sandbox, counted before anything is compiled.

use wasmparser::{BinaryReaderError, Instance, Payload};

/// What a component needs, over all modules in it. Compiling takes time and memory in proportion to these, so a host bounds
/// them first.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Needs {
    /// Functions with a body.
    pub functions: u64,
    /// The bytes of those bodies.
    pub code: u64,
    /// Core modules.
    pub modules: u64,
    /// Instances of core modules.
    pub core_instances: u64,
    /// Linear memories.
    pub memories: u64,
    /// The largest memory at the start, in bytes.
    pub memory: u64,
    /// Tables.
    pub tables: u64,
    /// The largest table at the start, in elements.
    pub table: u64,
}

/// Counts one part of a file.
pub(crate) fn count(needs: &mut Needs, payload: &Payload<'_>) -> Result<(), BinaryReaderError> {
    #[expect(clippy::wildcard_enum_match_arm, reason = "the other sections need nothing")]
    match payload {
        Payload::ModuleSection { .. } => needs.modules = needs.modules.saturating_add(1),
        Payload::CodeSectionStart { count, size, .. } => {
            needs.functions = needs.functions.saturating_add(u64::from(*count));
            needs.code = needs.code.saturating_add(u64::from(*size));
        }
        Payload::MemorySection(reader) => {
            for memory in reader.clone() {
                let memory = memory?;
                let page = memory.page_size_log2.map_or(16, |log2| log2.min(16));
                let bytes = memory.initial.checked_shl(page).unwrap_or(u64::MAX);
                needs.memories = needs.memories.saturating_add(1);
                needs.memory = needs.memory.max(bytes.max(memory.initial));
            }
        }
        Payload::TableSection(reader) => {
            for table in reader.clone() {
                needs.tables = needs.tables.saturating_add(1);
                needs.table = needs.table.max(table?.ty.initial);
            }
        }
        Payload::InstanceSection(reader) => {
            for instance in reader.clone() {
                if let Instance::Instantiate { .. } = instance? {
                    needs.core_instances = needs.core_instances.saturating_add(1);
                }
            }
        }
        _ => {}
    }
    Ok(())
}
