//! Counting one event: which moments it matches, whether the user may be counted, one conditional write each, and the
//! award when the target is reached.

use jiff::{SignedDuration, Timestamp};
use shared::campaign::{Campaign, Count, Moment, Phase};
use shared::catalog::Catalog;
use shared::eligibility::{self, Occasion, Subject};
use shared::id::{AppId, UserId};
use shared::outcome::{self, Earned, Outcome, OutcomeKind};
use shared::store::progress::{self, Counted, Step};
use shared::store::schema::Key;
use shared::store::tallies::{self, Funnel};
use shared::store::{rewards, users};
use shared::{Environment, Error, Invocation, assignment};

use crate::Mode;
use crate::body::Event;

/// For how long after its end a campaign still answers `campaign_not_live` instead of nothing.
const SHOWN_AFTER_END: SignedDuration = SignedDuration::from_hours(7 * 24);

/// What an event came to, over all moments it matches.
pub(crate) struct Result {
    /// Every moment that could have counted it had counted it before.
    pub(crate) duplicate: bool,
    pub(crate) outcomes: Vec<Outcome>,
}

/// Counts the event towards every moment it matches.
pub(crate) async fn count(
    environment: &Environment,
    catalog: &Catalog,
    mode: Mode,
    event: &Event,
    invocation: &Invocation,
) -> std::result::Result<Result, Error> {
    let matches = matches(catalog, event, mode, invocation.now);
    let apart = |campaign: &Campaign| mode.test || campaign.phase(invocation.now) == Phase::Approved;
    // A dry run plays through whatever is not live as test mode does.
    let test = |campaign: &Campaign| apart(campaign) || (mode.dry_run && campaign.phase(invocation.now) != Phase::Live);
    refuse_outside(&matches, event, invocation.now, &test)?;
    let told = Told::read(environment, catalog, &matches, event).await?;
    let occurred_at = event.occurred_at.unwrap_or(invocation.now);
    let mut result = Result { duplicate: false, outcomes: Vec::new() };
    let mut counted_new = false;
    for (campaign, moment) in matches {
        let test = test(campaign);
        let groups = catalog.groups_of(moment);
        let subject = Subject { user_id: &event.user_id, marketplace: told.marketplace.as_deref() };
        let apart = apart(campaign);
        let counting = Counting { environment, catalog, campaign, moment, event, told: &told, test, apart };
        let occasion = Occasion { occurred_at, rewarded: 0, test, now: invocation.now };
        let verdict = eligibility::judge(campaign, moment, &groups, subject, occasion);
        if !verdict.counts() {
            let kind = if verdict.is_live() { OutcomeKind::NotEligible } else { OutcomeKind::CampaignNotLive };
            let stored = progress::get(&environment.store, &counting.key()).await?;
            let count = stored.map_or(0, |stored| stored.counted);
            result.outcomes.push(Outcome::new(campaign, moment, kind, count, verdict.reasons()));
            continue;
        }
        let counted = if mode.dry_run { counting.pretend().await? } else { counting.write(invocation).await? };
        match counted {
            Counted::Duplicate(_) => result.duplicate = true,
            Counted::New { .. } | Counted::Unchanged(_) => counted_new = true,
        }
        result.outcomes.extend(counting.outcomes(counted, mode.dry_run, invocation).await?);
    }
    result.duplicate &= !counted_new;
    Ok(result)
}

/// The moments of the app's visible campaigns that the action counts towards: all but those that are over for long, where
/// nothing is at stake.
fn matches<'a>(catalog: &'a Catalog, event: &Event, mode: Mode, now: Timestamp) -> Vec<(&'a Campaign, &'a Moment)> {
    let rehearsal = mode.test || mode.dry_run;
    let visible = |campaign: &&Campaign| match campaign.phase(now) {
        Phase::Approved | Phase::Live | Phase::Suspended => true,
        Phase::Finished => rehearsal || now.duration_since(campaign.ends_at) < SHOWN_AFTER_END,
        Phase::Draft | Phase::PendingApproval | Phase::Rejected => rehearsal,
    };
    let matching = |campaign: &'a Campaign| {
        let moments = campaign.moments.iter().filter(|moment| moment.action == event.action);
        moments.map(move |moment| (campaign, moment))
    };
    catalog.campaigns.iter().filter(visible).flat_map(matching).collect()
}

