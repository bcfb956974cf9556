//! Reads a JSON body field by field and reports every mistake at once, each by its JSON pointer, unknown fields
//! included. The rules of single types stand in `impl FromField`; the rules of a body stand with the function that
//! reads it.

mod time;

use domain::error::{FieldError, Mistakes};
use domain::id::{Action, AppId, CampaignId, DeviceId, EventId, InvalidId, KeyId, MomentId, PartnerId, RewardGroupId, UserId, check_utf8};
use domain::instant::{EARLIEST, LATEST};
use domain::money::{MAX_MINOR, Money};
use domain::secret::{Attributes, DeviceAddress, RewardUrl};
use domain::time_zone::TimeZone;
use domain::{Error, readable, web_address};
use iso_currency::Currency;
use jiff::Timestamp;
use serde_json::Map;
pub use serde_json::Value;

use crate::json;

/// What is wrong with one value: a code for programs and a sentence for people.
pub struct Mistake(pub &'static str, pub String);

/// A value that can be read out of JSON, with rules of its own.
pub trait FromField: Sized {
    /// Reads the value, or says what is wrong with it.
    fn from_field(value: &Value) -> Result<Self, Mistake>;
}

/// One JSON object being read.
pub struct Fields<'a> {
    object: &'a Map<String, Value>,
    pointer: String,
    read: Vec<&'static str>,
    errors: Mistakes,
    warnings: Vec<FieldError>,
}

