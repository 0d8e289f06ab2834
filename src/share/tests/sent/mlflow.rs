use camlab_share::{MlflowAuth, MlflowServer, ShareError, encode_key};
use serde_json::{Value, json};

use crate::sample::two_seeds;
use crate::server::{Arrived, Reply, TestServer};

const API: &str = "/api/2.0/mlflow/";

/// The part of MLflow's behaviour that sending relies on; the real server is compared by `.ci/read-shared.py`.
#[derive(Default)]
struct FakeMlflow {
    experiment: Option<Value>,
    runs: Vec<Value>,
    /// Place of the artefacts.
    artifacts: &'static str,
}

impl FakeMlflow {
    fn answer(&mut self, request: &Arrived) -> Reply {
        let (method, path) = request.line.split_once(' ').unwrap();
        if method == "PUT" {
            return ok(json!({}));
        }
        let call = path.strip_prefix(API).unwrap().split('?').next().unwrap();
        if method == "GET" {
            assert_eq!(path, format!("{API}experiments/get-by-name?experiment_name=quick%20runs"));
            let missing = json!({ "error_code": "RESOURCE_DOES_NOT_EXIST", "message": "no such experiment" });
            return match &self.experiment {
                Some(experiment) => ok(json!({ "experiment": experiment })),
                None => Some((404, missing.to_string())),
            };
        }
        let body = request.json();
        let id = body["run_id"].as_str().unwrap_or_default().to_owned();
        let at = self.runs.iter().position(|run| run["info"]["run_id"] == id);
        match call {
            "experiments/create" => {
                self.experiment = Some(json!({ "experiment_id": "7", "lifecycle_stage": "active" }));
                ok(json!({ "experiment_id": "7" }))
            }
            "runs/search" => {
                let key = body["filter"].as_str().unwrap().split('\'').nth(1).unwrap().to_owned();
                let has = |run: &&Value| {
                    run["data"]["tags"]
                        .as_array()
                        .unwrap()
                        .contains(&json!({ "key": "camlab.key", "value": key }))
                };
                ok(json!({ "runs": self.runs.iter().filter(has).collect::<Vec<_>>() }))
            }
            "runs/create" => {
                let id = format!("r{}", self.runs.len());
                let uri = format!("{}/7/{id}/artifacts", self.artifacts);
                let run = json!({ "info": { "run_id": id, "artifact_uri": uri, "status": "RUNNING" },
                    "data": { "tags": body["tags"] } });
                self.runs.push(run.clone());
                ok(json!({ "run": run }))
            }
            "runs/log-batch" => {
                let tags = self.runs[at.unwrap()]["data"]["tags"].as_array_mut().unwrap();
                tags.extend(body["tags"].as_array().cloned().unwrap_or_default());
                ok(json!({}))
            }
            "runs/update" => {
                self.runs[at.unwrap()]["info"]["status"] = body["status"].clone();
                ok(json!({}))
            }
            "runs/set-tag" => ok(json!({})),
            "runs/delete" => {
                self.runs[at.unwrap()]["data"]["tags"] = json!([]);
                ok(json!({}))
            }
            other => panic!("unexpected call {other}"),
        }
    }
}

fn ok(body: Value) -> Reply {
    Some((200, body.to_string()))
}

fn fake(artifacts: &'static str) -> TestServer {
    let mut mlflow = FakeMlflow { artifacts, ..FakeMlflow::default() };
    TestServer::new(move |request| mlflow.answer(request))
}

fn client(server: &TestServer) -> MlflowServer {
    MlflowServer::new(&server.url, &MlflowAuth::Open).unwrap()
}

fn calls(arrived: &[Arrived]) -> Vec<&str> {
    arrived
        .iter()
        .map(|request| request.line.split(['?']).next().unwrap().trim_start_matches("POST "))
        .collect()
}

fn refused(status: u16, body: &str) -> ShareError {
    let body = body.to_owned();
    let server = TestServer::new(move |_| Some((status, body.clone())));
    client(&server).send(&two_seeds()).unwrap_err()
}

