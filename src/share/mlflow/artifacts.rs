use super::rest::{MlflowServer, percent_encoded};

/// Path of a run's artefacts below the server's proxy, percent-encoded; the reason if they cannot go through it.
///
/// # Errors
/// The artefacts' address has another scheme than `mlflow-artifacts`, or that of another server.
pub(super) fn proxy_path(server: &MlflowServer, uri: &str) -> Result<String, String> {
    let Some(rest) = uri.strip_prefix("mlflow-artifacts:") else {
        return Err(format!(
            "the server keeps artefacts at `{uri}` and does not take them over HTTP; start it with --serve-artifacts \
             for a new experiment"
        ));
    };
    let path = match rest.strip_prefix("//") {
        None => rest,
        Some(rest) => {
            let (host, path) = rest.split_at(rest.find('/').unwrap_or(rest.len()));
            // Credentials are for the server that the user named.
            if !host.is_empty() && host != server.host() {
                return Err(format!("the artefacts are on another server, `{uri}`"));
            }
            path
        }
    };
    Ok(encoded_path(path))
}

/// A path of parts separated by `/`, each percent-encoded.
pub(super) fn encoded_path(path: &str) -> String {
    path.split('/').filter(|part| !part.is_empty()).map(percent_encoded).collect::<Vec<_>>().join("/")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::MlflowAuth;

    #[test]
    fn only_artefacts_of_this_server_go_through_its_proxy() {
        let server = MlflowServer::new("http://a.org:5000/", &MlflowAuth::Open).unwrap();
        for uri in ["mlflow-artifacts:/1/r/artifacts", "mlflow-artifacts://a.org:5000/1/r/artifacts"] {
            assert_eq!(proxy_path(&server, uri).unwrap(), "1/r/artifacts");
        }
        for uri in ["mlflow-artifacts://b.org/1/r", "s3://bucket/1", "/mlruns/1"] {
            assert!(proxy_path(&server, uri).unwrap_err().contains(uri));
        }
        assert_eq!(encoded_path("figures/a b.svg"), "figures/a%20b.svg");
    }
}
