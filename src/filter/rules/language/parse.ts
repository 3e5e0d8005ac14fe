/** Reads rule files into a {@link RuleSet}. Never throws: what cannot be used is a fault with its file and line. */
import { RULE_LIMITS } from '../limits.ts';
import type { Place, Rule, RuleFault, RuleSet, RuleTest, ScoreSet, SettingValue } from '../types.ts';
import { conditionHolds } from './conditions.ts';
import { settingDirective } from './directives.ts';
import { ExpressionError } from './expression.ts';
import { LANGUAGE_VERSION, loadablePlugin } from './plugins.ts';
import { replaceTags } from './replace-tags.ts';
import { isLineError, LineError, ruleTests } from './tests.ts';

/** A rule file as it was read: its bytes as latin1. */
export interface RuleFile {
  readonly name: string;
  readonly text: string;
}

export interface ParseOptions {
  /** The file an `include` names, seen from the file it stands in; undefined when there is none. */
  include?: (path: string, from: string) => RuleFile | undefined;
  /** Lines that begin with `lang XX` are read when this begins with XX; default `en_US`. */
  language?: string;
  /** `local_tests_only` in conditions. */
  localTestsOnly?: boolean;
}

const RULE_NAME = /^[A-Za-z_]\w{0,99}$/;

/** An `if`, and whether the lines around it are read. */
interface Condition extends Place {
  readonly outer: boolean;
  readonly holds: boolean;
}

export function parseRules(files: readonly RuleFile[], options: ParseOptions = {}): RuleSet {
  const parser = new RuleParser(options);
  for (const file of files) parser.file(file, 0);
  return parser.finish();
}

interface Named extends Place {
  readonly test: RuleTest;
}

class RuleParser {
  private readonly options: ParseOptions;
  private readonly language: string;
  private readonly faults: RuleFault[] = [];
  /** Plugins that were loaded by name. */
  private readonly plugins = new Set<string>();
  private readonly tests = new Map<string, Named>();
  private readonly scores = new Map<string, ScoreSet>();
  private readonly descriptions = new Map<string, string>();
  private readonly tflags = new Map<string, readonly string[]>();
  private readonly priorities = new Map<string, number>();
  private readonly settings = new Map<string, SettingValue[]>();
  private readonly replaced = new Set<string>();
  private readonly tags = {
    tag: new Map<string, string>(),
    inter: new Map<string, string>(),
    pre: new Map<string, string>(),
    post: new Map<string, string>(),
  };
  private files = 0;
  private directives = 0;
  private place: Place = { file: '', line: 0 };
  private reading = true;
  private conditions: Condition[] = [];

  constructor(options: ParseOptions) {
    this.options = options;
    this.language = options.language ?? 'en_US';
  }

  file({ name, text }: RuleFile, depth: number): void {
    if (++this.files > RULE_LIMITS.files) return this.fault(`more than ${RULE_LIMITS.files} files`);
    const outer = { place: this.place, conditions: this.conditions, reading: this.reading };
    this.conditions = [];
    let line = 0;
    for (const raw of text.split('\n')) {
      this.place = { file: name, line: ++line };
      this.line(raw, depth);
    }
    for (const { line: at, file } of this.conditions) {
      this.place = { file, line: at };
      this.fault('"if" without its "endif"');
    }
    Object.assign(this, outer);
  }

  private fault(text: string, rule?: string, level: RuleFault['level'] = 'error'): void {
    if (this.faults.length < RULE_LIMITS.faults)
      this.faults.push({ ...this.place, text, level, ...(rule === undefined ? {} : { rule }) });
  }

