import { CONFIG_OPTION } from '../config/load.ts';
import type { AddCommand } from './commands.ts';
import { dkimKeygen } from './dkim/keygen.ts';

/** `tamis dkim keygen|dns|check`: the keys that sign mail, and what is published of them. */
export const addDkimCommand: AddCommand = (program, io, exit) => {
  const dkim = program.command('dkim').description('make, publish and check the keys that sign mail');
  dkim
    .command('keygen')
    .description('make a key, write it into a file only its owner can read, print the record to publish')
    .requiredOption('--domain <domain>', 'domain that signs')
    .requiredOption('--selector <selector>', 'selector: names the key among those of the domain')
    .option('--type <type>', 'rsa or ed25519', 'rsa')
    .option('--bits <number>', 'size of an RSA key', '2048')
    .option('--out <file>', 'file of the private key (default: DOMAIN.SELECTOR.pem)')
    .option('--force', 'replace a file that is there')
    .action(
      async (options: {
        domain: string;
        selector: string;
        type: string;
        bits: string;
        out?: string;
        force?: true;
      }) => exit(await dkimKeygen(options, io)),
    );
  dkim
    .command('dns')
    .description('print the records that publish the configured keys')
    .argument('[domain]', 'only those of this domain')
    .option('--plain', 'name and text, without quotes, for a form on the web')
    .option('--json', 'one JSON object a key and line')
    .option('--config <file>', CONFIG_OPTION)
    .action(async (domain: string | undefined, options: { plain?: true; json?: true; config?: string }) => {
      const { dkimDns } = await import('./dkim/dns.ts');
      exit(dkimDns(domain, options, io));
    });
  dkim
    .command('check')
    .description('compare what is published with the configured keys; exit 1 when mail would not verify')
    .argument('[domain]', 'only those of this domain')
    .option('--json', 'one JSON object a key and line')
    .option('--config <file>', CONFIG_OPTION)
    .action(async (domain: string | undefined, options: { json?: true; config?: string }) => {
      const { dkimCheck } = await import('./dkim/check.ts');
      exit(await dkimCheck(domain, options, io));
    });
};
