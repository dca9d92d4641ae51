//! How Cognito spells a user.
//!
//! The mark is the attribute `custom:igvctl`, set in the creating call. Where people log in with their e-mail address,
//! `AdminCreateUser` takes the address and gives the name `sub` back (lesson L75): such users are known by their mark.
//! Users are never deleted, and how far somebody has come with the first login is no difference.
//!
//! Where a pool does not tell capitals from small letters, Cognito may keep a name in small letters, whatever was sent:
//! the spelling of the file is then as good as the one that is read.
//!
//! The id of the kind is `<user pool id>/<username>`.

use std::collections::{BTreeMap, BTreeSet};

use aws_sdk_cognitoidentityprovider::types::{
    AttributeType, DeliveryMediumType, MessageActionType, UserStatusType, UserType, UsernameAttributeType,
};
use planner::{Finding, Found, Gap, Harm, Leftover, Object};
use spec_model::kinds::{Invite, User, UserStanding};
use spec_model::{Address, Entries, Kind, Shaped, Stack, Value};

use crate::clients::Clients;
use crate::error::WorldError;
use crate::kinds::in_pool::InPool;
use crate::kinds::user_pool::MARK_ATTRIBUTE;
use crate::verbs::{Made, Parent, Permission, Search, Sightings, Target, Verbs, Wanted};

/// The end of the mark of somebody who left the file.
const LEFT: &str = " left";

