//! Marketplaces: a country, or countries that share a language, as an app declares them. A reward group, a moment and a user name
//! one by its name or by a country's ISO 3166-1 code; which countries a name covers is the app's to say.

use std::collections::BTreeMap;
use std::str::FromStr as _;

use serde::{Deserialize, Serialize};

use crate::error::FieldError;

/// The most marketplaces of an app, and countries of one: there are 250 countries.
pub const MOST: usize = 250;

/// What an app declares: each marketplace with its countries. A country that is in none is one by itself.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Marketplaces(pub BTreeMap<String, Vec<String>>);

impl Marketplaces {
    /// Whether none is declared.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The marketplace or country of that name, in whatever case, as it is kept; `None` if it is neither.
    pub fn resolve(&self, name: &str) -> Option<String> {
        self.0.keys().find(|known| known.eq_ignore_ascii_case(name)).cloned().or_else(|| country(name))
    }

    /// The countries of those that are declared.
    pub fn countries_of(&self, names: &[String]) -> Vec<String> {
        let declared = |name: &String| self.0.iter().find(|(known, _)| known.eq_ignore_ascii_case(name));
        names.iter().filter_map(declared).flat_map(|(_, countries)| countries.clone()).collect()
    }

    /// Resolves what the field `at` lists. A name that `kept` has already stays as it is: it was taken before marketplaces were
    /// declared.
    pub fn resolve_all(&self, names: &mut Vec<String>, kept: &[String], at: &str) -> Result<(), Vec<FieldError>> {
        let mut mistakes = Vec::new();
        let mut resolved: Vec<String> = Vec::with_capacity(names.len());
        for (index, name) in names.iter().enumerate() {
            let known = kept.iter().find(|kept| *kept == name).cloned().or_else(|| self.resolve(name));
            match known {
                Some(known) if resolved.contains(&known) => {}
                Some(known) => resolved.push(known),
                None => mistakes.push(self.mistake(name, format!("{at}/{index}"))),
            }
        }
        *names = resolved;
        if mistakes.is_empty() { Ok(()) } else { Err(mistakes) }
    }

    /// What is wrong with a name that is no marketplace, and what may be meant.
    pub fn mistake(&self, name: &str, pointer: String) -> FieldError {
        let declared: Vec<&str> = self.0.keys().map(String::as_str).collect();
        let or = if declared.is_empty() { String::new() } else { format!(", or one of {}", declared.join(", ")) };
        FieldError { pointer, code: "invalid_marketplace", detail: format!("{}{or}", unknown(name)) }
    }

    /// The same for what is told about a user, which is not repeated.
    pub fn mistake_of_user(name: &str) -> String {
        let meant = by_old_code(name).map(|country| format!("; do you mean {country}?")).unwrap_or_default();
        format!("must be an ISO 3166-1 code of two letters, like DE, or a marketplace that the app declares{meant}")
    }

    /// What may not go from `self` to `after` while `names` are in use: a marketplace, or a country of one.
    pub fn lost(&self, after: &Self, names: &[String]) -> Option<String> {
        let covered = after.countries_of(names);
        let is_gone = |name: &&String| after.resolve(name).is_none() && self.resolve(name).is_some();
        let gone = names.iter().find(is_gone).cloned();
        gone.or_else(|| {
            self.countries_of(names).into_iter().find(|country| !covered.contains(country) && !names.contains(country))
        })
    }
}

/// A name as it is kept: in capitals, as countries' codes are.
pub fn key(name: &str) -> Option<String> {
    let good = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-';
    ((2..=35).contains(&name.len()) && name.bytes().all(good)).then(|| name.to_ascii_uppercase())
}

/// A country's ISO 3166-1 code of two letters, in capitals; `None` if there is no such country.
pub fn country(code: &str) -> Option<String> {
    celes::Country::from_alpha2(code).ok().map(|country| country.alpha2.to_owned())
}

/// The name is cut, so that an error cannot be used to echo a body.
pub fn unknown(name: &str) -> String {
    let short: String = name.chars().take(40).collect();
    match by_old_code(name).or_else(|| by_name(name)) {
        Some(country) => format!("{short}: do you mean {country}?"),
        None => format!("{short}: no country has that ISO 3166-1 code of two letters, like DE"),
    }
}

/// The country of a code that is not ISO's, or was replaced: GB of UK, RU of SU, DE of 276.
fn by_old_code(name: &str) -> Option<String> {
    let mut tag = icu_locale::Locale::try_from_str(&format!("und-{name}")).ok()?;
    icu_locale::LocaleCanonicalizer::new_common().canonicalize(&mut tag);
    country(tag.id.region?.as_str())
}

/// The country of a name in English, or of three letters.
fn by_name(name: &str) -> Option<String> {
    let letters: String = name.chars().filter(|character| character.is_alphanumeric()).collect();
    celes::Country::from_str(&letters).ok().map(|country| country.alpha2.to_owned())
}
