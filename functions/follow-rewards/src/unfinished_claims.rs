//! Finishes completed moments whose submission died between counting and claiming. Almost always the reward is there
//! already, which one read finds out.

use aws_lambda_events::dynamodb::EventRecord;
use domain::Error;
use domain::campaign::assignment;
use domain::campaign::guards::Guarded;
use domain::request_mode::Stakes;
use invocation::Invocation;
use rewarding::Environment;
use rewarding::outcome::{self, Cause, Earned, OutcomeKind};
use rules::eligibility::{Case, Subject};
use store::progress::{self, StoredProgress};
use store::schema::Key;
use store::{record, rewards, users};

/// Awards what one change of a progress item has earned.
pub(crate) async fn finish(
    environment: &Environment,
    key: &Key,
    record: &EventRecord,
    invocation: &Invocation,
) -> Result<(), Error> {
    let Key::Progress(app, user_id, campaign_id, moment_id) = key else { return Ok(()) };
    let Some((_, image)) = record::new_image(record)? else { return Ok(()) };
    let after = StoredProgress::from_item(image)?;
    let before = record::old_image(record).map(StoredProgress::from_item).transpose()?;
    let store = &environment.store;
    let catalog = environment.catalogs.with_moment(store, app, campaign_id, moment_id, invocation.now).await?;
    let campaign = catalog.campaign(campaign_id)?;
    let moment = catalog.moment(campaign, moment_id)?;
    if after.closed.is_some() || assignment::is_held_out(campaign, user_id) {
        return Ok(());
    }
    let earned_before = before.map_or(0, |before| moment.earned(before.counted));
    for occurrence in earned_before + 1..=moment.earned(after.counted) {
        if rewards::get(store, app, user_id, campaign_id, moment_id, occurrence).await?.is_some() {
            continue;
        }
        // The record may be hours old. A user who was erased meanwhile has earned nothing, even after coming back.
        let Some(progress) = progress::get(&environment.store, key).await? else { return Ok(()) };
        if moment.earned(progress.counted) < occurrence {
            return Ok(());
        }
        let profile = users::profile(&environment.store, app, user_id).await?.unwrap_or_default();
        let profile_user = Subject::of(user_id, &profile);
        let user = Subject {
            marketplace: progress.marketplace.as_deref().or(profile_user.marketplace),
            locale: progress.locale.as_deref().or(profile_user.locale),
            ..profile_user
        };
        let (counted, held) = (progress.counted, progress.arm.as_ref());
        let case = Case { campaign, moment, user, stakes: Stakes::REAL, counted, held, wanted: None };
        // As the completing event had them.
        let guarded = Guarded { fingerprints: Some(&after.fingerprints), review: after.review };
        let earned = Earned { case, occurrence, cause: Cause::Stream, guarded };
        let outcome = outcome::settle(environment, &catalog, earned, invocation).await?;
        if outcome.outcome == OutcomeKind::NotEligible {
            // It was eligible when it was counted. By now no group of the moment is valid for the user, a cap is
            // reached, or another reward has its device or payment.
            progress::close(&environment.store, key, outcome.closed.unwrap_or("no_valid_reward_group")).await?;
        }
        tracing::info!(
            app.id = %app, campaign.id = %campaign_id, moment.id = %moment_id, outcome = ?outcome.outcome,
            "finished what a submission left"
        );
    }
    Ok(())
}
