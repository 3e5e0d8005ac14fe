import type { Extension } from '../definitions.ts';
import { pathSlot } from '../testsuite/ask.ts';
import { testBlock, testFail } from '../testsuite/test-block.ts';
import { testMessage, testMessageCommand } from '../testsuite/test-message.ts';
import {
  testError,
  testMessagePrint,
  testResultAction,
  testResultExecute,
  testResultPrint,
  testResultReset,
} from '../testsuite/test-result.ts';
import {
  testBinaryLoad,
  testBinarySave,
  testMultiscript,
  testScriptCompile,
  testScriptRun,
} from '../testsuite/test-script.ts';
import { testSet } from '../testsuite/test-set.ts';
import {
  testConfigReload,
  testConfigSet,
  testConfigUnset,
  testImapMetadataSet,
  testMailboxCreate,
} from '../testsuite/test-surroundings.ts';

/** Tests of Sieve engines, written in Sieve; see docs/sieve-tests.md. */
export const vndDovecotTestsuite: Extension = {
  capability: 'vnd.dovecot.testsuite',
  needs: 'it is for files of tests (tamis sieve test)',
  effective: true,
  commands: [
    testBlock,
    testFail,
    testSet,
    testResultReset,
    testResultPrint,
    testMessageCommand,
    testMessagePrint,
    testMailboxCreate,
    testImapMetadataSet,
    testConfigSet,
    testConfigUnset,
    testConfigReload,
    testBinarySave,
    testBinaryLoad,
  ],
  tests: [
    testScriptCompile,
    testScriptRun,
    testMultiscript,
    testResultAction,
    testResultExecute,
    testError,
    testMessage,
  ],
  namespaces: [
    {
      name: 'tst',
      variable: (name) => ({ get: (state) => (name === 'path' ? state.slots.get(pathSlot) : '') }),
    },
  ],
};
