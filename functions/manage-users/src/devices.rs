//! `/v1/users/{user_id}/devices/{device_id}`: the devices on which a user can be reached, and the messages for each.
//! `store::devices` decides whose an address is: the last user to register it has it.

use domain::Error;
use domain::device::{Channel, Device, SILENCE_DAYS};
use domain::error::FieldError;
use domain::id::{DeviceId, UserId};
use domain::locale::Locale;
use domain::message::MessageKind;
use domain::secret::DeviceAddress;
use domain::time_zone::TimeZone;
use edge::fields::{FromField, Mistake, Text, Value, Whole};
use edge::http::{self, Response};
use jiff::Timestamp;
use serde::Serialize;
use store::devices;

use crate::RequestContext;

/// A device as the API shows it: never its address.
#[derive(Serialize)]
pub(crate) struct DeviceView {
    device_id: DeviceId,
    channel: Channel,
    locale: Option<String>,
    time_zone: Option<TimeZone>,
    app_version: Option<String>,
    opt_out: Vec<MessageKind>,
    seen_at: Timestamp,
    expires_at: Timestamp,
    /// The reason why pushes no longer reach it, if so.
    retired_reason: Option<String>,
    /// The fields that were left out when it was registered just now, and why.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    warnings: Vec<FieldError>,
}

impl From<Device> for DeviceView {
    fn from(device: Device) -> Self {
        let expires_at = device.expires_at();
        Self {
            device_id: device.device_id,
            channel: device.channel,
            locale: device.locale,
            time_zone: device.time_zone,
            app_version: device.app_version,
            opt_out: device.opt_out,
            seen_at: device.seen_at,
            expires_at,
            retired_reason: device.retired.map(|retired| retired.reason),
            warnings: Vec::new(),
        }
    }
}

struct ChannelField(Channel);

impl FromField for ChannelField {
    fn from_field(value: &Value) -> Result<Self, Mistake> {
        let name = value.as_str().unwrap_or_default();
        let channel = Channel::ALL.into_iter().find(|channel| channel.as_str() == name);
        channel.map(Self).ok_or_else(|| {
            let names: Vec<&str> = Channel::ALL.into_iter().map(Channel::as_str).collect();
            Mistake("invalid_channel", format!("must be one of {}", names.join(", ")))
        })
    }
}

struct Kinds(Vec<MessageKind>);

impl FromField for Kinds {
    fn from_field(value: &Value) -> Result<Self, Mistake> {
        let kinds = value.as_array().map(|kinds| {
            let kind = |kind: &Value| kind.as_str().and_then(MessageKind::parse);
            kinds.iter().map(kind).collect::<Option<Vec<MessageKind>>>()
        });
        let Some(Some(mut kinds)) = kinds else {
            let known: Vec<&str> = MessageKind::ALL.into_iter().map(MessageKind::as_str).collect();
            return Err(Mistake("invalid_kind", format!("must be a list of kinds of messages: {}", known.join(", "))));
        };
        kinds.sort_unstable();
        kinds.dedup();
        Ok(Self(kinds))
    }
}

pub(crate) async fn put(context: &RequestContext<'_>) -> Result<Response, Error> {
    let &RequestContext { environment, request, app, test, invocation } = context;
    let user_id: UserId = request.new_path_id("user_id")?;
    let device_id: DeviceId = request.new_path_id("device_id")?;
    // A phone with an unknown language or time zone still gets its messages.
    let (device, warnings) = request.json(|fields| {
        let channel = fields.required::<ChannelField>("channel");
        let address = fields.required::<DeviceAddress>("address");
        let locale = fields.lenient::<Locale>("locale").map(|locale| locale.0);
        let time_zone = fields.lenient::<TimeZone>("time_zone");
        let app_version = fields.optional::<Text<64>>("app_version").map(|version| version.0);
        let opt_out = fields.optional::<Kinds>("opt_out").map(|kinds| kinds.0).unwrap_or_default();
        let expires_after_days = fields.optional::<Whole<1, 3_650>>("expires_after_days");
        let channel = channel?.0;
        let address = address?;
        if channel == Channel::Sms && !is_telephone_number(address.expose()) {
            fields.refuse(
                "address",
                "invalid_address",
                "must be a telephone number in E.164 form, like +4915112345678",
            );
        }
        let warnings = fields.take_warnings();
        let device = Device {
            device_id,
            channel,
            address,
            locale,
            time_zone,
            app_version,
            opt_out,
            expires_after_days: expires_after_days.map_or(SILENCE_DAYS, |days| days.small()),
            seen_at: invocation.now,
            registered_at: None,
            retired: None,
        };
        Some((device, warnings))
    })?;
    // The last to register an address has it, and a telephone number is no secret.
    if request.user().is_some() && device.channel == Channel::Sms {
        let detail = "a user token may not register a telephone number: have the app's backend register one that it has verified";
        return Err(Error::Forbidden(detail.to_owned()));
    }
    if !test {
        devices::register(&environment.store, app, &user_id, &device).await?;
    }
    Ok(http::json(200, &DeviceView { warnings, ..DeviceView::from(device) }))
}

/// True if a text is `+` and 7 to 15 digits, <https://www.itu.int/rec/T-REC-E.164>.
fn is_telephone_number(text: &str) -> bool {
    let digits = text.strip_prefix('+').unwrap_or_default();
    (7..=15).contains(&digits.len()) && digits.bytes().all(|byte| byte.is_ascii_digit())
}

pub(crate) async fn delete(context: &RequestContext<'_>) -> Result<Response, Error> {
    let &RequestContext { environment, request, app, test, .. } = context;
    let user_id: UserId = request.path_id("user_id", "user")?;
    let device_id: DeviceId = request.path_id("device_id", "device")?;
    if !test {
        devices::delete(&environment.store, app, &user_id, &device_id).await?;
    }
    Ok(http::empty(204))
}
