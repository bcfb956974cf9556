//! Reads the object `user` of an event or a question. It omits invalid values with a warning: they come from phones and
//! must not cost the user a moment. `PUT /v1/users/{user_id}` is strict.

use domain::campaign::catalog::Catalog;
use domain::error::FieldError;
use domain::locale::Locale;
use domain::marketplace::Marketplaces;
use domain::secret::Attributes;
use domain::time_zone::TimeZone;
use domain::user::Profile;

use crate::fields::Fields;
use crate::marketplaces::MarketplaceName;

/// The user's attributes in a request.
#[derive(Debug, Default)]
pub struct DescribedUser {
    /// The marketplace in which the user buys.
    pub marketplace: Option<String>,
    /// The user's language, in its canonical form.
    pub locale: Option<String>,
    /// The time zone of the user's days.
    pub time_zone: Option<TimeZone>,
    /// All other attributes.
    pub attributes: Option<Attributes>,
    /// The JSON pointer of the marketplace in the body.
    marketplace_at: String,
    /// The omitted values, with the reasons.
    pub warnings: Vec<FieldError>,
}

impl DescribedUser {
    /// Reads the object `user` of a body. Refuses unknown fields: they are mistakes of the app's developers.
    pub fn read(fields: &mut Fields<'_>) -> Self {
        let read = |fields: &mut Fields<'_>| {
            Some(Self {
                marketplace: fields.lenient::<MarketplaceName>("marketplace").map(|name| name.0),
                locale: fields.lenient::<Locale>("locale").map(|locale| locale.0),
                time_zone: fields.lenient::<TimeZone>("time_zone"),
                attributes: fields.lenient::<Attributes>("attributes"),
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

    /// Replaces the marketplace with the one that the app declares for it. Omits it with a warning if none exists.
    pub fn resolve_marketplace(&mut self, catalog: &Catalog) {
        let Some(name) = self.marketplace.take() else { return };
        self.marketplace = catalog.marketplace(&name);
        if self.marketplace.is_none() {
            let detail = format!("{}; it is ignored, and everything else counts", Marketplaces::mistake_of_user(&name));
            let pointer = self.marketplace_at.clone();
            self.warnings.push(FieldError::new(pointer, "invalid_marketplace", detail));
        }
    }
}
