// Rows of Get-MobileDeviceMailboxPolicy, read with the domain's table of policy settings.
// A value beyond a setting's documented limits is kept: Exchange is the truth.
import * as z from 'zod';
import type { MailboxPolicy } from '../../domain/policy.ts';
import { hasForm, isPolicySettings, policySettings } from '../../domain/policy-settings.ts';
import type { PolicySettings, SettingForm } from '../../domain/policy-settings.ts';
import { choice, flag, guid, instant, known, limit, list, text, timeSpan } from './row-fields.ts';

interface Setting {
  readonly parameter: string;
  readonly form: SettingForm;
}

const settings = Object.entries<Setting>(policySettings);

function fieldOf(form: SettingForm): z.ZodType {
  if (form.kind === 'switch') return flag;
  if (form.kind === 'choice') return choice(form.values);
  if (form.kind === 'list') return list;
  if (form.kind === 'duration') return timeSpan;
  // Null is a value where a setting can be blank.
  return form.canBeBlank ? z.union([z.null(), limit]) : limit;
}

const SettingColumns = z.object(Object.fromEntries(settings.map(([, { parameter, form }]) => [parameter, fieldOf(form).optional()])));

function settingsOf(row: z.output<typeof SettingColumns>): PolicySettings {
  const found = settings
    .map(([key, { parameter, form }]) => ({ key, form, value: row[parameter] }))
    .filter(({ form, value }) => hasForm(form, value))
    .map(({ key, value }) => [key, value] as const);
  const values: Record<string, unknown> = Object.fromEntries(found);
  return isPolicySettings(values) ? values : {};
}

/** A row of Get-MobileDeviceMailboxPolicy. */
export const PolicyRow = z
  .object({ Guid: guid, Name: text, DistinguishedName: text, WhenChangedUTC: instant })
  .and(SettingColumns)
  .transform((row): MailboxPolicy =>
    known({
      guid: row.Guid,
      name: row.Name,
      distinguishedName: row.DistinguishedName,
      settings: settingsOf(row),
      changedAt: row.WhenChangedUTC,
    }),
  );
