//! The people of the world: everybody with a phone number, whether an instance is linked to it or not.

use std::collections::BTreeMap;
use std::time::SystemTime;

/// Somebody with a phone number.
pub(crate) struct Person {
    /// The name that others see; `None` is the number.
    pub(crate) name: Option<String>,
    pub(crate) has_whatsapp: bool,
    /// Whether it is a WhatsApp Business account, which may have a catalogue.
    pub(crate) is_business: bool,
    /// Whether the phone is connected. Linked devices do not need it.
    pub(crate) online: bool,
    /// The address book: names by chat id.
    pub(crate) contacts: BTreeMap<String, String>,
    /// The settings for chats, by chat id.
    pub(crate) chat_settings: BTreeMap<String, ChatSettings>,
}

/// The settings of somebody for a chat.
#[derive(Clone, Copy, Default)]
pub(crate) struct ChatSettings {
    pub(crate) archived: bool,
    /// After how many seconds messages disappear; 0 when they stay.
    pub(crate) ephemeral_expiration: u64,
    pub(crate) ephemeral_since: Option<SystemTime>,
}

impl Default for Person {
    fn default() -> Self {
        Self {
            name: None,
            has_whatsapp: true,
            is_business: true,
            online: true,
            contacts: BTreeMap::new(),
            chat_settings: BTreeMap::new(),
        }
    }
}
