//! Finishes the types that typify made: documentation, tolerance, and the enums and unions it cannot make.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use quote::quote;
use serde_json::Value;
use syn::visit_mut::VisitMut;
use syn::{Field, Item, ItemStruct, Type, parse_quote};

use super::attributes::{self, wire_name};
use super::input::Input;
use super::print::{Paths, doc_text};
use super::syntax::{inside, named_fields};
use crate::layout::Layout;
use crate::load::{Spec, schema_name};
use crate::problem::Problems;

/// The finished types.
pub(super) struct Types {
    /// The module's text.
    pub text: String,
    /// The structs, by name, for the request builders.
    pub structs: BTreeMap<String, ItemStruct>,
}

pub(super) fn finish(spec: &Spec, items: Vec<Item>, layout: &Layout) -> Result<Types, Problems> {
    let (sent, received) = (spec.sent(), spec.received());
    // A whole body is built by its request; what stands inside it is built by people.
    let bodies: BTreeSet<&str> = spec
        .operations()
        .flat_map(|(_, _, _, operation)| {
            operation["requestBody"]["content"]
                .as_object()
                .into_iter()
                .flatten()
        })
        .filter_map(|(_, content)| schema_name(&content["schema"]))
        .collect();
    let mut paths = Paths::new()
        .rule(&format!("{}::models", layout.types_crate), "crate::models")
        .rule(&format!("{}::types", layout.types_crate), "");
    paths.import("serde", "Deserialize");
    paths.import("serde", "Serialize");
    let mut problems = Problems::default();
    let mut structs = BTreeMap::new();
    let mut kept = Vec::new();
    for mut item in items {
        let mut constructors = Vec::new();
        match &mut item {
            Item::Struct(item) => {
                let name = item.ident.to_string();
                let wrapper = name.strip_prefix("Nullable").unwrap_or(&name).to_owned();
                finish_struct(
                    spec,
                    item,
                    received.contains(&wrapper),
                    sent.contains(&name),
                );
                if sent.contains(&name) && !bodies.contains(name.as_str()) {
                    match construction(spec, item) {
                        Ok(items) => constructors = items,
                        Err(message) => problems.add(spec.file_of_schema(&name), &name, message),
                    }
                }
                structs.insert(name, item.clone());
            }
            // All that typify implements is a way around `.0` or a clone.
            Item::Impl(item) if item.trait_.is_some() => continue,
            // Its error is for what is parsed, which the models do.
            Item::Mod(module) if module.ident == "error" => continue,
            _ => {}
        }
        kept.push(item);
        kept.extend(constructors);
    }
    for item in &mut kept {
        if let Item::Struct(item) = item {
            attributes::tidy(item);
        }
        paths.visit_item_mut(item);
    }
    let mut text = super::print(file(kept));
    if text.contains("lenient::") {
        paths.import("crate", "lenient");
    }
    for (name, schema) in spec.schemas() {
        if !schema["enum"].is_null() {
            text.push_str(&open_enum(name, schema));
        } else if !schema["discriminator"].is_null() {
            text.push_str(&tagged_union(spec, name, schema, sent.contains(name)));
            if received.contains(name) {
                text.push_str(&common(spec, name, schema, &structs, &mut paths));
            }
        }
    }
    let imports = super::print(file(paths.uses()));
    let text = format!("{imports}\n{text}");
    problems.or(Types { text, structs })
}

fn file(items: Vec<Item>) -> syn::File {
    syn::File {
        shebang: None,
        frontmatter: None,
        attrs: Vec::new(),
        items,
    }
}

