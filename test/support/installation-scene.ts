// Everything that an installation may ask for, in memory, with checks that can be made to fail by name; and a
// clock that is held. Its orchestration runs in test/workflows/installation-hub.ts.
import { createRefusals } from '../../src/adapters/audit/refusals.ts';
import { createMemoryTable } from '../../src/adapters/memory/memory-table.ts';
import { createMemoryBlobs } from '../../src/adapters/memory/memory-blobs.ts';
import { createOutbox } from '../../src/adapters/tables/outbox.ts';
import { outboxSources } from '../../src/adapters/tables/outbox-sources.ts';
import { createStores } from '../../src/adapters/tables/stores.ts';
import type { Table } from '../../src/adapters/tables/row.ts';
import type { AuditChain, AuditEvent } from '../../src/domain/audit.ts';
import type { Caller } from '../../src/domain/caller.ts';
import { classicCmdlets } from '../../src/domain/classic-cmdlet.ts';
import { createFiles } from '../../src/adapters/blobs/discovery-files.ts';
import { endpointsOf } from '../../src/domain/cloud.ts';
import type { Connector, ConnectorSettings } from '../../src/domain/connector.ts';
import { defaultConnectorSettings } from '../../src/domain/connector.ts';
import type { ConnectionAbility } from '../../src/domain/diagnosis.ts';
import type { AppError } from '../../src/domain/errors.ts';
import type { ExchangePort } from '../../src/domain/exchange-port.ts';
import type { ExchangeAbility, ExchangeRight, ExchangeRights } from '../../src/domain/exchange-right.ts';
import { instanceOfInstallation } from '../../src/domain/installation.ts';
import type { Installation } from '../../src/domain/installation.ts';
import type { InstallationTask } from '../../src/domain/installation-task.ts';
import type { OrganizationId } from '../../src/domain/organization.ts';
import type { Connections, Ports } from '../../src/domain/ports.ts';
import type { StatusMessage } from '../../src/domain/status-message.ts';
import { createMemoryExchange } from '../../src/adapters/memory/exchange.ts';
import { createMemoryWorld } from '../../src/adapters/memory/exchange-world.ts';
import type { MemoryExchangeWorld } from '../../src/adapters/memory/exchange-world.ts';
import { MemoryDirectory } from '../../src/adapters/memory/directory.ts';
import { putConnector } from '../../src/operations/put-connector.ts';
import { removeConnector } from '../../src/operations/remove-connector.ts';
import { guidOf, heldClock, logInto, organization } from './discovery-scene.ts';
import type { HeldClock, LogLine } from './discovery-scene.ts';
import type { Workflows } from '../../src/domain/workflows-port.ts';
import { createMemoryWorkflows } from './memory-workflows.ts';
import type { MemoryWorkflows } from './memory-workflows.ts';

export { organization };

/** What operations of installations and status messages work with. */
export type InstallationPorts = Pick<
  Ports,
  | 'clock'
  | 'ids'
  | 'log'
  | 'connections'
  | 'connectors'
  | 'installations'
  | 'statusMessages'
  | 'organizations'
  | 'runs'
  | 'files'
  | 'workflows'
  | 'timetable'
  | 'auditOutbox'
  | 'refusals'
>;

/** An administrator of the organization. */
export const caller: Caller = {
  tenantId: organization,
  objectId: guidOf(8, 1),
  kind: 'user',
  name: 'admin@contoso.example',
  roles: ['FullAdministrator'],
  groups: [],
  areGroupsComplete: true,
  via: 'token',
};

/** Every cmdlet of the list granted, but for those named. */
export function rightsWithout(...missing: readonly string[]): ExchangeRights {
  const rights = classicCmdlets.flatMap((cmdlet): ExchangeRight[] =>
    'today' in cmdlet && isExchangeAbility(cmdlet.ability)
      ? [{ ability: cmdlet.ability, cmdlet: cmdlet.today, state: missing.includes(cmdlet.today) ? 'missing' : 'granted' }]
      : [],
  );
  return { source: 'list', rights };
}

function isExchangeAbility(ability: ConnectionAbility): ability is ExchangeAbility {
  return !['sign-in', 'graph.sign-in', 'exchange.reach', 'directory.read', 'groups.read', 'managed-devices.read', 'mail.send'].includes(
    ability,
  );
}