  private line(raw: string, depth: number): void {
    let text = raw;
    if (text.includes('#')) text = text.replace(/(?<!\\)#.*$/s, '').replaceAll('\\#', '#');
    text = text.replace(/^[ \t\r\f\v]+/, '').trimEnd();
    if (text === '') return;
    if (text.length > RULE_LIMITS.lineLength)
      return this.fault(`line is longer than ${RULE_LIMITS.lineLength} characters`);
    const foreign = /^lang\s+(\S+)\s+/.exec(text);
    if (foreign?.[1] !== undefined) {
      if (!this.language.toLowerCase().startsWith(foreign[1].toLowerCase())) return;
      text = text.slice(foreign[0].length);
    }
    const [, word = '', value = ''] = /^(\S+)\s*(.*)$/s.exec(text) ?? [];
    const key = word.toLowerCase().replaceAll('-', '_');
    if (this.conditional(key, value) || !this.reading) return;
    this.directives++;
    try {
      this.directive(key, value, depth);
    } catch (error) {
      if (!isLineError(error) && !(error instanceof ExpressionError)) throw error;
      const name = ruleTests.has(key) ? /^\S+/.exec(value)?.[0] : undefined;
      // What was said of the rule before must not run in the place of what cannot be read.
      if (name !== undefined) this.tests.delete(name);
      this.fault(error.message, name);
    }
  }

  /** `if` and its kin; true when the line was one of them. */
  private conditional(key: string, value: string): boolean {
    if (key === 'if' || key === 'ifplugin') {
      if (this.conditions.length >= RULE_LIMITS.conditionDepth) {
        this.fault(`"if" more than ${RULE_LIMITS.conditionDepth} deep`);
        return true;
      }
      const holds = this.condition(key === 'if' ? value : `plugin(${value})`);
      this.conditions.push({ ...this.place, outer: this.reading, holds });
      this.reading &&= holds;
      return true;
    }
    if (key !== 'else' && key !== 'endif') return false;
    const current = this.conditions.at(-1);
    if (current === undefined) this.fault(`"${key}" without "if"`);
    else if (key === 'else') this.reading = current.outer && !current.holds;
    else {
      this.conditions.pop();
      this.reading = current.outer;
    }
    return true;
  }

  private condition(text: string): boolean {
    try {
      return conditionHolds(text, {
        localTestsOnly: this.options.localTestsOnly ?? false,
        plugins: this.plugins,
      });
    } catch (error) {
      if (!(error instanceof ExpressionError)) throw error;
      this.fault(`condition: ${error.message}`);
      return false;
    }
  }

  private directive(key: string, value: string, depth: number): void {
    const test = ruleTests.get(key);
    if (test !== undefined) return this.rule(value, test);
    switch (key) {
      case 'score':
        return this.score(value);
      case 'describe':
        return this.about(value, (name, rest) => this.descriptions.set(name, rest));
      case 'tflags':
        return this.about(value, (name, rest) => this.tflags.set(name, rest.split(/\s+/)));
      case 'priority':
        return this.about(value, (name, rest) => {
          if (!/^-?\d{1,6}$/.test(rest)) throw new LineError(`"${rest}" is no priority`);
          this.priorities.set(name, Number(rest));
        });
      case 'replace_rules':
        for (const name of value.split(/\s+/)) this.replaced.add(name);
        return;
      case 'replace_tag':
      case 'replace_inter':
      case 'replace_pre':
      case 'replace_post': {
        const [, name = '', pattern = ''] = /^(\S+)\s+(.*)$/s.exec(value) ?? [];
        if (name === '') throw new LineError('name and pattern expected');
        this.tags[key.slice('replace_'.length) as keyof typeof this.tags].set(name, pattern);
        return;
      }
      case 'include':
        return this.include(value, depth);
      case 'require_version':
        // The rest of the file is for another version of the language.
        if (value !== LANGUAGE_VERSION && value !== '@@VERSION@@') {
          this.fault(`file is for version ${value}, this is ${LANGUAGE_VERSION}: skipped`);
          this.reading = false;
        }
        return;
      case 'loadplugin':
      case 'tryplugin': {
        const name = value.split(/\s+/, 1)[0] ?? '';
        const plugin = loadablePlugin(name);
        if (plugin !== undefined) this.plugins.add(plugin);
        else this.fault(`plugin ${name} is not there: what needs it is left out`, undefined, 'note');
        return;
      }
      default:
        return this.setting(key, value);
    }
  }

  private rule(value: string, test: (text: string) => RuleTest): void {
    const [, name = '', text = ''] = /^(\S+)\s*(.*)$/s.exec(value) ?? [];
    if (!RULE_NAME.test(name)) throw new LineError(`"${name}" is no rule name`);
    if (text === '') throw new LineError('rule without a test');
    if (this.tests.size >= RULE_LIMITS.rules) throw new LineError(`more than ${RULE_LIMITS.rules} rules`);
    this.tests.set(name, { ...this.place, test: test(text) });
  }

  private about(value: string, set: (name: string, rest: string) => void): void {
    const [, name = '', rest = ''] = /^(\S+)\s+(.*)$/s.exec(value) ?? [];
    if (!RULE_NAME.test(name)) throw new LineError('rule name and value expected');
    set(name, rest);
  }

  /** One score or four; in parentheses they are added to what was said before. */
  private score(value: string): void {
    const [name = '', ...texts] = value.split(/\s+/);
    if (!RULE_NAME.test(name) || (texts.length !== 1 && texts.length !== 4))
      throw new LineError('rule name and one or four scores expected');
    const relative = texts.every((text) => /^\(.*\)$/.test(text));
    const numbers = texts.map((text) => {
      const number = Number(relative ? text.slice(1, -1) : text);
      if (text === '' || !Number.isFinite(number)) throw new LineError(`"${text}" is no score`);
      return number;
    });
    const [first = 0, second = first, third = first, fourth = first] = numbers;
    const before = relative ? (this.scores.get(name) ?? [0, 0, 0, 0]) : ([0, 0, 0, 0] as const);
    this.scores.set(name, [before[0] + first, before[1] + second, before[2] + third, before[3] + fourth]);
  }

  private include(path: string, depth: number): void {
    if (path === '') throw new LineError('file name expected');
    if (depth >= RULE_LIMITS.includeDepth)
      throw new LineError(`include more than ${RULE_LIMITS.includeDepth} deep`);
    const file = this.options.include?.(path, this.place.file);
    if (file === undefined) throw new LineError(`file ${path} cannot be read`);
    this.file(file, depth + 1);
  }

  private setting(key: string, value: string): void {
    const directive = settingDirective(key);
    if (directive === undefined) throw new LineError(`directive "${key}" is not known`);
    if (directive.kind === 'none') return;
    const { name } = directive;
    const values = this.settings.get(name) ?? [];
    if (directive.kind === 'setting') {
      values.push({ ...this.place, value });
      this.settings.set(name, values);
    }
    if (directive.kind === 'clear')
      for (const one of name === 'util_rb' ? ['util_rb_tld', 'util_rb_2tld', 'util_rb_3tld'] : [name])
        this.settings.delete(one);
    if (directive.kind === 'remove') {
      const removed = new Set(value.split(/\s+/));
      this.settings.set(
        name,
        values.map((one) => ({
          ...one,
          value: one.value
            .split(/\s+/)
            .filter((word) => !removed.has(word))
            .join(' '),
        })),
      );
    }
  }

  finish(): RuleSet {
    const rules: Rule[] = [];
    for (const [name, { test, file, line }] of this.tests)
      rules.push({
        name,
        file,
        line,
        test: this.replaced.has(name) ? this.withTags(test) : test,
        description: fromUtf8(this.descriptions.get(name) ?? ''),
        scores: this.scores.get(name) ?? this.defaultScore(name),
        tflags: this.tflags.get(name) ?? [],
        priority: this.priorities.get(name) ?? 0,
      });
    return { rules, settings: this.settings, faults: this.faults, directives: this.directives };
  }

  /** What a rule is worth that nobody gave a score. */
  private defaultScore(name: string): ScoreSet {
    if (name.startsWith('__')) return [0, 0, 0, 0];
    const size = name.startsWith('T_') ? 0.01 : 1;
    const score = this.tflags.get(name)?.includes('nice') === true ? -size : size;
    return [score, score, score, score];
  }

  private withTags(test: RuleTest): RuleTest {
    if (!('pattern' in test)) return test;
    return { ...test, pattern: { ...test.pattern, source: replaceTags(test.pattern.source, this.tags) } };
  }
}

/** Rule files are bytes; what a person reads of them is UTF-8 where it is valid. */
const fromUtf8 = (text: string): string =>
  /[\x80-\xff]/.test(text) ? Buffer.from(text, 'latin1').toString('utf8') : text;
