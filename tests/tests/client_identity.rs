//! A gateway that asks who connects.

use green_api::{Client, ClientBuilder, ConfigError, Credentials, ErrorKind, RetryPolicy};
use green_api_tests::tls::{Issuer, certificate, gateway, issuer, signed};
use green_api_tests::{ID_INSTANCE, TOKEN};

const ANSWER: &[u8] = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 30\r\nConnection: close\r\n\r\n{\"stateInstance\":\"authorized\"}";

fn identity(issuer: &Issuer) -> (String, String) {
    let (certificate, key) = signed(&certificate("client"), issuer);
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
    let url = gateway(&issuer, ANSWER).await;
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
