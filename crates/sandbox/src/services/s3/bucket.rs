//! Creating, finding and removing buckets.
//!
//! In us-east-1, creating a bucket that is one's own and lives there answers 200 and changes
//! nothing; everywhere else, and for one's own bucket in another region, it is
//! `BucketAlreadyOwnedByYou`, which does not say where the bucket lives (measured: cdkd #2227,
//! #2240, #2241). The name of a bucket that is gone is free at once in its region and blocked
//! for more than ten minutes in others.

use std::collections::BTreeMap;
use std::net::Ipv4Addr;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Map, Value, json};

use super::gate::{self, set};
use super::{Bucket, PublicAccess, Released, Versioning, canonical_id, encryption, partition, tags};
use crate::call::{Answer, Call, Fault};
use crate::table::Table;
use crate::world::World;

/// How long a name that was given up stays blocked in other regions: AWS showed more than ten minutes.
const BLOCKED_ELSEWHERE: f64 = 900.0;

/// `CreateBucket`.
pub(super) fn create(world: &mut World, call: &Call) -> Result<Answer, Fault> {
    let name = call.required("Bucket");
    gate::account(world, call, "s3:CreateBucket", &format!("arn:aws:s3:::{name}"))?;
    if !valid_name(name) {
        return Err(
            Fault::new("InvalidBucketName", 400, "The specified bucket is not valid.").with("BucketName", name),
        );
    }
    if call.text("BucketNamespace") == Some("account-regional") {
        return Err(gate::not_implemented());
    }
    let configuration = call.input.get("CreateBucketConfiguration").unwrap_or(&Value::Null);
    if configuration["Location"].is_object() || configuration["Bucket"].is_object() {
        return Err(gate::not_implemented());
    }
    let region = region(configuration["LocationConstraint"].as_str(), &call.region)?;
    let tags = tags::bucket_tags(&configuration["Tags"])?;
    if !tags.is_empty() {
        gate::account(world, call, "s3:TagResource", &format!("arn:aws:s3:::{name}"))?;
    }
    let ownership = ownership(call, name)?;
    if is_there(world, call, name, &region)? {
        return Ok(created(name, &region));
    }
    let now = world.now();
    world.s3.released.remove(name);
    let locked = call.flag("ObjectLockEnabledForBucket").unwrap_or_default();
    let mut settings = BTreeMap::new();
    if locked {
        settings.insert(
            "ObjectLockConfiguration".to_owned(),
            json!({"ObjectLockEnabled": "Enabled"}),
        );
    }
    world.s3.buckets.insert(
        name.to_owned(),
        Bucket {
            name: name.to_owned(),
            account: call.account.clone(),
            region: region.clone(),
            created: now.floor(),
            public_access: Some(PublicAccess {
                block_acls: true,
                ignore_acls: true,
                block_policy: true,
                restrict_buckets: true,
            }),
            ownership: Some(ownership.to_owned()),
            encryption: encryption::default_rule(),
            versioning: if locked { Versioning::Enabled } else { Versioning::Never },
            tags,
            policy: None,
            principals: BTreeMap::new(),
            grants: Vec::new(),
            settings,
            objects: Table::default(),
            uploads: BTreeMap::new(),
        },
    );
    Ok(created(name, &region))
}

/// The object ownership that a creating call asks for, which allows no ACLs unless it says otherwise.
fn ownership<'c>(call: &'c Call, name: &str) -> Result<&'c str, Fault> {
    let ownership = call.text("ObjectOwnership").unwrap_or("BucketOwnerEnforced");
    let acl = call.text("ACL").unwrap_or("private");
    let grants = call.input.keys().any(|member| member.starts_with("Grant"));
    if acl == "private" && !grants {
        return Ok(ownership);
    }
    if ownership == "BucketOwnerEnforced" {
        return Err(Fault::new(
            "InvalidBucketAclWithObjectOwnership",
            400,
            "Bucket cannot have ACLs set with ObjectOwnership's BucketOwnerEnforced setting",
        )
        .with("BucketName", name));
    }
    // A new bucket comes with public ACLs blocked, so a public one cannot be asked for in the creating call.
    Err(gate::denied())
}

