//! `GET /r/{reward_id}/open`: orders the reward from its supplier, and leads on to its link or shows its code. The link
//! `/r/{reward_id}` leads here after it has recorded the opening: the write that makes the reward `redeemed` is refused
//! once it has expired or was taken back, and an expiry or a voiding after it returns no money. So nothing is ordered
//! whose money went back, and every further visit brings the same again, because the order has the same id.

use domain::Error;
use domain::id::RewardId;
use domain::reward::{Reward, RewardState};
use domain::supplier::{Supplier, Trouble};
use edge::http::{self, Response};
use edge::preview;
use edge::problem;
use edge::reward_page::{self, Notice};
use jiff::SignedDuration;
use outbound_suppliers::Made;
use store::suppliers::{self, Turn};
use store::{reward_changes, reward_links};
use tokio::time::Instant;

use crate::RequestContext;

/// Answers a visit with something that a person can read, even after a failure.
pub(crate) async fn answer(context: RequestContext<'_>) -> Result<Response, Error> {
    let mut locale = None;
    let visited = context.invocation.whole_in_time(visit(context, &mut locale)).await;
    Ok(match visited {
        Ok(Ok(response)) => response,
        Ok(Err(notice)) => reward_page::show(notice, locale.as_deref(), context.request),
        Err(error) => {
            let problem = problem::report(&error, &context.invocation.request_id);
            let notice = if problem.status >= 500 { Notice::Busy } else { Notice::Unknown };
            reward_page::show(notice, locale.as_deref(), context.request)
        }
    })
}

async fn visit(context: RequestContext<'_>, locale: &mut Option<String>) -> Result<Result<Response, Notice>, Error> {
    // The id is the key to the reward, so no answer repeats it.
    let Ok(reward_id) = context.request.path_id::<RewardId>("reward_id", "reward") else {
        return Ok(Err(Notice::Unknown));
    };
    let Some(reward) = reward_links::find(context.environment, &reward_id, context.invocation.now).await? else {
        return Ok(Err(Notice::Unknown));
    };
    locale.clone_from(&reward.locale);
    match reward.state {
        RewardState::Waiting | RewardState::InReview => Ok(Err(Notice::Unknown)),
        RewardState::Voided => Ok(Err(Notice::Voided)),
        _ if reward.is_expired(context.invocation.now) => Ok(Err(Notice::Expired)),
        // Its address may stand in a chat, too.
        _ if reward.supply.is_some() && preview::is_preview(context.request) => Ok(Err(Notice::Unopened)),
        RewardState::Redeemed if reward.supply.is_some() => match supplied(context, &reward).await? {
            Ok(Made::Url(url)) => http::redirect(url.expose()).map(Ok),
            Ok(Made::Code { code, redeem_at }) => {
                let locale = reward.locale.as_deref();
                Ok(Ok(reward_page::show_code(&code, redeem_at.as_ref(), locale, context.request)))
            }
            Err(notice) => Ok(Err(notice)),
        },
        // Nobody has recorded the opening yet, or no supplier makes it.
        _ => http::redirect(&format!("/r/{}", reward_id.as_str())).map(Ok),
    }
}

/// Orders an opened reward, at the supplier's pace.
async fn supplied(context: RequestContext<'_>, reward: &Reward) -> Result<Result<Made, Notice>, Error> {
    let (store, invocation) = (&context.environment.store, context.invocation);
    let (app, id) = (reward.reward_id.app(), &reward.reward_id);
    let Some(supply) = &reward.supply else { return Ok(Err(Notice::Unknown)) };
    let Some(supplier) = suppliers::get(store, app, &supply.supplier_id).await? else {
        let detail =
            format!("supplier {} of app {app} is gone, and rewards lead to it: PUT it again", supply.supplier_id);
        return Err(Error::Internal(detail));
    };
    let credentials = context.suppliers.credentials(&supplier).await?;
    let pace = match suppliers::take_turn(store, &supplier, invocation.by_now()).await? {
        Turn::Granted(pace) => pace,
        Turn::Crowded => return Ok(Err(Notice::Soon)),
        Turn::Paused(trouble) => return Ok(Err(notice(trouble))),
    };
    tokio::time::sleep(pace.wait).await;
    let began = Instant::now();
    let made = context.suppliers.client.order(&supplier, &credentials, reward, invocation.by_now()).await?;
    let took = began.elapsed();
    if let Err(error) = suppliers::note_speed(store, &supplier, pace, took).await {
        tracing::warn!(supplier.id = %supplier.supplier_id, %error, "a supplier's speed was not noted");
    }
    let trouble = match made {
        Ok(made) => {
            if reward.supplied_at.is_none() {
                note_supplied(context, reward).await;
            }
            return Ok(Ok(made));
        }
        Err(trouble) => trouble,
    };
    tracing::warn!(
        app.id = %app, supplier.id = %supplier.supplier_id, reward.fingerprint = id.fingerprint(),
        supplier.trouble = trouble.as_str(), "supplier has made nothing"
    );
    noted(context, &supplier, trouble).await;
    Ok(Err(notice(trouble)))
}

/// What the user is told.
fn notice(trouble: Trouble) -> Notice {
    if trouble.seconds() > 60 { Notice::Later } else { Notice::Soon }
}

/// Notes that the reward was made. The user has it all the same if this fails: the time is for support.
async fn note_supplied(context: RequestContext<'_>, reward: &Reward) {
    let noted = reward_changes::note_supplied(&context.environment.store, reward, context.invocation.by_now()).await;
    if let Err(error) = noted {
        tracing::warn!(reward.fingerprint = reward.reward_id.fingerprint(), %error, "a supply was not noted");
    }
}

/// Notes trouble, for the admin and for other environments, which spare the supplier calls that would fail, too. What
/// concerns one product or one order pauses nothing.
async fn noted(context: RequestContext<'_>, supplier: &Supplier, trouble: Trouble) {
    let seconds = match trouble {
        Trouble::Credentials | Trouble::Funds | Trouble::AddressRefused => 60,
        Trouble::TimedOut | Trouble::Unreachable => 15,
        Trouble::Throttled => 2,
        Trouble::Product | Trouble::Pending | Trouble::Failed | Trouble::Unreadable => 0,
    };
    let pause = SignedDuration::from_secs(seconds);
    let noted =
        suppliers::note_trouble(&context.environment.store, supplier, trouble, pause, context.invocation.by_now())
            .await;
    if let Err(error) = noted {
        tracing::warn!(supplier.id = %supplier.supplier_id, %error, "a supplier's trouble was not noted");
    }
}
