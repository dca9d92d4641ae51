//! People with tokens of a user pool.

use serde_json::{Map, Value, json};

use super::{ACCOUNT, ask_as, ok, refused};
use crate::services;
use crate::tokens;
use crate::world::World;

const NOW: f64 = 1_790_000_000.0;
const ROLE: &str = "arn:aws:iam::111122223333:role/igv/reader";

/// A user pool with a user, an identity pool that takes its tokens, and the user's token.
struct Scene {
    world: World,
    user_pool: String,
    provider: String,
    sub: String,
    pool: String,
}

fn user_pools(world: &mut World, name: &str, input: Value) -> Value {
    services::ask(world, "cognito-idp", name, ACCOUNT, "us-east-1", input).unwrap()
}

fn add_user(world: &mut World, user_pool: &str, name: &str) -> String {
    let input = json!({"UserPoolId": user_pool, "Username": name, "MessageAction": "SUPPRESS"});
    let made = user_pools(world, "AdminCreateUser", input);
    let attributes = made["User"]["Attributes"].as_array().unwrap();
    let sub = attributes.iter().find(|it| it["Name"] == "sub").unwrap();
    sub["Value"].as_str().unwrap().to_owned()
}

impl Scene {
    fn new() -> Self {
        let mut world = World {
            clock: Some(NOW),
            ..World::default()
        };
        let made = user_pools(&mut world, "CreateUserPool", json!({"PoolName": "people"}));
        let user_pool = made["UserPool"]["Id"].as_str().unwrap().to_owned();
        let sub = add_user(&mut world, &user_pool, "ann");
        let provider = format!("cognito-idp.us-east-1.amazonaws.com/{user_pool}");
        let input = json!({
            "IdentityPoolName": "igv", "AllowUnauthenticatedIdentities": false, "AllowClassicFlow": true,
            "CognitoIdentityProviders": [
                {"ProviderName": provider, "ClientId": "abc123", "ServerSideTokenCheck": true},
                {"ProviderName": provider, "ClientId": "lax456", "ServerSideTokenCheck": false},
            ],
        });
        let pool = super::create(&mut world, input);
        Self {
            world,
            user_pool,
            provider,
            sub,
            pool,
        }
    }

    /// A token of the user pool; what is given replaces claims of an ID token, and null leaves one out.
    fn token(&mut self, more: &Value) -> String {
        let mut claims = json!({
            "sub": self.sub, "aud": "abc123", "token_use": "id", "iat": NOW + 1.0, "exp": NOW + 3600.0,
        });
        let claims = claims.as_object_mut().unwrap();
        claims.extend(more.as_object().unwrap().clone());
        let claims: Map<String, Value> = claims
            .iter()
            .filter(|(_, value)| !value.is_null())
            .map(|(name, value)| (name.clone(), value.clone()))
            .collect();
        let issuer = format!("https://{}", self.provider);
        tokens::issue(&mut self.world, &issuer, claims)
    }

    fn logins(&mut self, more: &Value) -> Value {
        let token = self.token(more);
        json!({&self.provider: token})
    }

    /// Signs in, and returns the identity.
    fn sign_in(&mut self) -> String {
        let input = json!({"IdentityPoolId": self.pool, "Logins": self.logins(&json!({}))});
        ok(&mut self.world, "GetId", input)["IdentityId"]
            .as_str()
            .unwrap()
            .to_owned()
    }

    #[track_caller]
    fn get_id_refused(&mut self, logins: &Value) -> String {
        let input = json!({"IdentityPoolId": self.pool, "Logins": logins});
        refused(&mut self.world, "NotAuthorizedException", "GetId", input)
    }

    fn update(&mut self, more: Value) {
        let mut input = super::describe(&mut self.world, &self.pool);
        input.as_object_mut().unwrap().remove("IdentityPoolTags");
        input.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        ok(&mut self.world, "UpdateIdentityPool", input);
    }