/// Whether the bucket is there and may be "created" again: in us-east-1 one's own may. A name that is taken, or was
/// given up in another region a short while ago, is refused.
fn is_there(world: &World, call: &Call, name: &str, region: &str) -> Result<bool, Fault> {
    if let Some(bucket) = world.s3.buckets.get(name) {
        if bucket.account != call.account {
            return Err(Fault::new(
                "BucketAlreadyExists",
                409,
                "The requested bucket name is not available. The bucket namespace is shared by all users of the system. Please select a different name and try again.",
            )
            .with("BucketName", name));
        }
        if call.region != "us-east-1" || region != "us-east-1" || bucket.region != "us-east-1" {
            return Err(Fault::new(
                "BucketAlreadyOwnedByYou",
                409,
                "Your previous request to create the named bucket succeeded and you already own it.",
            )
            .with("BucketName", name));
        }
        return Ok(true);
    }
    if let Some(released) = world.s3.released.get(name)
        && released.region != region
        && world.now() - released.at < BLOCKED_ELSEWHERE
    {
        return Err(Fault::new(
            "OperationAborted",
            409,
            "A conflicting conditional operation is currently in progress against this resource. Please try again.",
        ));
    }
    Ok(false)
}

/// In us-east-1 the location is a path, elsewhere the address of the bucket.
fn created(name: &str, region: &str) -> Answer {
    let location = if region == "us-east-1" {
        format!("/{name}")
    } else {
        format!("http://{name}.s3.amazonaws.com/")
    };
    Answer::from(json!({"Location": location, "BucketArn": format!("arn:{}:s3:::{name}", partition(region))}))
}

/// The region that a location constraint means at the endpoint of a region.
fn region(constraint: Option<&str>, endpoint: &str) -> Result<String, Fault> {
    let incompatible = |what: &str| {
        Err(Fault::new(
            "IllegalLocationConstraintException",
            400,
            format!(
                "The {what} location constraint is incompatible for the region specific endpoint this request was sent to."
            ),
        ))
    };
    match constraint {
        None | Some("") if endpoint == "us-east-1" => Ok(endpoint.to_owned()),
        None | Some("") => incompatible("unspecified"),
        // us-east-1 has no constraint of its own.
        Some(place) if place == "us-east-1" || !looks_like_region(place) => Err(Fault::new(
            "InvalidLocationConstraint",
            400,
            "The specified location-constraint is not valid",
        )
        .with("LocationConstraint", place)),
        Some(place) => {
            let region = if place == "EU" { "eu-west-1" } else { place };
            // The endpoint of us-east-1 takes constraints for every region.
            if endpoint == region || endpoint == "us-east-1" {
                Ok(region.to_owned())
            } else {
                incompatible(place)
            }
        }
    }
}

fn looks_like_region(place: &str) -> bool {
    let parts: Vec<&str> = place.split('-').collect();
    place == "EU"
        || (parts.len() >= 3
            && parts[0].len() == 2
            && parts.last().is_some_and(|number| number.parse::<u8>().is_ok())
            && place
                .chars()
                .all(|letter| letter.is_ascii_lowercase() || letter == '-' || letter.is_ascii_digit()))
}

/// The naming rules for general purpose buckets.
fn valid_name(name: &str) -> bool {
    let allowed =
        |letter: char| letter.is_ascii_lowercase() || letter.is_ascii_digit() || letter == '-' || letter == '.';
    let edge = |letter: Option<char>| letter.is_some_and(|letter| letter.is_ascii_alphanumeric());
    let reserved_prefix = ["xn--", "sthree-", "amzn-s3-demo-"];
    let reserved_suffix = ["-s3alias", "--ol-s3", ".mrap", "--x-s3", "--table-s3", "-an"];
    (3..=63).contains(&name.len())
        && name.chars().all(allowed)
        && edge(name.chars().next())
        && edge(name.chars().next_back())
        && !name.contains("..")
        && name.parse::<Ipv4Addr>().is_err()
        && !reserved_prefix.iter().any(|prefix| name.starts_with(prefix))
        && !reserved_suffix.iter().any(|suffix| name.ends_with(suffix))
}

