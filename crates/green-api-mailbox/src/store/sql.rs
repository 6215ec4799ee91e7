//! Statements, written once for both databases.

use std::collections::HashMap;
use std::sync::{PoisonError, RwLock};

use sqlx::{AssertSqlSafe, SqlSafeStr as _, SqlStr};

use super::conn::Kind;

/// Makes statements of their templates: `{p}` is the prefix of the tables; `{skip}` passes over what others have locked; `{id}` and `{bytes}` are
/// types. `{now}` is the time that all who share the store agree on, in milliseconds since 1970: the server's in PostgreSQL, and in SQLite the first
/// parameter, which has to be [`Store::now`](super::Store::now).
pub(crate) struct Sql {
    prefix: String,
    kind: Kind,
    known: RwLock<HashMap<&'static str, SqlStr>>,
}

impl Sql {
    /// The prefix has nothing but letters, digits and underscores.
    pub(super) fn new(prefix: &str, kind: Kind) -> Self {
        Self {
            prefix: prefix.to_owned(),
            kind,
            known: RwLock::default(),
        }
    }

    /// Returns the statement of a template; each is made once.
    pub(crate) fn get(&self, template: &'static str) -> SqlStr {
        if let Some(known) = self
            .known
            .read()
            .unwrap_or_else(PoisonError::into_inner)
            .get(template)
        {
            return known.clone();
        }
        let made = self.made(template);
        let mut known = self.known.write().unwrap_or_else(PoisonError::into_inner);
        known.insert(template, made.clone());
        made
    }

    /// Returns the statement of a template that is put together at run time. Nothing in it may come from outside.
    pub(crate) fn made(&self, template: &str) -> SqlStr {
        AssertSqlSafe(self.text(template)).into_sql_str()
    }

    pub(super) fn text(&self, template: &str) -> String {
        let (id, bytes, skip, now) = match self.kind {
            #[cfg(feature = "sqlite")]
            Kind::Sqlite => ("INTEGER PRIMARY KEY AUTOINCREMENT", "BLOB", "", "$1"),
            #[cfg(feature = "postgres")]
            Kind::Postgres => (
                "BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY",
                "BYTEA",
                "FOR UPDATE SKIP LOCKED",
                // It stays the same within a statement, so that indexes can be used.
                "CAST(EXTRACT(EPOCH FROM statement_timestamp()) * 1000 AS BIGINT)",
            ),
        };
        template
            .replace("{p}", &self.prefix)
            .replace("{id}", id)
            .replace("{bytes}", bytes)
            .replace("{skip}", skip)
            .replace("{now}", now)
    }
}
