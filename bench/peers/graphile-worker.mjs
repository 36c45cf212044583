// graphile-worker at the settings that were best for short jobs: a local queue, completions written in batches.
import { makeWorkerUtils, run, Logger } from "graphile-worker";
import { answer, enrollments, ownerPool, readOrder, tenantPool, touch } from "./order.mjs";

const CONCURRENCY = 10;
const order = await readOrder();
const owner = ownerPool(order, CONCURRENCY + 4);
const tenant = tenantPool(order, CONCURRENCY);
const logger = new Logger(() => (level, message) => {
  if (level === "error") console.error(message);
});
const utils = await makeWorkerUtils({ pgPool: owner, logger });
await utils.migrate();
await owner.query("truncate graphile_worker._private_jobs");
await enrollments(tenant, order);
await owner.query(
  `select graphile_worker.add_job('touch', json_build_object('enrollment', enrollment_id))
   from enrollment_touches where tenant_id = $1 and status = 'pending' order by scheduled_at`,
  [order.tenant],
);
await owner.query("analyze graphile_worker._private_jobs");

let done = 0;
let finished;
const all = new Promise((resolve, reject) => (finished = { resolve, reject }));
const begun = performance.now();
const runner = await run({
  pgPool: owner,
  logger,
  noHandleSignals: true,
  preset: {
    worker: {
      concurrentJobs: CONCURRENCY,
      pollInterval: 200,
      localQueue: { size: 500 },
      completeJobBatchDelay: 0,
      failJobBatchDelay: 0,
    },
  },
  taskList: {
    async touch({ enrollment }) {
      try {
        await touch(tenant, order, enrollment);
      } catch (error) {
        finished.reject(error);
        throw error;
      }
      done += 1;
      if (done === order.jobs) finished.resolve();
    },
  },
});
await all;
answer(begun);
await runner.stop();
await Promise.all([owner.end(), tenant.end()]);
