import { qrCodes } from '../content/images/codes.ts';
import type { Check, CheckHit } from '../types.ts';
import { at, quote } from './support/evidence.ts';
import { parseWebUrl } from './support/urls.ts';

/** Visible characters below which a message is the picture of the code. */
const LITTLE_TEXT = 300;

/** QR codes take a reader to an address that no filter of text and no browser of the office sees. */
export const qrCodesCheck: Check = {
  name: 'qr-codes',
  symbols: {
    QRCODE: { score: 0, description: 'Picture with a QR code' },
    QRCODE_URL: { score: 0.7, description: 'QR code leads to a web address' },
    QRCODE_URL_ONLY: { score: 1.5, description: 'QR code leads to a web address, and there is little else' },
  },
  run({ message }) {
    return (
      qrCodes(message)?.then((codes) => {
        const [first] = codes;
        if (first === undefined) return [];
        const hits: CheckHit[] = [{ symbol: 'QRCODE', detail: quote(first.path), where: at(first.part) }];
        const url = codes.find(({ text }) => parseWebUrl(text) !== undefined);
        if (url === undefined) return hits;
        const isAll = message.text.length < LITTLE_TEXT;
        const symbol = isAll ? 'QRCODE_URL_ONLY' : 'QRCODE_URL';
        hits.push({ symbol, detail: quote(`${url.path}: ${url.text}`), where: at(url.part) });
        return hits;
      }) ?? []
    );
  },
};