impl Verbs for User {
    const CALLS: &'static [Permission] = &[
        Permission {
            action: "cognito-idp:ListUsers",
            reads: true,
        },
        Permission {
            action: "cognito-idp:AdminGetUser",
            reads: false,
        },
        // Only where a name has a capital letter, or people log in with their e-mail address.
        Permission {
            action: "cognito-idp:DescribeUserPool",
            reads: true,
        },
        Permission {
            action: "cognito-idp:AdminCreateUser",
            reads: false,
        },
        Permission {
            action: "cognito-idp:AdminUpdateUserAttributes",
            reads: false,
        },
        Permission {
            action: "cognito-idp:AdminDeleteUserAttributes",
            reads: false,
        },
        Permission {
            action: "cognito-idp:AdminEnableUser",
            reads: false,
        },
        Permission {
            action: "cognito-idp:AdminDisableUser",
            reads: false,
        },
        Permission {
            action: "cognito-idp:AdminUserGlobalSignOut",
            reads: false,
        },
    ];

    async fn find(clients: &Clients, search: &Search<'_>) -> Result<Sightings, WorldError> {
        let Some(parent) = &search.parent else {
            return Ok(Sightings::default());
        };
        let looked = async {
            let people = list(clients, parent.id).await?;
            let folds = folds(clients, search, parent.id, &people).await?;
            Ok((people, folds))
        };
        let (people, folds) = match looked.await {
            Ok(looked) => looked,
            Err(error) if search.wanted.is_empty() => return Err(error),
            Err(error) => {
                let gap = error.gap(format!("the users of the user pool `{}`", parent.id));
                let unknown = |it: &Wanted<'_>| (it.address.clone(), Found::Unknown(gap.clone()));
                return Ok(Sightings {
                    found: search.wanted.iter().map(unknown).collect(),
                    leftovers: Vec::new(),
                    findings: Vec::new(),
                    gaps: Vec::new(),
                });
            }
        };
        Ok(sort_out(search, parent, &people, folds))
    }

    async fn create(clients: &Clients, target: &Target<'_>, want: Self) -> Result<Made, WorldError> {
        let mark = target.stack.user_mark(&target.address.name);
        let pool = want.user_pool_id.as_str();
        let person = match create(clients, &want.name, &mark, &want).await {
            Err(error) if may_want_an_email(&error, &want) && logs_in_by_email(clients, pool).await? => {
                create(clients, &want.email, &mark, &want).await?
            }
            answer => answer?,
        };
        if want.standing != UserStanding::Enabled {
            disable(clients, pool, &person).await?;
        }
        Ok(Made {
            id: InPool::write(pool, &person),
            outputs: outputs(&person),
        })
    }

    async fn update(
        clients: &Clients,
        target: &Target<'_>,
        id: &str,
        live: &Self,
        want: Self,
    ) -> Result<(), WorldError> {
        let InPool { pool, id } = InPool::read(id, &want.user_pool_id);
        let now = get(clients, pool, id).await?;
        let enabled = want.standing == UserStanding::Enabled;
        if now.enabled && !enabled {
            disable(clients, pool, id).await?;
        }
        // A mark that says "left" goes last: without it, somebody still disabled would look disabled by hand.
        let mark = target.stack.user_mark(&target.address.name);
        let returns = now.attribute(MARK_ATTRIBUTE) == Some(&left(&mark));
        let mut attributes = changed(&now, live, &want);
        let marked = now.attribute(MARK_ATTRIBUTE) == Some(&mark);
        if !marked && !returns {
            attributes.push(attribute(MARK_ATTRIBUTE, &mark));
        }
        if !want.email_verified && now.attribute("email") != Some(&want.email) {
            // Where the pool verifies before an update, an address that is not sent as verified is held back
            // (Cognito API, `UserAttributeUpdateSettingsType`); that it shall not count as verified is said after it.
            let address = vec![attribute("email", &want.email), attribute("email_verified", "true")];
            write(clients, pool, id, address).await?;
        }
        write(clients, pool, id, attributes).await?;
        if enabled && !now.enabled {
            let call = clients.cognito.admin_enable_user().user_pool_id(pool).username(id);
            call.send()
                .await
                .map_err(|error| WorldError::of("cognito-idp:AdminEnableUser", error))?;
        }
        if returns {
            write(clients, pool, id, vec![attribute(MARK_ATTRIBUTE, &mark)]).await?;
        }
        Ok(())
    }

    async fn delete(clients: &Clients, target: &Target<'_>, id: &str, live: &Self) -> Result<(), WorldError> {
        let InPool { pool, id } = InPool::read(id, &live.user_pool_id);
        // Disabled first, since that is what counts; the mark last, since it says that all is done.
        let mark = left(&target.stack.user_mark(&target.address.name));
        let steps = async {
            disable(clients, pool, id).await?;
            write(clients, pool, id, vec![attribute(MARK_ATTRIBUTE, &mark)]).await
        };
        match steps.await {
            Err(error) if error.is_missing() => Ok(()),
            answer => answer,
        }
    }

    async fn release(clients: &Clients, _target: &Target<'_>, id: &str) -> Result<(), WorldError> {
        let InPool { pool, id } = InPool::read(id, "");
        let call = clients
            .cognito
            .admin_delete_user_attributes()
            .user_pool_id(pool)
            .username(id)
            .user_attribute_names(MARK_ATTRIBUTE);
        match call.send().await {
            Ok(_) => Ok(()),
            Err(error) => match WorldError::of("cognito-idp:AdminDeleteUserAttributes", error) {
                error if error.is_missing() => Ok(()),
                error => Err(error),
            },
        }
    }
}

/// A user, as lists and the direct read show one.
#[derive(Debug, Clone, PartialEq)]
struct Person {
    username: String,
    attributes: BTreeMap<String, String>,
    enabled: bool,
    federated: bool,
}

impl Person {
    fn new(username: String, attributes: Vec<AttributeType>, enabled: bool, status: Option<&UserStatusType>) -> Self {
        Self {
            username,
            attributes: attributes
                .into_iter()
                .map(|it| (it.name, it.value.unwrap_or_default()))
                .collect(),
            enabled,
            federated: status == Some(&UserStatusType::ExternalProvider),
        }
    }

    fn attribute(&self, name: &str) -> Option<&String> {
        self.attributes.get(name)
    }

