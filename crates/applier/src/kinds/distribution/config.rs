//! The configuration of a distribution: what of it is ours, how it is read, made and edited.
//!
//! Ours are the default behaviour, the origin that it leads to, and a handful of switches; all else belongs to others
//! and is carried along as CloudFront gave it. Our origin has an id of its own, so that an adopted distribution keeps
//! the origins it had.

use std::collections::{BTreeMap, BTreeSet};

use aws_sdk_cloudfront::types::{
    AllowedMethods, CachedMethods, CustomHeaders, DefaultCacheBehavior, DistributionConfig, GeoRestrictionType,
    HttpVersion as SdkHttpVersion, Method, Origin, OriginShield, Origins, PriceClass as SdkPriceClass, S3OriginConfig,
    ViewerProtocolPolicy,
};
use spec_model::Entries;
use spec_model::kinds::{Distribution, HttpVersion, PriceClass, ViewerProtocol};

use crate::error::WorldError;

/// The id of our origin.
const ORIGIN: &str = "igvctl";
const READ: &str = "cloudfront:GetDistribution";

/// Reads what is ours.
pub(super) fn seen(config: &DistributionConfig, tags: &BTreeMap<String, String>) -> Result<Distribution, WorldError> {
    let behavior = config
        .default_cache_behavior()
        .ok_or_else(|| WorldError::own(READ, "the configuration has no default behaviour"))?;
    // What people are served comes from where the default behaviour leads, whatever our own origin says.
    let origin = config
        .origins()
        .and_then(|it| it.items().iter().find(|it| it.id() == behavior.target_origin_id()));
    Ok(Distribution {
        enabled: config.enabled(),
        origin_domain: origin.map(|it| it.domain_name().to_owned()).unwrap_or_default(),
        access_control_id: origin
            .and_then(|it| it.origin_access_control_id())
            .unwrap_or_default()
            .to_owned(),
        origin_path: origin.and_then(|it| it.origin_path()).unwrap_or_default().to_owned(),
        viewer_protocol: match behavior.viewer_protocol_policy().as_str() {
            "https-only" => ViewerProtocol::HttpsOnly,
            "redirect-to-https" => ViewerProtocol::RedirectToHttps,
            "allow-all" => ViewerProtocol::AllowAll,
            other => return Err(unknown(other)),
        },
        // CloudFront has an order of its own (measured: HEAD first), hence a set.
        methods: behavior.allowed_methods().map_or_else(
            || BTreeSet::from(["GET".to_owned(), "HEAD".to_owned()]),
            |it| it.items().iter().map(|method| method.as_str().to_owned()).collect(),
        ),
        cache_policy: behavior.cache_policy_id().unwrap_or_default().to_owned(),
        compress: behavior.compress().unwrap_or(false),
        price_class: match config.price_class() {
            None | Some(SdkPriceClass::PriceClassAll) => PriceClass::All,
            Some(SdkPriceClass::PriceClass200) => PriceClass::Most,
            Some(SdkPriceClass::PriceClass100) => PriceClass::Least,
            Some(_) => PriceClass::Other,
        },
        ipv6: config.is_ipv6_enabled().unwrap_or(false),
        http_version: match config.http_version() {
            Some(SdkHttpVersion::Http11) => HttpVersion::Http1,
            None | Some(SdkHttpVersion::Http2) => HttpVersion::Http2,
            Some(SdkHttpVersion::Http3) => HttpVersion::Http3,
            Some(SdkHttpVersion::Http2and3) => HttpVersion::Http2And3,
            Some(other) => return Err(unknown(other.as_str())),
        },
        root_object: config.default_root_object().unwrap_or_default().to_owned(),
        tags: Entries(tags.clone()),
    })
}

fn unknown(value: &str) -> WorldError {
    WorldError::own(READ, format!("`{value}` is not known to this version of igvctl"))
}

