//! The approval by another person, where an app asks for it: nobody approves what they wrote or submitted themselves,
//! whichever key, session or way of signing in they use, and a higher budget of a running campaign waits for the same
//! approval.

use std::collections::BTreeMap;

use domain::Error;
use domain::app::{App, Approval};
use domain::campaign::Campaign;
use domain::campaign::history::ChangeKind;
use domain::id::PersonId;
use domain::person::{Person, PersonKind};
use domain::sign_in::{Identity, Source};
use edge::http::{IfMatch, Response};
use futures_util::future::try_join_all;
use jiff::Timestamp;
use rewarding::claim;
use store::campaigns::{self, Written};
use store::{catalogs, history, people};

use crate::campaigns::{change, conflict, insist, overtaken, refused, shown, smallest_cpa};
use crate::{RequestContext, amendment, diff};

/// The changes of the history that one read brings.
const READ_AT_ONCE: u32 = 100;

/// Passes if the caller may approve the campaign as it is now. Whoever changes it after this has made another version,
/// which the write of the approval refuses.
pub(crate) async fn check(context: RequestContext<'_>, app: &App, campaign: &Campaign) -> Result<(), Error> {
    if app.approval != Approval::AnotherPerson {
        return Ok(());
    }
    let caller = context.request.caller()?;
    let is_human = |kind: PersonKind| kind == PersonKind::Person;
    if !context.request.standing().is_some_and(|standing| is_human(standing.person_kind)) {
        let detail = format!(
            "app {} asks for the approval of another person: approve with the key or the session of a person, not of a program",
            app.app_id
        );
        return Err(Error::Forbidden(detail));
    }
    if !matches!(context.request.if_match()?, Some(IfMatch::Version(_))) {
        let detail = "must name the version that you have looked at, as ETag shows it: the app asks for another person's approval";
        return Err(Error::invalid("/if-match", "required", detail));
    }
    diff::expect_seen(context, campaign).await?;
    let store = &context.environment.store;
    let (mut before, mut authors) = (None, BTreeMap::new());
    loop {
        let (changes, more) = history::list(store, context.app, &campaign.campaign_id, READ_AT_ONCE, before).await?;
        for made in &changes {
            if made.action.approves() {
                return tell_apart(context, authors).await;
            }
            if !made.action.writes() {
                continue;
            }
            // The newest come first, so the time of the oldest change of each stays.
            authors
                .extend(made.person_id.iter().chain(made.minted_by.people()).map(|author| (author.clone(), made.at)));
            if made.is_by(caller) {
                let detail = format!(
                    "you wrote or submitted version {} of this campaign, or minted the key that did; another person must approve it",
                    made.version
                );
                return Err(Error::Forbidden(detail));
            }
        }
        before = changes.last().map(|last| last.version);
        if more.is_none() {
            return tell_apart(context, authors).await;
        }
    }
}

/// Fails if one of the authors could be the caller, or somebody behind the caller's key, under another id. Two people
/// from one identity provider are two humans, and so are two people written by hand. One from each may be a single
/// human.
async fn tell_apart(context: RequestContext<'_>, since: BTreeMap<PersonId, Timestamp>) -> Result<(), Error> {
    let (store, caller) = (&context.environment.store, context.request.caller()?);
    let known = async |id: PersonId| -> Result<(PersonId, Option<Person>), Error> {
        let found = people::get(store, &id).await?;
        Ok((id, found))
    };
    let authors = try_join_all(since.keys().cloned().map(&known)).await?;
    let ours = caller.person.iter().chain(caller.minted_by.people()).cloned();
    let ours = if authors.is_empty() { Vec::new() } else { try_join_all(ours.map(&known)).await? };
    let may_be_human =
        |(_, found): &&(PersonId, Option<Person>)| found.as_ref().is_none_or(|found| found.kind == PersonKind::Person);
    for (own, found) in ours.iter().filter(may_be_human) {
        // The id of before, if a sign-in once made a person who was deleted since.
        let former = found.as_ref().and_then(|found| found.identity.as_ref()).and_then(Identity::person_id);
        // A service of now whose id somebody else had when the change was made proves nothing.
        let was_another = |author: &PersonId, written: &Option<Person>| {
            written.as_ref().is_some_and(|written| since.get(author).is_some_and(|at| *at < written.created_at))
        };
        let may_have_been_human =
            |found: &&(PersonId, Option<Person>)| may_be_human(found) || was_another(&found.0, &found.1);
        for (author, written) in authors.iter().filter(may_have_been_human) {
            if former.as_ref() == Some(author) || source(own, found.as_ref()) != source(author, written.as_ref()) {
                let detail = format!(
                    "{author}, who changed this campaign, could be you: one of you signs in at the identity provider and the other does not; have the operator name the subject of both, or somebody approve who comes in as {author} does"
                );
                return Err(Error::Forbidden(detail));
            }
        }
    }
    Ok(())
}

fn source(id: &PersonId, found: Option<&Person>) -> Source {
    Source::of(id, found.and_then(|found| found.identity.as_ref()), found.is_none())
}

/// Approves the higher budget that waits for it: from this write on, it can be spent.
pub(crate) async fn approve_raise(context: RequestContext<'_>, before: Campaign) -> Result<Response, Error> {
    diff::expect_seen(context, &before).await?;
    let catalog = catalogs::current(&context.environment.store, context.app).await?;
    check(context, &catalog.app, &before).await?;
    let mut after = Campaign { proposed_budget_minor: None, version: before.version + 1, ..before.clone() };
    after.budget.amount_minor = before.proposed_budget_minor.unwrap_or(before.budget.amount_minor);
    amendment::check(context, &before, &after)?;
    let cpa = smallest_cpa(&catalog, &before);
    after.slots = before.slots.max(claim::slots_for(after.budget.amount_minor, cpa));
    write(context, &before, after, ChangeKind::RaiseApproved, None).await
}

/// Refuses the higher budget that waits for approval. The campaign goes on with the budget that it has.
pub(crate) async fn reject_raise(
    context: RequestContext<'_>,
    before: Campaign,
    reason: Option<String>,
) -> Result<Response, Error> {
    context.request.expect_version("the campaign", Some(before.version))?;
    let after = Campaign { proposed_budget_minor: None, version: before.version + 1, ..before.clone() };
    write(context, &before, after, ChangeKind::RaiseRejected, reason).await
}

async fn write(
    context: RequestContext<'_>,
    before: &Campaign,
    after: Campaign,
    action: ChangeKind,
    reason: Option<String>,
) -> Result<Response, Error> {
    let mut made = change(context, action, Some(before), &after)?;
    made.reason = reason;
    let store = &context.environment.store;
    match insist(context, || campaigns::amend(store, before, &after, &made)).await? {
        Written::Done => {
            tracing::info!(
                app.id = %context.app, campaign.id = %after.campaign_id, campaign.version = after.version,
                budget.amount_minor = after.budget.amount_minor, "raise of the budget decided"
            );
            Ok(shown(context, after))
        }
        Written::Found(state, _) if state == before.state => refused(context, &after).await,
        Written::Found(..) => Err(overtaken(&after)),
        Written::Short => Err(conflict(context, "approved", before, "approved, live or suspended")),
    }
}
