import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import * as fc from 'fast-check';
import type { AnswerOf, MailboxesRest } from '../../src/domain/discovery-task.ts';
import type { RunTask } from '../../src/domain/run-task.ts';
import { partitionDigits } from '../../src/domain/store-page.ts';
import { readMailboxes } from '../../src/operations/read-mailboxes.ts';
import { createDiscoveryScene, mailboxAt, mailboxGuid, organization, userId } from '../support/discovery-scene.ts';
import type { DiscoveryScene, SceneOptions } from '../support/discovery-scene.ts';
import { doneOf, startingOver, withExchange } from './reading-steps.ts';

function aScene(mailboxes: number, options: SceneOptions = {}): DiscoveryScene {
  const scene = createDiscoveryScene(options);
  for (let index = 0; index < mailboxes; index += 1) scene.addMailbox(index);
  return scene;
}

async function storedMailboxes({ ports }: DiscoveryScene): Promise<readonly string[]> {
  const found: string[] = [];
  for (const digit of partitionDigits) {
    for await (const page of ports.mailboxes.pages(organization, digit)) found.push(...page.map(({ mailbox }) => mailbox.guid));
  }
  return found;
}

/** Which of so many mailboxes the file of owners finds, and whether they are covered. */
async function ownersIn(scene: DiscoveryScene, task: RunTask, count: number): Promise<(boolean | undefined)[]> {
  const owners = await scene.ports.files.owners(scene.keyOf(task));
  return Array.from({ length: count }, (_, index) => owners?.find(mailboxAt(index).distinguishedName ?? '')?.isInScope);
}

/** Reads stretch after stretch, at most `most` of them. */
async function readToEnd(scene: DiscoveryScene, task: RunTask, most: number): Promise<readonly AnswerOf<'mailboxes-read'>[]> {
  const answers: AnswerOf<'mailboxes-read'>[] = [];
  let rest: MailboxesRest | undefined;
  do {
    const answer = await readMailboxes(scene.ports, { ...task, ...(rest && { rest }) });
    answers.push(answer);
    rest = answer.outcome === 'done' ? answer.rest : undefined;
  } while (rest && answers.length < most);
  assert.equal(rest, undefined, 'the list was not read to its end');
  return answers;
}

/** Every page of the list of mailboxes takes so long. */
function slowList(pageMs: number): SceneOptions & { clock?: DiscoveryScene['clock'] } {
  const options: SceneOptions & { clock?: DiscoveryScene['clock'] } = {
    ports: withExchange((exchange) => ({
      async *listMailboxAccess(query, how) {
        for await (const page of exchange.listMailboxAccess(query, how)) {
          options.clock?.advance(pageMs);
          yield page;
        }
      },
    })),
  };
  return options;
}