#[test]
fn an_experiment_is_sent_in_order_and_a_second_time_not_at_all() {
    let folder = tempfile::tempdir().unwrap();
    let report = folder.path().join("report.md");
    std::fs::write(&report, "# Report").unwrap();
    let mut experiment = two_seeds();
    experiment.runs[0].files.push(("figures/a b.md".into(), report));
    let server = fake("mlflow-artifacts:");
    let sent = client(&server).send(&experiment).unwrap();
    assert_eq!((sent.created, sent.replaced, sent.unchanged, sent.files), (3, 0, 0, 1));
    assert_eq!(sent.run_ids, ["r0", "r1", "r2"]);
    let arrived = server.take();
    let api = |call: &str| format!("{API}{call}");
    let run =
        ["runs/search", "runs/create", "runs/log-batch", "runs/log-batch", "runs/log-batch", "runs/update"];
    let run = run.map(api);
    let file = "PUT /api/2.0/mlflow-artifacts/artifacts/7/r0/artifacts/figures/a%20b.md".to_owned();
    let mut wanted = vec![format!("GET {API}experiments/get-by-name"), api("experiments/create")];
    wanted.extend(run[..5].iter().cloned());
    wanted.extend([file, api("runs/update")]);
    wanted.extend(run.iter().chain(&run).cloned());
    assert_eq!(calls(&arrived), wanted);
    let of = |call: &str| -> Vec<Value> {
        let line = format!("POST {API}{call}");
        arrived.iter().filter(|request| request.line == line).map(Arrived::json).collect()
    };
    let child = &of("runs/create")[1];
    assert_eq!(child["experiment_id"], "7");
    assert_eq!(child["start_time"], 1_700_000_000_000_i64);
    assert!(
        child["tags"].as_array().unwrap().contains(&json!({ "key": "mlflow.parentRunId", "value": "r0" }))
    );
    let metrics = &of("runs/log-batch")[5]["metrics"];
    assert_eq!(
        metrics[0],
        json!({ "key": encode_key("acc/net/grad-cam++"), "value": 0.1 + 0.2, "timestamp": 2_000, "step": 0 })
    );
    assert_eq!(metrics[2]["step"], 2);
    assert_eq!(
        of("runs/update")[0],
        json!({ "run_id": "r0", "status": "FINISHED", "end_time": 1_700_000_002_500_i64 })
    );

    let again = client(&server).send(&experiment).unwrap();
    assert_eq!((again.created, again.replaced, again.unchanged, again.files), (0, 0, 3, 0));
    assert_eq!(again.run_ids, sent.run_ids);
    assert_eq!(server.take().len(), 4, "one search for the experiment and one per run");
}

#[test]
fn a_run_with_another_result_replaces_the_earlier_one() {
    let server = fake("mlflow-artifacts:");
    let mut experiment = two_seeds();
    client(&server).send(&experiment).unwrap();
    server.take();
    experiment.runs[0].metrics[0].value = 0.5;
    let sent = client(&server).send(&experiment).unwrap();
    assert_eq!((sent.created, sent.replaced, sent.unchanged), (0, 1, 2));
    assert_eq!(sent.run_ids, ["r3", "r1", "r2"]);
    let arrived = server.take();
    let bodies = |call: &str| -> Vec<Value> {
        arrived.iter().filter(|request| request.line.ends_with(call)).map(Arrived::json).collect()
    };
    assert_eq!(bodies("runs/delete"), [json!({ "run_id": "r0" })]);
    // Its children stand below the new run.
    let moved = |id: &str| json!({ "run_id": id, "key": "mlflow.parentRunId", "value": "r3" });
    assert_eq!(bodies("runs/set-tag"), [moved("r1"), moved("r2")]);
}

#[test]
fn an_interrupted_sending_is_completed() {
    let mut mlflow = FakeMlflow { artifacts: "mlflow-artifacts:", ..FakeMlflow::default() };
    let mut updates = 0;
    let server = TestServer::new(move |request| {
        updates += usize::from(request.line.ends_with("runs/update"));
        // The second run is never finished at the first attempt.
        match updates == 2 && request.line.ends_with("runs/update") {
            true => Some((500, json!({ "message": "disk full" }).to_string())),
            false => mlflow.answer(request),
        }
    });
    let error = client(&server).send(&two_seeds()).unwrap_err().to_string();
    assert!(error.contains("runs/update with 500: disk full"), "{error}");
    let sent = client(&server).send(&two_seeds()).unwrap();
    assert_eq!((sent.created, sent.replaced, sent.unchanged), (1, 1, 1));
}