/// Reads a body: `read` takes every field it knows, then builds the result if all of them were good.
pub fn parse<T>(body: &[u8], read: impl FnOnce(&mut Fields<'_>) -> Option<T>) -> Result<T, Error> {
    from_value(&json::read(body)?, "", read)
}

/// Reads one JSON object that stands at `pointer`.
pub fn from_value<T>(
    value: &Value,
    pointer: &str,
    read: impl FnOnce(&mut Fields<'_>) -> Option<T>,
) -> Result<T, Error> {
    let mut errors = Mistakes::default();
    match object(value, pointer.to_owned(), &mut errors, read) {
        Some(result) if errors.count() == 0 => Ok(result),
        _ => Err(Error::Invalid(errors)),
    }
}

fn object<T>(
    value: &Value,
    pointer: String,
    errors: &mut Mistakes,
    read: impl FnOnce(&mut Fields<'_>) -> Option<T>,
) -> Option<T> {
    let Some(object) = value.as_object() else {
        errors.push(FieldError { pointer, code: "wrong_type", detail: "must be an object".into() });
        return None;
    };
    let mut fields = Fields { object, pointer, read: Vec::new(), errors: Mistakes::default(), warnings: Vec::new() };
    let result = read(&mut fields);
    fields.refuse_unknown();
    let good = fields.errors.count() == 0;
    errors.append(fields.errors);
    result.filter(|_| good)
}

impl Fields<'_> {
    /// A field that must be there.
    pub fn required<T: FromField>(&mut self, name: &'static str) -> Option<T> {
        self.value_required(name).and_then(|value| self.convert(name, &value))
    }

    /// A field that may be absent or null.
    pub fn optional<T: FromField>(&mut self, name: &'static str) -> Option<T> {
        let value = self.value(name)?;
        self.convert(name, &value)
    }

    /// A field that may be absent or null, and only describes a user: a wrong value is left out and warned of.
    pub fn described<T: FromField>(&mut self, name: &'static str) -> Option<T> {
        let value = self.value(name)?;
        let warn = |Mistake(code, detail)| self.warn(name, code, detail);
        T::from_field(&value).map_err(warn).ok()
    }

    /// Reports that a field is left out, and why.
    fn warn(&mut self, name: &str, code: &'static str, detail: String) {
        let detail = format!("{detail}; it is left out, and all else holds");
        self.warnings.push(FieldError { pointer: self.at(name), code, detail });
    }

    /// Where a field of this object stands in the body.
    pub fn pointer_to(&self, name: &str) -> String {
        self.at(name)
    }

    /// What was left out of this object so far.
    pub fn take_warnings(&mut self) -> Vec<FieldError> {
        std::mem::take(&mut self.warnings)
    }

    /// An object that must be there.
    pub fn object<T>(&mut self, name: &'static str, read: impl FnOnce(&mut Fields<'_>) -> Option<T>) -> Option<T> {
        let value = self.value_required(name)?;
        object(&value, self.at(name), &mut self.errors, read)
    }

    /// An object that may be absent or null.
    pub fn optional_object<T>(
        &mut self,
        name: &'static str,
        read: impl FnOnce(&mut Fields<'_>) -> Option<T>,
    ) -> Option<T> {
        let value = self.value(name)?;
        object(&value, self.at(name), &mut self.errors, read)
    }

    /// A list of objects that must be there, with a length within `length`.
    pub fn objects<T>(
        &mut self,
        name: &'static str,
        length: std::ops::RangeInclusive<usize>,
        mut read: impl FnMut(&mut Fields<'_>) -> Option<T>,
    ) -> Option<Vec<T>> {
        let values = self.array(name, length)?;
        let mut items = Vec::with_capacity(values.len());
        for (index, value) in values.iter().enumerate() {
            let pointer = format!("{}/{index}", self.at(name));
            items.push(object(value, pointer, &mut self.errors, &mut read));
        }
        items.into_iter().collect()
    }

    /// A list that must be there, as JSON, with a length within `length`.
    pub fn array(&mut self, name: &'static str, length: std::ops::RangeInclusive<usize>) -> Option<Vec<Value>> {
        let value = self.value_required(name)?;
        let Some(values) = value.as_array() else {
            self.refuse(name, "wrong_type", "must be a list");
            return None;
        };
        if !length.contains(&values.len()) {
            let detail = format!("must have {} to {} entries, but has {}", length.start(), length.end(), values.len());
            self.refuse(name, "wrong_length", detail);
            return None;
        }
        Some(values.clone())
    }

    /// An object whose field names are data (languages, say): each entry is read by `read`.
    pub fn entries<T>(
        &mut self,
        name: &'static str,
        value: &Value,
        mut read: impl FnMut(&mut Fields<'_>) -> Option<T>,
    ) -> Option<Vec<(String, T)>> {
        let Some(map) = value.as_object() else {
            self.refuse(name, "wrong_type", "must be an object");
            return None;
        };
        let mut entries = Vec::with_capacity(map.len());
        for (key, value) in map {
            let pointer = format!("{}/{}", self.at(name), escape(key));
            let entry = object(value, pointer, &mut self.errors, &mut read);
            entries.push(entry.map(|entry| (key.clone(), entry)));
        }
        entries.into_iter().collect()
    }

    /// A field as JSON, if it is there and not null.
    pub fn value(&mut self, name: &'static str) -> Option<Value> {
        if !self.read.contains(&name) {
            self.read.push(name);
        }
        self.object.get(name).filter(|value| !value.is_null()).cloned()
    }

    /// As [`Fields::refuse`], at a place below: `moments/0/target`.
    pub fn refuse_at(&mut self, place: &str, code: &'static str, detail: impl Into<String>) {
        let pointer = format!("{}/{place}", self.pointer);
        self.errors.push(FieldError { pointer, code, detail: detail.into() });
    }

    /// Reports a mistake in a field that a rule across fields found.
    pub fn refuse(&mut self, name: &str, code: &'static str, detail: impl Into<String>) {
        let pointer = self.at(name);
        self.errors.push(FieldError { pointer, code, detail: detail.into() });
    }

    fn value_required(&mut self, name: &'static str) -> Option<Value> {
        let value = self.value(name);
        if value.is_none() {
            self.refuse(name, "required", "is required");
        }
        value
    }

    fn convert<T: FromField>(&mut self, name: &'static str, value: &Value) -> Option<T> {
        T::from_field(value).map_err(|Mistake(code, detail)| self.refuse(name, code, detail)).ok()
    }

    fn at(&self, name: &str) -> String {
        format!("{}/{}", self.pointer, escape(name))
    }

    fn refuse_unknown(&mut self) {
        let object = self.object;
        for name in object.keys() {
            if self.read.contains(&name.as_str()) {
                continue;
            }
            // A body may hold a hundred thousand of them.
            if self.errors.is_full() {
                self.errors.leave_out(1);
                continue;
            }
            let detail = format!("is not a field of this object; it has {}", self.read.join(", "));
            self.refuse(name, "unknown_field", detail);
        }
    }
}

/// A field name as a part of a JSON pointer (RFC 6901, section 3), cut so that an error cannot be used to echo a body.
pub fn escape(name: &str) -> String {
    let short: String = name.chars().take(64).collect();
    short.replace('~', "~0").replace('/', "~1")
}

fn wrong_type(expected: &str) -> Mistake {
    Mistake("wrong_type", format!("must be {expected}"))
}

impl FromField for Value {
    fn from_field(value: &Value) -> Result<Self, Mistake> {
        Ok(value.clone())
    }
}

impl FromField for String {
    fn from_field(value: &Value) -> Result<Self, Mistake> {
        value.as_str().map(str::to_owned).ok_or_else(|| wrong_type("a string"))
    }
}

impl FromField for bool {
    fn from_field(value: &Value) -> Result<Self, Mistake> {
        value.as_bool().ok_or_else(|| wrong_type("true or false"))
    }
}

macro_rules! id_field {
    ($($name:ident),*) => {$(
        impl FromField for $name {
            fn from_field(value: &Value) -> Result<Self, Mistake> {
                let text = String::from_field(value)?;
                check_utf8(&text).map_err(|InvalidId(detail)| Mistake("invalid_utf8", detail.to_owned()))?;
                $name::try_from(text).map_err(|InvalidId(detail)| Mistake("invalid_id", detail.to_owned()))
            }
        }
    )*};
}
id_field!(Action, AppId, CampaignId, DeviceId, EventId, KeyId, MomentId, PartnerId, RewardGroupId, UserId);

impl FromField for Timestamp {
    fn from_field(value: &Value) -> Result<Self, Mistake> {
        let text = value.as_str().ok_or_else(|| wrong_type("an RFC 3339 time as a string"))?;
        let not_a_time = || Mistake("invalid_time", "must be an RFC 3339 time, like 2026-12-01T09:30:00Z".into());
        let out_of_range = || Mistake("out_of_range", format!("must be from {EARLIEST} to {LATEST}"));
        let time = time::read(text).ok_or_else(not_a_time)?.map_err(|time::BeyondTheCalendar| out_of_range())?;
        // Kept to the millisecond, as the table stores it: what was written is what is read back.
        let time = Timestamp::from_millisecond(time.as_millisecond()).map_err(|_| out_of_range())?;
        // Here every instant comes in that a caller gives: whatever is added to one later stays within the calendar.
        if (EARLIEST..=LATEST).contains(&time) { Ok(time) } else { Err(out_of_range()) }
    }
}

/// A whole number within bounds that the type carries.
pub struct Whole<const MIN: i64, const MAX: i64>(pub i64);

impl<const MIN: i64, const MAX: i64> FromField for Whole<MIN, MAX> {
    fn from_field(value: &Value) -> Result<Self, Mistake> {
        let detail = || format!("must be a whole number from {MIN} to {MAX}");
        if !value.is_number() {
            return Err(Mistake("wrong_type", detail()));
        }
        match value.as_i64() {
            Some(number) if (MIN..=MAX).contains(&number) => Ok(Self(number)),
            _ => Err(Mistake("out_of_range", detail())),
        }
    }
}

impl<const MIN: i64, const MAX: i64> Whole<MIN, MAX> {
    /// The number; bounds below zero must not be converted.
    pub fn unsigned(&self) -> u64 {
        self.0.unsigned_abs()
    }

    /// The number, where the type's maximum fits.
    pub fn small(&self) -> u32 {
        u32::try_from(self.0).unwrap_or(u32::MAX)
    }
}

/// Text for people: 1 to `MAX` bytes without control characters other than line breaks.
pub struct Text<const MAX: usize>(pub String);

impl<const MAX: usize> FromField for Text<MAX> {
    fn from_field(value: &Value) -> Result<Self, Mistake> {
        let text = String::from_field(value)?;
        let control = text.chars().any(|character| character.is_control() && character != '\n');
        if control || readable::is_blank(&text) || text.len() > MAX {
            return Err(Mistake(
                "invalid_text",
                format!("must be 1 to {MAX} bytes of text that shows something, without control characters"),
            ));
        }
        Ok(Self(text))
    }
}

impl FromField for Currency {
    fn from_field(value: &Value) -> Result<Self, Mistake> {
        let text = String::from_field(value)?;
        Currency::from_code(&text)
            .ok_or_else(|| Mistake("invalid_currency", "must be an ISO 4217 code in capitals, like EUR".into()))
    }
}

impl FromField for Money {
    fn from_field(value: &Value) -> Result<Self, Mistake> {
        let money = from_value(value, "", |fields| {
            let currency = fields.required::<Currency>("currency");
            let amount = fields.required::<Whole<1, MAX_MINOR>>("amount_minor");
            Some(Money { currency: currency?, amount_minor: amount?.0 })
        });
        money.map_err(|error| {
            let reasons = match error {
                Error::Invalid(mistakes) => {
                    mistakes.listed().iter().map(|error| format!("{} {}", error.pointer, error.detail)).collect()
                }
                other => vec![other.to_string()],
            };
            Mistake("invalid_money", format!("must be {{currency, amount_minor}}: {}", reasons.join("; ")))
        })
    }
}

impl FromField for RewardUrl {
    fn from_field(value: &Value) -> Result<Self, Mistake> {
        let text = String::from_field(value)?;
        // A scheme in capitals is the same URL (RFC 3986, section 3.1): it is stored, hashed and given out in small letters.
        let url = web_address::https(&text).map_err(|detail| Mistake("invalid_url", detail.into()))?;
        Ok(RewardUrl::new(url))
    }
}

impl FromField for DeviceAddress {
    fn from_field(value: &Value) -> Result<Self, Mistake> {
        let text = String::from_field(value)?;
        if (1..=1_024).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_graphic()) {
            Ok(DeviceAddress::new(text))
        } else {
            Err(Mistake("invalid_address", "must be 1 to 1,024 bytes of printable ASCII without spaces".into()))
        }
    }
}

impl FromField for TimeZone {
    fn from_field(value: &Value) -> Result<Self, Mistake> {
        let text = String::from_field(value)?;
        Self::try_from(text).map_err(|detail| Mistake("invalid_time_zone", detail))
    }
}

impl FromField for Attributes {
    fn from_field(value: &Value) -> Result<Self, Mistake> {
        let map = value.as_object().ok_or_else(|| wrong_type("an object"))?;
        if map.len() > 50 || value.to_string().len() > 16 * 1024 {
            return Err(Mistake("too_large", "must have at most 50 entries and 16 KiB".into()));
        }
        if !is_storable(value, 0) {
            let detail = "must nest at most 16 deep, with names of 1 to 255 bytes, numbers below 1e125 and whole numbers of at most \
                          64 bits; send longer ones as text";
            return Err(Mistake("not_storable", detail.into()));
        }
        Ok(Attributes(map.clone()))
    }
}

/// Whether DynamoDB takes the value: it bounds the depth, the names and the size of numbers.
fn is_storable(value: &Value, depth: usize) -> bool {
    match value {
        Value::Object(map) => {
            let named = |name: &str| (1..=255).contains(&name.len());
            depth < 16 && map.iter().all(|(name, value)| named(name) && is_storable(value, depth + 1))
        }
        Value::Array(values) => depth < 16 && values.iter().all(|value| is_storable(value, depth + 1)),
        Value::Number(number) => {
            let size = number.as_f64().map_or(f64::INFINITY, f64::abs);
            size == 0.0 || (1e-125..1e125).contains(&size)
        }
        Value::Null | Value::Bool(_) | Value::String(_) => true,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn errors(body: &str) -> Vec<(String, &'static str)> {
        let read = |fields: &mut Fields<'_>| {
            let user = fields.required::<UserId>("user_id");
            let quantity = fields.optional::<Whole<1, 10>>("quantity");
            let nested = fields.optional_object("nested", |fields| fields.required::<Money>("cost"));
            Some((user?, quantity, nested))
        };
        match parse(body.as_bytes(), read) {
            Err(Error::Invalid(mistakes)) => {
                mistakes.listed().iter().map(|error| (error.pointer.clone(), error.code)).collect()
            }
            Err(other) => panic!("{other:?}"),
            Ok(_) => Vec::new(),
        }
    }

    #[test]
    fn every_mistake_is_reported_at_once_by_its_pointer() {
        let found = errors(
            r#"{"user_id":"","quantity":0,"nested":{"cost":{"currency":"euro","amount_minor":-1},"x/y":1},"z":2}"#,
        );
        let expected = [
            ("/user_id", "invalid_id"),
            ("/quantity", "out_of_range"),
            ("/nested/cost", "invalid_money"),
            ("/nested/x~1y", "unknown_field"),
            ("/z", "unknown_field"),
        ];
        assert_eq!(found, expected.map(|(pointer, code)| (pointer.to_owned(), code)));
    }

    #[test]
    fn of_any_number_of_mistakes_the_first_are_listed_and_the_others_counted() {
        let unknown: Vec<String> = (0..100_000).map(|n| format!("\"field-{n}\":1")).collect();
        let body = format!("{{{},\"nested\":{{{}}}}}", unknown.join(","), unknown[..70].join(","));
        let read = |fields: &mut Fields<'_>| {
            fields.optional_object("nested", |fields| fields.optional::<bool>("known"));
            fields.refuse("user_id", "invalid_id", "€".repeat(1_000));
            Some(())
        };
        let Err(Error::Invalid(mistakes)) = parse(body.as_bytes(), read) else { panic!() };
        assert_eq!((mistakes.listed().len(), mistakes.count()), (50, 100_071));
        assert!(mistakes.listed().iter().all(|mistake| mistake.detail.len() <= 803 && mistake.pointer.len() <= 515));
    }

    #[test]
    fn malformed_json_and_a_body_that_is_no_object_are_refused() {
        assert_eq!(errors(r#"{"user_id":"#), [(String::new(), "malformed_json")]);
        assert_eq!(errors("[1]"), [(String::new(), "wrong_type")]);
        assert_eq!(errors(&"[".repeat(100_000)), [(String::new(), "malformed_json")]);
    }

    #[test]
    fn numbers_are_not_rounded_into_range() {
        for quantity in ["1.0", "1e3", "99999999999999999999", "-1", "11", "true", "\"1\""] {
            assert_eq!(errors(&format!(r#"{{"user_id":"u","quantity":{quantity}}}"#)).len(), 1, "{quantity}");
        }
        assert!(errors(r#"{"user_id":"u","quantity":10}"#).is_empty());
    }

    /// Source: `9999-12-31T23:59:59Z` was called no RFC 3339 time, which it is.
    #[test]
    fn a_time_that_is_out_of_range_is_told_from_one_that_is_none() {
        let code = |text: &str| Timestamp::from_field(&Value::from(text)).map_or_else(|mistake| mistake.0, |_| "good");
        for text in
            ["9999-12-31T23:59:59Z", "9999-12-30T22:00:00Z", "0000-01-01T00:00:00Z", "9999-12-31T00:00:00-02:00"]
        {
            assert_eq!(code(text), "out_of_range", "{text}");
        }
        let no_times =
            ["yesterday", "2026-12-01", "2026-12-01T09:30:00", "2026-13-01T09:30:00Z", "9999-12-31T23:59:59", ""];
        for text in no_times.into_iter().chain(["-000001-01-01T00:00:00Z"]) {
            assert_eq!(code(text), "invalid_time", "{text}");
        }
        for text in ["2100-01-01T00:00:00Z", "1970-01-01T00:00:00Z", "2026-12-01T09:30:00+01:00"] {
            assert_eq!(code(text), "good", "{text}");
        }
    }

    #[test]
    fn only_https_urls_with_a_host_can_be_rewards() {
        for bad in
            ["", "http://a.example/1", "https://", "https:///x", "https://a b", "javascript:x", "https://é.example"]
        {
            assert!(web_address::https(bad).is_err(), "{bad}");
        }
        assert!(web_address::https(&format!("https://a.example/{}", "x".repeat(2_048))).is_err());
        assert!(web_address::https("https://gift.example/claim?code=AB-12#now").is_ok());
    }
}
