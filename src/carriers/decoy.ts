import { isObject } from './is-object';

/** Attributes that are never sent: the propagator leaves them alone. */
export class Decoy {
  readonly #decoy = true;

  static is(carrier: unknown): boolean {
    return isObject(carrier) && #decoy in carrier;
  }
}
