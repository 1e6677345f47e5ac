//! Looking after a home.

use super::{Outcome, Place, surroundings};
use crate::args::HomeCommand;
use crate::output::Answer;
use crate::progress::doing;
use irongate_gate::{HomeReport, restore_home};
use serde_json::json;

pub(super) async fn run(place: &Place, command: HomeCommand) -> Outcome {
    match command {
        HomeCommand::Backup { out } => {
            let gate = place.open().await?;
            let report = {
                let _progress = doing("checking and copying the home");
                gate.back_up(&out).await
            };
            gate.close().await?;
            let report = report?;
            let text = format!(
                "backed up to {}\n{}\nit holds the home's keys: keep it as the home is kept\n\
                 its newest checkpoint, for somebody outside to keep:\n\n{}",
                out.display(),
                told(&report),
                report.checkpoint
            );
            let mut data = json!({"backup": out});
            if let (Some(data), Ok(report)) = (data.as_object_mut(), serde_json::to_value(&report))
            {
                data.extend(report.as_object().cloned().unwrap_or_default());
            }
            Answer::new(data, text)
        }
        HomeCommand::Restore { backup, since } => {
            let kept = since.as_deref().map(super::read_text).transpose()?;
            let to = place.folder()?;
            let _progress = doing("checking and copying the backup");
            let report = restore_home(&backup, to, kept.as_deref(), surroundings()).await?;
            let text = format!("restored to {}\n{}", to.display(), told(&report));
            Answer::new(report, text)
        }
        HomeCommand::Check => {
            let gate = place.open().await?;
            let report = {
                let _progress = doing("checking the home");
                gate.check_home().await
            };
            gate.close().await?;
            let report = report?;
            let text = format!("the home holds\n{}", told(&report));
            Answer::new(report, text)
        }
    }
}

fn told(report: &HomeReport) -> String {
    format!(
        "  {} log entries, {} dataset versions, {} jobs, {} releases",
        report.entries, report.versions, report.jobs, report.releases
    )
}
