//! What a client of the control does.

use reqwest::Method;
use serde_json::Value;

use crate::common::{Answer, Setup};

impl Setup {
    pub fn control(&self, method: Method, path: &str) -> reqwest::RequestBuilder {
        self.request(method, &format!("{}/sandbox/{path}", self.sandbox.url()))
    }

    pub async fn look(&self, path: &str) -> Value {
        let answer = self.send(self.control(Method::GET, path)).await;
        assert_eq!(answer.status, 200, "{path}: {}", answer.text);
        answer.json()
    }

    pub async fn act(&self, path: &str, body: Value) -> Answer {
        self.send(self.control(Method::POST, path).json(&body))
            .await
    }

    pub async fn acts(&self, path: &str, body: Value) {
        let answer = self.act(path, body).await;
        assert!(
            (200..300).contains(&answer.status),
            "{path}: {}",
            answer.text
        );
    }

    /// What is said when it does not work: the status and the word for programs.
    pub async fn complaint(&self, path: &str, body: Value) -> (u16, String) {
        let answer = self.act(path, body).await;
        let problem = answer.json();
        assert!(problem["message"].as_str().unwrap().len() > 10, "{problem}");
        (answer.status, problem["error"].as_str().unwrap().to_owned())
    }
}
