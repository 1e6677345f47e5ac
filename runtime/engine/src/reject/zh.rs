//! Constructs and remedies in Chinese. Each row is the English text, with `{}` for what varies, and the
//! Chinese one with the same holes in the same order. A test holds the tables against the case files.

mod constructs;
mod remedies;

use self::constructs::CONSTRUCTS;
use self::remedies::REMEDIES;
use super::Rule;

/// The construct in Chinese; a construct that is all SQL stays as it is.
pub(super) fn construct(english: &str) -> String {
    if let Some([mapper, inner]) = holes("mapper `{}`: {}", english).as_deref() {
        return format!("映射器 `{mapper}`：{}", construct(inner));
    }
    translated(CONSTRUCTS, english).unwrap_or_else(|| english.to_owned())
}

/// The remedy in Chinese. Words of the SQL engine itself stay, after what the rule asks for.
pub(super) fn instead(rule: Rule, english: &str) -> String {
    translated(REMEDIES, english).unwrap_or_else(|| format!("{}（{english}）", rule.remedy_zh()))
}

fn translated(table: &[(&str, &str)], english: &str) -> Option<String> {
    table.iter().find_map(|(pattern, chinese)| {
        let mut out = String::new();
        let mut holes = holes(pattern, english)?.into_iter();
        for (i, part) in chinese.split("{}").enumerate() {
            if i > 0 {
                out.push_str(holes.next()?);
            }
            out.push_str(part);
        }
        Some(out)
    })
}

/// What stands in the holes of `pattern`, if `text` fits it.
fn holes<'a>(pattern: &str, text: &'a str) -> Option<Vec<&'a str>> {
    let mut parts = pattern.split("{}");
    let mut rest = text.strip_prefix(parts.next()?)?;
    let mut found = Vec::new();
    let mut parts = parts.peekable();
    while let Some(part) = parts.next() {
        // The last part ends the text.
        let at = if parts.peek().is_none() {
            rest.len()
                .checked_sub(part.len())
                .filter(|_| rest.ends_with(part))?
        } else {
            rest.find(part)?
        };
        found.push(rest.get(..at)?);
        rest = rest.get(at + part.len()..)?;
    }
    rest.is_empty().then_some(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_languages_have_the_same_holes() {
        for (english, chinese) in CONSTRUCTS.iter().chain(REMEDIES) {
            let holes = |text: &str| text.matches("{}").count();
            assert_eq!(holes(english), holes(chinese), "{english}");
        }
    }
}
