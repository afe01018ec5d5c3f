// The organization's partnerships: facts from the seed, what was changed since, and the access state, judged when somebody looks.
// Judging late gives the same result as playing every connection, because only the first one after a change can change anything;
// changes of rules and lists are dated, so that a phone is judged by what held when it connected. Wipes: phones.ts.
import { decideAccess, stateOf } from './access.ts';
import { lastConnection, NEVER, nextConnection, type Silence } from './connections.ts';
import { DeviceColumns } from './device-columns.ts';
import { castDeviceFacts, generatedFacts, newDeviceFacts, type DeviceFacts, type DeviceLayout } from './device-facts.ts';
import type { Moment } from './instants.ts';
import { castMember, isSeededLeaver, type PopulationPlan } from './population.ts';
import type { AccessConfiguration, AccessDecision, Device, InstantMs, MailboxSettings, WipeTimes } from './types.ts';
import { wipeStatus } from './wipe.ts';

/** What decides access from `fromMs` on. */
export interface AccessVersion {
  readonly fromMs: InstantMs;
  readonly configuration: AccessConfiguration;
  /** Guids of policies that turn away phones which do not apply them. */
  readonly strictPolicies: ReadonlySet<string>;
  readonly defaultPolicyId: string;
}

/** What the store needs to know of its organization. */
export interface Surroundings {
  readonly versions: readonly AccessVersion[];
  settings(mailboxIndex: number): MailboxSettings;
}

/** What happened to one device beyond its seed. */
export interface DeviceChange extends Silence {
  facts?: Partial<DeviceFacts>;
  deviceWipe?: WipeTimes | undefined;
  accountWipe?: WipeTimes | undefined;
  /** Wiped: the account is gone from the phone, whatever the row says. */
  isErased?: boolean;
  isOff?: boolean;
}

const UNJUDGED: AccessDecision = { state: 'DeviceDiscovery', reason: 'Unknown', rule: null };
/** A device that came under version v and is not judged yet has version UNJUDGED_SINCE - v; a seeded one has -1. */
const UNJUDGED_SINCE = -2;
const MINUTE_MS = 60_000;
const LEFT_MS = 21 * 86_400_000;
const CACHE_SIZE = 256;

export class DeviceStore {
  readonly columns: DeviceColumns;
  readonly changes = new Map<number, DeviceChange>();
  private readonly plan: PopulationPlan;
  private readonly layout: DeviceLayout;
  private readonly around: Surroundings;
  private readonly added: { mailboxIndex: number; facts: DeviceFacts; guid: string }[] = [];
  private readonly addedByMailbox = new Map<number, number[]>();
  private readonly explicitGuids = new Map<string, number>();
  private readonly cache = new Map<number, DeviceFacts>();

  constructor(plan: PopulationPlan, layout: DeviceLayout, around: Surroundings) {
    this.plan = plan;
    this.layout = layout;
    this.around = around;
    this.columns = new DeviceColumns(layout.count);
  }

  /** One more than the highest index; removed devices are counted. */
  get extent(): number {
    return this.layout.count + this.added.length;
  }

  isRemoved(index: number): boolean {
    return this.columns.removed[index] === 1;
  }

  mailboxOf(index: number): number {
    return index < this.layout.count ? this.layout.mailboxOf(index) : (this.added[index - this.layout.count]?.mailboxIndex ?? -1);
  }

  guid(index: number): string {
    return this.added[index - this.layout.count]?.guid ?? this.plan.draw.guid('device', index);
  }

  /** The partnerships of one mailbox, oldest first. */
  ofMailbox(mailboxIndex: number): number[] {
    const indexes: number[] = [];
    if (mailboxIndex < this.plan.mailboxCount) {
      for (let index = this.layout.first(mailboxIndex); index < this.layout.first(mailboxIndex + 1); index += 1) indexes.push(index);
    }
    indexes.push(...(this.addedByMailbox.get(mailboxIndex) ?? []));
    return indexes.filter((index) => !this.isRemoved(index));
  }

