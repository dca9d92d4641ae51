//! How CloudFront spells an origin access control.
//!
//! It has no tags, so its name is its mark; the name may change and its id never does. A replacement's name ends in
//! `.2`, `.3` …, and the highest number stands at the address. All four calls take effect at once (measured: cdkd).

use std::collections::BTreeMap;

use aws_sdk_cloudfront::types::{
    OriginAccessControlConfig, OriginAccessControlOriginTypes, OriginAccessControlSigningBehaviors,
    OriginAccessControlSigningProtocols, OriginAccessControlSummary,
};
use planner::{Found, Leftover, Object};
use spec_model::kinds::OriginAccessControl;
use spec_model::{Address, Kind, Shaped, Stack};

use crate::calls::{nothing_passes, outputs, present, read, reads, writes};
use crate::clients::Clients;
use crate::error::WorldError;
use crate::eventually::eventually;
use crate::verbs::{Made, Permission, Search, Sightings, Target, Verbs};

const WAIT: &str = "another change of the origin access control to end";

impl Verbs for OriginAccessControl {
    const CALLS: &'static [Permission] = &[
        reads("cloudfront:ListOriginAccessControls"),
        writes("cloudfront:GetOriginAccessControl"),
        writes("cloudfront:CreateOriginAccessControl"),
        writes("cloudfront:UpdateOriginAccessControl"),
        writes("cloudfront:DeleteOriginAccessControl"),
    ];

    async fn find(clients: &Clients, search: &Search<'_>) -> Result<Sightings, WorldError> {
        let mut sightings = Sightings::default();
        let listed = match list(clients).await {
            Ok(listed) => listed,
            Err(error) => {
                for wanted in &search.wanted {
                    let gap = error.gap(wanted.address.to_string());
                    sightings.found.insert(wanted.address.clone(), Found::Unknown(gap));
                }
                return Ok(sightings);
            }
        };
        // By address and number; names are unique in the account, so no number comes twice.
        let mut ours: BTreeMap<Address, BTreeMap<u32, &OriginAccessControlSummary>> = BTreeMap::new();
        for control in &listed {
            if let Some((name, number)) = place(search, control.name()) {
                let address = Address::new(Kind::OriginAccessControl, name);
                ours.entry(address).or_default().insert(number, control);
            }
        }
        for wanted in &search.wanted {
            let adopted = wanted
                .adopt
                .and_then(|id| listed.iter().find(|control| control.id() == id));
            let mut numbers = ours.remove(wanted.address).unwrap_or_default();
            let control = match adopted {
                Some(control) => Some((control, number_of(&numbers, control).is_some())),
                None => numbers.pop_last().map(|(_, control)| (control, true)),
            };
            let found = control.map_or(Found::Absent, |(control, marked)| {
                numbers.retain(|_, other| other.id() != control.id());
                Found::Ours(Box::new(seen(control, marked)))
            });
            sightings.found.insert(wanted.address.clone(), found);
            sightings
                .leftovers
                .extend(numbers.into_values().map(|control| Leftover {
                    address: wanted.address.clone(),
                    replaced: true,
                    object: seen(control, true),
                }));
        }
        for (address, numbers) in ours {
            if !search.known.contains(&&address) {
                sightings
                    .leftovers
                    .extend(numbers.into_values().map(|control| Leftover {
                        address: address.clone(),
                        replaced: false,
                        object: seen(control, true),
                    }));
            }
        }
        Ok(sightings)
    }

    async fn create(clients: &Clients, target: &Target<'_>, want: Self) -> Result<Made, WorldError> {
        let plain = target.stack.access_control_name(&target.address.name);
        let mut count = 1;
        if let Some(old) = target.replaces {
            // One more than the one that it replaces, whatever was deleted in between.
            let listed = list(clients).await?;
            let before = listed
                .iter()
                .find(|it| it.id() == old)
                .and_then(|it| number(&plain, it.name()))
                .unwrap_or(1);
            count = before + 1;
        }
        let name = numbered(&plain, count);
        let answer = clients
            .cloudfront
            .create_origin_access_control()
            .origin_access_control_config(to_config(&name, &want))
            .send()
            .await
            .map_err(|error| WorldError::of("cloudfront:CreateOriginAccessControl", error));
        let id = match answer {
            Ok(answer) => answer
                .origin_access_control
                .map(|it| it.id)
                .ok_or_else(|| WorldError::own("cloudfront:CreateOriginAccessControl", "the answer holds no id"))?,
            Err(error) if error.has_code("OriginAccessControlAlreadyExists") => {
                // The name is the mark: it is ours, made by a call whose answer got lost.
                let listed = list(clients).await?;
                let Some(there) = listed.iter().find(|it| it.name() == name) else {
                    return Err(error);
                };
                let id = there.id().to_owned();
                put(clients, target, &id, &name, &want).await?;
                id
            }
            Err(error) => return Err(error),
        };
        Ok(Made {
            outputs: outputs([("id", id.clone())]),
            id,
        })
    }

    /// One call replaces the whole configuration, the name with it: one of another name gets its mark here.
    async fn update(
        clients: &Clients,
        target: &Target<'_>,
        id: &str,
        _live: &Self,
        want: Self,
    ) -> Result<(), WorldError> {
        let plain = target.stack.access_control_name(&target.address.name);
        let (config, _) = get(clients, id).await?;
        let name = match number(&plain, config.name()) {
            Some(_) => config.name,
            None => plain,
        };
        put(clients, target, id, &name, &want).await
    }

    async fn delete(clients: &Clients, target: &Target<'_>, id: &str, _live: &Self) -> Result<(), WorldError> {
        // A distribution that was just deleted or moved may still count as a user for a moment.
        let passes = |error: &WorldError| error.has_code("OriginAccessControlInUse");
        let answer = eventually(
            target,
            "CloudFront to let go of the origin access control",
            passes,
            || async {
                let (_, tag) = get(clients, id).await?;
                clients
                    .cloudfront
                    .delete_origin_access_control()
                    .id(id)
                    .set_if_match(tag)
                    .send()
                    .await
                    .map_err(|error| WorldError::of("cloudfront:DeleteOriginAccessControl", error))
            },
        )
        .await;
        present(answer)?;
        Ok(())
    }

    /// Its name is its mark, so it gets another one: its id, which is as unique.
    async fn release(clients: &Clients, target: &Target<'_>, id: &str) -> Result<(), WorldError> {
        let (config, _) = get(clients, id).await?;
        let live = from_config(&config);
        put(clients, target, id, &format!("released.{id}"), &live).await
    }
}

