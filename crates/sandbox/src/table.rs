//! A map that may become large, and knows which of its entries changed since it was last written down.
//!
//! The world is written after every call that changes it. Users, objects and identities are therefore not in the file
//! of the world: what changed of them is appended to a log ([`crate::store`]).

use std::cell::Cell;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::ops::Deref;

use serde::de::DeserializeOwned;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::Value;

/// A map by text. It reads as a `BTreeMap`; what changes it is here.
#[derive(Clone)]
pub(crate) struct Table<T> {
    entries: BTreeMap<String, T>,
    touched: BTreeSet<String>,
    /// Whether it is written as an empty map.
    hidden: Cell<bool>,
}

impl<T> Default for Table<T> {
    fn default() -> Self {
        Self {
            entries: BTreeMap::new(),
            touched: BTreeSet::new(),
            hidden: Cell::new(false),
        }
    }
}

impl<T: fmt::Debug> fmt::Debug for Table<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.entries.fmt(f)
    }
}

impl<T> Deref for Table<T> {
    type Target = BTreeMap<String, T>;

    fn deref(&self) -> &BTreeMap<String, T> {
        &self.entries
    }
}

impl<T: Serialize> Serialize for Table<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        if self.hidden.get() {
            BTreeMap::<String, T>::new().serialize(serializer)
        } else {
            self.entries.serialize(serializer)
        }
    }
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Table<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let entries = BTreeMap::deserialize(deserializer)?;
        Ok(Self {
            entries,
            ..Self::default()
        })
    }
}

impl<T> Table<T> {
    /// An entry, to change it.
    pub(crate) fn get_mut(&mut self, key: &str) -> Option<&mut T> {
        let entry = self.entries.get_mut(key)?;
        self.touched.insert(key.to_owned());
        Some(entry)
    }

    /// Puts an entry, and returns what was there.
    pub(crate) fn insert(&mut self, key: String, entry: T) -> Option<T> {
        self.touched.insert(key.clone());
        self.entries.insert(key, entry)
    }

    /// Takes an entry away.
    pub(crate) fn remove(&mut self, key: &str) -> Option<T> {
        let gone = self.entries.remove(key)?;
        self.touched.insert(key.to_owned());
        Some(gone)
    }

    /// An entry, which is made if it is not there.
    pub(crate) fn or_default(&mut self, key: &str) -> &mut T
    where
        T: Default,
    {
        self.touched.insert(key.to_owned());
        self.entries.entry(key.to_owned()).or_default()
    }
}

/// A table, whatever is in it.
pub(crate) trait Kept {
    /// The entries that changed since this was last asked; what is gone is absent.
    fn changes(&mut self) -> Vec<(String, Option<Value>)>;

    /// All entries.
    fn all(&mut self) -> Vec<(String, Option<Value>)>;

    /// Takes over an entry as it was written down.
    fn restore(&mut self, key: String, entry: Option<Value>) -> Result<(), serde_json::Error>;

    /// Whether it is written as an empty map from now on.
    fn hide(&mut self, hidden: bool);
}

impl<T: Serialize + DeserializeOwned> Kept for Table<T> {
    fn changes(&mut self) -> Vec<(String, Option<Value>)> {
        std::mem::take(&mut self.touched)
            .into_iter()
            .map(|key| {
                let entry = self.entries.get(&key).map(plain);
                (key, entry)
            })
            .collect()
    }

    fn all(&mut self) -> Vec<(String, Option<Value>)> {
        self.touched.clear();
        self.entries
            .iter()
            .map(|(key, entry)| (key.clone(), Some(plain(entry))))
            .collect()
    }

    fn restore(&mut self, key: String, entry: Option<Value>) -> Result<(), serde_json::Error> {
        match entry {
            Some(entry) => self.entries.insert(key, serde_json::from_value(entry)?),
            None => self.entries.remove(&key),
        };
        Ok(())
    }

    fn hide(&mut self, hidden: bool) {
        self.hidden.set(hidden);
    }
}

fn plain<T: Serialize>(entry: &T) -> Value {
    serde_json::to_value(entry).expect("an entry is plain data with text keys")
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test may panic")]

    use serde_json::json;

    use super::*;

    #[test]
    fn what_changed_is_told_once() {
        let mut table: Table<u32> = serde_json::from_value(json!({"a": 1, "b": 2, "c": 3})).unwrap();
        assert_eq!(table.changes(), []);
        *table.get_mut("a").unwrap() = 4;
        table.remove("b");
        table.remove("x");
        assert!(table.get_mut("y").is_none());
        table.insert("d".into(), 5);
        *table.or_default("e") += 6;
        let changes = [
            ("a".to_owned(), Some(json!(4))),
            ("b".to_owned(), None),
            ("d".to_owned(), Some(json!(5))),
            ("e".to_owned(), Some(json!(6))),
        ];
        assert_eq!(table.changes(), changes);
        assert_eq!(table.changes(), []);
        let mut other: Table<u32> = serde_json::from_value(json!({"a": 1, "b": 2, "c": 3})).unwrap();
        for (key, entry) in changes {
            other.restore(key, entry).unwrap();
        }
        assert_eq!(*other, *table);
        table.hide(true);
        assert_eq!(serde_json::to_value(&table).unwrap(), json!({}));
        table.hide(false);
        assert_eq!(
            serde_json::to_value(&table).unwrap(),
            json!({"a": 4, "c": 3, "d": 5, "e": 6})
        );
    }
}
