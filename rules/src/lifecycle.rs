//! (in the making)
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum EnrollmentStopReason {
    Replied,
}
