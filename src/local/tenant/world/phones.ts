// What phones do over time and what is done to them: wipes on their way, power, resets, updates, newcomers.
// The access decision is devices.ts; which change is asked for and written down is changes.ts.
// Wipe life: [MS-ASPROV] 3.1.5.1; what a blocked phone does is inferred (differences.md).
import { updatedAgent, updatedOs } from './device-profiles.ts';
import { isAboveFloor, type DeviceFacts } from './device-facts.ts';
import type { DeviceStore } from './devices.ts';
import type { Draw } from './hash.ts';
import type { MailboxStore } from './mailboxes.ts';
import type { Timeline } from './timeline.ts';
import type { InstantMs, WipeTimes } from './types.ts';

/** Something that a phone is going to do. */
export type PhoneEvent =
  | { readonly kind: 'fetch-wipe'; readonly device: number }
  | { readonly kind: 'answer-wipe'; readonly device: number; readonly scope: WipeScope }
  | { readonly kind: 'return'; readonly device: number }
  | { readonly kind: 'churn'; readonly count: number };

export type WipeScope = 'device' | 'account';

export interface PhoneRules {
  /** Wipes are carried out, but Exchange never hears of it, as Microsoft's page warns. */
  cloudNeverReports: boolean;
  /** Part of all phones that are updated, replaced or reset a day. */
  churnPerDay: number;
}

const SECOND_MS = 1000;
const HOUR_MS = 3_600_000;
const DAY_MS = 86_400_000;

export class Phones {
  private readonly devices: DeviceStore;
  private readonly mailboxes: MailboxStore;
  private readonly timeline: Timeline<PhoneEvent>;
  private readonly draw: Draw;
  private readonly rules: PhoneRules;
  /** Devices with an open wipe that came by but may not sync: they are looked at again when access changes. */
  private readonly waiting = new Set<number>();

  constructor(devices: DeviceStore, mailboxes: MailboxStore, timeline: Timeline<PhoneEvent>, draw: Draw, rules: PhoneRules) {
    this.devices = devices;
    this.mailboxes = mailboxes;
    this.timeline = timeline;
    this.draw = draw;
    this.rules = rules;
  }

  requestWipe(device: number, scope: WipeScope, requestor: string, atMs: InstantMs): void {
    const wipe: WipeTimes = { requestedMs: atMs, requestor, sentMs: null, acknowledgedMs: null, failedMs: null };
    this.devices.edit(device, (change) => void (change[wipeField(scope)] = wipe));
    this.planFetch(device, atMs);
  }

  /** Takes back what is not acknowledged; a phone that already has the order carries it out all the same. */
  cancelWipe(device: number): void {
    this.devices.edit(device, (change) => {
      for (const field of ['deviceWipe', 'accountWipe'] as const) if (change[field] && isOpen(change[field])) change[field] = undefined;
    });
  }

  change(device: number, facts: Partial<DeviceFacts>, atMs: InstantMs): void {
    this.devices.disturb(device, atMs);
    this.devices.edit(device, (change) => void (change.facts = { ...change.facts, ...facts }));
    this.devices.columns.changedMs[device] = atMs;
  }

  setPower(device: number, isOn: boolean, atMs: InstantMs): void {
    this.devices.edit(device, (change) => void (change.isOff = !isOn));
    this.refreshSilence(device, atMs);
    if (isOn) this.planFetch(device, atMs);
  }

  /** The phone syncs now, whatever its timetable says; an erased one or one that is shut out cannot. */
  connect(device: number, atMs: InstantMs): void {
    if (this.isShut(device) || !isAboveFloor(this.devices.facts(device), atMs)) return;
    this.devices.disturb(device, atMs - 1);
    this.devices.edit(device, (change) => void (change.extraMs = atMs));
    this.devices.decision(device, atMs);
    this.fetchWipe(device, atMs);
  }

  /** A reset phone that is set up again has a new DeviceId, so it is a new partnership; the old row stays. Answers the new index. */
  reset(device: number, atMs: InstantMs): number {
    this.erase(device, atMs);
    return this.setUpAgain(device, atMs);
  }

