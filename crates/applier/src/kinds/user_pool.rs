//! How Cognito spells a user pool.
//!
//! Three surprises: `UpdateUserPool` resets some of the members that it is not given and keeps others (the ledger is in
//! `write`); the second factor is a call of its own, and another one can only be read there; and the SDK sends
//! `UnusedAccountValidityDays` whether it is wanted or not (`wire`).

use std::collections::{BTreeMap, HashMap};
use std::time::Duration;

use aws_sdk_cognitoidentityprovider::operation::get_user_pool_mfa_config::GetUserPoolMfaConfigOutput;
use aws_sdk_cognitoidentityprovider::types::{
    AttributeDataType, DeletionProtectionType, EncryptionKeyType, IssuerType, UserPoolType, UsernameAttributeType,
};
use planner::{Harm, Object};
use spec_model::kinds::{Invitation, Mfa, PasswordPolicy, SignIn, SignUp, UserPool};
use spec_model::{Address, Entries, Kind, Shaped, Stack, Value};

use crate::clients::Clients;
use crate::error::WorldError;
use crate::eventually::eventually;
use crate::kinds::once::once;
use crate::kinds::tags::{self, Candidate, Claim, Place, Remark};
use crate::verbs::{Made, Permission, Search, Sightings, Target, Verbs};

mod mfa;
mod wire;
mod write;

use wire::{Ear, Members};

/// The attribute that carries the mark of users, as Cognito shows it.
pub(crate) const MARK_ATTRIBUTE: &str = "custom:igvctl";

const PLACE: Place = Place {
    kind: Kind::UserPool,
    what: "user pool",
    service: ":cognito-idp:",
    resource: ":userpool/",
    read_action: "cognito-idp:DescribeUserPool",
};

