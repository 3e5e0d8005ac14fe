/** Learns numbered requests as fast as it can and says after each how many are durable, until it is killed. */
import { BayesStore } from '../../src/filter/bayes/store.ts';
import { silentLog } from '../../src/log.ts';
import { numberedRequest } from './bayes-requests.ts';

const [folder = '', from = '0'] = process.argv.slice(2);
const settings = { tableBytes: 1024 * 1024, minimumLearned: 2 };
const store = await BayesStore.open(
  { folder, settings, log: silentLog, now: Date.now, journalBytes: 20_000 },
  5000,
);
if (store === undefined) throw new Error('somebody else keeps the folder');
for (let number = Number(from); ; number++) {
  await store.learn([numberedRequest(number)]);
  process.stdout.write(`${number + 1}\n`);
}
