//! The body that sets a supplier up.

use domain::secret::{WebhookSecret, WebhookUrl};
use domain::supplier::{Credentials, PER_SECOND, Service};
use domain::web_address;
use edge::fields::{Fields, Text, Whole};

use crate::RequestContext;

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
    let url = fields.required::<String>("url");
    let secret = fields.optional::<String>("secret");
    let per_second = fields.optional::<Whole<1, 100>>("per_second").map_or(PER_SECOND, |rate| rate.small());
    if kind.as_ref().is_some_and(|kind| kind != "webhook") {
        fields.refuse("kind", "invalid_kind", "must be webhook");
    }
    if let Some(Err(detail)) = url.as_ref().map(|url| context.suppliers.client.check(url)) {
        fields.refuse("url", "invalid_url", detail);
    }
    let secret = secret.map(WebhookSecret::new);
    if secret.as_ref().is_some_and(|secret| !secret.is_strong()) {
        let detail = "must be whsec_ and the base64 of 24 to 64 bytes; leave it out to get one";
        fields.refuse("secret", "invalid_secret", detail);
    }
    // A scheme in capitals is the same one (RFC 3986, section 3.1); calls look for it in small letters.
    let url = url.map(|url| web_address::https(&url).unwrap_or(url));
    kind?;
    Some(Body {
        name: name?.0,
        service: Service::Webhook { url: WebhookUrl::new(url?) },
        credentials: secret.map(|secret| Credentials::Webhook { secret }),
        per_second,
    })
}
