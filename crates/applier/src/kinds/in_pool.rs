//! Ids of what lives in a user pool: `<user pool id>/<client id or username>`.
//!
//! A client id or a username alone does not say in which pool it is, and a release is told nothing else.

/// Such an id, taken apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct InPool<'a> {
    /// The pool.
    pub(crate) pool: &'a str,
    /// The id in it.
    pub(crate) id: &'a str,
}

impl<'a> InPool<'a> {
    /// Reads an id; the part in the pool alone is understood too, as people write it under `adopt`.
    ///
    /// A pool's id has an underscore behind its region and no slash; a username may have both, so only this very
    /// pool, or the form of one, is split off.
    pub(crate) fn read(id: &'a str, pool: &'a str) -> Self {
        match id.split_once('/') {
            Some((before, id)) if before == pool || (pool.is_empty() && before.contains('_')) => {
                Self { pool: before, id }
            }
            _ => Self { pool, id },
        }
    }

    /// Puts it together.
    pub(crate) fn write(pool: &str, id: &str) -> String {
        format!("{pool}/{id}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_says_where_it_is() {
        let pool = "eu-west-1_Ab1";
        let whole = InPool { pool, id: "anna" };
        assert_eq!(InPool::read("eu-west-1_Ab1/anna", pool), whole);
        assert_eq!(InPool::read("eu-west-1_Ab1/anna", ""), whole);
        assert_eq!(InPool::read("anna", pool), whole);
        assert_eq!(InPool::read("a_b/c", pool), InPool { pool, id: "a_b/c" });
        assert_eq!(InPool::write(pool, "anna"), "eu-west-1_Ab1/anna");
    }
}
