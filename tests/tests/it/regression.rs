//! Sample and aggregate on real data: the coefficients that the example `care-model` releases, beside a fit to all rows.

use std::path::PathBuf;
use std::sync::Arc;

use irongate_engine::{
    Catalog, DataAccess, ExecutionEnv, LossRequest, MapUnit, Mapped, MapperTable, QueryOptions,
    Stopped, Table, check, execute,
};
use irongate_ingest::{IngestRequest, ingest};
use irongate_policy::dataset::DatasetSpec;
use irongate_policy::manifest::JobManifest;
use irongate_policy::{DatasetId, NamespaceId, NamespaceKey, VersionId};
use model::{Model, Year, fit};

const SQL: &str = "SELECT AVG(intercept), AVG(age), AVG(female), AVG(income) FROM model";

struct Data(PathBuf);

impl DataAccess for Data {
    fn files(&self, _: &DatasetId, _: &VersionId) -> Result<Vec<PathBuf>, String> {
        Ok(vec![self.0.join("part-00000.parquet")])
    }
    fn key(&self, _: &NamespaceId) -> Result<NamespaceKey, String> {
        Ok(NamespaceKey::new([5; 32]))
    }
    fn mapper(&self, _: &str) -> Result<Arc<dyn MapUnit>, String> {
        Ok(Arc::new(Native))
    }
}

/// The example's function without a sandbox.
struct Native;

impl MapUnit for Native {
    fn map(&self, rows: &[u8], outputs: &mut [f64]) -> Result<Mapped, Stopped> {
        outputs.copy_from_slice(&irongate_guest::outputs::of(rows, model::map));
        Ok(Mapped::Numbers)
    }
}

/// A fit to all rows at once, which nobody may release.
fn plain() -> Model {
    let path = irongate_fixtures::path("rwm5yr/rwm5yr.csv");
    let text = std::fs::read_to_string(path).unwrap();
    let mut lines = text.lines();
    let names: Vec<String> = lines
        .next()
        .unwrap()
        .split(',')
        .map(|n| n.replace('"', ""))
        .collect();
    let place = |name: &str| names.iter().position(|n| n == name).unwrap();
    let [age, female, hhninc, docvis] = ["age", "female", "hhninc", "docvis"].map(place);
    let year = |line: &str| {
        let cells: Vec<&str> = line.split(',').collect();
        let number = |at: usize| cells[at].parse::<f64>().unwrap();
        Year {
            age: Some(number(age)),
            female: Some(number(female) > 0.0),
            hhninc: number(hhninc),
            docvis: Some(number(docvis)),
        }
    };
    fit(&lines.map(year).collect::<Vec<_>>()).unwrap()
}

async fn released(rho: &str) -> [f64; 4] {
    let dir = tempfile::tempdir().unwrap();
    let spec = DatasetSpec::from_toml(irongate_fixtures::RWM5YR_SPEC).unwrap();
    let version = VersionId::new("v1").unwrap();
    let data = Data(dir.path().join("v1"));
    let request = IngestRequest {
        file: &irongate_fixtures::path("rwm5yr/rwm5yr.csv"),
        spec: &spec,
        key: &NamespaceKey::new([5; 32]),
        out_dir: &data.0,
        version: version.clone(),
        blinding: [0; 32],
    };
    ingest(&request, &mut |_| {}).unwrap();
    let manifest = include_str!("../../../examples/care-model/irongate.toml");
    let declared = JobManifest::parse(manifest).unwrap().mappers["model"].clone();
    let mut catalog = Catalog::default();
    catalog
        .tables
        .insert("rwm5yr".into(), Table { spec, version });
    let table = MapperTable {
        declared: Arc::new(declared),
        component: [0; 32],
    };
    catalog.mappers.insert("model".into(), table);
    let options = QueryOptions::new(LossRequest::Rho(rho.parse().unwrap()));
    let query = check(SQL, &catalog, &options).unwrap();
    let released = execute(&query, &data, &ExecutionEnv::default())
        .await
        .unwrap();
    let value = |at: usize| {
        let text = arrow::util::display::array_value_to_string(released.batch.column(at), 0);
        text.unwrap().parse().unwrap()
    };
    std::array::from_fn(value)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn coefficients_of_blocks_are_near_those_of_a_plain_fit() {
    let Model {
        intercept,
        age,
        female,
        income,
    } = plain();
    let plain = [intercept, age, female, income];
    // Without noise to speak of: what blocks and clamping do.
    let exact = released("1000000").await;
    // As the example spends.
    let noisy = released("0.1").await;
    println!("plain {plain:.3?}, of blocks {exact:.3?}, released {noisy:.3?}");
    for ((plain, exact), noisy) in plain.iter().zip(exact).zip(noisy) {
        assert!((plain - exact).abs() < 0.12, "{plain} and {exact}");
        // Noise has a standard deviation of 0.05 at most.
        assert!((exact - noisy).abs() < 0.4, "{exact} and {noisy}");
    }
    assert!(age > 0.1 && female > 0.3, "there is something to be found");
}
