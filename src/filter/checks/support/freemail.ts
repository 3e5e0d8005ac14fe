/** Providers where anybody opens a mailbox in a minute; names that exist in many countries stand without their suffix. */
const BRANDS = new Set(
  'gmail googlemail hotmail outlook live msn yahoo ymail rocketmail aol gmx yandex zoho'.split(' '),
);
const DOMAINS = new Set(
  (
    'icloud.com me.com mac.com web.de freenet.de t-online.de mail.com email.com usa.com consultant.com proton.me ' +
    'protonmail.com pm.me tutanota.com tuta.io tuta.com mail.ru bk.ru inbox.ru list.ru rambler.ru ya.ru ukr.net ' +
    'i.ua meta.ua qq.com foxmail.com 163.com 126.com yeah.net sina.com sina.cn sohu.com aliyun.com naver.com ' +
    'daum.net hanmail.net nate.com libero.it virgilio.it tiscali.it laposte.net orange.fr free.fr sfr.fr seznam.cz ' +
    'centrum.cz email.cz wp.pl o2.pl onet.pl interia.pl abv.bg mail.bg uol.com.br bol.com.br terra.com.br ig.com.br ' +
    'rediffmail.com fastmail.com hushmail.com inbox.lv walla.com walla.co.il comcast.net att.net verizon.net cox.net'
  ).split(' '),
);

/** `domain` is organizational (`yahoo.co.uk`). */
export function isFreemail(domain: string): boolean {
  return DOMAINS.has(domain) || BRANDS.has(domain.slice(0, domain.indexOf('.')));
}
