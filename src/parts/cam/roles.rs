//! A registry whose rows say what each item is.

/// Declares [`super::CamSpec`]: a registry, and from each row's role (`Cam` or `Baseline`, the trait that the options
/// implement) the method behind the name. So a new method is a file and a row.
macro_rules! cams {
    (
        $(#[$meta:meta])*
        $vis:vis enum $Enum:ident as $what:literal {
            $( $name:literal => $Role:ident $Variant:ident($Options:ty), $summary:literal; )+
        }
    ) => {
        registry! {
            $(#[$meta])*
            $vis enum $Enum as $what {
                $( $name => $Variant($Options), $summary; )+
            }
        }

        impl $Enum {
            /// The method behind the name.
            pub fn method(&self) -> Method<'_> {
                match self { $( Self::$Variant(options) => Method::$Role(options), )+ }
            }

            /// The method itself, for who outlives the name.
            pub fn owned(self) -> OwnedMethod {
                match self { $( Self::$Variant(options) => OwnedMethod::$Role(Box::new(options)), )+ }
            }
        }
    };
}
pub(super) use cams;
