//! Guides, each with a program that tests run word for word.

macro_rules! guides {
    ($($name:ident)+) => {
        $(
            #[doc = include_str!(concat!("guides/", stringify!($name), ".md"))]
            #[doc = ""]
            #[doc = "```no_run"]
            #[doc = include_str!(concat!("../examples/", stringify!($name), ".rs"))]
            #[doc = "```"]
            pub mod $name {}
        )+
    };
}

#[doc = include_str!("guides/from_python.md")]
#[doc = ""]
#[doc = "```no_run"]
#[doc = include_str!("../examples/demo.rs")]
#[doc = "```"]
pub mod from_python {}

guides! { first_bot dialogue files groups language_model many_tenants deployment never_twice }
