//! Finishes the types that typify made: documentation, tolerance, and the enums and unions it cannot make.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use heck::ToSnakeCase as _;
use quote::quote;
use serde_json::Value;
use syn::visit_mut::{self, VisitMut};
use syn::{Attribute, Field, Item, ItemStruct, Path, Type, parse_quote};

use super::attributes::{self, doc_text, wire_name};
use super::input::Input;
use super::print::{Paths, file_of};
use super::syntax::{inside, last_name, named_fields};
use crate::dialect::{Discriminator, Schema};
use crate::layout::Layout;
use crate::load::Spec;
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
        .described()
        .flat_map(|(_, _, _, operation)| operation.request_body.content.values())
        .filter_map(|content| content.schema.name())
        .collect();
    let (entries, lists) = (entries(spec), lists(spec));
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
                let sent = sent.contains(&name);
                finish_struct(spec, item, received.contains(&wrapper), sent);
                if sent && !bodies.contains(name.as_str()) {
                    match construction(spec, item) {
                        Ok(items) => constructors = items,
                        Err(message) => problems.add(spec.file_of(&name), &name, message),
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
    let mut qualify = Qualify {
        module: format!("::{}::types", layout.types_crate),
        names: structs.keys().cloned().collect(),
    };
    for item in structs.values_mut() {
        let fields = item.fields.iter_mut();
        fields.for_each(|field| qualify.visit_type_mut(&mut field.ty));
    }
    let mut twins = Vec::new();
    for item in &mut kept {
        if let Item::Struct(item) = item {
            let name = item.ident.to_string();
            let is_by_twin = entries.contains(name.as_str()) || lists.contains_key(name.as_str());
            twins.extend(is_by_twin.then(|| twin(item)));
            attributes::tidy(item);
        }
        paths.visit_item_mut(item);
    }
    for twin in &mut twins {
        attributes::tidy(twin);
        paths.visit_item_struct_mut(twin);
    }
    kept.extend(twins.into_iter().map(Item::Struct));
    let mut text = super::print(file_of(kept));
    for name in entries {
        let _ = write!(text, "\ncrate::entry!({name} by {name}Twin);\n");
    }
    for (name, property) in lists {
        let _ = write!(
            text,
            "\ncrate::entry!({name} by {name}Twin as {property:?});\n"
        );
    }
    if text.contains("lenient::") {
        paths.import("crate", "lenient");
    }
    for (name, schema) in &spec.grammars {
        if let Some(values) = &schema.values {
            text.push_str(&open_enum(name, schema, values));
        } else if let Some(union) = &schema.discriminator {
            let sent = sent.contains(name);
            text.push_str(&tagged_union(spec, name, schema.words(), union, sent));
            if received.contains(name) {
                text.push_str(&common(spec, name, union, &structs, &mut paths));
            }
        }
    }
    let imports = super::print(file_of(paths.uses()));
    let text = format!("{imports}\n{text}");
    problems.or(Types { text, structs })
}

/// The structs that a list stands for now and then, each with the property that it is read as.
fn lists(spec: &Spec) -> BTreeMap<&str, &str> {
    let grammars = spec.grammars.iter();
    grammars
        .filter_map(|(name, schema)| Some((name.as_str(), schema.list.as_deref()?)))
        .collect()
}

/// The structs in lists that are answers.
fn entries(spec: &Spec) -> BTreeSet<&str> {
    let sent = spec.sent();
    let entry = |operation| {
        let (_, content) = spec.response(operation, "200")?.content.first()?;
        let name = spec.schema(&content.schema).items.as_deref()?.name()?;
        let is_struct = !spec.grammars.get(name)?.properties.is_empty();
        (is_struct && !sent.contains(name)).then_some(name)
    };
    let operations = spec.described();
    operations
        .filter_map(|(_, _, _, operation)| entry(operation))
        .collect()
}

/// The struct as `Deserialize` is derived from: the type's own is written by hand.
fn twin(item: &mut ItemStruct) -> ItemStruct {
    let mut twin = item.clone();
    let name = item.ident.to_string();
    twin.ident = syn::Ident::new(&format!("{name}Twin"), item.ident.span());
    twin.vis = syn::Visibility::Inherited;
    twin.attrs = vec![
        parse_quote!(#[derive(Deserialize)]),
        parse_quote!(#[serde(remote = #name)]),
    ];
    for field in &mut twin.fields {
        field
            .attrs
            .retain(|attribute| doc_text(attribute).is_none());
    }
    let derives = attributes::arguments(&item.attrs, "derive").into_iter();
    let derives = derives.filter(|derive| {
        let last = derive.path().segments.last();
        last.is_none_or(|last| last.ident != "Deserialize")
    });
    let derives: Attribute = parse_quote!(#[derive(#(#derives),*)]);
    item.attrs
        .retain(|attribute| !attribute.path().is_ident("derive"));
    item.attrs.push(derives);
    twin
}

/// Gives the names of structs their module, since an operation's type may have the same name.
struct Qualify {
    module: String,
    names: BTreeSet<String>,
}

impl VisitMut for Qualify {
    fn visit_path_mut(&mut self, path: &mut Path) {
        visit_mut::visit_path_mut(self, path);
        if let Some(name) = path.get_ident().map(ToString::to_string)
            && self.names.contains(&name)
            && let Ok(qualified) = syn::parse_str(&format!("{}::{name}", self.module))
        {
            *path = qualified;
        }
    }
}

/// `new` with what is required, a setter for everything else, and a conversion for what is nothing but a text.
fn construction(spec: &Spec, item: &ItemStruct) -> Result<Vec<Item>, String> {
    let ident = &item.ident;
    let schema = &spec.grammars[&ident.to_string()];
    let known: Vec<String> = named_fields(item).map(wire_name).collect();
    // The tag of a union's variant is no field.
    let properties = schema.properties.keys();
    let inputs = properties
        .filter(|property| known.contains(property))
        .map(|property| Input::of_property(spec, schema, item, property))
        .collect::<Result<Vec<_>, _>>()?;
    let (required, optional): (Vec<&Input>, Vec<&Input>) =
        inputs.iter().partition(|input| input.required);
    let arguments = required.iter().map(|input| input.argument());
    let values = inputs.iter().map(Input::field_value);
    let mut doc = format!("{}\n\n", schema.words());
    doc.extend(required.iter().map(|input| input.bullet()));
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
        box_parts(spec, item);
    }
    item.attrs
        .push(parse_quote!(#[cfg_attr(feature = "schemars", derive(schemars::JsonSchema))]));
    // typify thinks that what is flattened must be given.
    let mut fields = item.fields.iter();
    if item.fields.iter().any(is_flattened) && fields.all(|f| is_flattened(f) || is_optional(f)) {
        item.attrs.push(parse_quote!(#[derive(Default)]));
    }
    let name = item.ident.to_string();
    let known: Vec<String> = named_fields(item).map(wire_name).collect();
    // The tag of a union's variant is no field, so it must not be kept as an undescribed one either: it would be written twice.
    let schema = spec.grammars.get(&name);
    let mut properties = schema
        .into_iter()
        .flat_map(|schema| schema.properties.keys());
    let tag = properties.find(|property| !known.contains(property));
    let without_tag = tag.map(|tag| format!("lenient::without_{}", tag.to_snake_case()));
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
            if let Some(read) = &without_tag {
                field
                    .attrs
                    .push(parse_quote!(#[serde(deserialize_with = #read)]));
            }
        }
        if field.attrs.iter().find_map(doc_text).is_none() {
            let inner = spec.property(&name, &property);
            let description = inner.map_or("", |inner| spec.schema(inner).words());
            let description = match description {
                "" => format!("`{property}`."),
                text => text.to_owned(),
            };
            field.attrs.insert(0, parse_quote!(#[doc = #description]));
        }
        if received && is_scalar(&field.ty) {
            let optional = inside(&field.ty, "Option").map(|_| quote!(default,));
            let read = parse_quote!(#[serde(#optional deserialize_with = "lenient::read")]);
            field.attrs.push(read);
        }
        if received && inside(&field.ty, "Vec").is_some() {
            let list = parse_quote!(#[serde(deserialize_with = "lenient::list")]);
            field.attrs.push(list);
        }
    }
}

/// With more parts than this a struct has nearly all of them empty.
const MANY_PARTS: usize = 8;

/// Boxes the structs in a struct that may have one of many: it would be as large as all of them together.
fn box_parts(spec: &Spec, item: &mut ItemStruct) {
    let is_part = |field: &Field| {
        let name = inside(&field.ty, "Option").and_then(last_name);
        let schema = name.and_then(|name| spec.grammars.get(&name));
        schema.is_some_and(|schema| !schema.properties.is_empty())
    };
    if item.fields.iter().filter(|field| is_part(field)).count() <= MANY_PARTS {
        return;
    }
    for field in item.fields.iter_mut().filter(|field| is_part(field)) {
        if let Some(part) = inside(&field.ty, "Option") {
            field.ty = parse_quote!(::std::option::Option<Box<#part>>);
        }
    }
}

/// Whether the field holds what has no field of its own.
fn is_flattened(field: &Field) -> bool {
    let metas = attributes::arguments(&field.attrs, "serde");
    metas.iter().any(|meta| meta.path().is_ident("flatten"))
}

/// Whether the field can be left out.
fn is_optional(field: &Field) -> bool {
    inside(&field.ty, "Option").is_some() || inside(&field.ty, "Vec").is_some()
}

fn is_scalar(ty: &Type) -> bool {
    let name = last_name(inside(ty, "Option").unwrap_or(ty)).unwrap_or_default();
    ["i64", "u64", "f64", "bool", "String"].contains(&name.as_str())
}

/// A doc comment, every line behind the given indentation.
fn doc(indent: &str, text: &str) -> String {
    let mut out = String::new();
    for line in text.trim().lines() {
        let _ = writeln!(out, "{indent}/// {}", line.trim_end());
    }
    out.replace("/// \n", "///\n")
}

fn open_enum(name: &str, schema: &Schema, values: &[Value]) -> String {
    let mut text = "\ncrate::open_enum! {\n".to_owned();
    text.push_str(&doc("    ", schema.words()));
    let _ = writeln!(text, "    pub enum {name} {{");
    let mut seen = BTreeSet::new();
    for value in values.iter().filter_map(Value::as_str) {
        let described = match schema.value_descriptions.get(value) {
            Some(described) => described.clone(),
            None => format!("`{value}`."),
        };
        let mut variant = crate::names::pascal(value).to_string();
        while !seen.insert(variant.clone()) {
            variant.push('_');
        }
        text.push_str(&doc("        ", &described));
        let _ = writeln!(text, "        {variant} = {value:?},");
    }
    text.push_str("    }\n}\n");
    if values == ["yes", "no"] {
        let _ = writeln!(text, "\ncrate::switch!({name});");
    }
    text
}

fn tagged_union(spec: &Spec, name: &str, words: &str, union: &Discriminator, sent: bool) -> String {
    let mut text = "\ncrate::tagged_union! {\n".to_owned();
    text.push_str(&doc("    ", words));
    let tag = &union.property_name;
    let _ = writeln!(text, "    pub enum {name} by {tag:?} {{");
    let variants = variants(union);
    let targets: Vec<&str> = variants.iter().map(|(_, target, _)| *target).collect();
    let mut conversions = String::new();
    for (variant, target, tags) in variants {
        let shared = targets.len() > 1 && targets.iter().all(|other| *other == target);
        let described = if shared {
            format!("`{}`.", tags.join("` or `"))
        } else {
            let described = spec.grammars.get(target).map(Schema::words);
            described.unwrap_or(target).to_owned()
        };
        let tags: Vec<String> = tags.iter().map(|tag| format!("{tag:?}")).collect();
        text.push_str(&doc("        ", &described));
        let _ = writeln!(text, "        {variant}({target}) = {},", tags.join(" | "));
        if sent && targets.iter().filter(|other| **other == target).count() == 1 {
            let _ = write!(
                conversions,
                "\nimpl From<{target}> for {name} {{\n    fn from(value: {target}) -> Self {{\n        Self::{variant}(Box::new(value))\n    }}\n}}\n"
            );
        }
    }
    text.push_str("    }\n}\n");
    text.push_str(&conversions);
    text
}

/// The variants of a union: name, target and tags.
fn variants(union: &Discriminator) -> Vec<(String, &str, Vec<&str>)> {
    let mut variants: Vec<(String, &str, Vec<&str>)> = Vec::new();
    for (value, target) in &union.mapping {
        let variant = crate::names::pascal(value).to_string();
        let target = target.rsplit('/').next().unwrap_or_default();
        // Spellings that differ in their first letter only are one variant, sent as the first.
        let mut known = variants.iter_mut();
        match known.find(|(known, of, _)| *known == variant && *of == target) {
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
    union: &Discriminator,
    structs: &BTreeMap<String, ItemStruct>,
    paths: &mut Paths,
) -> String {
    let variants = variants(union);
    let field = |target: &str, property: &str| {
        named_fields(structs.get(target)?).find(|field| wire_name(field) == property)
    };
    let referred =
        |target: &str, property: &str| spec.property(target, property)?.all_of.first()?.name();
    let Some((_, first, _)) = variants.first() else {
        return String::new();
    };
    if variants.len() > 1 && variants.iter().all(|(_, target, _)| target == first) {
        let known = variants
            .iter()
            .map(|(variant, _, _)| format!("Self::{variant}(inner)"));
        let known: Vec<String> = known.collect();
        return format!(
            "\nimpl {name} {{\n    /// Returns the content, which has one type for every kind; of what was not recognised, the part that can be read.\n    #[must_use]\n    pub fn content(&self) -> Option<&{first}> {{\n        match self {{\n            {} => Some(inner),\n            Self::Unrecognized(what) => what.read(),\n        }}\n    }}\n}}\n",
            known.join("\n            | ")
        );
    }
    let mut methods = String::new();
    let properties = spec.grammars.get(*first).into_iter();
    for property in properties.flat_map(|schema| schema.properties.keys()) {
        let Some(of) = referred(first, property) else {
            continue;
        };
        let same = |target| referred(target, property) == Some(of);
        let fields = variants
            .iter()
            .map(|(_, target, _)| field(target, property).filter(|_| same(target)));
        let Some(fields) = fields.collect::<Option<Vec<_>>>() else {
            continue;
        };
        let ty = &fields[0].ty;
        let mut ty = inside(ty, "Option").unwrap_or(ty).clone();
        paths.visit_type_mut(&mut ty);
        let ty = quote!(#ty).to_string().replace(' ', "");
        let Some(ident) = &fields[0].ident else {
            continue;
        };
        let described = spec.grammars.get(of).map_or("", Schema::words);
        let words = format!(
            "`{property}`, which is the same in every kind. {described}\n\n`None` if it was not given, or the kind was not recognised."
        );
        methods.push_str(&doc("    ", &words));
        methods.push_str("    #[must_use]\n");
        let _ = writeln!(methods, "    pub fn {ident}(&self) -> Option<&{ty}> {{");
        methods.push_str("        match self {\n");
        for ((variant, _, _), field) in variants.iter().zip(&fields) {
            let given = match is_optional(field) {
                true => format!("inner.{ident}.as_ref()"),
                false => format!("Some(&inner.{ident})"),
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
