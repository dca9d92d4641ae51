//! Configurations: what is filled in, and what is refused.

use serde_json::{Value, json};

use super::{
    ACCOUNT, DISABLED, call, call_as, changed, create, create_control, get_config, refusal, sparse, update,
    with_distribution,
};
use crate::services::cloudfront::by_host;
use crate::world::World;

#[test]
fn creation_fills_in_what_live_distributions_read_back() {
    let (mut world, id) = with_distribution();
    let (config, _) = get_config(&mut world, &id);
    let methods = json!({"Quantity": 2, "Items": ["HEAD", "GET"]});
    assert_eq!(
        config,
        json!({
            "CallerReference": "ref/1", "Comment": "", "Enabled": true, "DefaultRootObject": "", "WebACLId": "",
            "ContinuousDeploymentPolicyId": "", "PriceClass": "PriceClass_All", "HttpVersion": "http2",
            "IsIPV6Enabled": true, "Staging": false,
            "Aliases": {"Quantity": 0}, "CacheBehaviors": {"Quantity": 0}, "CustomErrorResponses": {"Quantity": 0},
            "OriginGroups": {"Quantity": 0},
            "Logging": {"Enabled": false, "IncludeCookies": false, "Bucket": "", "Prefix": ""},
            "Restrictions": {"GeoRestriction": {"RestrictionType": "none", "Quantity": 0}},
            "ViewerCertificate": {
                "CloudFrontDefaultCertificate": true, "SSLSupportMethod": "vip", "MinimumProtocolVersion": "TLSv1",
                "CertificateSource": "cloudfront",
            },
            "Origins": {"Quantity": 1, "Items": [{
                "Id": "s3", "DomainName": "b.s3.eu-west-1.amazonaws.com", "OriginPath": "",
                "S3OriginConfig": {"OriginAccessIdentity": "", "OriginReadTimeout": 30},
                "CustomHeaders": {"Quantity": 0}, "ConnectionAttempts": 3, "ConnectionTimeout": 10,
                "OriginShield": {"Enabled": false}, "OriginAccessControlId": "",
            }]},
            "DefaultCacheBehavior": {
                "TargetOriginId": "s3", "ViewerProtocolPolicy": "https-only", "CachePolicyId": DISABLED,
                "TrustedSigners": {"Enabled": false, "Quantity": 0},
                "TrustedKeyGroups": {"Enabled": false, "Quantity": 0},
                "AllowedMethods": {"Quantity": 2, "Items": ["HEAD", "GET"], "CachedMethods": methods},
                "SmoothStreaming": false, "Compress": false, "FieldLevelEncryptionId": "",
                "LambdaFunctionAssociations": {"Quantity": 0}, "FunctionAssociations": {"Quantity": 0},
                "GrpcConfig": {"Enabled": false},
            },
        })
    );
}

#[test]
fn l50_lists_come_back_in_an_order_of_their_own() {
    let mut world = World::default();
    let config = changed(|config| {
        config["DefaultCacheBehavior"]["AllowedMethods"] = json!({
            "Quantity": 7, "Items": ["GET", "HEAD", "OPTIONS", "PUT", "POST", "PATCH", "DELETE"],
            "CachedMethods": {"Quantity": 2, "Items": ["GET", "HEAD"]},
        });
        config["CustomErrorResponses"] = json!({"Quantity": 2, "Items": [{"ErrorCode": 500}, {"ErrorCode": 403}]});
        config["ViewerCertificate"] = json!({
            "ACMCertificateArn": "arn:aws:acm:us-east-1:111122223333:certificate/x", "SSLSupportMethod": "sni-only",
        });
        config["Aliases"] = json!({"Quantity": 2, "Items": ["example.org", "*.example.org"]});
        config["Restrictions"] =
            json!({"GeoRestriction": {"RestrictionType": "whitelist", "Quantity": 2, "Items": ["JP", "US"]}});
        config["Logging"] = json!({"Enabled": true, "IncludeCookies": false, "Bucket": "logs", "Prefix": ""});
    });
    let made = create(&mut world, config).unwrap();
    let config = &made["Distribution"]["DistributionConfig"];
    let methods = &config["DefaultCacheBehavior"]["AllowedMethods"];
    assert_eq!(
        methods["Items"],
        json!(["HEAD", "DELETE", "POST", "GET", "OPTIONS", "PUT", "PATCH"])
    );
    assert_eq!(methods["CachedMethods"]["Items"], json!(["HEAD", "GET"]));
    assert_eq!(config["CustomErrorResponses"]["Items"][0]["ErrorCode"], 403);
    assert_eq!(config["Aliases"]["Items"], json!(["*.example.org", "example.org"]));
    assert_eq!(config["Restrictions"]["GeoRestriction"]["Items"], json!(["US", "JP"]));
    assert_eq!(config["Logging"]["Bucket"], "logs.s3.amazonaws.com");
    assert_eq!(config["ViewerCertificate"]["CertificateSource"], "acm");
    assert!(by_host(&world, "www.example.org").is_some());
    assert!(by_host(&world, "a.www.example.org").is_none());
}

