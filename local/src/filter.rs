//! Filter patterns of event source mappings, as far as `template.yaml` uses them: exact strings, `prefix` and `exists`.
//! Reading the template fails with any other operator.

use serde_json::Value;

use crate::LocalError;

/// One filter pattern.
#[derive(Debug, Clone)]
pub struct Filter(Value);

impl Filter {
    /// Reads a pattern.
    pub fn read(pattern: &str) -> Result<Self, LocalError> {
        let value: Value = serde_json::from_str(pattern)
            .map_err(|error| LocalError::Template(format!("template.yaml: filter pattern is not JSON: {error}")))?;
        check(&value)?;
        Ok(Self(value))
    }

    /// True if the record matches the pattern.
    pub fn matches(&self, record: &Value) -> bool {
        matches(&self.0, Some(record))
    }
}

fn check(pattern: &Value) -> Result<(), LocalError> {
    let refuse =
        |value: &Value| Err(LocalError::Template(format!("template.yaml: filter operator {value} is not known here")));
    match pattern {
        Value::Object(fields) => fields.values().try_for_each(check),
        Value::Array(choices) => choices.iter().try_for_each(|choice| match choice {
            Value::String(_) => Ok(()),
            Value::Object(operator) if operator.len() == 1 => match operator.iter().next() {
                Some((name, Value::String(_))) if name == "prefix" => Ok(()),
                Some((name, Value::Bool(_))) if name == "exists" => Ok(()),
                _ => refuse(choice),
            },
            _ => refuse(choice),
        }),
        other => refuse(other),
    }
}

/// Every field of the pattern must match one of its choices. A missing field matches only `exists: false`.
fn matches(pattern: &Value, found: Option<&Value>) -> bool {
    match pattern {
        Value::Object(fields) => {
            fields.iter().all(|(name, pattern)| matches(pattern, found.and_then(|found| found.get(name))))
        }
        Value::Array(choices) => choices.iter().any(|choice| match (choice.get("prefix"), choice.get("exists")) {
            (Some(prefix), _) => {
                let text = found.and_then(Value::as_str).zip(prefix.as_str());
                text.is_some_and(|(text, prefix)| text.starts_with(prefix))
            }
            (_, Some(exists)) => Some(found.is_some()) == exists.as_bool(),
            _ => found == Some(choice),
        }),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn choices_prefixes_and_absence_match_as_lambda_has_it() {
        let pattern =
            r#"{"name":["A","B"],"image":{"left":{"N":["0",{"prefix":"-"}]},"closed":{"S":[{"exists":false}]}}}"#;
        let filter = Filter::read(pattern).unwrap();
        let record = |name: &str, left: &str| json!({"name": name, "image": {"left": {"N": left}}});
        assert!(filter.matches(&record("A", "0")));
        assert!(filter.matches(&record("B", "-3")));
        assert!(!filter.matches(&record("C", "0")));
        assert!(!filter.matches(&record("A", "3")));
        let mut closed = record("A", "0");
        closed["image"]["closed"] = json!({"S": "held_out"});
        assert!(!filter.matches(&closed));
        assert!(!filter.matches(&json!({"name": "A"})));
    }

    #[test]
    fn an_operator_that_is_not_known_is_refused() {
        assert!(Filter::read(r#"{"a":[{"numeric":["<=",0]}]}"#).is_err());
        assert!(Filter::read("{").is_err());
    }
}
