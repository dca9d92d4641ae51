//! The noun `bucket_policy`.

use crate::kinds::noun;
use crate::shape::Opening;

noun! {
    /// The policy of a bucket of the stack, as a whole. Deny statements of others are held, allowing ones go.
    BucketPolicy {
        title: "bucket policy", replace: Never, cost: Nothing, opens: true,
        parent: Some(("bucket", crate::kinds::Kind::Bucket)), mark: "belongs to its bucket",
        outputs: [],
    }
    /// The bucket.
    fixed bucket: String ["Bucket"],
    /// The document.
    ours document: policy::Document ["PutBucketPolicy"]; opens_by(Opening::Policy),
}
