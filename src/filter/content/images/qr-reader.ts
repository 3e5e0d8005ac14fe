import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

type Decode = (picture: Uint8Array) => Promise<readonly string[]>;

/** Codes read from one picture. */
const MAX_CODES = 4;

let decoder: Promise<Decode> | undefined;

/** The decoder is code like any module, of WebAssembly: it is loaded with the first picture that may hold a code. */
async function load(): Promise<Decode> {
  const zxing = await import('zxing-wasm/reader');
  const file = fileURLToPath(import.meta.resolve('zxing-wasm/reader/zxing_reader.wasm'));
  const wasmBinary = Uint8Array.from(readFileSync(file)).buffer;
  await zxing.prepareZXingModule({ overrides: { wasmBinary }, fireImmediately: true });
  return async (picture) => {
    try {
      // Codes are found in any rotation without trying each.
      const options = { formats: ['QRCode' as const], maxNumberOfSymbols: MAX_CODES, tryRotate: false };
      const found = await zxing.readBarcodes(picture, options);
      return found.filter(({ isValid }) => isValid).map(({ text }) => text);
    } catch {
      // A fault inside leaves its memory in an unknown state: it is made anew with the next picture.
      zxing.purgeZXingModule();
      decoder = undefined;
      return [];
    }
  };
}

/** Texts of the QR codes in a picture (a file of JPEG, PNG, GIF, BMP or PGM); none when it cannot be decoded. */
export async function readQrCodes(picture: Uint8Array): Promise<readonly string[]> {
  decoder ??= load();
  return (await decoder)(picture);
}
