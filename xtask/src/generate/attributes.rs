//! The attributes of a struct as a person would write them: one derive, one `serde` each, `rename_all` in place of a rename a field.

use heck::ToLowerCamelCase as _;
use syn::punctuated::Punctuated;
use syn::{
    Attribute, Expr, ExprLit, Field, Ident, ItemStruct, Lit, LitStr, Meta, Token, parse_quote,
};

/// The order in which derives are written.
const DERIVES: [&str; 6] = [
    "Clone",
    "Debug",
    "Default",
    "PartialEq",
    "Serialize",
    "Deserialize",
];
/// The order in which serde's arguments are written.
const ARGUMENTS: [&str; 5] = [
    "rename",
    "default",
    "deserialize_with",
    "skip_serializing_if",
    "flatten",
];

/// Rewrites all attributes of the struct and its fields.
pub(super) fn tidy(item: &mut ItemStruct) {
    let renamed = |field: &Field| {
        let (ident, wire) = (ident(field), wire_name(field));
        ident != wire && ident.to_lower_camel_case() == wire
    };
    let rename_all = item.fields.iter().any(renamed);
    let mut container = take(&mut item.attrs, "serde");
    if rename_all {
        container.insert(0, parse_quote!(rename_all = "camelCase"));
    }
    for field in &mut item.fields {
        let (ident, wire) = (ident(field), wire_name(field));
        let mut arguments = take(&mut field.attrs, "serde");
        arguments.retain(|meta| !meta.path().is_ident("rename"));
        let implied = if rename_all {
            ident.to_lower_camel_case()
        } else {
            ident
        };
        if implied != wire {
            arguments.push(parse_quote!(rename = #wire));
        }
        field.attrs.extend(one_serde(arguments));
    }
    let serde = one_serde(container);
    let derives = take(&mut item.attrs, "derive");
    let derives = derives
        .iter()
        .filter_map(|meta| meta.path().segments.last());
    let mut derives: Vec<&Ident> = derives.map(|last| &last.ident).collect();
    derives.sort_by_key(|derive| DERIVES.iter().position(|name| derive == name));
    let docs = item.attrs.iter().map_while(doc_text).count();
    let derives: Attribute = parse_quote!(#[derive(#(#derives),*)]);
    item.attrs
        .splice(docs..docs, [derives].into_iter().chain(serde));
}

/// What the attributes of that name have between their parentheses.
pub(super) fn arguments(attributes: &[Attribute], name: &str) -> Vec<Meta> {
    let named = attributes.iter().filter(|a| a.path().is_ident(name));
    let parsed = named.map(|a| a.parse_args_with(Punctuated::<Meta, Token![,]>::parse_terminated));
    parsed.flatten().flatten().collect()
}

fn take(attributes: &mut Vec<Attribute>, name: &str) -> Vec<Meta> {
    let taken = arguments(attributes, name);
    attributes.retain(|attribute| !attribute.path().is_ident(name));
    taken
}

/// The text of a literal.
pub(super) fn text(value: &Expr) -> Option<String> {
    match value {
        Expr::Lit(ExprLit {
            lit: Lit::Str(text),
            ..
        }) => Some(text.value()),
        _ => None,
    }
}

/// One attribute, each argument once and with paths as short as can be.
fn one_serde(mut arguments: Vec<Meta>) -> Option<Attribute> {
    for argument in &mut arguments {
        if let Meta::NameValue(pair) = argument
            && let Some(path) = text(&pair.value)
            && let Some(path) = path.strip_prefix("::")
        {
            let short = ["std::option::", "std::vec::"]
                .iter()
                .find_map(|module| path.strip_prefix(module));
            let short = LitStr::new(short.unwrap_or(path), proc_macro2::Span::call_site());
            pair.value = parse_quote!(#short);
        }
    }
    let place = |meta: &Meta| ARGUMENTS.iter().position(|name| meta.path().is_ident(name));
    arguments.sort_by_key(place);
    arguments.dedup_by(|a, b| a.path() == b.path());
    (!arguments.is_empty()).then(|| parse_quote!(#[serde(#(#arguments),*)]))
}

fn ident(field: &Field) -> String {
    let ident = field.ident.as_ref();
    ident.map(ToString::to_string).unwrap_or_default()
}

/// The name of a field in JSON.
pub(super) fn wire_name(field: &Field) -> String {
    let serde = arguments(&field.attrs, "serde");
    let renamed = serde.iter().find_map(|meta| match meta {
        Meta::NameValue(pair) if pair.path.is_ident("rename") => text(&pair.value),
        _ => None,
    });
    renamed.unwrap_or_else(|| ident(field))
}

/// The text of a doc attribute.
pub(super) fn doc_text(attribute: &Attribute) -> Option<String> {
    let pair = attribute.meta.require_name_value().ok()?;
    pair.path.is_ident("doc").then(|| text(&pair.value))?
}
