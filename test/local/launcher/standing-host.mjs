// Stands in for the Functions host in tests of the launcher: answers /api/health with what it was given, and ends when told to.
import { appendFileSync, mkdirSync } from 'node:fs';
import { createServer } from 'node:http';
import { join } from 'node:path';
import { parseArgs } from 'node:util';

const { values } = parseArgs({
  options: { app: { type: 'string' }, data: { type: 'string' }, port: { type: 'string' }, 'sign-in': { type: 'string' } },
});
const note = (what) => appendFileSync(join(values.data, 'journal.txt'), `${what}\n`);
mkdirSync(values.data, { recursive: true });
note(`started ${process.pid}`);

if (process.env.STANDING_HOST_FAILS === 'yes') {
  console.error('host.json is wrong');
  process.exit(3);
}
const server = createServer((request, response) => {
  const { AzureWebJobsStorage, TASK_HUB, FUNCTIONS_WORKER_RUNTIME, EXCHANGE_ENDPOINT, NODE_EXTRA_CA_CERTS } = process.env;
  const settings = { AzureWebJobsStorage, TASK_HUB, FUNCTIONS_WORKER_RUNTIME, EXCHANGE_ENDPOINT, NODE_EXTRA_CA_CERTS };
  const isHealth = request.url === '/api/health';
  response.writeHead(isHealth ? 200 : 404, { 'content-type': 'application/json' });
  response.end(JSON.stringify(isHealth ? { pid: process.pid, app: values.app, signIn: values['sign-in'], ...settings } : {}));
});
server.listen(Number(values.port), '127.0.0.1', () => {
  console.log(`Task hub ${process.env.TASK_HUB}, storage ${process.env.AzureWebJobsStorage}`);
});
process.once('SIGTERM', () => {
  note('draining');
  if (process.env.STANDING_HOST_HANGS === 'yes') return;
  server.close();
  server.closeAllConnections();
  note('drained');
});