describe('mailboxes', () => {
  test('are stored, and their devices find them by their names', async () => {
    const scene = aScene(7);
    const task = await scene.begin();

    scene.addMailbox(2, { hasDevicePartnership: true });

    const { mailboxes, withDevices, rest } = doneOf(await readMailboxes(scene.ports, task));

    assert.deepEqual([mailboxes, withDevices, rest], [7, 1, undefined]);
    assert.equal((await storedMailboxes(scene)).length, 7);
    const owners = await scene.ports.files.owners(scene.keyOf(task));
    const found = owners?.find(mailboxAt(3).distinguishedName?.toUpperCase() ?? '');
    assert.deepEqual(found, {
      owner: { kind: 'mailbox', mailbox: mailboxGuid(3), user: userId(3), userName: 'user3' },
      isInScope: true,
    });
  });

  test('that are just those of the list are not read once more from storage', async () => {
    const { ports, ...scene } = aScene(40);
    let pages = 0;
    const { mailboxes } = ports;
    const counted: typeof mailboxes = {
      get: (...given) => mailboxes.get(...given),
      writer: (...given) => mailboxes.writer(...given),
      pages: (...given) => {
        pages += 1;
        return mailboxes.pages(...given);
      },
      withDistinguishedName: (...given) => mailboxes.withDistinguishedName(...given),
      remove: (...given) => mailboxes.remove(...given),
      rebuildLookups: (...given) => mailboxes.rebuildLookups(...given),
      removeAll: (...given) => mailboxes.removeAll(...given),
    };
    for (const _ of ['first', 'second']) {
      const task = await scene.begin();
      doneOf(await readMailboxes({ ...ports, mailboxes: counted }, task));

      assert.equal(pages, 0);
      const owners = await ownersIn({ ...scene, ports }, task, 41);
      assert.deepEqual(owners, [...Array.from({ length: 40 }, () => true), undefined]);
    }
  });

  test('that are not in a complete list any more are removed', async () => {
    const scene = aScene(5);
    doneOf(await readMailboxes(scene.ports, await scene.begin()));
    scene.world.mailboxes.delete(mailboxGuid(2));
    const task = await scene.begin();

    doneOf(await readMailboxes(scene.ports, task));

    assert.deepEqual(await storedMailboxes(scene), [0, 1, 3, 4].map(mailboxGuid));
    assert.deepEqual(await ownersIn(scene, task, 5), [true, true, undefined, true, true]);
  });

  test('stay when a row came without an id, because it may be theirs', async () => {
    const gaps = withExchange((exchange) => ({
      async *listMailboxAccess(query, options) {
        for await (const page of exchange.listMailboxAccess(query, options)) yield { ...page, unidentified: 1 };
      },
    }));
    const scene = aScene(3, { ports: gaps });
    doneOf(await readMailboxes(scene.ports, await scene.begin()));
    scene.world.mailboxes.delete(mailboxGuid(1));
    const task = await scene.begin();

    doneOf(await readMailboxes(scene.ports, task));

    assert.deepEqual(await ownersIn(scene, task, 3), [true, true, true]);
  });

  test('without a distinguished name are stored and own nothing', async () => {
    const scene = aScene(1);
    const { distinguishedName: _, ...nameless } = mailboxAt(1);
    scene.world.mailboxes.set(nameless.guid, { access: nameless, mailbox: nameless });

    const { mailboxes } = doneOf(await readMailboxes(scene.ports, await scene.begin()));

    assert.equal(mailboxes, 2);
    assert.equal((await storedMailboxes(scene)).length, 2);
  });

  test('are counted from where the list had to begin again', async () => {
    const overs = withExchange((exchange) => ({ listMailboxAccess: (query, how) => startingOver(exchange.listMailboxAccess(query, how)) }));
    const scene = aScene(8, { ports: overs });

    const { mailboxes } = doneOf(await readMailboxes(scene.ports, await scene.begin()));

    assert.equal(mailboxes, 8);
  });
});

describe('a list of mailboxes that lacks many', () => {
  /** A list that ends after its first page without a sign. */
  const cutShort = withExchange((exchange) => ({
    async *listMailboxAccess(query, options) {
      for await (const page of exchange.listMailboxAccess(query, options)) {
        yield page;
        return;
      }
    },
  }));

  test('fails when some of them are there after all, and takes nobody’s owner away', async () => {
    const { ports: whole, ...scene } = aScene(40);
    const cut = { ...whole, ...cutShort(whole) };
    doneOf(await readMailboxes(whole, await scene.begin()));

    const reading = readMailboxes(cut, await scene.begin());

    await assert.rejects(reading, /\[exchange\.incomplete\]/);
    assert.equal((await storedMailboxes({ ...scene, ports: whole })).length, 40);
  });

  test('is believed when none of them is there', async () => {
    const scene = aScene(40);
    doneOf(await readMailboxes(scene.ports, await scene.begin()));
    for (let index = 5; index < 40; index += 1) scene.world.mailboxes.delete(mailboxGuid(index));

    doneOf(await readMailboxes(scene.ports, await scene.begin()));

    assert.equal((await storedMailboxes(scene)).length, 5);
    assert.deepEqual(
      scene.lines.map(({ event }) => event),
      ['Many mailboxes are gone'],
    );
  });
});

