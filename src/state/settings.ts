export interface RedisTlsSettings {
  /** Turns TLS on for cluster and Sentinel connections too; a `rediss://` URL does so by itself. */
  enabled: boolean;
  /** PEM text, not paths; '' for the system's authorities, or for no client certificate. */
  ca: string;
  certificate: string;
  key: string;
  /** Name to expect in the server's certificate when it is not the host name; '' for the host name. */
  serverName: string;
}

export interface RedisSettings {
  /** `redis://host:port/database`, `rediss://…` for TLS, or the path of a unix socket. */
  url: string;
  /** URLs of some nodes of a Redis Cluster; when there is one, `url` is not used. */
  cluster: string[];
  /** Sentinels; when there is one, `url` is not used and `sentinelName` names the master group. */
  sentinels: { host: string; port: number }[];
  sentinelName: string;
  sentinelPassword: string;
  /** '' for what the URL says. */
  username: string;
  password: string;
  tls: RedisTlsSettings;
  /** Begins every key, so that several installations may share a server. */
  prefix: string;
  /** Seconds a call may take, waiting for a connection included. */
  timeout: number;
}

export interface StateSettings {
  driver: 'sqlite' | 'redis';
  /** File of the SQLite driver. */
  path: string;
  /** Seconds the SQLite driver waits for other processes' writes. */
  timeout: number;
  /** Largest size of the SQLite file, octets; at it, writes fail as on a full disk. */
  sizeLimit: number;
  redis: RedisSettings;
}

export const defaultStateSettings: StateSettings = {
  // Needs no server; Redis is for when several machines must remember the same things.
  driver: 'sqlite',
  // In the working folder; the configuration puts it under the data folder.
  path: 'state.sqlite',
  // Other processes (the command line, workers) hold the lock for milliseconds.
  timeout: 5,
  // Ten times what Bayes and greylisting of a busy site need; a fault that fills it must not fill the mail's disk.
  sizeLimit: 8 * 1024 ** 3,
  redis: {
    url: 'redis://127.0.0.1:6379/0',
    cluster: [],
    sentinels: [],
    sentinelName: 'mymaster',
    sentinelPassword: '',
    username: '',
    password: '',
    tls: { enabled: false, ca: '', certificate: '', key: '', serverName: '' },
    prefix: 'tamis:',
    // Long enough for a reconnect after a restart, short against an SMTP client's five minutes a command.
    timeout: 2,
  },
};
