//! Servers that speak TLS, and the certificates for them.

use std::sync::Arc;

use rcgen::{BasicConstraints, Certificate, CertificateParams, CertifiedIssuer, IsCa, KeyPair};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpListener;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::pki_types::PrivateKeyDer;
use tokio_rustls::rustls::server::WebPkiClientVerifier;
use tokio_rustls::rustls::server::danger::ClientCertVerifier;
use tokio_rustls::rustls::{RootCertStore, ServerConfig};

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

async fn serve(
    params: &CertificateParams,
    issuer: &Issuer,
    verifier: Arc<dyn ClientCertVerifier>,
    answer: &'static [u8],
) -> String {
    let (certificate, key) = signed(params, issuer);
    let key = PrivateKeyDer::Pkcs8(key.serialize_der().into());
    let config = ServerConfig::builder()
        .with_client_cert_verifier(verifier)
        .with_single_cert(vec![certificate.der().clone()], key)
        .expect("the key belongs to the certificate");
    let acceptor = TlsAcceptor::from(Arc::new(config));
    let listener = TcpListener::bind(("127.0.0.1", 0)).await;
    let listener = listener.expect("a port is free");
    let port = listener.local_addr().expect("it is bound").port();
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            let acceptor = acceptor.clone();
            tokio::spawn(async move {
                let mut stream = acceptor.accept(stream).await?;
                if !answer.is_empty() {
                    let _ = stream.read(&mut [0; 4096]).await;
                    stream.write_all(answer).await?;
                    stream.shutdown().await?;
                }
                Ok::<(), std::io::Error>(())
            });
        }
    });
    format!("https://localhost:{port}")
}
