//! Macro for the CAM registry, in which every row states its role.

/// Declares [`super::CamSpec`]: a registry, and accessors that return an item by its role (`Cam` or `Baseline`, the
/// trait that its options implement). Adding a method takes one file and one row.
macro_rules! cams {
    (
        $(#[$meta:meta])*
        $vis:vis enum $Enum:ident as $what:literal {
            $( $name:literal => $Role:ident $Variant:ident($Options:ty) $( as $title:literal )?, $summary:literal; )+
        }
        not counted $uncounted:tt;
    ) => {
        registry! {
            $(#[$meta])*
            $vis enum $Enum as $what {
                $( $name => $Variant($Options) $( as $title )?, $summary; )+
            }
            not counted $uncounted;
        }

        impl $Enum {
            /// The item as a reference to the trait of its role.
            pub fn method(&self) -> Method<'_> {
                match self { $( Self::$Variant(options) => Method::$Role(options), )+ }
            }

            /// The item as a boxed trait object, for callers that outlive `self`.
            pub fn owned(self) -> OwnedMethod {
                match self { $( Self::$Variant(options) => OwnedMethod::$Role(Box::new(options)), )+ }
            }
        }
    };
}
pub(super) use cams;
