//! The attributes of a struct as a person would write them: one derive, one `serde` each, `rename_all` in place of a rename a field.

use syn::punctuated::Punctuated;
use syn::{Attribute, Expr, Field, ItemStruct, Lit, LitStr, Meta, Path, Token, parse_quote};

use super::print::doc_text;

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
        ident != wire && camel(&ident) == wire
    };
    let rename_all = item.fields.iter().any(renamed);
    let mut container = take_serde(&mut item.attrs);
    if rename_all {
        container.insert(0, parse_quote!(rename_all = "camelCase"));
    }
    for field in &mut item.fields {
        let (ident, wire) = (ident(field), wire_name(field));
        let mut arguments = take_serde(&mut field.attrs);
        arguments.retain(|meta| !meta.path().is_ident("rename"));
        let implied = if rename_all { camel(&ident) } else { ident };
        if implied != wire {
            arguments.push(parse_quote!(rename = #wire));
        }
        field.attrs.extend(one_serde(arguments));
    }
    let serde = one_serde(container);
    let derives = take_derives(&mut item.attrs);
    let docs = item
        .attrs
        .iter()
        .take_while(|attribute| doc_text(attribute).is_some())
        .count();
    let derives: Attribute = parse_quote!(#[derive(#(#derives),*)]);
    item.attrs
        .splice(docs..docs, [derives].into_iter().chain(serde));
}

/// What the attributes tell serde.
pub(super) fn serde(attributes: &[Attribute]) -> Vec<Meta> {
    let arguments = |attribute: &Attribute| {
        attribute.parse_args_with(Punctuated::<Meta, Token![,]>::parse_terminated)
    };
    attributes
        .iter()
        .filter(|attribute| attribute.path().is_ident("serde"))
        .filter_map(|attribute| arguments(attribute).ok())
        .flatten()
        .collect()
}

/// The text of a literal.
pub(super) fn text(value: &Expr) -> Option<String> {
    match value {
        Expr::Lit(literal) => match &literal.lit {
            Lit::Str(text) => Some(text.value()),
            _ => None,
        },
        _ => None,
    }
}

fn take_serde(attributes: &mut Vec<Attribute>) -> Vec<Meta> {
    let taken = serde(attributes);
    attributes.retain(|attribute| !attribute.path().is_ident("serde"));
    taken
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

fn take_derives(attributes: &mut Vec<Attribute>) -> Vec<Path> {
    let mut derives: Vec<Path> = Vec::new();
    for attribute in attributes
        .iter()
        .filter(|attribute| attribute.path().is_ident("derive"))
    {
        let paths = attribute.parse_args_with(Punctuated::<Path, Token![,]>::parse_terminated);
        derives.extend(
            paths
                .into_iter()
                .flatten()
                .filter_map(|path| path.segments.last().map(|last| last.ident.clone().into())),
        );
    }
    attributes.retain(|attribute| !attribute.path().is_ident("derive"));
    derives.sort_by_key(|path| DERIVES.iter().position(|name| path.is_ident(name)));
    derives
}

fn ident(field: &Field) -> String {
    field
        .ident
        .as_ref()
        .map(ToString::to_string)
        .unwrap_or_default()
}

/// A field's name under `rename_all = "camelCase"`.
fn camel(ident: &str) -> String {
    let mut upper = false;
    let mut name = String::new();
    for character in ident.chars() {
        match character {
            '_' => upper = !name.is_empty(),
            _ if std::mem::take(&mut upper) => name.push(character.to_ascii_uppercase()),
            _ => name.push(character),
        }
    }
    name
}

/// The name of a field in JSON.
pub(super) fn wire_name(field: &Field) -> String {
    let renamed = serde(&field.attrs).iter().find_map(|meta| match meta {
        Meta::NameValue(pair) if pair.path.is_ident("rename") => text(&pair.value),
        _ => None,
    });
    let ident = || field.ident.as_ref().map(ToString::to_string);
    renamed.or_else(ident).unwrap_or_default()
}
