//! The user of an event: as the event describes the user, filled in from the profile. The profile is read only if it
//! matters and the event leaves it out.

use domain::Error;
use domain::campaign::catalog::Catalog;
use domain::campaign::matching::Match;
use domain::campaign::{Campaign, Moment};
use domain::id::UserId;
use domain::request_mode::{RequestMode, Stakes};
use domain::user::Profile;
use rewarding::Environment;
use rules::eligibility::{Case, Subject};
use rules::rule::{CompiledRule, Needs};
use store::users;

use crate::body::Event;

/// The user of an event.
pub(crate) struct KnownUser<'a> {
    user_id: &'a UserId,
    profile: Profile,
    is_read: bool,
}

impl<'a> KnownUser<'a> {
    /// Reads the profile only if a decision needs what the event omits.
    pub(crate) async fn read(
        environment: &Environment,
        catalog: &Catalog,
        matches: &[Match<'_>],
        event: &'a Event,
        mode: RequestMode,
    ) -> Result<Self, Error> {
        let user_id = &event.user_id;
        let described = Self { user_id, profile: event.user.over(Profile::default()), is_read: false };
        if !matches.iter().any(|(campaign, moment)| described.lacks(catalog, campaign, moment)) {
            return Ok(described);
        }
        let profile = users::profile(&environment.store, &catalog.app.app_id, user_id).await?.unwrap_or_default();
        Ok(Self { user_id, profile: event.user.over(profile.seen_by(mode)), is_read: true })
    }

    /// True if a decision for the moment needs what the event omits and the profile may have.
    fn lacks(&self, catalog: &Catalog, campaign: &Campaign, moment: &Moment) -> bool {
        let restricted = || {
            !moment.marketplaces.is_empty()
                || catalog.groups_of(moment).iter().any(|group| !group.marketplaces.is_empty())
        };
        (self.profile.marketplace.is_none() && restricted())
            || (self.profile.time_zone.is_none() && moment.needs_day())
            || campaign
                .rules_of(moment)
                .any(|rule| CompiledRule::of(rule).needs().is_some_and(|needs| self.lacks_for(needs)))
    }

    fn lacks_for(&self, needs: &Needs) -> bool {
        let Profile { marketplace, locale, time_zone, attributes } = &self.profile;
        needs.all_attributes
            || !needs.attributes.iter().all(|name| attributes.0.contains_key(name))
            || needs.user.iter().any(|field| match *field {
                "marketplace" => marketplace.is_none(),
                "locale" => locale.is_none(),
                _ => time_zone.is_none(),
            })
    }

    /// The user at a moment, before progress is read.
    pub(crate) fn case<'b>(&'b self, (campaign, moment): Match<'b>, stakes: Stakes) -> Case<'b> {
        let user = Subject::of(self.user_id, &self.profile);
        Case { campaign, moment, user, stakes, counted: 0, held: None, wanted: None }
    }

    /// Reads the profile if an answer to the user needs it: for the language, and the user's name. Test mode does
    /// without.
    pub(crate) async fn reader(&self, environment: &Environment, case: Case<'_>) -> Result<Option<Profile>, Error> {
        if self.profile.locale.is_some() || self.is_read || case.stakes.in_test {
            return Ok(None);
        }
        let profile = users::profile(&environment.store, &case.campaign.app_id, self.user_id).await?;
        Ok(Some(profile.unwrap_or_default()))
    }
}
