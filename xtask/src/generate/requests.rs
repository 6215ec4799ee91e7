//! The request builders of the wrapper crate: one struct an operation, and the dispatch by name.

use std::collections::BTreeMap;

use proc_macro2::TokenStream;
use quote::{format_ident, quote};
use serde_json::Value;
use syn::visit_mut::{self, VisitMut};
use syn::{File, Ident, Type, parse_quote};

use super::client::{Signature, signatures};
use super::input::{Input, inside_option, is_made_from, only_text};
use super::names;
use super::types::{Types, named_fields, wire_name};
use crate::Layout;
use crate::load::{Spec, schema_name, unwrapped};
use crate::operation::{Body, Effect, Operation, Parameter};
use crate::problem::Problems;

/// All files of request builders, one a section, and the dispatch.
pub(super) fn requests(
    spec: &Spec,
    operations: &[Operation],
    client: &File,
    types: &Types,
    layout: &Layout,
) -> Result<Vec<(String, String)>, Problems> {
    let signatures = signatures(client);
    let krate = format_ident!("{}", layout.client_crate);
    let types_crate = format_ident!("{}", layout.types_crate);
    let mut problems = Problems::default();
    let mut sections: BTreeMap<&str, Vec<TokenStream>> = BTreeMap::new();
    for operation in operations {
        let builder = Builder {
            spec,
            operation,
            types,
            krate: krate.clone(),
            types_crate: types_crate.clone(),
            signature: signatures.get(&operation.snake()),
        };
        match builder.tokens() {
            Ok(tokens) => sections.entry(&operation.section).or_default().push(tokens),
            Err(message) => problems.add(&operation.file, &operation.id, message),
        }
    }
    let imports = quote! {
        #[allow(unused_imports)]
        use ::#types_crate::{models, operations, types};
        #[allow(unused_imports)]
        use ::#krate::multipart::{Form, Upload};
        #[allow(unused_imports)]
        use crate::client::request::{Arguments, Call, Operation, Outcome, Owner};
        #[allow(unused_imports)]
        use crate::{Error, Instance, Partner};
    };
    let mut files = Vec::new();
    for (section, builders) in &sections {
        let file = parse_quote! { #imports #(#builders)* };
        files.push((
            format!("{}/{}.rs", layout.sdk, names::snake(section)),
            super::print(file),
        ));
    }
    files.push((
        format!("{}/dispatch.rs", layout.sdk),
        dispatch(operations, &imports),
    ));
    let mut modules: Vec<String> = sections
        .keys()
        .map(|section| names::snake(section).to_string())
        .collect();
    modules.push("dispatch".to_owned());
    let modules: Vec<&str> = modules.iter().map(String::as_str).collect();
    let all: String = sections
        .keys()
        .map(|section| format!("    pub use super::{}::*;\n", names::snake(section)))
        .collect();
    let all = format!("/// The requests of all sections.\npub mod requests {{\n{all}}}\n");
    files.push((
        format!("{}/mod.rs", layout.sdk),
        super::modules(&modules) + &all,
    ));
    problems.or(files)
}

/// One match over the documented names for each kind of credentials.
fn dispatch(operations: &[Operation], imports: &TokenStream) -> String {
    let mut owners: BTreeMap<String, Vec<&Operation>> = BTreeMap::new();
    for operation in operations {
        owners.entry(operation.owner()).or_default().push(operation);
    }
    let functions = owners.iter().map(|(owner, operations)| {
        let name = format_ident!("{}", owner.to_lowercase());
        let owner = format_ident!("{owner}");
        let arms = operations.iter().map(|operation| {
            let id = &operation.id;
            let (section, request) = (names::snake(&operation.section), names::pascal(&operation.id));
            quote!(#id => crate::client::request::by_name::<super::#section::#request>(call, arguments))
        });
        quote! {
            pub(crate) fn #name(call: Call<#owner>, name: &str, arguments: Arguments) -> Option<crate::client::request::ByName> {
                Some(match name { #(#arms,)* _ => return None })
            }
        }
    });
    let functions: Vec<TokenStream> = functions.collect();
    super::print(parse_quote! { #imports #(#functions)* })
}

struct Builder<'a> {
    spec: &'a Spec,
    operation: &'a Operation,
    types: &'a Types,
    /// The name of the client crate.
    krate: Ident,
    types_crate: Ident,
    signature: Option<&'a Signature>,
}

impl Builder<'_> {
    fn tokens(&self) -> Result<TokenStream, String> {
        let (operation, krate) = (self.operation, &self.krate);
        let request = names::pascal(&operation.id);
        let method = names::snake(&operation.id);
        let owner = format_ident!("{}", operation.owner());
        let info = names::shouty(&operation.id);
        let types_crate = &self.types_crate;
        let table = quote!(::#types_crate::operation::Operation);
        let inputs = self.inputs()?;
        let (required, optional): (Vec<&Input>, Vec<&Input>) =
            inputs.iter().partition(|input| input.required);

        let body_type = match &operation.body {
            Body::Json(name) => Some(format_ident!("{name}")),
            _ => None,
        };
        let own: Vec<&Input> = inputs.iter().filter(|input| !input.in_body).collect();
        let own_fields = own.iter().map(|input| {
            let (ident, ty) = (&input.ident, &input.ty);
            quote!(#ident: #ty)
        });
        let body_field = body_type.as_ref().map(|ty| quote!(body: types::#ty,));

        let arguments = required.iter().map(|input| {
            let (ident, ty) = (&input.ident, input.argument_type());
            quote!(#ident: #ty)
        });
        let own_values = own.iter().map(|input| {
            let (ident, value) = (
                &input.ident,
                if input.required {
                    input.conversion()
                } else {
                    quote!(Default::default())
                },
            );
            quote!(#ident: #value)
        });
        let body_value = body_type.as_ref().map(|ty| {
            let fields = inputs.iter().filter(|input| input.in_body).map(|input| {
                let (ident, value) = (
                    &input.ident,
                    if input.required {
                        input.conversion()
                    } else {
                        quote!(Default::default())
                    },
                );
                quote!(#ident: #value)
            });
            quote!(body: types::#ty { #(#fields),* },)
        });
        let setters = optional.iter().map(|input| input.setter());
        let setters: Vec<TokenStream> = setters.collect();
        let setters = (!setters.is_empty()).then(|| quote!(impl #request { #(#setters)* }));

        let takes = own.iter().map(|input| {
            let (ident, wire) = (&input.ident, &input.wire);
            if input.required {
                quote!(#ident: arguments.take(#wire)?)
            } else {
                quote!(#ident: arguments.take_optional(#wire)?)
            }
        });
        let takes_body = body_type
            .as_ref()
            .map(|_| quote!(body: arguments.take_body()?,));
        let puts = own.iter().map(|input| {
            let (ident, wire) = (&input.ident, &input.wire);
            quote!(arguments.put(#wire, &self.#ident);)
        });
        let puts_body = body_type
            .as_ref()
            .map(|_| quote!(arguments.put_body(&self.body);));

        let files = own
            .iter()
            .filter(|input| input.required && input.is_file())
            .map(|input| &input.ident);
        let files: Vec<_> = files.collect();
        let spent = (!files.is_empty())
            .then(|| quote!(fn spent(&self) -> bool { #(self.#files.is_spent())||* }));

        let (answer, send) = self.send()?;
        let returned = if operation.effect == Effect::Sends {
            quote!(accepted #answer)
        } else {
            let (output, convert) = self.output(&answer)?;
            quote!(#output, answer => #convert)
        };
        let struct_doc = format!(" A request of [`{owner}::{method}`]: {}", operation.summary);
        let method_doc = self.documentation(&required);
        let deprecated = operation.deprecated.then(|| {
            let note = operation.deprecation();
            quote!(#[deprecated(note = #note)])
        });
        // A deprecated method's own types are still used by the code around it.
        let allow = operation.deprecated.then(|| quote!(#[allow(deprecated)]));
        Ok(quote! {
            #[doc = #struct_doc]
            #[derive(Clone, Debug)]
            #[must_use = "a request is sent when it is awaited"]
            pub struct #request { call: Call<#owner>, #(#own_fields,)* #body_field }

            impl #owner {
                #[doc = #method_doc]
                #deprecated
                pub fn #method(&self, #(#arguments),*) -> #request {
                    #request { call: Call::new(self), #(#own_values,)* #body_value }
                }
            }

            #setters

            crate::client::request::awaitable!(#request -> #returned);

            #allow
            impl Operation for #request {
                const INFO: &'static #table = &operations::#info;
                type Owner = #owner;
                type Answer = #answer;

                fn call(&self) -> &Call<#owner> { &self.call }

                fn from_arguments(call: Call<#owner>, arguments: &mut Arguments) -> Result<Self, Error> {
                    Ok(Self { #(#takes,)* #takes_body call })
                }

                fn put_arguments(&self, arguments: &mut Arguments) {
                    #(#puts)* #puts_body
                }

                #spent

                async fn send(&self, client: &::#krate::Client, credentials: &<#owner as Owner>::Credentials) -> Outcome<Self::Answer> {
                    #send
                }
            }
        })
    }

    /// Everything a caller can give, in the documentation's order.
    fn inputs(&self) -> Result<Vec<Input>, String> {
        let operation = self.operation;
        let mut inputs = Vec::new();
        for parameter in &operation.parameters {
            if parameter.from_file.is_some() {
                continue;
            }
            inputs.push(self.input_of(parameter));
        }
        match &operation.body {
            Body::Json(name) => {
                let item = self
                    .types
                    .structs
                    .get(name)
                    .ok_or_else(|| format!("`{name}` did not become a struct; a request body must be an object with properties"))?;
                let schema = &self.spec.schemas()[name];
                for (property, _) in schema["properties"].as_object().into_iter().flatten() {
                    let mut input = Input::of_property(self.spec, schema, item, property)?;
                    input.ty = self.qualify(input.ty);
                    input.in_body = true;
                    inputs.push(input);
                }
            }
            Body::Multipart(parts) => inputs.extend(parts.iter().map(|part| self.input_of(part))),
            Body::Raw => inputs.push(Input {
                wire: "file".to_owned(),
                ident: names::snake("file"),
                ty: parse_quote!(Upload),
                required: true,
                description: "The file.".to_owned(),
                unit: None,
                in_body: false,
                made_from: true,
                items_made_from: false,
                schema: Value::Null,
            }),
            Body::None => {}
        }
        Ok(inputs)
    }

    fn input_of(&self, parameter: &Parameter) -> Input {
        let ty = self.plain_type(&parameter.schema);
        Input {
            wire: parameter.name.clone(),
            ident: names::snake(&parameter.name),
            ty: if parameter.required {
                ty
            } else {
                parse_quote!(Option<#ty>)
            },
            required: parameter.required,
            description: parameter.description.clone(),
            unit: parameter.unit.clone(),
            in_body: false,
            made_from: is_made_from(self.spec, &parameter.schema)
                || parameter.schema["format"] == "binary",
            items_made_from: false,
            schema: parameter.schema.clone(),
        }
    }

    /// The type of a parameter or a part of a form.
    fn plain_type(&self, schema: &Value) -> Type {
        let inner = unwrapped(schema);
        if let Some(name) = schema_name(inner) {
            let ident = format_ident!("{name}");
            return if self.spec.resolve(inner)["x-model"].is_null() {
                parse_quote!(types::#ident)
            } else {
                parse_quote!(models::#ident)
            };
        }
        match (schema["type"].as_str(), schema["format"].as_str()) {
            (_, Some("binary")) => parse_quote!(Upload),
            (Some("integer"), _) => parse_quote!(i64),
            (Some("number"), _) => parse_quote!(f64),
            (Some("boolean"), _) => parse_quote!(bool),
            _ => parse_quote!(String),
        }
    }

    /// What the low-level method is called with, and what it decodes.
    fn send(&self) -> Result<(Type, TokenStream), String> {
        let (operation, krate) = (self.operation, &self.krate);
        let method = names::snake(&operation.id);
        if let Body::Multipart(parts) = &operation.body {
            let parts = parts.iter().map(|part| {
                let (name, ident) = (&part.name, names::snake(&part.name));
                match (part.schema["format"] == "binary", part.required) {
                    (true, true) => quote!(form = form.file(#name, &self.#ident);),
                    (true, false) => quote!(if let Some(value) = &self.#ident { form = form.file(#name, value); }),
                    (false, true) => quote!(form = form.text(#name, &self.#ident);),
                    (false, false) => quote!(if let Some(value) = &self.#ident { form = form.text(#name, value); }),
                }
            });
            let answer: Type = match &operation.answer_schema {
                Some(name) => {
                    let name = format_ident!("{name}");
                    parse_quote!(types::#name)
                }
                None => parse_quote!(()),
            };
            let credentials = self.credentials();
            let send = quote! {
                let mut form = Form::new();
                #(#parts)*
                client.#method(#(#credentials,)* form).await.map(::#krate::ResponseValue::into_inner)
            };
            return Ok((answer, send));
        }
        let signature = self.signature.ok_or("progenitor made no method for it")?;
        let credentials: BTreeMap<String, TokenStream> =
            self.credential_names().zip(self.credentials()).collect();
        let mut arguments = Vec::new();
        for (name, ty) in &signature.arguments {
            let ident = names::snake(name);
            let known = operation
                .parameters
                .iter()
                .find(|parameter| names::snake(&parameter.name) == ident);
            arguments.push(match (credentials.get(name), known) {
                (Some(tokens), _) => tokens.clone(),
                (None, Some(parameter)) => parameter_argument(parameter, &ident, ty),
                (None, None) if name == "body" => match operation.body {
                    Body::Raw => quote!(self.file.to_body()),
                    _ => quote!(&self.body),
                },
                (None, None) => {
                    return Err(format!(
                        "progenitor's method takes `{name}`, which the spec does not name"
                    ));
                }
            });
        }
        let answer = self.qualify(signature.answer.clone());
        Ok((
            answer,
            quote!(client.#method(#(#arguments),*).await.map(::#krate::ResponseValue::into_inner)),
        ))
    }

    fn credential_names(&self) -> impl Iterator<Item = String> {
        let family = self
            .spec
            .families
            .iter()
            .find(|family| Some(&family.name) == self.operation.family.as_ref());
        family.into_iter().flat_map(|family| {
            family
                .credentials
                .iter()
                .map(|name| names::snake(name).to_string())
        })
    }

    fn credentials(&self) -> impl Iterator<Item = TokenStream> {
        self.credential_names().map(|name| {
            let name = format_ident!("{name}");
            quote!(credentials.#name())
        })
    }

    /// What callers get, and how it comes out of the answer.
    fn output(&self, answer: &Type) -> Result<(Type, TokenStream), String> {
        let name = quote!(#answer).to_string().replace(' ', "");
        let wrapper = name
            .strip_prefix("types::")
            .filter(|name| name.starts_with("Nullable"));
        let (inner, optional): (Type, TokenStream) =
            match wrapper.and_then(|wrapper| self.types.structs.get(wrapper)) {
                Some(wrapper) => {
                    let field = wrapper.fields.iter().next().ok_or("an empty wrapper")?;
                    let inner = inside_option(&field.ty)
                        .ok_or("a nullable answer that is not an Option")?;
                    (self.qualify(inner.clone()), quote!(answer.0))
                }
                None => (answer.clone(), quote!(Some(answer))),
            };
        let Some(property) = &self.operation.returns else {
            return Ok(if wrapper.is_some() {
                (parse_quote!(Option<#inner>), quote!(Some(#optional)))
            } else {
                (inner, optional)
            });
        };
        let inner_name = quote!(#inner)
            .to_string()
            .replace(' ', "")
            .replace("types::", "");
        let item = self.types.structs.get(&inner_name).ok_or_else(|| {
            format!("x-returns needs an answer with properties, not `{inner_name}`")
        })?;
        let field = named_fields(item)
            .find(|field| wire_name(field) == *property)
            .ok_or("x-returns names no field")?;
        let ident = &field.ident;
        Ok(match inside_option(&field.ty) {
            Some(ty) => {
                let ty = self.qualify(ty.clone());
                (
                    ty,
                    quote!(#optional.and_then(|answer| answer.#ident).filter(|value| !value.is_empty())),
                )
            }
            None => (
                self.qualify(field.ty.clone()),
                quote!(#optional.map(|answer| answer.#ident)),
            ),
        })
    }

    /// Puts `types::` before the names that are in that module.
    fn qualify(&self, mut ty: Type) -> Type {
        struct Qualify<'a>(&'a Types);
        impl VisitMut for Qualify<'_> {
            fn visit_path_mut(&mut self, path: &mut syn::Path) {
                if let Some(ident) = path
                    .get_ident()
                    .filter(|ident| self.0.structs.contains_key(&ident.to_string()))
                {
                    *path = parse_quote!(types::#ident);
                }
                visit_mut::visit_path_mut(self, path);
            }
        }
        Qualify(self.types).visit_type_mut(&mut ty);
        ty
    }

    fn documentation(&self, required: &[&Input]) -> String {
        let operation = self.operation;
        let mut text = format!("{}\n\n{}\n", operation.summary, operation.description);
        if operation.beta {
            text.push_str("\nThe documentation marks it as beta.\n");
        }
        if !required.is_empty() {
            text.push('\n');
            for input in required {
                text.push_str(&format!(
                    "* `{}`: {}\n",
                    input.ident,
                    input.description.replace('\n', "\n  ")
                ));
            }
        }
        if operation.effect == Effect::Sends {
            text.push_str(
                "\nThat the server took it is known from the status alone, so an odd answer is no error: see [`Accepted`](crate::Accepted).\n",
            );
        }
        let limit = match operation.rate_limit {
            Some(1.0) => "one request a second".to_owned(),
            Some(rps) if rps > 1.0 => format!("{rps} requests a second"),
            Some(rps) => format!("one request every {} s", 1.0 / rps),
            None => "not documented".to_owned(),
        };
        let retry = match operation.effect {
            Effect::Reads => "repeated on connection errors, 429 and 502 to 504",
            Effect::Once => "never repeated by itself",
            Effect::Sends | Effect::Changes => {
                "repeated only if it provably did not leave, or was refused with 429"
            }
        };
        text.push_str(&format!(
            "\nRate limit: {limit}. Retries: {retry}. Documentation: [`{}`]({}).\n",
            operation.id, operation.documentation
        ));
        text.push_str("\n# Errors\n\nOf the kinds in [`ErrorKind`](crate::ErrorKind); [`Error::delivery`](crate::Error::delivery) says what became of the request.\n");
        if let Some(example) = self.example(required) {
            text.push_str(&format!("\n# Examples\n\n```no_run\n{example}```\n"));
        }
        text
    }

    /// A call with the first example's values, where they can be written down shortly.
    fn example(&self, required: &[&Input]) -> Option<String> {
        let operation = self.operation;
        let item = &self.spec.document["paths"][&operation.path];
        let source = &item[operation.verb.to_lowercase()];
        let body = source["requestBody"]["content"]
            .as_object()
            .and_then(|content| content.values().next());
        let values = body
            .and_then(|media| media["examples"].as_object()?.values().next())
            .map_or(&Value::Null, |example| &example["value"]);
        let mut arguments = Vec::new();
        for input in required {
            let parameter = operation
                .parameters
                .iter()
                .any(|parameter| parameter.name == input.wire);
            let value = if parameter {
                let declared = source["parameters"]
                    .as_array()?
                    .iter()
                    .map(|p| self.spec.resolve(p))
                    .find(|p| p["name"] == input.wire.as_str())?;
                &declared["examples"].as_object()?.values().next()?["value"]
            } else {
                &values[&input.wire]
            };
            arguments.push(self.literal(input, value)?);
        }
        let owner = operation.owner();
        let name = owner.to_lowercase();
        let allow = if operation.deprecated {
            "# #![allow(deprecated)]\n"
        } else {
            ""
        };
        Some(format!(
            "{allow}# async fn example({name}: green_api::{owner}) -> Result<(), Box<dyn std::error::Error>> {{\nlet answer = {name}.{}({}).await?;\n# Ok(())\n# }}\n",
            operation.snake(),
            arguments.join(", ")
        ))
    }

    fn literal(&self, input: &Input, value: &Value) -> Option<String> {
        let inner = unwrapped(&input.schema);
        let model = schema_name(inner).filter(|_| {
            !self.spec.resolve(inner)["x-model"].is_null()
                && self.spec.resolve(inner)["x-model"] != "from-text"
        });
        match (model, value) {
            (Some("PhoneNumber"), Value::Number(number)) => Some(format!("\"+{number}\".parse()?")),
            (Some(name), Value::String(text)) if input.made_from => {
                Some(format!("{text:?}.parse::<green_api::{name}>()?"))
            }
            (Some(_), Value::String(text)) => Some(format!("{text:?}.parse()?")),
            (None, Value::String(text))
                if input.made_from && input.schema["format"] != "binary" =>
            {
                Some(format!("{text:?}"))
            }
            (None, Value::Array(items)) if input.items_made_from => {
                let only =
                    only_text(self.spec, self.spec.resolve(&inner["items"])).unwrap_or_default();
                let item = unwrapped(&inner["items"]);
                let strict = schema_name(item)
                    .filter(|_| self.spec.resolve(item)["x-model"] == "from-others");
                let parse = strict.map_or_else(String::new, |name| {
                    format!(".parse::<green_api::{name}>()?")
                });
                let items: Option<Vec<String>> = items
                    .iter()
                    .map(|item| {
                        item.as_str()
                            .or(item[only].as_str())
                            .map(|text| format!("{text:?}{parse}"))
                    })
                    .collect();
                Some(format!("[{}]", items?.join(", ")))
            }
            (None, Value::Number(_)) if input.unit.is_some() => None,
            (None, Value::Number(number)) => Some(number.to_string()),
            (None, Value::Bool(flag)) => Some(flag.to_string()),
            _ => None,
        }
    }
}

fn parameter_argument(parameter: &Parameter, ident: &Ident, ty: &Type) -> TokenStream {
    match parameter.from_file.as_deref() {
        Some("contentType") => return quote!(self.file.content_type()),
        Some(_) => return quote!(self.file.header_safe_name().as_deref()),
        None => {}
    }
    let text = quote!(#ty).to_string();
    match (text.contains("str"), parameter.required) {
        (true, true) => quote!(self.#ident.as_ref()),
        (true, false) => quote!(self.#ident.as_deref()),
        (false, true) if text.contains('&') => quote!(&self.#ident),
        (false, false) if text.contains('&') => quote!(self.#ident.as_ref()),
        (false, true) => quote!(self.#ident),
        // Copies of numbers and switches; clones of anything richer.
        (false, false) => quote!(self.#ident.clone()),
    }
}
