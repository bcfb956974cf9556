//! Marketplaces: a country, or countries that share a language, as an app declares them. A reward group, a moment and a user name
//! one by its name or by a country's ISO 3166-1 code; which countries a name covers is the app's to say.

use std::collections::BTreeMap;
use std::str::FromStr as _;

use edge::fields::{Fields, FromField, Mistake, Value};
use serde::{Deserialize, Serialize};

use crate::error::FieldError;

/// The most marketplaces of an app, and countries of one: there are 250 countries.
const MOST: usize = 250;

/// What an app declares: each marketplace with its countries. A country that is in none is one by itself.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Marketplaces(BTreeMap<String, Vec<String>>);

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

    /// Reads what an app declares. Each country is in one marketplace at most, so that a user's country leads to one.
    pub fn read(fields: &mut Fields<'_>, name: &'static str) -> Option<Self> {
        let Some(value) = fields.value(name) else { return Some(Self::default()) };
        let Some(declared) = value.as_object().filter(|declared| declared.len() <= MOST) else {
            let detail = format!("must be an object of at most {MOST} names, each with a list of countries");
            fields.refuse(name, "wrong_type", detail);
            return None;
        };
        let mut read = BTreeMap::new();
        for (marketplace, countries) in declared {
            let place = format!("{name}/{marketplace}");
            let Some(key) = key(marketplace).filter(|key| !read.contains_key(key)) else {
                let detail = "must have a name of its own of 2 to 35 letters, digits and -, like DE or DACH";
                fields.refuse_at(&place, "invalid_marketplace", detail);
                continue;
            };
            if let Some(countries) = read_countries(fields, &place, countries, &read) {
                if country(&key).is_some_and(|country| !countries.contains(&country)) {
                    let detail = format!("must have {key} among its countries, whose name it has");
                    fields.refuse_at(&place, "invalid_marketplace", detail);
                }
                read.insert(key, countries);
            }
        }
        Some(Self(read))
    }
}

fn read_countries(
    fields: &mut Fields<'_>,
    place: &str,
    value: &Value,
    others: &BTreeMap<String, Vec<String>>,
) -> Option<Vec<String>> {
    let Some(values) = value.as_array().filter(|values| (1..=MOST).contains(&values.len())) else {
        fields.refuse_at(place, "wrong_type", format!("must be a list of 1 to {MOST} countries"));
        return None;
    };
    let mut countries: Vec<String> = Vec::with_capacity(values.len());
    for (index, value) in values.iter().enumerate() {
        let place = format!("{place}/{index}");
        match Country::from_field(value) {
            Err(Mistake(code, detail)) => fields.refuse_at(&place, code, detail),
            Ok(Country(country)) => {
                let other = others.iter().find(|(_, others)| others.contains(&country));
                if let Some((other, _)) = other {
                    let detail = format!("{country} is in {other} already; a country is in one marketplace at most");
                    fields.refuse_at(&place, "repeated", detail);
                } else if !countries.contains(&country) {
                    countries.push(country);
                }
            }
        }
    }
    Some(countries)
}

/// A name as it is kept: in capitals, as countries' codes are.
fn key(name: &str) -> Option<String> {
    let good = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-';
    ((2..=35).contains(&name.len()) && name.bytes().all(good)).then(|| name.to_ascii_uppercase())
}

/// A country's ISO 3166-1 code of two letters, in capitals; `None` if there is no such country.
fn country(code: &str) -> Option<String> {
    celes::Country::from_alpha2(code).ok().map(|country| country.alpha2.to_owned())
}

/// A country, by its ISO 3166-1 code of two letters in whatever case.
pub struct Country(pub String);

impl FromField for Country {
    fn from_field(value: &Value) -> Result<Self, Mistake> {
        let text = String::from_field(value)?;
        let unknown = || Mistake("invalid_country", unknown(&text));
        country(&text).map(Self).ok_or_else(unknown)
    }
}

/// What a field says where the user buys, before it is held against what the app declares.
pub struct MarketplaceName(pub String);

impl FromField for MarketplaceName {
    fn from_field(value: &Value) -> Result<Self, Mistake> {
        let text = String::from_field(value)?;
        match key(&text) {
            Some(_) => Ok(Self(text)),
            None => Err(Mistake("invalid_marketplace", Marketplaces::mistake_of_user(&text))),
        }
    }
}

/// Names of marketplaces, before they are held against what the app declares; empty means everywhere.
pub struct MarketplaceNames(pub Vec<String>);

impl FromField for MarketplaceNames {
    fn from_field(value: &Value) -> Result<Self, Mistake> {
        let mistake = || Mistake("wrong_type", format!("must be a list of at most {MOST} marketplaces or countries"));
        let values = value.as_array().filter(|values| values.len() <= MOST).ok_or_else(mistake)?;
        values.iter().map(String::from_field).collect::<Result<_, _>>().map(Self)
    }
}

