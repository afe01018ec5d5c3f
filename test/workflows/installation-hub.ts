// The orchestration of installations on the real SDK and the decisions of the local hub, with the real activities over memory ports, all under one
// clock: a month passes in seconds, and what the hub forgets or loses on the way is chosen by the test.
import { failureTexts } from '../../src/local/host/durable/activity-values.ts';
import { historyEvent } from '../../src/local/host/durable/history-event.ts';
import type { StoredActivity } from '../../src/local/host/durable/durable-store.ts';
import { INSTALLATION_WORKFLOW } from '../../src/domain/installation.ts';
import type { InstallationTask } from '../../src/domain/installation-task.ts';
import type { Workflows } from '../../src/domain/workflows-port.ts';
import { attemptInstallation } from '../../src/operations/attempt-installation.ts';
import { claimInstallation } from '../../src/operations/claim-installation.ts';
import { watchInstallations } from '../../src/operations/watch-installations.ts';
import { installationWorkflow } from '../../src/workflows/installation-workflow.ts';
import { createSdkLoop } from '../local/host/durable/sdk-loop.ts';
import { START } from '../support/discovery-scene.ts';
import { createInstallationScene } from '../support/installation-scene.ts';
import type { InstallationPorts, InstallationScene } from '../support/installation-scene.ts';

export const MINUTE_MS = 60_000;
export const HOUR_MS = 60 * MINUTE_MS;
export const DAY_MS = 24 * HOUR_MS;

export interface InstallationHub {
  readonly scene: InstallationScene;
  readonly ports: InstallationPorts;
  /** Lets time pass, with all that becomes due on the way. */
  pass(ms: number): Promise<void>;
  /** Lets the watchdog look after the installations, as its timer does. */
  watch(): Promise<number>;
  status(instance: string): string | undefined;
  output(instance: string): unknown;
  /** Starts an instance past all records, as somebody with a key of the task hub can. */
  forge(instance: string, input: unknown): void;
  /** From now on events are lost. */
  loseEvents(): void;
  /** The task hub is deleted: instances, timers, everything. */
  deleteHub(): void;
  /** Runs before each activity. */
  beforeActivity: ((name: string) => void | Promise<void>) | undefined;
  /** The most events that any history had. */
  longestHistory(): number;
  /** How often each activity was run. */
  readonly runs: Map<string, number>;
}

const iso = (ms: number): string => new Date(ms).toISOString();

/** A hub without instances, and a scene without a connector. */
export function createInstallationHub(): InstallationHub {
  const activities: Readonly<Record<string, (task: InstallationTask) => Promise<object>>> = {
    'installation-claim': (task) => claimInstallation(ports, task),
    'installation-attempt': (task) => attemptInstallation(ports, task),
  };
  const unused = (): { ok: false; message: string } => ({ ok: false, message: 'the hub works through its activities itself' });
  const app = {
    orchestrators: { [INSTALLATION_WORKFLOW]: installationWorkflow },
    activities: Object.fromEntries(Object.keys(activities).map((name) => [name, unused])),
  };
  let loop = createSdkLoop(app, Date.parse(START));
  let longest = 0;
  let areEventsLost = false;
  const runs = new Map<string, number>();
  const ended = (status: string | undefined): boolean => status !== undefined && status !== 'Running' && status !== 'Pending';

  const workflows: Workflows = {
    async start(name, instanceId, input) {
      const status = loop.instance(instanceId)?.status;
      if (status === undefined || ended(status)) loop.start(instanceId, name, input);
    },
    async state(instanceId) {
      const status = loop.instance(instanceId)?.status;
      if (status === undefined) return 'gone';
      return ended(status) ? 'ended' : 'running';
    },
    async nudge(instanceId, event) {
      if (!areEventsLost && loop.instance(instanceId)) loop.post(instanceId, historyEvent.eventRaised(iso(loop.nowMs), event, '{}'));
    },
    async terminate(instanceId, reason) {
      if (loop.instance(instanceId)) loop.post(instanceId, historyEvent.executionTerminated(iso(loop.nowMs), reason));
    },
    purge: async (instanceId) => loop.store.purge([instanceId]),
  };
  const scene = createInstallationScene({ hub: workflows });
  const { ports } = scene;

  async function work({ seq, taskId, instanceId, executionId, name, input }: StoredActivity): Promise<void> {
    runs.set(name, (runs.get(name) ?? 0) + 1);
    let event;
    try {
      await hub.beforeActivity?.(name);
      const answer = await activities[name]?.(JSON.parse(input ?? 'null') as InstallationTask);
      event = historyEvent.taskCompleted(iso(loop.nowMs), taskId, JSON.stringify(answer));
    } catch (error) {
      const { reason, details } = failureTexts(name, { message: (error as Error).message });
      event = historyEvent.taskFailed(iso(loop.nowMs), taskId, reason, details);
    }
    loop.store.completeActivity(seq, { instanceId, dueMs: loop.nowMs, message: { kind: 'event', executionId, event } });
  }

  /** Everything that is due now, and what follows from it at once. */
  async function settle(): Promise<void> {
    for (;;) {
      const due = loop.due();
      const waiting = loop.store.activities();
      if (due.length === 0 && waiting.length === 0) return;
      for (const id of due) {
        await loop.turn(id);
        longest = Math.max(longest, loop.store.history(id).length);
      }
      for (const activity of waiting) await work(activity);
    }
  }

  const hub: InstallationHub = {
    scene,
    ports,
    runs,
    beforeActivity: undefined,
    async pass(ms) {
      const endMs = loop.nowMs + ms;
      await settle();
      while (loop.nowMs < endMs) {
        loop.advanceTo(endMs);
        scene.clock.set(iso(loop.nowMs));
        await settle();
      }
    },
    async watch() {
      const moved = await watchInstallations(ports);
      await settle();
      return moved;
    },
    status: (instance) => loop.instance(instance)?.status,
    output: (instance) => JSON.parse(loop.instance(instance)?.output ?? 'null') as unknown,
    forge: (instance, input) => loop.start(instance, INSTALLATION_WORKFLOW, input),
    loseEvents: () => void (areEventsLost = true),
    deleteHub() {
      loop = createSdkLoop(app, Date.parse(scene.clock.now()));
    },
    longestHistory: () => longest,
  };
  return hub;
}
