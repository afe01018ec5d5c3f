import assert from 'node:assert/strict';
import { test } from 'node:test';
import { organization } from '../../support/access-arbitraries.ts';
import { accessScene } from '../../support/access-scene.ts';
import { groupIds, userIds } from '../../support/access-arbitraries.ts';

const [user = '', other = ''] = userIds;
const [group = ''] = groupIds;

test('the directory of a tenant without a connector is not asked, and nobody is in its groups', async () => {
  const { ports, asked } = await accessScene();

  assert.deepEqual([...(await ports.memberships.among('20000000-0000-4000-8000-000000000009', user, [group]))], []);
  assert.deepEqual([...(await ports.memberships.among('not a tenant', user, [group]))], []);
  assert.deepEqual(asked, []);
});

test('two questions at the same time are asked once, and another group or another caller is another question', async () => {
  const { ports, directory, asked } = await accessScene();
  directory.putGroup({ id: group, members: [user] });
  const ask = (objectId: string, groups: readonly string[]): Promise<ReadonlySet<string>> =>
    ports.memberships.among(organization, objectId, groups);

  const answers = await Promise.all([ask(user, [group]), ask(user, [group]), ask(other, [group]), ask(user, groupIds)]);

  assert.deepEqual(
    answers.map((groups) => [...groups]),
    [[group], [group], [], [group]],
  );
  assert.equal(asked.length, 3);
});

test('however many callers come, answers are remembered for a thousand of them at most', async () => {
  const { ports, asked } = await accessScene();
  const caller = (number: number): string => `00000000-0000-4000-8000-${String(number).padStart(12, '0')}`;
  for (let number = 0; number < 1001; number += 1) await ports.memberships.among(organization, caller(number), [group]);
  await ports.memberships.among(organization, caller(1000), [group]);
  const before = asked.length;
  await ports.memberships.among(organization, caller(0), [group]);

  assert.deepEqual([before, asked.length], [1001, 1002]);
});
