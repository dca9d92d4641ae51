//! The noun `object`.

use crate::kinds::noun;

noun! {
    /// A data file that must be there. One that is there without our mark is what the file asks for: never written, never deleted.
    Object {
        title: "data file", replace: DeleteFirst, cost: Data, opens: false,
        parent: Some(("bucket", crate::kinds::Kind::Bucket)), mark: "object tags",
        outputs: [],
    }
    /// The bucket.
    fixed bucket: String ["Bucket"],
    /// The key; a local file has the same path, seen from the spec's folder.
    fixed key: String ["Key"],
    /// Size and CRC64NVME of the content, `<size>-<checksum>`, known where we uploaded it.
    if_written fingerprint: Option<String> ["Tagging"],
}