describe('the connector’s scope', () => {
  test('covers the members of its groups and of the groups in them', async () => {
    const scene = aScene(4);
    for (const index of [0, 1, 2, 3]) scene.addUser(index);
    scene.directory.putGroup({ id: 'inner', members: [userId(2)] });
    scene.directory.putGroup({ id: 'sales', members: [userId(0), 'inner'] });
    await scene.connect({ scope: { kind: 'groups', groupIds: ['sales'] } });
    const task = await scene.begin();

    doneOf(await readMailboxes(scene.ports, task));

    assert.deepEqual(await ownersIn(scene, task, 4), [true, false, true, false]);
  });

  test('covers mailboxes with any address in its domains', async () => {
    const scene = aScene(3);
    scene.addMailbox(1, { emailAddresses: ['SMTP:user1@contoso.example', 'smtp:u1@Fabrikam.example', 'SIP:user1@other.example'] });
    scene.addMailbox(2, { emailAddresses: ['SMTP:user2@contoso.example', 'SIP:user2@fabrikam.example'] });
    await scene.connect({ scope: { kind: 'domains', domains: ['fabrikam.example'] } });
    const task = await scene.begin();

    doneOf(await readMailboxes(scene.ports, task));

    assert.deepEqual(await ownersIn(scene, task, 3), [false, true, false]);
  });

  test('that names a group which does not exist is refused', async () => {
    const scene = aScene(1);
    await scene.connect({ scope: { kind: 'groups', groupIds: [userId(77)] } });

    const answer = await readMailboxes(scene.ports, await scene.begin());

    assert.equal(answer.outcome, 'refused');
    assert.equal(answer.code, 'group.missing');
  });
});

describe('a list of mailboxes that takes longer than one activity may', () => {
  test('is cut by display names and read in stretches to the same end', async () => {
    const names = ['Ann', 'anna', 'Bea', 'Ёлка', 'éva', '', '#1', 'Zed', 'Zoe', 'Åsa'];
    const mailboxNames = fc.array(fc.tuple(fc.constantFrom(...names), fc.constantFrom('', ' B', 'b', '’')), {
      minLength: 1,
      maxLength: 60,
    });
    await fc.assert(
      fc.asyncProperty(mailboxNames, fc.integer({ min: 20_000, max: 90_000 }), async (parts, pageMs) => {
        const options = slowList(pageMs);
        const scene = createDiscoveryScene(options);
        options.clock = scene.clock;
        for (const [index, [name, end]] of parts.entries()) scene.addMailbox(index, { displayName: `${name}${end}` });
        const task = await scene.begin();

        const answers = await readToEnd(scene, task, 60);

        const last = answers.at(-1);
        if (last?.outcome === 'refused') {
          // Display names that are all the same cannot be told apart.
          assert.equal(last.code, 'exchange.incomplete');
          return;
        }
        assert.equal(last?.outcome === 'done' && last.mailboxes >= parts.length, true);
        assert.deepEqual(new Set(await ownersIn(scene, task, parts.length)), new Set([true]));
      }),
      { numRuns: 30 },
    );
  });

  test('goes on behind what was read, so that no stretch reads what one before it has', async () => {
    const options = slowList(50_000);
    const scene = createDiscoveryScene(options);
    options.clock = scene.clock;
    for (let index = 0; index < 60; index += 1) scene.addMailbox(index, { displayName: `${'abcdefghij'.charAt(index % 10)}${index}` });
    const task = await scene.begin();

    const answers = await readToEnd(scene, task, 20);

    const counts = answers.map((answer) => (answer.outcome === 'done' ? answer.mailboxes : -1));
    assert.deepEqual(
      counts,
      counts.toSorted((a, b) => a - b),
    );
    assert.equal(counts.at(-1), 60);
    assert.ok(answers.length > 3);
  });

  test('is refused when display names do not tell mailboxes apart', async () => {
    const options = slowList(50_000);
    const scene = createDiscoveryScene(options);
    options.clock = scene.clock;
    for (let index = 0; index < 60; index += 1) scene.addMailbox(index, { displayName: 'Shared' });

    const answer = (await readToEnd(scene, await scene.begin(), 3)).at(-1);

    assert.equal(answer?.outcome, 'refused');
    assert.equal(answer.code, 'exchange.incomplete');
  });

  test('removes nobody before its last stretch', async () => {
    const options = slowList(50_000);
    const scene = createDiscoveryScene(options);
    for (let index = 0; index < 60; index += 1) scene.addMailbox(index, { displayName: `${'abcdefghij'.charAt(index % 10)}${index}` });
    doneOf(await readMailboxes(scene.ports, await scene.begin()));
    scene.world.mailboxes.delete(mailboxGuid(0));
    options.clock = scene.clock;

    const first = doneOf(await readMailboxes(scene.ports, await scene.begin()));

    assert.ok(first.rest);
    assert.equal((await storedMailboxes(scene)).length, 60);
  });
});
