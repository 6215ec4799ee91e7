//! Every command that calls operations, as it is typed.

use std::path::PathBuf;
use std::time::Duration;

use green_api::{ChatId, Client, Credentials, Instance};
use green_api_sandbox::{Clock, Sandbox};
use tempfile::TempDir;

use super::{INSTANCE, PHONE, TOKEN, green_api_at, sandbox_with};

/// The group that `{group}` stands for in a golden file.
pub const GROUP: &str = "120363000000000001@g.us";

/// What `catalog order` reads from standard input.
pub const ORDER_TOKEN: &str = "b3JkZXItdG9rZW4tZXhhbXBsZS0wMQ==";

/// The sandbox takes nothing but a JPEG file, whose first bytes are no UTF-8.
pub const PICTURE: [u8; 5] = [0xff, 0xd8, 0xff, 0xe0, 0x00];

/// A name for its golden file, the command, and the operation that it calls last.
pub struct Typed {
    pub name: &'static str,
    pub arguments: &'static [&'static str],
    pub operation: &'static str,
}

const fn typed(
    name: &'static str,
    operation: &'static str,
    arguments: &'static [&'static str],
) -> Typed {
    Typed {
        name,
        arguments,
        operation,
    }
}

impl Typed {
    /// What is typed, with the real picture and group.
    pub fn arguments(&self, picture: &str, group: &str) -> Vec<String> {
        let place = |word: &&str| match *word {
            "{picture}" => picture.to_owned(),
            "{group}" => group.to_owned(),
            word => word.to_owned(),
        };
        self.arguments.iter().map(place).collect()
    }
}

/// A sandbox with a linked instance that has something to look at: a chat, a group, messages that wait.
pub struct World {
    pub sandbox: Sandbox,
    pub group: String,
    folder: TempDir,
}

impl World {
    /// Its clock stands still, so that everything in it has the same time in every run, and what is sent waits in the queue.
    pub async fn new() -> Self {
        let sandbox = sandbox_with(
            Sandbox::builder()
                .clock(Clock::manual())
                .restart_time(Duration::ZERO)
                .journal_delay(Duration::ZERO)
                .partner_token(TOKEN),
        )
        .await;
        let instance = instance(&sandbox);
        // Without them, the journals stay empty.
        instance
            .set_settings()
            .incoming_webhook(true)
            .outgoing_api_message_webhook(true)
            .await
            .unwrap();
        sandbox.instance().link(&sandbox.phone("447700900100"));
        let people: Vec<ChatId> = ["447700900145", "447700900167"]
            .iter()
            .map(|number| number.parse().unwrap())
            .collect();
        let group = instance
            .create_group("Sunday walks", people.clone())
            .await
            .unwrap()
            .chat_id
            .unwrap();
        instance.set_group_admin(&group, &people[1]).await.unwrap();
        let me: ChatId = "447700900100".parse().unwrap();
        sandbox
            .phone("447700900145")
            .send_text(me.as_str(), "Is it far?");
        instance
            .send_message(&people[0], "Ten minutes from the station")
            .await
            .unwrap();
        sandbox.clock().advance(Duration::from_secs(60));
        sandbox
            .phone("447700900145")
            .send_text(me.as_str(), "On my way 👋");
        sandbox.clock().advance(Duration::from_secs(1));
        instance
            .send_message(&people[0], "See you there")
            .await
            .unwrap();
        // Too soon after the other: it waits.
        instance
            .send_message(&people[0], "Bring a coat")
            .await
            .unwrap();
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("picture.jpg"), PICTURE).unwrap();
        Self {
            sandbox,
            group: group.as_str().to_owned(),
            folder,
        }
    }

    pub fn picture(&self) -> PathBuf {
        self.folder.path().join("picture.jpg")
    }

    /// The command with everything that it needs.
    pub fn command(&self, typed: &Typed, more: &[&str]) -> assert_cmd::Command {
        let arguments = typed.arguments(&self.picture().display().to_string(), &self.group);
        let arguments: Vec<&str> = arguments
            .iter()
            .map(String::as_str)
            .chain(more.iter().copied())
            .collect();
        let mut command = green_api_at(&self.sandbox.url(), &arguments);
        command.env("GREEN_API_PARTNER_TOKEN", TOKEN);
        if typed.operation == "getOrderDetails" {
            command.write_stdin(ORDER_TOKEN);
        }
        command
    }
}

fn instance(sandbox: &Sandbox) -> Instance {
    Client::new()
        .unwrap()
        .instance(Credentials::new(&sandbox.url(), &INSTANCE.to_string(), TOKEN).unwrap())
}