    fn add_role(&mut self, name: &str, amr: &str) {
        let trust = json!({"Version": "2012-10-17", "Statement": [{
            "Effect": "Allow", "Principal": {"Federated": "cognito-identity.amazonaws.com"},
            "Action": "sts:AssumeRoleWithWebIdentity",
            "Condition": {
                "StringEquals": {"cognito-identity.amazonaws.com:aud": self.pool},
                "ForAnyValue:StringLike": {"cognito-identity.amazonaws.com:amr": amr},
            },
        }]});
        let input = json!({"RoleName": name, "Path": "/igv/", "AssumeRolePolicyDocument": trust.to_string()});
        services::ask(&mut self.world, "iam", "CreateRole", ACCOUNT, "us-east-1", input).unwrap();
    }
}

#[test]
fn who_signs_in_is_the_same_each_time_and_gets_a_token_for_sts() {
    let mut scene = Scene::new();
    let id = scene.sign_in();
    assert_eq!(scene.sign_in(), id);
    let by_the_other_client = json!({"aud": "lax456"});
    let logins = scene.logins(&by_the_other_client);
    let again = ok(
        &mut scene.world,
        "GetId",
        json!({"IdentityPoolId": scene.pool, "Logins": logins}),
    );
    assert_eq!(again["IdentityId"], id.as_str());
    // The call is not signed: whoever it is guessed to be.
    let answer = ask_as(
        &mut scene.world,
        "999988887777",
        "GetOpenIdToken",
        json!({"IdentityId": id, "Logins": logins}),
    )
    .unwrap();
    assert_eq!(answer["IdentityId"], id.as_str());
    let token = tokens::read(&scene.world, answer["Token"].as_str().unwrap(), NOW + 599.0).unwrap();
    assert_eq!(token.issuer, tokens::IDENTITY_ISSUER);
    assert_eq!(
        (token.text("sub"), token.text("aud")),
        (id.as_str(), scene.pool.as_str())
    );
    let means = json!([
        "authenticated",
        scene.provider,
        format!("{}:CognitoSignIn:{}", scene.provider, scene.sub)
    ]);
    assert_eq!(token.claims["amr"], means);
    assert_eq!(token.number("exp"), Some(NOW + 600.0));
    let shown = ok(&mut scene.world, "DescribeIdentity", json!({"IdentityId": id}));
    assert_eq!(shown["Logins"], json!([scene.provider]));
}

#[test]
fn tokens_that_do_not_count() {
    let mut scene = Scene::new();
    let supported = "Token is not from a supported provider of this identity pool.";
    for (more, words) in [
        (json!({"aud": "other99"}), supported),
        (
            json!({"exp": NOW}),
            "Invalid login token. Token expired: 1790000000 >= 1790000000",
        ),
        (
            json!({"aud": null, "client_id": "abc123", "token_use": "access"}),
            "Invalid login token. Missing a required claim: aud",
        ),
        (
            json!({"token_use": "access"}),
            "Invalid login token. Not a valid OpenId Connect identity token.",
        ),
    ] {
        let logins = scene.logins(&more);
        assert_eq!(scene.get_id_refused(&logins), words, "{more}");
    }
    // Under the name of another pool, whether the identity pool takes that one or not.
    let token = scene.token(&json!({}));
    let elsewhere = "cognito-idp.us-east-1.amazonaws.com/us-east-1_other";
    assert_eq!(scene.get_id_refused(&json!({elsewhere: token})), supported);
    scene.update(json!({"CognitoIdentityProviders": [
        {"ProviderName": elsewhere, "ClientId": "abc123"},
        {"ProviderName": scene.provider, "ClientId": "abc123"},
    ]}));
    assert_eq!(
        scene.get_id_refused(&json!({elsewhere: token})),
        "Invalid login token. Issuer doesn't match providerName"
    );
    // Signed by nobody, by somebody else, and after its pool is gone.
    let forged = format!("{}.AAAA", token.rsplit_once('.').unwrap().0);
    let unverified = "Invalid login token. Couldn't verify signed token.";
    let provider = scene.provider.clone();
    assert_eq!(scene.get_id_refused(&json!({&provider: forged})), unverified);
    // One login that does not count spoils the others.
    let both = json!({&provider: token, "login.example.org": "a.b.c"});
    assert_eq!(scene.get_id_refused(&both), supported);
    let gone = json!({"UserPoolId": scene.user_pool});
    user_pools(&mut scene.world, "DeleteUserPool", gone);
    assert_eq!(scene.get_id_refused(&json!({&provider: token})), unverified);
    // A pool without any provider has words of its own.
    scene.update(json!({"CognitoIdentityProviders": []}));
    assert!(
        scene
            .get_id_refused(&json!({provider: token}))
            .starts_with("Logins don't match.")
    );
}