/// The address's name and the number in a control's name, if that is one of the stack's names.
///
/// A name of the file is tried first: an address may itself end in a number.
fn place(search: &Search<'_>, name: &str) -> Option<(String, u32)> {
    let rest = name.strip_prefix(prefix(search.stack).as_str())?;
    let known = search
        .wanted
        .iter()
        .map(|it| it.address)
        .chain(search.known.iter().copied())
        .filter(|address| address.kind == Kind::OriginAccessControl);
    let mut best: Option<(&str, u32)> = None;
    for address in known {
        if let Some(number) = number(&address.name, rest)
            && best.is_none_or(|(name, _)| name.len() < address.name.len())
        {
            best = Some((&address.name, number));
        }
    }
    if let Some((name, number)) = best {
        return Some((name.to_owned(), number));
    }
    match rest.rsplit_once('.') {
        Some((name, _)) if number(name, rest).is_some() => Some((name.to_owned(), number(name, rest)?)),
        _ => Some((rest.to_owned(), 1)),
    }
}

fn prefix(stack: &Stack) -> String {
    stack.access_control_name("")
}

/// The number of a name: 1 for the plain one, more behind a dot; `None` for a name of something else.
fn number(plain: &str, name: &str) -> Option<u32> {
    match name.strip_prefix(plain)? {
        "" => Some(1),
        rest => {
            let number = rest.strip_prefix('.')?.parse().ok()?;
            (number > 1 && numbered(plain, number) == name).then_some(number)
        }
    }
}

fn numbered(plain: &str, number: u32) -> String {
    if number == 1 {
        plain.to_owned()
    } else {
        format!("{plain}.{number}")
    }
}

fn number_of(
    numbers: &BTreeMap<u32, &OriginAccessControlSummary>,
    control: &OriginAccessControlSummary,
) -> Option<u32> {
    numbers
        .iter()
        .find(|(_, it)| it.id() == control.id())
        .map(|(number, _)| *number)
}

async fn list(clients: &Clients) -> Result<Vec<OriginAccessControlSummary>, WorldError> {
    let mut marker = None;
    let mut found = Vec::new();
    loop {
        let call = clients
            .cloudfront
            .list_origin_access_controls()
            .set_marker(marker)
            .send();
        let page = read(clients, call)
            .await
            .map_err(|error| WorldError::of("cloudfront:ListOriginAccessControls", error))?
            .origin_access_control_list
            .ok_or_else(|| WorldError::own("cloudfront:ListOriginAccessControls", "the answer holds no list"))?;
        found.extend(page.items.unwrap_or_default());
        if !page.is_truncated {
            return Ok(found);
        }
        marker = page.next_marker;
    }
}

async fn get(clients: &Clients, id: &str) -> Result<(OriginAccessControlConfig, Option<String>), WorldError> {
    let answer = clients
        .cloudfront
        .get_origin_access_control()
        .id(id)
        .send()
        .await
        .map_err(|error| WorldError::of("cloudfront:GetOriginAccessControl", error))?;
    let config = answer
        .origin_access_control
        .and_then(|it| it.origin_access_control_config)
        .ok_or_else(|| WorldError::own("cloudfront:GetOriginAccessControl", "the answer holds no configuration"))?;
    Ok((config, answer.e_tag))
}

