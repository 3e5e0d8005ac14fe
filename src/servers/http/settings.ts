export interface HttpSettings {
  /** Addresses (`host:port`) of /metrics and /health; none: not served. */
  listen: readonly string[];
}

export const defaultHttpSettings: HttpSettings = {
  // Metrics tell who gets how much mail: loopback unless the admin opens it.
  listen: ['127.0.0.1:9980'],
};
