// What every StatusMessageStore promises. Run on memory and on Azurite.
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { describe, test } from 'node:test';
import { addMs } from '../../src/domain/instant.ts';
import { parseOrganizationId } from '../../src/domain/organization.ts';
import type { OrganizationId } from '../../src/domain/organization.ts';
import { statusMessage } from '../../src/domain/status-message.ts';
import type { StatusFact, StatusFilter, StatusMessage } from '../../src/domain/status-message.ts';
import type { StatusMessageStore } from '../../src/domain/status-message-store-port.ts';

const START = '2026-03-01T06:00:00.000Z';
const FACTS: readonly StatusFact[] = [
  { name: 'connectionRestored', inserts: {} },
  { name: 'cmdletFailed', inserts: { cmdlet: 'Get-MobileDevice' } },
  { name: 'auditDamaged', inserts: { problems: 1, first: 'x' } },
];

/** Messages a minute apart, oldest first: information, warning, error, and so on. */
async function keep(store: StatusMessageStore, count: number): Promise<{ organization: OrganizationId; messages: StatusMessage[] }> {
  const organization = parseOrganizationId(randomUUID()) ?? assert.fail();
  const messages: StatusMessage[] = [];
  for (let index = 0; index < count; index += 1) {
    const occasion = {
      organization,
      at: addMs(START, index * 60_000),
      id: `message/${index}`,
      related: { kind: 'run', id: `r${index}` },
    } as const;
    const message = statusMessage(FACTS[index % FACTS.length] ?? assert.fail(), occasion);
    messages.push(message);
    await store.add(message);
  }
  return { organization, messages };
}

/** All pages of a list. */
async function readAll(
  store: StatusMessageStore,
  organization: OrganizationId,
  filter: StatusFilter,
  top: number,
): Promise<StatusMessage[]> {
  const found: StatusMessage[] = [];
  let continuation: string | undefined;
  for (let page = 0; page < 100; page += 1) {
    const listed = await store.list(organization, { filter, top, ...(continuation !== undefined && { continuation }) });
    assert.ok(listed.values.length <= top);
    found.push(...listed.values);
    ({ continuation } = listed);
    if (continuation === undefined) return found;
  }
  return assert.fail('the list has no end');
}

/** Declares the suite. */
export function statusMessageStoreContract(name: string, makeStore: () => StatusMessageStore): void {
  describe(`status message store contract: ${name}`, () => {
    test('messages come back newest first, page by page, each once', async () => {
      const store = makeStore();
      const { organization, messages } = await keep(store, 11);
      await keep(store, 2);

      const pages = await Promise.all([1, 4, 11, 50].map((top) => readAll(store, organization, {}, top)));

      for (const page of pages) assert.deepEqual(page, messages.toReversed());
    });

    test('of the same moment and id the first stays; another id of the moment is another message', async () => {
      const store = makeStore();
      const { organization, messages } = await keep(store, 1);
      const [first = assert.fail()] = messages;

      const again = await store.add({ ...first, text: 'another text' });
      const other = await store.add({ ...first, id: 'other' });

      assert.deepEqual([again, other], [false, true]);
      const texts = (await readAll(store, organization, {}, 10)).map(({ text }) => text);
      assert.deepEqual(texts, [first.text, first.text]);
    });

    test('of many who add the same message at once one adds it', async () => {
      const store = makeStore();
      const organization = parseOrganizationId(randomUUID()) ?? assert.fail();
      const message = statusMessage({ name: 'installed', inserts: { attempts: 1 } }, { organization, at: START, id: 'installed-1' });

      const added = await Promise.all([1, 2, 3, 4].map(() => store.add(message)));

      assert.equal(added.filter(Boolean).length, 1);
      assert.deepEqual(await readAll(store, organization, {}, 10), [message]);
    });

    test('filters choose by severity, component, number and time, alone and together', async () => {
      const store = makeStore();
      const { organization, messages } = await keep(store, 9);
      const at = (index: number): string => messages[index]?.at ?? assert.fail();
      const filters: StatusFilter[] = [
        { severity: 'warning' },
        { component: 'AUDIT' },
        { number: 61_006 },
        { number: 1 },
        { from: at(3) },
        { to: at(3) },
        { from: at(2), to: at(5) },
        { from: at(2), to: at(5), severity: 'error' },
        { severity: 'warning', component: 'AUDIT' },
      ];

      for (const filter of filters) {
        const found = await readAll(store, organization, filter, 2);
        const expected = messages.filter(
          (message) =>
            (filter.severity ?? message.severity) === message.severity &&
            (filter.component ?? message.component) === message.component &&
            (filter.number ?? message.number) === message.number &&
            message.at >= (filter.from ?? message.at) &&
            (filter.to === undefined || message.at < filter.to),
        );
        assert.deepEqual(found, expected.toReversed(), JSON.stringify(filter));
      }
    });

    test('a purge removes what is older than a time, and of that organization only', async () => {
      const store = makeStore();
      const [{ organization, messages }, other] = [await keep(store, 6), await keep(store, 6)];

      const purged = await store.purge(organization, messages[4]?.at ?? assert.fail());
      const again = await store.purge(organization, messages[4]?.at ?? assert.fail());

      assert.deepEqual([purged, again], [4, 0]);
      assert.deepEqual(await readAll(store, organization, {}, 10), messages.slice(4).toReversed());
      assert.equal((await readAll(store, other.organization, {}, 10)).length, 6);
    });

    test('a place to go on from that no list gave is refused', async () => {
      const store = makeStore();
      const { organization } = await keep(store, 1);

      for (const continuation of ['', 'x', '{}', '{"after":1}', 'null']) {
        await assert.rejects(store.list(organization, { filter: {}, top: 1, continuation }), { code: 'store.unexpected' });
      }
    });
  });
}
