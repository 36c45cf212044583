//! The SQL of customers' primary addresses.
use crate::customers::Profile;
use crate::db::{TenantTx, Time};
use uuid::Uuid;

/// Writes each customer's primary address; one without any stays as it is.
pub async fn put<'a>(
    tx: &mut TenantTx,
    profiles: impl Iterator<Item = (Uuid, &'a Profile)>,
) -> sqlx::Result<()> {
    let with_address: Vec<(Uuid, &Profile)> = profiles
        .filter(|(_, profile)| {
            profile.address.is_some() || profile.postal_code.is_some() || profile.state.is_some()
        })
        .collect();
    if with_address.is_empty() {
        return Ok(());
    }
    let (tenant, at) = (tx.id(), tx.time());
    let ids: Vec<Uuid> = with_address.iter().map(|_| tx.new_id()).collect();
    let customers: Vec<Uuid> = with_address.iter().map(|(id, _)| *id).collect();
    let text = |of: fn(&Profile) -> Option<String>| {
        with_address
            .iter()
            .map(|(_, profile)| of(profile))
            .collect::<Vec<_>>()
    };
    let line1 = text(|profile| profile.address.as_ref()?.line1.clone());
    let line2 = text(|profile| profile.address.as_ref()?.line2.clone());
    let city = text(|profile| profile.address.as_ref()?.city.clone());
    let state = text(|profile| profile.state.clone());
    let postal_code = text(|profile| profile.postal_code.clone());
    let country = text(|profile| {
        Some(
            profile
                .address
                .as_ref()
                .map_or("US", |address| address.country.as_str())
                .to_owned(),
        )
    });
    sqlx::query!(
        r#"insert into customer_addresses as a (tenant_id, id, customer_id, kind, is_primary, line1, line2, city, state, postal_code,
                                                country, created_at, updated_at)
           select $1, n.id, n.customer_id, 'primary', true, n.line1, n.line2, n.city, n.state, n.postal_code, n.country, $2, $2
           from unnest($3::uuid[], $4::uuid[], $5::text[], $6::text[], $7::text[], $8::text[], $9::text[], $10::text[])
                as n (id, customer_id, line1, line2, city, state, postal_code, country)
           where coalesce(n.line1, n.line2, n.city, n.state, n.postal_code) is not null
           on conflict (tenant_id, customer_id) where is_primary
           do update set line1 = excluded.line1, line2 = excluded.line2, city = excluded.city, state = excluded.state,
                         postal_code = excluded.postal_code, country = excluded.country, updated_at = excluded.updated_at
           where (a.line1, a.line2, a.city, a.state, a.postal_code, a.country)
                 is distinct from (excluded.line1, excluded.line2, excluded.city, excluded.state, excluded.postal_code, excluded.country)"#,
        tenant,
        at as Time,
        &ids,
        &customers,
        &line1 as &[Option<String>],
        &line2 as &[Option<String>],
        &city as &[Option<String>],
        &state as &[Option<String>],
        &postal_code as &[Option<String>],
        &country as &[Option<String>],
    )
    .execute(tx.conn())
    .await?;
    Ok(())
}
