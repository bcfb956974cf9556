//! `/v1/users/{user_id}`: what an app tells about a user, the user's devices and rewards, and forgetting a user. With a
//! test key everything is checked and answered, nothing is stored, and no user is known.

mod export;

use aws_lambda_events::apigw::ApiGatewayV2httpRequest;
use serde::Serialize;
use shared::fields::{FromField, Mistake, Region};
use shared::http::{self, List, Request, Response};
use shared::id::{AppId, DeviceId, UserId};
use shared::reward::RewardView;
use shared::secret::{Attributes, DeviceAddress};
use shared::store::rewards;
use shared::store::users::{self, Channel, Device, Profile};
use shared::time_zone::TimeZone;
use shared::{Environment, Error, Invocation};

/// Devices of one user.
const MAX_DEVICES: usize = 20;

/// Answers one request.
pub async fn handle(
    environment: &Environment,
    event: ApiGatewayV2httpRequest,
    invocation: Invocation,
) -> Result<Response, Error> {
    let request = Request::from(event);
    Ok(http::answer(environment, &request, &invocation, answer(environment, &request, &invocation)).await)
}

async fn answer(environment: &Environment, request: &Request, invocation: &Invocation) -> Result<Response, Error> {
    let caller = request.caller()?;
    let (app, test) = (caller.app()?, caller.is_test());
    match request.route() {
        "PUT /v1/users/{user_id}" => put_user(environment, request, app, test).await,
        "GET /v1/users/{user_id}" => get_user(environment, request, app, test).await,
        "DELETE /v1/users/{user_id}" => erase_user(environment, request, app, test).await,
        "GET /v1/users/{user_id}/export" => export::get(environment, request, app, test, invocation).await,
        "GET /v1/users/{user_id}/rewards" => list_rewards(environment, request, app, test, invocation).await,
        "PUT /v1/users/{user_id}/devices/{device_id}" => put_device(environment, request, app, test).await,
        "DELETE /v1/users/{user_id}/devices/{device_id}" => delete_device(environment, request, app, test).await,
        route => Err(Error::not_found("route", route)),
    }
}

#[derive(Serialize)]
struct UserView {
    user_id: UserId,
    marketplace: Option<String>,
    locale: Option<String>,
    time_zone: Option<TimeZone>,
    attributes: Attributes,
    devices: Vec<DeviceView>,
}

/// A device as the API shows it: never its address.
#[derive(Serialize)]
struct DeviceView {
    device_id: DeviceId,
    channel: Channel,
    locale: Option<String>,
}

impl From<Device> for DeviceView {
    fn from(device: Device) -> Self {
        Self { device_id: device.device_id, channel: device.channel, locale: device.locale }
    }
}

fn user_view(user_id: UserId, profile: Profile, devices: Vec<Device>) -> UserView {
    let devices = devices.into_iter().map(DeviceView::from).collect();
    let Profile { marketplace, locale, time_zone, attributes } = profile;
    UserView { user_id, marketplace, locale, time_zone, attributes, devices }
}

async fn put_user(environment: &Environment, request: &Request, app: &AppId, test: bool) -> Result<Response, Error> {
    let user_id: UserId = request.new_path_id("user_id")?;
    let profile = request.json(|fields| {
        let marketplace = fields.optional::<Region>("marketplace").map(|region| region.0);
        let locale = fields.optional::<Region>("locale").map(|region| region.0);
        let time_zone = fields.optional::<TimeZone>("time_zone");
        let attributes = fields.optional::<Attributes>("attributes").unwrap_or_default();
        Some(Profile { marketplace, locale, time_zone, attributes })
    })?;
    if test {
        return Ok(http::json(200, &user_view(user_id, profile, Vec::new())));
    }
    users::put_profile(&environment.store, app, &user_id, &profile).await?;
    let devices = users::devices(&environment.store, app, &user_id).await?;
    Ok(http::json(200, &user_view(user_id, profile, devices)))
}

