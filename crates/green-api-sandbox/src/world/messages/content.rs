use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use utoipa::ToSchema;

use crate::world::catalog::{Order, Product};
use crate::world::files::File;

/// The content of a message.
///
/// In JSON the field `kind` tells them apart: `{"kind": "text", "text": "Hello"}`.
///
/// ```
/// use green_api_sandbox::Content;
///
/// assert_eq!(Content::from("Hello"), Content::Text { text: "Hello".to_owned(), preview: None });
/// ```
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(
    tag = "kind",
    rename_all = "camelCase",
    rename_all_fields = "camelCase"
)]
#[schema(description = "The content of a message.")]
#[non_exhaustive]
pub enum Content {
    /// A text.
    Text {
        /// The text.
        text: String,
        /// A preview of the page that the text links to. What a phone sends gets one by itself.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        preview: Option<LinkPreview>,
    },
    /// A picture, video, document, recording or sticker.
    File(Attachment),
    /// A place.
    Location {
        /// Degrees north; negative in the south.
        latitude: f64,
        /// Degrees east; negative in the west.
        longitude: f64,
        /// Name of the place; may be empty.
        #[serde(default)]
        name: String,
        /// Address of the place; may be empty.
        #[serde(default)]
        address: String,
    },
    /// Contact details.
    Contact(ContactCard),
    /// The contact details of several people.
    Contacts {
        /// The people.
        contacts: Vec<ContactCard>,
    },
    /// A poll.
    // Said again for `ToSchema`, which does not know `rename_all_fields`.
    #[serde(rename_all = "camelCase")]
    Poll {
        /// The question.
        question: String,
        /// The options.
        options: Vec<String>,
        /// Whether several options may be chosen.
        #[serde(default)]
        multiple_answers: bool,
    },
    /// Somebody's votes in a poll, in place of those before.
    PollVote {
        /// Id of the message with the poll.
        message: String,
        /// The chosen options; an empty list takes the vote back.
        options: Vec<String>,
    },
    /// A reaction to a message.
    Reaction {
        /// Id of the message.
        message: String,
        /// The emoji; empty takes a reaction back.
        emoji: String,
    },
    /// A text with buttons.
    Buttons {
        /// The text above; may be empty.
        #[serde(default)]
        title: String,
        /// The text itself.
        text: String,
        /// The small text below; may be empty.
        #[serde(default)]
        footer: String,
        /// The buttons.
        buttons: Vec<Button>,
    },
    /// The press of a button, or the choice of a line in a list.
    #[serde(rename_all = "camelCase")]
    ButtonPress {
        /// Id of the message with the buttons or the list.
        message: String,
        /// The id of the button or line.
        button_id: String,
    },
    /// An edit of a message.
    Edit {
        /// Id of the message.
        message: String,
        /// The new text, or the new caption of a file.
        text: String,
    },
    /// The deletion of a message for everybody.
    Delete {
        /// Id of the message.
        message: String,
    },
    /// A product of a catalogue, as a phone shows it.
    Product(Product),
    /// An order from a catalogue. A message with one comes from ordering alone.
    // Without `skip_deserializing`, which would take it out of the schema of messages as well.
    #[serde(deserialize_with = "Order::refuse")]
    Order(Order),
    /// Any other kind, as it appears in the `messageData` of a notification.
    #[serde(rename_all = "camelCase")]
    Other {
        /// The kind, `typeMessage`.
        type_message: String,
        /// The other fields of `messageData`.
        #[serde(default)]
        data: Map<String, Value>,
    },
}

/// A preview of the page that a text links to.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", default)]
pub struct LinkPreview {
    /// The headline.
    pub title: String,
    /// The text below it.
    pub description: String,
    /// A small JPEG picture in Base64; may be empty.
    pub jpeg_thumbnail: String,
}

/// A file in a message.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Attachment {
    /// The address to fetch it from.
    pub url: String,
    /// Its name, with the extension.
    pub name: String,
    /// Its media type, such as `image/jpeg`. It decides how the file is shown.
    pub mime_type: String,
    /// The text below it; may be empty.
    #[serde(default)]
    pub caption: String,
}

/// Contact details.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct ContactCard {
    /// The name.
    pub name: String,
    /// The details as a vCard.
    pub vcard: String,
}

