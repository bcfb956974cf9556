//! Tests that every language has every text.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use fluent_syntax::ast::{Entry, Expression, InlineExpression, Pattern, PatternElement};
use fluent_syntax::parser;

use super::*;

/// The arguments of each message of a file.
fn messages(language: Language) -> BTreeMap<String, BTreeSet<String>> {
    let resource = parser::parse(source(language)).unwrap_or_else(|(_, errors)| panic!("{language:?}: {errors:?}"));
    let mut found = BTreeMap::new();
    for entry in resource.body {
        if let Entry::Message(message) = entry {
            let mut arguments = BTreeSet::new();
            arguments_of(message.value.as_ref().unwrap(), &mut arguments);
            let id = message.id.name.to_owned();
            assert!(found.insert(id, arguments).is_none(), "{language:?} has {} twice", message.id.name);
        }
    }
    found
}

fn arguments_of(pattern: &Pattern<&str>, found: &mut BTreeSet<String>) {
    for element in &pattern.elements {
        let PatternElement::Placeable { expression } = element else { continue };
        let (inline, variants) = match expression {
            Expression::Inline(inline) => (inline, &[][..]),
            Expression::Select { selector, variants } => (selector, variants.as_slice()),
        };
        match inline {
            InlineExpression::VariableReference { id } => drop(found.insert(id.name.to_owned())),
            InlineExpression::StringLiteral { .. } => {}
            other => panic!("{other:?}"),
        }
        for variant in variants {
            arguments_of(&variant.value, found);
        }
    }
}

#[test]
fn every_language_has_the_same_messages_with_the_same_arguments() {
    let english = messages(Language::English);
    for language in Language::ALL {
        let own = messages(language);
        let ids = |messages: &BTreeMap<String, BTreeSet<String>>| messages.keys().cloned().collect::<Vec<_>>();
        assert_eq!(ids(&own), ids(&english), "{language:?}");
        for (id, arguments) in &own {
            // `$count` only chooses a plural; a language without plurals does not need it.
            let shown = |arguments: &BTreeSet<String>| {
                arguments.iter().filter(|name| *name != "count").cloned().collect::<BTreeSet<_>>()
            };
            assert_eq!(shown(arguments), shown(&english[id]), "{language:?}: {id}");
        }
    }
}

/// Two languages with the same sentence: one of them was not translated.
#[test]
fn no_sentence_was_left_in_english() {
    let lines = |language: Language| -> BTreeSet<&'static str> {
        let long = |line: &&str| {
            let (id, text) = line.split_once(" = ").unwrap_or_default();
            let words = text.split('{').map(|part| part.split_once('}').map_or(part, |(_, rest)| rest));
            !id.starts_with('#') && words.map(str::len).sum::<usize>() > 20
        };
        source(language).lines().filter(long).filter_map(|line| line.split_once(" = ")).map(|(_, text)| text).collect()
    };
    let english = lines(Language::English);
    for language in Language::ALL.into_iter().skip(1) {
        let same: Vec<_> = lines(language).intersection(&english).copied().collect();
        assert!(same.is_empty(), "{language:?}: {same:?}");
    }
}

/// The code and the templates, but no tests.
fn pages() -> String {
    fn read(folder: &Path, into: &mut String) {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                read(&path, into);
            } else {
                let text = std::fs::read_to_string(&path).unwrap();
                into.push_str(text.split("#[cfg(test)]").next().unwrap());
            }
        }
    }
    let mut text = String::new();
    for folder in ["src", "templates"] {
        read(&Path::new(env!("CARGO_MANIFEST_DIR")).join(folder), &mut text);
    }
    text
}

#[test]
fn every_message_is_shown_somewhere_and_every_one_shown_is_there() {
    let (pages, messages) = (pages(), messages(Language::English));
    let unused: Vec<&String> = messages.keys().filter(|id| !pages.contains(&format!("\"{id}\""))).collect();
    assert!(unused.is_empty(), "{unused:?}");
    let called = ["t.get(", "t.with(", "t.count(", "t.counted(", "texts.get("].into_iter().flat_map(|call| {
        pages.split(call).skip(1).filter_map(|rest| rest.trim_start().strip_prefix('"')?.split('"').next())
    });
    let missing: BTreeSet<&str> = called.filter(|id| !id.starts_with('/') && !messages.contains_key(*id)).collect();
    assert!(missing.is_empty(), "{missing:?}");
}

#[test]
fn plurals_and_numbers_are_those_of_the_language() {
    assert_eq!(of(Language::English).count("rewards-most", 1), "At most once for each user.");
    assert_eq!(of(Language::English).count("history-changes", 1_200), "1,200 changes");
    assert!(of(Language::German).count("history-changes", 1_200).starts_with("1.200 "));
}
