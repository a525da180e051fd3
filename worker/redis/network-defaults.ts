import { getDefaultResultOrder, setDefaultResultOrder } from 'node:dns';
import {
  getDefaultAutoSelectFamily,
  getDefaultAutoSelectFamilyAttemptTimeout,
  setDefaultAutoSelectFamily,
  setDefaultAutoSelectFamilyAttemptTimeout,
} from 'node:net';
import tls from 'node:tls';

/**
 * How this thread connects by default: by flags of the process, or because the program set it. Each thread has its own.
 */
export interface NetworkDefaults {
  readonly resultOrder: ReturnType<typeof getDefaultResultOrder>;
  readonly autoSelectFamily: boolean;
  /** ms. */
  readonly attemptTimeout: number;
  readonly minVersion: tls.SecureVersion;
  readonly maxVersion: tls.SecureVersion;
  readonly ciphers: string;
}

/** The defaults of this thread. */
export function networkDefaults(): NetworkDefaults {
  return {
    resultOrder: getDefaultResultOrder(),
    autoSelectFamily: getDefaultAutoSelectFamily(),
    attemptTimeout: getDefaultAutoSelectFamilyAttemptTimeout(),
    minVersion: tls.DEFAULT_MIN_VERSION,
    maxVersion: tls.DEFAULT_MAX_VERSION,
    ciphers: tls.DEFAULT_CIPHERS,
  };
}

/** Takes over the defaults of another thread. */
export function adoptNetworkDefaults(defaults: NetworkDefaults): void {
  setDefaultResultOrder(defaults.resultOrder);
  setDefaultAutoSelectFamily(defaults.autoSelectFamily);
  setDefaultAutoSelectFamilyAttemptTimeout(defaults.attemptTimeout);
  tls.DEFAULT_MIN_VERSION = defaults.minVersion;
  tls.DEFAULT_MAX_VERSION = defaults.maxVersion;
  tls.DEFAULT_CIPHERS = defaults.ciphers;
}

const SYSTEM_AUTHORITIES = '--use-system-ca';

/** The flags that another thread needs to trust the authorities that this one trusts. There are none before Node 24. */
export function authorityFlags(): string[] {
  const given = [...process.execArgv, ...(process.env.NODE_OPTIONS ?? '').split(/\s+/)];
  return given.includes(SYSTEM_AUTHORITIES) ? [SYSTEM_AUTHORITIES] : [];
}
