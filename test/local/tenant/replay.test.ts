// The recorded requests of six public clients, sent to the simulated tenant: normal cases with nothing armed, fault cases with their fault.
// What must agree: status, headers that clients act on, the rows by guid, every member of a recorded row, and the shape of errors.
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { test } from 'node:test';
import { gunzipSync } from 'node:zlib';
import { faultOf, pageSizeOf, readRecordings, recordedWorld, type Exchange, type Recording } from './recorded-clients.ts';
import { startTestServer, type Answer, type Json, type TestServer } from './tenant-under-test.ts';

const FRONT_DOOR = 'outlook.office365.com';
const REGIONAL_HOST = 'eurprd05.outlook.office365.com';

/** What one call has been given so far, for placeholders. */
class Run {
  private readonly guids = new Map<string, string>();
  private readonly tokens = new Map<string, string>();
  private cookie = '';
  private cmdlet = '';
  private readonly server: TestServer;

  constructor(server: TestServer) {
    this.server = server;
  }

  fill(text: string): string {
    const { tenantId, token } = this.server;
    return text
      .replaceAll('{tenantId}', tenantId)
      .replaceAll('{token}', token)
      .replaceAll(/\{(guid\d+|connectionGuid|requestGuid|requestGuidWithoutDashes)\}/g, (name) => this.guid(name))
      .replaceAll('exchangecookie=backend1', this.cookie);
  }

  /** Continuations of a batch belong to the cmdlet of their item. */
  body(recorded: unknown): string | undefined {
    if (recorded === null || recorded === '') return undefined;
    const body = structuredClone(recorded) as Json;
    for (const item of body.requests ?? []) item.url = this.link(item.url, item.body?.CmdletInput?.CmdletName ?? '');
    this.cmdlet = body.CmdletInput?.CmdletName ?? this.cmdlet;
    return this.fill(JSON.stringify(body));
  }

  path(recorded: string): string {
    return this.fill(this.link(recorded, this.cmdlet));
  }

  learn(answer: Answer, sent: Json): void {
    const [cookie = ''] = answer.headers['set-cookie']?.[0]?.split(';') ?? [];
    if (cookie !== '') this.cookie = cookie;
    if (answer.status !== 200 || !answer.text.startsWith('{')) return;
    const json = safeJson(answer.text);
    this.note(this.cmdlet, json);
    for (const response of json?.responses ?? []) {
      const item = sent?.requests?.find((one: Json) => this.fill(String(one.id)) === response.id);
      this.note(item?.body?.CmdletInput?.CmdletName ?? '', response.body);
    }
  }

  private note(cmdlet: string, json: Json): void {
    const token = /%24skiptoken=([^&]+)/.exec(String(json?.['@odata.nextLink'] ?? ''))?.[1];
    if (token) this.tokens.set(cmdlet, token);
  }

  private link(url: string, cmdlet: string): string {
    return url.replace(/DB9PR05MB0001\.page\d+/, () => this.tokens.get(cmdlet) ?? 'none');
  }

  private guid(name: string): string {
    if (name.startsWith('{request')) return name.includes('Without') ? randomUUID().replaceAll('-', '') : randomUUID();
    const known = this.guids.get(name) ?? randomUUID();
    this.guids.set(name, known);
    return known;
  }
}

