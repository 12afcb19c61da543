import { setTimeout as sleep } from 'node:timers/promises';
import { itemIn } from '../order.ts';
import type { DirectMessage } from './transport.ts';

const ARRIVAL_MILLIS = 30_000;

/** What the fleet has seen on its way. */
export class Arrivals {
  readonly #messages = new Map<string, DirectMessage>();

  add(message: DirectMessage): void {
    const item = itemIn(message.body);
    if (item === undefined) throw new Error(`a message of no order: ${message.body}`);
    this.#messages.set(item, message);
  }

  async message(item: string): Promise<DirectMessage> {
    for (const deadline = Date.now() + ARRIVAL_MILLIS; Date.now() < deadline; await sleep(20)) {
      const message = this.#messages.get(item);
      if (message !== undefined) return message;
    }
    throw new Error(`${item} has not arrived`);
  }
}
