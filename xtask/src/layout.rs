//! Where generated files go.

/// The places of generated code and its names for the crates around it.
#[derive(Clone, Copy, Debug)]
pub struct Layout {
    /// The name under which generated code reaches the crate of types.
    pub types_crate: &'static str,
    /// The name under which generated code reaches the low-level client crate.
    pub client_crate: &'static str,
    /// Folder of the generated types and tables.
    pub types: &'static str,
    /// Folder of the low-level client's generated methods.
    pub client: &'static str,
    /// Folder of the wrapper's generated modules.
    pub sdk: &'static str,
    /// The examples of the spec, for the mocks.
    pub examples: &'static str,
    /// The bundle, for people and other tools.
    pub bundle: &'static str,
    /// The bundle on one line, for the crate that embeds it: it carries its own copy, so that it can be packaged.
    pub embedded: Option<&'static str>,
    /// The Postman collection.
    pub postman: &'static str,
    /// The table of methods, for people.
    pub methods: &'static str,
    /// What assistants are told of the operations.
    pub tools: &'static str,
}

/// The layout of this workspace.
pub const WORKSPACE: Layout = Layout {
    types_crate: "green_api_types",
    client_crate: "green_api_client",
    types: "crates/green-api-types/src/generated",
    client: "crates/green-api-client/src/generated",
    sdk: "crates/green-api/src/client/generated",
    examples: "crates/green-api-httpmock/src/examples.json",
    bundle: "spec/openapi.json",
    embedded: Some("crates/green-api-sandbox/openapi.json"),
    postman: "spec/postman.json",
    methods: "spec/methods.md",
    tools: "crates/green-api-mcp/src/tools.json",
};