#[test]
fn configurations_that_aws_refuses() {
    let behaviour =
        |member: &'static str, value: Value| changed(move |config| config["DefaultCacheBehavior"][member] = value);
    let origin =
        |member: &'static str, value: Value| changed(move |config| config["Origins"]["Items"][0][member] = value);
    let top = |member: &'static str, value: Value| changed(move |config| config[member] = value);
    let custom = |more: Value| {
        changed(move |config| {
            let item = &mut config["Origins"]["Items"][0];
            item.as_object_mut().unwrap().remove("S3OriginConfig");
            item["DomainName"] = json!("api.example.org");
            item["CustomOriginConfig"] =
                json!({"HTTPPort": 80, "HTTPSPort": 443, "OriginProtocolPolicy": "https-only"});
            for (member, value) in more.as_object().unwrap() {
                item["CustomOriginConfig"][member] = value.clone();
            }
        })
    };
    let legacy = |more: Value| {
        changed(move |config| {
            let behaviour = &mut config["DefaultCacheBehavior"];
            behaviour.as_object_mut().unwrap().remove("CachePolicyId");
            behaviour["ForwardedValues"] = json!({"QueryString": false, "Cookies": {"Forward": "none"}});
            for (member, value) in more.as_object().unwrap() {
                behaviour[member] = value.clone();
            }
        })
    };
    let page = |response: Value| top("CustomErrorResponses", json!({"Quantity": 1, "Items": [response]}));
    let geo = |geo: Value| top("Restrictions", json!({ "GeoRestriction": geo }));
    let association = json!({"Quantity": 1, "Items": [
        {"FunctionARN": "arn:aws:cloudfront::111122223333:function/f", "EventType": "viewer-request"},
    ]});
    let methods = |items: &[&str]| json!({"Quantity": items.len(), "Items": items});
    for (config, code) in [
        (top("CallerReference", json!("")), "InvalidArgument"),
        (top("Comment", json!("x".repeat(129))), "InvalidArgument"),
        (
            top("DefaultRootObject", json!("/index.html")),
            "InvalidDefaultRootObject",
        ),
        (top("Aliases", json!({"Quantity": 1})), "InconsistentQuantities"),
        (
            top("Aliases", json!({"Quantity": 1, "Items": ["a.example.org"]})),
            "InvalidViewerCertificate",
        ),
        (top("WebACLId", json!("foobar")), "InvalidWebACLId"),
        (
            top("ContinuousDeploymentPolicyId", json!("x")),
            "NoSuchContinuousDeploymentPolicy",
        ),
        (
            top("ViewerCertificate", json!({"MinimumProtocolVersion": "TLSv1"})),
            "InvalidViewerCertificate",
        ),
        (
            top("ViewerCertificate", json!({"IAMCertificateId": "x"})),
            "InvalidViewerCertificate",
        ),
        (
            top(
                "ViewerCertificate",
                json!({"ACMCertificateArn": "arn:aws:acm:eu-west-1:1:certificate/x", "SSLSupportMethod": "sni-only"}),
            ),
            "InvalidViewerCertificate",
        ),
        (top("Logging", json!({"Enabled": true})), "InvalidArgument"),
        (page(json!({"ErrorCode": 401})), "InvalidErrorCode"),
        (
            page(json!({"ErrorCode": 403, "ResponseCode": "200"})),
            "InvalidArgument",
        ),
        (
            page(json!({"ErrorCode": 403, "ResponseCode": "200", "ResponsePagePath": "index.html"})),
            "InvalidArgument",
        ),
        (
            page(json!({"ErrorCode": 403, "ResponseCode": "301", "ResponsePagePath": "/index.html"})),
            "InvalidResponseCode",
        ),
        (
            geo(json!({"RestrictionType": "whitelist", "Quantity": 0})),
            "InvalidGeoRestrictionParameter",
        ),
        (
            geo(json!({"RestrictionType": "blacklist", "Quantity": 1, "Items": ["usa"]})),
            "InvalidLocationCode",
        ),
        (origin("DomainName", json!("localhost")), "InvalidOrigin"),
        (origin("DomainName", json!("example.org")), "InvalidArgument"),
        (origin("OriginPath", json!("live")), "InvalidRelativePath"),
        (origin("OriginPath", json!("/live/")), "InvalidRelativePath"),
        (origin("S3OriginConfig", Value::Null), "InvalidArgument"),
        (origin("ConnectionAttempts", json!(4)), "InvalidArgument"),
        (origin("ConnectionTimeout", json!(11)), "InvalidArgument"),
        (origin("OriginShield", json!({"Enabled": true})), "InvalidArgument"),
        (
            origin("OriginAccessControlId", json!("E00000000000ZZ")),
            "InvalidOriginAccessControl",
        ),
        (
            origin(
                "S3OriginConfig",
                json!({"OriginAccessIdentity": "origin-access-identity/cloudfront/E1"}),
            ),
            "InvalidOriginAccessIdentity",
        ),
        (custom(json!({"OriginReadTimeout": 0})), "InvalidOriginReadTimeout"),
        (
            custom(json!({"OriginKeepaliveTimeout": 900})),
            "InvalidOriginKeepaliveTimeout",
        ),
        (behaviour("TargetOriginId", json!("nope")), "NoSuchOrigin"),
        (behaviour("CachePolicyId", json!("nope")), "NoSuchCachePolicy"),
        (
            behaviour("OriginRequestPolicyId", json!("nope")),
            "NoSuchOriginRequestPolicy",
        ),
        (
            behaviour("ResponseHeadersPolicyId", json!("nope")),
            "NoSuchResponseHeadersPolicy",
        ),
        (behaviour("MinTTL", json!(0)), "InvalidArgument"),
        (behaviour("CachePolicyId", Value::Null), "InvalidArgument"),
        (behaviour("AllowedMethods", methods(&["GET"])), "InvalidArgument"),
        (
            behaviour("FunctionAssociations", association),
            "InvalidFunctionAssociation",
        ),
        (
            behaviour(
                "TrustedKeyGroups",
                json!({"Enabled": true, "Quantity": 1, "Items": ["x"]}),
            ),
            "TrustedKeyGroupDoesNotExist",
        ),
        (
            behaviour("FieldLevelEncryptionId", json!("x")),
            "NoSuchFieldLevelEncryptionConfig",
        ),
        (behaviour("RealtimeLogConfigArn", json!("x")), "NoSuchRealtimeLogConfig"),
        (legacy(json!({})), "InvalidArgument"),
        (legacy(json!({"MinTTL": 10, "MaxTTL": 5})), "InvalidTTLOrder"),
        (
            legacy(
                json!({"MinTTL": 0, "ForwardedValues": {"QueryString": false, "Cookies": {"Forward": "whitelist"}}}),
            ),
            "InvalidForwardCookies",
        ),
    ] {
        let mut world = World::default();
        let (said, _) = refusal(create(&mut world, config.clone()));
        assert_eq!(said, code, "{config}");
        assert!(
            world
                .cloudfront
                .get(ACCOUNT)
                .is_none_or(|state| state.distributions.is_empty())
        );
    }
    create(&mut World::default(), custom(json!({}))).unwrap();
    create(&mut World::default(), legacy(json!({"MinTTL": 0}))).unwrap();
}

