//! The form of an address in each country, from `regions/regions.json`: its parts in their order, the required ones,
//! and the form of a postal code. `regions/extract.py` says where the data comes from.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use serde::Deserialize;

static DATA: LazyLock<BTreeMap<String, Region>> = LazyLock::new(|| {
    // A test reads every line of the data. Without the data no address would be valid, which is safe.
    serde_json::from_str::<Data>(include_str!("../regions/regions.json")).map(|data| data.regions).unwrap_or_default()
});

#[derive(Deserialize)]
struct Data {
    regions: BTreeMap<String, Region>,
}

/// One country.
#[derive(Deserialize)]
pub(crate) struct Region {
    /// Its name, in English and in German.
    names: [String; 2],
    /// The parts of an address in their order: `N`ame, `O`rganization, street `A`ddress, `D`istrict, `C`ity, `S`tate,
    /// postal code (`Z`) and sorting code (`X`), which no form asks for.
    pub(crate) parts: String,
    /// The parts that are required.
    #[serde(default)]
    require: String,
    /// The parts that are written in capitals.
    #[serde(default)]
    upper: String,
    /// The postal codes, as a regular expression; empty if there is no rule.
    #[serde(default)]
    zip: String,
    /// An example of a postal code.
    #[serde(default)]
    pub(crate) example: String,
    /// The word for a state: `province`, `county`, `prefecture` …
    #[serde(default)]
    pub(crate) state: String,
    /// The word for a postal code: `zip`, `eircode`, `pin`.
    #[serde(default)]
    pub(crate) postal: String,
    /// Its states, if they are known.
    #[serde(default)]
    pub(crate) states: Vec<State>,
}

/// A state: its spelling, names that mean it, and a regular expression for the beginning of its postal codes.
#[derive(Deserialize)]
pub(crate) struct State(pub(crate) String, pub(crate) Vec<String>, String);

/// Returns the country of that code.
pub(crate) fn region(code: &str) -> Option<&'static Region> {
    DATA.get(code)
}

/// Returns all countries, sorted by their names in a language.
pub(crate) fn all(german: bool) -> Vec<(&'static str, &'static str)> {
    let mut all: Vec<_> = DATA.iter().map(|(code, region)| (code.as_str(), region.name(german))).collect();
    // As a reader looks for them: a letter with an accent stands with the letter.
    all.sort_by_key(|(_, name)| name.replace('Ä', "A").replace('Ö', "O").replace('Ü', "U").replace(['Å'], "A"));
    all
}

impl Region {
    /// Returns its name.
    pub(crate) fn name(&self, german: bool) -> &str {
        &self.names[usize::from(german)]
    }

    pub(crate) fn has(&self, part: char) -> bool {
        self.parts.contains(part)
    }

    pub(crate) fn requires(&self, part: char) -> bool {
        self.require.contains(part)
    }

    pub(crate) fn in_capitals(&self, part: char) -> bool {
        self.upper.contains(part)
    }

    /// True if there is no rule for its postal codes.
    pub(crate) fn has_no_rule(&self) -> bool {
        self.zip.is_empty()
    }

    /// Returns a function that is true for the country's postal codes.
    pub(crate) fn postal_codes(&self) -> impl Fn(&str) -> bool {
        let pattern = regex_lite::Regex::new(&format!("^(?:{})$", self.zip)).ok();
        let has_no_rule = self.has_no_rule();
        move |text| has_no_rule || pattern.as_ref().is_none_or(|pattern| pattern.is_match(text))
    }

    /// Returns the state that a text means: a name, or the code of ISO 3166-2, with or without the country before it
    /// (`US-IL`, `IL`).
    pub(crate) fn state_of(&self, text: &str, country: &str) -> Option<&State> {
        self.state_named(text).or_else(|| self.state_named(without_country(text, country)))
    }

    fn state_named(&self, text: &str) -> Option<&State> {
        let text = text.to_lowercase();
        let means =
            |state: &&State| state.0.to_lowercase() == text || state.1.iter().any(|name| name.to_lowercase() == text);
        self.states.iter().find(means)
    }
}

/// Returns `IL` for `US-IL` in the United States.
pub(crate) fn without_country<'a>(text: &'a str, country: &str) -> &'a str {
    let (before, rest) = text.split_at_checked(country.len()).unwrap_or(("", ""));
    let is_before = !country.is_empty() && before.eq_ignore_ascii_case(country);
    rest.strip_prefix('-').filter(|_| is_before).unwrap_or(text)
}

impl State {
    /// True if a postal code of the country belongs to the state.
    pub(crate) fn has_postal_code(&self, text: &str) -> bool {
        self.2.is_empty() || matches(&format!("^(?:{})", self.2), text)
    }

    /// Returns its name in Latin letters, if it has one.
    pub(crate) fn label_in_ascii(&self) -> &str {
        // A code is in capitals or digits.
        let is_name = |name: &&String| name.is_ascii() && name.bytes().any(|byte| byte.is_ascii_lowercase());
        self.1.iter().find(is_name).unwrap_or(&self.0)
    }

    /// Returns the name that people use.
    pub(crate) fn label(&self) -> &str {
        self.1.first().unwrap_or(&self.0)
    }
}

/// True if the text matches. A pattern that cannot be read refuses nobody; a test would find it.
fn matches(pattern: &str, text: &str) -> bool {
    regex_lite::Regex::new(pattern).map_or(true, |pattern| pattern.is_match(text))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_rule_can_be_read_and_takes_its_own_example() {
        assert!(DATA.len() > 240, "{}", DATA.len());
        for (code, region) in DATA.iter() {
            assert!(regex_lite::Regex::new(&region.zip).is_ok(), "{code}");
            let is_postal_code = region.postal_codes();
            assert!(region.example.is_empty() || is_postal_code(&region.example), "{code} {}", region.example);
            for state in &region.states {
                assert!(regex_lite::Regex::new(&state.2).is_ok(), "{code} {}", state.0);
                assert!(std::ptr::eq(region.state_of(&state.0, code).unwrap(), state), "{code} {}", state.0);
            }
            for part in region.require.chars() {
                assert!(region.has(part), "{code} requires {part}");
            }
        }
    }
}
