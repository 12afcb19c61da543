import type { Attributes } from '@opentelemetry/api';
import type { OperationNames } from '../configuration/operation-names';
import type { DatadogNames } from './operation-names';

type Row = readonly [v0: string, v1: string, type: string];

const SQL_SERVER: Row = ['tedious.request', 'mssql.query', 'sql'];
const ORACLE: Row = ['oracle.query', 'oracle.query', 'sql'];

/**
 * By OpenTelemetry's name of the system, in either convention.
 * https://github.com/DataDog/dd-trace-js/blob/master/packages/dd-trace/src/service-naming/schemas/v0/storage.js
 */
const DATABASES: Readonly<Record<string, Row>> = {
  postgresql: ['pg.query', 'postgresql.query', 'sql'],
  mysql: ['mysql.query', 'mysql.query', 'sql'],
  mariadb: ['mariadb.query', 'mariadb.query', 'sql'],
  mssql: SQL_SERVER,
  'microsoft.sql_server': SQL_SERVER,
  oracle: ORACLE,
  'oracle.db': ORACLE,
  cassandra: ['cassandra.query', 'cassandra.query', 'cassandra'],
  mongodb: ['mongodb.query', 'mongodb.query', 'mongodb'],
  redis: ['redis.command', 'redis.command', 'redis'],
  valkey: ['valkey.command', 'valkey.command', 'valkey'],
  memcached: ['memcached.command', 'memcached.command', 'memcached'],
  elasticsearch: ['elasticsearch.query', 'elasticsearch.query', 'elasticsearch'],
  opensearch: ['opensearch.query', 'opensearch.query', 'opensearch'],
};

/** Of a query or a command; not of a connection, which has neither an operation nor a statement. */
export function databaseNames(attributes: Attributes, naming: OperationNames): DatadogNames | undefined {
  const system = attributes['db.system.name'] ?? attributes['db.system'];
  if (typeof system !== 'string' || !Object.hasOwn(DATABASES, system)) return undefined;
  const command = attributes['db.operation.name'] ?? attributes['db.operation'];
  if (command === undefined && !('db.query.text' in attributes || 'db.statement' in attributes)) return undefined;
  const [v0, v1, type] = DATABASES[system] as Row;
  return { operation: naming === 'v0' ? v0 : v1, resource: resourceOf(system, type, command, attributes), type };
}

/** Of these the Agent makes a statement anonymous before it is shown. */
const ANONYMOUS: readonly string[] = ['sql', 'cassandra', 'redis', 'valkey'];

/** A statement need not be sent twice: the Agent takes it for the resource by itself, but from the older convention only. */
function resourceOf(system: string, type: string, command: unknown, attributes: Attributes): string | undefined {
  if (system === 'memcached') return command === undefined ? undefined : String(command);
  if (system === 'mongodb') return commandOf(command, attributes);
  if ('db.system' in attributes || !ANONYMOUS.includes(type)) return undefined;
  const statement = attributes['db.query.text'];
  return typeof statement === 'string' ? statement : undefined;
}

/** `find shop.orders` */
function commandOf(command: unknown, attributes: Attributes): string | undefined {
  if (command === undefined) return undefined;
  const database = attributes['db.namespace'] ?? attributes['db.name'];
  const collection = attributes['db.collection.name'] ?? attributes['db.mongodb.collection'];
  return database && collection ? `${command} ${database}.${collection}` : String(command);
}
