//! A campaign's guards against fraud before an event counts: how fast its user and its device may go.

use domain::Error;
use domain::campaign::guards::hash_of_user;
use domain::campaign::guards::{Guarded, Limit};
use domain::secret::FingerprintHash;
use rewarding::outcome::{self, Outcome};
use rules::eligibility::Case;
use store::guards::{self, EventLimit};
use store::progress::{self, MOST_EVENTS};

use crate::count::{Counting, MomentResult};

impl Counting<'_> {
    /// The facts that the campaign's guards look at before a reward is given.
    pub(crate) fn guarded(&self) -> Guarded<'_> {
        Guarded { fingerprints: Some(&self.event.fingerprints), review: self.review }
    }

    /// Refuses the event, uncounted, if the user or the device has no place for another one in this stretch of time.
    /// Test mode takes up no place, and a dry run only looks for one.
    pub(crate) async fn refuse_if_too_fast(&self) -> Result<Option<MomentResult>, Error> {
        let campaign = self.case.campaign;
        if self.case.stakes.in_test {
            return Ok(None);
        }
        let velocity = campaign.guards.velocity;
        let user = velocity.per_user.map(|limit| ("user", limit, hash_of_user(&campaign.app_id, &self.event.user_id)));
        let device = velocity.per_device.zip(self.event.fingerprints.device.clone());
        let device = device.map(|(limit, hash)| ("device", limit, hash));
        // The user first: an event that is refused there takes up no place of a device that others share.
        for (of, limit, hash) in user.into_iter().chain(device) {
            if self.has_place(limit, &hash).await? {
                continue;
            }
            // An event that was counted before is a repetition, however fast it comes.
            let stored = self.progress().await?.unwrap_or_default();
            if let Some(repeated) = self.repeated(&stored).await? {
                return Ok(Some(repeated));
            }
            let outcome = self.not_eligible(stored.counted, limit.reason(of)).await;
            return Ok(Some(MomentResult { effect: None, outcomes: vec![outcome] }));
        }
        Ok(None)
    }

    async fn has_place(&self, limit: Limit, of: &FingerprintHash) -> Result<bool, Error> {
        let (store, campaign, now) = (&self.environment.store, self.case.campaign, self.invocation.now);
        let event_limit = EventLimit { app: &campaign.app_id, campaign: &campaign.campaign_id, of, limit };
        if self.case.stakes.dry_run {
            let taken = guards::places_taken(store, event_limit, now).await?;
            return Ok(taken < usize::try_from(limit.events).unwrap_or(usize::MAX));
        }
        guards::take_place(store, event_limit, &self.event.event_id, now).await
    }

    /// The outcome for an event beyond the most that are remembered: its repetition could not be recognised.
    pub(crate) async fn too_many(&self, counted: u64) -> Outcome {
        let reason = format!(
            "this user has sent {MOST_EVENTS} events for this moment, the most within 8 days; events count again from {} on. \
             Send fewer events, each with a quantity",
            progress::page_ends(self.invocation.now)
        );
        self.not_eligible(counted, reason).await
    }

    pub(crate) async fn not_eligible(&self, counted: u64, reason: String) -> Outcome {
        let case = Case { counted, ..self.case };
        outcome::not_eligible(self.environment, case, vec![reason], self.invocation.now).await
    }
}
