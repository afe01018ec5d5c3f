import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { bodyOf, isRead } from '../../../src/adapters/exchange/cmdlet-parameters.ts';
import { cmdletNames } from '../../../src/adapters/exchange/cmdlets.ts';

const id = '3f0c5a52-1111-4222-8333-944455556000';

describe('the list of cmdlets', () => {
  test('names each once, and none of the old ActiveSync device and policy names', () => {
    assert.equal(new Set(cmdletNames).size, cmdletNames.length);
    for (const name of cmdletNames) assert.doesNotMatch(name, /ActiveSync(?:Device|DeviceStatistics|MailboxPolicy)$/);
  });

  test('changes something with every cmdlet that does not begin with Get', () => {
    assert.deepEqual(
      cmdletNames.filter((name) => !isRead(name)).map((name) => name.split('-', 1)[0]),
      ['Clear', 'New', 'New', 'Remove', 'Remove', 'Remove', 'Set', 'Set', 'Set', 'Set'],
    );
  });

  for (const cmdlet of cmdletNames) {
    test(`lets ${cmdlet} through with nothing unknown and no identity that is blank, null or undefined`, () => {
      for (const wrong of [
        { Unknown: 1 },
        { Identity: '' },
        { Identity: null },
        { Identity: undefined },
        { Identity: ' ' },
        { Identity: [id] },
        null,
      ]) {
        const build = (): unknown => bodyOf({ cmdlet, parameters: wrong } as never);

        assert.throws(build, { code: 'internal' });
      }
    });
  }
});
