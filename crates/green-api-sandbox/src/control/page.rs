//! The phone in the browser: one page that drives the control API, with style and script inside.

use std::sync::LazyLock;

use axum::Router;
use axum::http::header::{
    CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE, REFERRER_POLICY, X_CONTENT_TYPE_OPTIONS,
};
use axum::response::IntoResponse;
use axum::routing::get;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use sha2::{Digest as _, Sha256};

const STYLE: &str = include_str!("page/page.css");
const SCRIPT: &str = concat!(
    include_str!("page/common.js"),
    include_str!("page/phone.js"),
    include_str!("page/shop.js"),
    include_str!("page/desk.js")
);

static PAGE: LazyLock<Page> = LazyLock::new(|| Page {
    html: include_str!("page/page.html")
        .replace("/*{page.css}*/", STYLE)
        .replace(
            "/*{common.js}*//*{phone.js}*//*{shop.js}*//*{desk.js}*/",
            SCRIPT,
        ),
    policy: format!(
        "default-src 'none'; script-src '{}'; style-src '{}'; connect-src 'self'; img-src 'self' data:; base-uri 'none'; form-action 'none'; \
         frame-ancestors 'none'; require-trusted-types-for 'script'",
        hash(SCRIPT),
        hash(STYLE)
    ),
});

struct Page {
    html: String,
    /// Nothing runs on the page but its own script, which shows messages as text, and nothing leaves it but to the sandbox.
    policy: String,
}

pub(crate) fn router() -> Router {
    Router::new().route("/", get(serve))
}

async fn serve() -> impl IntoResponse {
    let headers = [
        (CONTENT_TYPE, "text/html; charset=utf-8"),
        (CONTENT_SECURITY_POLICY, PAGE.policy.as_str()),
        (REFERRER_POLICY, "no-referrer"),
        (X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (CACHE_CONTROL, "no-cache"),
    ];
    (headers, PAGE.html.as_str())
}

/// What a content security policy calls an inline script or style.
fn hash(inline: &str) -> String {
    format!("sha256-{}", BASE64.encode(Sha256::digest(inline)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn style_and_script_are_in_the_page_as_they_are_hashed() {
        assert!(PAGE.html.contains(&format!("<style>{STYLE}</style>")));
        assert!(PAGE.html.contains(&format!("<script>{SCRIPT}</script>")));
        // The well-known hash of an empty script.
        assert_eq!(
            hash(""),
            "sha256-47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU="
        );
    }

    #[test]
    fn nothing_on_the_page_comes_from_elsewhere() {
        // The namespace of SVG is a name and no address.
        let addresses = PAGE
            .html
            .match_indices("://")
            .filter(|(place, _)| !PAGE.html[*place..].starts_with("://www.w3.org/2000/svg"));
        assert_eq!(
            addresses
                .map(|(place, _)| &PAGE.html[place..place + 20])
                .collect::<Vec<_>>(),
            [""; 0]
        );
        assert!(!PAGE.html.contains("@import") && !PAGE.html.contains("\"//"));
        for way_around in [
            "innerHTML",
            "outerHTML",
            "insertAdjacentHTML",
            "document.write",
            "eval(",
            " style=",
            " onclick=",
        ] {
            assert!(!PAGE.html.contains(way_around), "{way_around}");
        }
    }
}
