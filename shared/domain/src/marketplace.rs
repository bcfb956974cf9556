//! Marketplaces: countries, or groups of countries that an app declares because they share a language. Reward groups,
//! moments and users name one by its name or by a country's ISO 3166-1 code.

use std::collections::BTreeMap;
use std::str::FromStr as _;

use serde::{Deserialize, Serialize};

use crate::error::FieldError;

/// The most marketplaces of an app, and countries of a marketplace: the world has 250.
pub const MOST: usize = 250;

/// An app's marketplaces with their countries. Any other country is a marketplace by itself.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Marketplaces(pub BTreeMap<String, Vec<String>>);

impl Marketplaces {
    /// True if none is declared.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Returns the stored name of a marketplace or country, given in any case.
    pub fn resolve(&self, name: &str) -> Option<String> {
        self.0.keys().find(|known| known.eq_ignore_ascii_case(name)).cloned().or_else(|| country(name))
    }

    /// Returns the countries of the declared marketplaces among `names`.
    pub fn countries_of(&self, names: &[String]) -> Vec<String> {
        let declared = |name: &String| self.0.iter().find(|(known, _)| known.eq_ignore_ascii_case(name));
        names.iter().filter_map(declared).flat_map(|(_, countries)| countries.clone()).collect()
    }

    /// Resolves the names in the field `at`. Names in `kept` stay: they were stored before marketplaces were declared.
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

    /// Returns the error for an unknown name, with a suggestion.
    pub fn mistake(&self, name: &str, pointer: String) -> FieldError {
        let declared: Vec<&str> = self.0.keys().map(String::as_str).collect();
        let or = if declared.is_empty() { String::new() } else { format!(", or one of {}", declared.join(", ")) };
        FieldError::new(pointer, "invalid_marketplace", format!("{}{or}", unknown(name)))
    }

    /// Returns the same for a user's marketplace, without repeating it.
    pub fn mistake_of_user(name: &str) -> String {
        let meant = by_old_code(name).map(|country| format!("; do you mean {country}?")).unwrap_or_default();
        format!("must be an ISO 3166-1 code of two letters, like DE, or a marketplace that the app declares{meant}")
    }

    /// Returns a marketplace or country in `names` that `after` would remove.
    pub fn lost(&self, after: &Self, names: &[String]) -> Option<String> {
        let covered = after.countries_of(names);
        let is_gone = |name: &&String| after.resolve(name).is_none() && self.resolve(name).is_some();
        let gone = names.iter().find(is_gone).cloned();
        gone.or_else(|| {
            self.countries_of(names).into_iter().find(|country| !covered.contains(country) && !names.contains(country))
        })
    }
}

/// Returns the name as stored: in capitals, like country codes.
pub fn key(name: &str) -> Option<String> {
    let good = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-';
    ((2..=35).contains(&name.len()) && name.bytes().all(good)).then(|| name.to_ascii_uppercase())
}

/// Returns a country's ISO 3166-1 code of two letters, in capitals.
pub fn country(code: &str) -> Option<String> {
    celes::Country::from_alpha2(code).ok().map(|country| country.alpha2.to_owned())
}

/// Returns the error's text. It shows the start of the name only, so that an error does not echo a body.
pub fn unknown(name: &str) -> String {
    let short: String = name.chars().take(40).collect();
    match by_old_code(name).or_else(|| by_name(name)) {
        Some(country) => format!("{short}: do you mean {country}?"),
        None => format!("{short}: no country has that ISO 3166-1 code of two letters, like DE"),
    }
}

/// Returns the country of a replaced or foreign code: GB for UK, RU for SU, DE for 276.
fn by_old_code(name: &str) -> Option<String> {
    let mut tag = icu_locale::Locale::try_from_str(&format!("und-{name}")).ok()?;
    icu_locale::LocaleCanonicalizer::new_common().canonicalize(&mut tag);
    country(tag.id.region?.as_str())
}

/// Returns the country of an English name or a code of three letters.
fn by_name(name: &str) -> Option<String> {
    let letters: String = name.chars().filter(|character| character.is_alphanumeric()).collect();
    celes::Country::from_str(&letters).ok().map(|country| country.alpha2.to_owned())
}