/// `new` with what is required, a setter for everything else, and a conversion for what is nothing but a text.
fn construction(spec: &Spec, item: &ItemStruct) -> Result<Vec<Item>, String> {
    let ident = &item.ident;
    let schema = &spec.schemas()[&ident.to_string()];
    let known: Vec<String> = named_fields(item).map(wire_name).collect();
    // The tag of a union's variant is no field.
    let properties = schema["properties"]
        .as_object()
        .into_iter()
        .flatten()
        .map(|(property, _)| property)
        .filter(|property| known.contains(property));
    let inputs = properties
        .map(|property| Input::of_property(spec, schema, item, property))
        .collect::<Result<Vec<_>, _>>()?;
    let (required, optional): (Vec<&Input>, Vec<&Input>) =
        inputs.iter().partition(|input| input.required);
    let arguments = required.iter().map(|input| input.argument());
    let values = inputs.iter().map(Input::field_value);
    let doc: String = required
        .iter()
        .map(|input| {
            format!(
                "* `{}`: {}\n",
                input.ident,
                input.description.replace('\n', "\n  ")
            )
        })
        .collect();
    let doc = format!(
        "{}\n\n{doc}",
        schema["description"].as_str().unwrap_or_default().trim()
    );
    let setters = optional.iter().map(|input| input.setter(&quote!(self)));
    let mut items = vec![parse_quote! {
        impl #ident {
            #[doc = #doc]
            #[must_use]
            pub fn new(#(#arguments),*) -> Self {
                Self { #(#values),* }
            }
            #(#setters)*
        }
    }];
    if super::input::only_text(spec, schema).is_some() {
        items.push(parse_quote! {
            impl<T: Into<String>> From<T> for #ident {
                fn from(text: T) -> Self {
                    Self::new(text)
                }
            }
        });
    }
    Ok(items)
}

