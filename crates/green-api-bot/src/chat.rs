//! Answers.

use std::time::Duration;

use green_api::types::{PollOption, ReplyButton};
use green_api::{BoxError, Call, ChatId, HandlerError, Instance, Request, Upload};
use green_api_mailbox::{CommitPut, Error as StoreError};

use crate::extract::{Extract, Rejection};
use crate::{Context, HandlerResult};

/// The chat that a notification came from, to answer in.
///
/// What is sent here goes into the outbox in the handler's one commit: it leaves after the handler has returned `Ok`, in this order, once, whatever dies in
/// between. Of a handler that fails nothing is sent.
///
/// What can never be sent, such as a text of more than 20,000 characters, is a [hopeless](HandlerError::hopeless) error: if the handler returns it, the
/// notification is parked at once, and the chat goes on.
///
/// ```
/// use green_api_bot::{Chat, HandlerResult};
///
/// async fn menu(chat: Chat) -> HandlerResult {
///     chat.reply("Good morning!")?;
///     chat.ask_buttons("Soup or salad?", ["Soup", "Salad"])
/// }
/// ```
#[derive(Clone, Debug)]
pub struct Chat {
    context: Context,
    id: ChatId,
}

/// Makes the methods that send something, each with the time of typing that waits for it.
macro_rules! sends {
    ($($(#[$meta:meta])* fn $name:ident($($parameter:ident: $type:ty),*) |$instance:ident, $chat:ident| $request:expr;)+) => {
        $($(#[$meta])*
        #[doc = "\n# Errors\n\nAn error if it is not as the documentation asks for."]
        pub fn $name(&self, $($parameter: $type),*) -> HandlerResult {
            let ($instance, $chat) = (self.instance(), &self.id);
            let mut request = $request;
            if let Some(time) = self.context.own().typing.take() {
                request = request.typing_time(time);
            }
            self.send(request).map(drop)
        })+
    };
}

impl Chat {
    sends! {
        /// Sends a text.
        fn reply(text: impl Into<String>) |instance, chat| instance.send_message(chat, text);

        /// Sends a file from memory or from disk. Of one on disk its path is kept until it has been sent.
        fn send_file(file: impl Into<Upload>) |instance, chat| instance.send_file_by_upload(chat, file);

        /// Sends a file that the server fetches from an address.
        fn send_file_from(url: impl Into<String>, name: impl Into<String>) |instance, chat| instance.send_file_by_url(chat, url, name);

        /// Sends a poll of 2 to 12 options, of which one can be chosen.
        fn ask_poll(question: impl Into<String>, options: impl IntoIterator<Item = impl Into<PollOption>>) |instance, chat| {
            instance.send_poll(chat, question, options)
        };

        /// Sends a text with one to three buttons of up to 25 characters. The id of each is its text, by which
        /// [`pressed`](crate::filter::pressed) knows it.
        ///
        /// The server takes one such message a second from an instance.
        fn ask_buttons(text: impl Into<String>, buttons: impl IntoIterator<Item = impl Into<String>>) |instance, chat| {
            let buttons = buttons.into_iter().map(Into::<String>::into);
            let buttons = buttons.map(|button| ReplyButton::new(button.clone(), button));
            instance.send_interactive_buttons_reply(chat, text, buttons)
        };

        /// Sends a place.
        fn send_location(latitude: f64, longitude: f64) |instance, chat| instance.send_location(chat, latitude, longitude);
    }

    /// Sends a text as an answer to the message, which is quoted.
    ///
    /// # Errors
    ///
    /// An error if there is no message to quote, or the text is not as the documentation asks for.
    pub fn reply_quoting(&self, text: impl Into<String>) -> HandlerResult {
        let message = self.context.update().notification().id_message();
        let message = message.ok_or("there is no message to quote");
        let message = message.map_err(HandlerError::hopeless)?;
        let mut request = self.instance().send_message(&self.id, text);
        if let Some(time) = self.context.own().typing.take() {
            request = request.typing_time(time);
        }
        self.send(request.quoted_message_id(message.clone()))
            .map(drop)
    }

    /// Shows the account as typing before the next message from here is sent: 1 to 20 seconds.
    pub fn typing(&self, time: Duration) -> &Self {
        self.context.own().typing = Some(time);
        self
    }

    /// Shows the account as typing at once, while the handler works, for up to 20 seconds. It is not part of the commit, and a failure of it is
    /// only logged.
    pub async fn show_typing(&self, time: Duration) {
        let request = self.instance().send_typing(&self.id).typing_time(time);
        if let Err(error) = request.await {
            tracing::debug!(%error, "the account is not shown as typing");
        }
    }

    /// Sends any request of the SDK that sends, to this chat or another one.
    ///
    /// ```
    /// use std::time::Duration;
    /// use green_api_bot::{Chat, Context, HandlerResult};
    ///
    /// async fn remind(chat: Chat, context: Context) -> HandlerResult {
    ///     let reminder = chat.instance().send_message(chat.id(), "Your table is booked for tonight.").link_preview(false);
    ///     // By the store's clock, which a test can move.
    ///     let now = context.commit().store().time();
    ///     chat.send(reminder)?.not_before(now + Duration::from_secs(3_600));
    ///     Ok(())
    /// }
    /// ```
    ///
    /// # Errors
    ///
    /// An error if the request does not send, or is not as the documentation asks for.
    pub fn send<O: Call<Account = Instance>>(
        &self,
        request: Request<O>,
    ) -> Result<CommitPut<'_>, BoxError> {
        let number = {
            let mut own = self.context.own();
            own.sent = own.sent.saturating_add(1);
            own.sent
        };
        let commit = self.context.commit();
        let key = commit.key_of_answer(number);
        commit.put(key, request).map_err(|error| match error {
            // It is no better the next time.
            StoreError::Key(_) | StoreError::Message(_) | StoreError::Request(_) => {
                HandlerError::hopeless(error).into()
            }
            _ => error.into(),
        })
    }

    /// Returns the id of the chat.
    #[must_use]
    pub fn id(&self) -> &ChatId {
        &self.id
    }

    /// Returns the instance, for requests of its own.
    #[must_use]
    pub fn instance(&self) -> &Instance {
        self.context.instance()
    }
}

impl Extract for Chat {
    fn extract(context: &Context) -> Result<Self, Rejection> {
        let id = context.update().chat().cloned();
        Ok(Self {
            context: context.clone(),
            id: id.ok_or(Rejection::Missing("chat"))?,
        })
    }
}
