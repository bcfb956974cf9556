//! `POST …/campaigns/{campaign}/messages/preview`: shows a message in the exact form of every channel, before any
//! user gets it.

use domain::Error;
use domain::campaign::catalog::Catalog;
use domain::campaign::{Campaign, Moment};
use domain::competition::places::FinalPlace;
use domain::device::Channel;
use domain::id::{CampaignId, MomentId};
use domain::locale::Locale;
use domain::message::{self, MessageKind, RenderedText, Values};
use domain::reward::credit::Credit;
use domain::secret::{DeviceAddress, RewardUrl};
use edge::fields::{FromField, Mistake, Text, Value};
use edge::http::{self, Response};
use outbound_push::{Notification, Recipient, payload};
use serde::Serialize;
use store::catalogs;

use crate::RequestContext;

#[derive(Serialize)]
struct Preview {
    campaign_id: CampaignId,
    moment_id: MomentId,
    kind: MessageKind,
    title: String,
    body: String,
    url: Option<RewardUrl>,
    image_url: Option<String>,
    channels: Vec<ChannelPreview>,
}

#[derive(Serialize)]
struct ChannelPreview {
    channel: Channel,
    /// Its size, to compare with the limit: in bytes, for a text message in characters.
    size: usize,
    limit: usize,
    /// The body of the request to Pinpoint's `SendMessages`.
    request: Value,
}

struct Asked {
    moment_id: MomentId,
    kind: MessageKind,
    locale: Option<String>,
    first_name: Option<String>,
}

struct KindField(MessageKind);

impl FromField for KindField {
    fn from_field(value: &Value) -> Result<Self, Mistake> {
        value.as_str().and_then(MessageKind::parse).map(Self).ok_or_else(|| {
            let known: Vec<&str> = MessageKind::ALL.into_iter().map(MessageKind::as_str).collect();
            Mistake("invalid_kind", format!("must be one of {}", known.join(", ")))
        })
    }
}

pub(crate) async fn post(context: RequestContext<'_>) -> Result<Response, Error> {
    let campaign_id: CampaignId = context.request.path_id("campaign", "campaign")?;
    let asked = context.request.json(|fields| {
        let moment_id = fields.required::<MomentId>("moment_id");
        let kind = fields.required::<KindField>("kind");
        let locale = fields.optional::<Locale>("locale").map(|locale| locale.0);
        let first_name = fields.optional::<Text<200>>("first_name").map(|name| name.0);
        Some(Asked { moment_id: moment_id?, kind: kind?.0, locale, first_name })
    })?;
    let catalog = catalogs::current(&context.environment.store, context.app).await?;
    let campaign = catalog.campaign(&campaign_id)?;
    let moment = catalog.moment(campaign, &asked.moment_id)?;
    let message = message::message(campaign, moment, asked.kind, asked.locale.as_deref());
    let message = message.ok_or_else(|| Error::not_found("message of the moment", asked.kind.as_str()))?;
    let example = example(context, &catalog, campaign, moment);
    let values = Values { first_name: asked.first_name.as_deref(), ..example.values(asked.kind) };
    let text = message::text::render(message, &values);
    let url = message.text.url.as_deref().or(values.redeem_url);
    let notification = Notification {
        kind: asked.kind,
        text: &text,
        url,
        image_url: message.text.image_url.as_deref(),
        delivery: message.delivery,
        collapse_key: &message::collapse_key(context.app, &campaign_id),
    };
    let mut channels = Vec::new();
    for channel in Channel::ALL {
        let recipient = Recipient { address: DeviceAddress::new("address"), first_name: None };
        let request = outbound_push::request_body(channel, &[recipient], &notification).await?;
        let (size, limit) = (payload::size(channel, &notification), payload::limit(channel));
        channels.push(ChannelPreview { channel, size, limit, request });
    }
    let RenderedText { title, body } = text.clone();
    let (url, image_url) = (url.map(RewardUrl::new), message.text.image_url.clone());
    let Asked { moment_id, kind, .. } = asked;
    Ok(http::json(200, &Preview { campaign_id, moment_id, kind, title, body, url, image_url, channels }))
}

/// An example reward, which nobody has.
struct Example<'a> {
    campaign: &'a Campaign,
    moment: &'a Moment,
    reward_name: Option<&'a str>,
    credit: Option<Credit>,
    expires_at: Option<jiff::Timestamp>,
    redeem_url: String,
}

fn example<'a>(
    context: RequestContext<'_>,
    catalog: &'a Catalog,
    campaign: &'a Campaign,
    moment: &'a Moment,
) -> Example<'a> {
    let group = catalog.groups_of(moment).first().copied();
    let public_url = context.environment.public_url.or(context.request.public_url());
    Example {
        campaign,
        moment,
        reward_name: group.map(|group| group.name.as_str()),
        credit: group.and_then(Credit::of),
        expires_at: group.and_then(|group| group.expires_at(context.invocation.now)),
        redeem_url: format!("{public_url}/r/example"),
    }
}

impl Example<'_> {
    fn values(&self, kind: MessageKind) -> Values<'_> {
        use MessageKind::{Achievement, AddressReminder, Reminder};
        let redeemable = matches!(kind, Achievement | Reminder | AddressReminder);
        let place = self.campaign.competition.as_ref().map(|_| FinalPlace { rank: 2, of: 100, score: Some(1_000) });
        Values {
            reward_name: self.reward_name,
            credit: self.credit.as_ref(),
            expires_at: self.expires_at,
            redeem_url: redeemable.then_some(self.redeem_url.as_str()),
            place,
            ..Values::new(self.campaign, self.moment)
        }
    }
}
