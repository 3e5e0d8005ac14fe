export type RecordType = 'A' | 'AAAA' | 'MX' | 'TXT' | 'PTR' | 'CNAME' | 'NS' | 'SOA';

export interface MxRecord {
  priority: number;
  exchange: string;
}

/**
 * Answers by record type: addresses as text, names in lower case (the root as the empty text), TXT as the chunks of one
 * record with a character for each octet.
 */
export interface RecordTypes {
  A: string;
  AAAA: string;
  MX: MxRecord;
  TXT: string[];
  PTR: string;
  CNAME: string;
  NS: string;
  SOA: string;
}

/**
 * ENOTFOUND: no such name. ENODATA: name without this type. ESERVFAIL and ETIMEOUT: temporary.
 * EBUDGET: the message has used up its queries or its time; treat as temporary.
 */
export type DnsErrorCode = 'ENOTFOUND' | 'ENODATA' | 'ESERVFAIL' | 'ETIMEOUT' | 'EBUDGET';

export class DnsError extends Error {
  readonly code: DnsErrorCode;
  constructor(code: DnsErrorCode, name: string, type: string) {
    // An answer like any other, made several times for most messages: a stack trace would cost more than the question.
    const limit = Error.stackTraceLimit;
    Error.stackTraceLimit = 0;
    super(`${code} ${type} ${name}`);
    Error.stackTraceLimit = limit;
    this.code = code;
  }
}

/** Records, and whether a validating resolver that we trust vouches for them by DNSSEC (RFC 4035 §3.2.3). */
export interface Found<T extends RecordType> {
  records: RecordTypes[T][];
  authentic: boolean;
}

/** Asks the DNS. Throws {@link DnsError}; never returns an empty list. */
export interface Resolver {
  resolve<T extends RecordType>(name: string, type: T): Promise<RecordTypes[T][]>;
  /** As `resolve`, for who wants to know whether the answer is authentic. Who lacks it knows of no authentic answer. */
  lookup?<T extends RecordType>(name: string, type: T): Promise<Found<T>>;
  /** Gives up what is under way; everything asked afterwards fails. Only who made the resolver calls it. */
  close?(): void;
}

/** A resolver that can do all of it. */
export type FullResolver = Required<Resolver>;
