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
} from './define-queue';
export { hashOf } from './key';
export { type Decoded, type Decoder, decoderOf } from './payload';
export { queueHere, queueOfRun } from './queue-here';