/// The name is cut, so that an error cannot be used to echo a body.
fn unknown(name: &str) -> String {
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

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::Error;
    use edge::fields;

    fn read(declared: &Value) -> Result<Marketplaces, Vec<(String, String)>> {
        let body = json!({ "marketplaces": declared });
        fields::from_value(&body, "", |fields| Marketplaces::read(fields, "marketplaces")).map_err(
            |error| match error {
                Error::Invalid(errors) => {
                    errors.listed().iter().map(|error| (error.pointer.clone(), error.detail.clone())).collect()
                }
                other => panic!("{other:?}"),
            },
        )
    }

    #[test]
    fn a_country_falls_into_the_marketplace_that_has_it() {
        // From the issue: the German marketplace covers Austria and Switzerland.
        let declared = read(&json!({"DE": ["de", "AT", "CH"], "latam": ["MX", "AR"]})).unwrap();
        assert_eq!(declared.countries_of(&["DE".into(), "FR".into()]), ["DE", "AT", "CH"]);
        for (name, kept) in [("de", "DE"), ("at", "AT"), ("Latam", "LATAM"), ("fr", "FR")] {
            assert_eq!(declared.resolve(name).as_deref(), Some(kept), "{name}");
        }
        for name in ["", "UK", "Germany", "DACH", "es-419", "D"] {
            assert_eq!(declared.resolve(name), None, "{name}");
        }
        assert_eq!(serde_json::from_value::<Marketplaces>(json!(declared)).unwrap(), declared);
    }

    #[test]
    fn a_misspelt_country_is_refused_with_what_may_be_meant() {
        // From the issue: "UK: do you mean GB?", and `"marketplaces": ["Germany"]`, `["UK", "de"]` were stored.
        for (name, meant) in
            [("UK", "GB"), ("Germany", "DE"), ("DEU", "DE"), ("United States", "US"), ("USA", "US"), ("276", "DE")]
        {
            let mistake = Marketplaces::default().mistake(name, "/marketplaces/0".into());
            assert_eq!(mistake.detail, format!("{name}: do you mean {meant}?"));
        }
        let mistake = read(&json!({"DACH": ["DE"]})).unwrap().mistake("Nowhere", String::new());
        assert_eq!(
            mistake.detail,
            "Nowhere: no country has that ISO 3166-1 code of two letters, like DE, or one of DACH"
        );
        let mut names = vec!["de".to_owned(), "DE".to_owned(), "Germany".to_owned(), "UK".to_owned()];
        let mistakes = Marketplaces::default().resolve_all(&mut names, &["Germany".to_owned()], "/m").unwrap_err();
        assert_eq!((mistakes.len(), mistakes[0].pointer.as_str()), (1, "/m/3"));
        assert_eq!(names, ["DE", "Germany"], "what is kept already stays");
    }

    #[test]
    fn what_an_app_declares_leads_from_a_country_to_one_marketplace() {
        for (declared, pointer) in [
            (json!([]), "/marketplaces"),
            (json!({"DE": []}), "/marketplaces/DE"),
            (json!({"DE": ["AT"]}), "/marketplaces/DE"),
            (json!({"DE": ["DE", "UK"]}), "/marketplaces/DE/1"),
            (json!({"A-1": ["DE"], "B-1": ["AT", "DE"]}), "/marketplaces/B-1/1"),
            (json!({"DE": ["DE"], "de": ["DE"]}), "/marketplaces/de"),
            (json!({"D": ["DE"]}), "/marketplaces/D"),
            (json!({"a#b": ["DE"]}), "/marketplaces/a#b"),
        ] {
            let errors = read(&declared).unwrap_err();
            assert_eq!(errors[0].0, pointer, "{declared}: {errors:?}");
        }
    }

    #[test]
    fn what_is_in_use_is_not_taken_away() {
        let before = read(&json!({"DE": ["DE", "AT"], "LATAM": ["MX", "AR"]})).unwrap();
        let lost = |after: Value, names: &[&str]| {
            let names: Vec<String> = names.iter().map(|name| (*name).to_owned()).collect();
            before.lost(&read(&after).unwrap(), &names)
        };
        assert_eq!(lost(json!({"LATAM": ["MX", "AR", "CL"]}), &["LATAM"]), None);
        assert_eq!(lost(json!({}), &["LATAM"]).as_deref(), Some("LATAM"));
        assert_eq!(lost(json!({"LATAM": ["MX"]}), &["LATAM"]).as_deref(), Some("AR"));
        assert_eq!(lost(json!({}), &["DE"]).as_deref(), Some("AT"));
        assert_eq!(lost(json!({}), &["FR"]), None);
    }
}
