//! The noun `distribution`.

use std::collections::{BTreeMap, BTreeSet};

use crate::kinds::noun;
use crate::shape::{Entries, Tags, closed};

noun! {
    /// The CloudFront distribution that publishes the config file.
    Distribution {
        title: "distribution", replace: CreateFirst, cost: Url, opens: true,
        parent: None, mark: "tags and comment",
        outputs: [
            "id": "its id",
            "arn": "its ARN",
            "domain": "`<characters>.cloudfront.net`",
            "url": "`https://<domain>`",
        ],
    }
    /// Whether it answers.
    ours enabled: bool ["Enabled"] = true; opens_to(true),
    /// The regional name of the config bucket; the global one redirects for hours, and IGV follows no redirect.
    ours origin_domain: String ["Origins.DomainName"],
    /// The access control with which it reads the bucket.
    ours access_control_id: String ["Origins.OriginAccessControlId"],
    /// What precedes every path at the origin: nothing.
    ours origin_path: String ["Origins.OriginPath"] = String::new(),
    /// Whether plain HTTP is answered.
    ours viewer_protocol: ViewerProtocol ["DefaultCacheBehavior.ViewerProtocolPolicy"] = ViewerProtocol::HttpsOnly,
    /// HTTP methods.
    ours methods: BTreeSet<String> ["DefaultCacheBehavior.AllowedMethods"] = BTreeSet::from(["GET".to_owned(), "HEAD".to_owned()]),
    /// Id of the cache policy; `CachingDisabled`, so that publishing is one write and nothing is left stale.
    ours cache_policy: String ["DefaultCacheBehavior.CachePolicyId"] = "4135ea2d-6df8-44a3-9df3-4b5a84be39ad".to_owned(),
    /// Whether CloudFront compresses; IGV wants the bytes as they are.
    ours compress: bool ["DefaultCacheBehavior.Compress"] = false,
    /// From where it is served.
    ours price_class: PriceClass ["PriceClass"] = PriceClass::All,
    /// Whether it has an IPv6 address.
    ours ipv6: bool ["IsIPV6Enabled"] = true,
    /// The newest HTTP version.
    ours http_version: HttpVersion ["HttpVersion"] = HttpVersion::Http2,
    /// What is served at `/`.
    ours root_object: String ["DefaultRootObject"] = String::new(),
    /// Tags, key by key; foreign tags are kept.
    ours tags: Tags ["TagResource"] = Entries(BTreeMap::new()),
}

closed! {
    /// Whether plain HTTP is answered.
    pub enum ViewerProtocol {
        /// Only HTTPS.
        HttpsOnly = "https_only",
        /// HTTP is redirected, which IGV does not follow.
        RedirectToHttps = "redirect_to_https",
        /// Both.
        AllowAll = "allow_all",
    }
}

closed! {
    /// From where a distribution is served.
    pub enum PriceClass {
        /// Everywhere.
        All = "all",
        /// Not from the most expensive regions.
        Most = "200",
        /// From North America and Europe.
        Least = "100",
        /// A class that this version does not know.
        Other = "other",
    }
}

closed! {
    /// The newest HTTP version that is offered.
    pub enum HttpVersion {
        /// HTTP/1.1.
        Http1 = "http1.1",
        /// HTTP/2.
        Http2 = "http2",
        /// HTTP/3 only.
        Http3 = "http3",
        /// HTTP/2 and HTTP/3.
        Http2And3 = "http2and3",
    }
}
