//! Groups, identity providers, resource servers, branding, logs and risk.

use serde_json::{Value, json};

use super::{described, no, ok, pool, refused, world};

/// L27, L13: members that are not sent are absent; a second group of the name is refused.
#[test]
fn l27_groups() {
    let mut world = world();
    let id = pool(&mut world, json!({}));
    let group = |more: Value| {
        let mut input = json!({"UserPoolId": id, "GroupName": "readers"});
        input.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        input
    };
    let made = ok(&mut world, "CreateGroup", group(json!({"Precedence": 1})))["Group"].take();
    assert_eq!((made.get("RoleArn"), made.get("Description")), (None, None));
    refused(&mut world, "GroupExistsException", "CreateGroup", group(json!({})));
    ok(&mut world, "UpdateGroup", group(json!({"Description": "d"})));
    let live = ok(&mut world, "GetGroup", group(json!({})))["Group"].take();
    assert_eq!(
        (live["Description"].as_str(), live["Precedence"].as_i64()),
        (Some("d"), Some(1))
    );
    for name in ["u1", "u2"] {
        let user = json!({"UserPoolId": id, "Username": name, "MessageAction": "SUPPRESS"});
        ok(&mut world, "AdminCreateUser", user);
        ok(&mut world, "AdminAddUserToGroup", group(json!({"Username": name})));
    }
    let page = ok(&mut world, "ListUsersInGroup", group(json!({"Limit": 1})));
    assert_eq!(page["Users"][0]["Username"], "u1");
    let page = ok(
        &mut world,
        "ListUsersInGroup",
        group(json!({"NextToken": page["NextToken"]})),
    );
    assert_eq!(page["Users"][0]["Username"], "u2");
    let of = ok(
        &mut world,
        "AdminListGroupsForUser",
        json!({"UserPoolId": id, "Username": "u1"}),
    );
    assert_eq!(of["Groups"][0]["GroupName"], "readers");
    ok(&mut world, "AdminRemoveUserFromGroup", group(json!({"Username": "u1"})));
    refused(
        &mut world,
        "UserNotFoundException",
        "AdminAddUserToGroup",
        group(json!({"Username": "nosuch"})),
    );
    ok(&mut world, "DeleteGroup", group(json!({})));
    assert_eq!(
        ok(&mut world, "ListGroups", json!({"UserPoolId": id})),
        json!({"Groups": []})
    );
    let of = ok(
        &mut world,
        "AdminListGroupsForUser",
        json!({"UserPoolId": id, "Username": "u2"}),
    );
    assert_eq!(of["Groups"], json!([]));
    for name in ["GetGroup", "UpdateGroup", "DeleteGroup", "ListUsersInGroup"] {
        refused(&mut world, "ResourceNotFoundException", name, group(json!({})));
    }
}

