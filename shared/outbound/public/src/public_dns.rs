//! Resolves names that an app chooses, to public addresses only, at each call: a name may lead elsewhere each time.

use std::net::{IpAddr, ToSocketAddrs as _};

use aws_smithy_runtime_api::client::dns::{DnsFuture, ResolveDns, ResolveDnsError};
use domain::web_address::is_public;

/// The error if all addresses of a name are private.
#[derive(Debug, thiserror::Error)]
#[error("the name leads to no public address")]
pub(crate) struct NotPublic;

/// Returns the public addresses that another resolver finds. The connection goes to these very addresses.
#[derive(Debug, Clone)]
pub(crate) struct PublicOnly<Resolver>(pub(crate) Resolver);

impl<Resolver: ResolveDns> ResolveDns for PublicOnly<Resolver> {
    fn resolve_dns<'a>(&'a self, name: &'a str) -> DnsFuture<'a> {
        DnsFuture::new(async move {
            let found = self.0.resolve_dns(name).await?;
            let public: Vec<IpAddr> = found.iter().copied().filter(|address| is_public(*address)).collect();
            if public.is_empty() && !found.is_empty() {
                return Err(ResolveDnsError::new(NotPublic));
            }
            Ok(public)
        })
    }
}

/// The system's resolver.
#[derive(Debug, Clone)]
pub(crate) struct SystemDns;

impl ResolveDns for SystemDns {
    fn resolve_dns<'a>(&'a self, name: &'a str) -> DnsFuture<'a> {
        let name = name.to_owned();
        DnsFuture::new(async move {
            // The system's resolver blocks.
            let looked_up = tokio::task::spawn_blocking(move || (name.as_str(), 0).to_socket_addrs()).await;
            let found = looked_up.map_err(ResolveDnsError::new)?.map_err(ResolveDnsError::new)?;
            Ok(found.map(|address| address.ip()).collect())
        })
    }
}

/// True if the cause of an error is a name with private addresses only.
pub(crate) fn is_not_public(error: &(dyn std::error::Error + 'static)) -> bool {
    std::iter::successors(Some(error), |error| error.source()).any(|error| error.is::<NotPublic>())
}
