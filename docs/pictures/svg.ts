/** What a picture is drawn in: one colour for light pages, one for dark ones. */
const COLOURS = {
  paper: ['#ffffff', '#0d1117'],
  edge: ['#d0d7de', '#3d444d'],
  ink: ['#1f2328', '#e6edf3'],
  faint: ['#59636e', '#9198a1'],
  red: ['#cf222e', '#ff7b72'],
  green: ['#1a7f37', '#3fb950'],
  yellow: ['#7d4e00', '#d29922'],
  blue: ['#0969da', '#58a6ff'],
  magenta: ['#8250df', '#bc8cff'],
  cyan: ['#1b7c83', '#39c5cf'],
} as const;

/** The name of a colour, which is a CSS class of every picture. */
export type Colour = keyof typeof COLOURS;

export const SANS =
  'ui-sans-serif, system-ui, -apple-system, "Segoe UI", Roboto, "Noto Sans", Helvetica, Arial, sans-serif';
export const MONO =
  'ui-monospace, SFMono-Regular, "SF Mono", Menlo, Consolas, "DejaVu Sans Mono", "Liberation Mono", monospace';

/** What a picture is besides its shapes. */
export interface Picture {
  readonly width: number;
  readonly height: number;
  /** Read to those who do not see it; one line. */
  readonly title: string;
  /** What it shows, for them; some sentences. */
  readonly description: string;
  readonly font: string;
  readonly fontSize: number;
  /** Shapes, as SVG elements. */
  readonly shapes: readonly string[];
}

/** A whole SVG file, which is light on a light page and dark on a dark one, also within an `<img>`. */
export function svgFile({ width, height, title, description, font, fontSize, shapes }: Picture): string {
  return `${[
    `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" role="img" aria-labelledby="title desc">`,
    `<title id="title">${escaped(title)}</title>`,
    `<desc id="desc">${escaped(description)}</desc>`,
    '<style>',
    `text { font: ${fontSize}px ${font}; }`,
    ...fills(0),
    `@media (prefers-color-scheme: dark) {`,
    ...fills(1),
    '}',
    '.bold { font-weight: 600; } .middle { text-anchor: middle; } .end { text-anchor: end; }',
    '.halo { paint-order: stroke; stroke-width: 5; stroke-linejoin: round; }',
    '.line { fill: none; stroke-width: 2; } .thin { fill: none; stroke-width: 1; } .dashed { stroke-dasharray: 6 5; }',
    '.shade { opacity: 0.25; }',
    '</style>',
    // A page whose colours the reader's browser does not tell to pictures is still one to read them on.
    `<rect class="paper" x="0.5" y="0.5" width="${width - 1}" height="${height - 1}" rx="8"/>`,
    `<rect class="edge-line thin" x="0.5" y="0.5" width="${width - 1}" height="${height - 1}" rx="8"/>`,
    ...shapes,
    '</svg>',
  ].join('\n')}\n`;
}

/** An element without children. Numbers are written with two decimals at most. */
export function element(name: string, attributes: Readonly<Record<string, string | number>>): string {
  return `<${name}${attributesOf(attributes)}/>`;
}

/** Text whose baseline begins, or by `middle` and `end` lies, at a place. */
export function text(
  content: string,
  x: number,
  y: number,
  classes: string,
  more: Readonly<Record<string, string | number>> = {},
): string {
  return `<text${attributesOf({ class: classes, x, y, ...more })}>${escaped(content)}</text>`;
}

function escaped(content: string): string {
  return content.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;');
}

/** With two decimals at most. */
function rounded(value: number): number {
  return Math.round(value * 100) / 100;
}

function attributesOf(attributes: Readonly<Record<string, string | number>>): string {
  return Object.entries(attributes)
    .map(([name, value]) => ` ${name}="${typeof value === 'number' ? rounded(value) : escaped(value)}"`)
    .join('');
}

function fills(mode: 0 | 1): string[] {
  const classes = Object.entries(COLOURS).map(([name, modes]) => {
    return `.${name} { fill: ${modes[mode]}; } .${name}-line { stroke: ${modes[mode]}; }`;
  });
  return [...classes, `.halo { stroke: ${COLOURS.paper[mode]}; }`];
}
