//! What a request tells about its user besides the id: the object `user` of an event or a question. What is wrong there is left
//! out with a warning, because it comes from phones and must not cost what the user did. `PUT /v1/users/{user_id}` is strict.

use crate::error::FieldError;
use crate::fields::{Fields, Region};
use crate::locale::Locale;
use crate::secret::Attributes;
use crate::time_zone::TimeZone;

/// What a request tells about its user.
#[derive(Debug, Default)]
pub struct DescribedUser {
    /// Where the user buys.
    pub marketplace: Option<String>,
    /// The user's language, in its canonical form.
    pub locale: Option<String>,
    /// Where the user's days begin.
    pub time_zone: Option<TimeZone>,
    /// Anything else.
    pub attributes: Option<Attributes>,
    /// What was left out, and why.
    pub warnings: Vec<FieldError>,
}

impl DescribedUser {
    /// Reads the object `user` of a body. A field that it does not have is a mistake of whoever wrote the app, and refused.
    pub fn read(fields: &mut Fields<'_>) -> Self {
        let read = |fields: &mut Fields<'_>| {
            Some(Self {
                marketplace: fields.described::<Region>("marketplace").map(|region| region.0),
                locale: fields.described::<Locale>("locale").map(|locale| locale.0),
                time_zone: fields.described::<TimeZone>("time_zone"),
                attributes: fields.described::<Attributes>("attributes"),
                warnings: fields.take_warnings(),
            })
        };
        fields.optional_object("user", read).unwrap_or_default()
    }
}
