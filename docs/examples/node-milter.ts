/**
 * The same in the callback shape of the node-milter, for filters that were written for it: only the import changes.
 *
 *     node docs/examples/node-milter.ts 8899
 */
import { createMilter, SMFIF_ADDHDRS, SMFIS_ACCEPT, SMFIS_CONTINUE, SMFIS_REJECT } from 'tamis/milter';

const milter = createMilter({ name: 'example', flags: SMFIF_ADDHDRS });

milter.setCallback('envfrom', (ctx, _argv, cb) => {
  milter.setpriv(ctx, '');
  cb(SMFIS_CONTINUE);
});
milter.setCallback('header', (ctx, field, value, cb) => {
  if (field.toLowerCase() === 'subject') milter.setpriv(ctx, value);
  cb(SMFIS_CONTINUE);
});
milter.setCallback('eom', (ctx, cb) => {
  if (/\bforbidden\b/i.test(String(milter.getpriv(ctx)))) {
    milter.setreply(ctx, '550', '5.7.1', 'We do not talk about this here');
    return cb(SMFIS_REJECT);
  }
  milter.addheader(ctx, 'X-Seen', 'yes', () => cb(SMFIS_ACCEPT));
});

milter.listen(Number(process.argv[2] ?? 8899), '127.0.0.1', () => {
  const address = milter.server.address();
  console.log(`listening on ${typeof address === 'object' ? address?.port : address}`);
});
process.once('SIGINT', () => milter.close());
process.once('SIGTERM', () => milter.close());