  byGuid(guid: string): number | undefined {
    const index = this.explicitGuids.get(guid.toLowerCase()) ?? this.plan.draw.indexOf('device', guid);
    if (index === undefined || index >= this.extent || this.isRemoved(index)) return undefined;
    return this.guid(index).toLowerCase() === guid.toLowerCase() ? index : undefined;
  }

  facts(index: number): DeviceFacts {
    const known = this.cache.get(index);
    if (known) return known;
    const changed = this.changes.get(index)?.facts;
    const made = changed ? { ...this.originalFacts(index), ...changed } : this.originalFacts(index);
    if (this.cache.size >= CACHE_SIZE) this.cache.clear();
    this.cache.set(index, made);
    return made;
  }

  /** FirstSyncTime, kept once it was asked for: slices of a list compare it for every device. */
  firstSync(index: number): Moment | null {
    const { firstSyncMs, firstSyncTicks } = this.columns;
    const known = firstSyncMs[index] ?? Number.NaN;
    if (!Number.isNaN(known)) return known === Infinity ? null : { ms: known, ticks: firstSyncTicks[index] ?? 0 };
    const facts = this.facts(index);
    firstSyncMs[index] = facts.firstSyncMs ?? Infinity;
    firstSyncTicks[index] = facts.firstSyncTicks;
    return this.firstSync(index);
  }

  /** The strings the phones of a mailbox had at the start: what a seeded personal list may hold. */
  seededDeviceIds(mailboxIndex: number): string[] {
    const ids: string[] = [];
    for (let index = this.layout.first(mailboxIndex); index < this.layout.first(mailboxIndex + 1); index += 1) {
      ids.push(this.originalFacts(index).deviceId);
    }
    return ids;
  }

  add(mailboxIndex: number, bornMs: InstantMs, fixed: Partial<DeviceFacts> = {}, guid?: string): number {
    const index = this.extent;
    this.columns.reserve(index);
    this.columns.version[index] = UNJUDGED_SINCE - (this.around.versions.length - 1);
    const facts = newDeviceFacts(this.plan.draw, index, bornMs, fixed);
    this.added.push({ mailboxIndex, facts, guid: guid ?? this.plan.draw.guid('device', index) });
    const own = this.addedByMailbox.get(mailboxIndex) ?? [];
    own.push(index);
    this.addedByMailbox.set(mailboxIndex, own);
    if (guid) this.explicitGuids.set(guid.toLowerCase(), index);
    return index;
  }

  remove(index: number): void {
    this.columns.removed[index] = 1;
    this.changes.delete(index);
    this.cache.delete(index);
  }

  /** Changes what happened to a device; the next read sees it. */
  edit(index: number, apply: (change: DeviceChange) => void): void {
    const one = this.changes.get(index) ?? {};
    apply(one);
    this.changes.set(index, one);
    this.cache.delete(index);
  }

  /** Accounts for every connection up to `atMs`, then lets the next one decide anew: call it before a change that matters to access. */
  disturb(index: number, atMs: InstantMs): void {
    this.settle(index, atMs);
    this.columns.dirty[index] = 1;
    this.columns.judgedMs[index] = atMs;
  }

  lastConnection(index: number, atMs: InstantMs): InstantMs {
    return lastConnection(this.plan.draw, index, this.facts(index), this.changes.get(index), atMs);
  }

  nextConnection(index: number, atMs: InstantMs): InstantMs {
    return nextConnection(this.plan.draw, index, this.facts(index), this.changes.get(index), atMs);
  }

  decision(index: number, atMs: InstantMs): AccessDecision {
    this.settle(index, atMs);
    return (this.columns.version[index] ?? -1) < 0 ? UNJUDGED : this.columns.decisionAt(index);
  }

  /** When the row last changed, as WhenChanged tells. */
  changedMs(index: number): InstantMs {
    return this.columns.changedMs[index] || this.facts(index).bornMs + 1000;
  }