/// L25: AWS adds details of its own.
#[test]
fn l25_providers_get_derived_details() {
    let mut world = world();
    let id = pool(&mut world, json!({}));
    let provider = |name: &str, kind: &str, details: Value| {
        json!({"UserPoolId": id, "ProviderName": name, "ProviderType": kind, "ProviderDetails": details,
               "AttributeMapping": {"email": "email"}})
    };
    let google = json!({"client_id": "x", "client_secret": "shh", "authorize_scopes": "openid"});
    let made = ok(
        &mut world,
        "CreateIdentityProvider",
        provider("Google", "Google", google.clone()),
    )["IdentityProvider"]
        .take();
    let mut want = google.clone();
    want.as_object_mut().unwrap().extend(
        json!({"authorize_url": "https://accounts.google.com/o/oauth2/v2/auth",
               "token_url": "https://www.googleapis.com/oauth2/v4/token",
               "attributes_url": "https://people.googleapis.com/v1/people/me?personFields=",
               "oidc_issuer": "https://accounts.google.com", "token_request_method": "POST",
               "attributes_url_add_attributes": "true"})
        .as_object()
        .unwrap()
        .clone(),
    );
    assert_eq!(made["ProviderDetails"], want);
    assert_eq!(made["AttributeMapping"], json!({"email": "email", "username": "sub"}));
    refused(
        &mut world,
        "DuplicateProviderException",
        "CreateIdentityProvider",
        provider("Google", "Google", google.clone()),
    );

    let oidc = json!({"client_id": "x", "attributes_request_method": "GET", "oidc_issuer": "https://issuer.example.org",
                      "authorize_scopes": "openid"});
    let made = ok(
        &mut world,
        "CreateIdentityProvider",
        provider("Corp", "OIDC", oidc.clone()),
    )["IdentityProvider"]
        .take();
    assert_eq!(
        made["ProviderDetails"]["jwks_uri"],
        "https://issuer.example.org/jwks.json"
    );
    let saml = json!({"MetadataURL": "https://idp.example.org/metadata"});
    let made = ok(&mut world, "CreateIdentityProvider", provider("Saml", "SAML", saml))["IdentityProvider"].take();
    assert_eq!(
        made["ProviderDetails"]["SSORedirectBindingURI"],
        "https://idp.example.org/metadata/sso"
    );
    assert!(made["ProviderDetails"]["ActiveEncryptionCertificate"].is_string());

    let mut partial = oidc.clone();
    partial["token_url"] = json!("https://issuer.example.org/t");
    let mut slash = oidc;
    slash["oidc_issuer"] = json!("https://issuer.example.org/");
    for input in [
        provider("Facebook", "Google", google.clone()),
        provider("Facebook", "Facebook", json!({"client_id": "x"})),
        provider("Corp2", "OIDC", partial),
        provider("Corp2", "OIDC", slash),
        provider("Saml2", "SAML", json!({})),
    ] {
        refused(&mut world, "InvalidParameterException", "CreateIdentityProvider", input);
    }
    let mut mapped = provider("Facebook", "Facebook", google);
    mapped["AttributeMapping"] = json!({"custom:nosuch": "x"});
    refused(
        &mut world,
        "InvalidParameterException",
        "CreateIdentityProvider",
        mapped,
    );

    // What is sent replaces whole, what is not stays.
    let key = json!({"UserPoolId": id, "ProviderName": "Google"});
    let mut update = key.clone();
    update["AttributeMapping"] = json!({"name": "name"});
    let after = ok(&mut world, "UpdateIdentityProvider", update)["IdentityProvider"].take();
    assert_eq!(after["AttributeMapping"], json!({"name": "name", "username": "sub"}));
    assert_eq!(after["ProviderDetails"], want);
    let mut sparse = key.clone();
    sparse["ProviderDetails"] = json!({"client_id": "y"});
    refused(
        &mut world,
        "InvalidParameterException",
        "UpdateIdentityProvider",
        sparse,
    );
    // A client can name it while it exists.
    let client = json!({"UserPoolId": id, "ClientName": "c", "SupportedIdentityProviders": ["Google", "COGNITO"]});
    let made = ok(&mut world, "CreateUserPoolClient", client);
    assert_eq!(
        made["UserPoolClient"]["SupportedIdentityProviders"],
        json!(["COGNITO", "Google"])
    );
    let listed = ok(&mut world, "ListIdentityProviders", json!({"UserPoolId": id}));
    assert_eq!(listed["Providers"].as_array().unwrap().len(), 3);
    ok(&mut world, "DeleteIdentityProvider", key.clone());
    for name in [
        "DescribeIdentityProvider",
        "DeleteIdentityProvider",
        "UpdateIdentityProvider",
    ] {
        refused(&mut world, "ResourceNotFoundException", name, key.clone());
    }
}

