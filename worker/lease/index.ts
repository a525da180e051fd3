export { type FromLeaseThread, Lease } from './lease';
export { MAIN_THREAD } from './main-thread';
export { INT, LANE, LAST_POSITION, makeSharedHand, RELEASED, type SharedHand, TIME } from './shared-hand';
