//! Who chose what in a poll.

use crate::models::ChatId;
use crate::types::{Poll, PollVotes};

use super::given;

impl Poll {
    /// Returns the options that somebody chose, in the order of the poll.
    ///
    /// A notification of votes lists those of one person, each time all of them.
    ///
    /// ```
    /// use green_api_types::models::ChatId;
    /// use green_api_types::types::Poll;
    ///
    /// let poll: Poll = serde_json::from_str(r#"{"name": "Tea?", "votes": [
    ///     {"optionName": "Yes", "optionVoters": ["447700900145@c.us"]},
    ///     {"optionName": "No", "optionVoters": []}
    /// ]}"#)?;
    /// let ada: ChatId = "447700900145@c.us".parse()?;
    /// assert_eq!(poll.choices_of(&ada), ["Yes"]);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn choices_of(&self, voter: &ChatId) -> Vec<&str> {
        self.choices(|votes| voters(votes).any(|other| same_person(&other, voter.as_str())))
    }

    /// Returns the options that the only voter chose; empty if there are several.
    pub(super) fn only_choices(&self) -> Vec<&str> {
        let mut all = self.votes.iter().flat_map(voters);
        let only = all.next();
        if all.any(|other| !only.as_ref().is_some_and(|only| same_person(&other, only))) {
            return Vec::new();
        }
        self.choices(|votes| !votes.option_voters.is_empty())
    }

    fn choices(&self, chosen: impl Fn(&PollVotes) -> bool) -> Vec<&str> {
        let chosen = self.votes.iter().filter(|votes| chosen(votes));
        chosen
            .filter_map(|votes| given(votes.option_name.as_ref()))
            .collect()
    }
}

fn voters(votes: &PollVotes) -> impl Iterator<Item = String> {
    votes
        .option_voters
        .iter()
        .filter_map(|voter| voter.chat_id())
}

/// Whether the ids are the same but for the ways to write the number of a person.
fn same_person(one: &str, other: &str) -> bool {
    let number = |id: &str| {
        id.strip_suffix("@c.us")
            .or(id.strip_suffix("@s.whatsapp.net"))
            .unwrap_or(id)
            .to_owned()
    };
    number(one) == number(other)
}
