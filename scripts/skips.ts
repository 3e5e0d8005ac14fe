import type { Reporter, TestModule } from 'vitest/node';

/** Ends a run of vitest with every test that was skipped, by its name (which holds the reason), and one line of sums. */
export default class Skips implements Reporter {
  onTestRunEnd(modules: readonly TestModule[]): void {
    const count = { passed: 0, failed: 0, skipped: 0 };
    const skipped = new Set<string>();
    for (const module of modules) {
      // A file that could not be loaded has no tests, and is no success.
      if (module.state() === 'failed' && [...module.children.allTests()].length === 0) count.failed++;
      for (const test of module.children.allTests()) {
        const { state } = test.result();
        if (state === 'passed' || state === 'failed' || state === 'skipped') count[state]++;
        if (state !== 'skipped') continue;
        // A block that was skipped as a whole is named once.
        let named: { name: string; parent: unknown } = test;
        for (let parent = test.parent; parent.type === 'suite'; parent = parent.parent)
          if (parent.name.includes('(skipped:')) named = parent;
        skipped.add(`${module.relativeModuleId}: ${named.name}`);
      }
    }
    if (skipped.size > 0) console.log(`\nSkipped:\n${[...skipped].map((name) => `  ${name}`).join('\n')}`);
    console.log(`\n${count.passed} passed, ${count.failed} failed, ${count.skipped} skipped`);
  }
}
