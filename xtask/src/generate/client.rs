//! Finishes progenitor's client and its mocks.

use std::collections::{BTreeMap, BTreeSet};

use proc_macro2::{TokenStream, TokenTree};
use quote::{ToTokens, format_ident, quote};
use syn::parse::Parser;
use syn::punctuated::Punctuated;
use syn::visit_mut::{self, VisitMut};
use syn::{
    Expr, ExprLit, File, FnArg, GenericArgument, ImplItem, ImplItemFn, Item, Lit, LitInt, Pat,
    PathArguments, ReturnType, Stmt, Token, Type, Visibility, parse_quote,
};

use super::names;
use super::print::{Paths, doc_text};
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
    let mut paths = Paths::new()
        .rule(layout.types_crate, layout.types_crate)
        .rule(layout.client_crate, "crate")
        .rule("reqwest::header", "reqwest::header")
        .rule("progenitor_client", "progenitor_client");
    paths.import(layout.types_crate, "types");
    let progenitors = imports(&mut file);
    for item in &mut file.items {
        if let Item::Struct(item) = item {
            item.attrs
                .sort_by_key(|attribute| doc_text(attribute).is_none());
        }
        let Item::Impl(item) = item else { continue };
        // The module allows it already.
        item.attrs.clear();
        // Follows redirects, panics without TLS and gives up after 15 s: `new_with_client` is the way in.
        item.items
            .retain(|item| !matches!(item, ImplItem::Fn(method) if method.sig.ident == "new"));
        for item in &mut item.items {
            if let ImplItem::Fn(method) = item {
                shorten(method);
            }
        }
    }
    let forms = operations
        .iter()
        .filter(|operation| matches!(operation.body, Body::Multipart(_)))
        .map(|operation| multipart(operation, layout));
    file.items.push(sending(forms.collect()));
    paths.visit_file_mut(&mut file);
    let used = idents(&file);
    for name in progenitors.iter().filter(|name| used.contains(*name)) {
        paths.import("progenitor_client", name);
    }
    let mut items = paths.uses();
    items.push(parse_quote!(
        pub use progenitor_client::{ClientInfo, Error, ResponseValue};
    ));
    file.items.splice(0..0, items);
    super::print(file)
}

