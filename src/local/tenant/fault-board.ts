// Which faults are armed, and whom they strike next. The faults themselves: faults.ts.
import { FAULTS, faultNamed, type FaultName } from './faults.ts';
import type { ExchangeRouteName, FaultContext, FaultEffect, FaultStage } from './fault-types.ts';

/** A fault as it is armed. */
export interface ArmedFault {
  readonly name: FaultName;
  /** Strikes left; null until it is disarmed. */
  readonly left: number | null;
  /** Requests that it lets pass first. */
  readonly skip: number;
  readonly argument: string | null;
  /** Only these; null for all. */
  readonly cmdlet: string | null;
  readonly route: ExchangeRouteName | null;
  readonly tenantId: string | null;
  readonly subject: string | null;
}

/** How to arm one; left out: the fault's own number of strikes, everybody, no skipping. */
export interface FaultOrder {
  readonly name: string;
  readonly count?: number | 'always';
  readonly skip?: number;
  readonly argument?: string;
  readonly cmdlet?: string;
  readonly route?: ExchangeRouteName;
  readonly tenantId?: string;
  /** The Identity or Mailbox of a call. */
  readonly subject?: string;
}

export class FaultBoard {
  private armed: ArmedFault[];
  private readonly onChange: (armed: readonly ArmedFault[]) => void;

  constructor(armed: readonly ArmedFault[] = [], onChange: (armed: readonly ArmedFault[]) => void = () => undefined) {
    this.armed = armed.filter(({ name }) => faultNamed(name) !== undefined);
    this.onChange = onChange;
  }

  list(): readonly ArmedFault[] {
    return this.armed;
  }

  arm(order: FaultOrder): ArmedFault {
    const name = faultNamed(order.name);
    if (!name) throw new RangeError(`There is no fault "${order.name}". There are: ${Object.keys(FAULTS).join(', ')}.`);
    const count = order.count ?? (FAULTS[name].times === 'always' ? 'always' : 1);
    if (count !== 'always' && !(Number.isInteger(count) && count > 0))
      throw new RangeError('A fault strikes a whole number of times, or "always".');
    const fault: ArmedFault = {
      name,
      left: count === 'always' ? null : count,
      skip: order.skip ?? 0,
      argument: order.argument ?? null,
      cmdlet: order.cmdlet?.toLowerCase() ?? null,
      route: order.route ?? null,
      tenantId: order.tenantId?.toLowerCase() ?? null,
      subject: order.subject?.toLowerCase() ?? null,
    };
    this.change([...this.armed, fault]);
    return fault;
  }

  /** Disarms the faults of that name, or all. */
  disarm(name?: string): void {
    this.change(name === undefined ? [] : this.armed.filter((fault) => fault.name !== name));
  }

  /** The effect of the first armed fault that strikes this request, which uses one of its strikes up. */
  take(stage: FaultStage, context: Omit<FaultContext, 'argument'>): FaultEffect | undefined {
    const fault = this.armed.find((one) => FAULTS[one.name].stage === stage && isMeant(one, context));
    if (!fault) return undefined;
    if (fault.skip > 0) {
      this.replace(fault, { ...fault, skip: fault.skip - 1 });
      return undefined;
    }
    const left = fault.left === null ? null : fault.left - 1;
    if (left === 0) this.change(this.armed.filter((one) => one !== fault));
    else if (left !== null) this.replace(fault, { ...fault, left });
    return effectOf(fault.name, { ...context, argument: fault.argument ?? FAULTS[fault.name].argument?.initial ?? '' });
  }

  private replace(old: ArmedFault, fault: ArmedFault): void {
    this.change(this.armed.map((one) => (one === old ? fault : one)));
  }

  private change(armed: ArmedFault[]): void {
    this.armed = armed;
    this.onChange(armed);
  }
}

/** The effect of a fault on a request, armed or not. */
export function effectOf(name: FaultName, context: FaultContext): FaultEffect {
  return FAULTS[name].effect(context);
}

function isMeant(fault: ArmedFault, context: Omit<FaultContext, 'argument'>): boolean {
  // Faults of writes do not use themselves up on reads.
  const isForWrites = fault.name === 'casmailbox-204' || fault.name === 'casmailbox-200-empty-body' || fault.name === 'write-lost';
  return (
    (!isForWrites || context.isWrite) &&
    (fault.cmdlet === null || fault.cmdlet === context.cmdlet.toLowerCase()) &&
    (fault.route === null || fault.route === context.route) &&
    (fault.tenantId === null || fault.tenantId === context.tenantId) &&
    (fault.subject === null || fault.subject === context.subject.toLowerCase())
  );
}
