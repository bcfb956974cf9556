//! Catalogs: what each app offers, remembered by each environment for some seconds, so that the hot path reads nothing.
//! Being out of date is harmless: what must hold at once (budget, stock, suspension) is a condition of the writes.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use domain::Error;
use domain::campaign::Campaign;
use domain::campaign::catalog::Catalog;
use domain::id::{AppId, CampaignId, MomentId, RewardId};
use jiff::{SignedDuration, Timestamp};

use crate::{Store, campaigns};

/// The catalogs that one environment remembers.
pub struct Catalogs {
    age: SignedDuration,
    remembered: Mutex<HashMap<AppId, Arc<Remembered>>>,
}

/// An app's catalog and when it was read. Whoever finds it too old reads it while the others wait for that one reading.
type Remembered = tokio::sync::Mutex<Option<(Timestamp, Arc<Catalog>)>>;

impl Catalogs {
    /// Remembers each catalog for `age`.
    pub fn new(age: Duration) -> Self {
        Self { age: SignedDuration::try_from(age).unwrap_or(SignedDuration::ZERO), remembered: Mutex::default() }
    }

    /// The app's catalog, at most `age` old, or a 404 that names the app.
    pub async fn of(&self, store: &Store, app: &AppId, now: Timestamp) -> Result<Arc<Catalog>, Error> {
        let remembered = Arc::clone(self.lock().entry(app.clone()).or_default());
        let mut remembered = remembered.lock().await;
        if let Some((read_at, catalog)) = &*remembered
            && now.duration_since(*read_at).abs() < self.age
        {
            return Ok(Arc::clone(catalog));
        }
        let Some(catalog) = campaigns::catalog(store, app, false).await? else {
            // Anybody can ask for an app that is made up: nothing is remembered of it.
            self.lock().remove(app);
            return Err(Error::not_found("app", app));
        };
        let catalog = Arc::new(catalog);
        *remembered = Some((now, Arc::clone(&catalog)));
        Ok(catalog)
    }

    /// The app's catalog with a moment that exists: one that is remembered may be older than its campaign, and is read again.
    pub async fn with_moment(
        &self,
        store: &Store,
        app: &AppId,
        (campaign, moment): (&CampaignId, &MomentId),
        now: Timestamp,
    ) -> Result<Arc<Catalog>, Error> {
        let remembered = self.of(store, app, now).await?;
        let has = remembered.campaign(campaign).is_ok_and(|campaign| campaign.moment(moment).is_some());
        if has { Ok(remembered) } else { current(store, app).await.map(Arc::new) }
    }

    /// Whether the reward's campaign gave that id out, as far as memory tells: it signs its ids. Whoever does not find a young reward
    /// in the index waits only for such an id, because anybody can make one up. An id from before its campaign had a key gets no
    /// wait either: the index has shown it for long.
    pub async fn gave_out(&self, store: &Store, reward: &RewardId, now: Timestamp) -> Result<bool, Error> {
        let catalog = match self.of(store, reward.app(), now).await {
            Err(Error::NotFound { .. }) => return Ok(false),
            found => found?,
        };
        Ok(match catalog.campaign(reward.campaign()) {
            Err(_) | Ok(Campaign { slots: 0, .. }) => false,
            Ok(Campaign { link_key: Some(key), .. }) => reward.is_signed(key),
            // It runs since before ids were signed. The key comes with its next change.
            Ok(Campaign { link_key: None, .. }) => true,
        })
    }

    /// How many apps something is remembered of.
    pub fn remembered(&self) -> usize {
        self.lock().len()
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, HashMap<AppId, Arc<Remembered>>> {
        self.remembered.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The app's catalog as it is now, with every write that was answered, or a 404 that names the app.
pub async fn current(store: &Store, app: &AppId) -> Result<Catalog, Error> {
    campaigns::catalog(store, app, true).await?.ok_or_else(|| Error::not_found("app", app))
}
