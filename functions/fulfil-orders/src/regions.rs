//! What an address has in each country, out of `regions/regions.json`: its parts in their order, which of them must
//! be there, and what a postal code looks like. Where the data comes from says `regions/extract.py`.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use serde::Deserialize;

static DATA: LazyLock<BTreeMap<String, Region>> = LazyLock::new(|| {
    // A test reads every line of it: without it no address would be good enough, which is safe.
    serde_json::from_str::<Data>(include_str!("../regions/regions.json")).map(|data| data.regions).unwrap_or_default()
});

#[derive(Deserialize)]
struct Data {
    regions: BTreeMap<String, Region>,
}

/// One country.
#[derive(Deserialize)]
pub(crate) struct Region {
    /// What it is called, in English and in German.
    names: [String; 2],
    /// The parts of an address in their order: `N`ame, `O`rganization, street `A`ddress, `D`istrict, `C`ity, `S`tate,
    /// postal code (`Z`) and, which nobody is asked for, sorting code (`X`).
    pub(crate) parts: String,
    /// Those that must be there.
    #[serde(default)]
    require: String,
    /// Those that are written in capitals.
    #[serde(default)]
    upper: String,
    /// What a postal code is, as a regular expression; empty where there is no rule.
    #[serde(default)]
    zip: String,
    /// What one looks like.
    #[serde(default)]
    pub(crate) example: String,
    /// What a state is called: `province`, `county`, `prefecture` …
    #[serde(default)]
    pub(crate) state: String,
    /// What a postal code is called: `zip`, `eircode`, `pin`.
    #[serde(default)]
    pub(crate) postal: String,
    /// Its states, where they are known.
    #[serde(default)]
    pub(crate) states: Vec<State>,
}

/// A state: how it is written, names that mean it, and what its postal codes begin with.
#[derive(Deserialize)]
pub(crate) struct State(pub(crate) String, pub(crate) Vec<String>, String);

/// The country of that code.
pub(crate) fn region(code: &str) -> Option<&'static Region> {
    DATA.get(code)
}

/// All countries, by the names that they have in a language.
pub(crate) fn all(german: bool) -> Vec<(&'static str, &'static str)> {
    let mut all: Vec<_> = DATA.iter().map(|(code, region)| (code.as_str(), region.name(german))).collect();
    // As a reader looks for them: a letter with an accent stands with the letter.
    all.sort_by_key(|(_, name)| name.replace('Ä', "A").replace('Ö', "O").replace('Ü', "U").replace(['Å'], "A"));
    all
}

impl Region {
    /// What it is called.
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

    /// Whether nothing is known of how a postal code looks there.
    pub(crate) fn has_no_rule(&self) -> bool {
        self.zip.is_empty()
    }

    /// Which texts are a postal code there.
    pub(crate) fn postal_codes(&self) -> impl Fn(&str) -> bool {
        let pattern = regex_lite::Regex::new(&format!("^(?:{})$", self.zip)).ok();
        let has_no_rule = self.has_no_rule();
        move |text| has_no_rule || pattern.as_ref().is_none_or(|pattern| pattern.is_match(text))
    }

    /// The state that a text means: a name, or the code that ISO 3166-2 has, with the country before it or without (`US-IL`, `IL`).
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

/// `IL` of `US-IL` in the United States.
pub(crate) fn without_country<'a>(text: &'a str, country: &str) -> &'a str {
    let (before, rest) = text.split_at_checked(country.len()).unwrap_or(("", ""));
    let is_before = !country.is_empty() && before.eq_ignore_ascii_case(country);
    rest.strip_prefix('-').filter(|_| is_before).unwrap_or(text)
}

impl State {
    /// Whether a postal code of the country is one of the state.
    pub(crate) fn has_postal_code(&self, text: &str) -> bool {
        self.2.is_empty() || matches(&format!("^(?:{})", self.2), text)
    }

    /// What it is called in Latin letters, if it has such a name.
    pub(crate) fn label_in_ascii(&self) -> &str {
        // A code is in capitals or digits.
        let is_name = |name: &&String| name.is_ascii() && name.bytes().any(|byte| byte.is_ascii_lowercase());
        self.1.iter().find(is_name).unwrap_or(&self.0)
    }

    /// What people call it.
    pub(crate) fn label(&self) -> &str {
        self.1.first().unwrap_or(&self.0)
    }
}

/// A rule that cannot be read, which a test would find, refuses nobody.
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
