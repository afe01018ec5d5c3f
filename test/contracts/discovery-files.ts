// What every DiscoveryFiles promises. Run in memory and on Azurite.
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { beforeEach, describe, test } from 'node:test';
import { parseDeviceGuid, parseEntraObjectId, parseMailboxGuid } from '../../src/domain/device-identity.ts';
import type { DeviceGuid, MailboxGuid } from '../../src/domain/device-identity.ts';
import type { ManagedDevice } from '../../src/domain/directory-port.ts';
import type { DiscoveryFiles, FileWriter, KnownDevice, OwnerEntry, RunKey } from '../../src/domain/discovery-files-port.ts';
import { parseOrganizationId } from '../../src/domain/organization.ts';
import { runIdOf } from '../../src/domain/run.ts';

function present<T>(value: T | undefined): T {
  assert.notEqual(value, undefined);
  return value as T;
}

const newDeviceId = (): DeviceGuid => present(parseDeviceGuid(randomUUID()));
const newMailbox = (): MailboxGuid => present(parseMailboxGuid(randomUUID()));
const newUser = () => present(parseEntraObjectId(randomUUID()));
const newRun = (): RunKey => ({
  organization: present(parseOrganizationId(randomUUID())),
  runId: runIdOf('2026-03-01T06:00:00.000Z', randomUUID()),
});

