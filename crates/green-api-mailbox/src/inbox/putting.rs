//! Putting notifications in.

use green_api::types::Notification;
use green_api::{DeadLetter, InstanceId, Received};

use super::entry::{InboxState, place};
use super::{Inbox, telemetry};
use crate::error::brief;
use crate::key::{LONGEST_CHAT, is_storable, key_of, sha256, storable};
use crate::store::conn::args;
use crate::store::lanes::{Side, Waiting};
use crate::{Error, outbox};

/// What is put in.
struct Fresh<'a> {
    key: String,
    instance: i64,
    chat: &'a str,
    kind: String,
    body: &'a [u8],
    /// Why it cannot be handled, if it cannot.
    problem: Option<String>,
    /// What tells the outbox something, if it does.
    tells: Option<(InstanceId, &'a Notification)>,
}

impl Inbox {
    /// Puts a notification in, and returns `true` if it was not there before. Once this has returned, the notification is on disk and need not be
    /// kept elsewhere. What it tells of messages in the [`Outbox`](crate::Outbox) of the same store is written with it.
    ///
    /// # Errors
    ///
    /// [`Error::Unavailable`] if the database cannot be reached or written to for now.
    pub async fn put(&self, received: &Received) -> Result<bool, Error> {
        let notification = &received.notification;
        let body = received.raw().as_str().as_bytes();
        let chat = notification.chat_id().map_or("", |chat| chat.as_str());
        self.insert(Fresh {
            key: key_of(received),
            instance: received.instance().map_or(0, InstanceId::get),
            chat: if is_storable(chat, LONGEST_CHAT) {
                chat
            } else {
                ""
            },
            kind: storable(notification.kind()),
            body,
            problem: None,
            tells: received
                .instance()
                .map(|instance| (instance, notification))
                .filter(|_| outbox::tells(notification)),
        })
        .await
    }

    /// Parks what cannot be read, or was given up on elsewhere.
    pub(super) async fn put_dead_letter(&self, letter: &DeadLetter) -> Result<bool, Error> {
        let instance = letter.instance().map_or(0, InstanceId::get);
        let (body, problem): (&[u8], _) = match letter {
            DeadLetter::Unreadable { raw, error, .. } => (raw, error.to_string()),
            _ => (&letter.text().into_owned().into_bytes(), letter.to_string()),
        };
        telemetry::came("", telemetry::Door::Unreadable);
        self.insert(Fresh {
            key: format!("{instance}/unreadable/{}", sha256(body)),
            instance,
            chat: "",
            kind: String::new(),
            body,
            problem: Some(brief(&problem)),
            tells: None,
        })
        .await
    }

    async fn insert(&self, fresh: Fresh<'_>) -> Result<bool, Error> {
        let (store, now) = (&self.store, self.store.now());
        let sealing = store.sealing();
        let body = sealing.seal(&place("body", &fresh.key), fresh.body.to_vec())?;
        let problem = fresh.problem.map(String::into_bytes);
        let problem = problem
            .map(|problem| sealing.seal(&place("problem", &fresh.key), problem))
            .transpose()?;
        let state = match problem {
            Some(_) => InboxState::Parked,
            None => InboxState::Waiting,
        };
        let mut tx = store.begin().await?;
        let mut conn = tx.conn();
        if state == InboxState::Waiting {
            let lane = (fresh.instance, fresh.chat);
            store
                .enter_lane(&mut conn, Side::Inbox, lane, Waiting::AT_ONCE)
                .await?;
        }
        let sql = store.sql().get(
            "INSERT INTO {p}inbox (key, instance, chat, kind, body, state, problem, received, changed) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $8)
            ON CONFLICT (key) DO NOTHING",
        );
        let values = args![
            fresh.key,
            fresh.instance,
            fresh.chat,
            &fresh.kind,
            body,
            state as i64,
            problem,
            now
        ];
        let is_new = conn.run(&sql, &values).await? > 0;
        if is_new {
            if let Some((instance, notification)) = fresh.tells {
                outbox::observe(store, &mut conn, instance, notification).await?;
            }
            tx.commit().await?;
            if fresh.tells.is_some() {
                store.changed();
                store.wake(Side::Outbox);
            }
            store.wake(Side::Inbox);
        }
        if state == InboxState::Waiting {
            let what = match is_new {
                true => telemetry::Door::New,
                false => telemetry::Door::Repeated,
            };
            telemetry::came(&fresh.kind, what);
        }
        Ok(is_new)
    }
}