impl Verbs for UserPool {
    const CALLS: &'static [Permission] = &[
        Permission {
            action: "cognito-idp:ListUserPools",
            reads: true,
        },
        Permission {
            action: "cognito-idp:DescribeUserPool",
            reads: true,
        },
        Permission {
            action: "cognito-idp:GetUserPoolMfaConfig",
            reads: true,
        },
        Permission {
            action: "tag:GetResources",
            reads: true,
        },
        Permission {
            action: "cognito-idp:CreateUserPool",
            reads: false,
        },
        Permission {
            action: "cognito-idp:UpdateUserPool",
            reads: false,
        },
        Permission {
            action: "cognito-idp:SetUserPoolMfaConfig",
            reads: false,
        },
        Permission {
            action: "cognito-idp:AddCustomAttributes",
            reads: false,
        },
        Permission {
            action: "cognito-idp:DeleteUserPool",
            reads: false,
        },
        Permission {
            action: "cognito-idp:TagResource",
            reads: false,
        },
        Permission {
            action: "cognito-idp:UntagResource",
            reads: false,
        },
    ];

    async fn find(clients: &Clients, search: &Search<'_>) -> Result<Sightings, WorldError> {
        tags::find(clients, search, PLACE, list(clients), async |id: String| {
            look(clients, &id).await
        })
        .await
    }

    async fn create(clients: &Clients, target: &Target<'_>, want: Self) -> Result<Made, WorldError> {
        let pool = once(
            target,
            "whether the user pool was made",
            || marked(clients, target.stack, target.address, &want.name),
            || write::create(clients, &want),
        )
        .await?;
        let id = pool.id.clone().unwrap_or_default();
        // A pool that was there already, after a lost answer or a killed run, may have its second factor by now.
        if want.mfa != Mfa::Off {
            mfa::set(clients, target, &id, want.mfa).await?;
        }
        Ok(Made {
            outputs: outputs(clients, &pool),
            id,
        })
    }

    async fn update(
        clients: &Clients,
        target: &Target<'_>,
        id: &str,
        live: &Self,
        want: Self,
    ) -> Result<(), WorldError> {
        let now = read(clients, id).await?;
        let is = seen(&now)?;
        if want.mark_attribute && !is.mark_attribute {
            write::add_mark_attribute(clients, id).await?;
        }
        // What tightens comes first: a refusal in between must not leave the half that loosens. It is also the order
        // that AWS demands where a passkey is a first factor (measured: cdkd #3562).
        if want.mfa > is.mfa {
            mfa::set(clients, target, id, want.mfa).await?;
        }
        if write::differs(&is, &want) {
            eventually(
                target,
                "another change of the user pool",
                |_| false,
                || async {
                    let now = describe(clients, id).await?;
                    write::update(clients, now, &want).await
                },
            )
            .await?;
        }
        if want.mfa < is.mfa {
            mfa::set(clients, target, id, want.mfa).await?;
        }
        let missing = tags::to_write(&want.tags.0, &live.tags.0, &is.tags.0);
        if !missing.is_empty() {
            clients
                .cognito
                .tag_resource()
                .resource_arn(now.pool.arn.unwrap_or_default())
                .set_tags(Some(missing))
                .send()
                .await
                .map_err(|error| WorldError::of("cognito-idp:TagResource", error))?;
        }
        Ok(())
    }

    async fn delete(clients: &Clients, target: &Target<'_>, id: &str, _live: &Self) -> Result<(), WorldError> {
        let Described { pool, unknown: _ } = match describe(clients, id).await {
            Err(error) if error.is_missing() => return Ok(()),
            answer => answer?,
        };
        if pool.deletion_protection == Some(DeletionProtectionType::Active) {
            eventually(
                target,
                "another change of the user pool",
                |_| false,
                || async { write::lift_protection(clients, describe(clients, id).await?).await },
            )
            .await?;
        }
        // The domain was deleted a step before; Cognito may take a moment to see it.
        let domain_goes =
            |error: &WorldError| error.has_code("InvalidParameterException") && error.message.contains("domain");
        let deleted = eventually(
            target,
            "the domain to be gone from the user pool",
            domain_goes,
            || async {
                let call = clients.cognito.delete_user_pool().user_pool_id(id).send().await;
                call.map_err(|error| WorldError::of("cognito-idp:DeleteUserPool", error))
            },
        );
        match deleted.await {
            Err(error) if error.is_missing() => Ok(()),
            answer => answer.map(drop),
        }
    }

    async fn release(clients: &Clients, _target: &Target<'_>, id: &str) -> Result<(), WorldError> {
        let Described { pool, unknown: _ } = match describe(clients, id).await {
            Err(error) if error.is_missing() => return Ok(()),
            answer => answer?,
        };
        let marks = tags::our_marks(pool.user_pool_tags.iter().flat_map(HashMap::keys));
        if marks.is_empty() {
            return Ok(());
        }
        let call = clients
            .cognito
            .untag_resource()
            .resource_arn(pool.arn.unwrap_or_default())
            .set_tag_keys(Some(marks));
        call.send()
            .await
            .map(drop)
            .map_err(|error| WorldError::of("cognito-idp:UntagResource", error))
    }
}

/// A pool as AWS describes it.
struct Described {
    pool: UserPoolType,
    /// What the SDK has no member for.
    unknown: Members,
}

/// A pool as two calls show it: the second factor is not in `DescribeUserPool`.
struct Now {
    pool: UserPoolType,
    unknown: Members,
    mfa: GetUserPoolMfaConfigOutput,
}

async fn list(clients: &Clients) -> Result<Vec<(String, String)>, WorldError> {
    let mut pages = clients
        .cognito
        .list_user_pools()
        .max_results(60)
        .into_paginator()
        .send();
    let mut pools = Vec::new();
    while let Some(page) = pages.next().await {
        let page = page.map_err(|error| WorldError::of("cognito-idp:ListUserPools", error))?;
        pools.extend(
            page.user_pools
                .unwrap_or_default()
                .into_iter()
                .filter_map(|it| Some((it.id?, it.name.unwrap_or_default()))),
        );
    }
    Ok(pools)
}

