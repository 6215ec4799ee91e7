//! Runs progenitor and writes everything around its output.

mod attributes;
mod client;
mod endpoints;
mod examples;
mod imports;
mod input;

mod print;
mod requests;
mod shapes;
mod syntax;
mod table;
mod types;

use std::panic::{self, AssertUnwindSafe};

use proc_macro2::TokenStream;
use progenitor::{GenerationSettings, Generator, HooksMode, InterfaceStyle, TagStyle, TypeImpl};
use quote::quote;
use serde_json::Value;

use crate::layout::Layout;
use crate::load::Spec;
use crate::lower::Lowered;
use crate::methods::methods;
use crate::operation::Operation;
use crate::problem::Problems;
use crate::tools::tools;
use print::print;

/// Generates all code and data: paths and texts. Refuses what progenitor refuses or panics on, with the operation that made it do so.
pub fn generate(
    spec: &Spec,
    operations: &[Operation],
    lowered: &Lowered,
    layout: &Layout,
) -> Result<Vec<(String, String)>, Problems> {
    let client = match progenitor(&lowered.document, lowered, layout) {
        Ok(code) => code,
        Err(message) => return Err(blame(operations, lowered, layout, &message)),
    };
    let (client, types) = client::split(client);
    let types = types::finish(spec, types, layout)?;
    let signatures = client::signatures(&client);
    let endpoints = endpoints::endpoints(operations, &signatures, layout);
    let requests = requests::requests(spec, operations, &signatures, &types, layout)?;
    let client = client::finish(client, operations, layout);
    let modules_of_types = modules(&["endpoints", "operations", "shapes", "types"]);
    let files = [
        (layout.client, "client", client),
        (layout.types, "types", types.text),
        (layout.types, "endpoints", endpoints),
        (layout.types, "operations", table::table(spec, operations)),
        (layout.types, "shapes", shapes::shapes(spec)),
        (layout.types, "mod", modules_of_types),
        (layout.client, "mod", modules(&["client"])),
    ];
    let files = files.map(|(folder, name, text)| (format!("{folder}/{name}.rs"), text));
    let others = [
        (layout.examples, examples::examples(spec, operations)),
        (layout.methods, methods(operations)),
        (layout.tools, tools(spec)),
    ];
    let others = others.map(|(path, text)| (path.to_owned(), text));
    Ok(files.into_iter().chain(requests).chain(others).collect())
}

/// Runs progenitor, and turns its panics into messages.
fn progenitor(document: &Value, lowered: &Lowered, layout: &Layout) -> Result<syn::File, String> {
    let document: openapiv3::OpenAPI =
        serde_json::from_value(document.clone()).map_err(|error| error.to_string())?;
    let mut settings = GenerationSettings::new();
    let context: TokenStream = layout.client_path("CallContext");
    settings
        .with_interface(InterfaceStyle::Positional)
        .with_tag(TagStyle::Merged)
        // Without hooks the token would show in errors and redirects; a missing implementation must not compile.
        .with_hooks(HooksMode::Expected)
        .with_inner_type(context)
        .with_derive("PartialEq");
    for (name, module) in &lowered.replacements {
        let path = format!("::{}::{module}::{name}", layout.types_crate);
        let implemented = [TypeImpl::Display, TypeImpl::FromStr];
        settings.with_replacement(name, path, implemented.into_iter());
    }

    // Its panics are reported as problems; the default hook would print them a second time.
    let hook = panic::take_hook();
    panic::set_hook(Box::new(|_| {}));
    let result = panic::catch_unwind(AssertUnwindSafe(|| {
        Generator::new(&settings).generate_tokens(&document)
    }));
    panic::set_hook(hook);
    let client = match result {
        Ok(Ok(code)) => code,
        Ok(Err(error)) => return Err(error.to_string()),
        Err(payload) => {
            let text = payload.downcast_ref::<String>().map(String::as_str);
            let text = text.or_else(|| payload.downcast_ref::<&str>().copied());
            let text = text.unwrap_or("without a message");
            return Err(format!("progenitor panicked: {text}"));
        }
    };
    syn::parse2(client).map_err(|error| format!("progenitor wrote what does not parse: {error}"))
}

/// Finds the operations that progenitor fails on by giving it each one alone.
fn blame(operations: &[Operation], lowered: &Lowered, layout: &Layout, message: &str) -> Problems {
    let mut problems = Problems::default();
    for operation in operations.iter().filter(|o| !o.is_form()) {
        let mut alone = lowered.document.clone();
        let verb = operation.verb.to_lowercase();
        let mut item = alone["paths"][&operation.path].clone();
        if let Some(item) = item.as_object_mut() {
            item.retain(|key, _| key == "parameters" || *key == verb);
        }
        alone["paths"] = serde_json::json!({ &operation.path: item });
        if let Err(message) = progenitor(&alone, lowered, layout) {
            let message = format!(
                "{message}; see docs of progenitor for what it accepts, or teach `lower` to rewrite it"
            );
            problems.add(&operation.file, &operation.id, message);
        }
    }
    if problems.0.is_empty() {
        let message = format!(
            "{message}; no single operation is at fault, so look at the schemas changed last"
        );
        problems.add("schemas", "the types together", message);
    }
    problems
}

/// A `mod.rs` that declares generated modules.
fn modules(names: &[&str]) -> String {
    let doc = |name: &str| match name {
        "client" => "The client: one method an operation.".to_owned(),
        "endpoints" => "The operations as types.".to_owned(),
        "operations" => "What the spec says about each operation.".to_owned(),
        "types" => "The types of requests, answers and notifications.".to_owned(),
        "shapes" => "What there is to know of everything that the server sends.".to_owned(),
        "dispatch" => "Calls by documented name.".to_owned(),
        section => format!("The requests of the section *{section}*."),
    };
    names
        .iter()
        .map(|name| format!("/// {}\npub mod {name};\n", doc(name)))
        .collect()
}

impl Layout {
    /// A path into the crate of types.
    fn types_path(&self, inside: &str) -> TokenStream {
        path(self.types_crate, inside)
    }

    /// A path into the client crate.
    fn client_path(&self, inside: &str) -> TokenStream {
        path(self.client_crate, inside)
    }
}

fn path(krate: &str, inside: &str) -> TokenStream {
    let path = format!("::{krate}::{inside}").parse();
    path.unwrap_or_else(|_| quote!(invalid))
}
