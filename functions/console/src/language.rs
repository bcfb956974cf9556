//! The languages of the console, and which of them a person reads.

use domain::locale;

/// A language of the console.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Language {
    English,
    German,
    French,
    Italian,
    Spanish,
    Portuguese,
    Dutch,
    Japanese,
}

impl Language {
    /// Every language, in the order in which a page offers them.
    pub(crate) const ALL: [Self; 8] = [
        Self::English,
        Self::German,
        Self::French,
        Self::Italian,
        Self::Spanish,
        Self::Portuguese,
        Self::Dutch,
        Self::Japanese,
    ];

    /// Returns the language of a person: the one chosen before, else the first of the browser's that there is.
    pub(crate) fn of(chosen: Option<&str>, accept_language: Option<&str>) -> Self {
        let chosen = Self::ALL.into_iter().find(|language| Some(language.tag()) == chosen);
        let asked = accept_language::parse(accept_language.unwrap_or_default());
        let tags = Self::ALL.map(Self::tag);
        let fits = |tag: &String| locale::choose(tags.into_iter(), tag.trim());
        let of_browser = || asked.iter().find_map(fits);
        let by_tag = |tag: &str| Self::ALL.into_iter().find(|language| language.tag() == tag);
        chosen.or_else(|| by_tag(of_browser()?)).unwrap_or(Self::English)
    }

    /// Returns the language's tag.
    pub(crate) fn tag(self) -> &'static str {
        match self {
            Self::English => "en",
            Self::German => "de",
            Self::French => "fr",
            Self::Italian => "it",
            Self::Spanish => "es",
            Self::Portuguese => "pt",
            Self::Dutch => "nl",
            Self::Japanese => "ja",
        }
    }

    /// Returns the language's name in the language itself.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::English => "English",
            Self::German => "Deutsch",
            Self::French => "Français",
            Self::Italian => "Italiano",
            Self::Spanish => "Español",
            Self::Portuguese => "Português",
            Self::Dutch => "Nederlands",
            Self::Japanese => "日本語",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_choice_comes_before_the_browsers_languages_and_those_before_english() {
        for (chosen, browser, language) in [
            (None, None, Language::English),
            (None, Some("de-AT,de;q=0.9,en;q=0.5"), Language::German),
            (None, Some("sv,pt-BR;q=0.8"), Language::Portuguese),
            (Some("ja"), Some("de"), Language::Japanese),
            (Some("xx"), Some("nl-BE"), Language::Dutch),
            (None, Some("sv"), Language::English),
        ] {
            assert_eq!(Language::of(chosen, browser), language, "{chosen:?} {browser:?}");
        }
    }
}
