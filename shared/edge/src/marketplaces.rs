//! Reads marketplaces: those that an app declares, and the names that users, groups and moments carry.

use std::collections::BTreeMap;

use domain::marketplace::{MOST, Marketplaces, country, key, unknown};

use crate::fields::{Fields, FromField, Mistake, Value};

/// Reads the marketplaces that an app declares. Each country belongs to at most one.
pub fn read(fields: &mut Fields<'_>, name: &'static str) -> Option<Marketplaces> {
    let Some(value) = fields.value(name) else { return Some(Marketplaces::default()) };
    let Some(declared) = value.as_object().filter(|declared| declared.len() <= MOST) else {
        let detail = format!("must be an object of at most {MOST} names, each with a list of countries");
        fields.refuse(name, "wrong_type", detail);
        return None;
    };
    let mut read = BTreeMap::new();
    for (marketplace, countries) in declared {
        let place = format!("{name}/{marketplace}");
        let Some(key) = key(marketplace).filter(|key| !read.contains_key(key)) else {
            let detail = "must have a unique name of 2 to 35 letters, digits and -, like DE or DACH";
            fields.refuse_at(&place, "invalid_marketplace", detail);
            continue;
        };
        if let Some(countries) = read_countries(fields, &place, countries, &read) {
            if country(&key).is_some_and(|country| !countries.contains(&country)) {
                let detail = format!("must include the country {key}, because it has its name");
                fields.refuse_at(&place, "invalid_marketplace", detail);
            }
            read.insert(key, countries);
        }
    }
    Some(Marketplaces(read))
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

/// A country by its ISO 3166-1 code of two letters, in any case.
pub struct Country(pub String);

impl FromField for Country {
    fn from_field(value: &Value) -> Result<Self, Mistake> {
        let text = String::from_field(value)?;
        let unknown = || Mistake("invalid_country", unknown(&text));
        country(&text).map(Self).ok_or_else(unknown)
    }
}

/// The name of a user's marketplace, not yet checked against those that the app declares.
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

/// Names of marketplaces, not yet checked against those that the app declares. An empty list means everywhere.
pub struct MarketplaceNames(pub Vec<String>);

impl FromField for MarketplaceNames {
    fn from_field(value: &Value) -> Result<Self, Mistake> {
        let mistake = || Mistake("wrong_type", format!("must be a list of at most {MOST} marketplaces or countries"));
        let values = value.as_array().filter(|values| values.len() <= MOST).ok_or_else(mistake)?;
        values.iter().map(String::from_field).collect::<Result<_, _>>().map(Self)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::fields;
    use domain::Error;

    fn declare(declared: &Value) -> Result<Marketplaces, Vec<(String, String)>> {
        let body = json!({ "marketplaces": declared });
        fields::from_value(&body, "", |fields| read(fields, "marketplaces")).map_err(|error| match error {
            Error::Invalid(errors) => {
                errors.listed().iter().map(|error| (error.pointer.clone(), error.detail.clone())).collect()
            }
            other => panic!("{other:?}"),
        })
    }

    #[test]
    fn a_country_falls_into_the_marketplace_that_has_it() {
        // From the issue: the German marketplace covers Austria and Switzerland.
        let declared = declare(&json!({"DE": ["de", "AT", "CH"], "latam": ["MX", "AR"]})).unwrap();
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
        let mistake = declare(&json!({"DACH": ["DE"]})).unwrap().mistake("Nowhere", String::new());
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
            let errors = declare(&declared).unwrap_err();
            assert_eq!(errors[0].0, pointer, "{declared}: {errors:?}");
        }
    }

    #[test]
    fn what_is_in_use_is_not_taken_away() {
        let before = declare(&json!({"DE": ["DE", "AT"], "LATAM": ["MX", "AR"]})).unwrap();
        let lost = |after: Value, names: &[&str]| {
            let names: Vec<String> = names.iter().map(|name| (*name).to_owned()).collect();
            before.lost(&declare(&after).unwrap(), &names)
        };
        assert_eq!(lost(json!({"LATAM": ["MX", "AR", "CL"]}), &["LATAM"]), None);
        assert_eq!(lost(json!({}), &["LATAM"]).as_deref(), Some("LATAM"));
        assert_eq!(lost(json!({"LATAM": ["MX"]}), &["LATAM"]).as_deref(), Some("AR"));
        assert_eq!(lost(json!({}), &["DE"]).as_deref(), Some("AT"));
        assert_eq!(lost(json!({}), &["FR"]), None);
    }
}
