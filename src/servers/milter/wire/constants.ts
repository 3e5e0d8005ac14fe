/**
 * Numbers of the milter protocol as Sendmail 8.17 and Postfix 3.x speak it. The names are libmilter's without their
 * prefix; `compatible/constants.ts` exports them under the prefixed names.
 */

/** Lowest version spoken here: version 1 had no negotiation worth the name. */
export const LOWEST_VERSION = 2;
/** Highest version: adds SKIP, RCPT_REJ, the NR_* bits, CHGFROM, ADDRCPT_PAR and SETSYMLIST. */
export const HIGHEST_VERSION = 6;

/** What a filter may do to a message (SMFIF_*). */
export const ACTIONS = {
  ADDHDRS: 0x001,
  CHGBODY: 0x002,
  ADDRCPT: 0x004,
  DELRCPT: 0x008,
  CHGHDRS: 0x010,
  QUARANTINE: 0x020,
  CHGFROM: 0x040,
  ADDRCPT_PAR: 0x080,
  SETSYMLIST: 0x100,
} as const;

/** What the MTA leaves out (NO…), sends without waiting for an answer (NR_…), or can do besides (SMFIP_*). */
export const STEPS = {
  NOCONNECT: 0x1,
  NOHELO: 0x2,
  NOMAIL: 0x4,
  NORCPT: 0x8,
  NOBODY: 0x10,
  NOHDRS: 0x20,
  NOEOH: 0x40,
  NR_HDR: 0x80,
  NOUNKNOWN: 0x100,
  NODATA: 0x200,
  SKIP: 0x400,
  RCPT_REJ: 0x800,
  NR_CONN: 0x1000,
  NR_HELO: 0x2000,
  NR_MAIL: 0x4000,
  NR_RCPT: 0x8000,
  NR_DATA: 0x10000,
  NR_UNKN: 0x20000,
  NR_EOH: 0x40000,
  NR_BODY: 0x80000,
  HDR_LEADSPC: 0x100000,
  MDS_256K: 0x10000000,
  MDS_1M: 0x20000000,
} as const;

/** Stages a filter may name macros for (SMFIM_*). */
export const STAGES = {
  CONNECT: 0,
  HELO: 1,
  ENVFROM: 2,
  ENVRCPT: 3,
  DATA: 4,
  EOM: 5,
  EOH: 6,
} as const;

/** Data bytes in one packet while nothing larger was negotiated. */
export const DATA_LIMIT = 65_535;
/** With STEPS.MDS_256K and STEPS.MDS_1M: the round number less one, as libmilter has it. */
export const DATA_LIMIT_256K = 256 * 1024 - 1;
export const DATA_LIMIT_1M = 1024 * 1024 - 1;

/** Body bytes that fit into one packet after these steps were negotiated. */
export function dataLimit(steps: number): number {
  if ((steps & STEPS.MDS_1M) !== 0) return DATA_LIMIT_1M;
  return (steps & STEPS.MDS_256K) === 0 ? DATA_LIMIT : DATA_LIMIT_256K;
}

export type ActionName = keyof typeof ACTIONS;