/// What others set that keeps IGV out, by name and effect.
pub(super) fn remarks(config: &DistributionConfig) -> Vec<(String, String)> {
    let mut remarks = Vec::new();
    let mut remark = |name: String, what: &str| remarks.push((name, what.to_owned()));
    if let Some(acl) = config.web_acl_id().filter(|it| !it.is_empty()) {
        remark(
            format!("web ACL {acl}"),
            "a firewall may refuse IGV, which calls itself `Java/…`",
        );
    }
    if let Some(geo) = config
        .restrictions()
        .and_then(|it| it.geo_restriction())
        .filter(|it| *it.restriction_type() != GeoRestrictionType::None)
    {
        // CloudFront shows the countries in an order that changes (measured: cdkd), so they are sorted.
        let mut countries: Vec<&str> = geo.items().iter().map(String::as_str).collect();
        countries.sort_unstable();
        remark(
            format!("geo {} {}", geo.restriction_type().as_str(), countries.join(" ")),
            "people in some countries get no config",
        );
    }
    if let Some(behavior) = config.default_cache_behavior() {
        for function in behavior
            .function_associations()
            .map(|it| it.items())
            .unwrap_or_default()
        {
            remark(
                format!("function {}", function.function_arn()),
                "code answers or changes requests for the config",
            );
        }
        for function in behavior
            .lambda_function_associations()
            .map(|it| it.items())
            .unwrap_or_default()
        {
            remark(
                format!("function {}", function.lambda_function_arn()),
                "code answers or changes requests for the config",
            );
        }
        let signed = behavior.trusted_key_groups().is_some_and(|it| it.enabled())
            || behavior.trusted_signers().is_some_and(|it| it.enabled());
        if signed {
            remark(
                "signed URLs".to_owned(),
                "only signed addresses are answered, and IGV signs none",
            );
        }
    }
    for behavior in config.cache_behaviors().map(|it| it.items()).unwrap_or_default() {
        remark(
            format!("behaviour {}", behavior.path_pattern()),
            "paths under this pattern are answered by other rules",
        );
    }
    remarks
}

/// A configuration to create a distribution with.
pub(super) fn fresh(want: &Distribution, reference: &str, comment: &str) -> DistributionConfig {
    let behavior = DefaultCacheBehavior::builder()
        .target_origin_id(ORIGIN)
        .viewer_protocol_policy(to_protocol(want.viewer_protocol))
        .build()
        .expect("origin and protocol are set");
    let mut config = DistributionConfig::builder()
        .caller_reference(reference)
        .comment(comment)
        .enabled(want.enabled)
        .origins(
            Origins::builder()
                .quantity(1)
                .items(our_origin(&want.origin_domain))
                .build()
                .expect("the origin is set"),
        )
        .default_cache_behavior(behavior)
        .build()
        .expect("reference, comment and switch are set");
    edit(&mut config, want, comment);
    config
}

/// Our origin, complete, because an update refuses one with gaps (measured: cdkd #1371).
fn our_origin(domain: &str) -> Origin {
    Origin::builder()
        .id(ORIGIN)
        .domain_name(domain)
        .origin_path("")
        .custom_headers(
            CustomHeaders::builder()
                .quantity(0)
                .build()
                .expect("the quantity is set"),
        )
        // With an access control an S3 origin still needs this, empty.
        .s3_origin_config(S3OriginConfig::builder().origin_access_identity("").build())
        .connection_attempts(3)
        .connection_timeout(10)
        .origin_shield(
            OriginShield::builder()
                .enabled(false)
                .build()
                .expect("the switch is set"),
        )
        .build()
        .expect("id and domain are set")
}

/// What every comment of ours begins with.
pub(super) const COMMENT: &str = "igvctl ";

