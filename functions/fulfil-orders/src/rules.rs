//! Checks an address against the rules of its country. Each mistake names its field and repeats nothing that the user
//! wrote. A field that the country does not need is no mistake: apps have one form for all countries.

use domain::error::FieldError;
use domain::readable::is_blank;
use domain::reward::shipping::ShippingAddress;
use edge::fields::{Fields, FromField, Mistake, Value};

use crate::postal_code;
use crate::regions::{Region, State, region, without_country};

/// The longest part of an address, in bytes: all parts together stay below the 4 KB that KMS encrypts, even if JSON
/// escapes every character.
pub(crate) const MAX_PART: usize = 200;

/// The fields of an address in a form or a body, in the order in which mistakes are listed.
pub(crate) const FIELDS: [&str; 10] =
    ["country", "name", "organization", "line1", "line2", "district", "city", "region", "postal_code", "phone"];

/// An address as the user wrote it. Missing fields are empty.
#[derive(Clone, Default)]
pub(crate) struct Draft([String; FIELDS.len()]);

impl Draft {
    /// Returns the content of a field.
    pub(crate) fn get(&self, field: &str) -> &str {
        FIELDS.iter().position(|known| *known == field).map_or("", |at| &self.0[at])
    }

    /// Sets a field. Ignores an unknown one.
    pub(crate) fn set(&mut self, field: &str, value: &str) {
        if let Some(at) = FIELDS.iter().position(|known| *known == field) {
            // Nobody intends blanks at the ends, or several in a row.
            self.0[at] = value.split_whitespace().collect::<Vec<_>>().join(" ");
        }
    }

    /// Reads a body.
    pub(crate) fn read(fields: &mut Fields<'_>) -> Option<Self> {
        let mut draft = Self::default();
        for field in FIELDS {
            let value = fields.optional::<Part>(field);
            draft.set(field, value.as_ref().map_or("", |part| &part.0));
        }
        Some(draft)
    }

    /// Returns the code of the country, in capitals.
    pub(crate) fn country(&self) -> String {
        self.get("country").to_ascii_uppercase()
    }

    /// Returns the country, if it is a known one.
    pub(crate) fn region(&self) -> Option<&'static Region> {
        region(&self.country())
    }
}

struct Part(String);

impl FromField for Part {
    fn from_field(value: &Value) -> Result<Self, Mistake> {
        String::from_field(value).map(Self)
    }
}

/// An address that can be shipped to.
pub(crate) struct Checked {
    pub(crate) address: ShippingAddress,
    /// The fields that were left out of it.
    pub(crate) warnings: Vec<FieldError>,
}

/// Returns the address, or all its mistakes.
pub(crate) fn check(draft: &Draft) -> Result<Checked, Vec<FieldError>> {
    let mut check = Check { draft, country: draft.country(), mistakes: Vec::new(), warnings: Vec::new() };
    let Some(region) = draft.region() else {
        let code = if draft.get("country").is_empty() { "required" } else { "unknown_country" };
        check.refuse("country", code, "must be a country by its ISO 3166-1 code of two letters, like DE");
        return Err(check.mistakes);
    };
    for field in FIELDS {
        check.text(field);
    }
    check.required("name");
    check.required("line1");
    for (field, part) in [("district", 'D'), ("city", 'C'), ("region", 'S'), ("postal_code", 'Z')] {
        if region.requires(part) {
            check.required(field);
        }
    }
    let state = check.region(region);
    let postal_code = check.postal_code(region);
    check.phone();
    if !check.mistakes.is_empty() {
        check.mistakes.sort_by_key(|mistake| FIELDS.iter().position(|field| mistake.pointer[1..] == **field));
        return Err(check.mistakes);
    }
    let text = |field: &str| Some(draft.get(field).to_owned()).filter(|text| !text.is_empty());
    let capitals =
        |field: &str, part| text(field).map(|text| if region.in_capitals(part) { text.to_uppercase() } else { text });
    let address = ShippingAddress {
        name: draft.get("name").to_owned(),
        organization: text("organization"),
        line1: draft.get("line1").to_owned(),
        line2: text("line2"),
        district: capitals("district", 'D'),
        city: capitals("city", 'C'),
        region: state,
        postal_code,
        country: check.country,
        phone: text("phone"),
    };
    Ok(Checked { address, warnings: check.warnings })
}