/// Takes out progenitor's imports, which are more than is used, and its prelude. What is not public in them is returned.
fn imports(file: &mut File) -> Vec<String> {
    let mut names = Vec::new();
    file.items.retain(|item| match item {
        Item::Use(item) => {
            if matches!(item.vis, Visibility::Inherited) {
                let tree = &item.tree;
                names.extend(flat(quote!(#tree)));
            }
            false
        }
        Item::Mod(module) => module.ident != "prelude",
        // What is left of a type that nothing asked for.
        Item::Verbatim(tokens) => !tokens.is_empty(),
        _ => true,
    });
    // A trait whose only method is for forms without files.
    names.retain(|name| name != "RequestBuilderExt" || idents(file).contains("form_urlencoded"));
    names
}

/// Every word in it, those inside of macros included.
fn idents(file: &File) -> BTreeSet<String> {
    flat(file.to_token_stream()).collect()
}

fn flat(tokens: TokenStream) -> impl Iterator<Item = String> {
    let mut words = Vec::new();
    let mut rest = vec![tokens];
    while let Some(tokens) = rest.pop() {
        for token in tokens {
            match token {
                TokenTree::Group(group) => rest.push(group.stream()),
                TokenTree::Ident(ident) => words.push(ident.to_string()),
                _ => {}
            }
        }
    }
    words.into_iter()
}

/// What every method does in the end, and the methods for forms.
fn sending(forms: Vec<ImplItemFn>) -> Item {
    parse_quote! {
        impl Client {
            #(#forms)*

            /// Sends a request and reads the answer.
            async fn answer<T: serde::de::DeserializeOwned>(&self, request: reqwest::Request, operation_id: &'static str) -> Result<ResponseValue<T>, Error<()>> {
                let response = self.send(request, operation_id).await?;
                match response.status().as_u16() {
                    200 => ResponseValue::from_response(response).await,
                    _ => Err(Error::UnexpectedResponse(response)),
                }
            }

            /// Sends a request by way of the hooks.
            async fn send(&self, mut request: reqwest::Request, operation_id: &'static str) -> Result<reqwest::Response, Error<()>> {
                let info = OperationInfo { operation_id };
                self.pre(&mut request, &info).await?;
                let result = self.exec(request, &info).await;
                self.post(&result, &info).await?;
                Ok(result?)
            }
        }
    }
}

/// Leaves out of a method what every method has.
fn shorten(method: &mut ImplItemFn) {
    let has = |statement: &Stmt, text: &str| {
        let tokens = statement.to_token_stream().to_string();
        tokens.contains(text)
    };
    let statements = &mut method.block.stmts;
    // The version of the description, of no meaning to the server.
    statements.retain(|statement| !has(statement, "\"api-version\""));
    let headers = |statement: &&Stmt| has(statement, "header_map . append");
    if statements.iter().filter(headers).count() == 0 {
        statements.retain(|statement| !has(statement, "let mut header_map"));
        for statement in &mut *statements {
            WithoutHeaders.visit_stmt_mut(statement);
        }
    }
    address(statements);
    if quote!(#method).to_string().contains("Error < () >") {
        tail(&mut method.block.stmts);
    }
}

/// Takes `.headers(header_map)` out of a chain.
struct WithoutHeaders;

impl VisitMut for WithoutHeaders {
    fn visit_expr_mut(&mut self, expression: &mut Expr) {
        visit_mut::visit_expr_mut(self, expression);
        if let Expr::MethodCall(call) = expression
            && call.method == "headers"
        {
            *expression = (*call.receiver).clone();
        }
    }
}

/// Names what goes into the address, which prettyplease cannot print inside of `format!`.
fn address(statements: &mut Vec<Stmt>) -> Option<()> {
    let Stmt::Local(url) = statements.first()? else {
        return None;
    };
    let Expr::Macro(format) = &*url.init.as_ref()?.expr else {
        return None;
    };
    let parts = Punctuated::<Expr, Token![,]>::parse_terminated;
    let parts = parts.parse2(format.mac.tokens.clone()).ok()?;
    let Expr::Lit(ExprLit {
        lit: Lit::Str(template),
        ..
    }) = parts.first()?
    else {
        return None;
    };
    let mut template = template.value();
    let mut encoded: Vec<Stmt> = Vec::new();
    for part in parts.iter().skip(2) {
        let Expr::Call(call) = part else { return None };
        let [Expr::Reference(argument)] = call.args.iter().collect::<Vec<_>>()[..] else {
            return None;
        };
        let Expr::MethodCall(text) = &*argument.expr else {
            return None;
        };
        let name = &text.receiver;
        if quote!(#name).to_string() == "base" {
            return None;
        }
        // The base stands in the first hole.
        let at = 2 + template[2..].find("{}")?;
        template.replace_range(at..at + 2, &format!("{{{}}}", quote!(#name)));
        encoded.push(parse_quote!(let #name = #part;));
    }
    let template = template.replacen("{}", "{base}", 1);
    encoded.push(parse_quote!(let base = &self.baseurl;));
    let pattern = &url.pat;
    encoded.push(parse_quote!(let #pattern = format!(#template);));
    statements.splice(0..1, encoded);
    Some(())
}

/// The arms that read JSON out of a 200, without spaces, commas and braces.
const READS: [&str; 2] = [
    "200u16=>ResponseValue::from_response(response).await",
    "_=>Err(Error::UnexpectedResponse(response))",
];

/// Hands what is built to `answer`, or to `send` if there is nothing to read in the answer.
fn tail(statements: &mut Vec<Stmt>) -> Option<()> {
    let text = |statement: &Stmt| statement.to_token_stream().to_string();
    let info = statements
        .iter()
        .position(|statement| text(statement).starts_with("let info = OperationInfo"))?;
    let Stmt::Local(local) = &statements[info] else {
        return None;
    };
    let Expr::Struct(made) = &*local.init.as_ref()?.expr else {
        return None;
    };
    let id = made.fields.first()?.expr.clone();
    let Some(Stmt::Expr(Expr::Match(by_status), None)) = statements.last() else {
        return None;
    };
    let arms: Vec<String> = by_status
        .arms
        .iter()
        .map(|arm| quote!(#arm).to_string().replace([' ', ',', '{', '}'], ""))
        .collect();
    let mut by_status = by_status.clone();
    let reads = arms == READS;
    let Some(Stmt::Local(built)) = statements.get_mut(info.checked_sub(1)?) else {
        return None;
    };
    let Pat::Ident(request) = &mut built.pat else {
        return None;
    };
    request.mutability = None;
    let request = request.ident.clone();
    built.attrs.clear();
    statements.truncate(info);
    if reads {
        statements.push(Stmt::Expr(
            parse_quote!(self.answer(#request, #id).await),
            None,
        ));
    } else {
        for arm in &mut by_status.arms {
            if let Pat::Lit(ExprLit {
                lit: Lit::Int(status),
                ..
            }) = &mut arm.pat
            {
                *status = LitInt::new(status.base10_digits(), status.span());
            }
        }
        statements.push(parse_quote!(let response = self.send(#request, #id).await?;));
        statements.push(Stmt::Expr(Expr::Match(by_status), None));
    }
    Some(())
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
            let id_instance = encode_path(&id_instance.to_string());
            let api_token_instance = encode_path(&api_token_instance.to_string());
            let path = format!(#template);
            self.send_form(&#operations::#info, &path, form).await
        }
    }
}

/// The path template with the arguments' names in its braces.
fn path_format(path: &str) -> String {
    let parts = path
        .split_inclusive('}')
        .map(|part| match part.split_once('{') {
            Some((fixed, name)) => {
                format!("{fixed}{{{}}}", names::snake(name.trim_end_matches('}')))
            }
            None => part.to_owned(),
        });
    parts.collect()
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
