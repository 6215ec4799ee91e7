//! Finishes progenitor's client.

use std::collections::BTreeMap;

use proc_macro2::TokenStream;
use quote::{format_ident, quote};
use syn::visit_mut::VisitMut;
use syn::{
    Block, File, FnArg, Ident, ImplItem, ImplItemFn, Item, PatType, ReturnType, Stmt, Type,
    parse_quote,
};

use super::attributes::doc_text;
use super::print::Paths;
use super::syntax::inside;
use crate::layout::Layout;
use crate::names;
use crate::operation::Operation;

/// Takes the module of types out of progenitor's one file.
pub(super) fn split(mut file: File) -> (File, Vec<Item>) {
    let mut types = Vec::new();
    file.items.retain_mut(|item| match item {
        Item::Mod(module) if module.ident == "types" => {
            types = module.content.take().unwrap_or_default().1;
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
    paths.import("crate", "ResponseFuture");
    if quote!(#file).to_string().contains(". form_urlencoded") {
        paths.import("progenitor_client", "RequestBuilderExt");
    }
    file.items.retain(|item| match item {
        Item::Use(_) => false,
        Item::Mod(module) => module.ident != "prelude",
        Item::Verbatim(tokens) => !tokens.is_empty(),
        // That the client has the hooks, by which nothing is sent.
        Item::Const(_) => false,
        _ => true,
    });
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
            if let ImplItem::Fn(method) = item
                && let Some(operation) = operations.iter().find(|o| method.sig.ident == o.snake())
            {
                shorten(method, operation, layout);
            }
        }
    }
    let forms = operations.iter().filter(|operation| operation.is_form());
    let forms = forms.map(|operation| multipart(operation, layout));
    let forms: Vec<ImplItemFn> = forms.collect();
    file.items.push(parse_quote!(impl Client { #(#forms)* }));
    paths.visit_file_mut(&mut file);
    let mut items = paths.uses();
    items.push(parse_quote!(
        pub use progenitor_client::{ClientInfo, Error, ResponseValue};
    ));
    file.items.splice(0..0, items);
    super::print(file)
}

/// Rewrites what progenitor repeats in every method, and leaves it to what is compiled once to send the request. What progenitor writes otherwise
/// stays as it is.
fn shorten(method: &mut ImplItemFn, operation: &Operation, layout: &Layout) {
    let id = operation.snake().to_string();
    // The version of the description, of no meaning to the server.
    let version = quote!(header_map.append(::reqwest::header::HeaderName::from_static("api-version"), ::reqwest::header::HeaderValue::from_static(Self::api_version()),););
    let send = quote! {
        let info = OperationInfo { operation_id: #id, };
        self.pre(&mut request, &info).await?;
        let result = self.exec(request, &info).await;
        self.post(&result, &info).await?;
        let response = result?;
    };
    let read = quote! {
        match response.status().as_u16() {
            200u16 => { ResponseValue::from_response(response).await }
            _ => Err(Error::UnexpectedResponse(response)),
        }
    };
    let done = quote! {
        match response.status().as_u16() {
            200u16 => { Ok(ResponseValue::empty(response)) }
            _ => Err(Error::UnexpectedResponse(response)),
        }
    };
    let rewrites = [
        (
            quote!(let mut header_map = ::reqwest::header::HeaderMap::with_capacity(1usize); #version),
            quote!(),
        ),
        (version, quote!()),
        (quote!(#send #read), quote!(self.answer)),
        (quote!(#send #done), quote!(self.done)),
        (
            quote!(#[allow(unused_mut)] let mut request),
            quote!(let request),
        ),
        (quote!(200u16), quote!(200)),
    ];
    let block = &method.block;
    let mut text = quote!(#block).to_string();
    for (long, short) in rewrites {
        text = text.replace(&long.to_string(), &short.to_string());
    }
    if !text.contains("let mut header_map") {
        text = text.replace(&quote!(.headers(header_map)).to_string(), "");
    }
    let Ok(Block { mut stmts, .. }) = syn::parse_str(&text) else {
        return;
    };
    let (Some(Stmt::Expr(send, None)), Some(Stmt::Local(request)), Some(answer)) =
        (stmts.pop(), stmts.pop(), answer(&method.sig.output))
    else {
        return;
    };
    let request = request.init.map(|init| init.expr);
    let constant = constant(operation, layout);
    // Otherwise progenitor's own line stays, which takes other names.
    let mut parameters = operation.parameters.iter();
    if !parameters.any(|p| ["url", "baseurl"].contains(&p.name.as_str())) {
        let values = in_path(&operation.path);
        stmts[0] = parse_quote!(let url = self.address(#constant, &[#(&#values),*])?;);
    }
    let plain = quote!(.header(::reqwest::header::ACCEPT, ::reqwest::header::HeaderValue::from_static("application/json",),));
    let verb = format_ident!("{}", operation.verb.to_lowercase());
    let same = |rest: TokenStream| {
        let whole = quote!(self.client.#verb(url)#plain #rest.build()?);
        stmts.len() == 1 && quote!(#request).to_string() == whole.to_string()
    };
    let values = in_path(&operation.path);
    let request = if same(quote!()) {
        quote!(self.request(#constant, &[#(&#values),*], None))
    } else if same(quote!(.json(&body))) {
        quote!(self.json(#constant, &[#(&#values),*], body))
    } else {
        quote!({
            let request = || {
                #(#stmts)*
                Ok(#request)
            };
            request()
        })
    };
    // The arguments have been used when it returns.
    method.sig.inputs[0] = parse_quote!(&self);
    method.sig.output = parse_quote!(-> ResponseFuture<'_, #answer>);
    method.sig.asyncness = None;
    method.block = parse_quote!({
        let request = #request;
        #send(#constant, request)
    });
}

/// The names in braces of a path.
fn in_path(path: &str) -> Vec<Ident> {
    let parts = path.split('{').skip(1);
    parts
        .filter_map(|part| Some(names::snake(part.split_once('}')?.0)))
        .collect()
}

/// What the table says about the operation.
fn constant(operation: &Operation, layout: &Layout) -> TokenStream {
    let operations = layout.types_path("operations");
    let name = names::shouty(&operation.id);
    quote!(&#operations::#name)
}

/// A method for a form, which progenitor cannot write.
fn multipart(operation: &Operation, layout: &Layout) -> ImplItemFn {
    let name = operation.snake();
    let constant = constant(operation, layout);
    let form = layout.client_path("multipart::Form");
    let answer = answer_type(operation);
    let doc = format!(
        " {}\n\n Sends a `{}` request to `{}`",
        operation.summary, operation.verb, operation.path
    );
    let values = in_path(&operation.path);
    let credentials = operation
        .credentials
        .iter()
        .map(|(name, number)| match number {
            true => quote!(#name: i64),
            false => quote!(#name: &str),
        });
    parse_quote! {
        #[doc = #doc]
        pub fn #name(&self, #(#credentials,)* form: #form) -> ResponseFuture<'_, #answer> {
            self.send_form(#constant, &[#(&#values),*], form)
        }
    }
}

/// What a good answer of a form decodes into.
pub(super) fn answer_type(operation: &Operation) -> TokenStream {
    let name = operation
        .answer
        .as_ref()
        .and_then(|answer| answer.schema.as_ref());
    let name = name.map(|name| format_ident!("{name}"));
    name.map_or(quote!(()), |name| quote!(types::#name))
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
pub(super) fn signatures(file: &File) -> BTreeMap<Ident, Signature> {
    let mut found = BTreeMap::new();
    for item in &file.items {
        let Item::Impl(item) = item else { continue };
        for item in &item.items {
            let ImplItem::Fn(method) = item else { continue };
            let Some(answer) = answer(&method.sig.output) else {
                continue;
            };
            let inputs = method.sig.inputs.iter();
            let arguments = inputs.filter_map(|argument| match argument {
                FnArg::Typed(PatType { pat, ty, .. }) => {
                    Some((quote!(#pat).to_string(), (**ty).clone()))
                }
                FnArg::Receiver(_) => None,
            });
            let arguments = arguments.collect();
            let signature = Signature { arguments, answer };
            found.insert(method.sig.ident.clone(), signature);
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
