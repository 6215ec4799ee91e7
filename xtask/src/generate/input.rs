//! What a caller gives: arguments and setters, of requests and of the structs inside them.

use proc_macro2::TokenStream;
use quote::quote;
use serde_json::Value;
use syn::{Ident, ItemStruct, Type};

use super::attributes::wire_name;
use super::syntax::{inside_option, inside_vec, named_fields};
use crate::dialect::{Model, RustType, Unit};
use crate::load::{Spec, unwrapped};

/// One thing that a caller gives.
pub(super) struct Input {
    /// Its name on the wire.
    pub wire: String,
    /// Its name in Rust.
    pub ident: Ident,
    /// Its type where it is kept; an `Option` unless required.
    pub ty: Type,
    pub required: bool,
    pub description: String,
    pub unit: Option<Unit>,
    /// Whether it is a field of the body rather than of the request itself.
    pub in_body: bool,
    /// Whether values of other types make one, so that setters take `impl Into`.
    pub made_from: bool,
    /// Whether the same holds for the items of a list.
    pub items_made_from: bool,
    pub schema: Value,
}

impl Input {
    /// One property of a schema that became that struct.
    pub(super) fn of_property(
        spec: &Spec,
        schema: &Value,
        item: &ItemStruct,
        property: &str,
    ) -> Result<Self, String> {
        let inner = &schema["properties"][property];
        let field = named_fields(item)
            .find(|field| wire_name(field) == property)
            .ok_or_else(|| format!("`{}.{property}` did not become a field", item.ident))?;
        Ok(Self {
            wire: property.to_owned(),
            ident: field.ident.clone().ok_or("a field without a name")?,
            ty: field.ty.clone(),
            required: is_required(schema, property),
            description: describe(inner, spec.resolve(inner)),
            unit: Unit::of(inner),
            in_body: false,
            made_from: is_made_from(spec, inner),
            items_made_from: is_made_from(spec, &inner["items"]),
            schema: inner.clone(),
        })
    }

    /// Whether it is a file to send.
    pub(super) fn is_file(&self) -> bool {
        let ty = &self.ty;
        quote!(#ty).to_string() == "Upload"
    }

    /// The type as an argument of a method.
    pub(super) fn argument_type(&self) -> TokenStream {
        let ty = inside_option(&self.ty).unwrap_or(&self.ty);
        if self.unit.is_some() {
            return quote!(::std::time::Duration);
        }
        match inside_vec(ty) {
            Some(item) if self.items_made_from => {
                quote!(impl IntoIterator<Item = impl Into<#item>>)
            }
            Some(item) => quote!(impl IntoIterator<Item = #item>),
            None if self.made_from => quote!(impl Into<#ty>),
            None => quote!(#ty),
        }
    }

    /// From the argument to what is kept, without the `Option`.
    pub(super) fn conversion(&self) -> TokenStream {
        let ident = &self.ident;
        let ty = inside_option(&self.ty).unwrap_or(&self.ty);
        match self.unit {
            Some(Unit::Seconds) => quote!(crate::client::request::whole_seconds(#ident)),
            Some(Unit::Minutes) => quote!(crate::client::request::whole_minutes(#ident)),
            Some(Unit::Milliseconds) => quote!(crate::client::request::whole_milliseconds(#ident)),
            None if inside_vec(ty).is_some() && self.items_made_from => {
                quote!(#ident.into_iter().map(Into::into).collect())
            }
            None if inside_vec(ty).is_some() => quote!(#ident.into_iter().collect()),
            None if self.made_from => quote!(#ident.into()),
            None => quote!(#ident),
        }
    }

    pub(super) fn setter(&self) -> TokenStream {
        let (ident, ty, value) = (&self.ident, self.argument_type(), self.conversion());
        let value = if inside_option(&self.ty).is_some() {
            quote!(Some(#value))
        } else {
            value
        };
        let target = if self.in_body {
            quote!(self.body.#ident)
        } else {
            quote!(self.#ident)
        };
        let doc = &self.description;
        quote! {
            #[doc = #doc]
            pub fn #ident(mut self, #ident: #ty) -> Self {
                #target = #value;
                self
            }
        }
    }
}

fn is_required(schema: &Value, property: &str) -> bool {
    schema["required"]
        .as_array()
        .into_iter()
        .flatten()
        .any(|required| required == property)
}

/// Whether a text, a `bool` for a switch or another type makes a value of it.
pub(super) fn is_made_from(spec: &Spec, schema: &Value) -> bool {
    let inner = unwrapped(schema);
    let resolved = spec.resolve(inner);
    !resolved["enum"].is_null()
        || match RustType::model(resolved) {
            Some(Model::FromText | Model::FromOthers) => true,
            Some(Model::Plain) => false,
            None => resolved["type"] == "string",
        }
        || only_text(spec, resolved).is_some()
}

/// The one property of an object that is nothing but a text with a name.
pub(super) fn only_text<'a>(spec: &Spec, schema: &'a Value) -> Option<&'a str> {
    let mut properties = schema["properties"].as_object()?.iter();
    let (property, inner) = properties
        .next()
        .filter(|(property, _)| is_required(schema, property))?;
    (properties.next().is_none() && spec.resolve(inner)["type"] == "string").then_some(property)
}

fn describe(inner: &Value, resolved: &Value) -> String {
    let text = inner["description"]
        .as_str()
        .or_else(|| resolved["description"].as_str());
    text.unwrap_or_default().trim().to_owned()
}
