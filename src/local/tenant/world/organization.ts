// One living organization: its stores put together, its events played in order, its changes applied.
// Not the wire (exchange/, graph/) and not the journal (world.ts), through which every change comes.
import type { Change, CloudSwitches, DeviceChangeRequest } from './changes.ts';
import { CAST } from './cast.ts';
import { layOutDevices } from './device-facts.ts';
import { DeviceStore, type AccessVersion } from './devices.ts';
import { OrganizationDirectory } from './directory.ts';
import { MailboxStore } from './mailboxes.ts';
import { Phones, type PhoneEvent, type PhoneRules } from './phones.ts';
import type { PopulationPlan } from './population.ts';
import { seededAccess, seededPolicies, seededSettings } from './seed-settings.ts';
import { Timeline } from './timeline.ts';
import type { AccessConfiguration, Application, InstantMs, MobilePolicy, Organization, OrganizationSettings } from './types.ts';

/** How an organization is put together. */
export interface OrganizationNeeds {
  readonly plan: PopulationPlan;
  readonly applications: readonly Application[];
  readonly churnPerDay: number;
  now(): InstantMs;
  /** Dates, applies and writes down a change of this organization. */
  commit(change: Change): void;
}

/** Gates of seeded people were shut long before the start. */
const SHUT_BEFORE_MS = 40 * 86_400_000;

export class OrganizationWorld {
  readonly organization: Organization;
  readonly plan: PopulationPlan;
  readonly mailboxes: MailboxStore;
  readonly devices: DeviceStore;
  readonly directory: OrganizationDirectory;
  settings: OrganizationSettings;
  readonly policies = new Map<string, MobilePolicy>();
  private readonly versions: AccessVersion[] = [];
  private readonly timeline = new Timeline<PhoneEvent>();
  private readonly rules: PhoneRules;
  private readonly phones: Phones;
  private made = 0;

  constructor(needs: OrganizationNeeds) {
    const { plan } = needs;
    this.plan = plan;
    this.organization = plan.organization;
    const layout = layOutDevices(plan);
    this.mailboxes = new MailboxStore(plan, (mailboxIndex) => this.devices.seededDeviceIds(mailboxIndex));
    this.devices = new DeviceStore(plan, layout, {
      versions: this.versions,
      settings: (mailboxIndex) => this.mailboxes.settings(mailboxIndex),
    });
    this.settings = seededSettings(plan.startMs, plan.organization.domain);
    for (const policy of seededPolicies(plan.draw, plan.startMs)) this.policies.set(policy.guid, policy);
    this.pushVersion(seededAccess(plan.draw, plan.startMs), 0);
    this.rules = { cloudNeverReports: false, churnPerDay: needs.churnPerDay };
    this.phones = new Phones(this.devices, this.mailboxes, this.timeline, plan.draw, this.rules);
    this.directory = new OrganizationDirectory({ ...needs, mailboxes: this.mailboxes, devices: this.devices });
    for (let index = 0; index < Math.min(CAST.length, plan.mailboxCount); index += 1) {
      this.phones.refreshMailbox(index, plan.startMs - SHUT_BEFORE_MS);
    }
    this.phones.planChurn(0, plan.startMs);
  }

  /** What decides access now. */
  get access(): AccessConfiguration {
    return this.version.configuration;
  }

  get cloud(): CloudSwitches {
    return { cloudNeverReports: this.rules.cloudNeverReports };
  }

  /** A guid for a rule or policy that is about to be made; the same order of making gives the same guids. */
  nextGuid(kind: 'rule' | 'policy'): string {
    return this.plan.draw.guid(kind, 1000 + this.made);
  }

  /** Plays everything that was due by `atMs`. */
  advance(atMs: InstantMs): void {
    for (let due = this.timeline.take(atMs); due; due = this.timeline.take(atMs)) this.phones.happen(due.event, due.atMs);
  }

  /** Applies a change as of `atMs`; everything due before must have been played. */
  apply(change: Change, atMs: InstantMs): void {
    switch (change.kind) {
      case 'mailbox.add':
        return this.directory.noteCreated(this.mailboxes.add(change.mailbox, atMs), atMs);
      case 'mailbox.settings':
        for (const device of this.devices.ofMailbox(change.mailbox)) this.devices.disturb(device, atMs);
        this.mailboxes.changeSettings(change.mailbox, change.change, atMs);
        return this.phones.refreshMailbox(change.mailbox, atMs);
      case 'access.configure':
        this.made += 1;
        return this.pushVersion({ ...this.access, ...change.change }, atMs);
      case 'settings.change':
        this.settings = { ...this.settings, ...change.change, changedMs: atMs };
        return undefined;
      case 'policy.save':
        this.made += 1;
        return this.savePolicy(change.policy, atMs);
      case 'policy.remove':
        this.policies.delete(change.guid);
        return this.pushVersion(this.access, atMs);
      case 'cloud.switch':
        Object.assign(this.rules, change.switches);
        return undefined;
      case 'user.update':
      case 'user.delete':
      case 'member.add':
      case 'member.remove':
      case 'application.add':
      case 'application.update':
      case 'mail.record': {
        const mailbox = this.directory.apply(change, atMs);
        return mailbox === undefined ? undefined : this.phones.refreshMailbox(mailbox, atMs);
      }
      default:
        return this.applyToDevice(change, atMs);
    }
  }

  private applyToDevice(change: DeviceChangeRequest, atMs: InstantMs): void {
    switch (change.kind) {
      case 'device.remove':
        return this.devices.remove(change.device);
      case 'device.wipe':
        return this.phones.requestWipe(change.device, change.scope, change.requestor, atMs);
      case 'device.cancel-wipe':
        return this.phones.cancelWipe(change.device);
      case 'device.change':
        return this.phones.change(change.device, change.facts, atMs);
      case 'device.power':
        return this.phones.setPower(change.device, change.isOn, atMs);
      case 'device.connect':
        return this.phones.connect(change.device, atMs);
      case 'device.reset':
        return void this.phones.reset(change.device, atMs);
      case 'device.add':
        return void this.devices.add(change.mailbox, atMs, change.facts, change.guid);
    }
  }

  private savePolicy(policy: MobilePolicy, atMs: InstantMs): void {
    if (policy.isDefault) {
      for (const other of this.policies.values()) if (other.isDefault) this.policies.set(other.guid, { ...other, isDefault: false });
    }
    this.policies.set(policy.guid, policy);
    this.pushVersion(this.access, atMs);
  }

  private get version(): AccessVersion {
    const version = this.versions.at(-1);
    if (!version) throw new Error('An organization has an access configuration from its beginning');
    return version;
  }

  /** Begins a new version where anything that decides access is different. */
  private pushVersion(configuration: AccessConfiguration, fromMs: InstantMs): void {
    const strict = [...this.policies.values()].filter((policy) => policy.settings['AllowNonProvisionableDevices'] === false);
    const strictPolicies = new Set(strict.map((policy) => policy.guid));
    const defaultPolicyId = [...this.policies.values()].find((policy) => policy.isDefault)?.guid ?? '';
    const last = this.versions.at(-1);
    const isSame =
      last?.configuration === configuration &&
      last.defaultPolicyId === defaultPolicyId &&
      last.strictPolicies.size === strictPolicies.size &&
      [...strictPolicies].every((guid) => last.strictPolicies.has(guid));
    if (isSame) return;
    this.versions.push({ fromMs, configuration, strictPolicies, defaultPolicyId });
    if (last) this.phones.refreshAll(fromMs);
  }
}
