import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { Engine, Judgement } from '../types.ts';
import { EngineError } from './error.ts';
import { cpuOf, requireProgram, run } from './processes.ts';

/** What SpamAssassin counts as spam from, as it ships. */
const REQUIRED = 5;

/**
 * Answers a line for each line it is given: `judge PATH` with score and symbols, `ham PATH` and `spam PATH` when it has
 * learned the message. Offline, its tables in the folder named first.
 */
const SCRIPT = String.raw`
use strict; use warnings; use Mail::SpamAssassin; $| = 1;
my ($dir) = @ARGV;
my $sa = Mail::SpamAssassin->new({ local_tests_only => 1, dont_copy_prefs => 1, userstate_dir => $dir,
  userprefs_filename => "$dir/user_prefs", home_dir_for_helpers => $dir,
  post_config_text => "use_bayes 1\nbayes_path $dir/bayes\nbayes_auto_learn 0\nlock_method flock\nuse_auto_welcomelist 0\n" });
$sa->init(1);
print "ready\n";
while (my $line = <STDIN>) {
  chomp $line;
  my ($what, $path) = split / /, $line, 2;
  my $text;
  if (open my $in, '<:raw', $path) { local $/; $text = <$in>; close $in }
  unless (defined $text) { print "error $!\n"; next }
  my $mail = $sa->parse(\$text, 1);
  if ($what eq 'judge') {
    my $status = $sa->check($mail);
    my $names = $status->get_names_of_tests_hit;
    print join(' ', 'ok', $status->get_score, map { "$_=" . ($sa->{conf}{scores}{$_} // 0) } split /,/, $names), "\n";
    $status->finish;
  } else {
    my $status = $sa->learn($mail, undef, $what eq 'spam', 0);
    print "ok\n";
    $status->finish;
  }
  $mail->finish;
}
`;

/** SpamAssassin with its stock rules and Bayes, by its own library, one process for each processor. */
export async function openSpamAssassin(): Promise<Engine> {
  const perl = requireProgram('perl', 'perl');
  requireProgram('spamassassin', 'spamassassin');
  const version = (
    await run(perl, ['-MMail::SpamAssassin', '-e', 'print Mail::SpamAssassin::Version()'], '')
  ).trim();
  const folder = mkdtempSync(join(tmpdir(), 'tamis-eval-spamassassin-'));
  const workers = Array.from({ length: availableParallelism() }, () => new Worker(perl, folder));
  const first = workers[0];
  if (first === undefined) throw new EngineError('no processor');
  const free = [...workers];
  return {
    name: 'spamassassin',
    version,
    required: REQUIRED,
    width: workers.length,
    async learn(messages, advance) {
      // One after the other: the table has one writer.
      for (const { label, path } of messages) {
        await first.ask(`${label} ${path}`);
        advance();
      }
    },
    async judge({ path }) {
      const worker = free.pop() ?? first;
      try {
        return parseJudgement(await worker.ask(`judge ${path}`));
      } finally {
        free.push(worker);
      }
    },
    cpu: () => workers.reduce((sum, worker) => sum + cpuOf(worker.pid), 0),
    async close() {
      await Promise.all(workers.map((worker) => worker.end()));
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** A process that answers each line with a line, in order. */
class Worker {
  readonly #child: ChildProcessWithoutNullStreams;
  readonly #waiting: PromiseWithResolvers<string>[] = [];
  readonly #ended: Promise<void>;
  readonly #ready: Promise<string>;
  #complaints = '';

  constructor(perl: string, folder: string) {
    this.#child = spawn(perl, ['-e', SCRIPT, folder]);
    this.#child.stderr.setEncoding('utf8').on('data', (text: string) => {
      this.#complaints = (this.#complaints + text).slice(-2000);
    });
    this.#child.stdin.on('error', () => undefined);
    createInterface({ input: this.#child.stdout }).on('line', (line) => this.#waiting.shift()?.resolve(line));
    this.#ended = new Promise((done) => {
      this.#child.on('close', () => {
        for (const { reject } of this.#waiting.splice(0))
          reject(new EngineError(`spamassassin ended: ${this.#complaints.trim()}`));
        done();
      });
    });
    this.#ready = this.#next();
    // Who asks first hears of it.
    this.#ready.catch(() => undefined);
  }

  get pid(): number | undefined {
    return this.#child.pid;
  }

  async ask(line: string): Promise<string> {
    await this.#ready;
    const answer = this.#next();
    this.#child.stdin.write(`${line}\n`);
    return answer;
  }

  end(): Promise<void> {
    this.#child.stdin.end();
    return this.#ended;
  }

  #next(): Promise<string> {
    const answer = Promise.withResolvers<string>();
    this.#waiting.push(answer);
    return answer.promise;
  }
}

/** `ok 7.3 SYMBOL=1.2 SYMBOL=0.1`. Throws an `Error` for anything else. */
export function parseJudgement(line: string): Judgement {
  const [word, total = '', ...tests] = line.split(' ');
  const score = Number(total);
  if (word !== 'ok' || total === '' || !Number.isFinite(score)) throw new Error(line);
  const hits = tests.flatMap((test) => {
    const [symbol = '', points = ''] = test.split('=');
    return symbol === '' ? [] : [{ symbol, score: Number(points) || 0 }];
  });
  const spam = score >= REQUIRED;
  return { score, spam, action: spam ? 'spam' : 'ham', hits };
}
