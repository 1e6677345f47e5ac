//! A refused statement as people and programs read it: the place underlined, the rule, the remedy, an
//! example that was accepted.

use irongate_gate::Rejection;
use miette::{
    GraphicalReportHandler, GraphicalTheme, LabeledSpan, MietteDiagnostic, Report, ThemeCharacters,
    ThemeStyles,
};
use serde_json::{Value, json};

/// Longest line of a statement that is shown, characters: a longer one hides its own mark.
const MAX_SHOWN_LINE: usize = 400;
/// Columns of the text; lines of a statement are never broken.
const WIDTH: usize = 100;

/// Everything a program needs, in both languages.
pub(super) fn reason(rejection: &Rejection) -> Value {
    let rule = rejection.rule;
    let (en, zh) = rule.text();
    json!({
        "code": rule,
        "zh": rejection.zh(),
        "en": rejection.to_string(),
        "span": rejection.span,
        "rule": {"zh": zh, "en": en},
        "construct": {"zh": rejection.construct_zh(), "en": rejection.construct},
        "instead": {"zh": rejection.instead_zh(), "en": rejection.instead},
        "example": rejection.example,
    })
}

/// The report for people: with lines and colours on a terminal, in plain characters elsewhere.
pub(super) fn report(rejection: &Rejection, sql: &str, is_terminal: bool) -> String {
    let (en, zh) = rejection.rule.text();
    let mut help = format!("{}\n{}", rejection.instead, rejection.instead_zh());
    if let Some(example) = &rejection.example {
        help.push_str("\nfor example 例如\n  ");
        help.push_str(&example.to_string().replace('\n', "\n  "));
    }
    let place = rejection
        .span
        .and_then(|span| span.bytes(sql))
        .filter(|_| is_shown(sql));
    let title = match place {
        Some(_) => format!("{en}\n{zh}"),
        None => format!(
            "{}: {en}\n{}：{zh}",
            rejection.construct,
            rejection.construct_zh()
        ),
    };
    let label = place.map(|range| LabeledSpan::at(range, rejection.construct.clone()));
    let diagnostic = MietteDiagnostic::new(title)
        .with_help(help)
        .with_labels(label);
    let report = Report::new(diagnostic).with_source_code(sql.to_owned());
    let theme = if is_terminal {
        GraphicalTheme::unicode()
    } else {
        GraphicalTheme {
            characters: ThemeCharacters::ascii(),
            styles: ThemeStyles::none(),
        }
    };
    let mut out = String::new();
    let drawn = GraphicalReportHandler::new_themed(theme)
        .with_width(WIDTH)
        .with_wrap_lines(false)
        .with_links(false)
        .render_report(&mut out, report.as_ref());
    match drawn {
        Ok(()) => out.trim_end().to_owned(),
        // Without the drawing, all the words still.
        Err(_) => format!("{rejection}\n{}", rejection.zh()),
    }
}

fn is_shown(sql: &str) -> bool {
    sql.lines()
        .all(|line| line.chars().count() <= MAX_SHOWN_LINE)
        && !sql
            .chars()
            .any(|c| c.is_control() && c != '\n' && c != '\t')
}

#[cfg(test)]
mod tests {
    use super::{reason, report};
    use irongate_gate::{Example, Rejection, Rule, Span};
    use std::collections::BTreeMap;

    const SQL: &str = "SELECT district,\n       SUM(frei_größe)\nFROM visits";

    fn rejection() -> Rejection {
        Rejection {
            construct: "aggregate of `frei_größe`".into(),
            span: Some(Span {
                line: 2,
                column: 8,
                end_line: 2,
                end_column: 23,
            }),
            rule: Rule::Bounds,
            instead: "write CLAMP(x, lo, hi) around it".into(),
            example: Some(Box::new(Example {
                sql: "SELECT SUM(CLAMP(free, 0, 100)) FROM visits".into(),
                options: BTreeMap::from([("delta", "1e-6".into())]),
            })),
        }
    }

    #[test]
    fn the_place_is_underlined_and_the_example_shown() {
        insta::assert_snapshot!(report(&rejection(), SQL, false));
        let drawn = report(&rejection(), SQL, true);
        assert!(
            drawn.contains("\u{1b}["),
            "coloured where a terminal reads it"
        );
        insta::assert_snapshot!(anstream::adapter::strip_str(&drawn).to_string());
    }

    #[test]
    fn without_a_place_the_words_remain() {
        let nowhere = Rejection {
            span: None,
            example: None,
            ..rejection()
        };
        insta::assert_snapshot!(report(&nowhere, SQL, false));
        // A span of another statement is no place, and control characters never reach a terminal.
        for sql in [
            "SELECT",
            "SELECT district,\n       SUM(frei_größe)\n\u{1b}[2J",
        ] {
            let text = report(&rejection(), sql, false);
            assert!(
                text.contains("aggregate of") && !text.contains('\u{1b}'),
                "{text}"
            );
        }
        let long = format!("{SQL}{}", "x".repeat(1_000));
        assert!(!report(&rejection(), &long, false).contains("xxxx"));
    }

    #[test]
    fn programs_get_every_part_in_both_languages() {
        insta::assert_json_snapshot!(reason(&rejection()));
    }
}
