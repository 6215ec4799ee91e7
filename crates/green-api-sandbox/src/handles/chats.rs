//! The uses of a phone besides linking: writing, reading, calling, publishing.

use super::phone::Phone;
use crate::kit::ids;
use crate::world::calls::CallEnd;
use crate::world::chats::{Chat, Message};
use crate::world::files::File;
use crate::world::messages::{Attachment, Content, Peer};
use crate::world::statuses::{Status, StatusContent};

impl Phone {
    /// Sets the name that others see. Default: the number.
    pub fn set_name(&self, name: impl Into<String>) {
        let name = name.into();
        self.with(|world, number| world.person(number).name = Some(name));
    }

    /// Sets whether there is a WhatsApp account with this number. Default: yes. Without one, `checkWhatsapp` answers `false` and messages
    /// to the number end as `noAccount`.
    pub fn set_whatsapp(&self, has_whatsapp: bool) {
        self.with(|world, number| world.person(number).has_whatsapp = has_whatsapp);
    }

    /// Connects the phone or disconnects it. Default: connected.
    ///
    /// What is sent to a phone that is offline, and to which no instance is linked, stays `sent` until it is online again. What is sent
    /// from the phone itself waits as well.
    pub fn set_online(&self, online: bool) {
        self.with(|world, number| world.set_online(number, online));
    }

    /// Returns whether the phone is connected.
    pub fn is_online(&self) -> bool {
        self.with(|world, number| world.is_online(number))
    }

    /// Saves a name in the address book of the phone.
    pub fn add_contact(&self, number: &str, name: impl Into<String>) {
        let (id, name) = (Peer::parse(number).chat_id(), name.into());
        self.with(|world, number| world.person(number).contacts.insert(id, name));
    }

    /// Sends a text and returns the id of the message.
    ///
    /// The chat is a chat id, or a phone number as people write it. The phone need not be linked to an instance.
    ///
    /// ```
    /// # use green_api_sandbox::Sandbox;
    /// # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), green_api_sandbox::StartError> {
    /// let sandbox = Sandbox::start().await?;
    /// let (shop, customer) = (sandbox.phone("447700900123"), sandbox.phone("447700900145"));
    /// let id = customer.send_text("447700900123@c.us", "Are you open today?");
    /// assert_eq!(customer.messages("+44 7700 900123")[0].id, id);
    /// # Ok(()) }
    /// ```
    pub fn send_text(&self, chat_id: &str, text: impl Into<String>) -> String {
        self.send(chat_id, Content::from(text.into()))
    }

    /// Sends a file and returns the id of the message. The extension of the name decides how it is shown: as a picture, video, document …
    ///
    /// ```
    /// # use green_api_sandbox::Sandbox;
    /// # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), green_api_sandbox::StartError> {
    /// let sandbox = Sandbox::start().await?;
    /// sandbox.phone("447700900145").send_file("447700900123", "receipt.pdf", "%PDF-1.7 …");
    /// # Ok(()) }
    /// ```
    pub fn send_file(&self, chat_id: &str, name: &str, bytes: impl Into<Vec<u8>>) -> String {
        self.send(chat_id, Content::File(self.attachment(name, bytes)))
    }

    /// Uploads a file and returns it as an attachment, which [`send`](Phone::send) takes within a [`Content::File`] and whose caption and
    /// media type can be changed before. It is kept for 15 days.
    pub fn attachment(&self, name: &str, bytes: impl Into<Vec<u8>>) -> Attachment {
        let mime_type = File::mime_of(name);
        let file = File {
            name: name.to_owned(),
            mime: mime_type.clone(),
            bytes: bytes.into().into(),
        };
        // Addresses of files begin with a number; this one is the phone's.
        let owner = self.number().parse().unwrap_or_default();
        Attachment {
            url: self.with(|world, _| world.store_file(owner, file)),
            name: name.to_owned(),
            mime_type,
            caption: String::new(),
        }
    }

    /// Sends any kind of message and returns its id. Edits, deletions, reactions, votes and pressed buttons are messages as well.
    pub fn send(&self, chat_id: &str, content: impl Into<Content>) -> String {
        self.write(chat_id, content.into(), None)
    }

    /// Answers a message, which is quoted, and returns the id of the answer.
    pub fn reply(
        &self,
        chat_id: &str,
        quoted_message_id: &str,
        content: impl Into<Content>,
    ) -> String {
        self.write(chat_id, content.into(), Some(quoted_message_id))
    }

    /// Forwards a message to another chat and returns the id of the new one; `None` if this phone does not have the message.
    pub fn forward(&self, message_id: &str, chat_id: &str) -> Option<String> {
        self.with(|world, number| world.forward(number, message_id, chat_id))
    }

    /// Creates a group with these people and returns its chat id; `None` if none of them has WhatsApp.
    pub fn create_group(&self, name: &str, numbers: &[&str]) -> Option<String> {
        let members: Vec<String> = numbers.iter().map(|number| ids::digits(number)).collect();
        self.with(|world, number| world.create_group(number, name, &members))
    }

    /// Returns the chats, the one with the latest message first.
    pub fn chats(&self) -> Vec<Chat> {
        self.with(|world, number| world.show_chats(number))
    }

    /// Returns the messages in a chat, oldest first. Edits, deletions and reactions show at the message that they are about.
    pub fn messages(&self, chat_id: &str) -> Vec<Message> {
        self.with(|world, number| world.show_messages(number, chat_id))
    }

    /// Marks everything in a chat as read, which the senders see.
    pub fn read(&self, chat_id: &str) {
        let chat_id = Peer::parse(chat_id).chat_id();
        self.with(|world, number| world.read(number, &chat_id, None));
    }

    /// Calls somebody, who reacts after 5 seconds by the sandbox's clock, and returns the id of the call.
    ///
    /// Instances that are linked to the phone that rings hear of it as `incomingCall`, those that are linked to this one as
    /// `outgoingCall` when it is over, if `incomingCallWebhook` or `outgoingCallWebhook` is on.
    pub fn call(&self, number: &str, is_video: bool, end: CallEnd) -> String {
        let callee = match Peer::parse(number) {
            Peer::Person(callee) => callee,
            Peer::Group(id) => id,
        };
        self.with(|world, number| world.ring(number, &callee, is_video, end))
    }

    /// Returns the statuses of others that can be seen on this phone, newest first: those published within a day by somebody who has this
    /// number in the address book and in the audience.
    pub fn statuses(&self) -> Vec<Status> {
        self.with(|world, number| world.visible_statuses(number))
    }

    /// Views a status, which its author sees, and returns whether it had reached this phone.
    pub fn view_status(&self, id: &str) -> bool {
        self.with(|world, number| world.view_status(number, id))
    }

    /// Publishes a status for everybody who has this number in the address book, and returns its id.
    pub fn publish(&self, content: StatusContent) -> String {
        self.with(|world, number| world.publish(number, content, Vec::new(), None))
    }

    fn write(&self, chat_id: &str, content: Content, quoted: Option<&str>) -> String {
        self.with(|world, number| world.write(number, chat_id, content, quoted))
    }
}