async fn describe(clients: &Clients, id: &str) -> Result<Described, WorldError> {
    let action = "cognito-idp:DescribeUserPool";
    let ear = Ear::default();
    let call = clients.cognito.describe_user_pool().user_pool_id(id).customize();
    let answer = call.interceptor(ear.clone()).send().await;
    let answer = answer.map_err(|error| WorldError::of(action, error))?;
    match answer.user_pool {
        Some(pool) => Ok(Described {
            pool,
            unknown: ear.heard(),
        }),
        None => Err(WorldError::own(
            action,
            format!("the answer for `{id}` holds no user pool"),
        )),
    }
}

async fn read(clients: &Clients, id: &str) -> Result<Now, WorldError> {
    let (Described { pool, unknown }, mfa) = tokio::try_join!(describe(clients, id), mfa::get(clients, id))?;
    Ok(Now { pool, unknown, mfa })
}

async fn look(clients: &Clients, id: &str) -> Result<Candidate, WorldError> {
    let now = read(clients, id).await?;
    let noun = seen(&now)?;
    let Now { pool, unknown, mfa: _ } = now;
    Ok(Candidate {
        tags: noun.tags.0.clone(),
        remarks: remarks(&pool, &unknown),
        object: Object {
            id: id.to_owned(),
            value: noun.to_value(),
            outputs: outputs(clients, &pool),
            held: Vec::new(),
            marked: true,
            cost: None,
            // The prefix domain is a resource of its own; a domain of the owner's is not ours to delete.
            keeps: pool.custom_domain.map(|it| format!("the custom domain {it}")),
            propagating: None,
        },
    })
}

/// A pool of this name that carries the mark of this address already.
async fn marked(
    clients: &Clients,
    stack: &Stack,
    address: &Address,
    name: &str,
) -> Result<Option<UserPoolType>, WorldError> {
    for (id, its_name) in list(clients).await? {
        if its_name != name {
            continue;
        }
        let Described { pool, unknown: _ } = match describe(clients, &id).await {
            Err(error) if error.is_missing() => continue,
            answer => answer?,
        };
        if tags::claim(stack, Kind::UserPool, &tags_of(&pool)) == Claim::Ours(address.clone()) {
            return Ok(Some(pool));
        }
    }
    Ok(None)
}

fn tags_of(pool: &UserPoolType) -> BTreeMap<String, String> {
    pool.user_pool_tags.clone().unwrap_or_default().into_iter().collect()
}

/// What others may quote, and the prefix domain, for the search of the domain.
fn outputs(clients: &Clients, pool: &UserPoolType) -> BTreeMap<String, Value> {
    let id = pool.id.as_deref().unwrap_or_default();
    let mut outputs = BTreeMap::from([
        ("id".to_owned(), id.into()),
        ("arn".to_owned(), pool.arn.as_deref().unwrap_or_default().into()),
        ("provider".to_owned(), provider(clients, id).into()),
    ]);
    if let Some(domain) = &pool.domain {
        outputs.insert("domain".to_owned(), domain.as_str().into());
    }
    outputs
}

/// The name under which identity pools know a pool. A pool's id begins with its region.
fn provider(clients: &Clients, id: &str) -> String {
    let region = id.split_once('_').map_or(clients.region.as_str(), |(region, _)| region);
    format!("cognito-idp.{region}.{}/{id}", clients.dns_suffix)
}

/// A word that AWS spells as we do.
fn word<T: Shaped>(aws: &str) -> Option<T> {
    T::from_value(&aws.to_ascii_lowercase().as_str().into()).ok()
}