/** Declares the suite; each test gets a run of its own. `makeFiles` opens the same place each time, as another process does. */
export function discoveryFilesContract(name: string, makeFiles: () => DiscoveryFiles): void {
  describe(`discovery files contract: ${name}`, () => {
    let files: DiscoveryFiles;
    let run: RunKey;

    beforeEach(() => {
      files = makeFiles();
      run = newRun();
    });

    async function write<T>(writer: FileWriter<T>, ...pages: readonly (readonly T[])[]): Promise<number> {
      for (const page of pages) writer.add(page);
      return writer.finish();
    }

    const aDevice = (more: Partial<KnownDevice> = {}): KnownDevice => ({
      id: newDeviceId(),
      fingerprint: 'c0ffee00c0ffee00c0ffee0000000000000000',
      isGone: false,
      scope: 'in',
      ...more,
    });

    test('known devices are found and listed in the order of their ids; the last word on one counts', async () => {
      const devices = Array.from({ length: 200 }, () => aDevice());
      const gone = aDevice({ fingerprint: '', isGone: true, scope: 'outside' });
      const inactive = aDevice({ scope: 'inactive' });

      const count = await write(files.knownWriter(run), [{ ...gone, isGone: false }, ...devices], [inactive, gone]);
      const known = present(await makeFiles().known(run));

      const all = [...devices, gone, inactive].toSorted((a, b) => (a.id < b.id ? -1 : 1));
      assert.deepEqual([count, known.size], [202, 202]);
      assert.deepEqual([...known.all()], all);
      assert.deepEqual(
        all.map(({ id }) => known.find(id)),
        all,
      );
      assert.equal(known.find(newDeviceId()), undefined);
    });

    test('the mailbox of a device is found by its distinguished name in any case', async () => {
      const whole: OwnerEntry = {
        distinguishedName: 'CN=Zoë\\, Å,OU=contoso.onmicrosoft.com',
        mailbox: newMailbox(),
        user: newUser(),
        userName: 'zoë.å',
        isInScope: true,
      };
      const bare: OwnerEntry = { distinguishedName: 'CN=bare', mailbox: newMailbox(), isInScope: false };

      const count = await write(files.ownersWriter(run), [bare, { ...whole, userName: 'formerly', isInScope: false }, whole]);
      const owners = present(await files.owners(run));

      const { mailbox, user, userName } = whole;
      assert.deepEqual([count, owners.size], [2, 2]);
      assert.deepEqual(owners.find('cn=ZOË\\, å,ou=CONTOSO.onmicrosoft.com'), {
        owner: { kind: 'mailbox', mailbox, user, userName },
        isInScope: true,
      });
      assert.deepEqual(owners.find('CN=bare'), { owner: { kind: 'mailbox', mailbox: bare.mailbox }, isInScope: false });
      assert.equal(owners.find('CN=Zoë'), undefined);
    });

    test('a managed device is found by DeviceId in any case and by its user, and by nothing less', async () => {
      const userId = newUser();
      const whole: ManagedDevice = {
        id: randomUUID(),
        userId,
        easDeviceId: 'ApplDNQX',
        name: 'Zoë’s phone',
        model: 'iPhone 17',
        manufacturer: 'Apple',
        os: 'iOS',
        osVersion: '26.1',
        serialNumber: 'DNQX',
        ownership: 'company',
        compliance: 'compliant',
        enrolledAt: '2026-03-01T06:00:00.000Z',
        lastSyncAt: '2026-03-01T06:00:00.001Z',
      };
      const odd: ManagedDevice = { id: 'not a GUID', userId, easDeviceId: 'b', enrolledAt: '2026', ownership: 'personal' };
      const other: ManagedDevice = { ...whole, id: randomUUID(), userId: newUser() };

      const count = await write(
        files.managedWriter(run),
        [{ id: 'x' }, { id: 'y', userId }, odd],
        [{ ...whole, model: 'older' }, whole, other],
      );
      const managed = present(await files.managed(run));

      assert.deepEqual([count, managed.size], [3, 3]);
      assert.deepEqual(managed.find('APPLdnqx', userId), whole);
      assert.deepEqual(managed.find('B', userId), odd);
      assert.deepEqual(managed.find('ApplDNQX', present(parseEntraObjectId(other.userId ?? ''))), other);
      assert.equal(managed.find('ApplDNQX', newUser()), undefined);
    });

    test('a set holds each device once, in order; sets of a run are apart', async () => {
      const ids = Array.from({ length: 100 }, newDeviceId);

      const counts = [await write(files.setWriter(run, 'seen-3'), ids, ids.slice(0, 50)), await write(files.setWriter(run, 'missing'), [])];
      const seen = present(await files.set(run, 'seen-3'));
      const missing = present(await files.set(run, 'missing'));

      assert.deepEqual([counts, seen.size, missing.size], [[100, 0], 100, 0]);
      assert.deepEqual([...seen.all()], ids.toSorted());
      assert.ok(ids.every((id) => seen.has(id) && !missing.has(id)));
      assert.equal(seen.has(newDeviceId()), false);
    });

    test('a queue is read in the order given, from anywhere, as far as it goes', async () => {
      const order = Array.from({ length: 50 }, newMailbox);

      await files.writeQueue(run, order);

      assert.deepEqual(await files.queue(run, 0, 20), order.slice(0, 20));
      assert.deepEqual(await files.queue(run, 40, 20), order.slice(40));
      assert.deepEqual(await files.queue(run, 60, 20), []);
      assert.deepEqual(await files.queue(newRun(), 0, 20), []);
    });

    test('what was not written is not there, and a file that was not finished was not written', async () => {
      files.setWriter(run, 'seen-1').add([newDeviceId()]);

      const found = [await files.known(run), await files.owners(run), await files.managed(run), await files.set(run, 'seen-1')];

      assert.deepEqual(found, [undefined, undefined, undefined, undefined]);
    });

    test('a file that is written again is read anew by all who open it, at the same time too', async () => {
      const [first, second] = [newDeviceId(), newDeviceId()];
      const other = makeFiles();
      await write(files.setWriter(run, 'missing'), [first]);
      const before = [await files.set(run, 'missing'), await other.set(run, 'missing')];
      await write(other.setWriter(run, 'missing'), [second]);

      const after = await Promise.all([files.set(run, 'missing'), files.set(run, 'missing'), other.set(run, 'missing')]);

      assert.deepEqual(
        before.map((set) => set?.has(first)),
        [true, true],
      );
      assert.deepEqual(
        after.map((set) => [...present(set).all()]),
        [[second], [second], [second]],
      );
    });

    test('the files of a run are removed with it, those of others stay; an organization is removed with all of them', async () => {
      const next: RunKey = { ...run, runId: runIdOf('2026-03-02T06:00:00.000Z', randomUUID()) };
      const elsewhere = newRun();
      for (const key of [run, next, elsewhere]) {
        for (const set of ['a', 'b', 'c', 'd']) await write(files.setWriter(key, set), [newDeviceId()]);
        await files.writeQueue(key, [newMailbox()]);
      }
      const sizes = async (): Promise<unknown[]> => {
        const sets = await Promise.all([run, next, elsewhere].map((key) => files.set(key, 'd')));
        return sets.map((set) => set?.size);
      };
      await sizes();

      await files.remove(run);
      await files.remove(run);
      const afterRun = await sizes();
      await files.removeAll(run.organization);
      const afterAll = await sizes();

      assert.deepEqual(afterRun, [undefined, 1, 1]);
      assert.deepEqual(afterAll, [undefined, undefined, 1]);
      assert.deepEqual(await files.queue(next, 0, 1), []);
    });

    test('a name that could lead elsewhere is refused', () => {
      assert.throws(() => files.setWriter(run, '../missing'), { code: 'store.unexpected' });
      assert.throws(() => files.setWriter({ ...run, runId: 'a/b' }, 'missing'), { code: 'store.unexpected' });
    });
  });
}
