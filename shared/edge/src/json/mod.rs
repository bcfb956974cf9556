//! Reads JSON from outside: bodies, lines of NDJSON, files. Refuses a name that an object repeats, at every depth,
//! because readers disagree on which value counts (RFC 8259, section 4). `fields` reads the fields.

mod numbers;

use std::fmt;
use std::ops::RangeInclusive;

use domain::Error;
use domain::error::{FieldError, MOST_MISTAKES};
use serde::de::{DeserializeSeed, Deserializer, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Number, Value};

use crate::fields::{self, Fields};
use crate::text_file;

/// The error of an entry that was not read.
const UNREAD: &str = "is not read, because earlier entries repeat too many names; fix those and send it again";

/// Reads a JSON text. Fails if an object repeats a name.
pub fn read(text: &[u8]) -> Result<Value, Error> {
    Document::read(text)?.whole()
}

/// A JSON text, and the names that it repeats. The first value of a repeated name is kept.
pub struct Document {
    value: Value,
    repeated: Vec<FieldError>,
}

/// An entry of a list, and the names that it repeats.
pub struct Entry {
    /// The entry.
    pub value: Value,
    repeated: Vec<FieldError>,
}

impl Document {
    /// Reads a text. Fails if it is not JSON.
    pub fn read(text: &[u8]) -> Result<Self, Error> {
        if let Some(cause) = text_file::not_utf8(text) {
            return Err(Error::invalid("", "malformed_json", cause));
        }
        let text = text.strip_prefix(text_file::UTF8_MARK).unwrap_or(text);
        let text = numbers::refuse_large(text);
        let mut repeated = Vec::new();
        let mut deserializer = serde_json::Deserializer::from_slice(&text);
        let value = Unique(&mut repeated).deserialize(&mut deserializer);
        let value = value.and_then(|value| deserializer.end().map(|()| value)).map_err(|error| {
            // serde_json names the position and the mistake, never the text around it.
            Error::invalid("", "malformed_json", format!("is not valid JSON: {error}"))
        })?;
        let mistake = |pointer| FieldError::new(pointer, "repeated_field", "is given twice; give it once");
        Ok(Self { value, repeated: repeated.into_iter().map(mistake).collect() })
    }

    /// Returns the value. Fails with every repeated name.
    pub fn whole(self) -> Result<Value, Error> {
        if self.repeated.is_empty() { Ok(self.value) } else { Err(Error::Invalid(self.repeated.into_iter().collect())) }
    }

    /// Returns the entries of the list in an object's only field. A name that an entry repeats is that entry's mistake.
    pub fn entries(mut self, name: &'static str, length: RangeInclusive<usize>) -> Result<Vec<Entry>, Error> {
        let below = format!("/{name}/");
        let is_cut_short = self.repeated.len() >= MOST_MISTAKES;
        let is_inside = |error: &FieldError| error.pointer.starts_with(&below);
        let (inside, outside): (Vec<_>, Vec<_>) = self.repeated.into_iter().partition(is_inside);
        self.repeated = outside;
        let value = self.whole()?;
        let values = fields::from_value(&value, "", |fields: &mut Fields<'_>| fields.array(name, length))?;
        let mut entries: Vec<Entry> = values.into_iter().map(|value| Entry { value, repeated: Vec::new() }).collect();
        for error in inside {
            let index = error.pointer[below.len()..].split('/').next().and_then(|index| index.parse::<usize>().ok());
            if let Some(entry) = index.and_then(|index| entries.get_mut(index)) {
                entry.repeated.push(error);
            }
        }
        // The reader noted no more repeated names, so entries behind the last one that has some are unknown.
        let last = entries.iter().rposition(|entry| !entry.repeated.is_empty());
        if let Some(last) = last.filter(|_| is_cut_short) {
            for (index, entry) in entries.iter_mut().enumerate().skip(last + 1) {
                let (pointer, detail) = (format!("{below}{index}"), UNREAD.to_owned());
                entry.repeated.push(FieldError::new(pointer, "repeated_field", detail));
            }
        }
        Ok(entries)
    }
}

impl Entry {
    /// Reads the entry at `pointer`. Fails with every name that it repeats, or else with its other mistakes.
    pub fn read<T>(&self, pointer: &str, read: impl FnOnce(&mut Fields<'_>) -> Option<T>) -> Result<T, Error> {
        if self.repeated.is_empty() {
            fields::from_value(&self.value, pointer, read)
        } else {
            Err(Error::Invalid(self.repeated.iter().cloned().collect()))
        }
    }
}

/// Reads a value and notes the pointers of repeated names.
struct Unique<'a>(&'a mut Vec<String>);

impl Unique<'_> {
    /// Puts `part` before the pointers noted since `from`. Formats nothing for the many texts without repetition.
    fn below(&mut self, from: usize, part: &dyn fmt::Display) {
        for pointer in &mut self.0[from..] {
            pointer.insert_str(0, &format!("/{part}"));
        }
    }
}

