// The conformance cases. Each adds its answers through the probe `t`; all of them are compared with expected.json.
import httpCases from './cases/http.mjs';
import adminCases from './cases/admin.mjs';
import timerCases from './cases/timer.mjs';
import queueCases from './cases/queue.mjs';
import clientCases from './cases/client.mjs';
import orchestrationCases from './cases/orchestration.mjs';

const grouped = {
  http: httpCases,
  admin: adminCases,
  timer: timerCases,
  queue: queueCases,
  client: clientCases,
  orchestration: orchestrationCases,
};

export const cases = Object.entries(grouped).flatMap(([group, list]) => list.map((item) => ({ group, ...item })));
