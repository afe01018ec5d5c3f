// The daily check of all chains: what it says where, and that one chain does not keep it from the others.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createMemoryTable } from '../../src/adapters/memory/memory-table.ts';
import { createStatusMessageStore } from '../../src/adapters/tables/status-message-store.ts';
import { AppError } from '../../src/domain/errors.ts';
import type { StatusMessage } from '../../src/domain/status-message.ts';
import type { StatusMessageStore } from '../../src/domain/status-message-store-port.ts';
import { sequenceAudit } from '../../src/operations/sequence-audit.ts';
import { watchAudit } from '../../src/operations/watch-audit.ts';
import { erase } from '../support/audit-attack.ts';
import { createAuditScene, entryAt, aRun, ALICE, KEEP_DAYS } from '../support/audit-scene.ts';
import type { AuditScene } from '../support/audit-scene.ts';
import { organization } from '../support/discovery-scene.ts';
import { tempDirectory } from '../support/temp-directory.ts';

const folder = tempDirectory('watch-audit');

interface Watched extends AuditScene {
  readonly statusMessages: StatusMessageStore;
  messages(): Promise<readonly StatusMessage[]>;
}

/** Ten records of an organization and one of the deployment. */
async function twoChains(): Promise<Watched> {
  const scene = createAuditScene(folder);
  const statusMessages = createStatusMessageStore(createMemoryTable('StatusMessages'), scene.clock);
  for (let index = 1; index <= 10; index += 1) await scene.change(`e${index}`);
  const { event } = entryAt(scene.clock.now(), 'denied', aRun('x'), ALICE);
  await scene.ports.auditOutbox.add({ event: { ...event, chain: 'deployment' } });
  await sequenceAudit(scene.ports);
  return { ...scene, statusMessages, messages: async () => (await statusMessages.list(organization, { filter: {}, top: 10 })).values };
}

const errorsOf = ({ lines }: AuditScene): unknown[] =>
  lines
    .filter(({ level, event }) => level === 'error' && event.startsWith('audit.'))
    .map(({ event, fields }) => [event, fields['chain'], fields['text'] ?? fields['findings']]);

test('chains that nobody touched raise nothing', async () => {
  const scene = await twoChains();

  const reports = await watchAudit({ ...scene.ports, statusMessages: scene.statusMessages }, { keepDays: KEEP_DAYS });

  assert.deepEqual(
    reports.map(({ chain, records, findings }) => [chain, records, findings]),
    [
      [organization, 10, []],
      ['deployment', 1, []],
    ],
  );
  assert.deepEqual([errorsOf(scene), await scene.messages()], [[], []]);
});

test('each fault is told in the log, and one status message tells the organization of all', async () => {
  const scene = await twoChains();
  await erase(scene.rows, 6);
  await erase(scene.rows, 3);

  await watchAudit({ ...scene.ports, statusMessages: scene.statusMessages }, { keepDays: KEEP_DAYS });

  const missing = (record: number): string =>
    `Missing: record ${record}. Somebody deleted rows of the audit; the rows around them still speak of them.`;
  assert.deepEqual(errorsOf(scene), [
    ['audit.finding', organization, missing(6)],
    ['audit.finding', organization, missing(3)],
    ['audit.broken', organization, 2],
  ]);
  const [message, ...more] = await scene.messages();
  assert.deepEqual([message?.number, message?.severity, more.length], [61_201, 'error', 0]);
  assert.equal(message?.text, `The verification of the audit found 2 problems, the first: ${missing(6)}`);
});

test('a chain that cannot be checked is told as such, and the others are checked all the same', async () => {
  const scene = await twoChains();
  const audit = {
    ...scene.ports.audit,
    lastSigned: async (chain: string) => {
      if (chain === organization) throw new AppError('store.unavailable', { request: 'reading the last head' });
      return undefined;
    },
  };

  const reports = await watchAudit({ ...scene.ports, audit, statusMessages: scene.statusMessages }, { keepDays: KEEP_DAYS });

  assert.deepEqual(
    reports.map(({ chain }) => chain),
    ['deployment'],
  );
  assert.deepEqual(
    (await scene.messages()).map(({ number, text }) => [number, text.slice(0, 53)]),
    [[61_202, 'The audit could not be verified (store.unavailable). ']],
  );
});
