//! Statuses: what people publish for a day to those who have them in the address book.

use std::collections::BTreeMap;
use std::time::{Duration, SystemTime};

use crate::messages::{Attachment, MessageStatus, person_id};
use crate::phone::Phone;
use crate::world::World;

/// For how long others see a status.
const VISIBLE: Duration = Duration::from_secs(24 * 60 * 60);

/// How many are kept: a sandbox that runs for weeks must not fill the memory.
const KEPT: usize = 10_000;

/// A status, from [`Phone::stories`].
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Story {
    /// The id, `idMessage`.
    pub id: String,
    /// Who published it, as a chat id.
    pub author: String,
    /// What it shows.
    pub content: StoryContent,
    /// When it was published, by the sandbox's clock.
    pub at: SystemTime,
}

/// What a status shows.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum StoryContent {
    /// A text.
    Text {
        /// The text.
        text: String,
        /// The colour behind it, as `#RRGGBB`.
        background_color: String,
        /// The font, such as `SERIF`.
        font: String,
    },
    /// A picture, video or recording.
    File(Attachment),
}

/// A status, and who has got it.
pub(crate) struct Published {
    pub(crate) story: Story,
    /// Digits of the number that published it.
    pub(crate) author: String,
    pub(crate) sent_by: Option<u64>,
    /// The chat ids that it was meant for; none is everybody.
    pub(crate) meant_for: Vec<String>,
    /// How far it got with whom and since when, by the digits of their numbers.
    pub(crate) views: BTreeMap<String, (MessageStatus, SystemTime)>,
    pub(crate) deleted: bool,
}

impl Phone {
    /// The statuses of others that can be seen on this phone, newest first: published within a day by somebody in whose audience, and in
    /// whose address book, this number is.
    pub fn stories(&self) -> Vec<Story> {
        self.core.with(|world| {
            let since = world.now.checked_sub(VISIBLE);
            let recent =
                |published: &&Published| since.is_none_or(|since| published.story.at > since);
            let visible = world
                .stories_for(&self.number)
                .filter(recent)
                .filter(|published| !published.deleted);
            visible.map(|published| published.story.clone()).collect()
        })
    }

    /// Looks at a status, so that its author sees that. Tells whether this phone had it.
    pub fn view_story(&self, id: &str) -> bool {
        self.core.with(|world| {
            let now = world.now;
            world.stirred = true;
            let view = world
                .stories
                .iter_mut()
                .find(|published| published.story.id == id)
                .and_then(|published| published.views.get_mut(&self.number));
            view.map(|view| *view = (MessageStatus::Read, now))
                .is_some()
        })
    }

    /// Publishes a status for everybody who has this number in the address book, and returns its id.
    pub fn publish(&self, content: StoryContent) -> String {
        self.core
            .with(|world| world.publish(&self.number, content, Vec::new(), None))
    }
}

impl World {
    /// Publishes a status for the chat ids that it is meant for, or for everybody when there are none.
    pub(crate) fn publish(
        &mut self,
        author: &str,
        content: StoryContent,
        meant_for: Vec<String>,
        sent_by: Option<u64>,
    ) -> String {
        let (id, now, own) = (self.new_message_id(), self.now, person_id(author));
        let knows = self
            .people
            .iter()
            .filter(|(number, person)| person.contacts.contains_key(&own) && *number != author);
        let audience = knows
            .map(|(number, _)| number)
            .filter(|number| meant_for.is_empty() || meant_for.contains(&person_id(number)));
        let views = audience
            .map(|number| {
                let status = if self.is_reachable(number) {
                    MessageStatus::Delivered
                } else {
                    MessageStatus::Sent
                };
                (number.clone(), (status, now))
            })
            .collect();
        let story = Story {
            id: id.clone(),
            author: own.clone(),
            content,
            at: now,
        };
        self.stories.push(Published {
            story,
            author: author.to_owned(),
            sent_by,
            meant_for,
            views,
            deleted: false,
        });
        if self.stories.len() > KEPT {
            self.stories.remove(0);
        }
        self.stirred = true;
        id
    }

    /// The statuses of others that reached somebody, newest first.
    pub(crate) fn stories_for<'w>(
        &'w self,
        number: &'w str,
    ) -> impl Iterator<Item = &'w Published> {
        self.stories
            .iter()
            .rev()
            .filter(move |published| published.views.contains_key(number))
    }

    /// The statuses that somebody published, newest first.
    pub(crate) fn stories_by<'w>(&'w self, number: &'w str) -> impl Iterator<Item = &'w Published> {
        self.stories
            .iter()
            .rev()
            .filter(move |published| published.author == number)
    }
}