/// An event whose time lies outside every live campaign that it matches is a mistake of the caller, not an outcome.
fn refuse_outside(
    matches: &[(&Campaign, &Moment)],
    event: &Event,
    now: Timestamp,
    test: &impl Fn(&Campaign) -> bool,
) -> std::result::Result<(), Error> {
    let Some(occurred_at) = event.occurred_at else { return Ok(()) };
    let mut live = matches
        .iter()
        .map(|(campaign, _)| campaign)
        .filter(|campaign| campaign.phase(now) == Phase::Live && !test(campaign));
    let Some(first) = live.next() else { return Ok(()) };
    let outside = |campaign: &Campaign| occurred_at < campaign.starts_at || occurred_at >= campaign.ends_at;
    if outside(first) && live.all(|campaign| outside(campaign)) {
        let detail = format!(
            "is outside campaign {}, which runs from {} to {}",
            first.campaign_id, first.starts_at, first.ends_at
        );
        return Err(Error::invalid("/occurred_at", "outside_campaign", detail));
    }
    Ok(())
}

/// What is known of the user: as the event tells it, or else from the profile.
struct Told {
    marketplace: Option<String>,
    locale: Option<String>,
    profile_read: bool,
}

impl Told {
    /// Reads the profile only where a reward group asks for a marketplace that the event does not tell.
    async fn read(
        environment: &Environment,
        catalog: &Catalog,
        matches: &[(&Campaign, &Moment)],
        event: &Event,
    ) -> std::result::Result<Self, Error> {
        let restricted = |moment: &Moment| {
            !moment.marketplaces.is_empty()
                || catalog.groups_of(moment).iter().any(|group| !group.marketplaces.is_empty())
        };
        let (marketplace, locale) = (event.marketplace.clone(), event.locale.clone());
        if marketplace.is_some() || !matches.iter().any(|(_, moment)| restricted(moment)) {
            return Ok(Self { marketplace, locale, profile_read: false });
        }
        let profile =
            users::profile(&environment.store, &catalog.app.app_id, &event.user_id).await?.unwrap_or_default();
        Ok(Self { marketplace: profile.marketplace, locale: locale.or(profile.locale), profile_read: true })
    }

    async fn locale(
        &self,
        environment: &Environment,
        app: &AppId,
        user_id: &UserId,
    ) -> std::result::Result<Option<String>, Error> {
        if self.locale.is_some() || self.profile_read {
            return Ok(self.locale.clone());
        }
        Ok(users::profile(&environment.store, app, user_id).await?.and_then(|profile| profile.locale))
    }
}

/// One event on its way to one moment.
struct Counting<'a> {
    environment: &'a Environment,
    catalog: &'a Catalog,
    campaign: &'a Campaign,
    moment: &'a Moment,
    event: &'a Event,
    told: &'a Told,
    test: bool,
    /// Whether progress is kept apart, as in test mode.
    apart: bool,
}

