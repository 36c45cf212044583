// pg-boss by its fetch and complete, in batches; its polling worker waits between polls and would be slower.
import { PgBoss } from "pg-boss";
import { answer, enrollments, readOrder, tenantPool, touch } from "./order.mjs";

const [LANES, BATCH] = [8, 100];
const order = await readOrder();
const tenant = tenantPool(order, LANES);
const boss = new PgBoss({ ...order.owner, max: LANES, supervise: false, schedule: false });
boss.on("error", (error) => console.error(error));
await boss.start();
const queue = `touch-${order.tenant}`;
await boss.createQueue(queue);
const ids = await enrollments(tenant, order);
for (let from = 0; from < ids.length; from += 1000) {
  await boss.insert(queue, ids.slice(from, from + 1000).map((enrollment) => ({ data: { enrollment } })));
}

let done = 0;
async function lane() {
  for (;;) {
    const jobs = await boss.fetch(queue, { batchSize: BATCH });
    if (!jobs?.length) return;
    for (const job of jobs) await touch(tenant, order, job.data.enrollment);
    await boss.complete(queue, jobs.map((job) => job.id));
    done += jobs.length;
  }
}
const begun = performance.now();
await Promise.all(Array.from({ length: LANES }, lane));
if (done !== order.jobs) throw new Error(`${done} of ${order.jobs} jobs were done`);
answer(begun);
await boss.stop({ graceful: false });
await tenant.end();