/// Who is disabled, signed out or gone has tokens that are good until they end, unless the pool asks.
#[test]
fn the_server_side_check_asks_the_user_pool() {
    for (operation, words) in [
        ("AdminDisableUser", "User is disabled."),
        ("AdminUserGlobalSignOut", "Token has been revoked."),
        ("AdminDeleteUser", "User does not exist."),
    ] {
        let mut scene = Scene::new();
        let checked = scene.logins(&json!({}));
        let unchecked = scene.logins(&json!({"aud": "lax456"}));
        let id = scene.sign_in();
        let later = NOW + 2.0;
        scene.world.clock = Some(later);
        let user = json!({"UserPoolId": scene.user_pool, "Username": "ann"});
        user_pools(&mut scene.world, operation, user);
        let message = scene.get_id_refused(&checked);
        assert_eq!(message, format!("Invalid login token. {words}"));
        for name in ["GetOpenIdToken", "GetCredentialsForIdentity"] {
            let input = json!({"IdentityId": id, "Logins": checked});
            refused(&mut scene.world, "NotAuthorizedException", name, input);
        }
        let input = json!({"IdentityId": id, "Logins": unchecked});
        ok(&mut scene.world, "GetOpenIdToken", input);
        // Signed in anew after having been signed out.
        if operation == "AdminUserGlobalSignOut" {
            let fresh = scene.logins(&json!({"iat": later + 1.0}));
            ok(
                &mut scene.world,
                "GetId",
                json!({"IdentityPoolId": scene.pool, "Logins": fresh}),
            );
        }
    }
}

#[test]
fn an_identity_belongs_to_its_logins() {
    let mut scene = Scene::new();
    let id = scene.sign_in();
    let bob = add_user(&mut scene.world, &scene.user_pool, "bob");
    let bobs = scene.logins(&json!({"sub": bob}));
    for name in ["GetOpenIdToken", "GetCredentialsForIdentity"] {
        let stolen = json!({"IdentityId": id, "Logins": bobs});
        let message = refused(&mut scene.world, "NotAuthorizedException", name, stolen);
        assert!(message.starts_with("Logins don't match."), "{message}");
        let message = refused(
            &mut scene.world,
            "NotAuthorizedException",
            name,
            json!({"IdentityId": id}),
        );
        assert_eq!(message, format!("Access to Identity '{id}' is forbidden."));
        let nobody = json!({"IdentityId": "us-east-1:00000000-0000-0000-0000-000000000000", "Logins": bobs});
        refused(&mut scene.world, "ResourceNotFoundException", name, nobody);
    }
    // A guest who signs in keeps his identity; nobody has two.
    scene.update(json!({"AllowUnauthenticatedIdentities": true}));
    let guest = ok(&mut scene.world, "GetId", json!({"IdentityPoolId": scene.pool}))["IdentityId"].clone();
    let other = ok(&mut scene.world, "GetId", json!({"IdentityPoolId": scene.pool}))["IdentityId"].clone();
    assert_ne!(guest, other);
    let token = ok(&mut scene.world, "GetOpenIdToken", json!({"IdentityId": guest}))["Token"].clone();
    let token = tokens::read(&scene.world, token.as_str().unwrap(), NOW).unwrap();
    assert_eq!(token.claims["amr"], json!(["unauthenticated"]));
    ok(
        &mut scene.world,
        "GetOpenIdToken",
        json!({"IdentityId": guest, "Logins": bobs}),
    );
    let again = json!({"IdentityPoolId": scene.pool, "Logins": bobs});
    assert_eq!(ok(&mut scene.world, "GetId", again)["IdentityId"], guest);
    let second = json!({"IdentityId": other, "Logins": bobs});
    refused(&mut scene.world, "ResourceConflictException", "GetOpenIdToken", second);
    // An identity of another pool has no business with this user pool.
    let closed = super::create(
        &mut scene.world,
        json!({"IdentityPoolName": "q", "AllowUnauthenticatedIdentities": true}),
    );
    let theirs = ok(&mut scene.world, "GetId", json!({"IdentityPoolId": closed}))["IdentityId"].clone();
    let input = json!({"IdentityId": theirs, "Logins": bobs});
    refused(&mut scene.world, "NotAuthorizedException", "GetOpenIdToken", input);
}

