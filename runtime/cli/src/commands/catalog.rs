//! The catalog.

use super::{Outcome, Place, id, logged, table};
use crate::args::Catalog;
use crate::keys;
use crate::output::Answer;
use crate::progress::doing;
use irongate_gate::{Gate, GateError, read_spec};
use irongate_policy::dataset::{Column, ColumnType, DatasetSpec, DomainValue, Role};
use irongate_policy::request::{ChangeRef, Consent, Delist, Publish};
use irongate_policy::{DatasetId, ScenarioId};
use serde_json::json;
use std::path::Path;

/// Values of a domain that are shown; the bundle has them all.
const SHOWN_VALUES: usize = 8;

pub(super) async fn run(place: &Place, command: Catalog) -> Outcome {
    match command {
        Catalog::Ingest { file, spec } => ingest(place, &file, &spec).await,
        Catalog::Consent { name, change, key } => {
            let change = change
                .parse()
                .map_err(|error| GateError::rejected(format!("change: {error}")))?;
            let request = Consent {
                dataset: id("dataset", &name)?,
                change,
            };
            place
                .send(
                    &key,
                    request,
                    &format!("consented to the change of `{name}`"),
                )
                .await
        }
        Catalog::Publish { names, batch, key } => {
            let gate = place.open().await?;
            let mut changes = Vec::new();
            for name in &names {
                changes.push(latest_draft(&gate, name).await?);
            }
            let request = Publish {
                batch: id("batch", &batch)?,
                changes,
            };
            let signed = gate.sign_with(&keys::read(&key)?, request).await?;
            let events = gate.submit(signed).await?;
            gate.close().await?;
            Ok(logged(events, &format!("published: {}", names.join(", "))))
        }
        Catalog::Delist { name, reason, key } => {
            let request = Delist {
                dataset: id("dataset", &name)?,
                reason,
            };
            place
                .send(&key, request, &format!("`{name}` is off the catalog"))
                .await
        }
        Catalog::List => list(place).await,
        Catalog::Show { name } => show(place, &name).await,
        Catalog::Bundle { scenario, out } => bundle(place, &scenario, &out).await,
    }
}

async fn ingest(place: &Place, file: &Path, spec: &Path) -> Outcome {
    let spec = read_spec(spec)?;
    let gate = place.open().await?;
    let outcome = {
        let _progress = doing("reading, cleaning and storing the file");
        gate.ingest(file, spec, |_| {}).await
    };
    gate.close().await?;
    let (draft, report, events) = outcome?;
    let again = if events.is_empty() {
        " (ingested before; nothing was logged)"
    } else {
        ""
    };
    let text = format!(
        "`{}` version {} is a draft; its change is {}{again}\n{}",
        draft.dataset,
        draft.version,
        draft.change,
        report.to_string().trim_end()
    );
    let data = json!({"dataset": draft.dataset, "version": draft.version, "change": draft.change, "quality": report});
    Ok(Answer { events, data, text })
}

/// The newest draft that is not published yet, or else the published change: repeating is a no-op.
async fn latest_draft(gate: &Gate, name: &str) -> Result<ChangeRef, GateError> {
    let dataset: DatasetId = id("dataset", name)?;
    gate.with_state(|state| {
        let changes = &state.datasets.get(&dataset)?.changes;
        let newest = changes
            .iter()
            .max_by_key(|(_, change)| (!change.published, change.at))?;
        Some(ChangeRef {
            dataset: dataset.clone(),
            change: *newest.0,
        })
    })
    .await
    .ok_or_else(|| GateError::rejected(format!("dataset `{name}`: nothing was ingested")))
}

