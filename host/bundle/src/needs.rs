//! What a component needs of a compiler and a sandbox, counted before anything is compiled.

use wasmparser::{
    BinaryReaderError, BlockType, CompositeInnerType, FunctionBody, Instance, Operator, Payload, TypeRef,
};

/// What a component needs, over all modules in it. Compiling takes time and memory in proportion to these, so a host bounds
/// them first.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Needs {
    /// Functions with a body.
    pub functions: u64,
    /// The bytes of those bodies.
    pub code: u64,
    /// The bytes of the largest body.
    pub function: u64,
    /// The most parameters and locals of one function.
    pub locals: u64,
    /// The most places of one function at which control flow branches or joins: blocks, branches, and each target of a table of
    /// branches.
    pub branches: u64,
    /// The most values of one function that blocks and calls take and give.
    pub values: u64,
    /// Summed over all functions: its branches times its instructions and locals. A compiler follows each value over all the
    /// blocks in which it is alive, so this bounds what the worst function of its size can cost.
    pub work: u64,
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

/// How many values a function takes, and how many it takes and gives.
#[derive(Clone, Copy, Default)]
struct Arity {
    params: u64,
    all: u64,
}

/// Counts the parts of a file in their order.
#[derive(Default)]
pub(crate) struct Counter {
    pub(crate) needs: Needs,
    /// The function types of the module that is being read.
    types: Vec<Arity>,
    /// The type of each of its functions, the imported ones first.
    functions: Vec<u32>,
    n_imported: usize,
    n_bodies: usize,
}

impl Counter {
    /// Counts one part of a file.
    pub(crate) fn count(&mut self, payload: &Payload<'_>) -> Result<(), BinaryReaderError> {
        let needs = &mut self.needs;
        #[expect(clippy::wildcard_enum_match_arm, reason = "the other sections need nothing")]
        match payload {
            Payload::ModuleSection { .. } => {
                needs.modules = needs.modules.saturating_add(1);
                *self = Self { needs: *needs, ..Self::default() };
            }
            Payload::CodeSectionStart { count, size, .. } => {
                needs.functions = needs.functions.saturating_add(u64::from(*count));
                needs.code = needs.code.saturating_add(u64::from(*size));
            }
            Payload::CodeSectionEntry(body) => self.body(body)?,
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
            _ => self.declarations(payload)?,
        }
        Ok(())
    }

    /// Notes the types of functions.
    fn declarations(&mut self, payload: &Payload<'_>) -> Result<(), BinaryReaderError> {
        #[expect(clippy::wildcard_enum_match_arm, reason = "the other sections declare no functions")]
        match payload {
            Payload::TypeSection(reader) => {
                for group in reader.clone() {
                    for ty in group?.into_types() {
                        self.types.push(arity(&ty.composite_type.inner));
                    }
                }
            }
            Payload::ImportSection(reader) => {
                for import in reader.clone().into_imports() {
                    if let TypeRef::Func(ty) = import?.ty {
                        self.functions.push(ty);
                    }
                }
                self.n_imported = self.functions.len();
            }
            Payload::FunctionSection(reader) => {
                for ty in reader.clone() {
                    self.functions.push(ty?);
                }
            }
            _ => {}
        }
        Ok(())
    }

    /// Counts one function.
    fn body(&mut self, body: &FunctionBody<'_>) -> Result<(), BinaryReaderError> {
        let own = self.of_function(self.n_imported.saturating_add(self.n_bodies));
        self.n_bodies = self.n_bodies.saturating_add(1);
        let mut locals = own.params;
        for declared in body.get_locals_reader()? {
            locals = locals.saturating_add(u64::from(declared?.0));
        }
        let (mut instructions, mut branches, mut values) = (0_u64, 0_u64, own.all);
        let mut operators = body.get_operators_reader()?;
        while !operators.eof() {
            let (more_branches, more_values) = self.of_operator(&operators.read()?);
            instructions = instructions.saturating_add(1);
            branches = branches.saturating_add(more_branches);
            values = values.saturating_add(more_values);
        }
        let needs = &mut self.needs;
        let width = instructions.saturating_add(locals).saturating_add(values);
        needs.function = needs.function.max(size(body.as_bytes().len()));
        needs.locals = needs.locals.max(locals);
        needs.branches = needs.branches.max(branches);
        needs.values = needs.values.max(values);
        needs.work = needs.work.saturating_add(branches.saturating_mul(width));
        Ok(())
    }

    /// The branches of an instruction, and the values that it takes and gives beyond a few.
    fn of_operator(&self, operator: &Operator<'_>) -> (u64, u64) {
        #[expect(
            clippy::wildcard_enum_match_arm,
            reason = "the other instructions neither branch nor take many values"
        )]
        match operator {
            Operator::Block { blockty } | Operator::Loop { blockty } | Operator::If { blockty } => match blockty {
                BlockType::FuncType(ty) => (1, self.of_type(*ty).all),
                BlockType::Empty | BlockType::Type(_) => (1, 0),
            },
            Operator::TryTable { try_table } => (1_u64.saturating_add(size(try_table.catches.len())), 0),
            Operator::Else | Operator::Br { .. } | Operator::BrIf { .. } | Operator::Return => (1, 0),
            Operator::BrOnNull { .. } | Operator::BrOnNonNull { .. } => (1, 0),
            Operator::BrTable { targets } => (u64::from(targets.len()).saturating_add(1), 0),
            Operator::Call { function_index } | Operator::ReturnCall { function_index } => {
                (0, self.of_function(usize::try_from(*function_index).unwrap_or(usize::MAX)).all)
            }
            Operator::CallIndirect { type_index, .. }
            | Operator::ReturnCallIndirect { type_index, .. }
            | Operator::CallRef { type_index }
            | Operator::ReturnCallRef { type_index } => (0, self.of_type(*type_index).all),
            _ => (0, 0),
        }
    }

    fn of_function(&self, index: usize) -> Arity {
        self.functions.get(index).map(|ty| self.of_type(*ty)).unwrap_or_default()
    }

    fn of_type(&self, index: u32) -> Arity {
        usize::try_from(index).ok().and_then(|index| self.types.get(index)).copied().unwrap_or_default()
    }
}

fn arity(ty: &CompositeInnerType) -> Arity {
    match ty {
        CompositeInnerType::Func(ty) => {
            let params = size(ty.params().len());
            Arity { params, all: params.saturating_add(size(ty.results().len())) }
        }
        CompositeInnerType::Array(_) | CompositeInnerType::Struct(_) | CompositeInnerType::Cont(_) => Arity::default(),
    }
}

fn size(n: usize) -> u64 {
    u64::try_from(n).unwrap_or(u64::MAX)
}