#[test]
fn the_classic_flow_is_blocked_by_its_flag_and_by_mappings() {
    let mut scene = Scene::new();
    let id = scene.sign_in();
    let input = json!({"IdentityId": id, "Logins": scene.logins(&json!({}))});
    let mapping = json!({"Type": "Token", "AmbiguousRoleResolution": "AuthenticatedRole"});
    let key = format!("{}:abc123", scene.provider);
    let set = json!({"IdentityPoolId": scene.pool, "Roles": {}, "RoleMappings": {key: mapping}});
    ok(&mut scene.world, "SetIdentityPoolRoles", set);
    assert_eq!(
        refused(
            &mut scene.world,
            "InvalidParameterException",
            "GetOpenIdToken",
            input.clone()
        ),
        "Basic (classic) flow is not supported with RoleMappings, please use enhanced flow."
    );
    scene.update(json!({"AllowClassicFlow": false}));
    assert_eq!(
        refused(
            &mut scene.world,
            "InvalidParameterException",
            "GetOpenIdToken",
            input.clone()
        ),
        "Basic (classic) flow is not enabled, please use enhanced flow."
    );
    scene.update(json!({"AllowClassicFlow": true}));
    let none = json!({"IdentityPoolId": scene.pool, "Roles": {}});
    ok(&mut scene.world, "SetIdentityPoolRoles", none);
    ok(&mut scene.world, "GetOpenIdToken", input);
}

