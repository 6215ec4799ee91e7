//! What is said of wrong arguments names the field and the kind of mistake, never a word of the value.

use std::error::Error as _;

use green_api::{
    Client, Credentials, Error, ErrorKind, Instance, Pace, Partner, PartnerCredentials, RetryPolicy,
};
use green_api_tests::TOKEN;
use green_api_tests::sockets::{Act, SocketServer, whole};
use green_api_tests::spec::bundle;
use serde_json::{Map, Value, json};

/// Words that stand in the place of a value, each as another kind of it.
const CANARY: &str = "Canarius";

/// Where nobody listens: what is not refused ends there.
const NOBODY: &str = "http://127.0.0.1:9";

struct Callers {
    instance: Instance,
    partner: Partner,
}

impl Callers {
    fn new(url: &str) -> Self {
        let client = Client::builder()
            .retry(RetryPolicy::never())
            .pace(Pace::off());
        let client = client.build().unwrap();
        let credentials = Credentials::new(url, "7103000001", TOKEN).unwrap();
        let partner = PartnerCredentials::new(url, TOKEN).unwrap();
        Self {
            instance: client.instance(credentials),
            partner: client.partner(partner),
        }
    }

    /// Everything that is told of the call when it fails.
    async fn call(&self, id: &str, arguments: Value, unchecked: bool) -> (Error, String) {
        let partner = green_api::operation::Operation::find(id).unwrap().family == "partner";
        let result = match (partner, unchecked) {
            (false, false) => self.instance.call(id, arguments).await,
            (false, true) => self.instance.call_unchecked(id, arguments).await,
            (true, false) => self.partner.call(id, arguments).await,
            (true, true) => self.partner.call_unchecked(id, arguments).await,
        };
        let error = result.expect_err("nobody listens");
        let mut told = format!("{error} {error:?}");
        let mut source = error.source();
        while let Some(error) = source {
            told += &format!(" {error} {error:?}");
            source = error.source();
        }
        (error, told)
    }
}

/// The same value with each of its places changed in turn, the place as words.
fn changed(value: &Value, wrong: &Value) -> Vec<Value> {
    let mut all = vec![wrong.clone()];
    match value {
        Value::Object(fields) => {
            for (key, inside) in fields {
                for inside in changed(inside, wrong) {
                    let mut fields = fields.clone();
                    fields.insert(key.clone(), inside);
                    all.push(fields.into());
                }
            }
            // Beside the known fields, under a name that is words.
            let mut more = fields.clone();
            more.insert(format!("{CANARY} said so"), wrong.clone());
            all.push(more.into());
            let mut more = fields.clone();
            more.insert("newerThanThis".to_owned(), wrong.clone());
            all.push(more.into());
        }
        Value::Array(items) => {
            for (index, inside) in items.iter().enumerate() {
                for inside in changed(inside, wrong) {
                    let mut items = items.clone();
                    items[index] = inside;
                    all.push(items.into());
                }
            }
        }
        _ => {}
    }
    all
}

#[tokio::test]
async fn no_error_of_a_call_repeats_a_word_of_the_arguments() {
    let callers = Callers::new(NOBODY);
    let deep = (0..100).fold(json!(CANARY), |inside, _| json!({ "inside": inside }));
    let wrong = [
        json!(CANARY),
        json!(format!("a {CANARY}, expected `{CANARY}` at line 1")),
        json!(format!("{CANARY}@c.us")),
        json!(format!("unknown field `{CANARY}`, expected {CANARY}")),
        json!([CANARY]),
        json!({ "Canarius words": CANARY }),
        json!({ "newer": CANARY }),
        json!({ "base64": CANARY, "fileName": CANARY }),
        json!({ "file": CANARY, "base64": "YQ==", "Canarius words": CANARY }),
        json!(CANARY.repeat(20_000)),
        deep,
    ];
    let mut refused = 0;
    for operation in bundle().operations() {
        let pairs = operation.pairs().unwrap();
        let arguments = pairs.first().map(|pair| pair.arguments.clone());
        let arguments = Value::Object(arguments.unwrap_or_default());
        for wrong in &wrong {
            for arguments in changed(&arguments, wrong) {
                for unchecked in [false, true] {
                    let (error, told) = callers
                        .call(operation.id, arguments.clone(), unchecked)
                        .await;
                    assert!(
                        !told.to_lowercase().contains("canar"),
                        "{}: {told}",
                        operation.id
                    );
                    assert!(told.len() < 3000, "{}: {} bytes", operation.id, told.len());
                    refused += usize::from(error.kind() == ErrorKind::InvalidInput);
                }
            }
        }
    }
    assert!(refused > 1000, "{refused} were refused");
}

#[tokio::test]
async fn a_missing_argument_is_named() {
    let callers = Callers::new(NOBODY);
    for operation in bundle().operations() {
        let pairs = operation.pairs().unwrap();
        let Some(pair) = pairs.first() else { continue };
        let known = green_api::operation::Operation::find(operation.id).unwrap();
        for argument in known.arguments.iter().filter(|argument| argument.required) {
            let mut arguments: Map<String, Value> = pair.arguments.clone();
            if arguments.remove(argument.name).is_none() {
                continue;
            }
            let (error, told) = callers.call(operation.id, arguments.into(), false).await;
            assert_eq!(error.kind(), ErrorKind::InvalidInput, "{}", operation.id);
            let named = format!("missing field `{}`", argument.name);
            assert!(told.contains(&named), "{}: {told}", operation.id);
        }
    }
}

#[tokio::test]
async fn a_secret_among_the_arguments_is_not_shown_when_the_server_repeats_it() {
    const SECRET: &str = "Ab3/kL9+xYz0QwErTyUiOp==";
    let (half, rest) = SECRET.split_at(12);
    let percent: String = SECRET.bytes().map(|byte| format!("%{byte:02x}")).collect();
    for repeated in [SECRET, &format!("{half} {rest}"), half, &percent] {
        let body = json!({ "message": format!("cannot read {repeated}"), "quotaData": { "status": "EXCEEDED", "description": repeated } });
        for status in ["400 Bad Request", "466 Quota", "500 Internal Server Error"] {
            let act = Act::Send(whole(status, "application/json", &body.to_string()));
            let server = SocketServer::start_by(move |_| act.clone()).await;
            let callers = Callers::new(&server.url());
            let mut told_of = 0;
            for operation in bundle().operations() {
                let known = green_api::operation::Operation::find(operation.id).unwrap();
                let pairs = operation.pairs().unwrap();
                for secret in known.secrets {
                    let mut arguments = pairs[0].arguments.clone();
                    arguments.insert((*secret).to_owned(), SECRET.into());
                    let (error, told) = callers.call(operation.id, arguments.into(), false).await;
                    assert!(error.status().is_some(), "{told}");
                    for part in [SECRET, half, rest, &percent] {
                        assert!(!told.contains(part), "{}: {told}", operation.id);
                    }
                    told_of += 1;
                }
            }
            assert!(told_of >= 3, "{told_of} secrets were given");
        }
    }
}
