//! Push through Amazon Pinpoint's `SendMessages`, by device address: the part of Pinpoint that goes on. Pinpoint does
//! not retry and takes no idempotency token, so a collapse key made from the reward's id lets a device show a repeated
//! message once.

use std::collections::HashMap;
use std::time::Duration;

use aws_sdk_pinpoint::Client;
use aws_sdk_pinpoint::config::retry::RetryConfig;
use aws_sdk_pinpoint::config::timeout::TimeoutConfig;
use aws_sdk_pinpoint::config::{BehaviorVersion, Region, SharedHttpClient};
use aws_sdk_pinpoint::error::ProvideErrorMetadata;
use aws_sdk_pinpoint::operation::RequestId;
use aws_sdk_pinpoint::types::{
    Action, AddressConfiguration, AdmMessage, ApnsMessage, BaiduMessage, ChannelType, DeliveryStatus,
    DirectMessageConfiguration, GcmMessage, MessageRequest, MessageType, SmsMessage,
};

use crate::campaign::MessageText;
use crate::error::Error;
use crate::id::DeviceId;
use crate::runtime::Settings;
use crate::secret::RewardUrl;
use crate::store::notices::Delivery;
use crate::store::users::{Channel, Device};
use crate::store::{credentials, http_client};

/// The most addresses that one call takes.
pub const MAX_ADDRESSES: usize = 100;

/// Where pushes go.
pub enum Push {
    /// To a Pinpoint application; on a laptop, to the push inbox, which speaks the same protocol.
    Pinpoint {
        /// The same SDK client in both cases.
        client: Box<Client>,
        /// The Pinpoint application's id.
        application: String,
    },
    /// Nowhere: no application is configured, and rewards are only shown in the app.
    Off,
}

/// What every device is told, each in its channel's form.
pub struct Notification<'a> {
    /// In the user's language.
    pub text: &'a MessageText,
    /// Where a tap leads.
    pub url: &'a RewardUrl,
    /// Lets a device show a repeated message once.
    pub collapse_key: &'a str,
}

impl Push {
    /// As the settings say. Makes no request.
    pub fn new(settings: &Settings) -> Self {
        Self::through(http_client(settings.pinpoint_endpoint.as_deref()), settings)
    }

    /// As [`Push::new`], but over the given transport: for tests that stand in for Pinpoint.
    pub fn through(transport: SharedHttpClient, settings: &Settings) -> Self {
        if settings.pinpoint_application.is_empty() {
            return Self::Off;
        }
        let timeouts = TimeoutConfig::builder()
            .connect_timeout(Duration::from_secs(1))
            .operation_attempt_timeout(Duration::from_secs(5))
            .build();
        let mut config = aws_sdk_pinpoint::Config::builder()
            .behavior_version(BehaviorVersion::latest())
            .region(Region::new(settings.region.clone()))
            .http_client(transport)
            // The stream retries, with the devices that are not settled: that is the one retry layer.
            .retry_config(RetryConfig::disabled())
            .timeout_config(timeouts)
            .credentials_provider(credentials(settings));
        if let Some(endpoint) = &settings.pinpoint_endpoint {
            config = config.endpoint_url(endpoint);
        }
        let client = Box::new(Client::from_conf(config.build()));
        Self::Pinpoint { client, application: settings.pinpoint_application.clone() }
    }

    /// Sends one message to each of up to [`MAX_ADDRESSES`] devices and returns each device's result. A device that
    /// Pinpoint does not mention has an unknown result, which is not a success.
    pub async fn send(
        &self,
        devices: &[&Device],
        notification: &Notification<'_>,
    ) -> Result<Vec<(DeviceId, Delivery)>, Error> {
        let Self::Pinpoint { client, application } = self else { return Ok(Vec::new()) };
        let addresses = devices.iter().map(|device| {
            let channel = AddressConfiguration::builder().channel_type(channel(device.channel)).build();
            (device.address.expose().to_owned(), channel)
        });
        let request = MessageRequest::builder()
            .set_addresses(Some(addresses.collect::<HashMap<_, _>>()))
            .message_configuration(configuration(notification))
            .build();
        let answer = client.send_messages().application_id(application).message_request(request).send().await;
        let answer = answer.map_err(|error| {
            let (code, request_id) = (error.code().unwrap_or("no answer"), error.request_id().unwrap_or("none"));
            Error::Unavailable(format!("send messages: {code} (AWS request {request_id})"))
        })?;
        let results = answer.message_response.and_then(|response| response.result).unwrap_or_default();
        Ok(devices
            .iter()
            .map(|device| {
                let result = results.get(device.address.expose());
                let status = result.and_then(|result| result.delivery_status.clone());
                let status = status.unwrap_or(DeliveryStatus::UnknownFailure);
                let code = result.and_then(|result| result.status_code).unwrap_or_default();
                let delivery =
                    Delivery { delivery: status.as_str().to_owned(), code, attempts: 1, settled: is_settled(&status) };
                (device.device_id.clone(), delivery)
            })
            .collect())
    }
}

/// Whether trying again is of no use, because it was accepted or never will be.
fn is_settled(status: &DeliveryStatus) -> bool {
    matches!(
        status,
        DeliveryStatus::Successful
            | DeliveryStatus::Duplicate
            | DeliveryStatus::OptOut
            | DeliveryStatus::PermanentFailure
    )
}

fn channel(channel: Channel) -> ChannelType {
    match channel {
        Channel::Apns => ChannelType::Apns,
        Channel::ApnsSandbox => ChannelType::ApnsSandbox,
        Channel::Gcm => ChannelType::Gcm,
        Channel::Adm => ChannelType::Adm,
        Channel::Baidu => ChannelType::Baidu,
        Channel::Sms => ChannelType::Sms,
    }
}

/// The message in every channel's form; Pinpoint picks the one that an address needs.
fn configuration(notification: &Notification<'_>) -> DirectMessageConfiguration {
    let (title, body) = (notification.text.title.as_str(), notification.text.body.as_str());
    let (url, key) = (notification.url.expose(), notification.collapse_key);
    let apns = ApnsMessage::builder().action(Action::Url).title(title).body(body).url(url).collapse_id(key);
    let gcm = GcmMessage::builder().action(Action::Url).title(title).body(body).url(url).collapse_key(key);
    let adm = AdmMessage::builder().action(Action::Url).title(title).body(body).url(url).consolidation_key(key);
    let baidu = BaiduMessage::builder().action(Action::Url).title(title).body(body).url(url);
    let sms = SmsMessage::builder().body(format!("{title}: {body} {url}")).message_type(MessageType::Transactional);
    DirectMessageConfiguration::builder()
        .apns_message(apns.build())
        .gcm_message(gcm.build())
        .adm_message(adm.build())
        .baidu_message(baidu.build())
        .sms_message(sms.build())
        .build()
}