async fn list(place: &Place) -> Outcome {
    let gate = place.open().await?;
    let rows = gate
        .with_state(|state| {
            let row = |name: &DatasetId| {
                let version = state.published_version(name).map(ToString::to_string);
                let spec = state.published_spec(name)?;
                Some((name.to_string(), spec.title.clone(), version))
            };
            state.datasets.keys().filter_map(row).collect::<Vec<_>>()
        })
        .await;
    gate.close().await?;
    let cells = rows.iter().map(|(name, title, version)| {
        vec![
            name.clone(),
            title.zh.clone(),
            title.en.clone(),
            version.clone().unwrap_or_default(),
        ]
    });
    let text = table(&["dataset", "名称", "title", "version"], cells.collect());
    let data: Vec<_> = rows
        .iter()
        .map(|(n, title, v)| json!({"dataset": n, "title": title, "version": v}))
        .collect();
    Answer::new(data, text)
}

async fn show(place: &Place, name: &str) -> Outcome {
    let dataset: DatasetId = id("dataset", name)?;
    let gate = place.open().await?;
    let (spec, linked) = gate
        .with_state(|state| {
            let spec = state.published_spec(&dataset).cloned();
            let unit = spec.as_ref().and_then(DatasetSpec::protected);
            let namespace = unit.and_then(|p| state.namespaces.get(&p.unit.namespace));
            let linked: Vec<_> = namespace
                .into_iter()
                .flat_map(|known| known.linked.iter().map(ToString::to_string))
                .collect();
            (spec, linked)
        })
        .await;
    gate.close().await?;
    let spec =
        spec.ok_or_else(|| GateError::rejected(format!("dataset `{name}`: not published")))?;
    let rows = spec.columns.iter().map(column_row).collect();
    let mut text = format!("{} {}\n", spec.title.zh, spec.title.en);
    if let Some(protected) = spec.protected() {
        text.push_str(&format!(
            "protected: one unit is a {}, with at most {} rows; at most {} units\n",
            protected.unit.namespace, protected.unit.max_rows, protected.units_at_most
        ));
        if !linked.is_empty() {
            text.push_str(&format!(
                "charged together with: {} (linked: some persons are in both)\n",
                linked.join(", ")
            ));
        }
    } else {
        text.push_str("public: not about anybody\n");
    }
    text.push_str(&table(&["column", "type", "role", "grade", "values"], rows));
    Answer::new(spec, text)
}

fn column_row(column: &Column) -> Vec<String> {
    let kind = match column.kind {
        ColumnType::Bool => "bool".to_owned(),
        ColumnType::Int64 => "int64".to_owned(),
        ColumnType::Decimal { .. } => "decimal".to_owned(),
        ColumnType::String => "string".to_owned(),
        ColumnType::Date => "date".to_owned(),
        ColumnType::Timestamp => "timestamp".to_owned(),
    };
    let role = match column.role {
        Role::Unit => "unit: never shown",
        Role::Key => "key",
        Role::Measure => "measure",
        Role::Attribute => "attribute",
    };
    let values = match (&column.domain, &column.bounds) {
        (Some(domain), _) => {
            let shown = domain.iter().take(SHOWN_VALUES).map(|value| match value {
                DomainValue::Bool(value) => value.to_string(),
                DomainValue::Int(value) => value.to_string(),
                DomainValue::Text(text) => text.clone(),
            });
            let more = if domain.len() > SHOWN_VALUES {
                ", …"
            } else {
                ""
            };
            format!("{}{more}", shown.collect::<Vec<_>>().join(", "))
        }
        (None, Some(bounds)) => format!("{} to {}", bounds.lo, bounds.hi),
        (None, None) => String::new(),
    };
    vec![
        column.name.clone(),
        kind,
        role.to_owned(),
        column.grade.to_string(),
        values,
    ]
}

async fn bundle(place: &Place, scenario: &str, out: &Path) -> Outcome {
    let scenario: ScenarioId = id("scenario", scenario)?;
    let gate = place.open().await?;
    let bundle = gate.bundle(&scenario).await;
    gate.close().await?;
    std::fs::write(out, bundle?)
        .map_err(|error| GateError::failed(&format!("writing {}", out.display()), error))?;
    Answer::new(
        json!({"bundle": out}),
        format!(
            "public metadata of `{scenario}` written to {}",
            out.display()
        ),
    )
}
