//! The points at which a drill tells the program to fail, hang or be killed. Without the feature `failpoints` they are nothing.

/// Every point, in the order in which a message passes them; `tests/it/house.rs` holds the list and the code together.
/// At those of `CAN_FAIL` the step can also be told to fail.
pub const NAMES: &[&str] = &[
    "keep.before_commit",
    "keep.after_commit",
    "hooks.before_commit",
    "hooks.after_commit",
    "apply.claimed",
    "apply.before_commit",
    "opted_out.before_commit",
    "apply.after_commit",
    "plan.claimed",
    "plan.before_commit",
    "plan.after_commit",
    "gate.locked",
    "gate.before_commit",
    "gate.after_commit",
    "hand_over.before_send",
    "hand_over.after_answer",
    "record.before_commit",
    "record.after_commit",
    "rescue.before_commit",
    "rescue.before_asking",
    "settle.before_commit",
    "settle.after_commit",
    "import.before_commit",
    "import.after_commit",
];

/// Points at which a step can be told to fail, as when the database refuses it.
pub const CAN_FAIL: &[&str] = &[
    "keep.before_commit",
    "hooks.before_commit",
    "apply.before_commit",
    "plan.before_commit",
    "gate.before_commit",
    "record.before_commit",
    "rescue.before_commit",
    "settle.before_commit",
    "import.before_commit",
];
