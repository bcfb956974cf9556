//! Sign-in through an identity provider: how the provider is reached, who a person is there, and the secret that binds
//! a sign-in to the browser that began it. Speaking with the provider is the business of `outbound-identity`.

use std::collections::{BTreeMap, BTreeSet};

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use crate::id::PersonId;
use crate::person::Roles;
use crate::secret::{ClientSecret, SignInKey};

/// The identity provider of a deployment. It has one or none.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct IdentityProvider {
    /// For people: who one signs in with.
    pub name: String,
    /// The issuer's URL, exactly as the provider writes it.
    pub issuer: String,
    /// The client as which Moments is registered there.
    pub client_id: String,
    /// The client's secret; `None` for a public client, which PKCE protects.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub client_secret: Option<ClientSecret>,
    /// The scopes to ask for besides `openid`.
    pub scopes: Vec<String>,
    /// The claim that lists a person's groups.
    pub groups_claim: String,
    /// The addresses to which the provider may lead a browser back.
    pub redirect_uris: Vec<String>,
    /// The roles of each group.
    pub groups: BTreeMap<String, Roles>,
    /// When the provider was first set up.
    pub created_at: Timestamp,
    /// Rises by one with every edit.
    pub version: u64,
}

impl IdentityProvider {
    /// The most groups that are mapped.
    pub const MOST_GROUPS: usize = 100;

    /// Returns the roles of somebody who is in these groups: those of all groups together. No roles if none is mapped.
    pub fn roles_of(&self, groups: &[String]) -> Roles {
        let mut all = Roles::default();
        for roles in groups.iter().filter_map(|group| self.groups.get(group)) {
            for (scope, roles) in &roles.0 {
                all.0.entry(scope.clone()).or_default().extend(roles.iter().copied());
            }
        }
        all
    }
}

/// Who a person is at an identity provider. The subject never changes and is never given to somebody else, as an e-mail
/// address may be.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Identity {
    /// The provider's issuer.
    pub issuer: String,
    /// The provider's own id of the person.
    pub subject: String,
}

/// What the ids of people begin with whom a sign-in has made. Nobody else gets such an id.
pub const MADE_BY_SIGN_IN: &str = "sso-";

impl Identity {
    /// Returns 64 hex digits that stand for the identity.
    pub fn hash(&self) -> String {
        // An issuer is a URL, so it holds no line break that could move the border.
        hex(&Sha256::digest(format!("{}\n{}", self.issuer, self.subject)))
    }

    /// Returns the id of the person whom the first sign-in makes. Always the same for one identity: a human who was
    /// deleted and comes back is the same person in every history.
    pub fn person_id(&self) -> Option<PersonId> {
        let subject: String = self.hash().chars().take(32).collect();
        PersonId::try_from(format!("{MADE_BY_SIGN_IN}{}-{subject}", issuer_mark(&self.issuer))).ok()
    }
}

fn issuer_mark(issuer: &str) -> String {
    hex(&Sha256::digest(issuer)[..4])
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Who tells two people apart. Two people of one source are two humans; two of different sources may be one human.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Source {
    /// Whoever wrote them: the operator or an owner.
    ByHand,
    /// An identity provider, by a mark of its issuer.
    Issuer(String),
}

impl Source {
    /// Returns the source of a person. `identity` is what is known of it; of a deleted person only the id is.
    pub fn of(person: &PersonId, identity: Option<&Identity>, is_deleted: bool) -> Self {
        match identity {
            Some(identity) => Self::Issuer(issuer_mark(&identity.issuer)),
            None if is_deleted => {
                let rest = person.as_str().strip_prefix(MADE_BY_SIGN_IN);
                let mark = rest.and_then(|rest| rest.split_once('-')).map(|(mark, _)| mark.to_owned());
                mark.map_or(Self::ByHand, Self::Issuer)
            }
            None => Self::ByHand,
        }
    }
}

/// A sign-in that has begun. Its secrets are derived from its key, which only the browser that began it has.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SignIn {
    /// Where the provider leads the browser back to.
    pub redirect_uri: String,
    /// The version of the provider with which it began.
    pub provider_version: u64,
    /// When that provider was set up: another one begins with the same versions.
    pub provider_created_at: Timestamp,
    /// The end of the sign-in, in seconds since 1970. DynamoDB deletes it some time after.
    pub expires: i64,
}

