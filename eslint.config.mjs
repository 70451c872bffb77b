import js from '@eslint/js';
import { defineConfig, globalIgnores } from 'eslint/config';
import prettier from 'eslint-config-prettier';
import tseslint from 'typescript-eslint';

const pure = ['src/kernel/**/*.ts', 'src/proof/**/*.ts', 'src/ledger/**/*.ts', 'projections/**/*.ts'];
const shell = ['src/ledger/**/*.{handlers,service,controller,module,dto}.ts', '**/*.spec.ts'];
const tests = ['**/*.spec.ts', 'test/**/*.ts'];

const takeItAsData = 'Take it as data: the domain is a function of its inputs.';
const global = (name) => ({ name, message: takeItAsData });

const nodeGlobals = Object.fromEntries(
  ['require', 'module', 'process', 'console', '__dirname', 'setTimeout', 'fetch', 'URL', 'Buffer'].map(
    (name) => [name, 'readonly'],
  ),
);

export default defineConfig(
  globalIgnores(['dist/', 'web/', 'coverage/', 'reports/', 'data/', '.stryker-tmp/']),
  js.configs.recommended,
  tseslint.configs.strictTypeChecked,
  tseslint.configs.stylisticTypeChecked,
  {
    languageOptions: {
      parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname },
    },
  },
  {
    rules: {
      '@typescript-eslint/consistent-type-definitions': ['error', 'type'],
      '@typescript-eslint/consistent-type-imports': ['error', { fixStyle: 'inline-type-imports' }],
      '@typescript-eslint/switch-exhaustiveness-check': [
        'error',
        { requireDefaultForNonUnion: true, considerDefaultExhaustiveForUnions: true },
      ],
      '@typescript-eslint/no-unused-vars': ['error', { ignoreRestSiblings: true }],
      // A class that describes an answer to the documentation is a shape; answers are literals.
      '@typescript-eslint/no-unsafe-class-instance-assignment': 'off',
      '@typescript-eslint/no-misused-spread': ['error', { allow: ['string'] }],
      'no-control-regex': 'off', // Control characters are what several rules are about.
      '@typescript-eslint/no-confusing-void-expression': [
        'error',
        { ignoreArrowShorthand: true, ignoreVoidReturningFunctions: true },
      ],
      '@typescript-eslint/no-unsafe-unary-minus': 'off', // Cents are a branded number; their negation is safe.
      '@typescript-eslint/require-await': 'off', // An asynchronous port has synchronous adapters.
      '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true }],
      '@typescript-eslint/no-extraneous-class': ['error', { allowWithDecorator: true }],
      'max-lines-per-function': ['error', { max: 70, skipBlankLines: true, skipComments: true }],
      // A flat table of cases is one decision, however long it is.
      complexity: ['error', { max: 12, variant: 'modified' }],
      // `!` is forbidden as such; a cast that names the type says more.
      '@typescript-eslint/non-nullable-type-assertion-style': 'off',
    },
  },
  {
    // The domain is a function of its inputs: the clock, chance and the environment arrive as data.
    files: pure,
    ignores: shell,
    rules: {
      'no-restricted-globals': [
        'error',
        ...['process', 'crypto', 'fetch', 'performance', 'setTimeout', 'setInterval', 'Buffer'].map(global),
      ],
      'no-restricted-properties': [
        'error',
        { object: 'Math', property: 'random', message: takeItAsData },
        { object: 'Date', property: 'now', message: takeItAsData },
      ],
      'no-restricted-syntax': [
        'error',
        { selector: "NewExpression[callee.name='Date'][arguments.length=0]", message: takeItAsData },
        { selector: 'MemberExpression[object.property.name="Now"]', message: takeItAsData },
        { selector: 'AwaitExpression', message: 'The domain does not wait: do I/O in a handler.' },
        { selector: 'Decorator', message: 'The domain knows no framework: decorate the shell.' },
      ],
    },
  },
  {
    // An event that is added to the union must be thought about in each fold: a default would swallow it.
    files: ['src/ledger/**/*.ts', 'projections/**/*.ts'],
    ignores: shell,
    rules: {
      '@typescript-eslint/switch-exhaustiveness-check': ['error', { requireDefaultForNonUnion: true }],
    },
  },
  {
    // Answers of a server under test are JSON of any shape; what they hold is what the test asserts.
    files: tests,
    rules: {
      'no-restricted-syntax': [
        'error',
        {
          selector:
            'MemberExpression[object.name=/^(it|describe|test)$/][property.name=/^(only|skip|todo)$/]',
          message: 'Every test runs.',
        },
      ],
      'max-lines-per-function': 'off',
      complexity: 'off',
      '@typescript-eslint/no-unsafe-argument': 'off',
      '@typescript-eslint/no-unsafe-assignment': 'off',
      '@typescript-eslint/no-unsafe-call': 'off',
      '@typescript-eslint/no-unsafe-member-access': 'off',
      '@typescript-eslint/no-unsafe-return': 'off',
    },
  },
  {
    files: ['**/*.{js,cjs,mjs}'],
    extends: [tseslint.configs.disableTypeChecked],
    languageOptions: { globals: nodeGlobals },
    rules: { '@typescript-eslint/no-require-imports': 'off' },
  },
  { files: ['**/*.{js,cjs}'], languageOptions: { sourceType: 'commonjs' } },
  prettier,
);