  /** Access of a mailbox changed: its phones go silent or come back, and are judged anew. */
  refreshMailbox(mailboxIndex: number, atMs: InstantMs): void {
    for (const device of this.devices.ofMailbox(mailboxIndex)) {
      this.refreshSilence(device, atMs);
      if (this.waiting.delete(device)) this.planFetch(device, atMs);
    }
  }

  /** Rules or defaults changed for everybody. */
  refreshAll(atMs: InstantMs): void {
    for (const device of [...this.waiting].toSorted((a, b) => a - b)) this.planFetch(device, atMs);
    this.waiting.clear();
  }

  planChurn(count: number, afterMs: InstantMs): void {
    const perDay = this.rules.churnPerDay * Math.max(1, this.devices.extent);
    if (perDay <= 0) return;
    const gap = -Math.log(1 - this.draw.fraction('churn', count, 1)) * (DAY_MS / perDay);
    this.timeline.plan(afterMs + Math.max(1, Math.floor(gap)), { kind: 'churn', count });
  }

  happen(event: PhoneEvent, atMs: InstantMs): void {
    switch (event.kind) {
      case 'fetch-wipe':
        return this.fetchWipe(event.device, atMs);
      case 'answer-wipe':
        return this.answerWipe(event.device, event.scope, atMs);
      case 'return':
        if (!this.isMailboxShut(event.device)) this.setUpAgain(event.device, atMs);
        return undefined;
      case 'churn':
        this.churn(event.count, atMs);
        return this.planChurn(event.count + 1, atMs);
    }
  }

  private planFetch(device: number, atMs: InstantMs): void {
    if (!this.openWipe(device)) return;
    const facts = this.devices.facts(device);
    // An online Outlook carries a wipe out within seconds, says its FAQ.
    const isOnline = facts.deviceType === 'Outlook' && facts.life === 'live' && !this.isShut(device);
    const at = isOnline ? atMs + (5 + this.draw.below(30, 'device', device, 51)) * SECOND_MS : this.devices.nextConnection(device, atMs);
    if (Number.isFinite(at)) this.timeline.plan(at, { kind: 'fetch-wipe', device });
    else this.waiting.add(device);
  }

  /** A phone that may not sync does not come as far as the order (which is why one wipes first and blocks after). */
  private fetchWipe(device: number, atMs: InstantMs): void {
    const scope = this.openWipe(device);
    if (!scope || this.devices.isRemoved(device)) return;
    const { state } = this.devices.decision(device, atMs);
    if (state === 'DeviceDiscovery') return this.planFetch(device, atMs);
    if (this.isShut(device) || state !== 'Allowed') return void this.waiting.add(device);
    this.devices.edit(device, (change) => {
      const wipe = change[wipeField(scope)];
      if (wipe) change[wipeField(scope)] = { ...wipe, sentMs: wipe.sentMs ?? atMs };
      change.extraMs = atMs;
    });
    if (this.devices.facts(device).wipe === 'never-acknowledges') return;
    const delay = (2 + this.draw.below(13, 'device', device, 52)) * SECOND_MS;
    this.timeline.plan(atMs + delay, { kind: 'answer-wipe', device, scope });
  }

  private answerWipe(device: number, scope: WipeScope, atMs: InstantMs): void {
    if (this.devices.isRemoved(device)) return;
    const fails = this.devices.facts(device).wipe === 'fails';
    this.devices.edit(device, (change) => {
      const wipe = change[wipeField(scope)];
      if (!wipe || !isOpen(wipe) || this.rules.cloudNeverReports) return;
      change[wipeField(scope)] = { ...wipe, ...(fails ? { failedMs: atMs } : { acknowledgedMs: atMs }) };
    });
    if (fails) return;
    this.erase(device, atMs);
    if (this.draw.below(100, 'device', device, 53) < 50) {
      this.timeline.plan(atMs + (1 + this.draw.below(72, 'device', device, 54)) * HOUR_MS, { kind: 'return', device });
    }
  }

