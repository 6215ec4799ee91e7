use std::fmt;

use green_api_types::models::InstanceId;

/// The values that a client needs to call an instance, from [`Sandbox::credentials`](crate::Sandbox::credentials).
///
/// The sandbox knows no client: [`pass_to`](Credentials::pass_to) hands the three values to the constructor of any. With the crate
/// `green-api` it is `sandbox.credentials(0).pass_to(green_api::Credentials::new)?`.
#[derive(Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Credentials {
    /// The API host, which is the media host as well: `http://127.0.0.1:49152`.
    pub api_url: String,
    /// The number of the instance.
    pub id_instance: InstanceId,
    /// The token that was valid when these credentials were asked for.
    pub api_token_instance: String,
}

impl Credentials {
    /// Calls a constructor with URL, number and token, and returns its result.
    ///
    /// ```
    /// # use green_api_sandbox::Sandbox;
    /// # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), green_api_sandbox::StartError> {
    /// let sandbox = Sandbox::start().await?;
    /// let address = sandbox
    ///     .credentials(0)
    ///     .pass_to(|url, id, token| format!("{url}/waInstance{id}/getStateInstance/{token}"));
    /// # Ok(()) }
    /// ```
    pub fn pass_to<T>(&self, constructor: impl FnOnce(&str, &str, &str) -> T) -> T {
        let id = self.id_instance.to_string();
        constructor(&self.api_url, &id, &self.api_token_instance)
    }
}

impl fmt::Debug for Credentials {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Credentials")
            .field("api_url", &self.api_url)
            .field("id_instance", &self.id_instance)
            .field("api_token_instance", &"***")
            .finish()
    }
}
