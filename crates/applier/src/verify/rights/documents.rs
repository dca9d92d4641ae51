//! The policies of a role as they are now, and what they decide.

use futures_util::future::{join_all, try_join_all};
use policy::{Document, Policies, Request, access};

use crate::calls::read;
use crate::clients::Clients;
use crate::error::WorldError;
use crate::kinds::role::live::{get_role, list_attached, list_inline, read_managed, read_policy};

/// The documents of a role as they are now.
pub(super) struct Documents {
    own: Vec<(String, Document)>,
    boundary: Option<(String, Document)>,
}

impl Documents {
    /// What they decide, together with the policy of the resource.
    pub(super) fn decide(&self, resource: Option<(&str, &Document)>, request: &Request) -> policy::Access {
        let identity: Vec<(&str, &Document)> = self.own.iter().map(|(name, it)| (name.as_str(), it)).collect();
        let policies = Policies {
            identity: &identity,
            boundary: self.boundary.as_ref().map(|(name, it)| (name.as_str(), it)),
            resource,
            ..Policies::default()
        };
        access(&policies, request)
    }
}

/// Reads everything that decides what a role may do.
pub(super) async fn documents(clients: &Clients, role: &str) -> Result<Documents, WorldError> {
    let names = read(clients, list_inline(clients, role)).await?;
    let inline = try_join_all(names.into_iter().map(|name| read_policy(clients, role, name))).await?;
    let attached = read(clients, list_attached(clients, role)).await?;
    let documents = join_all(attached.iter().map(|arn| read_managed(clients, arn))).await;
    let mut own: Vec<(String, Document)> = inline.into_iter().flatten().collect();
    for (arn, document) in attached.into_iter().zip(documents) {
        own.push((arn, document?));
    }
    let boundary = read(clients, get_role(clients, role)).await?.permissions_boundary;
    let boundary = match boundary.and_then(|it| it.permissions_boundary_arn) {
        Some(arn) => {
            let document = read_managed(clients, &arn).await?;
            Some((arn, document))
        }
        None => None,
    };
    Ok(Documents { own, boundary })
}
