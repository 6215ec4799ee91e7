//! What a caller gives: arguments and setters, of requests and of the structs inside them.

use proc_macro2::TokenStream;
use quote::quote;
use syn::{Ident, ItemStruct, Type};

use super::attributes::wire_name;
use super::syntax::{inside, last_name, named_fields};
use crate::dialect::{self, Model, Schema, Unit};
use crate::load::Spec;

/// One thing that a caller gives.
pub(super) struct Input {
    /// Its name on the wire.
    pub wire: String,
    /// Its name in Rust.
    pub ident: Ident,
    /// Its type where it is kept, without the `Option`.
    pub ty: Type,
    /// Whether it is kept in an `Option`.
    pub optional: bool,
    pub required: bool,
    pub description: String,
    pub kind: Kind,
    pub schema: Schema,
}

/// How a value is given.
pub(super) enum Kind {
    /// As it is kept.
    Value,
    /// As anything that makes a value of its type.
    Made,
    /// As a text.
    Text,
    /// As a file, or as what makes one.
    File,
    /// As any number of values.
    List(Box<Kind>),
    /// As a duration.
    Duration(Unit),
}

impl Kind {
    /// How a value of this schema is given, which is kept as this type.
    pub(super) fn of(spec: &Spec, schema: &Schema, unit: Option<Unit>, ty: &Type) -> Self {
        if let Some(unit) = unit {
            return Self::Duration(unit);
        }
        let inner = schema.inner();
        if let (Some(item), Some(items)) = (inside(ty, "Vec"), &inner.items) {
            return Self::List(Box::new(Self::of(spec, items, None, item)));
        }
        let resolved = spec.schema(inner);
        let model = resolved.model();
        if resolved.format.as_deref() == Some("binary") {
            Self::File
        } else if resolved.values.is_some()
            || matches!(model, Some(Model::FromText | Model::FromOthers))
            || only_text(spec, resolved).is_some()
        {
            Self::Made
        } else if model.is_none() && resolved.kind == Some(dialect::Kind::String) {
            match inner.name() {
                Some(_) => Self::Made,
                None => Self::Text,
            }
        } else {
            Self::Value
        }
    }

    /// The type of an argument.
    fn argument(&self, ty: &Type) -> TokenStream {
        match self {
            Self::Value => quote!(#ty),
            // Its message says what to write when a text is given.
            Self::Made if last_name(ty).as_deref() == Some("ChatId") => quote!(impl IntoChatId),
            Self::Made | Self::File => quote!(impl Into<#ty>),
            Self::Text => quote!(impl Into<String>),
            Self::List(kind) => {
                let item = kind.argument(inside(ty, "Vec").unwrap_or(ty));
                quote!(impl IntoIterator<Item = #item>)
            }
            Self::Duration(_) => quote!(Duration),
        }
    }

    /// From the argument to what is kept; `None` if they are the same.
    fn conversion(&self, ident: &Ident) -> Option<TokenStream> {
        Some(match self {
            Self::Value => return None,
            Self::Made | Self::Text | Self::File => quote!(#ident.into()),
            Self::List(kind) => match **kind {
                Self::Value => quote!(#ident.into_iter().collect()),
                _ => quote!(#ident.into_iter().map(Into::into).collect()),
            },
            Self::Duration(Unit::Seconds) => quote!(whole_seconds(#ident)),
            Self::Duration(Unit::Minutes) => quote!(whole_minutes(#ident)),
            Self::Duration(Unit::Milliseconds) => quote!(whole_milliseconds(#ident)),
        })
    }
}

impl Input {
    /// One property of a schema that became that struct.
    pub(super) fn of_property(
        spec: &Spec,
        schema: &Schema,
        item: &ItemStruct,
        property: &str,
    ) -> Result<Self, String> {
        let inner = &schema.properties[property];
        let field = named_fields(item)
            .find(|field| wire_name(field) == property)
            .ok_or_else(|| format!("`{}.{property}` did not become a field", item.ident))?;
        let optional = inside(&field.ty, "Option");
        let ty = optional.unwrap_or(&field.ty);
        Ok(Self {
            wire: property.to_owned(),
            ident: field.ident.clone().ok_or("a field without a name")?,
            ty: ty.clone(),
            optional: optional.is_some(),
            required: schema.required.iter().any(|required| required == property),
            description: inner
                .description
                .as_ref()
                .map_or(spec.schema(inner).words(), |own| own.trim())
                .to_owned(),
            kind: Kind::of(spec, inner, inner.unit, ty),
            schema: inner.clone(),
        })
    }

    /// It in a list of arguments in Markdown.
    pub(super) fn bullet(&self) -> String {
        let description = self.description.replace('\n', "\n  ");
        format!("* `{}`: {description}\n", self.ident)
    }

    /// It as an argument of a method.
    pub(super) fn argument(&self) -> TokenStream {
        let (ident, ty) = (&self.ident, self.kind.argument(&self.ty));
        quote!(#ident: #ty)
    }

    /// It as a field of a struct that is made: of the argument if it is required, or else empty.
    pub(super) fn field_value(&self) -> TokenStream {
        let ident = &self.ident;
        match (self.required, self.optional) {
            (true, _) => match self.kind.conversion(ident) {
                Some(value) => quote!(#ident: #value),
                None => quote!(#ident),
            },
            (false, true) => quote!(#ident: None),
            (false, false) => quote!(#ident: Default::default()),
        }
    }

    /// A method that sets it in what `target` is.
    pub(super) fn setter(&self, target: &TokenStream) -> TokenStream {
        let (ident, argument, doc) = (&self.ident, self.argument(), &self.description);
        let value = self.kind.conversion(ident).unwrap_or(quote!(#ident));
        let value = if self.optional {
            quote!(Some(#value))
        } else {
            value
        };
        quote! {
            #[doc = #doc]
            pub fn #ident(mut self, #argument) -> Self {
                #target.#ident = #value;
                self
            }
        }
    }
}

/// The one property of an object that is nothing but a text with a name.
pub(super) fn only_text<'a>(spec: &Spec, schema: &'a Schema) -> Option<&'a str> {
    let mut properties = schema.properties.iter();
    let (property, inner) = properties
        .next()
        .filter(|(property, _)| schema.required.contains(property))?;
    let text = spec.schema(inner).kind == Some(dialect::Kind::String);
    (properties.next().is_none() && text).then_some(property)
}
