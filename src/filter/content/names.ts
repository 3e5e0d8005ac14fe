const set = (words: string): ReadonlySet<string> => new Set(words.split(' '));

/** What Windows runs, or mounts, on a double click. */
const EXECUTABLE = set(
  'exe com scr pif bat cmd vbs vbe js jse wsf wsh wsc hta cpl msi msp mst jar lnk ps1 psm1 scf reg chm hlp gadget ' +
    'application appref-ms msix appx xll iso img vhd vhdx url website diagcab settingcontent-ms library-ms ' +
    'search-ms msc sct wsb ade mde',
);

const ARCHIVE = set('zip rar 7z gz tgz tar bz2 xz cab ace arj lzh lha z zipx r00 001 iso img zst uue');

/** What a reader takes for harmless: before an executable's extension it is there to deceive. */
const DECOY =
  /\.(?:pdf|docx?|xlsx?|pptx?|rtf|odt|txt|csv|jpe?g|png|gif|bmp|tiff?|mp[34]|avi|zip|rar|html?)[\s._-]*$/i;

/** Marks that turn the direction of writing around, so that `exe.fdp` is read as `pdf.exe` (Unicode UAX 9). */
const TURNING = /[\u202A-\u202E\u2066-\u2069]/;
/**
 * Characters no file name has use for: invisible, or look-alikes of the dot and the slash. The joiners and marks that
 * Persian, Hindi, Hebrew and emoji need are not among them.
 */
const OBSCURE = /[\u200B\u2060-\u2064\uFEFF\u2024\u2044\u2215\uFF0E\uFF0F]/;

/** Lower-cased extension without the dot, or ''. Dots and spaces at the end are dropped, as Windows does. */
export const extensionOf = (name: string): string =>
  /\.([a-z0-9_-]{1,20})[\s.]*$/i.exec(name.slice(-200))?.[1]?.toLowerCase() ?? '';

export const isExecutableName = (extension: string): boolean => EXECUTABLE.has(extension);
export const isArchiveName = (extension: string): boolean => ARCHIVE.has(extension);
export const turnsDirection = (name: string): boolean => TURNING.test(name);
export const isObscured = (name: string): boolean => OBSCURE.test(name);

/** True when the last extension is meant not to be seen: a harmless one before it, or a run of white space. */
export function isDisguised(name: string): boolean {
  const stem = name.replace(/\.[^.]*$/, '');
  return DECOY.test(stem.slice(-200)) || /\s{8}/.test(stem);
}
