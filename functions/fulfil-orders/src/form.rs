//! A form as a browser posts it: `application/x-www-form-urlencoded`, and nothing else.

use percent_encoding::percent_decode_str;

use crate::rules::Draft;

/// Reads the fields of an address out of a posted form. What else there is, is passed over.
pub(crate) fn draft(body: &[u8]) -> Draft {
    let mut draft = Draft::default();
    for pair in String::from_utf8_lossy(body).split('&') {
        let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
        draft.set(&decode(name), &decode(value));
    }
    draft
}

fn decode(text: &str) -> String {
    percent_decode_str(&text.replace('+', " ")).decode_utf8_lossy().into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_form_is_read_as_browsers_write_it() {
        let draft = draft("name=Zo%C3%AB+%26+Co&line1=Ring%2B1&city=+Berlin++Mitte+&evil=1&country".as_bytes());
        assert_eq!((draft.get("name"), draft.get("line1")), ("Zoë & Co", "Ring+1"));
        assert_eq!((draft.get("city"), draft.get("country")), ("Berlin Mitte", ""));
    }
}
