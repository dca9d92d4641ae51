//! What igvctl knows of IGV desktop on somebody's computer.

pub(crate) mod folder;
pub(crate) mod preferences;
pub(crate) mod versions;
