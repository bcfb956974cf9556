//! Who a person is at the identity provider, as the operator says it. Such a person comes in by signing in there alone,
//! and the groups there decide about the roles.

use domain::Error;
use domain::person::Person;
use domain::sign_in::Identity;
use rewarding::Environment;
use store::{people, sign_ins};

use crate::people::Reach;

/// Returns the identity that a person is to have: the one that `subject` names, or the one of before. Only the operator
/// names one: an owner could otherwise become the second person who approves.
pub(crate) async fn wanted(
    environment: &Environment,
    reach: &Reach,
    before: Option<&Person>,
    subject: Option<String>,
) -> Result<Option<Identity>, Error> {
    let Some(subject) = subject else { return Ok(before.and_then(|before| before.identity.clone())) };
    if reach.roles.is_some() {
        let detail = "only the operator says who a person is at the identity provider; leave subject out";
        return Err(Error::Forbidden(detail.to_owned()));
    }
    match sign_ins::provider(&environment.store).await? {
        Some(provider) => Ok(Some(Identity { issuer: provider.issuer, subject })),
        None => {
            let detail = "there is no identity provider; set one up with PUT /v1/identity-provider".to_owned();
            Err(Error::Conflict { code: "no_identity_provider", detail })
        }
    }
}

/// Fails if a person would be changed whose name and roles come from the identity provider.
pub(crate) fn check_change(before: Option<&Person>, after: &Person) -> Result<(), Error> {
    match before {
        Some(before) if before.identity.is_some() && before.identity == after.identity => Err(managed(before)),
        _ => Ok(()),
    }
}

/// Returns the 409 for a change of what the identity provider decides.
pub(crate) fn managed(person: &Person) -> Error {
    let detail = format!(
        "{} signs in at the identity provider, which has the name and the groups; change them there, and the mapping of groups with PUT /v1/identity-provider",
        person.person_id
    );
    Error::Conflict { code: "managed_by_identity_provider", detail }
}

/// Writes a person over the version before, with a new identity if it has one. Returns `false` if another version is
/// there.
pub(crate) async fn write(environment: &Environment, before: Option<&Person>, after: &Person) -> Result<bool, Error> {
    let store = &environment.store;
    let is_new = |identity: &&Identity| before.and_then(|before| before.identity.as_ref()) != Some(*identity);
    let Some(identity) = after.identity.as_ref().filter(is_new) else { return people::put(store, after).await };
    let holder = sign_ins::holder(store, identity).await?;
    if let Some(holder) = holder.as_ref().filter(|holder| **holder != after.person_id) {
        let found = people::get(store, holder).await?;
        if found.is_some_and(|found| found.identity.as_ref() == Some(identity)) {
            let detail = format!("{holder} is this subject at the identity provider already; delete {holder} first");
            return Err(Error::Conflict { code: "identity_taken", detail });
        }
    }
    sign_ins::bind(store, after, identity, holder.as_ref()).await
}