/// Writes what is ours into a configuration and touches nothing else. A comment that others wrote is theirs: an adopted
/// distribution keeps it, and is known by its tags.
pub(super) fn edit(config: &mut DistributionConfig, want: &Distribution, comment: &str) {
    let Distribution {
        enabled,
        origin_domain,
        access_control_id,
        origin_path,
        viewer_protocol,
        methods,
        cache_policy,
        compress,
        price_class,
        ipv6,
        http_version,
        root_object,
        // They have calls of their own.
        tags: _,
    } = want;
    if config.comment.is_empty() || config.comment.starts_with(COMMENT) {
        comment.clone_into(&mut config.comment);
    }
    config.enabled = *enabled;
    config.is_ipv6_enabled = Some(*ipv6);
    config.default_root_object = Some(root_object.clone());
    config.http_version = Some(match http_version {
        HttpVersion::Http1 => SdkHttpVersion::Http11,
        HttpVersion::Http2 => SdkHttpVersion::Http2,
        HttpVersion::Http3 => SdkHttpVersion::Http3,
        HttpVersion::Http2And3 => SdkHttpVersion::Http2and3,
    });
    match price_class {
        PriceClass::All => config.price_class = Some(SdkPriceClass::PriceClassAll),
        PriceClass::Most => config.price_class = Some(SdkPriceClass::PriceClass200),
        PriceClass::Least => config.price_class = Some(SdkPriceClass::PriceClass100),
        // One that this version cannot name stays.
        PriceClass::Other => {}
    }
    let Some(behavior) = config.default_cache_behavior.as_mut() else {
        return;
    };
    behavior.viewer_protocol_policy = to_protocol(*viewer_protocol);
    behavior.compress = Some(*compress);
    behavior.cache_policy_id = Some(cache_policy.clone());
    // The older way to say the same, which CloudFront refuses beside a cache policy.
    #[expect(deprecated, reason = "an adopted distribution may still have them")]
    {
        behavior.forwarded_values = None;
        behavior.min_ttl = None;
        behavior.default_ttl = None;
        behavior.max_ttl = None;
    }
    let now: BTreeSet<&str> = behavior
        .allowed_methods
        .iter()
        .flat_map(|it| it.items().iter().map(Method::as_str))
        .collect();
    if now != methods.iter().map(String::as_str).collect() {
        behavior.allowed_methods = Some(to_methods(methods));
    }
    let origins = config.origins.get_or_insert_with(|| {
        Origins::builder()
            .quantity(0)
            .set_items(Some(Vec::new()))
            .build()
            .expect("the items are set")
    });
    let leads_right = origins.items.iter().any(|it| {
        it.id == behavior.target_origin_id
            && it.domain_name == *origin_domain
            && it.origin_access_control_id() == Some(access_control_id)
            && it.origin_path().unwrap_or_default() == origin_path
    });
    if leads_right {
        return;
    }
    if !origins.items.iter().any(|it| it.id == ORIGIN) {
        origins.items.push(our_origin(origin_domain));
        origins.quantity += 1;
    }
    if let Some(ours) = origins.items.iter_mut().find(|it| it.id == ORIGIN) {
        ours.domain_name.clone_from(origin_domain);
        ours.origin_access_control_id = Some(access_control_id.clone());
        ours.origin_path = Some(origin_path.clone());
    }
    ORIGIN.clone_into(&mut behavior.target_origin_id);
}

fn to_protocol(protocol: ViewerProtocol) -> ViewerProtocolPolicy {
    match protocol {
        ViewerProtocol::HttpsOnly => ViewerProtocolPolicy::HttpsOnly,
        ViewerProtocol::RedirectToHttps => ViewerProtocolPolicy::RedirectToHttps,
        ViewerProtocol::AllowAll => ViewerProtocolPolicy::AllowAll,
    }
}

