//! Languages by BCP 47 tag: parsing the tags of phones and browsers, and choosing the text that fits one. The data is
//! Unicode's CLDR, through ICU4X. `message` holds the texts.

use std::borrow::Cow;

use icu_locale::fallback::{LocaleFallbackConfig, LocaleFallbackPriority, LocaleFallbacker};
use icu_locale::subtags::{Language, Script};
use icu_locale::{LanguageIdentifier, LocaleCanonicalizer, LocaleExpander};

/// The longest tag, in bytes. The longest that an operating system makes has some 60.
const MAX_BYTES: usize = 100;

/// A user's language in canonical form: `he` for `iw`, `en-US` for `en_US` and for `en-US-u-hc-h23`. Drops extensions:
/// they format times and numbers, and choose no text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Locale(pub String);

impl Locale {
    /// Parses a phone's tag. Returns `None` if it names no language.
    pub fn parse(text: &str) -> Option<Self> {
        read(text).map(|tag| Self(tag.to_string()))
    }
}

fn read(text: &str) -> Option<LanguageIdentifier> {
    if text.len() > MAX_BYTES {
        return None;
    }
    let tag = plain(text.trim());
    let mut locale = icu_locale::Locale::try_from_str(&tag).ok()?;
    LocaleCanonicalizer::new_common().canonicalize(&mut locale);
    Some(locale.id).filter(|tag| !tag.language.is_unknown())
}

/// Removes what only some systems write: POSIX `de_DE.UTF-8`, Apple `en_US@calendar=japanese`, Java `zh_TW_#Hant`.
fn plain(text: &str) -> Cow<'_, str> {
    let text = text.split(['@', '.']).next().unwrap_or_default();
    if !text.contains(['_', '#']) {
        return Cow::Borrowed(text);
    }
    let (tag, rest) = text.split_once("_#").unwrap_or((text, ""));
    let script = rest.split('_').next().filter(|script| script.len() == 4);
    let mut parts = tag.split('_').filter(|part| !part.is_empty());
    let language = parts.next().into_iter();
    Cow::Owned(language.chain(script).chain(parts).collect::<Vec<_>>().join("-"))
}

/// Returns the tag in `written` that fits best, or `None` if none has the user's language.
///
/// The exact tag goes first, then the closest by CLDR (`es-MX`, `es-419`, `es`; `zh-HK`, `zh-Hant`), then any text in
/// the same language and script, then any in the same language.
pub fn choose<'a>(written: impl Iterator<Item = &'a str> + Clone, wanted: &str) -> Option<&'a str> {
    if let Some(exact) = written.clone().find(|tag| tag.eq_ignore_ascii_case(wanted)) {
        return Some(exact);
    }
    let wanted = read(wanted)?;
    let mut config = LocaleFallbackConfig::default();
    config.priority = LocaleFallbackPriority::Script;
    let fallback = LocaleFallbacker::new().for_config(config);
    let known = written.filter_map(|tag| read(tag).map(|read| (tag, read)));
    let known: Vec<(&str, LanguageIdentifier)> = known.collect();
    let mut closest = fallback.fallback_for((&wanted).into());
    while !closest.get().language.is_unknown() {
        let is_it = |(_, tag): &&(&str, LanguageIdentifier)| fallback.fallback_for(tag.into()).get() == closest.get();
        if let Some((tag, _)) = known.iter().find(is_it) {
            return Some(tag);
        }
        closest.step();
    }
    let language = |tag: &LanguageIdentifier| -> Language { tag.language };
    let mut same = known.iter().filter(|(_, tag)| language(tag) == language(&wanted));
    let script = likely_script(&wanted);
    let best = same.clone().find(|(_, tag)| likely_script(tag) == script).or_else(|| same.next());
    best.map(|(tag, _)| *tag)
}

fn likely_script(tag: &LanguageIdentifier) -> Option<Script> {
    tag.script.or_else(|| LocaleExpander::new_common().get_likely_script(tag))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_phones_send_is_read_in_its_canonical_form() {
        // The first three are of tolgee-mobile-kotlin-sdk#20 and the issue. Then come codes that were replaced, then
        // the forms of Apple, POSIX and Java.
        for (sent, canonical) in [
            ("es-u-ms-metric", "es"),
            ("en-US-u-hc-h23", "en-US"),
            ("en_US", "en-US"),
            ("iw", "he"),
            ("iw-IL", "he-IL"),
            ("in", "id"),
            ("in_ID", "id-ID"),
            ("ji", "yi"),
            ("zh-HK", "zh-HK"),
            ("zh-hant-tw", "zh-Hant-TW"),
            ("PT-br", "pt-BR"),
            ("en-UK", "en-GB"),
            ("es-419", "es-419"),
            ("de-1996", "de-1996"),
            ("en-US-x-mine", "en-US"),
            ("en_US@calendar=japanese", "en-US"),
            ("de_DE.UTF-8", "de-DE"),
            ("zh_TW_#Hant", "zh-Hant-TW"),
            ("zh__#Hant", "zh-Hant"),
            ("th_TH_TH_#u-nu-thai", ""),
        ] {
            assert_eq!(Locale::parse(sent).map(|locale| locale.0).as_deref().unwrap_or_default(), canonical, "{sent}");
        }
        for bad in ["", "x", "Ger many", "und", "C", "12", "en-", "de/AT", "ÄÖ", &"x-".repeat(60)] {
            assert_eq!(Locale::parse(bad), None, "{bad:?}");
        }
    }

    #[test]
    fn the_text_that_suits_a_user_is_chosen() {
        let choose = |written: &str, wanted: &str| choose(written.split(' '), wanted).map(str::to_owned);
        for (written, wanted, chosen) in [
            // `iw`, `in`, `ji` got English although `he`, `id`, `yi` texts exist.
            ("en he id yi", "iw", "he"),
            ("en he id yi", "in_ID", "id"),
            ("en he id yi", "ji", "yi"),
            ("en iw", "he-IL", "iw"),
            // `zh-HK` got `zh`, not `zh-Hant`.
            ("en zh zh-Hant", "zh-HK", "zh-Hant"),
            ("en zh zh-Hant", "zh-TW", "zh-Hant"),
            ("en zh zh-Hant", "zh-Hant-HK", "zh-Hant"),
            ("en zh zh-Hant", "zh-CN", "zh"),
            ("en zh zh-TW", "zh-HK", "zh-TW"),
            ("en zh-Hans zh-Hant", "zh", "zh-Hans"),
            ("en zh", "zh-HK", "zh"),
            ("de en es es-419", "es-MX", "es-419"),
            ("de en es es-419", "es-u-ms-metric", "es"),
            ("en en-GB pt pt-PT", "pt-AO", "pt-PT"),
            ("en en-GB pt pt-PT", "pt-BR", "pt"),
            ("en pt-PT", "pt-BR", "pt-PT"),
            ("en no", "nb-NO", "no"),
            ("sr sr-Latn", "sr-Latn-RS", "sr-Latn"),
            ("EN-us fr", "en-US", "EN-us"),
        ] {
            assert_eq!(choose(written, wanted).as_deref(), Some(chosen), "{wanted} of {written}");
        }
        for (written, wanted) in [("en fr", "de"), ("en fr", ""), ("en", "nonsense/"), ("en", "und")] {
            assert_eq!(choose(written, wanted), None, "{wanted} of {written}");
        }
    }
}
