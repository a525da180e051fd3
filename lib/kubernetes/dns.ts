/** How a pod looks up names, besides what its `dnsPolicy` says, or in place of it. */
export interface DnsConfig {
  /**
   * Addresses of name servers, at most 3.
   *
   * @default - those of the `dnsPolicy`
   * @example nameservers: ['10.0.0.10']
   */
  readonly nameservers?: string[];
  /**
   * Domains in which short names are looked up, at most 32.
   *
   * @default - those of the `dnsPolicy`
   * @example searches: ['corp.example.com']
   */
  readonly searches?: string[];
  /**
   * Options of the resolver.
   *
   * @default - those of the `dnsPolicy`
   * @example options: [{ name: 'ndots', value: '2' }]
   */
  readonly options?: DnsOption[];
}

/** An option of the resolver, as in resolv.conf. */
export interface DnsOption {
  /**
   * Its name.
   *
   * @example name: 'ndots'
   */
  readonly name: string;
  /**
   * Its value, as text.
   *
   * @default - none
   * @example value: '2'
   */
  readonly value?: string;
}

/** A line of the hosts file of a pod. */
export interface HostAlias {
  /**
   * The address.
   *
   * @example ip: '10.1.2.3'
   */
  readonly ip: string;
  /**
   * The names that lead there.
   *
   * @example hostnames: ['registry.corp.example.com']
   */
  readonly hostnames: string[];
}