/// In the order of the help.
pub const COMMANDS: &[Typed] = &[
    typed(
        "send_text",
        "sendMessage",
        &[
            "send",
            "text",
            "--to",
            "+44 7700 900123",
            "Hello",
            "--quote",
            "3EB0A1F4C87D22E90B51",
            "--typing",
            "2",
        ],
    ),
    typed(
        "send_file_url",
        "sendFileByUrl",
        &[
            "send",
            "file",
            "--to",
            "{group}",
            "https://files.example.com/window.jpg",
            "--caption",
            "The view",
        ],
    ),
    typed(
        "send_file",
        "sendFileByUpload",
        &[
            "send",
            "file",
            "--to",
            PHONE,
            "{picture}",
            "--name",
            "window.jpg",
            "--caption",
            "The view",
        ],
    ),
    typed(
        "send_poll",
        "sendPoll",
        &[
            "send",
            "poll",
            "--to",
            "{group}",
            "Where to?",
            "Hills",
            "Sea",
            "--multiple",
        ],
    ),
    typed(
        "send_location",
        "sendLocation",
        &[
            "send",
            "location",
            "--to",
            PHONE,
            "51.4779",
            "-0.0015",
            "--name",
            "Royal Observatory",
        ],
    ),
    typed(
        "send_contact",
        "sendContact",
        &[
            "send",
            "contact",
            "--to",
            PHONE,
            "+1 555 010 0123",
            "--first",
            "Ada",
            "--last",
            "Lovelace",
        ],
    ),
    typed("reboot", "reboot", &["reboot"]),
    typed("settings_get", "getSettings", &["settings", "get"]),
    typed(
        "settings_get_one",
        "getSettings",
        &["settings", "get", "delaySendMessagesMilliseconds"],
    ),
    typed(
        "settings_set",
        "setSettings",
        &[
            "settings",
            "set",
            "incomingWebhook=on",
            "delaySendMessagesMilliseconds=1000",
        ],
    ),
    typed(
        "history_chat",
        "getChatHistory",
        &["history", "chat", "+44 7700 900145", "--count", "10"],
    ),
    typed(
        "history_incoming",
        "lastIncomingMessages",
        &["history", "incoming", "--minutes", "60"],
    ),
    typed(
        "history_outgoing",
        "lastOutgoingMessages",
        &["history", "outgoing"],
    ),
    typed(
        "check",
        "checkWhatsapp",
        &["check", PHONE, "+44 7700 900145"],
    ),
    typed(
        "group_create",
        "createGroup",
        &["group", "create", "Sunday walks", PHONE, "+44 7700 900145"],
    ),
    typed("group_info", "getGroupData", &["group", "info", "{group}"]),
    typed(
        "group_rename",
        "updateGroupName",
        &["group", "rename", "{group}", "Monday walks"],
    ),
    typed(
        "group_add",
        "addGroupParticipant",
        &["group", "add", "{group}", PHONE, "+44 7700 900189"],
    ),
    typed(
        "group_remove",
        "removeGroupParticipant",
        &["group", "remove", "{group}", "447700900145"],
    ),
    typed(
        "group_admin",
        "setGroupAdmin",
        &["group", "admin", "{group}", "447700900145"],
    ),
    typed(
        "group_admin_revoke",
        "removeAdmin",
        &["group", "admin", "{group}", "447700900167", "--revoke"],
    ),
    typed(
        "group_picture",
        "setGroupPicture",
        &["group", "picture", "{group}", "{picture}"],
    ),
    typed(
        "group_settings",
        "updateGroupSettings",
        &[
            "group",
            "settings",
            "{group}",
            "--members-edit",
            "no",
            "--members-send",
            "yes",
        ],
    ),
    typed(
        "group_leave",
        "leaveGroup",
        &["group", "leave", "{group}", "--yes"],
    ),
    typed(
        "catalog_products",
        "getProducts",
        &["catalog", "products", "+44 7700 900123", "--count", "10"],
    ),
    typed(
        "catalog_product",
        "getProduct",
        &["catalog", "product", PHONE, "7300000000000101"],
    ),
    typed(
        "catalog_send",
        "sendProduct",
        &[
            "catalog",
            "send",
            "7300000000000101",
            "--to",
            "+44 7700 900145",
            "--archive",
            "--typing",
            "2",
        ],
    ),
    typed(
        "catalog_order",
        "getOrderDetails",
        &[
            "catalog",
            "order",
            "7500000000000301",
            "--seller",
            "+44 7700 900167",
        ],
    ),
    typed("queue_show", "showMessagesQueue", &["queue", "show"]),
    typed("queue_count", "getMessagesCount", &["queue", "count"]),
    typed(
        "queue_count_notifications",
        "getWebhooksCount",
        &["queue", "count", "--notifications"],
    ),
    typed(
        "queue_clear",
        "clearMessagesQueue",
        &["queue", "clear", "--yes"],
    ),
    typed(
        "queue_clear_notifications",
        "clearWebhooksQueue",
        &["queue", "clear", "--notifications", "--yes"],
    ),
    typed(
        "partner_instances",
        "getInstances",
        &["partner", "instances", "--all"],
    ),
    typed(
        "partner_create",
        "createInstance",
        &[
            "partner",
            "create",
            "Marketing",
            "incomingWebhook=yes",
            "--yes",
        ],
    ),
    typed(
        "partner_delete",
        "deleteInstanceAccount",
        &["partner", "delete", "7103000001", "--yes"],
    ),
    typed("state", "getStateInstance", &["state"]),
    typed("logout", "logout", &["logout", "--yes"]),
];