#[test]
fn an_update_refuses_what_creation_fills_in() {
    let (mut world, id) = with_distribution();
    let (full, etag) = get_config(&mut world, &id);
    assert_eq!(
        refusal(update(&mut world, &id, &etag, sparse())),
        ("IllegalUpdate", 400)
    );
    for (place, member, message) in [
        ("", "WebACLId", "WebACLId is missing for the resource"),
        ("", "HttpVersion", "The 'HttpVersion' field is missing"),
        ("", "Aliases", "The 'Aliases' field is missing"),
        ("/Logging", "Prefix", "The 'Logging Prefix' field is missing"),
        (
            "/Origins/Items/0",
            "CustomHeaders",
            "The 'OriginCustomHeaders' field is missing",
        ),
        (
            "/DefaultCacheBehavior",
            "SmoothStreaming",
            "The parameter SmoothStreaming flag is missing",
        ),
        (
            "/DefaultCacheBehavior",
            "AllowedMethods",
            "The parameter AllowedMethods is missing",
        ),
        (
            "/DefaultCacheBehavior/AllowedMethods",
            "CachedMethods",
            "The parameter CachedMethods is missing",
        ),
    ] {
        let mut config = full.clone();
        let place = config.pointer_mut(place).unwrap().as_object_mut().unwrap();
        place.remove(member).unwrap();
        let fault = update(&mut world, &id, &etag, config).unwrap_err();
        assert_eq!((fault.code, fault.message.as_str()), ("IllegalUpdate", message));
    }
    let mut config = full.clone();
    config["CallerReference"] = json!("other");
    assert_eq!(refusal(update(&mut world, &id, &etag, config)), ("IllegalUpdate", 400));
    let mut config = full.clone();
    config["DefaultCacheBehavior"]["TargetOriginId"] = json!("nope");
    assert_eq!(refusal(update(&mut world, &id, &etag, config)), ("NoSuchOrigin", 404));
    assert_eq!(
        get_config(&mut world, &id),
        (full.clone(), etag.clone()),
        "refusals change nothing"
    );
    update(&mut world, &id, &etag, full).unwrap();
}