function safeJson(text: string): Json {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** A fault is armed for the exchange that shows it: an error, or an answer with status 200 that is out of order. */
function arms({ case: name, request, response, seq }: Exchange, host: string): boolean {
  if (!host.startsWith(FRONT_DOOR)) return false;
  // One client repeats the write until the recorded server has had enough.
  if (name.startsWith('casmailbox-20')) return typeof response.body !== 'object' || response.body === null;
  if (/^(list-value|list-nextlink|list-extra|ok-200|list-affinity)/.test(name)) return seq === 1 || !/list-affinity/.test(name);
  return response.status !== 200 || (name === 'batch-item-429' && request.body !== null);
}

async function replay(server: TestServer, run: Run, exchange: Exchange): Promise<Answer> {
  const { request } = exchange;
  const fault = faultOf(exchange.case);
  const argument = exchange.response.headers['Retry-After'];
  const isSeconds = argument !== undefined && /^\d+$/.test(argument);
  if (fault && arms(exchange, request.host)) server.tenant.faults.arm({ name: fault, ...(isSeconds ? { argument } : {}) });
  const body = run.body(request.body);
  const path = run.path(request.path);
  const headers = Object.fromEntries(Object.entries(request.headers).map(([name, value]) => [name, run.fill(value)]));
  const isRegional = request.host.startsWith(REGIONAL_HOST);
  const answer = await server.send({ method: request.method, path, headers, isRegional, ...(body === undefined ? {} : { body }) });
  run.learn(answer, request.body);
  return answer;
}

/** Names of members and the kinds of their values, all the way down. */
function shape(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(shape);
  if (typeof value !== 'object' || value === null) return typeof value;
  return Object.fromEntries(
    Object.entries(value)
      .map(([name, member]) => [name, shape(member)])
      .toSorted(([left], [right]) => String(left).localeCompare(String(right))),
  );
}

function compareRows(actual: Json, recorded: Json, { rowKeys }: Recording, selected: boolean): void {
  const rows = (recorded ?? []).filter((row: Json) => row.$keys !== undefined);
  assert.deepEqual(
    actual.slice(0, rows.length).map((row: Json) => row.Guid),
    rows.map((row: Json) => row.Guid),
  );
  for (const [position, row] of rows.entries()) {
    const missing = (rowKeys[row.$keys] ?? []).filter((name) => !(name in actual[position]));
    // A null has no annotation: whether a date is there depends on the row.
    assert.deepEqual(
      missing.filter((name) => !name.includes('@') || actual[position][name.slice(0, name.indexOf('@'))] !== null),
      [],
    );
    if (selected) assert.deepEqual(Object.keys(actual[position]).toSorted(), [...(rowKeys[row.$keys] ?? [])].toSorted());
  }
}

function compareEnvelope(actual: Json, recorded: Json, recording: Recording, { case: name, request }: Exchange): void {
  if (recorded.error) {
    const { warnings: _, ...expected } = recorded;
    assert.deepEqual(shape(actual), shape(expected));
    return;
  }
  assert.equal(typeof actual['@odata.context'], 'string');
  if (recorded['@adminapi.warnings']) assert.ok(Array.isArray(actual['@adminapi.warnings']));
  assert.equal(typeof actual['@odata.nextLink'], typeof recorded['@odata.nextLink'], 'next link');
  if (Array.isArray(recorded.value)) compareRows(actual.value, recorded.value, recording, /\$select=Guid/.test(request.path));
  else assert.equal(actual.value, recorded.value);
  const isWarned = name.includes('no-change') && !request.path.endsWith('$batch');
  if (isWarned) assert.deepEqual(actual['@adminapi.warnings'].length, 1);
}

function compareBytes(answer: Answer, { $bytes: kind, length }: { $bytes: string; length: number }): void {
  const bytes = kind === 'NUL' ? answer.bytes : gunzipSync(answer.bytes);
  assert.equal(bytes.length, length);
  assert.ok(bytes.every((byte) => byte === 0));
}

function compareBody(answer: Answer, exchange: Exchange, recording: Recording): void {
  const { body } = exchange.response;
  if (exchange.response.status === 204) return assert.equal(answer.text, '');
  if (typeof body === 'string') {
    if (body === '' || body.startsWith('<')) assert.equal(answer.text, body);
    else if (exchange.case === 'ok-200-truncated-json') assert.equal(safeJson(answer.text), undefined);
    else assert.ok(answer.text.length > 0);
    return;
  }
  if (body?.$bytes) return compareBytes(answer, body);
  const json = JSON.parse(answer.text);
  if (!body?.responses) return compareEnvelope(json, body, recording, exchange);
  assert.equal(json.responses.length, body.responses.length);
  const statuses = (responses: Json[]): number[] => responses.map(({ status }) => status).toSorted((left, right) => left - right);
  if (exchange.case !== 'batch-item-429') assert.deepEqual(statuses(json.responses), statuses(body.responses));
  else assert.equal(statuses(json.responses).at(-1), 429);
}

const ACTED_ON = ['Retry-After', 'Content-Encoding', 'Location', 'WWW-Authenticate'];

function compareHeaders(answer: Answer, { response }: Exchange, tenantId: string): void {
  for (const name of ACTED_ON) {
    const recorded = response.headers[name]?.replaceAll('{tenantId}', tenantId);
    const actual = name === 'Location' ? answer.headers.location?.split('?')[0] : answer.headers[name.toLowerCase()];
    if (recorded === '{httpDate}') assert.ok(Date.parse(String(actual)) > 0);
    else if (recorded !== undefined && answer.status !== 401) assert.equal(actual, recorded, name);
    else if (recorded === undefined && name !== 'WWW-Authenticate') assert.equal(actual, undefined, name);
  }
  const type = response.headers['Content-Type'];
  if (type && response.status !== 204) assert.ok(String(answer.headers['content-type']).startsWith(type.split(';')[0] ?? ''));
}

/** What a normal write must have left behind. */
function checkWritten(server: TestServer, name: string): void {
  const { mailboxes, devices } = server.organization;
  const { allowedDeviceIds, blockedDeviceIds } = mailboxes.settings(0);
  if (name === 'casmailbox-add') assert.ok(allowedDeviceIds.includes('ApplDNQX1000') || allowedDeviceIds.join() === 'A,B');
  if (name === 'casmailbox-block') assert.deepEqual(blockedDeviceIds, ['ApplDNQX1000']);
  if (name === 'casmailbox-add-remove') assert.equal(allowedDeviceIds.length + blockedDeviceIds.length, 1);
  if (name === 'clear-account-only') assert.equal(devices.read(0, server.world.clock.now()).status, 'AccountOnlyDeviceWipePending');
  if (name === 'remove-device') assert.deepEqual(devices.ofMailbox(0), []);
}

/** One client gets its tokens first, partly for a person with a refresh token: delegated access is none of ours. */
function isOurs({ request }: Exchange): boolean {
  return request.host !== 'login.microsoftonline.com';
}

test('every recorded request of six public clients gets a compatible answer', async (context) => {
  const server = await startTestServer({ mailboxes: 1 });
  const recordings = readRecordings();
  let exchanges = 0;

  for (const recording of recordings) {
    for (const call of recording.calls) {
      const [first] = call;
      if (!first) continue;
      await context.test(`${recording.name}, call ${first.call}: ${first.case}`, async () => {
        await server.use(recordedWorld(first.case));
        server.tenant.setSwitches({ pageSize: pageSizeOf(first.case), regionalHost: REGIONAL_HOST });
        const run = new Run(server);
        for (const exchange of call.filter(isOurs)) {
          const answer = await replay(server, run, exchange);
          exchanges += 1;

          assert.equal(answer.status, exchange.response.status, `${exchange.seq}: ${answer.text.slice(0, 300)}`);
          compareHeaders(answer, exchange, server.tenantId);
          compareBody(answer, exchange, recording);
        }
        checkWritten(server, first.case);
      });
    }
  }

  assert.equal(recordings.length, 6);
  assert.ok(exchanges > 300);
});
