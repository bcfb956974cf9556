//! The ledgers that pay for a reward, each with the slot of it that a claim uses. The slots go back to the
//! environment's memory when the claim ends, however it ends.

use domain::campaign::Cap;
use jiff::Timestamp;
use store::Store;
use store::ledger::Account;

use super::ClaimRequest;
use super::memory::{Allocator, Slot};

/// The ledgers that pay for a reward: the campaign's own, then those of the caps that it falls under.
pub(super) fn accounts(request: ClaimRequest<'_>, now: Timestamp) -> Vec<Account> {
    let (campaign, caps) = (request.campaign, &request.campaign.caps);
    let whole = Account::whole(&campaign.app_id, &campaign.campaign_id);
    let day = caps.per_day.map(|_| Cap::Day(campaign.day(now)));
    let moment = Cap::Moment(request.moment.moment_id.clone());
    let group = Cap::Group(request.group.reward_group_id.clone());
    let capped = [moment, group].into_iter().chain(day).filter(|cap| caps.limit(cap).is_some());
    let capped = capped.map(|cap| Account { cap: Some(cap), ..whole.clone() });
    std::iter::once(whole.clone()).chain(capped).collect()
}

/// A ledger that pays, and the slot of it in use.
pub(super) struct FundingSource {
    pub(super) account: Account,
    pub(super) slot: Slot,
}

/// The payers of a reward, the campaign's own ledger first.
pub(super) struct FundingSources<'a> {
    store: &'a Store,
    allocator: &'a Allocator,
    pub(super) all: Vec<FundingSource>,
}

impl<'a> FundingSources<'a> {
    pub(super) fn new(store: &'a Store, allocator: &'a Allocator) -> Self {
        Self { store, allocator, all: Vec::new() }
    }

    /// Takes a slot of each ledger that the reward falls under, and returns those in use.
    pub(super) fn open(&mut self, request: ClaimRequest<'_>, now: Timestamp) {
        self.close();
        let source = |account: Account| {
            let slots = account.slots(request.campaign.slots);
            FundingSource { slot: self.allocator.take_slot(self.store, &account, slots), account }
        };
        self.all = accounts(request, now).into_iter().map(source).collect();
    }

    /// Takes another slot of each ledger.
    pub(super) fn change_slots(&mut self, request: ClaimRequest<'_>) {
        for FundingSource { account, slot } in &mut self.all {
            *slot = self.allocator.another_slot(self.store, account, account.slots(request.campaign.slots));
        }
    }

    /// Notes what was paid out of every slot.
    pub(super) fn spend(&mut self, cpa: i64) {
        for source in &mut self.all {
            source.slot.known = source.slot.known.map(|known| known - cpa);
        }
    }

    fn close(&mut self) {
        for FundingSource { account, slot } in self.all.drain(..) {
            self.allocator.return_slot(&account, slot);
        }
    }
}

impl Drop for FundingSources<'_> {
    fn drop(&mut self) {
        self.close();
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::claim;
    use crate::fixtures::{self, time};
    use aws::Settings;
    use domain::Error;
    use domain::campaign::guards::Guarded;
    use invocation::Invocation;

    #[tokio::test]
    async fn a_claim_that_fails_returns_its_slots() {
        let settings = Settings::read(|name| (name == "TABLE_NAME").then(|| "moments".to_owned())).unwrap();
        let (store, allocator) = (Store::new(&settings), Allocator::default());
        let (mut campaign, group) = (fixtures::campaign(), fixtures::group("gift"));
        campaign.slots = claim::MAX_SLOTS;
        let user_id = "u".try_into().unwrap();
        let request = ClaimRequest {
            campaign: &campaign,
            moment: &campaign.moments[0],
            group: &group,
            substitutes: &[],
            user_id: &user_id,
            occurrence: 1,
            locale: None,
            marketplace: None,
            is_unseen: false,
            guarded: Guarded::default(),
            arm: &group.reward_group_id,
            is_completed: true,
            place: None,
        };
        let account = Account::whole(&campaign.app_id, &campaign.campaign_id);
        allocator.return_slot(&account, Slot { number: 7, known: Some(500) });
        let no_time = Invocation::new(time("2026-06-01T00:00:00Z"), Duration::ZERO, String::new());
        let failed = claim::claim(&store, &allocator, request, &no_time).await;
        assert!(matches!(failed, Err(Error::Unavailable(_))), "{failed:?}");
        let idle = allocator.take_slot(&store, &account, claim::MAX_SLOTS);
        assert_eq!((idle.number, idle.known), (7, Some(500)));
    }
}
