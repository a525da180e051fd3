/**
 * How an `entry` is bundled, for what the defaults do not fit. The names are those of the AWS CDK's `NodejsFunction`, and
 * of esbuild. The result is always one ES module.
 */
export interface BundlingOptions {
  /**
   * Packages that are left out of the bundle, as the image has them: `sharp`, `@acme/*`. Node looks for them beside the
   * script and in the folders above it, so `nodeImage` must have them in /node_modules (`npm install --prefix / sharp`). An
   * optional package that the image lacks may be named, too: requiring it fails, which is what its user expects.
   *
   * @default - only optional packages with native add-ons
   * @example externalModules: ['sharp', '@acme/*']
   */
  readonly externalModules?: string[];

  /**
   * What files of an ending become when they are imported: `{ '.sql': 'text', '.wasm': 'binary' }`. One of base64, binary,
   * dataurl, empty, js, json, jsx, text, ts, tsx.
   *
   * @default - by esbuild: .js, .ts and their kin, .json and .txt
   * @example loader: { '.sql': 'text', '.wasm': 'binary' }
   */
  readonly loader?: { readonly [ending: string]: string };

  /**
   * Global names that are replaced by a constant: JSON, or another name.
   *
   * @default - none
   * @example define: { 'process.env.STAGE': '"production"' }
   */
  readonly define?: { readonly [name: string]: string };

  /**
   * Whether names and white space are shortened.
   *
   * @default true
   * @example minify: false
   */
  readonly minify?: boolean;

  /**
   * Whether the names of functions and classes survive minification. Errors are told apart by the names of their classes.
   *
   * @default true
   * @example keepNames: false
   */
  readonly keepNames?: boolean;

  /**
   * Whether stack traces name the lines of your own files.
   *
   * @default true
   * @example sourceMap: false
   */
  readonly sourceMap?: boolean;

  /**
   * The oldest engine that runs it. Newer syntax is rewritten.
   *
   * @default 'node20'
   * @example target: 'node22'
   */
  readonly target?: string;

  /**
   * A tsconfig.json that applies to all files, absolute or relative to the working directory.
   *
   * @default - the nearest one above each file
   * @example tsconfig: './worker/tsconfig.json'
   */
  readonly tsconfig?: string;

  /**
   * Fields of a package.json that name the file to import from a package without `exports`, the first one that is there.
   *
   * @default ['main', 'module']
   * @example mainFields: ['module', 'main']
   */
  readonly mainFields?: string[];

  /**
   * Further conditions by which the `exports` of packages are chosen, beside `node`, `import`, `require` and `default`.
   *
   * @default ['module']
   * @example conditions: ['production', 'module']
   */
  readonly conditions?: string[];

  /**
   * Files that are run before the entry, and whose exports take the place of global names. Absolute or relative to the
   * working directory.
   *
   * @default - none
   * @example inject: ['./tracing.ts']
   */
  readonly inject?: string[];

  /**
   * Text at the very start of the script.
   *
   * @default - none
   * @example banner: '// Acme, Inc.'
   */
  readonly banner?: string;

  /**
   * Text at the end of the script.
   *
   * @default - none
   * @example footer: '// The end.'
   */
  readonly footer?: string;
}
