//! A PostgreSQL that is known by its certificate.

use green_api_mailbox::sqlx::postgres::PgConnection;
use green_api_mailbox::sqlx::{self, Connection as _};
use green_api_mailbox::{Error, Store};

use crate::stores::message;

#[tokio::test]
async fn a_server_is_known_by_its_certificate() {
    let Ok(url) = std::env::var("GREEN_API_TEST_POSTGRES_TLS") else {
        eprintln!("skipped: PostgreSQL by TLS, since GREEN_API_TEST_POSTGRES_TLS is not set");
        return;
    };
    let prefix = format!("tls{}_", std::process::id());
    let open = async |url: &str| Store::builder().prefix(&prefix).postgres(url).await;
    let store = open(&url).await.unwrap();
    assert!(store.inbox().put(&message(1, 1)).await.unwrap());
    let mut outside = PgConnection::connect(&url).await.unwrap();
    let unsafe_ones = "SELECT COUNT(*) FROM pg_stat_ssl JOIN pg_stat_activity USING (pid)
        WHERE application_name = 'green-api-mailbox' AND query LIKE '%' || $1 || '%' AND NOT ssl";
    let unsafe_ones: i64 = sqlx::query_scalar(unsafe_ones)
        .bind(&prefix)
        .fetch_one(&mut outside)
        .await
        .unwrap();
    assert_eq!(unsafe_ones, 0);

    let folder = tempfile::tempdir().unwrap();
    let other = folder.path().join("other.pem");
    let certificate = rcgen::generate_simple_self_signed(["127.0.0.1".to_owned()]).unwrap();
    std::fs::write(&other, certificate.cert.pem()).unwrap();
    let (known_to_all, _) = url.split_once("&sslrootcert").unwrap();
    for wrong in [
        known_to_all.to_owned(),
        format!("{known_to_all}&sslrootcert={}", other.display()),
        // Its certificate is for the address alone.
        url.replace("127.0.0.1", "localhost"),
    ] {
        let error = open(&wrong).await.unwrap_err();
        assert!(matches!(error, Error::Open(_)), "{error}");
        assert!(error.to_string().contains("certificate"), "{error}");
    }
}
