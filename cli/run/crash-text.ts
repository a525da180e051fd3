/**
 * What Node wrote of an error that ended a program, without what is no help to whoever wrote that: frames of Node and of
 * packages, and Node's version.
 */
export function crashText(lines: readonly string[]): string {
  return lines
    .join('\n')
    .replace(/^node:internal\/.*:\d+\n(?:.*\n)*?\n/gm, '')
    .replace(/^ +at (?:.*[( ])?(?:node:|<anonymous>\)?$|index \d+\)$).*?( \{)?$/gm, '$1')
    .replace(/^ +at .*[\\/]node_modules[\\/].*?( \{)?$/gm, '$1')
    .replace(/^ +\.\.\. \d+ lines matching cause stack trace \.\.\.$/gm, '')
    .replace(/^Node\.js v\d.*$/gm, '')
    .replace(/\n+ \{\n/g, ' {\n')
    .replace(/^ +(?:name|code|requireStack): .*\n/gm, '')
    .replace(/ \{\n\}/g, '')
    .replace(/\n{2,}/g, '\n')
    .trim();
}
