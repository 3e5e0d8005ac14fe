/** The five that need no declaration (XML 1.0 §4.6). */
const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  "'": '&apos;',
  '"': '&quot;',
};

/** Text with U+FFFD in the place of everything that XML cannot hold (XML 1.0, Char). */
export function onlyXmlCharacters(text: string): string {
  return text.replace(/[^\t\n\r\x20-\ud7ff\ue000-\ufffd\u{10000}-\u{10ffff}]/gu, '\ufffd');
}

/** Text as character data or as the value of an attribute; what XML cannot hold becomes U+FFFD. */
export function escapeXml(text: string): string {
  return onlyXmlCharacters(text).replace(/[&<>'"]/g, (sign) => ENTITIES[sign] ?? sign);
}
