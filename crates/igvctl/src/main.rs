//! igvctl
fn main() {}
