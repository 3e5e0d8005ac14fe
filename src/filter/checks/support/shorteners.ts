/** Services that turn any link into a short one of their own domain. */
const SHORTENERS = new Set(
  (
    'bit.ly bitly.com j.mp tinyurl.com t.co goo.gl ow.ly is.gd v.gd buff.ly rebrand.ly cutt.ly rb.gy shorturl.at ' +
    'shorturl.gg tiny.cc t.ly s.id lnkd.in soo.gd bl.ink adf.ly clck.ru vk.cc qr.ae qrco.de u.to x.co urlz.fr ' +
    'trib.al dlvr.it short.io snip.ly 1drv.ms aka.ms surl.li shorten.as han.gl me2.do url.kr dwz.cn t.cn suo.im ' +
    'linktr.ee lnk.to n9.cl acortar.link encr.pw l1nq.com kutt.it ouo.io gg.gg bom.so tr.ee abrir.link'
  ).split(' '),
);

export function isShortener(host: string): boolean {
  return SHORTENERS.has(host.startsWith('www.') ? host.slice(4) : host);
}
