//! Where the time goes: how long each of the gate's spans was open.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};
use tracing::span::{Attributes, Id};
use tracing_subscriber::Layer;
use tracing_subscriber::layer::Context;
use tracing_subscriber::registry::LookupSpan;

/// Durations by the span's name, in the order they closed.
#[derive(Debug, Clone, Default)]
pub struct Spans(Arc<Mutex<BTreeMap<&'static str, Vec<Duration>>>>);

impl Spans {
    /// The median of each span, in milliseconds, and how often it was seen.
    pub fn medians(&self) -> Vec<(&'static str, f64, usize)> {
        let mut spans = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let median = |(name, durations): (&&'static str, &mut Vec<Duration>)| {
            durations.sort_unstable();
            let middle = durations.get(durations.len() / 2)?;
            Some((*name, middle.as_secs_f64() * 1e3, durations.len()))
        };
        spans.iter_mut().filter_map(median).collect()
    }
}

impl<S: tracing::Subscriber + for<'a> LookupSpan<'a>> Layer<S> for Spans {
    fn on_new_span(&self, _: &Attributes<'_>, id: &Id, context: Context<'_, S>) {
        if let Some(span) = context.span(id) {
            span.extensions_mut().insert(Instant::now());
        }
    }

    fn on_close(&self, id: Id, context: Context<'_, S>) {
        if let Some(span) = context.span(&id)
            && let Some(opened) = span.extensions().get::<Instant>()
        {
            let mut spans = self.0.lock().unwrap_or_else(PoisonError::into_inner);
            spans.entry(span.name()).or_default().push(opened.elapsed());
        }
    }
}
