//! Reading a TOML document field by field, noting every problem with its line.

use super::SpecProblem;
use std::ops::Range;
use toml::Spanned;
use toml::de::{DeTable, DeValue};

/// The problems found so far.
pub(super) struct Problems<'t> {
    text: &'t str,
    list: Vec<SpecProblem>,
}

impl<'t> Problems<'t> {
    pub(super) fn new(text: &'t str) -> Self {
        Self {
            text,
            list: Vec::new(),
        }
    }

    /// Notes a problem at a place of the document.
    pub(super) fn note(&mut self, span: &Range<usize>, at: &str, text: impl Into<String>) {
        let before = self.text.as_bytes().iter().take(span.start);
        let line = 1 + before.filter(|byte| **byte == b'\n').count();
        self.list.push(SpecProblem {
            line,
            at: at.to_owned(),
            text: text.into(),
        });
    }

    pub(super) fn is_empty(&self) -> bool {
        self.list.is_empty()
    }

    /// All problems, in order of their lines.
    pub(super) fn into_sorted(mut self) -> Vec<SpecProblem> {
        self.list.sort_by_key(|problem| problem.line);
        self.list
    }
}

/// One value of the document, with the path that leads to it.
#[derive(Clone)]
pub(super) struct Node<'a> {
    pub(super) path: String,
    value: &'a Spanned<DeValue<'a>>,
}

/// One table of the document.
pub(super) struct Table<'a> {
    pub(super) path: String,
    pub(super) span: Range<usize>,
    entries: &'a DeTable<'a>,
}

impl<'a> Node<'a> {
    pub(super) fn value(&self) -> &'a DeValue<'a> {
        self.value.get_ref()
    }

    pub(super) fn note(&self, problems: &mut Problems<'_>, text: impl Into<String>) {
        problems.note(&self.value.span(), &self.path, text);
    }

    /// The text of a string; else notes what to write.
    pub(super) fn text(&self, problems: &mut Problems<'_>) -> Option<&'a str> {
        let text = self.value().as_str();
        if text.is_none() {
            self.note(problems, "not a string; write it in double quotes");
        }
        text
    }

    /// A string read by its type's own rules.
    pub(super) fn parsed<T: std::str::FromStr<Err: std::fmt::Display>>(
        &self,
        problems: &mut Problems<'_>,
    ) -> Option<T> {
        let text = self.text(problems)?;
        text.parse()
            .map_err(|error| self.note(problems, format!("`{text}`: {error}")))
            .ok()
    }

    /// One of a few words.
    pub(super) fn choice<T: Copy>(
        &self,
        problems: &mut Problems<'_>,
        choices: &[(&str, T)],
    ) -> Option<T> {
        let text = self.text(problems)?;
        let found = choices.iter().find(|(word, _)| *word == text);
        if found.is_none() {
            let words: Vec<_> = choices
                .iter()
                .map(|(word, _)| format!("`{word}`"))
                .collect();
            self.note(
                problems,
                format!("`{text}` is not known; write one of {}", words.join(", ")),
            );
        }
        found.map(|(_, value)| *value)
    }

    /// A whole number from 1 to `most`.
    pub(super) fn count(&self, problems: &mut Problems<'_>, most: u64) -> Option<u64> {
        let number = self
            .integer()
            .and_then(|int| u64::try_from(int).ok())
            .filter(|n| (1..=most).contains(n));
        if number.is_none() {
            self.note(problems, format!("write a whole number from 1 to {most}"));
        }
        number
    }

    /// An integer that fits 64 bits.
    pub(super) fn integer(&self) -> Option<i64> {
        let integer = self.value().as_integer()?;
        i64::from_str_radix(integer.as_str(), integer.radix()).ok()
    }

    pub(super) fn table(&self, problems: &mut Problems<'_>) -> Option<Table<'a>> {
        let entries = self.value().as_table();
        if entries.is_none() {
            self.note(
                problems,
                "not a table; write `[…]` with its fields below, or `{ … }`",
            );
        }
        entries.map(|entries| Table {
            path: self.path.clone(),
            span: self.value.span(),
            entries,
        })
    }

    /// The items of an array.
    pub(super) fn items(&self, problems: &mut Problems<'_>) -> Option<Vec<Node<'a>>> {
        let Some(items) = self.value().as_array() else {
            self.note(problems, "not a list; write `[…]`");
            return None;
        };
        let node = |value| Node {
            path: self.path.clone(),
            value,
        };
        Some(items.iter().map(node).collect())
    }

    /// A list of strings, each once.
    pub(super) fn texts(&self, problems: &mut Problems<'_>) -> Option<Vec<String>> {
        let mut texts: Vec<String> = Vec::new();
        let mut good = true;
        for item in self.items(problems)? {
            match item.text(problems) {
                Some(text) if texts.iter().any(|known| known == text) => {
                    item.note(problems, format!("`{text}` is listed twice; write it once"));
                    good = false;
                }
                Some(text) => texts.push(text.to_owned()),
                None => good = false,
            }
        }
        good.then_some(texts)
    }
}

impl<'a> Table<'a> {
    pub(super) fn root(document: &'a Spanned<DeTable<'a>>) -> Self {
        Self {
            path: String::new(),
            span: 0..0,
            entries: document.get_ref(),
        }
    }

    fn path_to(&self, key: &str) -> String {
        if self.path.is_empty() {
            key.to_owned()
        } else {
            format!("{}.{key}", self.path)
        }
    }

    pub(super) fn note(&self, problems: &mut Problems<'_>, text: impl Into<String>) {
        problems.note(&self.span, &self.path, text);
    }

    /// Notes every field that is not among the known ones.
    pub(super) fn only(&self, problems: &mut Problems<'_>, known: &[&str]) {
        for key in self
            .entries
            .keys()
            .filter(|key| !known.contains(&key.get_ref().as_ref()))
        {
            let text = format!("unknown field; the fields here are {}", known.join(", "));
            problems.note(&key.span(), &self.path_to(key.get_ref()), text);
        }
    }

    pub(super) fn get(&self, key: &str) -> Option<Node<'a>> {
        let (_, value) = self
            .entries
            .iter()
            .find(|(name, _)| name.get_ref() == key)?;
        Some(Node {
            path: self.path_to(key),
            value,
        })
    }

    /// A field that must be there; `example` is what to write.
    pub(super) fn need(
        &self,
        problems: &mut Problems<'_>,
        key: &str,
        example: &str,
    ) -> Option<Node<'a>> {
        let node = self.get(key);
        if node.is_none() {
            problems.note(
                &self.span,
                &self.path_to(key),
                format!("missing; write `{key} = {example}`"),
            );
        }
        node
    }

    /// Every field with the place of its key, in the order of the document.
    pub(super) fn in_order(&self) -> Vec<(Range<usize>, &'a str, Node<'a>)> {
        let mut fields: Vec<_> = self
            .entries
            .iter()
            .map(|(key, value)| {
                let name: &'a str = key.get_ref().as_ref();
                (
                    key.span(),
                    name,
                    Node {
                        path: self.path_to(name),
                        value,
                    },
                )
            })
            .collect();
        fields.sort_by_key(|(span, ..)| span.start);
        fields
    }
}
