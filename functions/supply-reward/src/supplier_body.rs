//! The body that sets a supplier up.

use domain::secret::{SupplierSecret, WebhookSecret, WebhookUrl};
use domain::supplier::{AmazonRegion, Credentials, PER_SECOND, Service, SupplierMode};
use domain::web_address;
use edge::fields::{Fields, Text, Whole};

use crate::RequestContext;

/// The fields that only some kinds have.
const OF_A_KIND: [&str; 9] = [
    "url",
    "secret",
    "partner_id",
    "region",
    "sandbox",
    "access_key_id",
    "secret_access_key",
    "funding_source",
    "api_key",
];

/// The settings of a supplier in a request.
pub(crate) struct Body {
    pub(crate) name: String,
    pub(crate) service: Service,
    /// If absent, the stored ones stay.
    pub(crate) credentials: Option<Credentials>,
    pub(crate) per_second: u32,
}

/// Reads the body.
pub(crate) fn read(context: RequestContext<'_>, fields: &mut Fields<'_>) -> Option<Body> {
    let name = fields.required::<Text<200>>("name");
    let kind = fields.required::<String>("kind");
    let per_second = fields.optional::<Whole<1, 100>>("per_second").map_or(PER_SECOND, |rate| rate.small());
    let settings = match kind.as_deref() {
        Some("webhook") => webhook(context, fields),
        Some("amazon_incentives") => amazon(fields),
        Some("tremendous") => tremendous(fields),
        unknown => {
            if unknown.is_some() {
                fields.refuse("kind", "invalid_kind", "must be webhook, amazon_incentives or tremendous");
            }
            // Which fields it may have depends on it: none of them is a mistake by itself.
            for name in OF_A_KIND {
                fields.value(name);
            }
            return None;
        }
    };
    let (service, credentials) = settings?;
    Some(Body { name: name?.0, service, credentials, per_second })
}

type Settings = Option<(Service, Option<Credentials>)>;

fn webhook(context: RequestContext<'_>, fields: &mut Fields<'_>) -> Settings {
    let url = fields.required::<String>("url");
    let secret = fields.optional::<String>("secret").map(WebhookSecret::new);
    if let Some(Err(detail)) = url.as_ref().map(|url| context.suppliers.client.check(url)) {
        fields.refuse("url", "invalid_url", detail);
    }
    if secret.as_ref().is_some_and(|secret| !secret.is_strong()) {
        let detail = "must be whsec_ and the base64 of 24 to 64 bytes; leave it out to get one";
        fields.refuse("secret", "invalid_secret", detail);
    }
    // A scheme in capitals is the same one (RFC 3986, section 3.1); calls look for it in small letters.
    let url = url.map(|url| web_address::https(&url).unwrap_or(url))?;
    Some((Service::Webhook { url: WebhookUrl::new(url) }, secret.map(|secret| Credentials::Webhook { secret })))
}

/// Source of the forms: <https://developer.amazon.com/docs/incentives-api/digital-gift-cards.html>.
fn amazon(fields: &mut Fields<'_>) -> Settings {
    let partner_id = fields.required::<String>("partner_id");
    let region = fields.required::<String>("region");
    let mode = mode(fields);
    let access_key_id = key(fields, "access_key_id");
    let secret_access_key = key(fields, "secret_access_key");
    let is_partner = |id: &str| (1..=8).contains(&id.len()) && id.bytes().all(|byte| byte.is_ascii_alphanumeric());
    if partner_id.as_deref().is_some_and(|id| !is_partner(id)) {
        fields.refuse("partner_id", "invalid_id", "must be Amazon's id of the partner: 1 to 8 letters and digits");
    }
    let region = match region.as_deref()? {
        "north_america" => AmazonRegion::NorthAmerica,
        "europe" => AmazonRegion::Europe,
        "far_east" => AmazonRegion::FarEast,
        _ => {
            fields.refuse("region", "invalid_region", "must be north_america, europe or far_east");
            return None;
        }
    };
    let credentials = match (access_key_id, secret_access_key) {
        (Some(access_key_id), Some(key)) => {
            Some(Credentials::AmazonIncentives { access_key_id, secret_access_key: SupplierSecret::new(key) })
        }
        (None, None) => None,
        (Some(_), None) => {
            fields.refuse("secret_access_key", "required", "belongs to access_key_id: send both, or none to keep them");
            None
        }
        (None, Some(_)) => {
            fields.refuse("access_key_id", "required", "belongs to secret_access_key: send both, or none to keep them");
            None
        }
    };
    Some((Service::AmazonIncentives { partner_id: partner_id?, region, mode }, credentials))
}

fn tremendous(fields: &mut Fields<'_>) -> Settings {
    let funding_source = fields.optional::<Text<64>>("funding_source").map_or_else(|| "BALANCE".to_owned(), |id| id.0);
    let mode = mode(fields);
    let api_key = key(fields, "api_key").map(SupplierSecret::new);
    Some((Service::Tremendous { funding_source, mode }, api_key.map(|api_key| Credentials::Tremendous { api_key })))
}

fn mode(fields: &mut Fields<'_>) -> SupplierMode {
    match fields.optional::<bool>("sandbox") {
        Some(true) => SupplierMode::Sandbox,
        _ => SupplierMode::Production,
    }
}

/// Reads a key, which goes into a header as it is.
fn key(fields: &mut Fields<'_>, name: &'static str) -> Option<String> {
    let key = fields.optional::<String>(name)?;
    if (8..=512).contains(&key.len()) && key.bytes().all(|byte| byte.is_ascii_graphic()) {
        return Some(key);
    }
    fields.refuse(name, "invalid_secret", "must be 8 to 512 printable ASCII characters without spaces");
    None
}