impl<'de> DeserializeSeed<'de> for Unique<'_> {
    type Value = Value;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Value, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Unique<'_> {
    type Value = Value;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("a JSON value")
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_bool<E>(self, value: bool) -> Result<Value, E> {
        Ok(Value::Bool(value))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Value, E> {
        Ok(Value::Number(value.into()))
    }

    fn visit_u64<E>(self, value: u64) -> Result<Value, E> {
        Ok(Value::Number(value.into()))
    }

    fn visit_f64<E: serde::de::Error>(self, value: f64) -> Result<Value, E> {
        Number::from_f64(value).map(Value::Number).ok_or_else(|| E::custom("number out of range"))
    }

    fn visit_str<E>(self, value: &str) -> Result<Value, E> {
        Ok(Value::String(value.to_owned()))
    }

    fn visit_string<E>(self, value: String) -> Result<Value, E> {
        Ok(Value::String(value))
    }

    fn visit_seq<A: SeqAccess<'de>>(mut self, mut entries: A) -> Result<Value, A::Error> {
        let mut values = Vec::new();
        loop {
            let noted = self.0.len();
            let Some(value) = entries.next_element_seed(Unique(self.0))? else { return Ok(Value::Array(values)) };
            self.below(noted, &values.len());
            values.push(value);
        }
    }

    fn visit_map<A: MapAccess<'de>>(mut self, mut entries: A) -> Result<Value, A::Error> {
        let mut object = Map::new();
        while let Some(name) = entries.next_key::<String>()? {
            let noted = self.0.len();
            let is_repeated = object.contains_key(&name);
            let value = entries.next_value_seed(Unique(self.0))?;
            if noted < self.0.len() {
                self.below(noted, &fields::escape(&name));
            }
            if !is_repeated {
                object.insert(name, value);
            } else if self.0.len() < MOST_MISTAKES {
                self.0.push(format!("/{}", fields::escape(&name)));
            }
        }
        Ok(Value::Object(object))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pointers(text: &str) -> Vec<String> {
        match read(text.as_bytes()) {
            Err(Error::Invalid(errors)) => errors.listed().iter().map(|error| error.pointer.clone()).collect(),
            Err(other) => panic!("{other:?}"),
            Ok(_) => Vec::new(),
        }
    }

    /// Source: <https://github.com/serde-rs/json/issues/762>, where the last of two wins.
    #[test]
    fn a_name_that_is_given_twice_is_named_at_every_depth() {
        assert_eq!(pointers(r#"{"user_id":"first","user_id":"second"}"#), ["/user_id"]);
        // JSON compares names after their escapes.
        assert_eq!(pointers(r#"{"user_id":1,"user\u005fid":1}"#), ["/user_id"]);
        assert_eq!(pointers(r#"{"a":{"b/c":[0,{"d~":1,"e":2,"d~":1}]}}"#), ["/a/b~1c/1/d~0"]);
        assert_eq!(pointers(r#"{"a":1,"b":{"c":1,"c":1},"a":{"d":1,"d":1},"a":0}"#), ["/b/c", "/a/d", "/a", "/a"]);
        assert_eq!(pointers(r#"{"":1,"":2}"#), ["/"]);
        for good in [r#"{"a":{"a":1},"b":[{"a":1},{"a":1}],"A":1}"#, "[]", "null", "{}"] {
            assert!(pointers(good).is_empty(), "{good}");
        }
    }

    #[test]
    fn everything_else_is_read_as_serde_json_reads_it() {
        for text in [
            r#"{"a":[1,-1,1.5,1e3,18446744073709551615,-9223372036854775808,true,false,null,"\ud83c\udf81\n"],"z":{},"b":[]}"#,
            "0",
            "\"x\"",
            " [1 , 2] \n",
            "1e400",
            "[1] 2",
            "{\"a\":1,}",
            "",
            "\u{fffd}",
            "\"\u{0}\"",
            "-0.0",
        ] {
            let expected = serde_json::from_str::<Value>(text);
            match (read(text.as_bytes()), expected) {
                (Ok(read), Ok(expected)) => assert_eq!(read, expected, "{text}"),
                (Err(_), Err(_)) => {}
                (read, expected) => panic!("{text}: {read:?} instead of {expected:?}"),
            }
        }
        assert!(read("[".repeat(100_000).as_bytes()).is_err());
    }

    #[test]
    fn many_repeated_names_at_a_great_depth_cost_little() {
        let text = format!("{}{{{}\"a\":1}}{}", "[".repeat(120), "\"a\":1,".repeat(150_000), "]".repeat(120));
        assert_eq!(pointers(&text).len(), MOST_MISTAKES);
    }

    #[test]
    fn a_byte_order_mark_does_not_matter_and_utf_16_is_named() {
        assert_eq!(read("\u{feff}{\"a\":1}".as_bytes()).unwrap(), serde_json::json!({"a": 1}));
        let utf16: Vec<u8> = "\u{feff}{}".encode_utf16().flat_map(u16::to_le_bytes).collect();
        let Err(Error::Invalid(errors)) = read(&utf16) else { panic!() };
        assert_eq!(errors.listed()[0].detail, "is UTF-16; send it as UTF-8");
    }
}
