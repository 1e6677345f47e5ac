//! How far into its memory a component reaches before it is called.

use crate::admit::Admitted;
use wasmparser::{BinaryReaderError, ConstExpr, DataKind, Operator, Parser, Payload};

impl Admitted {
    /// Bytes of memory up to where its data end and, since its start is kept in a global, its stack: nearly all that
    /// its linker placed. A guess, on which nothing but speed depends.
    pub(crate) fn extent(&self) -> u64 {
        // What was admitted is valid.
        extent(self.bytes()).unwrap_or(0)
    }
}

fn extent(bytes: &[u8]) -> Result<u64, BinaryReaderError> {
    let mut end = 0;
    for payload in Parser::new(0).parse_all(bytes) {
        match payload? {
            Payload::GlobalSection(globals) => {
                for global in globals {
                    end = end.max(constant(&global?.init_expr)?);
                }
            }
            Payload::DataSection(segments) => {
                for segment in segments {
                    let segment = segment?;
                    if let DataKind::Active { offset_expr, .. } = segment.kind {
                        end = end.max(constant(&offset_expr)? + segment.data.len() as u64);
                    }
                }
            }
            _ => {}
        }
    }
    Ok(end)
}

/// The number of an expression that is one; 0 of others.
fn constant(expression: &ConstExpr<'_>) -> Result<u64, BinaryReaderError> {
    Ok(match expression.get_operators_reader().read()? {
        Operator::I32Const { value } => u64::from(value.cast_unsigned()),
        _ => 0,
    })
}

#[cfg(test)]
mod tests {
    use super::extent;

    #[track_caller]
    fn check(fields: &str, expected: u64) {
        let module = wat::parse_str(format!("(module (memory 1) {fields})")).unwrap();
        assert_eq!(extent(&module).unwrap(), expected, "{fields}");
    }

    #[test]
    fn stack_and_data_count() {
        check("", 0);
        check("(global (mut i32) (i32.const 16384))", 16_384);
        check(
            "(global (mut i32) (i32.const 16384)) (data (i32.const 16384) \"abc\")",
            16_387,
        );
        check("(data \"abc\") (global f64 (f64.const 7))", 0);
    }
}
