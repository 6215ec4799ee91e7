//! The accessors: their documentation, and the rule of each.

use crate::models::{ChatId, MessageId};
use crate::types::{
    ButtonMenu, ContactCard, DeletedText, EditedText, ExtendedText, GroupInvite, JournalMessage,
    ListMenu, MessageData, MessageNotification, Notification, OldButtons, OrderMessage, Place,
    Poll, ProductMessage, QueuedMessage, QuotedMessage, StatusText, Template,
};

use super::{MessageFile, PressedButton, Quoted, Reaction, given, identified, marker, written};

/// The accessors of [`Content`], and the same as inherent methods of the types named before each group.
macro_rules! accessors {
    ($([$($type:ident),+] $accessors:tt)+) => {
        accessors!(@content $($accessors)+);
        $($(accessors!(@inherent $type $accessors);)+)+
    };
    (@content $({ $($(#[$meta:meta])* fn $name:ident() -> $given:ty;)+ })+) => {
        /// Anything that holds a message, whether it was received, is in a journal or a queue, or is quoted.
        ///
        /// It is implemented by [`Notification`], [`MessageNotification`], [`MessageData`], [`JournalMessage`], [`QuotedMessage`]
        /// and [`QueuedMessage`] only. They have the same methods of their own, so the trait is needed just where a function takes
        /// any of them: one handler serves new messages and those that a journal still has.
        ///
        /// ```
        /// use green_api_types::reading::Content;
        /// use green_api_types::types::{JournalMessage, Notification};
        ///
        /// fn handle(content: &impl Content) -> Option<String> {
        ///     Some(format!("{}: {}", content.chat_id()?, content.text()?))
        /// }
        ///
        /// let missed: Vec<JournalMessage> = serde_json::from_str(r#"[
        ///     {"idMessage": "3EB0", "chatId": "447700900145@c.us", "typeMessage": "textMessage", "textMessage": "Hello"}
        /// ]"#)?;
        /// let new: Notification = serde_json::from_str(r#"{
        ///     "typeWebhook": "incomingMessageReceived", "instanceData": {"idInstance": 7103000001}, "idMessage": "3EB1",
        ///     "senderData": {"chatId": "447700900145@c.us"},
        ///     "messageData": {"typeMessage": "textMessage", "textMessageData": {"textMessage": "Hello?"}}
        /// }"#)?;
        /// assert_eq!(handle(&missed[0]).as_deref(), Some("447700900145@c.us: Hello"));
        /// assert_eq!(handle(&new).as_deref(), Some("447700900145@c.us: Hello?"));
        /// # Ok::<(), serde_json::Error>(())
        /// ```
        pub trait Content: HasFields {
            $($($(#[$meta])*
            #[must_use]
            fn $name(&self) -> $given {
                self.fields().$name()
            })+)+
        }

        impl<T: HasFields> Content for T {}
    };
    (@inherent $type:ident { $($(#[$meta:meta])* fn $name:ident() -> $given:ty;)+ }) => {
        impl $type {
            $($(#[$meta])*
            #[must_use]
            pub fn $name(&self) -> $given {
                Content::$name(self)
            })+
        }
    };
}

accessors! {
    [Notification, MessageNotification, JournalMessage, QueuedMessage] {
        /// Returns the chat: of the message or its status, or of whoever called or blocked the account, or whose picture it is.
        ///
        /// A reply goes there. Quotes do not name theirs.
        fn chat_id() -> Option<&ChatId>;

        /// Returns the sender's name in the address book, or else the one that the sender goes by.
        ///
        /// Quotes and messages in a queue have none.
        fn sender_name() -> Option<&str>;

        /// Returns `true` if the chat is a group. Of a quote this is unknown, hence `false`.
        fn is_from_group() -> bool;
    }

    [Notification, MessageNotification, JournalMessage, QuotedMessage, QueuedMessage] {
        /// Returns the id of the message or call.
        ///
        /// Several notifications about one call or status have the same;
        /// [`deduplication_key`](Notification::deduplication_key) tells them apart.
        fn id_message() -> Option<&MessageId>;

        /// Returns who wrote the message, or who called: in a group the member, otherwise the chat or the linked account itself.
        ///
        /// `None` if the server leaves it out, as it does for outgoing messages in a journal or a queue.
        fn sender() -> Option<&ChatId>;
    }

    [Notification, MessageNotification, MessageData, JournalMessage, QuotedMessage, QueuedMessage] {
        /// Returns what somebody wrote; [`reading`](crate::reading) says what that is in which kind.
        fn text() -> Option<&str>;

        /// Returns the text below a picture, a video or a document, or of an invitation.
        fn caption() -> Option<&str>;

        /// Returns the file, if the message is a picture, a video, a document, audio or a sticker.
        fn file() -> Option<MessageFile<'_>>;

        /// Returns the button that was pressed, or the line that was chosen from a list, in all of their shapes.
        ///
        /// The same button comes back as `templateButtonsReplyMessage` or as `interactiveButtonsResponse`, depending on the phone.
        fn button_reply() -> Option<PressedButton<'_>>;

        /// Returns the reaction, if the message is one.
        fn reaction() -> Option<Reaction<'_>>;

        /// Returns the message that this one quotes or reacts to.
        fn quoted() -> Option<Quoted<'_>>;

        /// Returns the id of the other message that this one is about: that it quotes, reacts to, edits, deletes, votes in, or
        /// answers with a button.
        fn refers_to() -> Option<&MessageId>;

        /// Returns the place, if the message is one.
        fn location() -> Option<&Place>;

        /// Returns the contact details in the message, of one person or of several; empty if it is something else.
        fn contacts() -> &[ContactCard];

        /// Returns the poll, or the votes in it.
        fn poll() -> Option<&Poll>;

        /// Returns the options that the sender of a vote chose, in the order of the poll; empty if the vote was taken back, and of what is no
        /// vote.
        ///
        /// Each vote replaces the one before: it lists all that its sender now wants.
        fn chosen() -> Vec<&str>;

        /// Returns the product of a catalogue, if the message shows one.
        fn product() -> Option<&ProductMessage>;

        /// Returns the order from a catalogue, if the message is one.
        fn order() -> Option<&OrderMessage>;

        /// Returns the marker that the server puts where it could not read a text, `{{SWE001}}`, or where a file is too large,
        /// `{{SWE002}}`.
        fn placeholder() -> Option<&str>;
    }
}

/// Public because [`Content`] needs it, unreachable so that nobody else implements it.
pub trait HasFields {
    fn fields(&self) -> Fields<'_>;
}

/// Everything that the rules below read, as the server sent it, wherever a type keeps it.
///
/// The types that have all kinds of content in one struct name every field, so that a new one cannot be forgotten there.
#[derive(Clone, Copy, Default)]
pub struct Fields<'a> {
    pub(super) id_message: Option<&'a MessageId>,
    pub(super) chat_id: Option<&'a ChatId>,
    pub(super) sender: Option<&'a ChatId>,
    pub(super) sender_contact_name: Option<&'a String>,
    pub(super) sender_name: Option<&'a String>,

    pub(super) text: Option<&'a String>,
    /// Journals have two names for it.
    pub(super) extended: [Option<&'a ExtendedText>; 2],
    pub(super) status: Option<&'a StatusText>,
    pub(super) menu: Option<&'a ButtonMenu>,
    /// The text of buttons of the old kind, a template or a list.
    pub(super) old_menu: Option<&'a String>,

    pub(super) file: Option<MessageFile<'a>>,
    pub(super) download_url: Option<&'a String>,
    pub(super) caption: Option<&'a String>,
    pub(super) invite: Option<&'a GroupInvite>,

    pub(super) button_reply: Option<PressedButton<'a>>,
    pub(super) location: Option<&'a Place>,
    pub(super) contacts: &'a [ContactCard],
    pub(super) poll: Option<&'a Poll>,
    pub(super) product: Option<&'a ProductMessage>,
    pub(super) order: Option<&'a OrderMessage>,

    pub(super) is_reaction: bool,
    pub(super) quoted: Option<&'a QuotedMessage>,
    pub(super) quoted_id: Option<&'a MessageId>,
    pub(super) edited: Option<&'a EditedText>,
    pub(super) edited_id: Option<&'a MessageId>,
    pub(super) deleted: Option<&'a DeletedText>,
    pub(super) deleted_id: Option<&'a MessageId>,
}

/// The rules.
impl<'a> Fields<'a> {
    fn id_message(self) -> Option<&'a MessageId> {
        identified(self.id_message)
    }

    fn chat_id(self) -> Option<&'a ChatId> {
        present(self.chat_id)
    }

    fn sender(self) -> Option<&'a ChatId> {
        present(self.sender)
    }

    fn sender_name(self) -> Option<&'a str> {
        given(self.sender_contact_name).or(given(self.sender_name))
    }

    fn is_from_group(self) -> bool {
        self.chat_id.is_some_and(ChatId::is_group)
    }

    fn text(self) -> Option<&'a str> {
        // The text of a reaction is its emoji.
        let texts = (!self.is_reaction).then(|| self.texts());
        texts.into_iter().flatten().find_map(written)
    }

    fn caption(self) -> Option<&'a str> {
        self.captions().into_iter().find_map(written)
    }

    fn file(self) -> Option<MessageFile<'a>> {
        self.file
    }

    fn button_reply(self) -> Option<PressedButton<'a>> {
        self.button_reply
    }

    fn reaction(self) -> Option<Reaction<'a>> {
        self.is_reaction.then(|| Reaction {
            emoji: self.texts().into_iter().find_map(written),
            message: self.quoted().and_then(|quoted| quoted.id_message),
        })
    }

    fn quoted(self) -> Option<Quoted<'a>> {
        // The text beside a quote names it as well. Where both do they may differ; the quote itself is the better witness.
        let beside = self.extended.into_iter().flatten().find_map(|text| {
            Some((
                identified(text.stanza_id.as_ref())?,
                present(text.participant.as_ref()),
            ))
        });
        let (beside_id, beside_sender) = beside.unzip();
        let quoted = Quoted {
            id_message: self
                .quoted
                .and_then(QuotedMessage::id_message)
                .or(beside_id)
                .or(identified(self.quoted_id)),
            sender: self
                .quoted
                .and_then(QuotedMessage::sender)
                .or(beside_sender.flatten()),
            content: self.quoted,
        };
        (quoted.content.is_some() || quoted.id_message.is_some()).then_some(quoted)
    }

    fn refers_to(self) -> Option<&'a MessageId> {
        let ids = [
            self.edited_id,
            self.edited.and_then(|text| text.stanza_id.as_ref()),
            self.deleted_id,
            self.deleted.and_then(|text| text.stanza_id.as_ref()),
            self.poll.and_then(|poll| poll.stanza_id.as_ref()),
            self.button_reply.and_then(|button| button.message),
        ];
        ids.into_iter()
            .find_map(identified)
            .or_else(|| self.quoted()?.id_message)
    }

    fn location(self) -> Option<&'a Place> {
        self.location
    }

    fn contacts(self) -> &'a [ContactCard] {
        self.contacts
    }

    fn poll(self) -> Option<&'a Poll> {
        self.poll
    }

    fn chosen(self) -> Vec<&'a str> {
        let Some(poll) = self.poll else {
            return Vec::new();
        };
        let of_sender = self.sender().map(|sender| poll.choices_of(sender));
        match of_sender {
            Some(chosen) if !chosen.is_empty() => chosen,
            // The voter may go by another id than the sender; of a vote there is one only.
            _ if poll.options.is_empty() => poll.only_choices(),
            _ => Vec::new(),
        }
    }

    fn product(self) -> Option<&'a ProductMessage> {
        self.product
    }

    fn order(self) -> Option<&'a OrderMessage> {
        self.order
    }

    /// Returns `true` if the message says something already. One that WhatsApp could not decrypt comes without at first, and again when it could.
    pub(super) fn has_content(self) -> bool {
        if let Some(file) = self.file {
            return file.download_url.is_some();
        }
        let chooses = |button: PressedButton<'_>| button.id.is_some() || button.text.is_some();
        let reacts =
            |reaction: Reaction<'_>| reaction.emoji.is_some() || reaction.message.is_some();
        let is_in_it = |poll: &Poll| given(poll.name.as_ref()).is_some() || !poll.votes.is_empty();
        let invites =
            |invite: &GroupInvite| invite.group_jid.is_some() || invite.invite_code.is_some();
        self.text().is_some()
            || self.caption().is_some()
            || self.reaction().is_some_and(reacts)
            || self.button_reply.is_some_and(chooses)
            || self.menu.is_some_and(|menu| !menu.buttons.is_empty())
            || self.location.is_some_and(|place| place.latitude.is_some())
            || self
                .contacts
                .iter()
                .any(|card| *card != ContactCard::default())
            || self.poll.is_some_and(is_in_it)
            || self
                .product
                .is_some_and(|product| *product != ProductMessage::default())
            || self.order.is_some_and(|order| order.order_id.is_some())
            || self.invite.is_some_and(invites)
            || self.deleted.is_some()
    }

    fn placeholder(self) -> Option<&'a str> {
        let texts = self.texts().into_iter().chain(self.captions());
        texts.chain([self.download_url]).find_map(marker)
    }

    /// Where a text may be, the likeliest first.
    fn texts(self) -> [Option<&'a String>; 8] {
        let extended = self
            .extended
            .map(|text| text.and_then(|text| text.text.as_ref()));
        [
            self.text,
            extended[0],
            extended[1],
            self.status.and_then(|text| text.text.as_ref()),
            self.edited.and_then(|text| text.text_message.as_ref()),
            self.menu.and_then(|menu| menu.content_text.as_ref()),
            self.menu.and_then(|menu| menu.body.as_ref()),
            self.old_menu,
        ]
    }

    fn captions(self) -> [Option<&'a String>; 3] {
        [
            self.caption,
            self.edited.and_then(|text| text.caption.as_ref()),
            self.invite.and_then(|invite| invite.caption.as_ref()),
        ]
    }
}

/// Returns the text of buttons of the old kind, a template or a list: the first that is not empty.
pub(super) fn old_menu<'a>(
    buttons: Option<&'a OldButtons>,
    template: Option<&'a Template>,
    list: Option<&'a ListMenu>,
) -> Option<&'a String> {
    let texts = [
        buttons.and_then(|menu| menu.content_text.as_ref()),
        template.and_then(|menu| menu.content_text.as_ref()),
        list.and_then(|menu| menu.content_text.as_ref()),
    ];
    texts.into_iter().flatten().find(|text| !text.is_empty())
}

/// Returns the chat, unless it is empty.
fn present(chat: Option<&ChatId>) -> Option<&ChatId> {
    chat.filter(|chat| !chat.is_empty())
}
