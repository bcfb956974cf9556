//! Names that an app chooses, resolved when they are called: only addresses of the public Internet come out. A name may lead
//! elsewhere at each look, so it is no use to check it when a webhook is put.

use std::net::{IpAddr, ToSocketAddrs as _};

use aws_smithy_runtime_api::client::dns::{DnsFuture, ResolveDns, ResolveDnsError};
use domain::web_address::is_public;

/// A name has addresses, and all of them are inside.
#[derive(Debug, thiserror::Error)]
#[error("the name leads to no public address")]
pub(crate) struct NotPublic;

/// Gives only the public ones of the addresses that another resolver finds. The connection is made to what comes out of here,
/// so nothing can change between the check and the call.
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

/// What the system finds.
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

/// Whether an error comes from a name that led inside.
pub(crate) fn is_not_public(error: &(dyn std::error::Error + 'static)) -> bool {
    std::iter::successors(Some(error), |error| error.source()).any(|error| error.is::<NotPublic>())
}
