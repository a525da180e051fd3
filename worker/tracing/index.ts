export {
  EXCHANGES,
  HANDLER_CALLS,
  HANDLER_CHANNEL,
  type HandlerCall,
  type QueueExchange,
  type TracedItem,
} from './channels';
export type { TracedCall } from './trace-channel';