/// `HeadBucket`. Every answer about a bucket that exists names its region, the refusals too.
pub(super) fn head(world: &mut World, call: &Call) -> Result<Answer, Fault> {
    let name = call.required("Bucket");
    let Some(region) = world.s3.buckets.get(name).map(|bucket| bucket.region.clone()) else {
        return Err(Fault::new("NotFound", 404, "Not Found"));
    };
    match gate::check(world, call, "s3:ListBucket", None) {
        Ok(()) => Ok(Answer::from(json!({"BucketRegion": region, "AccessPointAlias": false}))),
        Err(fault) if fault.status == 403 => Err(fault.with("x-amz-bucket-region", region)),
        Err(fault) => Err(fault),
    }
}

/// `DeleteBucket`. Versions, delete markers and unfinished uploads keep a bucket.
pub(super) fn delete(world: &mut World, call: &Call) -> Result<Answer, Fault> {
    let now = world.now();
    let bucket = gate::bucket(world, call, "s3:DeleteBucket")?;
    if !bucket.objects.is_empty() || !bucket.uploads.is_empty() {
        let message = if bucket.versioned() {
            "The bucket you tried to delete is not empty. You must delete all versions in the bucket."
        } else {
            "The bucket you tried to delete is not empty"
        };
        return Err(Fault::new("BucketNotEmpty", 409, message).with("BucketName", &bucket.name));
    }
    let (name, region) = (bucket.name.clone(), bucket.region.clone());
    world.s3.buckets.remove(&name);
    world.s3.released.insert(name, Released { region, at: now });
    Ok(Answer::empty())
}

/// `ListBuckets`: all regions, and the region of each only when a parameter was given.
pub(super) fn list(world: &mut World, call: &Call) -> Result<Answer, Fault> {
    gate::account(world, call, "s3:ListAllMyBuckets", "*")?;
    let page = usize::try_from(call.int("MaxBuckets").unwrap_or(10_000)).unwrap_or(10_000);
    let after = match call.text("ContinuationToken") {
        None => String::new(),
        Some(token) => STANDARD
            .decode(token)
            .ok()
            .and_then(|bytes| String::from_utf8(bytes).ok())
            .ok_or_else(|| gate::invalid_argument("The continuation token provided is incorrect"))?,
    };
    let asked = ["MaxBuckets", "ContinuationToken", "Prefix", "BucketRegion"]
        .iter()
        .any(|member| call.input.contains_key(*member));
    let prefix = call.text("Prefix").unwrap_or_default();
    let mut rest = world.s3.buckets.values().filter(|bucket| {
        bucket.account == call.account
            && bucket.name.as_str() > after.as_str()
            && bucket.name.starts_with(prefix)
            && call.text("BucketRegion").is_none_or(|region| region == bucket.region)
    });
    let shown: Vec<&Bucket> = rest.by_ref().take(page).collect();
    let token = match (rest.next(), shown.last()) {
        (Some(_), Some(last)) => Some(STANDARD.encode(&last.name)),
        _ => None,
    };
    let buckets: Vec<Value> = shown
        .iter()
        .map(|bucket| {
            let mut entry = json!({"Name": bucket.name, "CreationDate": bucket.created});
            if asked {
                entry["BucketRegion"] = json!(bucket.region);
            }
            entry
        })
        .collect();
    let mut output = Map::new();
    set(&mut output, "Buckets", Some(buckets));
    set(&mut output, "Owner", Some(json!({"ID": canonical_id(&call.account)})));
    set(&mut output, "ContinuationToken", token);
    set(&mut output, "Prefix", call.text("Prefix"));
    Ok(Answer::from(Value::Object(output)))
}

/// `GetBucketLocation`: a bucket of us-east-1 has no constraint.
pub(super) fn location(world: &mut World, call: &Call) -> Result<Answer, Fault> {
    let bucket = gate::bucket(world, call, "s3:GetBucketLocation")?;
    let mut output = Map::new();
    if bucket.region != "us-east-1" {
        set(&mut output, "LocationConstraint", Some(bucket.region.as_str()));
    }
    Ok(Answer::from(Value::Object(output)))
}
