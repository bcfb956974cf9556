//! How the identity provider is reached, and the roles of its groups. Only the operator's key sets it up: whoever
//! decides who people are could be the second pair of eyes. The client's secret is taken and never shown.

use std::collections::BTreeMap;

use domain::audit::{Action, Subject};
use domain::identity::Scope;
use domain::person::{RoleScope, Roles};
use domain::secret::ClientSecret;
use domain::sign_in::{IdentityProvider, without_repeats};
use domain::{Error, web_address};
use edge::fields::{Fields, Text, Value, escape};
use edge::http::{self, Response};
use edge::role_fields;
use jiff::Timestamp;
use outbound_identity::{Fault, IdentityClient};
use serde::Serialize;
use store::{audits, sign_ins};

use crate::Context;

/// The most addresses to lead back to, and the most scopes.
const AT_MOST: usize = 20;

#[derive(Serialize)]
struct ProviderView {
    name: String,
    issuer: String,
    client_id: String,
    has_client_secret: bool,
    scopes: Vec<String>,
    groups_claim: String,
    redirect_uris: Vec<String>,
    groups: BTreeMap<String, Roles>,
    created_at: Timestamp,
    version: u64,
}

impl From<IdentityProvider> for ProviderView {
    fn from(provider: IdentityProvider) -> Self {
        Self {
            name: provider.name,
            issuer: provider.issuer,
            client_id: provider.client_id,
            has_client_secret: provider.client_secret.is_some(),
            scopes: provider.scopes,
            groups_claim: provider.groups_claim,
            redirect_uris: provider.redirect_uris,
            groups: provider.groups,
            created_at: provider.created_at,
            version: provider.version,
        }
    }
}

fn require_operator(context: Context<'_>) -> Result<(), Error> {
    let caller = context.request.caller()?;
    if caller.scope == Scope::Admin && caller.app_id.is_none() {
        return Ok(());
    }
    Err(Error::Forbidden("this route needs the operator's key".to_owned()))
}

struct Wanted {
    name: String,
    issuer: String,
    client_id: String,
    client_secret: Option<String>,
    is_public: bool,
    scopes: Vec<String>,
    groups_claim: String,
    redirect_uris: Vec<String>,
    groups: BTreeMap<String, Roles>,
}

fn wanted(identity: &IdentityClient, fields: &mut Fields<'_>) -> Option<Wanted> {
    let name = fields.required::<Text<50>>("name");
    let issuer = fields.required::<String>("issuer");
    if let Some(Err(detail)) = issuer.as_ref().map(|issuer| identity.check(issuer)) {
        fields.refuse("issuer", "invalid_url", detail);
    }
    let client_id = fields.required::<Text<255>>("client_id");
    let client_secret = fields.optional::<Text<1024>>("client_secret");
    let is_public = fields.optional::<bool>("public_client").unwrap_or(false);
    if is_public && client_secret.is_some() {
        fields.refuse("client_secret", "not_allowed", "must be left out for a public client");
    }
    let scopes = texts(fields, "scopes", |scope| {
        let is_scope = (1..=100).contains(&scope.len())
            && scope.bytes().all(|byte| byte.is_ascii_graphic() && byte != b'"' && byte != b'\\');
        if is_scope { Ok(()) } else { Err("must be a scope: 1 to 100 characters without spaces") }
    });
    let scopes = scopes.unwrap_or_else(|| vec!["profile".to_owned()]);
    let groups_claim =
        fields.optional::<Text<255>>("groups_claim").map_or_else(|| "groups".to_owned(), |claim| claim.0);
    let redirect_uris = texts(fields, "redirect_uris", leads_back);
    if redirect_uris.as_ref().is_none_or(Vec::is_empty) {
        let detail = "must list at least one address, such as https://moments.example/console/sign-in/callback";
        fields.refuse("redirect_uris", "required", detail);
    }
    let groups = groups(fields);
    Some(Wanted {
        name: name?.0,
        issuer: issuer?,
        client_id: client_id?.0,
        client_secret: client_secret.map(|secret| secret.0),
        is_public,
        scopes: without_repeats(scopes).into_iter().filter(|scope| scope != "openid").collect(),
        groups_claim,
        redirect_uris: without_repeats(redirect_uris?),
        groups: groups?,
    })
}

