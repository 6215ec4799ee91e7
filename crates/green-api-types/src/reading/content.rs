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
/// Notifications, journals and quotes have the content itself under the same names, which [`payload`] reads, so that none can be forgotten.
#[derive(Clone, Copy, Default)]
pub struct Fields<'a> {
    pub(super) id_message: Option<&'a MessageId>,
    pub(super) chat_id: Option<&'a ChatId>,
    pub(super) sender: Option<&'a ChatId>,
    pub(super) sender_contact_name: Option<&'a String>,
    pub(super) sender_name: Option<&'a String>,

    pub(super) text: [Option<&'a String>; 2],
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
    fn texts(self) -> [Option<&'a String>; 9] {
        let extended = self
            .extended
            .map(|text| text.and_then(|text| text.text.as_ref()));
        [
            self.text[0],
            self.text[1],
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

/// Reads the content itself of what has all kinds in one struct: a notification, a message in a journal, or a quote. Each has names of its own
/// for some of it, and any of the names may come from any server.
macro_rules! payload {
    ($message:expr, is_file: $is_file:expr) => {{
        let message = $message;
        let file = message.file_message_data.as_deref();
        let contact = (message.contact.as_deref()).or(message.contact_message_data.as_deref());
        let contacts = match (contact, &message.message_data) {
            (Some(contact), _) => ::std::slice::from_ref(contact),
            (None, Some(data)) if !data.contacts.is_empty() => &data.contacts,
            (None, _) => &message.contacts,
        };
        let text = message.text_message_data.as_deref();
        $crate::reading::content::Fields {
            text: [
                message.text_message.as_ref(),
                text.and_then(|data| data.text_message.as_ref()),
            ],
            extended: [
                message.extended_text_message.as_deref(),
                message.extended_text_message_data.as_deref(),
            ],
            status: message.status_extended_text_message_data.as_deref(),
            menu: (message.interactive_buttons.as_deref())
                .or(message.interactive_buttons_reply.as_deref()),
            old_menu: $crate::reading::content::old_menu(
                message.buttons_message.as_deref(),
                message.template_message.as_deref(),
                message.list_message.as_deref(),
            ),
            file: file
                .map(Into::into)
                .or($is_file.then(|| $crate::reading::MessageFile {
                    download_url: $crate::reading::written(message.download_url.as_ref()),
                    file_name: $crate::reading::given(message.file_name.as_ref()),
                    mime_type: $crate::reading::given(message.mime_type.as_ref()),
                    caption: $crate::reading::written(message.caption.as_ref()),
                    jpeg_thumbnail: $crate::reading::given(message.jpeg_thumbnail.as_ref()),
                })),
            download_url: (message.download_url.as_ref())
                .filter(|url| !url.is_empty())
                .or(file.and_then(|file| file.download_url.as_ref())),
            caption: (message.caption.as_ref())
                .filter(|caption| !caption.is_empty())
                .or(file.and_then(|file| file.caption.as_ref())),
            invite: (message.group_invite_message_data.as_deref())
                .or(message.group_invite_message.as_deref()),
            button_reply: (message.interactive_buttons_response.as_deref())
                .or(message.template_button_reply_message.as_deref())
                .or(message.template_buttons_reply_message.as_deref())
                .map(Into::into)
                .or((message.buttons_response_message.as_deref()).map(Into::into))
                .or((message.list_response_message.as_deref()).map(Into::into)),
            location: (message.location.as_deref()).or(message.location_message_data.as_deref()),
            contacts,
            poll: (message.poll_message_data.as_deref())
                .or(message.poll_creation_message.as_deref()),
            product: message.product_message.as_deref(),
            order: message.order_message.as_deref(),
            edited: message.edited_message_data.as_deref(),
            deleted: message.deleted_message_data.as_deref(),
            ..$crate::reading::content::Fields::default()
        }
    }};
}
pub(super) use payload;

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
