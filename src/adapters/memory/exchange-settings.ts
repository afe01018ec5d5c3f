// The access, policies and organization parts of the Exchange port over a world in memory; bound to the real adapter by the contract suite.
import { AppError } from '../../domain/errors.ts';
import type { ExchangeAccess, ExchangeOrganization, ExchangePolicies } from '../../domain/exchange-port.ts';
import type { MailboxPolicy, PolicyChange } from '../../domain/policy.ts';
import type { PolicySettings } from '../../domain/policy-settings.ts';
import { edited, missing } from './exchange-world.ts';
import type { MemoryExchangeWorld } from './exchange-world.ts';

/** The access part of the port. */
export function createMemoryExchangeAccess(world: MemoryExchangeWorld): ExchangeAccess {
  return {
    async getAccessSettings() {
      world.before('getAccessSettings');
      return world.settings;
    },
    async setAccessSettings({ adminMailRecipients, ...values }) {
      world.before('setAccessSettings');
      const recipients = adminMailRecipients && edited(world.settings.adminMailRecipients, adminMailRecipients);
      world.settings = { ...world.settings, ...values, ...(recipients && { adminMailRecipients: recipients }) };
    },
    async listAccessRules() {
      world.before('listAccessRules');
      return world.rules;
    },
    async createAccessRule({ characteristic, queryString, accessLevel }) {
      world.before('createAccessRule');
      const name = `${queryString} (${characteristic})`;
      if (world.rules.some((rule) => rule.name === name)) throw exists('New-ActiveSyncDeviceAccessRule');
      world.rules = [...world.rules, { guid: world.ids.next(), name, characteristic, queryString, accessLevel }];
    },
    async setAccessRuleLevel(ruleGuid, accessLevel) {
      world.before('setAccessRuleLevel');
      if (!world.rules.some(({ guid }) => guid === ruleGuid)) throw missing('Set-ActiveSyncDeviceAccessRule');
      world.rules = world.rules.map((rule) => (rule.guid === ruleGuid ? { ...rule, accessLevel } : rule));
    },
    async removeAccessRule(ruleGuid) {
      world.before('removeAccessRule');
      const rest = world.rules.filter(({ guid }) => guid !== ruleGuid);
      const isGone = rest.length < world.rules.length;
      world.rules = rest;
      return isGone ? 'removed' : 'missing';
    },
    async listDeviceClasses() {
      world.before('listDeviceClasses');
      return world.deviceClasses;
    },
  };
}

/** The policies part of the port. */
export function createMemoryExchangePolicies(world: MemoryExchangeWorld): ExchangePolicies {
  return {
    async listPolicies() {
      world.before('listPolicies');
      return world.policies;
    },
    async getPolicy(policyGuid) {
      world.before('getPolicy');
      return world.policies.find(({ guid }) => guid === policyGuid);
    },
    async createPolicy(name, settings) {
      world.before('createPolicy');
      if (world.policies.some((policy) => policy.name?.toLowerCase() === name.toLowerCase())) throw exists('New-MobileDeviceMailboxPolicy');
      keepPolicy(world, { guid: world.ids.next(), name, settings: { isDefault: false, ...settings }, changedAt: world.clock.now() });
    },
    async changePolicy(policyGuid, { name, ...change }) {
      world.before('changePolicy');
      const policy = world.policies.find(({ guid }) => guid === policyGuid);
      if (!policy) throw missing('Set-MobileDeviceMailboxPolicy');
      const settings = withChange(policy.settings, change);
      keepPolicy(world, { ...policy, settings, changedAt: world.clock.now(), ...(name !== undefined && { name }) });
    },
    async removePolicy(policyGuid) {
      world.before('removePolicy');
      const policy = world.policies.find(({ guid }) => guid === policyGuid);
      if (!policy) return 'missing';
      if (isAssigned(world, policy)) throw new AppError('exchange.bad-parameter', { request: 'Remove-MobileDeviceMailboxPolicy' });
      world.policies = world.policies.filter(({ guid }) => guid !== policyGuid);
      return 'removed';
    },
  };
}

/** The organization part of the port. */
export function createMemoryExchangeOrganization(world: MemoryExchangeWorld): ExchangeOrganization {
  return {
    async getOrganization() {
      world.before('getOrganization');
      return world.organization;
    },
    async checkRights() {
      world.before('checkRights');
      return world.rights;
    },
  };
}

function exists(request: string): AppError {
  return new AppError('exchange.exists', { request });
}

/** Puts a policy in its place; there is only one default. */
function keepPolicy(world: MemoryExchangeWorld, policy: MailboxPolicy): void {
  const others = world.policies.filter(({ guid }) => guid !== policy.guid);
  const isDefault = policy.settings.isDefault === true;
  world.policies = [
    ...(isDefault ? others.map((other) => ({ ...other, settings: { ...other.settings, isDefault: false } })) : others),
    policy,
  ];
}

function withChange(settings: PolicySettings, change: PolicyChange): PolicySettings {
  const { approvedApplicationList: approved, unapprovedInRomApplicationList: unapproved, ...values } = change;
  return {
    ...settings,
    ...values,
    ...(approved && { approvedApplicationList: edited(settings.approvedApplicationList, approved) }),
    ...(unapproved && { unapprovedInRomApplicationList: edited(settings.unapprovedInRomApplicationList, unapproved) }),
  };
}

function isAssigned(world: MemoryExchangeWorld, policy: MailboxPolicy): boolean {
  return [...world.mailboxes.values()].some(({ access }) => access.policy !== undefined && access.policy === policy.name);
}
