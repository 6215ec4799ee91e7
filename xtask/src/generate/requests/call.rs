//! How an operation is sent by the generated client, and what callers get of its answer.

use proc_macro2::TokenStream;
use quote::quote;
use syn::{Ident, Type, parse_quote};

use super::{Builder, Inputs};
use crate::dialect::{Effect, Kind, Parameter, Schema};
use crate::generate::attributes::wire_name;
use crate::generate::client::answer_type;
use crate::generate::syntax::{inside, last_name, named_fields};
use crate::names;
use crate::operation::{Body, FromFile};

impl Builder<'_> {
    /// What a good answer decodes into, and the call of the generated client's method.
    pub(super) fn send(&self, inputs: &Inputs) -> Result<(Type, TokenStream), String> {
        let operation = self.operation;
        let method = operation.snake();
        // What is a number is the account's number, what is a text is its token.
        let credentials = operation
            .credentials
            .iter()
            .map(|(name, number)| match number {
                true => (name, quote!(to.id().get())),
                false => (name, quote!(to.token())),
            });
        let credentials: Vec<(&Ident, TokenStream)> = credentials.collect();
        if let Body::Multipart(parts) = &operation.body {
            let parts = parts.iter().map(|part| {
                let (name, ident) = (&part.name, names::snake(&part.name));
                let add = match part.schema.format.as_deref() {
                    Some("binary") => quote!(file),
                    _ => quote!(text),
                };
                if part.required {
                    quote!(form = form.#add(#name, &input.#ident);)
                } else {
                    quote!(if let Some(#ident) = &input.#ident { form = form.#add(#name, #ident); })
                }
            });
            let answer = answer_type(operation);
            let credentials = credentials.iter().map(|(_, tokens)| tokens);
            let send = quote! {
                let mut form = Form::new();
                #(#parts)*
                via.#method(#(#credentials,)* form)
            };
            return Ok((parse_quote!(#answer), send));
        }
        let signature = self.signature.ok_or("progenitor made no method for it")?;
        let mut arguments = Vec::new();
        for (name, ty) in &signature.arguments {
            let ident = names::snake(name);
            let known = operation
                .parameters
                .iter()
                .find(|parameter| names::snake(&parameter.name) == ident);
            let credential = credentials.iter().find(|(known, _)| **known == ident);
            arguments.push(match (credential, known) {
                (Some((_, tokens)), _) => tokens.clone(),
                (None, Some(parameter)) => self.parameter(parameter, &ident, ty),
                (None, None) if name == "body" => match operation.body {
                    Body::Raw => quote!(input.file.to_body()),
                    _ if inputs.own.is_empty() => quote!(input),
                    _ => quote!(&input.body),
                },
                (None, None) => {
                    return Err(format!(
                        "progenitor's method takes `{name}`, which the spec does not name"
                    ));
                }
            });
        }
        Ok((
            signature.answer.clone(),
            quote!(via.#method(#(#arguments),*)),
        ))
    }

    /// What callers get, and how it comes out of the answer.
    pub(super) fn output(&self, answer: &Type) -> Result<(TokenStream, TokenStream), String> {
        if self.operation.effect == Effect::Sends {
            return Ok((quote!(Accepted<#answer>), quote!(accepted(answered))));
        }
        let wrapper = last_name(answer).filter(|name| name.starts_with("Nullable"));
        let wrapper = wrapper.and_then(|name| self.types.structs.get(&name));
        let (inner, nullable) = match wrapper {
            Some(wrapper) => {
                let mut fields = wrapper.fields.iter();
                let inner = fields.find_map(|field| inside(&field.ty, "Option"));
                (
                    inner.ok_or("a nullable answer that is not an Option")?,
                    true,
                )
            }
            None => (answer, false),
        };
        let Some(property) = &self.operation.returns else {
            return Ok(if nullable {
                (quote!(Option<#inner>), quote!(Ok(answered.answer?.0)))
            } else {
                (quote!(#inner), quote!(answered.answer))
            });
        };
        let name = last_name(inner).unwrap_or_default();
        let item = self.types.structs.get(&name);
        let item = item.ok_or("x-returns needs an answer with properties")?;
        let field = named_fields(item)
            .find(|field| wire_name(field) == *property)
            .ok_or("x-returns names no field")?;
        let ident = &field.ident;
        let answer = match nullable {
            true => quote!(answer.0?),
            false => quote!(answer),
        };
        let schema = self.spec.property(&name, property).map(Schema::inner);
        let schema = schema.map(|schema| self.spec.schema(schema));
        let text = schema.is_some_and(|s| s.kind == Some(Kind::String) && s.values.is_none());
        let (ty, value) = match inside(&field.ty, "Option") {
            Some(ty) if text => (ty, quote!(#answer.#ident.filter(|value| !value.is_empty()))),
            Some(ty) => (ty, quote!(#answer.#ident)),
            None => (&field.ty, quote!(Some(#answer.#ident))),
        };
        Ok((
            quote!(#ty),
            quote!(returned::<Self, _>(answered, |answer| #value)),
        ))
    }

    /// A parameter as progenitor's method takes it: texts and models by reference, numbers and switches as they are.
    fn parameter(&self, parameter: &Parameter, ident: &Ident, ty: &Type) -> TokenStream {
        match self.operation.file_property(parameter) {
            Some(FromFile::ContentType) => return quote!(input.file.content_type()),
            Some(FromFile::FileName) => return quote!(input.file.header_safe_name().as_deref()),
            None => {}
        }
        let referred = |ty: &Type| match ty {
            Type::Reference(inner) => Some(last_name(&inner.elem).as_deref() == Some("str")),
            _ => None,
        };
        let (given, optional) = match inside(ty, "Option") {
            Some(ty) => (referred(ty), true),
            None => (referred(ty), false),
        };
        match (given, optional) {
            (Some(true), true) => quote!(input.#ident.as_deref()),
            (Some(false), true) => quote!(input.#ident.as_ref()),
            (Some(_), false) => quote!(&input.#ident),
            (None, _) => quote!(input.#ident),
        }
    }
}
