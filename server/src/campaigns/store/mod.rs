//! All SQL of campaigns, their enrollments and the touches of these.
pub(super) mod campaign;
pub(super) mod enrollment;
pub(super) mod health;
pub(super) mod plan;
pub(super) mod probe;
pub(super) mod progress;
pub(super) mod touch;