    /// Whether Cognito made up the username, because people log in with something else.
    fn is_named_by_sub(&self) -> bool {
        self.attribute("sub") == Some(&self.username)
    }

    /// The name in the mark of this stack, and whether the person left.
    fn mark(&self, stack: &Stack) -> Option<(&str, bool)> {
        let name = self
            .attribute(MARK_ATTRIBUTE)?
            .strip_prefix(&stack.name)?
            .strip_prefix('.')?;
        Some(match name.strip_suffix(LEFT) {
            Some(name) => (name, true),
            None => (name, false),
        })
    }

    /// A "left" beside an enabled user does not count: somebody enabled him again.
    fn standing(&self, left: bool) -> UserStanding {
        match (self.enabled, left) {
            (true, _) => UserStanding::Enabled,
            (false, true) => UserStanding::Left,
            (false, false) => UserStanding::Disabled,
        }
    }
}

fn left(mark: &str) -> String {
    format!("{mark}{LEFT}")
}

async fn list(clients: &Clients, pool: &str) -> Result<Vec<Person>, WorldError> {
    let mut pages = clients
        .cognito
        .list_users()
        .user_pool_id(pool)
        .limit(60)
        .into_paginator()
        .send();
    let mut people = Vec::new();
    while let Some(page) = pages.next().await {
        let page = page.map_err(|error| WorldError::of("cognito-idp:ListUsers", error))?;
        people.extend(page.users.unwrap_or_default().into_iter().map(person));
    }
    Ok(people)
}

fn person(user: UserType) -> Person {
    Person::new(
        user.username.unwrap_or_default(),
        user.attributes.unwrap_or_default(),
        user.enabled,
        user.user_status.as_ref(),
    )
}

async fn get(clients: &Clients, pool: &str, id: &str) -> Result<Person, WorldError> {
    let answer = clients
        .cognito
        .admin_get_user()
        .user_pool_id(pool)
        .username(id)
        .send()
        .await;
    let user = answer.map_err(|error| WorldError::of("cognito-idp:AdminGetUser", error))?;
    Ok(Person::new(
        user.username,
        user.user_attributes.unwrap_or_default(),
        user.enabled,
        user.user_status.as_ref(),
    ))
}

/// Whether names that differ in case alone are one name in this pool. The pool is asked only where it matters: where the
/// file or a username has a capital letter.
async fn folds(clients: &Clients, search: &Search<'_>, pool: &str, people: &[Person]) -> Result<bool, WorldError> {
    let has_capitals = |text: &str| text != text.to_lowercase();
    let wanted = search.wanted.iter().flat_map(|it| [it.text("name"), it.text("email")]);
    let live = people
        .iter()
        .filter(|it| !it.federated)
        .map(|it| Some(it.username.as_str()));
    if !wanted.chain(live).flatten().any(has_capitals) {
        return Ok(true);
    }
    let answer = clients.cognito.describe_user_pool().user_pool_id(pool).send().await;
    let answer = answer.map_err(|error| WorldError::of("cognito-idp:DescribeUserPool", error))?;
    // Absent means the default of the API, which is case sensitive (UsernameConfigurationType).
    Ok(answer
        .user_pool
        .and_then(|it| it.username_configuration)
        .is_some_and(|it| !it.case_sensitive))
}

/// Whether two names are one in a pool that folds case, or does not.
fn same(a: &str, b: &str, folds: bool) -> bool {
    a == b || (folds && a.to_lowercase() == b.to_lowercase())
}

