/** libmilter's constants under the names its filters use. Exported as they are from `tamis/milter`. */
import { ACTIONS, STAGES, STEPS } from '../wire/constants.ts';

/** Version of the libmilter API that the bindings follow (1.0.2, protocol 6). */
export const SMFI_VERSION = 0x01000002;

export const MI_SUCCESS = 0;
export const MI_FAILURE = -1;

export const SMFIS_CONTINUE = 0;
export const SMFIS_REJECT = 1;
export const SMFIS_DISCARD = 2;
export const SMFIS_ACCEPT = 3;
export const SMFIS_TEMPFAIL = 4;
export const SMFIS_NOREPLY = 7;
export const SMFIS_SKIP = 8;
/** For the negotiate callback only: take every step and action the MTA offers. */
export const SMFIS_ALL_OPTS = 10;

export const SMFIF_NONE = 0;
export const SMFIF_ADDHDRS = ACTIONS.ADDHDRS;
export const SMFIF_CHGBODY = ACTIONS.CHGBODY;
/** Old name of SMFIF_CHGBODY. */
export const SMFIF_MODBODY = ACTIONS.CHGBODY;
export const SMFIF_ADDRCPT = ACTIONS.ADDRCPT;
export const SMFIF_DELRCPT = ACTIONS.DELRCPT;
export const SMFIF_CHGHDRS = ACTIONS.CHGHDRS;
export const SMFIF_QUARANTINE = ACTIONS.QUARANTINE;
export const SMFIF_CHGFROM = ACTIONS.CHGFROM;
export const SMFIF_ADDRCPT_PAR = ACTIONS.ADDRCPT_PAR;
export const SMFIF_SETSYMLIST = ACTIONS.SETSYMLIST;

export const SMFIP_NOCONNECT = STEPS.NOCONNECT;
export const SMFIP_NOHELO = STEPS.NOHELO;
export const SMFIP_NOMAIL = STEPS.NOMAIL;
export const SMFIP_NORCPT = STEPS.NORCPT;
export const SMFIP_NOBODY = STEPS.NOBODY;
export const SMFIP_NOHDRS = STEPS.NOHDRS;
export const SMFIP_NOEOH = STEPS.NOEOH;
export const SMFIP_NR_HDR = STEPS.NR_HDR;
/** Old name of SMFIP_NR_HDR. */
export const SMFIP_NOHREPL = STEPS.NR_HDR;
export const SMFIP_NOUNKNOWN = STEPS.NOUNKNOWN;
export const SMFIP_NODATA = STEPS.NODATA;
export const SMFIP_SKIP = STEPS.SKIP;
export const SMFIP_RCPT_REJ = STEPS.RCPT_REJ;
export const SMFIP_NR_CONN = STEPS.NR_CONN;
export const SMFIP_NR_HELO = STEPS.NR_HELO;
export const SMFIP_NR_MAIL = STEPS.NR_MAIL;
export const SMFIP_NR_RCPT = STEPS.NR_RCPT;
export const SMFIP_NR_DATA = STEPS.NR_DATA;
export const SMFIP_NR_UNKN = STEPS.NR_UNKN;
export const SMFIP_NR_EOH = STEPS.NR_EOH;
export const SMFIP_NR_BODY = STEPS.NR_BODY;
export const SMFIP_HDR_LEADSPC = STEPS.HDR_LEADSPC;
export const SMFIP_MDS_256K = STEPS.MDS_256K;
export const SMFIP_MDS_1M = STEPS.MDS_1M;

export const SMFIM_CONNECT = STAGES.CONNECT;
export const SMFIM_HELO = STAGES.HELO;
export const SMFIM_ENVFROM = STAGES.ENVFROM;
export const SMFIM_ENVRCPT = STAGES.ENVRCPT;
export const SMFIM_DATA = STAGES.DATA;
export const SMFIM_EOM = STAGES.EOM;
export const SMFIM_EOH = STAGES.EOH;
