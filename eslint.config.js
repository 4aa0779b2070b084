// Lint rules. Beside the usual ones they hold the borders of DESIGN.md, section 3: the plugin's core knows nothing but
// itself, and neither it nor the simulator's side reads a clock or draws a random number on its own.
import { dirname, relative, resolve, sep } from 'node:path';
import js from '@eslint/js';
import { defineConfig } from 'eslint/config';
import globals from 'globals';
import tseslint from 'typescript-eslint';

const ROOT = import.meta.dirname;
const ABI = '@gcoredev/proxy-wasm-sdk-as/assembly/imports';

/** What a folder may import: folders and files of this repository, and packages. First match counts. */
const BORDERS = [
  { within: 'plugin/core', paths: ['plugin/core'], packages: [] },
  { within: 'plugin/host', paths: ['plugin/core', 'plugin/host'], packages: [ABI] },
  { within: 'plugin/simulator', paths: ['plugin/core', 'plugin/simulator'], packages: [] },
  { within: 'plugin/simulator.ts', paths: ['plugin/core', 'plugin/simulator'], packages: [] },
  { within: 'plugin', paths: ['plugin/core', 'plugin/host'], packages: [] },
  // A browser has nothing of the trainer but its types.
  { within: 'trainer/dashboard', paths: ['trainer/dashboard'], types: ['trainer'] },
  // Any package, and any file but the plugin's: those are reached through simulator.wasm alone.
  { within: 'trainer', not: 'plugin' },
  { within: 'bench', not: 'plugin' },
];

const isWithin = (path, folder) => path === folder || path.startsWith(`${folder}/`);

function mayImport(border, path, source, isType) {
  if (border.types !== undefined)
    return (
      path === undefined ||
      [...border.paths, ...(isType ? border.types : [])].some((at) => isWithin(path, at))
    );
  if (border.not !== undefined) return path === undefined || !isWithin(path, border.not);
  return path === undefined
    ? border.packages.includes(source)
    : border.paths.some((allowed) => isWithin(path, allowed));
}

/** A rule of its own, since patterns over the text of an import cannot tell where `../` leads. */
const borders = {
  meta: { type: 'problem', schema: [], messages: { crossed: '{{from}} must not import {{source}}.' } },
  create(context) {
    const file = relative(ROOT, context.filename).split(sep).join('/');
    const border = BORDERS.find(({ within }) => isWithin(file, within));
    if (border === undefined) return {};
    const check = (node) => {
      const source = node.source?.value;
      if (typeof source !== 'string') return;
      const isPath = source.startsWith('.') || source.startsWith('/');
      const path = isPath
        ? relative(ROOT, resolve(dirname(context.filename), source))
            .split(sep)
            .join('/')
        : undefined;
      if (mayImport(border, path, source, node.importKind === 'type')) return;
      context.report({ node, messageId: 'crossed', data: { from: border.within, source } });
    };
    return {
      ImportDeclaration: check,
      ImportExpression: check,
      ExportNamedDeclaration: check,
      ExportAllDeclaration: check,
    };
  },
};

const NO_CLOCK = 'Time is an argument here: the caller says what time it is.';
const NO_DICE = 'Randomness is an argument here: the caller gives the seed or the bits.';
/** Bans of what cannot be replayed, for plugin/ and trainer/environment/. */
const replayable = {
  'no-restricted-properties': [
    'error',
    { object: 'Date', property: 'now', message: NO_CLOCK },
    { object: 'performance', property: 'now', message: NO_CLOCK },
    { object: 'process', property: 'hrtime', message: NO_CLOCK },
    { object: 'Math', property: 'random', message: NO_DICE },
  ],
  'no-restricted-syntax': [
    'error',
    { selector: 'NewExpression[callee.name="Date"][arguments.length=0]', message: NO_CLOCK },
    { selector: 'CallExpression[callee.name="Date"]', message: NO_CLOCK },
  ],
};

const typed = {
  // Too many: indices are checked by noUncheckedIndexedAccess, and `!` marks where a loop's bounds vouch for them.
  '@typescript-eslint/no-non-null-assertion': 'off',
  // Doubts what JSON, wasm and the network hand in under a declared type.
  '@typescript-eslint/no-unnecessary-condition': 'off',
  '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true, allowBoolean: true }],
  '@typescript-eslint/no-confusing-void-expression': 'off',
  '@typescript-eslint/require-await': 'off',
  '@typescript-eslint/no-extraneous-class': 'off',
  '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_', varsIgnorePattern: '^_' }],
  '@typescript-eslint/consistent-type-imports': ['error', { fixStyle: 'inline-type-imports' }],
  '@typescript-eslint/switch-exhaustiveness-check': ['error', { considerDefaultExhaustiveForUnions: true }],
  '@typescript-eslint/no-unnecessary-type-parameters': 'off',
  eqeqeq: 'error',
  'no-console': 'error',
};

export default defineConfig(
  { ignores: ['build/', 'dist/', 'coverage/', 'node_modules/', 'test/golden/', 'plugin/host/build-info.ts'] },
  { linterOptions: { reportUnusedDisableDirectives: 'error' }, plugins: { weir: { rules: { borders } } } },
  js.configs.recommended,
  {
    files: ['trainer/**/*.{ts,tsx}', 'test/**/*.ts', 'bench/**/*.ts', 'vitest.config.ts'],
    extends: [tseslint.configs.strictTypeChecked],
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: ROOT } },
    rules: { ...typed, 'weir/borders': 'error' },
  },
  {
    files: ['test/**/*.ts'],
    rules: {
      // `expect` and JSON answers are `any`; a wrong shape fails the test itself.
      '@typescript-eslint/no-unsafe-assignment': 'off',
      '@typescript-eslint/no-unsafe-member-access': 'off',
      '@typescript-eslint/no-unsafe-return': 'off',
      // Tests take apart what a helper returns.
      '@typescript-eslint/unbound-method': 'off',
    },
  },
  {
    files: ['test/istio/node/**/*.ts'],
    rules: {
      // The Kubernetes client declares classes for resources, which are plain objects wherever they come from.
      '@typescript-eslint/no-unsafe-class-instance-assignment': 'off',
      '@typescript-eslint/no-misused-spread': 'off',
    },
  },
  { files: ['trainer/environment/**/*.ts'], rules: replayable },
  {
    files: [
      'trainer/cli/**',
      'trainer/mesh/view/**',
      'trainer/mesh/view.ts',
      'bench/**',
      'scripts/**',
      'bin/**',
    ],
    rules: { 'no-console': 'off' },
  },
  { files: ['**/*.js', '**/*.mjs'], languageOptions: { globals: globals.node } },
  {
    // AssemblyScript reads as TypeScript but has other types, so that only its syntax is looked at.
    files: ['plugin/**/*.ts'],
    // allowInvalidAST: decorators on functions (@inline, @external) are AssemblyScript's.
    languageOptions: { parser: tseslint.parser, parserOptions: { allowInvalidAST: true } },
    plugins: { '@typescript-eslint': tseslint.plugin },
    rules: {
      ...replayable,
      'weir/borders': 'error',
      'no-console': 'error',
      'prefer-const': 'error',
      'no-var': 'error',
      '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_' }],
      // asc knows what is defined; these do not know its types, overloads and globals.
      'no-undef': 'off',
      'no-unused-vars': 'off',
      'no-redeclare': 'off',
      'no-dupe-class-members': 'off',
      // 64-bit integer literals are exact there.
      'no-loss-of-precision': 'off',
    },
  },
);