fn sort_out(search: &Search<'_>, parent: &Parent<'_>, people: &[Person], folds: bool) -> Sightings {
    let mut by_mark: BTreeMap<&str, Vec<&Person>> = BTreeMap::new();
    for person in people {
        if let Some((name, _)) = person.mark(search.stack) {
            by_mark.entry(name).or_default().push(person);
        }
    }
    let mut seen = Sightings::default();
    let mut taken: BTreeSet<&str> = BTreeSet::new();
    for wanted in &search.wanted {
        let marked = by_mark.get(wanted.address.name.as_str()).map_or(&[][..], Vec::as_slice);
        let adopted = wanted.adopt.map(|id| InPool::read(id, parent.id).id);
        let found = match (adopted, marked) {
            (Some(id), marked) => match people.iter().find(|it| answers_to(it, id)) {
                None => Found::Unknown(Gap {
                    what: format!("the user `{id}`"),
                    action: "cognito-idp:ListUsers".to_owned(),
                    error: format!(
                        "the file adopts the user `{id}`, who does not exist in user pool {}",
                        parent.id
                    ),
                    denied: false,
                }),
                Some(person) if marked.iter().all(|it| it.username == person.username) => {
                    taken.insert(&person.username);
                    found(search.stack, parent, person, wanted, folds)
                }
                Some(person) => ambiguous(parent.id, marked.iter().copied().chain([person])),
            },
            (None, [person]) => found(search.stack, parent, person, wanted, folds),
            (None, []) => people
                .iter()
                .find(|it| bears(it, wanted, folds))
                .map_or(Found::Absent, |it| Found::Foreign {
                    id: InPool::write(parent.id, &it.username),
                    claimed_by: it
                        .attribute(MARK_ATTRIBUTE)
                        .map(|mark| format!("the igvctl mark `{mark}`")),
                }),
            (None, many) => ambiguous(parent.id, many.iter().copied()),
        };
        taken.extend(marked.iter().map(|it| it.username.as_str()));
        if let Found::Foreign { .. } = &found {
            // The plan says so already, at the address.
            taken.extend(
                people
                    .iter()
                    .filter(|it| bears(it, wanted, folds))
                    .map(|it| it.username.as_str()),
            );
        }
        seen.found.insert(wanted.address.clone(), found);
    }
    for person in people.iter().filter(|it| !taken.contains(it.username.as_str())) {
        let mark = person.mark(search.stack);
        let name = mark.map_or(person.username.as_str(), |(name, _)| name);
        let address = Address::new(Kind::User, name);
        let (ours, standing) = match mark {
            Some((_, left)) => (!search.known.contains(&&address), person.standing(left)),
            None => (
                search.all_users && !person.federated && person.enabled,
                person.standing(false),
            ),
        };
        if ours && standing != UserStanding::Left {
            seen.leftovers.push(Leftover {
                object: object(
                    search.stack,
                    parent.id,
                    person,
                    &Written {
                        name,
                        email: None,
                        folds,
                    },
                ),
                address,
                replaced: false,
            });
        } else if !ours && person.enabled && !person.federated {
            seen.findings.push(Finding {
                address: parent.address.clone(),
                name: format!("user {}", person.username),
                what: match person.attribute("email") {
                    Some(email) => format!("`{email}` may log in and read the data, and the file does not list them"),
                    None => "may log in, and the file does not list them".to_owned(),
                },
                harm: Harm::LetsIn,
            });
        }
    }
    seen
}

fn ambiguous<'a>(pool: &str, people: impl Iterator<Item = &'a Person>) -> Found {
    let ids: BTreeSet<String> = people.map(|it| InPool::write(pool, &it.username)).collect();
    Found::Ambiguous {
        ids: ids.into_iter().collect(),
    }
}

/// Whether an adopted id means this person: the username, the `sub`, or the address people log in with.
fn answers_to(person: &Person, id: &str) -> bool {
    person.username == id
        || person.attribute("sub").is_some_and(|it| it == id)
        || (person.is_named_by_sub() && person.attribute("email").is_some_and(|it| it.eq_ignore_ascii_case(id)))
}

/// Whether somebody without our mark has the name that is wanted.
fn bears(person: &Person, wanted: &Wanted<'_>, folds: bool) -> bool {
    let has = |text: Option<&str>, field| text.zip(wanted.text(field)).is_some_and(|(a, b)| same(a, b, folds));
    if person.is_named_by_sub() {
        has(person.attribute("email").map(String::as_str), "email")
    } else {
        has(Some(&person.username), "name")
    }
}

