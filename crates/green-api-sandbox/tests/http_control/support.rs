//! What a client of the control does. Whatever is answered must be as the control's OpenAPI document says.

use reqwest::Method;
use serde_json::{Value, json};

use crate::common::{Answer, Setup};

impl Setup {
    pub fn control(&self, method: Method, path: &str) -> reqwest::RequestBuilder {
        self.request(method, &format!("{}/sandbox/{path}", self.sandbox.url()))
    }

    pub async fn look(&self, path: &str) -> Value {
        let answer = self.ask(Method::GET, path, None).await;
        assert_eq!(answer.status, 200, "{path}: {}", answer.text);
        answer.json()
    }

    pub async fn act(&self, path: &str, body: Value) -> Answer {
        self.ask(Method::POST, path, Some(body)).await
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

    /// Sends a request and holds it and its answer against the document.
    async fn ask(&self, method: Method, path: &str, body: Option<Value>) -> Answer {
        let request = self.control(method.clone(), path);
        let request = match &body {
            Some(body) => request.json(body),
            None => request,
        };
        let answer = self.send(request).await;
        let document = self.send(self.control(Method::GET, "openapi.json")).await;
        let document = document.json();
        let operation = operation(&document, &method, path);
        let response = &operation["responses"][answer.status.to_string()];
        assert!(
            response.is_object(),
            "{path}: {} is not described",
            answer.status
        );
        match response["content"]["application/json"].get("schema") {
            Some(schema) => fits(&document, schema, &answer.json(), path),
            None => assert_eq!(answer.text, "", "{path} is described without a body"),
        }
        if let Some(body) = body
            && answer.status < 300
        {
            let schema = &operation["requestBody"]["content"]["application/json"]["schema"];
            fits(&document, schema, &body, path);
        }
        answer
    }
}

/// What the document says about a request.
fn operation<'d>(document: &'d Value, method: &Method, path: &str) -> &'d Value {
    let path = format!("/sandbox/{}", path.split('?').next().unwrap());
    let parts: Vec<&str> = path.split('/').collect();
    let fits = |template: &str| {
        let named = |part: &str| part.starts_with('{');
        let template: Vec<&str> = template.split('/').collect();
        let mut pairs = template.iter().zip(&parts);
        template.len() == parts.len() && pairs.all(|(part, given)| named(part) || part == given)
    };
    let mut paths = document["paths"].as_object().unwrap().iter();
    let found = paths.find(|(template, _)| fits(template));
    let (_, item) = found.unwrap_or_else(|| panic!("{path} is not described"));
    let operation = &item[method.as_str().to_lowercase()];
    assert!(operation.is_object(), "{method} {path} is not described");
    operation
}

fn fits(document: &Value, schema: &Value, value: &Value, path: &str) {
    let schema = json!({ "allOf": [schema], "components": document["components"] });
    let validator = jsonschema::validator_for(&schema).unwrap();
    let errors: Vec<_> = validator.iter_errors(value).collect();
    assert!(errors.is_empty(), "{path}: {value}: {errors:?}");
}
