//! A bot that keeps the documents that people send, says what it has got, and sends files of its own.

use std::path::PathBuf;

use green_api::ErrorKind::{AnswerTooLong, BadRequest, Declined, InvalidInput};
use green_api::Upload;
use green_api_bot::extract::{Data, File, Message};
use green_api_bot::filter::{command, file, file_of};
use green_api_bot::{Bot, Chat, HandlerResult, Instance, Store};

/// Where documents are kept.
struct Folder(PathBuf);

/// How long a document may be, in bytes.
const LARGEST: u64 = 20 * 1024 * 1024;
const NOT_HAD: &str = "That file is larger than 20 MB, or is gone. Please send another one.";

async fn keep(chat: Chat, file: File, message: Message, folder: Data<Folder>) -> HandlerResult {
    let id = message.id_message().ok_or("the message has no id")?;
    // Its name here is made of the chat and of the message's id, which is unique only there, never of the name that a stranger gave it: the same in
    // each attempt, and in no other folder.
    let name = format!("{} {id}", chat.id());
    let name = name.replace(|letter: char| !letter.is_ascii_alphanumeric(), "_");
    let path = folder.0.join(name).with_extension("pdf");
    let Ok(download) = file.save_to(path) else {
        return chat.reply_quoting(NOT_HAD);
    };
    match download.max_bytes(LARGEST).await {
        Ok(saved) => chat.reply_quoting(format!("Thank you, {} bytes.", saved.bytes)),
        Err(error) => match error.kind() {
            AnswerTooLong | BadRequest | Declined | InvalidInput => chat.reply_quoting(NOT_HAD),
            _ => Err(error.into()),
        },
    }
}

async fn price_list(chat: Chat) -> HandlerResult {
    let prices = "Soup 4.50\nSalad 6.00\n";
    chat.send_file(Upload::from_bytes(prices.as_bytes()).named("prices.txt"))
}

pub(crate) fn bot(store: Store, folder: PathBuf) -> Bot {
    Bot::new(store)
        .data(Folder(folder))
        .route(command("prices"), price_list)
        .route(file_of("application/pdf"), keep)
        .route(file(), async |chat: Chat| {
            chat.reply("Please send it as a PDF.")
        })
        .fallback(async |chat: Chat| chat.reply("Send me a PDF, or /prices."))
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let folder = PathBuf::from("documents");
    tokio::fs::create_dir_all(&folder).await?;
    let store = Store::sqlite("bot.db").await?;
    let bot = bot(store, folder).instance(Instance::from_env()?);
    bot.run().await?;
    Ok(())
}
