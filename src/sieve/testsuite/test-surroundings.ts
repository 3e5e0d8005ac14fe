import type { CommandDefinition } from '../definitions.ts';
import { onBench } from './ask.ts';

/** `test_mailbox_create NAME`. */
export const testMailboxCreate: CommandDefinition = {
  name: 'test_mailbox_create',
  parameters: [{ name: 'mailbox', type: 'string' }],
  compile(call, compiler) {
    const mailbox = call.string('mailbox');
    compiler.emit({
      op: 'ask',
      line: call.line,
      *run(state) {
        const name = mailbox.get(state);
        const fault = `test_mailbox_create: no mailbox can be called ${JSON.stringify(name)}`;
        yield* onBench((bench) => bench.world.create(name) !== undefined || bench.fail(state, fault));
      },
    });
  },
};

/** `test_imap_metadata_set [:mailbox NAME] ANNOTATION VALUE`: an annotation of a mailbox, or of the server. */
export const testImapMetadataSet: CommandDefinition = {
  name: 'test_imap_metadata_set',
  tags: [{ name: 'mailbox', argument: 'string' }],
  parameters: [
    { name: 'annotation', type: 'string' },
    { name: 'value', type: 'string' },
  ],
  compile(call, compiler) {
    const mailbox = call.tags.get('mailbox')?.argument;
    const annotation = call.string('annotation');
    const value = call.string('value');
    compiler.emit({
      op: 'ask',
      line: call.line,
      *run(state) {
        const name = mailbox?.type === 'string' ? mailbox.value.get(state) : undefined;
        const [key, text] = [annotation.get(state), value.get(state)];
        const fault = `test_imap_metadata_set: there is no mailbox ${JSON.stringify(name)}`;
        yield* onBench((bench) => bench.world.annotate(name, key, text) || bench.fail(state, fault));
      },
    });
  },
};

/** `test_config_set KEY VALUE`: takes effect with `test_config_reload`. */
export const testConfigSet: CommandDefinition = {
  name: 'test_config_set',
  parameters: [
    { name: 'setting', type: 'string' },
    { name: 'value', type: 'string' },
  ],
  compile(call, compiler) {
    const setting = call.string('setting');
    const value = call.string('value');
    compiler.emit({
      op: 'ask',
      line: call.line,
      *run(state) {
        const [key, text] = [setting.get(state), value.get(state)];
        yield* onBench((bench) => bench.configuration.stage(key, text));
      },
    });
  },
};

/** `test_config_unset KEY`. */
export const testConfigUnset: CommandDefinition = {
  name: 'test_config_unset',
  parameters: [{ name: 'setting', type: 'string' }],
  compile(call, compiler) {
    const setting = call.string('setting');
    compiler.emit({
      op: 'ask',
      line: call.line,
      *run(state) {
        const key = setting.get(state);
        yield* onBench((bench) => bench.configuration.stage(key, undefined));
      },
    });
  },
};

/** `test_config_reload [:extension NAME]`: the settings that were set take effect, for the language or an extension. */
export const testConfigReload: CommandDefinition = {
  name: 'test_config_reload',
  tags: [{ name: 'extension', argument: 'string' }],
  compile(call, compiler) {
    const extension = call.tags.get('extension')?.argument;
    compiler.emit({
      op: 'ask',
      line: call.line,
      *run(state) {
        const name = extension?.type === 'string' ? extension.value.get(state) : undefined;
        const fault = `test_config_reload: there is no extension ${JSON.stringify(name)}`;
        yield* onBench((bench) => bench.reload(state, name) || bench.fail(state, fault));
      },
    });
  },
};
