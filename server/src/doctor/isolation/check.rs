//! What is checked of the catalog: one list, from which the report, its page and the tests follow.
use serde::{Serialize, Serializer};

/// One check of the catalog.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Check {
    RlsOff,
    RlsForced,
    NoPolicy,
    PolicyNotCanonical,
    PolicyUnknown,
    TenantFunctionChanged,
    TenantPreset,
    TenantIdNullable,
    TenantIdNotFirst,
    NoTenantId,
    NoPrimaryKey,
    UniqueWithoutTenant,
    IndexNotLedByTenant,
    IndexOperatorNotLeakproof,
    IndexOnExpression,
    FkWithoutTenant,
    FkSetsNull,
    FkFromGlobal,
    SequenceOnTenantTable,
    EnumColumn,
    Trigger,
    RewriteRule,
    PartitionOpen,
    RoleOwns,
    RoleAttributes,
    RoleIsMember,
    RoleCanTruncate,
    RoleCanReferenceOrTrigger,
    RoleCanCreate,
    RoleCanMakeTemporary,
    RoleMayDisarm,
    ReaderWrites,
    EngineReadsMore,
    GlobalOpen,
    PublicGrant,
    ViewRunsAsOwner,
    CopyReadable,
    DefinerWithoutSearchPath,
    DefinerOpenToPublic,
    DefinerCallable,
    DangerousFunction,
    OtherSchemaOpen,
    ServerTooOld,
}

impl Check {
    pub const ALL: [Self; 43] = [
        Self::RlsOff,
        Self::RlsForced,
        Self::NoPolicy,
        Self::PolicyNotCanonical,
        Self::PolicyUnknown,
        Self::TenantFunctionChanged,
        Self::TenantPreset,
        Self::TenantIdNullable,
        Self::TenantIdNotFirst,
        Self::NoTenantId,
        Self::NoPrimaryKey,
        Self::UniqueWithoutTenant,
        Self::IndexNotLedByTenant,
        Self::IndexOperatorNotLeakproof,
        Self::IndexOnExpression,
        Self::FkWithoutTenant,
        Self::FkSetsNull,
        Self::FkFromGlobal,
        Self::SequenceOnTenantTable,
        Self::EnumColumn,
        Self::Trigger,
        Self::RewriteRule,
        Self::PartitionOpen,
        Self::RoleOwns,
        Self::RoleAttributes,
        Self::RoleIsMember,
        Self::RoleCanTruncate,
        Self::RoleCanReferenceOrTrigger,
        Self::RoleCanCreate,
        Self::RoleCanMakeTemporary,
        Self::RoleMayDisarm,
        Self::ReaderWrites,
        Self::EngineReadsMore,
        Self::GlobalOpen,
        Self::PublicGrant,
        Self::ViewRunsAsOwner,
        Self::CopyReadable,
        Self::DefinerWithoutSearchPath,
        Self::DefinerOpenToPublic,
        Self::DefinerCallable,
        Self::DangerousFunction,
        Self::OtherSchemaOpen,
        Self::ServerTooOld,
    ];

