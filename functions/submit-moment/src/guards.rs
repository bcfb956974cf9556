//! What a campaign does against fraud before an event counts: how fast its user and its device may go. And noting, for support,
//! why an event did not count.

use domain::Error;
use domain::campaign::guards::{Guarded, Limit, hash_of_user};
use domain::secret::FingerprintHash;
use invocation::Invocation;
use rewarding::outcome::{Outcome, OutcomeKind};
use rules::eligibility::{Check, CheckName, Verdict};
use store::guards::{self, Counted};
use store::progress::{self, MOST_EVENTS};

use crate::count::{Counting, Result};

impl Counting<'_> {
    /// What the guards look at when it comes to a reward.
    pub(crate) fn guarded(&self) -> Guarded<'_> {
        Guarded { fingerprints: Some(&self.event.fingerprints), review: self.review }
    }

    /// Whether the user or the device has no place for another event in this stretch of time: then its outcome is in the result,
    /// and nothing was counted. A rehearsal takes up no place, and a dry run only looks whether there is one.
    pub(crate) async fn goes_too_fast(
        &self,
        result: &mut Result,
        (dry_run, invocation): (bool, &Invocation),
    ) -> std::result::Result<bool, Error> {
        if self.test {
            return Ok(false);
        }
        let velocity = self.campaign.guards.velocity;
        let user =
            velocity.per_user.map(|limit| ("user", limit, hash_of_user(&self.campaign.app_id, &self.event.user_id)));
        let device = velocity.per_device.zip(self.event.fingerprints.device.clone());
        let device = device.map(|(limit, hash)| ("device", limit, hash));
        // The user first: what is refused there takes up no place of a device that others use, too.
        for (of, limit, hash) in user.into_iter().chain(device) {
            if !self.has_place(limit, &hash, dry_run, invocation).await? {
                let check =
                    Check { check: CheckName::Velocity, passed: false, detail: limit.reason(of), of_event: true };
                self.refuse(Verdict { checks: vec![check], review: false }, result, (dry_run, invocation)).await?;
                return Ok(true);
            }
        }
        Ok(false)
    }

    async fn has_place(
        &self,
        limit: Limit,
        of: &FingerprintHash,
        dry_run: bool,
        invocation: &Invocation,
    ) -> std::result::Result<bool, Error> {
        let (store, now) = (&self.environment.store, invocation.now);
        let counted = Counted { app: &self.campaign.app_id, campaign: &self.campaign.campaign_id, of, limit };
        if dry_run {
            let taken = guards::places_taken(store, counted, now).await?;
            return Ok(taken < usize::try_from(limit.events).unwrap_or(usize::MAX));
        }
        guards::take_place(store, counted, &self.event.event_id, now).await
    }

    /// An event that was counted before is a repetition, however fast it comes.
    async fn refuse(
        &self,
        verdict: Verdict,
        result: &mut Result,
        (dry_run, invocation): (bool, &Invocation),
    ) -> std::result::Result<(), Error> {
        let Some((count, _)) = self.unless_repeated(&verdict, result, (dry_run, invocation)).await? else {
            return Ok(());
        };
        let reasons = verdict.reasons();
        self.note_refusal(&reasons, dry_run, invocation).await;
        result.outcomes.push(Outcome::new(self.campaign, self.moment, OutcomeKind::NotEligible, count, reasons));
        Ok(())
    }

    /// The outcome of an event that could not be told from its repetition, because the user has sent so many.
    pub(crate) async fn too_many(&self, count: u64, dry_run: bool, invocation: &Invocation) -> Outcome {
        let reasons = vec![format!(
            "this user has sent {MOST_EVENTS} events for this moment, the most within 8 days; events count again from {} on. \
             Send fewer events, each with a quantity",
            progress::page_ends(invocation.now)
        )];
        self.note_refusal(&reasons, dry_run, invocation).await;
        Outcome::new(self.campaign, self.moment, OutcomeKind::NotEligible, count, reasons)
    }

    /// Nothing of a rehearsal is noted.
    pub(crate) async fn note_refusal(&self, reasons: &[String], dry_run: bool, invocation: &Invocation) {
        if !self.test && !dry_run {
            let of = (self.campaign, self.moment, &self.event.user_id);
            self.environment.refusals.note(&self.environment.store, of, reasons, invocation.now).await;
        }
    }
}