#[test]
fn identifiers_find_a_provider() {
    let mut world = world();
    let id = pool(&mut world, json!({}));
    let saml = |name: &str| {
        json!({"UserPoolId": id, "ProviderName": name, "ProviderType": "SAML", "IdpIdentifiers": ["example.org"],
               "ProviderDetails": {"MetadataURL": "https://idp.example.org/metadata"}})
    };
    ok(&mut world, "CreateIdentityProvider", saml("One"));
    refused(
        &mut world,
        "InvalidParameterException",
        "CreateIdentityProvider",
        saml("Two"),
    );
    let input = json!({"UserPoolId": id, "IdpIdentifier": "example.org"});
    let found = ok(&mut world, "GetIdentityProviderByIdentifier", input);
    assert_eq!(found["IdentityProvider"]["ProviderName"], "One");
    let input = json!({"UserPoolId": id, "IdpIdentifier": "nosuch"});
    refused(
        &mut world,
        "ResourceNotFoundException",
        "GetIdentityProviderByIdentifier",
        input,
    );
}

#[test]
fn resource_servers() {
    let mut world = world();
    let id = pool(&mut world, json!({}));
    let server = |scopes: Value| json!({"UserPoolId": id, "Identifier": "api", "Name": "api", "Scopes": scopes});
    let scope = |name: &str| json!({"ScopeName": name, "ScopeDescription": "d"});
    let made = ok(
        &mut world,
        "CreateResourceServer",
        server(json!([scope("write"), scope("read")])),
    );
    assert_eq!(made["ResourceServer"]["Scopes"], json!([scope("read"), scope("write")]));
    refused(
        &mut world,
        "InvalidParameterException",
        "CreateResourceServer",
        server(json!([])),
    );
    let twice = server(json!([scope("read"), scope("read")]));
    refused(&mut world, "InvalidParameterException", "UpdateResourceServer", twice);
    ok(
        &mut world,
        "UpdateResourceServer",
        json!({"UserPoolId": id, "Identifier": "api", "Name": "api2"}),
    );
    let live = ok(&mut world, "DescribeResourceServer", server(json!([])))["ResourceServer"].take();
    assert_eq!(
        (live["Name"].as_str(), live["Scopes"].clone()),
        (Some("api2"), json!([]))
    );
    let listed = ok(
        &mut world,
        "ListResourceServers",
        json!({"UserPoolId": id, "MaxResults": 50}),
    );
    assert_eq!(listed["ResourceServers"].as_array().unwrap().len(), 1);
    ok(&mut world, "DeleteResourceServer", server(json!([])));
    refused(
        &mut world,
        "ResourceNotFoundException",
        "DescribeResourceServer",
        server(json!([])),
    );
}

