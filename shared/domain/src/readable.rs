//! Text as people see it: which text is blank, and where to cut it. The crate `edge` decides which text is valid.

use unicode_segmentation::UnicodeSegmentation as _;

/// Characters without a glyph that are no blanks: `Default_Ignorable_Code_Point` of Unicode 17
/// (<https://www.unicode.org/Public/17.0.0/ucd/DerivedCoreProperties.txt>).
const INVISIBLE: [(u32, u32); 17] = [
    (0x00ad, 0x00ad),
    (0x034f, 0x034f),
    (0x061c, 0x061c),
    (0x115f, 0x1160),
    (0x17b4, 0x17b5),
    (0x180b, 0x180f),
    (0x200b, 0x200f),
    (0x202a, 0x202e),
    (0x2060, 0x206f),
    (0x3164, 0x3164),
    (0xfe00, 0xfe0f),
    (0xfeff, 0xfeff),
    (0xffa0, 0xffa0),
    (0xfff0, 0xfff8),
    (0x1bca0, 0x1bca3),
    (0x1d173, 0x1d17a),
    (0xe0000, 0xe0fff),
];

/// True if a text shows nothing: only blanks and characters without a glyph, like U+200B.
pub fn is_blank(text: &str) -> bool {
    let is_invisible =
        |character: char| INVISIBLE.iter().any(|(from, to)| (*from..=*to).contains(&u32::from(character)));
    text.chars().all(|character| character.is_whitespace() || character.is_control() || is_invisible(character))
}

/// Cuts a text to at most `bytes`, between characters as people see them (Unicode Standard Annex 29): an emoji of a
/// family is one, with seven code points. Cuts between code points if the first character is too long.
pub fn cut(text: &mut String, bytes: usize) {
    if text.len() <= bytes {
        return;
    }
    let ends = text.grapheme_indices(true).map(|(start, part)| start + part.len());
    let end = ends.take_while(|end| *end <= bytes).last();
    text.truncate(end.unwrap_or_else(|| text.floor_char_boundary(bytes)));
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Source: a title of only U+200B passed as text.
    #[test]
    fn what_shows_nothing_is_blank() {
        for blank in ["", " \n\t", "\u{200b}", "\u{feff}\u{2060} \u{ad}", "\u{3164}", "\u{e0041}", "\u{fe0f}\u{200d}"] {
            assert!(is_blank(blank), "{blank:?}");
        }
        for text in ["x", "\u{200b}x", ".", "\u{1f381}", "\u{0e01}", "0"] {
            assert!(!is_blank(text), "{text:?}");
        }
    }

    /// Source: names were cut inside an emoji.
    #[test]
    fn a_text_is_cut_between_what_people_take_for_characters() {
        let after = |text: &str, bytes: usize| {
            let mut text = text.to_owned();
            cut(&mut text, bytes);
            text
        };
        let family = "\u{1f468}\u{200d}\u{1f469}\u{200d}\u{1f467}";
        assert_eq!(after(&format!("Ada {family}"), 4 + family.len()), format!("Ada {family}"));
        assert_eq!(after(&format!("Ada {family}"), 3 + family.len()), "Ada ");
        assert_eq!(after("ae\u{301}x", 3), "a");
        assert_eq!(after("\u{1f1e9}\u{1f1ea}\u{1f1eb}\u{1f1f7}", 12), "\u{1f1e9}\u{1f1ea}");
        assert_eq!(after("abc", 2), "ab");
        assert_eq!(after("abc", 0), "");
        // One long character: something is left.
        assert_eq!(after(&format!("e{}", "\u{301}".repeat(100)), 5), "e\u{301}\u{301}");
    }
}