struct Check<'a> {
    draft: &'a Draft,
    country: String,
    mistakes: Vec<FieldError>,
    warnings: Vec<FieldError>,
}

impl Check<'_> {
    fn refuse(&mut self, field: &str, code: &'static str, detail: impl Into<String>) {
        let pointer = format!("/{field}");
        // The first mistake of a field is the one to fix.
        if self.mistakes.iter().all(|mistake| mistake.pointer != pointer) {
            self.mistakes.push(FieldError::new(pointer, code, detail));
        }
    }

    fn text(&mut self, field: &'static str) {
        let text = self.draft.get(field);
        if text.len() > MAX_PART {
            self.refuse(field, "too_long", format!("must be at most {MAX_PART} bytes long"));
        } else if text.chars().any(char::is_control) {
            self.refuse(field, "invalid_text", "must be text without control characters");
        }
    }

    fn required(&mut self, field: &'static str) {
        if is_blank(self.draft.get(field)) {
            self.refuse(field, "required", "is required in this country");
        }
    }

    /// Leaves a field out of the address. That is no mistake: the user has nothing to fix.
    fn leave_out(&mut self, field: &'static str) {
        let detail = "is not a part of an address in this country and was left out".to_owned();
        self.warnings.push(FieldError::new(format!("/{field}"), "not_used", detail));
    }

    /// Returns the state as the country writes it, if it is known; else as the user wrote it.
    fn region(&mut self, region: &Region) -> Option<String> {
        let text = without_country(self.draft.get("region"), &self.country);
        if text.is_empty() {
            return None;
        }
        let state = region.state_of(text, &self.country);
        if !region.has('S') && state.is_none() && text != self.draft.get("region") {
            // A code of ISO 3166-2 does not help a carrier where addresses have no state. A name does no harm.
            self.leave_out("region");
            return None;
        }
        if state.is_none() && region.requires('S') && !region.states.is_empty() {
            let known: Vec<&str> = region.states.iter().map(|state| state.0.as_str()).collect();
            self.refuse("region", "unknown_region", format!("must be one of {}", known.join(", ")));
        }
        let written = state.map_or(text, |state| self.written(state, text));
        Some(if region.in_capitals('S') { written.to_uppercase() } else { written.to_owned() })
    }

    /// Returns a state in the letters of the rest of the address.
    fn written<'a>(&self, state: &'a State, text: &'a str) -> &'a str {
        let is_code = text.len() <= 3 && text.is_ascii();
        match (state.0.is_ascii(), is_code) {
            (true, _) => &state.0,
            (false, true) if self.draft.get("line1").is_ascii() => state.label_in_ascii(),
            (false, true) => &state.0,
            // A name that the user wrote in other letters stays in them.
            (false, false) => text,
        }
    }

    /// Returns the postal code as the country writes it.
    fn postal_code(&mut self, region: &Region) -> Option<String> {
        let text = self.draft.get("postal_code");
        if text.is_empty() {
            return None;
        }
        let is_used = region.has('Z');
        let code = postal_code::canonical(text, &self.country, region);
        if (!is_used || code.is_none()) && !region.requires('Z') && postal_code::is_filler(text) {
            self.leave_out("postal_code");
            return None;
        }
        let Some(code) = code else {
            self.refuse("postal_code", "invalid_postal_code", format!("must look like {}", region.example));
            return None;
        };
        // If the country does not require a state, carriers go by the postal code.
        let state = region.state_of(self.draft.get("region"), &self.country).filter(|_| region.requires('S'));
        if state.is_some_and(|state| !state.has_postal_code(&code)) {
            self.refuse(
                "postal_code",
                "wrong_region",
                "is the postal code of another region than the one that is named",
            );
        }
        Some(code)
    }

    fn phone(&mut self) {
        let text = self.draft.get("phone");
        let known = |character: char| character.is_ascii_digit() || " +-()/.".contains(character);
        let digits = text.bytes().filter(u8::is_ascii_digit).count();
        let is_number = text.chars().all(known) && (5..=15).contains(&digits);
        if !text.is_empty() && !is_number {
            self.refuse("phone", "invalid_phone", "must be a telephone number, like +49 30 1234567");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn draft(fields: &[(&str, &str)]) -> Draft {
        let mut draft = Draft::default();
        for (field, value) in [("name", "Ada Lovelace"), ("line1", "Ring 1")].iter().chain(fields) {
            draft.set(field, value);
        }
        draft
    }

    fn mistakes(fields: &[(&str, &str)]) -> Vec<(String, &'static str)> {
        let refused = check(&draft(fields)).err().unwrap_or_default();
        refused.into_iter().map(|mistake| (mistake.pointer, mistake.code)).collect()
    }

    #[test]
    fn what_a_country_wants_is_taken_and_written_as_it_is_written_there() {
        let check = |draft: &Draft| check(draft).map(|checked| checked.address);
        let german = check(&draft(&[("country", "de"), ("postal_code", " 10115 "), ("city", "Berlin")])).unwrap();
        assert_eq!((german.country.as_str(), german.postal_code.as_deref()), ("DE", Some("10115")));
        let british = check(&draft(&[("country", "GB"), ("postal_code", "w1u 4eg"), ("city", "London")])).unwrap();
        assert_eq!((british.postal_code.as_deref(), british.city.as_deref()), (Some("W1U 4EG"), Some("LONDON")));
        let american =
            &[("country", "US"), ("city", "Los Angeles"), ("region", "california"), ("postal_code", "90001-1234")];
        assert_eq!(check(&draft(american)).unwrap().region.as_deref(), Some("CA"));
        let japanese = &[("country", "JP"), ("region", "Tokyo"), ("postal_code", "154-0023"), ("city", "Setagaya")];
        let japanese = check(&draft(japanese)).unwrap();
        assert_eq!((japanese.region.as_deref(), japanese.city.as_deref()), (Some("TOKYO"), Some("Setagaya")));
        assert!(check(&draft(&[("country", "AE"), ("region", "Dubai")])).is_ok());
    }

    /// The data has no city in the addresses of seven countries (googlei18n/libaddressinput#244,
    /// stripe/stripe-ios#6506): a city was refused there as `not_used`.
    #[test]
    fn a_city_is_taken_in_every_country() {
        for (country, more) in [
            ("JP", &[("region", "東京都"), ("postal_code", "100-0001"), ("city", "千代田区")][..]),
            ("AE", &[("region", "Dubai"), ("city", "Dubai")]),
            ("GI", &[("city", "Gibraltar")]),
            ("KY", &[("region", "Grand Cayman"), ("city", "George Town")]),
            ("MO", &[("city", "Macau")]),
            ("NR", &[("region", "Yaren District"), ("city", "Yaren")]),
            ("SG", &[("city", "Singapore"), ("postal_code", "546080")]),
        ] {
            let checked = check(&draft(&[&[("country", country)], more].concat()));
            let checked = checked.unwrap_or_else(|mistakes| panic!("{country}: {mistakes:?}"));
            let city = more.iter().find(|(field, _)| *field == "city").map(|(_, city)| *city);
            assert_eq!((checked.address.city.as_deref(), checked.warnings.len()), (city, 0), "{country}");
        }
    }

    /// A region was refused in 174 countries, a postal code in 69 ("What the field found", 12).
    #[test]
    fn what_a_country_does_not_need_is_taken_or_left_out_and_never_refused() {
        for code in crate::regions::all(false).into_iter().map(|(code, _)| code) {
            let needed = region(code).unwrap();
            let example = Some(needed.example.as_str()).filter(|example| !example.is_empty());
            // In the data, the example of Russia is in none of its states.
            let zip = if code == "RU" { "101000" } else { example.unwrap_or("12345") };
            let state =
                needed.states.iter().find(|state| state.has_postal_code(zip)).map_or("Somewhere", |state| &state.0);
            let all = [("country", code), ("district", "D"), ("city", "C"), ("region", state), ("postal_code", zip)];
            let checked = check(&draft(&all)).unwrap_or_else(|mistakes| panic!("{code}: {mistakes:?}"));
            assert!(checked.warnings.is_empty(), "{code}");
            let address = checked.address;
            assert!(address.region.is_some() && address.postal_code.is_some() && address.city.is_some(), "{code}");
        }
        // A filler, and a code that says nothing to a carrier, are left out.
        let zeros = [("country", "AE"), ("region", "AE-DU"), ("postal_code", "00000"), ("city", "Dubai")];
        let berlin = [("country", "DE"), ("region", "DE-BE"), ("postal_code", "10115"), ("city", "Berlin")];
        for (fields, left_out) in [(zeros, "/postal_code"), (berlin, "/region")] {
            let checked = check(&draft(&fields)).map_err(|mistakes| format!("{mistakes:?}")).unwrap();
            let warned: Vec<(&str, &str)> =
                checked.warnings.iter().map(|warning| (warning.pointer.as_str(), warning.code)).collect();
            assert_eq!(warned, [(left_out, "not_used")]);
        }
    }

    /// ISO 3166-2 codes, as payment providers and address books pass them on.
    #[test]
    fn the_codes_of_iso_3166_2_name_a_region() {
        let region = |country, region, more: &[(&str, &str)]| {
            let address = check(&draft(&[&[("country", country), ("region", region)], more].concat()));
            address.map(|checked| checked.address.region).map_err(|mistakes| format!("{mistakes:?}")).unwrap()
        };
        let chicago = [("city", "Chicago"), ("postal_code", "60601")];
        for code in ["US-IL", "us-il", "IL", "Illinois"] {
            assert_eq!(region("US", code, &chicago).as_deref(), Some("IL"), "{code}");
        }
        let tokyo = [("postal_code", "100-0001"), ("city", "Chiyoda")];
        assert_eq!(region("JP", "JP-13", &tokyo).as_deref(), Some("TOKYO"));
        let in_japanese = [("postal_code", "100-0001"), ("city", "千代田区"), ("line1", "千代田1-1")];
        assert_eq!(region("JP", "JP-13", &in_japanese).as_deref(), Some("東京都"));
        assert_eq!(region("AE", "AE-DU", &[]).as_deref(), Some("Dubai"));
        assert_eq!(
            mistakes(&[&[("country", "US"), ("region", "US-13")], &chicago[..]].concat())[0].1,
            "unknown_region"
        );
    }

    #[test]
    fn every_mistake_is_told_at_once_and_says_nothing_of_what_was_written() {
        let wrong =
            [("country", "US"), ("name", ""), ("region", "Bavaria"), ("postal_code", "1"), ("phone", "call me")];
        let expected = [
            ("/name", "required"),
            ("/city", "required"),
            ("/region", "unknown_region"),
            ("/postal_code", "invalid_postal_code"),
            ("/phone", "invalid_phone"),
        ];
        assert_eq!(mistakes(&wrong), expected.map(|(pointer, code)| (pointer.to_owned(), code)));
        let told = format!("{:?}", check(&draft(&wrong)).err());
        assert!(!told.contains("Bavaria") && !told.contains("call me"));
    }

    #[test]
    fn a_postal_code_of_another_state_is_found() {
        let fields = [("country", "US"), ("city", "Austin"), ("region", "TX"), ("postal_code", "90001")];
        assert_eq!(mistakes(&fields), [("/postal_code".to_owned(), "wrong_region")]);
    }

    #[test]
    fn a_country_that_there_is_not_is_told_first_and_alone() {
        for (country, code) in [("", "required"), ("XX", "unknown_country"), ("Germany", "unknown_country")] {
            assert_eq!(mistakes(&[("country", country)]), [("/country".to_owned(), code)]);
        }
        let long = "x".repeat(MAX_PART + 1);
        let fields = [("country", "DE"), ("postal_code", "10115"), ("city", long.as_str())];
        assert_eq!(mistakes(&fields), [("/city".to_owned(), "too_long")]);
    }
}