fn finish_struct(spec: &Spec, item: &mut ItemStruct, received: bool, sent: bool) {
    // typify repeats the whole JSON schema under the description; the spec is the place to read that.
    item.attrs
        .retain(|attribute| !doc_text(attribute).is_some_and(|text| text.contains("<details>")));
    if received && !sent {
        // The server adds fields without notice; so may we.
        item.attrs.push(parse_quote!(#[non_exhaustive]));
    }
    item.attrs
        .push(parse_quote!(#[cfg_attr(feature = "schemars", derive(schemars::JsonSchema))]));
    // typify thinks that what is flattened must be given.
    if item.fields.iter().any(is_flattened)
        && item
            .fields
            .iter()
            .all(|field| is_flattened(field) || is_optional(field))
    {
        item.attrs.push(parse_quote!(#[derive(Default)]));
    }
    let name = item.ident.to_string();
    let schema = &spec.schemas().get(&name).cloned().unwrap_or_default();
    for field in &mut item.fields {
        if field.ident.is_none() {
            continue;
        }
        let property = wire_name(field);
        // heck splits `messagesIDs` after the I.
        field.ident = field.ident.take().map(|ident| {
            syn::Ident::new(&ident.to_string().replace("_i_ds", "_ids"), ident.span())
        });
        if is_flattened(field) {
            field.attrs.insert(0, parse_quote!(#[doc = "What is not described here, under its own name and as it came."]));
        }
        if !field
            .attrs
            .iter()
            .any(|attribute| doc_text(attribute).is_some())
        {
            let inner = spec.resolve(&schema["properties"][&property]);
            let description = inner["description"]
                .as_str()
                .map_or_else(|| format!("`{property}`."), |text| text.trim().to_owned());
            field.attrs.insert(0, parse_quote!(#[doc = #description]));
        }
        if received && is_scalar(&field.ty) {
            let optional = inside(&field.ty, "Option").map(|_| quote!(default,));
            field
                .attrs
                .push(parse_quote!(#[serde(#optional deserialize_with = "lenient::read")]));
        }
        if received && inside(&field.ty, "Vec").is_some() {
            field
                .attrs
                .push(parse_quote!(#[serde(deserialize_with = "lenient::list")]));
        }
    }
}

/// Whether the field holds what has no field of its own.
fn is_flattened(field: &Field) -> bool {
    let metas = attributes::serde(&field.attrs);
    metas.iter().any(|meta| meta.path().is_ident("flatten"))
}

/// Whether the field can be left out.
fn is_optional(field: &Field) -> bool {
    ["Option", "Vec"]
        .iter()
        .any(|name| inside(&field.ty, name).is_some())
}

fn is_scalar(ty: &Type) -> bool {
    let Type::Path(path) = ty else { return false };
    let text = quote!(#path).to_string().replace(' ', "");
    let inner = text
        .strip_prefix("::std::option::Option<")
        .and_then(|t| t.strip_suffix('>'))
        .unwrap_or(&text);
    ["i64", "u64", "f64", "bool", "::std::string::String"].contains(&inner)
}

/// A doc comment, every line behind the given indentation.
fn doc(indent: &str, text: &str) -> String {
    let mut out = String::new();
    for line in text.trim().lines() {
        let _ = writeln!(out, "{indent}/// {}", line.trim_end());
    }
    out.replace("/// \n", "///\n")
}

fn open_enum(name: &str, schema: &Value) -> String {
    let mut text = "\ncrate::open_enum! {\n".to_owned();
    text.push_str(&doc(
        "    ",
        schema["description"].as_str().unwrap_or_default(),
    ));
    let _ = writeln!(text, "    pub enum {name} {{");
    let mut seen = BTreeSet::new();
    for value in schema["enum"]
        .as_array()
        .into_iter()
        .flatten()
        .filter_map(Value::as_str)
    {
        let described = schema["x-enum-descriptions"][value]
            .as_str()
            .map_or_else(|| format!("`{value}`."), str::to_owned);
        let mut variant = super::names::pascal(value).to_string();
        while !seen.insert(variant.clone()) {
            variant.push('_');
        }
        text.push_str(&doc("        ", &described));
        let _ = writeln!(text, "        {variant} = {value:?},");
    }
    text.push_str("    }\n}\n");
    if schema["enum"] == serde_json::json!(["yes", "no"]) {
        let _ = writeln!(text, "\ncrate::switch!({name});");
    }
    text
}

fn tagged_union(spec: &Spec, name: &str, schema: &Value, sent: bool) -> String {
    let tag = schema["discriminator"]["propertyName"]
        .as_str()
        .unwrap_or_default();
    let mut text = "\ncrate::tagged_union! {\n".to_owned();
    text.push_str(&doc(
        "    ",
        schema["description"].as_str().unwrap_or_default(),
    ));
    let _ = writeln!(text, "    pub enum {name} by {tag:?} {{");
    let variants = variants(schema);
    let targets: Vec<&str> = variants.iter().map(|(_, target, _)| *target).collect();
    let mut conversions = String::new();
    for (variant, target, tags) in variants {
        let shared = targets.len() > 1 && targets.iter().all(|other| *other == target);
        let described = if shared {
            format!("`{}`.", tags.join("` or `"))
        } else {
            let described = spec.schemas().get(target).map(|s| &s["description"]);
            described
                .and_then(Value::as_str)
                .unwrap_or(target)
                .to_owned()
        };
        let tags: Vec<String> = tags.iter().map(|tag| format!("{tag:?}")).collect();
        text.push_str(&doc("        ", &described));
        let _ = writeln!(text, "        {variant}({target}) = {},", tags.join(" | "));
        if sent && targets.iter().filter(|other| **other == target).count() == 1 {
            let _ = write!(
                conversions,
                "\nimpl From<{target}> for {name} {{\n    fn from(value: {target}) -> Self {{\n        Self::{variant}(value)\n    }}\n}}\n"
            );
        }
    }
    text.push_str("    }\n}\n");
    text.push_str(&conversions);
    text
}

/// The variants of a union: name, target and tags.
fn variants(schema: &Value) -> Vec<(String, &str, Vec<&str>)> {
    let mut variants: Vec<(String, &str, Vec<&str>)> = Vec::new();
    for (value, target) in schema["discriminator"]["mapping"]
        .as_object()
        .into_iter()
        .flatten()
    {
        let variant = super::names::pascal(value).to_string();
        let target = target
            .as_str()
            .and_then(|t| t.rsplit('/').next())
            .unwrap_or_default();
        // Spellings that differ in their first letter only are one variant, sent as the first.
        match variants
            .iter_mut()
            .find(|(known, of, _)| *known == variant && *of == target)
        {
            Some((_, _, tags)) => tags.push(value),
            None => variants.push((variant, target, vec![value])),
        }
    }
    variants
}

/// What every variant of a union has is on the union as well, so that code which reads it need not change for a new variant.
fn common(
    spec: &Spec,
    name: &str,
    schema: &Value,
    structs: &BTreeMap<String, ItemStruct>,
    paths: &mut Paths,
) -> String {
    let variants = variants(schema);
    let field = |target: &str, property: &str| {
        let item = structs.get(target)?;
        named_fields(item)
            .find(|field| wire_name(field) == property)
            .cloned()
    };
    let referred = |target: &str, property: &str| {
        let reference = &spec.schemas().get(target)?["properties"][property]["allOf"][0];
        schema_name(reference).map(str::to_owned)
    };
    let Some((_, first, _)) = variants.first() else {
        return String::new();
    };
    if variants.len() > 1 && variants.iter().all(|(_, target, _)| target == first) {
        let known: Vec<String> = variants
            .iter()
            .map(|(variant, _, _)| format!("Self::{variant}(inner)"))
            .collect();
        return format!(
            "\nimpl {name} {{\n    /// Returns the content, which has one type for every kind; of what was not recognised, the part that can be read.\n    #[must_use]\n    pub fn content(&self) -> Option<&{first}> {{\n        match self {{\n            {} => Some(inner),\n            Self::Unrecognized(what) => what.read(),\n        }}\n    }}\n}}\n",
            known.join("\n            | ")
        );
    }
    let mut methods = String::new();
    for (property, _) in spec
        .schemas()
        .get(*first)
        .and_then(|schema| schema["properties"].as_object())
        .into_iter()
        .flatten()
    {
        let Some(of) = referred(first, property) else {
            continue;
        };
        let Some(fields) = variants
            .iter()
            .map(|(_, target, _)| field(target, property))
            .collect::<Option<Vec<_>>>()
        else {
            continue;
        };
        if !variants
            .iter()
            .all(|(_, target, _)| referred(target, property).as_deref() == Some(&of))
        {
            continue;
        }
        let mut ty = inside(&fields[0].ty, "Option")
            .unwrap_or(&fields[0].ty)
            .clone();
        paths.visit_type_mut(&mut ty);
        let ty = quote!(#ty).to_string().replace(' ', "");
        let Some(ident) = &fields[0].ident else {
            continue;
        };
        let described = spec
            .schemas()
            .get(&of)
            .and_then(|schema| schema["description"].as_str())
            .unwrap_or_default();
        methods.push_str(&doc(
            "    ",
            &format!("`{property}`, which is the same in every kind. {described}\n\n`None` if it was not given, or the kind was not recognised."),
        ));
        let _ = writeln!(
            methods,
            "    #[must_use]\n    pub fn {ident}(&self) -> Option<&{ty}> {{\n        match self {{"
        );
        for ((variant, _, _), field) in variants.iter().zip(&fields) {
            let given = if is_optional(field) {
                format!("inner.{ident}.as_ref()")
            } else {
                format!("Some(&inner.{ident})")
            };
            let _ = writeln!(methods, "            Self::{variant}(inner) => {given},");
        }
        methods.push_str("            Self::Unrecognized(_) => None,\n        }\n    }\n");
    }
    if methods.is_empty() {
        methods
    } else {
        format!("\nimpl {name} {{\n{methods}}}\n")
    }
}
