/** Bytes on a heap. */
export interface Heap {
  /** What JavaScript can hold: objects, closures, arrays, strings, numbers, buffers. */
  readonly data: number;
  /** What V8 has compiled and has learned of code and of the shapes of objects; it does so for as long as a function has not been called often. */
  readonly code: number;
}

/** As a file of `v8.getHeapSnapshot()` has it. */
interface Snapshot {
  readonly snapshot: {
    readonly meta: { readonly node_fields: string[]; readonly node_types: [string[], ...unknown[]] };
  };
  readonly nodes: number[];
}

const CODE = new Set(['code', 'hidden', 'object shape']);

/** What stands in a heap's snapshot, which V8 takes after a collection of garbage. */
export function heapIn(text: string): Heap {
  const { snapshot, nodes }: Snapshot = JSON.parse(text);
  const { node_fields: fields, node_types: types } = snapshot.meta;
  const [type, size] = [fields.indexOf('type'), fields.indexOf('self_size')];
  const heap = { data: 0, code: 0 };
  for (let at = 0; at < nodes.length; at += fields.length) {
    heap[CODE.has(types[0][nodes[at + type] ?? 0] ?? '') ? 'code' : 'data'] += nodes[at + size] ?? 0;
  }
  return heap;
}