impl Counting<'_> {
    fn key(&self) -> Key {
        let (app, campaign) = (self.campaign.app_id.clone(), self.campaign.campaign_id.clone());
        let variant = if self.apart { Key::TestProgress } else { Key::Progress };
        variant(app, self.event.user_id.clone(), campaign, self.moment.moment_id.clone())
    }

    fn held_out(&self) -> bool {
        !self.test && assignment::is_held_out(self.campaign, &self.event.user_id)
    }

    async fn write(&self, invocation: &Invocation) -> std::result::Result<Counted, Error> {
        let step = Step {
            key: &self.key(),
            moment: self.moment,
            event_id: &self.event.event_id,
            quantity: self.counts_as(),
            held_out: self.held_out(),
            marketplace: self.told.marketplace.as_deref(),
            locale: self.told.locale.as_deref(),
        };
        let counted = progress::count(&self.environment.store, step, invocation.now).await?;
        if let Counted::New { before, after, first } = counted
            && !self.test
        {
            invocation.metrics.counted(self.moment.earned(after) - self.moment.earned(before));
            if first {
                self.tally(Funnel::Participant).await;
            }
            // Completions that lead to a reward are counted by the ledger; only the hold-out's need a count of their own.
            if self.held_out() && self.moment.earned(before) < self.moment.earned(after) {
                self.tally(Funnel::Completion).await;
            }
        }
        Ok(counted)
    }

    async fn tally(&self, funnel: Funnel) {
        // Spread over as many items as the campaign has slots, by whatever is at hand.
        let [shard, ..] = self.event.event_id.fingerprint();
        let shard = u16::from(shard) % self.campaign.slots.max(1);
        let Self { environment, campaign, .. } = self;
        tallies::count(&environment.store, &campaign.app_id, &campaign.campaign_id, shard, funnel).await;
    }

    /// What counting would come to, without writing.
    async fn pretend(&self) -> std::result::Result<Counted, Error> {
        let stored = progress::get(&self.environment.store, &self.key()).await?;
        let before = stored.as_ref().map_or(0, |stored| stored.counted);
        if stored.as_ref().is_some_and(|stored| stored.has_seen(&self.event.event_id)) {
            return Ok(Counted::Duplicate(before));
        }
        let after = match self.moment.count {
            Count::Highest => before.max(self.counts_as()),
            Count::Events | Count::Quantity => before + self.counts_as(),
        };
        let unchanged = before >= self.moment.cap() || after == before;
        Ok(if unchanged { Counted::Unchanged(before) } else { Counted::New { before, after, first: stored.is_none() } })
    }

    fn counts_as(&self) -> u64 {
        if self.moment.count == Count::Events { 1 } else { self.event.quantity }
    }

    /// One outcome, or one per reward where an event earned several at once.
    async fn outcomes(
        &self,
        counted: Counted,
        dry_run: bool,
        invocation: &Invocation,
    ) -> std::result::Result<Vec<Outcome>, Error> {
        let (before, count) = match counted {
            Counted::New { before, after, .. } => (before, after),
            Counted::Duplicate(count) | Counted::Unchanged(count) => (count, count),
        };
        let (earned_before, earned) = (self.moment.earned(before), self.moment.earned(count));
        if earned == 0 || (earned == earned_before && matches!(counted, Counted::New { .. })) {
            return Ok(vec![Outcome::new(self.campaign, self.moment, OutcomeKind::InProgress, count, Vec::new())]);
        }
        let first_new = if matches!(counted, Counted::New { .. }) { earned_before + 1 } else { earned };
        let mut outcomes = Vec::new();
        for occurrence in first_new..=earned {
            let already = earned == earned_before;
            outcomes.push(self.outcome(occurrence, count, already, dry_run, invocation).await?);
        }
        Ok(outcomes)
    }

    async fn outcome(
        &self,
        occurrence: u32,
        count: u64,
        already: bool,
        dry_run: bool,
        invocation: &Invocation,
    ) -> std::result::Result<Outcome, Error> {
        let Self { environment, catalog, campaign, moment, event, told, .. } = *self;
        let user_id = &event.user_id;
        let (marketplace, locale) = (told.marketplace.as_deref(), told.locale.as_deref());
        let earned = Earned { campaign, moment, user_id, occurrence, count, marketplace, locale, wanted: None };
        let rewardable = !self.held_out();
        if already && rewardable && !self.test {
            // A repetition: what the first answer said, for one read. Only if a crash kept it from being written is
            // there something to do.
            let place = (&campaign.campaign_id, &moment.moment_id);
            let user = (&campaign.app_id, user_id);
            if let Some(reward) = rewards::get(&environment.store, user, place, occurrence).await? {
                return Ok(outcome::existing(environment, catalog, earned, &reward));
            }
        }
        if rewardable && (self.test || dry_run) {
            return Ok(outcome::rehearse(catalog, earned, already, invocation.now));
        }
        // The language of the answer, and later of the push: only now, once per reward, is it worth a read.
        let locale = told.locale(environment, &campaign.app_id, user_id).await?;
        outcome::award(environment, catalog, Earned { locale: locale.as_deref(), ..earned }, invocation).await
    }
}
