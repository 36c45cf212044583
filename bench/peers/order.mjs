// What both peers need: the order from the bench, and the touch itself as the role that does tenants' work.
import pg from "pg";

export async function readOrder() {
  let text = "";
  for await (const chunk of process.stdin) text += chunk;
  return JSON.parse(text);
}

// A pool whose connections see the tenant's rows; the setting is made once per connection, which spares each job a statement.
export function tenantPool(order, size) {
  return new pg.Pool({ ...order.app, max: size, options: `-c app.current_tenant=${order.tenant} -c join_collapse_limit=1` });
}

export function ownerPool(order, size) {
  return new pg.Pool({ ...order.owner, max: size });
}

// One touch: prepared statements, each committed by itself, as the product commits each step.
export async function touch(pool, order, enrollment) {
  for (const [step, text] of order.statements.entries()) {
    const { rows } = await pool.query({ name: `step${step}`, text, values: [order.tenant, order.now, enrollment, 1] });
    if (rows[0].count !== "1") throw new Error(`step ${step} of ${enrollment} moved ${rows[0].count} rows`);
  }
}

export async function enrollments(pool, order) {
  const { rows } = await pool.query(
    "select enrollment_id as id from enrollment_touches where tenant_id = $1 and status = 'pending' order by scheduled_at",
    [order.tenant],
  );
  if (rows.length !== order.jobs) throw new Error(`${order.jobs} touches were to be due, there are ${rows.length}`);
  return rows.map((row) => row.id);
}

export function answer(begun) {
  console.log(JSON.stringify({ seconds: (performance.now() - begun) / 1000 }));
}
