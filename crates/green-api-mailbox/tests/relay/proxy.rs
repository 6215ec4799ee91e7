//! A way to the server that breaks without a word, as networks do.

use std::sync::Mutex;

use tokio::io::{AsyncWriteExt as _, copy, copy_bidirectional, sink};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;

use crate::server::Server;

#[derive(Clone, Copy, PartialEq)]
enum Way {
    Open,
    /// Nothing arrives, and neither end is told.
    Silent,
    /// The client is told.
    Cut,
    /// Nobody is let in.
    Closed,
}

pub struct Proxy {
    url: String,
    way: &'static Mutex<watch::Sender<Way>>,
}

impl Proxy {
    pub async fn to(server: &Server) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await;
        let listener = listener.expect("there are ports");
        let address = listener.local_addr().expect("it has one");
        // It ends with the test.
        let way = &*Box::leak(Box::new(Mutex::new(watch::Sender::new(Way::Open))));
        let behind = server.address();
        tokio::spawn(async move {
            while let Ok((client, _)) = listener.accept().await {
                let way = way.lock().expect("nobody panics here").subscribe();
                if *way.borrow() == Way::Closed {
                    continue;
                }
                if let Ok(server) = TcpStream::connect(&behind).await {
                    tokio::spawn(carry(client, server, way));
                }
            }
        });
        Self {
            url: format!("nats://{address}"),
            way,
        }
    }

    pub fn url(&self) -> String {
        self.url.clone()
    }

    /// Loses all that goes over the present connections.
    pub fn silence(&self) {
        let way = self.way.lock().expect("nobody panics here");
        way.send_replace(Way::Silent);
    }

    /// Has the client see that the present connections are gone, which the server does not. New ones are good.
    pub fn cut(&self) {
        self.cut_to(Way::Open);
    }

    /// The same, and there are no new ones until it is opened.
    pub fn close(&self) {
        self.cut_to(Way::Closed);
    }

    pub fn open(&self) {
        let way = self.way.lock().expect("nobody panics here");
        way.send_replace(Way::Open);
    }

    fn cut_to(&self, next: Way) {
        let mut way = self.way.lock().expect("nobody panics here");
        way.send_replace(Way::Cut);
        *way = watch::Sender::new(next);
    }
}

async fn carry(mut client: TcpStream, mut server: TcpStream, mut way: watch::Receiver<Way>) {
    tokio::select! {
        _ = copy_bidirectional(&mut client, &mut server) => return,
        _ = way.wait_for(|way| *way != Way::Open) => {}
    }
    let mut lost = sink();
    tokio::select! {
        _ = copy(&mut server, &mut lost) => {}
        _ = way.wait_for(|way| *way == Way::Cut) => {}
    }
    let _ = client.shutdown().await;
    drop(client);
    let _ = copy(&mut server, &mut lost).await;
}
