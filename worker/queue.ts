/**
 * The definition of a queue and nothing else: what a chart, a script that fills the queue and a worker all import. It
 * loads no package and opens no connection.
 */
export {
  type BytesQueueOptions,
  defineQueue,
  InvalidItemError,
  type PayloadKind,
  type Queue,
  type QueueOf,
  type SchemaIssue,
  type SchemaQueueOptions,
  type SchemaResult,
  type StandardSchema,
  type TextQueueOptions,
} from './definition';
