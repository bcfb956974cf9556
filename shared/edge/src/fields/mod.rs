//! Reads a JSON body field by field and reports every mistake at once by its JSON pointer, unknown fields included.
//! `impl FromField` has the rules of a type; the function that reads a body has the rules of the body.

mod names;
mod time;
mod values;

use domain::Error;
use domain::error::{FieldError, Mistakes};
use serde_json::Map;
pub use serde_json::Value;

use crate::json;

pub(crate) use names::nearest;
pub use values::{Text, Whole};

/// A mistake in one value: a code for programs and a sentence for people.
pub struct Mistake(pub &'static str, pub String);

/// A value that is read from JSON by its own rules.
pub trait FromField: Sized {
    /// Reads the value. Fails with its mistake.
    fn from_field(value: &Value) -> Result<Self, Mistake>;

    /// The least and the most, of numbers and of the bytes of a text, where the type has them.
    fn bounds() -> Option<(i64, i64)> {
        None
    }
}

/// One JSON object being read.
pub struct Fields<'a> {
    object: &'a Map<String, Value>,
    pointer: String,
    read: Vec<&'static str>,
    errors: Mistakes,
    warnings: Vec<FieldError>,
}

/// Reads a body: `read` takes every field it knows, and builds the result if all are valid.
pub fn parse<T>(body: &[u8], read: impl FnOnce(&mut Fields<'_>) -> Option<T>) -> Result<T, Error> {
    from_value(&json::read(body)?, "", read)
}

/// Reads one JSON object at `pointer`.
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
        errors.push(FieldError::new(pointer, "wrong_type", "must be an object"));
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

    /// A field that only describes a user and may be absent or null. Omits an invalid value with a warning.
    pub fn lenient<T: FromField>(&mut self, name: &'static str) -> Option<T> {
        let value = self.value(name)?;
        let warn = |Mistake(code, detail)| self.warn(name, code, detail);
        T::from_field(&value).map_err(warn).ok()
    }

    fn warn(&mut self, name: &str, code: &'static str, detail: String) {
        let detail = format!("{detail}; it is ignored, and everything else counts");
        self.warnings.push(FieldError::new(self.at(name), code, detail));
    }

    /// Returns the JSON pointer of a field of this object.
    pub fn pointer_to(&self, name: &str) -> String {
        self.at(name)
    }

    /// Returns the warnings of this object so far.
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

    /// An object whose field names are data, such as languages. `read` reads each entry.
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

    /// Returns a field as JSON, if it is present and not null.
    pub fn value(&mut self, name: &'static str) -> Option<Value> {
        if !self.read.contains(&name) {
            self.read.push(name);
        }
        self.object.get(name).filter(|value| !value.is_null()).cloned()
    }

    /// As [`Fields::refuse`], for a path below this object: `moments/0/target`.
    pub fn refuse_at(&mut self, place: &str, code: &'static str, detail: impl Into<String>) {
        let pointer = format!("{}/{place}", self.pointer);
        self.errors.push(FieldError::new(pointer, code, detail));
    }

    /// Reports a mistake in a field, for rules across fields.
    pub fn refuse(&mut self, name: &str, code: &'static str, detail: impl Into<String>) {
        let pointer = self.at(name);
        self.errors.push(FieldError::new(pointer, code, detail));
    }

    fn value_required(&mut self, name: &'static str) -> Option<Value> {
        let value = self.value(name);
        if value.is_none() {
            self.refuse(name, "required", "is required");
        }
        value
    }

    fn convert<T: FromField>(&mut self, name: &'static str, value: &Value) -> Option<T> {
        let Mistake(code, detail) = match T::from_field(value) {
            Ok(read) => return Some(read),
            Err(mistake) => mistake,
        };
        let error = FieldError::new(self.at(name), code, detail);
        self.errors.push(match T::bounds() {
            Some((least, most)) => error.with("least", least).with("most", most),
            None => error,
        });
        None
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
            // A body may hold a hundred thousand unknown fields.
            if self.errors.is_full() {
                self.errors.leave_out(1);
                continue;
            }
            let known = self.read.join(", ");
            let detail = match names::meant_by(name, &self.read) {
                Some(meant) => format!("is not a field of this object; did you mean {meant}? It has {known}"),
                None => format!("is not a field of this object; it has {known}"),
            };
            self.refuse(name, "unknown_field", detail);
        }
    }
}

/// Returns a field name as part of a JSON pointer (RFC 6901, section 3), cut so that an error cannot echo a body.
pub fn escape(name: &str) -> String {
    let short: String = name.chars().take(64).collect();
    short.replace('~', "~0").replace('/', "~1")
}

#[cfg(test)]
mod tests {
    use domain::id::UserId;
    use domain::money::Money;
    use domain::web_address;
    use jiff::Timestamp;

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
