//! `TO_CHAR` of dates and timestamps, in a constant format of parts that every day of the calendar has.

use super::{Known, Scope, constant, refuse};
use crate::reject::Checked;
use arrow::datatypes::DataType;
use datafusion::logical_expr::expr::ScalarFunction;

/// Longest format, bytes.
const MAX_FORMAT_BYTES: usize = 64;

/// The longest text that a format gives, bytes; `None` if it holds a part that is not listed.
fn longest(format: &str) -> Option<u64> {
    if format.len() > MAX_FORMAT_BYTES {
        return None;
    }
    let mut characters = format.chars();
    let mut bytes = 0;
    while let Some(character) = characters.next() {
        bytes += match character {
            '%' => part(characters.next()?)?,
            other => other.len_utf8() as u64,
        };
    }
    Some(bytes)
}

/// The longest text of a part, bytes.
fn part(name: char) -> Option<u64> {
    match name {
        '%' | 'q' | 'u' => Some(1),
        'y' | 'm' | 'd' | 'e' | 'V' | 'H' | 'I' | 'M' | 'S' | 'p' => Some(2),
        'j' | 'b' | 'a' => Some(3),
        'R' => Some(5),
        // The calendar has years of six digits and a sign.
        'Y' | 'G' => Some(7),
        'T' => Some(8),
        'B' | 'A' => Some(9),
        'F' => Some(13),
        _ => None,
    }
}

impl Scope<'_> {
    /// A date or timestamp as a text. Outside the calendar it would raise.
    pub(super) fn shown(&self, call: &ScalarFunction, arguments: &[Known]) -> Checked<Known> {
        let format = call.args.get(1).and_then(constant);
        let text = format.as_ref().and_then(|f| f.try_as_str().flatten());
        let Some(bytes) = text.and_then(longest) else {
            return refuse(
                "function to_char",
                "write a constant format of %Y %m %d %H %M %S and such: no %Z, %s, %f or %c, at most 64 bytes",
            );
        };
        let moments = call.args.first().zip(arguments.first());
        let is_inside = match moments {
            Some((moment, known)) => match self.kind(moment)? {
                DataType::Date32 | DataType::Timestamp(_, None) => self.is_inside(moment, known)?,
                _ => false,
            },
            None => false,
        };
        if !is_inside {
            return refuse(
                "to_char, which may meet a day outside the calendar",
                "take it of a stored date or timestamp, or of bounded ones",
            );
        }
        Ok(Known {
            text: Some(bytes),
            ..Known::default()
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::total::moment::CALENDAR_DAYS;
    use arrow::array::{ArrayRef, AsArray, Date32Array, TimestampMicrosecondArray};
    use arrow::datatypes::Field;
    use datafusion::common::ScalarValue;
    use datafusion::common::config::ConfigOptions;
    use datafusion::functions::datetime::to_char;
    use datafusion::logical_expr::{ColumnarValue, ScalarFunctionArgs};
    use std::sync::Arc;

    fn texts(moments: ArrayRef, format: &str) -> Vec<String> {
        let rows = moments.len();
        let field = |kind: &DataType| Arc::new(Field::new("x", kind.clone(), true));
        let format = ScalarValue::from(format);
        let args = ScalarFunctionArgs {
            arg_fields: vec![field(moments.data_type()), field(&DataType::Utf8)],
            args: vec![ColumnarValue::Array(moments), ColumnarValue::Scalar(format)],
            number_rows: rows,
            return_field: field(&DataType::Utf8),
            config_options: Arc::new(ConfigOptions::default()),
        };
        let shown = to_char().invoke_with_args(args).unwrap();
        let shown = shown.into_array(rows).unwrap();
        shown
            .as_string::<i32>()
            .iter()
            .map(|t| t.unwrap().to_owned())
            .collect()
    }

    #[test]
    fn every_part_of_every_day_is_as_short_as_said() {
        // Every day of 40 years, and some of all others.
        let last = CALENDAR_DAYS as i32;
        let days: Vec<i32> = (0..14_610)
            .chain((-last..=last).step_by(9_973))
            .chain([last])
            .collect();
        let at = days
            .iter()
            .enumerate()
            .map(|(i, day)| i64::from(*day) * 86_400_000_000 + i as i64 * 7_654_321);
        let at: ArrayRef = Arc::new(TimestampMicrosecondArray::from_iter_values(at));
        let days: ArrayRef = Arc::new(Date32Array::from(days));
        let mut parts = 0;
        for name in (0..=127_u8).map(char::from) {
            let Some(most) = part(name) else { continue };
            parts += 1;
            for moments in [&days, &at] {
                let texts = texts(Arc::clone(moments), &format!("%{name}"));
                let longest = texts.iter().map(String::len).max().unwrap();
                assert!(longest as u64 <= most, "%{name}: {longest}");
            }
        }
        assert_eq!(parts, 23);
    }

    #[test]
    fn other_parts_and_long_formats_are_not_known() {
        assert_eq!(longest("%Y-%m"), Some(10));
        assert_eq!(longest("é%%"), Some(3));
        assert_eq!(longest(&"-".repeat(64)), Some(64));
        for not in [
            "%",
            "%Y%",
            "%Z",
            "%+",
            "%c",
            "%s",
            "%f",
            "%3f",
            "%-d",
            "%é",
            &"-".repeat(65),
        ] {
            assert_eq!(longest(not), None, "{not}");
        }
    }
}
