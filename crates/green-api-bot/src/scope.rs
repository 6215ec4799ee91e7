//! Whose a dialogue is, and under what it is kept.

use green_api::{ChatId, InstanceId};

/// The owner of a step in a dialogue.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Scope {
    /// A person in a chat: two members of a group are in two dialogues.
    PersonInChat,
    /// A person, in any chat.
    Person,
    /// A chat: all members of a group are in one dialogue.
    Chat,
}

const PERSON: &str = "/person/";
const IN: &str = "/in/";

/// Returns the key of a dialogue; `None` if there is no such person or chat.
pub(crate) fn key(
    scope: Scope,
    instance: InstanceId,
    chat: Option<&ChatId>,
    person: Option<&ChatId>,
) -> Option<String> {
    let instance = instance.get();
    Some(match scope {
        Scope::Chat => format!("{instance}/chat/{}", chat?.as_str()),
        Scope::Person => format!("{instance}{PERSON}{}", person?.as_str()),
        Scope::PersonInChat => {
            let (person, chat) = (person?.as_str(), chat?.as_str());
            format!("{instance}{PERSON}{person}{IN}{chat}")
        }
    })
}

/// Returns the keys of all scopes.
pub(crate) fn keys(
    instance: InstanceId,
    chat: Option<&ChatId>,
    person: Option<&ChatId>,
) -> Vec<String> {
    let scopes = [Scope::PersonInChat, Scope::Person, Scope::Chat];
    let keys = scopes.map(|scope| key(scope, instance, chat, person));
    keys.into_iter().flatten().collect()
}

/// Returns the person in a key.
pub(crate) fn person_of(key: &str) -> Option<ChatId> {
    let (_, person) = key.split_once(PERSON)?;
    let person = person.split_once(IN).map_or(person, |(person, _)| person);
    // As the server sent it, which is taken as it is.
    serde_json::from_value(person.into()).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_person_is_found_in_the_key() {
        let instance = InstanceId::try_from(7_103_000_001_i64).unwrap();
        let person: ChatId = "447700900145@c.us".parse().unwrap();
        let group: ChatId = "120363000000000001@g.us".parse().unwrap();
        for (scope, found) in [
            (Scope::Person, Some(&person)),
            (Scope::PersonInChat, Some(&person)),
            (Scope::Chat, None),
        ] {
            let key = key(scope, instance, Some(&group), Some(&person)).unwrap();
            assert_eq!(person_of(&key).as_ref(), found);
        }
    }
}
