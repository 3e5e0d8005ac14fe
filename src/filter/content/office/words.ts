/** Procedures that Office runs by itself when a document is opened, closed or drawn. */
const AUTO_RUN =
  /\b(?:auto_?(?:open|close|exec|exit|new)|document_(?:open|close|new|beforeclose)|documentopen|workbook_(?:open|activate|beforeclose|close)|\w{1,40}_(?:layout|painted|painting|gotfocus|mousehover|resize|mousemove))\b/gi;

/** What a macro needs to start a program, fetch one or write one, or to hide that it does. */
const SUSPICIOUS =
  /\b(?:shell(?:execute\w?)?|wscript\.shell|wscript|cscript|powershell|mshta|rundll32|regsvr32|certutil|bitsadmin|cmd(?:\.exe)?\s*\/c|createobject|getobject|createprocess\w?|urldownloadtofile\w?|(?:msxml2\.)?(?:server)?xmlhttp|winhttp\w*|adodb\.stream|scripting\.filesystemobject|savetofile|callbyname|createthread|virtualalloc\w*|rtlmovememory|writeprocessmemory|environ\$?|strreverse|win32_process|schtasks|frombase64string)\b/gi;
/** Of those, what every other honest macro has too. */
const COMMON = new Set([
  'createobject',
  'getobject',
  'scripting.filesystemobject',
  'environ',
  'environ$',
  'strreverse',
]);

/** A letter a call: the way words are hidden from searches like this one. */
const LETTER_BY_LETTER = /(?:\bchrw?\$?\s*\([^()]{1,40}\)\s*[&+]\s*){8}/i;
const DOWNLOADS_PROGRAM = /https?:\/\/[^\s"']{4,200}\.(?:exe|dll|scr|msi|ps1|vbs|hta|bat)\b/i;

export interface MacroWords {
  /** Procedures that run by themselves. */
  readonly autoRun: readonly string[];
  /** Words for starting, fetching or writing programs. */
  readonly suspicious: readonly string[];
  /** At least one of them is not in every other macro. */
  readonly isMalicious: boolean;
  readonly downloadsProgram: boolean;
}

/** Words kept of each kind, for a person to read. */
const MAX_WORDS = 10;

/** What the source of a macro says of its intent. Linear; the caller bounds the text. */
export function macroWords(source: string): MacroWords {
  // A line may go on behind an underscore; words are put together of pieces.
  const text = source.replace(/ _\r?\n/g, ' ').replace(/"\s*[&+]\s*"/g, '');
  const autoRun = wordsOf(text, AUTO_RUN);
  const suspicious = wordsOf(text, SUSPICIOUS);
  const hidden = LETTER_BY_LETTER.test(text);
  if (hidden) suspicious.push('chr & chr');
  return {
    autoRun: autoRun.slice(0, MAX_WORDS),
    suspicious: suspicious.slice(0, MAX_WORDS),
    isMalicious: hidden || suspicious.some((word) => !COMMON.has(word)),
    downloadsProgram: DOWNLOADS_PROGRAM.test(text),
  };
}

const wordsOf = (text: string, words: RegExp): string[] => [
  ...new Set(Array.from(text.matchAll(words), ([word]) => word.toLowerCase())),
];