/// L77: the classic page needs a domain; managed login has one style a client.
#[test]
fn l77_branding() {
    let mut world = world();
    let id = pool(&mut world, json!({}));
    let made = ok(
        &mut world,
        "CreateUserPoolClient",
        json!({"UserPoolId": id, "ClientName": "c"}),
    );
    let client = made["UserPoolClient"]["ClientId"].clone();
    let css = json!({"UserPoolId": id, "CSS": ".banner-customizable {}"});
    refused(
        &mut world,
        "InvalidParameterException",
        "SetUICustomization",
        css.clone(),
    );
    ok(
        &mut world,
        "CreateUserPoolDomain",
        json!({"UserPoolId": id, "Domain": "igv-demo"}),
    );
    let mine = json!({"UserPoolId": id, "ClientId": client});
    assert_eq!(
        ok(&mut world, "GetUICustomization", mine.clone()),
        json!({"UICustomization": {}})
    );
    ok(&mut world, "SetUICustomization", css);
    let shown = ok(&mut world, "GetUICustomization", mine.clone());
    assert_eq!(shown["UICustomization"]["CSS"], ".banner-customizable {}");
    assert!(shown["UICustomization"]["CSSVersion"].is_string());

    let style = |more: Value| {
        let mut input = mine.clone();
        input.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        input
    };
    refused(
        &mut world,
        "ResourceNotFoundException",
        "DescribeManagedLoginBrandingByClient",
        mine.clone(),
    );
    for more in [
        json!({}),
        json!({"UseCognitoProvidedValues": true, "Settings": {"a": 1}}),
    ] {
        refused(
            &mut world,
            "InvalidParameterException",
            "CreateManagedLoginBranding",
            style(more),
        );
    }
    let settings = json!({"components": {"pageBackground": {"lightMode": {"color": "ff0000ff"}}}});
    let made = ok(
        &mut world,
        "CreateManagedLoginBranding",
        style(json!({"Settings": settings})),
    );
    let branding = made["ManagedLoginBranding"]["ManagedLoginBrandingId"].clone();
    refused(
        &mut world,
        "ManagedLoginBrandingExistsException",
        "CreateManagedLoginBranding",
        style(json!({"UseCognitoProvidedValues": true})),
    );
    let key = json!({"UserPoolId": id, "ManagedLoginBrandingId": branding});
    let mut update = key.clone();
    update["UseCognitoProvidedValues"] = json!(true);
    ok(&mut world, "UpdateManagedLoginBranding", update);
    let live = ok(&mut world, "DescribeManagedLoginBranding", key.clone())["ManagedLoginBranding"].take();
    assert_eq!(
        (live["UseCognitoProvidedValues"].clone(), live.get("Settings")),
        (json!(true), None)
    );
    ok(&mut world, "DeleteManagedLoginBranding", key.clone());
    refused(
        &mut world,
        "ResourceNotFoundException",
        "DescribeManagedLoginBranding",
        key,
    );
}

#[test]
fn logs_and_risk_depend_on_the_plan() {
    let mut world = world();
    let id = pool(&mut world, json!({}));
    let logs = |source: &str, level: &str| {
        json!({"UserPoolId": id, "LogConfigurations": [{"LogLevel": level, "EventSource": source,
            "CloudWatchLogsConfiguration": {"LogGroupArn": "arn:aws:logs:us-east-1:111122223333:log-group:x"}}]})
    };
    let fresh = ok(&mut world, "GetLogDeliveryConfiguration", json!({"UserPoolId": id}));
    assert_eq!(fresh["LogDeliveryConfiguration"]["LogConfigurations"], json!([]));
    refused(
        &mut world,
        "FeatureUnavailableInTierException",
        "SetLogDeliveryConfiguration",
        logs("userAuthEvents", "INFO"),
    );
    refused(
        &mut world,
        "InvalidParameterException",
        "SetLogDeliveryConfiguration",
        logs("userNotification", "INFO"),
    );
    let set = ok(
        &mut world,
        "SetLogDeliveryConfiguration",
        logs("userNotification", "ERROR"),
    );
    assert_eq!(
        set,
        ok(&mut world, "GetLogDeliveryConfiguration", json!({"UserPoolId": id}))
    );

    let risk = json!({"UserPoolId": id, "RiskExceptionConfiguration": {"BlockedIPRangeList": ["192.0.2.0/24"]}});
    let (code, _) = no(&mut world, "SetRiskConfiguration", risk.clone());
    assert_eq!(code, "UserPoolAddOnNotEnabledException");
    let add_ons =
        json!({"UserPoolId": id, "UserPoolTier": "PLUS", "UserPoolAddOns": {"AdvancedSecurityMode": "ENFORCED"}});
    ok(&mut world, "UpdateUserPool", add_ons);
    assert_eq!(described(&mut world, &id)["UserPoolTier"], "PLUS");
    ok(&mut world, "SetRiskConfiguration", risk.clone());
    let live = ok(&mut world, "DescribeRiskConfiguration", json!({"UserPoolId": id}));
    assert_eq!(
        live["RiskConfiguration"]["RiskExceptionConfiguration"],
        risk["RiskExceptionConfiguration"]
    );
    ok(
        &mut world,
        "SetLogDeliveryConfiguration",
        logs("userAuthEvents", "INFO"),
    );
}
