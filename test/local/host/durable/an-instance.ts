// An orchestration instance with one interesting field.
import type { Instance } from '../../../../src/local/host/durable/durable-store.ts';

export function anInstance(fields: Partial<Instance> = {}): Instance {
  return {
    id: 'i',
    executionId: 'e',
    name: 'o',
    input: null,
    output: null,
    customStatus: null,
    status: 'Running',
    createdMs: 0,
    updatedMs: 0,
    generation: 0,
    parent: null,
    ...fields,
  };
}