  /** The partnership as it is at `atMs`. */
  read(index: number, atMs: InstantMs): Device {
    const access = this.decision(index, atMs);
    const facts = this.facts(index);
    const change = this.changes.get(index);
    const lastAttempt = this.lastConnection(index, atMs);
    const success = access.state === 'Allowed' ? lastAttempt : (this.columns.frozenSuccessMs[index] ?? Number.NaN);
    const isSilent = facts.hidesSync || facts.life === 'never' || lastAttempt === NEVER;
    const isEas = facts.clientType === 'EAS';
    const wipes = { deviceWipe: change?.deviceWipe ?? null, accountWipe: change?.accountWipe ?? null };
    return {
      index,
      mailboxIndex: this.mailboxOf(index),
      guid: this.guid(index),
      ...facts,
      access,
      isDisabled: false,
      changedMs: this.changedMs(index),
      lastSuccessSyncMs: isSilent || Number.isNaN(success) ? null : success,
      lastSyncAttemptMs: lastAttempt === NEVER || facts.hidesSync ? null : lastAttempt,
      lastPolicyUpdateMs: isEas && facts.provisionable ? facts.bornMs + 2000 : null,
      policyStatus: policyStatus(facts),
      ...wipes,
      status: wipeStatus(wipes.deviceWipe, wipes.accountWipe, access.state),
      foldersSynced: isEas ? 3 + (index % 11) : 0,
      pingHeartbeatSeconds: isEas ? 60 * (1 + (index % 29)) : null,
    };
  }

  private originalFacts(index: number): DeviceFacts {
    const added = this.added[index - this.layout.count];
    if (added) return added.facts;
    const { plan, layout } = this;
    const mailboxIndex = layout.mailboxOf(index);
    const position = index - layout.first(mailboxIndex);
    const member = castMember(plan, mailboxIndex);
    const cast = Array.isArray(member?.devices) ? member.devices[position] : undefined;
    if (!cast) {
      const facts = generatedFacts(plan.draw, index, plan.startMs);
      return isSeededLeaver(plan, mailboxIndex)
        ? silenced(facts, plan.startMs)
        : this.sharedPhone(mailboxIndex, position, facts, member !== undefined);
    }
    const facts = castDeviceFacts(plan.draw, index, plan.startMs, cast);
    return cast.sameAs ? samePhone(facts, this.originalFacts(layout.first(this.indexOfMember(cast.sameAs)))) : facts;
  }

  /** Every 150th generated mailbox is read on the phone of its neighbour as well: two partnerships, one DeviceId. */
  private sharedPhone(mailboxIndex: number, position: number, facts: DeviceFacts, isCast: boolean): DeviceFacts {
    if (isCast || position !== 0 || mailboxIndex % 150 !== 0) return facts;
    const neighbour = this.layout.first(mailboxIndex - 1);
    return neighbour < this.layout.first(mailboxIndex) ? samePhone(facts, this.originalFacts(neighbour)) : facts;
  }

  private indexOfMember(alias: string): number {
    for (let index = 0; ; index += 1) if (castMember(this.plan, index)?.alias === alias) return index;
  }

  /** How long a new phone is held in discovery: not at all, or up to 14 minutes, as Exchange 2010 had it. */
  private discoveryMs(index: number, facts: DeviceFacts): number {
    if (index < this.layout.count || facts.clientType !== 'EAS') return 0;
    return this.plan.draw.below(15, 'device', index, 43) * MINUTE_MS;
  }

  private settle(index: number, atMs: InstantMs): void {
    const { columns, around } = this;
    const latest = around.versions.length - 1;
    const version = columns.version[index] ?? -1;
    if (version === latest && columns.dirty[index] === 0) return;
    if (version < 0) this.judgeFirst(index, atMs);
    else this.judgeSince(index, version, atMs);
  }

  private judgeFirst(index: number, atMs: InstantMs): void {
    const facts = this.facts(index);
    const judgedMs = facts.bornMs + this.discoveryMs(index, facts);
    if (atMs < judgedMs) return;
    const since = this.columns.version[index] ?? -1;
    let version = since <= UNJUDGED_SINCE ? UNJUDGED_SINCE - since : 0;
    while ((this.around.versions[version + 1]?.fromMs ?? Infinity) < judgedMs) version += 1;
    this.judge(index, version, judgedMs, true);
    this.columns.version[index] = version;
    this.columns.judgedMs[index] = index < this.layout.count ? this.plan.startMs : judgedMs;
    this.settle(index, atMs);
  }

