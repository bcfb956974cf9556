//! What a request tells about its user besides the id: the object `user` of an event or a question. What is wrong there is left
//! out with a warning, because it comes from phones and must not cost what the user did. `PUT /v1/users/{user_id}` is strict.

use domain::campaign::catalog::Catalog;
use domain::error::FieldError;
use domain::locale::Locale;
use domain::marketplace::Marketplaces;
use domain::secret::Attributes;
use domain::time_zone::TimeZone;
use domain::user::Profile;

use crate::fields::Fields;
use crate::marketplaces::MarketplaceName;

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
    /// Where the marketplace stands in the body.
    marketplace_at: String,
    /// What was left out, and why.
    pub warnings: Vec<FieldError>,
}

impl DescribedUser {
    /// Reads the object `user` of a body. A field that it does not have is a mistake of whoever wrote the app, and refused.
    pub fn read(fields: &mut Fields<'_>) -> Self {
        let read = |fields: &mut Fields<'_>| {
            Some(Self {
                marketplace: fields.described::<MarketplaceName>("marketplace").map(|name| name.0),
                locale: fields.described::<Locale>("locale").map(|locale| locale.0),
                time_zone: fields.described::<TimeZone>("time_zone"),
                attributes: fields.described::<Attributes>("attributes"),
                marketplace_at: fields.pointer_to("marketplace"),
                warnings: fields.take_warnings(),
            })
        };
        fields.optional_object("user", read).unwrap_or_default()
    }

    /// Merges the description into the profile. The profile only fills in what the description omits.
    pub fn over(&self, mut profile: Profile) -> Profile {
        profile.attributes.0.extend(self.attributes.iter().flat_map(|described| described.0.clone()));
        Profile {
            marketplace: self.marketplace.clone().or(profile.marketplace),
            locale: self.locale.clone().or(profile.locale),
            time_zone: self.time_zone.or(profile.time_zone),
            attributes: profile.attributes,
        }
    }

    /// Holds the marketplace against what the app declares, before anything looks at it.
    pub fn resolve_marketplace(&mut self, catalog: &Catalog) {
        let Some(name) = self.marketplace.take() else { return };
        self.marketplace = catalog.marketplace(&name);
        if self.marketplace.is_none() {
            let detail = format!("{}; it is left out, and all else holds", Marketplaces::mistake_of_user(&name));
            let pointer = self.marketplace_at.clone();
            self.warnings.push(FieldError { pointer, code: "invalid_marketplace", detail });
        }
    }
}
