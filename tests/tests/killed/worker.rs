//! The program that is killed: it writes down the id of every notification.

use std::env;
use std::ffi::OsString;
use std::fs::{File, OpenOptions};
use std::io::{self, Write as _};
use std::os::fd::AsFd as _;
use std::process::{Command, ExitCode};
use std::sync::Arc;

use axum::Router;
use green_api::types::Notification;
use green_api::webhook::WebhookToken;
use green_api::{Client, Credentials, Pace, Received, Webhook};
use green_api_tests::{ID_INSTANCE, TOKEN};

pub const WEBHOOK_TOKEN: &str = "open-sesame";

const DOOR: &str = "GREEN_API_TESTS_WORKER";
const URL: &str = "GREEN_API_TESTS_URL";
const JOURNAL: &str = "GREEN_API_TESTS_JOURNAL";
const GENERATION: &str = "GREEN_API_TESTS_GENERATION";

/// How notifications come in.
#[derive(Clone, Copy, Debug)]
pub enum Door {
    Polling,
    Webhook,
}

/// What a worker is told by its environment.
#[derive(Debug)]
pub struct Orders {
    pub door: Door,
    /// Where notifications are fetched from.
    pub url: String,
    /// Where they are written down.
    pub journal: OsString,
    /// How many workers there were before this one.
    pub generation: usize,
}

impl Orders {
    /// What this process was told; `None` if it is no worker.
    pub fn from_env() -> Option<Self> {
        let door = match env::var(DOOR).ok()?.as_str() {
            "Polling" => Door::Polling,
            "Webhook" => Door::Webhook,
            other => panic!("there is no door {other}"),
        };
        let generation = env::var(GENERATION).ok()?.parse().ok()?;
        Some(Self {
            door,
            url: env::var(URL).ok()?,
            journal: env::var_os(JOURNAL)?,
            generation,
        })
    }

    pub fn give_to(&self, command: &mut Command) {
        command
            .env(DOOR, format!("{:?}", self.door))
            .env(URL, &self.url)
            .env(JOURNAL, &self.journal);
        command.env(GENERATION, self.generation.to_string());
    }
}

/// Works until it is killed.
pub async fn work(orders: Orders) -> ExitCode {
    let journal = OpenOptions::new()
        .append(true)
        .open(&orders.journal)
        .expect("the journal is there");
    let end = match orders.door {
        Door::Polling => poll(&orders, &journal).await,
        Door::Webhook => serve(orders.generation, journal).await,
    };
    eprintln!("the worker ended by itself: {end:?}");
    ExitCode::FAILURE
}

/// One line in one piece: a kill leaves it whole or not there.
fn write_down(mut journal: &File, generation: usize, received: &Received) -> io::Result<()> {
    let Notification::IncomingMessageReceived(message) = &received.notification else {
        panic!("{} was not sent", received.notification.kind())
    };
    let id = message.id_message().expect("it has an id");
    journal.write_all(format!("{generation} {id}\n").as_bytes())
}

async fn poll(orders: &Orders, journal: &File) -> Result<(), green_api::Error> {
    let credentials = Credentials::new(&orders.url, ID_INSTANCE, TOKEN)
        .expect("the address is one of this machine");
    let instance = Client::builder()
        .pace(Pace::off())
        .build()
        .expect("TLS can be set up")
        .instance(credentials);
    instance
        .notifications()
        .for_each(async |received| write_down(journal, orders.generation, &received))
        .await
}

/// The listening socket is standard input, as the supervisor keeps it open: whoever connects meanwhile waits for the next worker.
async fn serve(generation: usize, journal: File) -> Result<(), green_api::Error> {
    let socket = io::stdin()
        .as_fd()
        .try_clone_to_owned()
        .map(std::net::TcpListener::from)
        .expect("there is a socket");
    socket.set_nonblocking(true).expect("it is one");
    let listener = tokio::net::TcpListener::from_std(socket).expect("it listens");
    let token: WebhookToken = WEBHOOK_TOKEN.parse().expect("it is one");
    let journal = Arc::new(journal);
    let webhook = Webhook::builder(token).handler(move |received| {
        let journal = Arc::clone(&journal);
        async move { write_down(&journal, generation, &received) }
    });
    let router: Router = webhook.into_router();
    axum::serve(listener, router)
        .await
        .expect("it serves for ever");
    Ok(())
}
