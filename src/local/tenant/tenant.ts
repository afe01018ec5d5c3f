// The simulated tenant put together: world, Exchange, Entra, Graph and control behind one https server, with its state in a folder or in memory.
// The command line around it is main.ts.
import { setTimeout as sleep } from 'node:timers/promises';
import { createControlRoute } from './control/control-route.ts';
import { createEntraRoutes, type EntraRoutes } from './entra/entra-routes.ts';
import type { TokenKeys } from './entra/token-keys.ts';
import type { ExchangeContext } from './exchange/exchange-context.ts';
import { createExchangeRoutes } from './exchange/exchange-routes.ts';
import { SentinelCounter } from './exchange/sentinels.ts';
import { defaultSwitches, setSwitches, type ExchangeSwitches } from './exchange/switches.ts';
import { FaultBoard, type ArmedFault } from './fault-board.ts';
import { createGraphRoutes, type GraphRoutes } from './graph/graph-routes.ts';
import { FREE_LOAD, LoadGate, type LoadSettings } from './load-model.ts';
import type { TenantRoute } from './server/route.ts';
import { createDraw } from './world/hash.ts';
import type { World } from './world/world.ts';

/** What people and tests have set, apart from the world itself. */
export interface TenantState {
  readonly faults: readonly ArmedFault[];
  readonly switches: ExchangeSwitches;
  readonly load: LoadSettings;
}

export function freshState(): TenantState {
  return { faults: [], switches: defaultSwitches(), load: FREE_LOAD };
}

export interface TenantNeeds {
  readonly world: World;
  readonly keys: TokenKeys;
  /** Opens the control API. */
  readonly controlKey: string;
  /** What IDENTITY_HEADER of the app must be. */
  readonly identityHeader: string;
  /** Audiences of the connector's own API. */
  readonly audiences: readonly string[];
  readonly state: TenantState;
  /** Keeps the state. */
  onState?(state: TenantState): void;
}

/** The living tenant, for its server and for tests that look inside. */
export interface Tenant {
  readonly world: World;
  readonly faults: FaultBoard;
  readonly load: LoadGate;
  readonly entra: EntraRoutes;
  readonly graph: GraphRoutes;
  readonly routes: readonly TenantRoute[];
  switches(): ExchangeSwitches;
  setSwitches(changes: Readonly<Record<string, unknown>>): ExchangeSwitches;
  setLoad(load: LoadSettings): void;
}

/** Longest single wait of a timer. */
const LONGEST_WAIT_MS = 2_000_000_000;

export function createTenant(needs: TenantNeeds): Tenant {
  const { world } = needs;
  let switches = { ...defaultSwitches(), ...needs.state.switches };
  const keep = (): void => needs.onState?.({ faults: faults.list(), switches, load: load.settings });
  const faults: FaultBoard = new FaultBoard(needs.state.faults, keep);
  const load = new LoadGate({ ...FREE_LOAD, ...needs.state.load }, () => world.clock.wireNow());
  const entra = createEntraRoutes(world, needs.keys, { identityHeader: needs.identityHeader, audiences: needs.audiences });
  const graph = createGraphRoutes(world, { verifyToken: entra.verifyToken });
  const exchange = createExchangeRoutes(exchangeContext(world, entra, faults, load, () => switches));
  const tenant = {
    world,
    faults,
    load,
    entra,
    graph,
    switches: () => switches,
    setSwitches(changes: Readonly<Record<string, unknown>>) {
      switches = setSwitches(switches, changes);
      keep();
      return switches;
    },
    setLoad(settings: LoadSettings) {
      load.settings = settings;
      keep();
    },
  };
  const control = createControlRoute(tenant, needs.controlKey);
  return { ...tenant, routes: [exchange, graph, entra, control] };
}

function exchangeContext(
  world: World,
  entra: EntraRoutes,
  faults: FaultBoard,
  load: LoadGate,
  switches: () => ExchangeSwitches,
): ExchangeContext {
  const draw = createDraw(world.seed);
  let requests = 0;
  return {
    world,
    verifyToken: entra.verifyToken,
    faults,
    load,
    sentinels: new SentinelCounter(),
    switches,
    async wait(ms, signal) {
      await sleep(Math.min(ms, LONGEST_WAIT_MS), undefined, { signal });
    },
    nextRequestId() {
      requests += 1;
      return draw.guid('request', requests);
    },
  };
}