#[test]
fn access_control_is_for_the_buckets_of_s3() {
    let mut world = World::default();
    let control = create_control(&mut world, "a").unwrap()["OriginAccessControl"]["Id"].clone();
    let config = changed(|config| {
        let origin = &mut config["Origins"]["Items"][0];
        origin["OriginAccessControlId"] = control.clone();
        origin.as_object_mut().unwrap().remove("S3OriginConfig");
    });
    assert_eq!(refusal(create(&mut world, config.clone())), ("InvalidArgument", 400));
    let config = changed(|custom| {
        *custom = config;
        custom["Origins"]["Items"][0]["CustomOriginConfig"] =
            json!({"HTTPPort": 80, "HTTPSPort": 443, "OriginProtocolPolicy": "https-only"});
    });
    assert_eq!(
        refusal(create(&mut world, config)),
        ("InvalidDomainNameForOriginAccessControl", 400)
    );

    let comment = json!({"CloudFrontOriginAccessIdentityConfig": {"CallerReference": "r", "Comment": "c"}});
    let made = call(&mut world, "CreateCloudFrontOriginAccessIdentity", comment.clone()).unwrap();
    let id = made["CloudFrontOriginAccessIdentity"]["Id"]
        .as_str()
        .unwrap()
        .to_owned();
    let again = call(&mut world, "CreateCloudFrontOriginAccessIdentity", comment).unwrap();
    assert_eq!(again["CloudFrontOriginAccessIdentity"]["Id"], id.as_str());
    let other = json!({"CloudFrontOriginAccessIdentityConfig": {"CallerReference": "r", "Comment": "d"}});
    assert_eq!(
        refusal(call(&mut world, "CreateCloudFrontOriginAccessIdentity", other)),
        ("CloudFrontOriginAccessIdentityAlreadyExists", 409)
    );
    let identity = json!({"OriginAccessIdentity": format!("origin-access-identity/cloudfront/{id}")});
    let with_identity = changed(|config| config["Origins"]["Items"][0]["S3OriginConfig"] = identity);
    let mut both = with_identity.clone();
    both["Origins"]["Items"][0]["OriginAccessControlId"] = control;
    assert_eq!(
        refusal(create(&mut world, both)),
        ("IllegalOriginAccessConfiguration", 400)
    );
    create(&mut world, with_identity).unwrap();
    let delete = json!({"Id": id, "IfMatch": made["ETag"]});
    assert_eq!(
        refusal(call(&mut world, "DeleteCloudFrontOriginAccessIdentity", delete)),
        ("CloudFrontOriginAccessIdentityInUse", 409)
    );
}

#[test]
fn an_alias_belongs_to_one_distribution_in_all_of_aws() {
    let mut world = World::default();
    let with_alias = changed(|config| {
        config["ViewerCertificate"] = json!({
            "ACMCertificateArn": "arn:aws:acm:us-east-1:111122223333:certificate/x", "SSLSupportMethod": "sni-only",
        });
        config["Aliases"] = json!({"Quantity": 1, "Items": ["igv.example.org"]});
    });
    let id = create(&mut world, with_alias.clone()).unwrap()["Distribution"]["Id"]
        .as_str()
        .unwrap()
        .to_owned();
    let theirs = json!({ "DistributionConfig": with_alias });
    assert_eq!(
        refusal(call_as("444455556666", &mut world, "CreateDistribution", theirs)),
        ("CNAMEAlreadyExists", 409)
    );
    let (config, etag) = get_config(&mut world, &id);
    update(&mut world, &id, &etag, config).unwrap();
}