/// Reads a list of texts that may be missing.
fn texts(
    fields: &mut Fields<'_>,
    name: &'static str,
    check: impl Fn(&str) -> Result<(), &'static str>,
) -> Option<Vec<String>> {
    fields.value(name)?;
    let given = fields.array(name, 0..=AT_MOST)?;
    let mut texts = Vec::with_capacity(given.len());
    for (index, value) in given.iter().enumerate() {
        match value.as_str().map(|text| (text, check(text))) {
            Some((text, Ok(()))) => texts.push(text.to_owned()),
            Some((_, Err(detail))) => fields.refuse_at(&format!("{name}/{index}"), "invalid_text", detail),
            None => fields.refuse_at(&format!("{name}/{index}"), "wrong_type", "must be a string"),
        }
    }
    Some(texts)
}

/// Fails unless a browser can be led back to the address: over HTTPS, or to a program on the person's own machine. We
/// never call it.
fn leads_back(uri: &str) -> Result<(), &'static str> {
    let local = ["http://127.0.0.1", "http://localhost"].iter().find_map(|host| uri.strip_prefix(host));
    let is_plain = uri.len() <= 2_048 && uri.bytes().all(|byte| byte.is_ascii_graphic() && byte != b'#');
    match local {
        Some(rest) if is_plain && (rest.is_empty() || rest.starts_with([':', '/'])) && !rest.contains('@') => Ok(()),
        _ if uri.contains('#') => Err("must have no fragment"),
        _ => web_address::https(uri).map(drop),
    }
}

/// Reads the roles of each group.
fn groups(fields: &mut Fields<'_>) -> Option<BTreeMap<String, Roles>> {
    let value = fields.value("groups");
    let Some(by_group) = value.as_ref().and_then(Value::as_object) else {
        fields.refuse("groups", "required", "must be an object of groups, each with its roles by app");
        return None;
    };
    if by_group.is_empty() || by_group.len() > IdentityProvider::MOST_GROUPS {
        let detail = format!("must have 1 to {} groups", IdentityProvider::MOST_GROUPS);
        fields.refuse("groups", "wrong_length", detail);
        return None;
    }
    let mut groups = BTreeMap::new();
    for (group, given) in by_group {
        let place = format!("groups/{}", escape(group));
        if group.is_empty() || group.len() > 255 || group.chars().any(char::is_control) {
            fields.refuse_at(&place, "invalid_text", "must be the name of a group: 1 to 255 bytes");
            continue;
        }
        groups.insert(group.clone(), role_fields::read(fields, &place, given)?);
    }
    Some(groups)
}

/// Sets the provider up, or changes it. It must answer, so that a mistake shows now and not to whoever signs in.
pub(crate) async fn put(context: Context<'_>) -> Result<Response, Error> {
    require_operator(context)?;
    let wanted = context.request.json(|fields| wanted(context.identity, fields))?;
    let (store, now) = (&context.environment.store, context.invocation.now);
    let before = sign_ins::provider(store).await?;
    let client_secret = secret(before.as_ref(), &wanted)?;
    let (version, created_at) = before.as_ref().map_or((1, now), |before| (before.version + 1, before.created_at));
    let after = IdentityProvider {
        name: wanted.name,
        issuer: wanted.issuer,
        client_id: wanted.client_id,
        client_secret,
        scopes: wanted.scopes,
        groups_claim: wanted.groups_claim,
        redirect_uris: wanted.redirect_uris,
        groups: wanted.groups,
        created_at,
        version,
    };
    if let Some(before) = before.as_ref().filter(|before| IdentityProvider { version, ..(*before).clone() } == after) {
        return Ok(http::versioned(&ProviderView::from(before.clone()), before.version));
    }
    context.request.expect_version("the identity provider", before.as_ref().map(|before| before.version))?;
    context.identity.discover(&after.issuer, now).await.map_err(unusable)?;
    let write = async {
        if !sign_ins::put_provider(store, &after).await? {
            let found = sign_ins::provider(store).await?;
            if found.as_ref() != Some(&after) {
                let current = found.map_or(0, |found| found.version);
                return Err(Error::VersionConflict { kind: "the identity provider", current });
            }
        }
        Ok(())
    };
    recorded(context, Action::Written, Some(version), write).await?;
    tracing::info!(provider.version = version, "identity provider written");
    Ok(http::versioned(&ProviderView::from(after), version))
}

