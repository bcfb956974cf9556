//! Holds an address to the rules of its country. Each mistake names its field; nothing of what was written is in it.

use shared::error::FieldError;
use shared::fields::{Fields, FromField, Mistake, Value};
use shared::readable::is_blank;
use shared::shipping::ShippingAddress;

use crate::regions::{Region, region};

/// The longest that a part of an address may be, in bytes: all of them together stay below the 4 KB that KMS encrypts, even where JSON
/// escapes every character.
pub(crate) const MAX_PART: usize = 200;

/// The fields of an address as a form or a body has them, in the order in which mistakes are told.
pub(crate) const FIELDS: [&str; 10] =
    ["country", "name", "organization", "line1", "line2", "district", "city", "region", "postal_code", "phone"];

/// An address as somebody wrote it. What is missing is empty.
#[derive(Clone, Default)]
pub(crate) struct Draft([String; FIELDS.len()]);

impl Draft {
    /// What a field holds.
    pub(crate) fn get(&self, field: &str) -> &str {
        FIELDS.iter().position(|known| *known == field).map_or("", |at| &self.0[at])
    }

    /// Sets a field; one that there is not is passed over.
    pub(crate) fn set(&mut self, field: &str, value: &str) {
        if let Some(at) = FIELDS.iter().position(|known| *known == field) {
            // Blanks at the ends and in rows are nobody's intention.
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

    /// The country, if it is one.
    pub(crate) fn region(&self) -> Option<&'static Region> {
        region(&self.get("country").to_ascii_uppercase())
    }
}

struct Part(String);

impl FromField for Part {
    fn from_field(value: &Value) -> Result<Self, Mistake> {
        String::from_field(value).map(Self)
    }
}

/// The address, or everything that is wrong with it.
pub(crate) fn check(draft: &Draft) -> Result<ShippingAddress, Vec<FieldError>> {
    let mut check = Check { draft, mistakes: Vec::new() };
    let Some(region) = draft.region() else {
        let code = if draft.get("country").is_empty() { "required" } else { "unknown_country" };
        check.refuse("country", code, "must be a country by its ISO 3166-1 code of two letters, like DE");
        return Err(check.mistakes);
    };
    for field in FIELDS {
        check.text(field);
    }
    check.part("name", true, true);
    check.part("line1", true, true);
    for (field, part) in [("district", 'D'), ("city", 'C'), ("region", 'S'), ("postal_code", 'Z')] {
        check.part(field, region.has(part), region.requires(part));
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
    Ok(ShippingAddress {
        name: draft.get("name").to_owned(),
        organization: text("organization"),
        line1: draft.get("line1").to_owned(),
        line2: text("line2"),
        district: capitals("district", 'D'),
        city: capitals("city", 'C'),
        region: state.or(capitals("region", 'S')),
        postal_code: Some(postal_code).filter(|code| !code.is_empty()),
        country: draft.get("country").to_ascii_uppercase(),
        phone: text("phone"),
    })
}

struct Check<'a> {
    draft: &'a Draft,
    mistakes: Vec<FieldError>,
}

impl Check<'_> {
    fn refuse(&mut self, field: &str, code: &'static str, detail: impl Into<String>) {
        let pointer = format!("/{field}");
        // The first mistake of a field is the one to mend.
        if self.mistakes.iter().all(|mistake| mistake.pointer != pointer) {
            self.mistakes.push(FieldError { pointer, code, detail: detail.into() });
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

    fn part(&mut self, field: &'static str, is_used: bool, is_required: bool) {
        let is_empty = is_blank(self.draft.get(field));
        if is_empty && is_required {
            self.refuse(field, "required", "is required in this country");
        } else if !is_empty && !is_used {
            self.refuse(field, "not_used", "is not a part of an address in this country; leave it out");
        }
    }

    /// The state as it is written there, where it is one that is known.
    fn region(&mut self, region: &Region) -> Option<String> {
        let text = self.draft.get("region");
        if text.is_empty() || region.states.is_empty() || !region.has('S') {
            return None;
        }
        match region.state_of(text) {
            Some(state) if state.0.is_ascii() => Some(state.0.clone()),
            // What was written in the letters of the reader stays in them.
            Some(_) => Some(if region.in_capitals('S') { text.to_uppercase() } else { text.to_owned() }),
            None if region.requires('S') => {
                let known: Vec<&str> = region.states.iter().map(|state| state.0.as_str()).collect();
                self.refuse("region", "unknown_region", format!("must be one of {}", known.join(", ")));
                None
            }
            None => None,
        }
    }

    fn postal_code(&mut self, region: &Region) -> String {
        let text = self.draft.get("postal_code");
        let code = if region.in_capitals('Z') { text.to_uppercase() } else { text.to_owned() };
        if code.is_empty() {
            return code;
        }
        let state = region.state_of(self.draft.get("region"));
        if !region.is_postal_code(&code) {
            self.refuse("postal_code", "invalid_postal_code", format!("must look like {}", region.example));
        } else if state.is_some_and(|state| !state.has_postal_code(&code)) {
            self.refuse(
                "postal_code",
                "wrong_region",
                "is the postal code of another region than the one that is named",
            );
        }
        code
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
        let german = check(&draft(&[("country", "de"), ("postal_code", " 10115 "), ("city", "Berlin")])).unwrap();
        assert_eq!((german.country.as_str(), german.postal_code.as_deref()), ("DE", Some("10115")));
        let british = check(&draft(&[("country", "GB"), ("postal_code", "w1u 4eg"), ("city", "London")])).unwrap();
        assert_eq!((british.postal_code.as_deref(), british.city.as_deref()), (Some("W1U 4EG"), Some("LONDON")));
        let american =
            &[("country", "US"), ("city", "Los Angeles"), ("region", "california"), ("postal_code", "90001-1234")];
        assert_eq!(check(&draft(american)).unwrap().region.as_deref(), Some("CA"));
        let japanese = &[("country", "JP"), ("region", "Tokyo"), ("postal_code", "154-0023"), ("city", "Setagaya")];
        assert_eq!(mistakes(japanese), [("/city".to_owned(), "not_used")]);
        assert_eq!(check(&draft(&japanese[..3])).unwrap().region.as_deref(), Some("TOKYO"));
        assert!(check(&draft(&[("country", "AE"), ("region", "Dubai")])).is_ok());
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
        let told = format!("{:?}", check(&draft(&wrong)).unwrap_err());
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