    /// The name by which lint.sql and the reports know it.
    pub fn name(self) -> &'static str {
        match self {
            Self::RlsOff => "rls-off",
            Self::RlsForced => "rls-forced",
            Self::NoPolicy => "no-policy",
            Self::PolicyNotCanonical => "policy-not-canonical",
            Self::PolicyUnknown => "policy-unknown",
            Self::TenantFunctionChanged => "tenant-function-changed",
            Self::TenantPreset => "tenant-preset",
            Self::TenantIdNullable => "tenant-id-nullable",
            Self::TenantIdNotFirst => "tenant-id-not-first",
            Self::NoTenantId => "no-tenant-id",
            Self::NoPrimaryKey => "no-primary-key",
            Self::UniqueWithoutTenant => "unique-without-tenant",
            Self::IndexNotLedByTenant => "index-not-led-by-tenant",
            Self::IndexOperatorNotLeakproof => "index-operator-not-leakproof",
            Self::IndexOnExpression => "index-on-expression",
            Self::FkWithoutTenant => "fk-without-tenant",
            Self::FkSetsNull => "fk-sets-null",
            Self::FkFromGlobal => "fk-from-global",
            Self::SequenceOnTenantTable => "sequence-on-tenant-table",
            Self::EnumColumn => "enum-column",
            Self::Trigger => "trigger",
            Self::RewriteRule => "rewrite-rule",
            Self::PartitionOpen => "partition-open",
            Self::RoleOwns => "role-owns",
            Self::RoleAttributes => "role-attributes",
            Self::RoleIsMember => "role-is-member",
            Self::RoleCanTruncate => "role-can-truncate",
            Self::RoleCanReferenceOrTrigger => "role-can-reference-or-trigger",
            Self::RoleCanCreate => "role-can-create",
            Self::RoleCanMakeTemporary => "role-can-make-temporary",
            Self::RoleMayDisarm => "role-may-disarm",
            Self::ReaderWrites => "reader-writes",
            Self::EngineReadsMore => "engine-reads-more",
            Self::GlobalOpen => "global-open",
            Self::PublicGrant => "public-grant",
            Self::ViewRunsAsOwner => "view-runs-as-owner",
            Self::CopyReadable => "copy-readable",
            Self::DefinerWithoutSearchPath => "definer-without-search-path",
            Self::DefinerOpenToPublic => "definer-open-to-public",
            Self::DefinerCallable => "definer-callable",
            Self::DangerousFunction => "dangerous-function",
            Self::OtherSchemaOpen => "other-schema-open",
            Self::ServerTooOld => "server-too-old",
        }
    }

    /// The check of that name.
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|check| check.name() == name)
    }

    /// What holds when it finds nothing.
    pub fn meaning(self) -> &'static str {
        match self {
            Self::RlsOff => {
                "Row security is enabled on every table of tenants and on every table that the application may touch."
            }
            Self::RlsForced => {
                "Row security is not forced on the owner, who dumps and migrates (and never serves)."
            }
            Self::NoPolicy => "Every table of tenants has the policy tenant_isolation.",
            Self::PolicyNotCanonical => {
                "Every known policy has the one text, command and role that the migrations gave it."
            }
            Self::PolicyUnknown => {
                "There is no policy but the known ones: policies add up, so one more can only show more."
            }
            Self::TenantFunctionChanged => {
                "app.tenant(), which every policy asks, is what the migration made it."
            }
            Self::TenantPreset => "No role and no database begins with a tenant already chosen.",
            Self::TenantIdNullable => "tenant_id is never null.",
            Self::TenantIdNotFirst => "tenant_id is the first column.",
            Self::NoTenantId => "Every table has a tenant_id, but the listed global ones.",
            Self::NoPrimaryKey => "Every table of tenants has a primary key.",
            Self::UniqueWithoutTenant => {
                "Every unique index contains tenant_id: otherwise it tells what other tenants have."
            }
            Self::IndexNotLedByTenant => "Every index begins with tenant_id.",
            Self::IndexOperatorNotLeakproof => {
                "Every index is of a kind that row security lets a search use."
            }
            Self::IndexOnExpression => {
                "No index is on an expression, which row security keeps a search from using."
            }
            Self::FkWithoutTenant => {
                "Every foreign key between tables of tenants has tenant_id on both sides."
            }
            Self::FkSetsNull => "No foreign key sets columns by itself (Citus refuses it).",
            Self::FkFromGlobal => "No global table refers to a table of tenants (Citus refuses it).",
            Self::SequenceOnTenantTable => {
                "No id is counted across tenants: gaps would tell how much others do."
            }
            Self::EnumColumn => {
                "States are text with a check, not enums, whose comparisons row security distrusts."
            }
            Self::Trigger => "No trigger writes behind a statement's back.",
            Self::RewriteRule => "No rewrite rule works with the rights of a table's owner.",
            Self::PartitionOpen => "Partitions are reached through their parent alone, whose policy holds.",
            Self::RoleOwns => "The process's roles own no table.",
            Self::RoleAttributes => {
                "The process's roles are no superusers, bypass nothing, make no roles or databases, replicate nothing."
            }
            Self::RoleIsMember => "The process's roles are members of no other role.",
            Self::RoleCanTruncate => "The process's roles may truncate nothing: it goes round row security.",
            Self::RoleCanReferenceOrTrigger => "The process's roles may make no foreign keys or triggers.",
            Self::RoleCanCreate => {
                "The process's roles may create nothing: no function or operator of theirs can look behind a policy."
            }
            Self::RoleCanMakeTemporary => {
                "The process's roles may make no temporary tables and functions either."
            }
            Self::RoleMayDisarm => "The process's roles may not turn foreign keys off.",
            Self::ReaderWrites => "The engine's and the operator's role may write nothing.",
            Self::EngineReadsMore => "The engine's role reads the few listed columns and no other.",
            Self::GlobalOpen => {
                "The application can't change global tables, and reads none but the routes to its tenant."
            }
            Self::PublicGrant => "Nothing is granted to everybody.",
            Self::ViewRunsAsOwner => "Views read with the rights of who asks (security_invoker).",
            Self::CopyReadable => {
                "No materialized view or foreign table, which no policy can guard, is readable."
            }
            Self::DefinerWithoutSearchPath => "A function with its owner's rights fixes its search path.",
            Self::DefinerOpenToPublic => "No function with its owner's rights is open to everybody.",
            Self::DefinerCallable => {
                "No function with its owner's rights can be called by the process's roles."
            }
            Self::DangerousFunction => {
                "No function that reads files or opens other connections can be called."
            }
            Self::OtherSchemaOpen => "The process's roles reach no table outside the product's schema.",
            Self::ServerTooOld => "The server has the fixes of row security (15.14, 16.10, 17.6 or newer).",
        }
    }

    /// Can a tenant see, find out or change something of another through what it finds? The others weaken a second fence, slow
    /// searches down, or stand in the way of Citus.
    pub fn is_hole(self) -> bool {
        match self {
            Self::RlsForced
            | Self::TenantIdNotFirst
            | Self::NoPrimaryKey
            | Self::IndexNotLedByTenant
            | Self::IndexOperatorNotLeakproof
            | Self::IndexOnExpression
            | Self::FkSetsNull
            | Self::FkFromGlobal
            | Self::SequenceOnTenantTable
            | Self::EnumColumn
            | Self::Trigger
            | Self::RoleCanMakeTemporary
            | Self::ServerTooOld => false,
            Self::RlsOff
            | Self::NoPolicy
            | Self::PolicyNotCanonical
            | Self::PolicyUnknown
            | Self::TenantFunctionChanged
            | Self::TenantPreset
            | Self::TenantIdNullable
            | Self::NoTenantId
            | Self::UniqueWithoutTenant
            | Self::FkWithoutTenant
            | Self::RewriteRule
            | Self::PartitionOpen
            | Self::RoleOwns
            | Self::RoleAttributes
            | Self::RoleIsMember
            | Self::RoleCanTruncate
            | Self::RoleCanReferenceOrTrigger
            | Self::RoleCanCreate
            | Self::RoleMayDisarm
            | Self::ReaderWrites
            | Self::EngineReadsMore
            | Self::GlobalOpen
            | Self::PublicGrant
            | Self::ViewRunsAsOwner
            | Self::CopyReadable
            | Self::DefinerWithoutSearchPath
            | Self::DefinerOpenToPublic
            | Self::DefinerCallable
            | Self::DangerousFunction
            | Self::OtherSchemaOpen => true,
        }
    }
}

impl Serialize for Check {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.serialize_str(self.name())
    }
}
