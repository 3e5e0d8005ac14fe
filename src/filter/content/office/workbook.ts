/** Records of the stream of an old workbook (MS-XLS 2.4) that say what runs in it. */
const RECORD = { NAME: 0x18, PASSWORD: 0x2f, SHEET: 0x85 } as const;
const SHEET_TYPE_MACRO = 1;
const NAME_BUILT_IN = 0x20;
/** Codes of the built-in names that run by themselves: Auto_Open, Auto_Close, Auto_Activate, Auto_Deactivate. */
const AUTO_NAMES = new Set([1, 2, 10, 11]);
/** The records wanted stand at the start, before the sheets. */
const MAX_RECORDS = 20_000;

export interface WorkbookFacts {
  /** Sheets of Excel 4 macros. */
  readonly macroSheets: number;
  /** A name by which a macro of these sheets runs when the workbook is opened. */
  readonly autoRun: boolean;
  readonly encrypted: boolean;
}

/** Reads the records of a `Workbook` or `Book` stream. */
export function readWorkbook(stream: Buffer): WorkbookFacts {
  let macroSheets = 0;
  let autoRun = false;
  let encrypted = false;
  let at = 0;
  for (let count = 0; at + 4 <= stream.length && count < MAX_RECORDS; count++) {
    const id = stream.readUInt16LE(at);
    const data = stream.subarray(at + 4, at + 4 + stream.readUInt16LE(at + 2));
    at += 4 + data.length;
    if (id === RECORD.PASSWORD) encrypted = true;
    else if (id === RECORD.SHEET && data[5] === SHEET_TYPE_MACRO) macroSheets++;
    else if (id === RECORD.NAME && ((data[0] ?? 0) & NAME_BUILT_IN) !== 0)
      // Options, key, lengths and sheet take 14 bytes; then a byte that says how the name is encoded.
      autoRun ||= AUTO_NAMES.has(data[15] ?? 0);
  }
  return { macroSheets, autoRun, encrypted };
}
