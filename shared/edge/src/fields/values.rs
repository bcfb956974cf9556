//! Reads single values from JSON: plain ones and types of the domain.

use domain::id::{
    Action, AppId, CampaignId, DeviceId, EventId, InvalidId, KeyId, MomentId, PartnerId, PersonId, RewardGroupId,
    SupplierId, UserId, check_utf8,
};
use domain::instant::{EARLIEST, LATEST};
use domain::locale::Locale;
use domain::money::{MAX_MINOR, Money};
use domain::secret::{Attributes, DeviceAddress, RewardUrl};
use domain::time_zone::TimeZone;
use domain::{Error, readable, web_address};
use iso_currency::Currency;
use jiff::Timestamp;

use super::{FromField, Mistake, Value, from_value, time};

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
id_field!(
    Action,
    AppId,
    CampaignId,
    DeviceId,
    EventId,
    KeyId,
    MomentId,
    PartnerId,
    PersonId,
    RewardGroupId,
    SupplierId,
    UserId
);

impl FromField for Timestamp {
    fn from_field(value: &Value) -> Result<Self, Mistake> {
        let text = value.as_str().ok_or_else(|| wrong_type("an RFC 3339 time as a string"))?;
        let not_a_time = || Mistake("invalid_time", "must be an RFC 3339 time, like 2026-12-01T09:30:00Z".into());
        let out_of_range = || Mistake("out_of_range", format!("must be from {EARLIEST} to {LATEST}"));
        let time = time::read(text).ok_or_else(not_a_time)?.map_err(|time::BeyondTheCalendar| out_of_range())?;
        // Kept to the millisecond, as the table stores it, so that reading returns what was written.
        let time = Timestamp::from_millisecond(time.as_millisecond()).map_err(|_| out_of_range())?;
        // Every instant of a caller passes here, so later sums stay within the calendar.
        if (EARLIEST..=LATEST).contains(&time) { Ok(time) } else { Err(out_of_range()) }
    }
}

/// A whole number within the bounds of the type.
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

    fn bounds() -> Option<(i64, i64)> {
        Some((MIN, MAX))
    }
}

impl<const MIN: i64, const MAX: i64> Whole<MIN, MAX> {
    /// Returns the number. Use it only where `MIN` is not negative.
    pub fn unsigned(&self) -> u64 {
        self.0.unsigned_abs()
    }

    /// Returns the number. Use it only where `MAX` fits.
    pub fn small(&self) -> u32 {
        u32::try_from(self.0).unwrap_or(u32::MAX)
    }
}

/// Text for people: 1 to `MAX` bytes, without control characters other than line breaks.
pub struct Text<const MAX: usize>(pub String);

impl<const MAX: usize> FromField for Text<MAX> {
    fn from_field(value: &Value) -> Result<Self, Mistake> {
        let text = String::from_field(value)?;
        let control = text.chars().any(|character| character.is_control() && character != '\n');
        if control || readable::is_blank(&text) || text.len() > MAX {
            return Err(Mistake(
                "invalid_text",
                format!("must be 1 to {MAX} bytes of visible text without control characters"),
            ));
        }
        Ok(Self(text))
    }

    fn bounds() -> Option<(i64, i64)> {
        Some((1, i64::try_from(MAX).unwrap_or(i64::MAX)))
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
        // A scheme in capitals is the same URL (RFC 3986, section 3.1). It is stored and hashed in small letters.
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
            let detail = "must nest at most 16 deep, with names of 1 to 255 bytes, numbers below 1e125 and whole \
                          numbers of at most 64 bits; send longer ones as text";
            return Err(Mistake("not_storable", detail.into()));
        }
        Ok(Attributes(map.clone()))
    }
}

/// True if DynamoDB stores the value: it limits the depth, the names and the size of numbers.
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

impl FromField for Locale {
    fn from_field(value: &Value) -> Result<Self, Mistake> {
        let mistake =
            || Mistake("invalid_locale", "must be a BCP 47 language tag, like de, pt-BR or zh-Hant-TW".into());
        Self::parse(&String::from_field(value)?).ok_or_else(mistake)
    }
}