fn found(stack: &Stack, parent: &Parent<'_>, person: &Person, wanted: &Wanted<'_>, folds: bool) -> Found {
    let written = Written {
        name: wanted.text("name").unwrap_or(&wanted.address.name),
        email: wanted.text("email"),
        folds,
    };
    let object = object(stack, parent.id, person, &written);
    let exact = person.attribute(MARK_ATTRIBUTE) == Some(&stack.user_mark(&wanted.address.name));
    let left = matches!(person.mark(stack), Some((name, true)) if name == wanted.address.name);
    Found::Ours(Box::new(Object {
        // Somebody who left is marked too; the mark of somebody enabled behind our back must be written again.
        marked: exact || (left && !person.enabled),
        ..object
    }))
}

/// How the file writes somebody, and whether the pool takes other spellings for the same.
struct Written<'a> {
    name: &'a str,
    email: Option<&'a str>,
    folds: bool,
}

fn object(stack: &Stack, pool: &str, person: &Person, written: &Written<'_>) -> Object {
    Object {
        id: InPool::write(pool, &person.username),
        value: seen(stack, pool, person, written).to_value(),
        outputs: outputs(&person.username),
        held: Vec::new(),
        marked: person.mark(stack).is_some(),
        cost: None,
        keeps: None,
        propagating: None,
    }
}

fn outputs(username: &str) -> BTreeMap<String, Value> {
    BTreeMap::from([("username".to_owned(), username.into())])
}

/// The name is the file's where Cognito made up the username or keeps another spelling of it.
fn seen(stack: &Stack, pool: &str, person: &Person, written: &Written<'_>) -> User {
    let email = person.attribute("email").map(String::as_str).unwrap_or_default();
    // No more than the spelling that Cognito may make of it: another change of case is written.
    let kept = |wanted: &&str| written.folds && wanted.to_lowercase() == email;
    let own = ["sub", "email", "email_verified", MARK_ATTRIBUTE];
    User {
        user_pool_id: pool.to_owned(),
        name: if person.is_named_by_sub() || same(&person.username, written.name, written.folds) {
            written.name.to_owned()
        } else {
            person.username.clone()
        },
        email: written.email.filter(kept).unwrap_or(email).to_owned(),
        email_verified: person.attribute("email_verified").is_some_and(|it| it == "true"),
        // Not kept anywhere, and never compared.
        invite: Invite::Email,
        attributes: Some(Entries(
            person
                .attributes
                .iter()
                .filter(|(name, _)| !own.contains(&name.as_str()))
                .map(|(name, value)| (name.clone(), value.clone()))
                .collect(),
        )),
        standing: person.standing(person.mark(stack).is_some_and(|(_, left)| left)),
    }
}

fn attribute(name: &str, value: &str) -> AttributeType {
    AttributeType::builder()
        .name(name)
        .value(value)
        .build()
        .expect("the name is set")
}

/// The address, and whether it counts as verified: always one call, else Cognito asks the person for a code.
fn address(want: &User) -> [AttributeType; 2] {
    let verified = if want.email_verified { "true" } else { "false" };
    [attribute("email", &want.email), attribute("email_verified", verified)]
}

/// The further attributes.
fn further(user: &User) -> impl Iterator<Item = (&String, &String)> {
    user.attributes.iter().flat_map(|Entries(it)| it)
}

/// The attributes that must be written: what the plan changes and AWS does not have yet. A verb is handed all of them,
/// those of others as the plan saw them, and some cannot be written at all.
fn changed(now: &Person, planned_from: &User, want: &User) -> Vec<AttributeType> {
    let User {
        user_pool_id: _,
        name: _,
        // The address.
        email: _,
        email_verified: _,
        invite: _,
        attributes: _,
        // Calls of its own.
        standing: _,
    } = want;
    let is_new = |it: &AttributeType| now.attribute(&it.name) != it.value.as_ref();
    let address = Some(address(want)).filter(|it| it.iter().any(is_new));
    let before: BTreeMap<_, _> = further(planned_from).collect();
    let further = further(want)
        .filter(|(name, value)| before.get(name) != Some(value))
        .map(|(name, value)| attribute(name, value))
        .filter(is_new);
    address.into_iter().flatten().chain(further).collect()
}