#[test]
fn a_broken_connection_is_tried_again_unless_a_run_would_stand_twice() {
    let mut mlflow = FakeMlflow { artifacts: "mlflow-artifacts:", ..FakeMlflow::default() };
    let mut broken = false;
    let server = TestServer::new(move |request| {
        if !broken && request.line.ends_with("runs/log-batch") {
            broken = true;
            return None;
        }
        mlflow.answer(request)
    });
    assert_eq!(client(&server).send(&two_seeds()).unwrap().created, 3);
    let batches = server.take().iter().filter(|request| request.line.ends_with("runs/log-batch")).count();
    assert_eq!(batches, 10, "nine and the one that was repeated");

    let mut mlflow = FakeMlflow::default();
    let server = TestServer::new(move |request| match request.line.ends_with("runs/create") {
        true => None,
        false => mlflow.answer(request),
    });
    let error = client(&server).send(&two_seeds()).unwrap_err();
    assert!(matches!(error, ShareError::Connection(_)), "{error}");
    assert_eq!(server.take().iter().filter(|request| request.line.ends_with("runs/create")).count(), 1);
}

#[test]
fn credentials_are_sent_and_refusals_shown_with_a_remedy() {
    let denied = || TestServer::new(|_| Some((403, json!({ "message": "Permission denied" }).to_string())));
    // RFC 7617, section 2.
    let basic = MlflowAuth::Basic { user: "Aladdin".into(), password: "open sesame".into() };
    for (auth, header) in
        [(basic, "Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ=="), (MlflowAuth::Token("t0".into()), "Bearer t0")]
    {
        let server = denied();
        let error =
            MlflowServer::new(&server.url, &auth).unwrap().send(&two_seeds()).unwrap_err().to_string();
        assert!(error.contains("with 403: Permission denied; set MLFLOW_TRACKING_TOKEN"), "{error}");
        assert!(!error.contains("t0") && !error.contains("sesame"), "{error}");
        assert_eq!(server.take()[0].authorization, header);
    }
    let error = refused(404, "<html>nothing here</html>").to_string();
    assert!(error.contains("nothing here") && error.contains("check that --mlflow"), "{error}");
    let error = refused(200, "<html>hello</html>").to_string();
    assert!(error.contains("address of an MLflow server"), "{error}");
    let deleted = json!({ "experiment": { "experiment_id": "9", "lifecycle_stage": "deleted" } });
    let error = refused(200, &deleted.to_string()).to_string();
    assert!(error.contains("`quick runs` was deleted") && error.contains("--experiment-id 9"), "{error}");
}

#[test]
fn no_server_is_said_to_be_none() {
    // The port was free a moment ago.
    let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let server = MlflowServer::new(&format!("http://127.0.0.1:{port}"), &MlflowAuth::Open).unwrap();
    let error = camlab_base::causes(&server.send(&two_seeds()).unwrap_err());
    assert!(error.contains("(4 attempts)") && error.contains("mlflow server"), "{error}");
    assert_eq!(error.matches("no response").count(), 1, "{error}");
}

#[test]
fn files_that_the_server_does_not_take_are_named_with_the_reason() {
    let folder = tempfile::tempdir().unwrap();
    let report = folder.path().join("report.md");
    std::fs::write(&report, "# Report").unwrap();
    let mut experiment = two_seeds();
    experiment.runs[0].files.push(("report.md".into(), report));
    experiment.runs[1].parameters.push(("long".into(), "v".repeat(6001)));
    let sent = client(&fake("s3://bucket")).send(&experiment).unwrap();
    assert_eq!(sent.files, 0);
    assert!(sent.files_left.unwrap().contains("s3://bucket/7/r0"));
    assert_eq!(sent.cut, ["long of quick seed 0"]);
}
