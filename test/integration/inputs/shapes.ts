/** A way in which an application may have made an object; `throws` where what reads all of it would fail. */
export interface Shape {
  readonly name: string;
  readonly throws?: boolean;
  /** The object in that way; its parts are in it already. */
  shaped(object: object): object;
}

class Made {}

export const SHAPES: readonly Shape[] = [
  { name: 'plain', shaped: (object) => object },
  { name: 'frozen', shaped: (object) => Object.freeze(object) },
  { name: 'an instance of a class', shaped: (object) => Object.assign(new Made(), object) },
  { name: 'without a prototype', shaped: (object) => Object.assign(Object.create(null), object) },
  { name: 'a proxy', shaped: (object) => new Proxy(object, {}) },
  {
    name: 'with undefined members',
    shaped: (object) => ({ ...object, MessageAttributes: undefined, MessageGroupId: undefined, ...object }),
  },
  { name: 'own getters', shaped: (object) => withGetters({}, object) },
  { name: "a class's getters", shaped: (object) => Object.create(withGetters({}, object)) },
  {
    name: 'with a getter that throws',
    throws: true,
    // Of a map of attributes the SDK itself reads every member.
    shaped: (object) =>
      'own' in object ? object : Object.defineProperty({ ...object }, 'debug', { get: fails, enumerable: true }),
  },
  {
    name: "with a class's getter that throws",
    shaped: (object) => Object.setPrototypeOf({ ...object }, Object.defineProperty({}, 'debug', { get: fails })),
  },
];

function withGetters(target: object, object: object): object {
  const getters = Object.entries(object).map(([name, value]) => [name, { get: () => value, enumerable: true }]);
  return Object.defineProperties(target, Object.fromEntries(getters));
}

function fails(): never {
  throw new Error('a getter that nothing needs was read');
}
