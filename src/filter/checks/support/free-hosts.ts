/** Where anybody puts up a page in a minute, under a name of his choice: the suffix of the host. */
const FREE_HOSTS = new Set(
  (
    'web.app firebaseapp.com pages.dev workers.dev r2.dev vercel.app netlify.app github.io gitlab.io glitch.me ' +
    'herokuapp.com onrender.com surge.sh repl.co replit.app weebly.com weeblysite.com wixsite.com wixstudio.com ' +
    'webflow.io framer.website framer.app blogspot.com wordpress.com square.site godaddysites.com yolasite.com ' +
    'jimdosite.com mystrikingly.com webador.com webnode.page ukit.me tilda.ws site123.me carrd.co bubbleapps.io ' +
    'azurewebsites.net blob.core.windows.net web.core.windows.net azurestaticapps.net cloudfront.net ' +
    's3.amazonaws.com amplifyapp.com storage.googleapis.com run.app translate.goog ipfs.io dweb.link ' +
    'cloudflare-ipfs.com w3s.link nftstorage.link fleek.co on-fleek.app trycloudflare.com ngrok.io ngrok-free.app ' +
    'duckdns.org ddns.net hopto.org zapto.org sytes.net myftp.org 000webhostapp.com rf.gd epizy.com infinityfreeapp.com'
  ).split(' '),
);

/** True for `name.web.app` and the like: the suffix with something before it, or the service itself for gateways. */
export function isFreeHost(host: string): boolean {
  const labels = host.split('.');
  return [2, 3, 4].some((count) => labels.length >= count && FREE_HOSTS.has(labels.slice(-count).join('.')));
}
