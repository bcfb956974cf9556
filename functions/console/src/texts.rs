//! The texts of the pages: a Fluent file for each language under `texts/`. Only the wanted language is parsed, once in
//! an environment's life.

use std::sync::OnceLock;

use fluent_bundle::concurrent::FluentBundle;
use fluent_bundle::{FluentArgs, FluentResource, FluentValue};
use unic_langid::LanguageIdentifier;

use crate::amounts;
use crate::language::Language;

/// The texts of one language.
pub(crate) struct Texts {
    pub(crate) language: Language,
    bundle: FluentBundle<FluentResource>,
}

/// Returns the file of a language.
fn source(language: Language) -> &'static str {
    match language {
        Language::English => include_str!("../texts/en.ftl"),
        Language::German => include_str!("../texts/de.ftl"),
        Language::French => include_str!("../texts/fr.ftl"),
        Language::Italian => include_str!("../texts/it.ftl"),
        Language::Spanish => include_str!("../texts/es.ftl"),
        Language::Portuguese => include_str!("../texts/pt.ftl"),
        Language::Dutch => include_str!("../texts/nl.ftl"),
        Language::Japanese => include_str!("../texts/ja.ftl"),
    }
}

/// Returns the texts of a language.
pub(crate) fn of(language: Language) -> &'static Texts {
    static PARSED: [OnceLock<Texts>; 8] = [const { OnceLock::new() }; 8];
    let place = Language::ALL.iter().position(|known| *known == language).unwrap_or(0);
    PARSED[place].get_or_init(|| Texts::parse(language))
}

impl Texts {
    fn parse(language: Language) -> Self {
        let tag: Option<LanguageIdentifier> = language.tag().parse().ok();
        let mut bundle = FluentBundle::new_concurrent(tag.into_iter().collect());
        // Pages isolate what people wrote with `bdi`; a mark within an attribute would be shown or sent.
        bundle.set_use_isolating(false);
        // A test parses every file, and finds every message.
        let resource = FluentResource::try_new(source(language).to_owned()).unwrap_or_else(|(parsed, _)| parsed);
        bundle.add_resource_overriding(resource);
        Self { language, bundle }
    }

    /// Returns a text without arguments.
    pub(crate) fn get(&self, id: &str) -> String {
        self.format(id, None)
    }

    /// Returns a text with its arguments.
    pub(crate) fn with(&self, id: &str, arguments: &[(&str, &str)]) -> String {
        let arguments = arguments.iter().map(|(name, value)| (*name, FluentValue::from(*value))).collect();
        self.format(id, Some(&arguments))
    }

    /// Returns a text about a number: `$count` chooses the plural, `$number` is written as the language does.
    pub(crate) fn count(&self, id: &str, count: u64) -> String {
        self.counted(id, count, &[])
    }

    /// As [`Texts::count`], with further arguments.
    pub(crate) fn counted(&self, id: &str, count: u64, more: &[(&str, &str)]) -> String {
        let mut arguments: FluentArgs<'_> =
            more.iter().map(|(name, value)| (*name, FluentValue::from(*value))).collect();
        arguments.set("count", FluentValue::from(count));
        arguments.set("number", FluentValue::from(amounts::whole(self.language, count)));
        self.format(id, Some(&arguments))
    }

    fn format(&self, id: &str, arguments: Option<&FluentArgs<'_>>) -> String {
        let Some(pattern) = self.bundle.get_message(id).and_then(|message| message.value()) else {
            return id.to_owned();
        };
        self.bundle.format_pattern(pattern, arguments, &mut Vec::new()).into_owned()
    }
}

/// Marks the borders of a text that somebody wrote, so that its direction of writing ends there (Unicode's isolates).
pub(crate) fn isolated(text: &str) -> String {
    format!("\u{2068}{text}\u{2069}")
}

#[cfg(test)]
#[path = "texts_tests.rs"]
mod tests;
