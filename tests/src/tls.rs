//! Servers that speak TLS, and the certificates for them.

use std::io;
use std::sync::Arc;
use std::time::Duration;

use rcgen::{BasicConstraints, Certificate, CertificateParams, CertifiedIssuer, IsCa, KeyPair};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _, copy_bidirectional};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::pki_types::PrivateKeyDer;
use tokio_rustls::rustls::server::WebPkiClientVerifier;
use tokio_rustls::rustls::server::danger::ClientCertVerifier;
use tokio_rustls::rustls::{RootCertStore, ServerConfig};
use tokio_rustls::server::TlsStream;

/// An issuer that signs certificates.
pub type Issuer = CertifiedIssuer<'static, KeyPair>;

/// Makes an issuer that nobody knows.
#[must_use]
pub fn issuer() -> Issuer {
    let mut params = CertificateParams::new([]).expect("there is no name");
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let key = KeyPair::generate().expect("there is randomness");
    CertifiedIssuer::self_signed(params, key).expect("it can be signed")
}

/// Returns what a certificate for this name says.
#[must_use]
pub fn certificate(name: &str) -> CertificateParams {
    CertificateParams::new([name.to_owned()]).expect("it is a name")
}

/// Signs a certificate, and returns it with its key.
#[must_use]
pub fn signed(params: &CertificateParams, issuer: &Issuer) -> (Certificate, KeyPair) {
    let key = KeyPair::generate().expect("there is randomness");
    let certificate = params.signed_by(&key, issuer).expect("it can be signed");
    (certificate, key)
}

/// Starts a server with this certificate that hangs up after the handshake, and returns its address.
pub async fn server(params: CertificateParams, issuer: &Issuer) -> String {
    serve(&params, issuer, WebPkiClientVerifier::no_client_auth(), b"").await
}

/// Starts a server that gives this answer to those who have a certificate of the issuer, and returns its address.
pub async fn gateway(issuer: &Issuer, answer: &'static [u8]) -> String {
    let mut roots = RootCertStore::empty();
    roots
        .add(issuer.der().clone())
        .expect("it is a certificate");
    let verifier = WebPkiClientVerifier::builder(roots.into()).build();
    let verifier = verifier.expect("there is one root");
    serve(&certificate("localhost"), issuer, verifier, answer).await
}

/// Starts a server that begins each handshake after a while, speaks one of these protocols and passes what it hears on to `http://HOST:PORT`. Returns its
/// address and how many connections are open.
pub async fn front(
    issuer: &Issuer,
    wait: Duration,
    protocols: &[&[u8]],
    to: &str,
) -> (String, watch::Receiver<usize>) {
    let mut config = config(
        &certificate("localhost"),
        issuer,
        WebPkiClientVerifier::no_client_auth(),
    );
    config.alpn_protocols = protocols.iter().map(|name| name.to_vec()).collect();
    let to: Arc<str> = to.trim_start_matches("http://").into();
    let (open, opened) = watch::channel(0);
    let open = Arc::new(open);
    let url = accept(config, wait, move |mut stream| {
        let (open, to) = (Arc::clone(&open), Arc::clone(&to));
        async move {
            let mut to = TcpStream::connect(&*to).await?;
            open.send_modify(|open| *open += 1);
            let passed = copy_bidirectional(&mut stream, &mut to).await;
            open.send_modify(|open| *open -= 1);
            passed.map(drop)
        }
    });
    (url.await, opened)
}

async fn serve(
    params: &CertificateParams,
    issuer: &Issuer,
    verifier: Arc<dyn ClientCertVerifier>,
    answer: &'static [u8],
) -> String {
    let config = config(params, issuer, verifier);
    accept(config, Duration::ZERO, move |mut stream| async move {
        if !answer.is_empty() {
            let _ = stream.read(&mut [0; 4096]).await;
            stream.write_all(answer).await?;
            stream.shutdown().await?;
        }
        Ok(())
    })
    .await
}

fn config(
    params: &CertificateParams,
    issuer: &Issuer,
    verifier: Arc<dyn ClientCertVerifier>,
) -> ServerConfig {
    let (certificate, key) = signed(params, issuer);
    let key = PrivateKeyDer::Pkcs8(key.serialize_der().into());
    ServerConfig::builder()
        .with_client_cert_verifier(verifier)
        .with_single_cert(vec![certificate.der().clone()], key)
        .expect("the key belongs to the certificate")
}

/// Does this with every connection, after the handshake, which begins after a while.
async fn accept<F>(
    config: ServerConfig,
    wait: Duration,
    with: impl Fn(TlsStream<TcpStream>) -> F + Clone + Send + Sync + 'static,
) -> String
where
    F: Future<Output = io::Result<()>> + Send,
{
    let acceptor = TlsAcceptor::from(Arc::new(config));
    let listener = TcpListener::bind(("127.0.0.1", 0)).await;
    let listener = listener.expect("a port is free");
    let port = listener.local_addr().expect("it is bound").port();
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            let (acceptor, with) = (acceptor.clone(), with.clone());
            tokio::spawn(async move {
                tokio::time::sleep(wait).await;
                with(acceptor.accept(stream).await?).await
            });
        }
    });
    format!("https://localhost:{port}")
}