/// Methods with what is cached of them, which an update wants said too.
fn to_methods(methods: &BTreeSet<String>) -> AllowedMethods {
    let count = |list: &[Method]| i32::try_from(list.len()).unwrap_or(i32::MAX);
    let allowed: Vec<Method> = methods.iter().map(|it| Method::from(it.as_str())).collect();
    let cached: Vec<Method> = vec![Method::Get, Method::Head];
    AllowedMethods::builder()
        .quantity(count(&allowed))
        .set_items(Some(allowed))
        .cached_methods(
            CachedMethods::builder()
                .quantity(count(&cached))
                .set_items(Some(cached))
                .build()
                .expect("the items are set"),
        )
        .build()
        .expect("the items are set")
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test may panic")]

    use aws_sdk_cloudfront::types::{
        CacheBehavior, CacheBehaviors, CustomOriginConfig, GeoRestriction, OriginProtocolPolicy, Restrictions,
    };

    use super::*;

    fn want() -> Distribution {
        Distribution {
            enabled: true,
            origin_domain: "igv-config.s3.eu-west-1.amazonaws.com".to_owned(),
            access_control_id: "EAC".to_owned(),
            origin_path: String::new(),
            viewer_protocol: ViewerProtocol::HttpsOnly,
            methods: BTreeSet::from(["GET".to_owned(), "HEAD".to_owned()]),
            cache_policy: "4135ea2d-6df8-44a3-9df3-4b5a84be39ad".to_owned(),
            compress: false,
            price_class: PriceClass::All,
            ipv6: true,
            http_version: HttpVersion::Http2,
            root_object: String::new(),
            tags: Entries(BTreeMap::new()),
        }
    }

    #[test]
    fn what_is_made_is_what_was_wanted() {
        let config = fresh(&want(), "r/1", "igvctl c");
        assert_eq!(seen(&config, &BTreeMap::new()).unwrap(), want());
        assert_eq!((config.caller_reference(), config.comment()), ("r/1", "igvctl c"));
        assert!(remarks(&config).is_empty());
        // L57: never the global name of a bucket.
        assert!(!format!("{config:?}").contains(".s3.amazonaws.com"));
    }

    #[test]
    fn l50_each_field_is_written_and_nothing_else_changes() {
        let before = fresh(&want(), "r/1", "c");
        let changes: [fn(&mut Distribution); 12] = [
            |it| it.enabled = false,
            |it| it.origin_domain = "other.s3.eu-west-1.amazonaws.com".to_owned(),
            |it| it.access_control_id = "EOTHER".to_owned(),
            |it| it.origin_path = "/x".to_owned(),
            |it| it.viewer_protocol = ViewerProtocol::AllowAll,
            |it| {
                it.methods.insert("OPTIONS".to_owned());
            },
            |it| it.cache_policy = "658327ea-f89d-4fab-a63d-7e88639e58f6".to_owned(),
            |it| it.compress = true,
            |it| it.price_class = PriceClass::Least,
            |it| it.ipv6 = false,
            |it| it.http_version = HttpVersion::Http2And3,
            |it| it.root_object = "index.html".to_owned(),
        ];
        for change in changes {
            let mut other = want();
            change(&mut other);
            let mut config = before.clone();
            edit(&mut config, &other, "c");
            assert_eq!(seen(&config, &BTreeMap::new()).unwrap(), other);
            edit(&mut config, &want(), "c");
            assert_eq!(config, before);
        }
    }

    #[test]
    fn an_adopted_distribution_keeps_what_others_made() {
        let custom = Origin::builder()
            .id("site")
            .domain_name("www.example.org")
            .custom_origin_config(
                CustomOriginConfig::builder()
                    .http_port(80)
                    .https_port(443)
                    .origin_protocol_policy(OriginProtocolPolicy::HttpsOnly)
                    .build()
                    .unwrap(),
            )
            .build()
            .unwrap();
        let mut config = fresh(&want(), "r", "old");
        config.origins = Some(Origins::builder().quantity(1).items(custom.clone()).build().unwrap());
        config.default_cache_behavior.as_mut().unwrap().target_origin_id = "site".to_owned();
        config.web_acl_id = Some("arn:aws:wafv2:x".to_owned());
        assert_ne!(seen(&config, &BTreeMap::new()).unwrap(), want());
        edit(&mut config, &want(), "c");
        assert_eq!(seen(&config, &BTreeMap::new()).unwrap(), want());
        let origins = config.origins().unwrap();
        assert_eq!((origins.quantity(), &origins.items()[0]), (2, &custom));
        assert_eq!(config.web_acl_id(), Some("arn:aws:wafv2:x"));
        assert_eq!(config.comment(), "old");
        // One of ours follows its address, and an empty one is nobody's.
        for comment in ["igvctl eu-west-1/igv distribution.old", ""] {
            comment.clone_into(&mut config.comment);
            edit(&mut config, &want(), "igvctl eu-west-1/igv distribution.new");
            assert_eq!(config.comment(), "igvctl eu-west-1/igv distribution.new");
        }
    }

    #[test]
    fn what_keeps_igv_out_is_named() {
        let mut config = fresh(&want(), "r", "c");
        config.web_acl_id = Some("arn:aws:wafv2:acl".to_owned());
        config.restrictions = Some(
            Restrictions::builder()
                .geo_restriction(
                    GeoRestriction::builder()
                        .restriction_type(GeoRestrictionType::Whitelist)
                        .quantity(2)
                        .items("US")
                        .items("AU")
                        .build()
                        .unwrap(),
                )
                .build(),
        );
        config.cache_behaviors = Some(
            CacheBehaviors::builder()
                .quantity(1)
                .items(
                    CacheBehavior::builder()
                        .path_pattern("*.gz")
                        .target_origin_id(ORIGIN)
                        .viewer_protocol_policy(ViewerProtocolPolicy::AllowAll)
                        .build()
                        .unwrap(),
                )
                .build()
                .unwrap(),
        );
        let names: Vec<String> = remarks(&config).into_iter().map(|(name, _)| name).collect();
        assert_eq!(
            names,
            ["web ACL arn:aws:wafv2:acl", "geo whitelist AU US", "behaviour *.gz"]
        );
    }

    /// Members that the SDK gains must be decided on: `UpdateDistribution` replaces the whole configuration. All but
    /// those that [`edit`] writes go back as CloudFront gave them.
    #[test]
    fn the_sdk_knows_these_members() {
        let config = fresh(&want(), "r", "c");
        assert_eq!(
            members(&format!("{config:?}")),
            "caller_reference aliases default_root_object origins origin_groups default_cache_behavior \
             cache_behaviors custom_error_responses comment logging price_class enabled viewer_certificate \
             restrictions web_acl_id http_version is_ipv6_enabled continuous_deployment_policy_id staging \
             anycast_ip_list_id tenant_config connection_mode viewer_mtls_config connection_function_association \
             cache_tag_config"
        );
        assert_eq!(
            members(&format!("{:?}", config.default_cache_behavior().unwrap())),
            "target_origin_id trusted_signers trusted_key_groups viewer_protocol_policy allowed_methods \
             smooth_streaming compress lambda_function_associations function_associations \
             field_level_encryption_id realtime_log_config_arn cache_policy_id origin_request_policy_id \
             response_headers_policy_id grpc_config forwarded_values min_ttl default_ttl max_ttl"
        );
        assert_eq!(
            members(&format!("{:?}", config.origins().unwrap().items()[0])),
            "id domain_name origin_path custom_headers s3_origin_config custom_origin_config vpc_origin_config \
             connection_attempts connection_timeout response_completion_timeout origin_shield \
             origin_access_control_id"
        );
    }

    /// The names of the members on the outermost level of a `Debug` text.
    fn members(text: &str) -> String {
        let mut depth = 0;
        let mut names = Vec::new();
        let mut word = String::new();
        for character in text.chars() {
            match character {
                '{' | '[' | '(' => depth += 1,
                '}' | ']' | ')' => depth -= 1,
                ':' if depth == 1 => names.push(std::mem::take(&mut word)),
                _ => {}
            }
            if character.is_ascii_lowercase() || character.is_ascii_digit() || character == '_' {
                word.push(character);
            } else {
                word.clear();
            }
        }
        names.join(" ")
    }
}