async fn put(
    clients: &Clients,
    target: &Target<'_>,
    id: &str,
    name: &str,
    want: &OriginAccessControl,
) -> Result<(), WorldError> {
    eventually(target, WAIT, nothing_passes, || async {
        // The ETag of the very moment: an older one is refused for good (L45).
        let (_, tag) = get(clients, id).await?;
        clients
            .cloudfront
            .update_origin_access_control()
            .id(id)
            .set_if_match(tag)
            .origin_access_control_config(to_config(name, want))
            .send()
            .await
            .map_err(|error| WorldError::of("cloudfront:UpdateOriginAccessControl", error))
    })
    .await?;
    Ok(())
}

fn to_config(name: &str, want: &OriginAccessControl) -> OriginAccessControlConfig {
    let OriginAccessControl {
        description,
        origin_type,
        signing_behavior,
        signing_protocol,
    } = want;
    OriginAccessControlConfig::builder()
        .name(name)
        .description(description)
        .origin_access_control_origin_type(OriginAccessControlOriginTypes::from(origin_type.as_str()))
        .signing_behavior(OriginAccessControlSigningBehaviors::from(signing_behavior.as_str()))
        .signing_protocol(OriginAccessControlSigningProtocols::from(signing_protocol.as_str()))
        .build()
        .expect("all members are set")
}

fn from_config(config: &OriginAccessControlConfig) -> OriginAccessControl {
    OriginAccessControl {
        description: config.description().unwrap_or_default().to_owned(),
        origin_type: config.origin_access_control_origin_type().as_str().to_owned(),
        signing_behavior: config.signing_behavior().as_str().to_owned(),
        signing_protocol: config.signing_protocol().as_str().to_owned(),
    }
}

fn seen(control: &OriginAccessControlSummary, marked: bool) -> Object {
    let noun = OriginAccessControl {
        description: control.description().to_owned(),
        origin_type: control.origin_access_control_origin_type().as_str().to_owned(),
        signing_behavior: control.signing_behavior().as_str().to_owned(),
        signing_protocol: control.signing_protocol().as_str().to_owned(),
    };
    Object {
        id: control.id().to_owned(),
        value: noun.to_value(),
        outputs: outputs([("id", control.id().to_owned())]),
        held: Vec::new(),
        marked,
        cost: None,
        keeps: None,
        propagating: None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn stack() -> Stack {
        Stack {
            name: "igv".to_owned(),
            id: None,
            account: "111122223333".to_owned(),
            region: "eu-west-1".to_owned(),
        }
    }

    #[test]
    fn l68_a_name_tells_stack_address_and_number() {
        let (stack, config) = (stack(), Address::new(Kind::OriginAccessControl, "config"));
        let numbered = Address::new(Kind::OriginAccessControl, "config.2");
        let search = |known| Search {
            stack: &stack,
            wanted: Vec::new(),
            parent: None,
            known,
            all_users: false,
            early: crate::verbs::Early::default(),
        };
        let placed = |known, name| place(&search(known), name);
        let at = |name: &str, number| Some((name.to_owned(), number));
        assert_eq!(placed(vec![&config], "igvctl.eu-west-1.igv.config"), at("config", 1));
        assert_eq!(placed(vec![&config], "igvctl.eu-west-1.igv.config.2"), at("config", 2));
        assert_eq!(
            placed(vec![&config, &numbered], "igvctl.eu-west-1.igv.config.2"),
            at("config.2", 1)
        );
        assert_eq!(placed(vec![], "igvctl.eu-west-1.igv.config.3"), at("config", 3));
        assert_eq!(
            placed(vec![&config], "igvctl.eu-west-1.igv.config.02"),
            at("config.02", 1)
        );
        assert_eq!(placed(vec![&config], "igvctl.eu-west-1.igv.config2"), at("config2", 1));
        assert_eq!(placed(vec![&config], "igvctl.eu-west-1.igv-demo.config"), None);
        assert_eq!(placed(vec![&config], "igvctl.eu-west-2.igv.config"), None);
    }

    /// A member that the SDK gains must be decided on: this call replaces the whole configuration.
    #[test]
    fn the_configuration_has_the_members_that_we_write() {
        let want = OriginAccessControl {
            description: String::new(),
            origin_type: "s3".to_owned(),
            signing_behavior: "always".to_owned(),
            signing_protocol: "sigv4".to_owned(),
        };
        assert_eq!(
            format!("{:?}", to_config("n", &want)),
            "OriginAccessControlConfig { name: \"n\", description: Some(\"\"), signing_protocol: Sigv4, \
             signing_behavior: Always, origin_access_control_origin_type: S3 }"
        );
    }
}