/// Makes the user and gives the username that Cognito uses.
async fn create(clients: &Clients, username: &str, mark: &str, want: &User) -> Result<String, WorldError> {
    let User {
        user_pool_id,
        // With the e-mail address as login it is not sent.
        name: _,
        email: _,
        email_verified: _,
        invite,
        attributes: _,
        standing,
    } = want;
    let mut attributes = address(want).to_vec();
    attributes.extend(further(want).map(|(name, value)| attribute(name, value)));
    attributes.push(attribute(MARK_ATTRIBUTE, mark));
    let call = clients
        .cognito
        .admin_create_user()
        .user_pool_id(user_pool_id)
        .username(username)
        .set_user_attributes(Some(attributes));
    let call = match invite {
        // AWS's default is a text message.
        Invite::Email if *standing == UserStanding::Enabled => call.desired_delivery_mediums(DeliveryMediumType::Email),
        Invite::Email | Invite::None => call.message_action(MessageActionType::Suppress),
    };
    let action = "cognito-idp:AdminCreateUser";
    match call.send().await.map_err(|error| WorldError::of(action, error)) {
        Ok(answer) => answer
            .user
            .and_then(|it| it.username)
            .ok_or_else(|| WorldError::own(action, "the answer holds no user")),
        // The SDK may have sent it twice, or a run was killed: then it is ours, and says so.
        Err(error) if error.has_code("UsernameExistsException") => match get(clients, user_pool_id, username).await {
            Ok(person) if person.attribute(MARK_ATTRIBUTE).is_some_and(|it| it == mark) => Ok(person.username),
            _ => Err(error),
        },
        Err(error) => Err(error),
    }
}

/// Whether a refusal may be that of a name where an e-mail address belongs.
fn may_want_an_email(error: &WorldError, want: &User) -> bool {
    error.has_code("InvalidParameterException") && want.name != want.email
}

async fn logs_in_by_email(clients: &Clients, pool: &str) -> Result<bool, WorldError> {
    let answer = clients.cognito.describe_user_pool().user_pool_id(pool).send().await;
    let answer = answer.map_err(|error| WorldError::of("cognito-idp:DescribeUserPool", error))?;
    Ok(answer
        .user_pool
        .is_some_and(|it| it.username_attributes().contains(&UsernameAttributeType::Email)))
}

/// Disables somebody and ends the sessions: issued tokens would live on otherwise.
async fn disable(clients: &Clients, pool: &str, id: &str) -> Result<(), WorldError> {
    let call = clients.cognito.admin_disable_user().user_pool_id(pool).username(id);
    call.send()
        .await
        .map_err(|error| WorldError::of("cognito-idp:AdminDisableUser", error))?;
    let call = clients
        .cognito
        .admin_user_global_sign_out()
        .user_pool_id(pool)
        .username(id);
    call.send()
        .await
        .map(drop)
        .map_err(|error| WorldError::of("cognito-idp:AdminUserGlobalSignOut", error))
}

async fn write(clients: &Clients, pool: &str, id: &str, attributes: Vec<AttributeType>) -> Result<(), WorldError> {
    if attributes.is_empty() {
        return Ok(());
    }
    let call = clients
        .cognito
        .admin_update_user_attributes()
        .user_pool_id(pool)
        .username(id)
        .set_user_attributes(Some(attributes));
    call.send()
        .await
        .map(drop)
        .map_err(|error| WorldError::of("cognito-idp:AdminUpdateUserAttributes", error))
}
