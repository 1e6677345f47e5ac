//! What a component's code is made of: for people who review a mapper, beside what it may do at all.

use crate::admit::{AdmissionError, Admitted, invalid};
use serde::Serialize;
use std::collections::HashSet;
use wasmparser::{ExternalKind, FunctionBody, Operator, Parser, Payload, TypeRef};

/// Counts over all modules of a component.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Summary {
    /// Functions with a body.
    pub functions: u64,
    /// Bytes of all bodies.
    #[serde(rename = "bytes")]
    pub code_bytes: u64,
    /// Bytes of memory to begin with.
    pub initial_memory_bytes: u64,
    /// Loops.
    pub loops: u64,
    /// Calls of a function by its number.
    pub calls: u64,
    /// Calls through a table: which function is called is decided as it runs.
    pub indirect_calls: u64,
    /// Places where memory is asked for.
    pub memory_grows: u64,
    /// Functions that are never called, nor exported or in a table.
    pub unreached: u64,
    /// The longest chain of direct calls from what is exported; `None` if functions call each other in a circle.
    pub deepest_calls: Option<u64>,
}

impl Admitted {
    /// What its code is made of.
    ///
    /// # Errors
    /// None for what was admitted; [`AdmissionError::Invalid`] otherwise.
    pub fn summary(&self) -> Result<Summary, AdmissionError> {
        let mut summary = Summary {
            deepest_calls: Some(0),
            ..Summary::default()
        };
        let mut module: Option<Module> = None;
        for payload in Parser::new(0).parse_all(self.bytes()) {
            match payload.map_err(invalid)? {
                Payload::ModuleSection { .. } => module = Some(Module::default()),
                Payload::End(_) => {
                    if let Some(module) = module.take() {
                        module.add_to(&mut summary);
                    }
                }
                payload => {
                    if let Some(module) = &mut module {
                        module.look(payload, &mut summary)?;
                    }
                }
            }
        }
        Ok(summary)
    }
}

/// The functions of one module, imported ones first, and whom each calls.
#[derive(Default)]
struct Module {
    calls: Vec<Vec<u32>>,
    imported: usize,
    /// What is called from outside, or may be through a table.
    roots: HashSet<u32>,
}

impl Module {
    fn look(&mut self, payload: Payload<'_>, summary: &mut Summary) -> Result<(), AdmissionError> {
        match payload {
            Payload::ImportSection(imports) => {
                for import in imports.into_imports() {
                    if matches!(import.map_err(invalid)?.ty, TypeRef::Func(_)) {
                        self.calls.push(Vec::new());
                        self.imported += 1;
                    }
                }
            }
            Payload::MemorySection(memories) => {
                for memory in memories {
                    let pages = memory.map_err(invalid)?.initial;
                    summary.initial_memory_bytes += pages.saturating_mul(65_536);
                }
            }
            Payload::ExportSection(exports) => {
                for export in exports {
                    let export = export.map_err(invalid)?;
                    if export.kind == ExternalKind::Func {
                        self.roots.insert(export.index);
                    }
                }
            }
            Payload::StartSection { func, .. } => {
                self.roots.insert(func);
            }
            Payload::ElementSection(elements) => {
                for element in elements {
                    if let wasmparser::ElementItems::Functions(functions) =
                        element.map_err(invalid)?.items
                    {
                        for function in functions {
                            self.roots.insert(function.map_err(invalid)?);
                        }
                    }
                }
            }
            Payload::CodeSectionEntry(body) => {
                let calls = called(&body, summary)?;
                self.calls.push(calls);
            }
            _ => {}
        }
        Ok(())
    }

    fn add_to(&self, summary: &mut Summary) {
        summary.functions += (self.calls.len() - self.imported) as u64;
        let mut search = Search {
            calls: &self.calls,
            depth: vec![None; self.calls.len()],
            open: HashSet::new(),
        };
        let depths: Vec<_> = self.roots.iter().map(|root| search.depth(*root)).collect();
        let deepest = depths.into_iter().collect::<Option<Vec<_>>>();
        let deepest = deepest.map(|depths| depths.into_iter().max().unwrap_or(0));
        let reached = |at: usize| search.depth.get(at).is_some_and(Option::is_some);
        let own = self.imported..self.calls.len();
        if deepest.is_some() {
            summary.unreached += own.filter(|at| !reached(*at)).count() as u64;
        }
        summary.deepest_calls = summary
            .deepest_calls
            .zip(deepest)
            .map(|(most, own)| most.max(own));
    }
}

