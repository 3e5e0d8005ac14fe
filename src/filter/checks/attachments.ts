import { extensionOf, isDisguised, isExecutableName, isObscured, turnsDirection } from '../content/names.ts';
import type { Part } from '../../message/types.ts';
import type { Check, CheckHit } from '../types.ts';
import { at, quote } from './support/evidence.ts';

/** Attachments looked at: more come in no honest mail, and parts are bounded by the parser as well. */
const MAX_ATTACHMENTS = 1000;

/** Types an extension may be declared as; `application/octet-stream` and unknown extensions are always fine. */
const TYPES: Readonly<Record<string, RegExp>> = {
  pdf: /^application\/(?:x-)?pdf$|^application\/(?:force-download|x-download|acrobat)$|^text\/pdf$/,
  jpg: /^image\//,
  jpeg: /^image\//,
  png: /^image\//,
  gif: /^image\//,
  doc: /^application\/|^text\/rtf$/,
  docx: /^application\//,
  xls: /^application\/|^text\/(?:csv|html|xml)$/,
  xlsx: /^application\//,
  zip: /^application\/|^multipart\/x-zip$/,
  html: /^text\/|^application\/xhtml\+xml$/,
  htm: /^text\/|^application\/xhtml\+xml$/,
  txt: /^text\/|^application\/(?:txt|x-)/,
};

export const attachments: Check = {
  name: 'attachments',
  symbols: {
    MIME_BAD_EXTENSION: { score: 3, description: 'Attachment whose extension runs a program' },
    MIME_DOUBLE_BAD_EXTENSION: {
      score: 4,
      description: 'Attachment with a harmless extension before one that runs',
    },
    MIME_FILENAME_RTLO: {
      score: 4,
      description: 'Name of an attachment turns the direction of writing around',
    },
    MIME_BAD_UNICODE: {
      score: 2,
      description: 'Name of an attachment holds characters that are not seen or look like others',
    },
    MIME_BAD_ATTACHMENT: {
      score: 0.7,
      description: 'Declared type of an attachment does not fit its extension',
    },
    MIME_HTML_ATTACHMENT: { score: 1, description: 'HTML or SVG file attached' },
  },
  run({ message }) {
    const found = new Map<string, CheckHit>();
    const hit = (symbol: string, part: Part, detail: string) => {
      if (!found.has(symbol)) found.set(symbol, { symbol, detail: quote(detail), where: at(part) });
    };
    for (const part of message.attachments.slice(0, MAX_ATTACHMENTS)) {
      const name = part.filename?.slice(-500) ?? '';
      if (name === '') continue;
      if (turnsDirection(name)) hit('MIME_FILENAME_RTLO', part, name);
      else if (isObscured(name)) hit('MIME_BAD_UNICODE', part, name);
      const extension = extensionOf(name);
      if (extension === '') continue;
      if (isExecutableName(extension))
        hit(isDisguised(name) ? 'MIME_DOUBLE_BAD_EXTENSION' : 'MIME_BAD_EXTENSION', part, name);
      if (part.disposition === 'attachment' && /^(?:html?|xhtml|shtml?|mhtml?|svg)$/.test(extension))
        hit('MIME_HTML_ATTACHMENT', part, name);
      const allowed = TYPES[extension];
      if (allowed !== undefined && part.type !== 'application/octet-stream' && !allowed.test(part.type))
        hit('MIME_BAD_ATTACHMENT', part, `${part.type} ${name}`);
    }
    return [...found.values()];
  },
};
