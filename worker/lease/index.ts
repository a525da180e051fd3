export { type FromLeaseThread, Lease } from './lease';
export { MAIN_THREAD } from './main-thread';
export { LAST_POSITION, SharedHand } from './shared-hand';
export { Vitals } from './vitals';
