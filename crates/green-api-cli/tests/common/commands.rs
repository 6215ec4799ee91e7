//! Every command that calls operations, as it is typed.

use super::PHONE;

pub const GROUP: &str = "120363000000000001@g.us";

/// The picture that `{picture}` stands for: the sandbox takes nothing but a JPEG file, whose first bytes are no UTF-8.
pub const PICTURE: [u8; 5] = [0xff, 0xd8, 0xff, 0xe0, 0x00];

/// A name for its golden file, the command, and the operation that it calls last.
pub struct Typed {
    pub name: &'static str,
    pub arguments: &'static [&'static str],
    pub operation: &'static str,
}

const fn typed(name: &'static str, operation: &'static str, arguments: &'static [&'static str]) -> Typed {
    Typed { name, arguments, operation }
}

/// In the order of the help.
pub const COMMANDS: &[Typed] = &[
    typed("send_text", "sendMessage", &["send", "text", "--to", "+44 7700 900123", "Hello", "--quote", "3EB0A1F4C87D22E90B51", "--typing", "2"]),
    typed("send_file_url", "sendFileByUrl", &["send", "file", "--to", GROUP, "https://files.example.com/window.jpg", "--caption", "The view"]),
    typed("send_file", "sendFileByUpload", &["send", "file", "--to", PHONE, "{picture}", "--name", "window.jpg", "--caption", "The view"]),
    typed("send_poll", "sendPoll", &["send", "poll", "--to", GROUP, "Where to?", "Hills", "Sea", "--multiple"]),
    typed("send_location", "sendLocation", &["send", "location", "--to", PHONE, "51.4779", "-0.0015", "--name", "Royal Observatory"]),
    typed("send_contact", "sendContact", &["send", "contact", "--to", PHONE, "+1 555 010 0123", "--first", "Ada", "--last", "Lovelace"]),
    typed("reboot", "reboot", &["reboot"]),
    typed("settings_get", "getSettings", &["settings", "get"]),
    typed("settings_get_one", "getSettings", &["settings", "get", "delaySendMessagesMilliseconds"]),
    typed("settings_set", "setSettings", &["settings", "set", "incomingWebhook=on", "delaySendMessagesMilliseconds=1000"]),
    typed("history_chat", "getChatHistory", &["history", "chat", PHONE, "--count", "10"]),
    typed("history_incoming", "lastIncomingMessages", &["history", "incoming", "--minutes", "60"]),
    typed("history_outgoing", "lastOutgoingMessages", &["history", "outgoing"]),
    typed("check", "checkWhatsapp", &["check", PHONE, "+44 7700 900145"]),
    typed("group_create", "createGroup", &["group", "create", "Sunday walks", PHONE, "+44 7700 900145"]),
    typed("group_info", "getGroupData", &["group", "info", GROUP]),
    typed("group_rename", "updateGroupName", &["group", "rename", GROUP, "Monday walks"]),
    typed("group_add", "addGroupParticipant", &["group", "add", GROUP, PHONE, "+44 7700 900145"]),
    typed("group_remove", "removeGroupParticipant", &["group", "remove", GROUP, PHONE]),
    typed("group_admin", "setGroupAdmin", &["group", "admin", GROUP, PHONE]),
    typed("group_admin_revoke", "removeAdmin", &["group", "admin", GROUP, PHONE, "--revoke"]),
    typed("group_picture", "setGroupPicture", &["group", "picture", GROUP, "{picture}"]),
    typed("group_settings", "updateGroupSettings", &["group", "settings", GROUP, "--members-edit", "no", "--members-send", "yes"]),
    typed("group_leave", "leaveGroup", &["group", "leave", GROUP, "--yes"]),
    typed("queue_show", "showMessagesQueue", &["queue", "show"]),
    typed("queue_count", "getMessagesCount", &["queue", "count"]),
    typed("queue_count_notifications", "getWebhooksCount", &["queue", "count", "--notifications"]),
    typed("queue_clear", "clearMessagesQueue", &["queue", "clear", "--yes"]),
    typed("queue_clear_notifications", "clearWebhooksQueue", &["queue", "clear", "--notifications", "--yes"]),
    typed("partner_instances", "getInstances", &["partner", "instances", "--all"]),
    typed("partner_create", "createInstance", &["partner", "create", "Marketing", "incomingWebhook=yes", "--yes"]),
    typed("partner_delete", "deleteInstanceAccount", &["partner", "delete", "7103000002", "--yes"]),
    typed("state", "getStateInstance", &["state"]),
    typed("logout", "logout", &["logout", "--yes"]),
];
