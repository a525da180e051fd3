export { exposition } from './exposition';
export { type Family, familiesOf, type Sample } from './families';
export {
  DEFAULT_LISTEN,
  LISTEN_SYNTAX,
  type ListenAddress,
  listenText,
  parseListenAddress,
} from './listen-address';
export { MetricsServer } from './metrics-server';
export { type StoreMeasures, StoreReader, type StoreReaderOptions } from './store-reader';
