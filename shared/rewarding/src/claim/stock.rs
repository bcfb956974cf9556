//! Finds a URL for a claim to try: in the environment's memory, or in a shard of the stock that still has some.

use domain::Error;
use rand::Rng as _;
use rand::seq::SliceRandom as _;
use store::codes::{self, Candidate, ReadFrom};
use store::schema::STOCK_SHARDS;

use super::attempt::Claimant;
use super::memory::Pooled;
use super::{POOL, POOL_SIZE};

/// The URL to claim, if one is needed.
pub(super) enum Stock {
    Candidate(Candidate),
    /// The URL is the same for everyone, or a supplier makes it later.
    NotNeeded,
    None,
}

impl Claimant<'_> {
    /// A URL that is refused for another spelling would be offered for ever.
    pub(super) async fn drop_twin(&self, candidate: Option<&Candidate>) -> Result<(), Error> {
        let Some(candidate) = candidate else { return Ok(()) };
        let (app, group) = (&self.request.campaign.app_id, &self.request.group.reward_group_id);
        codes::drop_twin(self.store, app, group, candidate, self.invocation.now).await
    }

    /// Returns a URL to try: from the pool, or from a shard of the stock that still has some.
    pub(super) async fn take_candidate(&self) -> Result<Stock, Error> {
        if !self.request.group.has_stock() {
            return Ok(Stock::NotNeeded);
        }
        match self.allocator.take_candidate(self.request) {
            Pooled::Candidate(candidate) => return Ok(Stock::Candidate(candidate)),
            Pooled::Empty => return Ok(Stock::None),
            Pooled::Refill => {}
        }
        let (app, group) = (&self.request.campaign.app_id, &self.request.group.reward_group_id);
        let first = self.store.random().random_range(0..STOCK_SHARDS);
        let every = (0..STOCK_SHARDS).map(|offset| ((first + offset) % STOCK_SHARDS, ReadFrom::Beginning));
        for (shard, mut from) in std::iter::once((first, ReadFrom::Random)).chain(every) {
            loop {
                let is_random = from == ReadFrom::Random;
                let mut found = codes::candidates(self.store, app, group, shard, from, POOL).await?;
                let last = found.last().filter(|_| found.len() >= POOL_SIZE && !is_random);
                let behind = last.map(|last| ReadFrom::Behind(last.hash.clone()));
                found.shuffle(&mut *self.store.random());
                if let Some(candidate) = self.allocator.refill(self.request, found) {
                    return Ok(Stock::Candidate(candidate));
                }
                // A page of taken URLs says nothing about the next page.
                let Some(behind) = behind else { break };
                from = behind;
            }
        }
        self.allocator.remember_empty(self.request);
        Ok(Stock::None)
    }
}
