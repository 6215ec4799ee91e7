//! Finishes progenitor's client and its mocks.

use std::collections::BTreeMap;

use proc_macro2::TokenStream;
use quote::{format_ident, quote};
use syn::{
    File, FnArg, GenericArgument, ImplItem, ImplItemFn, Item, PathArguments, ReturnType, Type,
    parse_quote,
};

use super::names;
use crate::Layout;
use crate::operation::{Body, Operation};

/// Takes the module of types out of progenitor's one file.
pub(super) fn split(mut file: File) -> (File, Vec<Item>) {
    let mut types = Vec::new();
    file.items.retain_mut(|item| match item {
        Item::Mod(module) if module.ident == "types" => {
            types = module
                .content
                .take()
                .map(|(_, items)| items)
                .unwrap_or_default();
            false
        }
        _ => true,
    });
    (file, types)
}

/// The client's text.
pub(super) fn finish(mut file: File, operations: &[Operation], layout: &Layout) -> String {
    let types = layout.types_path("types");
    file.items
        .insert(0, parse_quote!(#[allow(unused_imports)] use #types;));
    for item in &mut file.items {
        let Item::Impl(item) = item else { continue };
        // Follows redirects, panics without TLS and gives up after 15 s: `new_with_client` is the way in.
        item.items
            .retain(|item| !matches!(item, ImplItem::Fn(method) if method.sig.ident == "new"));
    }
    let forms = operations
        .iter()
        .filter(|operation| matches!(operation.body, Body::Multipart(_)));
    let forms: Vec<ImplItemFn> = forms
        .map(|operation| multipart(operation, layout))
        .collect();
    if !forms.is_empty() {
        file.items.push(parse_quote!(impl Client { #(#forms)* }));
    }
    super::print(file)
}

/// A method for a form, which progenitor cannot write.
fn multipart(operation: &Operation, layout: &Layout) -> ImplItemFn {
    let name = names::snake(&operation.id);
    let info = names::shouty(&operation.id);
    let (operations, form) = (
        layout.types_path("operations"),
        layout.client_path("multipart::Form"),
    );
    let answer = answer_type(operation);
    let doc = format!(
        " {}\n\n Sends a `{}` request to `{}`",
        operation.summary, operation.verb, operation.path
    );
    let template = path_format(&operation.path);
    parse_quote! {
        #[doc = #doc]
        pub async fn #name<'a>(&'a self, id_instance: i64, api_token_instance: &'a str, form: #form) -> Result<ResponseValue<#answer>, Error<()>> {
            let path = format!(#template, encode_path(&id_instance.to_string()), encode_path(&api_token_instance.to_string()));
            self.send_form(&#operations::#info, &path, form).await
        }
    }
}

/// The path template with `{}` for each parameter.
fn path_format(path: &str) -> String {
    let mut out = String::new();
    for (index, part) in path.split('{').enumerate() {
        match (index, part.split_once('}')) {
            (0, _) | (_, None) => out.push_str(part),
            (_, Some((_, rest))) => {
                out.push_str("{}");
                out.push_str(rest);
            }
        }
    }
    out
}

fn answer_type(operation: &Operation) -> TokenStream {
    match &operation.answer_schema {
        Some(name) => {
            let name = format_ident!("{name}");
            quote!(types::#name)
        }
        None => quote!(()),
    }
}

/// What a generated method takes besides the credentials, and what it gives.
#[derive(Clone, Debug)]
pub(super) struct Signature {
    /// Names and types of the arguments after the credentials, in order.
    pub arguments: Vec<(String, Type)>,
    /// What a good answer decodes into.
    pub answer: Type,
}

/// Reads the signatures out of progenitor's client.
pub(super) fn signatures(file: &File) -> BTreeMap<String, Signature> {
    let mut found = BTreeMap::new();
    for item in &file.items {
        let Item::Impl(item) = item else { continue };
        for item in &item.items {
            let ImplItem::Fn(method) = item else { continue };
            let Some(answer) = answer(&method.sig.output) else {
                continue;
            };
            let arguments = method
                .sig
                .inputs
                .iter()
                .filter_map(|argument| match argument {
                    FnArg::Typed(argument) => {
                        let pattern = &argument.pat;
                        Some((quote!(#pattern).to_string(), (*argument.ty).clone()))
                    }
                    FnArg::Receiver(_) => None,
                });
            found.insert(
                method.sig.ident.to_string(),
                Signature {
                    arguments: arguments.collect(),
                    answer,
                },
            );
        }
    }
    found
}

/// `T` of `Result<ResponseValue<T>, _>`.
fn answer(output: &ReturnType) -> Option<Type> {
    let ReturnType::Type(_, ty) = output else {
        return None;
    };
    inside(inside(ty, "Result")?, "ResponseValue").cloned()
}

/// The first argument of the generic type of that name.
pub(super) fn inside<'a>(ty: &'a Type, name: &str) -> Option<&'a Type> {
    let Type::Path(path) = ty else { return None };
    let last = path
        .path
        .segments
        .last()
        .filter(|segment| segment.ident == name)?;
    let PathArguments::AngleBracketed(arguments) = &last.arguments else {
        return None;
    };
    match arguments.args.first()? {
        GenericArgument::Type(ty) => Some(ty),
        _ => None,
    }
}

/// Documents what progenitor leaves bare in the mocks.
pub(super) fn document_mocks(mut file: File, operations: &[Operation]) -> File {
    let summaries: BTreeMap<String, &Operation> = operations
        .iter()
        .map(|operation| (operation.snake(), operation))
        .collect();
    let by_type: BTreeMap<String, &Operation> = operations
        .iter()
        .map(|operation| (operation.pascal(), operation))
        .collect();
    for item in &mut file.items {
        match item {
            Item::Mod(module) => {
                for item in module.content.iter_mut().flat_map(|(_, items)| items) {
                    document_mock(item, &by_type);
                }
            }
            Item::Trait(item) => {
                for method in &mut item.items {
                    if let syn::TraitItem::Fn(method) = method {
                        let operation =
                            summaries.get(method.sig.ident.to_string().trim_end_matches('_'));
                        let doc = operation.map_or_else(String::new, |o| {
                            format!(" Mocks `{}`: {}", o.id, o.summary)
                        });
                        method.attrs.push(parse_quote!(#[doc = #doc]));
                    }
                }
            }
            _ => {}
        }
    }
    file
}

fn document_mock(item: &mut Item, operations: &BTreeMap<String, &Operation>) {
    let describe = |name: &str| {
        let (stem, what) = match name.strip_suffix("When") {
            Some(stem) => (stem, "What a request must be for the mock to answer"),
            None => (
                name.strip_suffix("Then").unwrap_or(name),
                "What the mock answers",
            ),
        };
        let id = operations
            .get(stem)
            .map_or(stem, |operation| operation.id.as_str());
        format!(" {what}, for `{id}`.")
    };
    match item {
        Item::Struct(item) => {
            let doc = describe(&item.ident.to_string());
            item.attrs.push(parse_quote!(#[doc = #doc]));
        }
        Item::Impl(item) => {
            for item in &mut item.items {
                let ImplItem::Fn(method) = item else { continue };
                let doc = match method.sig.ident.to_string().as_str() {
                    "new" => " Wraps the untyped one.".to_owned(),
                    "into_inner" => {
                        " The untyped one, to go beyond what the description allows.".to_owned()
                    }
                    "ok" => " Answers 200 with this value.".to_owned(),
                    "body" => " The request body must be this value.".to_owned(),
                    name => format!(" The parameter `{name}` must be this value."),
                };
                method.attrs.push(parse_quote!(#[doc = #doc]));
            }
        }
        _ => {}
    }
}
