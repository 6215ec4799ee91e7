//! A tour of the API, offline: `cargo run -p green-api --example tour`.
//!
//! It talks to a sandbox instead of GREEN-API; against the real one only the beginning changes: `Instance::from_env()?`.

use std::time::Duration;

use green_api::types::{Contact, CopyButton, UrlButton};
use green_api::{
    ChatId, Client, Credentials, ErrorKind, Instance, Partner, PartnerCredentials, PhoneNumber,
    Upload,
};
use green_api_sandbox::{Sandbox, State};

type Result<T = ()> = std::result::Result<T, Box<dyn std::error::Error>>;

#[tokio::main]
async fn main() -> Result {
    // Two instances share one pool of connections.
    let sandbox = Sandbox::builder()
        .instance(7_103_000_001, "0123456789abcdef01")
        .instance(7_103_000_002, "0123456789abcdef02")
        .restart_time(Duration::ZERO)
        .journal_delay(Duration::ZERO)
        .start()
        .await?;
    sandbox
        .instances()
        .iter()
        .for_each(|instance| instance.set_state(State::Authorized));
    let client = Client::new()?;
    let sales = client.instance(Credentials::new(
        &sandbox.url(),
        "7103000001",
        "0123456789abcdef01",
    )?);
    let support = client.instance(Credentials::new(
        &sandbox.url(),
        "7103000002",
        "0123456789abcdef02",
    )?);

    let ann: PhoneNumber = "+44 7700 900123".parse()?;
    let team: ChatId = "120363000000000001@g.us".parse()?;
    // The journals have only what the settings ask for when it happens.
    sales
        .set_settings()
        .outgoing_api_message_webhook(true)
        .await?;
    messages(&sales, ann, &team).await?;
    files(&support, ann).await?;
    groups(&support, ann).await?;
    journals(&sales, &team).await?;
    instances(&client.partner(PartnerCredentials::new(&sandbox.url(), "0123456789abcdef")?)).await
}

async fn messages(instance: &Instance, ann: PhoneNumber, team: &ChatId) -> Result {
    // What is required is an argument, what is optional a setter; a phone number is a chat, too.
    let hello = instance.send_message(ann, "Shall we meet?").await?;
    // A message that was accepted is no error, even if the answer cannot be read. Then it has no id.
    let hello = hello
        .id_message
        .as_ref()
        .ok_or("sent, but the server gave no id")?;
    println!("sent {hello}");

    instance
        .send_message(ann, "I mean this one")
        .quoted_message_id(hello)
        .link_preview(false)
        .await?;
    instance
        .send_poll(team, "Where do we meet?", ["Station", "Market", "Park"])
        .multiple_answers(true)
        .await?;
    instance
        .send_location(team, 51.5007, -0.1246)
        .name_location("Under the clock")
        .await?;
    instance
        .send_contact(
            team,
            Contact::new(ann)
                .first_name("Ann")
                .company("Example Engines"),
        )
        .await?;
    let buttons = [
        CopyButton::new("1", "Copy the code", "TABLE-42").into(),
        UrlButton::new("2", "Menu", "https://bistro.example.com/menu").into(),
    ];
    instance
        .send_interactive_buttons(ann, "Table for two, at eight.", buttons)
        .footer("Example Bistro")
        .await?;

    let forwarded = instance.forward_messages(team, ann, [hello]).await?;
    println!("forwarded as {:?}", forwarded.messages);
    instance
        .edit_message(ann, hello, "Shall we meet at eight?")
        .await?;
    instance.delete_message(ann, hello).await?;
    Ok(())
}

async fn files(instance: &Instance, ann: PhoneNumber) -> Result {
    instance
        .send_file_by_url(ann, "https://media.example.com/menu.pdf", "menu.pdf")
        .caption("The menu")
        .await?;

    // A path is read while it is sent; `from_bytes` and `from_stream` are the other ways.
    let readme = Upload::from_path(concat!(env!("CARGO_MANIFEST_DIR"), "/README.md"))?;
    let readme = readme.on_progress(|sent, length| println!("{sent} of {length:?} bytes"));
    let sent = instance
        .send_file_by_upload(ann, readme.clone())
        .caption("Read me")
        .await?;
    println!("kept at {:?}", sent.url_file);

    // Uploaded once, sent to many.
    let uploaded = instance.upload_file(readme).await?;
    let url = uploaded.url_file.ok_or("the server keeps no address")?;
    instance.send_file_by_url(ann, url, "README.md").await?;
    Ok(())
}

async fn groups(instance: &Instance, ann: PhoneNumber) -> Result {
    let bob: ChatId = "447700900145@c.us".parse()?;
    let created = instance.create_group("Engine room", [&bob]).await?;
    let group = created.chat_id.ok_or("the group has no id")?;

    instance
        .update_group_name(&group, "Engine room, night shift")
        .await?;
    instance.add_group_participant(&group, ann).await?;
    instance.set_group_admin(&group, ann).await?;
    instance.remove_admin(&group, ann).await?;
    instance.remove_group_participant(&group, ann).await?;
    let group = instance.get_group_data(&group).await?;
    println!(
        "{} has {} participants",
        group.subject.unwrap_or_default(),
        group.participants.len()
    );
    Ok(())
}

async fn journals(instance: &Instance, team: &ChatId) -> Result {
    for message in instance.get_chat_history(team).count(10).await? {
        println!(
            "{:?}: {}",
            message.id_message,
            message.text_message.or(message.caption).unwrap_or_default()
        );
    }
    let day = Duration::from_secs(24 * 60 * 60);
    let (incoming, outgoing) = (
        instance.last_incoming_messages().minutes(day).await?,
        instance.last_outgoing_messages().minutes(day).await?,
    );
    println!("{} came and {} went", incoming.len(), outgoing.len());
    Ok(())
}

async fn instances(partner: &Partner) -> Result {
    let created = partner
        .create_instance()
        .name("Night shift")
        .incoming_webhook(true)
        .await?;
    let id = created.id_instance.ok_or("the instance has no number")?;
    println!("created {id}");
    for instance in partner.get_instances().await? {
        println!(
            "{} {}",
            instance.id_instance,
            instance.name.unwrap_or_default()
        );
    }
    match partner.delete_instance_account(id).await {
        Ok(_) => println!("deleted {id}"),
        Err(error) if error.kind() == ErrorKind::RateLimited => {
            println!("again in {:?}", error.retry_after())
        }
        Err(error) => return Err(error.into()),
    }
    Ok(())
}
