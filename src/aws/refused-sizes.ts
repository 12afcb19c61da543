import { copyWith } from '../carriers/copy';
import { isObject } from '../carriers/is-object';
import { messageSize, type SizedMessage } from '../carriers/message-size';
import type { Operation } from './operation';

/** The list in which a batch has its messages. */
const LISTS: ReadonlyMap<string, string> = new Map([
  ['SendMessageBatch', 'Entries'],
  ['PublishBatch', 'PublishBatchRequestEntries'],
]);
const MESSAGES: readonly string[] = ['SendMessage', 'Publish'];

const MAX_TARGETS = 1000;

/** What a batch answers of its entries, each by its `Id`. */
export interface BatchOutput {
  readonly Successful?: readonly BatchEntryResult[] | undefined;
  readonly Failed?: readonly BatchEntryResult[] | undefined;
}
export interface BatchEntryResult {
  readonly Id?: unknown;
  readonly Code?: unknown;
  readonly Message?: unknown;
}

/** An input as it was given, and as it was sent. */
export interface Send {
  readonly given: object;
  readonly written: object;
}

/** The entries of a batch, each as it was given and as it was sent; none where the operation is no batch. */
export function entriesOf({ name }: Operation, { given, written }: Send): Send[] {
  const list = LISTS.get(name);
  if (list === undefined) return [];
  const entries = listIn(written, list);
  return listIn(given, list).flatMap((entry, index): Send[] => {
    const other = entries[index];
    return isObject(entry) && isObject(other) ? [{ given: entry, written: other }] : [];
  });
}

/** The batch with these entries and no others. */
export function withOnly({ name }: Operation, input: object, entries: readonly object[]): object {
  return copyWith(input, { [LISTS.get(name) ?? '']: entries });
}

function listIn(input: object, list: string): unknown[] {
  const value = (input as Record<string, unknown>)[list];
  return Array.isArray(value) ? value : [];
}

/**
 * The sizes that queues and topics have refused because of what was added: a queue's limit is its own, and nobody tells it to a
 * producer. Those of the last thousand are kept.
 */
export class RefusedSizes {
  readonly #sizes = new Map<string, number>();

  /** Keeps what was refused, a message or the whole batch, as refused. */
  remember(operation: Operation, written: object): void {
    if (MESSAGES.includes(operation.name)) this.#keep(key(operation, written), messageSize(written));
    else if (LISTS.has(operation.name)) this.#keep(batchKey(operation, written), batchSize(operation, written));
  }

  /** Keeps entries of a batch as refused. */
  rememberEntries(operation: Operation, input: object, entries: readonly Send[]): void {
    for (const { written } of entries) this.#keep(key(operation, input), messageSize(written));
  }

  /** What was written, but for what would be refused because of its size: that goes as it was given. */
  withoutRefused(operation: Operation, { given, written }: Send): object {
    if (this.#sizes.size === 0 || given === written) return written;
    const refused = this.#find(key(operation, given));
    if (MESSAGES.includes(operation.name)) return isRefused(written, refused) ? given : written;
    const list = LISTS.get(operation.name);
    if (list === undefined) return written;
    const refusedBatch = this.#find(batchKey(operation, given));
    if (refusedBatch !== undefined && batchSize(operation, written) >= refusedBatch) return given;
    if (refused === undefined) return written;
    const givenEntries = listIn(given, list);
    const entries = listIn(written, list);
    return copyWith(written, {
      [list]: entries.map((entry, index) =>
        isObject(entry) && isRefused(entry, refused) ? givenEntries[index] : entry,
      ),
    });
  }

  #find(target: string): number | undefined {
    const size = this.#sizes.get(target);
    if (size === undefined) return undefined;
    // The last of the map is the one that was used last.
    this.#sizes.delete(target);
    this.#sizes.set(target, size);
    return size;
  }

  #keep(target: string, size: number): void {
    const smaller = Math.min(size, this.#find(target) ?? size);
    this.#sizes.set(target, smaller);
    if (this.#sizes.size <= MAX_TARGETS) return;
    const [oldest] = this.#sizes.keys();
    if (oldest !== undefined) this.#sizes.delete(oldest);
  }
}

function isRefused(message: SizedMessage, refused: number | undefined): boolean {
  return refused !== undefined && messageSize(message) >= refused;
}

function batchSize({ name }: Operation, input: object): number {
  let size = 0;
  for (const entry of listIn(input, LISTS.get(name) ?? '')) if (isObject(entry)) size += messageSize(entry);
  return size;
}

function key({ service }: Operation, input: object): string {
  const { QueueUrl, TopicArn, TargetArn } = input as Record<string, unknown>;
  return `${service} ${QueueUrl ?? TopicArn ?? TargetArn}`;
}

function batchKey(operation: Operation, input: object): string {
  return `batch ${key(operation, input)}`;
}
