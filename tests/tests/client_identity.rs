//! A gateway that asks who connects.

use std::sync::Arc;

use green_api::{Client, ClientBuilder, ConfigError, Credentials, ErrorKind, RetryPolicy};
use green_api_tests::{ID_INSTANCE, TOKEN};
use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpListener;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::pki_types::PrivateKeyDer;
use tokio_rustls::rustls::server::WebPkiClientVerifier;
use tokio_rustls::rustls::{RootCertStore, ServerConfig};

type Issuer = CertifiedIssuer<'static, KeyPair>;

const ANSWER: &[u8] = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 30\r\nConnection: close\r\n\r\n{\"stateInstance\":\"authorized\"}";

fn issuer() -> Issuer {
    let mut params = CertificateParams::new([]).unwrap();
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap()
}

/// A server that answers only those with a certificate of this issuer; its address.
async fn server(issuer: &Issuer) -> String {
    let key = KeyPair::generate().unwrap();
    let params = CertificateParams::new(["localhost".to_owned()]).unwrap();
    let certificate = params.signed_by(&key, issuer).unwrap();
    let mut roots = RootCertStore::empty();
    roots.add(issuer.der().clone()).unwrap();
    let verifier = WebPkiClientVerifier::builder(roots.into()).build().unwrap();
    let key = PrivateKeyDer::Pkcs8(key.serialize_der().into());
    let config = ServerConfig::builder()
        .with_client_cert_verifier(verifier)
        .with_single_cert(vec![certificate.der().clone()], key)
        .unwrap();
    let acceptor = TlsAcceptor::from(Arc::new(config));
    let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
    let port = listener.local_addr().unwrap().port();
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            if let Ok(mut stream) = acceptor.accept(stream).await {
                let mut request = [0; 4096];
                let _ = stream.read(&mut request).await;
                let _ = stream.write_all(ANSWER).await;
                let _ = stream.shutdown().await;
            }
        }
    });
    format!("https://localhost:{port}")
}

fn identity(issuer: &Issuer) -> (String, String) {
    let key = KeyPair::generate().unwrap();
    let params = CertificateParams::new(["client".to_owned()]).unwrap();
    let certificate = params.signed_by(&key, issuer).unwrap();
    (certificate.pem(), key.serialize_pem())
}

async fn ask(url: &str, client: ClientBuilder) -> Result<(), ErrorKind> {
    let client = client.retry(RetryPolicy::never()).build().unwrap();
    let credentials = Credentials::new(url, ID_INSTANCE, TOKEN).unwrap();
    let asked = client.instance(credentials).get_state_instance().await;
    asked.map(drop).map_err(|error| error.kind())
}

#[tokio::test]
async fn a_certificate_of_the_client_opens_the_gateway() {
    let issuer = issuer();
    let url = server(&issuer).await;
    let (certificate, key) = identity(&issuer);
    let trusting = || Client::builder().root_certificates(issuer.pem());
    let known = trusting().client_identity(certificate, key);
    assert_eq!(ask(&url, known).await, Ok(()));
    assert!(ask(&url, trusting()).await.is_err());
    let (certificate, key) = identity(&self::issuer());
    let unknown = trusting().client_identity(certificate, key);
    assert!(ask(&url, unknown).await.is_err());
}

#[test]
fn what_is_no_identity_is_said_without_showing_the_key() {
    let (certificate, key) = identity(&issuer());
    let other = identity(&issuer()).1;
    for (certificate, key) in [
        ("", &*key),
        (&*certificate, ""),
        (&*certificate, "no key"),
        (&*certificate, &*other),
    ] {
        let builder = Client::builder().client_identity(certificate, key);
        assert!(!format!("{builder:?}").contains("PRIVATE KEY"));
        let error = builder.build().unwrap_err();
        assert!(
            matches!(error, ConfigError::InvalidIdentity),
            "{certificate}{key}: {error:?}"
        );
        assert!(error.to_string().contains("as PEM"), "{error}");
    }
}
