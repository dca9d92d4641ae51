//! What a stack publishes, and where.

use planner::{Found, Live, Object};
use spec_model::{Address, Kind, Resource, Spec, Value};

/// The config file of a spec: that of the section, else the first.
pub(crate) fn file(spec: &Spec) -> Option<Address> {
    let main = Address::new(Kind::ConfigFile, "main");
    if spec.resources.contains_key(&main) {
        return Some(main);
    }
    spec.resources.keys().find(|it| it.kind == Kind::ConfigFile).cloned()
}

/// The URL that people paste into IGV, when there is a distribution in front of the config file.
pub(crate) fn url(spec: &Spec, live: &Live) -> Option<String> {
    let file = spec.resources.get(&file(spec)?)?;
    let key = file.fields.get("key")?.as_text()?;
    let (_, object) = distribution(spec, live, file)?;
    Some(format!("{}/{key}", object.outputs.get("url")?.as_text()?))
}

/// The address of the welcome page, when it is published.
pub(crate) fn page_url(spec: &Spec, live: &Live) -> Option<String> {
    let (_, page) = spec
        .resources
        .iter()
        .find(|(address, _)| address.kind == Kind::WelcomePage && ours(live, address).is_some())?;
    let key = page.fields.get("key")?.as_text()?;
    let (distribution, object) = distribution(spec, live, page)?;
    let root = distribution.fields.get("root_object").and_then(Value::as_text);
    // At `/` where the distribution serves it there.
    let path = if root == Some(key) { "" } else { key };
    Some(format!("{}/{path}", object.outputs.get("url")?.as_text()?))
}

/// The distribution in front of what is in a bucket: the one that quotes the same bucket, else the first.
fn distribution<'a>(spec: &'a Spec, live: &'a Live, inside: &Resource) -> Option<(&'a Resource, &'a Object)> {
    let quoted = |resource: &Resource, field: &str| -> Vec<Address> {
        let references = resource.fields.get(field).map(Value::references);
        references.into_iter().flatten().map(|it| it.address).collect()
    };
    let bucket = quoted(inside, "bucket");
    let mut all: Vec<(&Resource, &Object)> = spec
        .resources
        .iter()
        .filter(|(address, _)| address.kind == Kind::Distribution)
        .filter_map(|(address, resource)| Some((resource, ours(live, address)?)))
        .collect();
    let at = all
        .iter()
        .position(|(it, _)| !bucket.is_empty() && quoted(it, "origin_domain") == bucket)
        .unwrap_or_default();
    (at < all.len()).then(|| all.swap_remove(at))
}

/// The live object at an address, if it is there and ours.
fn ours<'a>(live: &'a Live, address: &Address) -> Option<&'a Object> {
    match live.found.get(address)? {
        Found::Ours(object) => Some(object),
        Found::Absent
        | Found::Provided { .. }
        | Found::Foreign { .. }
        | Found::Ambiguous { .. }
        | Found::Unknown(_) => None,
    }
}
