// Parameters of New- and Set-MobileDeviceMailboxPolicy, made from the domain's table of policy settings.
// A value outside the documented limits is refused here: Exchange's own refusal would name the parameter only in prose.
import * as z from 'zod';
import { policySettings } from '../../domain/policy-settings.ts';
import type { PolicySettings, SettingForm } from '../../domain/policy-settings.ts';
import type { PolicyChange } from '../../domain/policy.ts';
import { ListEditValue, NewList, listEdit, timeSpanText } from './parameter-values.ts';

interface Setting {
  readonly parameter: string;
  readonly form: SettingForm;
}

const settings = Object.entries<Setting>(policySettings);
const unlimited = z.literal('Unlimited');

function number(form: Extract<SettingForm, { kind: 'number' }>): z.ZodType {
  const value = z.int().min(form.min).max(form.max);
  const orUnlimited = form.canBeUnlimited ? z.union([value, unlimited]) : value;
  return form.canBeBlank ? orUnlimited.nullable() : orUnlimited;
}

function duration(form: Extract<SettingForm, { kind: 'duration' }>): z.ZodType {
  return z
    .union([unlimited, z.int().min(form.minSeconds).max(form.maxSeconds)])
    .transform((seconds) => timeSpanText(seconds === 'Unlimited' ? 'unlimited' : seconds));
}

function schemaOf(form: SettingForm, lists: z.ZodType): z.ZodType {
  if (form.kind === 'switch') return z.boolean();
  if (form.kind === 'choice') return z.enum(form.values);
  if (form.kind === 'list') return lists;
  return form.kind === 'duration' ? duration(form) : number(form);
}

function schemasOf(lists: z.ZodType) {
  return Object.fromEntries(settings.map(([, { parameter, form }]) => [parameter, schemaOf(form, lists).exactOptional()]));
}

/** Settings of a policy to be made. */
export const newPolicy = schemasOf(NewList);
/** Settings of a policy to be changed. */
export const changedPolicy = schemasOf(ListEditValue);

/** The parameters for the settings of a new policy; an empty list is the default and is left out. */
export function parametersOfNewPolicy({
  approvedApplicationList: approved = [],
  unapprovedInRomApplicationList: unapproved = [],
  ...values
}: PolicySettings): Record<string, unknown> {
  return {
    ...parametersOf(values),
    ...(approved.length > 0 && { ApprovedApplicationList: approved }),
    ...(unapproved.length > 0 && { UnapprovedInROMApplicationList: unapproved }),
  };
}

/** The parameters for a change; an edit that changes nothing is left out. */
export function parametersOfPolicyChange({
  approvedApplicationList,
  unapprovedInRomApplicationList,
  ...values
}: PolicyChange): Record<string, unknown> {
  const approved = listEdit(approvedApplicationList);
  const unapproved = listEdit(unapprovedInRomApplicationList);
  return {
    ...parametersOf(values),
    ...(approved && { ApprovedApplicationList: approved }),
    ...(unapproved && { UnapprovedInROMApplicationList: unapproved }),
  };
}

function parametersOf(values: object): Record<string, unknown> {
  const given = new Map<string, unknown>(Object.entries(values));
  const parameters: Record<string, unknown> = {};
  for (const [key, { parameter }] of settings) {
    const value = given.get(key);
    if (value !== undefined) parameters[parameter] = value === 'unlimited' ? 'Unlimited' : value;
  }
  return parameters;
}
