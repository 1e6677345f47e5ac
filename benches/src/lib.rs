//! Benchmarks of the gate.
