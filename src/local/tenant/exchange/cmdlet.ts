// What a simulated cmdlet is: a table of parameters and a function that reads rows or plans changes. It decides nothing about transport,
// permissions or faults, and it never changes the world itself.
import type { Change } from '../world/changes.ts';
import type { OrganizationWorld } from '../world/organization.ts';
import type { InstantMs } from '../world/types.ts';
import type { Parameters, ParameterTable } from './parameters.ts';
import type { RowSource } from './row-source.ts';
import type { ExchangeSwitches } from './switches.ts';

/** Who calls. */
export interface Caller {
  readonly appId: string;
  readonly objectId: string;
  /** What Exchange writes as requestor. */
  readonly name: string;
  /** Cmdlets the caller may run. */
  readonly cmdlets: ReadonlySet<string>;
  /** Whether the caller's role reaches the mailbox at that position. */
  reaches(mailbox: number): boolean;
}

/** One call of a cmdlet. */
export interface Call {
  readonly cmdlet: string;
  readonly organization: OrganizationWorld;
  readonly parameters: Parameters;
  readonly caller: Caller;
  readonly nowMs: InstantMs;
  readonly switches: ExchangeSwitches;
  /** Adds to the warnings of the answer. */
  warn(text: string): void;
}

export interface ReadCmdlet {
  readonly kind: 'read';
  readonly parameters: ParameterTable;
  /** Costs what a call per mailbox costs when one of these is given. */
  readonly perMailbox?: readonly string[];
  run(call: Call): RowSource;
}

/** What a write would do. */
interface WritePlan {
  readonly changes: readonly Change[];
  /** Rows of the answer, read after the changes are made. */
  rows?(): RowSource;
}

export interface WriteCmdlet {
  readonly kind: 'write';
  readonly parameters: ParameterTable;
  readonly perMailbox?: readonly string[];
  run(call: Call): WritePlan;
}

export type Cmdlet = ReadCmdlet | WriteCmdlet;