/// A button below a text.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Button {
    /// The id, unique among the buttons of a message.
    pub id: String,
    /// The label.
    pub text: String,
    /// The action.
    #[serde(default)]
    pub action: ButtonAction,
}

/// The action of a button.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub enum ButtonAction {
    /// It answers the message.
    #[default]
    Reply,
    /// It copies this text.
    Copy(String),
    /// It calls this number.
    Call(String),
    /// It opens this address.
    Url(String),
}

impl From<&str> for Content {
    fn from(text: &str) -> Self {
        Self::Text {
            text: text.to_owned(),
            preview: None,
        }
    }
}

impl From<String> for Content {
    fn from(text: String) -> Self {
        Self::Text {
            text,
            preview: None,
        }
    }
}

impl Attachment {
    /// Returns a file whose media type follows from the extension of its name.
    ///
    /// ```
    /// use green_api_sandbox::Attachment;
    ///
    /// assert_eq!(Attachment::new("https://files.example.com/1", "cat.jpg").mime_type, "image/jpeg");
    /// ```
    pub fn new(url: impl Into<String>, name: impl Into<String>) -> Self {
        let name = name.into();
        let mime_type = File::mime_of(&name);
        Self {
            url: url.into(),
            name,
            mime_type,
            caption: String::new(),
        }
    }

    /// Returns the kind of message that such a file is sent as.
    pub(crate) fn type_message(&self) -> &'static str {
        match self.mime_type.split_once('/') {
            Some(("image", "webp")) => "stickerMessage",
            Some(("image", "jpeg" | "png")) => "imageMessage",
            Some(("video", _)) => "videoMessage",
            Some(("audio", _)) => "audioMessage",
            _ => "documentMessage",
        }
    }
}

impl Content {
    /// Returns the id of the message that this one changes, answers or votes in.
    pub(crate) fn about(&self) -> Option<&str> {
        match self {
            Self::PollVote { message, .. }
            | Self::Reaction { message, .. }
            | Self::ButtonPress { message, .. }
            | Self::Edit { message, .. }
            | Self::Delete { message } => Some(message),
            _ => None,
        }
    }

    /// Adds the preview that WhatsApp makes of a link by itself.
    pub(crate) fn with_preview(self) -> Self {
        match self {
            Self::Text {
                text,
                preview: None,
            } if text.contains("http://") || text.contains("https://") => Self::Text {
                text,
                preview: Some(LinkPreview::default()),
            },
            other => other,
        }
    }

    /// Returns the kind of message in the API's spelling, as far as it does not depend on other messages.
    pub(crate) fn type_message(&self) -> &str {
        match self {
            Self::Text { preview: None, .. } => "textMessage",
            Self::Text { .. } => "extendedTextMessage",
            Self::File(file) => file.type_message(),
            Self::Location { .. } => "locationMessage",
            Self::Contact(_) => "contactMessage",
            Self::Contacts { .. } => "contactsArrayMessage",
            Self::Poll { .. } => "pollMessage",
            Self::PollVote { .. } => "pollUpdateMessage",
            Self::Reaction { .. } => "reactionMessage",
            Self::Buttons { .. } => "interactiveButtons",
            Self::ButtonPress { .. } => "interactiveButtonsResponse",
            Self::Edit { .. } => "editedMessage",
            Self::Delete { .. } => "deletedMessage",
            Self::Product(_) => "productMessage",
            Self::Order(_) => "orderMessage",
            Self::Other { type_message, .. } => type_message,
        }
    }

    /// Returns the setting that decides whether the kind is announced; `None` if only the direction decides.
    pub(crate) fn switch(&self) -> Option<&'static str> {
        match self {
            Self::Poll { .. } | Self::PollVote { .. } => Some("pollMessageWebhook"),
            Self::Edit { .. } => Some("editedMessageWebhook"),
            Self::Delete { .. } => Some("deletedMessageWebhook"),
            _ => None,
        }
    }

    /// Returns whether the kind is announced only with `catalogWebhook`, in addition to the setting for the direction.
    pub(crate) fn is_of_catalog(&self) -> bool {
        matches!(self, Self::Product(_) | Self::Order(_))
    }

    /// Replaces the text, or the caption of a file. Nothing else can be edited.
    pub(crate) fn reword(&mut self, words: &str) {
        match self {
            Self::Text { text, .. } => words.clone_into(text),
            Self::File(file) => words.clone_into(&mut file.caption),
            _ => {}
        }
    }
}
