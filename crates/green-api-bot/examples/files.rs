//! A bot that keeps the documents that people send, says what it has got, and sends files of its own.

use std::path::PathBuf;

use green_api::{HandlerError, Upload};
use green_api_bot::extract::{Data, File, Message};
use green_api_bot::filter::{command, file, file_of};
use green_api_bot::{Bot, Chat, HandlerResult, Instance, Store};

/// Where documents are kept.
struct Folder(PathBuf);

async fn keep(chat: Chat, file: File, message: Message, folder: Data<Folder>) -> HandlerResult {
    let id = message.id_message().ok_or("the message has no id")?;
    // Its name here is made of the message's id, never of the name that a stranger gave it: the same in each attempt, and in no other folder.
    let name: String = id.to_string();
    let name = name.replace(|letter: char| !letter.is_ascii_alphanumeric(), "_");
    let path = folder.0.join(name).with_extension("pdf");
    let download = file.save_to(&path).map_err(HandlerError::hopeless)?;
    download.max_bytes(20 * 1024 * 1024).await?;
    let length = tokio::fs::metadata(&path).await?.len();
    chat.reply_quoting(format!("Thank you, {length} bytes."))
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
