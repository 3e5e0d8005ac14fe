import type { ContentFile } from '../files.ts';

/** True for the zip archives that are documents (Office Open XML, OpenDocument) and not collections of files. */
export const isOfficeDocument = ({ archive }: ContentFile): boolean =>
  archive?.format === 'zip' &&
  archive.entries.some(({ name }) => name === '[Content_Types].xml' || name === 'META-INF/manifest.xml');