#[test]
fn the_enhanced_flow_chooses_a_role() {
    let mut scene = Scene::new();
    let id = scene.sign_in();
    let with = |logins: Value| json!({"IdentityId": id, "Logins": logins});
    let plain = with(scene.logins(&json!({})));
    let misconfigured = "InvalidIdentityPoolConfigurationException";
    refused(
        &mut scene.world,
        misconfigured,
        "GetCredentialsForIdentity",
        plain.clone(),
    );
    scene.add_role("reader", "authenticated");
    scene.add_role("writer", "authenticated");
    scene.add_role("guest", "unauthenticated");
    let (writer, guest) = (ROLE.replace("reader", "writer"), ROLE.replace("reader", "guest"));
    let set = |world: &mut World, pool: &str, authenticated: &str, mappings: &Value| {
        let roles = json!({"authenticated": authenticated, "unauthenticated": guest});
        let input = json!({"IdentityPoolId": pool, "Roles": roles, "RoleMappings": mappings});
        ok(world, "SetIdentityPoolRoles", input);
    };
    let pool = scene.pool.clone();
    // A role that does not trust the signed-in is the pool's mistake.
    set(&mut scene.world, &pool, &guest, &json!({}));
    refused(
        &mut scene.world,
        misconfigured,
        "GetCredentialsForIdentity",
        plain.clone(),
    );
    set(&mut scene.world, &pool, ROLE, &json!({}));
    let made = ok(&mut scene.world, "GetCredentialsForIdentity", plain.clone());
    let key = made["Credentials"]["AccessKeyId"].as_str().unwrap();
    let session = scene.world.sts[key].clone();
    assert_eq!(
        session.arn,
        "arn:aws:sts::111122223333:assumed-role/reader/CognitoIdentityCredentials"
    );
    assert_eq!(made["Credentials"]["Expiration"], NOW + 3600.0);
    assert!(made["Credentials"]["SecretKey"].is_string());
    assert!(session.policies.is_empty());

    let role_of = |world: &mut World, input: &Value| {
        let made = ok(world, "GetCredentialsForIdentity", input.clone());
        world.sts[made["Credentials"]["AccessKeyId"].as_str().unwrap()]
            .role
            .clone()
    };
    let key = format!("{}:abc123", scene.provider);
    let rule = |kind: &str| json!({"Claim": "cognito:groups", "MatchType": kind, "Value": "write", "RoleARN": writer});
    for (kind, groups, fits) in [
        ("Equals", json!(["read", "write"]), true),
        ("Equals", json!(["writers"]), false),
        ("Contains", json!(["co-writers"]), true),
        ("StartsWith", json!(["writers"]), true),
        ("StartsWith", json!(["co-writers"]), false),
        ("NotEqual", json!(["read"]), true),
        ("NotEqual", json!(["write"]), false),
        ("NotEqual", Value::Null, false),
    ] {
        let mapping = json!({&key: {"Type": "Rules", "AmbiguousRoleResolution": "AuthenticatedRole",
                                    "RulesConfiguration": {"Rules": [rule(kind)]}}});
        set(&mut scene.world, &pool, ROLE, &mapping);
        let input = with(scene.logins(&json!({"cognito:groups": groups})));
        let wanted = if fits { writer.as_str() } else { ROLE };
        assert_eq!(role_of(&mut scene.world, &input), wanted, "{kind} {groups}");
    }
    let by_token = |ambiguous: &str| json!({&key: {"Type": "Token", "AmbiguousRoleResolution": ambiguous}});
    set(&mut scene.world, &pool, ROLE, &by_token("Deny"));
    refused(
        &mut scene.world,
        "NotAuthorizedException",
        "GetCredentialsForIdentity",
        plain,
    );
    let two = json!({"cognito:roles": [ROLE, writer]});
    let mut input = with(scene.logins(&two));
    refused(
        &mut scene.world,
        "NotAuthorizedException",
        "GetCredentialsForIdentity",
        input.clone(),
    );
    input["CustomRoleArn"] = json!(writer);
    assert_eq!(role_of(&mut scene.world, &input), writer);
    input["CustomRoleArn"] = json!(guest);
    refused(
        &mut scene.world,
        "NotAuthorizedException",
        "GetCredentialsForIdentity",
        input,
    );
    let preferred = with(scene.logins(&json!({"cognito:roles": [ROLE, writer], "cognito:preferred_role": writer})));
    assert_eq!(role_of(&mut scene.world, &preferred), writer);

    // Guests are held to less than their role.
    scene.update(json!({"AllowUnauthenticatedIdentities": true}));
    let stranger = ok(&mut scene.world, "GetId", json!({"IdentityPoolId": pool}));
    let made = ok(&mut scene.world, "GetCredentialsForIdentity", stranger);
    let session = &scene.world.sts[made["Credentials"]["AccessKeyId"].as_str().unwrap()];
    assert_eq!((session.role.as_str(), session.policies.len()), (guest.as_str(), 1));
}
