//! Catalogs: each environment remembers what an app offers for some seconds, so that the hot path reads nothing. An
//! outdated catalog is harmless: budget, stock and suspension are conditions of the writes.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use domain::Error;
use domain::campaign::Campaign;
use domain::campaign::catalog::Catalog;
use domain::id::{AppId, CampaignId, MomentId, RewardId};
use jiff::{SignedDuration, Timestamp};

use crate::{Consistency, Store, campaigns};

/// The catalogs that one environment remembers.
pub struct Catalogs {
    age: SignedDuration,
    remembered: Mutex<HashMap<AppId, Arc<Remembered>>>,
}

/// An app's catalog and when it was read. One task renews an outdated one while the others wait.
type Remembered = tokio::sync::Mutex<Option<(Timestamp, Arc<Catalog>)>>;

impl Catalogs {
    /// Remembers each catalog for `age`.
    pub fn new(age: Duration) -> Self {
        Self { age: SignedDuration::try_from(age).unwrap_or(SignedDuration::ZERO), remembered: Mutex::default() }
    }

    /// Returns the app's catalog, at most `age` old. Fails with a 404 that names the app.
    pub async fn of(&self, store: &Store, app: &AppId, now: Timestamp) -> Result<Arc<Catalog>, Error> {
        let remembered = Arc::clone(self.lock().entry(app.clone()).or_default());
        let mut remembered = remembered.lock().await;
        if let Some((read_at, catalog)) = &*remembered
            && now.duration_since(*read_at).abs() < self.age
        {
            return Ok(Arc::clone(catalog));
        }
        let Some(catalog) = campaigns::catalog(store, app, Consistency::Eventual).await? else {
            // Anybody can ask for an invented app, so remember none.
            self.lock().remove(app);
            return Err(Error::not_found("app", app));
        };
        let catalog = Arc::new(catalog);
        *remembered = Some((now, Arc::clone(&catalog)));
        Ok(catalog)
    }

    /// Returns the app's catalog with a moment that exists. Reads it again if the remembered one lacks the moment.
    pub async fn with_moment(
        &self,
        store: &Store,
        app: &AppId,
        campaign: &CampaignId,
        moment: &MomentId,
        now: Timestamp,
    ) -> Result<Arc<Catalog>, Error> {
        let remembered = self.of(store, app, now).await?;
        let has = remembered.campaign(campaign).is_ok_and(|campaign| campaign.moment(moment).is_some());
        if has { Ok(remembered) } else { current(store, app).await.map(Arc::new) }
    }

    /// True if the reward's campaign signed that id, as far as memory tells. Callers wait for the index only for such
    /// an id, because anybody can invent one. Ids from before the campaign had a key get no wait: the index has shown
    /// them for long.
    pub async fn gave_out(&self, store: &Store, reward: &RewardId, now: Timestamp) -> Result<bool, Error> {
        let catalog = match self.of(store, reward.app(), now).await {
            Err(Error::NotFound { .. }) => return Ok(false),
            found => found?,
        };
        Ok(match catalog.campaign(reward.campaign()) {
            Err(_) | Ok(Campaign { slots: 0, .. }) => false,
            Ok(Campaign { link_key: Some(key), .. }) => reward.is_signed(key),
            // The campaign is older than signed ids. Its next change adds the key.
            Ok(Campaign { link_key: None, .. }) => true,
        })
    }

    /// Returns the number of apps that it remembers.
    pub fn remembered(&self) -> usize {
        self.lock().len()
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, HashMap<AppId, Arc<Remembered>>> {
        self.remembered.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Returns the app's current catalog, read consistently. Fails with a 404 that names the app.
pub async fn current(store: &Store, app: &AppId) -> Result<Catalog, Error> {
    campaigns::catalog(store, app, Consistency::Strong).await?.ok_or_else(|| Error::not_found("app", app))
}