fn seen(now: &Now) -> Result<UserPool, WorldError> {
    let Now { pool, unknown: _, mfa } = now;
    let admin = pool.admin_create_user_config.as_ref();
    let policy = pool
        .policies
        .as_ref()
        .and_then(|it| it.password_policy.as_ref())
        .ok_or_else(|| WorldError::own("cognito-idp:DescribeUserPool", "the answer holds no password policy"))?;
    let mut recovery = pool
        .account_recovery_setting
        .as_ref()
        .map(|it| it.recovery_mechanisms().to_vec())
        .unwrap_or_default();
    recovery.sort_by_key(|it| it.priority);
    Ok(UserPool {
        name: pool.name.clone().unwrap_or_default(),
        sign_in: if pool.username_attributes().contains(&UsernameAttributeType::Email) {
            SignIn::Email
        } else {
            SignIn::Username
        },
        // Absent means the default of the API, which is case sensitive (UsernameConfigurationType).
        case_sensitive: pool.username_configuration.as_ref().is_none_or(|it| it.case_sensitive),
        mark_attribute: pool.schema_attributes().iter().any(|it| {
            it.name() == Some(MARK_ATTRIBUTE)
                && it.attribute_data_type() == Some(&AttributeDataType::String)
                && it.mutable() == Some(true)
        }),
        sign_up: if admin.is_some_and(|it| it.allow_admin_create_user_only) {
            SignUp::AdminOnly
        } else {
            SignUp::Anyone
        },
        invitation: admin.and_then(|it| it.invite_message_template.as_ref()).and_then(|it| {
            Some(Invitation {
                subject: it.email_subject.clone()?,
                text: it.email_message.clone()?,
            })
        }),
        password_policy: PasswordPolicy {
            // AWS's defaults where it shows nothing (measured: cdk-real-drift #1701).
            minimum_length: policy.minimum_length.map_or(8, number),
            require_uppercase: policy.require_uppercase,
            require_lowercase: policy.require_lowercase,
            require_numbers: policy.require_numbers,
            require_symbols: policy.require_symbols,
            temporary_password_validity: Duration::from_secs(
                match policy.temporary_password_validity_days {
                    0 => 7,
                    days => u64::from(number(days)),
                } * DAY,
            ),
            history: policy.password_history_size.filter(|it| *it != 0).map(number),
        },
        mfa: mfa::seen(mfa),
        account_recovery: recovery.iter().filter_map(|it| word(it.name.as_str())).collect(),
        verified_attributes: pool
            .auto_verified_attributes()
            .iter()
            .filter_map(|it| word(it.as_str()))
            .collect(),
        verify_before_update: pool
            .user_attribute_update_settings
            .iter()
            .flat_map(|it| it.attributes_require_verification_before_update())
            .filter_map(|it| word(it.as_str()))
            .collect(),
        deletion_protection: pool.deletion_protection == Some(DeletionProtectionType::Active),
        tier: pool.user_pool_tier.as_ref().and_then(|it| word(it.as_str())),
        tags: Entries(tags_of(pool)),
    })
}

const DAY: u64 = 86_400;

/// AWS has signed numbers where only natural ones make sense.
fn number(aws: i32) -> u32 {
    u32::try_from(aws).unwrap_or_default()
}

