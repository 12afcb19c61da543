declare module '@elastic/mockotlpserver/lib/proto.js' {
  /** OTLP's definitions, as protobufjs has them. */
  export function getProtoRoot(): { lookupType(name: string): { decode(body: Uint8Array): unknown } };
}