export interface InstallationScene {
  readonly ports: InstallationPorts;
  readonly clock: HeldClock;
  readonly world: MemoryExchangeWorld;
  readonly workflows: MemoryWorkflows;
  readonly lines: LogLine[];
  /** Calls of Exchange that fail, with what they fail with. */
  readonly failing: Map<keyof ExchangePort, AppError>;
  /** What the token for Graph carries. */
  readonly graphRoles: string[];
  /** How often a connection was made anew. */
  readonly madeAnew: () => number;
  setRights(rights: ExchangeRights): void;
  /** Adds the connector as an administrator does. */
  install(settings?: Partial<ConnectorSettings>): Promise<Connector>;
  remove(): Promise<void>;
  /** What the instance of an installation hands to its activities. */
  taskOf(connector: Pick<Connector, 'organization' | 'generation'>): InstallationTask;
  record(connector: Pick<Connector, 'organization' | 'generation'>): Promise<Installation>;
  /** Numbers of the messages, oldest first. */
  numbers(): Promise<number[]>;
  messages(): Promise<readonly StatusMessage[]>;
  /** Events that wait for the audit. */
  events(chain?: AuditChain): Promise<readonly AuditEvent[]>;
}

export interface InstallationSceneOptions {
  /** Where the orchestrations run; left out, they only remember what was asked for. */
  readonly hub?: Workflows;
  /** Left out, that of the scene. */
  readonly of?: OrganizationId;
  /** Makes the connection that is examined; left out, to the Exchange and the directory in memory. */
  readonly anew?: Connections['anew'];
}

/** A scene without a connector, in which everything works. */
export function createInstallationScene({ hub, of = organization, anew: examined }: InstallationSceneOptions = {}): InstallationScene {
  const clock = heldClock();
  const lines: LogLine[] = [];
  let nextId = 0;
  let anew = 0;
  const ids = { next: () => guidOf(9, (nextId += 1)) };
  const failing = new Map<keyof ExchangePort, AppError>();
  const before = (call: keyof ExchangePort): void => {
    const error = failing.get(call);
    if (error) throw error;
  };
  const world = createMemoryWorld({ clock, ids, pageSize: 3, before });
  const exchange = createMemoryExchange(world);
  let rights = rightsWithout();
  const directory = new MemoryDirectory();
  const graphRoles = ['User.Read.All', 'GroupMember.Read.All', 'DeviceManagementManagedDevices.Read.All', 'Mail.Send'];
  const workflows = createMemoryWorkflows();
  const tables = new Map<string, Table>();
  const open = (name: string): Table => {
    const table = tables.get(name) ?? createMemoryTable(name);
    tables.set(name, table);
    return table;
  };
  const outbox = createOutbox(open('Audit'), outboxSources(open));
  const ports: InstallationPorts = {
    ...createStores(open, clock),
    clock,
    ids,
    log: logInto(lines),
    timetable: { problemWith: () => undefined, lastDue: () => undefined, nextDue: () => undefined },
    files: createFiles(createMemoryBlobs()),
    workflows: hub ?? workflows,
    auditOutbox: outbox,
    refusals: createRefusals({ outbox, clock, ids, log: logInto(lines) }),
    connections: {
      exchange: () => exchange,
      directory: () => directory,
      anew(connector) {
        anew += 1;
        if (examined) return examined(connector);
        const { credential } = connector;
        return {
          organization: of,
          credential,
          endpoints: endpointsOf('global'),
          tokens: {
            factsOf: async (service) => ({
              expiresAt: clock.now(),
              appRoles: service === 'graph' ? graphRoles : ['Exchange.ManageAsApp'],
              directoryRoles: ['role'],
            }),
          },
          exchange: {
            ...exchange,
            async checkRights(options) {
              await exchange.checkRights(options);
              return rights;
            },
          },
          directory,
        };
      },
    },
  };

  async function messages(): Promise<readonly StatusMessage[]> {
    const found: StatusMessage[] = [];
    let continuation: string | undefined;
    do {
      const page = await ports.statusMessages.list(of, { filter: {}, top: 50, ...(continuation !== undefined && { continuation }) });
      found.push(...page.values);
      ({ continuation } = page);
    } while (continuation !== undefined);
    return found.toReversed();
  }

  return {
    ports,
    clock,
    world,
    workflows,
    lines,
    failing,
    graphRoles,
    madeAnew: () => anew,
    setRights: (given) => void (rights = given),
    messages,
    numbers: async () => (await messages()).map(({ number }) => number),
    async install(settings = {}) {
      const ask = {
        organization: of,
        settings: { ...defaultConnectorSettings, ...settings },
        caller,
        precondition: { kind: 'absent' },
      } as const;
      return (await putConnector(ports, ask)).value;
    },
    async remove() {
      await removeConnector(ports, { organization: of, caller, precondition: { kind: 'present' } });
    },
    taskOf: ({ generation }) => ({
      organization: of,
      generation: String(generation),
      instance: instanceOfInstallation({ organization: of, generation }),
    }),
    async record(connector) {
      const kept = await ports.installations.get(connector);
      if (!kept) throw new Error(`There is no installation of generation ${connector.generation}.`);
      return kept.value;
    },
    async events(chain = of) {
      return (await ports.auditOutbox.waiting(chain, 1000)).entries.map(({ event }) => event);
    },
  };
}
