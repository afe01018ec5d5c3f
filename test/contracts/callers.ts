// What every Callers promises. Run on memory and on the verification of tokens of the simulated Entra.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { Callers } from '../../src/domain/caller.ts';

/** Somebody who can prove who they are. */
export interface CallersScene {
  readonly callers: Callers;
  readonly token: string;
  readonly tenantId: string;
  readonly objectId: string;
}

/** Declares the suite. */
export function callersContract(name: string, makeScene: () => Promise<CallersScene>): void {
  describe(`callers contract: ${name}`, () => {
    test('a valid token names its person, the same one every time', async () => {
      const { callers, token, tenantId, objectId } = await makeScene();
      const headers = new Headers({ Authorization: `Bearer ${token}` });

      const [first, second] = [await callers.identify(headers), await callers.identify(headers)];

      assert.deepEqual(second, first);
      assert.deepEqual([first.tenantId, first.objectId, first.kind, first.via], [tenantId, objectId, 'user', 'token']);
    });

    test('a request without anything, and one with a wrong token, has no caller', async () => {
      const { callers, token } = await makeScene();

      await assert.rejects(callers.identify(new Headers()), { code: 'caller.unknown' });
      await assert.rejects(callers.identify(new Headers({ authorization: `Bearer ${token}x.y.z` })), { code: 'caller.unknown' });
      await assert.rejects(callers.identify(new Headers({ authorization: 'Bearer' })), { code: 'caller.unknown' });
    });
  });
}