  private firstConnectionAfter(index: number, fromMs: InstantMs): InstantMs {
    const next = this.nextConnection(index, fromMs);
    const extra = this.changes.get(index)?.extraMs ?? NEVER;
    return extra > fromMs ? Math.min(next, extra) : next;
  }

  private judgeSince(index: number, since: number, atMs: InstantMs): void {
    const { columns } = this;
    const { versions } = this.around;
    let isDirty = columns.dirty[index] === 1;
    for (let version = since; version < versions.length; version += 1) {
      const fromMs = Math.max(columns.judgedMs[index] ?? 0, versions[version]?.fromMs ?? 0);
      const endMs = Math.min(atMs, versions[version + 1]?.fromMs ?? Infinity);
      if (version > since) {
        isDirty = true;
        this.followDefault(index, version);
      }
      const connectedMs = isDirty ? this.firstConnectionAfter(index, fromMs) : Infinity;
      if (connectedMs <= endMs) {
        this.judge(index, version, connectedMs, false);
        isDirty = false;
      }
    }
    columns.version[index] = versions.length - 1;
    columns.dirty[index] = isDirty ? 1 : 0;
    columns.judgedMs[index] = atMs;
  }

  /** A new default level reaches devices that the old default decided about at once, as the documentation says. */
  private followDefault(index: number, version: number): void {
    const now = this.around.versions[version];
    const before = this.around.versions[version - 1];
    if (!now || now.configuration.defaultAccessLevel === before?.configuration.defaultAccessLevel) return;
    if (this.columns.decisionAt(index).reason !== 'Global') return;
    this.record(index, { state: stateOf(now.configuration.defaultAccessLevel), reason: 'Global', rule: null }, now.fromMs);
  }

  private judge(index: number, version: number, connectedMs: InstantMs, isFirst: boolean): void {
    const around = this.around.versions[version];
    if (!around) return;
    const settings = this.around.settings(this.mailboxOf(index));
    const isStrict = around.strictPolicies.has(settings.policyId ?? around.defaultPolicyId);
    const decision = decideAccess(around.configuration, settings, !isStrict, this.facts(index));
    if (isFirst) {
      this.columns.decision[index] = this.columns.codeOf(decision);
      if (index >= this.layout.count) this.columns.changedMs[index] = connectedMs;
    } else this.record(index, decision, connectedMs);
  }

  private record(index: number, decision: AccessDecision, atMs: InstantMs): void {
    const { columns } = this;
    const code = columns.codeOf(decision);
    if (columns.decision[index] === code) return;
    if (columns.decisionAt(index).state === 'Allowed' && decision.state !== 'Allowed') {
      const before = this.lastConnection(index, atMs - 1);
      columns.frozenSuccessMs[index] = before === NEVER ? Number.NaN : before;
    }
    columns.decision[index] = code;
    columns.changedMs[index] = atMs;
  }
}

function samePhone(facts: DeviceFacts, original: DeviceFacts): DeviceFacts {
  const { deviceId, deviceType, deviceModel, deviceOs, userAgent, friendlyName, clientType, clientVersion, objectName, life } = original;
  return { ...facts, deviceId, deviceType, deviceModel, deviceOs, userAgent, friendlyName, clientType, clientVersion, objectName, life };
}

/** A leaver's phone: last seen three weeks before the start at the latest. */
function silenced(facts: DeviceFacts, startMs: InstantMs): DeviceFacts {
  return { ...facts, stoppedMs: Math.max(facts.bornMs, Math.min(facts.stoppedMs ?? Infinity, startMs - LEFT_MS)) };
}

function policyStatus(facts: DeviceFacts): string {
  if (facts.clientType !== 'EAS') return facts.isManaged ? 'ExternallyManaged' : 'NotApplied';
  return facts.provisionable ? 'AppliedInFull' : 'PartiallyApplied';
}
