/** One call of an AWS SDK v3 client, by the names that the client gives itself (`SQS`, `SendMessage`). */
export interface Operation {
  readonly service: string;
  readonly name: string;
}