impl SignInKey {
    /// Returns the `state` of the provider's address: it comes back with the code and shows which sign-in that belongs
    /// to.
    pub fn state(&self) -> String {
        self.derived("state")
    }

    /// Returns the `nonce` that the provider puts into the ID token.
    pub fn nonce(&self) -> String {
        self.derived("nonce")
    }

    /// Returns the verifier of PKCE (RFC 7636), which only the exchange of the code shows to the provider.
    pub fn verifier(&self) -> String {
        self.derived("verifier")
    }

    /// One way, and each by a name of its own: whoever sees one, as in an address, learns nothing of the others.
    fn derived(&self, name: &str) -> String {
        URL_SAFE_NO_PAD.encode(Sha256::digest(format!("moments sign-in {name} {}", self.expose())))
    }
}

/// Returns a list without what is in it twice.
pub fn without_repeats(list: Vec<String>) -> Vec<String> {
    let mut seen = BTreeSet::new();
    list.into_iter().filter(|entry| seen.insert(entry.clone())).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn identity(issuer: &str, subject: &str) -> Identity {
        Identity { issuer: issuer.into(), subject: subject.into() }
    }

    #[test]
    fn an_identity_has_one_person_and_no_other_identity_has_it() {
        let ada = identity("https://id.example", "ada");
        assert_eq!(ada.person_id(), ada.clone().person_id());
        for other in [identity("https://id.example", "ben"), identity("https://id.example/", "ada")] {
            assert_ne!(ada.person_id(), other.person_id());
            assert_ne!(ada.hash(), other.hash());
        }
        assert_ne!(identity("a\nb", "c").issuer, identity("a", "b\nc").issuer);
    }

    #[test]
    fn people_of_one_source_are_told_apart_also_after_they_are_deleted() {
        let (ada, ben) = (identity("https://id.example", "ada"), identity("https://id.example", "ben"));
        let (ada_id, ben_id) = (ada.person_id().unwrap(), ben.person_id().unwrap());
        let of = Source::of(&ada_id, Some(&ada), false);
        assert_eq!(of, Source::of(&ben_id, None, true));
        let moved = identity("https://new.example", "ada");
        assert_ne!(of, Source::of(&moved.person_id().unwrap(), Some(&moved), false));
        let by_hand = PersonId::try_from("ada".to_owned()).unwrap();
        assert_eq!(Source::of(&by_hand, None, false), Source::ByHand);
        assert_eq!(Source::of(&by_hand, None, true), Source::ByHand);
        assert_eq!(Source::of(&by_hand, Some(&ada), false), of);
        // Somebody whom a hand has made with such an id.
        assert_eq!(Source::of(&ada_id, None, false), Source::ByHand);
    }

    #[test]
    fn the_secrets_of_a_sign_in_differ_and_come_from_its_key_alone() {
        let (one, other) = (SignInKey::new("mi_one"), SignInKey::new("mi_other"));
        let all = [one.state(), one.nonce(), one.verifier(), other.state(), other.nonce(), other.verifier()];
        assert_eq!(without_repeats(all.to_vec()).len(), 6);
        assert_eq!(one.state(), SignInKey::new("mi_one").state());
        // RFC 7636, section 4.1: 43 to 128 characters.
        assert!(all.iter().all(|text| text.len() == 43 && !text.contains("mi_")));
    }

    #[test]
    fn roles_of_several_groups_add_up_and_other_groups_give_none() {
        let roles = |text: &str| Roles::from_text(text).unwrap();
        let provider = IdentityProvider {
            name: "Example".into(),
            issuer: "https://id.example".into(),
            client_id: "moments".into(),
            client_secret: None,
            scopes: Vec::new(),
            groups_claim: "groups".into(),
            redirect_uris: Vec::new(),
            groups: [("editors", "shop:e"), ("approvers", "shop:a game:v")]
                .map(|(group, text)| (group.to_owned(), roles(text)))
                .into(),
            created_at: Timestamp::UNIX_EPOCH,
            version: 1,
        };
        let of =
            |groups: &[&str]| provider.roles_of(&groups.iter().map(|group| (*group).to_owned()).collect::<Vec<_>>());
        assert_eq!(of(&["editors", "approvers", "other"]), roles("game:v shop:ea"));
        assert_eq!(of(&["Editors", ""]), Roles::default());
    }
}