async fn get_user(environment: &Environment, request: &Request, app: &AppId, test: bool) -> Result<Response, Error> {
    let user_id: UserId = request.path_id("user_id", "user")?;
    if test {
        return Err(Error::not_found("user", user_id));
    }
    let profile = users::profile(&environment.store, app, &user_id).await?;
    let devices = users::devices(&environment.store, app, &user_id).await?;
    if profile.is_none() && devices.is_empty() {
        return Err(Error::not_found("user", user_id));
    }
    Ok(http::json(200, &user_view(user_id, profile.unwrap_or_default(), devices)))
}

/// 204 whether or not the user was known: after it, nothing is.
async fn erase_user(environment: &Environment, request: &Request, app: &AppId, test: bool) -> Result<Response, Error> {
    let user_id: UserId = request.path_id("user_id", "user")?;
    if !test && users::erase(&environment.store, app, &user_id).await? {
        tracing::info!(app.id = %app, "user erased");
    }
    Ok(http::empty(204))
}

async fn list_rewards(
    environment: &Environment,
    request: &Request,
    app: &AppId,
    test: bool,
    invocation: &Invocation,
) -> Result<Response, Error> {
    let user_id: UserId = request.path_id("user_id", "user")?;
    let page = request.page()?;
    if test {
        return Ok(http::json(200, &List::<RewardView> { data: Vec::new(), cursor: None }));
    }
    let catalog = environment.catalogs.of(&environment.store, app, invocation.now).await?;
    let (found, cursor) = rewards::list(&environment.store, app, &user_id, page.limit, page.cursor.as_deref()).await?;
    let view = |reward: &shared::reward::Reward| {
        let campaign = catalog.campaign(reward.campaign_id()).ok();
        let moment = campaign.and_then(|campaign| campaign.moment(&reward.moment_id));
        let group = catalog.group(&reward.reward_group_id);
        RewardView::stored(reward, group, moment, None, environment.public_url(&catalog))
    };
    Ok(http::json(200, &List { data: found.iter().map(view).collect(), cursor }))
}

struct ChannelField(Channel);

impl FromField for ChannelField {
    fn from_field(value: &shared::fields::Value) -> Result<Self, Mistake> {
        let channel = match value.as_str() {
            Some("APNS") => Channel::Apns,
            Some("APNS_SANDBOX") => Channel::ApnsSandbox,
            Some("GCM") => Channel::Gcm,
            Some("ADM") => Channel::Adm,
            Some("BAIDU") => Channel::Baidu,
            Some("SMS") => Channel::Sms,
            _ => {
                let detail = "must be one of APNS, APNS_SANDBOX, GCM, ADM, BAIDU, SMS";
                return Err(Mistake("invalid_channel", detail.into()));
            }
        };
        Ok(Self(channel))
    }
}

async fn put_device(environment: &Environment, request: &Request, app: &AppId, test: bool) -> Result<Response, Error> {
    let user_id: UserId = request.new_path_id("user_id")?;
    let device_id: DeviceId = request.new_path_id("device_id")?;
    let device = request.json(|fields| {
        let channel = fields.required::<ChannelField>("channel");
        let address = fields.required::<DeviceAddress>("address");
        let locale = fields.optional::<Region>("locale").map(|region| region.0);
        Some(Device { device_id, channel: channel?.0, address: address?, locale })
    })?;
    if !test {
        let known = users::devices(&environment.store, app, &user_id).await?;
        if known.len() >= MAX_DEVICES && !known.iter().any(|known| known.device_id == device.device_id) {
            let detail = format!("the user has {MAX_DEVICES} devices, the most there can be; delete one first");
            return Err(Error::Conflict { code: "too_many_devices", detail });
        }
        users::put_device(&environment.store, app, &user_id, &device).await?;
    }
    Ok(http::json(200, &DeviceView::from(device)))
}

async fn delete_device(
    environment: &Environment,
    request: &Request,
    app: &AppId,
    test: bool,
) -> Result<Response, Error> {
    let user_id: UserId = request.path_id("user_id", "user")?;
    let device_id: DeviceId = request.path_id("device_id", "device")?;
    if !test {
        users::delete_device(&environment.store, app, &user_id, &device_id).await?;
    }
    Ok(http::empty(204))
}
