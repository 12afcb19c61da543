/** Attributes that are never sent: the propagator leaves them alone. */
export class Decoy {}
