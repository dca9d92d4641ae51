//! The noun `origin_access_control`.

use crate::kinds::noun;

noun! {
    /// What CloudFront signs its requests to the config bucket with.
    OriginAccessControl {
        title: "origin access control", replace: CreateFirst, cost: Nothing, opens: false,
        parent: None, mark: "its reserved name",
        outputs: [
            "id": "its id",
        ],
    }
    /// What it is for.
    ours description: String ["Description"] = String::new(),
    /// The kind of origin.
    ours origin_type: String ["OriginAccessControlOriginType"] = "s3".to_owned(),
    /// When requests are signed.
    ours signing_behavior: String ["SigningBehavior"] = "always".to_owned(),
    /// How requests are signed.
    ours signing_protocol: String ["SigningProtocol"] = "sigv4".to_owned(),
}
