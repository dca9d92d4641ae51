//! A `DistributionConfig` on its way in: counted, checked, and filled in.
//!
//! CreateDistribution takes a sparse configuration and fills in the rest; UpdateDistribution refuses the very
//! same one (measured: cdkd #1371). That asymmetry is `complete`.

mod behaviour;

mod complete;

mod fill;

mod origin;

mod viewer;

pub(super) use complete::check_complete;
pub(super) use fill::{fill, summary_members};

use serde_json::Value;

use super::fault;
use crate::call::Fault;
use crate::world::World;

/// What a configuration is checked against.
pub(super) struct Setting<'a> {
    /// The world, for what the configuration names.
    pub(super) world: &'a World,
    /// The account it belongs to.
    pub(super) account: &'a str,
    /// The distribution it is for, absent when it is to be created.
    pub(super) id: Option<&'a str>,
}

/// Checks what a configuration says, as create and update both do.
pub(super) fn check(setting: &Setting<'_>, config: &Value) -> Result<(), Fault> {
    check_quantities(config)?;
    if text(config, "CallerReference").is_empty() {
        return Err(fault::invalid_argument("The parameter CallerReference is required."));
    }
    if text(config, "Comment").chars().count() > 128 {
        return Err(fault::invalid_argument("The parameter Comment is too long."));
    }
    let root = text(config, "DefaultRootObject");
    if root.starts_with('/') || root.len() > 255 {
        return Err(Fault::new(
            "InvalidDefaultRootObject",
            400,
            "The default root object file name is too big or contains an invalid character.",
        ));
    }
    origin::check(setting, config)?;
    behaviour::check_all(setting, config)?;
    viewer::check(setting, config)
}

/// `Quantity` says how many `Items` there are, everywhere.
pub(super) fn check_quantities(value: &Value) -> Result<(), Fault> {
    if let Some(list) = value.as_array() {
        return list.iter().try_for_each(check_quantities);
    }
    let Some(members) = value.as_object() else {
        return Ok(());
    };
    if let Some(quantity) = members.get("Quantity").and_then(Value::as_u64) {
        let items = members.get("Items").and_then(Value::as_array).map_or(0, Vec::len);
        if usize::try_from(quantity) != Ok(items) {
            return Err(Fault::new(
                "InconsistentQuantities",
                400,
                "The value of Quantity and the size of Items don't match.",
            ));
        }
    }
    members.values().try_for_each(check_quantities)
}

/// The items of a list member.
pub(super) fn items<'a>(value: &'a Value, member: &str) -> impl Iterator<Item = &'a Value> {
    value[member]["Items"].as_array().into_iter().flatten()
}

/// A text member, empty where it was not sent.
pub(super) fn text<'a>(value: &'a Value, member: &str) -> &'a str {
    value[member].as_str().unwrap_or_default()
}
