//! A form as a browser posts it: `application/x-www-form-urlencoded`, and nothing else.

use std::collections::HashSet;

use domain::Error;
use percent_encoding::percent_decode_str;

use crate::rules::{Draft, FIELDS};

/// Reads the fields of an address out of a posted form. Ignores all other fields. Fails if a field is there twice: no
/// browser posts that, and it is unclear which of the two counts.
pub(crate) fn draft(body: &[u8]) -> Result<Draft, Error> {
    let (mut draft, mut seen) = (Draft::default(), HashSet::new());
    for pair in String::from_utf8_lossy(body).split('&') {
        let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
        let name = decode(name);
        draft.set(&name, &decode(value));
        if FIELDS.contains(&name.as_str()) && !seen.insert(name.clone()) {
            return Err(Error::invalid(format!("/{name}"), "repeated_field", "is given twice; give it once"));
        }
    }
    Ok(draft)
}

fn decode(text: &str) -> String {
    percent_decode_str(&text.replace('+', " ")).decode_utf8_lossy().into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_form_is_read_as_browsers_write_it() {
        let draft =
            draft("name=Zo%C3%AB+%26+Co&line1=Ring%2B1&city=+Berlin++Mitte+&evil=1&country".as_bytes()).unwrap();
        assert_eq!((draft.get("name"), draft.get("line1")), ("Zoë & Co", "Ring+1"));
        assert_eq!((draft.get("city"), draft.get("country")), ("Berlin Mitte", ""));
    }

    #[test]
    fn a_field_that_is_there_twice_is_refused() {
        assert!(
            matches!(draft(b"name=Ada&city=Bonn&name=Bob"), Err(Error::Invalid(errors)) if errors.listed()[0].pointer == "/name")
        );
        assert!(draft(b"name=Ada&evil=1&evil=2").is_ok());
    }
}
