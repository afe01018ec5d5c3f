// A collection as it is sent and answered. Only the form is checked here; what a rule may say is checked where it is kept (collection-problems.ts).
import * as z from 'zod';
import { accessStates } from '../../domain/access.ts';
import type { CollectionContent } from '../../domain/collection.ts';
import { collectionLimits } from '../../domain/collection-problems.ts';
import type { CollectionRule } from '../../domain/collection-rule.ts';
import type { CollectionView as StoredView } from '../../domain/collection-view.ts';
import { parseDeviceGuid, parseEntraObjectId } from '../../domain/device-identity.ts';
import { idFrom } from './parameters.ts';
import { listOf, Time } from './answers.ts';

const Text = z.string().max(collectionLimits.textLength);
const test = z.literal('test');
const eq = z.literal('eq');
const several = <T extends z.ZodType>(value: T): z.ZodArray<T> => z.array(value).max(collectionLimits.values);

/** Tests of a text for equality and for its beginning. */
function textTests<const Field extends string>(field: Field) {
  return [
    z.strictObject({ kind: test, field: z.literal(field), operator: eq, value: Text }),
    z.strictObject({ kind: test, field: z.literal(field), operator: z.literal('in'), value: several(Text) }),
    z.strictObject({ kind: test, field: z.literal(field), operator: z.literal('startsWith'), value: Text }),
  ] as const;
}

/** Tests for equality with what can only be one of some words. */
function equalTests<const Field extends string, Value extends z.ZodType>(field: Field, value: Value) {
  return z.discriminatedUnion('operator', [
    z.strictObject({ kind: test, field: z.literal(field), operator: eq, value }),
    z.strictObject({ kind: test, field: z.literal(field), operator: z.literal('in'), value: several(value) }),
  ]);
}

function below<const Field extends string>(field: Field, description: string) {
  return z.strictObject({ kind: test, field: z.literal(field), operator: z.literal('below'), value: Text.meta({ description }) });
}

const Test = z.discriminatedUnion('field', [
  equalTests('user', Text.meta({ description: 'Object id of a user.' })),
  equalTests('group', Text.meta({ description: 'Object id of a group; members of groups in it count too.' })),
  z.discriminatedUnion('operator', textTests('department')),
  z.discriminatedUnion('operator', textTests('domain')),
  z.discriminatedUnion('operator', textTests('clientType')),
  z.discriminatedUnion('operator', textTests('deviceType')),
  z.discriminatedUnion('operator', textTests('model')),
  z.discriminatedUnion('operator', [...textTests('os'), below('os', 'A name and a version, such as iOS 17.4.')]),
  below('easVersion', 'A version of Exchange ActiveSync, such as 16.1.'),
  equalTests('accessState', z.enum(accessStates)),
  equalTests('ownership', z.enum(['company', 'personal']).meta({ description: 'As Intune knows it.' })),
  z.strictObject({ kind: test, field: z.literal('staleDays'), operator: z.literal('atLeast'), value: z.int() }),
  z.strictObject({ kind: test, field: z.literal('isManaged'), operator: eq, value: z.boolean() }),
]);

/** What a device has to be like. What is not known of a device meets no test, and no `not` of one either. */
const Rule: z.ZodType<CollectionRule> = z
  .lazy(() =>
    z.discriminatedUnion('kind', [
      z.strictObject({ kind: z.literal('everything') }),
      z.strictObject({ kind: z.literal('and'), rules: z.array(Rule) }),
      z.strictObject({ kind: z.literal('or'), rules: z.array(Rule) }),
      z.strictObject({ kind: z.literal('not'), rule: Rule }),
      Test,
    ]),
  )
  .meta({ id: 'CollectionRule' });

const guid = { type: 'string', format: 'uuid' } as const;
const Device = idFrom(parseDeviceGuid, 'Not the id of a device: a GUID.').meta(guid);
const User = idFrom(parseEntraObjectId, 'Not an object id: a GUID.').meta(guid);

const Members = z
  .strictObject({ devices: z.array(Device).default([]), users: z.array(User).default([]) })
  .meta({ id: 'CollectionMembers', description: 'Devices by their ids, and all devices of users by their object ids.' });

/** What somebody wants a collection to be. What is left out is taken away. */
export const CollectionBody: z.ZodType<CollectionContent> = z
  .strictObject({
    name: z.string(),
    rule: Rule.exactOptional(),
    include: Members.default({ devices: [], users: [] }),
    exclude: Members.default({ devices: [], users: [] }).meta({ description: 'Wins over rule and include.' }),
    limitedBy: z
      .string()
      .exactOptional()
      .meta({ description: 'Id of the collection whose members alone can be members; left out, all devices.' }),
  })
  .meta({ id: 'CollectionContent' });

const MembersView = z.strictObject({ devices: z.array(z.string()), users: z.array(z.string()) }).meta({ id: 'CollectionMembersView' });

/** A collection. */
export const CollectionView = z
  .strictObject({
    id: z.string(),
    name: z.string(),
    isBuiltIn: z.boolean(),
    canChange: z.boolean().meta({ description: 'Whether you may change it.' }),
    isAssigned: z
      .boolean()
      .meta({ description: 'Rights of somebody are limited to it, so it may test only user, department, group and domain.' }),
    rule: Rule.optional().meta({
      description: 'This and what follows is left out for All Mobile Devices, and for collections that limit you.',
    }),
    include: MembersView.optional(),
    exclude: MembersView.optional(),
    limitedBy: z.string().optional(),
    createdAt: Time.optional(),
    changedAt: Time.optional(),
    changedBy: z.string().optional().meta({ description: 'Object id of whoever changed it last.' }),
  })
  .meta({ id: 'Collection' });

/** All collections that one may know of. */
export const CollectionListView = listOf(CollectionView);

/** The collection as it is answered. */
export function collectionView({ collection, ...facts }: StoredView): z.input<typeof CollectionView> {
  if (!collection) return facts;
  const { rule, include, exclude, limitedBy, createdAt, changedAt, changedBy } = collection;
  const listed = ({ devices, users }: typeof include): z.input<typeof MembersView> => ({ devices: [...devices], users: [...users] });
  return { ...facts, rule, include: listed(include), exclude: listed(exclude), limitedBy, createdAt, changedAt, changedBy };
}
