export { Connection, failureOf, loadClient } from './connection';
export { Doorbell } from './doorbell';
export {
  type Answer,
  type Claimed,
  type Counts,
  type Exchange,
  Incarnation,
  type Over,
  parseRenewal,
  type Told,
  type WaitReason,
} from './incarnation';
export { adoptNetworkDefaults, authorityFlags, type NetworkDefaults, networkDefaults } from './network-defaults';
export { checkStore } from './store-check';
export { fullness, memoryText, NEARLY_FULL, StoreInfo, type StoreMemory } from './store-info';