  private openWipe(device: number): WipeScope | undefined {
    const change = this.devices.changes.get(device);
    if (change?.deviceWipe && isOpen(change.deviceWipe)) return 'device';
    return change?.accountWipe && isOpen(change.accountWipe) ? 'account' : undefined;
  }

  private erase(device: number, atMs: InstantMs): void {
    this.devices.edit(device, (change) => void (change.isErased = true));
    this.refreshSilence(device, atMs);
  }

  private setUpAgain(device: number, atMs: InstantMs): number {
    const { deviceType, deviceModel, deviceOs, deviceOsLanguage, userAgent, friendlyName, clientType, clientVersion } =
      this.devices.facts(device);
    const index = this.devices.extent;
    const length = this.devices.facts(device).deviceId.length;
    const deviceId = this.draw.hex(Math.max(13, Math.min(32, length)), 'device-id', index, 7).toUpperCase();
    const kept = {
      deviceType,
      deviceModel,
      deviceOs,
      deviceOsLanguage,
      userAgent,
      friendlyName,
      clientType,
      clientVersion,
      hidesSync: false,
    };
    return this.devices.add(this.devices.mailboxOf(device), atMs, { ...kept, deviceId });
  }

  private isMailboxShut(device: number): boolean {
    const mailboxIndex = this.devices.mailboxOf(device);
    if (!this.mailboxes.isEnabled(mailboxIndex)) return true;
    const settings = this.mailboxes.settings(mailboxIndex);
    if (this.devices.facts(device).clientType === 'EAS') return !settings.activeSyncEnabled;
    return settings.outlookMobileEnabled === false;
  }

  private isShut(device: number): boolean {
    const change = this.devices.changes.get(device);
    return change?.isErased === true || change?.isOff === true || this.isMailboxShut(device);
  }

  private refreshSilence(device: number, atMs: InstantMs): void {
    const last = this.devices.changes.get(device)?.windows?.at(-1);
    const isSilent = last !== undefined && last.untilMs === Infinity;
    const isShut = this.isShut(device);
    if (isShut === isSilent) return;
    this.devices.disturb(device, atMs);
    this.devices.edit(device, (change) => {
      change.windows ??= [];
      const open = change.windows.at(-1);
      if (isShut) change.windows.push({ fromMs: atMs + 1, untilMs: Infinity });
      else if (open) open.untilMs = atMs + 1;
    });
  }

  private churn(count: number, atMs: InstantMs): void {
    const device = this.draw.below(this.devices.extent, 'churn', count, 2);
    if (this.devices.isRemoved(device) || this.isShut(device)) return;
    const facts = this.devices.facts(device);
    if (facts.life === 'dormant' || facts.life === 'never') return;
    const roll = this.draw.below(100, 'churn', count, 3);
    if (roll < 60) this.updateOs(device, facts, atMs);
    else if (roll < 80) this.devices.add(this.devices.mailboxOf(device), atMs);
    else if (roll < 92) this.reset(device, atMs);
    else if (roll < 95) this.change(device, { deviceModel: renamedModel(facts.deviceModel) }, atMs);
    else this.change(device, { friendlyName: `${facts.deviceType} ${count % 100}` }, atMs);
  }

  private updateOs(device: number, facts: DeviceFacts, atMs: InstantMs): void {
    const deviceOs = updatedOs(facts.deviceOs);
    if (deviceOs) this.change(device, { deviceOs, userAgent: updatedAgent(facts, deviceOs) }, atMs);
  }
}

/** Updates change what a phone calls its model: a code gains a variant, or loses it. */
function renamedModel(model: string): string {
  return model.endsWith('/DS') ? model.slice(0, -3) : `${model}/DS`;
}

function wipeField(scope: WipeScope): 'deviceWipe' | 'accountWipe' {
  return scope === 'device' ? 'deviceWipe' : 'accountWipe';
}

function isOpen(wipe: WipeTimes): boolean {
  return wipe.acknowledgedMs === null && wipe.failedMs === null;
}
