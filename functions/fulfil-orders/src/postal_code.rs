//! Postal codes as people type them: in small letters, with a blank or a dash too many or too few, with the country
//! before them, or from an Asian or Arabic keyboard. Each becomes the form of the country's rule, if it can only mean
//! that.

use crate::regions::Region;

/// True if the text only fills a field for which a form insists on a postal code: zeros, or a word for nothing.
pub(crate) fn is_filler(text: &str) -> bool {
    let bare: String = plain(text).chars().filter(char::is_ascii_alphanumeric).collect();
    bare.bytes().all(|byte| byte == b'0') || ["NA", "NONE", "NIL", "NULL"].contains(&bare.as_str())
}

/// Returns the postal code as the country writes it. Returns `None` if it is none there.
pub(crate) fn canonical(text: &str, country: &str, region: &Region) -> Option<String> {
    let typed = plain(text);
    if region.has_no_rule() {
        return Some(typed);
    }
    let bare: String = typed.chars().filter(char::is_ascii_alphanumeric).collect();
    // `LV` is part of the code in Latvia and is often left out; `D-` is no part of it in Germany and is often put
    // before it.
    let with_country = format!("{country}{bare}");
    let without_letters =
        typed.split_once('-').filter(|(letters, _)| country.starts_with(letters)).map(|(_, code)| code);
    let without_country = bare.strip_prefix(country);
    let others = [
        Some(typed.clone()),
        Some(bare.clone()),
        shaped(&with_country, &region.example),
        without_letters.map(str::to_owned),
        without_country.and_then(|code| shaped(code, &region.example)),
        without_country.map(str::to_owned),
    ];
    let as_the_example = shaped(&bare, &region.example).into_iter();
    let mut all = as_the_example.chain(separated(&bare)).chain(others.into_iter().flatten());
    let is_one = region.postal_codes();
    all.find(|code| is_one(code))
}

/// Returns the text in capitals, with the digits and dashes of ASCII, and without characters that may surround a code.
fn plain(text: &str) -> String {
    let character = |character: char| match character {
        // Full-width forms, as Japanese and Chinese keyboards write them.
        '\u{ff01}'..='\u{ff5e}' => char::from_u32(u32::from(character) - 0xfee0).unwrap_or(character),
        '\u{3000}' => ' ',
        '\u{2010}'..='\u{2015}' | '\u{2212}' | '\u{30fc}' => '-',
        // Arabic and Persian digits.
        '\u{660}'..='\u{669}' => char::from_u32(u32::from(character) - 0x660 + 0x30).unwrap_or(character),
        '\u{6f0}'..='\u{6f9}' => char::from_u32(u32::from(character) - 0x6f0 + 0x30).unwrap_or(character),
        other => other,
    };
    let mapped: String = text.chars().map(character).collect();
    mapped.trim_start_matches('〒').trim().to_uppercase()
}

/// Returns the letters and digits with blanks and dashes where the example has them, if it has as many.
fn shaped(bare: &str, example: &str) -> Option<String> {
    if example.chars().filter(char::is_ascii_alphanumeric).count() != bare.len() {
        return None;
    }
    let mut rest = bare.chars();
    example.chars().map(|shape| if shape.is_ascii_alphanumeric() { rest.next() } else { Some(shape) }).collect()
}

/// Returns the letters and digits with one dash or blank, at each place within. No code is longer.
fn separated(bare: &str) -> impl Iterator<Item = String> + '_ {
    (1..bare.len().min(12))
        .flat_map(move |at| ['-', ' '].map(|separator| format!("{}{separator}{}", &bare[..at], &bare[at..])))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::regions::region;

    fn read(country: &str, text: &str) -> Option<String> {
        canonical(text, country, region(country).unwrap())
    }

    /// The rules of the first eleven countries refused small letters (woocommerce/woocommerce#23834, and "What the
    /// field found", 12).
    #[test]
    fn what_people_type_becomes_what_the_country_writes() {
        for (country, text, code) in [
            ("NL", "1234ab", "1234 AB"),
            ("IE", "d02 af30", "D02 AF30"),
            ("BN", "bt2328", "BT2328"),
            ("LV", "lv-1073", "LV-1073"),
            ("AD", "ad100", "AD100"),
            ("BB", "bb23026", "BB23026"),
            ("GI", "gx11 1aa", "GX11 1AA"),
            ("BM", "fl 07", "FL 07"),
            ("SO", "jh 09010", "JH 09010"),
            ("KY", "ky1-1100", "KY1-1100"),
            ("PE", "lima 23", "LIMA 23"),
            ("GB", "w1u4eg", "W1U 4EG"),
            ("GB", "EC1Y-8SY", "EC1Y 8SY"),
            ("CA", "h3z2y7", "H3Z 2Y7"),
            ("PL", "00950", "00-950"),
            ("US", "900011234", "90001-1234"),
            ("US", "90001-1234", "90001-1234"),
            ("LV", "1073", "LV-1073"),
            ("DE", "D-10115", "10115"),
            ("DE", "de 10115", "10115"),
            ("CH", "CH-8001", "8001"),
            ("SE", "114 55", "11455"),
            ("JP", "1540023", "154-0023"),
            ("JP", "〒１５４－００２３", "154-0023"),
            ("EG", "١٢٤١١", "12411"),
        ] {
            assert_eq!(read(country, text).as_deref(), Some(code), "{country} {text}");
        }
    }

    #[test]
    fn what_is_no_code_there_stays_none() {
        for (country, text) in
            [("DE", "1011"), ("DE", "F-10115"), ("NL", "0234 AB"), ("US", "9500"), ("GB", "Z1 1ZZ"), ("JP", "é")]
        {
            assert_eq!(read(country, text), None, "{country} {text}");
        }
    }

    #[test]
    fn what_only_fills_a_field_is_known() {
        for text in ["00000", "0", "-", "N/A", "n.a.", "none", "００００"] {
            assert!(is_filler(text), "{text}");
        }
        assert!(!is_filler("0010") && !is_filler("999077"));
    }
}
