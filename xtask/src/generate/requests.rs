//! The requests of the crate for programs: the method, the setters and the `Call` of each operation, and the dispatch by name.

mod call;
mod documentation;

use std::collections::BTreeMap;

use heck::ToLowerCamelCase as _;
use proc_macro2::TokenStream;
use quote::{format_ident, quote};
use syn::{Ident, Type, parse_quote};

use super::client::Signature;
use super::imports::Names;
use super::input::{Input, Kind};
use super::types::Types;
use crate::dialect::{self, Parameter, Schema};
use crate::layout::Layout;
use crate::load::Spec;
use crate::names;
use crate::operation::{Body, Operation};
use crate::problem::Problems;

/// What generated requests use of the crate that they are in.
const REQUEST: [&str; 12] = [
    "Account",
    "Answered",
    "Call",
    "NoInput",
    "Request",
    "Sent",
    "Transport",
    "accepted",
    "returned",
    "whole_milliseconds",
    "whole_minutes",
    "whole_seconds",
];

/// All files of requests, one a section, and the dispatch.
pub(super) fn requests(
    spec: &Spec,
    operations: &[Operation],
    signatures: &BTreeMap<Ident, Signature>,
    types: &Types,
    layout: &Layout,
) -> Result<Vec<(String, String)>, Problems> {
    let names = names(spec, operations, types, layout);
    let mut problems = Problems::default();
    let mut sections: BTreeMap<String, Vec<TokenStream>> = BTreeMap::new();
    for operation in operations {
        let builder = Builder {
            spec,
            operation,
            types,
            signature: signatures.get(&operation.snake()),
        };
        match builder.tokens() {
            Ok(tokens) => sections
                .entry(names::snake(&operation.section).to_string())
                .or_default()
                .push(tokens),
            Err(message) => problems.add(&operation.file, &operation.id, message),
        }
    }
    let mut modules: Vec<&str> = sections.keys().map(String::as_str).collect();
    modules.push("dispatch");
    let modules = super::modules(&modules);
    let mut files = Vec::new();
    let mut add = |name: &str, file: syn::File| {
        files.push((format!("{}/{name}.rs", layout.sdk), super::print(file)));
    };
    for (section, tokens) in &sections {
        add(section, names.import(parse_quote! { #(#tokens)* }));
    }
    add("dispatch", dispatch(operations, layout));
    files.push((format!("{}/mod.rs", layout.sdk), modules));
    problems.or(files)
}

/// Everything that generated requests name, and where it is.
fn names(spec: &Spec, operations: &[Operation], types: &Types, layout: &Layout) -> Names {
    let (models, others): (Vec<&String>, Vec<&String>) = spec
        .grammars
        .keys()
        .partition(|name| spec.grammars[*name].model().is_some());
    let in_types = |module: &str| format!("{}::{module}", layout.types_crate);
    let owners = operations.iter().map(Operation::owner);
    Names::default()
        .add("std::time", ["Duration"])
        .add("serde", ["Deserialize", "Serialize"])
        .add("crate::client::request", REQUEST)
        .add("crate", ["Accepted", "Error"])
        .add("crate", owners)
        .add(
            &format!("{}::multipart", layout.client_crate),
            ["Form", "Upload"],
        )
        .add(
            &in_types("endpoints"),
            operations.iter().map(Operation::pascal),
        )
        .add(&in_types("models"), models)
        .add(&in_types("models"), ["IntoChatId"])
        .add(&in_types("types"), others)
        .add(&in_types("types"), types.structs.keys())
        .add(layout.types_crate, ["models", "types"])
}

/// One match over the documented names for each kind of account.
fn dispatch(operations: &[Operation], layout: &Layout) -> syn::File {
    let mut owners: BTreeMap<String, Vec<&Operation>> = BTreeMap::new();
    for operation in operations {
        owners.entry(operation.owner()).or_default().push(operation);
    }
    let functions = owners.iter().map(|(owner, operations)| {
        let name = format_ident!("{}", owner.to_lowercase());
        let owner = format_ident!("{owner}");
        let arms = operations.iter().map(|operation| {
            let (id, endpoint) = (&operation.id, operation.pascal());
            quote!(#id => by_name::<#endpoint>)
        });
        quote! {
            pub(crate) fn #name(id: &str) -> Option<ByName<#owner>> {
                Some(match id { #(#arms,)* _ => return None })
            }
        }
    });
    let functions: Vec<TokenStream> = functions.collect();
    let accounts = owners.keys().map(|owner| format_ident!("{owner}"));
    let endpoints = layout.types_path("endpoints");
    parse_quote! {
        use #endpoints::*;
        use crate::client::request::{ByName, by_name};
        use crate::{#(#accounts),*};

        #(#functions)*
    }
}

struct Builder<'a> {
    spec: &'a Spec,
    operation: &'a Operation,
    types: &'a Types,
    signature: Option<&'a Signature>,
}

/// Everything a caller can give.
struct Inputs {
    /// Outside a JSON body, in the documentation's order.
    own: Vec<Input>,
    /// The JSON body's type and its properties.
    body: Option<(Ident, Vec<Input>)>,
}

impl Inputs {
    fn all(&self) -> impl Iterator<Item = &Input> {
        let body = self.body.iter().flat_map(|(_, inputs)| inputs);
        self.own.iter().chain(body)
    }

    fn is_empty(&self) -> bool {
        self.all().next().is_none()
    }

    fn required(&self) -> Vec<&Input> {
        self.all().filter(|input| input.required).collect()
    }
}

impl Builder<'_> {
    fn tokens(&self) -> Result<TokenStream, String> {
        let operation = self.operation;
        let endpoint = operation.pascal();
        let method = operation.snake();
        let owner = format_ident!("{}", operation.owner());
        let inputs = self.inputs()?;
        let required = inputs.required();

        let (input_type, declaration) = self.input_type(&inputs);
        let arguments = required.iter().map(|input| input.argument());
        let value = Self::input_value(&inputs, &input_type);
        let setters = Self::setters(&inputs);
        let setters =
            (!setters.is_empty()).then(|| quote!(impl Request<#endpoint> { #(#setters)* }));
        let (answer, send) = self.send(&inputs)?;
        let (output, convert) = self.output(&answer)?;
        let file = Self::file(&inputs)?;

        let input = match inputs.is_empty() {
            true => quote!(_),
            false => quote!(input),
        };
        let doc = self.documentation(&required);
        let deprecated = operation.deprecated.then(|| {
            let note = operation.deprecation();
            quote!(#[deprecated(note = #note)])
        });
        Ok(quote! {
            #declaration

            impl #owner {
                #[doc = #doc]
                #deprecated
                pub fn #method(&self, #(#arguments),*) -> Request<#endpoint> {
                    Request::new(self, #value)
                }
            }

            #setters

            impl Call for #endpoint {
                type Input = #input_type;
                type Account = #owner;
                type Output = #output;

                fn send<'a>(#input: &'a Self::Input, to: &'a #owner, via: &'a Transport) -> Sent<'a, Self> {
                    #send
                }

                fn output(answered: Answered<Self>) -> Result<Self::Output, Error> {
                    #convert
                }

                #file
            }
        })
    }

    fn inputs(&self) -> Result<Inputs, String> {
        let operation = self.operation;
        let parameters = operation.parameters.iter();
        let parameters =
            parameters.filter(|parameter| operation.file_property(parameter).is_none());
        let mut own: Vec<Input> = parameters
            .map(|parameter| self.input_of(parameter))
            .collect();
        let mut body = None;
        match &operation.body {
            Body::Json(name) => {
                let item = self
                    .types
                    .structs
                    .get(name)
                    .ok_or_else(|| format!("`{name}` did not become a struct; a request body must be an object with properties"))?;
                let schema = &self.spec.grammars[name];
                let properties = schema.properties.keys();
                let properties = properties
                    .map(|property| Input::of_property(self.spec, schema, item, property));
                body = Some((item.ident.clone(), properties.collect::<Result<_, _>>()?));
            }
            Body::Multipart(parts) => own.extend(parts.iter().map(|part| self.input_of(part))),
            Body::Raw => own.push(Input {
                wire: "file".to_owned(),
                ident: names::snake("file"),
                ty: parse_quote!(Upload),
                optional: false,
                required: true,
                description: "The file.".to_owned(),
                kind: Kind::File,
                schema: Schema::default(),
            }),
            Body::None => {}
        }
        Ok(Inputs { own, body })
    }

    fn input_of(&self, parameter: &Parameter) -> Input {
        let ty = self.plain_type(&parameter.schema);
        let unit = parameter.unit.or(parameter.schema.unit);
        Input {
            wire: parameter.name.clone(),
            ident: names::snake(&parameter.name),
            optional: !parameter.required,
            required: parameter.required,
            description: parameter.description.trim().to_owned(),
            kind: Kind::of(self.spec, &parameter.schema, unit, &ty),
            schema: parameter.schema.clone(),
            ty,
        }
    }

    /// The type of a parameter or a part of a form.
    fn plain_type(&self, schema: &Schema) -> Type {
        let inner = schema.inner();
        if let Some(name) = inner.name() {
            let ident = format_ident!("{name}");
            return match self.spec.schema(inner).model() {
                None => parse_quote!(types::#ident),
                Some(_) => parse_quote!(models::#ident),
            };
        }
        match (schema.kind, schema.format.as_deref()) {
            (_, Some("binary")) => parse_quote!(Upload),
            (Some(dialect::Kind::Integer), _) => parse_quote!(i64),
            (Some(dialect::Kind::Number), _) => parse_quote!(f64),
            (Some(dialect::Kind::Boolean), _) => parse_quote!(bool),
            _ => parse_quote!(String),
        }
    }

    /// The type of the input, and its declaration where no schema has made it.
    fn input_type(&self, inputs: &Inputs) -> (TokenStream, Option<TokenStream>) {
        match &inputs.body {
            None if inputs.own.is_empty() => return (quote!(NoInput), None),
            Some((body, _)) if inputs.own.is_empty() => return (quote!(types::#body), None),
            _ => {}
        }
        let name = format_ident!("{}Input", self.operation.pascal());
        let fields = inputs.own.iter().map(|input| {
            let (ident, ty, wire) = (&input.ident, &input.ty, &input.wire);
            let rename = (ident.to_string().to_lower_camel_case() != *wire)
                .then(|| quote!(#[serde(rename = #wire)]));
            if input.optional {
                quote!(#rename #[serde(skip_serializing_if = "Option::is_none")] #ident: Option<#ty>)
            } else {
                quote!(#rename #ident: #ty)
            }
        });
        let body = inputs
            .body
            .as_ref()
            .map(|(body, _)| quote!(#[serde(flatten)] body: types::#body));
        let fields = fields.chain(body);
        let default = inputs.required().is_empty().then(|| quote!(Default,));
        let doc = format!("The input of `{}`.", self.operation.id);
        let declaration = quote! {
            #[doc = #doc]
            #[derive(Clone, Debug, #default Deserialize, Serialize)]
            #[serde(rename_all = "camelCase")]
            pub struct #name { #(#fields),* }
        };
        (quote!(#name), Some(declaration))
    }

    /// The input made of the required arguments.
    fn input_value(inputs: &Inputs, ty: &TokenStream) -> TokenStream {
        if inputs.is_empty() {
            return quote!(NoInput {});
        }
        if inputs.required().is_empty() {
            return quote!(#ty::default());
        }
        let own = inputs.own.iter().map(Input::field_value);
        let body = inputs.body.as_ref().map(|(body, properties)| {
            let properties = properties.iter().map(Input::field_value);
            quote!(types::#body { #(#properties),* })
        });
        match body {
            Some(body) if inputs.own.is_empty() => body,
            Some(body) => quote!(#ty { #(#own,)* body: #body }),
            None => quote!(#ty { #(#own),* }),
        }
    }

    fn setters(inputs: &Inputs) -> Vec<TokenStream> {
        let own = inputs.own.len();
        let setter = |(index, input): (usize, &Input)| match (own, index) {
            (1.., index) if index >= own => input.setter(&quote!(self.input.body)),
            _ => input.setter(&quote!(self.input)),
        };
        let all = inputs.all().enumerate();
        all.filter(|(_, input)| !input.required)
            .map(setter)
            .collect()
    }

    /// The name of the file and the method that finds it.
    fn file(inputs: &Inputs) -> Result<Option<TokenStream>, String> {
        let files = inputs.own.iter();
        let mut files = files.filter(|input| matches!(input.kind, Kind::File));
        let Some(file) = files.next() else {
            return Ok(None);
        };
        if files.next().is_some() {
            return Err("takes several files; requests can carry one".to_owned());
        }
        let (ident, wire) = (&file.ident, &file.wire);
        let place = match file.optional {
            true => quote!(input.#ident.as_mut()),
            false => quote!(Some(&mut input.#ident)),
        };
        Ok(Some(quote! {
            const FILE: Option<&'static str> = Some(#wire);

            fn file(input: &mut Self::Input) -> Option<&mut Upload> { #place }
        }))
    }
}
