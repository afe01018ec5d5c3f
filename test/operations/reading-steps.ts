// What tests of reading have in common: a scene that is ready for slices, and lists of Exchange that misbehave.
import assert from 'node:assert/strict';
import type { DeviceGuid } from '../../src/domain/device-identity.ts';
import type { DeviceRecord } from '../../src/domain/device-record.ts';
import type { ExchangePage, ExchangePort } from '../../src/domain/exchange-port.ts';
import type { TaskAnswer, RunTask } from '../../src/domain/run-task.ts';
import { readMailboxes } from '../../src/operations/read-mailboxes.ts';
import { rememberKnownDevices } from '../../src/operations/remember-known-devices.ts';
import { organization } from '../support/discovery-scene.ts';
import type { DiscoveryScene, ScenePorts } from '../support/discovery-scene.ts';

/** The answer, which has to be `done`. */
export function doneOf<Facts extends object>(answer: TaskAnswer<Facts>): Extract<TaskAnswer<Facts>, { outcome: 'done' }> {
  if (answer.outcome !== 'done') assert.fail(JSON.stringify(answer));
  return answer;
}

/** Begins a full run and does what comes before its slices. */
export async function beginReading(scene: DiscoveryScene): Promise<RunTask> {
  const task = await scene.begin();
  doneOf(await rememberKnownDevices(scene.ports, task));
  const { rest } = doneOf(await readMailboxes(scene.ports, task));
  assert.equal(rest, undefined);
  return task;
}

/** The ports with an Exchange in which some calls are others. */
export function withExchange(change: (exchange: ExchangePort) => Partial<ExchangePort>): (made: ScenePorts) => Partial<ScenePorts> {
  return ({ connections }) => ({
    connections: {
      ...connections,
      exchange: (connector) => {
        const exchange = connections.exchange(connector);
        return { ...exchange, ...change(exchange) };
      },
    },
  });
}

/** A list that breaks off after its first page and begins again, as it does when a cursor has expired. */
export async function* startingOver<Row>(pages: AsyncIterable<ExchangePage<Row>>): AsyncGenerator<ExchangePage<Row>, void, undefined> {
  const all: ExchangePage<Row>[] = [];
  for await (const page of pages) all.push(page);
  const [first] = all;
  if (first) yield first;
  for (const [index, page] of all.entries()) yield { ...page, startsOver: index === 0 };
}

export async function storedDevices({ ports }: DiscoveryScene): Promise<ReadonlyMap<DeviceGuid, DeviceRecord>> {
  const { values } = await ports.devices.scan(organization, { matches: () => true, top: 5000 });
  return new Map(values.map((record) => [record.id, record]));
}

/** The ids in a set of the run; undefined when there is no such set. */
export async function setOf(scene: DiscoveryScene, task: RunTask, name: string): Promise<readonly DeviceGuid[] | undefined> {
  const set = await scene.ports.files.set(scene.keyOf(task), name);
  return set && [...set.all()];
}