/// What is not ours in a pool and can let people in or lock them out.
fn remarks(pool: &UserPoolType, unknown: &Members) -> Vec<Remark> {
    let mut remarks = Vec::new();
    if let Some(triggers) = &pool.lambda_config {
        let versioned = triggers
            .pre_token_generation_config
            .as_ref()
            .map(|it| it.lambda_arn.as_str());
        let federation = triggers.inbound_federation.as_ref().map(|it| it.lambda_arn.as_str());
        let email_sender = triggers.custom_email_sender.as_ref().map(|it| it.lambda_arn.as_str());
        let sms_sender = triggers.custom_sms_sender.as_ref().map(|it| it.lambda_arn.as_str());
        let lets_in = [
            ("PreSignUp", triggers.pre_sign_up(), "can confirm people who sign up"),
            (
                "UserMigration",
                triggers.user_migration(),
                "can let in users of another directory",
            ),
            (
                "PreTokenGeneration",
                triggers.pre_token_generation().or(versioned),
                "can change what a token says of its owner",
            ),
            (
                "DefineAuthChallenge",
                triggers.define_auth_challenge(),
                "decides whether a login succeeds",
            ),
            (
                "CreateAuthChallenge",
                triggers.create_auth_challenge(),
                "makes the question that a login must answer",
            ),
            (
                "VerifyAuthChallengeResponse",
                triggers.verify_auth_challenge_response(),
                "decides whether a login's answer is right",
            ),
            (
                "InboundFederation",
                federation,
                "can change what another identity provider says of its users",
            ),
            (
                "CustomEmailSender",
                email_sender,
                "gets the codes and temporary passwords that go out by e-mail, with which an account can be taken over",
            ),
            (
                "CustomSMSSender",
                sms_sender,
                "gets the codes and temporary passwords that go out by SMS, with which an account can be taken over",
            ),
            (
                "CustomMessage",
                triggers.custom_message(),
                "words the messages with codes and temporary passwords, so a link in one can carry them elsewhere",
            ),
        ];
        // Cognito refuses a login, or a confirmation, when its function fails or does not answer within five seconds.
        let locks_out = [
            (
                "PreAuthentication",
                triggers.pre_authentication(),
                "can refuse every login",
            ),
            (
                "PostAuthentication",
                triggers.post_authentication(),
                "runs after each login, which fails when it fails",
            ),
            (
                "PostConfirmation",
                triggers.post_confirmation(),
                "runs after a confirmation or a new password, which fails when it fails",
            ),
        ];
        let lets_in = lets_in.into_iter().zip(std::iter::repeat(Harm::LetsIn));
        let locks_out = locks_out.into_iter().zip(std::iter::repeat(Harm::LocksOut));
        for ((name, function, what), harm) in lets_in.chain(locks_out) {
            if let Some(function) = function {
                remarks.push(Remark {
                    name: format!("lambda trigger {name}"),
                    what: format!("{function} {what}"),
                    harm,
                });
            }
        }
    }
    let factors = pool.policies.as_ref().and_then(|it| it.sign_in_policy.as_ref());
    for factor in factors.iter().flat_map(|it| it.allowed_first_auth_factors()) {
        if factor.as_str() != "PASSWORD" {
            remarks.push(Remark {
                name: format!("first factor {}", factor.as_str()),
                what: "lets people in without a password".to_owned(),
                harm: Harm::LetsIn,
            });
        }
    }
    let issuer = pool.issuer_configuration.as_ref().and_then(|it| it.r#type.as_ref());
    if let Some(issuer) = issuer.filter(|it| **it != IssuerType::Original) {
        remarks.push(Remark {
            name: format!("issuer {}", issuer.as_str()),
            what: "changes the issuer in tokens, by which IGV names the login to the identity pool".to_owned(),
            harm: Harm::LocksOut,
        });
    }
    let key = pool.key_configuration.as_ref().and_then(|it| it.key_type.as_ref());
    if let Some(key) = key.filter(|it| **it != EncryptionKeyType::AwsOwnedKey) {
        remarks.push(Remark {
            name: format!("key {}", key.as_str()),
            what: "whoever controls the pool's KMS key can make it unreadable".to_owned(),
            harm: Harm::LocksOut,
        });
    }
    // Younger than the SDK.
    let registration = unknown.get("DcrConfiguration");
    let says = |name: &str, value: serde_json::Value| registration.is_some_and(|it| it.get(name) == Some(&value));
    if says("OpenDcrEnabled", true.into()) && !says("EnableStatus", "Disabled".into()) {
        remarks.push(Remark {
            name: "open client registration".to_owned(),
            what: "strangers can make clients of their own for this pool".to_owned(),
            harm: Harm::LetsIn,
        });
    }
    remarks
}
