//! Types of the library in the description: names there, whose schemas come from the library.

use std::borrow::Cow;

use utoipa::openapi::{Ref, RefOr, schema::Schema};
use utoipa::{PartialSchema, ToSchema};

macro_rules! stand_ins {
    ($($name:ident = $shown:literal,)+) => {$(
        #[doc = concat!("Stands for `", $shown, "`.")]
        pub(crate) enum $name {}

        impl PartialSchema for $name {
            fn schema() -> RefOr<Schema> {
                RefOr::Ref(Ref::from_schema_name($shown))
            }
        }

        impl ToSchema for $name {
            fn name() -> Cow<'static, str> {
                Cow::Borrowed($shown)
            }
        }
    )+};
}

stand_ins! {
    AnyContext = "Context",
    AnyEvent = "Event",
    AnyDecision = "Decision",
    AnySettlement = "Settlement",
}
