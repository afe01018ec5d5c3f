// What the control API takes of a tenant.
import type { EntraRoutes } from '../entra/entra-routes.ts';
import type { ExchangeSwitches } from '../exchange/switches.ts';
import type { FaultBoard } from '../fault-board.ts';
import type { GraphRoutes } from '../graph/graph-routes.ts';
import type { LoadGate, LoadSettings } from '../load-model.ts';
import type { World } from '../world/world.ts';

/** The tenant as the control API needs it. */
export interface ControlTenant {
  readonly world: World;
  readonly faults: FaultBoard;
  readonly load: LoadGate;
  readonly entra: EntraRoutes;
  readonly graph: GraphRoutes;
  switches(): ExchangeSwitches;
  setSwitches(changes: Readonly<Record<string, unknown>>): ExchangeSwitches;
  setLoad(load: LoadSettings): void;
}