/// Counts what a body does, and gives whom it calls.
fn called(body: &FunctionBody<'_>, summary: &mut Summary) -> Result<Vec<u32>, AdmissionError> {
    summary.code_bytes += body.range().len() as u64;
    let mut calls = Vec::new();
    let mut operators = body.get_operators_reader().map_err(invalid)?;
    while !operators.eof() {
        match operators.read().map_err(invalid)? {
            Operator::Call { function_index } => {
                summary.calls += 1;
                calls.push(function_index);
            }
            Operator::CallIndirect { .. } => summary.indirect_calls += 1,
            Operator::Loop { .. } => summary.loops += 1,
            Operator::MemoryGrow { .. } => summary.memory_grows += 1,
            _ => {}
        }
    }
    Ok(calls)
}

/// A search from the roots, on a stack of its own: a chain may be as long as there are functions.
struct Search<'a> {
    calls: &'a [Vec<u32>],
    /// Calls below each function that was looked at.
    depth: Vec<Option<u64>>,
    open: HashSet<u32>,
}

impl Search<'_> {
    /// How many calls deep it goes from a function; `None` if in a circle.
    fn depth(&mut self, root: u32) -> Option<u64> {
        let mut stack = vec![(root, 0_usize)];
        while let Some((function, next)) = stack.pop() {
            let at = usize::try_from(function).ok()?;
            if next == 0 {
                if self.depth.get(at).copied().flatten().is_some() {
                    continue;
                }
                self.open.insert(function);
            }
            let callees = self.calls.get(at)?;
            if let Some(callee) = callees.get(next) {
                stack.push((function, next + 1));
                if self.open.contains(callee) {
                    return None;
                }
                stack.push((*callee, 0));
            } else {
                self.open.remove(&function);
                let below = |callee: &u32| {
                    let at = usize::try_from(*callee).ok()?;
                    self.depth.get(at).copied().flatten()
                };
                let deepest = callees.iter().filter_map(below).max();
                let own = deepest.map_or(0, |below| below + 1);
                if let Some(slot) = self.depth.get_mut(at) {
                    *slot = Some(own);
                }
            }
        }
        let at = usize::try_from(root).ok()?;
        self.depth.get(at).copied().flatten()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{AdmissionLimits, World, admit};

    fn summary(more: &str) -> Summary {
        let text = format!(
            r#"(component
              (core module $m (memory (export "memory") 2)
                (func (export "realloc") (param i32 i32 i32 i32) (result i32) (i32.const 0))
                (func $map (export "map") (param i32 i32) (result i32) (call $a) (call $b) (i32.const 0))
                {more})
              (core instance $i (instantiate $m))
              (func (export "map") (param "rows" (list u8)) (result (list f64))
                (canon lift (core func $i "map") (memory (core memory $i "memory"))
                  (realloc (core func $i "realloc")))))"#
        );
        let bytes = wat::parse_str(text).unwrap();
        let admitted = admit(&bytes, World::Mapper, &AdmissionLimits::default()).unwrap();
        admitted.summary().unwrap()
    }

    #[test]
    fn calls_loops_and_growth_are_counted() {
        let found = summary(
            "(type $t (func)) (table 1 funcref) (elem (i32.const 0) func $c)
             (func $a (call $b) (drop (memory.grow (i32.const 1))))
             (func $b (loop (call_indirect (type $t) (i32.const 0))))
             (func $c) (func $alone (call $c))",
        );
        assert!(found.code_bytes > 0);
        let expected = Summary {
            functions: 6,
            code_bytes: found.code_bytes,
            initial_memory_bytes: 131_072,
            loops: 1,
            calls: 4,
            indirect_calls: 1,
            memory_grows: 1,
            unreached: 1,
            deepest_calls: Some(2),
        };
        assert_eq!(found, expected);
    }

    #[test]
    fn a_circle_of_calls_has_no_depth() {
        for circle in [
            "(func $a (call $a)) (func $b)",
            "(func $a (call $b)) (func $b (call $c)) (func $c (call $a))",
        ] {
            assert_eq!(summary(circle).deepest_calls, None, "{circle}");
        }
    }
}