/// Returns the secret that the provider is to have. One that is not sent again stays, but goes to no other provider.
fn secret(before: Option<&IdentityProvider>, wanted: &Wanted) -> Result<Option<ClientSecret>, Error> {
    if wanted.is_public || wanted.client_secret.is_some() {
        return Ok(wanted.client_secret.clone().map(ClientSecret::new));
    }
    let kept = before.and_then(|before| before.client_secret.clone());
    let is_same =
        before.is_some_and(|before| (&before.issuer, &before.client_id) == (&wanted.issuer, &wanted.client_id));
    match kept {
        Some(_) if !is_same => {
            let detail = "is needed for another issuer or client; a client without one needs public_client: true";
            Err(Error::invalid("/client_secret", "required", detail))
        }
        kept => Ok(kept),
    }
}

fn unusable(fault: Fault) -> Error {
    Error::invalid("/issuer", "unusable", format!("leads to no usable provider: {fault}"))
}

pub(crate) async fn get(context: Context<'_>) -> Result<Response, Error> {
    require_operator(context)?;
    let provider = sign_ins::provider(&context.environment.store).await?.ok_or_else(none)?;
    let version = provider.version;
    Ok(http::versioned(&ProviderView::from(provider), version))
}

/// Deletes the provider: nobody signs in any more. Sessions go on until they end. Answers 204 also if there is none.
pub(crate) async fn delete(context: Context<'_>) -> Result<Response, Error> {
    require_operator(context)?;
    let store = &context.environment.store;
    let before = sign_ins::provider(store).await?;
    context.request.expect_version("the identity provider", before.as_ref().map(|before| before.version))?;
    let Some(before) = before else { return Ok(http::empty(204)) };
    let delete = async {
        if sign_ins::delete_provider(store, before.version).await? {
            return Ok(());
        }
        let current = sign_ins::provider(store).await?.map_or(0, |found| found.version);
        Err(Error::VersionConflict { kind: "the identity provider", current })
    };
    recorded(context, Action::Deleted, None, delete).await?;
    tracing::info!("identity provider deleted");
    Ok(http::empty(204))
}

/// Does the work, with an entry in the audit of every app: the provider decides who has roles there.
async fn recorded(
    context: Context<'_>,
    action: Action,
    version: Option<u64>,
    work: impl Future<Output = Result<(), Error>>,
) -> Result<(), Error> {
    let (store, caller) = (&context.environment.store, context.request.caller()?);
    let id = "identity-provider".to_owned();
    let entry = audits::entry(store, caller, context.invocation.now, Subject::IdentityProvider, action, id);
    audits::recorded(store, &[RoleScope::EveryApp], entry, work, |(), entry| entry.version = version).await
}

fn none() -> Error {
    Error::not_found("identity provider", "in this deployment")
}

#[cfg(test)]
mod tests {
    use super::leads_back;

    #[test]
    fn a_browser_is_led_back_over_https_or_to_the_own_machine() {
        for good in ["https://moments.example/x", "http://127.0.0.1:8976/done", "http://localhost/", "http://127.0.0.1"]
        {
            assert_eq!(leads_back(good), Ok(()), "{good}");
        }
        let bad = [
            "http://moments.example/x",
            "http://127.0.0.1.evil.example/",
            "http://localhost@evil.example/",
            "http://127.0.0.1:80@evil.example/",
            "https://moments.example/#x",
            "javascript:alert(1)",
            "",
        ];
        for bad in bad {
            assert!(leads_back(bad).is_err(), "{bad}");
        }
    }
}
